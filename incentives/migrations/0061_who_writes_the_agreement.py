"""Who at headquarters writes the agreement, and who looks at it and at what owners answered."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

VERBS = {
    "program": (
        "add_agreementversion", "change_agreementversion", "delete_agreementversion",
        "view_agreementversion", "view_agreementanswer",
    ),
    "audit": ("view_agreementversion", "view_agreementanswer"),
}  # fmt: skip


def chosen(apps, group):
    return apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="dealers", codename__in=VERBS[group.name]
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
        ("incentives", "0060_sharing_groups"),
        ("dealers", "0043_agreements"),
    ]

    operations = [migrations.RunPython(add, remove)]
