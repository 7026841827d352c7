from datetime import datetime
from pathlib import Path

from django.core.management.base import CommandError

from customers import exports
from dealers.commands import PortalCommand


class Command(PortalCommand):
    help = "Write who owned which customer at a moment."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--at", required=True, metavar="TIME", help="2017-03-01T09:30:00+08:00")

    def handle(self, *args, **options):
        try:
            at = datetime.fromisoformat(options["at"])
        except ValueError:
            at = None
        if at is None or at.tzinfo is None:
            raise CommandError(
                "--at: write a time with its offset, like 2017-03-01T09:30:00+08:00.", returncode=2
            )
        try:
            rows = exports.write_ownership(options["file"], at, by=self.actor)
        except OSError as problem:
            raise CommandError(f"{options['file']}: {problem.strerror}", returncode=2) from None
        self.stdout.write(f"{options['file']}: {rows}")
