from django.db import migrations, models


class Migration(migrations.Migration):
    """Amounts keep the decimals of their currency, and no sum is too large for its column.

    Dropping a column's precision changes no row: what is stored reads as before.
    """

    dependencies = [("incentives", "0009_engine_of_a_run")]

    operations = [
        migrations.AlterField(
            model_name="component",
            name="period_cap",
            field=models.DecimalField(
                blank=True, null=True, verbose_name="cap a month and dealer"
            ),
        ),
        migrations.AlterField(
            model_name="entry", name="amount", field=models.DecimalField(verbose_name="amount")
        ),
        migrations.AlterField(
            model_name="line",
            name="amount",
            field=models.DecimalField(blank=True, null=True, verbose_name="amount"),
        ),
        migrations.AlterField(
            model_name="line", name="base", field=models.DecimalField(verbose_name="base")
        ),
        migrations.AlterField(
            model_name="line",
            name="uncapped",
            field=models.DecimalField(blank=True, null=True, verbose_name="before the cap"),
        ),
        migrations.AlterField(
            model_name="ranking",
            name="denominator",
            field=models.DecimalField(blank=True, null=True, verbose_name="denominator"),
        ),
        migrations.AlterField(
            model_name="ranking",
            name="numerator",
            field=models.DecimalField(blank=True, null=True, verbose_name="numerator"),
        ),
        migrations.AlterField(
            model_name="ranking",
            name="value",
            field=models.DecimalField(decimal_places=6, max_digits=30, verbose_name="value"),
        ),
        migrations.AlterField(
            model_name="raterow",
            name="starts_at",
            field=models.DecimalField(default=0, verbose_name="from"),
        ),
        migrations.AlterField(
            model_name="result", name="amount", field=models.DecimalField(verbose_name="amount")
        ),
        migrations.AlterField(
            model_name="result", name="base", field=models.DecimalField(verbose_name="base")
        ),
        migrations.AlterField(
            model_name="result",
            name="returned",
            field=models.DecimalField(default=0, verbose_name="returned"),
        ),
        migrations.AlterField(
            model_name="result",
            name="uncapped",
            field=models.DecimalField(verbose_name="before the cap"),
        ),
        migrations.AlterField(
            model_name="statement",
            name="closing",
            field=models.DecimalField(verbose_name="carried forward"),
        ),
        migrations.AlterField(
            model_name="statement",
            name="opening",
            field=models.DecimalField(verbose_name="carried over"),
        ),
        migrations.AlterField(
            model_name="statement",
            name="payable",
            field=models.DecimalField(verbose_name="to be paid"),
        ),
        migrations.AlterField(
            model_name="statement",
            name="total",
            field=models.DecimalField(verbose_name="total of the month"),
        ),
    ]
