"""What time does to people's ownerships: the one job, and what comes before whoever asks meanwhile.

Nothing depends on when the job runs. Each person is brought, through the one fold, to the moment
that is asked about, and everything happens at its own moment: letting go whom nobody contacted,
whom the owner has released or whose lead it returned, the answer that silence gives, and the turn
of who stands in line.
Whoever registers, follows up, sells or dispatches has it done first, so that a job that is late,
doubled or skipped changes nothing.
"""

from collections.abc import Collection, Iterable, Iterator
from copy import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, F, Func, Max, Q

from customers.cases import holds
from customers.cutoff import REGISTRATIONS, one_by_one, take_turn
from customers.models import (
    Act,
    ActKind,
    Answer,
    Case,
    Channel,
    Closing,
    Identity,
    JunkState,
    Offer,
    Ownership,
    Release,
    Void,
    VoidReason,
    WaitEnd,
    Waiting,
)
from customers.ownership import changes, duties, limits, possible, reminders, rulebook, writing
from customers.ownership.changes import Cause
from customers.ownership.levels import OnFile
from customers.ownership.rulebook import Claim, Standing
from customers.ownership.settings import Rulebooks
from customers.ownership.track import Happened, Track, What
from customers.ownership.waiting import Waiting as InLine
from dealers.actor import Actor, acting
from dealers.database import next_ids, save_together
from dealers.models import Membership, Store, User
from dealers.months import hq_day, hq_midnight

DAY = timedelta(days=1)
TOLD_WITHIN = DAY  # of a turn in line that is dated back: so late the job may be
REVIEWED = (ActKind.REVIEWED, ActKind.MATCHED)  # by whom a possible match was decided
KINDS = {
    What.RELEASED: ActKind.LET_GO,
    What.LET_GO: ActKind.RELEASED,
    What.EXTENDED: ActKind.EXTENDED,
    What.DECLINED: ActKind.DECLINED,
    What.SERVED: ActKind.SERVED,
}


def let_time_pass(at: datetime) -> list[Happened]:
    """Do to everybody what time has done by ``at``; what that was. For the worker, at any time."""
    people = due(at)

    def let_pass(identity: int) -> list[Happened]:
        turn = take_turn(bytes(people[identity]), REGISTRATIONS)
        return settle(identity, at, turn.at)

    return list(chain.from_iterable(one_by_one("person", people, let_pass)))


def settle(identity: int, at: datetime, recorded_at: datetime) -> list[Happened]:
    """Do to a person what time has done by ``at``, each at its own moment; what that was.

    For who holds the person's turn, as the worker.
    """
    person = Person(identity, recorded_at)
    person.withdraw_requests(at)
    found = []
    moment = person.next(None, at)
    while moment is not None:
        found += person.pass_through(moment, at)
        moment = person.next(moment, at)
    person.close_releases(at)
    return found


def hold(identities: Iterable[int], at: datetime, by: User | None = None) -> datetime:
    """Hold these people until the transaction ends, as time has left them at ``at``; the clock."""
    people = list(identities)
    recorded_at = writing.hold(people)
    with acting(Actor.worker("time", by)):
        late = Identity.objects.filter(pk__in=people).annotate(
            due=Func(F("pk"), function="time_acts_at", output_field=DateTimeField())
        )
        for identity in late.filter(due__lte=at).order_by("pk").values_list("pk", flat=True):
            settle(identity, at, recorded_at)
    return recorded_at


def standings_at(identity: int, recorded_at: datetime, at: datetime) -> list[Standing]:
    """A person's ownerships as time has left them at ``at``: for who holds the person's turn."""
    if _is_due(identity, at):
        settle(identity, at, recorded_at)
    return changes.standings_of(identity)


