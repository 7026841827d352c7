from django.utils import timezone

from customers.bulk.load import Load
from customers.bulk.registrations import REGISTRATION_COLUMNS
from dealers.imports.command import ImportCommand
from dealers.imports.csv import CsvFile
from dealers.models import ImportKind


class Command(ImportCommand):
    help = "Import registrations from a CSV file; each is answered by the rulebook."
    kind = ImportKind.REGISTRATIONS

    def add_files(self, parser):
        super().add_files(parser)
        parser.add_argument(
            "--historical",
            action="store_true",
            help="first load of the past: the rows' own times count, not the time of receipt",
        )

    def load(self, options, progress):
        file = CsvFile.open(options["file"], REGISTRATION_COLUMNS)
        load = Load(progress, at=timezone.now(), historical=options["historical"])
        load.stage_registrations(file)
        load.answer()
        if not options["dry_run"]:
            load.store()
        return [file]
