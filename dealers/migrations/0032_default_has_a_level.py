"""A default is a level: only what was chosen for one customer may be nothing, again."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dealers', '0031_emergencies'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='sharing',
            name='sharing_level_is_known',
        ),
        migrations.AddConstraint(
            model_name='sharing',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('level__in', [0, 1, 2, 3]), ('level__isnull', False)), models.Q(('customer__isnull', False), ('level', None)), _connector='OR'), name='sharing_level_is_known'),
        ),
    ]
