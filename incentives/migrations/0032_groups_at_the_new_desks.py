"""Who at headquarters dispatches, closes dealers, answers requests, plants numbers and looks on."""

from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.models import Q

ALL = ("add", "change", "delete", "view")
EDIT, ADD, LOOK = ("add", "change", "view"), ("add", "view"), ("view",)

# To answer a request for more time is to add an act, to decide about a lead to change its offer.
GROUPS = {
    "program": {
        ("dealers", "calendarday"): ALL,
        ("customers", "dispatchstore"): EDIT,
        ("customers", "lead"): ADD,
        ("customers", "offer"): ("change", "view"),
        ("customers", "act"): ADD,
        ("customers", "closing"): ADD,
        ("customers", "retention"): EDIT,
        ("customers", "plantednumber"): EDIT,
    },
    "adjudication": {
        ("customers", "lead"): LOOK,
        ("customers", "offer"): ("change", "view"),
        ("customers", "act"): ADD,
        ("customers", "closing"): LOOK,
        ("customers", "plantednumber"): EDIT,
    },
    "audit": {
        ("dealers", "calendarday"): LOOK,
        ("dealers", "outboxtask"): LOOK,
        ("dealers", "keyrotation"): LOOK,
        ("customers", "dispatchstore"): LOOK,
        ("customers", "lead"): LOOK,
        ("customers", "offer"): LOOK,
        ("customers", "act"): LOOK,
        ("customers", "closing"): LOOK,
        ("customers", "retention"): LOOK,
        ("customers", "plantednumber"): LOOK,
    },
}


def chosen(apps, group):
    wanted = Q()
    for (app, model), verbs in GROUPS[group.name].items():
        codenames = [f"{verb}_{model}" for verb in verbs]
        wanted |= Q(content_type__app_label=app, codename__in=codenames)
    return apps.get_model("auth", "Permission").objects.filter(wanted)


def add(apps, schema_editor):
    # Permissions are otherwise made after the last migration.
    for name in ("dealers", "customers"):
        app = apps.get_app_config(name)
        app.models_module = True
        create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
        app.models_module = None
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.add(*chosen(apps, group))


def remove(apps, schema_editor):
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.remove(*chosen(apps, group))


class Migration(migrations.Migration):
    dependencies = [
        ("incentives", "0031_who_opens_cases"),
        ("customers", "0037_planted_and_retained"),
        ("dealers", "0026_closing_stores"),
    ]

    operations = [migrations.RunPython(add, remove)]