def _is_due(identity: int, at: datetime) -> bool:
    """Whether time has done something of which the ownerships on file do not know yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT time_acts_at(%s) <= %s", [identity, at])
        return bool(cursor.fetchone()[0])


def owned(identity: int, dealer: int, at: datetime) -> None:
    """Nobody of the dealer waits any longer: it got the person otherwise."""
    Waiting.objects.filter(identity=identity, dealer=dealer).end(at, WaitEnd.OWNED)


class Person:
    """A person as the fold knows them, read from the database and written back to it."""

    def __init__(self, identity: int, recorded_at: datetime) -> None:
        self.identity, self.recorded_at = identity, recorded_at
        standings = changes.standings_of(identity)
        self.track = Track(Rulebooks.on_file(), standings, _ids(), levels=OnFile(identity))
        self._wait_for(list(Act.objects.open().filter(identity=identity).order_by("due_at")))
        self.releases = list(Release.objects.of_person(identity))
        self.released = self._released()
        self.review, self.track.review = possible.review_of(identity)
        offers = Offer.objects.filter(lead__identity=identity).select_related("store")
        unsettled = offers.filter(Q(answer="") | Q(junk_state=JunkState.ASKED))
        leads = list(unsettled.with_bought().select_related("registration").order_by("-due_at"))
        self.returned = self._returned(leads)
        self.track.leaves = self._leaves()
        open_offer = next((it for it in leads if it.answer == ""), None)
        if open_offer is not None:
            store = open_offer.store
            to = Claim(store.dealer_id, store.pk, store.tz, Channel.DISPATCH)
            self.track.offer = rulebook.Offer(to, open_offer.due_at)
        self.track.dispute = holds.dispute(identity)
        self.places = {row.registration_id: row for row in places(identity)}
        self.track.line = [of(row) for row in self.places.values()]
        # Who was freed by a void, the answer to an offer or the end of a case, was not free before.
        moments = [
            Case.objects.filter(identity=identity).aggregate(at=Max("closed_at"))["at"],
            offers.aggregate(at=Max("answered_at"))["at"],
            Void.objects.filter(registration__identity=identity).aggregate(at=Max("at"))["at"],
            Act.objects.filter(identity=identity, kind__in=REVIEWED).aggregate(at=Max("at"))["at"],
        ]
        self.freed = max((it for it in moments if it is not None), default=None)

    def withdraw_requests(self, at: datetime) -> None:
        """Answer the requests of protections that were over, or taken back, before the answer."""
        standings = self.track.standings
        over = [it for it in self.requests if not _can_be_extended(it, standings, at)]
        if over:
            writing.withdraw(over, None, at)
            self._wait_for([it for it in self.requests if it not in over])

    def _wait_for(self, requests: list[Act]) -> None:
        """The requests that are still to be answered, of which the fold knows the first."""
        self.requests = requests
        self.asked = requests[0] if requests else None
        self.track.request = request_of(self.asked)

    def _released(self) -> Release | None:
        """What the dealer has said of the customer whom it has, if it lets them go."""
        latest = self.track.standings[-1] if self.track.standings else None
        if latest is None or latest.frozen:
            return None
        said = [it for it in self.releases if self._is_about(it, latest)]
        return min(said, key=lambda it: it.effective_at, default=None)

    def _is_about(self, made: Release, standing: Standing) -> bool:
        return _goes_on(made.ownership_id, self.track.standings) == standing

    def _returned(self, leads: Iterable[Any]) -> datetime | None:
        """When the owner has returned the lead that won the customer, unless somebody says no.

        Who has bought since was served, and stays.
        """
        found = []
        latest = self.track.standings[-1] if self.track.standings else None
        for made in leads:
            won, due = made.registration, made.return_due_at
            if latest is None or won is None or due is None or won.answer != Answer.YOURS:
                continue
            goes_on = _goes_on(won.ownership_id, self.track.standings) == latest
            if goes_on and due < latest.end and not made.bought:
                found.append(due)
        return min(found, default=None)

    def _leaves(self) -> datetime | None:
        """When the owner lets the customer go: as said, or when the case about them is closed."""
        said = self.released.effective_at if self.released is not None else None
        moment = min((it for it in (said, self.returned) if it is not None), default=None)
        for opened, closed in cases_about(self.identity):
            if moment is not None and opened <= moment and (closed is None or closed > moment):
                moment = closed
        return moment

    def close_releases(self, at: datetime) -> None:
        """Those are done whose protection is over, by them or before."""
        running = self.track.running(at)
        for made in self.releases:
            over = running is None or not self._is_about(made, running)
            if over and made.effective_at <= at:
                made.done_at = at
                made.save(update_fields=["done_at"])

    def next(self, after: datetime | None, until: datetime) -> datetime | None:
        """The next moment at which time does something, or somebody's turn may have come."""
        found = [self.track.next_due()]
        if self.track.line:
            found += (self._known(turn, until) for turn in self._turns(after))
        return min((it for it in found if it is not None and it <= until), default=None)

    def _turns(self, after: datetime | None) -> Iterator[datetime]:
        """When the person becomes free; from then on each midnight, as places under a cap do."""
        latest = self.track.standings[-1] if self.track.standings else None
        ends = [it for it in (latest and latest.end, self.freed) if it is not None]
        for row in self._in_line():
            free = max([*ends, row.stood_at])
            tried = max((it for it in (row.tried_at, after) if it is not None), default=None)
            if tried is None or tried < free:
                yield free
            else:
                yield _midnight_after(tried)

    @staticmethod
    def _known(turn: datetime, until: datetime) -> datetime:
        """When a turn comes: whoever is told of it more than a day late has it from then on.

        Else they would have lost days, or the customer, before they could know.
        """
        return turn if until - turn <= TOLD_WITHIN else until

    def _in_line(self) -> list[Waiting]:
        return [self.places[each.number] for each in self.track.line]

    def pass_through(self, moment: datetime, until: datetime) -> list[Happened]:
        """What happens by itself at ``moment``, written at ``until``."""
        found = []
        for each in self.track.lapse(moment):
            self._write(each)
            found.append(each)
        if self._known(moment, until) == moment and self.track.free(moment):
            found += self._serve(moment)
        return found

    def _serve(self, moment: datetime) -> list[Happened]:
        for turn in self.track.in_turn():
            row = self.places[turn.number]
            if row.stood_at > moment:
                continue
            if (claim := at_an_open_store(turn.claim, moment)) is None:
                continue
            claim = still_there(claim, moment)
            settings = self.track.rulebooks.on(moment, claim.tz)
            if limits.open_customers(claim, moment).above_a_cap(settings):
                row.tried_at = moment
                row.save(update_fields=["tried_at"])
                continue
            served = self.track.serve(replace(turn, claim=claim), moment)
            self._write(served, row)
            return [served]
        return []

    def _write(self, happened: Happened, row: Waiting | None = None) -> None:
        if happened.what == What.REVIEWED and self.review is not None:
            kind = ActKind.REVIEWED
            possible.answered(self.review, kind, None, happened.at, self.recorded_at)
            self.freed = max(filter(None, (self.freed, happened.at)))
        if happened.standing is None or happened.what not in KINDS:
            return
        asked = None
        if happened.what in (What.EXTENDED, What.DECLINED):
            asked, self.asked = self.asked, None
        standing = happened.standing
        said: dict[str, object] = {}
        if happened.what == What.LET_GO:
            said = self._said_of_leaving(happened.at)
        act = Act(
            id=next_ids(Act)[0],
            kind=KINDS[happened.what],
            identity_id=self.identity,
            dealer_id=standing.dealer,
            store_id=standing.store,
            ownership_id=standing.id,
            at=happened.at,
            recorded_at=self.recorded_at,
            answers=asked,
            **said,
        )
        cause = Cause(act=act, registration=row.registration if row else None)
        customer = row.customer if row else None
        save_together([act, *changes.rows(happened.changes, cause, self.recorded_at, customer)])
        if self.asked is not None and happened.what in (What.RELEASED, What.LET_GO, What.SERVED):
            writing.withdraw([self.asked], None, happened.at)
            self.asked = self.track.request = None
        whose = row.customer_id if row else Ownership.objects.get(pk=standing.id).customer_id
        reminders.tell_of(happened, whose, self.recorded_at)
        if row is not None:
            row.ended_at, row.ended = happened.at, WaitEnd.SERVED
            row.save(update_fields=["ended_at", "ended"])
            owned(self.identity, standing.dealer, happened.at)

    def _said_of_leaving(self, moment: datetime) -> dict[str, object]:
        if self.released is not None and self.released.effective_at <= moment:
            return {"reason": self.released.reason, "by_id": self.released.by_id}
        return {"reason": VoidReason.RETURNED}


