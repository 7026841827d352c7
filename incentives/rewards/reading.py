"""Rewards as they are read: whose they are, in which state, why, and what holds them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from customers.models import Order, Registration
from dealers.models import Membership
from dealers.words import money, plain_time, sentences
from incentives.boards import members, places, times
from incentives.boards.members import Member
from incentives.models import (
    Board,
    Metric,
    Reward,
    RewardKind,
    RewardProgram,
    RewardQuerySet,
    Unit,
)
from incentives.rewards import wording

MOST_BADGES = 12  # that a page shows; those before stand with their program


class State(models.TextChoices):
    """Where a reward stands."""

    BADGE = "badge", gettext_lazy("Badge alone")
    BOOKED = "booked", gettext_lazy("Booked")
    HELD = "held", gettext_lazy("Held, to be decided")
    REFUSED = "refused", pgettext_lazy("a reward", "Refused")


@dataclass(frozen=True, slots=True)
class Held:
    """One suspicion, with the numbers of its orders, or the receipts of its registrations."""

    sign: str
    why: str
    orders: list[str]
    registrations: list[str]


@dataclass(frozen=True, slots=True)
class Given:
    """A reward as somebody reads it. ``month`` is that of the books, None until it is there."""

    reward: Reward
    state: State
    name: str  # of the program
    badge: str
    time: str
    why: str
    month: date | None
    booked_at: datetime | None
    whose: str
    held: list[Held] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # why it was decided so


def why(reward: Reward) -> str:
    """For what it is, and what the budget made of the amount, in sentences with the figures."""
    said = [_for_what(reward)]
    if reward.amount < reward.full:
        currency = reward.settlement.currency
        said.append(
            _(
                "All rewards together came to %(total)s, the budget is %(budget)s: of %(full)s it"
                " is %(amount)s, in proportion."
            )
            % {
                "total": money(reward.settlement.full, currency),
                "budget": money(reward.settlement.program.budget, currency),
                "full": money(reward.full, currency),
                "amount": money(reward.amount, currency),
            }
        )
    return sentences(*said)


def _for_what(reward: Reward) -> str:
    program, explained = reward.settlement.program, reward.explanation
    at = explained.get("at")
    words = {
        "figure": Metric(program.metric).label,
        "rank": reward.place,
        "of": explained.get("of"),
        "tied": explained.get("tied"),
        "value": wording.value_of(program, reward.value),
        "goal": wording.goal_of(program),
        "at": plain_time(datetime.fromisoformat(at), get_default_timezone()) if at else "",
    }
    match program.kind:
        case RewardKind.TOP:
            said = _("Place %(rank)s of %(of)s by “%(figure)s”: %(value)s.")
        case RewardKind.IMPROVED:
            said = _("Place %(rank)s of those whose “%(figure)s” rose: by %(value)s.")
        case RewardKind.THRESHOLD:
            said = _("“%(figure)s” is %(value)s; %(goal)s was to be reached.")
        case RewardKind.FIRST:
            said = _("No. %(rank)s to reach %(goal)s by “%(figure)s”: on %(at)s.")
        case _:
            said = _(
                "“%(figure)s” of the region grew %(value)s more than that of all others together;"
                " %(goal)s was to be reached."
            )
    shared = _(
        "%(tied)s share this place, and with it the sum of the places that they take up together."
    )
    return sentences(said % words, shared % words if (explained.get("tied") or 1) > 1 else "")


def line(reward: Reward) -> str:
    """What stands on a statement: for which program and time, and why."""
    return _("%(program)s, %(time)s: %(why)s") % {
        "program": reward.settlement.program,
        "time": _time(reward),
        "why": why(reward),
    }


def state_of(row: Any) -> State:
    """Where a reward stands, of a row with ``with_state``."""
    if row.held and (row.refusals or 0) >= row.needed:
        return State.REFUSED
    if row.month is not None:
        return State.BOOKED
    return State.HELD if row.held and (row.releases or 0) < row.needed else State.BADGE


def of_post(post: Membership, program: RewardProgram | None = None) -> RewardQuerySet:
    """The rewards that somebody sees, the newest first, for ``read``; of one program if named."""
    rows = Reward.objects.visible_to(post)
    if program is not None:
        rows = rows.filter(settlement__program=program)
    return newest(rows)


def newest(rewards: RewardQuerySet) -> RewardQuerySet:
    """Rewards in the order of pages, with what ``read`` needs of each."""
    rows = rewards.with_state().select_related("store", "dealer", "person", "region")
    rows = rows.prefetch_related("suspicions", "reviews")
    return rows.order_by("-settlement__settled_at", "-pk")


def read(rewards: Iterable[Any]) -> list[Given]:
    """Rewards with all that is told of them; of those that ``newest`` gave."""
    return [_given(row) for row in rewards]


def badges_of_post(post: Membership) -> list[Given]:
    """The newest badges that somebody sees."""
    return read(of_post(post).with_badge()[:MOST_BADGES])


def badges_on(board: Board, member: Member) -> list[Given]:
    """The badges that a frozen board gave one of its units."""
    if board.frozen_at is None:
        return []
    mine = {places.COLUMN[members.unit_of(member)]: member.pk}
    return read(newest(Reward.objects.filter(settlement__board=board, **mine).with_badge()))


def held(reward: Reward) -> list[Held]:
    """What holds a reward, with the numbers of orders as the tills gave them, and receipts."""
    found = reward.suspicions.all()
    wanted = [order for each in found for order in each.orders]
    called = dict(Order.objects.filter(pk__in=wanted).values_list("pk", "external_id"))
    registered = Registration.objects.filter(
        pk__in=[registration for each in found for registration in each.registrations]
    )
    receipts = dict(registered.values_list("pk", "receipt"))
    return [
        Held(
            sign=each.get_sign_display(),
            why=each.why,
            orders=[called[order] for order in each.orders if order in called],
            registrations=[receipts[pk] for pk in each.registrations if pk in receipts],
        )
        for each in found
    ]


def _given(row: Any) -> Given:
    state = state_of(row)
    program = row.settlement.program
    decided = row.held and state != State.HELD
    return Given(
        reward=row,
        state=state,
        name=str(program),
        badge=program.badge_name,
        time=_time(row),
        why=why(row),
        month=row.month,
        booked_at=row.booked_at,
        whose=whose(row),
        held=held(row) if row.held else [],
        said=[
            each.reason for each in row.reviews.all() if each.released == (state != State.REFUSED)
        ]
        if decided
        else [],
    )


def whose(row: Any) -> str:
    """Who has it: a store, a dealer, a person, or a region's manager."""
    match row.settlement.program.unit:
        case Unit.STORE:
            return str(row.store)
        case Unit.DEALER:
            return str(row.dealer)
        case Unit.REGION:
            return _("%(region)s: %(person)s") % {"region": row.region, "person": row.person}
    return str(row.person)


def _time(reward: Reward) -> str:
    return times.name(reward.settlement.board.length, reward.settlement.board.starts_on)
