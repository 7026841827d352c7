"""The places of each closed month go to the board that they are on."""

from django.db import migrations

FILL = """
INSERT INTO incentives_board (length, starts_on, metric, unit, cohorts, known_until, frozen_at)
SELECT 'month', r.month, m.metric, u.unit, '[]', r.known_until, r.closed_at
FROM incentives_run r
CROSS JOIN (VALUES ('net_sales'), ('owned_sales'), ('registrations'), ('conversion')) m (metric)
CROSS JOIN (VALUES ('store'), ('dealer')) u (unit)
ORDER BY r.month, m.metric, u.unit;
ALTER TABLE incentives_ranking DISABLE TRIGGER USER;
UPDATE incentives_ranking g SET board_id = b.id
FROM incentives_board b JOIN incentives_run r ON r.month = b.starts_on
WHERE r.id = g.run_id AND b.metric = g.metric AND b.unit = g.unit;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE incentives_ranking ENABLE TRIGGER USER;
"""
EMPTY = """
ALTER TABLE incentives_ranking DISABLE TRIGGER USER;
UPDATE incentives_ranking g SET run_id = r.id, metric = b.metric, unit = b.unit, board_id = NULL
FROM incentives_board b JOIN incentives_run r ON r.month = b.starts_on WHERE b.id = g.board_id;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE incentives_ranking ENABLE TRIGGER USER;
DELETE FROM incentives_board;
"""


class Migration(migrations.Migration):
    dependencies = [("incentives", "0017_boards")]

    operations = [migrations.RunSQL(FILL, EMPTY)]
