"""Why this amount: the stored numbers of a line or a result, as sentences and steps.

Nothing is computed from today's rules: steps repeat what was stored when the amount came about.
Amounts inside are as booked: a charge is negative.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import formats
from django.utils.translation import gettext as _

from customers.models import Order, OrderKind, SoldBy
from dealers import months
from dealers.currencies import decimals, minor_unit
from dealers.words import MINUS, count, exact_money, exact_percent, plain, sentences
from dealers.words import rounded as rounded_half_up
from incentives.explanation import gates
from incentives.models import (
    SHARES,
    Base,
    Beneficiary,
    Clawback,
    Component,
    Direction,
    Event,
    Kind,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a calculation: an operator, what it is about, and the value as text."""

    operator: str
    name: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A sentence in the reader's language, and the calculation; its last step is the amount."""

    sentence: str
    steps: list[Step] = field(default_factory=list)


def name_of(component: Component, for_month: date, *, adjustment: bool) -> str:
    """What a category or line is called."""
    if adjustment and component.clawback == Clawback.RECOMPUTE:
        return _("%(name)s, adjustment of %(month)s") % {
            "name": component.local_name,
            "month": months.name(for_month),
        }
    return component.local_name


def of_registration(
    component: Component,
    *,
    base: Decimal,
    rate: Decimal,
    uncapped: Decimal,
    amount: Decimal,
    currency: str,
    closed_gate: str = "",
    day: date,
) -> Explanation:
    """Why a registration, an accepted lead or a first contact of a ``day`` is paid.

    With a base of -1, that the registration was voided.
    """
    times = f"{MINUS}1" if base < 0 else "1"
    name, sentence = _registered(component.event, day, voided=base < 0)
    steps = [
        Step("", name, times),
        Step("×", _("Rate"), exact_money(rate, currency), _plan(component)),
        *_behind(component, closed_gate),
        *_end(component, uncapped, amount, currency),
    ]
    return Explanation(_gated(sentence, component, closed_gate), steps)


def _registered(event: str, day: date, *, voided: bool) -> tuple[str, str]:
    """What a registration is called as an event, and why it counts, or does no more."""
    match event, voided:
        case Event.DISPATCH, False:
            return _("Accepted lead"), _(
                "You accepted this lead of headquarters, the customer became yours, and your plan"
                " counts it."
            )
        case Event.DISPATCH, True:
            return _("Accepted lead, voided"), _(
                "The registration of this lead was voided after its month was closed: what it"
                " brought comes back."
            )
        case Event.FIRST_CONTACT, False:
            return _("First contact in time"), _(
                "You first contacted this customer on %(day)s, in time, and your plan counts it."
            ) % {"day": formats.date_format(day, "DATE_FORMAT")}
        case Event.FIRST_CONTACT, True:
            return _("First contact, registration voided"), _(
                "The registration of this customer was voided after the month of the first contact"
                " was closed: what it brought comes back."
            )
        case _other, False:
            return _("Valid registration"), _(
                "This registration was answered “yours”, and your plan counts it."
            )
        case _other:
            return _("Voided registration"), _(
                "This registration was voided after its month was closed: what it brought comes"
                " back."
            )


def of_sale(
    component: Component,
    sold_by: SoldBy,
    *,
    base: Decimal,
    rate: Decimal,
    share: Decimal | None,
    uncapped: Decimal,
    amount: Decimal,
    currency: str,
    closed_gate: str = "",
    age: int | None = None,
) -> Explanation:
    """Why a sale is paid per order; ``age`` in days of a protection by which its rate goes."""
    steps = [Step("", *_base(component, base, currency)), _rate_step(component, rate, currency)]
    rounded = ""
    if share is not None:
        whole = rounded_half_up(base * rate, decimals(currency))
        if share != 1:
            # The whole is rounded once, and its parts so that they add up to it.
            note = _("rounded half up to %(unit)s") % {
                "unit": exact_money(minor_unit(currency), currency)
            }
            steps.append(Step("=", _("The whole"), exact_money(whole, currency), note))
            rounded = _together()
        note = _("shares of a sale always total 100%")
        steps.append(Step("×", _("Share"), exact_percent(share), note))
    steps += _behind(component, closed_gate)
    steps += _end(component, uncapped, amount, currency, "" if closed_gate else rounded)
    sold = _sold(component, sold_by)
    if age is not None:
        sold = sentences(sold, _by_age(component, age))
    return Explanation(_gated(sold, component, closed_gate), steps)


