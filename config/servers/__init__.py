"""What ``make up`` starts: PostgreSQL and Valkey without an installation, and the portal."""
