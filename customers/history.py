"""Loading registrations and orders in bulk, answered and attributed by the rulebook.

A file is checked row by row and copied into a temporary table; what needs other rows or what is on
file is checked there by SQL. Then every affected person's events are replayed in order of time
through the same rules as a registration at the counter, and the results are copied in. All of it
is one transaction: a load that is interrupted leaves nothing.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from customers import cards
from customers.cutoff import hold_all
from customers.identity import PhoneNotValid, content_hash, fingerprint, normalise
from customers.models import Category, Channel, EventKind, OrderKind
from customers.orders import hq_zone
from customers.registration import CONSENT_TEXT, receipt
from customers.replay import Held, Place, Replay
from customers.rulebook import RegistrationRefused, Standing, choose, published_settings
from dealers.imports import (
    CsvFile,
    Progress,
    RowProblem,
    WrongUse,
    moment,
    optional_text,
    text,
    yes_or_no,
)
from dealers.models import Store, User

REGISTRATION_COLUMNS = (
    "external_id", "store_code", "phone", "name", "registered_at", "source", "consent_service",
    "consent_marketing",
)  # fmt: skip
STAFF = "staff"  # may follow them: the e-mail of whoever registered
ORDER_COLUMNS = (
    "source", "external_id", "kind", "ordered_at", "place", "phone", "returns_external_id",
    "line", "category", "quantity", "gross", "discount", "net", "returns_line",
)  # fmt: skip
HEAD = 7  # of the order's columns are the same in all rows of an order
KEY_PREFIX = "import:"  # before a file's external id: apart from the keys of browsers
ONLINE = "ONLINE"
BATCH = 10_000  # rows held in memory before they are copied
FETCH = 20_000
LEEWAY = timedelta(days=1)  # a till's clock may be ahead
NULL = r"\N"
LARGEST = 2_147_483_647
REMEMBERED = 1_000_000  # spellings
KINDS = frozenset(OrderKind.values)

STAGING = """
CREATE TEMP TABLE staged_person (person int, fingerprint bytea) ON COMMIT DROP;
CREATE TEMP TABLE staged_card (person int, dealer_id bigint, line int, id uuid, phone bytea,
    name bytea, tokens bigint[]) ON COMMIT DROP;
CREATE TEMP TABLE staged_registration (
    id bigint DEFAULT nextval('customers_registration_id_seq'), line int, key text, content bytea,
    person int, store_id bigint, source text, at timestamptz, phone_clock timestamptz,
    marketing boolean, staff_id bigint) ON COMMIT DROP;
CREATE TEMP TABLE staged_order (run int, source text, external_id text, kind text,
    at timestamptz, store_id bigint, person int, sale text,
    id uuid DEFAULT gen_random_uuid()) ON COMMIT DROP;
CREATE TEMP TABLE staged_line (id bigint DEFAULT nextval('customers_orderline_id_seq'),
    run int, line int, number int, category_id bigint, quantity int,
    gross numeric(14,2), discount numeric(14,2), net numeric(14,2), returns int) ON COMMIT DROP;
CREATE TEMP TABLE totals (run int, quantity bigint, net numeric, content bytea) ON COMMIT DROP;
CREATE TEMP TABLE taken_back (run int, at timestamptz, id bigint, quantity bigint, net numeric,
    sale_id uuid, sold_at timestamptz, new_person int, old_identity bigint, sold_id bigint,
    quantity_left bigint, net_left numeric) ON COMMIT DROP;
CREATE TEMP TABLE answered (id bigint, receipt text, answer text, rule text, rulebook_id bigint,
    ownership_id bigint, protected_until timestamptz) ON COMMIT DROP;
CREATE TEMP TABLE owned (id bigint, is_new boolean, person int, dealer_id bigint, store_id bigint,
    starts_at timestamptz, ends_at timestamptz, protected_until timestamptz, channel text,
    contacted_at timestamptz, sold_at timestamptz, renewed_on date, last_activity_at timestamptz,
    follow_up_on date) ON COMMIT DROP;
CREATE TEMP TABLE attributed (order_id uuid, kase text, ownership_id bigint, dealer_id bigint,
    store_id bigint, owned_on date, share numeric(9,6), rulebook_id bigint) ON COMMIT DROP;
CREATE TEMP TABLE visited (id bigint, registration_id bigint, at timestamptz) ON COMMIT DROP;
CREATE TEMP TABLE happened (ownership_id bigint, kind text, at timestamptz,
    protected_until timestamptz, rulebook_id bigint, registration_id bigint, activity_id bigint,
    order_id uuid) ON COMMIT DROP;
"""


STAGED = (*re.findall(r"CREATE TEMP TABLE (\w+)", STAGING), "known_person")


class Batch:
    """Rows on their way into a temporary table, copied a few thousand at a time."""

    def __init__(self, table: str, columns: str = "") -> None:
        self.statement = f"COPY {table}{f' ({columns})' if columns else ''} FROM STDIN"
        self.rows: list[str] = []

    def add(self, row: str) -> None:
        """A row in COPY's text format, with its newline."""
        self.rows.append(row)
        if len(self.rows) >= BATCH:
            self.flush()

    def flush(self) -> None:
        if self.rows:
            with connection.cursor() as cursor, cursor.copy(self.statement) as copy:
                copy.write("".join(self.rows))
            self.rows.clear()


