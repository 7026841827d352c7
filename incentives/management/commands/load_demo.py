from django.core.management.base import CommandError
from django.utils import timezone

from dealers.commands import PortalCommand
from incentives.demo import agreement, loading


class Command(PortalCommand):
    as_owner = True
    help = "Load the demo network with nine months of trade; once it is there, nothing changes."

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=2026, help="another seed, another network")

    def handle(self, *args, **options):
        try:
            made = loading.load(
                timezone.now(),
                seed=options["seed"],
                say=lambda line: self.stdout.write(f"    {line}", ending="\n"),
            )
        except loading.NetworkExists as left_out:
            self.stdout.write(f"    {left_out}")
            return
        except loading.LoadRefused as refused:
            raise CommandError(str(refused)) from None
        if made:
            agreement.sign(timezone.now())
        else:
            self.stdout.write("    The demo is loaded already.")
