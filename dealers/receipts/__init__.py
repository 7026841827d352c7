"""What an owner can hold against the brand: chains, receipts, daily roots, and who checks them."""
