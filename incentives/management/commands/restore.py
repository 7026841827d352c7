from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from dealers import backup


class Command(BaseCommand):
    help = "Bring a backup into the empty database and data folder of this installation."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument("--check", action="store_true", help="only read it and compare hashes")

    def handle(self, *args, **options):
        folder = options["folder"].resolve()
        try:
            if options["check"]:
                manifest = backup.check(folder)
                self.stdout.write(f"{folder}: whole, made at {manifest['made_at']}")
                return
            unseen = backup.restore(folder)
        except (backup.BackupRefused, OSError) as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"{folder}: restored")
        if unseen:
            self.stdout.write(f"{unseen} migrations are newer: run migrate, then verify.")
            return
        call_command("verify", stdout=self.stdout)
