"""Rulebooks, registrations, ownership and orders, as headquarters sees them.

No list, search or page here decrypts a dealer's card: headquarters sees that a customer exists and
what happened, never who it is. Of a lead, which is its own, it sees the masked contact.
"""

from customers.admin import (
    cards,
    cases,
    closings,
    dispatch,
    emergencies,
    orders,
    ownership,
    people,
    rulebooks,
    terms,
)

__all__ = [
    "cards", "cases", "closings", "dispatch", "emergencies", "orders", "ownership", "people",
    "rulebooks", "terms",
]  # fmt: skip
