"""All tables of this app as they were in November 2026, in one step.

A database that has taken steps of before goes on with those; they go with the next release.
"""

import datetime
import dealers.constraints
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.lookups
import django.utils.timezone
import pgtrigger.compiler
import uuid
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

# The calls that cross dealers: who has a person, the end of what a registration replaces, and what
# headquarters reads of a card. They run as a role that sees all dealers.
WHO_OWNS = """
CREATE FUNCTION who_owns(
    person bytea, moment timestamptz,
    OUT identity bigint, OUT renumbered boolean,
    OUT held_id bigint, OUT held_dealer bigint, OUT held_store bigint, OUT held_tz text,
    OUT held_staff bigint, OUT held_channel text, OUT held_start timestamptz,
    OUT held_protected_until timestamptz, OUT held_end timestamptz,
    OUT held_last_activity_at timestamptz, OUT held_contact_due_at timestamptz,
    OUT held_contacted_at timestamptz, OUT held_sold_at timestamptz, OUT held_renewed_on date,
    OUT held_follow_up_on date, OUT held_release_at timestamptz, OUT held_since timestamptz,
    OUT held_extensions smallint, OUT held_silence_was_yes boolean, OUT held_frozen boolean,
    OUT held_paused_on date, OUT held_paused_days smallint, OUT held_paused_until timestamptz,
    OUT held_paused_end timestamptz
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    dealer bigint := nullif(current_setting('app.dealer_id', true), '')::bigint;
    sees_all boolean := current_setting('role') IN ('none', 'portal_worker');
BEGIN
    -- Whoever is about to change what is known of the person is waited for.
    SELECT i.id INTO identity FROM customers_identity AS i
    WHERE i.fingerprint = person FOR KEY SHARE;
    renumbered := false;
    IF moment IS NULL OR identity IS NULL THEN
        RETURN;
    END IF;
    RAISE LOG 'who_owns: actor % of dealer % asks for identity %',
        current_setting('app.actor_id', true), dealer, identity;
    SELECT EXISTS (SELECT FROM customers_numberchange AS c WHERE c.identity_id = identity)
    INTO renumbered;
    SELECT o.id, o.dealer_id, o.store_id, s.timezone, o.channel, lower(o.period),
        o.protected_until, upper(o.period)
    INTO held_id, held_dealer, held_store, held_tz, held_channel, held_start,
        held_protected_until, held_end
    FROM customers_ownership AS o JOIN dealers_store AS s ON s.id = o.store_id
    WHERE o.identity_id = identity AND o.protected_until > lower(o.period)
        AND lower(o.period) <= moment
    ORDER BY lower(o.period) DESC LIMIT 1;
    IF sees_all OR held_dealer = dealer THEN
        -- How it is looked after is its own dealer's affair.
        SELECT o.staff_id, o.last_activity_at, o.contact_due_at, o.contacted_at, o.sold_at,
            o.renewed_on, o.follow_up_on, o.release_at, o.since, o.extensions, o.silence_was_yes,
            o.frozen, o.paused_on, o.paused_days, o.paused_until, o.paused_end
        INTO held_staff, held_last_activity_at, held_contact_due_at, held_contacted_at,
            held_sold_at, held_renewed_on, held_follow_up_on, held_release_at, held_since,
            held_extensions, held_silence_was_yes, held_frozen, held_paused_on, held_paused_days,
            held_paused_until, held_paused_end
        FROM customers_ownership AS o WHERE o.id = held_id;
    END IF;
END $$;
"""

END_OWNERSHIP = """
CREATE OR REPLACE FUNCTION end_ownership(ownership bigint, cause bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    dealer bigint := nullif(current_setting('app.dealer_id', true), '')::bigint;
    sees_all boolean := current_setting('role') IN ('none', 'portal_worker');
    ended bigint;
BEGIN
    -- Only what a live registration of the caller's own has just won, from an import; with the
    -- event in the same statement, as rows that only change together.
    WITH won AS (
        UPDATE customers_ownership AS o
        SET period = tstzrange(lower(o.period), r.received_at),
            protected_until = least(o.protected_until, r.received_at)
        FROM customers_registration AS r
        WHERE o.id = end_ownership.ownership AND r.id = end_ownership.cause
            AND (sees_all OR r.dealer_id = dealer) AND r.identity_id = o.identity_id
            AND r.answer = 'yours' AND r.channel = 'capture' AND o.channel = 'import'
            AND o.dealer_id <> r.dealer_id AND o.period @> r.received_at
        RETURNING o.id, r.received_at, r.recorded_at, o.protected_until, r.rulebook_id
    ), added AS (
        INSERT INTO customers_ownershipevent (
            ownership_id, kind, at, recorded_at, protected_until, rulebook_id, registration_id
        )
        SELECT id, 'ended', received_at, recorded_at, protected_until, rulebook_id, cause FROM won
        RETURNING 1
    )
    SELECT count(*) INTO ended FROM added;
    IF ended <> 1 THEN
        RAISE EXCEPTION 'Nothing that registration % ends: %', cause, 'end_ownership'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'end_ownership';
    END IF;
    RAISE LOG 'end_ownership: actor % of dealer % ends ownership % by registration %',
        current_setting('app.actor_id', true), dealer, ownership, cause;
    RETURN 1;
END $$;
"""

