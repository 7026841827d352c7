"""Rulebooks from a program file, and their way to publication.

Until somebody was answered by rules, whoever sets the portal up publishes alone. From then on a
draft is tested by one person, which says what it would have changed, and approved by another; it is
published so many days ahead as the rulebook in force promises.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from customers.cutoff import busy_as, hold_all
from customers.models import Attribution, Registration, Rulebook
from customers.ownership import trials
from customers.ownership.rulebook_file import (
    CAPS,
    NUMBERS,
    RulebookNotValid,
    read_rulebook,
)
from customers.ownership.stories import unmet
from dealers import publication
from dealers.actor import Actor
from dealers.months import hq_day
from dealers.publication import PublicationRefused


def create_rulebook(
    data: dict[str, Any], place: str = "rulebook", *, by: Actor, at: datetime
) -> Rulebook:
    """A draft from a program's ``rulebook``; null switches a rule off, no key means the default.

    The same content as a rulebook on file gives that one. Raises RulebookNotValid.
    """
    rulebook = read_rulebook(data, place)
    return _same_on_file(rulebook) or _saved(publication.begun(rulebook, by=by, at=at), place)


def publish_rulebook(rulebook: Rulebook, *, by: Actor, at: datetime) -> Rulebook:
    """Put a draft in force from its start day. Raises PublicationRefused, also during a load.

    Never into the past, and not on a day on which a registration was answered or an order
    attributed, which has its rules; not without its steps, and the days of notice that dealers were
    promised. Before anything was decided it may start as early as one likes.
    """
    with busy_as(lambda sentence: PublicationRefused([sentence])), transaction.atomic():
        # Nobody is answered by the old rules while the new ones come into force.
        hold_all()
        return publication.publish(rulebook, by=by, at=at, problems=partial(_problems, at=at))


def _problems(rulebook: Rulebook, at: datetime) -> list[str]:
    return problems(rulebook, at) + missing(rulebook)


def try_out(rulebook: Rulebook, *, by: Actor, at: datetime) -> Rulebook:
    """Answer the stories by a draft, and have the worker find what it would have changed.

    Raises PublicationRefused with whatever stands against it.
    """
    with transaction.atomic():
        tested = publication.take_step(
            rulebook, "tested", by=by, at=at, problems=partial(problems, at=at)
        )
        trials.ask(tested, by=by, at=at)
        return tested


def approve_rulebook(rulebook: Rulebook, *, by: Actor, at: datetime) -> Rulebook:
    """Somebody else agrees to a draft that was tested. Raises PublicationRefused."""

    def found(draft: Rulebook) -> list[str]:
        return problems(draft, at) + not_approvable(draft, by.user_id)

    return publication.take_step(rulebook, "approved", by=by, at=at, problems=found)


def not_approvable(draft: Rulebook, user: int | None) -> list[str]:
    """What stands against somebody's approving a draft, in sentences."""
    return publication.not_approvable(draft, user, found=trials.of(draft) is not None)


def missing(rulebook: Rulebook) -> list[str]:
    """The steps that nobody took and that publishing needs, in sentences."""
    return [] if last_decision() is None else publication.missing_steps(rulebook)


def problems(rulebook: Rulebook, at: datetime) -> list[str]:
    """What stands against publishing a rulebook at ``at``, in sentences."""
    found = []
    taken = Rulebook.objects.published().filter(starts_on=rulebook.starts_on).first()
    if taken is not None:
        found.append(
            _("On %(day)s the published rulebook “%(name)s” starts; choose another day.")
            % {"day": rulebook.starts_on, "name": taken}
        )
    found += unmet(rulebook)
    decided = last_decision()
    if decided is None:
        return found
    today = hq_day(at)
    found += publication.too_soon(rulebook.starts_on, today, notice_days(today))
    if rulebook.starts_on < today:
        found.append(
            _("%(day)s is past: a rulebook starts on %(today)s at the earliest.")
            % {"day": rulebook.starts_on.isoformat(), "today": today.isoformat()}
        )
    elif rulebook.starts_on <= decided:
        found.append(
            _(
                "By other published rules customers were decided about until %(day)s; the rulebook"
                " can start on the day after at the earliest."
            )
            % {"day": decided.isoformat()}
        )
    return found


def notice_days(today: date) -> int:
    """How many days ahead of its start the rulebook in force has the next one published."""
    started = Rulebook.objects.published().filter(starts_on__lte=today).order_by("-starts_on")
    return started.values_list("notice_days", flat=True).first() or 0


def last_decision() -> date | None:
    """The last local day on which a registration was answered or an order attributed."""
    days = [
        Registration.objects.aggregate(day=Max("received_on"))["day"],
        Attribution.objects.owners().aggregate(day=Max("counts_on"))["day"],
    ]
    return max((day for day in days if day), default=None)


def _saved(rulebook: Rulebook, place: str) -> Rulebook:
    try:
        rulebook.validate_constraints()
    except ValidationError as problem:
        field, messages = next(iter(problem.message_dict.items()))
        raise RulebookNotValid(f"{place}.{field}: {messages[0]}") from None
    rulebook.save()
    return rulebook


def _same_on_file(rulebook: Rulebook) -> Rulebook | None:
    known = Rulebook.objects.filter(name=rulebook.name, starts_on=rulebook.starts_on)
    settings = [
        *NUMBERS, *CAPS.values(), "visit_qualifies", "warning_days", "answer_mode", "sharing_days",
    ]  # fmt: skip
    for other in known.order_by("id"):
        same = all(getattr(other, key) == getattr(rulebook, key) for key in settings)
        if same and Decimal(other.owner_share) == Decimal(rulebook.owner_share):
            return other
    return None
