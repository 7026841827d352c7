"""Who sees closed months and places sees the periods and boards that they belong to."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

NEW = {"view_period": "view_run", "view_board": "view_ranking"}


def add(apps, schema_editor):
    # Permissions are otherwise made after the last migration.
    app = apps.get_app_config("incentives")
    app.models_module = True
    create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    app.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="incentives"
    )
    groups = apps.get_model("auth", "Group").objects
    for codename, like in NEW.items():
        permission = permissions.get(codename=codename)
        for group in groups.filter(permissions=permissions.get(codename=like)):
            group.permissions.add(permission)


def remove(apps, schema_editor):
    apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="incentives", codename__in=NEW
    ).delete()


class Migration(migrations.Migration):
    dependencies = [("incentives", "0019_places_belong_to_boards")]

    operations = [migrations.RunPython(add, remove)]
