"""Persons who became two, because one digit of their number was kept in another script.

Until numbers were normalised as they are now, 138٠0000001 had a fingerprint of its own. Who is
found here gets the right one; if that is somebody on file, the two become one person. Orders that
name such a number and no card cannot be found: a fingerprint does not tell what it was made of.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F

from customers.cards import person_on, right_number, write_number
from customers.identity import either, fingerprint, of_new
from customers.models import (
    Act,
    Activity,
    Case,
    CaseEvidence,
    Choice,
    Consent,
    Customer,
    Identity,
    Lead,
    NumberChange,
    Order,
    Ownership,
    Registration,
    WaitEnd,
    Waiting,
)
from dealers.keys.held import fingerprint_keys_on_file
from dealers.triggers import lifted

BATCH = 2000
# Whose rows name a person, and never another one but here.
NAMING = (
    Act, Activity, Case, CaseEvidence, Choice, Consent, Customer, Identity, Lead, NumberChange,
    Order, Ownership, Registration, Waiting,
)  # fmt: skip


@dataclass
class Repair:
    """What was done: persons with a new key, persons merged, and what people have to decide."""

    rekeyed: int = 0
    merged: int = 0
    undecided: list[str] = field(default_factory=list)


def wrong_numbers() -> Iterator[tuple[int, str]]:
    """Identity and right number of every person whose card has a number that is not normal."""
    after: UUID = UUID(int=0)
    while cards := list(Customer.objects.filter(pk__gt=after).order_by("pk")[:BATCH]):
        for card in cards:
            if right := right_number(card):
                yield card.identity_id, right
        after = cards[-1].pk


def repair() -> Repair:
    """Repair all of them, each in a transaction of its own. Again: no change."""
    done = Repair()
    for identity_id, number in dict(wrong_numbers()).items():
        with lifted(*NAMING):
            _repair(identity_id, number, done)
    return done


def _repair(identity_id: int, number: str, done: Repair) -> None:
    key = fingerprint(number)
    people = Identity.objects.select_for_update(no_key=True).order_by("pk")
    found = {person.pk: person for person in people.filter(pk=identity_id)}
    found |= {person.pk: person for person in people.filter(fingerprint__in=either(key))}
    wrong = found.pop(identity_id)
    right = next(iter(found.values()), None)
    if right is None:
        keyed = fingerprint_keys_on_file()
        Identity.objects.filter(pk=wrong.pk).update(fingerprint=of_new(key, keyed), keyed=keyed)
        done.rekeyed += 1
    else:
        done.undecided += _merge(wrong, right)
        done.merged += 1
    for card in Customer.objects.filter(identity__in=[wrong, right] if right else [wrong]):
        if person_on(card) != key:
            write_number(card, number)
    if right and not (wrong.cards.exists() or wrong.registrations.exists() or wrong.cases.exists()):
        wrong.delete()


def _merge(wrong: Identity, right: Identity) -> list[str]:
    """Give all of ``wrong`` to ``right``; what had to stay, in words: ownerships, a case.

    Where two owners' times overlap the earlier one keeps them, and the later one begins when the
    earlier has ended. One that would have no time left stays with its registrations as it was.
    """
    stay = [owned for owned in wrong.ownerships.order_by("period") if not _fit_in(owned, right)]
    kept = [owned.pk for owned in stay]
    Order.objects.filter(identity=wrong).update(identity=right)
    Act.objects.filter(identity=wrong).exclude(ownership__in=kept).update(identity=right)
    Lead.objects.filter(identity=wrong).update(identity=right)
    disputed = _take_cases(wrong, right)
    twice = right.waiting.open().values("store")
    wrong.waiting.open().filter(store__in=twice).update(ended_at=F("stood_at"), ended=WaitEnd.OWNED)
    for card in wrong.cards.all():
        target = right.cards.filter(dealer=card.dealer_id).first()
        staying = card.ownerships.filter(pk__in=kept).exists()
        if target is None and not staying:
            Customer.objects.filter(pk=card.pk).update(identity=right)
            target = card
        elif target is None:
            continue
        moving = {"customer": target, "identity": right}
        card.consents.exclude(registration__ownership__in=kept).update(**moving)
        card.waiting.exclude(registration__ownership__in=kept).update(**moving)
        card.choices.exclude(registration__ownership__in=kept).update(**moving)
        if not staying:
            card.number_changes.update(**moving)
        card.registrations.exclude(ownership__in=kept).update(**moving)
        card.ownerships.exclude(pk__in=kept).update(customer=target)
        if target != card and not staying:
            Activity.objects.filter(customer=card).update(customer=target)
            card.delete()
    Registration.objects.filter(identity=wrong).exclude(customer__identity=wrong).update(
        identity=right
    )
    return [f"{owned.store.code} {owned.period.lower:%Y-%m-%d}" for owned in stay] + disputed


def _take_cases(wrong: Identity, right: Identity) -> list[str]:
    """Give the cases to ``right``, about whom one runs at a time; the code of one that stays."""
    cases = Case.objects.filter(identity=wrong)
    if Case.objects.running().filter(identity=right).exists():
        cases = cases.exclude(pk__in=Case.objects.running().filter(identity=wrong).values("pk"))
    moving = list(cases.values_list("pk", flat=True))
    Case.objects.filter(pk__in=moving).update(identity=right)
    CaseEvidence.objects.filter(case__in=moving).update(identity=right)
    return list(wrong.cases.values_list("code", flat=True))


def _fit_in(owned: Ownership, right: Identity) -> bool:
    """Move an ownership to ``right``; False if the overlap leaves one of the two without time."""
    start, end = owned.period.lower, owned.period.upper
    later = []
    for other in right.ownerships.filter(period__overlap=owned.period).order_by("period"):
        if other.period.lower <= start:
            start = max(start, other.period.upper)
        else:
            later.append(other)
    if start >= end or any(other.period.upper <= end for other in later):
        return False
    for other in later:
        other.period = DateTimeTZRange(end, other.period.upper)
        other.save(update_fields=["period"])
    owned.identity, owned.period = right, DateTimeTZRange(start, end)
    owned.save(update_fields=["identity", "period"])
    return True