REVEAL_READ = """
CREATE FUNCTION reveal_read(entry bigint)
RETURNS TABLE (id uuid, dealer_id bigint, phone bytea, name bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT card.id, card.dealer_id::bigint, card.phone_sealed, card.name_sealed
    FROM public.dealers_accesslog AS given
    JOIN public.customers_customer AS card
        ON card.id = given.customer AND card.dealer_id = given.dealer_id
    WHERE given.id = entry
        AND given.action = 'reveal'
        -- A row of another transaction that this one can see is committed.
        AND given.written_in <> (pg_current_xact_id()::text)::bigint
        AND given.at BETWEEN clock_timestamp() - interval '5 minutes'
            AND clock_timestamp() + interval '5 minutes'
        -- Whoever the transaction says acts is who it was given to.
        AND given.role = current_setting('app.role', true)
        AND coalesce(given.user_id::text, '') = coalesce(current_setting('app.actor_id', true), '')
$$;
REVOKE ALL ON FUNCTION reveal_read(bigint) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    replaces = [
        ("customers", "0001_initial"),
        ("customers", "0002_initial"),
        ("customers", "0003_fewer_indexes"),
        ("customers", "0004_replaced_registrations"),
        ("customers", "0005_sold_by"),
        ("customers", "0006_order_limits"),
        ("customers", "0007_contact_due"),
        ("customers", "0008_contact_due_of_the_registration"),
        ("customers", "0009_seal_into_rows"),
        ("customers", "0010_attribution"),
        ("customers", "0011_attribute_orders"),
        ("customers", "0012_attribution_only"),
        ("customers", "0013_search_tokens"),
        ("customers", "0014_publication_steps"),
        ("customers", "0015_steps_of_published"),
        ("customers", "0016_published_never_changes"),
        ("customers", "0017_recorded_by_dealer"),
        ("customers", "0018_sealed_to_blocks"),
        ("customers", "0019_bounds"),
        ("customers", "0020_cards_and_stores_of_their_dealers"),
        ("customers", "0021_handovers"),
        ("customers", "0022_voids"),
        ("customers", "0023_planned_for_all_rows"),
        ("customers", "0024_corrected_follow_ups"),
        ("customers", "0025_two_calls_across_dealers"),
        ("customers", "0026_reveals"),
        ("customers", "0027_erased_and_renewed"),
        ("customers", "0028_events_of_ones_own"),
        ("customers", "0029_stories_of_the_test_bench"),
        ("customers", "0030_dispatch"),
        ("customers", "0031_returned_leads"),
        ("customers", "0032_acts"),
    ]

    initial = True

    dependencies = [
        ("dealers", "0001_squashed_0021_calendar_and_dispatch"),
    ]

    operations = [
        migrations.CreateModel(
            name="Category",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=80, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
            ],
            options={
                "verbose_name": "product category",
                "verbose_name_plural": "product categories",
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
                        name="category_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DispatchStore",
            fields=[
                (
                    "store",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="dispatch",
                        serialize=False,
                        to="dealers.store",
                        verbose_name="store",
                    ),
                ),
                (
                    "latitude",
                    models.DecimalField(
                        blank=True,
                        decimal_places=5,
                        max_digits=8,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("-90")),
                            django.core.validators.MaxValueValidator(Decimal("90")),
                        ],
                        verbose_name="latitude",
                    ),
                ),
                (
                    "longitude",
                    models.DecimalField(
                        blank=True,
                        decimal_places=5,
                        max_digits=8,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("-180")),
                            django.core.validators.MaxValueValidator(Decimal("180")),
                        ],
                        verbose_name="longitude",
                    ),
                ),
                (
                    "weight",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="Its fair share of the leads, against 1 for other stores.",
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="weight",
                    ),
                ),
                (
                    "capacity",
                    models.PositiveSmallIntegerField(
                        default=20,
                        help_text="Leads that it may have in hand at once.",
                        verbose_name="capacity",
                    ),
                ),
                ("takes_leads", models.BooleanField(default=True, verbose_name="takes leads")),
                (
                    "of_brand",
                    models.BooleanField(default=False, verbose_name="the brand's own store"),
                ),
            ],
            options={
                "verbose_name": "store in dispatch",
                "verbose_name_plural": "stores in dispatch",
                "ordering": ("store__code",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(
                                ("latitude__gte", -90),
                                ("latitude__isnull", False),
                                ("latitude__lte", 90),
                                ("longitude__gte", -180),
                                ("longitude__isnull", False),
                                ("longitude__lte", 180),
                            ),
                            _connector="OR",
                        ),
                        name="dispatch_store_has_both_coordinates_or_none",
                        violation_error_message="Give both latitude and longitude, or neither.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("weight__gte", 1)),
                        name="dispatch_store_weighs_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Identity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("fingerprint", models.BinaryField(unique=True, verbose_name="fingerprint")),
                (
                    "keyed",
                    models.PositiveSmallIntegerField(
                        db_default=1, default=1, verbose_name="fingerprint keys"
                    ),
                ),
            ],
            options={
                "verbose_name": "identity",
                "verbose_name_plural": "identities",
                "constraints": [
                    models.CheckConstraint(
                        condition=django.db.models.lookups.Exact(
                            models.Func(
                                models.F("fingerprint"),
                                function="octet_length",
                                output_field=models.IntegerField(),
                            ),
                            32,
                        ),
                        name="identity_fingerprint_is_full_length",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="identity_fingerprint_never_changes_by_itself",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."fingerprint" IS DISTINCT FROM (NEW."fingerprint"))',
                            func="\n        IF NOT EXISTS (SELECT FROM customers_numberchange AS change\n                    WHERE change.identity_id = NEW.id AND change.before = OLD.fingerprint\n                        AND change.after = NEW.fingerprint)\n                    AND NOT (NEW.keyed > OLD.keyed AND EXISTS (\n    SELECT FROM dealers_keyrotation WHERE kind = 'fingerprint' AND finished_at IS NULL)) AND NOT EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.id) THEN\n            RAISE check_violation USING CONSTRAINT = 'identity_fingerprint_never_changes_by_itself', MESSAGE = 'The key of a person follows a recorded change of their number.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="dc1ed3bbbebeb4846b7a63395ef8160d3397b85d",
                            operation="UPDATE",
                            pgid="pgtrigger_identity_fingerprint_never_changes_by_itself_159fc",
                            table="customers_identity",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("phone_sealed", models.BinaryField(verbose_name="phone, encrypted")),
                (
                    "name_sealed",
                    models.BinaryField(blank=True, null=True, verbose_name="name, encrypted"),
                ),
                (
                    "wechat_sealed",
                    models.BinaryField(blank=True, null=True, verbose_name="WeChat id, encrypted"),
                ),
                (
                    "email_sealed",
                    models.BinaryField(blank=True, null=True, verbose_name="e-mail, encrypted"),
                ),
                (
                    "notes_sealed",
                    models.BinaryField(blank=True, null=True, verbose_name="notes, encrypted"),
                ),
                (
                    "search_tokens",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, editable=False
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="created at"
                    ),
                ),
                (
                    "dealer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="customers",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cards",
                        to="customers.identity",
                        verbose_name="identity",
                    ),
                ),
            ],
            options={
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
                "permissions": [("reveal_customer", "Can be shown a customer's number")],
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
                        ),
                        name="customer_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.UniqueConstraint(
                        fields=("dealer", "identity"), name="customer_one_card_a_dealer"
                    ),
                    models.UniqueConstraint(
                        fields=("id", "dealer", "identity"),
                        name="customer_with_its_dealer_and_person",
                    ),
                ],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["search_tokens"], name="customer_search"
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="customer_stays_with_dealer_and_person",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."identity_id" IS DISTINCT FROM (NEW."identity_id"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="b171fe7a5ff0a9dd44ef47bfa53516f0755a87ea",
                            operation="UPDATE",
                            pgid="pgtrigger_customer_stays_with_dealer_and_person_528b1",
                            table="customers_customer",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="customer_has_a_number_until_erased",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (octet_length(NEW.phone_sealed) = 0)",
                            func="\n        IF NOT EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id) THEN\n            RAISE check_violation USING CONSTRAINT = 'customer_has_a_number_until_erased', MESSAGE = 'A card without a number is that of a person who was erased.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="590a15e655c72be59fbd4ff588fd76d8ebf1688c",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_customer_has_a_number_until_erased_4cd5b",
                            table="customers_customer",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="customer_erased_stays_erased",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (octet_length(OLD.phone_sealed) = 0)",
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="5548f49db9ec3134b2f2324e37ebb537d9449a36",
                            operation="UPDATE",
                            pgid="pgtrigger_customer_erased_stays_erased_16bf3",
                            table="customers_customer",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "erased_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="erased by",
                    ),
                ),
                (
                    "identity",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasure",
                        to="customers.identity",
                        verbose_name="identity",
                    ),
                ),
            ],
            options={
                "verbose_name": "erasure",
                "verbose_name_plural": "erasures",
                "ordering": ("-at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at__gte", datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            ("at__lte", datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                        ),
                        name="erasure_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="erasure_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="a0ba869947796076567a6dada5ee34ad45b2a982",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_erasure_only_added_78f06",
                            table="customers_erasure",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="erasure_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="06ad78b5dcaadd694db47fac53ca9ee53c2d4700",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_erasure_never_emptied_0601d",
                            table="customers_erasure",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Lead",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("hq", "Entered by headquarters")],
                        max_length=10,
                        verbose_name="source",
                    ),
                ),
                (
                    "external_id",
                    models.CharField(blank=True, max_length=80, verbose_name="number there"),
                ),
                ("campaign", models.CharField(blank=True, max_length=80, verbose_name="campaign")),
                ("contact", models.BinaryField(verbose_name="name and number, encrypted")),
                ("wish", models.CharField(max_length=120, verbose_name="what for")),
                (
                    "latitude",
                    models.DecimalField(
                        blank=True,
                        decimal_places=5,
                        max_digits=8,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("-90")),
                            django.core.validators.MaxValueValidator(Decimal("90")),
                        ],
                        verbose_name="latitude",
                    ),
                ),
                (
                    "longitude",
                    models.DecimalField(
                        blank=True,
                        decimal_places=5,
                        max_digits=8,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("-180")),
                            django.core.validators.MaxValueValidator(Decimal("180")),
                        ],
                        verbose_name="longitude",
                    ),
                ),
                (
                    "consent_marketing",
                    models.BooleanField(default=False, verbose_name="consent to offers"),
                ),
                ("received_at", models.DateTimeField(verbose_name="received at")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded at"
                    ),
                ),
                (
                    "queued_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="with the region since"
                    ),
                ),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="closed at"),
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
                        verbose_name="entered by",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.category",
                        verbose_name="product category",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leads",
                        to="customers.identity",
                        verbose_name="identity",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leads",
                        to="dealers.region",
                        verbose_name="region",
                    ),
                ),
            ],
            options={
                "verbose_name": "lead",
                "verbose_name_plural": "leads",
                "ordering": ("-received_at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "received_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "received_at__lte",
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
                            (
                                "queued_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "queued_at__lte",
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
                        ),
                        name="lead_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "external_id__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                            models.Q(
                                (
                                    "campaign__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                            models.Q(
                                (
                                    "wish__regex",
                                    "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                ),
                                _negated=True,
                            ),
                        ),
                        name="lead_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(
                                ("latitude__gte", -90),
                                ("latitude__isnull", False),
                                ("latitude__lte", 90),
                                ("longitude__gte", -180),
                                ("longitude__isnull", False),
                                ("longitude__lte", 180),
                            ),
                            _connector="OR",
                        ),
                        name="lead_has_both_coordinates_or_none",
                        violation_error_message="Give both latitude and longitude, or neither.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("external_id", ""), _negated=True),
                        fields=("source", "external_id"),
                        name="lead_received_once",
                        violation_error_message="This lead is on file already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source__in", ["hq"])), name="lead_source_is_known"
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("closed_at__isnull", True), ("queued_at__isnull", False)
                        ),
                        fields=["region", "queued_at"],
                        name="lead_queue",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="lead_stays_as_received",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."campaign" IS DISTINCT FROM (NEW."campaign") OR OLD."identity_id" IS DISTINCT FROM (NEW."identity_id") OR OLD."wish" IS DISTINCT FROM (NEW."wish") OR OLD."category_id" IS DISTINCT FROM (NEW."category_id") OR OLD."region_id" IS DISTINCT FROM (NEW."region_id") OR OLD."latitude" IS DISTINCT FROM (NEW."latitude") OR OLD."longitude" IS DISTINCT FROM (NEW."longitude") OR OLD."consent_marketing" IS DISTINCT FROM (NEW."consent_marketing") OR OLD."received_at" IS DISTINCT FROM (NEW."received_at") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="0882012be8707cb0e562c285ac1bf99ac35c86f5",
                            operation="UPDATE",
                            pgid="pgtrigger_lead_stays_as_received_d1661",
                            table="customers_lead",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="lead_never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="e83e522f0ccb7badd69753063e0deef3dc153cd3",
                            operation="DELETE",
                            pgid="pgtrigger_lead_never_deleted_f2262",
                            table="customers_lead",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Candidate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hop", models.PositiveSmallIntegerField(verbose_name="attempt")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "why_not",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("closed", "not open yet"),
                            ("takes_none", "takes no leads"),
                            ("full", "has as many leads in hand as it may"),
                            ("asked", "was asked before"),
                        ],
                        max_length=12,
                        verbose_name="why not",
                    ),
                ),
                (
                    "metres",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="distance, metres"
                    ),
                ),
                ("band", models.PositiveSmallIntegerField(verbose_name="distance band")),
                ("received", models.PositiveIntegerField(verbose_name="leads received")),
                ("weight", models.PositiveSmallIntegerField(verbose_name="weight")),
                ("in_hand", models.PositiveIntegerField(verbose_name="leads in hand")),
                ("capacity", models.PositiveSmallIntegerField(verbose_name="capacity")),
                ("converted", models.PositiveIntegerField(verbose_name="customers who bought")),
                ("mature", models.PositiveIntegerField(verbose_name="customers who had time to")),
                (
                    "conversion_band",
                    models.PositiveSmallIntegerField(verbose_name="conversion band"),
                ),
                ("place", models.PositiveIntegerField(blank=True, null=True, verbose_name="place")),
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
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dealers.store",
                        verbose_name="store",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="candidates",
                        to="customers.lead",
                        verbose_name="lead",
                    ),
                ),
            ],
            options={
                "verbose_name": "candidate",
                "verbose_name_plural": "candidates",
                "ordering": (
                    "lead_id",
                    "hop",
                    models.OrderBy(models.F("place"), nulls_last=True),
                    "store_id",
                ),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at__gte", datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            ("at__lte", datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                        ),
                        name="candidate_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.UniqueConstraint(
                        fields=("lead", "hop", "store"), name="candidate_once_an_attempt"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("place__isnull", False)),
                        fields=("lead", "hop", "place"),
                        name="candidate_places_differ",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("place__isnull", True), models.Q(("why_not", ""), _negated=True)
                            ),
                            models.Q(("place__isnull", False), ("why_not", "")),
                            _connector="OR",
                        ),
                        name="candidate_has_a_place_or_a_reason",
                    ),
                    dealers.constraints.TogetherForeignKey(
                        fields=("store", "dealer"),
                        name="candidate_store_is_the_dealers",
                        to="dealers.Store",
                        to_fields=("id", "dealer"),
                        violation_error_message="The store belongs to another dealer.",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="candidate_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="72643f59603c3b83044aeb63e53941f525b87ef4",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_candidate_only_added_49303",
                            table="customers_candidate",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="candidate_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="77fa0c5e4749ee47103e37f8c67e20c76abc4f21",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_candidate_never_emptied_1cb01",
                            table="customers_candidate",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NumberChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("before", models.BinaryField(verbose_name="fingerprint before")),
                ("after", models.BinaryField(verbose_name="fingerprint after")),
                (
                    "keyed",
                    models.PositiveSmallIntegerField(
                        db_default=1, default=1, verbose_name="fingerprint keys"
                    ),
                ),
                ("number_sealed", models.BinaryField(verbose_name="number before, encrypted")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded at"
                    ),
                ),
                (
                    "changed_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="changed by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="number_changes",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
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
                (
                    "identity",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="number_changes",
                        to="customers.identity",
                        verbose_name="identity",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of number",
                "verbose_name_plural": "changes of numbers",
                "ordering": ("-at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at__gte", datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            ("at__lte", datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            (
                                "recorded_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "recorded_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="number_change_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("before", models.F("after")), _negated=True),
                        name="number_change_is_to_another_number",
                    ),
                    dealers.constraints.TogetherForeignKey(
                        fields=("customer", "dealer", "identity"),
                        name="number_change_card_is_the_dealers",
                        to="customers.Customer",
                        to_fields=("id", "dealer", "identity"),
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="number_change_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."identity_id" IS DISTINCT FROM (NEW."identity_id") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."changed_by_id" IS DISTINCT FROM (NEW."changed_by_id") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="dda04c067cce744e597475bd4cd07299488836e9",
                            operation="UPDATE",
                            pgid="pgtrigger_number_change_only_added_4978a",
                            table="customers_numberchange",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="number_change_never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="68cf5fffe9b37346569416bbae734b1097a9f892",
                            operation="DELETE",
                            pgid="pgtrigger_number_change_never_deleted_8a678",
                            table="customers_numberchange",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="number_change_only_renewed_or_erased",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.before IS DISTINCT FROM NEW.before OR OLD.after IS DISTINCT FROM NEW.after OR OLD.keyed <> NEW.keyed)",
                            func="\n        IF NOT (NEW.keyed > OLD.keyed AND EXISTS (\n    SELECT FROM dealers_keyrotation WHERE kind = 'fingerprint' AND finished_at IS NULL)) AND NOT EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id) THEN\n            RAISE check_violation USING CONSTRAINT = 'number_change_only_renewed_or_erased', MESSAGE = 'Fingerprints get another key, or are erased, and never change else.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="09004e99f8b30689eeeffedf1c2d13f860e9db2d",
                            operation="UPDATE",
                            pgid="pgtrigger_number_change_only_renewed_or_erased_4e8d7",
                            table="customers_numberchange",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="number_change_only_resealed_or_erased",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.number_sealed IS DISTINCT FROM NEW.number_sealed)",
                            func="\n        IF ((octet_length(NEW.number_sealed) = 0 AND EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id))\n                    OR (substring(NEW.number_sealed FROM 2 FOR 4) <> substring(OLD.number_sealed FROM 2 FOR 4) AND EXISTS (\n        SELECT FROM dealers_dealerkey AS k\n        WHERE k.dealer_id = NEW.dealer_id AND int4send(k.id::int4) = substring(NEW.number_sealed FROM 2 FOR 4)))) IS NOT TRUE THEN\n            RAISE check_violation USING CONSTRAINT = 'number_change_only_resealed_or_erased', MESSAGE = 'A number is sealed with another key, or erased, and never changes else.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="79a6170d1e651b40d0c95a97584312b0879544cd",
                            operation="UPDATE",
                            pgid="pgtrigger_number_change_only_resealed_or_erased_9b61d",
                            table="customers_numberchange",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="number_change_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="724deeaa6459538098293bd15bff4a4e7ca2b7a2",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_number_change_never_emptied_a9a2c",
                            table="customers_numberchange",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("source", models.CharField(max_length=40, verbose_name="source")),
                ("external_id", models.CharField(max_length=80, verbose_name="external id")),
                ("content", models.BinaryField(verbose_name="content hash")),
                (
                    "kind",
                    models.CharField(
                        choices=[("sale", "Sale"), ("return", "Return")],
                        max_length=6,
                        verbose_name="kind",
                    ),
                ),
                ("ordered_at", models.DateTimeField(verbose_name="ordered at")),
                ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                (
                    "net",
                    models.DecimalField(decimal_places=2, max_digits=14, verbose_name="net paid"),
                ),
                (
                    "signed_net",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(
                                kind="return",
                                then=django.db.models.expressions.CombinedExpression(
                                    models.F("net"), "*", models.Value(-1)
                                ),
                            ),
                            default=models.F("net"),
                        ),
                        output_field=models.DecimalField(decimal_places=2, max_digits=14),
                        verbose_name="net, less returns",
                    ),
                ),
                ("placed_on", models.DateField(verbose_name="bought on")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded at"
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="customers.identity",
                        verbose_name="identity",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recorded by hand by",
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returns",
                        to="customers.order",
                        verbose_name="sale",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: bought online.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="dealers.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "order",
                "verbose_name_plural": "orders",
                "ordering": ("-ordered_at", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("source", "admin"), _negated=True),
                            ("recorded_by__isnull", False),
                            _connector="OR",
                        ),
                        name="order_by_hand_names_its_author",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "ordered_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "ordered_at__lte",
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
                            ("placed_on__gte", datetime.date(1990, 1, 1)),
                            ("placed_on__lte", datetime.date(2200, 1, 1)),
                        ),
                        name="order_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.UniqueConstraint(
                        fields=("source", "external_id", "kind"),
                        name="order_number_used_once_for_each_kind",
                        violation_error_message="This order is on file already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "sale"), ("sale__isnull", True)),
                            models.Q(("kind", "return"), ("sale__isnull", False)),
                            _connector="OR",
                        ),
                        name="order_return_names_its_sale",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("net__lte", Decimal("99999999.99")), ("quantity__lte", 999999)
                        ),
                        name="order_is_not_too_large",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("net__gte", 0)), name="order_net_is_not_negative"
                    ),
                ],
                "indexes": [
                    models.Index(fields=["placed_on", "store"], name="order_placed_month"),
                    models.Index(fields=["identity", "ordered_at"], name="order_identity_time"),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="order_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."sale_id" IS DISTINCT FROM (NEW."sale_id") OR OLD."ordered_at" IS DISTINCT FROM (NEW."ordered_at") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."identity_id" IS DISTINCT FROM (NEW."identity_id") OR OLD."quantity" IS DISTINCT FROM (NEW."quantity") OR OLD."net" IS DISTINCT FROM (NEW."net") OR OLD."placed_on" IS DISTINCT FROM (NEW."placed_on") OR OLD."recorded_by_id" IS DISTINCT FROM (NEW."recorded_by_id") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="35d9db923392d209742509e9f2de42a83de0d32d",
                            operation="UPDATE",
                            pgid="pgtrigger_order_only_added_394d0",
                            table="customers_order",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="order_never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="18f12beb4f56ba9d5e840b1c25c361844d0200fa",
                            operation="DELETE",
                            pgid="pgtrigger_order_never_deleted_64506",
                            table="customers_order",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="order_content_only_erased",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.content IS DISTINCT FROM NEW.content)",
                            func="\n        IF NOT EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id) THEN\n            RAISE check_violation USING CONSTRAINT = 'order_content_only_erased', MESSAGE = 'This changes when the person is erased, and never else.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="1cb2272acdde00064b7c3a81a3f1a99d3dacc680",
                            operation="UPDATE",
                            pgid="pgtrigger_order_content_only_erased_1aa68",
                            table="customers_order",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="order_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="48931d96b8772c97579959f2227ed288aa31cf91",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_order_never_emptied_0bbf9",
                            table="customers_order",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="order_is_the_sum_of_its_lines",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF (SELECT count(*) FROM (\n        SELECT FROM added AS o\n        LEFT JOIN customers_orderline AS l ON l.order_id = o.id\n        LEFT JOIN customers_orderline AS sold ON sold.id = l.returns_id\n        \n        GROUP BY o.id, o.quantity, o.net, o.sale_id\n        HAVING (sum(l.quantity) = o.quantity AND sum(l.net) = o.net\n            AND bool_and(sold.order_id IS NOT DISTINCT FROM o.sale_id)) IS NOT TRUE) AS found) > 0 THEN\n            RAISE check_violation USING CONSTRAINT = 'order_is_the_sum_of_its_lines', MESSAGE = 'An order is the sum of its lines, a return of its sale''s.';\n        END IF;\n        RETURN NULL;\n        ",
                            hash="28b1e83fe2800d578e12fec5f0ff0c78b1adb90f",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_order_is_the_sum_of_its_lines_330c8",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="customers_order",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="order_return_is_of_a_sale",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF EXISTS (\n                    SELECT FROM added JOIN customers_order AS s ON s.id = added.sale_id\n                    WHERE s.kind <> 'sale') THEN\n            RAISE check_violation USING CONSTRAINT = 'order_return_is_of_a_sale', MESSAGE = 'Only a sale can be returned.';\n        END IF;\n        RETURN NULL;\n        ",
                            hash="5647bb53d002c3fb3d151e5e73dd94025c850e4a",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_order_return_is_of_a_sale_3e448",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="customers_order",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ownership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "period",
                    django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="period"),
                ),
                ("protected_until", models.DateTimeField(verbose_name="protected until")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("capture", "Quick capture"),
                            ("import", "File import"),
                            ("history", "First load of the past"),
                            ("dispatch", "Dispatch"),
                        ],
                        max_length=10,
                        verbose_name="started by",
                    ),
                ),
                (
                    "contact_due_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="first contact due at"
                    ),
                ),
                (
                    "contacted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="first contact at"),
                ),
                (
                    "sold_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="last sale at"),
                ),
                (
                    "renewed_on",
                    models.DateField(
                        blank=True, null=True, verbose_name="last renewed by an activity on"
                    ),
                ),
                ("last_activity_at", models.DateTimeField(verbose_name="last activity at")),
                (
                    "follow_up_on",
                    models.DateField(blank=True, null=True, verbose_name="follow up on"),
                ),
                (
                    "release_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="released without contact at"
                    ),
                ),
                (
                    "since",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="with the dealer since"
                    ),
                ),
                (
                    "extensions",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, verbose_name="times extended"
                    ),
                ),
                (
                    "silence_was_yes",
                    models.BooleanField(
                        db_default=False, default=False, verbose_name="extended by silence"
                    ),
                ),
                (
                    "frozen",
                    models.BooleanField(
                        db_default=False, default=False, verbose_name="frozen: the dealer closed"
                    ),
                ),
                ("paused_on", models.DateField(blank=True, null=True, verbose_name="waits since")),
                (
                    "paused_days",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="waits at most, days"
                    ),
                ),
                (
                    "paused_until",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="protected until, if it waits so long"
                    ),
                ),
                (
                    "paused_end",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="end, if it waits so long"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ownerships",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "dealer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ownerships",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ownerships",
                        to="customers.identity",
                        verbose_name="identity",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ownerships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="followed up by",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ownerships",
                        to="dealers.store",
                        verbose_name="store",
                    ),
                ),
            ],
            options={
                "verbose_name": "ownership",
                "verbose_name_plural": "ownerships",
                "ordering": ("-protected_until", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "protected_until__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "protected_until__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "contact_due_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "contact_due_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "contacted_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "contacted_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "sold_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "sold_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "last_activity_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "last_activity_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "release_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "release_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "since__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "since__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "paused_until__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "paused_until__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "paused_end__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "paused_end__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            ("renewed_on__gte", datetime.date(1990, 1, 1)),
                            ("renewed_on__lte", datetime.date(2200, 1, 1)),
                            ("follow_up_on__gte", datetime.date(1990, 1, 1)),
                            ("follow_up_on__lte", datetime.date(2200, 1, 1)),
                            ("paused_on__gte", datetime.date(1990, 1, 1)),
                            ("paused_on__lte", datetime.date(2200, 1, 1)),
                            (
                                "period__endswith__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "period__startswith__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="ownership_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(
                            (
                                "protected_until__gt",
                                models.Func(
                                    models.F("period"),
                                    function="lower",
                                    output_field=models.DateTimeField(),
                                ),
                            )
                        ),
                        expressions=[("identity", "="), ("period", "&&")],
                        name="ownership_one_owner_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("period__isempty", False),
                            ("period__lower_inf", False),
                            ("period__upper_inf", False),
                        ),
                        name="ownership_period_has_start_and_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("period__lower_inc", True), ("period__upper_inc", False)
                        ),
                        name="ownership_period_is_half_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "protected_until__lte",
                                models.Func(
                                    models.F("period"),
                                    function="upper",
                                    output_field=models.DateTimeField(),
                                ),
                            )
                        ),
                        name="ownership_protection_inside_period",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("paused_days__isnull", True),
                                ("paused_end__isnull", True),
                                ("paused_on__isnull", True),
                                ("paused_until__isnull", True),
                            ),
                            models.Q(
                                ("paused_days__isnull", False),
                                ("paused_end__isnull", False),
                                ("paused_on__isnull", False),
                                ("paused_until__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="ownership_pause_is_whole",
                    ),
                    dealers.constraints.TogetherForeignKey(
                        fields=("customer", "dealer", "identity"),
                        name="ownership_card_is_the_dealers",
                        to="customers.Customer",
                        to_fields=("id", "dealer", "identity"),
                    ),
                    dealers.constraints.TogetherForeignKey(
                        fields=("store", "dealer"),
                        name="ownership_store_is_the_dealers",
                        to="dealers.Store",
                        to_fields=("id", "dealer"),
                        violation_error_message="The store belongs to another dealer.",
                    ),
                ],
                "indexes": [
                    models.Index(
                        fields=["dealer", "protected_until", "id"], name="ownership_dealer_end"
                    ),
                    models.Index(
                        fields=["dealer", "-last_activity_at", "-id"],
                        name="ownership_dealer_newest",
                    ),
                    models.Index(
                        fields=["store", "protected_until", "id"], name="ownership_store_end"
                    ),
                    models.Index(
                        fields=["store", "-last_activity_at", "-id"], name="ownership_store_newest"
                    ),
                    models.Index(
                        condition=models.Q(
                            ("contacted_at__isnull", True),
                            ("release_at__isnull", False),
                            ("sold_at__isnull", True),
                        ),
                        fields=["release_at"],
                        name="ownership_to_be_let_go",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="ownership_stays_the_same_owners",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN ((OLD.identity_id, OLD.customer_id, OLD.dealer_id, OLD.store_id, OLD.channel, OLD.contact_due_at, OLD.release_at, OLD.since, lower(OLD.period)) IS DISTINCT FROM (NEW.identity_id, NEW.customer_id, NEW.dealer_id, NEW.store_id, NEW.channel, NEW.contact_due_at, NEW.release_at, NEW.since, lower(NEW.period)))",
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="6c84c9e3ffa060240697029c9e932122e4034b09",
                            operation="UPDATE",
                            pgid="pgtrigger_ownership_stays_the_same_owners_1522f",
                            table="customers_ownership",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="ownership_never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="f2e9b36b4479ce8ff793c1f9b47f5a5cf6e2d0d5",
                            operation="DELETE",
                            pgid="pgtrigger_ownership_never_deleted_48d31",
                            table="customers_ownership",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="ownership_ends_where_its_events_say",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                IF EXISTS (\n                    SELECT FROM given AS n JOIN before AS o USING (id)\n                    CROSS JOIN LATERAL (\n                        SELECT (array_agg(e.kind ORDER BY e.id DESC)\n                                FILTER (WHERE e.kind IN ('ended', 'voided', 'restored')))[1]\n                                AS cut,\n                            (array_agg(e.at ORDER BY e.id DESC)\n                                FILTER (WHERE e.kind = 'ended'))[1] AS ended,\n                            (array_agg(e.protected_until ORDER BY e.id DESC))[1] AS until,\n                            (array_agg(e.ends_at ORDER BY e.id DESC))[1] AS ends,\n                            max(r.grace_days) * interval '1 day' AS grace\n                        FROM customers_ownershipevent AS e\n                        JOIN customers_rulebook AS r ON r.id = e.rulebook_id\n                        WHERE e.ownership_id = n.id\n                    ) AS said\n                    WHERE (n.protected_until, upper(n.period))\n                        <> (o.protected_until, upper(o.period))\n                    AND (n.protected_until = said.until AND CASE\n                        WHEN said.cut = 'ended' THEN upper(n.period) = said.ended\n                        WHEN said.cut = 'voided' THEN\n                            upper(n.period) = lower(n.period) + interval '1 microsecond'\n                            AND n.protected_until = lower(n.period)\n                        WHEN said.ends IS NOT NULL THEN upper(n.period) = said.ends\n                        ELSE upper(n.period) BETWEEN upper(o.period) AND greatest(\n                            upper(o.period), said.until + said.grace + interval '3 hours')\n                        END) IS NOT TRUE\n                ) THEN\n                    RAISE check_violation\n                    USING CONSTRAINT = 'ownership_ends_where_its_events_say',\n                        MESSAGE = 'An ownership is prolonged or ended by an event of it.';\n                END IF;\n                RETURN NULL;\n                ",
                            hash="292c7099cd7962db63f5f764767bd9f48ea92184",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_ownership_ends_where_its_events_say_2a342",
                            referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS given ",
                            table="customers_ownership",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Act",
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
                            ("released", "Released by the owner"),
                            ("asked", "More time asked for"),
                            ("extended", "More time given"),
                            ("declined", "No more time given"),
                            ("reviewed", "Possible match: somebody else"),
                            ("matched", "Possible match: the same person"),
                            ("let_go", "Released: nobody contacted the customer"),
                            ("served", "Next in line"),
                            ("pooled", "Taken from the pool"),
                            ("offered", "Accepted from dispatch"),
                            ("left", "Waits for somebody to follow up"),
                            ("assigned", "Somebody follows up again"),
                            ("store_closed", "The store closed"),
                            ("dealer_closed", "The dealer closed"),
                            ("chosen", "Chosen by the customer"),
                            ("ruled", "Decided in a case"),
                        ],
                        max_length=14,
                        verbose_name="kind",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=40, verbose_name="reason")),
                ("note", models.TextField(blank=True, max_length=500, verbose_name="in words")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded at"
                    ),
                ),
                (
                    "due_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="answer due at"),
                ),
                (
                    "answers",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answered_by",
                        to="customers.act",
                        verbose_name="answers",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Empty: by time.",
                        null=True,
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
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dealers.store",
                        verbose_name="store",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="customers.identity",
                        verbose_name="identity",
                    ),
                ),
                (
                    "ownership",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acts",
                        to="customers.ownership",
                        verbose_name="ownership",
                    ),
                ),
            ],
            options={
                "verbose_name": "act of ownership",
                "verbose_name_plural": "acts of ownership",
                "ordering": ("at", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at__gte", datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            ("at__lte", datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            (
                                "recorded_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "recorded_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "due_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "due_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="act_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "released",
                                    "asked",
                                    "extended",
                                    "declined",
                                    "reviewed",
                                    "matched",
                                    "let_go",
                                    "served",
                                    "pooled",
                                    "offered",
                                    "left",
                                    "assigned",
                                    "store_closed",
                                    "dealer_closed",
                                    "chosen",
                                    "ruled",
                                ],
                            )
                        ),
                        name="act_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_at__isnull", True),
                            ("due_at__gt", models.F("at")),
                            _connector="OR",
                        ),
                        name="act_is_due_after_it_was_asked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["let_go", "served"]), _negated=True),
                            ("by__isnull", True),
                            _connector="OR",
                        ),
                        name="act_of_time_is_nobodys",
                    ),
                    dealers.constraints.TogetherForeignKey(
                        fields=("store", "dealer"),
                        name="act_store_is_the_dealers",
                        to="dealers.Store",
                        to_fields=("id", "dealer"),
                        violation_error_message="The store belongs to another dealer.",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("due_at__isnull", False)),
                        fields=["due_at"],
                        name="act_due",
                    )
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="act_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."identity_id" IS DISTINCT FROM (NEW."identity_id") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."ownership_id" IS DISTINCT FROM (NEW."ownership_id") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."due_at" IS DISTINCT FROM (NEW."due_at") OR OLD."answers_id" IS DISTINCT FROM (NEW."answers_id"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="db74cf2679a6ae08bee250bda78ef1c79878bf51",
                            operation="UPDATE",
                            pgid="pgtrigger_act_only_added_49478",
                            table="customers_act",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="act_note_only_erased",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.note IS DISTINCT FROM NEW.note)",
                            func="\n        IF NOT EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id) THEN\n            RAISE check_violation USING CONSTRAINT = 'act_note_only_erased', MESSAGE = 'This changes when the person is erased, and never else.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="a42ad1526e706576f8afe9231eed235a1ce0c75c",
                            operation="UPDATE",
                            pgid="pgtrigger_act_note_only_erased_e8a32",
                            table="customers_act",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="act_never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="ec6590bbd3cd5dbf74a022badedff89f79ebb040",
                            operation="DELETE",
                            pgid="pgtrigger_act_never_deleted_02204",
                            table="customers_act",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="act_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="8ae8bf265bc2f17fef581fadc1dede42fb46e7d2",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_act_never_emptied_1b1e3",
                            table="customers_act",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="act_is_of_its_ownership",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF EXISTS (\n                    SELECT FROM added JOIN customers_ownership AS o ON o.id = added.ownership_id\n                    WHERE (o.identity_id, o.dealer_id) <> (added.identity_id, added.dealer_id)) THEN\n            RAISE check_violation USING CONSTRAINT = 'act_is_of_its_ownership', MESSAGE = 'An act is about an ownership of its own person and dealer.';\n        END IF;\n        RETURN NULL;\n        ",
                            hash="846de1b9aa21785368033cf7d57bcb2d7f515428",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_act_is_of_its_ownership_41f7f",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="customers_act",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="act_answers_one_of_its_person",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF EXISTS (\n                    SELECT FROM added JOIN customers_act AS asked ON asked.id = added.answers_id\n                    WHERE asked.identity_id <> added.identity_id OR asked.due_at IS NULL) THEN\n            RAISE check_violation USING CONSTRAINT = 'act_answers_one_of_its_person', MESSAGE = 'An answer is to something that was asked about the same person.';\n        END IF;\n        RETURN NULL;\n        ",
                            hash="d9fa367736853a647dbdbf6990a52113e87ba94a",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_act_answers_one_of_its_person_6aa78",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="customers_act",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "batch",
                    models.UUIDField(
                        db_index=True, default=uuid.uuid4, verbose_name="handed over together"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "undoes",
                    models.UUIDField(
                        blank=True, db_index=True, null=True, verbose_name="takes back"
                    ),
                ),
                (
                    "after",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="after",
                    ),
                ),
                (
                    "before",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="before",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="handed over by",
                    ),
                ),
                (
                    "ownership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to="customers.ownership",
                        verbose_name="ownership",
                    ),
                ),
            ],
            options={
                "verbose_name": "handover",
                "verbose_name_plural": "handovers",
                "ordering": ("-at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at__gte", datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            ("at__lte", datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                        ),
                        name="handover_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.UniqueConstraint(
                        fields=("batch", "ownership"), name="handover_once_a_batch_and_customer"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("after__isnull", False), ("before__isnull", True)),
                            models.Q(("after__isnull", True), ("before__isnull", False)),
                            models.Q(("before", models.F("after")), _negated=True),
                            _connector="OR",
                        ),
                        name="handover_is_to_somebody_else",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="handover_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="68547fa8d663210bcb58bbaf7df81f75bfaa7dc1",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_handover_only_added_e4684",
                            table="customers_handover",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="handover_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="6f7afb014f9cd7054d5146a366073658275d7970",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_handover_never_emptied_19a76",
                            table="customers_handover",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=80, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="products",
                        to="customers.category",
                        verbose_name="category",
                    ),
                ),
            ],
            options={
                "verbose_name": "product",
                "verbose_name_plural": "products",
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
                        name="product_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="line")),
                (
                    "quantity",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MaxValueValidator(999999)],
                        verbose_name="quantity",
                    ),
                ),
                (
                    "gross",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=14,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("99999999.99")),
                        ],
                        verbose_name="gross",
                    ),
                ),
                (
                    "discount",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=14,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("99999999.99")),
                        ],
                        verbose_name="discount",
                    ),
                ),
                (
                    "net",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=14,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("99999999.99")),
                        ],
                        verbose_name="net paid",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.category",
                        verbose_name="category",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="customers.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "returns",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="returned_by",
                        to="customers.orderline",
                        verbose_name="takes back",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.product",
                        verbose_name="product",
                    ),
                ),
            ],
            options={
                "verbose_name": "order line",
                "verbose_name_plural": "order lines",
                "ordering": ("order", "number"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("order", "number"), name="order_line_number_used_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("gross__gte", 0), ("net__gte", 0), ("quantity__gte", 0)
                        ),
                        name="order_line_amounts_are_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quantity__gte", 1),
                            models.Q(("net__gt", 0), ("returns__isnull", False)),
                            _connector="OR",
                        ),
                        name="order_line_without_goods_gives_money_back",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("discount__gte", 0)),
                        name="order_line_is_discounted_by_zero_or_more",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("gross__lte", Decimal("99999999.99")), ("quantity__lte", 999999)
                        ),
                        name="order_line_is_not_too_large",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "net",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("gross"), "-", models.F("discount")
                                ),
                            )
                        ),
                        name="order_line_net_is_gross_less_discount",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="order_line_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="316cba07b8f313513315a0287d361b050c4bb941",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_order_line_only_added_c1e1a",
                            table="customers_orderline",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="order_line_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="f1f24af181d8c7ed5b390023f452104a254cf251",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_order_line_never_emptied_bc1df",
                            table="customers_orderline",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="order_line_keeps_the_sum",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF (SELECT count(*) FROM (\n        SELECT FROM customers_order AS o\n        LEFT JOIN customers_orderline AS l ON l.order_id = o.id\n        LEFT JOIN customers_orderline AS sold ON sold.id = l.returns_id\n        WHERE o.id IN (SELECT order_id FROM added)\n        GROUP BY o.id, o.quantity, o.net, o.sale_id\n        HAVING (sum(l.quantity) = o.quantity AND sum(l.net) = o.net\n            AND bool_and(sold.order_id IS NOT DISTINCT FROM o.sale_id)) IS NOT TRUE) AS found) > 0 THEN\n            RAISE check_violation USING CONSTRAINT = 'order_line_keeps_the_sum', MESSAGE = 'An order is the sum of its lines, a return of its sale''s.';\n        END IF;\n        RETURN NULL;\n        ",
                            hash="063334716f229719c35767b73fb06edba3a038e0",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_order_line_keeps_the_sum_69c73",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="customers_orderline",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="order_line_returned_up_to_what_was_sold",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                IF NOT EXISTS (SELECT FROM added WHERE returns_id IS NOT NULL) THEN\n                    RETURN NULL;\n                END IF;\n                PERFORM 1 FROM customers_orderline\n                WHERE id IN (SELECT returns_id FROM added) ORDER BY id FOR NO KEY UPDATE;\n                IF (SELECT count(*) FROM (\n    SELECT FROM customers_orderline AS sold\n    JOIN customers_orderline AS back ON back.returns_id = sold.id\n    WHERE sold.id IN (SELECT returns_id FROM added)\n    GROUP BY sold.id, sold.quantity, sold.net\n    HAVING sum(back.quantity) > sold.quantity OR sum(back.net) > sold.net) AS found) > 0 THEN\n                    RAISE check_violation\n                    USING CONSTRAINT = 'order_line_returned_up_to_what_was_sold',\n                        MESSAGE = 'No more comes back than was sold.';\n                END IF;\n                RETURN NULL;\n                ",
                            hash="9366a474c313f0ba9dd4f91a647e378b8ee527b3",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_order_line_returned_up_to_what_was_sold_37241",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="customers_orderline",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rulebook",
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
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("starts_on", models.DateField(verbose_name="applies from")),
                (
                    "protection_days",
                    models.PositiveSmallIntegerField(
                        default=90,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="first protection, days",
                    ),
                ),
                (
                    "activity_renews_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=90,
                        null=True,
                        verbose_name="a qualifying activity renews for, days",
                    ),
                ),
                (
                    "visit_qualifies",
                    models.BooleanField(default=True, verbose_name="a visit qualifies"),
                ),
                (
                    "sale_renews_days",
                    models.PositiveSmallIntegerField(
                        blank=True, default=365, null=True, verbose_name="a sale renews for, days"
                    ),
                ),
                (
                    "max_days_without_sale",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=365,
                        null=True,
                        verbose_name="longest protection without a sale, days",
                    ),
                ),
                (
                    "grace_days",
                    models.PositiveSmallIntegerField(
                        default=3,
                        validators=[django.core.validators.MaxValueValidator(366)],
                        verbose_name="grace after the end, days",
                    ),
                ),
                (
                    "first_contact_hours",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=48,
                        null=True,
                        verbose_name="first contact due within, hours",
                    ),
                ),
                (
                    "release_after_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=7,
                        null=True,
                        verbose_name="released without contact after, days",
                    ),
                ),
                (
                    "warning_days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        blank=True,
                        default=list,
                        verbose_name="warnings before the end, days",
                    ),
                ),
                (
                    "extension_days",
                    models.PositiveSmallIntegerField(
                        default=30, verbose_name="one extension, days"
                    ),
                ),
                (
                    "extensions",
                    models.PositiveSmallIntegerField(
                        default=2, verbose_name="extensions on request"
                    ),
                ),
                (
                    "pool_claims_per_day",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=20,
                        null=True,
                        verbose_name="pool claims a person and day",
                    ),
                ),
                (
                    "pool_cooldown_days",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=7,
                        null=True,
                        verbose_name="former owner waits in the pool, days",
                    ),
                ),
                (
                    "person_cap",
                    models.PositiveIntegerField(
                        blank=True,
                        default=200,
                        null=True,
                        verbose_name="open protected customers a person",
                    ),
                ),
                (
                    "store_cap",
                    models.PositiveIntegerField(
                        blank=True,
                        default=1000,
                        null=True,
                        verbose_name="open protected customers a store",
                    ),
                ),
                (
                    "person_daily_limit",
                    models.PositiveIntegerField(
                        blank=True,
                        default=60,
                        null=True,
                        verbose_name="registrations a person and day",
                    ),
                ),
                (
                    "person_minute_limit",
                    models.PositiveIntegerField(
                        blank=True,
                        default=10,
                        null=True,
                        verbose_name="registrations a person and minute",
                    ),
                ),
                (
                    "store_daily_limit",
                    models.PositiveIntegerField(
                        blank=True,
                        default=300,
                        null=True,
                        verbose_name="registrations a store and day",
                    ),
                ),
                (
                    "conflict_percent",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        default=20,
                        null=True,
                        verbose_name="pause above this share protected elsewhere, percent of the last 50",
                    ),
                ),
                (
                    "owner_share",
                    models.DecimalField(
                        decimal_places=6,
                        default="0.300000",
                        max_digits=9,
                        verbose_name="owner's share when another dealer sells",
                    ),
                ),
                (
                    "answer_mode",
                    models.CharField(
                        choices=[
                            ("instant", "At once"),
                            ("after_confirmation", "After the customer confirmed"),
                        ],
                        default="instant",
                        max_length=20,
                        verbose_name="answer",
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
                "verbose_name": "rulebook",
                "verbose_name_plural": "rulebooks",
                "ordering": ("-starts_on", "-id"),
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
                        ),
                        name="rulebook_between_1990_and_2200",
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
                        name="rulebook_name_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("grace_days__lte", 366)),
                        name="rulebook_grace_is_at_most_a_year",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("published_at__isnull", False)),
                        fields=("starts_on",),
                        name="rulebook_one_published_a_start_day",
                        violation_error_message="A published rulebook already starts on that day.",
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
                        name="rulebook_steps_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("protection_days__gte", 1)),
                        name="rulebook_first_protection_is_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("owner_share__gte", 0), ("owner_share__lte", 1)),
                        name="rulebook_owner_share_is_a_share",
                        violation_error_message="A share lies between 0 and 1.",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="rulebook_published_never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."published_at" IS NOT NULL)',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="d7fd374fcfd4dd52d1be9d54b6fc60c844d7899d",
                            operation="DELETE",
                            pgid="pgtrigger_rulebook_published_never_deleted_9ca34",
                            table="customers_rulebook",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="rulebook_published_never_changes",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."published_at" IS NOT NULL)',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="6cda693bd68ffe8e021a7aa1cce933653a862038",
                            operation="UPDATE",
                            pgid="pgtrigger_rulebook_published_never_changes_8056a",
                            table="customers_rulebook",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="rulebook_published_after_the_last_decision",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL\n                AND (EXISTS (SELECT FROM customers_registration WHERE received_on >= NEW.starts_on)\n                OR EXISTS (SELECT FROM customers_attribution\n                    WHERE holder = 'owner' AND counts_on >= NEW.starts_on)) THEN\n            RAISE check_violation USING CONSTRAINT = 'rulebook_published_after_the_last_decision', MESSAGE = 'Customers were decided about by other rules already.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="eeea660c9486b9d34d5aebf9bfbad52a67c28b54",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_rulebook_published_after_the_last_decision_312c1",
                            table="customers_rulebook",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attribution",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveSmallIntegerField(default=1, verbose_name="version")),
                (
                    "holder",
                    models.CharField(
                        choices=[("owner", "Owner"), ("seller", "Seller"), ("nobody", "Nobody")],
                        max_length=6,
                        verbose_name="holder",
                    ),
                ),
                (
                    "share",
                    models.DecimalField(decimal_places=6, max_digits=9, verbose_name="share"),
                ),
                (
                    "sold_by",
                    models.CharField(
                        choices=[
                            ("own", "Own store"),
                            ("sister", "Sister store"),
                            ("other", "Another dealer"),
                            ("online", "Online"),
                        ],
                        max_length=6,
                        verbose_name="sold by",
                    ),
                ),
                ("counts_on", models.DateField(verbose_name="counts on")),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("order", "Recorded with the order"),
                            ("renewal", "A sale recorded later prolonged the protection"),
                            ("void", "The registration that it counted by was voided"),
                        ],
                        max_length=8,
                        verbose_name="cause",
                    ),
                ),
                ("recorded_at", models.DateTimeField(verbose_name="recorded at")),
                ("ordered_at", models.DateTimeField(verbose_name="ordered at")),
                ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                (
                    "signed_net",
                    models.DecimalField(
                        decimal_places=2, max_digits=14, verbose_name="net, less returns"
                    ),
                ),
                (
                    "dealer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attributions",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attributions",
                        to="dealers.store",
                        verbose_name="store",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attributions",
                        to="customers.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "sale",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.order",
                        verbose_name="sale",
                    ),
                ),
                (
                    "ownership",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attributions",
                        to="customers.ownership",
                        verbose_name="ownership",
                    ),
                ),
                (
                    "rulebook",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.rulebook",
                        verbose_name="rulebook",
                    ),
                ),
            ],
            options={
                "verbose_name": "attribution",
                "verbose_name_plural": "attributions",
                "ordering": ("order", "version", "holder", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "ordered_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "ordered_at__lte",
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
                            ("counts_on__gte", datetime.date(1990, 1, 1)),
                            ("counts_on__lte", datetime.date(2200, 1, 1)),
                        ),
                        name="attribution_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.UniqueConstraint(
                        fields=("order", "version", "holder", "store"),
                        name="attribution_holder_named_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("share__gte", 0), ("share__lte", 1)),
                        name="attribution_share_is_a_share",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("holder__in", ["owner", "nobody"]), ("ownership__isnull", False)
                            ),
                            models.Q(("holder", "seller"), ("ownership__isnull", True)),
                            _connector="OR",
                        ),
                        name="attribution_owner_has_an_ownership",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("holder", "owner"),
                                ("sold_by__in", ["own", "sister", "other", "online"]),
                            ),
                            models.Q(("holder", "seller"), ("sold_by", "other")),
                            ("holder", "nobody"),
                            _connector="OR",
                        ),
                        name="attribution_seller_is_another_dealer",
                    ),
                    dealers.constraints.TogetherForeignKey(
                        fields=("store", "dealer"),
                        name="attribution_store_is_the_dealers",
                        to="dealers.Store",
                        to_fields=("id", "dealer"),
                        violation_error_message="The store belongs to another dealer.",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("holder", "owner")),
                        fields=["counts_on", "dealer"],
                        name="attribution_owned_month",
                    ),
                    models.Index(
                        condition=models.Q(("holder", "owner")),
                        fields=["dealer", "-counts_on"],
                        name="attribution_owner_newest",
                    ),
                    models.Index(
                        condition=models.Q(("holder", "seller")),
                        fields=["counts_on", "dealer"],
                        name="attribution_sold_month",
                    ),
                    models.Index(
                        condition=models.Q(("ownership__isnull", False)),
                        fields=["ownership"],
                        name="attribution_ownership",
                    ),
                    models.Index(fields=["recorded_at"], name="attribution_recorded"),
                    models.Index(
                        fields=["dealer", "recorded_at"], name="attribution_dealer_recorded"
                    ),
                    models.Index(
                        condition=models.Q(("sale__isnull", False)),
                        fields=["sale"],
                        name="attribution_returns",
                    ),
                    models.Index(
                        condition=models.Q(("version__gt", 1)),
                        fields=["order", "version"],
                        name="attribution_superseding",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="attribution_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="cda4347cebb5ae855b02e85059d7ff331206de31",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_attribution_only_added_69961",
                            table="customers_attribution",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="attribution_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="50437da22606d0f1e47f2221d45ade8378b93c66",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_attribution_never_emptied_5d748",
                            table="customers_attribution",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="attribution_is_whole",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                IF (SELECT count(*) FROM (\n    SELECT FROM customers_attribution AS a\n    WHERE (a.order_id, a.version) IN (SELECT order_id, version FROM given)\n    GROUP BY a.order_id, a.version HAVING sum(a.share) <> 1) AS found) > 0 THEN\n                    RAISE check_violation USING CONSTRAINT = 'attribution_shares_total_one',\n                        MESSAGE = 'The shares of an order total 100 %, in one statement.';\n                END IF;\n                IF EXISTS (\n                    SELECT FROM given AS g LEFT JOIN customers_order AS o ON o.id = g.order_id\n                    WHERE (g.sale_id, g.ordered_at, g.quantity, g.signed_net) IS DISTINCT FROM\n                        (o.sale_id, o.ordered_at, o.quantity, o.signed_net)\n                ) THEN\n                    RAISE check_violation USING CONSTRAINT = 'attribution_repeats_its_order',\n                        MESSAGE = 'An attribution repeats what its order says.';\n                END IF;\n                IF EXISTS (\n                    SELECT FROM given AS g WHERE g.version > 1 AND NOT EXISTS (\n                        SELECT FROM customers_attribution AS a\n                        WHERE a.order_id = g.order_id AND a.version = g.version - 1\n                            AND a.recorded_at <= g.recorded_at)\n                ) THEN\n                    RAISE check_violation USING CONSTRAINT = 'attribution_supersedes_one_before',\n                        MESSAGE = 'An attribution supersedes the one before it.';\n                END IF;\n                RETURN NULL;\n                ",
                            hash="f012adf88d38bab80d6b65c448cf7120a87fbfe6",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_attribution_is_whole_d5eb7",
                            referencing="REFERENCING NEW TABLE AS given ",
                            table="customers_attribution",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Registration",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("receipt", models.CharField(max_length=16, verbose_name="receipt")),
                ("key", models.CharField(max_length=120, verbose_name="key")),
                ("content", models.BinaryField(verbose_name="content hash")),
                (
                    "source",
                    models.CharField(default="walk-in", max_length=40, verbose_name="source"),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("capture", "Quick capture"),
                            ("import", "File import"),
                            ("history", "First load of the past"),
                            ("dispatch", "Dispatch"),
                        ],
                        default="capture",
                        max_length=10,
                        verbose_name="channel",
                    ),
                ),
                ("received_at", models.DateTimeField(verbose_name="received at")),
                ("received_on", models.DateField(verbose_name="received on")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded at"
                    ),
                ),
                (
                    "phone_clock",
                    models.DateTimeField(blank=True, null=True, verbose_name="phone's own clock"),
                ),
                ("consent_service", models.BooleanField(verbose_name="consent to service")),
                (
                    "consent_marketing",
                    models.BooleanField(default=False, verbose_name="consent to offers"),
                ),
                (
                    "consent_text",
                    models.CharField(
                        default="2026-2", max_length=20, verbose_name="consent text version"
                    ),
                ),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("yours", "Yours"),
                            ("yours_already", "Yours already"),
                            ("protected", "Protected elsewhere"),
                            ("held", "Held for an offer"),
                            ("review", "Under review"),
                            ("waiting", "Over the cap"),
                        ],
                        max_length=20,
                        verbose_name="answer",
                    ),
                ),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("R1", "your store owns this customer"),
                            ("R2", "another store of your dealer owns this customer"),
                            ("R3", "another dealer's protection runs"),
                            ("R4", "offered to another store"),
                            ("R5", "a possible match"),
                            ("R6", "free again after an earlier protection"),
                            ("R7", "unknown until now"),
                            ("CAP", "more open customers than the cap"),
                        ],
                        max_length=5,
                        verbose_name="rule",
                    ),
                ),
                (
                    "protected_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="protected until"),
                ),
                (
                    "corrects",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_by",
                        to="customers.registration",
                        verbose_name="corrects",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="registrations",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "dealer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="registrations",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="registrations",
                        to="customers.identity",
                        verbose_name="identity",
                    ),
                ),
                (
                    "ownership",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="registrations",
                        to="customers.ownership",
                        verbose_name="ownership",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="registrations",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="staff",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="registrations",
                        to="dealers.store",
                        verbose_name="store",
                    ),
                ),
                (
                    "rulebook",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="registrations",
                        to="customers.rulebook",
                        verbose_name="rulebook",
                    ),
                ),
            ],
            options={
                "verbose_name": "registration",
                "verbose_name_plural": "registrations",
                "ordering": ("-received_at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "received_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "received_at__lte",
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
                            (
                                "protected_until__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "protected_until__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            ("received_on__gte", datetime.date(1990, 1, 1)),
                            ("received_on__lte", datetime.date(2200, 1, 1)),
                        ),
                        name="registration_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "phone_clock__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "phone_clock__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            models.Q(
                                models.Q(("channel", "capture"), _negated=True),
                                models.Q(
                                    (
                                        "phone_clock__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("received_at"),
                                            "-",
                                            models.Value(datetime.timedelta(days=2)),
                                        ),
                                    ),
                                    (
                                        "phone_clock__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("received_at"),
                                            "+",
                                            models.Value(datetime.timedelta(days=2)),
                                        ),
                                    ),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="registration_phone_clock_is_near_its_receipt",
                    ),
                    models.UniqueConstraint(fields=("key",), name="registration_key_used_once"),
                    models.UniqueConstraint(
                        fields=("receipt",), name="registration_receipt_given_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("corrects__isnull", False)),
                        fields=("corrects",),
                        name="registration_corrected_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("consent_service", True)),
                        name="registration_needs_consent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "answer__in",
                                [
                                    "yours",
                                    "yours_already",
                                    "protected",
                                    "held",
                                    "review",
                                    "waiting",
                                ],
                            )
                        ),
                        name="registration_answer_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("rule__in", ["R1", "R2", "R3", "R4", "R5", "R6", "R7", "CAP"])
                        ),
                        name="registration_rule_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answer__in", ["yours", "yours_already"]),
                                ("ownership__isnull", False),
                                ("protected_until__isnull", False),
                            ),
                            models.Q(
                                models.Q(("answer__in", ["yours", "yours_already"]), _negated=True),
                                ("ownership__isnull", True),
                                ("protected_until__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="registration_yours_names_its_ownership",
                    ),
                    dealers.constraints.TogetherForeignKey(
                        fields=("customer", "dealer", "identity"),
                        name="registration_card_is_the_dealers",
                        to="customers.Customer",
                        to_fields=("id", "dealer", "identity"),
                    ),
                    dealers.constraints.TogetherForeignKey(
                        fields=("store", "dealer"),
                        name="registration_store_is_the_dealers",
                        to="dealers.Store",
                        to_fields=("id", "dealer"),
                        violation_error_message="The store belongs to another dealer.",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["staff", "received_at"], name="registration_staff_time"),
                    models.Index(fields=["store", "received_at"], name="registration_store_time"),
                    models.Index(fields=["received_on"], name="registration_day"),
                    models.Index(fields=["recorded_at"], name="registration_recorded"),
                    models.Index(
                        fields=["dealer", "recorded_at"], name="registration_dealer_recorded"
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="registration_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."receipt" IS DISTINCT FROM (NEW."receipt") OR OLD."key" IS DISTINCT FROM (NEW."key") OR OLD."identity_id" IS DISTINCT FROM (NEW."identity_id") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."staff_id" IS DISTINCT FROM (NEW."staff_id") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."channel" IS DISTINCT FROM (NEW."channel") OR OLD."received_at" IS DISTINCT FROM (NEW."received_at") OR OLD."received_on" IS DISTINCT FROM (NEW."received_on") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."phone_clock" IS DISTINCT FROM (NEW."phone_clock") OR OLD."consent_service" IS DISTINCT FROM (NEW."consent_service") OR OLD."consent_marketing" IS DISTINCT FROM (NEW."consent_marketing") OR OLD."consent_text" IS DISTINCT FROM (NEW."consent_text") OR OLD."answer" IS DISTINCT FROM (NEW."answer") OR OLD."rule" IS DISTINCT FROM (NEW."rule") OR OLD."rulebook_id" IS DISTINCT FROM (NEW."rulebook_id") OR OLD."ownership_id" IS DISTINCT FROM (NEW."ownership_id") OR OLD."protected_until" IS DISTINCT FROM (NEW."protected_until") OR OLD."corrects_id" IS DISTINCT FROM (NEW."corrects_id"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="e0c75c27b26d992c75fee811b87900c9460966a2",
                            operation="UPDATE",
                            pgid="pgtrigger_registration_only_added_855af",
                            table="customers_registration",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="registration_never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="ea3deaa02871e9a4453cb710be8a31f8dbf77079",
                            operation="DELETE",
                            pgid="pgtrigger_registration_never_deleted_f52f6",
                            table="customers_registration",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="registration_content_only_erased",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.content IS DISTINCT FROM NEW.content)",
                            func="\n        IF NOT EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id) THEN\n            RAISE check_violation USING CONSTRAINT = 'registration_content_only_erased', MESSAGE = 'This changes when the person is erased, and never else.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="8065b29c49b1d8c583fe774fb93af19e591a227e",
                            operation="UPDATE",
                            pgid="pgtrigger_registration_content_only_erased_47ba8",
                            table="customers_registration",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="registration_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="17df667cb858d5a3d658295efbc74bc982fbad2c",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_registration_never_emptied_7ebb0",
                            table="customers_registration",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="registration_corrects_a_voided_one_of_its_store",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (NEW."corrects_id" IS NOT NULL)',
                            func="\n        IF NOT EXISTS (\n                    SELECT FROM customers_void AS void\n                    JOIN customers_registration AS first ON first.id = void.registration_id\n                    WHERE first.id = NEW.corrects_id AND first.store_id = NEW.store_id) THEN\n            RAISE check_violation USING CONSTRAINT = 'registration_corrects_a_voided_one_of_its_store', MESSAGE = 'What a registration corrects was voided, at the same store.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="2db3da115bd1de270edbfed3c8ff0b582f1e137e",
                            operation="INSERT",
                            pgid="pgtrigger_registration_corrects_a_voided_one_of_its_store_51149",
                            table="customers_registration",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Activity",
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
                            ("visit", "Visit"),
                            ("call", "Call"),
                            ("quote", "Quote"),
                            ("deposit", "Deposit"),
                            ("service", "Service"),
                            ("note", "Note"),
                            ("message", "Message"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("reached", "Reached"),
                            ("appointment", "Appointment made"),
                            ("no_answer", "No answer"),
                            ("wrong_number", "Wrong number"),
                            ("not_interested", "Not interested"),
                        ],
                        max_length=20,
                        verbose_name="outcome",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded at"
                    ),
                ),
                (
                    "note_sealed",
                    models.BinaryField(blank=True, null=True, verbose_name="note, encrypted"),
                ),
                (
                    "follow_up_on",
                    models.DateField(blank=True, null=True, verbose_name="follow up on"),
                ),
                (
                    "corrects",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="customers.activity",
                        verbose_name="corrects",
                    ),
                ),
                (
                    "dealer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activities",
                        to="dealers.dealer",
                        verbose_name="dealer",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activities",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="staff",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activities",
                        to="dealers.store",
                        verbose_name="store",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="activities",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "registration",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visit",
                        to="customers.registration",
                        verbose_name="registration",
                    ),
                ),
            ],
            options={
                "verbose_name": "activity",
                "verbose_name_plural": "activities",
                "ordering": ("-at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at__gte", datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            ("at__lte", datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            (
                                "recorded_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "recorded_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            ("follow_up_on__gte", datetime.date(1990, 1, 1)),
                            ("follow_up_on__lte", datetime.date(2200, 1, 1)),
                        ),
                        name="activity_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["visit", "call", "quote", "deposit", "service", "note", "message"],
                            )
                        ),
                        name="activity_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "call"), _negated=True),
                            (
                                "outcome__in",
                                [
                                    "reached",
                                    "appointment",
                                    "no_answer",
                                    "wrong_number",
                                    "not_interested",
                                ],
                            ),
                            _connector="OR",
                        ),
                        name="activity_call_has_outcome",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("corrects__isnull", False)),
                        fields=("corrects",),
                        name="activity_version_corrected_once",
                    ),
                    dealers.constraints.TogetherForeignKey(
                        fields=("store", "dealer"),
                        name="activity_store_is_the_dealers",
                        to="dealers.Store",
                        to_fields=("id", "dealer"),
                        violation_error_message="The store belongs to another dealer.",
                    ),
                ],
                "indexes": [models.Index(fields=["store", "-at"], name="activity_store_newest")],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="activity_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."staff_id" IS DISTINCT FROM (NEW."staff_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."outcome" IS DISTINCT FROM (NEW."outcome") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."follow_up_on" IS DISTINCT FROM (NEW."follow_up_on") OR OLD."registration_id" IS DISTINCT FROM (NEW."registration_id") OR OLD."corrects_id" IS DISTINCT FROM (NEW."corrects_id"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="6381b1953501f7c2e1638d305c7d714379946ddb",
                            operation="UPDATE",
                            pgid="pgtrigger_activity_only_added_f67ff",
                            table="customers_activity",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="activity_never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="67f5f7916e5f2e1fbe51f07fd61eacf415f22e2f",
                            operation="DELETE",
                            pgid="pgtrigger_activity_never_deleted_39bb3",
                            table="customers_activity",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="activity_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="92bbe3754b8071ae6461de7cfbaaa3d89acfb9a0",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_activity_never_emptied_4dcbe",
                            table="customers_activity",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="activity_note_only_resealed_or_erased",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.note_sealed IS DISTINCT FROM NEW.note_sealed)",
                            func="\n        IF ((NEW.note_sealed IS NULL AND EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = (SELECT identity_id FROM customers_customer WHERE id = NEW.customer_id)))\n                    OR (substring(NEW.note_sealed FROM 2 FOR 4) <> substring(OLD.note_sealed FROM 2 FOR 4) AND EXISTS (\n        SELECT FROM dealers_dealerkey AS k\n        WHERE k.dealer_id = NEW.dealer_id AND int4send(k.id::int4) = substring(NEW.note_sealed FROM 2 FOR 4)))) IS NOT TRUE THEN\n            RAISE check_violation USING CONSTRAINT = 'activity_note_only_resealed_or_erased', MESSAGE = 'A note is sealed with another key, or erased, and never changes else.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="d18524beacdb24cb4a78950cf0c35200cb2f5674",
                            operation="UPDATE",
                            pgid="pgtrigger_activity_note_only_resealed_or_erased_8efb9",
                            table="customers_activity",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="activity_card_is_the_dealers",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF EXISTS (\n                    SELECT FROM added JOIN customers_customer AS c ON c.id = added.customer_id\n                    WHERE c.dealer_id <> added.dealer_id) THEN\n            RAISE check_violation USING CONSTRAINT = 'activity_card_is_the_dealers', MESSAGE = 'An activity is with a customer of its own dealer.';\n        END IF;\n        RETURN NULL;\n        ",
                            hash="30106010ef1fe6a97d7c90907af0f25503bf4dd6",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_activity_card_is_the_dealers_404c3",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="customers_activity",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="activity_corrects_the_same_moment",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (NEW."corrects_id" IS NOT NULL)',
                            func="\n        IF NOT EXISTS (\n                    SELECT FROM customers_activity AS v WHERE v.id = NEW.corrects_id\n                    AND (v.customer_id, v.store_id, v.staff_id, v.at)\n                        = (NEW.customer_id, NEW.store_id, NEW.staff_id, NEW.at)) THEN\n            RAISE check_violation USING CONSTRAINT = 'activity_corrects_the_same_moment', MESSAGE = 'A correction is about the same customer, store, person and moment.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                            hash="ab0f8f36a07de0bffa12be0d5e5b13628848cca6",
                            operation="INSERT",
                            pgid="pgtrigger_activity_corrects_the_same_moment_67b77",
                            table="customers_activity",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Offer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("hop", models.PositiveSmallIntegerField(verbose_name="attempt")),
                (
                    "to_owner",
                    models.BooleanField(default=False, verbose_name="to the customer's owner"),
                ),
                (
                    "by_hand",
                    models.BooleanField(default=False, verbose_name="chosen by the region"),
                ),
                ("offered_at", models.DateTimeField(verbose_name="offered at")),
                ("due_at", models.DateTimeField(verbose_name="answer due at")),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("missed", "Not answered in time"),
                            ("withdrawn", "Taken back"),
                        ],
                        max_length=10,
                        verbose_name="answer",
                    ),
                ),
                (
                    "answered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="answered at"),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("busy", "Nobody is free"),
                            ("too_far", "Too far away"),
                            ("not_sold", "We do not sell or fit this"),
                            ("closed", "The store is closed"),
                        ],
                        max_length=10,
                        verbose_name="reason",
                    ),
                ),
                (
                    "contact_due_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="contact due at"),
                ),
                (
                    "junk_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("wrong_number", "Wrong number"),
                            ("duplicate", "We have this lead already"),
                            ("outside", "Outside our area"),
                            ("no_intent", "Does not want anything"),
                        ],
                        max_length=12,
                        verbose_name="returned because",
                    ),
                ),
                (
                    "junk_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("taken", "Taken back"),
                            ("asked", "Headquarters looks at it"),
                            ("refused", "Stays with the store"),
                        ],
                        max_length=8,
                        verbose_name="return",
                    ),
                ),
                (
                    "returned_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="returned at"),
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
                    "lead",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="customers.lead",
                        verbose_name="lead",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="dealers.store",
                        verbose_name="store",
                    ),
                ),
                (
                    "registration",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offer",
                        to="customers.registration",
                        verbose_name="registration",
                    ),
                ),
            ],
            options={
                "verbose_name": "offer",
                "verbose_name_plural": "offers",
                "ordering": ("due_at", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "offered_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "offered_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "due_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "due_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "answered_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "answered_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "contact_due_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "contact_due_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "returned_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "returned_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="offer_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.UniqueConstraint(fields=("lead", "hop"), name="offer_once_an_attempt"),
                    models.UniqueConstraint(
                        condition=models.Q(("answer", "")),
                        fields=("lead",),
                        name="offer_one_open_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answer__in", ["", "accepted", "declined", "missed", "withdrawn"])
                        ),
                        name="offer_answer_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered_at__isnull", True)),
                            models.Q(
                                models.Q(("answer", ""), _negated=True),
                                ("answered_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="offer_answered_at_a_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answer", "accepted"),
                                ("contact_due_at__isnull", False),
                                ("registration__isnull", False),
                            ),
                            models.Q(
                                models.Q(("answer", "accepted"), _negated=True),
                                ("contact_due_at__isnull", True),
                                ("registration__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="offer_accepted_names_its_registration",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answer", "declined"), models.Q(("reason", ""), _negated=True)
                            ),
                            models.Q(
                                models.Q(("answer", "declined"), _negated=True), ("reason", "")
                            ),
                            _connector="OR",
                        ),
                        name="offer_declined_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("junk_reason", ""),
                                ("junk_state", ""),
                                ("returned_at__isnull", True),
                            ),
                            models.Q(
                                ("answer", "accepted"),
                                ("returned_at__isnull", False),
                                models.Q(("junk_state", ""), _negated=True),
                                models.Q(("junk_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="offer_returned_says_why",
                    ),
                    dealers.constraints.TogetherForeignKey(
                        fields=("store", "dealer"),
                        name="offer_store_is_the_dealers",
                        to="dealers.Store",
                        to_fields=("id", "dealer"),
                        violation_error_message="The store belongs to another dealer.",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["store", "answer", "due_at"], name="offer_inbox"),
                    models.Index(fields=["store", "offered_at"], name="offer_received"),
                    models.Index(
                        condition=models.Q(("answer", "")), fields=["due_at"], name="offer_overdue"
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="offer_stays_as_made",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."lead_id" IS DISTINCT FROM (NEW."lead_id") OR OLD."hop" IS DISTINCT FROM (NEW."hop") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."to_owner" IS DISTINCT FROM (NEW."to_owner") OR OLD."by_hand" IS DISTINCT FROM (NEW."by_hand") OR OLD."offered_at" IS DISTINCT FROM (NEW."offered_at") OR OLD."due_at" IS DISTINCT FROM (NEW."due_at"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="5ee8487dd065a5bcaef75ec78f132d3aeaed5d4f",
                            operation="UPDATE",
                            pgid="pgtrigger_offer_stays_as_made_5dd78",
                            table="customers_offer",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="offer_never_deleted",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="dc3f19102f3b2f15cec7a097a864682bc9eaaeb0",
                            operation="DELETE",
                            pgid="pgtrigger_offer_never_deleted_ea18c",
                            table="customers_offer",
                            when="BEFORE",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OwnershipEvent",
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
                            ("started", "Protection started"),
                            ("renewed", "Renewed by an activity"),
                            ("sold", "Renewed by a sale"),
                            ("ended", "Ended early"),
                            ("voided", "Taken back, as if never given"),
                            ("restored", "Goes on: what had ended it was voided"),
                            ("moved", "Goes on at another store of the dealer"),
                            ("asked", "Runs until the request is answered"),
                            ("extended", "Extended on request"),
                            ("declined", "Not extended"),
                            ("paused", "Waits for somebody to follow up"),
                            ("resumed", "Somebody follows up again"),
                            ("frozen", "Frozen: the dealer closed"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded at"
                    ),
                ),
                ("protected_until", models.DateTimeField(verbose_name="protected until")),
                (
                    "ends_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="end, grace included"),
                ),
                (
                    "act",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="customers.act",
                        verbose_name="act",
                    ),
                ),
                (
                    "activity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="customers.activity",
                        verbose_name="activity",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="customers.order",
                        verbose_name="order",
                    ),
                ),
                (
                    "ownership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="customers.ownership",
                        verbose_name="ownership",
                    ),
                ),
                (
                    "registration",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="customers.registration",
                        verbose_name="registration",
                    ),
                ),
                (
                    "rulebook",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.rulebook",
                        verbose_name="rulebook",
                    ),
                ),
            ],
            options={
                "verbose_name": "ownership event",
                "verbose_name_plural": "ownership events",
                "ordering": ("at", "id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at__gte", datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            ("at__lte", datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            (
                                "recorded_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "recorded_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "protected_until__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "protected_until__lte",
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
                        ),
                        name="ownership_event_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "started",
                                    "renewed",
                                    "sold",
                                    "ended",
                                    "voided",
                                    "restored",
                                    "moved",
                                    "asked",
                                    "extended",
                                    "declined",
                                    "paused",
                                    "resumed",
                                    "frozen",
                                ],
                            )
                        ),
                        name="ownership_event_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "started"), ("registration__isnull", False)),
                            models.Q(("activity__isnull", False), ("kind", "renewed")),
                            models.Q(("kind", "sold"), ("order__isnull", False)),
                            models.Q(
                                ("kind__in", ["ended", "voided", "restored"]),
                                ("registration__isnull", False),
                            ),
                            models.Q(
                                ("act__isnull", False),
                                (
                                    "kind__in",
                                    [
                                        "started",
                                        "ended",
                                        "voided",
                                        "moved",
                                        "asked",
                                        "extended",
                                        "declined",
                                        "paused",
                                        "resumed",
                                        "frozen",
                                    ],
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="ownership_event_names_its_cause",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("act__isnull", True), ("ends_at__isnull", True)),
                            models.Q(("act__isnull", False), ("ends_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="ownership_event_of_an_act_says_the_end",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("act__isnull", False)),
                        fields=["act"],
                        name="ownership_event_of_an_act",
                    ),
                    models.Index(
                        condition=models.Q(("kind", "ended")),
                        fields=["ownership"],
                        name="ownership_event_ended",
                    ),
                ],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="ownership_event_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="54b3d56220e501a1099d9cd1cb961f9c6811a56a",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_ownership_event_only_added_bdc90",
                            table="customers_ownershipevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="ownership_event_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="e3c9f76ebe8ae8be00020b6c702d39574bb51588",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_ownership_event_never_emptied_65b26",
                            table="customers_ownershipevent",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="ownership_event_of_ones_own",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (current_user IN ('portal_dealer', 'portal_region'))",
                            func="\n        IF NOT EXISTS (SELECT FROM customers_ownership WHERE id = NEW.ownership_id\n            AND dealer_id = nullif(current_setting('app.dealer_id', true), '')::bigint) THEN\n            RAISE insufficient_privilege\n            USING CONSTRAINT = 'ownership_event_of_ones_own', MESSAGE = 'This belongs to another dealer.';\n        END IF;\n        RETURN NULL;\n        ",
                            hash="6afab85bdc60921453015bc9b1319838dc529c61",
                            operation="INSERT",
                            pgid="pgtrigger_ownership_event_of_ones_own_388da",
                            table="customers_ownershipevent",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Story",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, unique=True, verbose_name="name")),
                (
                    "story",
                    models.JSONField(
                        help_text="Stores and events as in a file of try_rulebook; expect names what must be in the answer to an event.",
                        verbose_name="story",
                    ),
                ),
                (
                    "in_use",
                    models.BooleanField(
                        default=True,
                        help_text="No rulebook is published against it.",
                        verbose_name="in use",
                    ),
                ),
            ],
            options={
                "verbose_name": "story of the test bench",
                "verbose_name_plural": "stories of the test bench",
                "ordering": ("name",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "name__regex",
                                "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                            ),
                            _negated=True,
                        ),
                        name="story_name_is_legible",
                        violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Void",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("undone", "Undone at once by whoever registered"),
                            ("wrong_number", "The number was mistyped"),
                            ("not_asked", "The customer had not agreed"),
                            ("returned", "The lead was none and was returned"),
                            ("tried", "It was only tried out, there was no customer"),
                        ],
                        max_length=12,
                        verbose_name="reason",
                    ),
                ),
                ("role", models.CharField(max_length=40, verbose_name="role")),
                ("at", models.DateTimeField(verbose_name="at")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded at"
                    ),
                ),
                (
                    "registration",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="void",
                        to="customers.registration",
                        verbose_name="registration",
                    ),
                ),
                (
                    "voided_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="voided by",
                    ),
                ),
            ],
            options={
                "verbose_name": "voided registration",
                "verbose_name_plural": "voided registrations",
                "ordering": ("-at", "-id"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at__gte", datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            ("at__lte", datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            (
                                "recorded_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "recorded_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="void_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "reason__in",
                                ["undone", "wrong_number", "not_asked", "returned", "tried"],
                            )
                        ),
                        name="void_reason_is_known",
                    ),
                ],
                "indexes": [models.Index(fields=["recorded_at"], name="void_recorded")],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="void_only_added",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="b298b090b30d8ff4c7665dadbee14c5338975484",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_void_only_added_6bbcf",
                            table="customers_void",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="void_never_emptied",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                            hash="0b8b8bd355f2016699a62d6941b18afa0f2da09e",
                            level="STATEMENT",
                            operation="TRUNCATE",
                            pgid="pgtrigger_void_never_emptied_4125b",
                            table="customers_void",
                            when="BEFORE",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="void_is_of_no_visit",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n        IF EXISTS (\n                    SELECT FROM added JOIN customers_registration AS r\n                        ON r.id = added.registration_id\n                    WHERE r.answer = 'yours_already') THEN\n            RAISE check_violation USING CONSTRAINT = 'void_is_of_no_visit', MESSAGE = 'A visit won nothing that could be taken back.';\n        END IF;\n        RETURN NULL;\n        ",
                            hash="672ab9841512ae8e98aee4bb38e3cf0b04312439",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_void_is_of_no_visit_cb0a1",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="customers_void",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.RunSQL(WHO_OWNS, "DROP FUNCTION who_owns"),
        migrations.RunSQL(END_OWNERSHIP, "DROP FUNCTION end_ownership"),
        migrations.RunSQL(REVEAL_READ, "DROP FUNCTION reveal_read(bigint)"),
    ]
