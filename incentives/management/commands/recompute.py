from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dealers.commands import PortalCommand, month_of
from dealers.imports.csv import SHOWN
from incentives.books import recompute
from incentives.models import Run


class Command(PortalCommand):
    help = "Compute every line of a closed month anew from what was stored, and compare."

    def add_arguments(self, parser):
        parser.add_argument("month", metavar="2017-03")
        parser.add_argument(
            "--check", action="store_true", required=True, help="compare, and change nothing"
        )

    def handle(self, *args, **options):
        month = month_of(options["month"])
        run = Run.objects.filter(month=month).first()
        if run is None:
            raise CommandError(
                _("%(month)s is not closed.") % {"month": options["month"]}, returncode=2
            )
        outcome = recompute.check(run)
        for difference in outcome.differences[:SHOWN]:
            self.stdout.write(f"  {difference}")
        if len(outcome.differences) > SHOWN:
            self.stdout.write("  …")
        found = len(outcome.differences)
        self.stdout.write(
            _("%(month)s: %(lines)d lines, %(found)d differences")
            % {"month": run.name, "lines": outcome.lines, "found": found}
        )
        if found:
            raise CommandError(
                ngettext("%(count)d difference", "%(count)d differences", found) % {"count": found}
            )
