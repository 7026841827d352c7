"""An ownership knows until when its first contact is due."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0006_order_limits'),
    ]

    operations = [
        migrations.AddField(
            model_name='ownership',
            name='contact_due_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='first contact due at'),
        ),
        migrations.AlterField(
            model_name='registration',
            name='source',
            field=models.CharField(default='walk-in', max_length=40, verbose_name='source'),
        ),
        migrations.AlterField(
            model_name='registration',
            name='channel',
            field=models.CharField(choices=[('capture', 'Quick capture'), ('import', 'File import'), ('history', 'First load of the past')], default='capture', max_length=10, verbose_name='channel'),
        ),
        migrations.AlterField(
            model_name='registration',
            name='consent_text',
            field=models.CharField(default='2026-1', max_length=20, verbose_name='consent text version'),
        ),
    ]
