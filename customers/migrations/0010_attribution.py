"""For whom an order counts: rows beside it that are only added."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('customers', '0009_seal_into_rows')]

    operations = [
        migrations.CreateModel(
            name='Attribution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveSmallIntegerField(default=1, verbose_name='version')),
                ('holder', models.CharField(choices=[('owner', 'Owner'), ('seller', 'Seller')], max_length=6, verbose_name='holder')),
                ('share', models.DecimalField(decimal_places=6, max_digits=9, verbose_name='share')),
                ('sold_by', models.CharField(choices=[('own', 'Own store'), ('sister', 'Sister store'), ('other', 'Another dealer'), ('online', 'Online')], max_length=6, verbose_name='sold by')),
                ('counts_on', models.DateField(verbose_name='counts on')),
                ('cause', models.CharField(choices=[('order', 'Recorded with the order'), ('renewal', 'A sale recorded later prolonged the protection')], max_length=8, verbose_name='cause')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded at')),
                ('ordered_at', models.DateTimeField(verbose_name='ordered at')),
                ('quantity', models.PositiveIntegerField(verbose_name='quantity')),
                ('signed_net', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='net, less returns')),
                ('dealer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='attributions', to='dealers.dealer', verbose_name='dealer')),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='attributions', to='customers.order', verbose_name='order')),
                ('ownership', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='attributions', to='customers.ownership', verbose_name='ownership')),
                ('rulebook', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.rulebook', verbose_name='rulebook')),
                ('sale', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.order', verbose_name='sale')),
                ('store', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='attributions', to='dealers.store', verbose_name='store')),
            ],
            options={
                'verbose_name': 'attribution',
                'verbose_name_plural': 'attributions',
                'ordering': ('order', 'version', 'holder', 'id'),
            },
        ),
        migrations.AddField(
            model_name='order',
            name='signed_net',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(kind='return', then=-models.F('net')), default=models.F('net')), output_field=models.DecimalField(decimal_places=2, max_digits=14), verbose_name='net, less returns'),
        ),
    ]
