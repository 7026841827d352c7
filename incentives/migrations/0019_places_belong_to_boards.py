import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incentives", "0018_boards_of_closed_months")]

    operations = [
        migrations.AlterField(
            model_name='ranking',
            name='board',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rankings', to='incentives.board', verbose_name='board'),
        ),
        migrations.AlterModelOptions(
            name='ranking',
            options={'ordering': ('board', 'cohort', 'rank'), 'verbose_name': 'ranking', 'verbose_name_plural': 'rankings'},
        ),
        migrations.RemoveField(
            model_name='ranking',
            name='run',
        ),
        migrations.RemoveField(
            model_name='ranking',
            name='metric',
        ),
        migrations.RemoveField(
            model_name='ranking',
            name='unit',
        ),
        migrations.AddConstraint(
            model_name='ranking',
            constraint=models.UniqueConstraint(fields=('board', 'dealer', 'store'), name='ranking_one_place_per_board', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='ranking',
            index=models.Index(fields=['board', 'cohort', 'rank'], name='ranking_cohort_order'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ranking',
            trigger=pgtrigger.compiler.Trigger(name='ranking_fits_its_open_board', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT 1 FROM added JOIN incentives_board b ON b.id = board_id WHERE b.frozen_at IS NOT NULL) THEN RAISE EXCEPTION 'A frozen board takes no more places: %', TG_NAME; END IF; IF EXISTS (SELECT 1 FROM added JOIN incentives_board b ON b.id = board_id WHERE (b.unit = 'store') <> (added.store_id IS NOT NULL)) THEN RAISE EXCEPTION 'A board of stores names them: %', TG_NAME; END IF; RETURN NULL;", hash='1c461bc9eb85a842a38aa822581af3ff39b830d7', level='STATEMENT', operation='INSERT', pgid='pgtrigger_ranking_fits_its_open_board_f01e2', referencing='REFERENCING NEW TABLE AS added ', table='incentives_ranking', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='board',
            trigger=pgtrigger.compiler.Trigger(name='board_frozen_for_ever', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."frozen_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f18b6650fb95ae62fd83ec147b4bf5060b57820d', operation='UPDATE OR DELETE', pgid='pgtrigger_board_frozen_for_ever_681ba', table='incentives_board', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='board',
            trigger=pgtrigger.compiler.Trigger(name='board_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;", hash='48b5fb6bb540b2a3a38174dc5f0309dc84c00ab8', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_board_never_emptied_9901f', table='incentives_board', when='BEFORE')),
        ),
    ]
