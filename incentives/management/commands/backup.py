import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from dealers import backup, drills
from dealers.database import drop_database


class Command(BaseCommand):
    help = "Write database and files into a new folder; the secrets only where --secrets says."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--secrets", type=Path, metavar="FILE", help="a new file for the keys; keep it apart"
        )
        parser.add_argument(
            "--rehearse",
            action="store_true",
            help="restore it into a database of its own on this server, verify that, drop it",
        )

    def handle(self, *args, **options):
        folder = options["folder"].resolve()
        try:
            files = backup.make(folder, timezone.now())
            if options["secrets"]:
                backup.write_secrets(options["secrets"])
        except FileExistsError as there:
            raise CommandError(f"{there.filename} is there already; name a new file.") from None
        except (backup.BackupRefused, OSError) as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"{folder}: {files} files")
        if options["rehearse"]:
            try:
                self.rehearse(folder)
            except Exception:  # is told on the scorecard as well; one that was stopped is no drill
                drills.note(passed=False, at=timezone.now())
                raise
            drills.note(passed=True, at=timezone.now())

    def rehearse(self, folder: Path):
        """Prove that the backup can be restored, and that what comes out is whole."""
        name = f"{connection.settings_dict['NAME']}_rehearsal"
        address = urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}"))
        with connection.cursor() as cursor:
            drop_database(cursor, name)
            cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)}")
        try:
            backup.check(folder)
            backup.load(folder, backup.conninfo(name))
            there = {**os.environ, "DATABASE_URL": address, "DATABASE_OWNER_URL": address}
            manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
            subprocess.run([*manage, "setup_roles"], env=there, stdout=subprocess.PIPE, check=True)
            verified = subprocess.run([*manage, "verify"], env=there, check=False)
        except (backup.BackupRefused, subprocess.CalledProcessError) as refused:
            raise CommandError(f"The rehearsal failed: {refused}") from None
        finally:
            with connection.cursor() as cursor:
                drop_database(cursor, name)
        if verified.returncode:
            raise CommandError("The rehearsal failed: what was restored does not verify.")
        self.stdout.write("rehearsed: restored and verified")
