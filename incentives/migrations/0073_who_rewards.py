"""Who at headquarters writes reward programs, decides about held rewards, and looks at them."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

ALL, ADD, LOOK = ("add", "change", "delete", "view"), ("add", "view"), ("view",)
GROUPS = {
    "incentives": {
        "rewardprogram": ALL,
        "rewardsettlement": LOOK,
        "reward": LOOK,
        "rewardreview": ADD,
        "rewardsuspicion": LOOK,
    },
    "program": {"rewardprogram": LOOK},
    "audit": {
        "rewardprogram": LOOK,
        "rewardsettlement": LOOK,
        "reward": LOOK,
        "rewardreview": LOOK,
        "rewardsuspicion": LOOK,
    },
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
    dependencies = [("incentives", "0072_rewards")]

    operations = [migrations.RunPython(add, remove)]
