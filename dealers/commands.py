"""What every management command of the portal starts from."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from os.path import samefile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from dealers import clock, forbidden, months
from dealers.actor import Actor, acting
from dealers.keys import held


class PortalCommand(BaseCommand):
    """A command that tells the database who acts: the worker, under the command's name.

    ``self.actor`` goes into the functions of the domain as ``by``. Where the machine's clock is
    wrong, or a key is not the data's, it does nothing.
    """

    actor: Actor
    as_owner = False  # whether it works on the tables themselves
    any_keys = False  # whether it works where the keys are not those of the data

    def execute(self, *args: Any, **options: Any) -> str | None:
        kind = Actor.repairer if self.as_owner else Actor.worker
        self.actor = kind(type(self).__module__.rpartition(".")[2])
        try:
            clock.check()
            if not self.any_keys:
                held.ensure()
        except (clock.ClockWrong, held.WrongKeys) as wrong:
            raise CommandError(str(wrong)) from None
        with forbidden.noted(), acting(self.actor):
            try:
                return super().execute(*args, **options)
            except DatabaseError as refused:
                forbidden.refused_by_rule(refused, by=self.actor, at=timezone.now())
                raise


def month_of(text: str) -> date:
    """The first day of a month such as 2017-03. Raises CommandError with exit status 2."""
    try:
        return months.parse(text)
    except ValueError:
        raise CommandError(
            _("%(text)s is not a month; write it like 2017-03.") % {"text": text}, returncode=2
        ) from None


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Raise CommandError, exit status 2, where a file cannot be read or written, saying why."""
    try:
        yield
    except OSError as problem:
        raise CommandError(f"{path}: {problem.strerror}", returncode=2) from None


def keep(inputs: Iterable[Path], targets: Iterable[Path]) -> None:
    """Raise CommandError, exit status 2, where a file to be written is one that is read."""
    read = list(inputs)
    for target in targets:
        if any(_same(target, path) for path in read):
            raise CommandError(
                _("%(path)s is read here and would be written over; name another file.")
                % {"path": target},
                returncode=2,
            )


def _same(one: Path, other: Path) -> bool:
    try:
        return samefile(one, other)
    except OSError:  # one of them is not there
        return False
