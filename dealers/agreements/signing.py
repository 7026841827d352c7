"""What owners sign, and which version stands for a dealer on which day.

A signature is of the words of a version in both languages, as the database put them together. What
a dealer did while a version stood for it stays under that version, whatever is signed later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists
from django.utils.translation import gettext as _

from dealers import outbox
from dealers.actor import Actor
from dealers.models import (
    AgreementAnswer,
    AgreementVersion,
    Dealer,
    FactKind,
    Role,
    signatures,
)
from dealers.months import hq_day
from dealers.receipts import holding

PAPER = "dealers.tasks.write_agreement"
SHORTEST = 2  # letters of a name


class AgreementRefused(Exception):
    """Not signed; the message is written for the person who asked."""


@dataclass(frozen=True, slots=True)
class Stood:
    """A version that stood for a dealer, from a day on and, if another followed, before a day."""

    answer: AgreementAnswer
    since: date
    before: date | None

    @property
    def until(self) -> date | None:
        """The last day on which it stood."""
        return self.before and self.before - timedelta(days=1)


def in_force(day: date) -> AgreementVersion | None:
    """The version that the brand offers on a day: the latest that has begun."""
    return AgreementVersion.objects.published().filter(starts_on__lte=day).first()


def offered(day: date) -> Sequence[AgreementVersion]:
    """The versions that may be signed on a day, the newest first: in force, and still to come."""
    published = AgreementVersion.objects.published()
    now = in_force(day)
    return list(published.filter(starts_on__gte=now.starts_on) if now else published)


def today(at: datetime) -> date:
    """The day of headquarters, by which versions begin."""
    return hq_day(at)


def history(dealer_id: int) -> list[Stood]:
    """Which versions stood for a dealer and stand, one after the other, the earliest first."""
    signed = sorted(
        AgreementAnswer.objects.of(dealer_id).signed(),
        key=lambda it: (_since(it), it.version.starts_on, it.at),
    )
    stood: list[AgreementAnswer] = []
    for answer in signed:
        # A newer version stands on although an older one is signed after it.
        if stood and answer.version.starts_on < stood[-1].version.starts_on:
            continue
        if stood and _since(stood[-1]) == _since(answer):
            stood.pop()
        stood.append(answer)
    days = [*(_since(each) for each in stood), None]
    return [
        Stood(answer, _since(answer), following)
        for answer, following in zip(stood, days[1:], strict=True)
    ]


def _since(answer: AgreementAnswer) -> date:
    return max(answer.version.starts_on, today(answer.at))


def standing(stood: Sequence[Stood], day: date) -> Stood | None:
    """Which of a dealer's history stands on a day; None: it has signed none that has begun."""
    return next((each for each in reversed(stood) if each.since <= day), None)


def needed(dealer_id: int, at: datetime) -> AgreementVersion | None:
    """The version without which a dealer registers nobody; None: it may register.

    Only where the version in force says so, and only who has signed no version at all.
    """
    version = _required(at)
    if version is None or AgreementAnswer.objects.of(dealer_id).signed().exists():
        return None
    return version


def unsigned(at: datetime) -> set[int]:
    """The dealers that register nobody at ``at`` until an owner of theirs has signed."""
    if _required(at) is None:
        return set()
    return set(Dealer.objects.exclude(Exists(signatures("pk"))).values_list("pk", flat=True))


def _required(at: datetime) -> AgreementVersion | None:
    """The version in force, if registering waits for a signature by it."""
    version = in_force(today(at))
    return version if version and version.required else None


def first() -> str:
    """What is said to whoever registers a customer before the owner has signed."""
    return _(
        "The owner has to sign the data sharing agreement first. Until then your stores register"
        " nobody."
    )


def sign(
    version: AgreementVersion, *, name: str, language: str, second_factor: bool, by: Actor,
    at: datetime, site: str,
) -> AgreementAnswer:  # fmt: skip
    """Sign a version for the dealer whose owner acts, and have the paper of it made.

    ``name`` is typed by the owner, ``second_factor`` says whether one was shown for it, ``site`` is
    the address for the paper's link. Raises AgreementRefused.
    """
    name = " ".join(name.split())
    if len(name) < SHORTEST:
        raise AgreementRefused(_("Type your full name."))
    with transaction.atomic():
        dealer_id = _turn(version, by, at)
        given = AgreementAnswer.objects.of(dealer_id).signed().filter(version=version).first()
        if given is not None:
            raise AgreementRefused(
                _("%(name)s has signed this version for your company already.")
                % {"name": given.name}
            )
        answer = AgreementAnswer.objects.create(
            dealer_id=dealer_id, version=version, by=by.person, at=at, signed=True, name=name,
            language=language, second_factor=second_factor,
        )  # fmt: skip
        outbox.add(PAPER, answer.pk, site, at=at, key=f"agreement-paper:{answer.pk}")
    return answer


def refuse(version: AgreementVersion, *, language: str, by: Actor, at: datetime) -> AgreementAnswer:
    """Say no to a version: it is not asked for again, and what stands goes on.

    Raises AgreementRefused.
    """
    with transaction.atomic():
        dealer_id = _turn(version, by, at)
        if AgreementAnswer.objects.filter(dealer=dealer_id, version=version).exists():
            raise AgreementRefused(_("This version is answered already."))
        return AgreementAnswer.objects.create(
            dealer_id=dealer_id, version=version, by=by.person, at=at, signed=False,
            language=language, second_factor=False,
        )  # fmt: skip


def _turn(version: AgreementVersion, by: Actor, at: datetime) -> int:
    """Wait for who answers for the same dealer; the dealer. Raises AgreementRefused."""
    if by.role != Role.OWNER or by.dealer_id is None:
        raise AgreementRefused(_("Only an owner signs for their company."))
    if version not in offered(today(at)):
        raise AgreementRefused(_("A newer version has begun: read and sign that one."))
    Dealer.objects.select_for_update(no_key=True).get(pk=by.dealer_id)
    return by.dealer_id


def receipt(answer: AgreementAnswer, at: datetime) -> holding.Receipt | None:
    """The receipt of an answer in the dealer's chain, as far as there is one."""
    return holding.receipt_of(
        FactKind.AGREEMENT, answer.dealer_id, answer.pk, answer.number, since=answer.at, at=at
    )
