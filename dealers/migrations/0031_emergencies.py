"""Break-glass: asked by one person of headquarters, answered by another, counted for everybody."""

import datetime
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dealers', '0030_coaching'),
    ]

    operations = [
        migrations.CreateModel(
            name='Emergency',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('customer', models.UUIDField(verbose_name='customer card')),
                ('reason', models.CharField(help_text="The dealer's owner reads it. Write no name and no number.", max_length=300, verbose_name='reason')),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='asked at')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered at')),
                ('granted', models.BooleanField(blank=True, null=True, verbose_name='granted')),
            ],
            options={
                'verbose_name': 'emergency',
                'verbose_name_plural': 'emergencies',
                'ordering': ('-asked_at', '-id'),
            },
        ),
        migrations.AlterField(
            model_name='accesslog',
            name='action',
            field=models.CharField(choices=[('reveal', 'Number shown'), ('refused', 'Number asked for, and refused'), ('look_up', 'Number looked up'), ('export', 'Exported'), ('look', "Looked at the owner's pages"), ('view', 'Customers on a page')], max_length=20, verbose_name='action'),
        ),
        migrations.CreateModel(
            name='BrokenGlass',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
            ],
            options={
                'verbose_name': 'emergency of the network',
                'verbose_name_plural': 'emergencies of the network',
                'ordering': ('-at', '-id'),
                'constraints': [models.CheckConstraint(condition=models.Q(('at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='broken_glass_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='brokenglass',
            trigger=pgtrigger.compiler.Trigger(name='broken_glass_only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1d40595e1642fe8296d107b36810f2696875f88f', operation='UPDATE OR DELETE', pgid='pgtrigger_broken_glass_only_added_d769d', table='dealers_brokenglass', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='brokenglass',
            trigger=pgtrigger.compiler.Trigger(name='broken_glass_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;", hash='31492e2d695de45dfb47b2845ed5dc0fd24c0173', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_broken_glass_never_emptied_4712b', table='dealers_brokenglass', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='emergency',
            name='answered_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='answered by'),
        ),
        migrations.AddField(
            model_name='emergency',
            name='asked_by',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked by'),
        ),
        migrations.AddField(
            model_name='emergency',
            name='dealer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dealers.dealer', verbose_name='dealer'),
        ),
        migrations.AddConstraint(
            model_name='emergency',
            constraint=models.CheckConstraint(condition=models.Q(('asked_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('asked_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('answered_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('answered_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='emergency_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        migrations.AddConstraint(
            model_name='emergency',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='emergency_says_why'),
        ),
        migrations.AddConstraint(
            model_name='emergency',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('answered_by', None), ('granted', None)), models.Q(('answered_at__isnull', False), ('answered_by__isnull', False), ('granted__isnull', False)), _connector='OR'), name='emergency_answered_as_a_whole'),
        ),
        migrations.AddConstraint(
            model_name='emergency',
            constraint=models.CheckConstraint(condition=models.Q(('answered_by', None), models.Q(('answered_by', models.F('asked_by')), _negated=True), _connector='OR'), name='emergency_answered_by_somebody_else'),
        ),
        migrations.AddConstraint(
            model_name='emergency',
            constraint=models.CheckConstraint(condition=models.Q(('answered_at', None), models.Q(('answered_at__gte', models.F('asked_at')), ('answered_at__lte', django.db.models.expressions.CombinedExpression(models.F('asked_at'), '+', models.Value(datetime.timedelta(days=1))))), _connector='OR'), name='emergency_answered_within_a_day'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='emergency',
            trigger=pgtrigger.compiler.Trigger(name='emergency_stays_asked', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."customer" IS DISTINCT FROM (NEW."customer") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."asked_by_id" IS DISTINCT FROM (NEW."asked_by_id") OR OLD."asked_at" IS DISTINCT FROM (NEW."asked_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='d4fa5f5d5302bd16f5284af591703aea2db08248', operation='UPDATE', pgid='pgtrigger_emergency_stays_asked_dd904', table='dealers_emergency', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='emergency',
            trigger=pgtrigger.compiler.Trigger(name='emergency_never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='d71173c9dd8dc0465026fccaff8ebcebcb238aee', operation='DELETE', pgid='pgtrigger_emergency_never_deleted_65532', table='dealers_emergency', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='emergency',
            trigger=pgtrigger.compiler.Trigger(name='emergency_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;", hash='2dc6747ba7f976d7497f59d257ebdbf6404bdc8a', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_emergency_never_emptied_390f1', table='dealers_emergency', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='emergency',
            trigger=pgtrigger.compiler.Trigger(name='emergency_is_of_headquarters', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (current_user IN ('portal_door', 'portal_dealer', 'portal_looker', 'portal_region', 'portal_public'))", func="RAISE EXCEPTION 'pgtrigger: Cannot insert or update rows from % table', TG_TABLE_NAME;", hash='438724d0337086a8c6d45bebe31591efe4b48b75', operation='INSERT OR UPDATE', pgid='pgtrigger_emergency_is_of_headquarters_5b175', table='dealers_emergency', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='emergency',
            trigger=pgtrigger.compiler.Trigger(name='emergency_answered_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.answered_at IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='1d92d2e8023ec1700f6eb285fe95df0c3fa19e6c', operation='UPDATE', pgid='pgtrigger_emergency_answered_once_ac0e9', table='dealers_emergency', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='emergency',
            trigger=pgtrigger.compiler.Trigger(name='emergency_is_asked_open', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.answered_at IS NOT NULL)', func="\n        IF true THEN\n            RAISE check_violation USING CONSTRAINT = 'emergency_is_asked_open', MESSAGE = 'An emergency is asked for first, and answered by somebody else.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ", hash='40c81d84897b5ba696e48b247b24118c70032272', operation='INSERT', pgid='pgtrigger_emergency_is_asked_open_388a3', table='dealers_emergency', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='emergency',
            trigger=pgtrigger.compiler.Trigger(name='emergency_is_counted', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.granted AND OLD.granted IS NULL)', func='INSERT INTO dealers_brokenglass (at) VALUES (NEW.answered_at); RETURN NULL;', hash='c764a221c13f1f8c26f14288e8f21ec17395b544', operation='UPDATE', pgid='pgtrigger_emergency_is_counted_6c6a2', table='dealers_emergency', when='AFTER')),
        ),
    ]
