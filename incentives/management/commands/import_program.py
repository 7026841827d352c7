from pathlib import Path

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from dealers.commands import PortalCommand, opening
from incentives.plans import program_file


class Command(PortalCommand):
    help = "Import a program: rulebook, plans and cohorts."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE.json")
        parser.add_argument("--publish", action="store_true", help="put everything in force")

    def handle(self, *args, **options):
        try:
            with opening(options["file"]):
                outcome = program_file.load(
                    options["file"], publish=options["publish"], by=self.actor, at=timezone.now()
                )
        except program_file.ProgramNotValid as refused:
            raise CommandError(str(refused)) from None
        for change in outcome.changes:
            self.stdout.write(change)
        self.stdout.write(
            _("%(new)d new, %(same)d already there")
            % {"new": len(outcome.changes), "same": outcome.same}
        )
