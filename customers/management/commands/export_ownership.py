from pathlib import Path

from django.core.management.base import CommandError

from customers import exports
from dealers.bounds import LATEST
from dealers.commands import PortalCommand, opening
from dealers.imports.problems import RowProblem
from dealers.imports.values import moment


class Command(PortalCommand):
    help = "Write who owned which customer at a moment."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--at", required=True, metavar="TIME", help="2017-03-01T09:30:00+08:00")

    def handle(self, *args, **options):
        try:
            at = moment("--at", options["at"], LATEST)
        except RowProblem as problem:
            raise CommandError(f"--at {problem.value}: {problem.remedy}", returncode=2) from None
        with opening(options["file"]):
            rows = exports.write_ownership(options["file"], at, by=self.actor)
        self.stdout.write(f"{options['file']}: {rows}")
