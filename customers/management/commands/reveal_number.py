from getpass import getuser
from uuid import UUID

from django.core.management.base import CommandError
from django.utils import timezone

from customers import cards, sharing
from customers.cases import sensor
from customers.cases.terms import CaseRefused
from customers.models import Customer
from dealers.actor import Actor
from dealers.commands import PortalCommand
from dealers.models import PURPOSES


class Command(PortalCommand):
    help = "Show name and number of a customer card, after its owner's access log says so."

    def add_arguments(self, parser):
        parser.add_argument("card", type=UUID, metavar="CARD")
        parser.add_argument("--purpose", required=True, choices=[code for code, _words in PURPOSES])

    def handle(self, *_args, **options):
        customer = Customer.objects.faceless().filter(pk=options["card"]).first()
        if customer is None:
            raise CommandError("There is no such card.", returncode=2)
        by = Actor.worker(f"{self.actor.name} ({getuser()})")
        now, purpose = timezone.now(), options["purpose"]
        try:
            if not sharing.why_not(customer, purpose, by=by, at=now):
                sensor.called(customer, by=by, at=now)
            shown = cards.hand_out(customer, by=by, purpose=purpose, at=timezone.now())
        except (cards.CardRefused, CaseRefused) as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(" ".join(filter(None, [shown.name, shown.number])))