def _by_age(component: Component, age: int) -> str:
    """Which row of the table counts for a protection that has run for so many days."""
    prefetch_related_objects([component], "rows")  # once for all lines of it
    rows = sorted(component.rows.all(), key=lambda row: row.starts_at)
    reached = [row for row in rows if row.starts_at <= age][-1]
    said = _("It was day %(age)d of your protection; from day %(from)s on the rate is %(rate)s.")
    return said % {
        "age": age, "from": plain(reached.starts_at), "rate": exact_percent(reached.rate),
    }  # fmt: skip


def of_return(
    component: Component,
    order: Order,
    sale: Order,
    *,
    sale_name: str,
    for_month: date,
    counting: Decimal,
    worth: Decimal,
    before: Decimal,
    uncapped: Decimal,
    amount: Decimal,
    currency: str,
    together: bool = False,
) -> Explanation:
    """Why a return takes back an amount paid per order.

    ``sale_name`` is the sale in the dealer's words, ``counting`` the money that it takes its part
    by (``counting_back``), ``worth`` what the sale brought before the cap, and ``before`` what
    earlier returns of it took from that. Between ``uncapped`` and ``amount`` is
    what the cap gives back. ``together``: it was rounded with the other part of the sale.
    """
    note = ""
    if component.base == Base.UNITS or sale.net == 0:
        part = f"{count(order.quantity)} / {count(sale.quantity)}"
    else:
        part = f"{exact_money(counting, currency)} / {exact_money(sale.net, currency)}"
        if counting != order.net:
            note = _("money that comes back without goods counts once all goods are back")
    sentence = _("The return of %(day)s takes back its part of what the sale of %(sold)s was paid.")
    name = _("Paid for the sale")
    if component.period_cap is not None:
        name = _("Worth of the sale, before the cap")
        cap = _("The cap of %(month)s counts sales less what came back of them.")
        sentence = sentences(sentence, cap)
    steps = [
        Step("", name, exact_money(worth, currency), sale_name),
        Step("×", _("Returned part"), part, note),
    ]
    if before:
        note = _("all returns of a sale are rounded together, so that nothing is lost or left")
        steps.append(Step("", _("Taken back earlier"), exact_money(before, currency), note))
    if component.period_cap is not None and uncapped != amount:
        note = _("what the cap had cut fills the room, up to %(cap)s a month") % {
            "cap": exact_money(component.period_cap, currency)
        }
        kept = abs(amount - uncapped)
        steps.append(Step("+", _("Given back by the cap"), exact_money(kept, currency), note))
    rounded = _together() if together else ""
    steps.append(Step("=", _("Taken back"), exact_money(amount, currency), rounded))
    words = {"day": day_of(order), "sold": day_of(sale), "month": months.name(for_month)}
    return Explanation(sentence % words, steps)


def counting_back(
    component: Component, back: Order, earlier: Sequence[Order], sale: Order
) -> Decimal:
    """The money by which a return takes its part, with the returns of the sale before it.

    Of what is paid per event, money alone takes nothing until all goods are back; then it counts,
    whichever came first.
    """
    if component.base != Base.COUNT:
        return back.net

    def counts(returns: Sequence[Order]) -> Decimal:
        complete = sum(each.quantity for each in returns) >= sale.quantity
        return sum((each.net for each in returns if each.quantity or complete), Decimal(0))

    return counts([*earlier, back]) - counts(earlier)


