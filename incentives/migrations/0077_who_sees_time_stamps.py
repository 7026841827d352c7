"""Who at headquarters looks at the time stamps of the daily roots, and at tries to get them."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUPS = ("audit", "program")


def chosen(apps):
    return apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="dealers", codename="view_stampattempt"
    )


def add(apps, schema_editor):
    # Permissions are otherwise made after the last migration.
    app = apps.get_app_config("dealers")
    app.models_module = True
    create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    app.models_module = None
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.add(*chosen(apps))


def remove(apps, schema_editor):
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.remove(*chosen(apps))


class Migration(migrations.Migration):
    dependencies = [
        ("incentives", "0076_running_boards"),
        ("dealers", "0054_root_stamps"),
    ]

    operations = [migrations.RunPython(add, remove)]
