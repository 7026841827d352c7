"""Who keeps the network and its program at headquarters brings their files, too."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUP, PERMISSION = "program", "add_fileimport"


def add(apps, schema_editor):
    # Permissions are otherwise made after the last migration.
    app = apps.get_app_config("dealers")
    app.models_module = True
    create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    app.models_module = None
    permission = apps.get_model("auth", "Permission").objects.get(
        content_type__app_label="dealers", codename=PERMISSION
    )
    for group in apps.get_model("auth", "Group").objects.filter(name=GROUP):
        group.permissions.add(permission)


def remove(apps, schema_editor):
    for group in apps.get_model("auth", "Group").objects.filter(name=GROUP):
        group.permissions.remove(*group.permissions.filter(codename=PERMISSION))


class Migration(migrations.Migration):
    dependencies = [
        ("incentives", "0026_lines_planned_for_all_rows"),
        ("dealers", "0013_uploads"),
    ]

    operations = [migrations.RunPython(add, remove)]
