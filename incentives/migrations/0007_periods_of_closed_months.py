"""Each closed month becomes a closed period, each journal names its source, each account its holder."""

from django.db import migrations

FILL = """
INSERT INTO incentives_period (month, closed_run_id) SELECT month, id FROM incentives_run;
ALTER TABLE incentives_journal DISABLE TRIGGER USER;
UPDATE incentives_journal j SET source = 'run', source_key = to_char(r.month, 'YYYY-MM')
FROM incentives_run r WHERE r.id = j.run_id;
ALTER TABLE incentives_journal ENABLE TRIGGER USER;
UPDATE incentives_account SET holder = CASE WHEN dealer_id IS NULL THEN 'plan' ELSE 'dealer' END;
"""
# Only what a closed month booked has a place in the books as they were.
EMPTY = """
ALTER TABLE incentives_journal DISABLE TRIGGER USER;
UPDATE incentives_journal j SET run_id = r.id FROM incentives_run r
WHERE j.source = 'run' AND j.month = r.month;
ALTER TABLE incentives_journal ENABLE TRIGGER USER;
DELETE FROM incentives_period;
"""


class Migration(migrations.Migration):
    dependencies = [("incentives", "0006_periods_and_sources")]

    operations = [migrations.RunSQL(FILL, EMPTY)]
