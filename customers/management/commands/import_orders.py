from django.utils import timezone

from customers.bulk.load import Load
from customers.bulk.orders import FURTHER, ORDER_COLUMNS
from customers.models import TypedInto
from customers.ownership import planted
from dealers.actor import Actor
from dealers.imports.command import ImportCommand
from dealers.imports.csv import CsvFile
from dealers.models import ImportKind


class Command(ImportCommand):
    help = "Import orders and returns from a CSV file, attributed at their own time."
    kind = ImportKind.ORDERS

    def add_files(self, parser):
        super().add_files(parser)
        parser.add_argument("--historical", action="store_true", help="first load of the past")

    def load(self, options, progress):
        file = CsvFile.open(options["file"], ORDER_COLUMNS, FURTHER)
        load = Load(progress, at=timezone.now(), historical=options["historical"])
        load.stage_orders(file)
        load.answer()
        if not options["dry_run"]:
            found = load.planted(stored=True)
            by = Actor.worker("import_orders")
            planted.note(found, TypedInto.FILE, by=by, at=load.at)
            load.store()
        return [file]
