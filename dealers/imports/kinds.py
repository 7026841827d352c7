"""Which files people may bring in the browser, and how each is read.

The apps above put theirs in with ``register``; what they do is what the commands do.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from dealers.actor import Actor
from dealers.imports.columns import Column, Row
from dealers.imports.problems import OF_A_PERSON, Problems
from dealers.imports.progress import Progress
from dealers.imports.reading import Reading
from dealers.models import Dealer, FileImport, ImportKind, Role, User


class Outcome(Protocol):
    """What was found in a file, as ``CsvFile`` says it."""

    @property
    def rows_read(self) -> int: ...
    @property
    def repeated(self) -> int: ...
    @property
    def problems(self) -> Problems: ...
    @property
    def accepted(self) -> int: ...
    def write_rejected(self, target: Path, heads: Mapping[str, str] | None = None) -> None: ...
    def note(
        self, kind: str, *, started_at: datetime, finished_at: datetime, by: User | None = None
    ) -> FileImport: ...


@dataclass
class Job:
    """One import: what to read, for whom, and how far to go."""

    paths: list[Path]
    by: Actor
    at: datetime
    progress: Progress
    site: str  # where links in mails lead
    dealer: Dealer | None  # whose stores alone it may be about
    historical: bool
    publish: bool
    store: bool  # else everything is checked and nothing kept
    # Its files are sheets as people make them: who reads them counts what they do not number.
    sheets: bool = False
    effects: list[str] = field(default_factory=list)  # what it does, in sentences
    # What is put down besides, also where nothing of the file is kept.
    lasting: list[Callable[[], None]] = field(default_factory=list)
    # Whose customers those sentences tell of while nothing is kept: the dealer, how many, and some.
    # Who could ask so without an entry could complete masked numbers.
    known: list[tuple[int, int, list[UUID]]] = field(default_factory=list)


@dataclass(frozen=True)
class Kind:
    """A kind of file: its columns, who may bring it, and what reads it."""

    value: ImportKind
    permissions: tuple[str, ...]  # of people at headquarters
    # Reads what ``Job.paths`` names, inside the caller's transaction. Raises WrongUse.
    load: Callable[[Job], Sequence[Outcome]]
    columns: tuple[Column, ...] = ()
    tidy: Callable[[Row, Reading], None] = lambda _row, _reading: None
    parts: tuple[ImportKind, ...] = ()  # the kinds of its files, where there are several
    by_owners: bool = False
    owners_rows: int | None = None  # at most in a file of an owner
    may_be_historical: bool = False
    # Whether who brings one may be told once more whose its numbers are. Raises WrongUse.
    may_ask: Callable[[Job], None] = lambda _job: None
    # What putting it in force at once takes besides; nothing: that is not possible.
    to_publish: tuple[str, ...] = ()

    def may_publish(self, by: Actor) -> bool:
        """Whether ``by`` may put what is in it in force at once."""
        return bool(self.to_publish) and _at_headquarters(by, self.to_publish)

    @property
    def heads(self) -> dict[str, str]:
        """The heads of its columns in the reader's language."""
        return {column.name: str(column.label) for column in self.columns}


KINDS: dict[str, Kind] = {}


def register(kinds: Iterable[Kind]) -> None:
    """Let these kinds be brought, and what tells of a person in them stay off the record."""
    for kind in kinds:
        KINDS[kind.value] = kind
        OF_A_PERSON.update(column.name for column in kind.columns if column.of_a_person)


def open_to(by: Actor) -> list[Kind]:
    """The kinds that ``by`` may bring: an owner of their own stores, headquarters by permission."""
    return [kind for kind in KINDS.values() if _may(kind, by)]


def _may(kind: Kind, by: Actor) -> bool:
    if by.membership is not None:
        return kind.by_owners and by.role == Role.OWNER
    return _at_headquarters(by, kind.permissions)


def may_publish(by: Actor) -> bool:
    """Whether ``by`` may put in force at once what some kind of file brings."""
    return any(kind.may_publish(by) for kind in open_to(by))


def _at_headquarters(by: Actor, permissions: Iterable[str]) -> bool:
    person: User | None = by.user
    return by.at_hq and person is not None and person.has_perms(permissions)
