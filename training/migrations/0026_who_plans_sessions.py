"""Who at headquarters plans sharing sessions and writes stories, and who looks at them."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

ALL, PART, LOOK = ("add", "change", "delete", "view"), ("add", "delete", "view"), ("view",)
GROUPS = {
    "training": {
        "training.story": ALL,
        "training.sharingsession": ALL,
        "training.storypicture": PART,
        "training.storyfigure": PART,
        "training.seat": LOOK,
        "training.sessionquestion": LOOK,
        "training.packageattempt": LOOK,
        "dealers.user": LOOK,  # among whom the host of a session is chosen
    },
    "audit": {
        "training.story": LOOK,
        "training.sharingsession": LOOK,
        "training.storypicture": LOOK,
        "training.storyfigure": LOOK,
        "training.seat": LOOK,
        "training.sessionquestion": LOOK,
        "training.packageattempt": LOOK,
    },
}


def chosen(apps, group):
    permissions = apps.get_model("auth", "Permission").objects
    for label, verbs in GROUPS[group.name].items():
        app, model = label.split(".")
        names = [f"{verb}_{model}" for verb in verbs]
        yield from permissions.filter(content_type__app_label=app, codename__in=names)


def add(apps, schema_editor):
    # Permissions are otherwise made after the last migration.
    for label in ("dealers", "training"):
        app = apps.get_app_config(label)
        app.models_module = True
        create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
        app.models_module = None
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.add(*chosen(apps, group))


def remove(apps, schema_editor):
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.remove(*chosen(apps, group))


class Migration(migrations.Migration):
    dependencies = [("dealers", "0051_roots_by_mail"), ("training", "0025_scorm_packages")]

    operations = [migrations.RunPython(add, remove)]
