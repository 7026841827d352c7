"""The portal, step by step, beside a plain network in memory that knows no database.

Whatever is done, in whatever order and however late its job comes: the rows say the same as the
test bench, on which headquarters tries its rulebooks.
"""

import os
from datetime import date, timedelta
from itertools import count

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

from customers.dispatch import leads, offers
from customers.dispatch.offers import DispatchRefused
from customers.identity import either, fingerprint
from customers.models import Act, Customer, Identity, Lead, LeadSource, VoidReason, Waiting
from customers.orders.recording import Line, record_order
from customers.ownership import (
    activities,
    changes,
    claims,
    extensions,
    line,
    passing,
    retrace,
    voids,
)
from customers.ownership.bench import Event, Place, World
from customers.ownership.claims import ClaimRefused
from customers.ownership.extensions import ExtensionRefused
from customers.ownership.line import LineRefused
from customers.ownership.settings import Rulebooks
from customers.ownership.track import IN_LINE
from customers.ownership.verbs import VERBS
from customers.ownership.waiting import in_turn
from dealers.actor import Actor
from dealers.models import CalendarDay
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
        self.made, self.requests, self.offers = {}, {}, {}

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
        self.staff = {code: MembershipFactory(store=store) for code, store in self.stores.items()}
        self.category = CategoryFactory()
        self.phones = {person: phone_number() for person in PERSONS}
        places = {code: Place(code[0], store.tz) for code, store in self.stores.items()}
        calendar = CalendarDay.objects.of_region(self.region.pk)
        self.world = World(Rulebooks.on_file(), places, calendar)
        self.codes = {store.pk: code for code, store in self.stores.items()}
        self.names = {post.user_id: code for code, post in self.staff.items()}

    # What is done

    @rule(person=persons, store=stores, gap=gaps, waits=st.booleans())
    def register(self, person, store, gap, waits):
        self._later(gap)
        got = self._on_bench("register", person=person, store=store, staff=store, wait=waits)
        shop, post = self.stores[store], self.staff[store]
        made = registered(shop, phone=self.phones[person], staff=post.user, at=self.now)
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
        got = self._on_bench("claim", person=person, store=store, staff=store)
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
            "accept" if accepts else "decline", person=person, store=code, staff=code
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

    @rule(gap=gaps)
    def job(self, gap):
        """It runs when it likes, and once more changes nothing."""
        self._later(gap)
        self.world.settle(self.now)
        passing.let_time_pass(self.now)
        offers.pass_on(self.now)
        for person in PERSONS:
            self._same(person)
        assert passing.let_time_pass(self.now) == []

    # What is compared

    def _later(self, gap):
        """Some time passes, or as much as it takes until something comes by itself."""
        if isinstance(gap, timedelta):
            self.now += gap
            return
        due = [track.next_due() for track in self.world.tracks.values()]
        ends = [it.end for track in self.world.tracks.values() for it in track.standings]
        moment = min((it for it in (*due, *ends) if it and it > self.now + SECOND), default=None)
        moved = {"just before": -MOMENT, "at once": timedelta(), "just after": MOMENT}[gap]
        self.now = moment + moved if moment else self.now + SECOND

    def _on_bench(self, verb, **said):
        event = Event(at=self.now, do=verb, number=next(self.numbers), **said)
        return self.world.do(event, VERBS[verb])

    def _owner(self, person):
        owner = self.world.track(person).running(self.now)
        return owner and self.world.name_of(owner.store)

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
                staff=it.staff and name(it.staff),
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
