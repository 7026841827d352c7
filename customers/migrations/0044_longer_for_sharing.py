"""What a longer first protection a level of sharing brings; rulebooks on file promised none."""

import django.contrib.postgres.fields
import django.core.validators
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0043_campaigns'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='rulebook',
            name='sharing_days',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(validators=[django.core.validators.MaxValueValidator(366)]), blank=True, default=list, help_text='For each level from L0 to L3, as in 0, 15, 30, 30. Empty: for none.', verbose_name='longer first protection for sharing, days'),
        ),
        migrations.AddConstraint(
            model_name='rulebook',
            constraint=models.CheckConstraint(condition=models.Q(('sharing_days', []), models.Q(('sharing_days__1__gte', models.F('sharing_days__0')), ('sharing_days__2__gte', models.F('sharing_days__1')), ('sharing_days__3__gte', models.F('sharing_days__2')), ('sharing_days__3__lte', 366), ('sharing_days__len', 4)), _connector='OR'), name='rulebook_shares_name_each_level', violation_error_message='Write four numbers of days, for L0 to L3; a higher level gives no less.'),
        ),
    ]
