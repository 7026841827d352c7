"""Sales and returns, and for whom they count."""
