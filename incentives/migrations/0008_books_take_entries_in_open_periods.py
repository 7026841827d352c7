import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incentives", "0007_periods_of_closed_months"),
    ]

    operations = [
        # The column stays where it is: what was a plain month now points at the period.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE incentives_journal ADD CONSTRAINT incentives_journal_month_fk_period"
                    " FOREIGN KEY (month) REFERENCES incentives_period (month)"
                    " DEFERRABLE INITIALLY DEFERRED",
                    "ALTER TABLE incentives_journal DROP CONSTRAINT incentives_journal_month_fk_period",
                ),
            ],
            state_operations=[
                migrations.RemoveField(model_name="journal", name="month"),
                migrations.AddField(
                    model_name="journal",
                    name="period",
                    field=models.ForeignKey(db_column="month", db_index=False, default=None, on_delete=django.db.models.deletion.PROTECT, related_name="journals", to="incentives.period", verbose_name="booked in"),
                    preserve_default=False,
                ),
            ],
        ),
        migrations.RemoveField(
            model_name='journal',
            name='reverses',
        ),
        migrations.RemoveField(
            model_name='journal',
            name='run',
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('dealer__isnull', False), ('holder', 'dealer'), ('kind', 'payable'), ('person__isnull', True), ('plan__isnull', True)), models.Q(('dealer__isnull', True), ('holder', 'person'), ('kind', 'payable'), ('person__isnull', False), ('plan__isnull', True)), models.Q(('dealer__isnull', True), ('holder', 'plan'), ('kind__in', ['expense', 'income']), ('person__isnull', True), ('plan__isnull', False)), models.Q(('dealer__isnull', True), ('holder__in', ['bank', 'clearing', 'withheld']), ('kind', 'own'), ('person__isnull', True), ('plan__isnull', True)), _connector='OR'), name='account_names_its_holder'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(fields=('kind', 'holder', 'dealer', 'person', 'plan', 'currency'), name='account_once_a_kind_holder_and_currency', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='journal',
            index=models.Index(fields=['source', 'source_key'], name='journal_source'),
        ),
        migrations.AddConstraint(
            model_name='period',
            constraint=models.CheckConstraint(condition=models.Q(('month__day', 1)), name='period_month_is_a_first_day'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='entry',
            trigger=pgtrigger.compiler.Trigger(name='entry_in_an_open_period', sql=pgtrigger.compiler.UpsertTriggerSql(func=" PERFORM 1 FROM incentives_period WHERE month IN (SELECT j.month FROM added JOIN incentives_journal j ON j.id = added.journal_id) FOR SHARE; IF EXISTS (SELECT 1 FROM incentives_period WHERE month IN (SELECT j.month FROM added JOIN incentives_journal j ON j.id = added.journal_id) AND closed_run_id IS NOT NULL) THEN RAISE EXCEPTION 'A closed period takes no more entries: %', TG_NAME; END IF; RETURN NULL;", hash='86226a0ed6fb2d87f79d239e6337470ed4605587', level='STATEMENT', operation='INSERT', pgid='pgtrigger_entry_in_an_open_period_bdd55', referencing='REFERENCING NEW TABLE AS added ', table='incentives_entry', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='journal',
            trigger=pgtrigger.compiler.Trigger(name='journal_in_an_open_period', sql=pgtrigger.compiler.UpsertTriggerSql(func=" PERFORM 1 FROM incentives_period WHERE month IN (SELECT month FROM added) FOR SHARE; IF EXISTS (SELECT 1 FROM incentives_period WHERE month IN (SELECT month FROM added) AND closed_run_id IS NOT NULL) THEN RAISE EXCEPTION 'A closed period takes no more entries: %', TG_NAME; END IF; RETURN NULL;", hash='154d6838c16917954a4791e2b529c144240dd15d', level='STATEMENT', operation='INSERT', pgid='pgtrigger_journal_in_an_open_period_1a401', referencing='REFERENCING NEW TABLE AS added ', table='incentives_journal', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='period',
            trigger=pgtrigger.compiler.Trigger(name='period_never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='8afb05aad93d77242747a1bf81e9c528330d75c3', operation='DELETE', pgid='pgtrigger_period_never_deleted_9eb8f', table='incentives_period', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='period',
            trigger=pgtrigger.compiler.Trigger(name='period_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;", hash='3411dca7c4acc30b81dff5f8c88837e2d76da019', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_period_never_emptied_9fa8d', table='incentives_period', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='period',
            trigger=pgtrigger.compiler.Trigger(name='period_opens_after_the_closed_ones', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT 1 FROM incentives_period WHERE month > NEW.month AND closed_run_id IS NOT NULL) THEN RAISE EXCEPTION 'A later period is closed already: %', TG_NAME; END IF; RETURN NEW;", hash='ca9ce360a0557cc11b66fd4061ec155e8ab38389', operation='INSERT', pgid='pgtrigger_period_opens_after_the_closed_ones_0e664', table='incentives_period', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='period',
            trigger=pgtrigger.compiler.Trigger(name='period_is_closed_once_by_its_run', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF OLD.closed_run_id IS NOT NULL OR NEW.month <> OLD.month OR NOT EXISTS (SELECT 1 FROM incentives_run WHERE id = NEW.closed_run_id AND month = NEW.month) THEN RAISE EXCEPTION 'A period is closed once, by its run: %', TG_NAME; END IF; RETURN NEW;", hash='f21afd1f71352a74ad250ad86b2307c04c039082', operation='UPDATE', pgid='pgtrigger_period_is_closed_once_by_its_run_c5f09', table='incentives_period', when='BEFORE')),
        ),
    ]
