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
from customers.models.erasures import Erasure
from customers.models.handovers import Handover
from customers.models.numbers import NumberChange
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
    given_sql,
)
from customers.models.people import (
    NEW_PERSON,
    SEALED,
    Customer,
    CustomerQuerySet,
    Identity,
    sealed_of,
)
from customers.models.registrations import (
    CONSENT_TEXT,
    Answer,
    Channel,
    Registration,
    RegistrationQuerySet,
    Rule,
    reconsidered_sql,
    valid_sql,
)
from customers.models.rulebooks import AnswerMode, Rulebook, RulebookQuerySet, Story
from customers.models.voids import Void, VoidReason

__all__ = [
    "BY_HAND",
    "CONSENT_TEXT",
    "LARGEST_AMOUNT",
    "LARGEST_QUANTITY",
    "NEW_PERSON",
    "SEALED",
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
    "Erasure",
    "EventKind",
    "Handover",
    "Holder",
    "Identity",
    "NumberChange",
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
    "Story",
    "Void",
    "VoidReason",
    "contact_is_judged",
    "contacted_in_time",
    "current_sql",
    "given_sql",
    "reconsidered_sql",
    "sealed_of",
    "valid_sql",
]
