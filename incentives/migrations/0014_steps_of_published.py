"""Who published something before there were steps took them all with one press."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("incentives", "0013_publication_steps")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE incentives_planversion SET tested_at = published_at, tested_by_id = published_by_id,
                approved_at = published_at, approved_by_id = published_by_id
            WHERE published_at IS NOT NULL AND tested_at IS NULL
            """,
            migrations.RunSQL.noop,
            elidable=True,
        ),
    ]
