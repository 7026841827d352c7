"""What the pack of a dealer has of its customers: see ``dealers.exit_pack``."""

from customers.exit_pack import cases, orders, people

TABLES = (*people.TABLES, *orders.TABLES, *cases.TABLES)
DOCUMENTS = (cases.SHOWN,)
