from django.core.management.base import BaseCommand, CommandError

from dealers.walls import check


class Command(BaseCommand):
    help = "Look whether the database keeps dealers apart; a line for each thing that is wrong."

    def handle(self, *args, **options):
        found = list(check.findings())
        for sentence in found:
            self.stdout.write(f"WRONG    {sentence}")
        if found:
            raise CommandError(f"{len(found)} things are wrong with the walls between dealers")
        self.stdout.write("ok       every table is walled, by the catalogue and by trying")
