"""The program as a file that headquarters brings in the browser."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from dealers.imports.kinds import Job, Kind
from dealers.imports.problems import Problems, WrongUse
from dealers.models import FileImport, ImportKind, User
from incentives.plans import program_file


@dataclass
class ProgramFile:
    """A program file that was read: all of it is right, or none is taken."""

    path: Path
    outcome: program_file.Outcome
    problems: Problems = field(default_factory=Problems)

    @property
    def repeated(self) -> int:
        return self.outcome.same

    @property
    def accepted(self) -> int:
        return len(self.outcome.changes)

    @property
    def rows_read(self) -> int:
        return self.accepted + self.repeated

    def write_rejected(self, *_args: Any, **_options: Any) -> None:
        """Nothing: no part of it is rejected alone."""

    def note(
        self,
        kind: str,  # noqa: ARG002 -- it is the only one
        *,
        started_at: datetime,
        finished_at: datetime,  # noqa: ARG002 -- the moment it is noted at
        by: User | None = None,
    ) -> FileImport:
        """Put the import on record."""
        return program_file.note(self.path, self.outcome, at=started_at, by=by)


def load(job: Job) -> list[ProgramFile]:
    """Currency, rulebook, plans and cohorts. Raises WrongUse with every problem found."""
    [path] = job.paths
    try:
        outcome = program_file.store(
            program_file.read(path), publish=job.publish, by=job.by, at=job.at
        )
    except program_file.ProgramNotValid as refused:
        raise WrongUse(str(refused)) from None
    job.effects += outcome.changes
    return [ProgramFile(path, outcome)]


KINDS = (
    Kind(
        ImportKind.PROGRAM,
        ("customers.add_rulebook", "incentives.add_planversion", "incentives.add_cohort"),
        load,
        to_publish=("customers.change_rulebook", "incentives.change_planversion"),
    ),
)
