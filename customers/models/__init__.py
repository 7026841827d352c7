"""Who is whose customer: identities, cards, registrations, ownership, activities and orders.

A foreign key has no index of its own where another index begins with it, or nobody reads by it:
each costs every registration and every imported row.
"""

from customers.models.activities import Activity, ActivityKind, Outcome
from customers.models.acts import Act, ActKind, ActQuerySet
from customers.models.attribution import (
    Attribution,
    AttributionCause,
    AttributionQuerySet,
    current_sql,
)
from customers.models.catalogue import Category, Product
from customers.models.consent import (
    Consent,
    ConsentChannel,
    ConsentPurpose,
    ConsentQuerySet,
    PageEntry,
)
from customers.models.dispatch import (
    Candidate,
    DeclineReason,
    DispatchStore,
    JunkReason,
    JunkState,
    Lead,
    LeadQuerySet,
    LeadSource,
    Offer,
    OfferAnswer,
    OfferQuerySet,
    WhyNot,
)
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
    BY_ACT,
    EventKind,
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
from customers.models.waiting import WaitEnd, Waiting, WaitingQuerySet

__all__ = [
    "BY_ACT",
    "BY_HAND",
    "CONSENT_TEXT",
    "LARGEST_AMOUNT",
    "LARGEST_QUANTITY",
    "NEW_PERSON",
    "SEALED",
    "Act",
    "ActKind",
    "ActQuerySet",
    "Activity",
    "ActivityKind",
    "Answer",
    "AnswerMode",
    "Attribution",
    "AttributionCause",
    "AttributionQuerySet",
    "Candidate",
    "Category",
    "Channel",
    "Consent",
    "ConsentChannel",
    "ConsentPurpose",
    "ConsentQuerySet",
    "Customer",
    "CustomerQuerySet",
    "DeclineReason",
    "DispatchStore",
    "Erasure",
    "EventKind",
    "Handover",
    "Holder",
    "Identity",
    "JunkReason",
    "JunkState",
    "Lead",
    "LeadQuerySet",
    "LeadSource",
    "NumberChange",
    "Offer",
    "OfferAnswer",
    "OfferQuerySet",
    "Order",
    "OrderKind",
    "OrderLine",
    "OrderQuerySet",
    "Outcome",
    "Ownership",
    "OwnershipEvent",
    "OwnershipQuerySet",
    "PageEntry",
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
    "WaitEnd",
    "Waiting",
    "WaitingQuerySet",
    "WhyNot",
    "contact_is_judged",
    "contacted_in_time",
    "current_sql",
    "given_sql",
    "reconsidered_sql",
    "sealed_of",
    "valid_sql",
]
