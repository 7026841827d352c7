from pathlib import Path

from dealers.commands import PortalCommand, month_of, opening
from incentives.books import bookkeeping


class Command(PortalCommand):
    help = "Write what was booked in a month, for the brand's own books."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--period", required=True, metavar="2026-10")
        parser.add_argument("--format", choices=sorted(bookkeeping.FORMATS), default="csv")

    def handle(self, *args, **options):
        text = bookkeeping.FORMATS[options["format"]](month_of(options["period"]))
        with opening(options["file"]):
            options["file"].write_text(text, encoding="utf-8", newline="")
        self.stdout.write(str(options["file"]))
