from django.core.management.base import CommandError
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from customers.cutoff import CutoffFailed
from dealers.commands import PortalCommand, month_of
from incentives.books import closing
from incentives.models import Journal, Run


class Command(PortalCommand):
    help = "Close a month: run its plans, book, issue statements. Again: no change."

    def add_arguments(self, parser):
        parser.add_argument("month", metavar="2017-03")

    def handle(self, *args, **options):
        month = month_of(options["month"])
        before = Run.objects.filter(month=month).exists()
        try:
            run = closing.close_period(
                month,
                self.actor,
                timezone.now(),
                progress=lambda text: self.stderr.write(text, ending="\n"),
            )
        except (closing.ClosingRefused, CutoffFailed) as refused:
            raise CommandError(str(refused)) from None
        except (InterfaceError, OperationalError):
            # Lost while it commits, nobody knows on which side of the commit.
            raise CommandError(
                f"The database was lost, so {options['month']} may be closed or not; nothing is"
                " half done. Run the same command again: it closes the month or says that it is."
            ) from None
        if before:
            self.stdout.write(f"{run} is closed already; nothing changed")
            return
        journals = Journal.objects.of_run(run).count()
        self.stdout.write(
            f"{run} closed: {run.results.count()} results, {journals} journals,"
            f" {run.statements.count()} statements"
        )
