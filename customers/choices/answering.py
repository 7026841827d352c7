"""What a customer answers, what becomes of it a day later, and refusing it until then."""

from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers.cases import holds
from customers.choices import links
from customers.choices.asking import ChoiceRefused
from customers.cutoff import REGISTRATIONS, busy_as, one_by_one, take_turn
from customers.models import (
    Act,
    ActKind,
    Choice,
    ChoiceAnswer,
    Ownership,
    Parting,
    Registration,
)
from customers.ownership import passing, reminders
from customers.ownership.levels import OnFile
from customers.ownership.rulebook import Claim
from customers.ownership.settings import Rulebooks
from customers.ownership.track import Track
from customers.ownership.writing import Written, withdraw_requests, write
from dealers import notices, sayings
from dealers.actor import Actor, acting
from dealers.database import next_ids
from dealers.models import NoticeKind, User

REFUSE_WITHIN = timedelta(hours=24)
ACROSS = "choose"  # who looks at the owners of all dealers

LEAVES = gettext_noop(
    "A customer of yours has chosen another store. It takes effect on %(day)s, unless they take it"
    " back."
)
STAYS = gettext_noop("A customer who had chosen another store stays with you.")
CAME = gettext_noop("A customer has chosen %(store)s and is yours.")


def answer(choice: Choice, *, yes: bool, site: str, language: str, at: datetime) -> Choice:
    """The customer says whether the store that asks shall look after them.

    Where another dealer has them, that dealer is told now and it takes effect a day later; else at
    once. Answered before, it stays what it was. Raises ChoiceRefused for a link that has run out, a
    store that has closed, and while somebody else records.
    """
    with busy_as(ChoiceRefused), transaction.atomic(), acting(Actor.worker(ACROSS)):
        turn = take_turn(bytes(choice.identity.fingerprint), REGISTRATIONS)
        choice = _locked(choice)
        if choice.answer != "":
            return choice
        if links.is_over(choice, at):
            raise ChoiceRefused(_("This link has run out. Nothing has changed."))
        if not yes:
            choice.answer, choice.answered_at = ChoiceAnswer.NOBODY, at
            choice.save(update_fields=["answer", "answered_at"])
            return choice
        if choice.store.is_closed(at):
            raise ChoiceRefused(_("This store has closed in the meantime."))
        passing.standings_at(choice.identity_id, turn.at, at)  # whoever let them go comes first
        owner = _other_owner(choice, at)
        choice.answer, choice.answered_at = ChoiceAnswer.STORE, at
        choice.effective_at = at + REFUSE_WITHIN if owner is not None else at
        choice.save(update_fields=["answer", "answered_at", "effective_at"])
        if owner is not None:
            Parting.objects.create(
                choice=choice, dealer_id=owner.dealer_id, ownership=owner, told_at=at,
                effective_at=choice.effective_at,
            )  # fmt: skip
            _tell_former(owner, LEAVES, choice, at)
            links.send(choice, links.TOLD, site, language, at)
        else:
            move(choice, at, turn.at)
        return choice


def refuse(choice: Choice, *, at: datetime) -> Choice:
    """The customer takes their answer back before it takes effect; twice is once.

    Raises ChoiceRefused once the time for that is over.
    """
    with transaction.atomic(), acting(Actor.worker(ACROSS)):
        choice = _locked(choice)
        if choice.refused_at is not None:
            return choice
        if choice.done_at is not None or choice.effective_at is None:
            raise ChoiceRefused(_("It has taken effect already, and can no longer be taken back."))
        if at >= choice.effective_at:  # it waits, for a case or a closing
            raise ChoiceRefused(_("The 24 hours in which you could take it back are over."))
        _take_back(choice, at)
        return choice


def sweep(at: datetime) -> int:
    """Have what is due take effect, however late; how many. For the worker."""
    due = Choice.objects.due(at).select_related("identity").order_by("effective_at", "pk")
    choices = {choice.pk: choice for choice in due}

    def take_effect(pk: UUID) -> int:
        turn = take_turn(bytes(choices[pk].identity.fingerprint), REGISTRATIONS)
        found = _locked(choices[pk])
        if found.done_at is not None or found.refused_at is not None:
            return 0
        return move(found, at, turn.at)

    return sum(one_by_one("choice", choices, take_effect))


