from dealers import network
from dealers.imports.command import ImportCommand
from dealers.imports.csv import CsvFile
from dealers.models import ImportKind


class Command(ImportCommand):
    help = "Import regions, dealers and stores from a CSV file."
    kind = ImportKind.NETWORK

    def load(self, options, progress):
        file = CsvFile.open(options["file"], network.COLUMNS)
        network.load(file, progress)
        return [file]
