"""An early end names its cause, and is found without reading all events."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0003_fewer_indexes'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='ownershipevent',
            name='ownership_event_names_its_cause',
        ),
        migrations.AddIndex(
            model_name='ownershipevent',
            index=models.Index(condition=Q(kind='ended'), fields=['ownership'], name='ownership_event_ended'),
        ),
        migrations.AddConstraint(
            model_name='ownershipevent',
            constraint=models.CheckConstraint(
                condition=Q(kind='started', registration__isnull=False)
                | Q(kind='renewed', activity__isnull=False)
                | Q(kind='sold', order__isnull=False)
                | Q(kind='ended', registration__isnull=False),
                name='ownership_event_names_its_cause',
            ),
        ),
    ]
