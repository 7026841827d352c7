"""What the engine knows: kinds, events, gates and reasons. A new one is one row here.

A kind says how the rate of a line or the amount of a period is found; the stages read it as columns
of the components, so that none of them names a kind.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Kind:
    """A way to pay.

    ``measure`` is what the rows of its table start at: ``nothing`` (one row), ``age`` of the
    ownership in days, ``place`` in a ranking, the ``sum`` of a period, or its share of a
    ``target``. ``gives`` is what a row's rate does: it multiplies the base (``rate``), each
    ``part`` of the sum, or is the ``amount``. ``period``: paid once in a period instead of per
    event.
    """

    base: str
    measure: str
    gives: str
    period: bool
    said: str | Promise


KINDS = {
    "flat": Kind("count", "nothing", "rate", False, _("the same amount for each event")),
    "percent": Kind("net", "nothing", "rate", False, _("a share of each event")),
    "per_unit": Kind("units", "nothing", "rate", False, _("an amount for each unit")),
    "first_n": Kind("count", "nothing", "rate", False, _("an amount for each of the first events")),
    "decay": Kind("net", "age", "rate", False, _("a share that changes with the ownership's age")),
    "matrix": Kind("net", "nothing", "rate", False, _("a share by level and category")),
    "by_place": Kind("count", "place", "rate", False, _("an amount by place in the ranking")),
    "tiers_marginal": Kind(
        "net", "sum", "part", True, _("tiers of a period, each part at its own rate")
    ),
    "tiers_whole": Kind(
        "net", "sum", "rate", True, _("tiers of a period, everything at the rate reached")
    ),
    "to_target": Kind("net", "target", "rate", True, _("a share that grows with the target")),
    "threshold_bonus": Kind("net", "sum", "amount", True, _("a bonus once a sum is reached")),
}
BASES = ("net", "units", "margin", "count")

SALE, RETURN, CERTIFICATE = "sale", "return", "certificate"
REGISTRATION, DISPATCH, FIRST_CONTACT = "registration", "dispatch", "first_contact"
FACTS = (REGISTRATION, DISPATCH, FIRST_CONTACT, "visit", SALE, RETURN, "service", CERTIFICATE,
         "rank")  # fmt: skip


@dataclass(frozen=True)
class Event:
    """Which facts an event of a program is: of this kind, there, and whether repeated."""

    kind: str
    sold_by: str | None = None
    repeat: bool = False


EVENTS = {kind: Event(kind) for kind in FACTS if kind != SALE} | {
    "paid_sale": Event(SALE),
    "repeat_sale": Event(SALE, repeat=True),
    "online_sale": Event(SALE, sold_by="online"),
}

# A beneficiary is what this column of a fact names.
AUDIENCES = {"dealer": "dealer", "staff": "staff", "regional_manager": "region"}
GATES = ("agreement_signed", "certified", "data_complete")
FILTERS = ("category", "level", "dealer", "store", "staff", "region", "source")
LEAD = DISPATCH  # the source of a sale to somebody whom headquarters sent as a lead
WINDOWS = {"month": 1, "quarter": 3, "year": 12}  # months, counted from January

# Why an amount is not what its rate gives: the codes of LINES.csv.
REASONS = {
    "group": _("another component of its group has the event"),
    "net_zero": _("a sale of nothing does not count here"),
    "first_n": _("the first ones had been counted before"),
    "no_rate": _("no row of the table of rates applies"),
    "line_cap": _("cut at the cap of a line"),
    "line_floor": _("lifted to the floor of a line"),
    "order_cap": _("cut at the cap of an event"),
    "order_floor": _("lifted to the floor of an event"),
    "period_cap": _("the cap of the period counts, sales less what came back of them"),
    "period_floor": _("the floor of the period counts"),
    "beneficiary_cap": _("the cap of the plan for a beneficiary and month counts"),
    "budget_cap": _("the budget of the plan is used up"),
    "gate_agreement_signed": _("the agreement, or the version asked for, was not signed then"),
    "gate_certified": _("there was no certificate then"),
    "gate_data_complete": _("the data were not complete then"),
    "withheld": _("a part is kept back"),
    "clawback_over": _("it came back too late to take anything"),
}

# Why a component does not count an event at all (``events.CONDITIONS``).
LEFT_OUT = {
    "not_in_force": _("its version was not in force then"),
    "for_another": _("it is paid to somebody else"),
    "elsewhere": _("it counts what is sold at other places"),
    "all_the_owners": _("the owner has all of the sale"),
    "first_sale": _("it counts what a customer buys again"),
    "filtered": _("its filter leaves the event out"),
}
