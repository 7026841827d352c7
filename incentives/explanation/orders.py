"""Why an order brings a dealer what it brings, or nothing: sentences over facts on record.

Which component counts an order, and what its line comes to, the engine has said; nothing of that is
decided here. Nobody who has the customer instead is named, and nothing says whether there is one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from django.utils import formats
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Holder, SoldBy
from dealers import months
from dealers.currencies import minor_unit
from dealers.words import count, exact_money, exact_percent, money
from incentives.engine.asked import Verdict
from incentives.engine.registry import LEFT_OUT, REASONS
from incentives.explanation import gates
from incentives.models import SHARES, Base, Component, Direction, Gate


class Outcome(StrEnum):
    """What has become of an order under one component."""

    PAID = "paid"  # booked by a closed month
    ESTIMATED = "estimated"  # in the estimate of a month that is open
    COUNTS = "counts"  # towards a month that is paid as a whole
    HELD = "held"
    NOTHING = "nothing"

    @property
    def label(self) -> str:
        return str(_OUTCOMES[self])


_OUTCOMES = {
    Outcome.PAID: gettext_lazy("Booked"),
    Outcome.ESTIMATED: gettext_lazy("Estimated"),
    Outcome.COUNTS: gettext_lazy("Counts towards the month"),
    Outcome.HELD: gettext_lazy("Held"),
    Outcome.NOTHING: gettext_lazy("Nothing"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """What a dealer has of an order, as it was decided.

    ``contact_due_at`` is until when the first contact was the dealer's duty, ``contacted_at`` when
    it was made, both on the clock of the owner's store.
    """

    holder: str
    share: Decimal
    sold_by: SoldBy
    counts_on: date
    contact_due_at: datetime | None = None
    contacted_at: datetime | None = None
    by_case: bool = False  # the share is what a case came to


@dataclass(frozen=True, slots=True)
class Given:
    """A line about the order, booked by a month (``closed``), estimated, or held by a case."""

    month: date
    for_month: date
    adjustment: bool
    closed: bool
    base: Decimal
    rate: Decimal | None
    share: Decimal | None
    uncapped: Decimal | None
    amount: Decimal | None
    held: str = ""
    closed_gate: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """One time in which the customer was the dealer's, by the days of its store."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Whose:
    """What is known of an order in which a dealer has no part.

    ``voided_on`` and ``ruled_on`` are the days on which it was taken from the dealer again,
    ``known_later``: what was on record when it was counted did not have the customer as the
    dealer's, what is on record now has.
    """

    named: bool
    bought_on: date
    before: Past | None = None
    after: Past | None = None
    voided_on: date | None = None
    ruled_on: date | None = None
    case: str = ""
    known_later: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What a component makes of an order, and why, in sentences."""

    outcome: Outcome
    why: list[str]
    amount: Decimal | None = None
    closed_gate: str = ""  # what was not so at the moment of the sale, where that is why


def not_yours(whose: Whose) -> str:
    """Why an order does not count for a dealer at all."""
    words = {"bought": _day(whose.bought_on)}
    if not whose.named:
        return _("The till named no customer, so the order counts for nobody.")
    if whose.voided_on is not None:
        words["day"] = _day(whose.voided_on)
        said = _("It counted for you until the registration it rested on was voided on %(day)s.")
    elif whose.ruled_on is not None:
        words |= {"day": _day(whose.ruled_on), "code": whose.case}
        said = _("It counted for you until case %(code)s was decided on %(day)s.")
    elif whose.known_later:
        said = _(
            "When this order was counted, no protection of yours was on record for that day; yours"
            " was recorded later."
        )
    elif whose.before is not None:
        words["day"] = _day(whose.before.last)
        said = _(
            "Your protection of this customer was over on %(day)s; the purchase was on %(bought)s."
        )
    elif whose.after is not None:
        words["day"] = _day(whose.after.first)
        said = _(
            "This customer became yours on %(day)s; what was bought before, here on %(bought)s,"
            " does not count."
        )
    else:
        return _("This customer was not yours at that time.")
    return said % words


def answer(
    verdict: Verdict, part: Part, lines: Iterable[Given], currency: str, *, back: bool = False
) -> Finding:
    """What a component makes of an order. ``lines`` are all that it has of it; ``back``: the order
    is a return.
    """
    component, found = verdict.component, list(lines)
    if not found:
        shut = [code.removeprefix(GATE) for code in verdict.reasons if code.startswith(GATE)]
        gate = "" if verdict.left_out or not shut else shut[0]
        return Finding(Outcome.NOTHING, _left_out(verdict, part), closed_gate=gate)
    amounts = [line.amount for line in found if line.amount is not None and not line.held]
    why = [_of_line(component, line, part, currency, back=back) for line in found]
    said = [sentence for each in why for sentence in each]
    if any(line.held for line in found):
        return Finding(Outcome.HELD, said, None)
    if not amounts:
        return Finding(Outcome.COUNTS, said)
    total = sum(amounts, Decimal(0))
    if not any(amounts):
        gate = next((line.closed_gate for line in found if line.closed_gate), "")
        return Finding(Outcome.NOTHING, said, total, gate)
    closed = all(line.closed for line in found)
    return Finding(Outcome.PAID if closed else Outcome.ESTIMATED, said, total)


def _left_out(verdict: Verdict, part: Part) -> list[str]:
    """Why a component has no line of an order."""
    codes = [verdict.left_out] if verdict.left_out else list(verdict.reasons)
    if not codes:
        return [_("It is counted with the next month that is closed.")]
    return [reason(code, verdict.component, part) for code in codes]


def reason(code: str, component: Component, part: Part) -> str:
    """The sentence of a code of the engine's, or what the engine's own table says of it."""
    said = SENTENCES.get(code)
    if said is not None:
        return said(component, part)
    return _("%(reason)s.") % {"reason": capfirst(str((LEFT_OUT | REASONS)[code]))}


def _not_in_force(component: Component, part: Part) -> str:
    words = {"number": component.version.number, "day": _day(part.counts_on)}
    return _("Version %(number)d did not apply on %(day)s.") % words


def _for_another(component: Component, part: Part) -> str:
    charged = component.version.plan.direction == Direction.DEALER_PAYS
    if part.holder != Holder.SELLER:
        if charged:
            return _("It is charged to the store that sold, and that was none of yours.")
        return _("It is paid to the store that sold, and that was none of yours.")
    if charged:
        return _("It is charged to whose customer it is, and the customer was not yours.")
    if part.by_case:
        return _("It is paid to whose customer it is. The case gave you a share of the sale alone.")
    return _("It is paid to whose customer it is. You sold, but the customer was not yours.")


def _elsewhere(component: Component, part: Part) -> str:
    words = {
        "where": _(" or ").join(str(_PLACES[SoldBy(place)]) for place in component.places),
        "here": _PLACES[part.sold_by],
    }
    return _("It counts what is sold %(where)s. This was sold %(here)s.") % words


def _too_late(component: Component, _part: Part) -> str:
    said = _("It came back more than %(days)d days after the sale: that takes nothing back.")
    return said % {"days": component.clawback_days}


def _behind(gate: str) -> Callable[[Component, Part], str]:
    return lambda component, _part: gates.why(gate, component)


GATE = "gate_"  # before the name of the gate, as the code of a reason

# What the engine says by a code, for whoever has the order. Codes without a line here are said as
# the engine's own table of reasons says them.
SENTENCES: dict[str, Callable[[Component, Part], str]] = {
    "not_in_force": _not_in_force,
    "for_another": _for_another,
    "elsewhere": _elsewhere,
    "all_the_owners": lambda _component, _part: _(
        "It is paid to who sells to the customer of another dealer. This customer was yours."
    ),
    "first_sale": lambda _component, _part: _(
        "It counts what a customer buys again, and this was the first purchase."
    ),
    # A stored plan filters by nothing else.
    "filtered": lambda _component, _part: _(
        "It counts customers whom headquarters sent as a lead. This one came to you otherwise."
    ),
    "net_zero": lambda _component, _part: _(
        "Nothing was paid for this order, and a sale of nothing does not count here."
    ),
    "clawback_over": _too_late,
    **{f"{GATE}{gate}": _behind(gate) for gate in Gate.values},
}

_PLACES = {
    SoldBy.OWN: gettext_lazy("at the own store"),
    SoldBy.SISTER: gettext_lazy("at a sister store"),
    SoldBy.OTHER: gettext_lazy("at another dealer"),
    SoldBy.ONLINE: gettext_lazy("online"),
}


def _of_line(
    component: Component, line: Given, part: Part, currency: str, *, back: bool
) -> list[str]:
    """Why a line is what it is, where that is not its rate alone, and whether it is booked."""
    said = []
    if line.held:
        words = {"code": line.held}
        held = _("Case %(code)s is about this customer: until it is closed, this is in no total.")
        said.append(held % words)
    if line.amount is None:
        words = {"base": exact_money(line.base, currency), "month": months.name(line.for_month)}
        if back:
            text = _("It changes the base of %(month)s by %(base)s.")
        else:
            text = _("It adds %(base)s to the base of %(month)s, which is paid as a whole.")
        said.append(text % words)
    elif line.closed_gate:
        said.append(gates.why(line.closed_gate, component))
    elif not back and (cut := _cut(component, line, part, currency)):
        said.append(cut)
    if not line.held:
        booked = _("Booked with %(month)s.")
        open_ = _("An estimate: it is booked when %(month)s is closed.")
        said.append((booked if line.closed else open_) % {"month": months.name(line.month)})
    return said


def _cut(component: Component, line: Given, part: Part, currency: str) -> str:
    """What made a sale's line less than the rate gives, or nothing."""
    if line.share == 0:
        return _no_share(part)
    amount, uncapped = line.amount or Decimal(0), line.uncapped or Decimal(0)
    if amount != uncapped and component.period_cap is not None:
        if amount == 0:
            said = _(
                "The cap of %(cap)s a month had been filled by earlier sales of %(month)s: of"
                " %(worth)s nothing was left."
            )
        else:
            said = _(
                "The cap of %(cap)s a month had room for %(amount)s of %(worth)s after the earlier"
                " sales of %(month)s."
            )
        return said % {
            "cap": exact_money(component.period_cap, currency),
            "month": months.name(line.for_month),
            "amount": money(abs(amount), currency),
            "worth": money(abs(uncapped), currency),
        }
    if amount == 0 and line.rate is not None:
        return _no_amount(component, line, currency)
    return ""


