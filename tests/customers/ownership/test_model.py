"""The portal, step by step, beside a plain network in memory that knows no database.

Whatever is done, in whatever order and however late its job comes: the rows say the same as the
test bench, on which headquarters tries its rulebooks.
"""

import os
from datetime import date, timedelta
from functools import partial
from itertools import count
from operator import itemgetter

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from customers.cases import deciding, opening
from customers.cases.terms import CaseRefused
from customers.closings import going_on, plan
from customers.dispatch import leads, offers
from customers.dispatch.offers import DispatchRefused
from customers.identity import either, fingerprint
from customers.models import (
    Act,
    Case,
    CaseOutcome,
    Customer,
    Identity,
    Lead,
    LeadSource,
    Ownership,
    Release,
    VoidReason,
    Waiting,
)
from customers.orders.recording import Line, record_order
from customers.ownership import (
    activities,
    changes,
    claims,
    extensions,
    handover,
    line,
    passing,
    release,
    retrace,
    voids,
)
from customers.ownership.bench import Event, Place, World
from customers.ownership.claims import ClaimRefused
from customers.ownership.extensions import ExtensionRefused
from customers.ownership.line import LineRefused
from customers.ownership.release import ReleaseRefused
from customers.ownership.rulebook import Dispute
from customers.ownership.settings import RegistrationRefused, Rulebooks
from customers.ownership.track import IN_LINE
from customers.ownership.verbs import VERBS
from customers.ownership.waiting import in_turn
from dealers.actor import Actor
from dealers.models import CalendarDay, Membership
from dealers.phones import normalise
from tests.factories.customers import (
    DAY_ONE,
    CategoryFactory,
    RulebookFactory,
    phone_number,
    registered,
)
from tests.factories.dealers import (
    DealerFactory,
    MembershipFactory,
    OwnerFactory,
    RegionalManagerFactory,
    RegionFactory,
    StoreFactory,
)

STEPS = int(os.environ.get("MODEL_STEPS", "500"))
LONGEST = 25  # steps of one story
ZONES = {"A1": "Asia/Shanghai", "A2": "Asia/Urumqi", "B1": "America/Sao_Paulo", "C1": "Asia/Tokyo"}
PERSONS = "pq"
DONE = [("visit", ""), ("quote", ""), ("call", "no_answer"), ("call", "reached")]
MOMENT, SECOND = timedelta(microseconds=1), timedelta(seconds=1)
LATE = timedelta(hours=23)  # the job

stores, persons = st.sampled_from(sorted(ZONES)), st.sampled_from(PERSONS)
gaps = st.one_of(
    st.timedeltas(timedelta(seconds=1), timedelta(hours=5)),
    st.integers(1, 40).map(lambda days: timedelta(days=days)),
    st.sampled_from(["just before", "at once", "just after"]),  # what comes by itself next
)
rulebooks = st.fixed_dictionaries(
    {
        "protection_days": st.integers(1, 60),
        "grace_days": st.integers(0, 4),
        "activity_renews_days": st.one_of(st.none(), st.integers(1, 60)),
        "sale_renews_days": st.one_of(st.none(), st.integers(1, 60)),
        "first_contact_hours": st.sampled_from([None, 48]),
        "release_after_days": st.sampled_from([None, 3, 7]),
        "pool_cooldown_days": st.sampled_from([0, 7]),
        "extensions": st.integers(0, 2),
    }
)


