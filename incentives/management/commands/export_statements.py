from pathlib import Path

from django.core.management.base import CommandError

from dealers.commands import PortalCommand, month_of
from incentives.statements import files


class Command(PortalCommand):
    help = "Write what each dealer earned in a month, by component, with a total."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--period", required=True, metavar="2017-03")

    def handle(self, *args, **options):
        month = month_of(options["period"])
        try:
            rows = files.write_export(options["file"], month)
        except OSError as problem:
            raise CommandError(f"{options['file']}: {problem.strerror}", returncode=2) from None
        self.stdout.write(f"{options['file']}: {rows}")
