import itertools

from django.core.management.base import CommandError

from customers import verification as customers
from dealers import strays
from dealers import verification as dealers
from dealers.commands import PortalCommand
from incentives import verification


class Command(PortalCommand):
    any_keys = True  # which it says
    help = "Read everything anew from the data and print one line per check."

    def handle(self, *args, **options):
        failed = 0
        for name, holds, detail in itertools.chain(
            dealers.checks(), strays.checks(), customers.checks(), verification.checks()
        ):
            failed += not holds
            line = f"{'ok    ' if holds else 'FAILED'} {name}{': ' if detail else ''}{detail}"
            self.stdout.write(line)
            self.stdout.flush()
        if failed:
            raise CommandError(f"{failed} of the checks failed")
