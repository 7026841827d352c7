"""Pages of people who learn, and the public check of certificates."""
