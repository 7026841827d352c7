import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('dealers', '0009_store_with_its_dealer'),
    ]

    operations = [
        migrations.AddField(
            model_name='invitation',
            name='phone',
            field=models.CharField(blank=True, help_text='E.164', max_length=16, verbose_name='mobile number'),
        ),
        migrations.AlterField(
            model_name='invitation',
            name='email',
            field=models.EmailField(blank=True, max_length=254, verbose_name='e-mail'),
        ),
        migrations.AlterField(
            model_name='invitation',
            name='mailed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='link sent at'),
        ),
        migrations.AlterField(
            model_name='user',
            name='email',
            field=models.EmailField(blank=True, max_length=254, null=True, unique=True, verbose_name='e-mail'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invitation',
            trigger=pgtrigger.compiler.Trigger(name='invitation_gets_its_number_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.phone IS DISTINCT FROM NEW.phone AND (OLD.phone <> '' OR OLD.email <> '' OR OLD.accepted_at IS NOT NULL OR OLD.revoked_at IS NOT NULL))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='c1a91b84ab3cb9c186bf9faa1166720e10490781', operation='UPDATE', pgid='pgtrigger_invitation_gets_its_number_once_400a9', table='dealers_invitation', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('email', ''), ('phone', ''), _connector='OR'), name='invitation_by_mail_or_to_a_number'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('email__isnull', False), models.Q(('email', ''), _negated=True)), ('phone__isnull', False), _connector='OR'), name='user_has_an_address_or_a_number'),
        ),
    ]
