"""The portal, step by step, beside a plain network in memory that knows no database.

Whatever is done, in whatever order and however late its job comes: the rows say the same as the
test bench, on which headquarters tries its rulebooks. Leads are tried in tests/customers/dispatch:
in which a store calls is a term of dispatch, of which no story knows.
"""

import os
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    rule,
    run_state_machine_as_test,
)

from customers.cases import deciding, opening
from customers.cases.terms import CaseRefused
from customers.closings import going_on, plan
from customers.models import (
    Act,
    Case,
    CaseOutcome,
    Ownership,
    Release,
    VoidReason,
    Waiting,
)
from customers.orders.recording import GivenLine, record_order
from customers.ownership import (
    activities,
    claims,
    extensions,
    handover,
    line,
    passing,
    release,
    voids,
)
from customers.ownership.claims import ClaimRefused
from customers.ownership.extensions import ExtensionRefused
from customers.ownership.line import LineRefused
from customers.ownership.release import ReleaseRefused
from customers.ownership.rulebook import Dispute
from customers.ownership.settings import RegistrationRefused
from customers.ownership.track import IN_LINE
from customers.ownership.voids import VoidRefused
from dealers.actor import Actor
from dealers.models import Membership
from tests.customers.ownership.beside import MOMENT, PERSONS, ZONES, Beside
from tests.factories.customers import (
    registered,
)

STEPS = int(os.environ.get("MODEL_STEPS", "5000"))
LONGEST = 25  # steps of one story
DONE = [("visit", ""), ("quote", ""), ("call", "no_answer"), ("call", "reached")]

stores, persons = st.sampled_from(sorted(ZONES)), st.sampled_from(PERSONS)
gaps = st.one_of(
    st.timedeltas(timedelta(seconds=1), timedelta(hours=5)),
    st.integers(1, 40).map(lambda days: timedelta(days=days)),
    st.sampled_from(["just before", "at once", "just after"]),  # what comes by itself next
)


