"""The people of a load: one number for each phone number, however it is spelled."""

from customers.bulk.staging import Batch, binary
from customers.identity import fingerprints
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
        """Copy their fingerprints into a temporary table: by one key, by all but one, by all."""
        people = Batch("staged_person")
        for person, number in enumerate(self.numbers):
            made = fingerprints(number)
            kept = (made[0], *made[-2:][:1], made[-1])
            people.add("\t".join([str(person), *map(binary, kept)]) + "\n")
        people.flush()
