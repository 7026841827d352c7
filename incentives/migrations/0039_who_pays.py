"""Who at headquarters approves statements and pays them, and who looks at that."""

from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.models import Q

ALL = ("add", "change", "delete", "view")
LOOK = ("view",)
GROUPS = {
    "incentives": {
        "statementrelease": ("change", "view"),
        "payoutbatch": ("add", "change", "view"),
        "payout": LOOK,
        "bankfilecolumn": ALL,
    },
    "audit": dict.fromkeys(("statementrelease", "payoutbatch", "payout", "bankfilecolumn"), LOOK),
}


def chosen(apps, group):
    wanted = Q()
    for model, verbs in GROUPS[group.name].items():
        wanted |= Q(codename__in=[f"{verb}_{model}" for verb in verbs])
    permissions = apps.get_model("auth", "Permission").objects
    return permissions.filter(wanted, content_type__app_label="incentives")


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
    dependencies = [("incentives", "0038_released_and_paid")]

    operations = [migrations.RunPython(add, remove)]
