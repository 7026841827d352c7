"""All tables of this app as they were at the end of November 2026, in one step.

A database that has taken some of these steps goes on with those.
"""

import customers.models.cases
import customers.models.registrations
import customers.models.terms
import datetime
import dealers.constraints
import dealers.squashed
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.functions
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


# When time does something to a person: lets go whom nobody contacted or whom the owner released,
# answers a request, or serves who stands in line. A moment that comes to nothing is no harm.
TIME_ACTS_AT = """
CREATE FUNCTION time_acts_at(person bigint) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
WITH latest AS (
    SELECT o.period, o.release_at, o.contacted_at, o.sold_at, o.frozen
    FROM customers_ownership AS o
    WHERE o.identity_id = person AND o.protected_until > lower(o.period)
    ORDER BY lower(o.period) DESC LIMIT 1)
SELECT least(
    (SELECT release_at FROM latest
    WHERE contacted_at IS NULL AND sold_at IS NULL AND NOT frozen AND release_at < upper(period)),
    (SELECT min(a.due_at) FROM customers_act AS a
    WHERE a.identity_id = person AND a.due_at IS NOT NULL
        AND NOT EXISTS (SELECT FROM customers_act AS b WHERE b.answers_id = a.id)),
    (SELECT min(r.effective_at) FROM customers_release AS r
    JOIN customers_ownership AS o ON o.id = r.ownership_id
    WHERE o.identity_id = person AND NOT o.frozen
        AND r.done_at IS NULL AND r.cancelled_at IS NULL),
    (SELECT coalesce((SELECT upper(period) FROM latest), '1990-01-01')
    FROM customers_waiting AS w
    WHERE w.identity_id = person AND w.ended_at IS NULL LIMIT 1))
$$"""

# The calls that cross dealers: who has a person, the end of what a registration replaces, and what
# headquarters reads of a card. They run as a role that sees all dealers. A dealer learns whether it
# waits itself, and of time only what it has done by now: when it will do something would tell a
# rival's deadlines, and an owner that somebody waits.
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
    OUT held_paused_end timestamptz, OUT held_over boolean,
    OUT disputed_dealer bigint, OUT disputed_since timestamptz,
    OUT offered_dealer bigint, OUT offered_store bigint, OUT offered_until timestamptz,
    OUT waits boolean, OUT due_at timestamptz, OUT reviewed boolean
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
            o.frozen, o.paused_on, o.paused_days, o.paused_until, o.paused_end, o.over
        INTO held_staff, held_last_activity_at, held_contact_due_at, held_contacted_at,
            held_sold_at, held_renewed_on, held_follow_up_on, held_release_at, held_since,
            held_extensions, held_silence_was_yes, held_frozen, held_paused_on, held_paused_days,
            held_paused_until, held_paused_end, held_over
        FROM customers_ownership AS o WHERE o.id = held_id;
    END IF;
    -- About whom a case runs: whose they were when it began, who alone may go on with them.
    SELECT a.dealer_id, c.opened_at INTO disputed_dealer, disputed_since
    FROM customers_case AS c
    JOIN customers_caseside AS a ON a.case_id = c.id AND a.side = 'A'
    WHERE c.identity_id = identity AND c.stage <> 'closed';
    -- What is offered, and to which store; whether somebody waits, and when time does something.
    SELECT f.dealer_id, f.store_id, f.due_at INTO offered_dealer, offered_store, offered_until
    FROM customers_lead AS l JOIN customers_offer AS f ON f.lead_id = l.id AND f.answer = ''
    WHERE l.identity_id = identity ORDER BY f.due_at DESC LIMIT 1;
    SELECT EXISTS (
        SELECT FROM customers_waiting AS w WHERE w.identity_id = identity AND w.ended_at IS NULL
            AND (sees_all OR w.dealer_id = dealer)
    ) INTO waits;
    SELECT EXISTS (
        SELECT FROM customers_act AS a WHERE a.identity_id = identity AND a.kind = 'possible'
            AND NOT EXISTS (SELECT FROM customers_act AS b WHERE b.answers_id = a.id)
    ) INTO reviewed;
    due_at := time_acts_at(identity);
    IF NOT sees_all THEN
        due_at := CASE WHEN due_at <= clock_timestamp() THEN timestamptz '1990-01-01' END;
    END IF;
END $$;
"""

END_OWNERSHIP = """
CREATE FUNCTION end_ownership(ownership bigint, cause bigint) RETURNS integer
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
            AND r.answer = 'yours' AND r.channel IN ('capture', 'confirmed', 'page') AND o.channel = 'import'
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

# A number is handed out by the level at which its dealer shares the customer, or in an emergency
# for thirty minutes after a second person's yes, to whoever asked. From level 2 on, for a call to
# sell from level 3 on, by the level of the moment at which it is read; what the portal itself asks
# a customer needs none.
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
        
        AND CASE given.purpose
            WHEN 'choice' THEN given.role = 'worker'
            WHEN 'emergency' THEN EXISTS (
                SELECT FROM public.dealers_emergency AS asked
                WHERE asked.customer = card.id AND asked.dealer_id = card.dealer_id
                    AND asked.asked_by_id = given.user_id AND asked.granted
                    AND asked.answered_at > clock_timestamp() - interval '30 minutes')
            WHEN 'follow-up' THEN coalesce((SELECT chosen.level FROM public.dealers_sharing AS chosen
                WHERE chosen.dealer_id = card.dealer_id AND chosen.customer = card.id
                ORDER BY chosen.at DESC, chosen.id DESC LIMIT 1), (SELECT chosen.level FROM public.dealers_sharing AS chosen
                WHERE chosen.dealer_id = card.dealer_id AND chosen.customer IS NULL
                ORDER BY chosen.at DESC, chosen.id DESC LIMIT 1), 1) >= 3
            ELSE coalesce((SELECT chosen.level FROM public.dealers_sharing AS chosen
                WHERE chosen.dealer_id = card.dealer_id AND chosen.customer = card.id
                ORDER BY chosen.at DESC, chosen.id DESC LIMIT 1), (SELECT chosen.level FROM public.dealers_sharing AS chosen
                WHERE chosen.dealer_id = card.dealer_id AND chosen.customer IS NULL
                ORDER BY chosen.at DESC, chosen.id DESC LIMIT 1), 1) >= 2
        END

