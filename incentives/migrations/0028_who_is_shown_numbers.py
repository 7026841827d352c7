"""Who answers customers and decides cases at headquarters can be shown a number, and is noted."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

REVEAL, CARD = "reveal_customer", "view_customer"
GROUPS = {"support": [REVEAL, CARD], "adjudication": [REVEAL]}


def add(apps, schema_editor):
    # Permissions are otherwise made after the last migration.
    app = apps.get_app_config("customers")
    app.models_module = True
    create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    app.models_module = None
    permissions = apps.get_model("auth", "Permission").objects
    permissions = permissions.filter(content_type__app_label="customers")
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.add(*permissions.filter(codename__in=GROUPS[group.name]))


def remove(apps, schema_editor):
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        mine = group.permissions.filter(content_type__app_label="customers")
        group.permissions.remove(*mine.filter(codename__in=GROUPS[group.name]))


class Migration(migrations.Migration):
    dependencies = [
        ("incentives", "0027_program_group_brings_files"),
        ("customers", "0026_reveals"),
    ]

    operations = [migrations.RunPython(add, remove)]
