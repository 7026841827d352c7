"""More time for a protection: asked for by the owner with evidence, answered by the region or HQ.

Who decides reads the words and the dates, never who the customer is. In two working days without an
answer silence decides: yes for the first time, and no from then on.
"""

import re
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from customers import erased
from customers.cutoff import REGISTRATIONS, busy_as, take_turn
from customers.models import Act, ActKind, Customer, Ownership
from customers.ownership import changes, duties, passing, reminders
from customers.ownership.changes import Cause
from customers.ownership.settings import Rulebooks
from customers.ownership.track import Track
from dealers import notices, sayings
from dealers.actor import Actor, acting
from dealers.database import save_together
from dealers.models import CalendarDay, Membership, NoticeKind, Role, User

ASKED = gettext_noop("A store asks for more time for a customer: %(store)s")
GIVEN = gettext_noop("More time is given for a customer: %(store)s")
NOT_GIVEN = gettext_noop("No more time is given for a customer: %(store)s")
GONE = gettext_lazy(
    "What was known of this customer was erased: there is nobody left to ask more time for, and"
    " nothing more is written down about them."
)
SHORTEST, LONGEST = 10, 500  # characters of evidence
A_DAY = re.compile(r"(?<!\d)20\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?!\d)")
A_NUMBER = re.compile(r"\d(?:[\s./()\-–—]{0,2}\d){7,}")


class ExtensionRefused(Exception):
    """Not done; the message is written for the person who asked."""


def may_ask(owned: Ownership, at: datetime) -> bool:
    """Whether an ownership runs that can be extended once more, and nothing is asked yet."""
    standing = changes.standing_of(owned)
    extendable = duties.extendable(standing, Rulebooks.on_file(), at)
    return standing.runs(at) and extendable and open_of(owned) is None


class MoreTime(NamedTuple):
    """What a yes gives: how many ``days`` more; and how often it can be extended, it included."""

    days: int
    left: int


def promised(owned: Ownership, at: datetime) -> MoreTime:
    """What a request promises of an ownership about which one ``may_ask``."""
    standing = changes.standing_of(owned)
    own = Rulebooks.on_file().since(standing.began, at, standing.tz)
    terms = duties.extending(standing, own)
    best = max(terms, key=lambda each: duties.extended(standing, each, at, None).reach)
    return MoreTime(best.extension_days, max(it.extensions for it in terms) - standing.extensions)


def open_of(owned: Ownership) -> Act | None:
    """What the owner has asked and nobody has answered; also where its store has closed since."""
    asked = Act.objects.open().filter(kind=ActKind.ASKED, dealer=owned.dealer_id)
    return asked.filter(identity=owned.identity_id).first()


def ask(customer: Customer, note: str, *, by: Actor, at: datetime) -> Act:
    """Ask for more time, with what speaks for it; until the answer the protection runs.

    Raises ExtensionRefused where nothing runs, no extension is left, or the words say too little
    or a number.
    """
    note = note.strip()
    if not SHORTEST <= len(note) <= LONGEST:
        raise ExtensionRefused(
            _("Write in %(least)d to %(most)d characters what speaks for it.")
            % {"least": SHORTEST, "most": LONGEST}
        )
    if A_NUMBER.search(A_DAY.sub("|", note)):
        raise ExtensionRefused(
            _("Leave the number out: who decides does not need to know who the customer is.")
        )
    with busy_as(ExtensionRefused), transaction.atomic(), acting(Actor.worker("extend", by.user)):
        turn = take_turn(bytes(customer.identity.fingerprint), REGISTRATIONS)
        erased.check(customer.identity_id, ExtensionRefused, str(GONE))
        passing.settle(customer.identity_id, at, turn.at)
        owned = changes.running_of(customer, at)
        if owned is None or owned.dealer_id != by.dealer_id:
            raise ExtensionRefused(_("This customer is not in your protection any more."))
        track = _track(owned)
        standing = next(it for it in track.standings if it.id == owned.pk)
        if not duties.extendable(standing, track.rulebooks, at):
            raise ExtensionRefused(_("This protection cannot be extended any more."))
        if open_of(owned) is not None:
            raise ExtensionRefused(_("You have asked already; the answer is still to come."))
        change = track.ask_to_extend(standing, at)
        request = track.request
        act = Act.about(
            owned, ActKind.ASKED, note=note, by=by.person, at=at, recorded_at=turn.at,
            due_at=request and request.due, grace_days=request and request.grace,
        )  # fmt: skip
        act.save()
        if change is not None:
            save_together(changes.rows([change], Cause(act=act), turn.at))
        _tell(_region(owned, at), ASKED, act, reverse("customers:extensions"), at)
        return act


def answer(asked: Act, *, granted: bool, by: Actor, at: datetime, note: str = "") -> Act:
    """Give more time, or not, and say why not. Raises ExtensionRefused, also too late."""
    if not granted and not note.strip():
        raise ExtensionRefused(_("Say why not: the store reads it."))
    if not (by.at_hq or by.role == Role.REGIONAL_MANAGER):
        raise ExtensionRefused(_("Headquarters or the region decides about it."))
    with busy_as(ExtensionRefused), transaction.atomic(), acting(Actor.worker("extend", by.user)):
        turn = take_turn(bytes(asked.identity.fingerprint), REGISTRATIONS)
        passing.settle(asked.identity_id, at, turn.at)
        if not Act.objects.open().filter(pk=asked.pk, kind=ActKind.ASKED).exists():
            raise ExtensionRefused(_("It is decided already, or its time is over."))
        # A sister store may have gone on with the customer since.
        running = Ownership.objects.running(at).filter(identity=asked.identity_id)
        owned = running.filter(dealer=asked.dealer_id).select_related("store", "staff").first()
        if owned is None:
            raise ExtensionRefused(_("This protection does not run any more."))
        track = _track(owned)
        track.request = passing.request_of(asked)
        change = track.answer_request(at, granted=granted)
        act = Act.about(
            owned, ActKind.EXTENDED if granted else ActKind.DECLINED, note=note.strip()[:LONGEST],
            by=by.person, at=at, recorded_at=turn.at, answers=asked,
        )  # fmt: skip
        act.save()
        save_together(changes.rows([change], Cause(act=act), turn.at))
        page = reverse("customers:detail", args=[owned.customer_id])
        people = reminders.concerned(owned, at)
        people += [asked.by] if asked.by is not None and asked.by not in people else []
        _tell(people, GIVEN if granted else NOT_GIVEN, act, page, at)
        return act


def _track(owned: Ownership) -> Track:
    region = owned.dealer.region_id
    standings = changes.standings_of(owned.identity_id)
    return Track(Rulebooks.on_file(), standings, calendar=CalendarDay.objects.of_region(region))


def _region(owned: Ownership, at: datetime) -> list[User]:
    posts = Membership.objects.current(at).managing(owned.dealer.region_id)
    return [post.user for post in posts.select_related("user")]


def _tell(people: list[User], sentence: str, act: Act, to: str, at: datetime) -> None:
    said = sayings.kept(sentence, store=[act.store.name])
    notices.tell(people, NoticeKind.PROTECTION, said, to=to, about=f"{act.kind}:{act.pk}", at=at)
