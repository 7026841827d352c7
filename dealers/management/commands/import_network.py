from dealers import network
from dealers.imports import CsvFile, ImportCommand
from dealers.models import ImportKind


class Command(ImportCommand):
    help = "Import regions, dealers and stores from a CSV file."
    kind = ImportKind.NETWORK

    def load(self, options, progress):
        file = CsvFile.open(options["file"], network.COLUMNS)
        network.load(file, progress)
        return [file]
