from pathlib import Path

from django.utils import timezone

from customers.bulk.load import Load
from customers.bulk.orders import FURTHER, ORDER_COLUMNS
from customers.bulk.registrations import REGISTRATION_COLUMNS
from customers.models import TypedInto
from customers.ownership import planted
from dealers.actor import Actor
from dealers.imports.command import ImportCommand
from dealers.imports.csv import CsvFile
from dealers.models import ImportKind


class Command(ImportCommand):
    as_owner = True  # a first load drops and makes indexes
    help = "Import a network's past: registrations and orders together, in order of time."
    kind = ImportKind.HISTORY

    def add_files(self, parser):
        parser.add_argument("--registrations", type=Path, required=True, metavar="FILE.csv")
        parser.add_argument("--orders", type=Path, required=True, metavar="FILE.csv")

    def paths(self, options):
        return [options["registrations"], options["orders"]]

    def load(self, options, progress):
        registrations = CsvFile.open(options["registrations"], REGISTRATION_COLUMNS)
        orders = CsvFile.open(options["orders"], ORDER_COLUMNS, FURTHER)
        load = Load(progress, at=timezone.now(), historical=True)
        load.stage_registrations(registrations)
        load.stage_orders(orders)
        load.answer()
        if not options["dry_run"]:
            found = load.planted(stored=True)
            by = Actor.worker("import_history")
            planted.note(found, TypedInto.FILE, by=by, at=load.at)
            load.store()
        return [registrations, orders]
