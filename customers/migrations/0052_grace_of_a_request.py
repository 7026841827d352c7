"""A request for more time says how many days of grace the protection had when it was asked."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0051_live_of_every_channel")]

    operations = [
        migrations.AddField(
            model_name="act",
            name="grace_days",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="days of grace when it was asked"
            ),
        ),
        migrations.AddConstraint(
            model_name="act",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("grace_days__isnull", True), ("kind", "asked"), _connector="OR"
                ),
                name="act_of_asking_says_the_grace",
            ),
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="act",
            name="act_only_added",
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="act",
            trigger=pgtrigger.compiler.Trigger(
                name="act_only_added",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."identity_id" IS DISTINCT FROM (NEW."identity_id") OR OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id") OR OLD."ownership_id" IS DISTINCT FROM (NEW."ownership_id") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id") OR OLD."at" IS DISTINCT FROM (NEW."at") OR OLD."recorded_at" IS DISTINCT FROM (NEW."recorded_at") OR OLD."due_at" IS DISTINCT FROM (NEW."due_at") OR OLD."grace_days" IS DISTINCT FROM (NEW."grace_days") OR OLD."answers_id" IS DISTINCT FROM (NEW."answers_id"))',
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                    hash="b50a521de9369d9f6360dfc6d1c72a1e731b2836",
                    operation="UPDATE",
                    pgid="pgtrigger_act_only_added_49478",
                    table="customers_act",
                    when="BEFORE",
                ),
            ),
        ),
    ]
