from django.db import migrations, models


class Migration(migrations.Migration):
    """What is closed already was computed by the first form of the engine; what comes, is not."""

    dependencies = [("incentives", "0008_books_take_entries_in_open_periods")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="engine",
            field=models.PositiveSmallIntegerField(
                default=1, editable=False, verbose_name="engine"
            ),
        ),
        migrations.AlterField(
            model_name="run",
            name="engine",
            field=models.PositiveSmallIntegerField(
                default=2, editable=False, verbose_name="engine"
            ),
        ),
    ]
