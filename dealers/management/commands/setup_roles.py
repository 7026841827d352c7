from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from dealers.walls import building, roles, shadows


class Command(BaseCommand):
    help = (
        "Make the database's roles, and the grants and policies of every table. Safe to run again."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--sql",
            action="store_true",
            help="only print it: for an administrator, then for the owner of the tables",
        )

    def handle(self, *args, **options):
        if options["sql"]:
            self.stdout.write("-- As somebody who may create roles, once for the server:")
            self.stdout.write(building.roles_sql())
            self.stdout.write("-- As the owner of the tables, after each migration:")
            self.stdout.write(building.tables_sql())
            self.stdout.write("-- As the owner of the database, once:")
            with connection.cursor() as cursor:
                for statement in shadows.statements(cursor, roles.WORKER):
                    self.stdout.write(f"{statement};")
            return
        if roles.missing() and not building.make_roles():
            raise CommandError(
                f"{connection.settings_dict['USER']} may not create roles. Give the first part of"
                " setup_roles --sql to somebody who may, then run this again."
            )
        building.build(anew=True)
        self.stdout.write("The roles, their grants and the policies are there.")