def plain(value: str) -> str:
    """A text for COPY's text format."""
    if "\\" in value or "\t" in value or "\n" in value or "\r" in value:
        value = value.replace("\\", r"\\").replace("\t", r"\t")
        return value.replace("\n", r"\n").replace("\r", r"\r")
    return value


def nullable(value: object) -> str:
    return NULL if value is None else str(value)


def binary(value: bytes | None) -> str:
    return NULL if value is None else rf"\\x{value.hex()}"


class Load:
    """One bulk load inside the caller's transaction: stage files, then ``finish``."""

    def __init__(self, progress: Progress, *, historical: bool) -> None:
        self.progress = progress
        self.historical = historical
        self.latest = timezone.now() + LEEWAY
        self.numbers: list[str] = []  # E.164, by the number of the person in this load
        self.people: dict[str, int] = {}
        self.spellings: dict[str, int] = {}
        self.stores = {store.code: store for store in Store.objects.all()}
        self.registrations: Registrations | None = None
        self.orders: Orders | None = None
        with connection.cursor() as cursor:
            cursor.execute(STAGING)

    def person(self, spelling: str) -> int:
        """The number in this load of whoever has this phone number. Raises RowProblem."""
        known = self.spellings.get(spelling)
        if known is not None:
            return known
        try:
            number = normalise(spelling)
        except PhoneNotValid as problem:
            raise RowProblem("phone", spelling, str(problem)) from None
        person = self.people.get(number)
        if person is None:
            person = self.people[number] = len(self.numbers)
            self.numbers.append(number)
        if len(self.spellings) > REMEMBERED:
            self.spellings.clear()
        self.spellings[spelling] = person
        return person

    def stage_registrations(self, file: CsvFile) -> None:
        """Check the rows of a file and copy the good ones into temporary tables."""
        self.registrations = Registrations(self, file)
        self.registrations.stage()

    def stage_orders(self, file: CsvFile) -> None:
        """Check the rows of a file and copy the good ones into temporary tables."""
        self.orders = Orders(self, file)
        self.orders.stage()

    def finish(self) -> None:
        """Answer, attribute and store what was staged. Raises WrongUse without a rulebook."""
        self.progress.start(_("Checking against what is on file"))
        people = Batch("staged_person")
        for person, number in enumerate(self.numbers):
            people.add(f"{person}\t{binary(fingerprint(number))}\n")
        people.flush()
        recorded_at = hold_all()
        with connection.cursor() as cursor:
            # Temporary tables are not analysed by themselves, and a small sample is enough.
            cursor.execute("SET LOCAL default_statistics_target = 10")
            cursor.execute("ANALYZE staged_person, staged_registration, staged_order, staged_line")
        if self.registrations:
            self.registrations.match(recorded_at)
        if self.orders:
            self.orders.match()
        with connection.cursor() as cursor:
            cursor.execute(PEOPLE)
        self._replay()
        self.progress.start(_("Storing"))
        with connection.cursor() as cursor:
            cursor.execute(
                "ANALYZE known_person, staged_registration, staged_order, staged_line, answered,"
                " owned, attributed, visited, happened"
            )
        values: dict[str, Any] = {
            "recorded": recorded_at,
            "hq": str(hq_zone()),
            "channel": self.channel,
            "consent": CONSENT_TEXT,
        }
        with bare(FILLED), connection.cursor() as cursor:
            for statement in STORE:
                cursor.execute(statement, values)
            cursor.execute(f"DROP TABLE {', '.join(STAGED)}")

    @property
    def channel(self) -> str:
        return Channel.HISTORY if self.historical else Channel.IMPORT

    def _replay(self) -> None:
        """Put every affected person's events through the rules, in order of time."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM staged_registration")
            total = cursor.fetchone()[0]
            cursor.execute("SELECT count(*) FROM staged_order")
            total += cursor.fetchone()[0]
        published = published_settings()
        try:
            choose(published, timezone.localdate())
        except RegistrationRefused as problem:
            raise WrongUse(str(problem)) from None
        replay = Replay(published, self.channel, ids("customers_ownership_id_seq"))
        zones: dict[int, ZoneInfo] = {store.pk: store.tz for store in self.stores.values()}
        places = {
            store.pk: Place(store.pk, store.dealer_id, store.tz) for store in self.stores.values()
        }
        self._know(replay, zones)
        sink = Sink()
        self.progress.start(_("Applying the rules"), total)
        for done, (sale, registration, order, at, person, store, _nth) in enumerate(_events()):
            if not done & 4095:
                self.progress.show(done)
            if sale:
                sink.sold(replay, order, person, places.get(store), at)
            else:
                sink.answered(replay, registration, person, places[store], at)
        sink.finish(replay)

    def _know(self, replay: Replay, zones: dict[int, ZoneInfo]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(HELD)
            for row in cursor.fetchall():
                held = _held(row, zones)
                replay.know(held)
            if replay.capped:
                by_id = {held.id: held for track in replay.held.values() for held in track}
                cursor.execute(OPEN)
                for row in cursor.fetchall():
                    replay.count(by_id.get(row[0]) or _held(row, zones))


@contextmanager
def bare(tables: Sequence[str]) -> Iterator[None]:
    """Fill those of the tables that are empty without their foreign keys and indexes.

    They get them back, checked, before the transaction can commit: one sort for each index and one
    join for each foreign key, instead of millions of look-ups. The tables are locked meanwhile. For
    a role that does not own them, nothing changes but the time it takes.
    """
    with connection.cursor() as cursor:
        empty = []
        for table in tables:
            cursor.execute(f"SELECT NOT EXISTS (SELECT FROM {table})")  # noqa: S608 -- our names
            if cursor.fetchone()[0]:
                empty.append(table)
        cursor.execute(REMOVABLE, [empty])
        removable = cursor.fetchall()
        # A table with checks still to come cannot be altered: this does them now.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for drop, _add in removable:
            cursor.execute(drop)
        yield
        for _drop, add in reversed(removable):
            cursor.execute(add)


def _held(row: Sequence, zones: dict[int, ZoneInfo]) -> Held:
    return Held(
        id=row[0],
        person=row[1],
        standing=Standing(
            dealer=row[2],
            store=row[3],
            tz=zones[row[3]],
            channel=row[4],
            start=row[5],
            protected_until=row[6],
            end=row[7],
            sold=row[8] is not None,
            renewed_on=row[9],
            contacted_at=row[10],
        ),
        last_activity_at=row[11],
        sold_at=row[8],
        follow_up_on=row[12],
    )


def ids(sequence: str) -> Iterator[int]:
    """Numbers of a table's sequence, taken from it a thousand at a time."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval(%s) FROM generate_series(1, 1000)", [sequence])
            rows = cursor.fetchall()
        for (number,) in rows:
            yield number


