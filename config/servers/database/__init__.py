"""Django's PostgreSQL backend, started from the wheel if no server was named."""