class Portal(Beside):
    """Each step is done in the portal and on the bench."""

    @rule(person=persons, store=stores, gap=gaps, waits=st.booleans())
    def register(self, person, store, gap, waits):
        self.later(gap)
        self.world.settle(self.now)
        if any(it.start == self.now for it in self.world.track(person).standings):
            self.now += MOMENT  # the counter has no two at one moment
        got = self.on_bench(
            "register", person=person, store=store, staff=self.who(store), wait=waits
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
        self.same(person)

    @rule(person=persons, gap=gaps, of=st.integers(0, 20))
    def leave_line(self, person, gap, of):
        places = Waiting.objects.open().filter(identity=self.identity(person)).order_by("pk")
        if not places:
            return
        place = places[of % len(places)]
        made, by = place.registration, Actor.of(self.staff[self.codes[place.store_id]])
        self.later(gap)
        try:
            line.leave(made, by=by, at=self.now)
        except LineRefused:
            return
        self.world.settle(self.now)
        track = self.world.track(person)
        dealer = self.world.id_of(self.codes[made.store_id][0])
        track.line = [
            it for it in track.line if (it.at, it.claim.dealer) != (made.received_at, dealer)
        ]

    @rule(
        person=persons,
        store=stores,
        gap=gaps,
        what=st.sampled_from(
            [("visit", ""), ("quote", ""), ("call", "no_answer"), ("call", "reached")]
        ),
    )
    def follow_up(self, person, store, gap, what):
        if (card := self.card(person, store)) is None:
            return
        self.later(gap)
        kind, outcome = what
        self.on_bench("activity", person=person, store=store, kind=kind, outcome=outcome)
        by = Actor.of(self.staff[store])
        activities.record_activity(card, by=by, kind=kind, outcome=outcome, at=self.now)
        self.same(person)

    @rule(
        person=persons, store=st.sampled_from(["ONLINE", *ZONES]), gap=gaps, net=st.integers(0, 1)
    )
    def buy(self, person, store, gap, net):
        self.later(gap)
        self.on_bench("sale", person=person, store=store, paid=bool(net))
        record_order(
            source="till", external_id=str(next(self.numbers)), ordered_at=self.now,
            store=self.stores.get(store), phone=self.phones[person],
            lines=[GivenLine(1, self.category, 1, net * 100, 0, net * 100)],
        )  # fmt: skip
        self.same(person)

    @rule(person=persons, gap=gaps)
    def ask_for_time(self, person, gap):
        code = self.owner(person)
        if code is None:
            return
        self.later(gap)
        # Somebody's turn may have come by now: who owned asks in vain, there as here.
        got = self.on_bench("extend", person=person, store=code)
        by = Actor.of(self.staff[code])
        try:
            extensions.ask(self.card(person, code), "Measured at home twice.", by=by, at=self.now)
        except ExtensionRefused:
            # On the bench, who asks twice is answered the same again.
            asked = Act.objects.open().filter(identity=self.identity(person))
            assert got["answer"] == "refused" or asked.exists()
            return
        assert got["answer"] == "asked"
        self.same(person)

    @rule(person=persons, gap=gaps, granted=st.booleans())
    def answer_request(self, person, gap, granted):
        asked = Act.objects.open().filter(identity=self.identity(person)).first()
        if asked is None:
            return
        self.later(gap)
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
        self.same(person)

    @rule(person=persons, store=stores, gap=gaps)
    def claim(self, person, store, gap):
        if (card := self.card(person, store)) is None:
            return
        self.later(gap)
        got = self.on_bench("claim", person=person, store=store, staff=self.who(store))
        by = Actor.of(self.staff[store])
        try:
            claims.claim(card, self.stores[store], by=by, at=self.now)
        except ClaimRefused:
            assert got["answer"] == "refused"
            return
        assert got["answer"] == "yours"
        self.same(person)

    @rule(person=persons, gap=gaps)
    def void(self, person, gap):
        """The registration that won the customer is taken back."""
        self.later(gap)
        self.world.settle(self.now)
        owner = self.world.track(person).running(self.now)
        made = next(
            (it for it in self.made.get(person, []) if owner and it.received_at == owner.start),
            None,
        )
        if made is None or made.answer != "yours":
            return
        dispute = self.world.track(person).dispute
        void = partial(
            voids.void,
            made,
            reason=VoidReason.WRONG_NUMBER,
            by=Actor.of(self.owners[self.codes[made.store_id][0]]),
            at=self.now,
        )
        if dispute is not None and dispute.dealer == owner.dealer:
            with pytest.raises(VoidRefused):
                void()
            return
        self.on_bench("rule", person=person, outcome="void")
        void()
        self.all_same()  # whoever is next in line is served by the job

    @rule(store=stores, gap=gaps)
    def leave(self, store, gap):
        """Who works at a store leaves, and nobody yet follows up its customers."""
        self.later(gap)
        if store in self.world.closed:
            return
        post = self.staff[store]
        self.on_bench("leave", staff=self.who(store))
        handover.leave(post, None, by=Actor.of(self.owners[store[0]]), at=self.now)
        self.employ(store)
        self.all_same()

    @rule(person=persons, gap=gaps)
    def assign(self, person, gap):
        self.later(gap)
        self.world.settle(self.now)
        code = self.owner(person)
        if code is None or self.staff_of(person) == self.who(code):
            return
        post = self.staff[code]
        self.on_bench("assign", person=person, staff=self.who(code))
        owned = Ownership.objects.running(self.now).get(identity=self.identity(person))
        handover.hand_over([owned.pk], post, by=Actor.of(self.owners[code[0]]), at=self.now)
        self.same(person)

    @rule(person=persons, gap=gaps)
    def release(self, person, gap):
        """The owner lets the customer go, a day from now."""
        self.later(gap)
        code = self.owner(person)
        if code is None:
            return
        track, by = self.world.track(person), Actor.of(self.owners[code[0]])
        try:
            made = release.release(self.card(person, code), "moved_away", by=by, at=self.now)
        except ReleaseRefused:
            assert track.dispute is not None or track.running(self.now).frozen
            return
        track.leaves = made.effective_at

    @rule(person=persons, gap=gaps)
    def take_back_release(self, person, gap):
        made = Release.objects.open().filter(ownership__identity=self.identity(person)).first()
        if made is None:
            return
        self.later(gap)
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
        self.later(gap)
        store = self.stores["A1"]
        on = self.now.astimezone(store.tz).date() + timedelta(days=3)
        self.closing = plan.close_store(
            store, to=self.stores["A2"], on=on, reason="The lease ends",
            by=Actor.of(self.owners["A"]), at=self.now,
        )  # fmt: skip
        store.refresh_from_db()  # who claims later asks this very object when it closes
        self.due.append((self.closing.due_at, self._closes))

    def _closes(self):
        self.on_bench("close_store", store="A1", to="A2")
        assert list(going_on.go_on(self.closing, self.now))
        moved = self.staff["A1"]
        self.staff["A1"] = Membership.objects.get(user=moved.user, ends_at=None)
        self.all_same()

    @rule(person=persons, store=stores, gap=gaps)
    def open_case(self, person, store, gap):
        """A store that was answered "protected elsewhere" says that the customer is its own."""
        self.later(gap)
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
            b = case.sides.get(side="B")
            store = self.codes[b.store_id]
            # Nobody follows up where who registered has left meanwhile.
            there = b.registration.staff_id == self.staff[store].user_id
            who = {"staff": self.who(store)} if there else {}
            self.on_bench("choose", person=person, store=store, **who)
        track.dispute = None
        self.world.serve(self.now)

    @rule(gap=gaps)
    def job(self, gap):
        """It runs when it likes, and once more changes nothing."""
        self.later(gap)
        self.all_same()
        assert passing.let_time_pass(self.now) == []


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
