"""All tables of this app as they were in November 2026, in one step.

A database that has taken steps of before goes on with those; they go with the next release.
"""

import datetime
import dealers.codes
import dealers.constraints
import dealers.models.network
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
import pgtrigger.compiler
import uuid
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("dealers", "0001_initial"),
        ("dealers", "0002_outbox"),
        ("dealers", "0003_safe_codes"),
        ("dealers", "0004_exports"),
        ("dealers", "0005_look_ups"),
        ("dealers", "0006_sign_in"),
        ("dealers", "0007_bounds"),
        ("dealers", "0008_who_becomes_whom"),
        ("dealers", "0009_store_with_its_dealer"),
        ("dealers", "0010_people_without_mail"),
        ("dealers", "0011_contact_data"),
        ("dealers", "0012_looks_of_headquarters"),
        ("dealers", "0013_uploads"),
        ("dealers", "0014_uploads_of_dealers"),
        ("dealers", "0015_store_of_uploads"),
        ("dealers", "0016_outbox_and_notices"),
        ("dealers", "0017_second_factor"),
        ("dealers", "0018_who_looked"),
        ("dealers", "0019_keys_that_change"),
        ("dealers", "0020_headquarters_made_by_headquarters"),
        ("dealers", "0021_calendar_and_dispatch"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="KeyCheck",
            fields=[
                (
                    "name",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="key"
                    ),
                ),
                ("value", models.BinaryField(verbose_name="check value")),
            ],
            options={
                "verbose_name": "key check value",
                "verbose_name_plural": "key check values",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="key_check_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="8cbf717192feecf383c480a130f97159b6d1367d",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_key_check_only_added_19226",
                            table="dealers_keycheck",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="key_check_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="c6c7600ced10c908f2b746bf795f7c1294395454",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_key_check_never_emptied_5863d",
                            table="dealers_keycheck",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OutboxTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("task", models.CharField(max_length=120, verbose_name="task")),
                ("args", models.JSONField(blank=True, default=list, verbose_name="arguments")),
                (
                    "key",
                    models.CharField(
                        blank=True,
                        help_text="Put down once only, however often.",
                        max_length=120,
                        verbose_name="key",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("due_at", models.DateTimeField(verbose_name="handed over next at")),
                (
                    "sent_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="handed over at"),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                (
                    "problem",
                    models.CharField(blank=True, max_length=500, verbose_name="what went wrong"),
                ),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done at")),
                (
                    "given_up_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="given up at"),
                ),
            ],
            options={
                "verbose_name": "task for the worker",
                "verbose_name_plural": "tasks for the worker",
                "ordering": ("-at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at__gte", datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            ("at__lte", datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            (
                                "due_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "due_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "sent_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "sent_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "done_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "done_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "given_up_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "given_up_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="outbox_task_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("done_at__isnull", True),
                            ("given_up_at__isnull", True),
                            _connector="OR",
                        ),
                        name="outbox_task_done_or_given_up",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("key", ""), _negated=True),
                        fields=("key",),
                        name="outbox_task_once_by_its_key",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("done_at__isnull", True), ("given_up_at__isnull", True)
                        ),
                        fields=["due_at"],
                        name="outbox_to_do",
                    ),
                    models.Index(
                        condition=models.Q(("given_up_at__isnull", False)),
                        fields=["given_up_at"],
                        name="outbox_given_up",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PortalKey",
            fields=[
                (
                    "name",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="name"
                    ),
                ),
                ("wrapped", models.BinaryField(verbose_name="wrapped key")),
                ("master_key_id", models.CharField(max_length=16, verbose_name="master key")),
            ],
            options={
                "verbose_name": "key of the portal",
                "verbose_name_plural": "keys of the portal",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="portal_key_never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="2dc91977647e0a1f677929407dc11943ae1ca4fa",
                            operation="DELETE",
                            pgid="pgtrigger_portal_key_never_deleted_e2c2b",
                            table="dealers_portalkey",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="portal_key_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="698ae4dcdd7b1e2af239693c014bb956190c6902",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_portal_key_never_emptied_a36bf",
                            table="dealers_portalkey",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Region",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        max_length=40,
                        unique=True,
                        validators=[dealers.codes.validate_code],
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
            ],
            options={
                "verbose_name": "region",
                "verbose_name_plural": "regions",
                "ordering": ("code",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "code__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                            models.Q(
                                (
                                    "name__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                        ),
                        name="region_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="region_code_is_safe",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.code ~ '[/\\\\?#%\\\"[:cntrl:]]|^\\s|\\s$|^[.]*$')",
                            func="RAISE EXCEPTION 'pgtrigger: Cannot insert or update of \"code\" rows from % table', TG_TABLE_NAME;",
                            hash="7c102680c7869d6dd8f62177c0d97ce130824f9a",
                            operation='INSERT OR UPDATE OF "code"',
                            pgid="pgtrigger_region_code_is_safe_daeb7",
                            table="dealers_region",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                ("works", models.BooleanField(verbose_name="is a working day")),
                ("why", models.CharField(blank=True, max_length=120, verbose_name="why")),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: in all regions.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dealers.region",
                        verbose_name="region",
                    ),
                ),
            ],
            options={
                "verbose_name": "correction of the calendar",
                "verbose_name_plural": "corrections of the calendar",
                "ordering": ("-day", "region"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("day__gte", datetime.date(1990, 1, 1)),
                            ("day__lte", datetime.date(2200, 1, 1)),
                        ),
                        name="calendar_day_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "why__regex",
                                "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                            ),
                            _negated=True,
                        ),
                        name="calendar_day_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    ),
                    models.UniqueConstraint(
                        fields=("day", "region"),
                        name="calendar_day_corrected_once",
                        nulls_distinct=False,
                        violation_error_message="This day is corrected already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Dealer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        max_length=40,
                        unique=True,
                        validators=[dealers.codes.validate_code],
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "contact",
                    models.CharField(
                        blank=True,
                        help_text="Whom to ask for, where it is not the owner.",
                        max_length=120,
                        verbose_name="contact person",
                    ),
                ),
                (
                    "phone",
                    models.CharField(
                        blank=True,
                        help_text="Landline or mobile, for example 0571-8765 4321.",
                        max_length=30,
                        validators=[dealers.models.network.validate_phone],
                        verbose_name="phone",
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                (
                    "address",
                    models.CharField(blank=True, max_length=240, verbose_name="postal address"),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="dealers",
                        to="dealers.region",
                        verbose_name="region",
                    ),
                ),
            ],
            options={
                "verbose_name": "dealer",
                "verbose_name_plural": "dealers",
                "ordering": ("code",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "code__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                            models.Q(
                                (
                                    "name__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                        ),
                        name="dealer_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "contact__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                            models.Q(
                                (
                                    "address__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                        ),
                        name="dealer_contact_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("phone", ""), ("phone__regex", "^\\+?[0-9][0-9 -]*$"), _connector="OR"
                        ),
                        name="dealer_phone_is_a_number",
                        violation_error_message="A phone number has digits, spaces and hyphens only.",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="dealer_code_is_safe",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.code ~ '[/\\\\?#%\\\"[:cntrl:]]|^\\s|\\s$|^[.]*$')",
                            func="RAISE EXCEPTION 'pgtrigger: Cannot insert or update of \"code\" rows from % table', TG_TABLE_NAME;",
                            hash="298e3cbe4f8b8dfd0e8b2ba380b89aa3929925a9",
                            operation='INSERT OR UPDATE OF "code"',
                            pgid="pgtrigger_dealer_code_is_safe_eb07e",
                            table="dealers_dealer",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DealerKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("wrapped", models.BinaryField(verbose_name="wrapped key")),
                ("master_key_id", models.CharField(max_length=16, verbose_name="master key")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="created at"
                    ),
                ),
                (
                    "retired_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="out of use since"),
                ),
                (
                    "destroyed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="destroyed at"),
                ),
                (
                    "dealer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="data_keys",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="dealers.dealerkey",
                        verbose_name="replaces",
                    ),
                ),
            ],
            options={
                "verbose_name": "dealer key",
                "verbose_name_plural": "dealer keys",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "created_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "created_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "retired_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "retired_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "destroyed_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "destroyed_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="dealer_key_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("replaces__isnull", True)),
                        fields=("dealer",),
                        name="dealer_key_first_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("destroyed_at__isnull", True),
                                django.db.models.expressions.NegatedExpression(
                                    django.db.models.lookups.Exact(
                                        models.Func(
                                            models.F("wrapped"),
                                            function="octet_length",
                                            output_field=models.IntegerField(),
                                        ),
                                        0,
                                    )
                                ),
                            ),
                            models.Q(
                                ("destroyed_at__isnull", False),
                                django.db.models.lookups.Exact(
                                    models.Func(
                                        models.F("wrapped"),
                                        function="octet_length",
                                        output_field=models.IntegerField(),
                                    ),
                                    0,
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="dealer_key_destroyed_is_empty",
                    ),
                ],
                "indexes": [models.Index(fields=["dealer"], name="dealer_keys_of_dealer")],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="dealer_key_stays_its_dealers",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."replaces_id" IS DISTINCT FROM (NEW."replaces_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="851412a0a24fdb78de468146844545b54044e607",
                            operation="UPDATE",
                            pgid="pgtrigger_dealer_key_stays_its_dealers_001cb",
                            table="dealers_dealerkey",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="dealer_key_only_rewrapped",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.destroyed_at IS NOT NULL OR NEW.wrapped <> OLD.wrapped AND NEW.destroyed_at IS NULL AND NEW.master_key_id = OLD.master_key_id)",
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="ce62b7d1fd9b7c2d147558fb67d3b6b54e55bbbe",
                            operation="UPDATE",
                            pgid="pgtrigger_dealer_key_only_rewrapped_328e3",
                            table="dealers_dealerkey",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="dealer_key_never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="1ef3fa53e5b8aead8e5868f5dd30d8fde83ed5b1",
                            operation="DELETE",
                            pgid="pgtrigger_dealer_key_never_deleted_f54a8",
                            table="dealers_dealerkey",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="dealer_key_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="0b79ef966886a54327cdfcaa1f440f944ff84d0d",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_dealer_key_never_emptied_4c75e",
                            table="dealers_dealerkey",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SignInTry",
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
                            ("sent", "Code sent"),
                            ("wrong", "Wrong try"),
                            ("passed", "Signed in"),
                            ("alarm", "Alarm"),
                        ],
                        max_length=6,
                        verbose_name="kind",
                    ),
                ),
                (
                    "account",
                    models.CharField(
                        blank=True, max_length=32, verbose_name="digest of the account"
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        blank=True, max_length=32, verbose_name="digest of the origin"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
            ],
            options={
                "verbose_name": "try to sign in",
                "verbose_name_plural": "tries to sign in",
                "ordering": ("at", "pk"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at__gte", datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            ("at__lte", datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                        ),
                        name="sign_in_try_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["sent", "wrong", "passed", "alarm"])),
                        name="sign_in_try_kind_is_known",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["account", "at"], name="sign_in_tries_of_account"),
                    models.Index(
                        condition=models.Q(("origin", ""), _negated=True),
                        fields=["origin", "kind", "at"],
                        name="sign_in_tries_of_origin",
                    ),
                    models.Index(fields=["at"], name="sign_in_tries_by_time"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Store",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        max_length=40,
                        unique=True,
                        validators=[dealers.codes.validate_store_code],
                        verbose_name="code",
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "timezone",
                    models.CharField(
                        default="Asia/Shanghai",
                        max_length=64,
                        validators=[dealers.models.network.validate_timezone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "size_class",
                    models.CharField(
                        choices=[("A", "A (large)"), ("B", "B (medium)"), ("C", "C (small)")],
                        max_length=1,
                        verbose_name="size",
                    ),
                ),
                ("opened_on", models.DateField(verbose_name="opened on")),
                (
                    "phone",
                    models.CharField(
                        blank=True,
                        help_text="Landline or mobile, for example 0571-8765 4321.",
                        max_length=30,
                        validators=[dealers.models.network.validate_phone],
                        verbose_name="phone",
                    ),
                ),
                (
                    "address",
                    models.CharField(blank=True, max_length=240, verbose_name="postal address"),
                ),
                (
                    "dealer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stores",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
            ],
            options={
                "verbose_name": "store",
                "verbose_name_plural": "stores",
                "ordering": ("code",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("opened_on__gte", datetime.date(1990, 1, 1)),
                            ("opened_on__lte", datetime.date(2200, 1, 1)),
                        ),
                        name="store_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "code__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                            models.Q(
                                (
                                    "name__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                        ),
                        name="store_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "address__regex",
                                "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                            ),
                            _negated=True,
                        ),
                        name="store_address_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("phone", ""), ("phone__regex", "^\\+?[0-9][0-9 -]*$"), _connector="OR"
                        ),
                        name="store_phone_is_a_number",
                        violation_error_message="A phone number has digits, spaces and hyphens only.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size_class__in", ["A", "B", "C"])),
                        name="store_size_class_is_known",
                    ),
                    models.UniqueConstraint(fields=("id", "dealer"), name="store_with_its_dealer"),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="store_code_is_safe",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.code ~ '[/\\\\?#%\\\"[:cntrl:]]|^\\s|\\s$|^[.]*$' OR upper(NEW.code) = 'ONLINE')",
                            func="RAISE EXCEPTION 'pgtrigger: Cannot insert or update of \"code\" rows from % table', TG_TABLE_NAME;",
                            hash="e498e56b88f2b64c1419436919e5c01c58f269b4",
                            operation='INSERT OR UPDATE OF "code"',
                            pgid="pgtrigger_store_code_is_safe_2a750",
                            table="dealers_store",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="store_stays_with_its_dealer",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="20264cf05feea050da35bdaa94d433580440b1ea",
                            operation="UPDATE",
                            pgid="pgtrigger_store_stays_with_its_dealer_b9c6b",
                            table="dealers_store",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "email",
                    models.EmailField(
                        blank=True, max_length=254, null=True, unique=True, verbose_name="e-mail"
                    ),
                ),
                (
                    "phone",
                    models.CharField(
                        blank=True,
                        help_text="E.164",
                        max_length=16,
                        null=True,
                        verbose_name="mobile number",
                    ),
                ),
                (
                    "phone_verified",
                    models.BooleanField(default=False, verbose_name="mobile number verified"),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        choices=[("zh-hans", "简体中文"), ("en", "English")],
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                ("is_staff", models.BooleanField(default=False, verbose_name="works at HQ")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "second_factor_by",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="second factor set up until"
                    ),
                ),
                (
                    "date_joined",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="joined at"
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "ordering": ("email",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "last_login__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "last_login__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "date_joined__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "date_joined__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "second_factor_by__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "second_factor_by__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="user_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "name__regex",
                                "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                            ),
                            _negated=True,
                        ),
                        name="user_name_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("email__isnull", False), models.Q(("email", ""), _negated=True)
                            ),
                            ("phone__isnull", False),
                            _connector="OR",
                        ),
                        name="user_has_an_address_or_a_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ["", "zh-hans", "en"])),
                        name="user_language_is_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("phone_verified", True)),
                        fields=("phone",),
                        name="user_phone_confirmed_once",
                        violation_error_message="Another account uses this mobile number.",
                    ),
                    models.UniqueConstraint(
                        django.db.models.functions.text.Upper("email"),
                        name="user_email_once_in_any_case",
                        violation_error_message="This e-mail address has an account already.",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="user_never_becomes_superuser",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (NEW."is_superuser" AND NOT OLD."is_superuser")',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="3c04a2c15d5d8d26746cb61099ea2d13e352e8bf",
                            operation="UPDATE",
                            pgid="pgtrigger_user_never_becomes_superuser_19eca",
                            table="dealers_user",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="headquarters_has_no_post_at_a_dealer",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NOT (OLD.is_staff OR OLD.is_superuser) AND (NEW.is_staff OR NEW.is_superuser))",
                            func="IF EXISTS (SELECT FROM dealers_membership WHERE user_id = NEW.id AND dealer_id IS NOT NULL AND (ends_at IS NULL OR ends_at > clock_timestamp())) THEN RAISE EXCEPTION 'Headquarters holds no post inside a dealer: %', TG_NAME USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME; END IF; RETURN NEW;",
                            hash="3e349f0c752373d8214ec091aac420bcf8f8c19d",
                            operation='UPDATE OF "is_staff", "is_superuser"',
                            pgid="pgtrigger_headquarters_has_no_post_at_a_dealer_4b7f2",
                            table="dealers_user",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="headquarters_made_by_headquarters_new",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN ((NEW.is_staff OR NEW.is_superuser) AND current_user IN ('portal_door', 'portal_dealer', 'portal_region', 'portal_public'))",
                            func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                            hash="95cb9cc8367770c41fc257288e60fe45445343d5",
                            operation="INSERT",
                            pgid="pgtrigger_headquarters_made_by_headquarters_new_41ead",
                            table="dealers_user",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="headquarters_made_by_headquarters",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN ((NEW.is_staff > OLD.is_staff OR NEW.is_superuser > OLD.is_superuser) AND current_user IN ('portal_door', 'portal_dealer', 'portal_region', 'portal_public'))",
                            func='RAISE EXCEPTION \'pgtrigger: Cannot update of "is_staff", "is_superuser" rows from % table\', TG_TABLE_NAME;',
                            hash="74e60a5b22c5d514b96071e4df441d049bc53ff4",
                            operation='UPDATE OF "is_staff", "is_superuser"',
                            pgid="pgtrigger_headquarters_made_by_headquarters_9e514",
                            table="dealers_user",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccessLog",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "agent",
                    models.CharField(
                        blank=True, default="", max_length=100, verbose_name="task or command"
                    ),
                ),
                ("role", models.CharField(max_length=40, verbose_name="role")),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("reveal", "Number shown"),
                            ("look_up", "Number looked up"),
                            ("export", "Exported"),
                            ("look", "Looked at the owner's pages"),
                            ("view", "Customers on a page"),
                        ],
                        max_length=20,
                        verbose_name="action",
                    ),
                ),
                ("customer", models.UUIDField(blank=True, null=True, verbose_name="customer card")),
                (
                    "customers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), blank=True, default=list, editable=False
                    ),
                ),
                ("fields", models.CharField(max_length=200, verbose_name="fields")),
                ("purpose", models.CharField(max_length=500, verbose_name="purpose")),
                ("count", models.PositiveIntegerField(default=1, verbose_name="customers")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="at")),
                ("written_in", models.BigIntegerField(default=0, editable=False)),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "dealer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="access_log",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
            ],
            options={
                "verbose_name": "access log entry",
                "verbose_name_plural": "access log",
                "ordering": ("-at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at__gte", datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            ("at__lte", datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                        ),
                        name="access_log_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("user__isnull", False),
                            models.Q(("agent", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="access_log_says_who",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["dealer", "-at", "-id"], name="access_log_dealer_newest"),
                    models.Index(fields=["user", "-at"], name="access_log_person_newest"),
                    models.Index(fields=["customer", "-at"], name="access_log_customer_newest"),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="access_log_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="bf99666fadfae0de07edd0d6602af163b587fe65",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_access_log_only_added_d3b5e",
                            table="dealers_accesslog",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="access_log_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="f5b159d1e711ad39feb528a0ddc978f619c902c9",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_access_log_never_emptied_daffa",
                            table="dealers_accesslog",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="access_log_knows_its_transaction",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="NEW.written_in := pg_current_xact_id()::text::bigint; RETURN NEW;",
                            hash="4290084f1d50db7c450fec48e0cfea6f95632dcd",
                            operation="INSERT",
                            pgid="pgtrigger_access_log_knows_its_transaction_ac37a",
                            table="dealers_accesslog",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="access_log_is_watched",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE today bigint; usual numeric;",
                            func="\n    IF NEW.role <> 'owner' AND (NEW.user_id IS NOT NULL OR NEW.action = 'reveal')\n    AND EXISTS (\n        SELECT FROM dealers_canary AS canary\n        WHERE canary.dealer_id = NEW.dealer_id AND canary.ended_at IS NULL AND (\n            canary.customer = NEW.customer OR canary.customer = ANY (NEW.customers)\n            -- A file of customers that does not name them may have them all.\n            OR NEW.action = 'export' AND cardinality(NEW.customers) = 0\n                AND NEW.fields LIKE '%phone%'))\n    THEN\n        INSERT INTO dealers_accessalarm (dealer_id, entry_id, kind, at)\n        VALUES (NEW.dealer_id, NEW.id, 'canary', NEW.at);\n    END IF;\n    IF NEW.user_id IS NULL OR NEW.role = 'owner' OR NEW.action = 'look' THEN\n        RETURN NULL;\n    END IF;\n    SELECT coalesce(sum(count), 0) INTO today FROM dealers_accesslog\n    WHERE user_id = NEW.user_id AND action = NEW.action\n        AND at > NEW.at - interval '24 hours' AND at <= NEW.at;\n    IF today <= (CASE NEW.action WHEN 'view' THEN 500 WHEN 'export' THEN 200 ELSE 20 END) THEN\n        RETURN NULL;\n    END IF;\n    -- The average of the days of the last 30 on which this person did it at all.\n    SELECT coalesce(sum(count)::numeric / nullif(count(DISTINCT at::date), 0), 0) INTO usual\n    FROM dealers_accesslog\n    WHERE user_id = NEW.user_id AND action = NEW.action\n        AND at > NEW.at - interval '31 days' AND at <= NEW.at - interval '24 hours';\n    IF today > 3 * usual AND NOT EXISTS (\n        SELECT FROM dealers_accessalarm AS alarm\n        JOIN dealers_accesslog AS entry ON entry.id = alarm.entry_id\n        WHERE alarm.kind = 'bulk' AND entry.user_id = NEW.user_id\n            AND alarm.dealer_id = NEW.dealer_id AND entry.action = NEW.action\n            AND entry.at > NEW.at - interval '24 hours')\n    THEN\n        INSERT INTO dealers_accessalarm (dealer_id, entry_id, kind, at)\n        VALUES (NEW.dealer_id, NEW.id, 'bulk', NEW.at);\n    END IF;\n    RETURN NULL;\n",
                            hash="f7e3dbda96ea6f791097507295783423050ab330",
                            operation="INSERT",
                            pgid="pgtrigger_access_log_is_watched_69ad3",
                            table="dealers_accesslog",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="access_log_at_the_moment_itself",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.at NOT BETWEEN now() - interval '5 minutes' AND clock_timestamp() + interval '5 minutes')",
                            func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                            hash="9adf1974e080465b4253db2c9b9b1103209d226e",
                            operation="INSERT",
                            pgid="pgtrigger_access_log_at_the_moment_itself_a7269",
                            table="dealers_accesslog",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccessAlarm",
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
                            ("bulk", "Far more than this person usually looks at"),
                            ("canary", "A test customer was touched"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="at")),
                ("told_at", models.DateTimeField(blank=True, null=True, verbose_name="told at")),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="alarms",
                        to="dealers.accesslog",
                    ),
                ),
                (
                    "dealer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
            ],
            options={
                "verbose_name": "access alarm",
                "verbose_name_plural": "access alarms",
                "ordering": ("-at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at__gte", datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            ("at__lte", datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            (
                                "told_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "told_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="access_alarm_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.UniqueConstraint(fields=("entry", "kind"), name="access_alarm_once"),
                ],
                "indexes": [
                    models.Index(fields=["dealer", "-at"], name="access_alarm_dealer_newest"),
                    models.Index(
                        condition=models.Q(("told_at", None)),
                        fields=["at"],
                        name="access_alarm_untold",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="access_alarm_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."entry_id" IS DISTINCT FROM (NEW."entry_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."at" IS DISTINCT FROM (NEW."at"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="f82cc0bebd51b65d8b7889c0517927095a269497",
                            operation="UPDATE",
                            pgid="pgtrigger_access_alarm_stays_2746f",
                            table="dealers_accessalarm",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="access_alarm_never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="c5749bea05669fdab17e08f6183f4d170bde4391",
                            operation="DELETE",
                            pgid="pgtrigger_access_alarm_never_deleted_002c2",
                            table="dealers_accessalarm",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="access_alarm_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="5dfec55d656fbf06a879d25772e3e2bb2a30458f",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_access_alarm_never_emptied_f663d",
                            table="dealers_accessalarm",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Canary",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("customer", models.UUIDField(verbose_name="customer card")),
                (
                    "planted_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="at"),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                (
                    "planted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "dealer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
            ],
            options={
                "verbose_name": "test customer",
                "verbose_name_plural": "test customers",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "planted_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "planted_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "ended_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "ended_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="canary_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("customer",),
                        name="canary_once",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="canary_stays_what_it_is",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."customer" IS DISTINCT FROM (NEW."customer"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="15c6992b33e1f5982e73f920233c5606185f68fe",
                            operation="UPDATE",
                            pgid="pgtrigger_canary_stays_what_it_is_63867",
                            table="dealers_canary",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactChange",
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
                        choices=[("email", "E-mail address"), ("phone", "Mobile number")],
                        max_length=10,
                        verbose_name="what",
                    ),
                ),
                ("old", models.CharField(blank=True, max_length=254, verbose_name="before")),
                ("new", models.CharField(max_length=254, verbose_name="after")),
                ("changed_at", models.DateTimeField(verbose_name="changed at")),
                (
                    "undone_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="undone at"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contact_changes",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of address",
                "verbose_name_plural": "changes of address",
                "ordering": ("-changed_at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "changed_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "changed_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "undone_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "undone_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="contact_change_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["email", "phone"])),
                        name="contact_change_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("old", models.F("new")), _negated=True),
                        name="contact_change_changes_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("undone_at__isnull", True),
                            ("undone_at__gte", models.F("changed_at")),
                            _connector="OR",
                        ),
                        name="contact_change_undone_afterwards",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FileImport",
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
                            ("network", "Network"),
                            ("registrations", "Registrations"),
                            ("orders", "Orders and returns"),
                            ("history", "History"),
                            ("program", "Program"),
                            ("people", "People"),
                            ("products", "Products"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(max_length=255, verbose_name="file")),
                ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("done", "Done"),
                            ("rejected", "Done, with rejected rows"),
                            ("failed", "Not imported"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="rows")),
                ("accepted", models.PositiveIntegerField(default=0, verbose_name="accepted")),
                ("repeated", models.PositiveIntegerField(default=0, verbose_name="already there")),
                ("rejected", models.PositiveIntegerField(default=0, verbose_name="rejected")),
                ("problems", models.TextField(blank=True, verbose_name="problems")),
                ("started_at", models.DateTimeField(verbose_name="started at")),
                (
                    "finished_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="finished at"
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
                "verbose_name": "file import",
                "verbose_name_plural": "file imports",
                "ordering": ("-started_at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "started_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "started_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "finished_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "finished_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="file_import_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "name__regex",
                                "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                            ),
                            _negated=True,
                        ),
                        name="file_import_name_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "failed"),
                            (
                                "rows",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("accepted"), "+", models.F("repeated")
                                    ),
                                    "+",
                                    models.F("rejected"),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="file_import_rows_add_up",
                    ),
                ],
                "indexes": [models.Index(fields=["-started_at", "-id"], name="file_import_newest")],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="file_import_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="b157044686687120a6ab4f3741a00d595ab40791",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_file_import_only_added_276ed",
                            table="dealers_fileimport",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="file_import_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="98b793824bc0bb522e07c5d5c93e891a93f8426e",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_file_import_never_emptied_5d2d2",
                            table="dealers_fileimport",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "token",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="token"
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                (
                    "phone",
                    models.CharField(
                        blank=True, help_text="E.164", max_length=16, verbose_name="mobile number"
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("associate", "Associate"),
                            ("store_manager", "Store manager"),
                            ("owner", "Dealer owner"),
                            ("regional_manager", "Regional manager"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                (
                    "invited_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="invited at"
                    ),
                ),
                ("expires_at", models.DateTimeField(verbose_name="valid until")),
                (
                    "accepted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="accepted at"),
                ),
                (
                    "mailed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="link sent at"),
                ),
                ("mails", models.PositiveSmallIntegerField(default=1, verbose_name="mails")),
                ("needs_consent", models.BooleanField(default=False, verbose_name="needs consent")),
                (
                    "consented_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="consented at"),
                ),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="revoked at"),
                ),
                (
                    "accepted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="accepted by",
                    ),
                ),
                (
                    "consented_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="consented by",
                    ),
                ),
                (
                    "dealer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="invited by",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dealers.region",
                        verbose_name="region",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dealers.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "invitation",
                "verbose_name_plural": "invitations",
                "ordering": ("-invited_at",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "invited_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "invited_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "expires_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "expires_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "accepted_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "accepted_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "mailed_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "mailed_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "revoked_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "revoked_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="invitation_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "name__regex",
                                "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                            ),
                            _negated=True,
                        ),
                        name="invitation_name_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("dealer__isnull", False),
                                ("region__isnull", True),
                                ("role__in", ("associate", "store_manager")),
                                ("store__isnull", False),
                            ),
                            models.Q(
                                ("dealer__isnull", False),
                                ("region__isnull", True),
                                ("role", "owner"),
                                ("store__isnull", True),
                            ),
                            models.Q(
                                ("dealer__isnull", True),
                                ("region__isnull", False),
                                ("role", "regional_manager"),
                                ("store__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="invitation_scope_fits_role",
                        violation_error_message="A store role needs a store, an owner a dealer, a regional manager a region.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("email", ""), ("phone", ""), _connector="OR"),
                        name="invitation_by_mail_or_to_a_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("invited_at"))),
                        name="invitation_expires_after_it_was_sent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at__isnull", True), ("accepted_by__isnull", True)),
                            models.Q(
                                ("accepted_at__isnull", False), ("accepted_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="invitation_accepted_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "consented_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "consented_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="invitation_consent_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("consented_at__isnull", True), ("consented_by__isnull", True)
                            ),
                            models.Q(
                                ("consented_at__isnull", False),
                                ("consented_by__isnull", False),
                                models.Q(("consented_by", models.F("invited_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="invitation_consent_is_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accepted_at__isnull", True),
                            ("needs_consent", False),
                            ("consented_at__isnull", False),
                            _connector="OR",
                        ),
                        name="invitation_accepted_with_consent",
                    ),
                    dealers.constraints.TogetherForeignKey(
                        fields=("store", "dealer"),
                        name="invitation_store_is_the_dealers",
                        to="dealers.Store",
                        to_fields=("id", "dealer"),
                        violation_error_message="The store belongs to another dealer.",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="invitation_stays_the_same_post",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."token" IS DISTINCT FROM (NEW."token") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."role" IS DISTINCT FROM (NEW."role") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."region_id" IS DISTINCT FROM (NEW."region_id") OR OLD."invited_by_id" IS DISTINCT FROM (NEW."invited_by_id") OR OLD."invited_at" IS DISTINCT FROM (NEW."invited_at"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="89aadde44bb16ea8f521a60144b1c9c6617aafcb",
                            operation="UPDATE",
                            pgid="pgtrigger_invitation_stays_the_same_post_adfb7",
                            table="dealers_invitation",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="invitation_gets_its_number_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.phone IS DISTINCT FROM NEW.phone AND (OLD.phone <> '' OR OLD.email <> '' OR OLD.accepted_at IS NOT NULL OR OLD.revoked_at IS NOT NULL))",
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="c1a91b84ab3cb9c186bf9faa1166720e10490781",
                            operation="UPDATE",
                            pgid="pgtrigger_invitation_gets_its_number_once_400a9",
                            table="dealers_invitation",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="invitation_used_never_reopened",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN ((OLD.accepted_at IS NOT NULL OR OLD.revoked_at IS NOT NULL) AND (OLD.accepted_at, OLD.accepted_by_id, OLD.revoked_at, OLD.expires_at) IS DISTINCT FROM (NEW.accepted_at, NEW.accepted_by_id, NEW.revoked_at, NEW.expires_at))",
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="fd7bef5399d9832706674b8f1e5c36747454ea6d",
                            operation="UPDATE",
                            pgid="pgtrigger_invitation_used_never_reopened_2e2c3",
                            table="dealers_invitation",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="invitation_never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="62dbb16e9900493c8d332f8badd7158da0102fa8",
                            operation="DELETE",
                            pgid="pgtrigger_invitation_never_deleted_a5822",
                            table="dealers_invitation",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="invitation_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="d9fd8e3812f8c008a31d53db5c01484b3f2ccf9c",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_invitation_never_emptied_9a811",
                            table="dealers_invitation",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="KeyRotation",
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
                            ("master", "Master key"),
                            ("dealer", "A dealer's key"),
                            ("fingerprint", "Fingerprint key"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("done", models.PositiveBigIntegerField(default=0, verbose_name="done")),
                ("total", models.PositiveBigIntegerField(default=0, verbose_name="of")),
                ("started_at", models.DateTimeField(verbose_name="started at")),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished at"),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked for by",
                    ),
                ),
                (
                    "dealer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="key_rotations",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of a key",
                "verbose_name_plural": "changes of keys",
                "ordering": ("-started_at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "started_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "started_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "finished_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "finished_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="key_rotation_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["master", "dealer", "fingerprint"])),
                        name="key_rotation_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("dealer__isnull", False), ("kind", "dealer")),
                            models.Q(
                                models.Q(("kind", "dealer"), _negated=True),
                                ("dealer__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="key_rotation_of_a_dealer_names_it",
                        violation_error_message="Name the dealer whose key is to be replaced, or none.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at__isnull", True)),
                        fields=("kind", "dealer"),
                        name="key_rotation_one_at_a_time",
                        nulls_distinct=False,
                        violation_error_message="This key is being replaced already.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("associate", "Associate"),
                            ("store_manager", "Store manager"),
                            ("owner", "Dealer owner"),
                            ("regional_manager", "Regional manager"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                (
                    "starts_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="from"),
                ),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="to")),
                (
                    "reviewed_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="registrations reviewed at"
                    ),
                ),
                (
                    "dealer",
                    models.ForeignKey(
                        blank=True,
                        help_text="For store roles the store's own dealer; filled in when left empty.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="dealers.region",
                        verbose_name="region",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="dealers.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "membership",
                "verbose_name_plural": "memberships",
                "ordering": ("user", "starts_at"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "starts_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "starts_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "ends_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "ends_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "reviewed_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "reviewed_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="membership_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("dealer__isnull", False),
                                ("region__isnull", True),
                                ("role__in", ("associate", "store_manager")),
                                ("store__isnull", False),
                            ),
                            models.Q(
                                ("dealer__isnull", False),
                                ("region__isnull", True),
                                ("role", "owner"),
                                ("store__isnull", True),
                            ),
                            models.Q(
                                ("dealer__isnull", True),
                                ("region__isnull", False),
                                ("role", "regional_manager"),
                                ("store__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="membership_scope_fits_role",
                        violation_error_message="A store role needs a store, an owner a dealer, a regional manager a region.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__isnull", True),
                            ("ends_at__gt", models.F("starts_at")),
                            _connector="OR",
                        ),
                        name="membership_ends_after_it_starts",
                        violation_error_message="A membership ends after it starts.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ends_at__isnull", True)),
                        fields=("user", "role", "store", "dealer", "region"),
                        name="membership_runs_once_per_person_and_post",
                        nulls_distinct=False,
                        violation_error_message="This person already holds this post.",
                    ),
                    dealers.constraints.TogetherForeignKey(
                        fields=("store", "dealer"),
                        name="membership_store_is_the_dealers",
                        to="dealers.Store",
                        to_fields=("id", "dealer"),
                        violation_error_message="The store belongs to another dealer.",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="membership_stays_the_same_post",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."role" IS DISTINCT FROM (NEW."role") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."region_id" IS DISTINCT FROM (NEW."region_id") OR OLD."starts_at" IS DISTINCT FROM (NEW."starts_at"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="e69d1d1c7e1fd400e7632a2312757625870fc476",
                            operation="UPDATE",
                            pgid="pgtrigger_membership_stays_the_same_post_72bfa",
                            table="dealers_membership",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="membership_never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="a6c2e2d72d1a961b9be7c610f558e4d89278597c",
                            operation="DELETE",
                            pgid="pgtrigger_membership_never_deleted_523c6",
                            table="dealers_membership",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="membership_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="80a4bc20ad219b2305f6f1935ae10c5d24c11627",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_membership_never_emptied_aad0b",
                            table="dealers_membership",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="post_at_a_dealer_not_for_headquarters",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.dealer_id IS NOT NULL AND (NEW.ends_at IS NULL OR NEW.ends_at > clock_timestamp()))",
                            declare="DECLARE at_headquarters boolean;",
                            func="SELECT is_staff OR is_superuser INTO at_headquarters FROM dealers_user WHERE id = NEW.user_id FOR SHARE; IF at_headquarters THEN RAISE EXCEPTION 'Headquarters holds no post inside a dealer: %', TG_NAME USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME; END IF; RETURN NEW;",
                            hash="6f85d4233688efb8281c8fac344520d74dca1b28",
                            operation='INSERT OR UPDATE OF "user_id", "dealer_id", "ends_at"',
                            pgid="pgtrigger_post_at_a_dealer_not_for_headquarters_34742",
                            table="dealers_membership",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("title", models.CharField(max_length=500, verbose_name="what")),
                ("name", models.CharField(max_length=120, verbose_name="file")),
                ("arguments", models.JSONField(default=dict, verbose_name="arguments")),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                ("fields", models.CharField(blank=True, max_length=200, verbose_name="fields")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Being made"),
                            ("done", "Ready"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("rows", models.PositiveIntegerField(verbose_name="rows")),
                ("written", models.PositiveIntegerField(default=0, verbose_name="rows written")),
                (
                    "file",
                    models.FileField(
                        blank=True, upload_to="exports", verbose_name="encrypted file"
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="asked at")),
                (
                    "dealer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exports",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exports",
                        to="dealers.membership",
                        verbose_name="asked by",
                    ),
                ),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "ordering": ("-asked_at", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "asked_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "asked_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="export_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "done", "failed"])),
                        name="export_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "done"), _negated=True),
                            models.Q(("file", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="export_is_done_with_its_file",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
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
                            ("canary", "Somebody opened a test customer of yours"),
                            ("bulk", "Somebody looked at far more than usual"),
                            ("look", "Somebody from outside looked at your customers"),
                            ("leaver", "What somebody who left had looked at"),
                            ("post", "A post began, changed or ended"),
                            ("owner", "Another owner of your dealer"),
                            ("handover", "Customers were handed over"),
                            ("void", "A registration was taken back"),
                            ("dispatch", "A lead waits for your answer"),
                            ("follow_up", "Follow-ups are due"),
                            ("training", "Courses wait for you"),
                            ("statement", "A statement is there"),
                            ("import", "An imported file is checked or done"),
                            ("export", "A file that you asked for is ready"),
                            ("alarm", "An alarm of the portal"),
                            ("closing", "A month was closed, or could not be"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("now", "Act now"),
                            ("today", "Today"),
                            ("digest", "Weekly digest"),
                        ],
                        max_length=10,
                        verbose_name="level",
                    ),
                ),
                ("said", models.CharField(max_length=1000, verbose_name="notice")),
                ("detail", models.CharField(blank=True, max_length=1000, verbose_name="details")),
                ("to", models.CharField(max_length=300, verbose_name="leads to")),
                (
                    "about",
                    models.CharField(
                        blank=True,
                        help_text="Told once only, however often.",
                        max_length=120,
                        verbose_name="key",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("copy_at", models.DateTimeField(verbose_name="copied at")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read at")),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "ordering": ("-at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at__gte", datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            ("at__lte", datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            (
                                "copy_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "copy_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "read_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "read_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="notice_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "canary",
                                    "bulk",
                                    "look",
                                    "leaver",
                                    "post",
                                    "owner",
                                    "handover",
                                    "void",
                                    "dispatch",
                                    "follow_up",
                                    "training",
                                    "statement",
                                    "import",
                                    "export",
                                    "alarm",
                                    "closing",
                                ],
                            )
                        ),
                        name="notice_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("level__in", ["now", "today", "digest"])),
                        name="notice_level_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("to__startswith", "/"),
                            models.Q(("to__startswith", "//"), _negated=True),
                            models.Q(("to__contains", "\\"), _negated=True),
                        ),
                        name="notice_leads_to_a_page_of_ours",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("about", ""), _negated=True),
                        fields=("user", "kind", "about"),
                        name="notice_told_once",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["user", "-at", "-id"], name="notice_newest_first"),
                    models.Index(
                        condition=models.Q(("read_at__isnull", True)),
                        fields=["user", "copy_at"],
                        name="notice_unread",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeChoice",
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
                            ("canary", "Somebody opened a test customer of yours"),
                            ("bulk", "Somebody looked at far more than usual"),
                            ("look", "Somebody from outside looked at your customers"),
                            ("leaver", "What somebody who left had looked at"),
                            ("post", "A post began, changed or ended"),
                            ("owner", "Another owner of your dealer"),
                            ("handover", "Customers were handed over"),
                            ("void", "A registration was taken back"),
                            ("dispatch", "A lead waits for your answer"),
                            ("follow_up", "Follow-ups are due"),
                            ("training", "Courses wait for you"),
                            ("statement", "A statement is there"),
                            ("import", "An imported file is checked or done"),
                            ("export", "A file that you asked for is ready"),
                            ("alarm", "An alarm of the portal"),
                            ("closing", "A month was closed, or could not be"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "copy",
                    models.CharField(
                        choices=[
                            ("none", "In the portal only"),
                            ("mail", "Also by e-mail"),
                            ("sms", "Also by short message"),
                        ],
                        max_length=10,
                        verbose_name="copy",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notice_choices",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "way of being told",
                "verbose_name_plural": "ways of being told",
                "ordering": ("user", "kind"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "kind"), name="notice_choice_once_per_kind"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "canary",
                                    "bulk",
                                    "look",
                                    "leaver",
                                    "post",
                                    "owner",
                                    "handover",
                                    "void",
                                    "dispatch",
                                    "follow_up",
                                    "training",
                                    "statement",
                                    "import",
                                    "export",
                                    "alarm",
                                    "closing",
                                ],
                            )
                        ),
                        name="notice_choice_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("copy__in", ["none", "mail", "sms"])),
                        name="notice_choice_copy_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("network", "Network"),
                            ("registrations", "Registrations"),
                            ("orders", "Orders and returns"),
                            ("history", "History"),
                            ("program", "Program"),
                            ("people", "People"),
                            ("products", "Products"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "historical",
                    models.BooleanField(default=False, verbose_name="first load of the past"),
                ),
                (
                    "publish",
                    models.BooleanField(default=False, verbose_name="put everything in force"),
                ),
                ("language", models.CharField(max_length=10, verbose_name="language")),
                ("site", models.CharField(max_length=200, verbose_name="address")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checking", "Being checked"),
                            ("checked", "Waits for your word"),
                            ("confirmed", "Being imported"),
                            ("done", "Imported"),
                            ("refused", "Cannot be read"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="checking",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("problem", models.TextField(blank=True, verbose_name="problem")),
                ("effects", models.JSONField(default=list, verbose_name="effects")),
                ("brought_at", models.DateTimeField(verbose_name="brought at")),
                (
                    "confirmed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="confirmed at"),
                ),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished at"),
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
                (
                    "dealer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uploads",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dealers.membership",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dealers.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "upload",
                "verbose_name_plural": "uploads",
                "ordering": ("-brought_at", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "brought_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "brought_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "confirmed_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "confirmed_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "finished_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "finished_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="upload_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "checking",
                                    "checked",
                                    "confirmed",
                                    "done",
                                    "refused",
                                    "cancelled",
                                ],
                            )
                        ),
                        name="upload_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("dealer__isnull", True), ("membership__isnull", True)),
                            models.Q(("dealer__isnull", False), ("membership__isnull", False)),
                            _connector="OR",
                        ),
                        name="upload_of_a_dealer_comes_from_a_post",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("dealer__isnull", True),
                            models.Q(("historical", False), ("publish", False)),
                            _connector="OR",
                        ),
                        name="upload_of_a_dealer_is_of_today_and_publishes_nothing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("store__isnull", True), ("dealer__isnull", False), _connector="OR"
                        ),
                        name="upload_for_a_store_is_of_a_dealer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["confirmed", "done"]), _negated=True),
                            models.Q(
                                ("confirmed_at__isnull", False),
                                models.Q(("kind", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="upload_is_imported_once_confirmed",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["dealer", "by", "-brought_at"], name="upload_newest")
                ],
            },
        ),
        migrations.CreateModel(
            name="UploadedFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                ("name", models.CharField(max_length=100, verbose_name="file")),
                ("size", models.PositiveBigIntegerField(verbose_name="bytes")),
                (
                    "file",
                    models.FileField(blank=True, upload_to="imports", verbose_name="sealed file"),
                ),
                ("encoding", models.CharField(blank=True, max_length=20, verbose_name="encoding")),
                ("preview", models.TextField(blank=True, verbose_name="sealed preview")),
                ("unread", models.JSONField(default=list, verbose_name="columns not read")),
                ("rows", models.PositiveIntegerField(default=0, verbose_name="rows")),
                ("accepted", models.PositiveIntegerField(default=0, verbose_name="new")),
                ("repeated", models.PositiveIntegerField(default=0, verbose_name="already there")),
                ("rejected", models.PositiveIntegerField(default=0, verbose_name="rejected")),
                ("problems", models.TextField(blank=True, verbose_name="problems")),
                (
                    "rejected_file",
                    models.FileField(
                        blank=True, upload_to="imports", verbose_name="sealed rejected rows"
                    ),
                ),
                (
                    "record",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uploaded",
                        to="dealers.fileimport",
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="dealers.upload",
                    ),
                ),
            ],
            options={
                "verbose_name": "uploaded file",
                "verbose_name_plural": "uploaded files",
                "ordering": ("upload", "number"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "name__regex",
                                "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                            ),
                            _negated=True,
                        ),
                        name="uploaded_file_name_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    ),
                    models.UniqueConstraint(
                        fields=("upload", "number"), name="uploaded_file_number_once_in_an_upload"
                    ),
                ],
            },
        ),
    ]