def _events() -> Iterator[tuple]:
    connection.ensure_connection()
    # A cursor on the server, so that not all events are in memory at once; binary, because the
    # times need not be spelled out and read again.
    with connection.connection.cursor(name="history_events", binary=True) as cursor:
        cursor.execute(EVENTS)
        while rows := cursor.fetchmany(FETCH):
            yield from rows


class Sink:
    """The results of a replay, on their way into temporary tables."""

    def __init__(self) -> None:
        self.answers = Batch("answered")
        self.attributions = Batch("attributed")
        self.visits = Batch("visited")
        self.events = Batch("happened")
        self.visit_ids = ids("customers_activity_id_seq")

    def answered(
        self, replay: Replay, registration: int, person: int, place: Place, at: datetime
    ) -> None:
        given = replay.register(person, place, at)
        held = given.held
        until = held.standing.protected_until if held else None
        self.answers.add(
            f"{registration}\t{receipt(registration)}\t{given.kind}\t{given.rule}\t{given.rulebook}"
            f"\t{held.id if held else NULL}\t{nullable(until)}\n"
        )
        visit = None
        if given.visit:
            visit = next(self.visit_ids)
            self.visits.add(f"{visit}\t{registration}\t{at}\n")
        if given.renewed and held:
            cause = f"{registration}\t{nullable(visit)}\t{NULL}"
            self.events.add(
                f"{held.id}\t{given.renewed}\t{at}\t{until}\t{given.rulebook}\t{cause}\n"
            )

    def sold(
        self, replay: Replay, order: str, person: int, place: Place | None, at: datetime
    ) -> None:
        sold = replay.sell(person, place, at)
        if sold is None:
            return
        held, given = sold.held, sold.attribution
        self.attributions.add(
            f"{order}\t{given.case}\t{held.id}\t{held.standing.dealer}\t{held.standing.store}"
            f"\t{given.owned_on}\t{given.owner_share}\t{sold.rulebook}\n"
        )
        if sold.renewed:
            self.events.add(
                f"{held.id}\t{EventKind.SOLD}\t{at}\t{held.standing.protected_until}"
                f"\t{sold.rulebook}\t{NULL}\t{NULL}\t{order}\n"
            )

    def finish(self, replay: Replay) -> None:
        owned = Batch("owned")
        for track in replay.held.values():
            for held in track:
                if held.changed:
                    it = held.standing
                    owned.add(
                        f"{held.id}\t{held.is_new}\t{held.person}\t{it.dealer}\t{it.store}"
                        f"\t{it.start}\t{it.end}\t{it.protected_until}\t{it.channel}"
                        f"\t{nullable(it.contacted_at)}\t{nullable(held.sold_at)}"
                        f"\t{nullable(it.renewed_on)}\t{held.last_activity_at}"
                        f"\t{nullable(held.follow_up_on)}\n"
                    )
        for batch in (owned, self.answers, self.attributions, self.visits, self.events):
            batch.flush()