def request_of(asked: Act | None) -> duties.Request | None:
    """What an owner has asked for, as the fold knows it."""
    if asked is None or asked.due_at is None:
        return None
    return duties.Request(asked.due_at, asked.grace_days)


def _can_be_extended(asked: Act, standings: list[Standing], at: datetime) -> bool:
    """Whether the protection that a request is about runs on until it is answered."""
    owner = _goes_on(asked.ownership_id, standings)
    if owner is None:
        return False
    runs_on = at < owner.end or (asked.due_at is not None and asked.due_at <= owner.end)
    return runs_on and not owner.over


def _goes_on(ownership: int | None, standings: list[Standing]) -> Standing | None:
    """What has become of an ownership: a sister store may go on with it."""
    index = next((n for n, it in enumerate(standings) if it.id == ownership), None)
    if index is None:
        return None
    owner = standings[index]
    for later in standings[index + 1 :]:
        if later.since is not None and (later.dealer, later.start) == (owner.dealer, owner.end):
            owner = later
    return owner


def cases_about(identity: int) -> Iterator[tuple[datetime, datetime | None]]:
    """From when until when cases about a person ran, in which nobody moves."""
    found = Case.objects.filter(identity=identity).order_by("opened_at")
    yield from found.values_list("opened_at", "closed_at")


