"""Registrations that were a mistake, and customers who have another number."""

import datetime
import dealers.constraints
import django.contrib.postgres.constraints
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0021_handovers'),
        ('dealers', '0009_store_with_its_dealer'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='NumberChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.BinaryField(verbose_name='fingerprint before')),
                ('after', models.BinaryField(verbose_name='fingerprint after')),
                ('number_sealed', models.BinaryField(verbose_name='number before, encrypted')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='recorded at')),
            ],
            options={
                'verbose_name': 'change of number',
                'verbose_name_plural': 'changes of numbers',
                'ordering': ('-at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Void',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('undone', 'Undone at once by whoever registered'), ('wrong_number', 'The number was mistyped'), ('not_asked', 'The customer had not agreed'), ('tried', 'It was only tried out, there was no customer')], max_length=12, verbose_name='reason')),
                ('role', models.CharField(max_length=40, verbose_name='role')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='recorded at')),
            ],
            options={
                'verbose_name': 'voided registration',
                'verbose_name_plural': 'voided registrations',
                'ordering': ('-at', '-id'),
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='identity',
            name='identity_fingerprint_never_changes',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='ownership',
            name='ownership_ends_where_its_events_say',
        ),
        migrations.RemoveConstraint(
            model_name='attribution',
            name='attribution_owner_has_an_ownership',
        ),
        migrations.RemoveConstraint(
            model_name='attribution',
            name='attribution_seller_is_another_dealer',
        ),
        migrations.RemoveConstraint(
            model_name='ownership',
            name='ownership_one_owner_at_a_time',
        ),
        migrations.RemoveConstraint(
            model_name='ownershipevent',
            name='ownership_event_kind_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='ownershipevent',
            name='ownership_event_names_its_cause',
        ),
        migrations.AddField(
            model_name='registration',
            name='corrects',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrected_by', to='customers.registration', verbose_name='corrects'),
        ),
        migrations.AlterField(
            model_name='attribution',
            name='cause',
            field=models.CharField(choices=[('order', 'Recorded with the order'), ('renewal', 'A sale recorded later prolonged the protection'), ('void', 'The registration that it counted by was voided')], max_length=8, verbose_name='cause'),
        ),
        migrations.AlterField(
            model_name='attribution',
            name='holder',
            field=models.CharField(choices=[('owner', 'Owner'), ('seller', 'Seller'), ('nobody', 'Nobody')], max_length=6, verbose_name='holder'),
        ),
        migrations.AlterField(
            model_name='ownershipevent',
            name='kind',
            field=models.CharField(choices=[('started', 'Protection started'), ('renewed', 'Renewed by an activity'), ('sold', 'Renewed by a sale'), ('ended', 'Ended early'), ('voided', 'Taken back, as if never given'), ('restored', 'Goes on: what had ended it was voided')], max_length=10, verbose_name='kind'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='identity',
            trigger=pgtrigger.compiler.Trigger(name='identity_fingerprint_never_changes_by_itself', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."fingerprint" IS DISTINCT FROM (NEW."fingerprint"))', func="\n        IF NOT EXISTS (SELECT FROM customers_numberchange AS change\n                    WHERE change.identity_id = NEW.id AND change.before = OLD.fingerprint\n                        AND change.after = NEW.fingerprint) THEN\n            RAISE check_violation USING CONSTRAINT = 'identity_fingerprint_never_changes_by_itself', MESSAGE = 'The key of a person follows a recorded change of their number.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ", hash='784a5fbe8acf9a33fcf7aa4b2648bcfa35ecfb14', operation='UPDATE', pgid='pgtrigger_identity_fingerprint_never_changes_by_itself_159fc', table='customers_identity', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ownership',
            trigger=pgtrigger.compiler.Trigger(name='ownership_ends_where_its_events_say', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                IF EXISTS (\n                    SELECT FROM given AS n JOIN before AS o USING (id)\n                    CROSS JOIN LATERAL (\n                        SELECT (array_agg(e.kind ORDER BY e.id DESC)\n                                FILTER (WHERE e.kind IN ('ended', 'voided', 'restored')))[1]\n                                AS cut,\n                            (array_agg(e.at ORDER BY e.id DESC)\n                                FILTER (WHERE e.kind = 'ended'))[1] AS ended,\n                            (array_agg(e.protected_until ORDER BY e.id DESC))[1] AS until,\n                            max(r.grace_days) * interval '1 day' AS grace\n                        FROM customers_ownershipevent AS e\n                        JOIN customers_rulebook AS r ON r.id = e.rulebook_id\n                        WHERE e.ownership_id = n.id\n                    ) AS said\n                    WHERE (n.protected_until, upper(n.period))\n                        <> (o.protected_until, upper(o.period))\n                    AND (n.protected_until = said.until AND CASE said.cut\n                        WHEN 'ended' THEN upper(n.period) = said.ended\n                        WHEN 'voided' THEN\n                            upper(n.period) = lower(n.period) + interval '1 microsecond'\n                            AND n.protected_until = lower(n.period)\n                        ELSE upper(n.period) BETWEEN upper(o.period)\n                            AND said.until + said.grace + interval '3 hours'\n                        END) IS NOT TRUE\n                ) THEN\n                    RAISE check_violation\n                    USING CONSTRAINT = 'ownership_ends_where_its_events_say',\n                        MESSAGE = 'An ownership is prolonged or ended by an event of it.';\n                END IF;\n                RETURN NULL;\n                ", hash='ce5197ea6d133551b48d529fff574def9407bb67', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_ownership_ends_where_its_events_say_2a342', referencing='REFERENCING OLD TABLE AS before  NEW TABLE AS given ', table='customers_ownership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='registration',
            trigger=pgtrigger.compiler.Trigger(name='registration_corrects_a_voided_one_of_its_store', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."corrects_id" IS NOT NULL)', func="\n        IF NOT EXISTS (\n                    SELECT FROM customers_void AS void\n                    JOIN customers_registration AS first ON first.id = void.registration_id\n                    WHERE first.id = NEW.corrects_id AND first.store_id = NEW.store_id) THEN\n            RAISE check_violation USING CONSTRAINT = 'registration_corrects_a_voided_one_of_its_store', MESSAGE = 'What a registration corrects was voided, at the same store.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ", hash='2db3da115bd1de270edbfed3c8ff0b582f1e137e', operation='INSERT', pgid='pgtrigger_registration_corrects_a_voided_one_of_its_store_51149', table='customers_registration', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='attribution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('holder__in', ['owner', 'nobody']), ('ownership__isnull', False)), models.Q(('holder', 'seller'), ('ownership__isnull', True)), _connector='OR'), name='attribution_owner_has_an_ownership'),
        ),
        migrations.AddConstraint(
            model_name='attribution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('holder', 'owner'), ('sold_by__in', ['own', 'sister', 'other', 'online'])), models.Q(('holder', 'seller'), ('sold_by', 'other')), ('holder', 'nobody'), _connector='OR'), name='attribution_seller_is_another_dealer'),
        ),
        migrations.AddConstraint(
            model_name='ownership',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('protected_until__gt', models.Func(models.F('period'), function='lower', output_field=models.DateTimeField()))), expressions=[('identity', '='), ('period', '&&')], name='ownership_one_owner_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='ownershipevent',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['started', 'renewed', 'sold', 'ended', 'voided', 'restored'])), name='ownership_event_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='ownershipevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'started'), ('registration__isnull', False)), models.Q(('activity__isnull', False), ('kind', 'renewed')), models.Q(('kind', 'sold'), ('order__isnull', False)), models.Q(('kind__in', ['ended', 'voided', 'restored']), ('registration__isnull', False)), _connector='OR'), name='ownership_event_names_its_cause'),
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=models.UniqueConstraint(condition=models.Q(('corrects__isnull', False)), fields=('corrects',), name='registration_corrected_once'),
        ),
        migrations.AddField(
            model_name='numberchange',
            name='changed_by',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='changed by'),
        ),
        migrations.AddField(
            model_name='numberchange',
            name='customer',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='number_changes', to='customers.customer', verbose_name='customer'),
        ),
        migrations.AddField(
            model_name='numberchange',
            name='dealer',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dealers.dealer', verbose_name='dealer'),
        ),
        migrations.AddField(
            model_name='numberchange',
            name='identity',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='number_changes', to='customers.identity', verbose_name='identity'),
        ),
        migrations.AddField(
            model_name='void',
            name='registration',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='void', to='customers.registration', verbose_name='registration'),
        ),
        migrations.AddField(
            model_name='void',
            name='voided_by',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='voided by'),
        ),
        migrations.AddConstraint(
            model_name='numberchange',
            constraint=models.CheckConstraint(condition=models.Q(('at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('recorded_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('recorded_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='number_change_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        migrations.AddConstraint(
            model_name='numberchange',
            constraint=models.CheckConstraint(condition=models.Q(('before', models.F('after')), _negated=True), name='number_change_is_to_another_number'),
        ),
        migrations.AddConstraint(
            model_name='numberchange',
            constraint=dealers.constraints.TogetherForeignKey(fields=('customer', 'dealer', 'identity'), name='number_change_card_is_the_dealers', to='customers.Customer', to_fields=('id', 'dealer', 'identity')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='numberchange',
            trigger=pgtrigger.compiler.Trigger(name='number_change_only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a4c59f74bf49ba91fd4d84713268802966bc2ddb', operation='UPDATE OR DELETE', pgid='pgtrigger_number_change_only_added_4978a', table='customers_numberchange', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='numberchange',
            trigger=pgtrigger.compiler.Trigger(name='number_change_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;", hash='724deeaa6459538098293bd15bff4a4e7ca2b7a2', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_number_change_never_emptied_a9a2c', table='customers_numberchange', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='void',
            index=models.Index(fields=['recorded_at'], name='void_recorded'),
        ),
        migrations.AddConstraint(
            model_name='void',
            constraint=models.CheckConstraint(condition=models.Q(('at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('recorded_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('recorded_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='void_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        migrations.AddConstraint(
            model_name='void',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['undone', 'wrong_number', 'not_asked', 'tried'])), name='void_reason_is_known'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='void',
            trigger=pgtrigger.compiler.Trigger(name='void_only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='b298b090b30d8ff4c7665dadbee14c5338975484', operation='UPDATE OR DELETE', pgid='pgtrigger_void_only_added_6bbcf', table='customers_void', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='void',
            trigger=pgtrigger.compiler.Trigger(name='void_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;", hash='0b8b8bd355f2016699a62d6941b18afa0f2da09e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_void_never_emptied_4125b', table='customers_void', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='void',
            trigger=pgtrigger.compiler.Trigger(name='void_is_of_no_visit', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF EXISTS (\n                    SELECT FROM added JOIN customers_registration AS r\n                        ON r.id = added.registration_id\n                    WHERE r.answer = 'yours_already') THEN\n            RAISE check_violation USING CONSTRAINT = 'void_is_of_no_visit', MESSAGE = 'A visit won nothing that could be taken back.';\n        END IF;\n        RETURN NULL;\n        ", hash='672ab9841512ae8e98aee4bb38e3cf0b04312439', level='STATEMENT', operation='INSERT', pgid='pgtrigger_void_is_of_no_visit_cb0a1', referencing='REFERENCING NEW TABLE AS added ', table='customers_void', when='AFTER')),
        ),
    ]
