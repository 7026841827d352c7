import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incentives", "0016_estimates")]

    operations = [
        migrations.CreateModel(
            name='Board',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('length', models.CharField(choices=[('week', 'Week'), ('month', 'Month'), ('quarter', 'Quarter')], max_length=10, verbose_name='length')),
                ('starts_on', models.DateField(verbose_name='starts on')),
                ('metric', models.CharField(choices=[('net_sales', 'Net sales'), ('owned_sales', 'Sales to own customers'), ('registrations', 'Valid registrations'), ('conversion', 'Conversion')], max_length=20, verbose_name='metric')),
                ('unit', models.CharField(choices=[('store', 'Stores'), ('dealer', 'Dealers')], max_length=10, verbose_name='unit')),
                ('cohorts', models.JSONField(blank=True, default=list, verbose_name='cohorts')),
                ('known_until', models.DateTimeField(blank=True, null=True, verbose_name='known until')),
                ('frozen_at', models.DateTimeField(blank=True, null=True, verbose_name='frozen at')),
            ],
            options={
                'verbose_name': 'board',
                'verbose_name_plural': 'boards',
                'ordering': ('-starts_on', 'length', 'metric', 'unit'),
            },
        ),
        migrations.AddConstraint(
            model_name='board',
            constraint=models.UniqueConstraint(fields=('starts_on', 'length', 'metric', 'unit'), name='board_once_per_time_metric_and_unit'),
        ),
        migrations.AddConstraint(
            model_name='board',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('length', 'week'), ('starts_on__iso_week_day', 1)), models.Q(('length', 'month'), ('starts_on__day', 1)), models.Q(('length', 'quarter'), ('starts_on__day', 1), ('starts_on__month__in', [1, 4, 7, 10])), _connector='OR'), name='board_starts_with_its_week_month_or_quarter'),
        ),
        migrations.AddConstraint(
            model_name='board',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('frozen_at__isnull', True), ('known_until__isnull', True)), models.Q(('frozen_at__isnull', False), ('known_until__isnull', False)), _connector='OR'), name='board_frozen_with_what_was_known'),
        ),
        migrations.RemoveConstraint(
            model_name='ranking',
            name='ranking_store_board_names_the_store',
        ),
        migrations.RemoveConstraint(
            model_name='ranking',
            name='ranking_one_place_a_board',
        ),
        migrations.RemoveIndex(
            model_name='ranking',
            name='ranking_store_history',
        ),
        migrations.RemoveIndex(
            model_name='ranking',
            name='ranking_dealer_history',
        ),
        migrations.RemoveIndex(
            model_name='ranking',
            name='ranking_cohort_order',
        ),
        migrations.AddField(
            model_name='ranking',
            name='board',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rankings', to='incentives.board', verbose_name='board'),
        ),
        # So that going back finds room for them; the next step fills them in again.
        migrations.AlterField(
            model_name="ranking",
            name="run",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="rankings", to="incentives.run", verbose_name="closed month"),
        ),
        migrations.AlterField(
            model_name="ranking",
            name="metric",
            field=models.CharField(choices=[("net_sales", "Net sales"), ("owned_sales", "Sales to own customers"), ("registrations", "Valid registrations"), ("conversion", "Conversion")], default="", max_length=20, verbose_name="metric"),
        ),
        migrations.AlterField(
            model_name="ranking",
            name="unit",
            field=models.CharField(choices=[("store", "Stores"), ("dealer", "Dealers")], default="", max_length=10, verbose_name="unit"),
        ),
    ]