def places(identity: int) -> list[Waiting]:
    """Who stands in line for a person, of all dealers: for the worker."""
    held = Waiting.objects.open().filter(identity=identity)
    return list(held.select_related("registration", "store", "customer"))


def of(place: Waiting) -> InLine:
    """A place as the fold knows it."""
    made = place.registration
    claim = Claim(place.dealer_id, place.store_id, place.store.tz, made.channel, made.staff_id)
    return InLine(made.received_at, made.pk, claim)


def _ids() -> Iterator[int]:
    while True:
        yield from next_ids(Ownership)


def _midnight_after(moment: datetime) -> datetime:
    return hq_midnight(hq_day(moment) + DAY)


def at_an_open_store(claim: Claim, moment: datetime) -> Claim | None:
    """The claim, of the sister store where its own has closed; None where there is none.

    That store may have closed as well, and have a sister store of its own.
    """
    store: Store | None = Store.objects.get(pk=claim.store)
    while store is not None and store.is_closed(moment):
        closing = Closing.objects.standing().filter(store=store).select_related("to").first()
        store = None if closing is None else closing.to
    return None if store is None else replace(claim, store=store.pk, tz=store.tz)


def kept_by(store: int, moment: datetime) -> set[int]:
    """The stores whose places in line a store keeps: its own, and of those that closed into it."""
    found, more = set[int](), {store}
    while more:
        found |= more
        into = Closing.objects.standing().filter(to__in=more, due_at__lte=moment)
        more = set(into.values_list("store_id", flat=True)) - found
    return found


def still_there(claim: Claim, moment: datetime) -> Claim:
    """The claim, of nobody in particular where who made it works there no longer."""
    if claim.staff is None:
        return claim
    posts = Membership.objects.current(moment).working_at(claim.store, claim.dealer)
    here = posts.filter(user=claim.staff).exists()
    return claim if here else replace(claim, staff=None)


def due(at: datetime, among: Collection[int] | None = None) -> dict[int, bytes]:
    """The people to whom time has done something by ``at``, with their fingerprints.

    ``among``: of these alone.
    """
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"at": at, "among": None if among is None else list(among)})
        return dict(cursor.fetchall())


# The people to whom time has done something by a moment: those of whom an index says that it may
# have, and of whom it has.
DUE = """
WITH maybe AS MATERIALIZED (
    SELECT identity_id FROM customers_ownership
    WHERE release_at <= %(at)s AND contacted_at IS NULL AND sold_at IS NULL
        AND upper(period) > release_at
    UNION
    SELECT a.identity_id FROM customers_act AS a
    WHERE a.due_at <= %(at)s
        AND NOT EXISTS (SELECT FROM customers_act AS b WHERE b.answers_id = a.id)
    UNION
    SELECT o.identity_id FROM customers_release AS r
    JOIN customers_ownership AS o ON o.id = r.ownership_id
    WHERE r.effective_at <= %(at)s AND r.done_at IS NULL AND r.cancelled_at IS NULL
    UNION
    SELECT l.identity_id FROM customers_offer AS f JOIN customers_lead AS l ON l.id = f.lead_id
    WHERE f.junk_state = 'asked' AND f.return_due_at <= %(at)s
    UNION SELECT identity_id FROM customers_waiting WHERE ended_at IS NULL)
SELECT i.id, i.fingerprint FROM maybe JOIN customers_identity AS i ON i.id = maybe.identity_id
WHERE (%(among)s::bigint[] IS NULL OR i.id = ANY (%(among)s::bigint[]))
    AND time_acts_at(maybe.identity_id) <= %(at)s ORDER BY i.id
"""
