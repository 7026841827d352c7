import datetime
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0020_cards_and_stores_of_their_dealers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Handover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('batch', models.UUIDField(db_index=True, default=uuid.uuid4, verbose_name='handed over together')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('undoes', models.UUIDField(blank=True, db_index=True, null=True, verbose_name='takes back')),
                ('after', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='after')),
                ('before', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='before')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='handed over by')),
                ('ownership', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='handovers', to='customers.ownership', verbose_name='ownership')),
            ],
            options={
                'verbose_name': 'handover',
                'verbose_name_plural': 'handovers',
                'ordering': ('-at', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='handover_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'), models.UniqueConstraint(fields=('batch', 'ownership'), name='handover_once_a_batch_and_customer'), models.CheckConstraint(condition=models.Q(models.Q(('after__isnull', False), ('before__isnull', True)), models.Q(('after__isnull', True), ('before__isnull', False)), models.Q(('before', models.F('after')), _negated=True), _connector='OR'), name='handover_is_to_somebody_else')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='handover',
            trigger=pgtrigger.compiler.Trigger(name='handover_only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='68547fa8d663210bcb58bbaf7df81f75bfaa7dc1', operation='UPDATE OR DELETE', pgid='pgtrigger_handover_only_added_e4684', table='customers_handover', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='handover',
            trigger=pgtrigger.compiler.Trigger(name='handover_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;", hash='6f7afb014f9cd7054d5146a366073658275d7970', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_handover_never_emptied_19a76', table='customers_handover', when='BEFORE')),
        ),
    ]
