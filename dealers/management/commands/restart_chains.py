from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from dealers.commands import PortalCommand
from dealers.receipts import restarting
from dealers.receipts.signer import NotSigned, SignerAway


class Command(PortalCommand):
    help = (
        "After the database was put back to an earlier moment: have the dealers' chains go on. What"
        " is lost is stated and signed, and every dealer sees it for ever. Without --confirm it"
        " only says what that is."
    )

    def add_arguments(self, parser):
        parser.add_argument("--confirm", action="store_true", help="state it, and go on")

    def handle(self, *args, **options):
        try:
            found = list(restarting.losses())
            gone, roots = restarting.founded_since(), restarting.lost_roots()
            lost = found or gone or roots
            if lost:  # for whoever has another database at hand as well, to rehearse
                name = connection.settings_dict["NAME"]
                self.stdout.write(f"The signer at {settings.PORTAL_SIGNER}, the database {name}:")
            for loss in found:
                kept, signed = loss.gap.kept[0], loss.gap.lost[0]
                self.stdout.write(
                    f"{loss.dealer.code}: places {kept + 1} to {signed}, signed until"
                    f" {loss.gap.until.isoformat()}, are not there any more."
                )
            for number in gone:
                self.stdout.write(
                    f"The dealer of number {number} is not there at all: it was founded after what"
                    " was restored. Nobody else gets that number; invite its owner anew."
                )
            if roots:
                self.stdout.write(f"Daily roots that are not there any more: {len(roots)}.")
            if options["confirm"]:
                made = restarting.restart(timezone.now())
                self.stdout.write(f"Chains that go on, and whose dealers see why: {len(made)}.")
            elif lost:
                self.stdout.write(
                    "Is a newer backup to be had? Restore that instead. Otherwise run this again"
                    " with --confirm: each of these dealers then sees under Proof what was lost."
                )
            else:
                self.stdout.write("All that was signed is there.")
        except (NotSigned, SignerAway) as refused:
            raise CommandError(str(refused)) from None
