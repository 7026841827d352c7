from django.utils import timezone

from dealers import demo_logins
from dealers.commands import PortalCommand


class Command(PortalCommand):
    help = "Close all accounts of the demo and sign them out, before a database is used in earnest."

    def handle(self, *args, **options):
        closed = demo_logins.close(by=self.actor, at=timezone.now())
        self.stdout.write(f"Accounts closed: {closed}.")
