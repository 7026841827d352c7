from pathlib import Path

from django.core.management.base import CommandError

from customers import exports
from dealers.commands import PortalCommand, month_of


class Command(PortalCommand):
    help = "Write a month's orders and for whom they count."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--period", required=True, metavar="2017-03")

    def handle(self, *args, **options):
        month = month_of(options["period"])
        try:
            rows = exports.write_orders(options["file"], month)
        except OSError as problem:
            raise CommandError(f"{options['file']}: {problem.strerror}", returncode=2) from None
        self.stdout.write(f"{options['file']}: {rows}")
