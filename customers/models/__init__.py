"""Who is whose customer: identities, cards, registrations, ownership, activities and orders.

A foreign key has no index of its own where another index begins with it, or nobody reads by it:
each costs every registration and every imported row.
"""

from customers.models.attribution import (
    Attribution,
    AttributionCause,
    AttributionQuerySet,
    current_sql,
)
from customers.models.catalogue import Category, Product
from customers.models.handovers import Handover
from customers.models.orders import (
    BY_HAND,
    LARGEST_AMOUNT,
    LARGEST_QUANTITY,
    Holder,
    Order,
    OrderKind,
    OrderLine,
    OrderQuerySet,
    SoldBy,
)
from customers.models.ownership import (
    Activity,
    ActivityKind,
    EventKind,
    Outcome,
    Ownership,
    OwnershipEvent,
    OwnershipQuerySet,
    contact_is_judged,
    contacted_in_time,
)
from customers.models.people import Customer, CustomerQuerySet, Identity
from customers.models.registrations import (
    CONSENT_TEXT,
    Answer,
    Channel,
    Registration,
    RegistrationQuerySet,
    Rule,
    valid_sql,
)
from customers.models.rulebooks import AnswerMode, Rulebook, RulebookQuerySet

__all__ = [
    "BY_HAND",
    "CONSENT_TEXT",
    "LARGEST_AMOUNT",
    "LARGEST_QUANTITY",
    "Activity",
    "ActivityKind",
    "Answer",
    "AnswerMode",
    "Attribution",
    "AttributionCause",
    "AttributionQuerySet",
    "Category",
    "Channel",
    "Customer",
    "CustomerQuerySet",
    "EventKind",
    "Handover",
    "Holder",
    "Identity",
    "Order",
    "OrderKind",
    "OrderLine",
    "OrderQuerySet",
    "Outcome",
    "Ownership",
    "OwnershipEvent",
    "OwnershipQuerySet",
    "Product",
    "Registration",
    "RegistrationQuerySet",
    "Rule",
    "Rulebook",
    "RulebookQuerySet",
    "SoldBy",
    "contact_is_judged",
    "contacted_in_time",
    "current_sql",
    "valid_sql",
]
