"""The commands that read files."""

from argparse import ArgumentParser
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from django.core.management.base import CommandError
from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dealers.bounds import readable
from dealers.commands import PortalCommand, keep
from dealers.imports.csv import SHOWN, CsvFile
from dealers.imports.problems import WrongUse
from dealers.imports.progress import Progress
from dealers.models import FileImport, ImportState

MANY = 100_000  # of them take seconds to write


class ImportCommand(PortalCommand):
    """A command that reads one file or more; ``load`` does it inside one transaction."""

    kind: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_files(parser)
        parser.add_argument(
            "--dry-run", action="store_true", help="check everything, write nothing"
        )
        parser.add_argument(
            "--rejected", type=Path, metavar="FILE",
            help="where rejected rows go (default: beside the input, NAME.rejected.csv)",
        )  # fmt: skip

    def add_files(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.csv")

    def load(self, options: dict[str, Any], progress: Progress) -> list[CsvFile]:
        """Open, check and store; called inside a transaction. Raises WrongUse."""
        raise NotImplementedError

    def handle(self, *_args: Any, **options: Any) -> None:
        keep(self.paths(options), self.targets(options))
        progress = Progress()
        files = self._loaded(options, progress)
        progress.finish()
        targets = self.targets(options)
        rejected = sum(
            self.report(file, target, options, progress)
            for file, target in zip(files, targets, strict=True)
        )
        if rejected:
            raise CommandError(
                ngettext("%(count)d row was rejected.", "%(count)d rows were rejected.", rejected)
                % {"count": rejected},
                returncode=1,
            )

    def _loaded(self, options: dict[str, Any], progress: Progress) -> list[CsvFile]:
        """What ``load`` has read; kept, unless it is a dry run. Raises CommandError."""
        started_at = timezone.now()
        try:
            with transaction.atomic():
                files = self.load(options, progress)
                if options["dry_run"]:
                    transaction.set_rollback(True)
                else:
                    progress.start(_("Saving"))
                    finished_at = timezone.now()
                    for file in files:
                        file.note(self.kind, started_at=started_at, finished_at=finished_at)
        except (WrongUse, OSError) as problem:
            progress.finish()
            said = _said(problem)
            if not options["dry_run"]:
                self.note_failure(options, said, started_at)
            raise CommandError(said, returncode=2) from None
        except (OperationalError, psycopg.OperationalError) as problem:
            # The second one from cursors that copy or stream past Django.
            progress.finish()
            sentence = _("The database broke off, and nothing was imported: %(problem)s")
            first_line = str(problem).partition("\n")[0]
            raise CommandError(sentence % {"problem": first_line}, returncode=1) from None
        return files

    def paths(self, options: dict[str, Any]) -> list[Path]:
        return [options["file"]]

    def targets(self, options: dict[str, Any]) -> list[Path]:
        """Where the rejected rows of each file go: no two files have the same place."""
        given, paths, found = options.get("rejected"), self.paths(options), list[Path]()
        for number, path in enumerate(paths, 1):
            if given is None:
                target = path.parent / f"{path.stem}.rejected.csv"
            elif len(paths) == 1:
                target = given
            else:
                target = given.parent / f"{given.stem}.{path.stem}{given.suffix}"
            if target in found:
                target = target.with_stem(f"{target.stem}.{number}")
            found.append(target)
        return found

    def note_failure(self, options: dict[str, Any], problem: str, started_at: datetime) -> None:
        """HQ sees in the admin that a file did not get in."""
        names = ", ".join(readable(path.name) for path in self.paths(options) if _is_file(path))
        if names:
            FileImport.objects.create(
                kind=self.kind,
                name=names[:255],
                state=ImportState.FAILED,
                problems=problem,
                started_at=started_at,
            )

    def report(
        self, file: CsvFile, target: Path, options: dict[str, Any], progress: Progress
    ) -> int:
        """Print what became of a file's rows; the number of those rejected."""
        counts = {
            "name": file.name,
            "rows": file.rows_read,
            "accepted": file.accepted,
            "repeated": file.repeated,
            "rejected": len(file.problems),
        }
        self.stdout.write(
            _(
                "%(name)s: %(rows)d rows, %(accepted)d new, %(repeated)d already there,"
                " %(rejected)d rejected"
            )
            % counts
        )
        if options["dry_run"]:
            self.stdout.write(_("Only checked, nothing was written."))
        problems = file.problems
        for problem in islice(problems, SHOWN):
            self.stdout.write(f"  {problem}")
        if len(problems) > SHOWN:
            self.stdout.write("  …")
        # Who names a file wants it, also where nothing else is written.
        if problems and (options["rejected"] or not options["dry_run"]):
            if len(problems) > MANY:
                progress.start(_("Writing the rejected rows"))
            try:
                file.write_rejected(target)
            except OSError as problem:  # what is imported stays, and the command ends as ever
                progress.finish()
                self.stdout.write(f"{target}: {problem.strerror}")
            else:
                progress.finish()
                self.stdout.write(_("Rejected rows: %(path)s") % {"path": target})
        return len(problems)


def _said(problem: WrongUse | OSError) -> str:
    """What is wrong with a file, or why it may not be read."""
    if isinstance(problem, WrongUse):
        return str(problem)
    said = problem.strerror or str(problem) or type(problem).__name__
    return f"{problem.filename}: {said}" if problem.filename else said


def _is_file(path: Path) -> bool:
    """Whether a file is there; what no system takes as a name is none."""
    try:
        return path.is_file()
    except OSError:
        return False
