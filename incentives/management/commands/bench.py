import subprocess
import sys

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Measure the speed goals on a throw-away database; --help lists the options."

    def run_from_argv(self, argv):
        # A process of its own, because it has a data folder and a database of its own.
        raise SystemExit(
            subprocess.call([sys.executable, "-m", "tests.bench", *argv[2:]], cwd=settings.BASE_DIR)
        )

    def handle(self, *args, **options):
        subprocess.run([sys.executable, "-m", "tests.bench"], cwd=settings.BASE_DIR, check=True)
