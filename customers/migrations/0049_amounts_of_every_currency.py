"""Orders keep their amounts with the decimals of their currency, and not with two for all.

The column that is made of the net paid, and the trigger that compares it, hold its type: they
are taken away and made again.
"""

from decimal import Decimal

import django.core.validators
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

ONLY_ADDED = pgtrigger.compiler.Trigger(
    name="order_only_added",
    sql=pgtrigger.compiler.UpsertTriggerSql(
        condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."external_id" IS DISTINCT FROM (NEW."external_id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."sale_id" IS DISTINCT FROM (NEW."sale_id") OR OLD."ordered_at" IS DISTINCT FROM (NEW."ordered_at") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."identity_id" IS DISTINCT FROM (NEW."identity_id") OR OLD."quantity" IS DISTINCT FROM (NEW."quantity") OR OLD."net" IS DISTINCT FROM (NEW."net") OR OLD."placed_on" IS DISTINCT FROM (NEW."placed_on") OR OLD."recorded_by_id" IS DISTINCT FROM (NEW."recorded_by_id") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at"))',
        func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
        hash="35d9db923392d209742509e9f2de42a83de0d32d",
        operation="UPDATE",
        pgid="pgtrigger_order_only_added_394d0",
        table="customers_order",
        when="BEFORE",
    ),
)


class Migration(migrations.Migration):
    dependencies = [("customers", "0048_numbers_by_level")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(model_name="order", name="order_only_added"),
        migrations.RemoveField(model_name="order", name="signed_net"),
        migrations.AlterField(
            model_name="attribution",
            name="signed_net",
            field=models.DecimalField(verbose_name="net, less returns"),
        ),
        migrations.AlterField(
            model_name="order",
            name="net",
            field=models.DecimalField(verbose_name="net paid"),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="discount",
            field=models.DecimalField(
                validators=[
                    django.core.validators.MinValueValidator(Decimal("0")),
                    django.core.validators.MaxValueValidator(Decimal("99999999.99")),
                ],
                verbose_name="discount",
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="gross",
            field=models.DecimalField(
                validators=[
                    django.core.validators.MinValueValidator(Decimal("0")),
                    django.core.validators.MaxValueValidator(Decimal("99999999.99")),
                ],
                verbose_name="gross",
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="net",
            field=models.DecimalField(
                validators=[
                    django.core.validators.MinValueValidator(Decimal("0")),
                    django.core.validators.MaxValueValidator(Decimal("99999999.99")),
                ],
                verbose_name="net paid",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="signed_net",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(
                        kind="return",
                        then=django.db.models.expressions.CombinedExpression(
                            models.F("net"), "*", models.Value(-1)
                        ),
                    ),
                    default=models.F("net"),
                ),
                output_field=models.DecimalField(),
                verbose_name="net, less returns",
            ),
        ),
        pgtrigger.migrations.AddTrigger(model_name="order", trigger=ONLY_ADDED),
    ]
