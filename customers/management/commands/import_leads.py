from django.utils import timezone

from customers.dispatch import files
from dealers.actor import Actor
from dealers.imports.command import ImportCommand
from dealers.imports.kinds import Job
from dealers.models import ImportKind


class Command(ImportCommand):
    help = "Import leads from a CSV file; each is offered to a store."
    kind = ImportKind.LEADS

    def load(self, options, progress):
        job = Job(
            [options["file"]], Actor.worker("import_leads"), timezone.now(), progress, site="",
            dealer=None, historical=False, publish=False, store=not options["dry_run"],
        )  # fmt: skip
        return files.load(job)