$$;
REVOKE ALL ON FUNCTION reveal_read(bigint) FROM PUBLIC;
"""  # noqa: W293 -- as it always was


class Migration(migrations.Migration):
    replaces = [
        ("customers", "0001_squashed_0032_acts"),
        ("customers", "0033_waiting"),
        ("customers", "0034_consents"),
        ("customers", "0035_cases"),
        ("customers", "0036_closings_releases_choices"),
        ("customers", "0037_planted_and_retained"),
        ("customers", "0038_disputed_customers"),
        ("customers", "0039_leads_from_everywhere"),
        ("customers", "0040_releases_in_time"),
        ("customers", "0041_rulebook_steps"),
        ("customers", "0042_terms_of_dispatch"),
        ("customers", "0043_campaigns"),
        ("customers", "0044_longer_for_sharing"),
        ("customers", "0045_nothing_of_rivals_affairs"),
        ("customers", "0046_after_confirmation"),
        ("customers", "0047_consent_of_leads"),
        ("customers", "0048_numbers_by_level"),
        ("customers", "0049_amounts_of_every_currency"),
        ("customers", "0050_chains"),
        ("customers", "0051_live_of_every_channel"),
        ("customers", "0052_grace_of_a_request"),
        ("customers", "0053_of_the_owning_dealer"),
        ("customers", "0054_nothing_of_the_erased"),
        ("customers", "0055_words_of_rules"),
        ("customers", "0056_salted_facts"),
        ("customers", "0057_salted_registrations"),
        ("customers", "0058_who_wrote_a_draft"),
        ("customers", "0059_two_people_publish_terms"),
        ("customers", "0060_numbers_in_sentences"),
        ("customers", "0061_who_lost_an_order"),
        ("customers", "0062_exit_offers"),
    ]

    initial = True

    dependencies = [
        ("dealers", "0024_squashed_0046_agreements_made_in_time"),
    ]

    operations = [
        dealers.squashed.AtOnce(
            operations=[
                migrations.CreateModel(
                    name="Category",
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
                        (
                            "takes_leads",
                            models.BooleanField(default=True, verbose_name="takes leads"),
                        ),
                        (
                            "of_brand",
                            models.BooleanField(
                                default=False, verbose_name="the brand's own store"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "store in dispatch",
                        "verbose_name_plural": "stores in dispatch",
                        "ordering": ("store__code",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("latitude__isnull", True), ("longitude__isnull", True)
                                    ),
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "fingerprint",
                            models.BinaryField(unique=True, verbose_name="fingerprint"),
                        ),
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
                                    func="""
        IF NOT EXISTS (SELECT FROM customers_numberchange AS change
                    WHERE change.identity_id = NEW.id AND change.before = OLD.fingerprint
                        AND change.after = NEW.fingerprint)
                    AND NOT (NEW.keyed > OLD.keyed AND EXISTS (
    SELECT FROM dealers_keyrotation WHERE kind = 'fingerprint' AND finished_at IS NULL)) AND NOT EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.id) THEN
            RAISE check_violation USING CONSTRAINT = 'identity_fingerprint_never_changes_by_itself', MESSAGE = 'The key of a person follows a recorded change of their number.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
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
                                default=uuid.uuid4,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("phone_sealed", models.BinaryField(verbose_name="phone, encrypted")),
                        (
                            "name_sealed",
                            models.BinaryField(
                                blank=True, null=True, verbose_name="name, encrypted"
                            ),
                        ),
                        (
                            "wechat_sealed",
                            models.BinaryField(
                                blank=True, null=True, verbose_name="WeChat id, encrypted"
                            ),
                        ),
                        (
                            "email_sealed",
                            models.BinaryField(
                                blank=True, null=True, verbose_name="e-mail, encrypted"
                            ),
                        ),
                        (
                            "notes_sealed",
                            models.BinaryField(
                                blank=True, null=True, verbose_name="notes, encrypted"
                            ),
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
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "created_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
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
                                    func="""
        IF NOT EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id) THEN
            RAISE check_violation USING CONSTRAINT = 'customer_has_a_number_until_erased', MESSAGE = 'A card without a number is that of a person who was erased.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
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
                                default=uuid.uuid4,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("hq", "Entered by headquarters"),
                                    ("file", "File import"),
                                    ("order", "Bought online, with no store"),
                                    ("closing", "Asked for when a dealer closed"),
                                ],
                                max_length=10,
                                verbose_name="source",
                            ),
                        ),
                        (
                            "external_id",
                            models.CharField(
                                blank=True, max_length=80, verbose_name="number there"
                            ),
                        ),
                        (
                            "campaign",
                            models.CharField(blank=True, max_length=80, verbose_name="campaign"),
                        ),
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
                        (
                            "open_until",
                            models.DateTimeField(
                                blank=True,
                                editable=False,
                                null=True,
                                verbose_name="stores may take it until",
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
                                    models.Q(
                                        ("latitude__isnull", True), ("longitude__isnull", True)
                                    ),
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
                                condition=models.Q(
                                    ("source__in", ["hq", "file", "order", "closing"])
                                ),
                                name="lead_source_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "received_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "received_at__lte",
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
                                    (
                                        "open_until__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "open_until__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "queued_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "queued_at__lte",
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
                                ),
                                name="lead_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("closed_at__isnull", True), ("queued_at__isnull", False)
                                ),
                                fields=["region", "queued_at"],
                                name="lead_queue",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("closed_at__isnull", True), ("open_until__isnull", False)
                                ),
                                fields=["region", "open_until"],
                                name="lead_open_to_take",
                            ),
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("hop", models.PositiveSmallIntegerField(verbose_name="attempt")),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "why_not",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("closed", "not open"),
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
                        (
                            "converted",
                            models.PositiveIntegerField(verbose_name="customers who bought"),
                        ),
                        (
                            "mature",
                            models.PositiveIntegerField(verbose_name="customers who had time to"),
                        ),
                        (
                            "conversion_band",
                            models.PositiveSmallIntegerField(verbose_name="conversion band"),
                        ),
                        (
                            "place",
                            models.PositiveIntegerField(
                                blank=True, null=True, verbose_name="place"
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
                                        ("place__isnull", True),
                                        models.Q(("why_not", ""), _negated=True),
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
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
                        (
                            "number_sealed",
                            models.BinaryField(verbose_name="number before, encrypted"),
                        ),
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
                                    func="""
        IF NOT (NEW.keyed > OLD.keyed AND EXISTS (
    SELECT FROM dealers_keyrotation WHERE kind = 'fingerprint' AND finished_at IS NULL)) AND NOT EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id) THEN
            RAISE check_violation USING CONSTRAINT = 'number_change_only_renewed_or_erased', MESSAGE = 'Fingerprints get another key, or are erased, and never change else.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
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
                                    func="""
        IF ((octet_length(NEW.number_sealed) = 0 AND EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id))
                    OR (substring(NEW.number_sealed FROM 2 FOR 4) <> substring(OLD.number_sealed FROM 2 FOR 4) AND EXISTS (
        SELECT FROM dealers_dealerkey AS k
        WHERE k.dealer_id = NEW.dealer_id AND int4send(k.id::int4) = substring(NEW.number_sealed FROM 2 FOR 4)))) IS NOT TRUE THEN
            RAISE check_violation USING CONSTRAINT = 'number_change_only_resealed_or_erased', MESSAGE = 'A number is sealed with another key, or erased, and never changes else.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
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
                                default=uuid.uuid4,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("source", models.CharField(max_length=40, verbose_name="source")),
                        (
                            "external_id",
                            models.CharField(max_length=80, verbose_name="external id"),
                        ),
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
                        ("net", models.DecimalField(verbose_name="net paid")),
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
                                output_field=models.DecimalField(),
                                verbose_name="net, less returns",
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
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "ordered_at__lte",
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
                                condition=models.Q(("net__gte", 0)),
                                name="order_net_is_not_negative",
                            ),
                        ],
                        "indexes": [
                            models.Index(fields=["placed_on", "store"], name="order_placed_month"),
                            models.Index(
                                fields=["identity", "ordered_at"], name="order_identity_time"
                            ),
                        ],
                        "triggers": [
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
                                    func="""
        IF NOT EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id) THEN
            RAISE check_violation USING CONSTRAINT = 'order_content_only_erased', MESSAGE = 'This changes when the person is erased, and never else.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
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
                                    func="""
        IF (SELECT count(*) FROM (
        SELECT FROM added AS o
        LEFT JOIN customers_orderline AS l ON l.order_id = o.id
        LEFT JOIN customers_orderline AS sold ON sold.id = l.returns_id
        
        GROUP BY o.id, o.quantity, o.net, o.sale_id
        HAVING (sum(l.quantity) = o.quantity AND sum(l.net) = o.net
            AND bool_and(sold.order_id IS NOT DISTINCT FROM o.sale_id)) IS NOT TRUE) AS found) > 0 THEN
            RAISE check_violation USING CONSTRAINT = 'order_is_the_sum_of_its_lines', MESSAGE = 'An order is the sum of its lines, a return of its sale''s.';
        END IF;
        RETURN NULL;
        """,  # noqa: W293 -- as it always was
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
                                    func="""
        IF EXISTS (
                    SELECT FROM added JOIN customers_order AS s ON s.id = added.sale_id
                    WHERE s.kind <> 'sale') THEN
            RAISE check_violation USING CONSTRAINT = 'order_return_is_of_a_sale', MESSAGE = 'Only a sale can be returned.';
        END IF;
        RETURN NULL;
        """,
                                    hash="5647bb53d002c3fb3d151e5e73dd94025c850e4a",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_order_return_is_of_a_sale_3e448",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="customers_order",
                                    when="AFTER",
                                ),
                            ),
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
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Ownership",
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
                            "period",
                            django.contrib.postgres.fields.ranges.DateTimeRangeField(
                                verbose_name="period"
                            ),
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
                                    ("page", "The store's page"),
                                    ("confirmed", "Confirmed by the customer"),
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
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="first contact at"
                            ),
                        ),
                        (
                            "sold_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="last sale at"
                            ),
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
                                db_default=False,
                                default=False,
                                verbose_name="frozen: the dealer closed",
                            ),
                        ),
                        (
                            "paused_on",
                            models.DateField(blank=True, null=True, verbose_name="waits since"),
                        ),
                        (
                            "paused_days",
                            models.PositiveSmallIntegerField(
                                blank=True, null=True, verbose_name="waits at most, days"
                            ),
                        ),
                        (
                            "paused_until",
                            models.DateTimeField(
                                blank=True,
                                null=True,
                                verbose_name="protected until, if it waits so long",
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
                        (
                            "over",
                            models.BooleanField(
                                db_default=False, default=False, verbose_name="ended early"
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
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "protected_until__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "contact_due_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "contact_due_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "contacted_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "contacted_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "sold_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "sold_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "last_activity_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "last_activity_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "release_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "release_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
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
                                    (
                                        "paused_until__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "paused_until__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "paused_end__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "paused_end__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    ("renewed_on__gte", datetime.date(1990, 1, 1)),
                                    ("renewed_on__lte", datetime.date(2200, 1, 1)),
                                    ("follow_up_on__gte", datetime.date(1990, 1, 1)),
                                    ("follow_up_on__lte", datetime.date(2200, 1, 1)),
                                    ("paused_on__gte", datetime.date(1990, 1, 1)),
                                    ("paused_on__lte", datetime.date(2200, 1, 1)),
                                    (
                                        "period__endswith__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "period__startswith__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
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
                                fields=["dealer", "protected_until", "id"],
                                name="ownership_dealer_end",
                            ),
                            models.Index(
                                fields=["dealer", "-last_activity_at", "-id"],
                                name="ownership_dealer_newest",
                            ),
                            models.Index(
                                fields=["store", "protected_until", "id"],
                                name="ownership_store_end",
                            ),
                            models.Index(
                                fields=["store", "-last_activity_at", "-id"],
                                name="ownership_store_newest",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("contacted_at__isnull", True),
                                    ("period__endswith__gt", models.F("release_at")),
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
                                    func="""
                IF EXISTS (
                    SELECT FROM given AS n JOIN before AS o USING (id)
                    CROSS JOIN LATERAL (
                        SELECT (array_agg(e.kind ORDER BY e.id DESC)
                                FILTER (WHERE e.kind IN ('ended', 'voided', 'restored')))[1]
                                AS cut,
                            (array_agg(e.at ORDER BY e.id DESC)
                                FILTER (WHERE e.kind = 'ended'))[1] AS ended,
                            (array_agg(e.protected_until ORDER BY e.id DESC))[1] AS until,
                            (array_agg(e.ends_at ORDER BY e.id DESC))[1] AS ends,
                            max(r.grace_days) * interval '1 day' AS grace
                        FROM customers_ownershipevent AS e
                        JOIN customers_rulebook AS r ON r.id = e.rulebook_id
                        WHERE e.ownership_id = n.id
                    ) AS said
                    WHERE (n.protected_until, upper(n.period))
                        <> (o.protected_until, upper(o.period))
                    AND (n.protected_until = said.until AND CASE
                        WHEN said.cut = 'ended' THEN upper(n.period) = said.ended
                        WHEN said.cut = 'voided' THEN
                            upper(n.period) = lower(n.period) + interval '1 microsecond'
                            AND n.protected_until = lower(n.period)
                        WHEN said.ends IS NOT NULL THEN upper(n.period) = said.ends
                        ELSE upper(n.period) BETWEEN upper(o.period) AND greatest(
                            upper(o.period), said.until + said.grace + interval '3 hours')
                        END) IS NOT TRUE
                ) THEN
                    RAISE check_violation
                    USING CONSTRAINT = 'ownership_ends_where_its_events_say',
                        MESSAGE = 'An ownership is prolonged or ended by an event of it.';
                END IF;
                RETURN NULL;
                """,
                                    hash="292c7099cd7962db63f5f764767bd9f48ea92184",
                                    level="STATEMENT",
                                    operation="UPDATE",
                                    pgid="pgtrigger_ownership_ends_where_its_events_say_2a342",
                                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS given ",
                                    table="customers_ownership",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="ownership_is_chained_with_its_events",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        INSERT INTO dealers_fact (dealer_id, kind, first, last, body)
        SELECT dealer, 'ownership', min(id), max(id),
            '{"salt" : "' || replace(gen_random_uuid()::text, '-', '') || '", "told" : ['
            || string_agg(said::text, ',' ORDER BY id) || ']}'
        FROM (
            SELECT told.*,
                (row_number() OVER (PARTITION BY dealer ORDER BY id) - 1) / 200 AS portion
            FROM (
    SELECT o.dealer_id AS dealer, e.id, json_build_object(
        'ownership', o.id, 'card', o.customer_id, 'store', o.store_id, 'event', e.kind,
        'at', e.at, 'recorded', e.recorded_at, 'until', e.protected_until, 'ends', e.ends_at,
        'rulebook', e.rulebook_id, 'rules', book.rules) AS said
    FROM added AS n JOIN customers_ownership AS o ON o.id = n.id JOIN customers_ownershipevent AS e ON e.ownership_id = o.id AND e.cmin::text::bigint < o.cmin::text::bigint
    LEFT JOIN LATERAL (
        SELECT encode(sha256(convert_to(jsonb_build_object('name', r.name, 'starts_on', r.starts_on, 'protection_days', r.protection_days, 'activity_renews_days', r.activity_renews_days, 'visit_qualifies', r.visit_qualifies, 'sale_renews_days', r.sale_renews_days, 'max_days_without_sale', r.max_days_without_sale, 'grace_days', r.grace_days, 'first_contact_hours', r.first_contact_hours, 'release_after_days', r.release_after_days, 'warning_days', r.warning_days, 'sharing_days', r.sharing_days, 'extension_days', r.extension_days, 'extensions', r.extensions, 'pool_claims_per_day', r.pool_claims_per_day, 'pool_cooldown_days', r.pool_cooldown_days, 'person_cap', r.person_cap, 'store_cap', r.store_cap, 'person_daily_limit', r.person_daily_limit, 'person_minute_limit', r.person_minute_limit, 'store_daily_limit', r.store_daily_limit, 'conflict_percent', r.conflict_percent, 'owner_share', trim_scale(r.owner_share)::text, 'notice_days', r.notice_days, 'answer_mode', r.answer_mode, 'confirmation_hours', r.confirmation_hours)::text, 'UTF8')), 'hex') AS rules FROM customers_rulebook AS r WHERE r.id = e.rulebook_id
    ) AS book ON true
    WHERE e.kind <> 'started' OR e.registration_id IS NULL) AS told
        ) AS counted
        GROUP BY dealer, portion
        ORDER BY min(id);
        RETURN NULL;
        """,
                                    hash="8152d1acc19febd94dcb6c308a2aa9b845b75af3",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_ownership_is_chained_with_its_events_c5ff6",
                                    referencing="REFERENCING NEW TABLE AS added ",
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
                                    ("released", "Released by the owner"),
                                    ("asked", "More time asked for"),
                                    ("extended", "More time given"),
                                    ("declined", "No more time given"),
                                    ("possible", "Possible match: to be decided"),
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
                        (
                            "reason",
                            models.CharField(blank=True, max_length=40, verbose_name="reason"),
                        ),
                        (
                            "note",
                            models.TextField(blank=True, max_length=500, verbose_name="in words"),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="recorded at"
                            ),
                        ),
                        (
                            "due_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="answer due at"
                            ),
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
                        (
                            "grace_days",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                null=True,
                                verbose_name="days of grace when it was asked",
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
                                    (
                                        "due_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "due_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="act_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
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
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "released",
                                            "asked",
                                            "extended",
                                            "declined",
                                            "possible",
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
                                    ("grace_days__isnull", True), ("kind", "asked"), _connector="OR"
                                ),
                                name="act_of_asking_says_the_grace",
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
                                name="act_note_only_erased",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.note IS DISTINCT FROM NEW.note)",
                                    func="""
        IF NOT EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id) THEN
            RAISE check_violation USING CONSTRAINT = 'act_note_only_erased', MESSAGE = 'This changes when the person is erased, and never else.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
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
                                    func="""
        IF EXISTS (
                    SELECT FROM added JOIN customers_ownership AS o ON o.id = added.ownership_id
                    WHERE (o.identity_id, o.dealer_id) <> (added.identity_id, added.dealer_id)) THEN
            RAISE check_violation USING CONSTRAINT = 'act_is_of_its_ownership', MESSAGE = 'An act is about an ownership of its own person and dealer.';
        END IF;
        RETURN NULL;
        """,
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
                                    func="""
        IF EXISTS (
                    SELECT FROM added JOIN customers_act AS asked ON asked.id = added.answers_id
                    WHERE asked.identity_id <> added.identity_id OR asked.due_at IS NULL) THEN
            RAISE check_violation USING CONSTRAINT = 'act_answers_one_of_its_person', MESSAGE = 'An answer is to something that was asked about the same person.';
        END IF;
        RETURN NULL;
        """,
                                    hash="d9fa367736853a647dbdbf6990a52113e87ba94a",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_act_answers_one_of_its_person_6aa78",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="customers_act",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="act_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."identity_id" IS DISTINCT FROM (NEW."identity_id") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."ownership_id" IS DISTINCT FROM (NEW."ownership_id") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."due_at" IS DISTINCT FROM (NEW."due_at") OR OLD."grace_days" IS DISTINCT FROM (NEW."grace_days") OR OLD."answers_id" IS DISTINCT FROM (NEW."answers_id"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="b50a521de9369d9f6360dfc6d1c72a1e731b2836",
                                    operation="UPDATE",
                                    pgid="pgtrigger_act_only_added_49478",
                                    table="customers_act",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="act_about_nobody_erased",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.note <> '')",
                                    func="""
        IF EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id) THEN
            RAISE check_violation USING CONSTRAINT = 'act_about_nobody_erased', MESSAGE = 'Nothing more is written down about who was erased.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="249823386e888a08a659053872404f57495a77b3",
                                    operation="INSERT",
                                    pgid="pgtrigger_act_about_nobody_erased_44891",
                                    table="customers_act",
                                    when="BEFORE",
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "batch",
                            models.UUIDField(
                                db_index=True,
                                default=uuid.uuid4,
                                verbose_name="handed over together",
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
                                name="handover_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("batch", "ownership"),
                                name="handover_once_a_batch_and_customer",
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
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
                                validators=[
                                    django.core.validators.MinValueValidator(Decimal("0")),
                                    django.core.validators.MaxValueValidator(
                                        Decimal("99999999.99")
                                    ),
                                ],
                                verbose_name="gross",
                            ),
                        ),
                        (
                            "discount",
                            models.DecimalField(
                                validators=[
                                    django.core.validators.MinValueValidator(Decimal("0")),
                                    django.core.validators.MaxValueValidator(
                                        Decimal("99999999.99")
                                    ),
                                ],
                                verbose_name="discount",
                            ),
                        ),
                        (
                            "net",
                            models.DecimalField(
                                validators=[
                                    django.core.validators.MinValueValidator(Decimal("0")),
                                    django.core.validators.MaxValueValidator(
                                        Decimal("99999999.99")
                                    ),
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
                                    ("gross__lte", Decimal("99999999.99")),
                                    ("quantity__lte", 999999),
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
                                    func="""
        IF (SELECT count(*) FROM (
        SELECT FROM customers_order AS o
        LEFT JOIN customers_orderline AS l ON l.order_id = o.id
        LEFT JOIN customers_orderline AS sold ON sold.id = l.returns_id
        WHERE o.id IN (SELECT order_id FROM added)
        GROUP BY o.id, o.quantity, o.net, o.sale_id
        HAVING (sum(l.quantity) = o.quantity AND sum(l.net) = o.net
            AND bool_and(sold.order_id IS NOT DISTINCT FROM o.sale_id)) IS NOT TRUE) AS found) > 0 THEN
            RAISE check_violation USING CONSTRAINT = 'order_line_keeps_the_sum', MESSAGE = 'An order is the sum of its lines, a return of its sale''s.';
        END IF;
        RETURN NULL;
        """,
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
                                    func="""
                IF NOT EXISTS (SELECT FROM added WHERE returns_id IS NOT NULL) THEN
                    RETURN NULL;
                END IF;
                PERFORM 1 FROM customers_orderline
                WHERE id IN (SELECT returns_id FROM added) ORDER BY id FOR NO KEY UPDATE;
                IF (SELECT count(*) FROM (
    SELECT FROM customers_orderline AS sold
    JOIN customers_orderline AS back ON back.returns_id = sold.id
    WHERE sold.id IN (SELECT returns_id FROM added)
    GROUP BY sold.id, sold.quantity, sold.net
    HAVING sum(back.quantity) > sold.quantity OR sum(back.net) > sold.net) AS found) > 0 THEN
                    RAISE check_violation
                    USING CONSTRAINT = 'order_line_returned_up_to_what_was_sold',
                        MESSAGE = 'No more comes back than was sold.';
                END IF;
                RETURN NULL;
                """,
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
                                blank=True,
                                default=365,
                                null=True,
                                verbose_name="a sale renews for, days",
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
                                error_messages={"item_invalid": "Number %(nth)s:"},
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
                                validators=[
                                    django.core.validators.MinValueValidator(
                                        0, "A share lies between 0%% and 100%%."
                                    ),
                                    django.core.validators.MaxValueValidator(
                                        1, "A share lies between 0%% and 100%%."
                                    ),
                                ],
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
                        (
                            "notice_days",
                            models.PositiveSmallIntegerField(
                                default=14,
                                help_text="So long before its first day dealers can read the next one.",
                                validators=[django.core.validators.MaxValueValidator(366)],
                                verbose_name="another rulebook is published ahead, days",
                            ),
                        ),
                        (
                            "sharing_days",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(
                                    validators=[django.core.validators.MaxValueValidator(366)]
                                ),
                                blank=True,
                                default=list,
                                error_messages={"item_invalid": "Number %(nth)s:"},
                                help_text="For each level from L0 to L3, as in 0, 15, 30, 30. Empty: for none.",
                                verbose_name="longer first protection for sharing, days",
                            ),
                        ),
                        (
                            "confirmation_hours",
                            models.PositiveSmallIntegerField(
                                default=72,
                                help_text="Only where the answer comes after the customer confirmed.",
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="waits for the customer, hours",
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
                        "verbose_name": "rulebook",
                        "verbose_name_plural": "rulebooks",
                        "ordering": ("-starts_on", "-id"),
                        "constraints": [
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
                                condition=models.Q(
                                    ("owner_share__gte", 0), ("owner_share__lte", 1)
                                ),
                                name="rulebook_owner_share_is_a_share",
                                violation_error_message="A share lies between 0 and 1.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("notice_days__lte", 366)),
                                name="rulebook_notice_is_at_most_a_year",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("sharing_days", []),
                                    models.Q(
                                        ("sharing_days__1__gte", models.F("sharing_days__0")),
                                        ("sharing_days__2__gte", models.F("sharing_days__1")),
                                        ("sharing_days__3__gte", models.F("sharing_days__2")),
                                        ("sharing_days__3__lte", 366),
                                        ("sharing_days__len", 4),
                                    ),
                                    _connector="OR",
                                ),
                                name="rulebook_shares_name_each_level",
                                violation_error_message="Write four numbers of days, for L0 to L3; a higher level gives no less.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("confirmation_hours__gte", 1)),
                                name="rulebook_waits_for_customers_a_while",
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
                                ),
                                name="rulebook_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
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
                                    func="""
        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL
                AND (EXISTS (SELECT FROM customers_registration WHERE received_on >= NEW.starts_on)
                OR EXISTS (SELECT FROM customers_attribution
                    WHERE holder = 'owner' AND counts_on >= NEW.starts_on)) THEN
            RAISE check_violation USING CONSTRAINT = 'rulebook_published_after_the_last_decision', MESSAGE = 'Customers were decided about by other rules already.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="eeea660c9486b9d34d5aebf9bfbad52a67c28b54",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_rulebook_published_after_the_last_decision_312c1",
                                    table="customers_rulebook",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="rulebook_approved_by_somebody_else",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL AND EXISTS (SELECT FROM customers_registration) AND (NEW.tested_by_id IS NULL
                OR NEW.approved_by_id IS NULL OR NEW.approved_by_id = NEW.tested_by_id) THEN
            RAISE check_violation USING CONSTRAINT = 'rulebook_approved_by_somebody_else', MESSAGE = 'Somebody else than who tested it approves.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="3f0653438ca7d8761cf270b81f05f1f585b4e64b",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_rulebook_approved_by_somebody_else_f485b",
                                    table="customers_rulebook",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="rulebook_published_ahead",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL AND EXISTS (SELECT FROM customers_registration)
                AND NEW.starts_on < (NEW.published_at AT TIME ZONE 'UTC')::date - 1 + coalesce((
                    SELECT r.notice_days FROM customers_rulebook AS r
                    WHERE r.published_at IS NOT NULL AND r.id <> NEW.id
                        AND r.starts_on <= (NEW.published_at AT TIME ZONE 'UTC')::date
                    ORDER BY r.starts_on DESC LIMIT 1), 0) THEN
            RAISE check_violation USING CONSTRAINT = 'rulebook_published_ahead', MESSAGE = 'A rulebook is published so many days ahead as the one in force says.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="93d6d9e9c4ff7e9cbf7a452c4ee3adcdb76c7f68",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_rulebook_published_ahead_f0934",
                                    table="customers_rulebook",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="rulebook_tested_as_it_is",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF OLD.published_at IS NULL AND OLD.tested_at IS NOT NULL
        AND NEW.tested_at IS NOT DISTINCT FROM OLD.tested_at
        AND to_jsonb(NEW) - ARRAY['drafted_at', 'drafted_by_id', 'edited_at', 'edited_by_id', 'tested_at', 'tested_by_id', 'approved_at', 'approved_by_id', 'published_at', 'published_by_id'] <> to_jsonb(OLD) - ARRAY['drafted_at', 'drafted_by_id', 'edited_at', 'edited_by_id', 'tested_at', 'tested_by_id', 'approved_at', 'approved_by_id', 'published_at', 'published_by_id'] THEN
            RAISE check_violation USING CONSTRAINT = 'rulebook_tested_as_it_is', MESSAGE = 'What was tested is tested anew once it changes.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="f9f7a1510355a3afb0a878ee947e00d0fdd80781",
                                    operation="UPDATE",
                                    pgid="pgtrigger_rulebook_tested_as_it_is_f2585",
                                    table="customers_rulebook",
                                    when="BEFORE",
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("receipt", models.CharField(max_length=16, verbose_name="receipt")),
                        ("key", models.CharField(max_length=120, verbose_name="key")),
                        ("content", models.BinaryField(verbose_name="content hash")),
                        (
                            "source",
                            models.CharField(
                                default="walk-in", max_length=40, verbose_name="source"
                            ),
                        ),
                        (
                            "channel",
                            models.CharField(
                                choices=[
                                    ("capture", "Quick capture"),
                                    ("import", "File import"),
                                    ("history", "First load of the past"),
                                    ("dispatch", "Dispatch"),
                                    ("page", "The store's page"),
                                    ("confirmed", "Confirmed by the customer"),
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
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="phone's own clock"
                            ),
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
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="protected until"
                            ),
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
                        (
                            "salt",
                            models.BinaryField(
                                db_default=models.Func(
                                    django.contrib.postgres.functions.RandomUUID(),
                                    function="uuid_send",
                                    output_field=models.BinaryField(),
                                ),
                                default=customers.models.registrations.new_salt,
                                null=True,
                                verbose_name="salt",
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
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "received_at__lte",
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
                                    (
                                        "protected_until__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "protected_until__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
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
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "phone_clock__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
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
                            models.UniqueConstraint(
                                fields=("key",), name="registration_key_used_once"
                            ),
                            models.UniqueConstraint(
                                fields=("receipt",), name="registration_receipt_given_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("corrects__isnull", False)),
                                fields=("corrects",),
                                name="registration_corrected_once",
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
                                        models.Q(
                                            ("answer__in", ["yours", "yours_already"]),
                                            _negated=True,
                                        ),
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
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("consent_service", True),
                                    ("channel", "dispatch"),
                                    _connector="OR",
                                ),
                                name="registration_needs_consent",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                fields=["staff", "received_at"], name="registration_staff_time"
                            ),
                            models.Index(
                                fields=["store", "received_at"], name="registration_store_time"
                            ),
                            models.Index(fields=["received_on"], name="registration_day"),
                            models.Index(fields=["recorded_at"], name="registration_recorded"),
                            models.Index(
                                fields=["dealer", "recorded_at"],
                                name="registration_dealer_recorded",
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
                                    func="""
        IF NOT EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id) THEN
            RAISE check_violation USING CONSTRAINT = 'registration_content_only_erased', MESSAGE = 'This changes when the person is erased, and never else.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
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
                                    func="""
        IF NOT EXISTS (
                    SELECT FROM customers_void AS void
                    JOIN customers_registration AS first ON first.id = void.registration_id
                    WHERE first.id = NEW.corrects_id AND first.store_id = NEW.store_id) THEN
            RAISE check_violation USING CONSTRAINT = 'registration_corrects_a_voided_one_of_its_store', MESSAGE = 'What a registration corrects was voided, at the same store.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="2db3da115bd1de270edbfed3c8ff0b582f1e137e",
                                    operation="INSERT",
                                    pgid="pgtrigger_registration_corrects_a_voided_one_of_its_store_51149",
                                    table="customers_registration",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="registration_store_is_not_closed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF EXISTS (
                    SELECT FROM added JOIN dealers_store AS s ON s.id = added.store_id
                    WHERE s.closed_at <= added.received_at) THEN
            RAISE check_violation USING CONSTRAINT = 'registration_store_is_not_closed', MESSAGE = 'A store that has closed takes no customers any more.';
        END IF;
        RETURN NULL;
        """,
                                    hash="7d033dd928ddb6535cb9087d0eae31941ef06f5c",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_registration_store_is_not_closed_b0d39",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="customers_registration",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="registration_writes_its_consents",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
    INSERT INTO customers_consent (identity_id, customer_id, dealer_id, registration_id, purpose,
        text_version, channel, at, recorded_at, evidence, withdrawn)
    SELECT made.identity_id, made.customer_id, made.dealer_id, made.id, said.purpose,
        made.consent_text, made.channel, made.received_at, made.recorded_at, made.receipt, false
    FROM new_registrations AS made
    CROSS JOIN LATERAL (VALUES
        ('service', made.consent_service), ('offers', made.consent_marketing)
    ) AS said (purpose, agreed)
    WHERE said.agreed
    ORDER BY made.id, said.purpose;
    RETURN NULL;""",
                                    hash="a3b7c27e6230193cb6144bd979a4577ea0c241e1",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_registration_writes_its_consents_34981",
                                    referencing="REFERENCING NEW TABLE AS new_registrations ",
                                    table="customers_registration",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="registration_meets_planted_numbers",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
    INSERT INTO customers_plantedhit (registration_id, dealer_id, at)
    SELECT made.id, NULL::bigint, made.received_at
    FROM new_registrations AS made
    JOIN customers_plantednumber AS planted ON planted.identity_id = made.identity_id
    WHERE planted.ended_at IS NULL
    UNION ALL
    SELECT made.id, card.dealer_id, made.received_at
    FROM new_registrations AS made
    JOIN customers_customer AS card
        ON card.identity_id = made.identity_id AND card.dealer_id <> made.dealer_id
    JOIN dealers_canary AS canary ON canary.customer = card.id
    WHERE canary.ended_at IS NULL;
    RETURN NULL;""",
                                    hash="3588e673f272e4e0a2126fc6f020ef92f9f5298d",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_registration_meets_planted_numbers_e50de",
                                    referencing="REFERENCING NEW TABLE AS new_registrations ",
                                    table="customers_registration",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="registration_salt_only_erased",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.salt IS DISTINCT FROM NEW.salt)",
                                    func="""
        IF NOT EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id) THEN
            RAISE check_violation USING CONSTRAINT = 'registration_salt_only_erased', MESSAGE = 'This changes when the person is erased, and never else.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="bcd47614adcdd83a9ae3f399fbe4f166ce1da7e4",
                                    operation="UPDATE",
                                    pgid="pgtrigger_registration_salt_only_erased_d6531",
                                    table="customers_registration",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="registration_is_chained",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        INSERT INTO dealers_fact (dealer_id, kind, first, last, body)
        SELECT dealer, 'registration', min(id), max(id),
            '{"salt" : "' || replace(gen_random_uuid()::text, '-', '') || '", "told" : ['
            || string_agg(said::text, ',' ORDER BY id) || ']}'
        FROM (
            SELECT told.*,
                (row_number() OVER (PARTITION BY dealer ORDER BY id) - 1) / 200 AS portion
            FROM (
    WITH book AS MATERIALIZED (
        SELECT r.id, encode(sha256(convert_to(jsonb_build_object('name', r.name, 'starts_on', r.starts_on, 'protection_days', r.protection_days, 'activity_renews_days', r.activity_renews_days, 'visit_qualifies', r.visit_qualifies, 'sale_renews_days', r.sale_renews_days, 'max_days_without_sale', r.max_days_without_sale, 'grace_days', r.grace_days, 'first_contact_hours', r.first_contact_hours, 'release_after_days', r.release_after_days, 'warning_days', r.warning_days, 'sharing_days', r.sharing_days, 'extension_days', r.extension_days, 'extensions', r.extensions, 'pool_claims_per_day', r.pool_claims_per_day, 'pool_cooldown_days', r.pool_cooldown_days, 'person_cap', r.person_cap, 'store_cap', r.store_cap, 'person_daily_limit', r.person_daily_limit, 'person_minute_limit', r.person_minute_limit, 'store_daily_limit', r.store_daily_limit, 'conflict_percent', r.conflict_percent, 'owner_share', trim_scale(r.owner_share)::text, 'notice_days', r.notice_days, 'answer_mode', r.answer_mode, 'confirmation_hours', r.confirmation_hours)::text, 'UTF8')), 'hex') AS rules
        FROM customers_rulebook AS r WHERE r.id IN (SELECT rulebook_id FROM added))
    SELECT dealer_id AS dealer, added.id, json_build_object(
        'receipt', receipt, 'card', customer_id, 'store', store_id, 'person', staff_id,
        'channel', channel, 'received', received_at, 'recorded', recorded_at, 'answer', answer,
        'rule', rule, 'rulebook', rulebook_id, 'rules', book.rules, 'ownership', ownership_id,
        'until', protected_until, 'service', consent_service, 'offers', consent_marketing,
        'corrects', corrects_id,
        'said', encode(sha256(coalesce(salt, '') || content), 'hex')) AS said
    FROM added LEFT JOIN book ON book.id = rulebook_id) AS told
        ) AS counted
        GROUP BY dealer, portion
        ORDER BY min(id);
        RETURN NULL;
        """,
                                    hash="d9c1cbb886b1a8ec02b8ef2422df8d9df37e211f",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_registration_is_chained_72ed4",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="customers_registration",
                                    when="AFTER",
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
                            models.BinaryField(
                                blank=True, null=True, verbose_name="note, encrypted"
                            ),
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
                                        [
                                            "visit",
                                            "call",
                                            "quote",
                                            "deposit",
                                            "service",
                                            "note",
                                            "message",
                                        ],
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
                        "indexes": [
                            models.Index(fields=["store", "-at"], name="activity_store_newest")
                        ],
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
                                    func="""
        IF ((NEW.note_sealed IS NULL AND EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = (SELECT identity_id FROM customers_customer WHERE id = NEW.customer_id)))
                    OR (substring(NEW.note_sealed FROM 2 FOR 4) <> substring(OLD.note_sealed FROM 2 FOR 4) AND EXISTS (
        SELECT FROM dealers_dealerkey AS k
        WHERE k.dealer_id = NEW.dealer_id AND int4send(k.id::int4) = substring(NEW.note_sealed FROM 2 FOR 4)))) IS NOT TRUE THEN
            RAISE check_violation USING CONSTRAINT = 'activity_note_only_resealed_or_erased', MESSAGE = 'A note is sealed with another key, or erased, and never changes else.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
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
                                    func="""
        IF EXISTS (
                    SELECT FROM added JOIN customers_customer AS c ON c.id = added.customer_id
                    WHERE c.dealer_id <> added.dealer_id) THEN
            RAISE check_violation USING CONSTRAINT = 'activity_card_is_the_dealers', MESSAGE = 'An activity is with a customer of its own dealer.';
        END IF;
        RETURN NULL;
        """,
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
                                    func="""
        IF NOT EXISTS (
                    SELECT FROM customers_activity AS v WHERE v.id = NEW.corrects_id
                    AND (v.customer_id, v.store_id, v.staff_id, v.at)
                        = (NEW.customer_id, NEW.store_id, NEW.staff_id, NEW.at)) THEN
            RAISE check_violation USING CONSTRAINT = 'activity_corrects_the_same_moment', MESSAGE = 'A correction is about the same customer, store, person and moment.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="ab0f8f36a07de0bffa12be0d5e5b13628848cca6",
                                    operation="INSERT",
                                    pgid="pgtrigger_activity_corrects_the_same_moment_67b77",
                                    table="customers_activity",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="activity_about_nobody_erased",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.note_sealed IS NOT NULL)",
                                    func="""
        IF EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = (SELECT identity_id FROM customers_customer WHERE id = NEW.customer_id)) THEN
            RAISE check_violation USING CONSTRAINT = 'activity_about_nobody_erased', MESSAGE = 'Nothing more is written down about who was erased.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="2a264586de87140e161b3b2439348b3de8e47863",
                                    operation="INSERT",
                                    pgid="pgtrigger_activity_about_nobody_erased_e7a8e",
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
                                default=uuid.uuid4,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("hop", models.PositiveSmallIntegerField(verbose_name="attempt")),
                        (
                            "to_owner",
                            models.BooleanField(
                                default=False, verbose_name="to the customer's owner"
                            ),
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
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="contact due at"
                            ),
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
                        (
                            "passed_on_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="Nobody called the customer in time.",
                                null=True,
                                verbose_name="passed on at",
                            ),
                        ),
                        (
                            "pulled",
                            models.BooleanField(
                                default=False, verbose_name="taken by the store itself"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "offer",
                        "verbose_name_plural": "offers",
                        "ordering": ("due_at", "id"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("lead", "hop"), name="offer_once_an_attempt"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("answer", "")),
                                fields=("lead",),
                                name="offer_one_open_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "answer__in",
                                        ["", "accepted", "declined", "missed", "withdrawn"],
                                    )
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
                                        ("answer", "declined"),
                                        models.Q(("reason", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("answer", "declined"), _negated=True),
                                        ("reason", ""),
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
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "offered_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "offered_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "due_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "due_at__lte",
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
                                    (
                                        "contact_due_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "contact_due_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "passed_on_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "passed_on_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "returned_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "returned_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="offer_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("passed_on_at__isnull", True),
                                    models.Q(
                                        ("contact_due_at__isnull", False),
                                        ("passed_on_at", models.F("contact_due_at")),
                                    ),
                                    _connector="OR",
                                ),
                                name="offer_passed_on_when_contact_was_due",
                            ),
                        ],
                        "indexes": [
                            models.Index(fields=["store", "answer", "due_at"], name="offer_inbox"),
                            models.Index(fields=["store", "offered_at"], name="offer_received"),
                            models.Index(
                                condition=models.Q(("answer", "")),
                                fields=["due_at"],
                                name="offer_overdue",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("answer", "accepted"), ("passed_on_at__isnull", True)
                                ),
                                fields=["contact_due_at"],
                                name="offer_contact_due",
                            ),
                        ],
                        "triggers": [
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
                            pgtrigger.compiler.Trigger(
                                name="offer_stays_as_made",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."lead_id" IS DISTINCT FROM (NEW."lead_id") OR OLD."hop" IS DISTINCT FROM (NEW."hop") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."to_owner" IS DISTINCT FROM (NEW."to_owner") OR OLD."by_hand" IS DISTINCT FROM (NEW."by_hand") OR OLD."pulled" IS DISTINCT FROM (NEW."pulled") OR OLD."offered_at" IS DISTINCT FROM (NEW."offered_at") OR OLD."due_at" IS DISTINCT FROM (NEW."due_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="bf348312682f0756984988071b0a822ee6a86f71",
                                    operation="UPDATE",
                                    pgid="pgtrigger_offer_stays_as_made_5dd78",
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
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="end, grace included"
                            ),
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
                                    (
                                        "protected_until__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "protected_until__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "ends_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "ends_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
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
                                    func="""
        IF NOT EXISTS (SELECT FROM customers_ownership WHERE id = NEW.ownership_id
            AND dealer_id = nullif(current_setting('app.dealer_id', true), '')::bigint) THEN
            RAISE insufficient_privilege
            USING CONSTRAINT = 'ownership_event_of_ones_own', MESSAGE = 'This belongs to another dealer.';
        END IF;
        RETURN NULL;
        """,
                                    hash="6afab85bdc60921453015bc9b1319838dc529c61",
                                    operation="INSERT",
                                    pgid="pgtrigger_ownership_event_of_ones_own_388da",
                                    table="customers_ownershipevent",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="ownership_event_is_chained",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        INSERT INTO dealers_fact (dealer_id, kind, first, last, body)
        SELECT dealer, 'ownership', min(id), max(id),
            '{"salt" : "' || replace(gen_random_uuid()::text, '-', '') || '", "told" : ['
            || string_agg(said::text, ',' ORDER BY id) || ']}'
        FROM (
            SELECT told.*,
                (row_number() OVER (PARTITION BY dealer ORDER BY id) - 1) / 200 AS portion
            FROM (
    SELECT o.dealer_id AS dealer, e.id, json_build_object(
        'ownership', o.id, 'card', o.customer_id, 'store', o.store_id, 'event', e.kind,
        'at', e.at, 'recorded', e.recorded_at, 'until', e.protected_until, 'ends', e.ends_at,
        'rulebook', e.rulebook_id, 'rules', book.rules) AS said
    FROM added AS e JOIN customers_ownership AS o ON o.id = e.ownership_id
    LEFT JOIN LATERAL (
        SELECT encode(sha256(convert_to(jsonb_build_object('name', r.name, 'starts_on', r.starts_on, 'protection_days', r.protection_days, 'activity_renews_days', r.activity_renews_days, 'visit_qualifies', r.visit_qualifies, 'sale_renews_days', r.sale_renews_days, 'max_days_without_sale', r.max_days_without_sale, 'grace_days', r.grace_days, 'first_contact_hours', r.first_contact_hours, 'release_after_days', r.release_after_days, 'warning_days', r.warning_days, 'sharing_days', r.sharing_days, 'extension_days', r.extension_days, 'extensions', r.extensions, 'pool_claims_per_day', r.pool_claims_per_day, 'pool_cooldown_days', r.pool_cooldown_days, 'person_cap', r.person_cap, 'store_cap', r.store_cap, 'person_daily_limit', r.person_daily_limit, 'person_minute_limit', r.person_minute_limit, 'store_daily_limit', r.store_daily_limit, 'conflict_percent', r.conflict_percent, 'owner_share', trim_scale(r.owner_share)::text, 'notice_days', r.notice_days, 'answer_mode', r.answer_mode, 'confirmation_hours', r.confirmation_hours)::text, 'UTF8')), 'hex') AS rules FROM customers_rulebook AS r WHERE r.id = e.rulebook_id
    ) AS book ON true
    WHERE e.kind <> 'started' OR e.registration_id IS NULL) AS told
        ) AS counted
        GROUP BY dealer, portion
        ORDER BY min(id);
        RETURN NULL;
        """,
                                    hash="17749f61518cdef7c6790471bf890767e257aae4",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_ownership_event_is_chained_3687b",
                                    referencing="REFERENCING NEW TABLE AS added ",
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "name",
                            models.CharField(max_length=120, unique=True, verbose_name="name"),
                        ),
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
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
                                    ("fraud", "A case was decided: it was a fraud"),
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
                                name="void_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "reason__in",
                                        [
                                            "undone",
                                            "wrong_number",
                                            "not_asked",
                                            "returned",
                                            "tried",
                                            "fraud",
                                        ],
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
                                    func="""
        IF EXISTS (
                    SELECT FROM added JOIN customers_registration AS r
                        ON r.id = added.registration_id
                    WHERE r.answer = 'yours_already') THEN
            RAISE check_violation USING CONSTRAINT = 'void_is_of_no_visit', MESSAGE = 'A visit won nothing that could be taken back.';
        END IF;
        RETURN NULL;
        """,
                                    hash="672ab9841512ae8e98aee4bb38e3cf0b04312439",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_void_is_of_no_visit_cb0a1",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="customers_void",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="void_is_chained",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        INSERT INTO dealers_fact (dealer_id, kind, first, last, body)
        SELECT dealer, 'void', min(id), max(id),
            '{"salt" : "' || replace(gen_random_uuid()::text, '-', '') || '", "told" : ['
            || string_agg(said::text, ',' ORDER BY id) || ']}'
        FROM (
            SELECT told.*,
                (row_number() OVER (PARTITION BY dealer ORDER BY id) - 1) / 200 AS portion
            FROM (
                SELECT r.dealer_id AS dealer, v.id, json_build_object(
                    'receipt', r.receipt, 'reason', v.reason, 'role', v.role, 'at', v.at,
                    'recorded', v.recorded_at,
                    'person', CASE WHEN v.reason <> 'fraud' THEN v.voided_by_id END) AS said
                FROM added AS v JOIN customers_registration AS r ON r.id = v.registration_id) AS told
        ) AS counted
        GROUP BY dealer, portion
        ORDER BY min(id);
        RETURN NULL;
        """,
                                    hash="bc80d843e47d1e42bb2f2d3df350eb52a303b946",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_void_is_chained_99152",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="customers_void",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Waiting",
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
                        ("stood_at", models.DateTimeField(verbose_name="in line since")),
                        (
                            "tried_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="passed over at"
                            ),
                        ),
                        (
                            "ended_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="in line until"
                            ),
                        ),
                        (
                            "ended",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("served", "It was this store's turn"),
                                    ("owned", "The dealer got the customer otherwise"),
                                    ("left", "The store left the line"),
                                ],
                                max_length=6,
                                verbose_name="how it ended",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="waiting",
                                to="customers.customer",
                                verbose_name="customer",
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
                            "identity",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="waiting",
                                to="customers.identity",
                                verbose_name="identity",
                            ),
                        ),
                        (
                            "registration",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="waiting",
                                to="customers.registration",
                                verbose_name="registration",
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
                    ],
                    options={
                        "verbose_name": "place in line",
                        "verbose_name_plural": "places in line",
                        "ordering": ("registration_id",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "stood_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "stood_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "tried_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "tried_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "ended_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "ended_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="waiting_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=("identity", "store"),
                                name="waiting_one_place_a_store_and_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended", ""), ("ended_at__isnull", True)),
                                    models.Q(
                                        ("ended__in", ["served", "owned", "left"]),
                                        ("ended_at__gte", models.F("stood_at")),
                                    ),
                                    _connector="OR",
                                ),
                                name="waiting_says_how_it_ended",
                            ),
                            dealers.constraints.TogetherForeignKey(
                                fields=("customer", "dealer", "identity"),
                                name="waiting_card_is_the_dealers",
                                to="customers.Customer",
                                to_fields=("id", "dealer", "identity"),
                            ),
                            dealers.constraints.TogetherForeignKey(
                                fields=("store", "dealer"),
                                name="waiting_store_is_the_dealers",
                                to="dealers.Store",
                                to_fields=("id", "dealer"),
                                violation_error_message="The store belongs to another dealer.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="waiting_only_ends",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."registration_id" IS DISTINCT FROM (NEW."registration_id") OR OLD."identity_id" IS DISTINCT FROM (NEW."identity_id") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."stood_at" IS DISTINCT FROM (NEW."stood_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="a0121c85453f9b8bf48c74c46fc3b9ee67a43273",
                                    operation="UPDATE",
                                    pgid="pgtrigger_waiting_only_ends_0d2ae",
                                    table="customers_waiting",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="waiting_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="9a4e123a2f00e775a45805e087d8675f773aed41",
                                    operation="DELETE",
                                    pgid="pgtrigger_waiting_never_deleted_242e6",
                                    table="customers_waiting",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="waiting_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="2717dd219c4cd263ae377c5419ff722ed723f1d7",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_waiting_never_emptied_d0380",
                                    table="customers_waiting",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Consent",
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
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("service", "Service and contact by the store"),
                                    ("offers", "Offers"),
                                    ("brand", "Sharing with the brand"),
                                ],
                                max_length=10,
                                verbose_name="purpose",
                            ),
                        ),
                        ("withdrawn", models.BooleanField(default=False, verbose_name="withdrawn")),
                        (
                            "text_version",
                            models.CharField(
                                default="2026-2", max_length=20, verbose_name="consent text version"
                            ),
                        ),
                        (
                            "channel",
                            models.CharField(
                                choices=[
                                    ("capture", "At the counter"),
                                    ("import", "File import"),
                                    ("history", "First load of the past"),
                                    ("dispatch", "Dispatch"),
                                    ("page", "The store's page"),
                                    ("confirmed", "Confirmed by the customer"),
                                    ("self", "The person's own page"),
                                ],
                                max_length=10,
                                verbose_name="channel",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="recorded at"
                            ),
                        ),
                        ("evidence", models.CharField(max_length=40, verbose_name="evidence")),
                        (
                            "customer",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="consents",
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="consents",
                                to="customers.identity",
                                verbose_name="identity",
                            ),
                        ),
                        (
                            "registration",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="consents",
                                to="customers.registration",
                                verbose_name="registration",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "consent",
                        "verbose_name_plural": "consents",
                        "ordering": ("-at", "-id"),
                        "indexes": [
                            models.Index(
                                fields=["customer", "purpose", "-id"], name="consent_last_word"
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
                                name="consent_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("purpose__in", ["service", "offers", "brand"])),
                                name="consent_purpose_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("evidence", ""), _negated=True),
                                name="consent_has_evidence",
                            ),
                            dealers.constraints.TogetherForeignKey(
                                fields=("customer", "dealer", "identity"),
                                name="consent_card_is_the_dealers",
                                to="customers.Customer",
                                to_fields=("id", "dealer", "identity"),
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "channel__in",
                                        [
                                            "capture",
                                            "import",
                                            "history",
                                            "dispatch",
                                            "page",
                                            "confirmed",
                                            "self",
                                        ],
                                    )
                                ),
                                name="consent_channel_is_known",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="consent_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="5b25bc9c31d9f2135936621a3a8d4854a5592f2e",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_consent_only_added_256e1",
                                    table="customers_consent",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="consent_kept",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="f08c3f1505d8132b4f92358c8b1280528bf08dc2",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_consent_kept_7f525",
                                    table="customers_consent",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PageEntry",
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
                        ("contact", models.BinaryField(verbose_name="name and number, encrypted")),
                        (
                            "offers",
                            models.BooleanField(default=False, verbose_name="consent to offers"),
                        ),
                        (
                            "brand",
                            models.BooleanField(
                                default=False, verbose_name="consent to sharing with the brand"
                            ),
                        ),
                        (
                            "text_version",
                            models.CharField(
                                default="2026-2", max_length=20, verbose_name="consent text version"
                            ),
                        ),
                        ("evidence", models.CharField(max_length=40, verbose_name="evidence")),
                        ("received_at", models.DateTimeField(verbose_name="received at")),
                        (
                            "answered_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="answered at"),
                        ),
                        (
                            "registration",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="page_entry",
                                to="customers.registration",
                                verbose_name="registration",
                            ),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="page_entries",
                                to="dealers.store",
                                verbose_name="store",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "entry of a store's page",
                        "verbose_name_plural": "entries of stores' pages",
                        "ordering": ("-received_at",),
                        "indexes": [
                            models.Index(fields=["received_at"], name="page_entry_by_time")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "received_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "received_at__lte",
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
                                name="page_entry_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("answered_at__isnull", True),
                                        ("registration__isnull", True),
                                    ),
                                    models.Q(
                                        ("answered_at__isnull", False),
                                        ("contact", b""),
                                        ("registration__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="page_entry_answered_keeps_no_contact",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="page_entry_stays_what_was_said",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."offers" IS DISTINCT FROM (NEW."offers") OR OLD."brand" IS DISTINCT FROM (NEW."brand") OR OLD."text_version" IS DISTINCT FROM (NEW."text_version") OR OLD."evidence" IS DISTINCT FROM (NEW."evidence") OR OLD."received_at" IS DISTINCT FROM (NEW."received_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="5d47634ab308074a7399658d10ab569679a1db70",
                                    operation="UPDATE",
                                    pgid="pgtrigger_page_entry_stays_what_was_said_dd845",
                                    table="customers_pageentry",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Case",
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
                                default=customers.models.cases.new_code,
                                max_length=12,
                                unique=True,
                                verbose_name="number",
                            ),
                        ),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("dealer", "Opened by a dealer"),
                                    ("hq", "Opened by headquarters"),
                                    ("sensor", "Headquarters touched a protected customer"),
                                ],
                                max_length=8,
                                verbose_name="opened",
                            ),
                        ),
                        ("since", models.DateTimeField(verbose_name="in dispute since")),
                        ("opened_at", models.DateTimeField(verbose_name="opened at")),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="recorded at"
                            ),
                        ),
                        (
                            "stage",
                            models.CharField(
                                choices=[
                                    ("evidence", "Both sides bring evidence"),
                                    ("review", "Somebody uninvolved decides"),
                                    ("decided", "Decided, an appeal is possible"),
                                    ("appeal", "Decided anew after an appeal"),
                                    ("closed", "Closed"),
                                ],
                                default="evidence",
                                max_length=8,
                                verbose_name="stage",
                            ),
                        ),
                        ("evidence_until", models.DateTimeField(verbose_name="evidence until")),
                        (
                            "decide_by",
                            models.DateTimeField(blank=True, null=True, verbose_name="decision by"),
                        ),
                        (
                            "appeal_until",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="appeal until"
                            ),
                        ),
                        (
                            "final_by",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="final decision by"
                            ),
                        ),
                        (
                            "closed_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="closed at"),
                        ),
                        (
                            "left_paid",
                            models.PositiveIntegerField(
                                default=0, verbose_name="orders of closed months"
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
                                verbose_name="opened by",
                            ),
                        ),
                        (
                            "identity",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cases",
                                to="customers.identity",
                                verbose_name="identity",
                            ),
                        ),
                        (
                            "order",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="customers.order",
                                verbose_name="order",
                            ),
                        ),
                        (
                            "reviewer",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="decides",
                            ),
                        ),
                        (
                            "closing_recorded_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="closing recorded at"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "case",
                        "verbose_name_plural": "cases",
                        "ordering": ("-opened_at", "-id"),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("stage", "closed"), _negated=True),
                                fields=["evidence_until"],
                                name="case_running",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("source__in", ["dealer", "hq", "sensor"])),
                                name="case_source_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decide_by__isnull", True), ("stage", "evidence")),
                                    models.Q(
                                        ("appeal_until__isnull", True),
                                        ("decide_by__isnull", False),
                                        ("stage", "review"),
                                    ),
                                    models.Q(
                                        ("appeal_until__isnull", False),
                                        ("final_by__isnull", True),
                                        ("stage", "decided"),
                                    ),
                                    models.Q(("final_by__isnull", False), ("stage", "appeal")),
                                    models.Q(
                                        ("appeal_until__isnull", False),
                                        ("closed_at__isnull", False),
                                        ("stage", "closed"),
                                    ),
                                    _connector="OR",
                                ),
                                name="case_stage_has_its_deadline",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at__isnull", False), ("stage", "closed")),
                                    models.Q(
                                        models.Q(("stage", "closed"), _negated=True),
                                        ("closed_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="case_is_closed_at_a_moment",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("stage", "closed"), _negated=True),
                                fields=("identity",),
                                name="case_one_running_for_a_person",
                            ),
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
                                    (
                                        "evidence_until__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "evidence_until__lte",
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
                                        "appeal_until__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "appeal_until__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "final_by__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "final_by__lte",
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
                                    (
                                        "closing_recorded_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "closing_recorded_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="case_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="case_stays_as_opened",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."identity_id" IS DISTINCT FROM (NEW."identity_id") OR OLD."since" IS DISTINCT FROM (NEW."since") OR OLD."order_id" IS DISTINCT FROM (NEW."order_id") OR OLD."opened_at" IS DISTINCT FROM (NEW."opened_at") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id") OR OLD."evidence_until" IS DISTINCT FROM (NEW."evidence_until"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="0eb878c56461d9e7421a710dbc9dd938ac736f16",
                                    operation="UPDATE",
                                    pgid="pgtrigger_case_stays_as_opened_57bd6",
                                    table="customers_case",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="case_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="23d10b213aa301c81ceffa8ddec9aeaa7d96b7e1",
                                    operation="DELETE",
                                    pgid="pgtrigger_case_never_deleted_b4e86",
                                    table="customers_case",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="case_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="117ac9143d30e55115b1ba83468d886779f34468",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_case_never_emptied_11677",
                                    table="customers_case",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="case_closed_stays_closed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.\"stage\" = 'closed')",
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="a138d3f03bfe2c6aa237195166916d5d3a416bb0",
                                    operation="UPDATE",
                                    pgid="pgtrigger_case_closed_stays_closed_92832",
                                    table="customers_case",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseEvidence",
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
                            "side",
                            models.CharField(
                                choices=[("A", "A"), ("B", "B")], max_length=1, verbose_name="side"
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("statement", "What happened"),
                                    ("image", "Picture"),
                                    ("pdf", "PDF"),
                                    ("appeal", "Why the decision is wrong"),
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
                            "case",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="evidence",
                                to="customers.case",
                                verbose_name="case",
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
                            "identity",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="customers.identity",
                                verbose_name="identity",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "evidence",
                        "verbose_name_plural": "evidence",
                        "ordering": ("case_id", "side", "number"),
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
                                name="case_evidence_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("case", "side", "number"),
                                name="case_evidence_numbered_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "appeal")),
                                fields=("case",),
                                name="case_appealed_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["statement", "image", "pdf", "appeal"])
                                ),
                                name="case_evidence_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind__in", ["statement", "appeal"]), ("size", 0)),
                                    models.Q(("kind__in", ["image", "pdf"]), ("size__gt", 0)),
                                    _connector="OR",
                                ),
                                name="case_evidence_is_a_text_or_a_file",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="case_evidence_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."case_id" IS DISTINCT FROM (NEW."case_id") OR OLD."side" IS DISTINCT FROM (NEW."side") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."identity_id" IS DISTINCT FROM (NEW."identity_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."size" IS DISTINCT FROM (NEW."size") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id") OR OLD."at" IS DISTINCT FROM (NEW."at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="a7dfc920117dd7308f7f30fdd5f9a986226a104f",
                                    operation="UPDATE",
                                    pgid="pgtrigger_case_evidence_only_added_84ac7",
                                    table="customers_caseevidence",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="case_evidence_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="ee9369bab9668d3b4ce91724872a9391016c79a3",
                                    operation="DELETE",
                                    pgid="pgtrigger_case_evidence_never_deleted_3c87b",
                                    table="customers_caseevidence",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="case_evidence_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="4aa153783d670431a18ae282f13454d058dd976c",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_case_evidence_never_emptied_dd8cd",
                                    table="customers_caseevidence",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="case_text_only_resealed_or_erased",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.text_sealed IS DISTINCT FROM NEW.text_sealed)",
                                    func="""
        IF ((NEW.text_sealed IS NULL AND EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id))
                        OR (substring(NEW.text_sealed FROM 2 FOR 4) <> substring(OLD.text_sealed FROM 2 FOR 4) AND EXISTS (
        SELECT FROM dealers_dealerkey AS k
        WHERE k.dealer_id = NEW.dealer_id AND int4send(k.id::int4) = substring(NEW.text_sealed FROM 2 FOR 4)))) IS NOT TRUE THEN
            RAISE check_violation USING CONSTRAINT = 'case_text_only_resealed_or_erased', MESSAGE = 'Evidence is sealed with another key, or erased, and never changes else.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="d7537218539abd1e73a46d9feb18ef1a32fdf7b5",
                                    operation="UPDATE",
                                    pgid="pgtrigger_case_text_only_resealed_or_erased_2f828",
                                    table="customers_caseevidence",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="case_file_only_resealed_or_erased",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.file_sealed IS DISTINCT FROM NEW.file_sealed)",
                                    func="""
        IF ((NEW.file_sealed IS NULL AND EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id))
                        OR (substring(NEW.file_sealed FROM 2 FOR 4) <> substring(OLD.file_sealed FROM 2 FOR 4) AND EXISTS (
        SELECT FROM dealers_dealerkey AS k
        WHERE k.dealer_id = NEW.dealer_id AND int4send(k.id::int4) = substring(NEW.file_sealed FROM 2 FOR 4)))) IS NOT TRUE THEN
            RAISE check_violation USING CONSTRAINT = 'case_file_only_resealed_or_erased', MESSAGE = 'Evidence is sealed with another key, or erased, and never changes else.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="32ea774838300343563516b295902ffdd0b3536b",
                                    operation="UPDATE",
                                    pgid="pgtrigger_case_file_only_resealed_or_erased_f9a4e",
                                    table="customers_caseevidence",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="case_evidence_about_nobody_erased",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.text_sealed IS NOT NULL OR NEW.file_sealed IS NOT NULL)",
                                    func="""
        IF EXISTS (SELECT FROM customers_erasure AS e WHERE e.identity_id = NEW.identity_id) THEN
            RAISE check_violation USING CONSTRAINT = 'case_evidence_about_nobody_erased', MESSAGE = 'Nothing more is written down about who was erased.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="08ccf57f80c8c7b5aa0a9f735d192f32acb99c66",
                                    operation="INSERT",
                                    pgid="pgtrigger_case_evidence_about_nobody_erased_8567c",
                                    table="customers_caseevidence",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseProposal",
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
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("keep", "The customer stays with A"),
                                    ("move", "The customer goes to B"),
                                    ("split", "The money is shared, the customer stays with A"),
                                    ("void", "A's registration is void for fraud"),
                                ],
                                max_length=5,
                                verbose_name="outcome",
                            ),
                        ),
                        (
                            "share",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=7,
                                null=True,
                                verbose_name="share of A",
                            ),
                        ),
                        ("facts", models.JSONField(verbose_name="facts")),
                        ("rules", models.JSONField(verbose_name="rules")),
                        (
                            "turns",
                            models.JSONField(
                                blank=True, null=True, verbose_name="what would turn it"
                            ),
                        ),
                        (
                            "precedents",
                            models.JSONField(default=list, verbose_name="similar cases"),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "case",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proposal",
                                to="customers.case",
                                verbose_name="case",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "proposal",
                        "verbose_name_plural": "proposals",
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
                                name="case_proposal_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("outcome__in", ["keep", "move", "split", "void"])
                                ),
                                name="case_proposal_outcome_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("outcome", "split"),
                                        ("share__gte", 0),
                                        ("share__isnull", False),
                                        ("share__lte", 1),
                                    ),
                                    models.Q(
                                        models.Q(("outcome", "split"), _negated=True),
                                        ("share__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="case_proposal_shares_a_split",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="case_proposal_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="98a5143067abb1477b569eb0faa1df7275f65423",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_case_proposal_only_added_60b17",
                                    table="customers_caseproposal",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="case_proposal_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="5e4f782d27f9c8d472e96d981a7258ab1eb6e800",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_case_proposal_never_emptied_031af",
                                    table="customers_caseproposal",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseReview",
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
                        ("instance", models.PositiveSmallIntegerField(verbose_name="instance")),
                        ("at", models.DateTimeField(verbose_name="asked at")),
                        (
                            "left_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="stepped aside at"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reviews",
                                to="customers.case",
                                verbose_name="case",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "review",
                        "verbose_name_plural": "reviews",
                        "ordering": ("case_id", "at", "id"),
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
                                        "left_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "left_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="case_review_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("case", "user"), name="case_reviewer_asked_once"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="case_review_stays_as_asked",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."case_id" IS DISTINCT FROM (NEW."case_id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."instance" IS DISTINCT FROM (NEW."instance") OR OLD."at" IS DISTINCT FROM (NEW."at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="cdbebb08873de77973b611c1bf6ef346b82232ee",
                                    operation="UPDATE",
                                    pgid="pgtrigger_case_review_stays_as_asked_7eed6",
                                    table="customers_casereview",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="case_review_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="26f70afa6d703c3728ab92e5171c7053911ac577",
                                    operation="DELETE",
                                    pgid="pgtrigger_case_review_never_deleted_fe1a3",
                                    table="customers_casereview",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="case_review_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="fa0851702924c892c6e27a03c0a0b26ba00b16d1",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_case_review_never_emptied_f940d",
                                    table="customers_casereview",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseRuling",
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
                        ("instance", models.PositiveSmallIntegerField(verbose_name="instance")),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("keep", "The customer stays with A"),
                                    ("move", "The customer goes to B"),
                                    ("split", "The money is shared, the customer stays with A"),
                                    ("void", "A's registration is void for fraud"),
                                ],
                                max_length=5,
                                verbose_name="outcome",
                            ),
                        ),
                        (
                            "share",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=7,
                                null=True,
                                verbose_name="share of A",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(blank=True, max_length=1000, verbose_name="reason"),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
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
                                verbose_name="decided by",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rulings",
                                to="customers.case",
                                verbose_name="case",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "ruling",
                        "verbose_name_plural": "rulings",
                        "ordering": ("case_id", "instance"),
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
                                name="case_ruling_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("case", "instance"), name="case_ruled_once_an_instance"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("instance__in", [1, 2])),
                                name="case_ruling_is_of_an_instance",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("outcome__in", ["keep", "move", "split", "void"])
                                ),
                                name="case_ruling_outcome_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("by__isnull", True),
                                    models.Q(("reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="case_ruling_by_a_person_has_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("outcome", "split"),
                                        ("share__gte", 0),
                                        ("share__isnull", False),
                                        ("share__lte", 1),
                                    ),
                                    models.Q(
                                        models.Q(("outcome", "split"), _negated=True),
                                        ("share__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="case_ruling_shares_a_split",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="case_ruling_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="ec74ba26be9b7d761ab9f616c74e01c8ee32512a",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_case_ruling_only_added_77cd4",
                                    table="customers_caseruling",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="case_ruling_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="418200da46a89b93965eff75ecf4bf5855a322f4",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_case_ruling_never_emptied_3abf2",
                                    table="customers_caseruling",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="case_ruling_is_chained",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        INSERT INTO dealers_fact (dealer_id, kind, first, last, body)
        SELECT dealer, 'ruling', min(id), max(id),
            '{"salt" : "' || replace(gen_random_uuid()::text, '-', '') || '", "told" : ['
            || string_agg(said::text, ',' ORDER BY id) || ']}'
        FROM (
            SELECT told.*,
                (row_number() OVER (PARTITION BY dealer ORDER BY id) - 1) / 200 AS portion
            FROM (
                SELECT s.dealer_id AS dealer, r.id, json_build_object(
                    'case', c.code, 'side', s.side, 'instance', r.instance, 'outcome', r.outcome,
                    'share', r.share, 'silence', r.by_id IS NULL, 'at', r.at,
                    'recorded', r.recorded_at,
                    'reason', encode(sha256(convert_to(r.reason, 'UTF8')), 'hex')) AS said
                FROM added AS r JOIN customers_case AS c ON c.id = r.case_id
                JOIN customers_caseside AS s ON s.case_id = r.case_id) AS told
        ) AS counted
        GROUP BY dealer, portion
        ORDER BY min(id);
        RETURN NULL;
        """,
                                    hash="c80f9c9e5755f59b378e3fbabc8d9b2550e1ccad",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_case_ruling_is_chained_7abbf",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="customers_caseruling",
                                    when="AFTER",
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
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "version",
                            models.PositiveSmallIntegerField(default=1, verbose_name="version"),
                        ),
                        (
                            "holder",
                            models.CharField(
                                choices=[
                                    ("owner", "Owner"),
                                    ("seller", "Seller"),
                                    ("nobody", "Nobody"),
                                ],
                                max_length=6,
                                verbose_name="holder",
                            ),
                        ),
                        (
                            "share",
                            models.DecimalField(
                                decimal_places=6, max_digits=9, verbose_name="share"
                            ),
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
                                    ("ruling", "A case was decided"),
                                ],
                                max_length=8,
                                verbose_name="cause",
                            ),
                        ),
                        ("recorded_at", models.DateTimeField(verbose_name="recorded at")),
                        ("ordered_at", models.DateTimeField(verbose_name="ordered at")),
                        ("quantity", models.PositiveIntegerField(verbose_name="quantity")),
                        ("signed_net", models.DecimalField(verbose_name="net, less returns")),
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
                        (
                            "ruling",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attributions",
                                to="customers.caseruling",
                                verbose_name="ruling",
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
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "ordered_at__lte",
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
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("cause", "ruling"), ("ruling__isnull", False)),
                                    models.Q(
                                        models.Q(("cause", "ruling"), _negated=True),
                                        ("ruling__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="attribution_by_a_ruling_names_it",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("holder__in", ["owner", "nobody"]),
                                        ("ownership__isnull", False),
                                    ),
                                    models.Q(("holder", "seller"), ("ownership__isnull", True)),
                                    models.Q(("holder", "nobody"), ("share", 0)),
                                    _connector="OR",
                                ),
                                name="attribution_owner_has_an_ownership",
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
                                    func="""
                IF (SELECT count(*) FROM (
    SELECT FROM customers_attribution AS a
    WHERE (a.order_id, a.version) IN (SELECT order_id, version FROM given)
    GROUP BY a.order_id, a.version HAVING sum(a.share) <> 1) AS found) > 0 THEN
                    RAISE check_violation USING CONSTRAINT = 'attribution_shares_total_one',
                        MESSAGE = 'The shares of an order total 100 %, in one statement.';
                END IF;
                IF EXISTS (
                    SELECT FROM given AS g LEFT JOIN customers_order AS o ON o.id = g.order_id
                    WHERE (g.sale_id, g.ordered_at, g.quantity, g.signed_net) IS DISTINCT FROM
                        (o.sale_id, o.ordered_at, o.quantity, o.signed_net)
                ) THEN
                    RAISE check_violation USING CONSTRAINT = 'attribution_repeats_its_order',
                        MESSAGE = 'An attribution repeats what its order says.';
                END IF;
                IF EXISTS (
                    SELECT FROM given AS g WHERE g.version > 1 AND NOT EXISTS (
                        SELECT FROM customers_attribution AS a
                        WHERE a.order_id = g.order_id AND a.version = g.version - 1
                            AND a.recorded_at <= g.recorded_at)
                ) THEN
                    RAISE check_violation USING CONSTRAINT = 'attribution_supersedes_one_before',
                        MESSAGE = 'An attribution supersedes the one before it.';
                END IF;
                RETURN NULL;
                """,
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
                    name="CaseSide",
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
                            "side",
                            models.CharField(
                                choices=[("A", "A"), ("B", "B")], max_length=1, verbose_name="side"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sides",
                                to="customers.case",
                                verbose_name="case",
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
                            "ownership",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="customers.ownership",
                                verbose_name="ownership",
                            ),
                        ),
                        (
                            "registration",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="customers.registration",
                                verbose_name="registration",
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
                    ],
                    options={
                        "verbose_name": "side of a case",
                        "verbose_name_plural": "sides of cases",
                        "ordering": ("case_id", "side"),
                        "constraints": [
                            models.UniqueConstraint(fields=("case", "side"), name="case_side_once"),
                            models.UniqueConstraint(
                                fields=("case", "dealer"), name="case_between_two_dealers"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ownership__isnull", False), ("side", "A")),
                                    models.Q(("ownership__isnull", True), ("side", "B")),
                                    _connector="OR",
                                ),
                                name="case_side_a_owns",
                            ),
                            dealers.constraints.TogetherForeignKey(
                                fields=("store", "dealer"),
                                name="case_side_store_is_the_dealers",
                                to="dealers.Store",
                                to_fields=("id", "dealer"),
                                violation_error_message="The store belongs to another dealer.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="case_side_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="d80118f2b2f49c95330a51480f7d179a60b1c0ce",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_case_side_only_added_412dc",
                                    table="customers_caseside",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="case_side_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="149304581df9a4f78018b7694ec3eeb139140b46",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_case_side_never_emptied_10f02",
                                    table="customers_caseside",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Precedent",
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
                            models.CharField(max_length=12, unique=True, verbose_name="number"),
                        ),
                        ("month", models.DateField(verbose_name="closed in")),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("dealer", "Opened by a dealer"),
                                    ("hq", "Opened by headquarters"),
                                    ("sensor", "Headquarters touched a protected customer"),
                                ],
                                max_length=8,
                                verbose_name="opened",
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("keep", "The customer stays with A"),
                                    ("move", "The customer goes to B"),
                                    ("split", "The money is shared, the customer stays with A"),
                                    ("void", "A's registration is void for fraud"),
                                ],
                                max_length=5,
                                verbose_name="outcome",
                            ),
                        ),
                        (
                            "share",
                            models.DecimalField(
                                blank=True,
                                decimal_places=6,
                                max_digits=7,
                                null=True,
                                verbose_name="share of A",
                            ),
                        ),
                        ("rules", models.JSONField(verbose_name="rules")),
                        (
                            "evidence_a",
                            models.PositiveSmallIntegerField(
                                blank=True, null=True, verbose_name="evidence of A"
                            ),
                        ),
                        (
                            "evidence_b",
                            models.PositiveSmallIntegerField(
                                blank=True, null=True, verbose_name="evidence of B"
                            ),
                        ),
                        ("as_proposed", models.BooleanField(verbose_name="as the rules proposed")),
                        ("by_silence", models.BooleanField(verbose_name="by silence")),
                        ("appealed", models.BooleanField(verbose_name="after an appeal")),
                    ],
                    options={
                        "verbose_name": "precedent",
                        "verbose_name_plural": "precedents",
                        "ordering": (models.OrderBy(models.F("month"), descending=True), "code"),
                        "indexes": [
                            models.Index(fields=["outcome", "-month"], name="precedent_outcome")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("month__gte", datetime.date(1990, 1, 1)),
                                    ("month__lte", datetime.date(2200, 1, 1)),
                                ),
                                name="precedent_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("month__day", 1)),
                                name="precedent_month_is_a_first_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("outcome", "split"),
                                        ("share__gte", 0),
                                        ("share__isnull", False),
                                        ("share__lte", 1),
                                    ),
                                    models.Q(
                                        models.Q(("outcome", "split"), _negated=True),
                                        ("share__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="precedent_shares_a_split",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="precedent_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="877442bb14027690e634a5b504a500e3c2d5c026",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_precedent_only_added_e362c",
                                    table="customers_precedent",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="precedent_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="e9cecee724fd7677697f11ed4ed43dddf409155e",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_precedent_never_emptied_b3c74",
                                    table="customers_precedent",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Release",
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
                            "reason",
                            models.CharField(
                                choices=[
                                    ("moved_away", "Moved away"),
                                    ("uninterested", "Does not want anything from us"),
                                    ("elsewhere", "Would rather go to another store"),
                                    ("no_time", "We cannot look after them"),
                                ],
                                max_length=12,
                                verbose_name="reason",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                        ("effective_at", models.DateTimeField(verbose_name="takes effect at")),
                        (
                            "cancelled_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="taken back at"
                            ),
                        ),
                        (
                            "done_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="done at"),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="released by",
                            ),
                        ),
                        (
                            "cancelled_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="taken back by",
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
                        (
                            "ownership",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="releases",
                                to="customers.ownership",
                                verbose_name="ownership",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "release",
                        "verbose_name_plural": "releases",
                        "ordering": ("-at", "-id"),
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("cancelled_at__isnull", True), ("done_at__isnull", True)
                                ),
                                fields=["effective_at"],
                                name="release_due",
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
                                        "cancelled_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "cancelled_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "done_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "done_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="release_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "reason__in",
                                        ["moved_away", "uninterested", "elsewhere", "no_time"],
                                    )
                                ),
                                name="release_reason_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("effective_at__gt", models.F("at"))),
                                name="release_is_told_before",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("cancelled_at__isnull", True),
                                        ("cancelled_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("cancelled_at__isnull", False),
                                        ("cancelled_by__isnull", False),
                                        ("done_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="release_taken_back_or_done",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("cancelled_at__isnull", True), ("done_at__isnull", True)
                                ),
                                fields=("ownership",),
                                name="release_once_at_a_time",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="release_stays_what_was_said",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."ownership_id" IS DISTINCT FROM (NEW."ownership_id") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."effective_at" IS DISTINCT FROM (NEW."effective_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="0232675130bb1b7825c5c992d647f647660dccb8",
                                    operation="UPDATE",
                                    pgid="pgtrigger_release_stays_what_was_said_6c46d",
                                    table="customers_release",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="release_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="0c6efe95ddd41500325c866d4d455469b1f01cc5",
                                    operation="DELETE",
                                    pgid="pgtrigger_release_never_deleted_20a47",
                                    table="customers_release",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="releases_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="baffa2aa69c1fe38eae32e557d0bfa3bb06021a7",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_releases_never_emptied_57b60",
                                    table="customers_release",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="release_is_of_its_ownership",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF EXISTS (
            SELECT FROM added JOIN customers_ownership AS o ON o.id = added.ownership_id
            WHERE o.dealer_id <> added.dealer_id) THEN
            RAISE check_violation USING CONSTRAINT = 'release_is_of_its_ownership', MESSAGE = 'What becomes of an ownership is told to its own dealer.';
        END IF;
        RETURN NULL;
        """,
                                    hash="57f9c7c4079cc50f36bef9001e13e4cf1597d858",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_release_is_of_its_ownership_08344",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="customers_release",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlantedNumber",
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
                            "planted_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="at"
                            ),
                        ),
                        (
                            "ended_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="ended at"),
                        ),
                        (
                            "identity",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="planted",
                                to="customers.identity",
                                verbose_name="identity",
                            ),
                        ),
                        (
                            "planted_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "planted number",
                        "verbose_name_plural": "planted numbers",
                        "ordering": ("-planted_at", "-id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "planted_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "planted_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "ended_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "ended_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="planted_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="planted_stays_what_it_is",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."identity_id" IS DISTINCT FROM (NEW."identity_id") OR OLD."planted_by_id" IS DISTINCT FROM (NEW."planted_by_id") OR OLD."planted_at" IS DISTINCT FROM (NEW."planted_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="7ea3705910e9ac93c1151db6c6e5937dcfd1fba2",
                                    operation="UPDATE",
                                    pgid="pgtrigger_planted_stays_what_it_is_51f14",
                                    table="customers_plantednumber",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Retention",
                    fields=[
                        (
                            "id",
                            models.PositiveSmallIntegerField(
                                default=1, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "idle_months",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                default=24,
                                help_text="People with whom no store had anything to do for so long are erased each night. Empty: nobody is.",
                                null=True,
                                validators=[django.core.validators.MinValueValidator(6)],
                                verbose_name="months without dealings",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "retention",
                        "verbose_name_plural": "retention",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("id", 1)), name="retention_is_one_row"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("idle_months__isnull", True),
                                    ("idle_months__gte", 6),
                                    _connector="OR",
                                ),
                                name="retention_is_long_enough",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="retention_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="90c9e0d3ae8b701ff8c94207911417a2d0c15a1a",
                                    operation="DELETE",
                                    pgid="pgtrigger_retention_never_deleted_5acd6",
                                    table="customers_retention",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="retention_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="5d53b3a633e037ceb80cbb70a703024a1de7c789",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_retention_never_emptied_1c0ff",
                                    table="customers_retention",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RulebookTrial",
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
                        ("asked_at", models.DateTimeField(verbose_name="tested at")),
                        ("since", models.DateTimeField(verbose_name="since")),
                        ("done", models.PositiveIntegerField(default=0, verbose_name="done")),
                        ("total", models.PositiveIntegerField(default=0, verbose_name="of")),
                        (
                            "finished_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="finished at"),
                        ),
                        (
                            "compared",
                            models.PositiveIntegerField(
                                default=0, verbose_name="registrations compared"
                            ),
                        ),
                        (
                            "left_out",
                            models.PositiveIntegerField(
                                default=0, verbose_name="registrations left out"
                            ),
                        ),
                        (
                            "changed",
                            models.PositiveIntegerField(
                                default=0, verbose_name="answers that change"
                            ),
                        ),
                        (
                            "dealers",
                            models.JSONField(blank=True, default=list, verbose_name="dealers"),
                        ),
                        ("lines", models.JSONField(blank=True, default=list, verbose_name="lines")),
                        (
                            "asked_by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="tested by",
                            ),
                        ),
                        (
                            "rulebook",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="trials",
                                to="customers.rulebook",
                                verbose_name="rulebook",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "trial of a rulebook",
                        "verbose_name_plural": "trials of rulebooks",
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
                                name="rulebook_trial_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="rulebook_trial_stays_asked",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."rulebook_id" IS DISTINCT FROM (NEW."rulebook_id") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."since" IS DISTINCT FROM (NEW."since"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="95b06525ec82bb8dcec17b2aba23b68490830d82",
                                    operation="UPDATE",
                                    pgid="pgtrigger_rulebook_trial_stays_asked_6ef1d",
                                    table="customers_rulebooktrial",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="rulebook_trial_stays_found",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF OLD.finished_at IS NOT NULL THEN
            RAISE check_violation USING CONSTRAINT = 'rulebook_trial_stays_found', MESSAGE = 'What a trial has found stays.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="febe9726d0108e764d860bb69ba611c50aa1cc32",
                                    operation="UPDATE",
                                    pgid="pgtrigger_rulebook_trial_stays_found_a32ab",
                                    table="customers_rulebooktrial",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DispatchTerms",
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
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("starts_on", models.DateField(verbose_name="applies from")),
                        (
                            "answer_hours",
                            models.PositiveIntegerField(
                                default=2,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(9),
                                ],
                                verbose_name="answered within, working hours",
                            ),
                        ),
                        (
                            "contact_hours",
                            models.PositiveIntegerField(
                                default=24,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(720),
                                ],
                                verbose_name="customer called within, hours",
                            ),
                        ),
                        (
                            "hops",
                            models.PositiveIntegerField(
                                default=3,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(20),
                                ],
                                verbose_name="stores asked, then the region",
                            ),
                        ),
                        (
                            "bands",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveIntegerField(
                                    validators=[django.core.validators.MinValueValidator(1)]
                                ),
                                default=customers.models.terms.usual_metres,
                                error_messages={"item_invalid": "Number %(nth)s:"},
                                help_text="Rising, with commas between them.",
                                size=9,
                                verbose_name="distance bands end at, metres",
                            ),
                        ),
                        (
                            "conversion_bands",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.PositiveSmallIntegerField(
                                    validators=[django.core.validators.MaxValueValidator(100)]
                                ),
                                default=customers.models.terms.usual_percents,
                                error_messages={"item_invalid": "Number %(nth)s:"},
                                help_text="Falling, with commas between them.",
                                size=9,
                                verbose_name="conversion bands begin at, percent",
                            ),
                        ),
                        (
                            "mature_least",
                            models.PositiveIntegerField(
                                default=30,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(10000),
                                ],
                                verbose_name="conversion counts from, customers",
                            ),
                        ),
                        (
                            "counted_days",
                            models.PositiveIntegerField(
                                default=90,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(3660),
                                ],
                                verbose_name="a lead counts as received for, days",
                            ),
                        ),
                        (
                            "mature_after_days",
                            models.PositiveIntegerField(
                                default=90,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(3660),
                                ],
                                verbose_name="a customer had time to buy after, days",
                            ),
                        ),
                        (
                            "mature_until_days",
                            models.PositiveIntegerField(
                                default=270,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(3660),
                                ],
                                verbose_name="and counts for conversion until, days",
                            ),
                        ),
                        (
                            "junk_hours",
                            models.PositiveIntegerField(
                                default=72,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(720),
                                ],
                                verbose_name="a lead is returned within, hours",
                            ),
                        ),
                        (
                            "junk_percent",
                            models.PositiveIntegerField(
                                default=15,
                                validators=[
                                    django.core.validators.MinValueValidator(0),
                                    django.core.validators.MaxValueValidator(100),
                                ],
                                verbose_name="taken back at once up to, percent of a store's leads",
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
                            "online_region",
                            models.ForeignKey(
                                blank=True,
                                help_text="Takes those of customers whom no store ever had; empty: these become no leads.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="dealers.region",
                                verbose_name="region of online orders",
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
                        "verbose_name": "terms of dispatch",
                        "verbose_name_plural": "terms of dispatch",
                        "ordering": ("-starts_on", "-id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "name__regex",
                                        "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                    ),
                                    _negated=True,
                                ),
                                name="dispatch_terms_name_is_legible",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("published_at__isnull", False)),
                                fields=("starts_on",),
                                name="dispatch_terms_one_published_a_start_day",
                                violation_error_message="Published terms already start on that day.",
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
                                name="dispatch_terms_steps_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("answer_hours__gte", 1),
                                    ("contact_hours__gte", 1),
                                    ("counted_days__gte", 1),
                                    ("hops__gte", 1),
                                    ("junk_hours__gte", 1),
                                    ("junk_percent__lte", 100),
                                    ("mature_least__gte", 1),
                                ),
                                name="dispatch_terms_are_more_than_nothing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("mature_after_days__lt", models.F("mature_until_days"))
                                ),
                                name="dispatch_terms_mature_before_it_is_over",
                                violation_error_message="A customer counts for longer than until it had time.",
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
                                ),
                                name="dispatch_terms_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="dispatch_terms_published_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."published_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="4ad477be146f845d6f06694ca37fc3861bec966a",
                                    operation="DELETE",
                                    pgid="pgtrigger_dispatch_terms_published_never_deleted_bdd24",
                                    table="customers_dispatchterms",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="dispatch_terms_published_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."published_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="50fa43f157c0c749d1172bd0a0e14ec8ce52ddaa",
                                    operation="UPDATE",
                                    pgid="pgtrigger_dispatch_terms_published_never_changes_b4f8e",
                                    table="customers_dispatchterms",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="dispatch_terms_published_before_they_apply",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL
                AND NEW.starts_on < (NEW.published_at AT TIME ZONE 'UTC')::date THEN
            RAISE check_violation USING CONSTRAINT = 'dispatch_terms_published_before_they_apply', MESSAGE = 'What was offered keeps its terms.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="b2e8f639d63d419f46817f2b25544edff69c78d7",
                                    operation="UPDATE",
                                    pgid="pgtrigger_dispatch_terms_published_before_they_apply_f2676",
                                    table="customers_dispatchterms",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="dispatch_terms_tested_as_they_are",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF OLD.published_at IS NULL AND OLD.tested_at IS NOT NULL
        AND NEW.tested_at IS NOT DISTINCT FROM OLD.tested_at
        AND to_jsonb(NEW) - ARRAY['drafted_at', 'drafted_by_id', 'edited_at', 'edited_by_id', 'tested_at', 'tested_by_id', 'approved_at', 'approved_by_id', 'published_at', 'published_by_id'] <> to_jsonb(OLD) - ARRAY['drafted_at', 'drafted_by_id', 'edited_at', 'edited_by_id', 'tested_at', 'tested_by_id', 'approved_at', 'approved_by_id', 'published_at', 'published_by_id'] THEN
            RAISE check_violation USING CONSTRAINT = 'dispatch_terms_tested_as_they_are', MESSAGE = 'What was tested is tested anew once it changes.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="93dc1b35707352ea0187621a5d8f1ad5393d997b",
                                    operation="UPDATE",
                                    pgid="pgtrigger_dispatch_terms_tested_as_they_are_285b1",
                                    table="customers_dispatchterms",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="dispatch_terms_approved_by_somebody_else",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL AND EXISTS (SELECT FROM customers_offer) AND (NEW.tested_by_id IS NULL
                OR NEW.approved_by_id IS NULL OR NEW.approved_by_id = NEW.tested_by_id) THEN
            RAISE check_violation USING CONSTRAINT = 'dispatch_terms_approved_by_somebody_else', MESSAGE = 'Somebody else than who tested it approves.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="d161cbf2acecd2ef7ad1664df6b0956a04641ff6",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_dispatch_terms_approved_by_somebody_else_c1710",
                                    table="customers_dispatchterms",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Campaign",
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
                        ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                        (
                            "pulls",
                            models.BooleanField(
                                default=False,
                                help_text="Every store of the region that may be offered a lead sees it, without name and number; the first to take it has it. What nobody takes in time is offered in turn.",
                                verbose_name="stores take its leads",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "campaign",
                        "verbose_name_plural": "campaigns",
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
                                name="campaign_name_is_legible",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Unconfirmed",
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
                        ("key", models.CharField(max_length=120, verbose_name="key")),
                        ("contact", models.BinaryField(verbose_name="what was typed, encrypted")),
                        ("received_at", models.DateTimeField(verbose_name="received at")),
                        ("until", models.DateTimeField(verbose_name="waits until")),
                        (
                            "code",
                            models.CharField(max_length=40, verbose_name="number of the code"),
                        ),
                        (
                            "sent",
                            models.PositiveSmallIntegerField(
                                default=1, verbose_name="messages sent"
                            ),
                        ),
                        ("sent_at", models.DateTimeField(verbose_name="last sent at")),
                        (
                            "ended",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("code", "the code, told in the store"),
                                    ("link", "the link in the message"),
                                    ("scan", "the store's page"),
                                    ("refused", "the customer says no"),
                                    ("lapsed", "nobody confirmed in time"),
                                    ("forgotten", "the customer had everything deleted"),
                                ],
                                max_length=10,
                                verbose_name="how it ended",
                            ),
                        ),
                        (
                            "ended_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="ended at"),
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
                            "registration",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="unconfirmed",
                                to="customers.registration",
                                verbose_name="registration",
                            ),
                        ),
                        (
                            "staff",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
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
                                related_name="+",
                                to="dealers.store",
                                verbose_name="store",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "registration that waits for its customer",
                        "verbose_name_plural": "registrations that wait for their customers",
                        "ordering": ("-received_at", "id"),
                        "indexes": [
                            models.Index(
                                fields=["staff", "received_at"], name="unconfirmed_staff_time"
                            ),
                            models.Index(
                                fields=["store", "received_at"], name="unconfirmed_store_time"
                            ),
                            models.Index(
                                condition=models.Q(("ended", "")),
                                fields=["until"],
                                name="unconfirmed_open",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "received_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "received_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "until__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "until__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "sent_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "sent_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "ended_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "ended_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="unconfirmed_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("key",), name="unconfirmed_key_used_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("until__gt", models.F("received_at"))),
                                name="unconfirmed_waits_a_while",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ended", ""),
                                        ("ended_at__isnull", True),
                                        ("registration__isnull", True),
                                    ),
                                    models.Q(
                                        ("contact", b""),
                                        ("ended__in", ("code", "link", "scan")),
                                        ("ended_at__isnull", False),
                                        ("registration__isnull", False),
                                    ),
                                    models.Q(
                                        ("contact", b""),
                                        ("ended__in", ("refused", "lapsed", "forgotten")),
                                        ("ended_at__isnull", False),
                                        ("registration__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="unconfirmed_keeps_nothing_once_it_ended",
                            ),
                            dealers.constraints.TogetherForeignKey(
                                fields=("store", "dealer"),
                                name="unconfirmed_store_is_the_dealers",
                                to="dealers.Store",
                                to_fields=("id", "dealer"),
                                violation_error_message="The store belongs to another dealer.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="unconfirmed_stays_what_was_typed",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."key" IS DISTINCT FROM (NEW."key") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."staff_id" IS DISTINCT FROM (NEW."staff_id") OR OLD."received_at" IS DISTINCT FROM (NEW."received_at") OR OLD."until" IS DISTINCT FROM (NEW."until"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="db3851cd31cb93d4ea270c786663efc1b74c138e",
                                    operation="UPDATE",
                                    pgid="pgtrigger_unconfirmed_stays_what_was_typed_5ceec",
                                    table="customers_unconfirmed",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="unconfirmed_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="1e42d0674b288e1ded3ffaba5c5d51767e31f6ef",
                                    operation="DELETE",
                                    pgid="pgtrigger_unconfirmed_never_deleted_f849c",
                                    table="customers_unconfirmed",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="unconfirmed_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="e0f39923bcad4646d5fc994d9658fee3fb755d71",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_unconfirmed_never_emptied_61ebd",
                                    table="customers_unconfirmed",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PlantedHit",
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
                        (
                            "told_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="told at"),
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
                            "registration",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="planted",
                                to="customers.registration",
                                verbose_name="registration",
                            ),
                        ),
                        (
                            "unconfirmed",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="planted",
                                to="customers.unconfirmed",
                                verbose_name="typed",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "hit of a planted number",
                        "verbose_name_plural": "hits of planted numbers",
                        "ordering": ("-at", "-id"),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("told_at", None)),
                                fields=["at"],
                                name="planted_hit_untold",
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
                                    (
                                        "told_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "told_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="planted_hit_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("registration__isnull", False),
                                        ("unconfirmed__isnull", True),
                                    ),
                                    models.Q(
                                        ("registration__isnull", True),
                                        ("unconfirmed__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="planted_hit_was_registered_or_typed",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="planted_hit_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="7b4c410ab7d7a9d4ea4e55e614ae5f040cd30fe0",
                                    operation="DELETE",
                                    pgid="pgtrigger_planted_hit_never_deleted_a0677",
                                    table="customers_plantedhit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="planted_hit_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="37d7d6ea7cef344731a3e006e46ffb635ed0e879",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_planted_hit_never_emptied_15928",
                                    table="customers_plantedhit",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="planted_hit_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."registration_id" IS DISTINCT FROM (NEW."registration_id") OR OLD."unconfirmed_id" IS DISTINCT FROM (NEW."unconfirmed_id") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."at" IS DISTINCT FROM (NEW."at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="0f0dd211a3b67003892b3836fd4712b94e27ecc6",
                                    operation="UPDATE",
                                    pgid="pgtrigger_planted_hit_stays_e7633",
                                    table="customers_plantedhit",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExitOffer",
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
                        ("offered_at", models.DateTimeField(verbose_name="offered at")),
                        (
                            "export",
                            models.UUIDField(editable=False, unique=True, verbose_name="file"),
                        ),
                        (
                            "ready_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="ready at"),
                        ),
                        (
                            "manifest",
                            models.CharField(
                                blank=True, max_length=64, verbose_name="SHA-256 of the manifest"
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="offered by",
                            ),
                        ),
                        (
                            "dealer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="exit_offers",
                                to="dealers.dealer",
                                verbose_name="dealer",
                            ),
                        ),
                        (
                            "to",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="offered to",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "offered pack",
                        "verbose_name_plural": "offered packs",
                        "ordering": ("-offered_at", "-id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "offered_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "offered_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "ready_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "ready_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="exit_offer_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("manifest", ""), ("ready_at__isnull", True)),
                                    models.Q(
                                        ("manifest__regex", "^[0-9a-f]{64}$"),
                                        ("ready_at__gte", models.F("offered_at")),
                                    ),
                                    _connector="OR",
                                ),
                                name="exit_offer_is_ready_with_its_manifest",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="exit_offer_stays_what_was_made",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."to_id" IS DISTINCT FROM (NEW."to_id") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id") OR OLD."offered_at" IS DISTINCT FROM (NEW."offered_at") OR OLD."export" IS DISTINCT FROM (NEW."export"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="93755233a8371cb8b7042ed7a339c7a71897266c",
                                    operation="UPDATE",
                                    pgid="pgtrigger_exit_offer_stays_what_was_made_fd129",
                                    table="customers_exitoffer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="exit_offer_is_ready_with_its_file",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.ready_at IS NOT NULL)",
                                    func="""
        IF NOT EXISTS (SELECT FROM dealers_export AS file WHERE file.id = NEW.export AND file.dealer_id = NEW.dealer_id AND file.state = 'done') THEN
            RAISE check_violation USING CONSTRAINT = 'exit_offer_is_ready_with_its_file', MESSAGE = 'A pack is ready when its file is there for the owner.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="bf6c7e4094a663acffb284bb56e0b892ab65a01f",
                                    operation='INSERT OR UPDATE OF "ready_at", "manifest"',
                                    pgid="pgtrigger_exit_offer_is_ready_with_its_file_403da",
                                    table="customers_exitoffer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="exit_offer_once_ready_stays_so",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (OLD.ready_at IS NOT NULL)",
                                    func='RAISE EXCEPTION \'pgtrigger: Cannot update of "ready_at", "manifest" rows from % table\', TG_TABLE_NAME;',
                                    hash="035a90bc17776aecdc43dfaa0ec655dc018fe169",
                                    operation='UPDATE OF "ready_at", "manifest"',
                                    pgid="pgtrigger_exit_offer_once_ready_stays_so_202a1",
                                    table="customers_exitoffer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="exit_offer_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="a9b0a60c2cdbb7abeb4b55b8c363cd09fa11cd5f",
                                    operation="DELETE",
                                    pgid="pgtrigger_exit_offer_never_deleted_929b9",
                                    table="customers_exitoffer",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="exit_offers_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="29bba1a16be330cd4b77a9dce486f8fcdb1f2ead",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_exit_offers_never_emptied_0d1c4",
                                    table="customers_exitoffer",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Closing",
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
                            "kind",
                            models.CharField(
                                choices=[
                                    ("store", "A store closes"),
                                    ("dealer", "A dealer closes"),
                                ],
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("reason", models.CharField(max_length=200, verbose_name="reason")),
                        ("begun_at", models.DateTimeField(verbose_name="begun at")),
                        ("due_at", models.DateTimeField(verbose_name="takes effect at")),
                        (
                            "cancelled_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="taken back at"
                            ),
                        ),
                        (
                            "finished_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="finished at"),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="begun by",
                            ),
                        ),
                        (
                            "cancelled_by",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="taken back by",
                            ),
                        ),
                        (
                            "dealer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="closings",
                                to="dealers.dealer",
                                verbose_name="dealer",
                            ),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="closings",
                                to="dealers.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "to",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="dealers.store",
                                verbose_name="sister store",
                            ),
                        ),
                        (
                            "pack",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="closing",
                                to="customers.exitoffer",
                                verbose_name="offered pack",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "closing",
                        "verbose_name_plural": "closings",
                        "ordering": ("-begun_at", "id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "begun_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "begun_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "due_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "due_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "cancelled_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "cancelled_at__lte",
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
                                name="closing_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "reason__regex",
                                        "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                    ),
                                    _negated=True,
                                ),
                                name="closing_reason_is_legible",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("kind", "store"),
                                        ("store__isnull", False),
                                        ("to__isnull", False),
                                        models.Q(("store", models.F("to")), _negated=True),
                                    ),
                                    models.Q(
                                        ("kind", "dealer"),
                                        ("store__isnull", True),
                                        ("to__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="closing_names_a_store_and_its_sister_or_a_dealer",
                                violation_error_message="Choose another store of the dealer.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("due_at__gt", models.F("begun_at"))),
                                name="closing_is_told_before",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("cancelled_at__isnull", True),
                                        ("cancelled_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("cancelled_at__isnull", False),
                                        ("cancelled_at__lt", models.F("due_at")),
                                        ("cancelled_by__isnull", False),
                                        ("finished_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="closing_taken_back_before_it_takes_effect",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("cancelled_at__isnull", True), ("kind", "store")
                                ),
                                fields=("store",),
                                name="closing_once_a_store",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("cancelled_at__isnull", True), ("kind", "dealer")
                                ),
                                fields=("dealer",),
                                name="closing_once_a_dealer",
                            ),
                            dealers.constraints.TogetherForeignKey(
                                fields=("store", "dealer"),
                                name="closing_store_is_the_dealers",
                                to="dealers.Store",
                                to_fields=("id", "dealer"),
                                violation_error_message="The store belongs to another dealer.",
                            ),
                            dealers.constraints.TogetherForeignKey(
                                fields=("to", "dealer"),
                                name="closing_sister_store_is_the_dealers",
                                to="dealers.Store",
                                to_fields=("id", "dealer"),
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="closing_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="6cf3a6a59a91550b3776359c8f9bddf07d822491",
                                    operation="DELETE",
                                    pgid="pgtrigger_closing_never_deleted_60942",
                                    table="customers_closing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="closings_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="91e68b4b04f7176b584cb46d8af9424fa1b2a980",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_closings_never_emptied_9304a",
                                    table="customers_closing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="closing_stays_what_was_told",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."to_id" IS DISTINCT FROM (NEW."to_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id") OR OLD."begun_at" IS DISTINCT FROM (NEW."begun_at") OR OLD."due_at" IS DISTINCT FROM (NEW."due_at") OR OLD."pack_id" IS DISTINCT FROM (NEW."pack_id"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="aa58dde2060f11e6ccc07ae9d02e282ec98990e4",
                                    operation="UPDATE",
                                    pgid="pgtrigger_closing_stays_what_was_told_fce14",
                                    table="customers_closing",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="closing_of_a_dealer_after_its_pack",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition="WHEN (NEW.kind = 'dealer')",
                                    func="""
        IF NOT EXISTS (
                    SELECT FROM customers_exitoffer AS offer WHERE offer.id = NEW.pack_id
                    AND offer.dealer_id = NEW.dealer_id AND offer.ready_at <= NEW.begun_at
                    AND offer.ready_at > NEW.begun_at - interval '30 days') THEN
            RAISE check_violation USING CONSTRAINT = 'closing_of_a_dealer_after_its_pack', MESSAGE = 'A dealer is closed after everything of it was ready for its owner.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="559c2da5c86837d7a428dddd3e01ebc979829ad7",
                                    operation="INSERT",
                                    pgid="pgtrigger_closing_of_a_dealer_after_its_pack_0a8d2",
                                    table="customers_closing",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Choice",
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
                        ("asked_at", models.DateTimeField(verbose_name="asked at")),
                        ("expires_at", models.DateTimeField(verbose_name="valid until")),
                        (
                            "answer",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("store", "chose a store"),
                                    ("lead", "asked headquarters for a store"),
                                    ("nobody", "wants no store"),
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
                            "effective_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="takes effect at"
                            ),
                        ),
                        (
                            "refused_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="refused at"),
                        ),
                        (
                            "done_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="done at"),
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
                                verbose_name="asked by",
                            ),
                        ),
                        (
                            "customer",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="choices",
                                to="customers.customer",
                                verbose_name="customer",
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
                            "identity",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="choices",
                                to="customers.identity",
                                verbose_name="identity",
                            ),
                        ),
                        (
                            "registration",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="choices",
                                to="customers.registration",
                                verbose_name="registration",
                            ),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="dealers.store",
                                verbose_name="asks",
                            ),
                        ),
                        (
                            "closing",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="choices",
                                to="customers.closing",
                                verbose_name="closing",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "customer's choice",
                        "verbose_name_plural": "customers' choices",
                        "ordering": ("-asked_at", "id"),
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    ("done_at__isnull", True), ("effective_at__isnull", False)
                                ),
                                fields=["effective_at"],
                                name="choice_due",
                            )
                        ],
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
                                        "expires_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "expires_at__lte",
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
                                        "refused_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "refused_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "done_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "done_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="choice_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("asked_by__isnull", False),
                                        ("closing__isnull", True),
                                        ("registration__isnull", False),
                                    ),
                                    models.Q(
                                        ("asked_by__isnull", True),
                                        ("closing__isnull", False),
                                        ("registration__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="choice_asked_for_a_registration_or_a_closing",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("answer__in", ["", "store", "lead", "nobody"])),
                                name="choice_answer_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("answer", ""),
                                        ("answered_at__isnull", True),
                                        ("effective_at__isnull", True),
                                    ),
                                    models.Q(
                                        ("answer", "store"),
                                        ("answered_at__isnull", False),
                                        ("effective_at__isnull", False),
                                    ),
                                    models.Q(
                                        ("answer__in", ["lead", "nobody"]),
                                        ("answered_at__isnull", False),
                                        ("effective_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="choice_answered_at_its_moment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("refused_at__isnull", True),
                                    ("done_at__isnull", True),
                                    _connector="OR",
                                ),
                                name="choice_refused_or_done",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("registration__isnull", False)),
                                fields=("registration",),
                                name="choice_once_a_registration",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("closing__isnull", False)),
                                fields=("closing", "customer"),
                                name="choice_once_a_closing_and_customer",
                            ),
                            dealers.constraints.TogetherForeignKey(
                                fields=("customer", "dealer", "identity"),
                                name="choice_card_is_the_dealers",
                                to="customers.Customer",
                                to_fields=("id", "dealer", "identity"),
                            ),
                            dealers.constraints.TogetherForeignKey(
                                fields=("store", "dealer"),
                                name="choice_store_is_the_dealers",
                                to="dealers.Store",
                                to_fields=("id", "dealer"),
                                violation_error_message="The store belongs to another dealer.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="choice_stays_what_was_asked",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."identity_id" IS DISTINCT FROM (NEW."identity_id") OR OLD."customer_id" IS DISTINCT FROM (NEW."customer_id") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."registration_id" IS DISTINCT FROM (NEW."registration_id") OR OLD."closing_id" IS DISTINCT FROM (NEW."closing_id") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="b39c01e2e85be9a97515e363177e0f1e5c65c3ee",
                                    operation="UPDATE",
                                    pgid="pgtrigger_choice_stays_what_was_asked_e0e40",
                                    table="customers_choice",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="choice_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="e897574d78e296271d40bbeebccaf00a811d84d9",
                                    operation="DELETE",
                                    pgid="pgtrigger_choice_never_deleted_ff937",
                                    table="customers_choice",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="choices_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="df37709bb97dd519dd05f7f41bd0ad8087e58011",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_choices_never_emptied_2684d",
                                    table="customers_choice",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ClosingStep",
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
                                    ("told", "Everybody concerned is told"),
                                    ("shut", "No new customers"),
                                    ("leads", "Open leads go to other stores"),
                                    ("posts", "The people go on at the sister store"),
                                    ("moved", "Customers go to the sister store"),
                                    ("frozen", "Protections are frozen for 90 days"),
                                    ("taken", "The dealer downloads everything"),
                                    ("settled", "Running deals are settled"),
                                    ("asked", "Customers are asked which store they want"),
                                    ("offered", "Who asked for a store is offered to one"),
                                    ("ended", "The people's posts end"),
                                    ("keys", "The key to the customers is destroyed"),
                                    ("checked", "Checked that nothing is left"),
                                ],
                                max_length=10,
                                verbose_name="step",
                            ),
                        ),
                        ("due_at", models.DateTimeField(verbose_name="not before")),
                        (
                            "started_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="begun at"),
                        ),
                        ("done", models.PositiveIntegerField(default=0, verbose_name="done")),
                        (
                            "total",
                            models.PositiveIntegerField(blank=True, null=True, verbose_name="of"),
                        ),
                        (
                            "done_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="done at"),
                        ),
                        (
                            "closing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="steps",
                                to="customers.closing",
                                verbose_name="closing",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "step of a closing",
                        "verbose_name_plural": "steps of a closing",
                        "ordering": ("closing", "number"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "due_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "due_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "started_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "started_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "done_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "done_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="closing_step_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("closing", "kind"), name="closing_step_once_a_closing"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("done_at__isnull", True), ("started_at__isnull", True)
                                    ),
                                    ("started_at__gte", models.F("due_at")),
                                    _connector="OR",
                                ),
                                name="closing_step_is_begun_when_due",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "told",
                                            "shut",
                                            "leads",
                                            "posts",
                                            "moved",
                                            "frozen",
                                            "taken",
                                            "settled",
                                            "asked",
                                            "offered",
                                            "ended",
                                            "keys",
                                            "checked",
                                        ],
                                    )
                                ),
                                name="closing_step_kind_is_known",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="closing_step_stays_the_same_step",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."closing_id" IS DISTINCT FROM (NEW."closing_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."due_at" IS DISTINCT FROM (NEW."due_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="ebb5c5ce9542104e0c16a2a75e93603fe7595b94",
                                    operation="UPDATE",
                                    pgid="pgtrigger_closing_step_stays_the_same_step_fea6f",
                                    table="customers_closingstep",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="closing_step_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="398ab2428130f29317e232728e0c96017439877b",
                                    operation="DELETE",
                                    pgid="pgtrigger_closing_step_never_deleted_ed3c5",
                                    table="customers_closingstep",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="closing_steps_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="0fee80d31a9d1fbdd5c0c45737de7876c39c1a47",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_closing_steps_never_emptied_9aa0c",
                                    table="customers_closingstep",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Parting",
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
                        ("told_at", models.DateTimeField(verbose_name="told at")),
                        ("effective_at", models.DateTimeField(verbose_name="takes effect at")),
                        (
                            "refused_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="taken back by the customer at"
                            ),
                        ),
                        (
                            "choice",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="parting",
                                to="customers.choice",
                                verbose_name="choice",
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
                        (
                            "ownership",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="partings",
                                to="customers.ownership",
                                verbose_name="ownership",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "parting",
                        "verbose_name_plural": "partings",
                        "ordering": ("-told_at", "id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "told_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "told_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
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
                                        "refused_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "refused_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="parting_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("told_at__lt", models.F("effective_at"))),
                                name="parting_is_told_before",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="parting_stays_what_was_told",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."choice_id" IS DISTINCT FROM (NEW."choice_id") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."ownership_id" IS DISTINCT FROM (NEW."ownership_id") OR OLD."told_at" IS DISTINCT FROM (NEW."told_at") OR OLD."effective_at" IS DISTINCT FROM (NEW."effective_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="b94d1117b53a4620a5b1fc3ca39ac7d24f1c3c2d",
                                    operation="UPDATE",
                                    pgid="pgtrigger_parting_stays_what_was_told_42507",
                                    table="customers_parting",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="parting_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="9f406d24a78b4b8fcf9ad3de4ccfa7f77233fafd",
                                    operation="DELETE",
                                    pgid="pgtrigger_parting_never_deleted_5a10b",
                                    table="customers_parting",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="partings_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="53981aec7da573368d1c9f70e2c4cb62a2cf0a2e",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_partings_never_emptied_3c9af",
                                    table="customers_parting",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="parting_is_of_its_ownership",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF EXISTS (
            SELECT FROM added JOIN customers_ownership AS o ON o.id = added.ownership_id
            WHERE o.dealer_id <> added.dealer_id) THEN
            RAISE check_violation USING CONSTRAINT = 'parting_is_of_its_ownership', MESSAGE = 'What becomes of an ownership is told to its own dealer.';
        END IF;
        RETURN NULL;
        """,
                                    hash="4bf089cf3121e4fc2c5410e8bc3faa87ee3ce8ab",
                                    level="STATEMENT",
                                    operation="INSERT",
                                    pgid="pgtrigger_parting_is_of_its_ownership_71a10",
                                    referencing="REFERENCING NEW TABLE AS added ",
                                    table="customers_parting",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
        migrations.RunSQL(TIME_ACTS_AT, "DROP FUNCTION time_acts_at"),
        migrations.RunSQL(WHO_OWNS, "DROP FUNCTION who_owns"),
        migrations.RunSQL(END_OWNERSHIP, "DROP FUNCTION end_ownership"),
        migrations.RunSQL(REVEAL_READ, "DROP FUNCTION reveal_read(bigint)"),
    ]
