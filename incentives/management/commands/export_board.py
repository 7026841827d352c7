from pathlib import Path

from django.core.management.base import CommandError
from django.utils import timezone

from dealers.commands import PortalCommand
from incentives.boards import places
from incentives.management.months import month_of
from incentives.models import Metric, Unit


class Command(PortalCommand):
    help = "Write a month's board: every unit's value and place in its cohort."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--metric", required=True, choices=Metric.values)
        parser.add_argument("--period", required=True, metavar="2017-03")
        parser.add_argument("--unit", required=True, choices=Unit.values)

    def handle(self, *args, **options):
        month = month_of(options["period"])
        try:
            board = places.find(options["metric"], options["unit"], month)
            rows = places.write_export(options["file"], board, timezone.localdate())
        except OSError as problem:
            raise CommandError(f"{options['file']}: {problem.strerror}", returncode=2) from None
        self.stdout.write(f"{options['file']}: {rows}")
