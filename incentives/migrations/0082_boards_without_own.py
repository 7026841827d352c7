"""Boards know whether a dealer's own people count on them; the frozen ones were made with them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incentives', '0081_combined_boards_and_ages'),
    ]

    operations = [
        migrations.AddField(
            model_name='board',
            name='without_own',
            field=models.BooleanField(default=False, editable=False, verbose_name="without a dealer's own people"),
        ),
    ]
