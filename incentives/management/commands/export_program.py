from pathlib import Path

from django.utils.translation import gettext as _

from dealers.commands import PortalCommand, opening
from incentives.plans import program_export


class Command(PortalCommand):
    help = "Write the program as a file that import_program reads: rulebook, plans and cohorts."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE.json")
        parser.add_argument("--drafts", action="store_true", help="with what is not published")

    def handle(self, *args, **options):
        with opening(options["file"]):
            found = program_export.write(options["file"], drafts=options["drafts"])
        self.stdout.write(
            _("%(path)s: %(plans)d versions of plans, %(cohorts)d cohorts")
            % {
                "path": options["file"],
                "plans": len(found["plans"]),
                "cohorts": len(found["cohorts"]),
            }
        )
