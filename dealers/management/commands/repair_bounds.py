from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dealers import strays
from dealers.commands import PortalCommand


class Command(PortalCommand):
    as_owner = True
    help = (
        "Bring moments, names and numbers that were stored before they had bounds back within them;"
        " verify says which there are. Again: no change."
    )

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *_args, **options):
        for stray in strays.find():
            self.stdout.write(str(stray))
        with transaction.atomic():
            done, left = strays.repair()
            if options["dry_run"]:
                transaction.set_rollback(True)
        self.stdout.write(
            ngettext("%(count)d row was repaired.", "%(count)d rows were repaired.", done)
            % {"count": done}
        )
        if left:
            raise CommandError(
                _("To be decided by people: %(which)s") % {"which": "; ".join(map(str, left))},
                returncode=1,
            )
