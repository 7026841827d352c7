"""What every management command of the portal starts from."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dealers import clock, keys
from dealers.actor import Actor, acting


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
                keys.ensure()
        except (clock.ClockWrong, keys.WrongKeys) as wrong:
            raise CommandError(str(wrong)) from None
        with acting(self.actor):
            return super().execute(*args, **options)
