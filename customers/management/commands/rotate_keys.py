from django.core.management.base import CommandError
from django.utils import timezone

from customers.identity import known_keys
from dealers.commands import PortalCommand
from dealers.keys import held, masters, rotation
from dealers.keys.masters import VaultError
from dealers.keys.rotation import RotationRefused
from dealers.models import Dealer, RotationKind


class Command(PortalCommand):
    help = (
        "Replace a key while everybody goes on working. First put the new master or fingerprint key"
        " behind the present one, with a space between, and restart everything. Broken off, it goes"
        " on where it was when it is called again; the worker goes on as well."
    )

    def add_arguments(self, parser):
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--master", action="store_true", help="wrap all keys with the newest one")
        what.add_argument("--dealer", metavar="CODE", help="give this dealer a new key")
        what.add_argument(
            "--fingerprint", action="store_true", help="know everybody by the newest key as well"
        )
        parser.add_argument(
            "--worker", action="store_true", help="leave it to the worker; the admin shows how far"
        )

    def handle(self, *args, **options):
        dealer = None
        if options["dealer"]:
            kind = RotationKind.DEALER
            dealer = Dealer.objects.filter(code=options["dealer"]).first()
            if dealer is None:
                raise CommandError(f"No dealer has the code {options['dealer']}.")
        else:
            kind = RotationKind.MASTER if options["master"] else RotationKind.FINGERPRINT
        try:
            begun = rotation.begin(
                kind, by=self.actor, at=timezone.now(), dealer=dealer, at_once=not options["worker"]
            )
            if options["worker"]:
                self.stdout.write("The worker goes on with it; the admin shows how far it is.")
                return
            self._go_on(begun)
        except (RotationRefused, VaultError) as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(self._afterwards(kind))

    def _go_on(self, begun):
        if (ready := rotation.ready_at(begun)) > timezone.now():
            self.stdout.write("Waiting a minute until every process knows the new key.")
            self.stdout.flush()
            rotation.wait_until(ready, timezone.now)
        for seen in rotation.go_on(begun, timezone.now()):
            self.stdout.write(f"{seen.done} of {seen.total}")
            self.stdout.flush()

    def _afterwards(self, kind):
        if kind == RotationKind.MASTER:
            return (
                f"Everything is wrapped with master key {masters.provider().newest()}. Take the"
                " former one out of PORTAL_MASTER_KEY tomorrow: forms and mails that wait are"
                " sealed with it still. Keep it with the backups that were made before."
            )
        if kind == RotationKind.DEALER:
            return "Everything is sealed with the new key. The former one is destroyed in two days."
        return (
            f"Everybody is known by {known_keys()} keys ({held.FINGERPRINT}). All are needed"
            " from now on; whoever has only the former ones can look nobody up."
        )
