
import django.core.validators
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dealers', '0054_root_stamps'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='agreementversion',
            name='agreement_asked_for_as_promised',
        ),
        migrations.AlterField(
            model_name='agreementversion',
            name='notice_days',
            field=models.PositiveSmallIntegerField(default=14, help_text='Where registering waits: owners can read and sign it so many days before that day at the latest. No later version gives fewer.', validators=[django.core.validators.MaxValueValidator(365)], verbose_name='notice, days'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementversion',
            trigger=pgtrigger.compiler.Trigger(name='agreement_notice_never_gets_shorter', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL AND NEW.notice_days < (\n                    SELECT max(r.notice_days) FROM dealers_agreementversion AS r\n                    WHERE r.published_at IS NOT NULL AND r.id <> NEW.id) THEN\n            RAISE check_violation USING CONSTRAINT = 'agreement_notice_never_gets_shorter', MESSAGE = 'A version that was published promised more days of notice.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ", hash='c2da58406d36ba6538437e91ea084f076015cae9', operation='INSERT OR UPDATE', pgid='pgtrigger_agreement_notice_never_gets_shorter_38d30', table='dealers_agreementversion', when='BEFORE')),
        ),
    ]
