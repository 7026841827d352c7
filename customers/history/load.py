"""One bulk load: files are staged, checked, answered by the rules, and stored."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.cutoff import hold_all
from customers.history.answering import answer
from customers.history.orders import Orders
from customers.history.registrations import Registrations
from customers.history.staging import STAGING, Batch, binary
from customers.history.storing import store
from customers.identity import PhoneNotValid, fingerprint, normalise
from customers.models import Channel
from dealers.imports import CsvFile, Progress, RowProblem
from dealers.models import Store

LEEWAY = timedelta(days=1)  # a till's clock may be ahead
REMEMBERED = 1_000_000  # spellings


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
        answer(self.channel, self.stores.values(), self.progress)
        self.progress.start(_("Storing"))
        store(self.channel, recorded_at)

    @property
    def channel(self) -> str:
        return Channel.HISTORY if self.historical else Channel.IMPORT


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
