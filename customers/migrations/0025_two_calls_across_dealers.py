"""The two calls that cross dealers: who has a person, and the end of what a registration replaces.

They run as a role that sees all dealers; everything else sees the rows of its own. The server's log
says who called, also where the caller takes everything back.
"""

from django.db import migrations

WHO_OWNS = """
CREATE OR REPLACE FUNCTION who_owns(
    person bytea, moment timestamptz,
    OUT identity bigint, OUT renumbered boolean,
    OUT held_id bigint, OUT held_dealer bigint, OUT held_store bigint, OUT held_tz text,
    OUT held_staff bigint, OUT held_channel text, OUT held_start timestamptz,
    OUT held_protected_until timestamptz, OUT held_end timestamptz,
    OUT held_last_activity_at timestamptz, OUT held_contact_due_at timestamptz,
    OUT held_contacted_at timestamptz, OUT held_sold_at timestamptz, OUT held_renewed_on date,
    OUT held_follow_up_on date
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
            o.renewed_on, o.follow_up_on
        INTO held_staff, held_last_activity_at, held_contact_due_at, held_contacted_at,
            held_sold_at, held_renewed_on, held_follow_up_on
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


class Migration(migrations.Migration):
    dependencies = [("customers", "0024_corrected_follow_ups")]

    operations = [
        migrations.RunSQL(WHO_OWNS, "DROP FUNCTION who_owns"),
        migrations.RunSQL(END_OWNERSHIP, "DROP FUNCTION end_ownership"),
    ]
