from django.db import migrations


class Migration(migrations.Migration):
    """Settings that have one value say nothing; the program file still takes them."""

    dependencies = [("incentives", "0011_zero_sales_and_high_rates")]

    operations = [
        migrations.RemoveConstraint(model_name="plan", name="plan_audience_is_known"),
        migrations.RemoveField(model_name="plan", name="audience"),
        migrations.RemoveField(model_name="component", name="window"),
        migrations.RemoveField(model_name="component", name="per"),
    ]
