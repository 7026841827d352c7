from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incentives", "0010_money_as_given")]

    operations = [
        migrations.AddField(
            model_name="component",
            name="pays_zero",
            field=models.BooleanField(
                default=False,
                help_text="Whether a sale of net 0 counts for what is paid per sale or per unit.",
                verbose_name="also for nothing paid",
            ),
        ),
        migrations.AddField(
            model_name="component",
            name="rate_above_one",
            field=models.CharField(
                blank=True,
                help_text="A share above 100% needs a sentence here that says that it is meant.",
                max_length=200,
                verbose_name="rate above 1 is meant",
            ),
        ),
    ]
