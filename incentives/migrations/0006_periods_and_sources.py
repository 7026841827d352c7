import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dealers", "0001_initial"),
        ("incentives", "0005_lines_by_result"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Period',
            fields=[
                ('month', models.DateField(primary_key=True, serialize=False, verbose_name='month')),
            ],
            options={
                'verbose_name': 'period',
                'verbose_name_plural': 'periods',
                'ordering': ('-month',),
            },
        ),
        migrations.AddField(
            model_name='period',
            name='closed_run',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='period', to='incentives.run', verbose_name='closed by'),
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='journal',
            name='journal_not_in_a_closed_month',
        ),
        migrations.RemoveConstraint(
            model_name='account',
            name='account_is_a_dealers_or_a_plans',
        ),
        migrations.RemoveConstraint(
            model_name='account',
            name='account_once_a_kind_holder_and_currency',
        ),
        migrations.AddField(
            model_name='account',
            name='person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AlterField(
            model_name='account',
            name='kind',
            field=models.CharField(choices=[('payable', 'Owed'), ('expense', 'Incentives paid'), ('income', 'Fees charged'), ('own', "The brand's own money")], max_length=10, verbose_name='kind'),
        ),
        migrations.AddField(
            model_name='account',
            name='holder',
            field=models.CharField(choices=[('dealer', 'Dealer'), ('person', 'Person'), ('plan', 'Plan'), ('bank', 'Bank'), ('clearing', 'Clearing'), ('withheld', 'Withheld')], default='', max_length=10, verbose_name='holder'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='journal',
            name='source',
            field=models.CharField(choices=[('run', 'Closed month'), ('payout', 'Payout'), ('adjustment', 'Adjustment'), ('dispute', 'Dispute')], default='', max_length=10, verbose_name='source'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='journal',
            name='source_key',
            field=models.CharField(default='', max_length=60, verbose_name='number of the source'),
            preserve_default=False,
        ),
        # So that going back finds room for it; the next step fills it in again.
        migrations.AlterField(
            model_name="journal",
            name="run",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="journals", to="incentives.run", verbose_name="closed month"),
        ),
    ]
