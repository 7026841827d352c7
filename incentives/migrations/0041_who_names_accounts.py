"""Who at headquarters says how accounts are called in the brand's own books."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

VERBS = {"incentives": ("add", "change", "delete", "view"), "audit": ("view",)}


def chosen(apps, group):
    codenames = [f"{verb}_accountcode" for verb in VERBS[group.name]]
    return apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="incentives", codename__in=codenames
    )


def add(apps, schema_editor):
    # Permissions are otherwise made after the last migration.
    app = apps.get_app_config("incentives")
    app.models_module = True
    create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    app.models_module = None
    for group in apps.get_model("auth", "Group").objects.filter(name__in=VERBS):
        group.permissions.add(*chosen(apps, group))


def remove(apps, schema_editor):
    for group in apps.get_model("auth", "Group").objects.filter(name__in=VERBS):
        group.permissions.remove(*chosen(apps, group))


class Migration(migrations.Migration):
    dependencies = [("incentives", "0040_account_codes")]

    operations = [migrations.RunPython(add, remove)]
