"""What came to this app until the end of November 2026, in one step.

A database that has taken some of these steps goes on with those.
"""

import datetime
import dealers.squashed
import django.contrib.admin.models
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models

from dealers.keys import envelopes


SECRETS = ("secret", "seed")

# Entries of the access log that are on file get the names that their people have today.
FILL = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE dealers_accesslog DISABLE TRIGGER USER;
UPDATE dealers_accesslog AS entry SET name = person.name
FROM dealers_user AS person WHERE person.id = entry.user_id;
ALTER TABLE dealers_accesslog ENABLE TRIGGER USER;
"""


def seal_second_factors(apps, schema_editor):
    """Seal what lies in the clear; run again it changes nothing."""
    for factor in apps.get_model("mfa", "Authenticator").objects.select_for_update():
        clear = {
            name: envelopes.seal("second factors", factor.data[name])
            for name in SECRETS
            if name in factor.data and not envelopes.is_sealed(factor.data[name])
        }
        if clear:
            factor.data |= clear
            factor.save(update_fields=["data"])


class Migration(migrations.Migration):
    replaces = [
        ("dealers", "0024_tables_of_other_apps"),
        ("dealers", "0025_notices_of_cases"),
        ("dealers", "0026_closing_stores"),
        ("dealers", "0027_files_of_leads"),
        ("dealers", "0028_files_of_headquarters"),
        ("dealers", "0029_sharing_levels"),
        ("dealers", "0030_coaching"),
        ("dealers", "0031_emergencies"),
        ("dealers", "0032_default_has_a_level"),
        ("dealers", "0033_chains"),
        ("dealers", "0034_bounds_of_links"),
        ("dealers", "0035_disputes_are_told"),
        ("dealers", "0036_names_of_who_looked"),
        ("dealers", "0037_salted_facts"),
        ("dealers", "0038_restarts"),
        ("dealers", "0041_scorecard"),
        ("dealers", "0042_refused_acts"),
        ("dealers", "0043_agreements"),
        ("dealers", "0044_notices_of_sharing"),
        ("dealers", "0045_posts_that_never_ran"),
        ("dealers", "0046_agreements_made_in_time"),
    ]

    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("dealers", "0023_codes_of_customers"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        dealers.squashed.AtOnce(
            operations=[
                migrations.CreateModel(
                    name="AdminLog",
                    fields=[],
                    options={
                        "proxy": True,
                        "default_permissions": (),
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("admin.logentry",),
                    managers=[
                        ("objects", django.contrib.admin.models.LogEntryManager()),
                    ],
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="adminlog",
                    trigger=pgtrigger.compiler.Trigger(
                        name="admin_log_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="60a9f157edac121a4735ada6a75af2c60d73bea4",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_admin_log_only_added_f7371",
                            table="django_admin_log",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="adminlog",
                    trigger=pgtrigger.compiler.Trigger(
                        name="admin_log_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="b4b9ae9ab9a8f1b2dbea305e75f7dc2f07592c74",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_admin_log_never_emptied_d49cb",
                            table="django_admin_log",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Sharing",
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
                            "customer",
                            models.UUIDField(blank=True, null=True, verbose_name="customer card"),
                        ),
                        (
                            "level",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                choices=[
                                    (0, "Fingerprint only"),
                                    (1, "Masked profile"),
                                    (2, "Contact for after-sales service"),
                                    (3, "Co-marketing"),
                                ],
                                null=True,
                                verbose_name="level",
                            ),
                        ),
                        (
                            "at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="at"
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
                    ],
                    options={
                        "verbose_name": "sharing level",
                        "verbose_name_plural": "sharing levels",
                        "ordering": ("-at", "-id"),
                        "indexes": [
                            models.Index(
                                fields=["dealer", "customer", "-at", "-id"], name="sharing_latest"
                            ),
                            models.Index(
                                condition=models.Q(("level", 0)),
                                fields=["dealer"],
                                name="sharing_nothing",
                            ),
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
                                name="sharing_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("level__in", [0, 1, 2, 3]), ("level__isnull", False)),
                                    models.Q(("customer__isnull", False), ("level", None)),
                                    _connector="OR",
                                ),
                                name="sharing_level_is_known",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="sharing_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="130b65cd96ea8ed76b620c1c0a15fb39b34504c5",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_sharing_only_added_4313f",
                                    table="dealers_sharing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="sharing_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="ce6c19f267baa4a1d3d0ce9480b45ae1a6da223c",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_sharing_never_emptied_c3a51",
                                    table="dealers_sharing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="sharing_chosen_by_its_dealer",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (current_user NOT IN ('portal_worker', 'portal_definer') AND current_user LIKE 'portal\\_%' AND coalesce(current_setting('app.role', true), '') <> 'owner')",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                                    hash="9613b6c06111e5f959ceadf5ddf33ddc88df9a6c",
                                    operation="INSERT",
                                    pgid="pgtrigger_sharing_chosen_by_its_dealer_12d41",
                                    table="dealers_sharing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="sharing_is_not_dated_back",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF EXISTS (SELECT FROM dealers_sharing AS before
                    WHERE before.dealer_id = NEW.dealer_id
                        AND before.customer IS NOT DISTINCT FROM NEW.customer
                        AND before.at > NEW.at) THEN
            RAISE check_violation USING CONSTRAINT = 'sharing_is_not_dated_back', MESSAGE = 'A level is chosen after those that were chosen before.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="3c0423ecfe4810641e0566ca55b52e0a48730766",
                                    operation="INSERT",
                                    pgid="pgtrigger_sharing_is_not_dated_back_379f9",
                                    table="dealers_sharing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="sharing_is_of_its_own_customers",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.customer IS NOT NULL AND NOT EXISTS (SELECT FROM customers_customer
                    WHERE id = NEW.customer AND dealer_id = NEW.dealer_id) THEN
            RAISE check_violation USING CONSTRAINT = 'sharing_is_of_its_own_customers', MESSAGE = 'This card belongs to another dealer.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="ac6efa8ba789149c55a4a59848a270086772f620",
                                    operation="INSERT",
                                    pgid="pgtrigger_sharing_is_of_its_own_customers_2adb3",
                                    table="dealers_sharing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="sharing_raised_with_consent",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.customer IS NOT NULL
    AND coalesce(NEW.level, (SELECT level FROM dealers_sharing WHERE dealer_id = NEW.dealer_id
    AND customer IS NULL AND at <= 'infinity' ORDER BY at DESC, id DESC LIMIT 1), 1)
        > coalesce((SELECT level FROM dealers_sharing WHERE dealer_id = NEW.dealer_id
    AND customer = NEW.customer AND at <= 'infinity' ORDER BY at DESC, id DESC LIMIT 1), (SELECT level FROM dealers_sharing WHERE dealer_id = NEW.dealer_id
    AND customer IS NULL AND at <= 'infinity' ORDER BY at DESC, id DESC LIMIT 1), 1)
    AND NOT coalesce((
        SELECT NOT said.withdrawn FROM customers_consent AS said
        WHERE said.customer_id = NEW.customer AND said.purpose = 'brand'
            AND NOT EXISTS (SELECT FROM customers_void AS void
                WHERE void.registration_id = said.registration_id)
        ORDER BY least(said.at, said.recorded_at) DESC, said.id DESC LIMIT 1), false)
 THEN
            RAISE check_violation USING CONSTRAINT = 'sharing_raised_with_consent', MESSAGE = 'The customer has not agreed.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="434056345159fbeacb5624575ad3f38c7b5ad961",
                                    operation="INSERT",
                                    pgid="pgtrigger_sharing_raised_with_consent_f3565",
                                    table="dealers_sharing",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Emergency",
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
                        ("customer", models.UUIDField(verbose_name="customer card")),
                        (
                            "reason",
                            models.CharField(
                                help_text="The dealer's owner reads it. Write no name and no number.",
                                max_length=300,
                                verbose_name="reason",
                            ),
                        ),
                        (
                            "asked_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="asked at"
                            ),
                        ),
                        (
                            "answered_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="answered at"),
                        ),
                        (
                            "granted",
                            models.BooleanField(blank=True, null=True, verbose_name="granted"),
                        ),
                        (
                            "answered_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="answered by",
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="asked by",
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
                        "verbose_name": "emergency",
                        "verbose_name_plural": "emergencies",
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
                                ),
                                name="emergency_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="emergency_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("answered_at", None),
                                        ("answered_by", None),
                                        ("granted", None),
                                    ),
                                    models.Q(
                                        ("answered_at__isnull", False),
                                        ("answered_by__isnull", False),
                                        ("granted__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="emergency_answered_as_a_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("answered_by", None),
                                    models.Q(("answered_by", models.F("asked_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="emergency_answered_by_somebody_else",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("answered_at", None),
                                    models.Q(
                                        ("answered_at__gte", models.F("asked_at")),
                                        (
                                            "answered_at__lte",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("asked_at"),
                                                "+",
                                                models.Value(datetime.timedelta(days=1)),
                                            ),
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="emergency_answered_within_a_day",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="emergency_stays_asked",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."customer" IS DISTINCT FROM (NEW."customer") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="d4fa5f5d5302bd16f5284af591703aea2db08248",
                                    operation="UPDATE",
                                    pgid="pgtrigger_emergency_stays_asked_dd904",
                                    table="dealers_emergency",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="emergency_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="d71173c9dd8dc0465026fccaff8ebcebcb238aee",
                                    operation="DELETE",
                                    pgid="pgtrigger_emergency_never_deleted_65532",
                                    table="dealers_emergency",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="emergency_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="2dc6747ba7f976d7497f59d257ebdbf6404bdc8a",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_emergency_never_emptied_390f1",
                                    table="dealers_emergency",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="emergency_is_of_headquarters",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (current_user IN ('portal_door', 'portal_dealer', 'portal_looker', 'portal_region', 'portal_public'))",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert or update rows from % table', TG_TABLE_NAME;",
                                    hash="438724d0337086a8c6d45bebe31591efe4b48b75",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_emergency_is_of_headquarters_5b175",
                                    table="dealers_emergency",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="emergency_answered_once",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.answered_at IS NOT NULL)",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="1d92d2e8023ec1700f6eb285fe95df0c3fa19e6c",
                                    operation="UPDATE",
                                    pgid="pgtrigger_emergency_answered_once_ac0e9",
                                    table="dealers_emergency",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="emergency_is_asked_open",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.answered_at IS NOT NULL)",
                                    func="""
        IF true THEN
            RAISE check_violation USING CONSTRAINT = 'emergency_is_asked_open', MESSAGE = 'An emergency is asked for first, and answered by somebody else.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="40c81d84897b5ba696e48b247b24118c70032272",
                                    operation="INSERT",
                                    pgid="pgtrigger_emergency_is_asked_open_388a3",
                                    table="dealers_emergency",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="emergency_is_counted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.granted AND OLD.granted IS NULL)",
                                    func="INSERT INTO dealers_brokenglass (at) VALUES (NEW.answered_at); RETURN NULL;",
                                    hash="c764a221c13f1f8c26f14288e8f21ec17395b544",
                                    operation="UPDATE",
                                    pgid="pgtrigger_emergency_is_counted_6c6a2",
                                    table="dealers_emergency",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BrokenGlass",
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
                    ],
                    options={
                        "verbose_name": "emergency of the network",
                        "verbose_name_plural": "emergencies of the network",
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
                                name="broken_glass_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="broken_glass_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="1d40595e1642fe8296d107b36810f2696875f88f",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_broken_glass_only_added_d769d",
                                    table="dealers_brokenglass",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="broken_glass_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="31492e2d695de45dfb47b2845ed5dc0fd24c0173",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_broken_glass_never_emptied_4712b",
                                    table="dealers_brokenglass",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DailyRoot",
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
                        ("day", models.DateField(unique=True, verbose_name="day")),
                        ("count", models.PositiveIntegerField(verbose_name="chains")),
                        ("root", models.BinaryField(verbose_name="root")),
                        ("before", models.BinaryField(verbose_name="hash of the root before")),
                        ("at", models.DateTimeField(verbose_name="signed at")),
                        ("signature", models.BinaryField(verbose_name="signature")),
                    ],
                    options={
                        "verbose_name": "root of a day",
                        "verbose_name_plural": "roots of days",
                        "ordering": ("-day",),
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
                                    ("day__gte", datetime.date(1990, 1, 1)),
                                    ("day__lte", datetime.date(2200, 1, 1)),
                                ),
                                name="daily_root_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="daily_root_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="3b722b524dad8b816718a93e95acbab5d1a72359",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_daily_root_only_added_b0b6a",
                                    table="dealers_dailyroot",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="daily_root_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="a0b3f5f57299f6a68318ded00cfac8bdd7c282f9",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_daily_root_never_emptied_42459",
                                    table="dealers_dailyroot",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="daily_root_by_the_worker",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (current_user IN ('portal_dealer', 'portal_region', 'portal_hq'))",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                                    hash="dd7a2c5a36f145f38ceeac62ae870fdefa9b7556",
                                    operation="INSERT",
                                    pgid="pgtrigger_daily_root_by_the_worker_218cc",
                                    table="dealers_dailyroot",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Fact",
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
                                    ("registration", "Registrations"),
                                    ("void", "Voided registrations"),
                                    ("ownership", "Changes of protection"),
                                    ("ruling", "Rulings"),
                                    ("access", "Looks at customers"),
                                    ("booking", "Bookings"),
                                    ("statement", "Statements"),
                                    ("document", "Documents"),
                                    ("refused", "Acts of headquarters that were refused"),
                                    ("agreement", "Answers to the agreement"),
                                ],
                                max_length=16,
                                verbose_name="kind",
                            ),
                        ),
                        ("first", models.BigIntegerField(verbose_name="first row")),
                        ("last", models.BigIntegerField(verbose_name="last row")),
                        ("body", models.TextField(verbose_name="what happened")),
                        (
                            "dealer",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="dealers.dealer",
                                verbose_name="dealer",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "fact that waits",
                        "verbose_name_plural": "facts that wait",
                        "ordering": ("id",),
                        "indexes": [models.Index(fields=["dealer", "id"], name="fact_of_dealer")],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="fact_only_of_what_happened",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (current_user <> 'portal_definer')",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert or update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="ee4f72c981155f0356d657738fe40227f24d3668",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_fact_only_of_what_happened_ca222",
                                    table="dealers_fact",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="fact_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="2354bf6adddd18368bb8752535b56bbd7f068524",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_fact_never_emptied_98d89",
                                    table="dealers_fact",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Link",
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
                                    ("registration", "Registrations"),
                                    ("void", "Voided registrations"),
                                    ("ownership", "Changes of protection"),
                                    ("ruling", "Rulings"),
                                    ("access", "Looks at customers"),
                                    ("booking", "Bookings"),
                                    ("statement", "Statements"),
                                    ("document", "Documents"),
                                    ("refused", "Acts of headquarters that were refused"),
                                    ("agreement", "Answers to the agreement"),
                                ],
                                max_length=16,
                                verbose_name="kind",
                            ),
                        ),
                        ("first", models.BigIntegerField(verbose_name="first row")),
                        ("last", models.BigIntegerField(verbose_name="last row")),
                        ("body", models.TextField(verbose_name="what happened")),
                        ("seq", models.BigIntegerField(verbose_name="place in the chain")),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                verbose_name="at",
                            ),
                        ),
                        ("previous", models.BinaryField(verbose_name="hash before it")),
                        ("hash", models.BinaryField(verbose_name="hash")),
                        ("fact", models.BigIntegerField(verbose_name="fact")),
                        (
                            "dealer",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="dealers.dealer",
                                verbose_name="dealer",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "link of a chain",
                        "verbose_name_plural": "links of chains",
                        "ordering": ("dealer", "seq"),
                        "indexes": [
                            models.Index(fields=["dealer", "kind", "last"], name="link_by_row")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("dealer", "seq"), name="link_one_a_place"
                            ),
                            models.UniqueConstraint(fields=("fact",), name="link_one_a_fact"),
                            models.CheckConstraint(
                                condition=models.Q(("seq__gte", 1)), name="link_place_from_one"
                            ),
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
                                name="link_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="link_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="be7fe62bc8e8e6d39c9cbbf626e53b9df792a2c9",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_link_only_added_be73c",
                                    table="dealers_link",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="link_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="982e8647e0e47e656fcf505ea9d9a52036fa422d",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_link_never_emptied_f9850",
                                    table="dealers_link",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="link_follows_the_one_before",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    declare="DECLARE waiting dealers_fact; head dealers_link;",
                                    func="""
                SELECT * INTO waiting FROM dealers_fact WHERE id = NEW.fact;
                PERFORM pg_advisory_xact_lock(hashtext('dealers_link'), waiting.dealer_id::int);
                DELETE FROM dealers_fact WHERE id = NEW.fact RETURNING * INTO waiting;
                IF NOT FOUND THEN
                    RAISE check_violation USING CONSTRAINT = 'link_follows_the_one_before',
                        MESSAGE = 'No such fact waits for its place in a chain.';
                END IF;
                SELECT * INTO head FROM dealers_link
                WHERE dealer_id = waiting.dealer_id ORDER BY seq DESC LIMIT 1;
                NEW.dealer_id := waiting.dealer_id;
                NEW.kind := waiting.kind;
                NEW.first := waiting.first;
                NEW.last := waiting.last;
                NEW.body := waiting.body;
                NEW.seq := coalesce(head.seq, 0) + 1;
                NEW.at := greatest(clock_timestamp(), head.at);
                NEW.previous := coalesce(head.hash, decode(repeat('00', 32), 'hex'));
                NEW.hash := sha256(NEW.previous || convert_to(concat_ws('|', 'portal-link/1', NEW.dealer_id, NEW.seq, to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), NEW.kind, NEW.body), 'UTF8'));
                RETURN NEW;
                """,
                                    hash="c7564beaba8e12b78e5c615abe19e97bfbae978a",
                                    operation="INSERT",
                                    pgid="pgtrigger_link_follows_the_one_before_aeb93",
                                    table="dealers_link",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RootPath",
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
                        ("seq", models.BigIntegerField(verbose_name="place in the chain")),
                        ("hash", models.BinaryField(verbose_name="hash")),
                        ("blind", models.BinaryField(verbose_name="random bytes")),
                        ("position", models.PositiveIntegerField(verbose_name="position")),
                        ("steps", models.BinaryField(verbose_name="hashes on the way")),
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
                            "root",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="paths",
                                to="dealers.dailyroot",
                                verbose_name="root of a day",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "path to a root",
                        "verbose_name_plural": "paths to roots",
                        "ordering": ("root", "position"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("dealer", "root"), name="root_path_one_a_dealer"
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="root_path_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="4a1d614de2ee8d7b8c09f31896b15402e3f9d93e",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_root_path_only_added_579a5",
                                    table="dealers_rootpath",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="root_path_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="c04f31ea1512778eaa90983e50f45d2abdd93f98",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_root_path_never_emptied_330d7",
                                    table="dealers_rootpath",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="root_path_by_the_worker",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (current_user IN ('portal_dealer', 'portal_region', 'portal_hq'))",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                                    hash="8684ce7cf669c741f6ea96674d9406859b857304",
                                    operation="INSERT",
                                    pgid="pgtrigger_root_path_by_the_worker_1c523",
                                    table="dealers_rootpath",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SignedLink",
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
                        ("seq", models.BigIntegerField(verbose_name="place in the chain")),
                        ("hash", models.BinaryField(verbose_name="hash")),
                        ("at", models.DateTimeField(verbose_name="signed at")),
                        ("signature", models.BinaryField(verbose_name="signature")),
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
                    ],
                    options={
                        "verbose_name": "receipt of a chain",
                        "verbose_name_plural": "receipts of chains",
                        "ordering": ("dealer", "seq"),
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
                                name="signed_link_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("dealer", "seq"), name="signed_link_one_a_place"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="signed_link_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="155991a8524094c13eddbd250cfc18e1c705f1ee",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_signed_link_only_added_dd3d7",
                                    table="dealers_signedlink",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="signed_link_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="15b83371a5e270ea01c51673a0b2c76f314d41ef",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_signed_link_never_emptied_26d0a",
                                    table="dealers_signedlink",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="signed_link_by_the_worker",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (current_user IN ('portal_dealer', 'portal_region', 'portal_hq'))",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                                    hash="dc0e5df31aff7c4d7d5ee3af597ebd9168b1ff1a",
                                    operation="INSERT",
                                    pgid="pgtrigger_signed_link_by_the_worker_bb7fe",
                                    table="dealers_signedlink",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SigningKey",
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
                        ("public", models.BinaryField(unique=True, verbose_name="public key")),
                        ("since", models.DateTimeField(verbose_name="since")),
                    ],
                    options={
                        "verbose_name": "key of receipts",
                        "verbose_name_plural": "keys of receipts",
                        "ordering": ("since", "id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "since__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "since__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="signing_key_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="signing_key_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="98a7604990e36670eed5e2dfb0edc4ea8328d4d4",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_signing_key_only_added_a7bd1",
                                    table="dealers_signingkey",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="signing_key_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="fb5f8fe59d6b798f4b35669e0aa8efdad842b9c4",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_signing_key_never_emptied_c8eb8",
                                    table="dealers_signingkey",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="signing_key_by_the_worker",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (current_user IN ('portal_dealer', 'portal_region', 'portal_hq'))",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                                    hash="3d364d64d72bd888d3c75fe30852e7a84557a5d2",
                                    operation="INSERT",
                                    pgid="pgtrigger_signing_key_by_the_worker_bf67a",
                                    table="dealers_signingkey",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Restart",
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
                        ("seq", models.BigIntegerField(verbose_name="last place that stays")),
                        ("hash", models.BinaryField(verbose_name="its hash")),
                        ("lost", models.BigIntegerField(verbose_name="last place that was signed")),
                        ("lost_hash", models.BinaryField(verbose_name="the hash that it had")),
                        ("at", models.DateTimeField(verbose_name="signed at")),
                        ("signature", models.BinaryField(verbose_name="signature")),
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
                    ],
                    options={
                        "verbose_name": "restart of a chain",
                        "verbose_name_plural": "restarts of chains",
                        "ordering": ("dealer", "at"),
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
                                name="restart_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("dealer", "at"), name="restart_one_a_moment"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("lost__gt", models.F("seq")), ("seq__gte", 0)),
                                name="restart_loses_something",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="restart_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="364e06eec0d76a9c8b1d7e19fd2f86f1d0641802",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_restart_only_added_9c561",
                                    table="dealers_restart",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="restart_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="495b66098c1d30aed55ab3d0b31f962598a6aeb9",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_restart_never_emptied_09341",
                                    table="dealers_restart",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="restart_by_the_worker",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (current_user IN ('portal_dealer', 'portal_region', 'portal_hq'))",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                                    hash="ff739eb06b5f52a93c1a5507c909f2db389d3862",
                                    operation="INSERT",
                                    pgid="pgtrigger_restart_by_the_worker_d6580",
                                    table="dealers_restart",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ScoreFigure",
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
                                choices=[("month", "Month"), ("quarter", "Quarter")],
                                max_length=8,
                                verbose_name="length",
                            ),
                        ),
                        ("start", models.DateField(verbose_name="first day")),
                        ("until", models.DateField(verbose_name="last day that counts")),
                        (
                            "score",
                            models.CharField(
                                choices=[
                                    ("case_days", "Cases: days until they were decided"),
                                    ("cases_late", "Cases: nobody decided in time"),
                                    ("cases_overturned", "Cases: overturned on appeal"),
                                    ("dispute_days", "Disputes: days until they were decided"),
                                    ("disputes_late", "Disputes: decided late"),
                                    (
                                        "disputes_overturned",
                                        "Disputes: decided otherwise the second time",
                                    ),
                                    ("paid_late", "Payments: arrived late"),
                                    ("leads_junk", "Leads: taken back as junk"),
                                    ("numbers", "Numbers shown to headquarters"),
                                    ("numbers_refused", "Numbers asked for, and refused"),
                                    ("broken_glass", "Emergencies granted"),
                                    ("refused", "Forbidden acts tried, and refused"),
                                    ("roots", "Days without a signed root"),
                                ],
                                max_length=20,
                                verbose_name="figure",
                            ),
                        ),
                        (
                            "count",
                            models.PositiveBigIntegerField(
                                blank=True, null=True, verbose_name="count"
                            ),
                        ),
                        (
                            "of",
                            models.PositiveBigIntegerField(
                                blank=True, null=True, verbose_name="of"
                            ),
                        ),
                        (
                            "value",
                            models.DecimalField(
                                blank=True,
                                decimal_places=2,
                                max_digits=9,
                                null=True,
                                verbose_name="median, days",
                            ),
                        ),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(),
                                verbose_name="computed at",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "figure of the scorecard",
                        "verbose_name_plural": "figures of the scorecard",
                        "ordering": ("-start", "length", "score", "-until"),
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
                                    ("start__gte", datetime.date(1990, 1, 1)),
                                    ("start__lte", datetime.date(2200, 1, 1)),
                                    ("until__gte", datetime.date(1990, 1, 1)),
                                    ("until__lte", datetime.date(2200, 1, 1)),
                                ),
                                name="score_figure_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("length", "start", "score", "until"),
                                name="score_figure_once_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("until__gte", models.F("start")), ("start__day", 1)
                                ),
                                name="score_figure_ends_after_it_starts",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "score__in",
                                        [
                                            "case_days",
                                            "cases_late",
                                            "cases_overturned",
                                            "dispute_days",
                                            "disputes_late",
                                            "disputes_overturned",
                                            "paid_late",
                                            "leads_junk",
                                            "numbers",
                                            "numbers_refused",
                                            "broken_glass",
                                            "refused",
                                            "roots",
                                        ],
                                    ),
                                    ("length__in", ["month", "quarter"]),
                                ),
                                name="score_figure_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("count", None), ("value", None)),
                                    ("of__isnull", False),
                                    _connector="OR",
                                ),
                                name="score_figure_tells_a_share_or_a_median",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="score_figure_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="e153ac055c540a2bedf0aede0cff674d6ba8a536",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_score_figure_only_added_f29a5",
                                    table="dealers_scorefigure",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="score_figure_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="516b1548ac81fbef172bed7c08e335aa0ec5e13d",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_score_figure_never_emptied_823a0",
                                    table="dealers_scorefigure",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="score_figure_by_the_worker",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (current_user IN ('portal_dealer', 'portal_region', 'portal_hq'))",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                                    hash="1b8d09c5a8ed14e59f7389847eef6ccaf4d62e3e",
                                    operation="INSERT",
                                    pgid="pgtrigger_score_figure_by_the_worker_a5a7e",
                                    table="dealers_scorefigure",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RefusedAct",
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
                        ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "act",
                            models.CharField(
                                choices=[
                                    ("contact", "Contact beyond the level of sharing"),
                                    ("protection", "A protection shortened"),
                                    ("share", "A promised share changed"),
                                    ("twice", "Decided a second time"),
                                    ("late", "Decided too late"),
                                    ("closing", "Closed without an exit pack"),
                                ],
                                max_length=12,
                                verbose_name="act",
                            ),
                        ),
                        (
                            "agent",
                            models.CharField(
                                blank=True,
                                default="",
                                max_length=100,
                                verbose_name="task or command",
                            ),
                        ),
                        (
                            "name",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                editable=False,
                                max_length=80,
                                verbose_name="name",
                            ),
                        ),
                        ("role", models.CharField(max_length=40, verbose_name="role")),
                        (
                            "customer",
                            models.UUIDField(blank=True, null=True, verbose_name="customer card"),
                        ),
                        ("said", models.CharField(max_length=500, verbose_name="what was refused")),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "dealer",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="dealers.dealer",
                                verbose_name="dealer",
                            ),
                        ),
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
                    ],
                    options={
                        "verbose_name": "refused act",
                        "verbose_name_plural": "refused acts",
                        "ordering": ("-at", "-id"),
                        "indexes": [
                            models.Index(fields=["dealer", "-at"], name="refused_act_newest")
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
                                name="refused_act_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "act__in",
                                        [
                                            "contact",
                                            "protection",
                                            "share",
                                            "twice",
                                            "late",
                                            "closing",
                                        ],
                                    )
                                ),
                                name="refused_act_is_known",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="refused_act_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="a821675f70476e98cd7decc8a04bffa251e83b28",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_refused_act_only_added_fc544",
                                    table="dealers_refusedact",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="refused_act_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="1d635b4b396511348f36c45571810b71f3af9bb9",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_refused_act_never_emptied_a119a",
                                    table="dealers_refusedact",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="refused_act_by_the_worker",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (current_user IN ('portal_dealer', 'portal_region', 'portal_hq'))",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                                    hash="61dc018acd57f152e06aa8e98f6429faf29332ef",
                                    operation="INSERT",
                                    pgid="pgtrigger_refused_act_by_the_worker_9b512",
                                    table="dealers_refusedact",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="refused_act_keeps_the_name",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="SELECT coalesce(min(name), '') INTO NEW.name FROM dealers_user WHERE id = NEW.user_id; RETURN NEW;",
                                    hash="e09b0414633719d3898a9887b3d23b46f13970e0",
                                    operation="INSERT",
                                    pgid="pgtrigger_refused_act_keeps_the_name_14d19",
                                    table="dealers_refusedact",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="refused_act_is_chained",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        INSERT INTO dealers_fact (dealer_id, kind, first, last, body)
        SELECT dealer, 'refused', min(id), max(id),
            '{"salt" : "' || replace(gen_random_uuid()::text, '-', '') || '", "told" : ['
            || string_agg(said::text, ',' ORDER BY id) || ']}'
        FROM (
            SELECT told.*,
                (row_number() OVER (PARTITION BY dealer ORDER BY id) - 1) / 200 AS portion
            FROM (
    SELECT dealer_id AS dealer, id, json_build_object(
        'act', act, 'at', at, 'person', user_id, 'role', role, 'agent', agent, 'card', customer)
        AS said
    FROM added WHERE dealer_id IS NOT NULL) AS told
        ) AS counted
        GROUP BY dealer, portion
        ORDER BY min(id);
        RETURN NULL;
        """,
                                    hash="b51a61480b4fef424703854c7a210f37744736f9",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_refused_act_is_chained_eaf24",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="dealers_refusedact",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AgreementVersion",
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
                            "drafted_at",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="drafted at"
                            ),
                        ),
                        (
                            "edited_at",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="last edited at"
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
                        ("name", models.CharField(max_length=40, verbose_name="version")),
                        ("title", models.CharField(max_length=120, verbose_name="title")),
                        (
                            "title_en",
                            models.CharField(max_length=120, verbose_name="title in English"),
                        ),
                        ("starts_on", models.DateField(verbose_name="applies from")),
                        (
                            "required",
                            models.BooleanField(
                                default=False,
                                help_text="A dealer whose owner has signed no version at all registers nobody from that day on. Who has signed an earlier one goes on under it.",
                                verbose_name="registering waits for a signature",
                            ),
                        ),
                        (
                            "hq_duties",
                            models.TextField(
                                help_text="One in each line.",
                                max_length=4000,
                                verbose_name="what the brand does",
                            ),
                        ),
                        (
                            "hq_duties_en",
                            models.TextField(
                                max_length=4000, verbose_name="what the brand does, in English"
                            ),
                        ),
                        (
                            "dealer_duties",
                            models.TextField(
                                help_text="One in each line.",
                                max_length=4000,
                                verbose_name="what the dealer does",
                            ),
                        ),
                        (
                            "dealer_duties_en",
                            models.TextField(
                                max_length=4000, verbose_name="what the dealer does, in English"
                            ),
                        ),
                        ("text", models.TextField(max_length=60000, verbose_name="full text")),
                        (
                            "text_en",
                            models.TextField(max_length=60000, verbose_name="full text in English"),
                        ),
                        (
                            "words",
                            models.TextField(
                                default="", editable=False, verbose_name="words that are signed"
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
                        "verbose_name": "version of the agreement",
                        "verbose_name_plural": "versions of the agreement",
                        "ordering": ("-starts_on", "-id"),
                        "constraints": [
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
                                ),
                                name="agreement_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
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
                                            "title__regex",
                                            "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        (
                                            "title_en__regex",
                                            "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                        ),
                                        _negated=True,
                                    ),
                                ),
                                name="agreement_names_are_legible",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("published_at__isnull", False)),
                                fields=("starts_on",),
                                name="agreement_one_published_a_start_day",
                                violation_error_message="A published version starts on that day already.",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("published_at__isnull", False)),
                                fields=("name",),
                                name="agreement_one_published_a_name",
                                violation_error_message="A published version has that name already.",
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
                                name="agreement_steps_in_order",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="agreement_published_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."published_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="4621044448c4773a6230cd49b6417ce46bd19d04",
                                    operation="DELETE",
                                    pgid="pgtrigger_agreement_published_never_deleted_a3489",
                                    table="dealers_agreementversion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="agreement_published_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."published_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="071e5001c655f2ffc21dc853b643aac855a19b89",
                                    operation="UPDATE",
                                    pgid="pgtrigger_agreement_published_never_changes_80aeb",
                                    table="dealers_agreementversion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="agreement_tested_as_it_is",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF OLD.published_at IS NULL AND OLD.tested_at IS NOT NULL
        AND NEW.tested_at IS NOT DISTINCT FROM OLD.tested_at
        AND to_jsonb(NEW) - ARRAY['drafted_at', 'drafted_by_id', 'edited_at', 'edited_by_id', 'tested_at', 'tested_by_id', 'approved_at', 'approved_by_id', 'published_at', 'published_by_id'] <> to_jsonb(OLD) - ARRAY['drafted_at', 'drafted_by_id', 'edited_at', 'edited_by_id', 'tested_at', 'tested_by_id', 'approved_at', 'approved_by_id', 'published_at', 'published_by_id'] THEN
            RAISE check_violation USING CONSTRAINT = 'agreement_tested_as_it_is', MESSAGE = 'What was tested is tested anew once it changes.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="4f6a5325ee8504bae4da62c00121b0f76d612b3f",
                                    operation="UPDATE",
                                    pgid="pgtrigger_agreement_tested_as_it_is_63f3f",
                                    table="dealers_agreementversion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="agreement_approved_by_somebody_else",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL AND true AND (NEW.tested_by_id IS NULL
                OR NEW.approved_by_id IS NULL OR NEW.approved_by_id = NEW.tested_by_id) THEN
            RAISE check_violation USING CONSTRAINT = 'agreement_approved_by_somebody_else', MESSAGE = 'Somebody else than who tested it approves.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="f4e152f3dbe9635219a5468b4a0c12720fe61e23",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_agreement_approved_by_somebody_else_f988a",
                                    table="dealers_agreementversion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="agreement_has_its_words",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
                NEW.words := json_build_object(
                    'version', NEW.name, 'applies_from', NEW.starts_on,
                    'title', NEW.title, 'title_en', NEW.title_en,
                    'brand', NEW.hq_duties, 'brand_en', NEW.hq_duties_en,
                    'dealer', NEW.dealer_duties, 'dealer_en', NEW.dealer_duties_en,
                    'text', NEW.text, 'text_en', NEW.text_en);
                RETURN NEW;
                """,
                                    hash="d88966683bbbdc1b8a333ce41a6c56fb4b4637af",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_agreement_has_its_words_4eef3",
                                    table="dealers_agreementversion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="agreement_published_before_it_applies",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL
                AND NEW.starts_on < (NEW.published_at AT TIME ZONE 'UTC')::date - 1 THEN
            RAISE check_violation USING CONSTRAINT = 'agreement_published_before_it_applies', MESSAGE = 'Nobody agrees to what applied before it was published.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="58684c90aaeb0481cdedd7d192c89da8f315f139",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_agreement_published_before_it_applies_dd9b6",
                                    table="dealers_agreementversion",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AgreementAnswer",
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
                            "at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="at"
                            ),
                        ),
                        ("signed", models.BooleanField(verbose_name="signed")),
                        (
                            "name",
                            models.CharField(blank=True, max_length=80, verbose_name="signed as"),
                        ),
                        ("language", models.CharField(max_length=10, verbose_name="language")),
                        (
                            "second_factor",
                            models.BooleanField(
                                help_text="Not where the portal asks nobody for one.",
                                verbose_name="second factor shown",
                            ),
                        ),
                        (
                            "sha256",
                            models.CharField(
                                default="", editable=False, max_length=64, verbose_name="SHA-256"
                            ),
                        ),
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
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="dealers.agreementversion",
                                verbose_name="version",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "answer to the agreement",
                        "verbose_name_plural": "answers to the agreement",
                        "ordering": ("-at", "-id"),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("signed", True)),
                                fields=["dealer", "at"],
                                name="agreement_signed",
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
                                name="agreement_answer_between_1990_and_2200",
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
                                name="agreement_answer_name_is_legible",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                            models.UniqueConstraint(
                                fields=("dealer", "version", "signed"),
                                name="agreement_answered_once_each_way",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("signed", True), models.Q(("name", ""), _negated=True)
                                    ),
                                    models.Q(("name", ""), ("signed", False)),
                                    _connector="OR",
                                ),
                                name="agreement_signed_with_a_name",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="agreement_answer_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="b532c454cc85868ee33683ace66177bdc46d7eb6",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_agreement_answer_only_added_68870",
                                    table="dealers_agreementanswer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="agreement_answer_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="545bcfd81eb9c4cb7d5484646af6d8d715143831",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_agreement_answer_never_emptied_85730",
                                    table="dealers_agreementanswer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="agreement_answered_by_its_owner",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (current_user NOT IN ('portal_worker', 'portal_definer') AND current_user LIKE 'portal\\_%' AND coalesce(current_setting('app.role', true), '') <> 'owner')",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;",
                                    hash="73a5c1cf317d5e15bded61520fe0a6a20e1a1840",
                                    operation="INSERT",
                                    pgid="pgtrigger_agreement_answered_by_its_owner_9653e",
                                    table="dealers_agreementanswer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="agreement_answer_has_its_hash",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
                SELECT encode(sha256(convert_to(words, 'UTF8')), 'hex') INTO NEW.sha256
                FROM dealers_agreementversion WHERE id = NEW.version_id;
                RETURN NEW;
                """,
                                    hash="e3c937364c6b847d6019cc761543ed98e598a9e6",
                                    operation="INSERT",
                                    pgid="pgtrigger_agreement_answer_has_its_hash_f731c",
                                    table="dealers_agreementanswer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="agreement_answer_to_what_is_published",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NOT EXISTS (SELECT FROM dealers_agreementversion
                    WHERE id = NEW.version_id AND published_at <= NEW.at) THEN
            RAISE check_violation USING CONSTRAINT = 'agreement_answer_to_what_is_published', MESSAGE = 'Only what is published is signed.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="b179cbf002b434f9f0a026d4df462b92a2ff7231",
                                    operation="INSERT",
                                    pgid="pgtrigger_agreement_answer_to_what_is_published_084d8",
                                    table="dealers_agreementanswer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="agreement_answer_of_an_owner",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NOT EXISTS (SELECT FROM dealers_membership
                    WHERE user_id = NEW.by_id AND dealer_id = NEW.dealer_id AND role = 'owner'
                        AND starts_at <= NEW.at AND (ends_at IS NULL OR ends_at > NEW.at)) THEN
            RAISE check_violation USING CONSTRAINT = 'agreement_answer_of_an_owner', MESSAGE = 'An owner of the dealer signs, and nobody else.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="f2658a159f2c82dfb6c5ae581823175d42524970",
                                    operation="INSERT",
                                    pgid="pgtrigger_agreement_answer_of_an_owner_982b8",
                                    table="dealers_agreementanswer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="agreement_answer_is_not_dated_back",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.at < clock_timestamp() - interval '1 hour' THEN
            RAISE check_violation USING CONSTRAINT = 'agreement_answer_is_not_dated_back', MESSAGE = 'An agreement is signed now.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="ffbdc411ba156a2dd47bbe89af8a3f1561051032",
                                    operation="INSERT",
                                    pgid="pgtrigger_agreement_answer_is_not_dated_back_073a6",
                                    table="dealers_agreementanswer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="agreement_answer_is_chained",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        INSERT INTO dealers_fact (dealer_id, kind, first, last, body)
        SELECT dealer, 'agreement', min(id), max(id),
            '{"salt" : "' || replace(gen_random_uuid()::text, '-', '') || '", "told" : ['
            || string_agg(said::text, ',' ORDER BY id) || ']}'
        FROM (
            SELECT told.*,
                (row_number() OVER (PARTITION BY dealer ORDER BY id) - 1) / 200 AS portion
            FROM (
                SELECT a.dealer_id AS dealer, a.id, json_build_object(
                    'number', v.name || '/' || d.code,
                    'event', CASE WHEN a.signed THEN 'signed' ELSE 'refused' END,
                    'agreement', a.version_id, 'rules', a.sha256, 'version', v.name, 'by', a.by_id,
                    'at', a.at, 'language', a.language, 'second_factor', a.second_factor) AS said
                FROM added AS a JOIN dealers_agreementversion AS v ON v.id = a.version_id
                JOIN dealers_dealer AS d ON d.id = a.dealer_id) AS told
        ) AS counted
        GROUP BY dealer, portion
        ORDER BY min(id);
        RETURN NULL;
        """,
                                    hash="a550525b0962d56942c3aaa556072ae70192ce03",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_agreement_answer_is_chained_b6162",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="dealers_agreementanswer",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AgreementPaper",
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
                            "answer",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="paper",
                                to="dealers.agreementanswer",
                                verbose_name="answer",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "signed agreement",
                        "verbose_name_plural": "signed agreements",
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
                                name="agreement_paper_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="agreement_paper_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="10689d52b6031d81807926ec04757d8763100e34",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_agreement_paper_only_added_58de3",
                                    table="dealers_agreementpaper",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="agreement_paper_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="2d55f163a0b11bc3b5aa8d4f79d7c3057b66ec06",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_agreement_paper_never_emptied_b04d4",
                                    table="dealers_agreementpaper",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="agreement_paper_is_chained",
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
                SELECT a.dealer_id AS dealer, p.id, json_build_object(
                    'number', v.name || '/' || d.code, 'language', a.language,
                    'sha256', p.sha256, 'pages', p.pages, 'made', p.made_at) AS said
                FROM added AS p JOIN dealers_agreementanswer AS a ON a.id = p.answer_id
                JOIN dealers_agreementversion AS v ON v.id = a.version_id
                JOIN dealers_dealer AS d ON d.id = a.dealer_id) AS told
        ) AS counted
        GROUP BY dealer, portion
        ORDER BY min(id);
        RETURN NULL;
        """,
                                    hash="86ff564b146009fdd56b600c8b934043e638cf26",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_agreement_paper_is_chained_0bbf5",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="dealers_agreementpaper",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.RemoveTrigger(
                    model_name="user",
                    name="headquarters_has_no_post_at_a_dealer",
                ),
                pgtrigger.migrations.RemoveTrigger(
                    model_name="membership",
                    name="post_at_a_dealer_not_for_headquarters",
                ),
                migrations.RemoveConstraint(
                    model_name="notice",
                    name="notice_kind_is_known",
                ),
                migrations.RemoveConstraint(
                    model_name="noticechoice",
                    name="notice_choice_kind_is_known",
                ),
                migrations.AddField(
                    model_name="store",
                    name="closed_at",
                    field=models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="closed at"
                    ),
                ),
                migrations.AlterField(
                    model_name="accesslog",
                    name="action",
                    field=models.CharField(
                        choices=[
                            ("reveal", "Number shown"),
                            ("refused", "Number asked for, and refused"),
                            ("look_up", "Number looked up"),
                            ("export", "Exported"),
                            ("look", "Looked at the owner's pages"),
                            ("view", "Customers on a page"),
                        ],
                        max_length=20,
                        verbose_name="action",
                    ),
                ),
                migrations.AddField(
                    model_name="accesslog",
                    name="name",
                    field=models.CharField(
                        blank=True,
                        db_default="",
                        default="",
                        editable=False,
                        max_length=80,
                        verbose_name="name",
                    ),
                ),
                migrations.AlterField(
                    model_name="fileimport",
                    name="kind",
                    field=models.CharField(
                        choices=[
                            ("network", "Network"),
                            ("registrations", "Registrations"),
                            ("orders", "Orders and returns"),
                            ("history", "History"),
                            ("program", "Program"),
                            ("people", "People"),
                            ("products", "Products"),
                            ("leads", "Leads"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                migrations.AlterField(
                    model_name="export",
                    name="dealer",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exports",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
                migrations.AlterField(
                    model_name="export",
                    name="membership",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exports",
                        to="dealers.membership",
                        verbose_name="asked by",
                    ),
                ),
                migrations.AddField(
                    model_name="export",
                    name="by",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AlterField(
                    model_name="notice",
                    name="kind",
                    field=models.CharField(
                        choices=[
                            ("canary", "Somebody opened a test customer of yours"),
                            ("bulk", "Somebody looked at far more than usual"),
                            ("look", "Somebody from outside looked at your customers"),
                            ("leaver", "What somebody who left had looked at"),
                            ("post", "A post began, changed or ended"),
                            ("owner", "Another owner of your dealer"),
                            ("handover", "Customers were handed over"),
                            ("closes", "A store or a dealer closes"),
                            ("leaves", "A customer leaves you, or comes"),
                            ("void", "A registration was taken back"),
                            ("dispatch", "A lead waits for your answer"),
                            ("page", "A customer registered on your page"),
                            ("rights", "A customer changed what may be kept or done"),
                            ("case", "A case about a customer goes on"),
                            ("dispute", "A dispute about an amount goes on"),
                            ("follow_up", "Follow-ups are due"),
                            ("protection", "A protection ends, goes on or begins"),
                            ("training", "Courses wait for you"),
                            ("sharing", "A story or a sharing session"),
                            (
                                "coaching",
                                "Your regional manager wrote to your store, or is to look",
                            ),
                            ("statement", "A statement is there"),
                            ("agreement", "A version of the agreement waits for your answer"),
                            ("import", "An imported file is checked or done"),
                            ("export", "A file that you asked for is ready"),
                            ("alarm", "An alarm of the portal"),
                            ("closing", "A month was closed, or could not be"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                migrations.AlterField(
                    model_name="noticechoice",
                    name="kind",
                    field=models.CharField(
                        choices=[
                            ("canary", "Somebody opened a test customer of yours"),
                            ("bulk", "Somebody looked at far more than usual"),
                            ("look", "Somebody from outside looked at your customers"),
                            ("leaver", "What somebody who left had looked at"),
                            ("post", "A post began, changed or ended"),
                            ("owner", "Another owner of your dealer"),
                            ("handover", "Customers were handed over"),
                            ("closes", "A store or a dealer closes"),
                            ("leaves", "A customer leaves you, or comes"),
                            ("void", "A registration was taken back"),
                            ("dispatch", "A lead waits for your answer"),
                            ("page", "A customer registered on your page"),
                            ("rights", "A customer changed what may be kept or done"),
                            ("case", "A case about a customer goes on"),
                            ("dispute", "A dispute about an amount goes on"),
                            ("follow_up", "Follow-ups are due"),
                            ("protection", "A protection ends, goes on or begins"),
                            ("training", "Courses wait for you"),
                            ("sharing", "A story or a sharing session"),
                            (
                                "coaching",
                                "Your regional manager wrote to your store, or is to look",
                            ),
                            ("statement", "A statement is there"),
                            ("agreement", "A version of the agreement waits for your answer"),
                            ("import", "An imported file is checked or done"),
                            ("export", "A file that you asked for is ready"),
                            ("alarm", "An alarm of the portal"),
                            ("closing", "A month was closed, or could not be"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                migrations.AlterField(
                    model_name="upload",
                    name="kind",
                    field=models.CharField(
                        blank=True,
                        choices=[
                            ("network", "Network"),
                            ("registrations", "Registrations"),
                            ("orders", "Orders and returns"),
                            ("history", "History"),
                            ("program", "Program"),
                            ("people", "People"),
                            ("products", "Products"),
                            ("leads", "Leads"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="store",
                    trigger=pgtrigger.compiler.Trigger(
                        name="store_once_closed_stays_closed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.closed_at <= clock_timestamp() AND NEW.closed_at IS DISTINCT FROM OLD.closed_at)",
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update of \"closed_at\" rows from % table', TG_TABLE_NAME;",
                            hash="aca079cdf018d6c1f318be5a9be0841dbc2c0e40",
                            operation='UPDATE OF "closed_at"',
                            pgid="pgtrigger_store_once_closed_stays_closed_87789",
                            table="dealers_store",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.AddConstraint(
                    model_name="store",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "closed_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "closed_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="store_closing_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="user",
                    trigger=pgtrigger.compiler.Trigger(
                        name="headquarters_has_no_post_at_a_dealer",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NOT (OLD.is_staff OR OLD.is_superuser) AND (NEW.is_staff OR NEW.is_superuser))",
                            func="IF EXISTS (SELECT FROM dealers_membership WHERE user_id = NEW.id AND dealer_id IS NOT NULL AND (ends_at IS NULL OR ends_at > clock_timestamp() AND ends_at > starts_at + interval '1 microsecond')) THEN RAISE EXCEPTION 'Headquarters holds no post inside a dealer: %', TG_NAME USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME; END IF; RETURN NEW;",
                            hash="a2f47f1a5de5d97f8e921761b3fa6f4d210f2fe3",
                            operation='UPDATE OF "is_staff", "is_superuser"',
                            pgid="pgtrigger_headquarters_has_no_post_at_a_dealer_4b7f2",
                            table="dealers_user",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="accesslog",
                    trigger=pgtrigger.compiler.Trigger(
                        name="access_log_keeps_the_name",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="SELECT coalesce(min(name), '') INTO NEW.name FROM dealers_user WHERE id = NEW.user_id; RETURN NEW;",
                            hash="be55ccf4ce4ac78b5c4eff8274192642da7bf892",
                            operation="INSERT",
                            pgid="pgtrigger_access_log_keeps_the_name_51df1",
                            table="dealers_accesslog",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="accesslog",
                    trigger=pgtrigger.compiler.Trigger(
                        name="access_log_is_chained",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="""
        INSERT INTO dealers_fact (dealer_id, kind, first, last, body)
        SELECT dealer, 'access', min(id), max(id),
            '{"salt" : "' || replace(gen_random_uuid()::text, '-', '') || '", "told" : ['
            || string_agg(said::text, ',' ORDER BY id) || ']}'
        FROM (
            SELECT told.*,
                (row_number() OVER (PARTITION BY dealer ORDER BY id) - 1) / 200 AS portion
            FROM (
    SELECT dealer_id AS dealer, id, json_build_object(
        'action', action, 'at', at, 'person', user_id, 'role', role, 'agent', agent,
        'card', customer, 'cards', customers, 'fields', fields, 'count', count,
        'purpose', CASE WHEN purpose ~ '^[a-z-]+$' THEN purpose END) AS said
    FROM added) AS told
        ) AS counted
        GROUP BY dealer, portion
        ORDER BY min(id);
        RETURN NULL;
        """,
                            hash="a92583db1e66f2651c7152c9c8c222a4934c482a",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_access_log_is_chained_4e28e",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="dealers_accesslog",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="membership",
                    trigger=pgtrigger.compiler.Trigger(
                        name="post_at_a_dealer_not_for_headquarters",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.dealer_id IS NOT NULL AND (NEW.ends_at IS NULL OR NEW.ends_at > clock_timestamp() AND NEW.ends_at > NEW.starts_at + interval '1 microsecond'))",
                            declare="DECLARE at_headquarters boolean;",
                            func="SELECT is_staff OR is_superuser INTO at_headquarters FROM dealers_user WHERE id = NEW.user_id FOR SHARE; IF at_headquarters THEN RAISE EXCEPTION 'Headquarters holds no post inside a dealer: %', TG_NAME USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME; END IF; RETURN NEW;",
                            hash="6d4b720ba4cb1786c2db73c60bfd97949192a848",
                            operation='INSERT OR UPDATE OF "user_id", "dealer_id", "ends_at"',
                            pgid="pgtrigger_post_at_a_dealer_not_for_headquarters_34742",
                            table="dealers_membership",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.AddConstraint(
                    model_name="export",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("by__isnull", True),
                                ("dealer__isnull", False),
                                ("membership__isnull", False),
                            ),
                            models.Q(
                                ("by__isnull", False),
                                ("dealer__isnull", True),
                                ("membership__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="export_is_of_a_post_or_of_somebody_at_headquarters",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="notice",
                    constraint=models.CheckConstraint(
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
                                    "closes",
                                    "leaves",
                                    "void",
                                    "dispatch",
                                    "page",
                                    "rights",
                                    "case",
                                    "dispute",
                                    "follow_up",
                                    "protection",
                                    "training",
                                    "sharing",
                                    "coaching",
                                    "statement",
                                    "agreement",
                                    "import",
                                    "export",
                                    "alarm",
                                    "closing",
                                ],
                            )
                        ),
                        name="notice_kind_is_known",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="noticechoice",
                    constraint=models.CheckConstraint(
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
                                    "closes",
                                    "leaves",
                                    "void",
                                    "dispatch",
                                    "page",
                                    "rights",
                                    "case",
                                    "dispute",
                                    "follow_up",
                                    "protection",
                                    "training",
                                    "sharing",
                                    "coaching",
                                    "statement",
                                    "agreement",
                                    "import",
                                    "export",
                                    "alarm",
                                    "closing",
                                ],
                            )
                        ),
                        name="notice_choice_kind_is_known",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunPython(seal_second_factors, migrations.RunPython.noop),
    ]
