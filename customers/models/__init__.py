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
from customers.models.campaigns import Campaign, LeadEntry
from customers.models.cases import (
    Case,
    CaseEvidence,
    CaseQuerySet,
    CaseSide,
    CaseSource,
    CaseStage,
    EvidenceKind,
    Side,
)
from customers.models.catalogue import Category, Product
from customers.models.choices import Choice, ChoiceAnswer, ChoiceQuerySet, Parting
from customers.models.closings import (
    Closing,
    ClosingKind,
    ClosingQuerySet,
    ClosingStep,
    ExitOffer,
    StepKind,
)
from customers.models.consent import (
    Consent,
    ConsentChannel,
    ConsentPurpose,
    ConsentQuerySet,
    PageEntry,
    PageWords,
)
from customers.models.dispatch import (
    Candidate,
    DispatchStore,
    Lead,
    LeadQuerySet,
    LeadSource,
    WhyNot,
)
from customers.models.erasures import Erasure
from customers.models.handovers import Handover
from customers.models.numbers import NumberChange
from customers.models.offers import (
    DeclineReason,
    JunkReason,
    JunkState,
    Offer,
    OfferAnswer,
    OfferQuerySet,
    StaysReason,
)
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
    Ownership,
    OwnershipQuerySet,
    began,
    contact_is_judged,
    contacted_in_time,
    given_sql,
    one_protection_sql,
)
from customers.models.ownership_events import BY_ACT, EventKind, OwnershipEvent
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
from customers.models.releases import Release, ReleaseQuerySet, ReleaseReason
from customers.models.retention import PlantedHit, PlantedNumber, Retention, TypedInto
from customers.models.rulebooks import (
    AnswerMode,
    Rulebook,
    RulebookQuerySet,
    RulebookTrial,
    Story,
)
from customers.models.rulings import (
    CaseOutcome,
    CaseProposal,
    CaseReview,
    CaseRuling,
    Precedent,
)
from customers.models.terms import DispatchTerms
from customers.models.unconfirmed import CONFIRMED, ConfirmedBy, Unconfirmed
from customers.models.voids import Void, VoidReason
from customers.models.waiting import WaitEnd, Waiting, WaitingQuerySet

__all__ = [
    "BY_ACT",
    "BY_HAND",
    "CONFIRMED",
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
    "Campaign",
    "Candidate",
    "Case",
    "CaseEvidence",
    "CaseOutcome",
    "CaseProposal",
    "CaseQuerySet",
    "CaseReview",
    "CaseRuling",
    "CaseSide",
    "CaseSource",
    "CaseStage",
    "Category",
    "Channel",
    "Choice",
    "ChoiceAnswer",
    "ChoiceQuerySet",
    "Closing",
    "ClosingKind",
    "ClosingQuerySet",
    "ClosingStep",
    "ConfirmedBy",
    "Consent",
    "ConsentChannel",
    "ConsentPurpose",
    "ConsentQuerySet",
    "Customer",
    "CustomerQuerySet",
    "DeclineReason",
    "DispatchStore",
    "DispatchTerms",
    "Erasure",
    "EventKind",
    "EvidenceKind",
    "ExitOffer",
    "Handover",
    "Holder",
    "Identity",
    "JunkReason",
    "JunkState",
    "Lead",
    "LeadEntry",
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
    "PageWords",
    "Parting",
    "PlantedHit",
    "PlantedNumber",
    "Precedent",
    "Product",
    "Registration",
    "RegistrationQuerySet",
    "Release",
    "ReleaseQuerySet",
    "ReleaseReason",
    "Retention",
    "Rule",
    "Rulebook",
    "RulebookQuerySet",
    "RulebookTrial",
    "Side",
    "SoldBy",
    "StaysReason",
    "StepKind",
    "Story",
    "TypedInto",
    "Unconfirmed",
    "Void",
    "VoidReason",
    "WaitEnd",
    "Waiting",
    "WaitingQuerySet",
    "WhyNot",
    "began",
    "contact_is_judged",
    "contacted_in_time",
    "current_sql",
    "given_sql",
    "one_protection_sql",
    "reconsidered_sql",
    "sealed_of",
    "valid_sql",
]