def _together() -> str:
    return _("the parts are rounded so that together they are the whole")


def _behind(component: Component, closed_gate: str) -> list[Step]:
    """What a closed gate makes of an amount."""
    return [Step("×", gates.short(closed_gate, component), "0")] if closed_gate else []


def _gated(sentence: str, component: Component, closed_gate: str) -> str:
    """The sentence, with why nothing is paid behind a closed gate."""
    return sentences(sentence, gates.why(closed_gate, component) if closed_gate else "")


def of_base(
    component: Component,
    order: Order,
    sold_by: SoldBy,
    *,
    for_month: date,
    base: Decimal,
    currency: str,
) -> Explanation:
    """What an order adds to a tiered month, or takes away from it."""
    words = {"month": months.name(for_month)}
    if order.kind == OrderKind.RETURN:
        sentence = _("A return lowers the base of %(month)s, the month of its sale.") % words
        name = _("Taken from the base of %(month)s") % words
    else:
        sentence = sentences(
            _sold(component, sold_by),
            _("It counts towards the base of %(month)s, which is paid as a whole.") % words,
        )
        name = _("Added to the base of %(month)s") % words
    return Explanation(sentence, [Step("=", name, exact_money(base, currency))])


def of_events(explanation: dict[str, Any], amount: Decimal, currency: str) -> Explanation:
    """A month of a component paid per event: what was paid, what was taken back."""
    steps = [
        Step(
            "", _("Events paid"), exact_money(explanation["paid"], currency), explanation["events"]
        ),
    ]
    if Decimal(explanation["returns"]):
        taken = exact_money(explanation["taken_back"], currency)
        steps.append(Step("+", _("Taken back"), taken, explanation["returns"]))
    total = exact_money(amount, currency)
    steps.append(Step("=", _("Amount"), total, _cap_note(explanation, currency)))
    return Explanation(_("Every event has its own line; this is their sum."), steps)


def of_tiers(
    component: Component,
    explanation: dict[str, Any],
    for_month: date,
    amount: Decimal,
    currency: str,
) -> Explanation:
    """How what is paid by month comes about: base, tiers, cap, and what was booked before."""
    words = {
        "month": months.name(for_month),
        "base": exact_money(explanation["measured"], currency),
    }
    bonus = explanation["kind"] == Kind.THRESHOLD_BONUS
    if bonus:
        sentence = _(
            "The base of %(month)s is %(base)s; the amount of the threshold it reached is paid once"
            " for the month."
        )
    elif explanation["kind"] == Kind.TIERS_WHOLE:
        sentence = _("The base of %(month)s is %(base)s; the rate it reached counts for all of it.")
    else:
        sentence = _("The base of %(month)s is %(base)s; each part counts at its own rate.")
    steps = [Step("", _("Net sales"), exact_money(explanation["sold"], currency), words["month"])]
    recompute = explanation["clawback"] == Clawback.RECOMPUTE
    returned = Decimal(explanation["returned"])
    if returned and recompute:
        steps.append(Step(MINUS, _("Returned"), exact_money(returned, currency)))
        steps.append(Step("=", _("Base"), words["base"]))
    steps += _parts(explanation["parts"], currency, of_base=not bonus)
    rounds = not bonus and explanation["exact"] != explanation["rounded"]
    if len(explanation["parts"]) > 1 or rounds:
        rounded = exact_money(explanation["rounded"], currency)
        steps.append(Step("=", _("Together, rounded half up"), rounded))
    if explanation["cap"] is not None and Decimal(explanation["capped"]) < Decimal(
        explanation["rounded"]
    ):
        over = Decimal(explanation["rounded"]) - Decimal(explanation["cap"])
        note = _("at most %(cap)s a month") % {"cap": exact_money(explanation["cap"], currency)}
        steps.append(Step(MINUS, _("Above the cap"), exact_money(over, currency), note))
    if returned and not recompute:
        note = f"{exact_money(returned, currency)} / {exact_money(explanation['sold'], currency)}"
        back = Decimal(explanation["capped"]) - Decimal(explanation["target"])
        steps.append(
            Step(
                MINUS,
                _("Returned part, at the rate it was paid"),
                exact_money(back, currency),
                note,
            )
        )
    if Decimal(explanation["before"]):
        steps.append(Step(MINUS, _("Booked before"), exact_money(explanation["before"], currency)))
    steps.append(Step("=", _amount_name(component), exact_money(amount, currency)))
    return Explanation(sentence % words, steps)


