from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0064_text_of_emergencies'),
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
    ]
