"""All tables of this app as they were in November 2026, in one step.

A database that has taken steps of before goes on with those; they go with the next release.
"""

import datetime
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from decimal import Decimal
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

LOOK, ADD, CHANGE = ("view",), ("add", "view"), ("change", "view")
EDIT, ALL = ("add", "change", "view"), ("add", "change", "delete", "view")

# The groups of headquarters and what they may do; who is in which is said on a person's page.
# To end a post is to delete a membership; to let somebody register again is to change it; to close
# a month is to add a run.
GROUPS = {
    "adjudication": {
        "customers": {
            "activity": LOOK,
            "category": LOOK,
            "order": LOOK,
            "orderline": LOOK,
            "ownership": LOOK,
            "ownershipevent": LOOK,
            "product": LOOK,
            "registration": LOOK,
            "rulebook": LOOK,
            "story": LOOK,
            "customer": ("reveal_customer", "view"),
            "void": ("add",),
        },
        "dealers": {
            "dealer": LOOK,
            "region": LOOK,
            "store": LOOK,
            "user": LOOK,
            "membership": CHANGE,
        },
    },
    "audit": {
        "admin": {
            "logentry": LOOK,
        },
        "customers": {
            "activity": LOOK,
            "category": LOOK,
            "customer": LOOK,
            "order": LOOK,
            "orderline": LOOK,
            "ownership": LOOK,
            "ownershipevent": LOOK,
            "product": LOOK,
            "registration": LOOK,
            "rulebook": LOOK,
            "story": LOOK,
        },
        "dealers": {
            "accesslog": LOOK,
            "dealer": LOOK,
            "fileimport": LOOK,
            "invitation": LOOK,
            "membership": LOOK,
            "region": LOOK,
            "store": LOOK,
            "user": LOOK,
        },
        "incentives": {
            "account": LOOK,
            "board": LOOK,
            "cohort": LOOK,
            "component": LOOK,
            "entry": LOOK,
            "journal": LOOK,
            "line": LOOK,
            "period": LOOK,
            "plan": LOOK,
            "planversion": LOOK,
            "program": LOOK,
            "ranking": LOOK,
            "raterow": LOOK,
            "result": LOOK,
            "run": LOOK,
            "statement": LOOK,
            "statementdocument": LOOK,
        },
        "training": {
            "assignment": LOOK,
            "attempt": LOOK,
            "certificate": LOOK,
            "choice": LOOK,
            "course": LOOK,
            "courseversion": LOOK,
            "enrollment": LOOK,
            "lesson": LOOK,
            "picture": LOOK,
            "progress": LOOK,
            "question": LOOK,
        },
    },
    "incentives": {
        "customers": {
            "category": LOOK,
            "product": LOOK,
            "registration": LOOK,
            "rulebook": LOOK,
            "order": ADD,
            "orderline": ADD,
        },
        "dealers": {
            "dealer": LOOK,
            "fileimport": LOOK,
            "region": LOOK,
            "store": LOOK,
        },
        "incentives": {
            "account": LOOK,
            "board": LOOK,
            "entry": LOOK,
            "journal": LOOK,
            "line": LOOK,
            "period": LOOK,
            "program": LOOK,
            "ranking": LOOK,
            "result": LOOK,
            "statement": LOOK,
            "statementdocument": LOOK,
            "cohort": ALL,
            "component": ALL,
            "planversion": ALL,
            "raterow": ALL,
            "plan": EDIT,
            "run": ADD,
        },
    },
    "program": {
        "customers": {
            "activity": LOOK,
            "customer": LOOK,
            "ownership": LOOK,
            "ownershipevent": LOOK,
            "registration": LOOK,
            "category": EDIT,
            "product": EDIT,
            "order": ADD,
            "orderline": ADD,
            "rulebook": ALL,
            "story": ALL,
            "void": ("add",),
        },
        "dealers": {
            "dealer": EDIT,
            "invitation": EDIT,
            "region": EDIT,
            "store": EDIT,
            "user": EDIT,
            "fileimport": ADD,
            "membership": ALL,
        },
        "incentives": {
            "board": LOOK,
            "component": LOOK,
            "plan": LOOK,
            "planversion": LOOK,
            "ranking": LOOK,
            "raterow": LOOK,
            "cohort": ALL,
            "program": EDIT,
        },
    },
    "support": {
        "customers": {
            "customer": ("reveal_customer", "view"),
        },
        "dealers": {
            "dealer": LOOK,
            "fileimport": LOOK,
            "region": LOOK,
            "store": LOOK,
            "invitation": EDIT,
            "membership": ALL,
            "user": CHANGE,
        },
        "training": {
            "attempt": LOOK,
            "certificate": LOOK,
            "enrollment": LOOK,
            "progress": LOOK,
        },
    },
    "training": {
        "dealers": {
            "dealer": LOOK,
            "region": LOOK,
            "store": LOOK,
        },
        "training": {
            "assignment": ALL,
            "choice": ALL,
            "course": ALL,
            "courseversion": ALL,
            "lesson": ALL,
            "picture": ALL,
            "question": ALL,
            "attempt": LOOK,
            "certificate": LOOK,
            "enrollment": LOOK,
            "progress": LOOK,
        },
    },
}


def create_groups(apps, schema_editor):
    database = schema_editor.connection.alias
    # Permissions are made at the end of migrations, which is too late here.
    for name in ("admin", "auth", "dealers", "customers", "training", "incentives"):
        config = apps.get_app_config(name)
        config.models_module = True
        create_permissions(config, using=database, verbosity=0, apps=apps)
        config.models_module = None
    group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, may in GROUPS.items():
        permissions = permission.objects.using(database).filter(
            content_type__app_label__in=may,
        )
        wanted = {
            (app, verb if "_" in verb else f"{verb}_{model}")
            for app, models_ in may.items()
            for model, verbs in models_.items()
            for verb in verbs
        }
        found = [
            each
            for each in permissions.select_related("content_type")
            if (each.content_type.app_label, each.codename) in wanted
        ]
        group.objects.using(database).create(name=name).permissions.set(found)


