"""The first contact was due by the rulebook that answered the registration."""

from django.db import migrations

FILL = """
UPDATE customers_ownership AS o
SET contact_due_at = lower(o.period) + b.first_contact_hours * interval '1 hour'
FROM customers_ownershipevent AS e
JOIN customers_rulebook AS b ON b.id = e.rulebook_id
WHERE e.ownership_id = o.id AND e.kind = 'started' AND b.first_contact_hours IS NOT NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0007_contact_due'),
    ]

    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
