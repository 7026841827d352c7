from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from customers import repair
from dealers.commands import PortalCommand


class Command(PortalCommand):
    as_owner = True
    help = (
        "Make one person of those whom a digit of another script had made two. Where both had an"
        " owner at one time the earlier one keeps it; verify says what does not agree any more."
    )

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *_args, **options):
        with transaction.atomic():
            done = repair.repair()
            if options["dry_run"]:
                transaction.set_rollback(True)
        self.stdout.write(
            _("%(rekeyed)d persons with a new key, %(merged)d merged.")
            % {"rekeyed": done.rekeyed, "merged": done.merged}
        )
        if done.undecided:
            raise CommandError(
                _("Two owners at one time, to be decided by people: %(which)s")
                % {"which": ", ".join(done.undecided)},
                returncode=1,
            )
