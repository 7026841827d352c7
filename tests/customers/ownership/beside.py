"""A small network in the portal, and the same on the test bench, at the same moment."""

from datetime import date, timedelta
from itertools import count
from operator import itemgetter

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
)

from customers.identity import either, fingerprint
from customers.models import (
    Act,
    Customer,
    Identity,
)
from customers.ownership import (
    changes,
    passing,
    retrace,
)
from customers.ownership.bench import BenchStore, Event, World
from customers.ownership.settings import Rulebooks
from customers.ownership.verbs import VERBS
from customers.ownership.waiting import in_turn
from dealers.models import CalendarDay
from dealers.phones import normalise
from tests.factories.customers import (
    DAY_ONE,
    CategoryFactory,
    RulebookFactory,
    phone_number,
)
from tests.factories.dealers import (
    DealerFactory,
    MembershipFactory,
    OwnerFactory,
    RegionalManagerFactory,
    RegionFactory,
    StoreFactory,
)

ZONES = {"A1": "Asia/Shanghai", "A2": "Asia/Urumqi", "B1": "America/Sao_Paulo", "C1": "Asia/Tokyo"}
PERSONS = "pq"
MOMENT, SECOND = timedelta(microseconds=1), timedelta(seconds=1)
LATE = timedelta(hours=23)  # the job

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


class Beside(RuleBasedStateMachine):
    """What is done in the portal is done on the bench as well; both are at the same moment."""

    def __init__(self):
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.now, self.numbers = DAY_ONE, count(1)
        self.world = None
        self.made, self.due, self.closing = {}, [], None
        self.untold = None  # the first moment at which something came of which nobody is told yet

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
            self.employ(code)
        self.category = CategoryFactory()
        self.phones = {person: phone_number() for person in PERSONS}
        places = {code: BenchStore(code[0], store.tz) for code, store in self.stores.items()}
        calendar = CalendarDay.objects.of_region(self.region.pk)
        self.world = World(Rulebooks.on_file(), places, calendar)
        self.codes = {store.pk: code for code, store in self.stores.items()}

    def all_same(self):
        """Once the job has come, all rows are as on the bench."""
        self._run_job()
        for person in PERSONS:
            self.same(person)

    def later(self, gap):
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
        while (moment := self.untold or self._by_itself(self.now)) and moment + LATE < until:
            self.now = max(self.now, moment + LATE)
            self._run_job()
        # Steps about others tell nobody of it: the job counts from when it came.
        self.untold = moment if moment and moment <= until else None

    def _run_job(self):
        self.world.settle(self.now)
        passing.let_time_pass(self.now)
        self.untold = None

    def _next(self, gap):
        moved = {"just before": -MOMENT, "at once": timedelta(), "just after": MOMENT}[gap]
        moment = self._by_itself(self.now + SECOND)
        return moment + moved if moment else self.now + SECOND

    def _by_itself(self, after):
        """When something comes by itself next."""
        due = [track.next_due() for track in self.world.tracks.values()]
        ends = [it.end for track in self.world.tracks.values() for it in track.standings]
        return min((it for it in (*due, *ends) if it and it > after), default=None)

    def employ(self, store):
        post = self.staff[store] = MembershipFactory(store=self.stores[store])
        self.names[post.user_id] = f"{store}-{len(self.names)}"

    def on_bench(self, verb, **said):
        event = Event(at=self.now, do=verb, number=next(self.numbers), **said)
        return self.world.do(event, VERBS[verb])

    def owner(self, person):
        owner = self.world.track(person).running(self.now)
        return owner and self.world.name_of(owner.store)

    def staff_of(self, person):
        owner = self.world.track(person).running(self.now)
        return None if owner.staff is None else self.world.name_of(owner.staff)

    def who(self, store):
        return self.names[self.staff[store].user_id]

    def identity(self, person):
        keys = either(fingerprint(normalise(self.phones[person])))
        return Identity.objects.filter(fingerprint__in=keys).values_list("pk", flat=True).first()

    def card(self, person, store):
        dealer = self.stores[store].dealer_id
        return Customer.objects.filter(identity=self.identity(person), dealer=dealer).first()

    def same(self, person):
        """The rows about a person, and who waits, are as on the bench."""
        identity, track = self.identity(person), self.world.track(person)
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
        # Of what moved in its days of grace, a row is protected for a moment, that it be given.
        expected = [
            it._replace(protected_until=max(it.protected_until, it.start + MOMENT))
            if it.since and it.end > it.start + MOMENT
            else it
            for it in expected
        ]
        assert _differences(rows, expected) == []
        if identity is not None:
            waiting = in_turn(map(passing.of, passing.places(identity)))
            claims = [passing.at_an_open_store(it.claim, self.now) for it in waiting]
            assert [self.codes[it.store] for it in claims] == [
                name(it.claim.store) for it in track.in_turn()
            ]
            asked = Act.objects.open().filter(identity=identity).values_list("due_at", flat=True)
            assert list(asked) == ([track.request.due] if track.request else [])


def _differences(rows, expected):
    """Where the rows say something else than the bench, one field a line."""
    found = [("rows", len(rows), len(expected))] if len(rows) != len(expected) else []
    for number, (row, other) in enumerate(zip(rows, expected, strict=False)):
        pairs = zip(row._fields, row, other, strict=True)
        found += [(number, name, one, two) for name, one, two in pairs if one != two]
    return found