class Registrations:
    """A file of registrations in a load."""

    def __init__(self, load: Load, file: CsvFile) -> None:
        self.load = load
        self.file = file
        self.cards: dict[tuple[int, int], bool] = {}  # of dealer and person: whether it has a name
        self.sources: dict[str, str] = {}
        self.staff: dict[str, int] = {}  # e-mail to person

    def stage(self) -> None:
        file, progress = self.file, self.load.progress
        progress.start(_("Reading %(name)s") % {"name": file.path.name}, file.size)
        rows = Batch(
            "staged_registration",
            "line, key, content, person, store_id, source, at, phone_clock, marketing, staff_id",
        )
        sealed = Batch("staged_card")
        if STAFF in file.header:
            file.columns = (*file.columns, STAFF)
            self.staff = dict(User.objects.values_list("email", "pk"))
        for line, values in file.rows(progress):
            try:
                rows.add(self._row(line, values, sealed))
            except RowProblem as problem:
                file.reject(line, problem.column, problem.value, problem.remedy)
        rows.flush()
        sealed.flush()

    def _row(self, line: int, values: Sequence[str], sealed: Batch) -> str:
        external_id, code, phone, name, registered_at, source, service, marketing = values[:8]
        staff = self._staff(values[8]) if len(values) > 8 else None
        external_id = text("external_id", external_id, 120 - len(KEY_PREFIX))
        store = self.load.stores.get(code) or self.load.stores.get(code.strip())
        if store is None:
            raise RowProblem("store_code", code, _("No store has this code; import it first."))
        person = self.load.person(phone)
        name = optional_text("name", name, 80)
        at = moment("registered_at", registered_at, self.load.latest)
        if source not in self.sources:
            self.sources[source] = plain(text("source", source, 40))
        if not yes_or_no("consent_service", service):
            raise RowProblem(
                "consent_service", service, _("Without the customer's consent nobody registers.")
            )
        offers = yes_or_no("consent_marketing", marketing)
        number = self.load.numbers[person]
        content = content_hash(store.pk, number, name, at, self.sources[source], offers)
        key = (store.dealer_id, person)
        named = self.cards.get(key)
        if named is None or (name and not named):
            self.cards[key] = bool(name)
            sealed.add(_card(store.dealer_id, person, line, number, name))
        times = f"{at}\t{NULL}" if self.load.historical else f"{NULL}\t{at}"
        return (
            f"{line}\t{KEY_PREFIX}{plain(external_id)}\t{binary(content)}\t{person}\t{store.pk}"
            f"\t{self.sources[source]}\t{times}\t{offers}\t{nullable(staff)}\n"
        )

    def _staff(self, email: str) -> int | None:
        if not email.strip():
            return None
        person = self.staff.get(email.strip().lower())
        if person is None:
            raise RowProblem(STAFF, email, _("Nobody here has this e-mail address."))
        return person

    def match(self, recorded_at: datetime) -> None:
        """Sort out what is on file already, or twice in the file."""
        with connection.cursor() as cursor:
            for statement in (TWICE_IN_FILE, ALREADY_REGISTERED):
                cursor.execute(statement)
                for line, external_id, same in cursor.fetchall():
                    if same:
                        self.file.repeated += 1
                    else:
                        self.file.reject(
                            line,
                            "external_id",
                            external_id.removeprefix(KEY_PREFIX),
                            _("This id is on file with other content; give the row its own id."),
                        )
            if not self.load.historical:
                cursor.execute("UPDATE staged_registration SET at = %s", [recorded_at])


def _card(dealer_id: int, person: int, line: int, number: str, name: str) -> str:
    card = cards.sealed(dealer_id, number, name)
    return (
        f"{person}\t{dealer_id}\t{line}\t{uuid4()}\t{binary(card['phone_sealed'])}"
        f"\t{binary(card['name_sealed'])}\t{{{','.join(map(str, card['tokens']))}}}\n"
    )


