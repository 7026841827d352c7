"""Rulebooks, registrations, ownership and orders, as headquarters sees them.

No list, search or page here decrypts anything: headquarters sees that a customer exists and what
happened, never who it is.
"""

from customers.admin import cards, orders, ownership, rulebooks

__all__ = ["cards", "orders", "ownership", "rulebooks"]