class Migration(migrations.Migration):
    replaces = [
        ("incentives", "0001_initial"),
        ("incentives", "0002_program_and_returned_base"),
        ("incentives", "0003_lines_by_event_and_cohort_order"),
        ("incentives", "0004_groups_of_headquarters"),
        ("incentives", "0005_lines_by_result"),
        ("incentives", "0006_periods_and_sources"),
        ("incentives", "0007_periods_of_closed_months"),
        ("incentives", "0008_books_take_entries_in_open_periods"),
        ("incentives", "0009_engine_of_a_run"),
        ("incentives", "0010_money_as_given"),
        ("incentives", "0011_zero_sales_and_high_rates"),
        ("incentives", "0012_settings_of_one_value"),
        ("incentives", "0013_publication_steps"),
        ("incentives", "0014_steps_of_published"),
        ("incentives", "0015_published_never_changes"),
        ("incentives", "0016_estimates"),
        ("incentives", "0017_boards"),
        ("incentives", "0018_boards_of_closed_months"),
        ("incentives", "0019_places_belong_to_boards"),
        ("incentives", "0020_groups_see_periods_and_boards"),
        ("incentives", "0021_bounds"),
        ("incentives", "0022_certain_at"),
        ("incentives", "0023_closed_months_take_nothing_more"),
        ("incentives", "0024_voids"),
        ("incentives", "0025_failed_closing"),
        ("incentives", "0026_lines_planned_for_all_rows"),
        ("incentives", "0027_program_group_brings_files"),
        ("incentives", "0028_who_is_shown_numbers"),
        ("incentives", "0029_program_group_writes_stories"),
    ]

    initial = True

    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("customers", "0001_squashed_0032_acts"),
        ("training", "0001_squashed_0012_order_and_reminders"),
        ("dealers", "0001_squashed_0021_calendar_and_dispatch"),
    ]

    operations = [
        migrations.CreateModel(
            name="Board",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "length",
                    models.CharField(
                        choices=[("week", "Week"), ("month", "Month"), ("quarter", "Quarter")],
                        max_length=10,
                        verbose_name="length",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="starts on")),
                (
                    "metric",
                    models.CharField(
                        choices=[
                            ("net_sales", "Net sales"),
                            ("owned_sales", "Sales to own customers"),
                            ("registrations", "Valid registrations"),
                            ("conversion", "Conversion"),
                        ],
                        max_length=20,
                        verbose_name="metric",
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=[("store", "Stores"), ("dealer", "Dealers")],
                        max_length=10,
                        verbose_name="unit",
                    ),
                ),
                ("cohorts", models.JSONField(blank=True, default=list, verbose_name="cohorts")),
                (
                    "known_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="known until"),
                ),
                (
                    "frozen_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="frozen at"),
                ),
            ],
            options={
                "verbose_name": "board",
                "verbose_name_plural": "boards",
                "ordering": ("-starts_on", "length", "metric", "unit"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "known_until__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "known_until__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "frozen_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "frozen_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            ("starts_on__gte", datetime.date(1990, 1, 1)),
                            ("starts_on__lte", datetime.date(2200, 1, 1)),
                        ),
                        name="board_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.UniqueConstraint(
                        fields=("starts_on", "length", "metric", "unit"),
                        name="board_once_per_time_metric_and_unit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("length", "week"), ("starts_on__iso_week_day", 1)),
                            models.Q(("length", "month"), ("starts_on__day", 1)),
                            models.Q(
                                ("length", "quarter"),
                                ("starts_on__day", 1),
                                ("starts_on__month__in", [1, 4, 7, 10]),
                            ),
                            _connector="OR",
                        ),
                        name="board_starts_with_its_week_month_or_quarter",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("frozen_at__isnull", True), ("known_until__isnull", True)),
                            models.Q(("frozen_at__isnull", False), ("known_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="board_frozen_with_what_was_known",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="board_frozen_for_ever",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."frozen_at" IS NOT NULL)',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="f18b6650fb95ae62fd83ec147b4bf5060b57820d",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_board_frozen_for_ever_681ba",
                            table="incentives_board",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="board_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="48b5fb6bb540b2a3a38174dc5f0309dc84c00ab8",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_board_never_emptied_9901f",
                            table="incentives_board",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Cohort",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=120, verbose_name="name (Chinese)")),
                (
                    "name_en",
                    models.CharField(blank=True, max_length=120, verbose_name="name (English)"),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=[("store", "Stores"), ("dealer", "Dealers")],
                        max_length=10,
                        verbose_name="unit",
                    ),
                ),
                (
                    "size_classes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("A", "A (large)"), ("B", "B (medium)"), ("C", "C (small)")],
                            max_length=1,
                        ),
                        blank=True,
                        default=list,
                        verbose_name="sizes",
                    ),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="The first cohort that matches takes the unit.",
                        verbose_name="position",
                    ),
                ),
                (
                    "regions",
                    models.ManyToManyField(blank=True, to="dealers.region", verbose_name="regions"),
                ),
            ],
            options={
                "verbose_name": "cohort",
                "verbose_name_plural": "cohorts",
                "ordering": ("unit", "position", "code"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "name__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                            models.Q(
                                (
                                    "name_en__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                        ),
                        name="cohort_name_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="cohort_of_a_board_keeps_its_code",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF (TG_OP = 'DELETE' OR (OLD.code, OLD.unit) <> (NEW.code, NEW.unit))\n                AND EXISTS (SELECT FROM incentives_ranking AS g\n                    JOIN incentives_board AS b ON b.id = g.board_id\n                    WHERE g.cohort = OLD.code AND b.unit = OLD.unit) THEN\n            RAISE check_violation USING CONSTRAINT = 'cohort_of_a_board_keeps_its_code', MESSAGE = 'Frozen boards name it.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="38a4aacb16791418a6c43f4d348601111095af14",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_cohort_of_a_board_keeps_its_code_2d4fa",
                            table="incentives_cohort",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CounterRegistration",
            fields=[],
            options={
                "proxy": True,
                "default_permissions": (),
            },
            bases=("customers.registration",),
        ),
        migrations.CreateModel(
            name="DealersVoid",
            fields=[],
            options={
                "proxy": True,
                "default_permissions": (),
            },
            bases=("customers.void",),
        ),
        migrations.CreateModel(
            name="FailedClosing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField(verbose_name="month")),
                ("failed_at", models.DateTimeField(verbose_name="failed at")),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("not_due", "It was not due, or closed already."),
                            (
                                "busy",
                                "Others kept recording, or a file was being stored. Nothing was changed: close it again once that is done.",
                            ),
                            (
                                "mismatch",
                                "Statements, results and books did not agree, so nothing was closed. Tell whoever looks after the portal.",
                            ),
                            (
                                "broken",
                                "Something unexpected stopped it, and nothing was closed. The log of the worker says what.",
                            ),
                        ],
                        max_length=10,
                        verbose_name="why",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "failed closing",
                "verbose_name_plural": "failed closings",
                "ordering": ("-failed_at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "failed_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "failed_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            ("month__gte", datetime.date(1990, 1, 1)),
                            ("month__lte", datetime.date(2200, 1, 1)),
                        ),
                        name="failed_closing_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)),
                        name="failed_closing_month_is_a_first_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("why__in", ["not_due", "busy", "mismatch", "broken"])),
                        name="failed_closing_says_why",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="failed_closing_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="94d510ce304dfb59fc2d1fa18586c85ab12b5d4d",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_failed_closing_only_added_0e431",
                            table="incentives_failedclosing",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="failed_closing_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="eca594dacce43284b84016d9191aac465b2e4366",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_failed_closing_never_emptied_82858",
                            table="incentives_failedclosing",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OpenMonth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField(verbose_name="month")),
                ("mark", models.CharField(max_length=200, verbose_name="state of the facts")),
                ("computed_at", models.DateTimeField(verbose_name="computed at")),
                ("line_count", models.PositiveIntegerField(default=0, verbose_name="lines")),
                (
                    "dealer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="open_months",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
            ],
            options={
                "verbose_name": "open month",
                "verbose_name_plural": "open months",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "computed_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "computed_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            ("month__gte", datetime.date(1990, 1, 1)),
                            ("month__lte", datetime.date(2200, 1, 1)),
                        ),
                        name="open_month_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="open_month_is_a_first_day"
                    ),
                ],
                "indexes": [
                    models.Index(fields=["dealer", "month", "-id"], name="open_month_newest")
                ],
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=120, verbose_name="name (Chinese)")),
                (
                    "name_en",
                    models.CharField(blank=True, max_length=120, verbose_name="name (English)"),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[
                            ("brand_pays", "The brand pays"),
                            ("dealer_pays", "The dealer pays"),
                        ],
                        default="brand_pays",
                        max_length=20,
                        verbose_name="direction",
                    ),
                ),
                ("text", models.TextField(blank=True, verbose_name="text for dealers (Chinese)")),
                (
                    "text_en",
                    models.TextField(blank=True, verbose_name="text for dealers (English)"),
                ),
            ],
            options={
                "verbose_name": "plan",
                "verbose_name_plural": "plans",
                "ordering": ("code",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "name__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                            models.Q(
                                (
                                    "name_en__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                        ),
                        name="plan_name_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("direction__in", ["brand_pays", "dealer_pays"])),
                        name="plan_direction_is_known",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="plan_published_keeps_its_direction",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."direction" IS DISTINCT FROM (NEW."direction"))',
                            func="\n        IF EXISTS (SELECT FROM incentives_planversion\n                    WHERE plan_id = NEW.id AND published_at IS NOT NULL) THEN\n            RAISE check_violation USING CONSTRAINT = 'plan_published_keeps_its_direction', MESSAGE = 'Who pays was published.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="7cf84e8095bbdd9855f844e242d9851db203a125",
                            operation="UPDATE",
                            pgid="pgtrigger_plan_published_keeps_its_direction_98ee5",
                            table="incentives_plan",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("payable", "Owed"),
                            ("expense", "Incentives paid"),
                            ("income", "Fees charged"),
                            ("own", "The brand's own money"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "holder",
                    models.CharField(
                        choices=[
                            ("dealer", "Dealer"),
                            ("person", "Person"),
                            ("plan", "Plan"),
                            ("bank", "Bank"),
                            ("clearing", "Clearing"),
                            ("withheld", "Withheld"),
                        ],
                        max_length=10,
                        verbose_name="holder",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "dealer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="incentives.plan",
                        verbose_name="plan",
                    ),
                ),
            ],
            options={
                "verbose_name": "account",
                "verbose_name_plural": "accounts",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("dealer__isnull", False),
                                ("holder", "dealer"),
                                ("kind", "payable"),
                                ("person__isnull", True),
                                ("plan__isnull", True),
                            ),
                            models.Q(
                                ("dealer__isnull", True),
                                ("holder", "person"),
                                ("kind", "payable"),
                                ("person__isnull", False),
                                ("plan__isnull", True),
                            ),
                            models.Q(
                                ("dealer__isnull", True),
                                ("holder", "plan"),
                                ("kind__in", ["expense", "income"]),
                                ("person__isnull", True),
                                ("plan__isnull", False),
                            ),
                            models.Q(
                                ("dealer__isnull", True),
                                ("holder__in", ["bank", "clearing", "withheld"]),
                                ("kind", "own"),
                                ("person__isnull", True),
                                ("plan__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="account_names_its_holder",
                    ),
                    models.UniqueConstraint(
                        fields=("kind", "holder", "dealer", "person", "plan", "currency"),
                        name="account_once_a_kind_holder_and_currency",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tested_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="tested at"
                    ),
                ),
                (
                    "approved_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="approved at"
                    ),
                ),
                (
                    "published_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="published at"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                ("starts_on", models.DateField(verbose_name="from")),
                (
                    "ends_on",
                    models.DateField(blank=True, null=True, verbose_name="until, not included"),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="incentives.plan",
                        verbose_name="plan",
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="published by",
                    ),
                ),
                (
                    "tested_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="tested by",
                    ),
                ),
            ],
            options={
                "verbose_name": "plan version",
                "verbose_name_plural": "plan versions",
                "ordering": ("plan", "-number"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "tested_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "tested_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "approved_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "approved_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "published_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "published_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            ("starts_on__gte", datetime.date(1990, 1, 1)),
                            ("starts_on__lte", datetime.date(2200, 1, 1)),
                            ("ends_on__gte", datetime.date(1990, 1, 1)),
                            ("ends_on__lte", datetime.date(2200, 1, 1)),
                        ),
                        name="plan_version_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.UniqueConstraint(
                        fields=("plan", "number"), name="plan_version_number_used_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("approved_at__isnull", True),
                                models.Q(
                                    ("tested_at__isnull", False),
                                    ("tested_at__lte", models.F("approved_at")),
                                ),
                                _connector="OR",
                            ),
                            models.Q(
                                ("published_at__isnull", True),
                                models.Q(
                                    ("approved_at__isnull", False),
                                    ("approved_at__lte", models.F("published_at")),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="plan_version_steps_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_on__isnull", True),
                            ("ends_on__gt", models.F("starts_on")),
                            _connector="OR",
                        ),
                        name="plan_version_ends_after_it_starts",
                        violation_error_message="A version ends after it starts.",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("published_at__isnull", False)),
                        expressions=[
                            ("plan", "="),
                            (
                                models.Func(
                                    models.F("starts_on"), models.F("ends_on"), function="daterange"
                                ),
                                "&&",
                            ),
                        ],
                        name="plan_version_one_published_at_a_time",
                        violation_error_message="Another published version applies at that time.",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="plan_version_published_never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."published_at" IS NOT NULL)',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="a6b880beec51a3dd5c6e466b53f3e78fb0d02523",
                            operation="DELETE",
                            pgid="pgtrigger_plan_version_published_never_deleted_fbcc6",
                            table="incentives_planversion",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="plan_version_published_never_changes",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."published_at" IS NOT NULL)',
                            func="\n                IF to_jsonb(NEW) - 'ends_on' <> to_jsonb(OLD) - 'ends_on' OR\n                    OLD.ends_on IS NOT NULL AND NEW.ends_on IS DISTINCT FROM OLD.ends_on\n                THEN\n                    RAISE EXCEPTION 'What is published never changes: %', TG_NAME;\n                END IF;\n                RETURN NEW;\n            ",
                            hash="dd3a9f3992fd20b6c9493a993d6bbcfe17f52bb4",
                            operation="UPDATE",
                            pgid="pgtrigger_plan_version_published_never_changes_bf257",
                            table="incentives_planversion",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="plan_version_published_with_its_rates",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL AND (\n                    NOT EXISTS (SELECT FROM incentives_component WHERE version_id = NEW.id)\n                    OR EXISTS (SELECT FROM incentives_component AS c\n                        WHERE c.version_id = NEW.id AND NOT EXISTS (SELECT FROM incentives_raterow\n                            WHERE component_id = c.id AND starts_at = 0))) THEN\n            RAISE check_violation USING CONSTRAINT = 'plan_version_published_with_its_rates', MESSAGE = 'A published version has components, and each has a rate from 0 on.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="8f45380c396978c5b573ade343213b49b6addc4b",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_plan_version_published_with_its_rates_f5549",
                            table="incentives_planversion",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="plan_version_published_after_the_closed_months",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL AND NEW.starts_on < (SELECT max(month) + interval '1 month' FROM incentives_run) THEN\n            RAISE check_violation USING CONSTRAINT = 'plan_version_published_after_the_closed_months', MESSAGE = 'Its first month is closed already.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="f97f443a9247a0e063f6d6697bd72f3f46b1239c",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_plan_version_published_after_the_closed_months_3116f",
                            table="incentives_planversion",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="plan_version_ends_after_the_closed_months",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."ends_on" IS DISTINCT FROM (NEW."ends_on"))',
                            func="\n        IF NEW.published_at IS NOT NULL AND NEW.ends_on < (SELECT max(month) + interval '1 month' FROM incentives_run) THEN\n            RAISE check_violation USING CONSTRAINT = 'plan_version_ends_after_the_closed_months', MESSAGE = 'A month that it applied in is closed already.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="7a8ea84f6d8a65529d2782beea3695a3c1e24ea0",
                            operation="UPDATE",
                            pgid="pgtrigger_plan_version_ends_after_the_closed_months_1b84f",
                            table="incentives_planversion",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Component",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, verbose_name="code")),
                (
                    "name",
                    models.CharField(blank=True, max_length=120, verbose_name="name (Chinese)"),
                ),
                (
                    "name_en",
                    models.CharField(blank=True, max_length=120, verbose_name="name (English)"),
                ),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("registration", "Valid registration"),
                            ("paid_sale", "Paid sale"),
                        ],
                        max_length=20,
                        verbose_name="event",
                    ),
                ),
                (
                    "places",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("own", "Own store"),
                                ("sister", "Sister store"),
                                ("other", "Another dealer"),
                                ("online", "Online"),
                            ],
                            max_length=6,
                        ),
                        blank=True,
                        default=list,
                        help_text="Where the sale happened, seen from the owner. Empty: anywhere.",
                        verbose_name="places",
                    ),
                ),
                (
                    "to",
                    models.CharField(
                        choices=[("owner", "The owner"), ("seller", "The store that sold")],
                        default="owner",
                        max_length=10,
                        verbose_name="to",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("flat", "Flat amount per event"),
                            ("percent", "Share of the base"),
                            ("per_unit", "Amount per unit"),
                            ("tiers_marginal", "Tiers, each part at its own rate"),
                            ("tiers_whole", "Tiers, everything at the rate reached"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "base",
                    models.CharField(
                        choices=[("net", "Net paid"), ("units", "Units"), ("count", "Count")],
                        default="net",
                        max_length=10,
                        verbose_name="base",
                    ),
                ),
                (
                    "by_share",
                    models.BooleanField(
                        default=False,
                        help_text="Multiply by the share of the sale that the rulebook gives the beneficiary.",
                        verbose_name="split by share",
                    ),
                ),
                (
                    "pays_zero",
                    models.BooleanField(
                        default=False,
                        help_text="Whether a sale of net 0 counts for what is paid per sale or per unit.",
                        verbose_name="also for nothing paid",
                    ),
                ),
                (
                    "rate_above_one",
                    models.CharField(
                        blank=True,
                        help_text="A share above 100% needs a sentence here that says that it is meant.",
                        max_length=200,
                        verbose_name="rate above 1 is meant",
                    ),
                ),
                (
                    "period_cap",
                    models.DecimalField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MaxValueValidator(Decimal("1000000000000"))
                        ],
                        verbose_name="cap a month and dealer",
                    ),
                ),
                (
                    "clawback",
                    models.CharField(
                        choices=[
                            ("recompute", "Recompute the period"),
                            ("original_rate", "At the rate it was paid"),
                        ],
                        default="original_rate",
                        max_length=20,
                        verbose_name="returns take back",
                    ),
                ),
                (
                    "clawback_days",
                    models.PositiveSmallIntegerField(
                        default=180, verbose_name="take back for, days"
                    ),
                ),
                (
                    "return_window_days",
                    models.PositiveSmallIntegerField(
                        default=15, verbose_name="return window, days"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=1, verbose_name="position")),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="components",
                        to="incentives.planversion",
                        verbose_name="plan version",
                    ),
                ),
            ],
            options={
                "verbose_name": "component",
                "verbose_name_plural": "components",
                "ordering": ("version", "position", "code"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "name__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                            models.Q(
                                (
                                    "name_en__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                            models.Q(
                                (
                                    "rate_above_one__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                        ),
                        name="component_name_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("period_cap__lte", Decimal("1000000000000"))),
                        name="component_cap_is_not_too_large",
                    ),
                    models.UniqueConstraint(
                        fields=("version", "code"), name="component_code_used_once_a_version"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["flat", "percent", "per_unit", "tiers_marginal", "tiers_whole"],
                            )
                        ),
                        name="component_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("event", "registration"), _negated=True),
                            models.Q(
                                ("base", "count"), ("kind", "flat"), ("places", []), ("to", "owner")
                            ),
                            _connector="OR",
                        ),
                        name="component_registration_is_flat_without_places",
                        violation_error_message="A registration is paid flat per event, to its owner, without places.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("base", "count"), ("kind", "flat")),
                            models.Q(("base", "units"), ("kind", "per_unit")),
                            models.Q(("base", "net"), ("kind", "percent")),
                            models.Q(
                                ("base", "net"), ("kind__in", ("tiers_marginal", "tiers_whole"))
                            ),
                            _connector="OR",
                        ),
                        name="component_kind_fits_base",
                        violation_error_message="Flat counts events, per unit counts units, shares and tiers take net paid.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ("tiers_marginal", "tiers_whole")),
                            ("clawback", "original_rate"),
                            _connector="OR",
                        ),
                        name="component_recompute_is_for_tiers",
                        violation_error_message="Only tiers are recomputed.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("by_share", False),
                            models.Q(
                                models.Q(
                                    ("kind__in", ("tiers_marginal", "tiers_whole")), _negated=True
                                ),
                                ("event", "paid_sale"),
                            ),
                            _connector="OR",
                        ),
                        name="component_share_is_of_a_sale",
                        violation_error_message="Only what is paid per sale is split by share: not tiers or registrations.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("period_cap__isnull", True), ("period_cap__gt", 0), _connector="OR"
                        ),
                        name="component_cap_is_positive",
                        violation_error_message="A cap is more than zero.",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="component_of_published_never_changes",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            PERFORM 1 FROM incentives_planversion WHERE id IN (OLD.version_id, NEW.version_id) FOR SHARE;\n            IF EXISTS (\n                SELECT 1 FROM incentives_planversion WHERE id IN (OLD.version_id, NEW.version_id) AND published_at IS NOT NULL\n            ) THEN\n                RAISE EXCEPTION 'A part of what is published never changes: %', TG_NAME;\n            END IF;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ",
                            hash="762a8eaee4ab75827291bb3521d5dffdff270c93",
                            operation="INSERT OR UPDATE OR DELETE",
                            pgid="pgtrigger_component_of_published_never_changes_b3a84",
                            table="incentives_component",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OpenResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("for_month", models.DateField(verbose_name="for month")),
                ("adjustment", models.BooleanField(default=False, verbose_name="adjustment")),
                ("count", models.PositiveIntegerField(verbose_name="lines")),
                ("base", models.DecimalField(verbose_name="base")),
                ("returned", models.DecimalField(default=0, verbose_name="returned")),
                ("uncapped", models.DecimalField(verbose_name="before the cap")),
                ("amount", models.DecimalField(verbose_name="amount")),
                ("explanation", models.JSONField(default=dict, verbose_name="explanation")),
                (
                    "component",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="incentives.component",
                        verbose_name="component",
                    ),
                ),
                (
                    "open_month",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="results",
                        to="incentives.openmonth",
                        verbose_name="open month",
                    ),
                ),
            ],
            options={
                "verbose_name": "result of an open month",
                "verbose_name_plural": "results of open months",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("for_month__gte", datetime.date(1990, 1, 1)),
                            ("for_month__lte", datetime.date(2200, 1, 1)),
                        ),
                        name="open_result_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.UniqueConstraint(
                        fields=("open_month", "component", "for_month", "adjustment"),
                        name="open_result_once_per_component_and_month",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OpenLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("back", models.BooleanField(verbose_name="taken back")),
                ("base", models.DecimalField(verbose_name="base")),
                (
                    "rate",
                    models.DecimalField(
                        decimal_places=6, max_digits=14, null=True, verbose_name="rate"
                    ),
                ),
                (
                    "share",
                    models.DecimalField(
                        decimal_places=6, max_digits=9, null=True, verbose_name="share"
                    ),
                ),
                ("uncapped", models.DecimalField(null=True, verbose_name="before the cap")),
                ("amount", models.DecimalField(null=True, verbose_name="amount")),
                ("certain_at", models.DateTimeField(null=True, verbose_name="certain at")),
                (
                    "order",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="customers.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "registration",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="customers.registration",
                        verbose_name="registration",
                    ),
                ),
                (
                    "open_month",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="incentives.openmonth",
                        verbose_name="open month",
                    ),
                ),
                (
                    "result",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="lines",
                        to="incentives.openresult",
                        verbose_name="result",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of an open month",
                "verbose_name_plural": "lines of open months",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at__gte", datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            ("at__lte", datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            (
                                "certain_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "certain_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="open_line_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("order__isnull", False), ("registration__isnull", True)),
                            models.Q(("order__isnull", True), ("registration__isnull", False)),
                            _connector="OR",
                        ),
                        name="open_line_is_about_one_event",
                    ),
                ],
                "indexes": [models.Index(fields=["open_month", "-at"], name="open_line_newest")],
            },
        ),
        migrations.CreateModel(
            name="Program",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(
                        default=1, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "currency",
                    models.CharField(
                        default="CNY", help_text="ISO 4217", max_length=3, verbose_name="currency"
                    ),
                ),
            ],
            options={
                "verbose_name": "program",
                "verbose_name_plural": "program",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="program_is_one_row"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                        name="program_currency_is_three_capitals",
                        violation_error_message="A currency is three capital letters, such as CNY.",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="program_never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="c5b4eb858b9328ffe9b80a8caaf348f33fac90ff",
                            operation="DELETE",
                            pgid="pgtrigger_program_never_deleted_0a443",
                            table="incentives_program",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="program_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="f3cc57ee21ca7563fe3f210925abef3348382486",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_program_never_emptied_ac445",
                            table="incentives_program",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="program_keeps_the_currency_of_its_books",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF EXISTS (SELECT FROM incentives_account WHERE currency <> NEW.currency) THEN\n            RAISE check_violation USING CONSTRAINT = 'program_keeps_the_currency_of_its_books', MESSAGE = 'The books are kept in another currency.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="930211d082bc79f7eb0b22279e95a98df159d7d1",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_program_keeps_the_currency_of_its_books_45a1e",
                            table="incentives_program",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ranking",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("cohort", models.CharField(max_length=40, verbose_name="cohort")),
                (
                    "value",
                    models.DecimalField(decimal_places=6, max_digits=30, verbose_name="value"),
                ),
                ("numerator", models.DecimalField(blank=True, null=True, verbose_name="numerator")),
                (
                    "denominator",
                    models.DecimalField(blank=True, null=True, verbose_name="denominator"),
                ),
                ("rank", models.PositiveIntegerField(blank=True, null=True, verbose_name="place")),
                ("of", models.PositiveIntegerField(verbose_name="of")),
                (
                    "percentile",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        verbose_name="percentile",
                    ),
                ),
                (
                    "board",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rankings",
                        to="incentives.board",
                        verbose_name="board",
                    ),
                ),
                (
                    "dealer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rankings",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rankings",
                        to="dealers.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "ranking",
                "verbose_name_plural": "rankings",
                "ordering": ("board", "cohort", "rank"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("board", "dealer", "store"),
                        name="ranking_one_place_per_board",
                        nulls_distinct=False,
                    )
                ],
                "indexes": [
                    models.Index(fields=["board", "cohort", "rank"], name="ranking_cohort_order")
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="ranking_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="f8fdebf1f4308c4559512f1a75863e3b8bb479e8",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_ranking_only_added_f4312",
                            table="incentives_ranking",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="ranking_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="088348db5b805bb7c6a41c3fe14364f3a739b475",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_ranking_never_emptied_2d261",
                            table="incentives_ranking",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="ranking_fits_its_open_board",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM added JOIN incentives_board b ON b.id = board_id WHERE b.frozen_at IS NOT NULL) THEN RAISE EXCEPTION 'A frozen board takes no more places: %', TG_NAME; END IF; IF EXISTS (SELECT 1 FROM added JOIN incentives_board b ON b.id = board_id WHERE (b.unit = 'store') <> (added.store_id IS NOT NULL)) THEN RAISE EXCEPTION 'A board of stores names them: %', TG_NAME; END IF; RETURN NULL;",
                            hash="1c461bc9eb85a842a38aa822581af3ff39b830d7",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_ranking_fits_its_open_board_f01e2",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="incentives_ranking",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RateRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "starts_at",
                    models.DecimalField(
                        default=0,
                        validators=[
                            django.core.validators.MaxValueValidator(Decimal("1000000000000"))
                        ],
                        verbose_name="from",
                    ),
                ),
                ("rate", models.DecimalField(decimal_places=6, max_digits=14, verbose_name="rate")),
                (
                    "component",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="incentives.component",
                        verbose_name="component",
                    ),
                ),
            ],
            options={
                "verbose_name": "rate row",
                "verbose_name_plural": "rate rows",
                "ordering": ("component", "starts_at"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("starts_at__lte", Decimal("1000000000000"))),
                        name="rate_row_start_is_not_too_large",
                    ),
                    models.UniqueConstraint(
                        fields=("component", "starts_at"), name="rate_row_starts_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("starts_at__gte", 0)),
                        name="rate_row_starts_at_zero_or_above",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rate__gte", 0)), name="rate_row_rate_is_not_negative"
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="rate_row_of_published_never_changes",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            PERFORM 1 FROM incentives_planversion WHERE id IN (SELECT version_id FROM incentives_component WHERE id IN (OLD.component_id, NEW.component_id)) FOR SHARE;\n            IF EXISTS (\n                SELECT 1 FROM incentives_planversion WHERE id IN (SELECT version_id FROM incentives_component WHERE id IN (OLD.component_id, NEW.component_id)) AND published_at IS NOT NULL\n            ) THEN\n                RAISE EXCEPTION 'A part of what is published never changes: %', TG_NAME;\n            END IF;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ",
                            hash="06aad60d59284f5e0854e48b93098eaf325fc8e5",
                            operation="INSERT OR UPDATE OR DELETE",
                            pgid="pgtrigger_rate_row_of_published_never_changes_758d4",
                            table="incentives_raterow",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="rate_row_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="58dec383900a8fb624cfc8a23d5ad2190be26e85",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_rate_row_never_emptied_551e4",
                            table="incentives_raterow",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField(unique=True, verbose_name="month")),
                ("known_until", models.DateTimeField(verbose_name="known until")),
                (
                    "closed_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="closed at"
                    ),
                ),
                ("inputs_hash", models.CharField(max_length=64, verbose_name="hash of the inputs")),
                (
                    "engine",
                    models.PositiveSmallIntegerField(
                        default=2, editable=False, verbose_name="engine"
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="closed by",
                    ),
                ),
            ],
            options={
                "verbose_name": "closed month",
                "verbose_name_plural": "closed months",
                "ordering": ("-month",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "known_until__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "known_until__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "closed_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "closed_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            ("month__gte", datetime.date(1990, 1, 1)),
                            ("month__lte", datetime.date(2200, 1, 1)),
                        ),
                        name="run_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="run_month_is_a_first_day"
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="run_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="194579278d757f904e90fca8f9ae0634f5b024dc",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_run_only_added_ceb30",
                            table="incentives_run",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="run_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="856fb6fb9bff3dcbfcca229e032802f8902dda36",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_run_never_emptied_4e377",
                            table="incentives_run",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="run_follows_the_month_before",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF NEW.month <> (SELECT max(month) + interval '1 month' FROM incentives_run) THEN\n            RAISE check_violation USING CONSTRAINT = 'run_follows_the_month_before', MESSAGE = 'Months are closed one after the other.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="b8346f952304ef50ec693a1fdeb9c4675a16169b",
                            operation="INSERT",
                            pgid="pgtrigger_run_follows_the_month_before_48312",
                            table="incentives_run",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="run_after_its_month_has_ended",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF NEW.closed_at < (NEW.month + interval '1 month') AT TIME ZONE 'UTC'\n                    - interval '14 hours'\n                OR greatest(NEW.closed_at, NEW.known_until)\n                    > clock_timestamp() + interval '5 minutes' THEN\n            RAISE check_violation USING CONSTRAINT = 'run_after_its_month_has_ended', MESSAGE = 'The month has not ended.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="b01aa9e7c4760b9a4409a17bd7f7dc3187478ed0",
                            operation="INSERT",
                            pgid="pgtrigger_run_after_its_month_has_ended_e1e58",
                            table="incentives_run",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="run_closes_its_period",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="IF NOT EXISTS (SELECT FROM incentives_period WHERE closed_run_id = NEW.id) THEN RAISE EXCEPTION 'A run closes its period: %', TG_NAME; END IF; RETURN NULL;",
                            hash="a8827824af202b742574f10c16993aea7b4c3b0d",
                            operation="INSERT",
                            pgid="pgtrigger_run_closes_its_period_b5864",
                            table="incentives_run",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Period",
            fields=[
                (
                    "month",
                    models.DateField(primary_key=True, serialize=False, verbose_name="month"),
                ),
                (
                    "closed_run",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="period",
                        to="incentives.run",
                        verbose_name="closed by",
                    ),
                ),
            ],
            options={
                "verbose_name": "period",
                "verbose_name_plural": "periods",
                "ordering": ("-month",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("month__gte", datetime.date(1990, 1, 1)),
                            ("month__lte", datetime.date(2200, 1, 1)),
                        ),
                        name="period_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("month__day", 1)), name="period_month_is_a_first_day"
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="period_never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="8afb05aad93d77242747a1bf81e9c528330d75c3",
                            operation="DELETE",
                            pgid="pgtrigger_period_never_deleted_9eb8f",
                            table="incentives_period",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="period_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="3411dca7c4acc30b81dff5f8c88837e2d76da019",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_period_never_emptied_9fa8d",
                            table="incentives_period",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="period_opens_after_the_closed_ones",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF EXISTS (SELECT 1 FROM incentives_period WHERE month > NEW.month AND closed_run_id IS NOT NULL) THEN RAISE EXCEPTION 'A later period is closed already: %', TG_NAME; END IF; RETURN NEW;",
                            hash="ca9ce360a0557cc11b66fd4061ec155e8ab38389",
                            operation="INSERT",
                            pgid="pgtrigger_period_opens_after_the_closed_ones_0e664",
                            table="incentives_period",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="period_is_closed_once_by_its_run",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF OLD.closed_run_id IS NOT NULL OR NEW.month <> OLD.month OR NOT EXISTS (SELECT 1 FROM incentives_run WHERE id = NEW.closed_run_id AND month = NEW.month) THEN RAISE EXCEPTION 'A period is closed once, by its run: %', TG_NAME; END IF; RETURN NEW;",
                            hash="f21afd1f71352a74ad250ad86b2307c04c039082",
                            operation="UPDATE",
                            pgid="pgtrigger_period_is_closed_once_by_its_run_c5f09",
                            table="incentives_period",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Journal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=120, verbose_name="key")),
                ("content", models.BinaryField(verbose_name="content hash")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("run", "Closed month"),
                            ("payout", "Payout"),
                            ("adjustment", "Adjustment"),
                            ("dispute", "Dispute"),
                        ],
                        max_length=10,
                        verbose_name="source",
                    ),
                ),
                (
                    "source_key",
                    models.CharField(max_length=60, verbose_name="number of the source"),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("effective_at", models.DateTimeField(verbose_name="effective at")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded at"
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        db_column="month",
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="journals",
                        to="incentives.period",
                        verbose_name="booked in",
                    ),
                ),
            ],
            options={
                "verbose_name": "journal",
                "verbose_name_plural": "journals",
                "ordering": ("-recorded_at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "effective_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "effective_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "recorded_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "recorded_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="journal_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.UniqueConstraint(fields=("key",), name="journal_key_used_once"),
                ],
                "indexes": [models.Index(fields=["source", "source_key"], name="journal_source")],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="journal_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="230168ca8743e8dd77c0d7369c6fa10904780985",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_journal_only_added_a7469",
                            table="incentives_journal",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="journal_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="0a07cf5bf7587073cbe7ecdc26e60b7d4e9b451d",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_journal_never_emptied_48286",
                            table="incentives_journal",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="journal_in_an_open_period",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func=" PERFORM 1 FROM incentives_period WHERE month IN (SELECT month FROM added) FOR SHARE; IF EXISTS (SELECT 1 FROM incentives_period WHERE month IN (SELECT month FROM added) AND closed_run_id IS NOT NULL) THEN RAISE EXCEPTION 'A closed period takes no more entries: %', TG_NAME; END IF; RETURN NULL;",
                            hash="154d6838c16917954a4791e2b529c144240dd15d",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_journal_in_an_open_period_1a401",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="incentives_journal",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="journal_has_entries_that_balance",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="IF (SELECT count(*) < 2 OR sum(amount) <> 0 FROM incentives_entry WHERE journal_id = NEW.id) THEN RAISE EXCEPTION 'Journal % does not balance: %', NEW.key, TG_NAME; END IF; RETURN NULL;",
                            hash="d63ef58e603426f87ef6432dbc8f4d6ecc1da8d6",
                            operation="INSERT",
                            pgid="pgtrigger_journal_has_entries_that_balance_45c1a",
                            table="incentives_journal",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount", models.DecimalField(verbose_name="amount")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="incentives.account",
                        verbose_name="account",
                    ),
                ),
                (
                    "journal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="incentives.journal",
                        verbose_name="journal",
                    ),
                ),
            ],
            options={
                "verbose_name": "entry",
                "verbose_name_plural": "entries",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount", 0), _negated=True),
                        name="entry_amount_is_not_zero",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="entry_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="5f57176d74bfe0fa9dc481db59e5a3fadce7e2bb",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_entry_only_added_8fbf2",
                            table="incentives_entry",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="entry_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="2b1fe3d91475c7ac924dd96436180efe3cee8063",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_entry_never_emptied_7ab73",
                            table="incentives_entry",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="entry_in_an_open_period",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func=" PERFORM 1 FROM incentives_period WHERE month IN (SELECT j.month FROM added JOIN incentives_journal j ON j.id = added.journal_id) FOR SHARE; IF EXISTS (SELECT 1 FROM incentives_period WHERE month IN (SELECT j.month FROM added JOIN incentives_journal j ON j.id = added.journal_id) AND closed_run_id IS NOT NULL) THEN RAISE EXCEPTION 'A closed period takes no more entries: %', TG_NAME; END IF; RETURN NULL;",
                            hash="86226a0ed6fb2d87f79d239e6337470ed4605587",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_entry_in_an_open_period_bdd55",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="incentives_entry",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="entry_keeps_its_journal_balanced",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            declare="DECLARE other_currency boolean;",
                            func="IF (SELECT sum(amount) <> 0 FROM incentives_entry WHERE journal_id = NEW.journal_id) THEN RAISE EXCEPTION 'Journal % does not balance: %', NEW.journal_id, TG_NAME; END IF; SELECT a.currency <> j.currency INTO other_currency FROM incentives_account a, incentives_journal j WHERE a.id = NEW.account_id AND j.id = NEW.journal_id; IF other_currency THEN RAISE EXCEPTION 'A journal has one currency: %', TG_NAME; END IF; RETURN NULL;",
                            hash="dea78b4ace62e47bdd9210bc22f649124fb88b32",
                            operation="INSERT",
                            pgid="pgtrigger_entry_keeps_its_journal_balanced_b9e6a",
                            table="incentives_entry",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Result",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("for_month", models.DateField(verbose_name="for month")),
                ("adjustment", models.BooleanField(default=False, verbose_name="adjustment")),
                ("count", models.PositiveIntegerField(verbose_name="lines")),
                ("base", models.DecimalField(verbose_name="base")),
                ("returned", models.DecimalField(default=0, verbose_name="returned")),
                ("uncapped", models.DecimalField(verbose_name="before the cap")),
                ("amount", models.DecimalField(verbose_name="amount")),
                ("explanation", models.JSONField(default=dict, verbose_name="explanation")),
                (
                    "component",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="incentives.component",
                        verbose_name="component",
                    ),
                ),
                (
                    "dealer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="incentives.run",
                        verbose_name="closed month",
                    ),
                ),
            ],
            options={
                "verbose_name": "result",
                "verbose_name_plural": "results",
                "ordering": ("run", "dealer", "component"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("for_month__gte", datetime.date(1990, 1, 1)),
                            ("for_month__lte", datetime.date(2200, 1, 1)),
                        ),
                        name="result_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.UniqueConstraint(
                        fields=("run", "component", "dealer", "for_month", "adjustment"),
                        name="result_once_a_run_component_dealer_and_month",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("for_month__day", 1)),
                        name="result_month_is_a_first_day",
                    ),
                ],
                "indexes": [models.Index(fields=["dealer", "run"], name="result_dealer_month")],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="result_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="c62c5b690bcfdb5e9a241ce4d7c831c361fbf980",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_result_only_added_fa90b",
                            table="incentives_result",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="result_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="b997b5f58bfbc8b8926ed335243d52ad47db935c",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_result_never_emptied_3e85a",
                            table="incentives_result",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="result_in_an_open_run",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF EXISTS (SELECT FROM incentives_period WHERE closed_run_id IN (SELECT run_id FROM added)) THEN\n            RAISE check_violation USING CONSTRAINT = 'result_in_an_open_run', MESSAGE = 'A closed month takes nothing more.';\n        END IF;\n        RETURN NULL;\n        ",
                            hash="22aa5ea125a8d23ab800a9fd8f0179c4aadc7b07",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_result_in_an_open_run_18309",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="incentives_result",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Line",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("base", models.DecimalField(verbose_name="base")),
                (
                    "rate",
                    models.DecimalField(
                        blank=True, decimal_places=6, max_digits=14, null=True, verbose_name="rate"
                    ),
                ),
                (
                    "share",
                    models.DecimalField(
                        blank=True, decimal_places=6, max_digits=9, null=True, verbose_name="share"
                    ),
                ),
                (
                    "uncapped",
                    models.DecimalField(blank=True, null=True, verbose_name="before the cap"),
                ),
                ("amount", models.DecimalField(blank=True, null=True, verbose_name="amount")),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="reward_lines",
                        to="customers.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "registration",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="reward_lines",
                        to="customers.registration",
                        verbose_name="registration",
                    ),
                ),
                (
                    "result",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="incentives.result",
                        verbose_name="result",
                    ),
                ),
            ],
            options={
                "verbose_name": "line",
                "verbose_name_plural": "lines",
                "ordering": ("id",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("order__isnull", False), ("registration__isnull", True)),
                            models.Q(("order__isnull", True), ("registration__isnull", False)),
                            _connector="OR",
                        ),
                        name="line_is_about_one_event",
                    )
                ],
                "indexes": [
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True,
                        fields=["result"],
                        name="line_result",
                        pages_per_range=32,
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="line_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="9bad78a132f090cd06a8d6dc33a02982fc8200d0",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_line_only_added_a6223",
                            table="incentives_line",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="line_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="909739705d429b33a2ff510243d87e296a9bf885",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_line_never_emptied_0d95c",
                            table="incentives_line",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="line_in_an_open_run",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF EXISTS (SELECT FROM incentives_period WHERE closed_run_id IN (SELECT r.run_id FROM incentives_result AS r WHERE r.id IN (SELECT result_id FROM added))) THEN\n            RAISE check_violation USING CONSTRAINT = 'line_in_an_open_run', MESSAGE = 'A closed month takes nothing more.';\n        END IF;\n        RETURN NULL;\n        ",
                            hash="bbe6b869c99a8fde479ef1aefff014ea47adb62c",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_line_in_an_open_run_f449d",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="incentives_line",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="line_of_a_result_and_an_event",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF (SELECT count(*) FROM (\n                    SELECT FROM added AS l\n                    LEFT JOIN incentives_result AS r ON r.id = l.result_id\n                    LEFT JOIN customers_order AS o ON o.id = l.order_id\n                    LEFT JOIN customers_registration AS g ON g.id = l.registration_id\n                    WHERE r.id IS NULL OR (o.id IS NULL AND g.id IS NULL)) AS found) > 0 THEN\n            RAISE check_violation USING CONSTRAINT = 'line_of_a_result_and_an_event', MESSAGE = 'A line is about an order or a registration on file.';\n        END IF;\n        RETURN NULL;\n        ",
                            hash="071b4d4fa39b43e2e1ed4faece58fdb979d5c746",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_line_of_a_result_and_an_event_fe583",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="incentives_line",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=40, unique=True, verbose_name="number")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("opening", models.DecimalField(verbose_name="carried over")),
                ("total", models.DecimalField(verbose_name="total of the month")),
                ("payable", models.DecimalField(verbose_name="to be paid")),
                ("closing", models.DecimalField(verbose_name="carried forward")),
                (
                    "code",
                    models.CharField(max_length=20, unique=True, verbose_name="verification code"),
                ),
                (
                    "issued_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="issued at"
                    ),
                ),
                (
                    "dealer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
                (
                    "journal",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statement",
                        to="incentives.journal",
                        verbose_name="journal",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="incentives.run",
                        verbose_name="closed month",
                    ),
                ),
            ],
            options={
                "verbose_name": "statement",
                "verbose_name_plural": "statements",
                "ordering": ("-issued_at", "number"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "issued_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "issued_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="statement_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.UniqueConstraint(
                        fields=("run", "dealer"), name="statement_one_a_dealer_and_month"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closing__lte", 0),
                            ("opening__lte", 0),
                            ("payable__gte", 0),
                            (
                                "payable",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("opening"), "+", models.F("total")
                                    ),
                                    "-",
                                    models.F("closing"),
                                ),
                            ),
                        ),
                        name="statement_adds_up",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="statement_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="40a8c9d99d2f599a73bde0be3c009da985d33eda",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_statement_only_added_04f72",
                            table="incentives_statement",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="statement_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="96c1f4bdafc5ce12541e547414e4ea64b699a195",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_statement_never_emptied_c4c6c",
                            table="incentives_statement",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="statement_in_an_open_run",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF EXISTS (SELECT FROM incentives_period WHERE closed_run_id IN (SELECT run_id FROM added)) THEN\n            RAISE check_violation USING CONSTRAINT = 'statement_in_an_open_run', MESSAGE = 'A closed month takes nothing more.';\n        END IF;\n        RETURN NULL;\n        ",
                            hash="6bdaa117a56c115847559f0292ea4c64d6c63665",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_statement_in_an_open_run_386c8",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="incentives_statement",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="statement_total_is_its_results_and_journal",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF EXISTS (\n                    SELECT FROM added AS s JOIN incentives_run AS r ON r.id = s.run_id\n                    LEFT JOIN incentives_journal AS j ON j.id = s.journal_id\n                    WHERE s.total <> (SELECT coalesce(sum(amount), 0) FROM incentives_result\n                        WHERE run_id = s.run_id AND dealer_id = s.dealer_id)\n                    OR s.total <> (SELECT coalesce(sum(e.amount), 0) FROM incentives_entry AS e\n                        JOIN incentives_account AS a ON a.id = e.account_id\n                        WHERE e.journal_id = s.journal_id AND a.dealer_id = s.dealer_id)\n                    OR (j.currency, j.source, j.month) <> (s.currency, 'run', r.month)) THEN\n            RAISE check_violation USING CONSTRAINT = 'statement_total_is_its_results_and_journal', MESSAGE = 'A statement is what its month gave, as it is booked.';\n        END IF;\n        RETURN NULL;\n        ",
                            hash="006d7125c7ac92bb8c4bfe988452091e52db4c1e",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_statement_total_is_its_results_and_journal_69139",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="incentives_statement",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="statement_carries_what_was_left",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF EXISTS (\n                    SELECT FROM added AS s JOIN incentives_run AS r ON r.id = s.run_id\n                    WHERE s.opening <> coalesce((\n                        SELECT before.closing FROM incentives_statement AS before\n                        JOIN incentives_run AS earlier ON earlier.id = before.run_id\n                        WHERE before.dealer_id = s.dealer_id AND earlier.month < r.month\n                        ORDER BY earlier.month DESC LIMIT 1), 0)) THEN\n            RAISE check_violation USING CONSTRAINT = 'statement_carries_what_was_left', MESSAGE = 'A statement begins with what the one before left.';\n        END IF;\n        RETURN NULL;\n        ",
                            hash="e81997f417b088066c8188535e75d756e4864b63",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_statement_carries_what_was_left_bbbaf",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="incentives_statement",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StatementDocument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                ("pdf", models.BinaryField(verbose_name="PDF")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("pages", models.PositiveSmallIntegerField(verbose_name="pages")),
                (
                    "made_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="made at"),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="incentives.statement",
                        verbose_name="statement",
                    ),
                ),
            ],
            options={
                "verbose_name": "statement document",
                "verbose_name_plural": "statement documents",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "made_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "made_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="statement_document_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.UniqueConstraint(
                        fields=("statement", "language"), name="statement_document_one_a_language"
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="statement_document_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="ab682be2878f77675f57cd2db7f257fb5d0c65dd",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_statement_document_only_added_c3235",
                            table="incentives_statementdocument",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="statement_document_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="4878f919f826ab6f2f4f75a493d02774ea814bff",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_statement_document_never_emptied_82dbf",
                            table="incentives_statementdocument",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VoidedAttribution",
            fields=[],
            options={
                "proxy": True,
                "default_permissions": (),
            },
            bases=("customers.attribution",),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="counterregistration",
            trigger=pgtrigger.compiler.Trigger(
                name="registration_counter_in_an_open_month",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.\"channel\" = 'capture')",
                    func="\n        IF EXISTS (SELECT FROM incentives_run\n                    WHERE month = date_trunc('month', NEW.received_on)::date) THEN\n            RAISE check_violation USING CONSTRAINT = 'registration_counter_in_an_open_month', MESSAGE = 'The month of this registration is closed.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                    hash="c5c8e6dfaa2874b63ccb40d748742b681c0a72fe",
                    operation="INSERT",
                    pgid="pgtrigger_registration_counter_in_an_open_month_5c165",
                    table="customers_registration",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dealersvoid",
            trigger=pgtrigger.compiler.Trigger(
                name="void_by_a_dealer_in_an_open_month",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NOT (NEW.\"role\" = 'hq'))",
                    func="\n        IF EXISTS (SELECT FROM incentives_run AS run\n                    JOIN customers_registration AS r ON r.id = NEW.registration_id\n                    WHERE run.month = date_trunc('month', r.received_on)::date) THEN\n            RAISE check_violation USING CONSTRAINT = 'void_by_a_dealer_in_an_open_month', MESSAGE = 'The month of this registration is closed.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                    hash="ce7de34e4309bac4db12300079a73b06256624ec",
                    operation="INSERT",
                    pgid="pgtrigger_void_by_a_dealer_in_an_open_month_0f124",
                    table="customers_void",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="voidedattribution",
            trigger=pgtrigger.compiler.Trigger(
                name="attribution_voided_in_an_open_month",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.\"cause\" = 'void')",
                    func="\n        IF EXISTS (SELECT FROM incentives_run\n                    WHERE month = date_trunc('month', NEW.counts_on)::date) THEN\n            RAISE check_violation USING CONSTRAINT = 'attribution_voided_in_an_open_month', MESSAGE = 'The month of this sale is closed.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                    hash="ce745655e49f317bf8aa045008dbc06e6351479f",
                    operation="INSERT",
                    pgid="pgtrigger_attribution_voided_in_an_open_month_8c1b5",
                    table="customers_attribution",
                    when="BEFORE",
                ),
            ),
        ),
        # Lines are written by the hundred thousand; a gap in their numbers means nothing.
        migrations.RunSQL(
            "ALTER SEQUENCE incentives_line_id_seq CACHE 1000", migrations.RunSQL.noop
        ),
        migrations.RunPython(create_groups, migrations.RunPython.noop),
    ]
