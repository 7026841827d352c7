"""Who at headquarters sets terms and campaigns of dispatch, and who looks at them."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

VERBS = {"program": ("add", "change", "delete", "view"), "audit": ("view",)}
MODELS = ("dispatchterms", "campaign")


def chosen(apps, group):
    codenames = [f"{verb}_{model}" for verb in VERBS[group.name] for model in MODELS]
    return apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="customers", codename__in=codenames
    )


def add(apps, schema_editor):
    # Permissions are otherwise made after the last migration.
    app = apps.get_app_config("customers")
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
        ("incentives", "0033_held_orders"),
        ("customers", "0043_campaigns"),
    ]

    operations = [migrations.RunPython(add, remove)]
