"""A number is handed out by the level at which its dealer shares the customer, or in an emergency.

From level 2 on, for a call to sell from level 3 on, by the level of the moment at which it is read;
what the portal itself asks a customer needs none. In an emergency for thirty minutes after a second
person's yes, to whoever asked.
"""

from django.db import migrations

LATEST = """(SELECT chosen.level FROM public.dealers_sharing AS chosen
                WHERE chosen.dealer_id = card.dealer_id AND chosen.customer %s
                ORDER BY chosen.at DESC, chosen.id DESC LIMIT 1)"""
LEVEL = f"coalesce({LATEST % '= card.id'}, {LATEST % 'IS NULL'}, 1)"
NEEDS = f"""
        AND CASE given.purpose
            WHEN 'choice' THEN given.role = 'worker'
            WHEN 'emergency' THEN EXISTS (
                SELECT FROM public.dealers_emergency AS asked
                WHERE asked.customer = card.id AND asked.dealer_id = card.dealer_id
                    AND asked.asked_by_id = given.user_id AND asked.granted
                    AND asked.answered_at > clock_timestamp() - interval '30 minutes')
            WHEN 'follow-up' THEN {LEVEL} >= 3
            ELSE {LEVEL} >= 2
        END
"""
READ = """
CREATE OR REPLACE FUNCTION reveal_read(entry bigint)
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
        %s
$$;
REVOKE ALL ON FUNCTION reveal_read(bigint) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0047_consent_of_leads"),
        ("dealers", "0031_emergencies"),
    ]

    operations = [migrations.RunSQL(READ % NEEDS, READ % "")]
