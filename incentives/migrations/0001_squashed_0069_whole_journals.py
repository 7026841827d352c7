"""All tables of this app as they were at the end of November 2026, in one step.

A database that has taken some of these steps goes on with those.
"""

import datetime
import dealers.constraints
import dealers.squashed
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
import incentives.models.adjustments
import incentives.models.disputes
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models
from django.contrib.auth.management import create_permissions


LOOK, ADD, CHANGE = ("view",), ("add", "view"), ("change", "view")
EDIT, ALL = ("add", "change", "view"), ("add", "change", "delete", "view")

# The groups of headquarters and what they may do; who is in which is said on a person's page.
# To end a post is to delete a membership; to let somebody register again is to change it; to close
# a month is to add a run; to answer a request for more time is to add an act, to decide about a lead
# to change its offer.
GROUPS = {
    "adjudication": {
        "customers": {
            "act": ADD,
            "activity": LOOK,
            "case": ADD,
            "category": LOOK,
            "closing": LOOK,
            "customer": ("reveal_customer", "view"),
            "lead": LOOK,
            "offer": CHANGE,
            "order": LOOK,
            "orderline": LOOK,
            "ownership": LOOK,
            "ownershipevent": LOOK,
            "plantednumber": EDIT,
            "precedent": LOOK,
            "product": LOOK,
            "registration": LOOK,
            "rulebook": LOOK,
            "story": LOOK,
            "void": ("add",),
        },
        "dealers": {
            "dealer": LOOK,
            "emergency": EDIT,
            "membership": CHANGE,
            "region": LOOK,
            "sharing": LOOK,
            "store": LOOK,
            "user": LOOK,
        },
    },
    "audit": {
        "admin": {
            "logentry": LOOK,
        },
        "customers": {
            "act": LOOK,
            "activity": LOOK,
            "campaign": LOOK,
            "case": LOOK,
            "category": LOOK,
            "closing": LOOK,
            "customer": LOOK,
            "dispatchstore": LOOK,
            "dispatchterms": LOOK,
            "lead": LOOK,
            "offer": LOOK,
            "order": LOOK,
            "orderline": LOOK,
            "ownership": LOOK,
            "ownershipevent": LOOK,
            "plantednumber": LOOK,
            "precedent": LOOK,
            "product": LOOK,
            "registration": LOOK,
            "retention": LOOK,
            "rulebook": LOOK,
            "story": LOOK,
        },
        "dealers": {
            "accesslog": LOOK,
            "agreementanswer": LOOK,
            "agreementversion": LOOK,
            "calendarday": LOOK,
            "dealer": LOOK,
            "emergency": LOOK,
            "fileimport": LOOK,
            "invitation": LOOK,
            "keyrotation": LOOK,
            "membership": LOOK,
            "outboxtask": LOOK,
            "region": LOOK,
            "sharing": LOOK,
            "store": LOOK,
            "user": LOOK,
        },
        "incentives": {
            "account": LOOK,
            "accountcode": LOOK,
            "adjustment": LOOK,
            "adjustmentdecision": LOOK,
            "bankfilecolumn": LOOK,
            "board": LOOK,
            "budgetalarm": LOOK,
            "coachingnote": LOOK,
            "cohort": LOOK,
            "component": LOOK,
            "dispute": LOOK,
            "disputeevent": LOOK,
            "disputeruling": LOOK,
            "entry": LOOK,
            "journal": LOOK,
            "line": LOOK,
            "payout": LOOK,
            "payoutbatch": LOOK,
            "period": LOOK,
            "plan": LOOK,
            "planbudget": LOOK,
            "planversion": LOOK,
            "program": LOOK,
            "ranking": LOOK,
            "raterow": LOOK,
            "result": LOOK,
            "run": LOOK,
            "statement": LOOK,
            "statementdocument": LOOK,
            "statementrelease": LOOK,
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
            "order": ADD,
            "orderline": ADD,
            "product": LOOK,
            "registration": LOOK,
            "rulebook": LOOK,
        },
        "dealers": {
            "dealer": LOOK,
            "fileimport": LOOK,
            "region": LOOK,
            "store": LOOK,
        },
        "incentives": {
            "account": LOOK,
            "accountcode": ALL,
            "adjustment": ADD,
            "adjustmentdecision": ADD,
            "bankfilecolumn": ALL,
            "board": LOOK,
            "budgetalarm": LOOK,
            "cohort": ALL,
            "component": ALL,
            "dispute": LOOK,
            "disputeevent": LOOK,
            "disputeruling": ADD,
            "entry": LOOK,
            "journal": LOOK,
            "line": LOOK,
            "payout": LOOK,
            "payoutbatch": EDIT,
            "period": LOOK,
            "plan": EDIT,
            "planbudget": EDIT,
            "planversion": ALL,
            "program": LOOK,
            "ranking": LOOK,
            "raterow": ALL,
            "result": LOOK,
            "run": ADD,
            "statement": LOOK,
            "statementdocument": LOOK,
            "statementrelease": CHANGE,
        },
    },
    "program": {
        "customers": {
            "act": ADD,
            "activity": LOOK,
            "campaign": ALL,
            "case": LOOK,
            "category": EDIT,
            "closing": ADD,
            "customer": LOOK,
            "dispatchstore": EDIT,
            "dispatchterms": ALL,
            "lead": ADD,
            "offer": CHANGE,
            "order": ADD,
            "orderline": ADD,
            "ownership": LOOK,
            "ownershipevent": LOOK,
            "plantednumber": EDIT,
            "precedent": LOOK,
            "product": EDIT,
            "registration": LOOK,
            "retention": EDIT,
            "rulebook": ALL,
            "story": ALL,
            "void": ("add",),
        },
        "dealers": {
            "agreementanswer": LOOK,
            "agreementversion": ALL,
            "calendarday": ALL,
            "dealer": EDIT,
            "fileimport": ADD,
            "invitation": EDIT,
            "membership": ALL,
            "region": EDIT,
            "sharing": LOOK,
            "store": EDIT,
            "user": EDIT,
        },
        "incentives": {
            "board": LOOK,
            "budgetalarm": LOOK,
            "coachingnote": LOOK,
            "cohort": ALL,
            "component": LOOK,
            "plan": LOOK,
            "planbudget": EDIT,
            "planversion": LOOK,
            "program": EDIT,
            "ranking": LOOK,
            "raterow": LOOK,
        },
    },
    "support": {
        "customers": {
            "customer": ("reveal_customer", "view"),
        },
        "dealers": {
            "dealer": LOOK,
            "emergency": EDIT,
            "fileimport": LOOK,
            "invitation": EDIT,
            "membership": ALL,
            "region": LOOK,
            "sharing": LOOK,
            "store": LOOK,
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
            "attempt": LOOK,
            "certificate": LOOK,
            "choice": ALL,
            "course": ALL,
            "courseversion": ALL,
            "enrollment": LOOK,
            "lesson": ALL,
            "picture": ALL,
            "progress": LOOK,
            "question": ALL,
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
        ("incentives", "0001_squashed_0029_program_group_writes_stories"),
        ("incentives", "0030_ruled_attributions"),
        ("incentives", "0031_who_opens_cases"),
        ("incentives", "0032_groups_at_the_new_desks"),
        ("incentives", "0033_held_orders"),
        ("incentives", "0034_who_sets_terms_of_dispatch"),
        ("incentives", "0035_books_of_two_people"),
        ("incentives", "0036_coaching"),
        ("incentives", "0037_who_asks_in_emergencies"),
        ("incentives", "0038_released_and_paid"),
        ("incentives", "0039_who_pays"),
        ("incentives", "0040_account_codes"),
        ("incentives", "0041_who_names_accounts"),
        ("incentives", "0042_plans_simulated_and_approved"),
        ("incentives", "0043_legible_names"),
        ("incentives", "0044_who_is_named"),
        ("incentives", "0045_goals"),
        ("incentives", "0046_boards_of_people_and_regions"),
        ("incentives", "0047_chains"),
        ("incentives", "0048_adjustments"),
        ("incentives", "0049_disputes"),
        ("incentives", "0050_who_adjusts_and_decides"),
        ("incentives", "0051_paid_in_parts"),
        ("incentives", "0052_what_goes_with_a_return"),
        ("incentives", "0053_declined_is_not_taken_back"),
        ("incentives", "0054_words_of_rules"),
        ("incentives", "0055_statements_in_full"),
        ("incentives", "0056_salted_facts"),
        ("incentives", "0057_unpaid_of_the_line_alone"),
        ("incentives", "0058_who_wrote_a_draft"),
        ("incentives", "0059_columns_of_a_batch"),
        ("incentives", "0060_sharing_groups"),
        ("incentives", "0061_who_writes_the_agreement"),
        ("incentives", "0062_longer_numbers_of_statements"),
        ("incentives", "0063_budgets"),
        ("incentives", "0064_who_sets_budgets"),
        ("incentives", "0065_no_part_of_what_takes_back"),
        ("incentives", "0066_places_looked_up_together"),
        ("incentives", "0067_entries_with_their_journal"),
        ("incentives", "0068_books_looked_up_together"),
        ("incentives", "0069_whole_journals"),
    ]

    initial = True

    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("customers", "0001_squashed_0062_exit_offers"),
        ("dealers", "0024_squashed_0046_agreements_made_in_time"),
        ("training", "0001_squashed_0013_quiz_bank"),
    ]

    operations = [
        dealers.squashed.AtOnce(
            operations=[
                migrations.CreateModel(
                    name="Board",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "length",
                            models.CharField(
                                choices=[
                                    ("week", "Week"),
                                    ("month", "Month"),
                                    ("quarter", "Quarter"),
                                ],
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
                                    ("contact", "First contact in time"),
                                    ("dispatch", "Dispatches answered in time"),
                                    ("training", "Training completed"),
                                    ("earned", "Earned"),
                                ],
                                max_length=20,
                                verbose_name="metric",
                            ),
                        ),
                        (
                            "unit",
                            models.CharField(
                                choices=[
                                    ("store", "Stores"),
                                    ("dealer", "Dealers"),
                                    ("staff", "Staff"),
                                    ("region", "Regions"),
                                ],
                                max_length=10,
                                verbose_name="unit",
                            ),
                        ),
                        (
                            "cohorts",
                            models.JSONField(blank=True, default=list, verbose_name="cohorts"),
                        ),
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
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "known_until__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "frozen_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "frozen_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
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
                                    models.Q(
                                        ("frozen_at__isnull", True), ("known_until__isnull", True)
                                    ),
                                    models.Q(
                                        ("frozen_at__isnull", False), ("known_until__isnull", False)
                                    ),
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name (Chinese)")),
                        (
                            "name_en",
                            models.CharField(
                                blank=True, max_length=120, verbose_name="name (English)"
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
                        (
                            "size_classes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("A", "A (large)"),
                                        ("B", "B (medium)"),
                                        ("C", "C (small)"),
                                    ],
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
                            models.ManyToManyField(
                                blank=True, to="dealers.region", verbose_name="regions"
                            ),
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
                                    func="""
        IF (TG_OP = 'DELETE' OR (OLD.code, OLD.unit) <> (NEW.code, NEW.unit))
                AND EXISTS (SELECT FROM incentives_ranking AS g
                    JOIN incentives_board AS b ON b.id = g.board_id
                    WHERE g.cohort = OLD.code AND b.unit = OLD.unit) THEN
            RAISE check_violation USING CONSTRAINT = 'cohort_of_a_board_keeps_its_code', MESSAGE = 'Frozen boards name it.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
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
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("customers.registration",),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="counterregistration",
                    trigger=pgtrigger.compiler.Trigger(
                        name="registration_counter_in_an_open_month",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.\"channel\" = 'capture')",
                            func="""
        IF EXISTS (SELECT FROM incentives_run
                    WHERE month = date_trunc('month', NEW.received_on)::date) THEN
            RAISE check_violation USING CONSTRAINT = 'registration_counter_in_an_open_month', MESSAGE = 'The month of this registration is closed.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                            hash="c5c8e6dfaa2874b63ccb40d748742b681c0a72fe",
                            operation="INSERT",
                            pgid="pgtrigger_registration_counter_in_an_open_month_5c165",
                            table="customers_registration",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="DealersVoid",
                    fields=[],
                    options={
                        "proxy": True,
                        "default_permissions": (),
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("customers.void",),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="dealersvoid",
                    trigger=pgtrigger.compiler.Trigger(
                        name="void_by_a_dealer_in_an_open_month",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NOT (NEW.\"role\" = 'hq'))",
                            func="""
        IF EXISTS (SELECT FROM incentives_run AS run
                    JOIN customers_registration AS r ON r.id = NEW.registration_id
                    WHERE run.month = date_trunc('month', r.received_on)::date) THEN
            RAISE check_violation USING CONSTRAINT = 'void_by_a_dealer_in_an_open_month', MESSAGE = 'The month of this registration is closed.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                            hash="ce7de34e4309bac4db12300079a73b06256624ec",
                            operation="INSERT",
                            pgid="pgtrigger_void_by_a_dealer_in_an_open_month_0f124",
                            table="customers_void",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="FailedClosing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
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
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "failed_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
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
                                condition=models.Q(
                                    ("why__in", ["not_due", "busy", "mismatch", "broken"])
                                ),
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("month", models.DateField(verbose_name="month")),
                        (
                            "mark",
                            models.CharField(max_length=200, verbose_name="state of the facts"),
                        ),
                        ("computed_at", models.DateTimeField(verbose_name="computed at")),
                        (
                            "line_count",
                            models.PositiveIntegerField(default=0, verbose_name="lines"),
                        ),
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
                        ("held", models.JSONField(default=list, verbose_name="held")),
                    ],
                    options={
                        "verbose_name": "open month",
                        "verbose_name_plural": "open months",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "computed_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "computed_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    ("month__gte", datetime.date(1990, 1, 1)),
                                    ("month__lte", datetime.date(2200, 1, 1)),
                                ),
                                name="open_month_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("month__day", 1)),
                                name="open_month_is_a_first_day",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["dealer", "month", "-id"], name="open_month_newest"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Plan",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                        ("name", models.CharField(max_length=120, verbose_name="name (Chinese)")),
                        (
                            "name_en",
                            models.CharField(
                                blank=True, max_length=120, verbose_name="name (English)"
                            ),
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
                        (
                            "text",
                            models.TextField(blank=True, verbose_name="text for dealers (Chinese)"),
                        ),
                        (
                            "text_en",
                            models.TextField(blank=True, verbose_name="text for dealers (English)"),
                        ),
                        (
                            "budget",
                            models.DecimalField(
                                blank=True,
                                help_text="What it should cost in a month, for headquarters to see. It cuts nothing.",
                                null=True,
                                validators=[
                                    django.core.validators.MaxValueValidator(
                                        Decimal("1000000000000")
                                    )
                                ],
                                verbose_name="budget a month",
                            ),
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
                                condition=models.Q(
                                    ("direction__in", ["brand_pays", "dealer_pays"])
                                ),
                                name="plan_direction_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("budget__lte", Decimal("1000000000000"))),
                                name="plan_budget_is_not_too_large",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("budget__isnull", True), ("budget__gt", 0), _connector="OR"
                                ),
                                name="plan_budget_is_positive",
                                violation_error_message="A budget is more than zero.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="plan_published_keeps_its_direction",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."direction" IS DISTINCT FROM (NEW."direction"))',
                                    func="""
        IF EXISTS (SELECT FROM incentives_planversion
                    WHERE plan_id = NEW.id AND published_at IS NOT NULL) THEN
            RAISE check_violation USING CONSTRAINT = 'plan_published_keeps_its_direction', MESSAGE = 'Who pays was published.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="7cf84e8095bbdd9855f844e242d9851db203a125",
                                    operation="UPDATE",
                                    pgid="pgtrigger_plan_published_keeps_its_direction_98ee5",
                                    table="incentives_plan",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="plan_direction_forgets_steps",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."direction" IS DISTINCT FROM (NEW."direction"))',
                                    func="UPDATE incentives_planversion SET tested_at = NULL, tested_by_id = NULL, approved_at = NULL, approved_by_id = NULL WHERE plan_id = NEW.id AND published_at IS NULL AND tested_at IS NOT NULL; RETURN NULL;",
                                    hash="8511d22c682b4aa31a67581c2079946a8ff70fe3",
                                    operation='UPDATE OF "direction"',
                                    pgid="pgtrigger_plan_direction_forgets_steps_ac762",
                                    table="incentives_plan",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Account",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
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
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="account_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="09de1abccc57fe8526a77ce35bd54500b530b39c",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_account_never_emptied_6cd8a",
                                    table="incentives_account",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="account_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="f0573c40dff1c0d65d156191b4dac65d03f91ecc",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_account_only_added_a87e9",
                                    table="incentives_account",
                                    when="BEFORE",
                                ),
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
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
                            models.DateField(
                                blank=True, null=True, verbose_name="until, not included"
                            ),
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
                        (
                            "notice_days",
                            models.PositiveSmallIntegerField(
                                default=14,
                                help_text="So long before its first day dealers can read the next one.",
                                validators=[django.core.validators.MaxValueValidator(366)],
                                verbose_name="another version is published ahead, days",
                            ),
                        ),
                        (
                            "drafted_at",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="drafted at"
                            ),
                        ),
                        (
                            "drafted_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="drafted by",
                            ),
                        ),
                        (
                            "edited_at",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="last edited at"
                            ),
                        ),
                        (
                            "edited_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="last edited by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "plan version",
                        "verbose_name_plural": "plan versions",
                        "ordering": ("plan", "-number"),
                        "constraints": [
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
                                            models.F("starts_on"),
                                            models.F("ends_on"),
                                            function="daterange",
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="plan_version_one_published_at_a_time",
                                violation_error_message="Another published version applies at that time.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("notice_days__lte", 366)),
                                name="plan_version_notice_is_at_most_a_year",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "drafted_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "drafted_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "edited_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "edited_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "tested_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "tested_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "approved_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "approved_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "published_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "published_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    ("starts_on__gte", datetime.date(1990, 1, 1)),
                                    ("starts_on__lte", datetime.date(2200, 1, 1)),
                                    ("ends_on__gte", datetime.date(1990, 1, 1)),
                                    ("ends_on__lte", datetime.date(2200, 1, 1)),
                                ),
                                name="plan_version_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
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
                                    func="""
                IF to_jsonb(NEW) - 'ends_on' <> to_jsonb(OLD) - 'ends_on' OR
                    OLD.ends_on IS NOT NULL AND NEW.ends_on IS DISTINCT FROM OLD.ends_on
                THEN
                    RAISE EXCEPTION 'What is published never changes: %', TG_NAME;
                END IF;
                RETURN NEW;
            """,
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
                                    func="""
        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL AND (
                    NOT EXISTS (SELECT FROM incentives_component WHERE version_id = NEW.id)
                    OR EXISTS (SELECT FROM incentives_component AS c
                        WHERE c.version_id = NEW.id AND NOT EXISTS (SELECT FROM incentives_raterow
                            WHERE component_id = c.id AND starts_at = 0))) THEN
            RAISE check_violation USING CONSTRAINT = 'plan_version_published_with_its_rates', MESSAGE = 'A published version has components, and each has a rate from 0 on.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
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
                                    func="""
        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL AND NEW.starts_on < (SELECT max(month) + interval '1 month' FROM incentives_run) THEN
            RAISE check_violation USING CONSTRAINT = 'plan_version_published_after_the_closed_months', MESSAGE = 'Its first month is closed already.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
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
                                    func="""
        IF NEW.published_at IS NOT NULL AND NEW.ends_on < (SELECT max(month) + interval '1 month' FROM incentives_run) THEN
            RAISE check_violation USING CONSTRAINT = 'plan_version_ends_after_the_closed_months', MESSAGE = 'A month that it applied in is closed already.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="7a8ea84f6d8a65529d2782beea3695a3c1e24ea0",
                                    operation="UPDATE",
                                    pgid="pgtrigger_plan_version_ends_after_the_closed_months_1b84f",
                                    table="incentives_planversion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="plan_version_two_people_publish",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL AND EXISTS (SELECT FROM incentives_run) AND (NEW.tested_by_id IS NULL
                OR NEW.approved_by_id IS NULL OR NEW.approved_by_id = NEW.tested_by_id) THEN
            RAISE check_violation USING CONSTRAINT = 'plan_version_two_people_publish', MESSAGE = 'Somebody else than who tested it approves.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="b52f2a12c6a05f1e53f46f9190ea4d7eed96e3c6",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_plan_version_two_people_publish_f9a11",
                                    table="incentives_planversion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="plan_version_starts_with_notice",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL AND EXISTS (SELECT FROM incentives_run)
                AND NEW.starts_on < (NEW.published_at AT TIME ZONE 'UTC')::date - 1 + coalesce((
                    SELECT r.notice_days FROM incentives_planversion AS r
                    WHERE r.published_at IS NOT NULL AND r.id <> NEW.id AND r.plan_id = NEW.plan_id AND (r.ends_on IS NULL
                        OR r.ends_on > (NEW.published_at AT TIME ZONE 'UTC')::date)
                        AND r.starts_on <= (NEW.published_at AT TIME ZONE 'UTC')::date
                    ORDER BY r.starts_on DESC LIMIT 1), 0) THEN
            RAISE check_violation USING CONSTRAINT = 'plan_version_starts_with_notice', MESSAGE = 'A version is published so many days ahead as the one in force says.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="7bb95d91db3275abce4ac05d0efeabda81e1bc9c",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_plan_version_starts_with_notice_606cc",
                                    table="incentives_planversion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="plan_version_was_simulated",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL AND EXISTS (SELECT FROM incentives_run) AND NOT EXISTS (
                    SELECT FROM incentives_replay AS r WHERE r.version_id = NEW.id
                        AND r.asked_at = NEW.tested_at AND r.finished_at IS NOT NULL) THEN
            RAISE check_violation USING CONSTRAINT = 'plan_version_was_simulated', MESSAGE = 'What it would have changed is not known yet.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="8c33b0026b4935222e06fe9ee82fa40f0ef76072",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_plan_version_was_simulated_8c1dd",
                                    table="incentives_planversion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="plan_version_tested_as_it_is",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF OLD.published_at IS NULL AND OLD.tested_at IS NOT NULL
        AND NEW.tested_at IS NOT DISTINCT FROM OLD.tested_at
        AND to_jsonb(NEW) - ARRAY['drafted_at', 'drafted_by_id', 'edited_at', 'edited_by_id', 'tested_at', 'tested_by_id', 'approved_at', 'approved_by_id', 'published_at', 'published_by_id'] <> to_jsonb(OLD) - ARRAY['drafted_at', 'drafted_by_id', 'edited_at', 'edited_by_id', 'tested_at', 'tested_by_id', 'approved_at', 'approved_by_id', 'published_at', 'published_by_id'] THEN
            RAISE check_violation USING CONSTRAINT = 'plan_version_tested_as_it_is', MESSAGE = 'What was tested is tested anew once it changes.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="d4566fb8f64fb69984788ffa29adc63d347f6671",
                                    operation="UPDATE",
                                    pgid="pgtrigger_plan_version_tested_as_it_is_c7eae",
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("code", models.SlugField(max_length=40, verbose_name="code")),
                        (
                            "name",
                            models.CharField(
                                blank=True, max_length=120, verbose_name="name (Chinese)"
                            ),
                        ),
                        (
                            "name_en",
                            models.CharField(
                                blank=True, max_length=120, verbose_name="name (English)"
                            ),
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
                                choices=[
                                    ("net", "Net paid"),
                                    ("units", "Units"),
                                    ("count", "Count"),
                                ],
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
                                    django.core.validators.MaxValueValidator(
                                        Decimal("1000000000000")
                                    )
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
                        (
                            "position",
                            models.PositiveSmallIntegerField(default=1, verbose_name="position"),
                        ),
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
                                fields=("version", "code"),
                                name="component_code_used_once_a_version",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "flat",
                                            "percent",
                                            "per_unit",
                                            "tiers_marginal",
                                            "tiers_whole",
                                        ],
                                    )
                                ),
                                name="component_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("event", "registration"), _negated=True),
                                    models.Q(
                                        ("base", "count"),
                                        ("kind", "flat"),
                                        ("places", []),
                                        ("to", "owner"),
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
                                        ("base", "net"),
                                        ("kind__in", ("tiers_marginal", "tiers_whole")),
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
                                            ("kind__in", ("tiers_marginal", "tiers_whole")),
                                            _negated=True,
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
                                    ("period_cap__isnull", True),
                                    ("period_cap__gt", 0),
                                    _connector="OR",
                                ),
                                name="component_cap_is_positive",
                                violation_error_message="A cap is more than zero.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="component_of_published_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
            PERFORM 1 FROM incentives_planversion WHERE id IN (OLD.version_id, NEW.version_id) FOR SHARE;
            IF EXISTS (
                SELECT 1 FROM incentives_planversion WHERE id IN (OLD.version_id, NEW.version_id) AND published_at IS NOT NULL
            ) THEN
                RAISE EXCEPTION 'A part of what is published never changes: %', TG_NAME;
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
                                    hash="762a8eaee4ab75827291bb3521d5dffdff270c93",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_component_of_published_never_changes_b3a84",
                                    table="incentives_component",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="component_changed_forgets_steps",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
            UPDATE incentives_planversion SET tested_at = NULL, tested_by_id = NULL, approved_at = NULL, approved_by_id = NULL
            WHERE id IN (OLD.version_id, NEW.version_id) AND published_at IS NULL AND tested_at IS NOT NULL;
            RETURN NULL;
        """,
                                    hash="3f9ab6011cbc58e0d8492dbd5e800f611001d0d2",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_component_changed_forgets_steps_1a7df",
                                    table="incentives_component",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OpenResult",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("for_month", models.DateField(verbose_name="for month")),
                        (
                            "adjustment",
                            models.BooleanField(default=False, verbose_name="adjustment"),
                        ),
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
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
                                    (
                                        "at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "certain_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "certain_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="open_line_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("order__isnull", False), ("registration__isnull", True)
                                    ),
                                    models.Q(
                                        ("order__isnull", True), ("registration__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="open_line_is_about_one_event",
                            ),
                        ],
                        "indexes": [
                            models.Index(fields=["open_month", "-at"], name="open_line_newest")
                        ],
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
                                default="CNY",
                                help_text="ISO 4217",
                                max_length=3,
                                verbose_name="currency",
                            ),
                        ),
                        (
                            "adjustment_limit",
                            models.DecimalField(
                                default=Decimal("5000"),
                                help_text="An adjustment above it is proposed by one person and approved by another.",
                                verbose_name="one person adjusts up to",
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
                            models.CheckConstraint(
                                condition=models.Q(("adjustment_limit__gte", 0)),
                                name="program_adjustment_limit_is_not_negative",
                                violation_error_message="Enter 0 or more.",
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
                                    func="""
        IF EXISTS (SELECT FROM incentives_account WHERE currency <> NEW.currency) THEN
            RAISE check_violation USING CONSTRAINT = 'program_keeps_the_currency_of_its_books', MESSAGE = 'The books are kept in another currency.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("cohort", models.CharField(max_length=40, verbose_name="cohort")),
                        (
                            "value",
                            models.DecimalField(
                                decimal_places=6, max_digits=30, verbose_name="value"
                            ),
                        ),
                        (
                            "numerator",
                            models.DecimalField(blank=True, null=True, verbose_name="numerator"),
                        ),
                        (
                            "denominator",
                            models.DecimalField(blank=True, null=True, verbose_name="denominator"),
                        ),
                        (
                            "rank",
                            models.PositiveIntegerField(
                                blank=True, null=True, verbose_name="place"
                            ),
                        ),
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
                                db_constraint=False,
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
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
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
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rankings",
                                to="dealers.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "post",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rankings",
                                to="dealers.membership",
                                verbose_name="post",
                            ),
                        ),
                        (
                            "region",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rankings",
                                to="dealers.region",
                                verbose_name="region",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "ranking",
                        "verbose_name_plural": "rankings",
                        "ordering": ("board", "cohort", "rank"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("board", "store", "dealer", "post", "region"),
                                name="ranking_one_place_per_board",
                                nulls_distinct=False,
                            )
                        ],
                        "indexes": [
                            models.Index(
                                fields=["board", "cohort", "rank"], name="ranking_cohort_order"
                            ),
                            models.Index(
                                condition=models.Q(("post__isnull", False)),
                                fields=["post"],
                                name="ranking_of_a_post",
                            ),
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
                                    func="IF EXISTS (SELECT 1 FROM added JOIN incentives_board b ON b.id = board_id WHERE b.frozen_at IS NOT NULL) THEN RAISE EXCEPTION 'A frozen board takes no more places: %', TG_NAME; END IF; IF EXISTS (SELECT 1 FROM added JOIN incentives_board b ON b.id = board_id WHERE (b.unit IN ('store', 'staff'), b.unit = 'staff', b.unit = 'region', b.unit <> 'region') <> (added.store_id IS NOT NULL, added.post_id IS NOT NULL, added.region_id IS NOT NULL, added.dealer_id IS NOT NULL)) THEN RAISE EXCEPTION 'A board of stores names them: %', TG_NAME; END IF; RETURN NULL;",
                                    hash="d227337087d109177786e9afcc80de76e2b066f3",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_ranking_fits_its_open_board_f01e2",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="incentives_ranking",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="ranking_of_a_board_and_a_unit",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF (SELECT count(*) FROM (
                    SELECT FROM added AS g
                    LEFT JOIN incentives_board AS b ON b.id = g.board_id
                    LEFT JOIN dealers_dealer AS d ON d.id = g.dealer_id
                    LEFT JOIN dealers_store AS s ON s.id = g.store_id
                    LEFT JOIN dealers_region AS r ON r.id = g.region_id
                    WHERE b.id IS NULL OR (d.id, s.id, r.id)
                        IS DISTINCT FROM (g.dealer_id, g.store_id, g.region_id)
                    UNION ALL
                    SELECT FROM added AS g LEFT JOIN dealers_membership AS m ON m.id = g.post_id
                    WHERE g.post_id IS NOT NULL AND m.id IS NULL) AS found) > 0 THEN
            RAISE check_violation USING CONSTRAINT = 'ranking_of_a_board_and_a_unit', MESSAGE = 'A place is of a board and of a unit on file.';
        END IF;
        RETURN NULL;
        """,
                                    hash="155dfb577d0dbc5bfdd567388c12ee5fffa1ccca",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_ranking_of_a_board_and_a_unit_d98dc",
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "starts_at",
                            models.DecimalField(
                                default=0,
                                validators=[
                                    django.core.validators.MaxValueValidator(
                                        Decimal("1000000000000")
                                    )
                                ],
                                verbose_name="from",
                            ),
                        ),
                        (
                            "rate",
                            models.DecimalField(
                                decimal_places=6, max_digits=14, verbose_name="rate"
                            ),
                        ),
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
                                condition=models.Q(("rate__gte", 0)),
                                name="rate_row_rate_is_not_negative",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="rate_row_of_published_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
            PERFORM 1 FROM incentives_planversion WHERE id IN (SELECT version_id FROM incentives_component WHERE id IN (OLD.component_id, NEW.component_id)) FOR SHARE;
            IF EXISTS (
                SELECT 1 FROM incentives_planversion WHERE id IN (SELECT version_id FROM incentives_component WHERE id IN (OLD.component_id, NEW.component_id)) AND published_at IS NOT NULL
            ) THEN
                RAISE EXCEPTION 'A part of what is published never changes: %', TG_NAME;
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
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
                            pgtrigger.compiler.Trigger(
                                name="rate_row_changed_forgets_steps",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
            UPDATE incentives_planversion SET tested_at = NULL, tested_by_id = NULL, approved_at = NULL, approved_by_id = NULL
            WHERE id IN (SELECT version_id FROM incentives_component WHERE id IN (OLD.component_id, NEW.component_id)) AND published_at IS NULL AND tested_at IS NOT NULL;
            RETURN NULL;
        """,
                                    hash="39f49bae2070136c9f15ea0d323d5ba1de3a900d",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_rate_row_changed_forgets_steps_3ad16",
                                    table="incentives_raterow",
                                    when="AFTER",
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
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
                        (
                            "inputs_hash",
                            models.CharField(max_length=64, verbose_name="hash of the inputs"),
                        ),
                        (
                            "engine",
                            models.PositiveSmallIntegerField(
                                default=3, editable=False, verbose_name="engine"
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
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "known_until__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "closed_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "closed_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    ("month__gte", datetime.date(1990, 1, 1)),
                                    ("month__lte", datetime.date(2200, 1, 1)),
                                ),
                                name="run_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("month__day", 1)),
                                name="run_month_is_a_first_day",
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
                                    func="""
        IF NEW.month <> (SELECT max(month) + interval '1 month' FROM incentives_run) THEN
            RAISE check_violation USING CONSTRAINT = 'run_follows_the_month_before', MESSAGE = 'Months are closed one after the other.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
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
                                    func="""
        IF NEW.closed_at < (NEW.month + interval '1 month') AT TIME ZONE 'UTC'
                    - interval '14 hours'
                OR greatest(NEW.closed_at, NEW.known_until)
                    > clock_timestamp() + interval '5 minutes' THEN
            RAISE check_violation USING CONSTRAINT = 'run_after_its_month_has_ended', MESSAGE = 'The month has not ended.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
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
                            models.DateField(
                                primary_key=True, serialize=False, verbose_name="month"
                            ),
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
                                condition=models.Q(("month__day", 1)),
                                name="period_month_is_a_first_day",
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
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
                        (
                            "approved_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="approved by",
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="made by",
                            ),
                        ),
                        (
                            "reverses",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reversed_by",
                                to="incentives.journal",
                                verbose_name="takes back",
                            ),
                        ),
                        ("written_in", models.BigIntegerField(db_default=0, editable=False)),
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
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "effective_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "recorded_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "recorded_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="journal_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(fields=("key",), name="journal_key_used_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("approved_by__isnull", True),
                                    models.Q(
                                        ("made_by__isnull", False),
                                        models.Q(
                                            ("approved_by", models.F("made_by")), _negated=True
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="journal_approved_by_another",
                            ),
                        ],
                        "indexes": [
                            models.Index(fields=["source", "source_key"], name="journal_source")
                        ],
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
                            pgtrigger.compiler.Trigger(
                                name="journal_takes_back_the_whole",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."reverses_id" IS NOT NULL)',
                                    constraint="CONSTRAINT",
                                    func="IF EXISTS (SELECT FROM incentives_entry WHERE journal_id IN (NEW.id, NEW.reverses_id) GROUP BY account_id HAVING sum(amount) <> 0) THEN RAISE EXCEPTION 'Journal % takes back another amount: %', NEW.key, TG_NAME; END IF; RETURN NULL;",
                                    hash="398ae1a311b7911b85488b7bbcb5b5c867d166f7",
                                    operation="INSERT",
                                    pgid="pgtrigger_journal_takes_back_the_whole_9c932",
                                    table="incentives_journal",
                                    timing="DEFERRABLE INITIALLY DEFERRED",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="journal_knows_its_transaction",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="NEW.written_in := pg_current_xact_id()::text::bigint; RETURN NEW;",
                                    hash="332d2a16f2124cfc12d980604ca41703fe6c266a",
                                    operation="INSERT",
                                    pgid="pgtrigger_journal_knows_its_transaction_e4778",
                                    table="incentives_journal",
                                    when="BEFORE",
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("amount", models.DecimalField(verbose_name="amount")),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="incentives.account",
                                verbose_name="account",
                            ),
                        ),
                        (
                            "journal",
                            models.ForeignKey(
                                db_constraint=False,
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
                                name="entry_of_an_adjustment_as_decided",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF (SELECT count(*) FROM (
SELECT FROM (SELECT DISTINCT journal_id FROM added) AS booked
JOIN incentives_journal AS j ON j.id = booked.journal_id AND j.source = 'adjustment'
WHERE NOT EXISTS (
    SELECT FROM incentives_adjustment AS a
    LEFT JOIN incentives_adjustmentdecision AS d ON d.adjustment_id = a.id
    WHERE a.code = j.source_key AND j.key = 'adjust:' || a.code AND j.currency = a.currency
    AND CASE WHEN a.follows_id IS NOT NULL THEN d.id IS NULL
        WHEN d.id IS NULL THEN abs(a.amount) <= a.alone_up_to
        ELSE d.approved AND d.by_id <> a.proposed_by_id END
    AND (SELECT array_agg(e.amount ORDER BY c.holder = 'dealer' DESC)
            FILTER (WHERE (c.holder, c.dealer_id) = ('dealer', a.dealer_id)
                OR (c.holder, c.plan_id) = ('plan', a.plan_id)) = ARRAY[a.amount, -a.amount]
            AND count(*) = 2
        FROM incentives_entry AS e JOIN incentives_account AS c ON c.id = e.account_id
        WHERE e.journal_id = j.id))
) AS found) > 0 THEN
            RAISE check_violation USING CONSTRAINT = 'entry_of_an_adjustment_as_decided', MESSAGE = 'An adjustment is booked as it was proposed and, above the limit, approved.';
        END IF;
        RETURN NULL;
        """,
                                    hash="bc234e6c1146320892efc71e6be33bfbbb503244",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_entry_of_an_adjustment_as_decided_f2007",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="incentives_entry",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="entry_is_chained",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        INSERT INTO dealers_fact (dealer_id, kind, first, last, body)
        SELECT dealer, 'booking', min(id), max(id),
            '{"salt" : "' || replace(gen_random_uuid()::text, '-', '') || '", "told" : ['
            || string_agg(said::text, ',' ORDER BY id) || ']}'
        FROM (
            SELECT told.*,
                (row_number() OVER (PARTITION BY dealer ORDER BY id) - 1) / 200 AS portion
            FROM (
                SELECT a.dealer_id AS dealer, j.id, json_build_object(
                    'journal', j.id, 'source', j.source, 'month', j.month,
                    'currency', j.currency, 'amount', sum(e.amount)::text,
                    'effective', j.effective_at, 'recorded', j.recorded_at,
                    'reverses', j.reverses_id) AS said
                FROM added AS e JOIN incentives_account AS a ON a.id = e.account_id
                JOIN incentives_journal AS j ON j.id = e.journal_id
                WHERE a.dealer_id IS NOT NULL
                GROUP BY a.dealer_id, j.id) AS told
        ) AS counted
        GROUP BY dealer, portion
        ORDER BY min(id);
        RETURN NULL;
        """,
                                    hash="9a3d3f3b92b5d576aa9198bf8dc6b7e4df72413d",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_entry_is_chained_8fdf6",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="incentives_entry",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="entry_in_the_currency_of_its_journal",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF (SELECT count(*) FROM (
                    SELECT FROM added AS e LEFT JOIN incentives_account AS a ON a.id = e.account_id
                    LEFT JOIN incentives_journal AS j ON j.id = e.journal_id
                    WHERE j.id IS NULL OR a.currency IS DISTINCT FROM j.currency) AS found) > 0 THEN
            RAISE check_violation USING CONSTRAINT = 'entry_in_the_currency_of_its_journal', MESSAGE = 'An entry is of a journal and an account on file; a journal has one currency.';
        END IF;
        RETURN NULL;
        """,
                                    hash="7a4b40d2366ea9066c1940d4af70051619924e4b",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_entry_in_the_currency_of_its_journal_7a11c",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="incentives_entry",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="entry_booked_with_its_journal",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF (SELECT count(*) FROM (
                    SELECT FROM added AS e JOIN incentives_journal AS j ON j.id = e.journal_id
                    WHERE j.written_in <> pg_current_xact_id()::text::bigint
                    UNION ALL
                    SELECT FROM (
                        SELECT FROM incentives_entry AS e
                        WHERE e.journal_id IN (SELECT journal_id FROM added)
                            AND e.id NOT IN (SELECT id FROM added)
                        GROUP BY e.journal_id HAVING sum(e.amount) = 0) AS whole) AS found) > 0 THEN
            RAISE check_violation USING CONSTRAINT = 'entry_booked_with_its_journal', MESSAGE = 'A journal that is booked takes no more entries.';
        END IF;
        RETURN NULL;
        """,
                                    hash="f8f1eda789fb17a06401f3278da8bc65046fcc4f",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_entry_booked_with_its_journal_879d1",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="incentives_entry",
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
                                default=uuid.uuid4,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("for_month", models.DateField(verbose_name="for month")),
                        (
                            "adjustment",
                            models.BooleanField(default=False, verbose_name="adjustment"),
                        ),
                        ("count", models.PositiveIntegerField(verbose_name="lines")),
                        ("base", models.DecimalField(verbose_name="base")),
                        ("returned", models.DecimalField(default=0, verbose_name="returned")),
                        ("uncapped", models.DecimalField(verbose_name="before the cap")),
                        ("amount", models.DecimalField(verbose_name="amount")),
                        ("explanation", models.JSONField(default=dict, verbose_name="explanation")),
                        (
                            "component",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="results",
                                to="incentives.component",
                                verbose_name="component",
                            ),
                        ),
                        (
                            "dealer",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="results",
                                to="dealers.dealer",
                                verbose_name="dealer",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
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
                        "indexes": [
                            models.Index(fields=["dealer", "run"], name="result_dealer_month")
                        ],
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
                                    func="""
        IF EXISTS (SELECT FROM incentives_period WHERE closed_run_id IN (SELECT run_id FROM added)) THEN
            RAISE check_violation USING CONSTRAINT = 'result_in_an_open_run', MESSAGE = 'A closed month takes nothing more.';
        END IF;
        RETURN NULL;
        """,
                                    hash="22aa5ea125a8d23ab800a9fd8f0179c4aadc7b07",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_result_in_an_open_run_18309",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="incentives_result",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="result_of_a_run_a_component_and_a_dealer",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF (SELECT count(*) FROM (
                    SELECT FROM added AS g
                    LEFT JOIN incentives_run AS r ON r.id = g.run_id
                    LEFT JOIN incentives_component AS c ON c.id = g.component_id
                    LEFT JOIN dealers_dealer AS d ON d.id = g.dealer_id
                    WHERE r.id IS NULL OR c.id IS NULL OR d.id IS NULL) AS found) > 0 THEN
            RAISE check_violation USING CONSTRAINT = 'result_of_a_run_a_component_and_a_dealer', MESSAGE = 'A result is of a run, a component and a dealer on file.';
        END IF;
        RETURN NULL;
        """,
                                    hash="553a009c9ef74c342497cbe94169c02489cdb46a",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_result_of_a_run_a_component_and_a_dealer_dcd56",
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("base", models.DecimalField(verbose_name="base")),
                        (
                            "rate",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=14,
                                null=True,
                                verbose_name="rate",
                            ),
                        ),
                        (
                            "share",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=9,
                                null=True,
                                verbose_name="share",
                            ),
                        ),
                        (
                            "uncapped",
                            models.DecimalField(
                                blank=True, null=True, verbose_name="before the cap"
                            ),
                        ),
                        (
                            "amount",
                            models.DecimalField(blank=True, null=True, verbose_name="amount"),
                        ),
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
                                    models.Q(
                                        ("order__isnull", False), ("registration__isnull", True)
                                    ),
                                    models.Q(
                                        ("order__isnull", True), ("registration__isnull", False)
                                    ),
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
                                    func="""
        IF EXISTS (SELECT FROM incentives_period WHERE closed_run_id IN (SELECT r.run_id FROM incentives_result AS r WHERE r.id IN (SELECT result_id FROM added))) THEN
            RAISE check_violation USING CONSTRAINT = 'line_in_an_open_run', MESSAGE = 'A closed month takes nothing more.';
        END IF;
        RETURN NULL;
        """,
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
                                    func="""
        IF (SELECT count(*) FROM (
                    SELECT FROM added AS l
                    LEFT JOIN incentives_result AS r ON r.id = l.result_id
                    LEFT JOIN customers_order AS o ON o.id = l.order_id
                    LEFT JOIN customers_registration AS g ON g.id = l.registration_id
                    WHERE r.id IS NULL OR (o.id IS NULL AND g.id IS NULL)) AS found) > 0 THEN
            RAISE check_violation USING CONSTRAINT = 'line_of_a_result_and_an_event', MESSAGE = 'A line is about an order or a registration on file.';
        END IF;
        RETURN NULL;
        """,
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "number",
                            models.CharField(max_length=60, unique=True, verbose_name="number"),
                        ),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("opening", models.DecimalField(verbose_name="carried over")),
                        ("total", models.DecimalField(verbose_name="total of the month")),
                        ("payable", models.DecimalField(verbose_name="to be paid")),
                        ("closing", models.DecimalField(verbose_name="carried forward")),
                        (
                            "code",
                            models.CharField(
                                max_length=20, unique=True, verbose_name="verification code"
                            ),
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
                        (
                            "clawback",
                            models.DecimalField(
                                db_default=0, verbose_name="taken back of what was paid"
                            ),
                        ),
                        (
                            "closing_back",
                            models.DecimalField(
                                db_default=0, verbose_name="carried forward of what was paid"
                            ),
                        ),
                        (
                            "opening_back",
                            models.DecimalField(
                                db_default=0, verbose_name="carried over of what was paid"
                            ),
                        ),
                        (
                            "adjusted",
                            models.DecimalField(default=0, verbose_name="adjustments in it"),
                        ),
                        (
                            "set_off",
                            models.DecimalField(
                                db_default=0, verbose_name="never paid, so not taken off"
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
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "issued_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
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
                                    ("clawback__lte", 0),
                                    ("closing_back__lte", 0),
                                    ("opening_back__lte", 0),
                                    ("closing_back__gte", models.F("closing")),
                                    ("opening_back__gte", models.F("opening")),
                                ),
                                name="statement_carries_part_of_what_it_carries",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("payable", 0),
                                    models.Q(
                                        ("closing", models.F("closing_back")),
                                        (
                                            "closing_back__gte",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("opening_back"), "+", models.F("clawback")
                                            ),
                                        ),
                                        (
                                            "closing_back__lte",
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("opening_back"),
                                                    "+",
                                                    models.F("clawback"),
                                                ),
                                                "+",
                                                models.F("payable"),
                                            ),
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="statement_takes_back_half_at_most",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closing__lte", 0),
                                    ("opening__lte", 0),
                                    ("payable__gte", 0),
                                    ("set_off__gte", 0),
                                    (
                                        "payable",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("opening"), "+", models.F("total")
                                                ),
                                                "+",
                                                models.F("set_off"),
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
                                    func="""
        IF EXISTS (SELECT FROM incentives_period WHERE closed_run_id IN (SELECT run_id FROM added)) THEN
            RAISE check_violation USING CONSTRAINT = 'statement_in_an_open_run', MESSAGE = 'A closed month takes nothing more.';
        END IF;
        RETURN NULL;
        """,
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
                                name="statement_carries_what_was_left",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF EXISTS (
                    SELECT FROM added AS s JOIN incentives_run AS r ON r.id = s.run_id
                    LEFT JOIN LATERAL (
                        SELECT before.closing, before.closing_back
                        FROM incentives_statement AS before
                        JOIN incentives_run AS earlier ON earlier.id = before.run_id
                        WHERE before.dealer_id = s.dealer_id AND earlier.month < r.month
                        ORDER BY earlier.month DESC LIMIT 1) AS left_over ON true
                    WHERE (s.opening, s.opening_back) IS DISTINCT FROM
                        (coalesce(left_over.closing, 0), coalesce(left_over.closing_back, 0))) THEN
            RAISE check_violation USING CONSTRAINT = 'statement_carries_what_was_left', MESSAGE = 'A statement begins with what the one before left.';
        END IF;
        RETURN NULL;
        """,
                                    hash="06897ce157a30f8c299a4847c32c7298dfe8c815",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_statement_carries_what_was_left_bbbaf",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="incentives_statement",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="statement_total_is_its_results_and_journal",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF EXISTS (
                    SELECT FROM added AS s JOIN incentives_run AS r ON r.id = s.run_id
                    LEFT JOIN incentives_journal AS j ON j.id = s.journal_id
                    WHERE s.total - s.adjusted <> (
                        SELECT coalesce(sum(amount), 0) FROM incentives_result
                        WHERE run_id = s.run_id AND dealer_id = s.dealer_id)
                    OR s.total - s.adjusted <> (
                        SELECT coalesce(sum(e.amount), 0) FROM incentives_entry AS e
                        JOIN incentives_account AS a ON a.id = e.account_id
                        WHERE e.journal_id = s.journal_id AND a.dealer_id = s.dealer_id)
                    OR s.adjusted <> (
                        SELECT coalesce(sum(e.amount), 0) FROM incentives_adjustment AS given
                        JOIN incentives_journal AS booked ON booked.key = 'adjust:' || given.code
                        JOIN incentives_entry AS e ON e.journal_id = booked.id
                        JOIN incentives_account AS a ON a.id = e.account_id
                        WHERE given.dealer_id = s.dealer_id AND a.dealer_id = s.dealer_id
                        AND booked.month = r.month)
                    OR s.set_off <> (
                        SELECT coalesce(sum(said.withheld), 0) FROM incentives_disputeruling AS said
                        JOIN incentives_adjustment AS off ON off.id = said.adjustment_id
                        JOIN incentives_journal AS booked ON booked.key = 'adjust:' || off.code
                        WHERE off.dealer_id = s.dealer_id AND booked.month = r.month)
                    OR (j.currency, j.source, j.month) <> (s.currency, 'run', r.month)) THEN
            RAISE check_violation USING CONSTRAINT = 'statement_total_is_its_results_and_journal', MESSAGE = 'A statement is what its month gave, as it is booked.';
        END IF;
        RETURN NULL;
        """,
                                    hash="eaa09e6f25a7177b38896732129b1ee07fe911e1",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_statement_total_is_its_results_and_journal_69139",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="incentives_statement",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="statement_is_chained",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        INSERT INTO dealers_fact (dealer_id, kind, first, last, body)
        SELECT dealer, 'statement', min(id), max(id),
            '{"salt" : "' || replace(gen_random_uuid()::text, '-', '') || '", "told" : ['
            || string_agg(said::text, ',' ORDER BY id) || ']}'
        FROM (
            SELECT told.*,
                (row_number() OVER (PARTITION BY dealer ORDER BY id) - 1) / 200 AS portion
            FROM (
    WITH plan AS MATERIALIZED (
        SELECT v.id, encode(sha256(convert_to((
        SELECT jsonb_build_object('code', p.code, 'direction', p.direction,
            'number', v.number, 'starts_on', v.starts_on,
            'notice_days', v.notice_days, 'components', (
        SELECT jsonb_agg(jsonb_build_object('code', c.code, 'name', c.name, 'name_en', c.name_en, 'event', c.event, 'places', c.places, 'kind', c.kind, 'base', c.base, 'by_share', c.by_share, 'pays_zero', c.pays_zero, 'rate_above_one', c.rate_above_one, 'clawback', c.clawback, 'clawback_days', c.clawback_days, 'return_window_days', c.return_window_days, 'position', c.position, 'to', c."to",
            'period_cap', trim_scale(c.period_cap)::text, 'rows', (
        SELECT jsonb_agg(jsonb_build_array(
            trim_scale(r.starts_at)::text, trim_scale(r.rate)::text) ORDER BY r.starts_at)
        FROM incentives_raterow AS r WHERE r.component_id = c.id))
            ORDER BY c.position, c.code COLLATE "C")
        FROM incentives_component AS c WHERE c.version_id = v.id))::text
        FROM incentives_plan AS p WHERE p.id = v.plan_id), 'UTF8')), 'hex') AS rules
        FROM incentives_planversion AS v)
    SELECT s.dealer_id AS dealer, s.id, json_build_object(
        'number', s.number, 'month', r.month, 'journal', s.journal_id,
        'currency', s.currency, 'opening', s.opening::text, 'total', s.total::text,
        'adjusted', s.adjusted::text, 'set_off', s.set_off::text,
        'payable', s.payable::text, 'closing', s.closing::text,
        'clawback', s.clawback::text, 'opening_back', s.opening_back::text,
        'closing_back', s.closing_back::text, 'code', s.code, 'issued', s.issued_at,
        'adjustments', (
            SELECT json_agg(json_build_object('number', given.code, 'amount', (
                SELECT sum(e.amount)::text FROM incentives_entry AS e
                JOIN incentives_account AS a ON a.id = e.account_id
                WHERE e.journal_id = booked.id AND a.dealer_id = s.dealer_id))
                ORDER BY booked.id)
            FROM incentives_adjustment AS given
            JOIN incentives_journal AS booked ON booked.key = 'adjust:' || given.code
            WHERE given.dealer_id = s.dealer_id AND booked.month = r.month),
        'results', (
            SELECT json_agg(json_build_object(
                'plan', c.version_id, 'rules', plan.rules, 'component', c.code,
                'month', given.for_month, 'adjustment', given.adjustment, 'lines', given.count,
                'base', given.base::text, 'amount', given.amount::text)
                ORDER BY c.version_id, c.id, given.for_month, given.adjustment)
            FROM incentives_result AS given JOIN incentives_component AS c
                ON c.id = given.component_id
            LEFT JOIN plan ON plan.id = c.version_id
            WHERE given.run_id = s.run_id AND given.dealer_id = s.dealer_id)) AS said
    FROM added AS s JOIN incentives_run AS r ON r.id = s.run_id) AS told
        ) AS counted
        GROUP BY dealer, portion
        ORDER BY min(id);
        RETURN NULL;
        """,
                                    hash="73a07ac92db6c414776470649afd4b984c820d55",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_statement_is_chained_e8029",
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("language", models.CharField(max_length=10, verbose_name="language")),
                        ("pdf", models.BinaryField(verbose_name="PDF")),
                        ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                        ("pages", models.PositiveSmallIntegerField(verbose_name="pages")),
                        (
                            "made_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="made at"
                            ),
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
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "made_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="statement_document_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("statement", "language"),
                                name="statement_document_one_a_language",
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
                            pgtrigger.compiler.Trigger(
                                name="statement_document_is_chained",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        INSERT INTO dealers_fact (dealer_id, kind, first, last, body)
        SELECT dealer, 'document', min(id), max(id),
            '{"salt" : "' || replace(gen_random_uuid()::text, '-', '') || '", "told" : ['
            || string_agg(said::text, ',' ORDER BY id) || ']}'
        FROM (
            SELECT told.*,
                (row_number() OVER (PARTITION BY dealer ORDER BY id) - 1) / 200 AS portion
            FROM (
                SELECT s.dealer_id AS dealer, d.id, json_build_object(
                    'number', s.number, 'language', d.language, 'sha256', d.sha256,
                    'pages', d.pages, 'made', d.made_at) AS said
                FROM added AS d JOIN incentives_statement AS s ON s.id = d.statement_id) AS told
        ) AS counted
        GROUP BY dealer, portion
        ORDER BY min(id);
        RETURN NULL;
        """,
                                    hash="0c0ee67493ab917416510427aaf97c9d438f6014",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_statement_document_is_chained_e185c",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="incentives_statementdocument",
                                    when="AFTER",
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
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("customers.attribution",),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="voidedattribution",
                    trigger=pgtrigger.compiler.Trigger(
                        name="attribution_voided_in_an_open_month",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.\"cause\" IN ('void', 'ruling'))",
                            func="""
        IF EXISTS (SELECT FROM incentives_run
                    WHERE month = date_trunc('month', NEW.counts_on)::date)
                AND EXISTS (SELECT FROM (
                        SELECT id, known_until FROM incentives_run ORDER BY month DESC LIMIT 1
                    ) AS run
                    WHERE EXISTS (SELECT FROM customers_attribution
                        WHERE order_id = NEW.order_id AND recorded_at <= run.known_until)
                    AND NOT EXISTS (SELECT FROM incentives_hold
                        WHERE run_id = run.id AND order_id IN (NEW.order_id, NEW.sale_id))) THEN
            RAISE check_violation USING CONSTRAINT = 'attribution_voided_in_an_open_month', MESSAGE = 'The month of this sale is closed.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                            hash="dea260671d8421ce69207dcac02098450d57122c",
                            operation="INSERT",
                            pgid="pgtrigger_attribution_voided_in_an_open_month_8c1b5",
                            table="customers_attribution",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Hold",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("lines", models.JSONField(default=list, verbose_name="lines")),
                        (
                            "case",
                            models.ForeignKey(
                                db_column="case_code",
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="holds",
                                to="customers.case",
                                to_field="code",
                                verbose_name="case",
                            ),
                        ),
                        (
                            "dealer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="holds",
                                to="dealers.dealer",
                                verbose_name="dealer",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="holds",
                                to="customers.order",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="holds",
                                to="incentives.run",
                                verbose_name="closed month",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "held order",
                        "verbose_name_plural": "held orders",
                        "ordering": ("id",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("run", "order", "dealer"),
                                name="hold_once_a_run_order_and_dealer",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="hold_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="ebc430f39d9026329c06a44a8392b5b60a085323",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_hold_only_added_70732",
                                    table="incentives_hold",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="hold_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="535bae3739aa8d46fe92c63f9ac9896c8fea9919",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_hold_never_emptied_54678",
                                    table="incentives_hold",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="hold_in_an_open_run",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF EXISTS (SELECT FROM incentives_period WHERE closed_run_id IN (SELECT run_id FROM added)) THEN
            RAISE check_violation USING CONSTRAINT = 'hold_in_an_open_run', MESSAGE = 'A closed month takes nothing more.';
        END IF;
        RETURN NULL;
        """,
                                    hash="f09640db50aa4da5d6046752a51ddc2c2c5d5e15",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_hold_in_an_open_run_e9eb4",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="incentives_hold",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CoachingNote",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                        ("saw", models.CharField(max_length=400, verbose_name="what I saw")),
                        ("why", models.CharField(max_length=400, verbose_name="why it is so")),
                        ("to_do", models.CharField(max_length=400, verbose_name="one thing to do")),
                        (
                            "aim",
                            models.CharField(
                                choices=[
                                    ("registrations", "Valid registrations"),
                                    ("contact", "First contact in time"),
                                    ("conversion", "Conversion"),
                                    ("net_sales", "Net sales"),
                                ],
                                max_length=20,
                                verbose_name="figure",
                            ),
                        ),
                        (
                            "before",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=30,
                                null=True,
                                verbose_name="figure before",
                            ),
                        ),
                        ("check_on", models.DateField(verbose_name="checked on")),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="written by",
                            ),
                        ),
                        (
                            "dealer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="coaching_notes",
                                to="dealers.dealer",
                                verbose_name="dealer",
                            ),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="coaching_notes",
                                to="dealers.store",
                                verbose_name="store",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "coaching note",
                        "verbose_name_plural": "coaching notes",
                        "ordering": ("-at", "-id"),
                        "indexes": [
                            models.Index(fields=["store", "-at"], name="coaching_notes_of_a_store"),
                            models.Index(fields=["check_on"], name="coaching_notes_by_day"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    ("check_on__gte", datetime.date(1990, 1, 1)),
                                    ("check_on__lte", datetime.date(2200, 1, 1)),
                                ),
                                name="coaching_note_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "saw__regex",
                                            "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        (
                                            "why__regex",
                                            "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        (
                                            "to_do__regex",
                                            "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                        ),
                                        _negated=True,
                                    ),
                                ),
                                name="coaching_note_is_legible",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("saw", ""), _negated=True),
                                    models.Q(("why", ""), _negated=True),
                                    models.Q(("to_do", ""), _negated=True),
                                ),
                                name="coaching_note_says_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "aim__in",
                                        ["registrations", "contact", "conversion", "net_sales"],
                                    )
                                ),
                                name="coaching_note_aims_at_a_figure",
                            ),
                            dealers.constraints.TogetherForeignKey(
                                fields=("store", "dealer"),
                                name="coaching_note_store_of_its_dealer",
                                to="dealers.Store",
                                to_fields=("id", "dealer"),
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="coaching_note_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="74041093341015fe3cd42f858c6fcb8a82f62abf",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_coaching_note_only_added_ee0fb",
                                    table="incentives_coachingnote",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="coaching_notes_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="ae977a9b1eee0db8d5a57703330cea679d097538",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_coaching_notes_never_emptied_bb163",
                                    table="incentives_coachingnote",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CoachingCheck",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "came",
                            models.CharField(
                                choices=[
                                    ("done", "Done"),
                                    ("partly", "Partly done"),
                                    ("not_done", "Not done"),
                                    ("dropped", "No longer needed"),
                                ],
                                max_length=10,
                                verbose_name="what came of it",
                            ),
                        ),
                        (
                            "said",
                            models.CharField(blank=True, max_length=400, verbose_name="in words"),
                        ),
                        (
                            "after",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=30,
                                null=True,
                                verbose_name="figure after",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="checked by",
                            ),
                        ),
                        (
                            "note",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="outcome",
                                to="incentives.coachingnote",
                                verbose_name="coaching note",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "coaching check",
                        "verbose_name_plural": "coaching checks",
                        "ordering": ("-at", "-id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="coaching_check_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "said__regex",
                                        "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                    ),
                                    _negated=True,
                                ),
                                name="coaching_check_is_legible",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("came__in", ["done", "partly", "not_done", "dropped"])
                                ),
                                name="coaching_check_says_what_came",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="coaching_check_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="0af2f8382405dfd5d7778d6bf19b9d52e136cc3a",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_coaching_check_only_added_4fdbf",
                                    table="incentives_coachingcheck",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="coaching_checks_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="ca776ddcdaee5581f1451272be433cecd4d74505",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_coaching_checks_never_emptied_9d8de",
                                    table="incentives_coachingcheck",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Acknowledgement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                        (
                            "statement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="acknowledgement",
                                to="incentives.statement",
                                verbose_name="statement",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "acknowledgement",
                        "verbose_name_plural": "acknowledgements",
                        "ordering": ("-at",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="acknowledgement_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="acknowledgement_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="cfebfee59fa973047bc88ebb266f73a78b949f5e",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_acknowledgement_only_added_fad15",
                                    table="incentives_acknowledgement",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="acknowledgement_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="54cba2d91bf7990e91bf29b7fe696608098296e7",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_acknowledgement_never_emptied_2c724",
                                    table="incentives_acknowledgement",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BankAccount",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=uuid.uuid4,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("holder_sealed", models.BinaryField(verbose_name="account holder")),
                        ("bank_sealed", models.BinaryField(verbose_name="bank and branch")),
                        ("number_sealed", models.BinaryField(verbose_name="account number")),
                        ("entered_at", models.DateTimeField(verbose_name="entered at")),
                        (
                            "dealer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bank_accounts",
                                to="dealers.dealer",
                                verbose_name="dealer",
                            ),
                        ),
                        (
                            "entered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="entered by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "bank account",
                        "verbose_name_plural": "bank accounts",
                        "ordering": ("-entered_at", "-id"),
                        "default_permissions": ("view",),
                        "indexes": [
                            models.Index(
                                fields=["dealer", "-entered_at"], name="bank_account_newest"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "entered_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "entered_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="bank_account_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="bank_account_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."entered_by_id" IS DISTINCT FROM (NEW."entered_by_id") OR OLD."entered_at" IS DISTINCT FROM (NEW."entered_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="8a3425088f7bdfab669bc9461af8f7138bb24730",
                                    operation="UPDATE",
                                    pgid="pgtrigger_bank_account_only_added_766bc",
                                    table="incentives_bankaccount",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="bank_account_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="8b9d67a59317af70f36de33e66b6ff786fd5c567",
                                    operation="DELETE",
                                    pgid="pgtrigger_bank_account_never_deleted_45cd4",
                                    table="incentives_bankaccount",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="bank_account_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="f66bd6f6570ee459cf0c5ece61e9f298f99ba30b",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_bank_account_never_emptied_38232",
                                    table="incentives_bankaccount",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="bank_account_holder_only_resealed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.holder_sealed IS DISTINCT FROM NEW.holder_sealed)",
                                    func="""
        IF (substring(NEW.holder_sealed FROM 2 FOR 4) <> substring(OLD.holder_sealed FROM 2 FOR 4) AND EXISTS (
        SELECT FROM dealers_dealerkey AS k
        WHERE k.dealer_id = NEW.dealer_id AND int4send(k.id::int4) = substring(NEW.holder_sealed FROM 2 FOR 4))) IS NOT TRUE THEN
            RAISE check_violation USING CONSTRAINT = 'bank_account_holder_only_resealed', MESSAGE = 'Bank details are sealed with another key, and never change else.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="8258424f2b8503a72794aa33188c9c7883b2b2be",
                                    operation="UPDATE",
                                    pgid="pgtrigger_bank_account_holder_only_resealed_f71cd",
                                    table="incentives_bankaccount",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="bank_account_bank_only_resealed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.bank_sealed IS DISTINCT FROM NEW.bank_sealed)",
                                    func="""
        IF (substring(NEW.bank_sealed FROM 2 FOR 4) <> substring(OLD.bank_sealed FROM 2 FOR 4) AND EXISTS (
        SELECT FROM dealers_dealerkey AS k
        WHERE k.dealer_id = NEW.dealer_id AND int4send(k.id::int4) = substring(NEW.bank_sealed FROM 2 FOR 4))) IS NOT TRUE THEN
            RAISE check_violation USING CONSTRAINT = 'bank_account_bank_only_resealed', MESSAGE = 'Bank details are sealed with another key, and never change else.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="1a26d5b2d3a73d0d73fced0931adc7189aba6d38",
                                    operation="UPDATE",
                                    pgid="pgtrigger_bank_account_bank_only_resealed_a04cb",
                                    table="incentives_bankaccount",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="bank_account_number_only_resealed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.number_sealed IS DISTINCT FROM NEW.number_sealed)",
                                    func="""
        IF (substring(NEW.number_sealed FROM 2 FOR 4) <> substring(OLD.number_sealed FROM 2 FOR 4) AND EXISTS (
        SELECT FROM dealers_dealerkey AS k
        WHERE k.dealer_id = NEW.dealer_id AND int4send(k.id::int4) = substring(NEW.number_sealed FROM 2 FOR 4))) IS NOT TRUE THEN
            RAISE check_violation USING CONSTRAINT = 'bank_account_number_only_resealed', MESSAGE = 'Bank details are sealed with another key, and never change else.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="3179961c28ed0352d2257d5134970262c56e0150",
                                    operation="UPDATE",
                                    pgid="pgtrigger_bank_account_number_only_resealed_bd1f4",
                                    table="incentives_bankaccount",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BankFileColumn",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "position",
                            models.PositiveSmallIntegerField(unique=True, verbose_name="position"),
                        ),
                        ("heading", models.CharField(max_length=60, verbose_name="heading")),
                        (
                            "cell",
                            models.CharField(
                                choices=[
                                    ("reference", "Payment reference"),
                                    ("holder", "Account holder"),
                                    ("bank", "Bank and branch"),
                                    ("number", "Account number"),
                                    ("amount", "Amount"),
                                    ("currency", "Currency"),
                                    ("statement", "Statement number"),
                                    ("dealer", "Dealer code"),
                                    ("text", "Always the same text"),
                                ],
                                max_length=10,
                                verbose_name="what it holds",
                            ),
                        ),
                        (
                            "text",
                            models.CharField(
                                blank=True,
                                help_text="Only for “Always the same text”.",
                                max_length=100,
                                verbose_name="text",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "column of the bank file",
                        "verbose_name_plural": "columns of the bank file",
                        "ordering": ("position",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "cell__in",
                                        [
                                            "reference",
                                            "holder",
                                            "bank",
                                            "number",
                                            "amount",
                                            "currency",
                                            "statement",
                                            "dealer",
                                            "text",
                                        ],
                                    )
                                ),
                                name="bank_file_column_cell_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("cell", "text"), ("text", ""), _connector="OR"),
                                name="bank_file_column_text_where_it_is_one",
                                violation_error_message="A text goes with “Always the same text” only.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "heading__regex",
                                            "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        (
                                            "text__regex",
                                            "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                        ),
                                        _negated=True,
                                    ),
                                ),
                                name="bank_file_column_is_legible",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PayoutBatch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "number",
                            models.CharField(max_length=30, unique=True, verbose_name="number"),
                        ),
                        ("month", models.DateField(verbose_name="month")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("made_at", models.DateTimeField(verbose_name="made at")),
                        (
                            "approved_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="approved at"),
                        ),
                        (
                            "withdrawn_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="withdrawn at"
                            ),
                        ),
                        (
                            "approved_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="approved by",
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="made by",
                            ),
                        ),
                        (
                            "withdrawn_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="withdrawn by",
                            ),
                        ),
                        ("columns", models.JSONField(verbose_name="columns of the bank file")),
                    ],
                    options={
                        "verbose_name": "payout batch",
                        "verbose_name_plural": "payout batches",
                        "ordering": ("-made_at", "-id"),
                        "default_permissions": ("add", "change", "view"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "made_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "made_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "approved_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "approved_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "withdrawn_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "withdrawn_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    ("month__gte", datetime.date(1990, 1, 1)),
                                    ("month__lte", datetime.date(2200, 1, 1)),
                                ),
                                name="payout_batch_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("approved_at__isnull", True), ("approved_by__isnull", True)
                                    ),
                                    models.Q(
                                        ("approved_at__isnull", False),
                                        ("approved_by__isnull", False),
                                        models.Q(
                                            ("approved_by", models.F("made_by")), _negated=True
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="payout_batch_approved_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("withdrawn_at__isnull", True),
                                        ("withdrawn_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("approved_at__isnull", True),
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="payout_batch_withdrawn_before_approval",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("columns", []), _negated=True),
                                name="payout_batch_keeps_its_columns",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="payout_batch_decided_once",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (coalesce(OLD.approved_at, OLD.withdrawn_at) IS NOT NULL AND to_jsonb(OLD) <> to_jsonb(NEW))",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="2695b14e44decb4f071d8449334f9146dbc54a06",
                                    operation="UPDATE",
                                    pgid="pgtrigger_payout_batch_decided_once_dbe36",
                                    table="incentives_payoutbatch",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="payout_batch_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="58ba780e69fac98bbaab319a51c5d70cb4a766d2",
                                    operation="DELETE",
                                    pgid="pgtrigger_payout_batch_never_deleted_77e9a",
                                    table="incentives_payoutbatch",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="payout_batch_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="b93c55a827832f6cc72a14a36bdae5e1a9c6d11c",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_payout_batch_never_emptied_1bc01",
                                    table="incentives_payoutbatch",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="payout_batch_approved_without_what_is_held",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.approved_at IS NULL AND NEW.approved_at IS NOT NULL)",
                                    func="""
        IF EXISTS (
        SELECT FROM incentives_statement AS s WHERE s.id IN (SELECT statement_id FROM incentives_payout WHERE batch_id = NEW.id)
        AND (
    SELECT coalesce(sum(p.amount), 0) FROM incentives_payout AS p
    WHERE p.statement_id = s.id AND p.state IN ('waiting', 'paid')) > s.payable - (
    SELECT coalesce(sum(greatest(l.amount - (SELECT coalesce(sum(r.withheld), 0) FROM incentives_disputeruling AS r
        JOIN incentives_adjustment AS a ON a.id = r.adjustment_id
        JOIN incentives_journal AS j ON j.key = 'adjust:' || a.code
        WHERE r.dispute_id = d.id), 0)), 0) FROM incentives_dispute AS d
    JOIN incentives_line AS l ON l.id = d.line_id AND l.amount > 0
    WHERE d.statement_id = s.id AND
        (SELECT count(*) FROM incentives_disputeruling AS r
            LEFT JOIN incentives_adjustment AS a ON a.id = r.adjustment_id
            WHERE r.dispute_id = d.id AND (a.id IS NULL OR EXISTS (
                SELECT FROM incentives_journal AS j WHERE j.key = 'adjust:' || a.code)))
        = (SELECT count(*) FROM incentives_disputeevent AS e
            WHERE e.dispute_id = d.id AND e.step = 'reopened')
    AND NOT EXISTS (
        SELECT FROM incentives_payout AS p JOIN incentives_payoutbatch AS b ON b.id = p.batch_id
        WHERE p.statement_id = d.statement_id AND p.state IN ('waiting', 'paid')
        AND b.approved_at IS NOT NULL AND (b.made_at < d.opened_at OR EXISTS (
            SELECT FROM incentives_disputeevent AS e
            JOIN incentives_disputeruling AS r ON r.dispute_id = e.dispute_id AND r.instance = 1
            LEFT JOIN incentives_adjustment AS a ON a.id = r.adjustment_id
            LEFT JOIN incentives_journal AS j ON j.key = 'adjust:' || a.code
            WHERE e.dispute_id = d.id AND e.step = 'reopened' AND b.made_at < e.at
            AND b.made_at >= CASE WHEN a.id IS NULL THEN r.at ELSE j.effective_at END)))) - (
    SELECT coalesce(sum(r.withheld), 0) FROM incentives_dispute AS d
    JOIN incentives_disputeruling AS r ON r.dispute_id = d.id
    JOIN incentives_adjustment AS a ON a.id = r.adjustment_id
    JOIN incentives_journal AS j ON j.key = 'adjust:' || a.code
    WHERE d.statement_id = s.id)) THEN
            RAISE check_violation USING CONSTRAINT = 'payout_batch_approved_without_what_is_held', MESSAGE = 'What is in dispute is not paid.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="d4711af591c10088ad21e6a49b021f6b672e5cb1",
                                    operation="UPDATE",
                                    pgid="pgtrigger_payout_batch_approved_without_what_is_held_74904",
                                    table="incentives_payoutbatch",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="payout_batch_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."month" IS DISTINCT FROM (NEW."month") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."columns" IS DISTINCT FROM (NEW."columns") OR OLD."made_by_id" IS DISTINCT FROM (NEW."made_by_id") OR OLD."made_at" IS DISTINCT FROM (NEW."made_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="3cf6c869bf78b80e0007cc5ac3838e42acd148a0",
                                    operation="UPDATE",
                                    pgid="pgtrigger_payout_batch_stays_4b7d1",
                                    table="incentives_payoutbatch",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Payout",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "reference",
                            models.CharField(
                                max_length=40, unique=True, verbose_name="payment reference"
                            ),
                        ),
                        ("amount", models.DecimalField(verbose_name="amount")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("paid", "Paid"),
                                    ("failed", "Failed"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="waiting",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("bank_on", models.DateField(blank=True, null=True, verbose_name="on")),
                        (
                            "reason",
                            models.CharField(blank=True, max_length=200, verbose_name="reason"),
                        ),
                        (
                            "answered_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="answer read at"
                            ),
                        ),
                        (
                            "answered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="answer read by",
                            ),
                        ),
                        (
                            "bank_account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payouts",
                                to="incentives.bankaccount",
                                verbose_name="bank account",
                            ),
                        ),
                        (
                            "dealer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payouts",
                                to="dealers.dealer",
                                verbose_name="dealer",
                            ),
                        ),
                        (
                            "statement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payouts",
                                to="incentives.statement",
                                verbose_name="statement",
                            ),
                        ),
                        (
                            "batch",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payouts",
                                to="incentives.payoutbatch",
                                verbose_name="payout batch",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "payout",
                        "verbose_name_plural": "payouts",
                        "ordering": ("reference",),
                        "default_permissions": ("view",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "answered_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "answered_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    ("bank_on__gte", datetime.date(1990, 1, 1)),
                                    ("bank_on__lte", datetime.date(2200, 1, 1)),
                                ),
                                name="payout_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)), name="payout_pays_something"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("answered_at__isnull", True),
                                        ("answered_by__isnull", True),
                                        ("bank_on__isnull", True),
                                        ("reason", ""),
                                        ("state__in", ["waiting", "withdrawn"]),
                                    ),
                                    models.Q(
                                        ("answered_at__isnull", False),
                                        ("answered_by__isnull", False),
                                        ("bank_on__isnull", False),
                                        ("state__in", ["paid", "failed"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="payout_answered_as_its_state_says",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="payout_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."batch_id" IS DISTINCT FROM (NEW."batch_id") OR OLD."statement_id" IS DISTINCT FROM (NEW."statement_id") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."bank_account_id" IS DISTINCT FROM (NEW."bank_account_id") OR OLD."amount" IS DISTINCT FROM (NEW."amount"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="1f51965df0142fa04a9aa60e0f751f15d939b10b",
                                    operation="UPDATE",
                                    pgid="pgtrigger_payout_stays_34349",
                                    table="incentives_payout",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="payout_answered_once",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.state <> 'waiting' AND to_jsonb(OLD) <> to_jsonb(NEW))",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="6edea5b0d5ef80e42a56b94a11b35d3c754e3875",
                                    operation="UPDATE",
                                    pgid="pgtrigger_payout_answered_once_b0cdb",
                                    table="incentives_payout",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="payout_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="77c8b74ac33f12e24c67dda99a979d6b90c3ddd9",
                                    operation="DELETE",
                                    pgid="pgtrigger_payout_never_deleted_c3024",
                                    table="incentives_payout",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="payout_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="4b05e7750cd48830d342acaa2fd9f93a0802e6ad",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_payout_never_emptied_6cd34",
                                    table="incentives_payout",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="payout_answered_after_approval",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.state <> OLD.state)",
                                    func="""
        IF EXISTS (SELECT FROM incentives_payoutbatch AS b WHERE b.id = NEW.batch_id
                    AND (b.approved_at IS NULL) = (NEW.state IN ('paid', 'failed'))) THEN
            RAISE check_violation USING CONSTRAINT = 'payout_answered_after_approval', MESSAGE = 'The bank answers what was approved, and only that.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="cd45d57e166f972c5a83e60a07fa4b67d10c4ad3",
                                    operation="UPDATE",
                                    pgid="pgtrigger_payout_answered_after_approval_e78ba",
                                    table="incentives_payout",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="payout_is_what_its_approved_statement_says",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF EXISTS (
                    SELECT FROM added AS p
                    JOIN incentives_statement AS s ON s.id = p.statement_id
                    JOIN incentives_payoutbatch AS b ON b.id = p.batch_id
                    JOIN incentives_bankaccount AS a ON a.id = p.bank_account_id
                    LEFT JOIN incentives_statementrelease AS r ON r.run_id = s.run_id
                    WHERE r.id IS NULL OR b.approved_at IS NOT NULL OR b.withdrawn_at IS NOT NULL
                    OR (p.dealer_id, p.dealer_id, b.currency)
                        <> (s.dealer_id, a.dealer_id, s.currency))
                OR EXISTS (
        SELECT FROM incentives_statement AS s WHERE s.id IN (SELECT statement_id FROM added)
        AND (
    SELECT coalesce(sum(p.amount), 0) FROM incentives_payout AS p
    WHERE p.statement_id = s.id AND p.state IN ('waiting', 'paid')) > s.payable - (
    SELECT coalesce(sum(greatest(l.amount - (SELECT coalesce(sum(r.withheld), 0) FROM incentives_disputeruling AS r
        JOIN incentives_adjustment AS a ON a.id = r.adjustment_id
        JOIN incentives_journal AS j ON j.key = 'adjust:' || a.code
        WHERE r.dispute_id = d.id), 0)), 0) FROM incentives_dispute AS d
    JOIN incentives_line AS l ON l.id = d.line_id AND l.amount > 0
    WHERE d.statement_id = s.id AND
        (SELECT count(*) FROM incentives_disputeruling AS r
            LEFT JOIN incentives_adjustment AS a ON a.id = r.adjustment_id
            WHERE r.dispute_id = d.id AND (a.id IS NULL OR EXISTS (
                SELECT FROM incentives_journal AS j WHERE j.key = 'adjust:' || a.code)))
        = (SELECT count(*) FROM incentives_disputeevent AS e
            WHERE e.dispute_id = d.id AND e.step = 'reopened')
    AND NOT EXISTS (
        SELECT FROM incentives_payout AS p JOIN incentives_payoutbatch AS b ON b.id = p.batch_id
        WHERE p.statement_id = d.statement_id AND p.state IN ('waiting', 'paid')
        AND b.approved_at IS NOT NULL AND (b.made_at < d.opened_at OR EXISTS (
            SELECT FROM incentives_disputeevent AS e
            JOIN incentives_disputeruling AS r ON r.dispute_id = e.dispute_id AND r.instance = 1
            LEFT JOIN incentives_adjustment AS a ON a.id = r.adjustment_id
            LEFT JOIN incentives_journal AS j ON j.key = 'adjust:' || a.code
            WHERE e.dispute_id = d.id AND e.step = 'reopened' AND b.made_at < e.at
            AND b.made_at >= CASE WHEN a.id IS NULL THEN r.at ELSE j.effective_at END)))) - (
    SELECT coalesce(sum(r.withheld), 0) FROM incentives_dispute AS d
    JOIN incentives_disputeruling AS r ON r.dispute_id = d.id
    JOIN incentives_adjustment AS a ON a.id = r.adjustment_id
    JOIN incentives_journal AS j ON j.key = 'adjust:' || a.code
    WHERE d.statement_id = s.id)) THEN
            RAISE check_violation USING CONSTRAINT = 'payout_is_what_its_approved_statement_says', MESSAGE = 'Payments are what their approved statement says, to the dealer of it.';
        END IF;
        RETURN NULL;
        """,
                                    hash="f873c36d3eb1b0dd88af135f84cd7aa70baa54bc",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_payout_is_what_its_approved_statement_says_68715",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="incentives_payout",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StatementRelease",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("released_at", models.DateTimeField(verbose_name="approved at")),
                        (
                            "released_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="approved by",
                            ),
                        ),
                        (
                            "run",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="release",
                                to="incentives.run",
                                verbose_name="closed month",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "approval of statements",
                        "verbose_name_plural": "approvals of statements",
                        "ordering": ("-released_at",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "released_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "released_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="statement_release_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="statement_release_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="ba6a17ba0217d0732bb0bf4379c452826f5c5150",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_statement_release_only_added_555f1",
                                    table="incentives_statementrelease",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="statement_release_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="570f00f442bf7e19b12dcbdd0fbcd0f92ae3686b",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_statement_release_never_emptied_5d294",
                                    table="incentives_statementrelease",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="statement_release_by_another_after_closing",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF EXISTS (
                    SELECT FROM added AS a JOIN incentives_run AS r ON r.id = a.run_id
                    WHERE a.released_by_id = r.closed_by_id OR a.released_at < r.closed_at) THEN
            RAISE check_violation USING CONSTRAINT = 'statement_release_by_another_after_closing', MESSAGE = 'Somebody else than who closed the month approves its statements.';
        END IF;
        RETURN NULL;
        """,
                                    hash="050de976ab991ecd371705d31c706fac47cc1446",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_statement_release_by_another_after_closing_1a6f3",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="incentives_statementrelease",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AccountCode",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
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
                        (
                            "code",
                            models.CharField(
                                max_length=20,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[0-9A-Za-z][0-9A-Za-z.-]*$", "Letters, digits, . and -"
                                    )
                                ],
                                verbose_name="account code",
                            ),
                        ),
                        ("name", models.CharField(max_length=60, verbose_name="account name")),
                        (
                            "plan",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: for all plans.",
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="account_codes",
                                to="incentives.plan",
                                verbose_name="plan",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "account code",
                        "verbose_name_plural": "account codes",
                        "ordering": ("kind", "holder", "code"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("kind", "holder", "plan"),
                                name="account_code_once_a_kind_holder_and_plan",
                                nulls_distinct=False,
                                violation_error_message="These accounts have a code already.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("holder__in", ["dealer", "person"]),
                                        ("kind", "payable"),
                                        ("plan__isnull", True),
                                    ),
                                    models.Q(
                                        ("holder", "plan"), ("kind__in", ["expense", "income"])
                                    ),
                                    models.Q(
                                        ("holder__in", ["bank", "clearing", "withheld"]),
                                        ("kind", "own"),
                                        ("plan__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="account_code_of_accounts_that_exist",
                                violation_error_message="There are no accounts of this kind and holder.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "name__regex",
                                        "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                    ),
                                    _negated=True,
                                ),
                                name="account_code_is_legible",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Replay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("asked_at", models.DateTimeField(verbose_name="asked at")),
                        (
                            "months",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.DateField(), verbose_name="months"
                            ),
                        ),
                        (
                            "content",
                            models.CharField(max_length=64, verbose_name="hash of the terms"),
                        ),
                        (
                            "announced",
                            models.BooleanField(default=False, verbose_name="shown to dealers"),
                        ),
                        (
                            "finished_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="finished at"),
                        ),
                        (
                            "before",
                            models.DecimalField(blank=True, null=True, verbose_name="booked"),
                        ),
                        (
                            "after",
                            models.DecimalField(
                                blank=True, null=True, verbose_name="by the version"
                            ),
                        ),
                        ("found", models.JSONField(blank=True, default=dict, verbose_name="found")),
                        (
                            "asked_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="asked by",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="replays",
                                to="incentives.planversion",
                                verbose_name="plan version",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "simulation of a plan",
                        "verbose_name_plural": "simulations of plans",
                        "ordering": ("-asked_at", "-id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "asked_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "asked_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "finished_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "finished_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="replay_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("months__len__gte", 1), ("months__len__lte", 12)
                                ),
                                name="replay_has_months",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("finished_at__isnull", True),
                                    models.Q(
                                        ("after__isnull", True),
                                        ("announced", True),
                                        ("before__isnull", True),
                                    ),
                                    models.Q(
                                        ("after__isnull", False),
                                        ("announced", False),
                                        ("before__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="replay_finished_has_amounts",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="replay_stays_asked",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."version_id" IS DISTINCT FROM (NEW."version_id") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."months" IS DISTINCT FROM (NEW."months") OR OLD."content" IS DISTINCT FROM (NEW."content") OR OLD."announced" IS DISTINCT FROM (NEW."announced"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="cb0fdfb0dc79f302421ff4dcbf8ff24bb2b3bbed",
                                    operation="UPDATE",
                                    pgid="pgtrigger_replay_stays_asked_947e6",
                                    table="incentives_replay",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="replay_stays_found",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF OLD.finished_at IS NOT NULL THEN
            RAISE check_violation USING CONSTRAINT = 'replay_stays_found', MESSAGE = 'What a simulation has found stays.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="57eaa7d513eb5aaf9634fd5b47c060001ce2f949",
                                    operation="UPDATE",
                                    pgid="pgtrigger_replay_stays_found_dc051",
                                    table="incentives_replay",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="replay_of_published_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF EXISTS (SELECT FROM incentives_planversion
    WHERE id = OLD.version_id AND published_at IS NOT NULL) THEN
            RAISE check_violation USING CONSTRAINT = 'replay_of_published_stays', MESSAGE = 'What was published is kept with its simulation.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="c27ded1376ce92dc1e54b59e0fa51c000f0d42e4",
                                    operation="DELETE",
                                    pgid="pgtrigger_replay_of_published_stays_0efaf",
                                    table="incentives_replay",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="replay_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="0e35356234e7b66fe4b6fb084e783d9d6863a30f",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_replay_never_emptied_83861",
                                    table="incentives_replay",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReplayedAmount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "announced",
                            models.BooleanField(default=False, verbose_name="shown to dealers"),
                        ),
                        ("month", models.DateField(verbose_name="month")),
                        (
                            "code",
                            models.SlugField(
                                db_index=False, max_length=40, verbose_name="component"
                            ),
                        ),
                        ("before", models.DecimalField(verbose_name="booked")),
                        ("after", models.DecimalField(verbose_name="by the version")),
                        (
                            "dealer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="dealers.dealer",
                                verbose_name="dealer",
                            ),
                        ),
                        (
                            "replay",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="amounts",
                                to="incentives.replay",
                                verbose_name="simulation of a plan",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "simulated amount",
                        "verbose_name_plural": "simulated amounts",
                        "ordering": ("replay_id", "dealer_id", "month", "code"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("month__gte", datetime.date(1990, 1, 1)),
                                    ("month__lte", datetime.date(2200, 1, 1)),
                                ),
                                name="replayed_amount_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("replay", "dealer", "month", "code"),
                                name="replayed_amount_once",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="replayed_amount_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="d85c45b9a63afb0b9a0f6fd4022a13d35edf8600",
                                    operation="UPDATE",
                                    pgid="pgtrigger_replayed_amount_stays_412c7",
                                    table="incentives_replayedamount",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="replayed_amount_before_the_end",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF EXISTS (SELECT FROM added JOIN incentives_replay r ON r.id = added.replay_id WHERE r.finished_at IS NOT NULL) THEN
            RAISE check_violation USING CONSTRAINT = 'replayed_amount_before_the_end', MESSAGE = 'What a simulation has found stays.';
        END IF;
        RETURN NULL;
        """,
                                    hash="d5ecb03ef17a1dbb96b64be7cfe1b8327d62bff5",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_replayed_amount_before_the_end_68224",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="incentives_replayedamount",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="replayed_amount_announced_as_its_replay",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF EXISTS (SELECT FROM added JOIN incentives_replay r ON r.id = added.replay_id WHERE r.announced <> added.announced) THEN
            RAISE check_violation USING CONSTRAINT = 'replayed_amount_announced_as_its_replay', MESSAGE = 'Only what is announced is shown to dealers.';
        END IF;
        RETURN NULL;
        """,
                                    hash="e4c3024748c75b7f59b6dd4638755e3e79162286",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_replayed_amount_announced_as_its_replay_90143",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="incentives_replayedamount",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="replayed_amount_of_published_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF EXISTS (SELECT FROM incentives_replay r
                    JOIN incentives_planversion v ON v.id = r.version_id
                    WHERE r.id = OLD.replay_id AND v.published_at IS NOT NULL) THEN
            RAISE check_violation USING CONSTRAINT = 'replayed_amount_of_published_stays', MESSAGE = 'What was published is kept with its simulation.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="38314c5c4d78bd98afdbfa8982e138d338916399",
                                    operation="DELETE",
                                    pgid="pgtrigger_replayed_amount_of_published_stays_74d73",
                                    table="incentives_replayedamount",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="replayed_amount_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="ccb2a8f8bdaba76c774377fd1b0841756dc722de",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_replayed_amount_never_emptied_638db",
                                    table="incentives_replayedamount",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Naming",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("agreed", models.BooleanField(verbose_name="agreed to be named")),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        (
                            "dealer",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="dealers.dealer",
                                verbose_name="dealer",
                            ),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                help_text="Empty: the dealer itself.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="dealers.store",
                                verbose_name="store",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "consent to be named",
                        "verbose_name_plural": "consents to be named",
                        "ordering": ("-at", "-id"),
                        "indexes": [
                            models.Index(
                                fields=["dealer", "store", "-at", "-id"], name="naming_latest"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="naming_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            dealers.constraints.TogetherForeignKey(
                                fields=("store", "dealer"),
                                name="naming_store_of_its_dealer",
                                to="dealers.Store",
                                to_fields=("id", "dealer"),
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="naming_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="1915f96b1e623fd62411c4bb90d9259091822422",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_naming_only_added_4603b",
                                    table="incentives_naming",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="namings_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="7efc53396bf722f4bc39abd8c92ef422481f6611",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_namings_never_emptied_8bf35",
                                    table="incentives_naming",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="naming_said_by_its_owner",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (current_user NOT IN ('portal_worker', 'portal_definer') AND current_user LIKE 'portal\\_%' AND coalesce(current_setting('app.role', true), '') <> 'owner')",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                                    hash="fac2bdfcef762a3efe8c5b6af99886e107b02227",
                                    operation="INSERT",
                                    pgid="pgtrigger_naming_said_by_its_owner_222de",
                                    table="incentives_naming",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="naming_is_not_dated_back",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF EXISTS (SELECT FROM incentives_naming AS before
                    WHERE before.dealer_id = NEW.dealer_id
                        AND before.store_id IS NOT DISTINCT FROM NEW.store_id
                        AND before.at > NEW.at) THEN
            RAISE check_violation USING CONSTRAINT = 'naming_is_not_dated_back', MESSAGE = 'A consent comes after those that were said before.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="55051b63e634914c1f45f0440070b5c57ad5c974",
                                    operation="INSERT",
                                    pgid="pgtrigger_naming_is_not_dated_back_51ec2",
                                    table="incentives_naming",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Goal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "metric",
                            models.CharField(
                                choices=[
                                    ("net_sales", "Net sales"),
                                    ("owned_sales", "Sales to own customers"),
                                    ("registrations", "Valid registrations"),
                                    ("conversion", "Conversion"),
                                    ("contact", "First contact in time"),
                                    ("dispatch", "Dispatches answered in time"),
                                    ("training", "Training completed"),
                                    ("earned", "Earned"),
                                ],
                                max_length=20,
                                verbose_name="metric",
                            ),
                        ),
                        ("month", models.DateField(verbose_name="month")),
                        (
                            "start",
                            models.DecimalField(
                                decimal_places=6, max_digits=30, verbose_name="figure before"
                            ),
                        ),
                        (
                            "target",
                            models.DecimalField(
                                decimal_places=6, max_digits=30, verbose_name="figure to reach"
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        (
                            "dealer",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="dealers.dealer",
                                verbose_name="dealer",
                            ),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: the dealer itself.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="dealers.store",
                                verbose_name="store",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "goal",
                        "verbose_name_plural": "goals",
                        "ordering": ("-month", "-at", "-id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    ("month__gte", datetime.date(1990, 1, 1)),
                                    ("month__lte", datetime.date(2200, 1, 1)),
                                ),
                                name="goal_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("month__day", 1)),
                                name="goal_month_is_a_first_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("target__gt", models.F("start"))),
                                name="goal_is_above_where_it_starts",
                            ),
                            models.UniqueConstraint(
                                fields=("dealer", "store", "metric", "month"),
                                name="goal_once_a_month_and_figure",
                                nulls_distinct=False,
                            ),
                            dealers.constraints.TogetherForeignKey(
                                fields=("store", "dealer"),
                                name="goal_store_of_its_dealer",
                                to="dealers.Store",
                                to_fields=("id", "dealer"),
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="goal_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="113beb0053c4c99838fa0df96b21adc7c0a22206",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_goal_only_added_a4096",
                                    table="incentives_goal",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="goals_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="5b4150a1793e5f8d2b34a9a457d565a4defa21d7",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_goals_never_emptied_a37ae",
                                    table="incentives_goal",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Adjustment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "code",
                            models.CharField(
                                default=incentives.models.adjustments.new_adjustment_code,
                                editable=False,
                                max_length=12,
                                unique=True,
                                verbose_name="number",
                            ),
                        ),
                        ("key", models.CharField(max_length=120, unique=True, verbose_name="key")),
                        ("content", models.BinaryField(verbose_name="content hash")),
                        ("amount", models.DecimalField(verbose_name="amount")),
                        ("currency", models.CharField(max_length=3, verbose_name="currency")),
                        ("alone_up_to", models.DecimalField(verbose_name="limit for one person")),
                        ("reason", models.CharField(max_length=1000, verbose_name="reason")),
                        ("proposed_at", models.DateTimeField(verbose_name="proposed at")),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="recorded at"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                blank=True,
                                db_column="case_code",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="adjustments",
                                to="customers.case",
                                to_field="code",
                                verbose_name="case",
                            ),
                        ),
                        (
                            "dealer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="adjustments",
                                to="dealers.dealer",
                                verbose_name="dealer",
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="adjustments",
                                to="incentives.plan",
                                verbose_name="plan",
                            ),
                        ),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="proposed by",
                            ),
                        ),
                        (
                            "reverses",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reversals",
                                to="incentives.adjustment",
                                verbose_name="takes back",
                            ),
                        ),
                        (
                            "follows",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="followed_by",
                                to="incentives.adjustment",
                                verbose_name="takes its part of",
                            ),
                        ),
                        (
                            "line",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="takes_with_it",
                                to="incentives.line",
                                verbose_name="because of the line",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "adjustment",
                        "verbose_name_plural": "adjustments",
                        "ordering": ("-proposed_at", "-pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "proposed_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "proposed_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "recorded_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "recorded_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="adjustment_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount", 0), _negated=True),
                                name="adjustment_is_an_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("alone_up_to__gte", 0)),
                                name="adjustment_limit_is_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="adjustment_has_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("follows__isnull", True),
                                        ("line__isnull", True),
                                        ("proposed_by__isnull", False),
                                    ),
                                    models.Q(
                                        ("case__isnull", True),
                                        ("follows__isnull", False),
                                        ("line__isnull", False),
                                        ("proposed_by__isnull", True),
                                        ("reverses__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="adjustment_is_proposed_or_follows_another",
                            ),
                            models.UniqueConstraint(
                                fields=("follows", "line"), name="adjustment_follows_once_a_line"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="adjustment_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="4f8e8499aceed7055c5ba7cc47d03de96c22e2bb",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_adjustment_only_added_7e7d5",
                                    table="incentives_adjustment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="adjustment_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="394b1b3bf3a9202596ce1a5027e4107dc2ea00c8",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_adjustment_never_emptied_71cbe",
                                    table="incentives_adjustment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="adjustment_takes_the_programs_limit",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF EXISTS (SELECT FROM incentives_program AS p
                    WHERE (p.currency, p.adjustment_limit) <> (NEW.currency, NEW.alone_up_to))
                OR NEW.alone_up_to > 5000 AND NOT EXISTS (SELECT FROM incentives_program) THEN
            RAISE check_violation USING CONSTRAINT = 'adjustment_takes_the_programs_limit', MESSAGE = 'An adjustment has the currency and the limit of the program.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="adb046b52cd045972494ded9d5e49e5c51a86e02",
                                    operation="INSERT",
                                    pgid="pgtrigger_adjustment_takes_the_programs_limit_e25f8",
                                    table="incentives_adjustment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="adjustment_takes_back_what_was_booked",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (
                    SELECT FROM incentives_adjustment AS a
                    JOIN incentives_journal AS j ON j.key = 'adjust:' || a.code
                    WHERE a.id = NEW.reverses_id AND a.amount = -NEW.amount
                    AND a.follows_id IS NULL
                    AND (a.dealer_id, a.plan_id) = (NEW.dealer_id, NEW.plan_id)) THEN
            RAISE check_violation USING CONSTRAINT = 'adjustment_takes_back_what_was_booked', MESSAGE = 'What takes an adjustment back is the same amount the other way round.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="559f4bcd806a4c11e8dcb84fa54ba92dcf95a11b",
                                    operation="INSERT",
                                    pgid="pgtrigger_adjustment_takes_back_what_was_booked_78293",
                                    table="incentives_adjustment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="adjustment_taken_back_once",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.reverses_id IS NOT NULL AND EXISTS (
                    SELECT FROM incentives_adjustment AS a
                    LEFT JOIN incentives_adjustmentdecision AS d ON d.adjustment_id = a.id
                    WHERE a.reverses_id = NEW.reverses_id AND d.approved IS NOT FALSE) THEN
            RAISE check_violation USING CONSTRAINT = 'adjustment_taken_back_once', MESSAGE = 'An adjustment is taken back once.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="ef221a3d1d5cde5f7802426bad6e11fc840bf140",
                                    operation="INSERT",
                                    pgid="pgtrigger_adjustment_taken_back_once_72443",
                                    table="incentives_adjustment",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="adjustment_follows_what_its_line_takes_back",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.follows_id IS NOT NULL AND NOT EXISTS (
                    SELECT FROM incentives_adjustment AS a
                    JOIN incentives_journal AS j ON j.key = 'adjust:' || a.code
                    JOIN incentives_disputeruling AS said
                        ON said.adjustment_id IN (a.id, a.reverses_id)
                    JOIN incentives_dispute AS d ON d.id = said.dispute_id
                    JOIN incentives_line AS l ON l.id = d.line_id
                    JOIN incentives_result AS r ON r.id = l.result_id
                    JOIN incentives_line AS back ON back.id = NEW.line_id
                    JOIN incentives_result AS t ON t.id = back.result_id
                    LEFT JOIN customers_order AS o ON o.id = back.order_id
                    WHERE a.id = NEW.follows_id
                    AND (a.dealer_id, a.plan_id, a.currency)
                        = (NEW.dealer_id, NEW.plan_id, NEW.currency)
                    AND (r.component_id, r.dealer_id) = (t.component_id, t.dealer_id)
                    AND l.base >= 0
                    AND (o.sale_id = l.order_id
                        OR back.registration_id = l.registration_id AND back.id <> l.id)
                    AND NEW.amount + (SELECT coalesce(sum(amount), 0) FROM incentives_adjustment
                            WHERE follows_id = a.id)
                        BETWEEN least(-a.amount, 0) AND greatest(-a.amount, 0)) THEN
            RAISE check_violation USING CONSTRAINT = 'adjustment_follows_what_its_line_takes_back', MESSAGE = 'What goes with a return is its part of an adjustment of the same line.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="ba2d5ac653fc433c3723bf58c03dbb27a71eb19c",
                                    operation="INSERT",
                                    pgid="pgtrigger_adjustment_follows_what_its_line_takes_back_73a8f",
                                    table="incentives_adjustment",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AdjustmentDecision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("approved", models.BooleanField(verbose_name="approved")),
                        (
                            "reason",
                            models.CharField(blank=True, max_length=1000, verbose_name="reason"),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "adjustment",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decision",
                                to="incentives.adjustment",
                                verbose_name="adjustment",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "decision about an adjustment",
                        "verbose_name_plural": "decisions about adjustments",
                        "ordering": ("-at", "-pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="adjustment_decision_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("approved", True),
                                    models.Q(("reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="adjustment_declined_with_a_reason",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="adjustment_decision_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="e30ff0c5fd6fed71441c8828721c085f06b3149a",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_adjustment_decision_only_added_8d5da",
                                    table="incentives_adjustmentdecision",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="adjustment_decision_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="9d15b0e85bcc9bd1e8e66afdc2ef652982fadd4d",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_adjustment_decision_never_emptied_3e958",
                                    table="incentives_adjustmentdecision",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="adjustment_decided_by_another_person",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.by_id = (SELECT proposed_by_id FROM incentives_adjustment
                    WHERE id = NEW.adjustment_id) THEN
            RAISE check_violation USING CONSTRAINT = 'adjustment_decided_by_another_person', MESSAGE = 'Whoever proposes an adjustment does not approve it.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="0071435e72d96bf1a56f54b4d0ab0bb11d3a82da",
                                    operation="INSERT",
                                    pgid="pgtrigger_adjustment_decided_by_another_person_bda88",
                                    table="incentives_adjustmentdecision",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Dispute",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=uuid.uuid4,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "code",
                            models.CharField(
                                default=incentives.models.disputes.new_dispute_code,
                                max_length=12,
                                unique=True,
                                verbose_name="number",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("not_mine", "It is not ours"),
                                    ("base", "The base is wrong"),
                                    ("rate", "The rate is wrong"),
                                    ("missing", "Something is missing in it"),
                                    ("other", "Something else is wrong"),
                                ],
                                max_length=10,
                                verbose_name="what is wrong",
                            ),
                        ),
                        (
                            "expected",
                            models.DecimalField(blank=True, null=True, verbose_name="should be"),
                        ),
                        ("opened_at", models.DateTimeField(verbose_name="opened at")),
                        ("acknowledge_by", models.DateTimeField(verbose_name="to be looked at by")),
                        ("decide_by", models.DateTimeField(verbose_name="to be decided by")),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="recorded at"
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="opened by",
                            ),
                        ),
                        (
                            "dealer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="disputes",
                                to="dealers.dealer",
                                verbose_name="dealer",
                            ),
                        ),
                        (
                            "line",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="dispute",
                                to="incentives.line",
                                verbose_name="line",
                            ),
                        ),
                        (
                            "statement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="disputes",
                                to="incentives.statement",
                                verbose_name="statement",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "dispute",
                        "verbose_name_plural": "disputes",
                        "ordering": ("-opened_at", "-id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "opened_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "opened_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "acknowledge_by__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "acknowledge_by__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "decide_by__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "decide_by__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "recorded_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "recorded_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="dispute_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["not_mine", "base", "rate", "missing", "other"])
                                ),
                                name="dispute_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("acknowledge_by__gt", models.F("opened_at")),
                                    ("decide_by__gte", models.F("acknowledge_by")),
                                ),
                                name="dispute_is_looked_at_before_it_is_decided",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="dispute_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="3dee09f6c9789945b95cc5600045a2e9e699ca6b",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_dispute_only_added_7a8ea",
                                    table="incentives_dispute",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="dispute_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="092b8099f337d34e416dca1628dad5ed69284e2b",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_dispute_never_emptied_a11a0",
                                    table="incentives_dispute",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="dispute_of_a_line_of_its_statement",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NOT EXISTS (
                    SELECT FROM incentives_line AS l
                    JOIN incentives_result AS r ON r.id = l.result_id
                    JOIN incentives_statement AS s
                        ON (s.run_id, s.dealer_id) = (r.run_id, r.dealer_id)
                    WHERE (l.id, s.id, s.dealer_id)
                        = (NEW.line_id, NEW.statement_id, NEW.dealer_id)
                    AND NEW.opened_at >= s.issued_at) THEN
            RAISE check_violation USING CONSTRAINT = 'dispute_of_a_line_of_its_statement', MESSAGE = 'A dispute is about a line of a statement of its dealer.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="0d67d7dc1459bd55ca46c55227966552c34f878e",
                                    operation="INSERT",
                                    pgid="pgtrigger_dispute_of_a_line_of_its_statement_632ab",
                                    table="incentives_dispute",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DisputeEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "step",
                            models.CharField(
                                choices=[
                                    ("acknowledged", "Somebody checks it"),
                                    ("escalated", "Nobody had decided in time"),
                                    ("reopened", "Opened once more"),
                                ],
                                max_length=12,
                                verbose_name="step",
                            ),
                        ),
                        (
                            "instance",
                            models.PositiveSmallIntegerField(default=1, verbose_name="instance"),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "decide_by",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="to be decided by"
                            ),
                        ),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="recorded at"
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                        (
                            "dispute",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="incentives.dispute",
                                verbose_name="dispute",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "step of a dispute",
                        "verbose_name_plural": "steps of disputes",
                        "ordering": ("dispute_id", "at", "pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "decide_by__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "decide_by__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "recorded_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "recorded_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="dispute_event_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("dispute", "step", "instance"),
                                name="dispute_step_once_an_instance",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("by__isnull", False),
                                        ("decide_by__isnull", False),
                                        ("instance", 2),
                                        ("step", "reopened"),
                                    ),
                                    models.Q(
                                        ("by__isnull", False),
                                        ("decide_by__isnull", True),
                                        ("instance", 1),
                                        ("step", "acknowledged"),
                                    ),
                                    models.Q(
                                        ("by__isnull", True),
                                        ("decide_by__isnull", True),
                                        ("instance__in", [1, 2]),
                                        ("step", "escalated"),
                                    ),
                                    _connector="OR",
                                ),
                                name="dispute_step_with_what_belongs_to_it",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="dispute_event_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="bd3adbdebbe70b74eb7969c5aa0763d69d379092",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_dispute_event_only_added_8df75",
                                    table="incentives_disputeevent",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="dispute_event_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="65ca634c42e9aa424845197d9dd6dbc4d89cef11",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_dispute_event_never_emptied_c75d1",
                                    table="incentives_disputeevent",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="dispute_opened_once_more_after_its_decision",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.step = 'reopened' AND NOT EXISTS (
                    SELECT FROM incentives_disputeruling AS r
                    LEFT JOIN incentives_adjustment AS a ON a.id = r.adjustment_id
                    WHERE r.dispute_id = NEW.dispute_id AND (a.id IS NULL OR EXISTS (
                        SELECT FROM incentives_journal AS j WHERE j.key = 'adjust:' || a.code))) THEN
            RAISE check_violation USING CONSTRAINT = 'dispute_opened_once_more_after_its_decision', MESSAGE = 'What is not decided is not opened once more.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="d7ba79a1576965a946db000ffb6633679fa4acc1",
                                    operation="INSERT",
                                    pgid="pgtrigger_dispute_opened_once_more_after_its_decision_60df8",
                                    table="incentives_disputeevent",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DisputeExhibit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("text", "What happened"),
                                    ("again", "Why the decision is wrong"),
                                    ("image", "Picture"),
                                    ("pdf", "PDF"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "text_sealed",
                            models.BinaryField(
                                blank=True, null=True, verbose_name="text, encrypted"
                            ),
                        ),
                        (
                            "file_sealed",
                            models.BinaryField(
                                blank=True, null=True, verbose_name="file, encrypted"
                            ),
                        ),
                        ("size", models.PositiveIntegerField(default=0, verbose_name="bytes")),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                        (
                            "dealer",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="dealers.dealer",
                                verbose_name="dealer",
                            ),
                        ),
                        (
                            "dispute",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="exhibits",
                                to="incentives.dispute",
                                verbose_name="dispute",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "exhibit of a dispute",
                        "verbose_name_plural": "exhibits of disputes",
                        "ordering": ("dispute_id", "number"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="dispute_exhibit_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("dispute", "number"), name="dispute_exhibit_numbered_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind__in", ["text", "again"]), ("size", 0)),
                                    models.Q(("kind__in", ["image", "pdf"]), ("size__gt", 0)),
                                    _connector="OR",
                                ),
                                name="dispute_exhibit_is_a_text_or_a_file",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="dispute_exhibit_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."dispute_id" IS DISTINCT FROM (NEW."dispute_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."size" IS DISTINCT FROM (NEW."size") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id") OR OLD."at" IS DISTINCT FROM (NEW."at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="b5133f4fa241b5fb6097b1eb21de0ac3a409c0df",
                                    operation="UPDATE",
                                    pgid="pgtrigger_dispute_exhibit_only_added_72498",
                                    table="incentives_disputeexhibit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="dispute_exhibit_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="f098ba6d4f13f7d320000dcbcceb3d5adfddb2a6",
                                    operation="DELETE",
                                    pgid="pgtrigger_dispute_exhibit_never_deleted_1573c",
                                    table="incentives_disputeexhibit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="dispute_exhibit_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="faa1dd2a51f1d7414ffdd713a813293436c03aca",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_dispute_exhibit_never_emptied_ab5f9",
                                    table="incentives_disputeexhibit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="dispute_text_only_resealed_or_erased",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.text_sealed IS DISTINCT FROM NEW.text_sealed)",
                                    func="""
        IF ((NEW.text_sealed IS NULL AND EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = (SELECT coalesce(o.identity_id, g.identity_id) FROM incentives_dispute AS d
    JOIN incentives_line AS l ON l.id = d.line_id
    LEFT JOIN customers_order AS o ON o.id = l.order_id
    LEFT JOIN customers_registration AS g ON g.id = l.registration_id
    WHERE d.id = NEW.dispute_id)))
                        OR (substring(NEW.text_sealed FROM 2 FOR 4) <> substring(OLD.text_sealed FROM 2 FOR 4) AND EXISTS (
        SELECT FROM dealers_dealerkey AS k
        WHERE k.dealer_id = NEW.dealer_id AND int4send(k.id::int4) = substring(NEW.text_sealed FROM 2 FOR 4)))) IS NOT TRUE THEN
            RAISE check_violation USING CONSTRAINT = 'dispute_text_only_resealed_or_erased', MESSAGE = 'What was shown is sealed with another key, or erased, and never changes else.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="fb911639ab2edfe76fff20153dd781d85b0294bd",
                                    operation="UPDATE",
                                    pgid="pgtrigger_dispute_text_only_resealed_or_erased_49b45",
                                    table="incentives_disputeexhibit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="dispute_file_only_resealed_or_erased",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.file_sealed IS DISTINCT FROM NEW.file_sealed)",
                                    func="""
        IF ((NEW.file_sealed IS NULL AND EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = (SELECT coalesce(o.identity_id, g.identity_id) FROM incentives_dispute AS d
    JOIN incentives_line AS l ON l.id = d.line_id
    LEFT JOIN customers_order AS o ON o.id = l.order_id
    LEFT JOIN customers_registration AS g ON g.id = l.registration_id
    WHERE d.id = NEW.dispute_id)))
                        OR (substring(NEW.file_sealed FROM 2 FOR 4) <> substring(OLD.file_sealed FROM 2 FOR 4) AND EXISTS (
        SELECT FROM dealers_dealerkey AS k
        WHERE k.dealer_id = NEW.dealer_id AND int4send(k.id::int4) = substring(NEW.file_sealed FROM 2 FOR 4)))) IS NOT TRUE THEN
            RAISE check_violation USING CONSTRAINT = 'dispute_file_only_resealed_or_erased', MESSAGE = 'What was shown is sealed with another key, or erased, and never changes else.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="7c51856d21a14839d54f6ab32d3ef6e82fd5da8d",
                                    operation="UPDATE",
                                    pgid="pgtrigger_dispute_file_only_resealed_or_erased_7e5ad",
                                    table="incentives_disputeexhibit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="dispute_exhibit_of_its_dealer",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.dealer_id <> (SELECT dealer_id FROM incentives_dispute WHERE id = NEW.dispute_id) THEN
            RAISE check_violation USING CONSTRAINT = 'dispute_exhibit_of_its_dealer', MESSAGE = 'What is shown is of the dealer that disputes.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="f1a21359d6e7e922ba41e1eb1d212218c393f12a",
                                    operation="INSERT",
                                    pgid="pgtrigger_dispute_exhibit_of_its_dealer_f1632",
                                    table="incentives_disputeexhibit",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DisputeRuling",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "instance",
                            models.PositiveSmallIntegerField(default=1, verbose_name="instance"),
                        ),
                        (
                            "number",
                            models.PositiveSmallIntegerField(default=1, verbose_name="number"),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("upheld", "The dealer is right"),
                                    ("partial", "The dealer is right in part"),
                                    ("refused", "The line stays as it is"),
                                ],
                                max_length=8,
                                verbose_name="decision",
                            ),
                        ),
                        ("reason", models.CharField(max_length=1000, verbose_name="reason")),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="recorded at"
                            ),
                        ),
                        (
                            "adjustment",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="ruling",
                                to="incentives.adjustment",
                                verbose_name="adjustment",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="decided by",
                            ),
                        ),
                        (
                            "dispute",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rulings",
                                to="incentives.dispute",
                                verbose_name="dispute",
                            ),
                        ),
                        ("withheld", models.DecimalField(db_default=0, verbose_name="never paid")),
                    ],
                    options={
                        "verbose_name": "decision about a dispute",
                        "verbose_name_plural": "decisions about disputes",
                        "ordering": ("dispute_id", "number"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "recorded_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "recorded_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="dispute_ruling_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("dispute", "number"), name="dispute_ruling_numbered_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("adjustment__isnull", True), ("outcome", "refused")),
                                    models.Q(
                                        ("adjustment__isnull", False),
                                        ("outcome__in", ["upheld", "partial"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="dispute_ruling_has_an_amount_unless_refused",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reason", ""), _negated=True),
                                    ("instance__in", [1, 2]),
                                ),
                                name="dispute_ruling_has_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("withheld", 0),
                                    models.Q(("adjustment__isnull", False), ("withheld__gt", 0)),
                                    _connector="OR",
                                ),
                                name="dispute_ruling_withholds_of_what_it_takes_off",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="dispute_ruling_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="8290beac8dedf2214ae9934af6671c96dca773af",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_dispute_ruling_only_added_7eb50",
                                    table="incentives_disputeruling",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="dispute_ruling_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="ae3d04a27e3726e30f6357ea46e4e866740558f4",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_dispute_ruling_never_emptied_12c1a",
                                    table="incentives_disputeruling",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="dispute_ruling_follows_the_one_before",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.number <> 1 + (SELECT count(*) FROM incentives_disputeruling
                    WHERE dispute_id = NEW.dispute_id)
                OR NEW.instance = 2 AND NOT EXISTS (SELECT FROM incentives_disputeevent
                    WHERE dispute_id = NEW.dispute_id AND step = 'reopened')
                OR EXISTS (SELECT FROM incentives_disputeruling AS r
                    LEFT JOIN incentives_adjustmentdecision AS d
                        ON d.adjustment_id = r.adjustment_id
                    WHERE r.dispute_id = NEW.dispute_id AND d.approved IS NOT FALSE
                    AND (r.instance = NEW.instance OR r.by_id = NEW.by_id))
                OR NEW.adjustment_id IS NOT NULL AND NOT EXISTS (
                    SELECT FROM incentives_adjustment AS a JOIN incentives_dispute AS d
                        ON d.dealer_id = a.dealer_id
                    WHERE (a.id, d.id) = (NEW.adjustment_id, NEW.dispute_id)) THEN
            RAISE check_violation USING CONSTRAINT = 'dispute_ruling_follows_the_one_before', MESSAGE = 'A dispute is decided once, and once more by somebody else.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="b733c40202ed0df31dadf2fdd357709d6f9f307d",
                                    operation="INSERT",
                                    pgid="pgtrigger_dispute_ruling_follows_the_one_before_418bc",
                                    table="incentives_disputeruling",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="dispute_ruling_withholds_what_can_be",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.withheld > 0 AND EXISTS (
                    SELECT FROM incentives_dispute AS d
                    JOIN incentives_statement AS s ON s.id = d.statement_id
                    JOIN incentives_line AS l ON l.id = d.line_id
                    JOIN incentives_adjustment AS a ON a.id = NEW.adjustment_id
                    WHERE d.id = NEW.dispute_id
                    AND NEW.withheld > least(-a.amount, l.amount, s.payable - (
    SELECT coalesce(sum(p.amount), 0) FROM incentives_payout AS p
    WHERE p.statement_id = s.id AND p.state IN ('waiting', 'paid')))) THEN
            RAISE check_violation USING CONSTRAINT = 'dispute_ruling_withholds_what_can_be', MESSAGE = 'What is never paid is taken off, and was not paid.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="f6dda73b353c3e3fd849ee636ac619e6dcf9c67b",
                                    operation="INSERT",
                                    pgid="pgtrigger_dispute_ruling_withholds_what_can_be_d40d1",
                                    table="incentives_disputeruling",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="dispute_gives_no_more_than_is_asked_for",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF EXISTS (
                    SELECT FROM (
                        SELECT coalesce(d.expected, CASE d.kind WHEN 'not_mine' THEN 0 END)
                            - l.amount AS asked, (
                            SELECT coalesce(sum(a.amount), 0) FROM incentives_adjustment AS a
                            LEFT JOIN incentives_adjustmentdecision AS said
                                ON said.adjustment_id = a.id
                            WHERE said.approved IS NOT FALSE AND (a.id = NEW.adjustment_id
                                OR a.id IN (SELECT adjustment_id FROM incentives_disputeruling
                                    WHERE dispute_id = d.id))
                            AND NOT EXISTS (SELECT FROM incentives_adjustment AS back
                                JOIN incentives_journal AS j ON j.key = 'adjust:' || back.code
                                WHERE back.reverses_id = a.id)) AS given
                        FROM incentives_dispute AS d
                        JOIN incentives_line AS l ON l.id = d.line_id
                        WHERE d.id = NEW.dispute_id) AS told
                    WHERE asked IS NOT NULL
                    AND given NOT BETWEEN least(asked, 0) AND greatest(asked, 0)) THEN
            RAISE check_violation USING CONSTRAINT = 'dispute_gives_no_more_than_is_asked_for', MESSAGE = 'All decisions about a line give what the dealer asks for, or less.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="6dee675477695f85fbf951309f114b0da3be1912",
                                    operation="INSERT",
                                    pgid="pgtrigger_dispute_gives_no_more_than_is_asked_for_b8c7f",
                                    table="incentives_disputeruling",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SharingGroup",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "level",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (0, "Fingerprint only"),
                                    (1, "Masked profile"),
                                    (2, "Contact for after-sales service"),
                                    (3, "Co-marketing"),
                                ],
                                verbose_name="level",
                            ),
                        ),
                        (
                            "dealers",
                            models.PositiveIntegerField(
                                blank=True, null=True, verbose_name="dealers"
                            ),
                        ),
                        (
                            "received",
                            models.DecimalField(
                                blank=True, null=True, verbose_name="total of the statement"
                            ),
                        ),
                        (
                            "per_hundred",
                            models.DecimalField(
                                blank=True,
                                null=True,
                                verbose_name="of it for 100 protected customers",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sharing_groups",
                                to="incentives.run",
                                verbose_name="closed month",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "month of a level of sharing",
                        "verbose_name_plural": "months of levels of sharing",
                        "ordering": ("-run__month", "level"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("run", "level"), name="sharing_group_once_a_month"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("dealers__gte", 5), ("received__isnull", False)),
                                    models.Q(
                                        ("dealers", None), ("per_hundred", None), ("received", None)
                                    ),
                                    _connector="OR",
                                ),
                                name="sharing_group_of_five_or_more",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="sharing_group_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="4bdafd0376117d5cc0c791a04ca0e9343f41fafb",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_sharing_group_only_added_6ae09",
                                    table="incentives_sharinggroup",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="sharing_group_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="e1de4b59795aa69810e9723b93da6a9e762feb4d",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_sharing_group_never_emptied_9e1b3",
                                    table="incentives_sharinggroup",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="sharing_group_by_the_worker",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (current_user IN ('portal_dealer', 'portal_region', 'portal_hq'))",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                                    hash="f936bfc4aa8f7c94fb8bdca7862fa3730562fe26",
                                    operation="INSERT",
                                    pgid="pgtrigger_sharing_group_by_the_worker_47e2f",
                                    table="incentives_sharinggroup",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlanBudget",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("starts_on", models.DateField(verbose_name="from")),
                        ("ends_on", models.DateField(verbose_name="until, not included")),
                        (
                            "amount",
                            models.DecimalField(
                                validators=[
                                    django.core.validators.MaxValueValidator(
                                        Decimal("1000000000000")
                                    )
                                ],
                                verbose_name="budget",
                            ),
                        ),
                        ("set_at", models.DateTimeField(verbose_name="set at")),
                        (
                            "withdrawn_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="withdrawn at"
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="budgets",
                                to="incentives.plan",
                                verbose_name="plan",
                            ),
                        ),
                        (
                            "set_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="set by",
                            ),
                        ),
                        (
                            "withdrawn_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="withdrawn by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "budget of a plan",
                        "verbose_name_plural": "budgets of plans",
                        "ordering": ("-starts_on", "plan", "-id"),
                        "default_permissions": ("add", "change", "view"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "set_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "set_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "withdrawn_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "withdrawn_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    ("starts_on__gte", datetime.date(1990, 1, 1)),
                                    ("starts_on__lte", datetime.date(2200, 1, 1)),
                                    ("ends_on__gte", datetime.date(1990, 1, 1)),
                                    ("ends_on__lte", datetime.date(2200, 1, 1)),
                                ),
                                name="plan_budget_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_on__day", 1),
                                    ("ends_on__gt", models.F("starts_on")),
                                    ("starts_on__day", 1),
                                ),
                                name="plan_budget_is_of_whole_months",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)),
                                name="plan_budget_of_some_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__lte", Decimal("1000000000000"))),
                                name="plan_budget_amount_is_not_too_large",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("withdrawn_at__isnull", True),
                                        ("withdrawn_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="plan_budget_withdrawn_by_somebody",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("withdrawn_at__isnull", True)),
                                expressions=[
                                    ("plan", "="),
                                    (
                                        models.Func(
                                            models.F("starts_on"),
                                            models.F("ends_on"),
                                            function="daterange",
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="plan_budget_one_at_a_time",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="plan_budget_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."plan_id" IS DISTINCT FROM (NEW."plan_id") OR OLD."starts_on" IS DISTINCT FROM (NEW."starts_on") OR OLD."ends_on" IS DISTINCT FROM (NEW."ends_on") OR OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."set_by_id" IS DISTINCT FROM (NEW."set_by_id") OR OLD."set_at" IS DISTINCT FROM (NEW."set_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="a4f990b6dbae0f40ef39457893e2ae408a70c9ee",
                                    operation="UPDATE",
                                    pgid="pgtrigger_plan_budget_stays_4709c",
                                    table="incentives_planbudget",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="plan_budget_withdrawn_once",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.withdrawn_at IS NOT NULL AND to_jsonb(OLD) <> to_jsonb(NEW))",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="05731c177602cd8affd9e91c6bf5cd721260c654",
                                    operation="UPDATE",
                                    pgid="pgtrigger_plan_budget_withdrawn_once_c5428",
                                    table="incentives_planbudget",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="plan_budget_of_what_the_brand_pays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF EXISTS (SELECT FROM incentives_plan AS p
                    WHERE p.id = NEW.plan_id AND p.direction <> 'brand_pays') THEN
            RAISE check_violation USING CONSTRAINT = 'plan_budget_of_what_the_brand_pays', MESSAGE = 'A budget is of a plan by which the brand pays.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="418d5eaa657383cf3639e7e2494365f7fd8fc4f4",
                                    operation="INSERT",
                                    pgid="pgtrigger_plan_budget_of_what_the_brand_pays_0b51e",
                                    table="incentives_planbudget",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="plan_budget_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="cfc8895eee25c4220200f69f15a8572f8c0a8f78",
                                    operation="DELETE",
                                    pgid="pgtrigger_plan_budget_never_deleted_6efad",
                                    table="incentives_planbudget",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="plan_budget_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="742b0296a8640b74a841768c15a67a578d3eefe5",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_plan_budget_never_emptied_730b2",
                                    table="incentives_planbudget",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BudgetStanding",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("computed_at", models.DateTimeField(verbose_name="computed at")),
                        ("booked", models.DecimalField(verbose_name="booked")),
                        (
                            "estimated",
                            models.DecimalField(verbose_name="estimated, not booked yet"),
                        ),
                        ("forecast", models.DecimalField(null=True, verbose_name="forecast")),
                        (
                            "days_over",
                            models.PositiveIntegerField(verbose_name="working days that are over"),
                        ),
                        ("days", models.PositiveIntegerField(verbose_name="working days")),
                        ("months", models.JSONField(default=list, verbose_name="months")),
                        (
                            "budget",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="standing",
                                to="incentives.planbudget",
                                verbose_name="budget of a plan",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "standing of a budget",
                        "verbose_name_plural": "standings of budgets",
                        "default_permissions": (),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "computed_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "computed_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="budget_standing_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("days_over__lte", models.F("days"))),
                                name="budget_standing_days_of_its_days",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BudgetAlarm",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("percent", models.PositiveSmallIntegerField(verbose_name="percent")),
                        ("spent", models.DecimalField(verbose_name="spent")),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "budget",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alarms",
                                to="incentives.planbudget",
                                verbose_name="budget of a plan",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "alarm of a budget",
                        "verbose_name_plural": "alarms of budgets",
                        "ordering": ("budget", "percent"),
                        "default_permissions": ("view",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="budget_alarm_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("budget", "percent"), name="budget_alarm_once_a_threshold"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("percent__in", (80, 100))),
                                name="budget_alarm_at_a_threshold",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="budget_alarm_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="79ac8221d513ef673244e5db2833b81e030b762c",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_budget_alarm_only_added_65907",
                                    table="incentives_budgetalarm",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="budget_alarm_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="ad40267787da5ef6ac4c3a3b89227a9a0d037da5",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_budget_alarm_never_emptied_f0ac8",
                                    table="incentives_budgetalarm",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
        # Lines are written by the hundred thousand; a gap in their numbers means nothing.
        migrations.RunSQL(
            "ALTER SEQUENCE incentives_line_id_seq CACHE 1000", migrations.RunSQL.noop
        ),
        migrations.RunPython(create_groups, migrations.RunPython.noop),
    ]