class Orders:
    """A file of orders in a load. The rows of one order that follow each other are a run."""

    def __init__(self, load: Load, file: CsvFile) -> None:
        self.load = load
        self.file = file
        self.bad: dict[int, int] = {}  # run to the line that spoils it
        self.spoilt: dict[tuple[str, str], int] = {}  # the same, of what has no run
        self.categories = dict(Category.objects.values_list("code", "pk"))
        self.amounts: dict[str, int] = {}  # cents

    def stage(self) -> None:
        file, progress = self.file, self.load.progress
        progress.start(_("Reading %(name)s") % {"name": file.path.name}, file.size)
        orders = Batch("staged_order", "run, source, external_id, kind, at, store_id, person, sale")
        lines = Batch(
            "staged_line",
            "run, line, number, category_id, quantity, gross, discount, net, returns",
        )
        runs = count(1)
        run, head, returns = 0, None, False
        wrong: RowProblem | None = None
        for line, values in file.rows(progress):
            try:
                if values[:HEAD] != head:
                    head, wrong, run = values[:HEAD], None, next(runs)
                    returns = values[2] == OrderKind.RETURN
                    orders.add(self._head(run, head))
                if wrong:
                    raise wrong
            except RowProblem as problem:
                wrong = problem
                self.spoilt.setdefault((values[0].strip(), values[1].strip()), line)
                file.reject(line, problem.column, problem.value, problem.remedy)
                continue
            try:
                lines.add(self._line(run, line, values, returns=returns))
            except RowProblem as problem:
                self.bad.setdefault(run, line)
                file.reject(line, problem.column, problem.value, problem.remedy)
        orders.flush()
        lines.flush()

    def _head(self, run: int, head: Sequence[str]) -> str:
        source, external_id, kind, ordered_at, place, phone, sale = head
        source = text("source", source, 40)
        external_id = text("external_id", external_id, 80)
        if kind not in KINDS:
            raise RowProblem("kind", kind, _("Write sale or return."))
        at = moment("ordered_at", ordered_at, self.load.latest)
        store = None
        if place.strip() != ONLINE:
            store = self.load.stores.get(place.strip())
            if store is None:
                raise RowProblem("place", place, _("Write the code of a store on file, or ONLINE."))
        person = self.load.person(phone) if phone.strip() else None
        sale = optional_text("returns_external_id", sale, 80)
        if kind == OrderKind.RETURN and not sale:
            raise RowProblem("returns_external_id", sale, _("A return names its sale here."))
        if kind == OrderKind.SALE and sale:
            raise RowProblem("returns_external_id", sale, _("Only a return fills this in."))
        return (
            f"{run}\t{plain(source)}\t{plain(external_id)}\t{kind}\t{at}"
            f"\t{store.pk if store else NULL}\t{nullable(person)}\t{plain(sale) or NULL}\n"
        )

    def _line(self, run: int, line: int, values: Sequence[str], *, returns: bool) -> str:
        number, category, quantity, gross, discount, net, back = values[HEAD:]
        amounts = self.amounts
        try:
            cents = amounts[gross] - amounts[discount] - amounts[net]
        except KeyError:
            for column, value in (("gross", gross), ("discount", discount), ("net", net)):
                self._amount(column, value)
            cents = amounts[gross] - amounts[discount] - amounts[net]
        if cents:
            raise RowProblem("net", net, _("Net has to be gross less discount."))
        if gross[0] == "-" or net[0] == "-":
            raise RowProblem("net", net, _("Amounts are not negative, also in a return."))
        category_id = self.categories.get(category) or self._category(category)
        taken = NULL
        if returns:
            taken = _whole("returns_line", back)
        elif back.strip():
            raise RowProblem("returns_line", back, _("Only a return fills this in."))
        return (
            f"{run}\t{line}\t{_whole('line', number)}\t{category_id}"
            f"\t{_whole('quantity', quantity)}\t{gross}\t{discount}\t{net}\t{taken}\n"
        )

    def _amount(self, column: str, value: str) -> None:
        whole, point, cents = value.removeprefix("-").partition(".")
        fits = whole.isdecimal() and whole.isascii() and len(whole) <= 12
        if not fits or (point and not (cents.isdecimal() and cents.isascii() and len(cents) <= 2)):
            raise RowProblem(column, value, _("Write an amount like 1234.50."))
        if len(self.amounts) > REMEMBERED:
            self.amounts.clear()
        amount = int(whole) * 100 + int(cents.ljust(2, "0"))
        self.amounts[value] = -amount if value[0] == "-" else amount

    def _category(self, code: str) -> int:
        """The id of a category; the till's new one is put on file."""
        code = text("category", code, 80)
        known = self.categories.get(code)
        if known is None:
            made, _new = Category.objects.get_or_create(code=code, defaults={"name": code})
            known = self.categories[code] = made.pk
        return known

    # What needs the other rows, or what is on file

    def match(self) -> None:
        """Sort out what is on file already, what does not fit together, and bad returns."""
        self._join_runs()
        for key, line in self.spoilt.items():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT run FROM staged_order WHERE source = %s AND external_id = %s", key
                )
                self.bad.update((run, line) for (run,) in cursor.fetchall())
        for run, line in self.bad.items():
            self._drop(
                [run],
                _("Line %(line)d of the file, of the same order, is rejected.") % {"line": line},
            )
        self._drop_repeated_lines()
        with connection.cursor() as cursor:
            cursor.execute(TOTALS)
            cursor.execute(ALREADY_ORDERED)
            known = cursor.fetchall()
        for same in (True, False):
            runs = [run for run, equal in known if equal is same]
            if same:
                self.file.repeated += self._remove(runs)
            else:
                self._drop(runs, _("This order is on file with other content."), "external_id")
        self._check_returns()

    def _join_runs(self) -> None:
        """Rows of one order that do not follow each other become one run."""
        with connection.cursor() as cursor:
            cursor.execute(SCATTERED)
            for runs, heads in cursor.fetchall():
                if heads > 1:
                    self._drop(
                        runs,
                        _("The rows of this order differ in kind, time, place, phone or sale."),
                        "external_id",
                    )
                    continue
                spoilt = [self.bad.pop(run) for run in runs if run in self.bad]
                if spoilt:
                    self.bad[runs[0]] = min(spoilt)
                cursor.execute(
                    "UPDATE staged_line SET run = %s WHERE run = ANY(%s)", [runs[0], runs[1:]]
                )
                cursor.execute("DELETE FROM staged_order WHERE run = ANY(%s)", [runs[1:]])

    def _drop_repeated_lines(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(REPEATED_LINES)
            self.file.repeated += cursor.rowcount
            cursor.execute(LINE_TWICE)
            runs = [run for (run,) in cursor.fetchall()]
        self._drop(runs, _("The order has this line number twice."), "line")

    def _check_returns(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(TAKEN_BACK)
            cursor.execute(NOT_RETURNABLE)
            found = cursor.fetchall()
        reasons = {
            "sale": _("No such sale is on file or in this file; import it first."),
            "line": _("The sale has no such line."),
            "time": _("A return does not come before its sale."),
        }
        for reason, sentence in reasons.items():
            self._drop(
                [run for run, why in found if why == reason],
                sentence,
                "ordered_at" if reason == "time" else "returns_external_id",
            )
        while more := self._too_much_back():
            self._drop(more, _("The sale's line has less left than this takes back."), "quantity")

    def _too_much_back(self) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(TOO_MUCH_BACK)
            return [run for (run,) in cursor.fetchall()]

    def _drop(self, runs: Sequence[int], remedy: str, column: str = "") -> None:
        """Reject all rows of some orders."""
        if not runs:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT l.line, o.external_id FROM staged_line l JOIN staged_order o USING (run)"
                " WHERE run = ANY(%s)",
                [list(runs)],
            )
            for line, external_id in cursor.fetchall():
                value = external_id if column == "external_id" else ""
                self.file.reject(line, column if value else "", value, remedy)
        self._remove(runs)

    def _remove(self, runs: Sequence[int]) -> int:
        if not runs:
            return 0
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM staged_order WHERE run = ANY(%s)", [list(runs)])
            cursor.execute("DELETE FROM taken_back WHERE run = ANY(%s)", [list(runs)])
            cursor.execute("DELETE FROM staged_line WHERE run = ANY(%s)", [list(runs)])
            return cursor.rowcount


@lru_cache(maxsize=10_000)
def _whole(column: str, value: str) -> str:
    """A positive whole number. Raises RowProblem."""
    digits = value.strip()
    if not (digits.isdecimal() and digits.isascii() and len(digits) <= 10):
        raise RowProblem(column, value, _("Write a whole number of 1 or more."))
    if not 1 <= int(digits) <= LARGEST:
        raise RowProblem(column, value, _("Write a whole number of 1 or more."))
    return digits


TWICE_IN_FILE = """
DELETE FROM staged_registration AS again
USING (SELECT key, min(id) AS id FROM staged_registration GROUP BY key HAVING count(*) > 1) AS twice
    JOIN staged_registration AS first ON first.id = twice.id
WHERE again.key = twice.key AND again.id > twice.id
RETURNING again.line, again.key, again.content = first.content
"""
ALREADY_REGISTERED = """
DELETE FROM staged_registration AS again USING customers_registration AS first
WHERE first.key = again.key
RETURNING again.line, again.key, again.content = first.content
"""
SCATTERED = """
SELECT array_agg(run ORDER BY run), count(DISTINCT (kind, at, store_id, person, sale))
FROM staged_order JOIN (
    SELECT source, external_id FROM staged_order GROUP BY 1, 2 HAVING count(*) > 1
) AS scattered USING (source, external_id)
GROUP BY source, external_id
"""
REPEATED_LINES = """
DELETE FROM staged_line AS again
USING (
    SELECT run, number, min(id) AS id FROM staged_line GROUP BY 1, 2 HAVING count(*) > 1) AS twice
    JOIN staged_line AS first ON first.id = twice.id
WHERE again.run = twice.run AND again.number = twice.number AND again.id > twice.id
    AND (again.category_id, again.quantity, again.gross, again.discount, again.net, again.returns)
    IS NOT DISTINCT FROM
    (first.category_id, first.quantity, first.gross, first.discount, first.net, first.returns)
"""
LINE_TWICE = "SELECT DISTINCT run FROM staged_line GROUP BY run, number HAVING count(*) > 1"
TOTALS = """
INSERT INTO totals
SELECT o.run, l.quantity, l.net, sha256(convert_to(concat_ws('|', o.kind,
    to_char(o.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), coalesce(o.store_id::text, ''),
    coalesce(encode(p.fingerprint, 'hex'), ''), coalesce(o.sale, ''), l.lines), 'UTF8')) AS content
FROM (
    SELECT run, sum(quantity) AS quantity, sum(net) AS net, string_agg(
        concat_ws(',', number, category_id, quantity, gross, discount, net,
            coalesce(returns::text, '')), ';' ORDER BY number) AS lines
    FROM staged_line GROUP BY run
) AS l
JOIN staged_order AS o USING (run)
LEFT JOIN staged_person AS p USING (person)
"""
ALREADY_ORDERED = """
SELECT o.run, o.kind = e.kind AND t.content = e.content
FROM staged_order AS o
JOIN totals AS t USING (run)
JOIN customers_order AS e USING (source, external_id)
"""
TAKEN_BACK = """
INSERT INTO taken_back
SELECT o.run, o.at, l.id, l.quantity, l.net,
    coalesce(new_sale.id, old_sale.id) AS sale_id,
    coalesce(new_sale.at, old_sale.ordered_at) AS sold_at,
    new_sale.person AS new_person, old_sale.identity_id AS old_identity,
    coalesce(new_line.id, old_line.id) AS sold_id,
    coalesce(new_line.quantity, old_line.quantity) - coalesce(back.quantity, 0) AS quantity_left,
    coalesce(new_line.net, old_line.net) - coalesce(back.net, 0) AS net_left
FROM staged_order AS o
JOIN staged_line AS l USING (run)
LEFT JOIN staged_order AS new_sale
    ON new_sale.source = o.source AND new_sale.external_id = o.sale AND new_sale.kind = 'sale'
LEFT JOIN staged_line AS new_line ON new_line.run = new_sale.run AND new_line.number = l.returns
LEFT JOIN customers_order AS old_sale
    ON old_sale.source = o.source AND old_sale.external_id = o.sale AND old_sale.kind = 'sale'
LEFT JOIN customers_orderline AS old_line
    ON old_line.order_id = old_sale.id AND old_line.number = l.returns
LEFT JOIN LATERAL (
    SELECT sum(quantity) AS quantity, sum(net) AS net
    FROM customers_orderline WHERE returns_id = old_line.id
) AS back ON old_line.id IS NOT NULL
WHERE o.kind = 'return'
"""
NOT_RETURNABLE = """
SELECT run, CASE WHEN bool_or(sale_id IS NULL) THEN 'sale' WHEN bool_or(sold_id IS NULL) THEN 'line'
    ELSE 'time' END
FROM taken_back GROUP BY run
HAVING bool_or(sale_id IS NULL OR sold_id IS NULL OR at < sold_at)
"""
# One order at a time for each sale: without it, what comes after may fit.
TOO_MUCH_BACK = """
SELECT DISTINCT ON (sale_id) run FROM (
    SELECT run, at, sale_id,
        sum(quantity) OVER sofar > quantity_left OR sum(net) OVER sofar > net_left AS too_much
    FROM taken_back
    WINDOW sofar AS (PARTITION BY sold_id ORDER BY at, run, id)
) AS returns
WHERE too_much ORDER BY sale_id, at, run
"""
PEOPLE = """
INSERT INTO customers_identity (fingerprint)
SELECT fingerprint FROM staged_person WHERE person IN (
    SELECT person FROM staged_registration UNION SELECT person FROM staged_order)
ORDER BY person ON CONFLICT (fingerprint) DO NOTHING;
CREATE TEMP TABLE known_person ON COMMIT DROP AS
SELECT p.person, i.id AS identity_id
FROM staged_person AS p JOIN customers_identity AS i USING (fingerprint);
CREATE INDEX ON known_person (identity_id);
ANALYZE known_person;
"""
HELD = """
SELECT o.id, p.person, o.dealer_id, o.store_id, o.channel, lower(o.period),
    o.protected_until, upper(o.period), o.sold_at, o.renewed_on, o.contacted_at,
    o.last_activity_at, o.follow_up_on
FROM customers_ownership AS o JOIN known_person AS p USING (identity_id)
ORDER BY p.person, lower(o.period)
"""
OPEN = """
SELECT o.id, -1, o.dealer_id, o.store_id, o.channel, lower(o.period),
    o.protected_until, upper(o.period), o.sold_at, o.renewed_on, o.contacted_at,
    o.last_activity_at, o.follow_up_on
FROM customers_ownership AS o, (SELECT min(at) AS at FROM staged_registration) AS first
WHERE o.sold_at IS NULL AND o.protected_until > first.at AND lower(o.period) <= first.at
"""
EVENTS = """
SELECT false AS sale, id, NULL::text AS order_id, at, person, store_id, id AS place_in_file
FROM staged_registration
UNION ALL
SELECT true, NULL, id::text, at, person, store_id, run
FROM staged_order WHERE kind = 'sale' AND person IS NOT NULL
UNION ALL
SELECT true, NULL, o.id::text, o.ordered_at, p.person, o.store_id, 0
FROM customers_order AS o JOIN known_person AS p USING (identity_id)
WHERE o.kind = 'sale' AND o.attributed_at IS NULL
ORDER BY at, sale, place_in_file, order_id
"""
FILLED = (
    "customers_registration", "customers_activity", "customers_order", "customers_orderline",
    "customers_ownershipevent",
)  # fmt: skip
# Foreign keys first, because they may rest on an index. Primary keys stay: others refer to them.
REMOVABLE = """
WITH filled AS (
    SELECT oid, oid::regclass AS name FROM pg_class
    WHERE oid = ANY(%s::regclass[]) AND pg_has_role(relowner, 'USAGE'))
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', f.name, c.conname),
    format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', f.name, c.conname, pg_get_constraintdef(c.oid))
FROM pg_constraint AS c JOIN filled AS f ON f.oid = c.conrelid
WHERE c.contype = 'f' OR (c.contype = 'u' AND NOT EXISTS (
    SELECT FROM pg_constraint AS r WHERE r.conindid = c.conindid AND r.contype = 'f'))
UNION ALL
SELECT format('DROP INDEX %%s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
FROM pg_index AS i JOIN filled AS f ON f.oid = i.indrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
"""
STORE = (
    # A return counts for whom its sale counts, on its own day; its sale may be on file already,
    # and a return on file may be of a sale that only now counts for somebody.
    """
INSERT INTO attributed
SELECT r.id, a.kase, a.ownership_id, a.dealer_id, a.store_id,
    (r.at AT TIME ZONE s.timezone)::date, a.share, a.rulebook_id
FROM (
    SELECT DISTINCT o.id, o.at, t.sale_id FROM staged_order AS o JOIN taken_back AS t USING (run)
    UNION ALL
    SELECT o.id, o.ordered_at, o.sale_id FROM customers_order AS o
    WHERE o.kind = 'return' AND o.attributed_at IS NULL
        AND o.sale_id IN (SELECT order_id FROM attributed)
) AS r
JOIN (
    SELECT order_id, kase, ownership_id, dealer_id, store_id, share, rulebook_id FROM attributed
    UNION ALL
    SELECT o.id, o."case", o.ownership_id, o.owner_dealer_id, o.owner_store_id, o.owner_share,
        o.rulebook_id
    FROM customers_order AS o
    WHERE o.attributed_at IS NOT NULL AND o.id IN (SELECT sale_id FROM taken_back)
) AS a ON a.order_id = r.sale_id
JOIN dealers_store AS s ON s.id = a.store_id
""",
    """
INSERT INTO customers_customer (id, dealer_id, identity_id, phone_sealed, name_sealed,
    search_tokens, created_at)
SELECT DISTINCT ON (c.person, c.dealer_id) c.id, c.dealer_id, p.identity_id, c.phone, c.name,
    c.tokens, %(recorded)s
FROM staged_card AS c JOIN known_person AS p USING (person)
WHERE EXISTS (
    SELECT FROM staged_registration AS r JOIN dealers_store AS s ON s.id = r.store_id
    WHERE r.person = c.person AND s.dealer_id = c.dealer_id)
ORDER BY c.person, c.dealer_id, c.name IS NULL, c.line
ON CONFLICT (dealer_id, identity_id) DO UPDATE
SET name_sealed = excluded.name_sealed, search_tokens = excluded.search_tokens
WHERE customers_customer.name_sealed IS NULL AND excluded.name_sealed IS NOT NULL
""",
    """
UPDATE customers_ownership AS o SET period = tstzrange(n.starts_at, n.ends_at),
    protected_until = n.protected_until, contacted_at = n.contacted_at, sold_at = n.sold_at,
    renewed_on = n.renewed_on, last_activity_at = n.last_activity_at, follow_up_on = n.follow_up_on
FROM owned AS n WHERE n.id = o.id AND NOT n.is_new
""",
    """
INSERT INTO customers_ownership (id, identity_id, customer_id, dealer_id, store_id, staff_id,
    period, protected_until, channel, contacted_at, sold_at, renewed_on, last_activity_at,
    follow_up_on)
SELECT n.id, p.identity_id, c.id, n.dealer_id, n.store_id, r.staff_id,
    tstzrange(n.starts_at, n.ends_at),
    n.protected_until, n.channel, n.contacted_at, n.sold_at, n.renewed_on, n.last_activity_at,
    n.follow_up_on
FROM owned AS n
JOIN known_person AS p USING (person)
JOIN customers_customer AS c ON c.identity_id = p.identity_id AND c.dealer_id = n.dealer_id
JOIN happened AS h ON h.ownership_id = n.id AND h.kind = 'started'
JOIN staged_registration AS r ON r.id = h.registration_id
WHERE n.is_new ORDER BY n.id
""",
    """
INSERT INTO customers_registration (id, receipt, key, content, identity_id, customer_id, dealer_id,
    store_id, staff_id, source, channel, received_at, received_on, recorded_at, phone_clock,
    consent_service, consent_marketing, consent_text, answer, rule, rulebook_id, ownership_id,
    protected_until)
SELECT r.id, a.receipt, r.key, r.content, p.identity_id, c.id, s.dealer_id, r.store_id,
    r.staff_id, r.source, %(channel)s, r.at, (r.at AT TIME ZONE s.timezone)::date, %(recorded)s,
    r.phone_clock, true, r.marketing,
    %(consent)s, a.answer, a.rule, a.rulebook_id, a.ownership_id, a.protected_until
FROM staged_registration AS r
JOIN answered AS a USING (id)
JOIN known_person AS p USING (person)
JOIN dealers_store AS s ON s.id = r.store_id
JOIN customers_customer AS c ON c.identity_id = p.identity_id AND c.dealer_id = s.dealer_id
ORDER BY r.id
""",
    """
INSERT INTO customers_activity (id, customer_id, dealer_id, store_id, staff_id, kind, outcome,
    at, recorded_at, registration_id)
SELECT v.id, r.customer_id, r.dealer_id, r.store_id, r.staff_id, 'visit', '', v.at,
    %(recorded)s, r.id
FROM visited AS v JOIN customers_registration AS r ON r.id = v.registration_id
""",
    """
INSERT INTO customers_order (id, source, external_id, content, kind, sale_id, ordered_at, store_id,
    identity_id, quantity, net, placed_on, recorded_at, "case", ownership_id, owner_dealer_id,
    owner_store_id, owned_on, owner_share, rulebook_id, attributed_at)
SELECT o.id, o.source, o.external_id, t.content, o.kind, b.sale_id, o.at, o.store_id,
    coalesce(p.identity_id, b.identity_id), t.quantity, t.net,
    coalesce((o.at AT TIME ZONE s.timezone)::date, a.owned_on, (o.at AT TIME ZONE %(hq)s)::date),
    %(recorded)s, coalesce(a.kase, 'none'), a.ownership_id, a.dealer_id, a.store_id, a.owned_on,
    a.share, a.rulebook_id, CASE WHEN a.order_id IS NOT NULL THEN %(recorded)s::timestamptz END
FROM staged_order AS o
JOIN totals AS t USING (run)
LEFT JOIN attributed AS a ON a.order_id = o.id
LEFT JOIN known_person AS p USING (person)
LEFT JOIN dealers_store AS s ON s.id = o.store_id
LEFT JOIN (
    SELECT DISTINCT t.run, t.sale_id, coalesce(t.old_identity, p.identity_id) AS identity_id
    FROM taken_back AS t LEFT JOIN known_person AS p ON p.person = t.new_person
) AS b USING (run)
ORDER BY o.run
""",
    """
UPDATE customers_order AS o SET "case" = a.kase, ownership_id = a.ownership_id,
    owner_dealer_id = a.dealer_id, owner_store_id = a.store_id, owned_on = a.owned_on,
    owner_share = a.share, rulebook_id = a.rulebook_id, attributed_at = %(recorded)s,
    placed_on = CASE WHEN o.store_id IS NULL THEN a.owned_on ELSE o.placed_on END
FROM attributed AS a
WHERE a.order_id = o.id AND o.attributed_at IS NULL
""",
    """
INSERT INTO customers_orderline (id, order_id, number, category_id, quantity, gross, discount, net,
    returns_id)
SELECT l.id, o.id, l.number, l.category_id, l.quantity, l.gross, l.discount, l.net, t.sold_id
FROM staged_line AS l
JOIN staged_order AS o USING (run)
LEFT JOIN taken_back AS t ON t.id = l.id
ORDER BY l.id
""",
    """
INSERT INTO customers_ownershipevent (ownership_id, kind, at, recorded_at, protected_until,
    rulebook_id, registration_id, activity_id, order_id)
SELECT ownership_id, kind, at, %(recorded)s, protected_until, rulebook_id, registration_id,
    activity_id, order_id
FROM happened
""",
)
