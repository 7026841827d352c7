from pathlib import Path

from customers import exports
from dealers.commands import PortalCommand, month_of, opening


class Command(PortalCommand):
    help = "Write a month's orders and for whom they count."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--period", required=True, metavar="2017-03")

    def handle(self, *args, **options):
        month = month_of(options["period"])
        with opening(options["file"]):
            rows = exports.write_orders(options["file"], month)
        self.stdout.write(f"{options['file']}: {rows}")
