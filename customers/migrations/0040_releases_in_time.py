from django.db import migrations, models

# When time does something to a person: lets go whom nobody contacted or whom the owner released,
# answers a request, or serves who stands in line. A moment that comes to nothing is no harm.
TIME_ACTS_AT = """
CREATE OR REPLACE FUNCTION time_acts_at(person bigint) RETURNS timestamptz
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

# As before, but for when time does something, which is said once now.
WHO_OWNS = """
CREATE OR REPLACE FUNCTION who_owns(
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
    OUT waits boolean, OUT due_at timestamptz
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
    ) INTO waits;
    due_at := time_acts_at(identity);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0039_leads_from_everywhere")]

    operations = [
        migrations.RunSQL([TIME_ACTS_AT, WHO_OWNS], migrations.RunSQL.noop),
        # Also whose protection is over, in the days of grace.
        migrations.RemoveIndex(model_name="ownership", name="ownership_to_be_let_go"),
        migrations.AddIndex(
            model_name="ownership",
            index=models.Index(
                condition=models.Q(
                    release_at__isnull=False,
                    contacted_at__isnull=True,
                    sold_at__isnull=True,
                    period__endswith__gt=models.F("release_at"),
                ),
                fields=["release_at"],
                name="ownership_to_be_let_go",
            ),
        ),
    ]
