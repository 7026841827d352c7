"""An entry of the access log keeps the name that its person had; those on file get today's."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

FILL = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE dealers_accesslog DISABLE TRIGGER USER;
UPDATE dealers_accesslog AS entry SET name = person.name
FROM dealers_user AS person WHERE person.id = entry.user_id;
ALTER TABLE dealers_accesslog ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('dealers', '0035_disputes_are_told'),
    ]

    operations = [
        migrations.AddField(
            model_name='accesslog',
            name='name',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=80, verbose_name='name'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        pgtrigger.migrations.AddTrigger(
            model_name='accesslog',
            trigger=pgtrigger.compiler.Trigger(name='access_log_keeps_the_name', sql=pgtrigger.compiler.UpsertTriggerSql(func="SELECT coalesce(min(name), '') INTO NEW.name FROM dealers_user WHERE id = NEW.user_id; RETURN NEW;", hash='be55ccf4ce4ac78b5c4eff8274192642da7bf892', operation='INSERT', pgid='pgtrigger_access_log_keeps_the_name_51df1', table='dealers_accesslog', when='BEFORE')),
        ),
    ]
