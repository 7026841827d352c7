"""Who at headquarters asks in an emergency and answers others, and who looks at that."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

VERBS = {
    "support": {"emergency": ("add", "change", "view"), "sharing": ("view",)},
    "adjudication": {"emergency": ("add", "change", "view"), "sharing": ("view",)},
    "program": {"sharing": ("view",)},
    "audit": {"emergency": ("view",), "sharing": ("view",)},
}


def chosen(apps, group):
    codenames = [f"{verb}_{model}" for model, verbs in VERBS[group.name].items() for verb in verbs]
    return apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="dealers", codename__in=codenames
    )


def add(apps, schema_editor):
    # Permissions are otherwise made after the last migration.
    app = apps.get_app_config("dealers")
    app.models_module = True
    create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    app.models_module = None
    for group in apps.get_model("auth", "Group").objects.filter(name__in=VERBS):
        group.permissions.add(*chosen(apps, group))


def remove(apps, schema_editor):
    for group in apps.get_model("auth", "Group").objects.filter(name__in=VERBS):
        group.permissions.remove(*chosen(apps, group))


class Migration(migrations.Migration):
    dependencies = [
        ("incentives", "0036_coaching"),
        ("dealers", "0031_emergencies"),
    ]

    operations = [migrations.RunPython(add, remove)]
