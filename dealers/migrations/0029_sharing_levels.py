"""At which level a dealer shares its customers with the brand.

Nobody is given a row. A dealer that has chosen nothing shares at level 1, the masked profile: that
is what headquarters sees of a card without a grant, so its pages go on as they are. It may no
longer be shown a number, though, which until now the customer's consent alone allowed: no page has
promised that to a dealer, and the owner says yes to it by choosing level 2 or 3.
"""

import datetime
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dealers', '0028_files_of_headquarters'),
    ]

    operations = [
        migrations.CreateModel(
            name='Sharing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('customer', models.UUIDField(blank=True, null=True, verbose_name='customer card')),
                ('level', models.PositiveSmallIntegerField(blank=True, choices=[(0, 'Fingerprint only'), (1, 'Masked profile'), (2, 'Contact for after-sales service'), (3, 'Co-marketing')], null=True, verbose_name='level')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                ('by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('dealer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dealers.dealer', verbose_name='dealer')),
            ],
            options={
                'verbose_name': 'sharing level',
                'verbose_name_plural': 'sharing levels',
                'ordering': ('-at', '-id'),
                'indexes': [models.Index(fields=['dealer', 'customer', '-at', '-id'], name='sharing_latest'), models.Index(condition=models.Q(('level', 0)), fields=['dealer'], name='sharing_nothing')],
                'constraints': [models.CheckConstraint(condition=models.Q(('at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='sharing_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'), models.CheckConstraint(condition=models.Q(('level__in', [0, 1, 2, 3]), models.Q(('customer__isnull', False), ('level', None)), _connector='OR'), name='sharing_level_is_known')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sharing',
            trigger=pgtrigger.compiler.Trigger(name='sharing_only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='130b65cd96ea8ed76b620c1c0a15fb39b34504c5', operation='UPDATE OR DELETE', pgid='pgtrigger_sharing_only_added_4313f', table='dealers_sharing', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sharing',
            trigger=pgtrigger.compiler.Trigger(name='sharing_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;", hash='ce6c19f267baa4a1d3d0ce9480b45ae1a6da223c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_sharing_never_emptied_c3a51', table='dealers_sharing', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sharing',
            trigger=pgtrigger.compiler.Trigger(name='sharing_chosen_by_its_dealer', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (current_user NOT IN ('portal_worker', 'portal_definer') AND current_user LIKE 'portal\\_%' AND coalesce(current_setting('app.role', true), '') <> 'owner')", func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;", hash='9613b6c06111e5f959ceadf5ddf33ddc88df9a6c', operation='INSERT', pgid='pgtrigger_sharing_chosen_by_its_dealer_12d41', table='dealers_sharing', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sharing',
            trigger=pgtrigger.compiler.Trigger(name='sharing_is_not_dated_back', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF EXISTS (SELECT FROM dealers_sharing AS before\n                    WHERE before.dealer_id = NEW.dealer_id\n                        AND before.customer IS NOT DISTINCT FROM NEW.customer\n                        AND before.at > NEW.at) THEN\n            RAISE check_violation USING CONSTRAINT = 'sharing_is_not_dated_back', MESSAGE = 'A level is chosen after those that were chosen before.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ", hash='3c0423ecfe4810641e0566ca55b52e0a48730766', operation='INSERT', pgid='pgtrigger_sharing_is_not_dated_back_379f9', table='dealers_sharing', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sharing',
            trigger=pgtrigger.compiler.Trigger(name='sharing_is_of_its_own_customers', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF NEW.customer IS NOT NULL AND NOT EXISTS (SELECT FROM customers_customer\n                    WHERE id = NEW.customer AND dealer_id = NEW.dealer_id) THEN\n            RAISE check_violation USING CONSTRAINT = 'sharing_is_of_its_own_customers', MESSAGE = 'This card belongs to another dealer.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ", hash='ac6efa8ba789149c55a4a59848a270086772f620', operation='INSERT', pgid='pgtrigger_sharing_is_of_its_own_customers_2adb3', table='dealers_sharing', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sharing',
            trigger=pgtrigger.compiler.Trigger(name='sharing_raised_with_consent', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF NEW.customer IS NOT NULL\n    AND coalesce(NEW.level, (SELECT level FROM dealers_sharing WHERE dealer_id = NEW.dealer_id\n    AND customer IS NULL AND at <= 'infinity' ORDER BY at DESC, id DESC LIMIT 1), 1)\n        > coalesce((SELECT level FROM dealers_sharing WHERE dealer_id = NEW.dealer_id\n    AND customer = NEW.customer AND at <= 'infinity' ORDER BY at DESC, id DESC LIMIT 1), (SELECT level FROM dealers_sharing WHERE dealer_id = NEW.dealer_id\n    AND customer IS NULL AND at <= 'infinity' ORDER BY at DESC, id DESC LIMIT 1), 1)\n    AND NOT coalesce((\n        SELECT NOT said.withdrawn FROM customers_consent AS said\n        WHERE said.customer_id = NEW.customer AND said.purpose = 'brand'\n            AND NOT EXISTS (SELECT FROM customers_void AS void\n                WHERE void.registration_id = said.registration_id)\n        ORDER BY least(said.at, said.recorded_at) DESC, said.id DESC LIMIT 1), false)\n THEN\n            RAISE check_violation USING CONSTRAINT = 'sharing_raised_with_consent', MESSAGE = 'The customer has not agreed.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ", hash='434056345159fbeacb5624575ad3f38c7b5ad961', operation='INSERT', pgid='pgtrigger_sharing_raised_with_consent_f3565', table='dealers_sharing', when='BEFORE')),
        ),
    ]
