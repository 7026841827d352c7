"""What a dealer asks across dealers tells nothing of what a rival has to do, nor of who waits."""

from importlib import import_module

from django.db import migrations

before = import_module("customers.migrations.0040_releases_in_time").WHO_OWNS

# A dealer learns whether it waits itself, and of time only what it has done by now: that comes
# before any answer. When it will do something would tell a rival's deadlines, and an owner that
# somebody waits.
WAITS = """    SELECT EXISTS (
        SELECT FROM customers_waiting AS w WHERE w.identity_id = identity AND w.ended_at IS NULL
    ) INTO waits;
    due_at := time_acts_at(identity);
"""
OWN = """    SELECT EXISTS (
        SELECT FROM customers_waiting AS w WHERE w.identity_id = identity AND w.ended_at IS NULL
            AND (sees_all OR w.dealer_id = dealer)
    ) INTO waits;
    due_at := time_acts_at(identity);
    IF NOT sees_all THEN
        due_at := CASE WHEN due_at <= clock_timestamp() THEN timestamptz '1990-01-01' END;
    END IF;
"""
AFTER = before.replace(WAITS, OWN)


class Migration(migrations.Migration):
    dependencies = [("customers", "0044_longer_for_sharing")]

    operations = [migrations.RunSQL(AFTER, before)]
