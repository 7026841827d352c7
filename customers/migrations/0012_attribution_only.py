"""An order keeps facts only; for whom it counts, its attributions say."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('customers', '0011_attribute_orders')]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='order',
            name='order_never_deleted',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='order',
            name='order_facts_never_change',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='order',
            name='order_attributed_once',
        ),
        migrations.RemoveConstraint(
            model_name='order',
            name='order_owner_share_is_a_share',
        ),
        migrations.RemoveConstraint(
            model_name='order',
            name='order_sold_by_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='order',
            name='order_owner_is_named_with_its_day_and_share',
        ),
        migrations.RemoveConstraint(
            model_name='order',
            name='order_online_has_no_store',
        ),
        migrations.RemoveIndex(
            model_name='order',
            name='order_owned_month',
        ),
        migrations.RemoveIndex(
            model_name='order',
            name='order_owner_newest',
        ),
        migrations.RemoveIndex(
            model_name='order',
            name='order_attributed',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='order',
            trigger=pgtrigger.compiler.Trigger(name='order_only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='499ebfe9c92b1616af2a3b4ceb15b37512244ab8', operation='UPDATE OR DELETE', pgid='pgtrigger_order_only_added_394d0', table='customers_order', when='BEFORE')),
        ),
        migrations.RemoveField(
            model_name='order',
            name='attributed_at',
        ),
        migrations.RemoveField(
            model_name='order',
            name='owned_on',
        ),
        migrations.RemoveField(
            model_name='order',
            name='owner_dealer',
        ),
        migrations.RemoveField(
            model_name='order',
            name='owner_share',
        ),
        migrations.RemoveField(
            model_name='order',
            name='owner_store',
        ),
        migrations.RemoveField(
            model_name='order',
            name='ownership',
        ),
        migrations.RemoveField(
            model_name='order',
            name='rulebook',
        ),
        migrations.RemoveField(
            model_name='order',
            name='sold_by',
        ),
        migrations.AddIndex(
            model_name='attribution',
            index=models.Index(condition=models.Q(('holder', 'owner')), fields=['counts_on', 'dealer'], name='attribution_owned_month'),
        ),
        migrations.AddIndex(
            model_name='attribution',
            index=models.Index(condition=models.Q(('holder', 'owner')), fields=['dealer', '-counts_on'], name='attribution_owner_newest'),
        ),
        migrations.AddIndex(
            model_name='attribution',
            index=models.Index(condition=models.Q(('holder', 'seller')), fields=['counts_on', 'dealer'], name='attribution_sold_month'),
        ),
        migrations.AddIndex(
            model_name='attribution',
            index=models.Index(condition=models.Q(('ownership__isnull', False)), fields=['ownership'], name='attribution_ownership'),
        ),
        migrations.AddIndex(
            model_name='attribution',
            index=models.Index(fields=['recorded_at'], name='attribution_recorded'),
        ),
        migrations.AddIndex(
            model_name='attribution',
            index=models.Index(condition=models.Q(('sale__isnull', False)), fields=['sale'], name='attribution_returns'),
        ),
        migrations.AddIndex(
            model_name='attribution',
            index=models.Index(condition=models.Q(('version__gt', 1)), fields=['order', 'version'], name='attribution_superseding'),
        ),
        migrations.AddConstraint(
            model_name='attribution',
            constraint=models.UniqueConstraint(fields=('order', 'version', 'holder', 'store'), name='attribution_holder_named_once'),
        ),
        migrations.AddConstraint(
            model_name='attribution',
            constraint=models.CheckConstraint(condition=models.Q(('share__gte', 0), ('share__lte', 1)), name='attribution_share_is_a_share'),
        ),
        migrations.AddConstraint(
            model_name='attribution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('holder', 'owner'), ('ownership__isnull', False)), models.Q(('holder', 'seller'), ('ownership__isnull', True)), _connector='OR'), name='attribution_owner_has_an_ownership'),
        ),
        migrations.AddConstraint(
            model_name='attribution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('holder', 'owner'), ('sold_by__in', ['own', 'sister', 'other', 'online'])), models.Q(('holder', 'seller'), ('sold_by', 'other')), _connector='OR'), name='attribution_seller_is_another_dealer'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='attribution',
            trigger=pgtrigger.compiler.Trigger(name='attribution_only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='cda4347cebb5ae855b02e85059d7ff331206de31', operation='UPDATE OR DELETE', pgid='pgtrigger_attribution_only_added_69961', table='customers_attribution', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='attribution',
            trigger=pgtrigger.compiler.Trigger(name='attribution_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;", hash='50437da22606d0f1e47f2221d45ade8378b93c66', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_attribution_never_emptied_5d748', table='customers_attribution', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='attribution',
            trigger=pgtrigger.compiler.Trigger(name='attribution_is_whole', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF EXISTS (\n                    SELECT FROM customers_attribution AS a\n                    WHERE (a.order_id, a.version) IN (SELECT order_id, version FROM given)\n                    GROUP BY a.order_id, a.version HAVING sum(a.share) <> 1\n                ) THEN\n                    RAISE check_violation USING CONSTRAINT = 'attribution_shares_total_one',\n                        MESSAGE = 'The shares of an order total 100 %, in one statement.';\n                END IF;\n                IF EXISTS (\n                    SELECT FROM given AS g LEFT JOIN customers_order AS o ON o.id = g.order_id\n                    WHERE (g.sale_id, g.ordered_at, g.quantity, g.signed_net) IS DISTINCT FROM\n                        (o.sale_id, o.ordered_at, o.quantity, o.signed_net)\n                ) THEN\n                    RAISE check_violation USING CONSTRAINT = 'attribution_repeats_its_order',\n                        MESSAGE = 'An attribution repeats what its order says.';\n                END IF;\n                IF EXISTS (\n                    SELECT FROM given AS g WHERE g.version > 1 AND NOT EXISTS (\n                        SELECT FROM customers_attribution AS a\n                        WHERE a.order_id = g.order_id AND a.version = g.version - 1\n                            AND a.recorded_at <= g.recorded_at)\n                ) THEN\n                    RAISE check_violation USING CONSTRAINT = 'attribution_supersedes_one_before',\n                        MESSAGE = 'An attribution supersedes the one before it.';\n                END IF;\n                RETURN NULL;\n                ", hash='cfc4efaa20742a2d2cae1fb71e3cd798f31c5a30', level='STATEMENT', operation='INSERT', pgid='pgtrigger_attribution_is_whole_d5eb7', referencing='REFERENCING NEW TABLE AS given ', table='customers_attribution', when='AFTER')),
        ),
    ]
