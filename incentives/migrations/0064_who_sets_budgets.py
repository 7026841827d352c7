"""Who at headquarters sets budgets of plans and is told of them, and who looks at them."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

ALL, LOOK = ("add", "change", "view"), ("view",)
GROUPS = {
    "incentives": {"planbudget": ALL, "budgetalarm": LOOK},
    "program": {"planbudget": ALL, "budgetalarm": LOOK},
    "audit": {"planbudget": LOOK, "budgetalarm": LOOK},
}


def chosen(apps, group):
    codenames = [
        f"{verb}_{model}" for model, verbs in GROUPS[group.name].items() for verb in verbs
    ]
    return apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="incentives", codename__in=codenames
    )


def add(apps, schema_editor):
    # Permissions are otherwise made after the last migration.
    app = apps.get_app_config("incentives")
    app.models_module = True
    create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    app.models_module = None
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.add(*chosen(apps, group))


def remove(apps, schema_editor):
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.remove(*chosen(apps, group))


class Migration(migrations.Migration):
    dependencies = [("incentives", "0063_budgets")]

    operations = [migrations.RunPython(add, remove)]
