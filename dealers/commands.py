"""What every management command of the portal starts from."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dealers import clock
from dealers.actor import Actor, acting


class PortalCommand(BaseCommand):
    """A command that tells the database who acts: the worker, under the command's name.

    ``self.actor`` goes into the functions of the domain as ``by``. Where the machine's clock is
    wrong, it does nothing.
    """

    actor: Actor

    def execute(self, *args: Any, **options: Any) -> str | None:
        self.actor = Actor.worker(type(self).__module__.rpartition(".")[2])
        try:
            clock.check()
        except clock.ClockWrong as wrong:
            raise CommandError(str(wrong)) from None
        with acting(self.actor):
            return super().execute(*args, **options)
