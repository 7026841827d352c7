from pathlib import Path

from django.utils import timezone

from dealers.commands import PortalCommand, month_of, opening
from incentives.statements import files


class Command(PortalCommand):
    help = "Write what each dealer earned in a month, by component, with a total."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--period", required=True, metavar="2017-03")

    def handle(self, *args, **options):
        month = month_of(options["period"])
        with opening(options["file"]):
            rows = files.write_export(options["file"], month, timezone.now())
        self.stdout.write(f"{options['file']}: {rows}")