def parting_of(owned: Ownership) -> Parting | None:
    """That the customer of an ownership has chosen another store, until it has taken effect.

    Also where its moment is over and it waits for a case, or a sister store has the customer since.
    """
    mine = Ownership.objects.one_protection(owned)
    told = Parting.objects.filter(ownership__in=mine, refused_at=None).first()
    if told is None:
        return None
    with acting(Actor.worker(ACROSS)):  # the choice itself is the other dealer's
        waits = Choice.objects.filter(pk=told.choice_id, done_at=None).exists()
    return told if waits else None


def move(choice: Choice, at: datetime, recorded_at: datetime) -> int:
    """The store that the customer chose gets them at ``at``; 0 while a case or closing holds them.

    A dealer that got them since they answered is told first, and has a day like the one before.
    Call it in the turn of the person, as the worker. No card is touched.
    """
    if choice.store.is_closed(at):
        _take_back(choice, at)
        return 0
    standings = passing.standings_at(choice.identity_id, recorded_at, at)
    levels = OnFile(choice.identity_id)
    track = Track(Rulebooks.on_file(), standings, iter(next_ids(Ownership)), levels=levels)
    owner = track.running(at)
    if holds.frozen(choice.identity_id) or (owner is not None and owner.frozen):
        return 0
    other = _other_owner(choice, at)
    if other is not None and not _knows(choice, other):
        choice.effective_at = at + REFUSE_WITHIN
        choice.save(update_fields=["effective_at"])
        _tell_former(other, LEAVES, choice, at)
        return 0
    asked = cast("Registration", choice.registration)
    claim = Claim(
        choice.dealer_id, choice.store_id, choice.store.tz, asked.channel, asked.staff_id
    )  # fmt: skip
    given = track.give(passing.still_there(claim, at), at)
    written = []
    for change in given.changes:
        whose = change.after
        act = Act(
            kind=ActKind.CHOSEN, identity_id=choice.identity_id, dealer_id=whose.dealer,
            store_id=whose.store, at=at,
            ownership_id=whose.id,
        )  # fmt: skip
        written.append(Written(act, [change], choice.customer))
    write(written, recorded_at)
    withdraw_requests([choice.identity_id], None, at)
    passing.owned(choice.identity_id, choice.dealer_id, at)
    choice.done_at = at
    choice.save(update_fields=["done_at"])
    _tell_chosen(choice, CAME, at)
    return 1


def _take_back(choice: Choice, at: datetime) -> None:
    """Nothing comes of what was chosen, and who has the customer and was told so is told."""
    choice.refused_at = at
    choice.save(update_fields=["refused_at"])
    Parting.objects.filter(choice=choice).update(refused_at=at)
    owner = _other_owner(choice, at)
    if owner is not None and _knows(choice, owner):
        _tell_former(owner, STAYS, choice, at)


def _knows(choice: Choice, owner: Ownership) -> bool:
    """Whether the dealer that has the customer was told a day before it takes effect."""
    if Parting.objects.filter(choice=choice, dealer=owner.dealer_id).exists():
        return True
    return owner.began <= cast(datetime, choice.effective_at) - REFUSE_WITHIN


def _tell_chosen(choice: Choice, said: str, at: datetime) -> None:
    """Tell who asked the customer, or who answers for the store where they have left."""
    notices.tell(
        reminders.still_there(cast("User", choice.asked_by), choice.store, at),
        NoticeKind.LEAVES,
        sayings.kept(said, store=[choice.store.name]),
        to=reverse("customers:detail", args=[choice.customer_id]),
        about=f"{choice.pk}:comes",
        at=at,
    )


def _locked(choice: Choice) -> Choice:
    rows = Choice.objects.select_related("store", "registration__void", "customer", "identity")
    return rows.select_for_update(no_key=True, of=("self",)).get(pk=choice.pk)


def _other_owner(choice: Choice, at: datetime) -> Ownership | None:
    """The ownership of another dealer that runs, if one does."""
    running = Ownership.objects.running(at).filter(identity=choice.identity_id)
    running = running.exclude(dealer=choice.dealer_id)
    return running.select_related("store").first()


def _tell_former(owner: Ownership, said: str, choice: Choice, at: datetime) -> None:
    """Tell who answers for the customer's store, and who follows them up; of nobody else's name."""
    moment = cast(datetime, choice.effective_at)  # of a choice that was answered
    day = f"{moment.astimezone(owner.store.tz):%Y-%m-%d %H:%M}"
    notices.tell(
        reminders.concerned(owner, at),
        NoticeKind.LEAVES,
        sayings.kept(said, day=[day]),
        to=reverse("customers:detail", args=[owner.customer_id]),
        about=f"{choice.pk}:{'back' if choice.refused_at else 'leaves'}",
        at=at,
    )
