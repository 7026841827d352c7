"""The people of a load: one number for each phone number, however it is spelled."""

from django.db import connection

from customers.bulk.staging import Batch, binary
from customers.identity import fingerprint
from dealers.imports.problems import RowProblem
from dealers.phones import PhoneNotValid, normalise

REMEMBERED = 1_000_000  # spellings


class People:
    """Whose phone numbers a load's files name."""

    def __init__(self) -> None:
        self.numbers: list[str] = []  # E.164, by the number of the person in this load
        self._known: dict[str, int] = {}
        self._spellings: dict[str, int] = {}

    def named(self, spelling: str) -> int:
        """The number in this load of whoever has this phone number. Raises RowProblem."""
        known = self._spellings.get(spelling)
        if known is not None:
            return known
        try:
            number = normalise(spelling)
        except PhoneNotValid as problem:
            raise RowProblem("phone", spelling, str(problem)) from None
        person = self._known.get(number)
        if person is None:
            person = self._known[number] = len(self.numbers)
            self.numbers.append(number)
        if len(self._spellings) > REMEMBERED:
            self._spellings.clear()
        self._spellings[spelling] = person
        return person

    def stage(self) -> None:
        """Copy their fingerprints into a temporary table."""
        people = Batch("staged_person")
        for person, number in enumerate(self.numbers):
            people.add(f"{person}\t{binary(fingerprint(number))}\n")
        people.flush()


def identify() -> None:
    """Find or make the identity of everybody whom the good rows name."""
    with connection.cursor() as cursor:
        cursor.execute(IDENTITIES)


IDENTITIES = """
INSERT INTO customers_identity (fingerprint)
SELECT fingerprint FROM staged_person WHERE person IN (
    SELECT person FROM staged_registration UNION SELECT person FROM staged_activity
    UNION SELECT person FROM staged_order WHERE kind = 'sale')
ORDER BY person ON CONFLICT (fingerprint) DO NOTHING;
CREATE TEMP TABLE known_person ON COMMIT DROP AS
SELECT p.person, i.id AS identity_id
FROM staged_person AS p JOIN customers_identity AS i USING (fingerprint);
CREATE INDEX ON known_person (identity_id);
ANALYZE known_person;
"""
