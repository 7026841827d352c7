"""Who decides at headquarters opens cases for stores; others look at them."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

LOOK = ["view_case", "view_precedent"]
GROUPS = {"adjudication": ["add_case", *LOOK], "program": LOOK, "audit": LOOK}


def add(apps, schema_editor):
    # Permissions are otherwise made after the last migration.
    app = apps.get_app_config("customers")
    app.models_module = True
    create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    app.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="customers"
    )
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.add(*permissions.filter(codename__in=GROUPS[group.name]))


def remove(apps, schema_editor):
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.remove(*group.permissions.filter(codename__in=GROUPS[group.name]))


class Migration(migrations.Migration):
    dependencies = [("incentives", "0030_ruled_attributions"), ("customers", "0035_cases")]

    operations = [migrations.RunPython(add, remove)]
