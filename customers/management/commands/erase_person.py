from getpass import getuser
from uuid import UUID

from django.core.management.base import CommandError
from django.utils import timezone

from customers.erasure import ErasureRefused
from customers.models import Customer
from customers.rights import own
from dealers.commands import PortalCommand


class Command(PortalCommand):
    help = "Destroy what is known of the person of a card, at every dealer. Nobody brings it back."

    def add_arguments(self, parser):
        parser.add_argument("card", type=UUID, metavar="CARD")
        parser.add_argument("--reason", required=True, help="stays on record: no name, no number")

    def handle(self, *_args, **options):
        found = Customer.objects.faceless().select_related("identity")
        customer = found.filter(pk=options["card"]).first()
        if customer is None:
            raise CommandError("There is no such card.", returncode=2)
        reason = f"{options['reason']} ({getuser()})" if options["reason"].strip() else ""
        try:
            made = own.erase(customer.identity, reason=reason, by=self.actor, at=timezone.now())
        except ErasureRefused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"Erased on {made.at:%Y-%m-%d %H:%M}.")
