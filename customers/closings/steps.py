"""What each step of a closing does: one portion of it, inside the caller's transaction.

A portion says how many it has done, and whether there may be more. It reads what is left from the
rows, so that a portion that comes twice finds nothing the second time.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import cast

from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils.translation import gettext_noop

from customers import erasure
from customers.choices import asking
from customers.closings.plan import owned_by, place_of, stores_of
from customers.dispatch import offers
from customers.models import (
    Act,
    ActKind,
    ActQuerySet,
    Choice,
    ChoiceAnswer,
    Closing,
    ClosingKind,
    ClosingStep,
    EventKind,
    Ownership,
    OwnershipQuerySet,
    Release,
    StepKind,
    WaitEnd,
    Waiting,
)
from customers.ownership import changes, duties, passing, writing
from customers.ownership.changes import Change
from customers.ownership.rulebook import MOMENT, Claim, Standing, local_day
from customers.ownership.settings import Rulebooks
from customers.ownership.track import Track
from customers.ownership.writing import Written
from dealers import departures, notices, sayings
from dealers.actor import Actor
from dealers.database import next_ids
from dealers.models import NoticeKind, Store

PORTION = 200  # customers
LAST_DAYS = gettext_noop(
    "From %(day)s on nobody opens names and numbers of your customers any more, you neither: take"
    " everything away before."
)


class NotYet(Exception):
    """Something has to come first; the step is tried again until then."""


# What has to open for the dealer still, so that its key is kept until then: by apps above.
KEY_NEEDED: list[Callable[[int, datetime], bool]] = []

Done = tuple[int, bool]  # how many, and whether there may be more
BY_THE_OWNER = frozenset({StepKind.TAKEN})


def expected(closing: Closing, step: ClosingStep, at: datetime) -> int | None:
    """Of how many a step that begins shows its progress."""
    match step.kind:
        case StepKind.MOVED | StepKind.FROZEN:
            return owned_by(closing, at)
        case StepKind.ASKED:
            return asking.to_ask(closing).count()
    return None


def reopen(at: datetime) -> int:
    """Go on with stores that closed where customers came back; how many.

    A file that was being stored while the store closed brings them.
    """
    left = Ownership.objects.running(at).filter(store=OuterRef("store"), period__startswith__lt=at)
    back = Closing.objects.standing().filter(
        Exists(left), kind=ClosingKind.STORE, finished_at__isnull=False
    )
    found = list(back.values_list("pk", flat=True))
    ClosingStep.objects.filter(closing__in=found, kind=StepKind.CHECKED).update(done_at=None)
    return Closing.objects.filter(pk__in=found).update(finished_at=None)


def _shut(closing: Closing, at: datetime) -> Done:
    """The stores take no customers since their moment; nobody joins them any more.

    A sister store keeps the places in line; without one they are left. Whose turn came before the
    closing has the customer, however late the job is that serves them.
    """
    done = departures.withdraw_invitations(stores_of(closing), at)
    if closing.kind == ClosingKind.STORE:
        return done, False
    places = Waiting.objects.open().filter(dealer=closing.dealer_id)
    people = list(places.order_by("pk").values_list("identity", flat=True)[:PORTION])
    passing.hold(people, closing.due_at - MOMENT)
    places.filter(identity__in=people).end(at, WaitEnd.LEFT)
    return done, bool(people)


def _leads(closing: Closing, at: datetime) -> Done:
    done = offers.withdraw(stores_of(closing), at, PORTION)
    return done, done == PORTION


def _posts(closing: Closing, at: datetime) -> Done:
    store, to = cast(Store, closing.store), cast(Store, closing.to)  # of a store that closes
    return departures.move_posts(store, to, at), False


def _moved(closing: Closing, at: datetime) -> Done:
    """The sister store goes on with each customer, and who follows them up stays."""
    owned, recorded_at, more = _held(_running(closing, at), _late(closing, at), at)
    to = cast(Store, closing.to)
    ids, rulebooks = iter(next_ids(Ownership, len(owned))), Rulebooks.on_file()
    written = []
    for each in owned:
        before = changes.standing_of(each)
        claim = Claim(to.dealer_id, to.pk, to.tz, each.channel, each.staff_id)
        ends, begins = Track(rulebooks, [before], ids).move(before, claim, at)
        done = [ends, begins._replace(after=_given(begins.after))]
        written.append(_written(ActKind.STORE_CLOSED, closing, each, done, at))
    writing.write(written, recorded_at)
    return len(owned), more


def _given(moved: Standing) -> Standing:
    """What a sister store goes on with in the days of grace: on file as protected for a moment.

    Its protection was over before it begins there, and a row without any was taken back.
    """
    return moved._replace(protected_until=max(moved.protected_until, moved.start + MOMENT))


def _frozen(closing: Closing, at: datetime) -> Done:
    """For so long nobody else gets the customer: from the moment of the closing, however late."""
    since, rulebooks, written = closing.due_at, Rulebooks.on_file(), []
    running = _running(closing, at).filter(frozen=False)
    owned, recorded_at, more = _held(running, _late(closing, since), since)
    for each in owned:
        before = changes.standing_of(each)
        after = duties.frozen(before, since)
        done = Track(rulebooks, [before]).change(EventKind.FROZEN, before, after, since)
        written.append(_written(ActKind.DEALER_CLOSED, closing, each, [done], since))
    writing.write(written, recorded_at)
    people = [each.identity_id for each in owned]
    writing.withdraw_requests(people, closing.by_id, since)
    # Nothing moves them any more, so what was said before comes to nothing.
    Release.objects.open().filter(ownership__in=owned).update(
        cancelled_at=Greatest("at", Value(since)), cancelled_by=closing.by_id
    )
    return len(owned), more


def _asked(closing: Closing, at: datetime) -> Done:
    done = asking.ask_all(closing, PORTION, at)
    return done, bool(done)


def _offered(closing: Closing, _at: datetime) -> Done:
    """Whoever asked for a store became a lead with that answer; their time to answer is over."""
    answers = Choice.objects.filter(closing=closing, answer=ChoiceAnswer.LEAD)
    return answers.count(), False


def _ended(closing: Closing, at: datetime) -> Done:
    return departures.end_posts(closing.dealer_id, at), False


def _told_to_take(closing: Closing, at: datetime) -> Done:
    """Two weeks before the key is destroyed its owners are told what that means."""
    step = closing.steps.filter(kind=StepKind.KEYS).first()
    if closing.pack_id is None or step is None:
        return 0, False
    day = local_day(step.due_at, place_of(closing).tz)
    said = sayings.kept(LAST_DAYS, day=[f"{day:%Y-%m-%d}"])
    about = f"key:{closing.pk}"
    people = notices.owners(closing.dealer_id, at)
    page = reverse("dealers:exit-pack")
    return notices.tell(people, NoticeKind.CLOSES, said, to=page, about=about, at=at), False


def _keys(closing: Closing, at: datetime) -> Done:
    """Nobody reads the dealer's customers any more: what its key sealed opens for nobody.

    Raises NotYet while the dealer is still to be paid, for which its account has to open, or may
    dispute what it was. Of a closing without a pack that was offered before, the key stays.
    """
    if closing.pack_id is None:
        return 0, False
    if any(needs(closing.dealer_id, at) for needs in KEY_NEEDED):
        raise NotYet
    return erasure.erase_customers(closing.dealer, by=Actor.worker("closing"), at=at), False


def _checked(closing: Closing, at: datetime) -> Done:
    return _moved(closing, at) if closing.kind == ClosingKind.STORE else (0, False)


def _running(closing: Closing, at: datetime) -> OwnershipQuerySet:
    running = Ownership.objects.running(at).filter(period__startswith__lt=at)
    return running.filter(store__in=stores_of(closing))


def _late(closing: Closing, at: datetime) -> ActQuerySet:
    """Requests for more time that were to be answered by ``at``, and are not yet."""
    return Act.objects.open().filter(due_at__lte=at, ownership__store__in=stores_of(closing))


def _held(
    rows: OwnershipQuerySet, asked: ActQuerySet, at: datetime
) -> tuple[list[Ownership], datetime, bool]:
    """Some of these ownerships as they are at ``at``, held; the clock, and whether there was any.

    Of a portion that time has let go by then nothing is left, and yet there may be more. So there
    may where silence has answered a request that is ``asked``: that protection runs on.
    """
    found = list(rows.order_by("pk").values_list("pk", "identity")[:PORTION])
    late = list(asked.order_by("pk").values_list("identity", flat=True)[:PORTION])
    recorded_at = passing.hold({*late, *(identity for _pk, identity in found)}, at)
    owned = rows.filter(pk__in=[pk for pk, _identity in found])
    held = list(owned.select_related("store", "customer").order_by("pk"))
    answered = bool(late) and not asked.filter(identity__in=late).exists()
    return held, recorded_at, bool(found) or answered


def _written(
    kind: ActKind, closing: Closing, owned: Ownership, done: Sequence[Change], at: datetime
) -> Written:
    act = Act.about(owned, kind, by_id=closing.by_id, at=at)
    return Written(act, done, owned.customer)


STEPS: Mapping[str, Callable[[Closing, datetime], Done]] = {
    StepKind.SHUT: _shut,
    StepKind.LEADS: _leads,
    StepKind.POSTS: _posts,
    StepKind.MOVED: _moved,
    StepKind.FROZEN: _frozen,
    StepKind.SETTLED: _told_to_take,
    StepKind.ASKED: _asked,
    StepKind.OFFERED: _offered,
    StepKind.ENDED: _ended,
    StepKind.KEYS: _keys,
    StepKind.CHECKED: _checked,
}
