"""The groups of headquarters and what they may do; who is in which is said on a person's page."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

LOOK = ("view",)
EDIT = ("add", "change", "view")
ALL = ("add", "change", "delete", "view")

NETWORK = {"dealers": {"region": LOOK, "dealer": LOOK, "store": LOOK}}
CUSTOMERS = dict.fromkeys(("activity", "category", "customer", "order", "orderline", "ownership", "ownershipevent", "product", "registration", "rulebook"), LOOK)
BOOKS = dict.fromkeys(("account", "cohort", "component", "entry", "journal", "line", "plan", "planversion", "program", "ranking", "raterow", "result", "run", "statement", "statementdocument"), LOOK)
LEARNING = dict.fromkeys(("attempt", "certificate", "enrollment", "progress"), LOOK)
WRITING = dict.fromkeys(("assignment", "choice", "course", "courseversion", "lesson", "picture", "question"), ALL)
# To end a post is to delete a membership; to let somebody register again is to change it; to close
# a month is to add a run.
GROUPS = {
    "program": [
        {
            "dealers": {
                "region": EDIT, "dealer": EDIT, "store": EDIT, "user": EDIT, "membership": ALL,
                "invitation": EDIT, "fileimport": LOOK,
            },
            "customers": {
                **CUSTOMERS, "rulebook": ALL, "category": EDIT, "product": EDIT,
                "order": ("add", "view"), "orderline": ("add", "view"),
            },
            "incentives": {"program": EDIT, "cohort": ALL, "plan": LOOK, "planversion": LOOK,
                           "component": LOOK, "raterow": LOOK, "ranking": LOOK},
        },
    ],
    "incentives": [
        NETWORK,
        {
            "dealers": {"fileimport": LOOK},
            "customers": {
                **dict.fromkeys(("category", "product", "registration", "rulebook"), LOOK),
                "order": ("add", "view"), "orderline": ("add", "view"),
            },
            "incentives": {
                **BOOKS, "plan": EDIT, "planversion": ALL, "component": ALL, "raterow": ALL,
                "run": ("add", "view"), "cohort": ALL,
            },
        },
    ],
    "training": [NETWORK, {"training": {**WRITING, **LEARNING}}],
    "adjudication": [
        NETWORK,
        {
            "dealers": {"user": LOOK, "membership": ("change", "view")},
            "customers": CUSTOMERS,
        },
    ],
    "audit": [
        NETWORK,
        {
            "dealers": dict.fromkeys(("accesslog", "fileimport", "invitation", "membership", "user"), LOOK),
            "customers": CUSTOMERS,
            "incentives": BOOKS,
            "training": {**dict.fromkeys(WRITING, LOOK), **LEARNING},
            "admin": {"logentry": LOOK},
        },
    ],
    "support": [
        NETWORK,
        {
            "dealers": {
                "user": ("change", "view"), "membership": ALL, "invitation": EDIT,
                "fileimport": LOOK,
            },
            "training": LEARNING,
        },
    ],
}


def create(apps, schema_editor):
    # Permissions are otherwise made after the last migration.
    for label in ("admin", "dealers", "customers", "training", "incentives"):
        app = apps.get_app_config(label)
        app.models_module = True
        create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
        app.models_module = None
    group_of = apps.get_model("auth", "Group").objects
    permissions = apps.get_model("auth", "Permission").objects
    for name, parts in GROUPS.items():
        group, _made = group_of.get_or_create(name=name)
        for part in parts:
            for app_label, models in part.items():
                for model, actions in models.items():
                    codenames = [f"{action}_{model}" for action in actions]
                    found = permissions.filter(
                        content_type__app_label=app_label, codename__in=codenames
                    )
                    if len(found) != len(codenames):
                        raise LookupError(f"{app_label}: {codenames}")
                    group.permissions.add(*found)


def remove(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("incentives", "0003_lines_by_event_and_cohort_order"),
        ("training", "0002_content_of_published_never_changes"),
        ("customers", "0002_initial"),
        ("dealers", "0001_initial"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(create, remove)]
