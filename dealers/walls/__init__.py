"""What keeps dealers apart in the database: whose rows each table holds, and who sees them."""
