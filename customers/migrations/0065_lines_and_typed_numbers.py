import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0064_text_of_emergencies'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='dispatchstore',
            name='lines',
            field=models.ManyToManyField(blank=True, help_text='Only leads for these; where none is chosen, for all.', related_name='+', to='customers.category', verbose_name='product lines'),
        ),
        migrations.AlterField(
            model_name='candidate',
            name='why_not',
            field=models.CharField(blank=True, choices=[('closed', 'not open'), ('takes_none', 'takes no leads'), ('not_sold', 'does not sell what is wanted'), ('full', 'has as many leads in hand as it may'), ('asked', 'was asked before')], max_length=12, verbose_name='why not'),
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='plantedhit',
            name='planted_hit_stays',
        ),
        migrations.RemoveConstraint(
            model_name='plantedhit',
            name='planted_hit_was_registered_or_typed',
        ),
        migrations.AddField(
            model_name='plantedhit',
            name='typed_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='typed by'),
        ),
        migrations.AddField(
            model_name='plantedhit',
            name='typed_into',
            field=models.CharField(blank=True, choices=[('order', 'an order by hand'), ('lead', 'a lead'), ('search', 'the search')], db_default='', max_length=8, verbose_name='typed into'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='plantedhit',
            trigger=pgtrigger.compiler.Trigger(name='planted_hit_stays', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."registration_id" IS DISTINCT FROM (NEW."registration_id") OR OLD."unconfirmed_id" IS DISTINCT FROM (NEW."unconfirmed_id") OR OLD."typed_by_id" IS DISTINCT FROM (NEW."typed_by_id") OR OLD."typed_into" IS DISTINCT FROM (NEW."typed_into") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."at" IS DISTINCT FROM (NEW."at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='3ee23424254978ea9128e1e01d58c2328219a058', operation='UPDATE', pgid='pgtrigger_planted_hit_stays_e7633', table='customers_plantedhit', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='plantedhit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('registration__isnull', False), ('typed_by__isnull', True), ('typed_into', ''), ('unconfirmed__isnull', True)), models.Q(('registration__isnull', True), ('typed_by__isnull', True), ('typed_into', ''), ('unconfirmed__isnull', False)), models.Q(('registration__isnull', True), ('typed_by__isnull', False), ('typed_into__in', ['order', 'lead', 'search']), ('unconfirmed__isnull', True)), _connector='OR'), name='planted_hit_was_registered_or_typed'),
        ),
    ]