def day_of(order: Order) -> str:
    """The day on which an order counts, for the reader."""
    return formats.date_format(order.counts_on, "DATE_FORMAT")


def _parts(parts: Sequence[dict[str, Any]], currency: str, *, of_base: bool) -> list[Step]:
    steps = []
    for n, part in enumerate(parts):
        words = {"from": exact_money(part["from"], currency)}
        if part["to"] is None:
            name = _("From %(from)s on") % words
        else:
            name = _("From %(from)s to below %(to)s") % {
                **words,
                "to": exact_money(part["to"], currency),
            }
        exact = Decimal(part["amount"])
        note = ""
        if of_base:
            note = f"{exact_money(part['base'], currency)} × {exact_percent(part['rate'])}"
        steps.append(Step("+" if n else "", name, exact_money(exact, currency), note))
    return steps


def _base(component: Component, base: Decimal, currency: str) -> tuple[str, str]:
    match component.base:
        case Base.UNITS:
            return _("Units"), count(base)
        case Base.COUNT:
            return _("Sale"), count(base)
        case _other:
            return _("Net paid"), exact_money(base, currency)


def _rate_step(component: Component, rate: Decimal, currency: str) -> Step:
    value = exact_percent(rate) if component.kind in SHARES else exact_money(rate, currency)
    return Step("×", _("Rate"), value, _plan(component))


def _plan(component: Component) -> str:
    version = component.version
    return _("%(plan)s, version %(number)d") % {
        "plan": version.plan.local_name,
        "number": version.number,
    }


def _end(
    component: Component, uncapped: Decimal, amount: Decimal, currency: str, rounded: str = ""
) -> list[Step]:
    steps = []
    if uncapped != amount and component.period_cap is not None:
        note = _("at most %(cap)s a month; earlier events come first") % {
            "cap": exact_money(component.period_cap, currency)
        }
        over = abs(uncapped - amount)
        steps.append(Step(MINUS, _("Above the cap"), exact_money(over, currency), note))
    unit = {"unit": exact_money(minor_unit(currency), currency)}
    note = rounded or _("rounded half up to %(unit)s") % unit
    return [*steps, Step("=", _amount_name(component), exact_money(amount, currency), note)]


def _amount_name(component: Component) -> str:
    if component.version.plan.direction == Direction.DEALER_PAYS:
        return _("You are charged")
    return _("Your amount")


def _cap_note(explanation: dict[str, Any], currency: str) -> str:
    if explanation["cap"] is None or explanation["before_cap"] == explanation["amount"]:
        return ""
    return _("at most %(cap)s a month; without it %(before)s") % {
        "cap": exact_money(explanation["cap"], currency),
        "before": exact_money(explanation["before_cap"], currency),
    }


def _sold(component: Component, sold_by: SoldBy) -> str:
    if component.to == Beneficiary.SELLER and component.event == Event.PAID_SALE:
        return _("Your store sold to a customer whom another store had registered.")
    said = {
        SoldBy.OWN: _("Your customer bought at your store while your protection ran."),
        SoldBy.SISTER: _("Your customer bought at a sister store while your protection ran."),
        SoldBy.OTHER: _("Your customer bought at another dealer while your protection ran."),
        SoldBy.ONLINE: _("Your customer bought online while your protection ran."),
        SoldBy.NONE: "",
    }[sold_by]
    sent = _("Headquarters had sent you this customer as a lead.") if component.of_leads else ""
    return sentences(said, sent)