class Portal(RuleBasedStateMachine):
    """Each step is done in the portal and on the bench."""

    def __init__(self):
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.now, self.numbers = DAY_ONE, count(1)
        self.world = None
        self.made, self.offers, self.due, self.closing = {}, {}, [], None

    def teardown(self):
        if self.world is not None:
            assert list(retrace.broken()) == []
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @initialize(first=rulebooks, second=rulebooks)
    def open_shops(self, first, second):
        """Three dealers, one with two stores, under two rulebooks, the second from February."""
        RulebookFactory(**first)
        RulebookFactory(**second, starts_on=date(2026, 2, 1))
        self.region = RegionFactory()
        self.manager = RegionalManagerFactory(region=self.region)
        dealers = {name: DealerFactory(region=self.region) for name in "ABC"}
        self.owners = {name: OwnerFactory(dealer=dealer) for name, dealer in dealers.items()}
        self.stores = {
            code: StoreFactory(code=code, dealer=dealers[code[0]], timezone=zone)
            for code, zone in ZONES.items()
        }
        self.staff, self.names = {}, {}
        for code in self.stores:
            self._employ(code)
        self.category = CategoryFactory()
        self.phones = {person: phone_number() for person in PERSONS}
        places = {code: Place(code[0], store.tz) for code, store in self.stores.items()}
        calendar = CalendarDay.objects.of_region(self.region.pk)
        self.world = World(Rulebooks.on_file(), places, calendar)
        self.codes = {store.pk: code for code, store in self.stores.items()}

    # What is done

    @rule(person=persons, store=stores, gap=gaps, waits=st.booleans())
    def register(self, person, store, gap, waits):
        self._later(gap)
        got = self._on_bench(
            "register", person=person, store=store, staff=self._who(store), wait=waits
        )
        shop, post = self.stores[store], self.staff[store]
        try:
            made = registered(shop, phone=self.phones[person], staff=post.user, at=self.now)
        except RegistrationRefused:
            assert got["answer"] == "refused"
            return
        assert (made.answer, made.rule) == (got["answer"], got["rule"])
        if waits and made.answer in IN_LINE:
            line.stand(made, by=Actor.of(post), at=self.now)
        self.made.setdefault(person, []).append(made)
        self._same(person)

    @rule(person=persons, gap=gaps, of=st.integers(0, 20))
    def leave_line(self, person, gap, of):
        places = Waiting.objects.open().filter(identity=self._identity(person)).order_by("pk")
        if not places:
            return
        place = places[of % len(places)]
        code = self.codes[place.store_id]
        self._later(gap)
        try:
            line.leave(place.registration, by=Actor.of(self.staff[code]), at=self.now)
        except LineRefused:
            return
        self.world.settle(self.now)
        track = self.world.track(person)
        track.line = [it for it in track.line if self.world.name_of(it.claim.store) != code]

    @rule(
        person=persons,
        store=stores,
        gap=gaps,
        what=st.sampled_from(
            [("visit", ""), ("quote", ""), ("call", "no_answer"), ("call", "reached")]
        ),
    )
    def follow_up(self, person, store, gap, what):
        if (card := self._card(person, store)) is None:
            return
        self._later(gap)
        kind, outcome = what
        self._on_bench("activity", person=person, store=store, kind=kind, outcome=outcome)
        by = Actor.of(self.staff[store])
        activities.record_activity(card, by=by, kind=kind, outcome=outcome, at=self.now)
        self._same(person)

    @rule(
        person=persons, store=st.sampled_from(["ONLINE", *ZONES]), gap=gaps, net=st.integers(0, 1)
    )
    def buy(self, person, store, gap, net):
        self._later(gap)
        self._on_bench("sale", person=person, store=store, paid=bool(net))
        record_order(
            source="till", external_id=str(next(self.numbers)), ordered_at=self.now,
            store=self.stores.get(store), phone=self.phones[person],
            lines=[Line(1, self.category, 1, net * 100, 0, net * 100)],
        )  # fmt: skip
        self._same(person)

    @rule(person=persons, gap=gaps)
    def ask_for_time(self, person, gap):
        code = self._owner(person)
        if code is None:
            return
        self._later(gap)
        got = self._on_bench("extend", person=person)
        by = Actor.of(self.staff[code])
        try:
            extensions.ask(self._card(person, code), "Measured at home twice.", by=by, at=self.now)
        except ExtensionRefused:
            # On the bench, who asks twice is answered the same again.
            assert got["answer"] == "refused" or self._asked(person)
            return
        assert got["answer"] == "asked"
        self._same(person)

    @rule(person=persons, gap=gaps, granted=st.booleans())
    def answer_request(self, person, gap, granted):
        asked = Act.objects.open().filter(identity=self._identity(person)).first()
        if asked is None:
            return
        self._later(gap)
        self.world.settle(self.now)
        track = self.world.track(person)
        try:
            extensions.answer(
                asked, granted=granted, by=Actor.of(self.manager), at=self.now, note="Seen."
            )
        except ExtensionRefused:
            assert track.request is None
            return
        track.answer_request(self.now, granted=granted)
        self._same(person)

    @rule(person=persons, store=stores, gap=gaps)
    def claim(self, person, store, gap):
        if (card := self._card(person, store)) is None:
            return
        self._later(gap)
        got = self._on_bench("claim", person=person, store=store, staff=self._who(store))
        by = Actor.of(self.staff[store])
        try:
            claims.claim(card, self.stores[store], by=by, at=self.now)
        except ClaimRefused:
            assert got["answer"] == "refused"
            return
        assert got["answer"] == "yours"
        self._same(person)

    @rule(person=persons, gap=gaps)
    def offer(self, person, gap):
        """A lead is dispatched; on the bench the same store is offered it."""
        self._later(gap)
        self.world.settle(self.now)
        track = self.world.track(person)
        if track.running(self.now) or track.offer:
            return
        lead = Lead(source=LeadSource.HQ, wish="Water filter", region=self.region)
        hq = Actor.hq(self.manager.user)
        leads.receive(lead, phone=self.phones[person], name="", consent=True, by=hq, at=self.now)
        made = offers.offer(lead.pk, self.now)
        got = self._on_bench("offer", person=person, store=self.codes[made.store_id])
        assert (got["answer"], track.offer.deadline) == ("offered", made.due_at)
        self.offers[person] = made

    @rule(person=persons, gap=gaps, accepts=st.booleans())
    def answer_offer(self, person, gap, accepts):
        if person not in self.offers:
            return
        made = self.offers.pop(person)
        self._later(gap)
        code = self.codes[made.store_id]
        by = Actor.of(self.staff[code])
        got = self._on_bench(
            "accept" if accepts else "decline", person=person, store=code, staff=self._who(code)
        )
        try:
            if accepts:
                offers.accept(made, by=by, at=self.now)
            else:
                offers.decline(made, "busy", by=by, at=self.now)
        except DispatchRefused:
            assert got["answer"] == "refused"
            return
        assert got["answer"] != "refused"
        self._same(person)

    @rule(person=persons, gap=gaps)
    def void(self, person, gap):
        """The registration that won the customer is taken back."""
        self._later(gap)
        self.world.settle(self.now)
        owner = self.world.track(person).running(self.now)
        made = next(
            (it for it in self.made.get(person, []) if owner and it.received_at == owner.start),
            None,
        )
        if made is None or made.answer != "yours":
            return
        self._on_bench("rule", person=person, outcome="void")
        by = Actor.of(self.owners[self.codes[made.store_id][0]])
        voids.void(made, reason=VoidReason.WRONG_NUMBER, by=by, at=self.now)
        self._same(person)

    @rule(store=stores, gap=gaps)
    def leave(self, store, gap):
        """Who works at a store leaves, and nobody yet follows up its customers."""
        self._later(gap)
        if store in self.world.closed:
            return
        post = self.staff[store]
        self._on_bench("leave", staff=self._who(store))
        handover.leave(post, None, by=Actor.of(self.owners[store[0]]), at=self.now)
        self._employ(store)
        self._all_same()

    @rule(person=persons, gap=gaps)
    def assign(self, person, gap):
        self._later(gap)
        self.world.settle(self.now)
        code = self._owner(person)
        if code is None or self._staff(person) == self._who(code):
            return
        post = self.staff[code]
        self._on_bench("assign", person=person, staff=self._who(code))
        owned = Ownership.objects.running(self.now).get(identity=self._identity(person))
        handover.hand_over([owned.pk], post, by=Actor.of(self.owners[code[0]]), at=self.now)
        self._same(person)

    @rule(person=persons, gap=gaps)
    def release(self, person, gap):
        """The owner lets the customer go, a day from now."""
        self._later(gap)
        code = self._owner(person)
        if code is None:
            return
        track, by = self.world.track(person), Actor.of(self.owners[code[0]])
        try:
            made = release.release(self._card(person, code), "moved_away", by=by, at=self.now)
        except ReleaseRefused:
            assert track.dispute is not None or track.running(self.now).frozen
            return
        track.leaves = made.effective_at

    @rule(person=persons, gap=gaps)
    def take_back_release(self, person, gap):
        made = Release.objects.open().filter(ownership__identity=self._identity(person)).first()
        if made is None:
            return
        self._later(gap)
        self.world.settle(self.now)
        track = self.world.track(person)
        by = Actor.of(self.owners[self.codes[made.ownership.store_id][0]])
        try:
            release.take_back(made, by=by, at=self.now)
        except ReleaseRefused:
            assert track.leaves is None
            return
        track.leaves = None

    @rule(gap=gaps)
    def close_store(self, gap):
        """A store closes on a day, and its sister store goes on."""
        if self.closing is not None:
            return
        self._later(gap)
        store = self.stores["A1"]
        on = self.now.astimezone(store.tz).date() + timedelta(days=3)
        self.closing = plan.close_store(
            store, to=self.stores["A2"], on=on, reason="The lease ends",
            by=Actor.of(self.owners["A"]), at=self.now,
        )  # fmt: skip
        self.due.append((self.closing.due_at, self._closes))

    def _closes(self):
        self._on_bench("close_store", store="A1", to="A2")
        assert list(going_on.go_on(self.closing, self.now))
        moved = self.staff["A1"]
        self.staff["A1"] = Membership.objects.get(user=moved.user, ends_at=None)
        self._all_same()

    @rule(person=persons, store=stores, gap=gaps)
    def open_case(self, person, store, gap):
        """A store that was answered "protected elsewhere" says that the customer is its own."""
        self._later(gap)
        self.world.settle(self.now)
        made = [it for it in self.made.get(person, []) if self.codes[it.store_id] == store]
        owner = self.world.track(person).running(self.now)
        if not made or owner is None:
            return
        by = Actor.of(self.staff[store])
        try:
            case = opening.claim(made[-1], story="She came to us first.", by=by, at=self.now)
        except CaseRefused:
            return
        self.world.track(person).dispute = Dispute(owner.dealer, self.now)
        self.due.append((case.evidence_until, partial(self._goes_on, case, person)))

    def _goes_on(self, case, person):
        """Nobody says anything, so that the proposal stands."""
        deciding.settle(case.pk, self.now)
        case = Case.objects.get(pk=case.pk)
        if case.due_at is not None:
            self.due.append((case.due_at, partial(self._goes_on, case, person)))
            return
        self.world.settle(self.now)
        track = self.world.track(person)
        owner, outcome = track.running(self.now), case.rulings.latest("instance").outcome
        if outcome == CaseOutcome.MOVE and (owner is None or owner.dealer == track.dispute.dealer):
            store = self.codes[case.sides.get(side="B").store_id]
            self._on_bench("choose", person=person, store=store, staff=self._who(store))
        track.dispute = None
        self.world.serve(self.now)

    @rule(gap=gaps)
    def job(self, gap):
        """It runs when it likes, and once more changes nothing."""
        self._later(gap)
        self._all_same()
        assert passing.let_time_pass(self.now) == []

    # What is compared

    def _all_same(self):
        """Once the job has come, all rows are as on the bench."""
        self.world.settle(self.now)
        passing.let_time_pass(self.now)
        offers.pass_on(self.now)
        for person in PERSONS:
            self._same(person)

    def _later(self, gap):
        """Some time passes, or as much as it takes until something comes by itself."""
        until = self.now + gap if isinstance(gap, timedelta) else self._next(gap)
        while (first := min(self.due, key=itemgetter(0), default=None)) and first[0] <= until:
            self.due.remove(first)
            self.now = max(self.now, first[0])
            first[1]()
        self._daily_job(until)
        self.now = until

    def _daily_job(self, until):
        """Whose turn it is in the line is told within a day: so late the job may be."""
        while (moment := self._by_itself()) and moment + LATE < until:
            self.now = moment + LATE
            self.world.settle(self.now)
            passing.let_time_pass(self.now)

    def _next(self, gap):
        moved = {"just before": -MOMENT, "at once": timedelta(), "just after": MOMENT}[gap]
        moment = self._by_itself()
        return moment + moved if moment else self.now + SECOND

    def _by_itself(self):
        """When something comes by itself next."""
        due = [track.next_due() for track in self.world.tracks.values()]
        ends = [it.end for track in self.world.tracks.values() for it in track.standings]
        return min((it for it in (*due, *ends) if it and it > self.now + SECOND), default=None)

    def _employ(self, store):
        post = self.staff[store] = MembershipFactory(store=self.stores[store])
        self.names[post.user_id] = f"{store}-{len(self.names)}"

    def _on_bench(self, verb, **said):
        event = Event(at=self.now, do=verb, number=next(self.numbers), **said)
        return self.world.do(event, VERBS[verb])

    def _owner(self, person):
        owner = self.world.track(person).running(self.now)
        return owner and self.world.name_of(owner.store)

    def _staff(self, person):
        owner = self.world.track(person).running(self.now)
        return None if owner.staff is None else self.world.name_of(owner.staff)

    def _who(self, store):
        return self.names[self.staff[store].user_id]

    def _identity(self, person):
        keys = either(fingerprint(normalise(self.phones[person])))
        return Identity.objects.filter(fingerprint__in=keys).values_list("pk", flat=True).first()

    def _card(self, person, store):
        dealer = self.stores[store].dealer_id
        return Customer.objects.filter(identity=self._identity(person), dealer=dealer).first()

    def _same(self, person):
        """The rows about a person, and who waits, are as on the bench."""
        identity, track = self._identity(person), self.world.track(person)
        name = self.world.name_of
        expected = [
            it._replace(
                id=0,
                dealer=name(it.dealer),
                store=name(it.store),
                staff=None if it.staff is None else name(it.staff),
            )
            for it in track.standings
        ]
        rows = [
            it._replace(
                id=0, dealer=self.codes[it.store][0], store=self.codes[it.store],
                staff=it.staff and self.names[it.staff],
            )
            for it in changes.standings_of(identity)
        ]  # fmt: skip
        assert _differences(rows, expected) == []
        if identity is not None:
            waiting = in_turn(map(passing.of, passing.places(identity)))
            assert [self.codes[it.claim.store] for it in waiting] == [
                name(it.claim.store) for it in track.in_turn()
            ]
            asked = Act.objects.open().filter(identity=identity).values_list("due_at", flat=True)
            assert list(asked) == [track.request][: track.request is not None]


def _differences(rows, expected):
    """Where the rows say something else than the bench, one field a line."""
    found = [("rows", len(rows), len(expected))] if len(rows) != len(expected) else []
    for number, (row, other) in enumerate(zip(rows, expected, strict=False)):
        pairs = zip(row._fields, row, other, strict=True)
        found += [(number, name, one, two) for name, one, two in pairs if one != two]
    return found


@pytest.mark.django_db
def test_the_portal_answers_as_the_bench():
    run_state_machine_as_test(
        Portal,
        settings=settings(
            max_examples=max(1, STEPS // LONGEST),
            stateful_step_count=LONGEST,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