def _no_amount(component: Component, line: Given, currency: str) -> str:
    if line.rate == 0:
        return _("The rate is 0.")
    if line.base == 0:
        return _("Nothing was paid for this order, so a share of it is nothing.")
    units = component.base != Base.NET
    words = {
        "base": count(line.base) if units else exact_money(line.base, currency),
        "rate": exact_percent(line.rate or Decimal(0))
        if component.kind in SHARES
        else exact_money(line.rate or 0, currency),
        "unit": exact_money(minor_unit(currency), currency),
    }
    if line.share is not None and line.share != 1:
        words["share"] = exact_percent(line.share)
        return _("%(base)s × %(rate)s × %(share)s is less than half of %(unit)s.") % words
    return _("%(base)s × %(rate)s is less than half of %(unit)s.") % words


def _no_share(part: Part) -> str:
    """Why a share of an order is none."""
    if part.by_case:
        return _("Your share is none: so the case about this customer was decided.")
    if part.holder == Holder.SELLER or part.contact_due_at is None:
        return _("Your share of this sale is none.")
    words = {"due": _moment(part.contact_due_at)}
    if part.contacted_at is None:
        said = _(
            "Your share is none: the first contact with this customer was due by %(due)s, and none"
            " is on record."
        )
        return said % words
    words["made"] = _moment(part.contacted_at)
    if part.contacted_at > part.contact_due_at:
        said = _(
            "Your share is none: the first contact with this customer was due by %(due)s, and was"
            " made %(made)s."
        )
    else:
        said = _(
            "Your share is none: when the sale was counted, no first contact until %(due)s was on"
            " record. The one of %(made)s was recorded later."
        )
    return said % words


def _day(day: date) -> str:
    return formats.date_format(day, "DATE_FORMAT")


def _moment(moment: datetime) -> str:
    return formats.date_format(moment, "DATETIME_FORMAT")
