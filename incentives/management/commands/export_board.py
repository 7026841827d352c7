from pathlib import Path

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from dealers.commands import PortalCommand, opening
from incentives.boards import places, times
from incentives.boards.metrics import FIGURES
from incentives.models import Metric, Unit


class Command(PortalCommand):
    help = "Write a board: every unit's value and place in its cohort."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--metric", required=True, choices=Metric.values)
        parser.add_argument("--period", required=True, metavar="2017-03, 2017-W09, 2017-Q1")
        parser.add_argument("--unit", required=True, choices=Unit.values)

    def handle(self, *args, **options):
        try:
            length, starts_on = times.parse(options["period"])
        except ValueError:
            raise CommandError(
                _("%(text)s is no period; write it like 2017-03, 2017-W09 or 2017-Q1.")
                % {"text": options["period"]},
                returncode=2,
            ) from None
        figure = FIGURES[Metric(options["metric"])]
        there = times.exists(length, starts_on) and length in figure.lengths
        if options["unit"] not in figure.units or not there:
            raise CommandError(
                _("There is no such board: this figure is not counted for that unit or period."),
                returncode=2,
            )
        with opening(options["file"]):
            board = places.find(figure.metric, options["unit"], starts_on, length)
            rows = places.write_export(options["file"], board, timezone.localdate())
        self.stdout.write(f"{options['file']}: {rows}")
