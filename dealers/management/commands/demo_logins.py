from django.core.management.base import BaseCommand

from dealers.demo_logins import LOGINS, PASSWORD


class Command(BaseCommand):
    help = "Print the logins of demo mode, one per role."

    def handle(self, *args, **options):
        for login in LOGINS:
            self.stdout.write(f"  {login.email:<22} {PASSWORD}   {login.role}")
