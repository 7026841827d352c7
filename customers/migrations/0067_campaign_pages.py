import datetime
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0066_contact_clock_stands'),
        ('dealers', '0057_drills'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LeadEntry',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('contact', models.BinaryField(verbose_name='name and number, encrypted')),
                ('offers', models.BooleanField(default=False, verbose_name='consent to offers')),
                ('text_version', models.CharField(default='lead-2026-1', max_length=20, verbose_name='consent text version')),
                ('evidence', models.CharField(max_length=40, verbose_name='evidence')),
                ('received_at', models.DateTimeField(verbose_name='received at')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered at')),
            ],
            options={
                'verbose_name': "entry of a campaign's page",
                'verbose_name_plural': "entries of campaigns' pages",
                'ordering': ('-received_at',),
            },
        ),
        migrations.CreateModel(
            name='PageWords',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('benefit', models.CharField(blank=True, help_text='Stands on the page of every store. Whoever registers has it, whatever else they agree to, and also where another store has them.', max_length=200, verbose_name='what registering brings')),
                ('benefit_en', models.CharField(blank=True, max_length=200, verbose_name='what registering brings, in English')),
            ],
            options={
                'verbose_name': "words of the stores' pages",
                'verbose_name_plural': "words of the stores' pages",
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='rulebook',
            name='rulebook_published_ahead',
        ),
        migrations.RemoveConstraint(
            model_name='lead',
            name='lead_source_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='plantedhit',
            name='planted_hit_was_registered_or_typed',
        ),
        migrations.AddField(
            model_name='campaign',
            name='asks_for',
            field=models.CharField(blank=True, help_text='Its page for everybody asks whether a store may call about this, and stores read it as what is wanted. Empty: it has no page.', max_length=120, verbose_name='page: people are called about'),
        ),
        migrations.AddField(
            model_name='campaign',
            name='category',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.category', verbose_name='page: product category'),
        ),
        migrations.AddField(
            model_name='campaign',
            name='region',
            field=models.ForeignKey(blank=True, help_text='Whose stores get the leads of the page; empty: people choose.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dealers.region', verbose_name='page: region'),
        ),
        migrations.AddField(
            model_name='dispatchterms',
            name='certified_only',
            field=models.BooleanField(default=False, help_text='At whose dealer nobody holds a valid certificate is offered no lead, but for its own customers.', verbose_name='only dealers with certified people'),
        ),
        migrations.AlterField(
            model_name='candidate',
            name='why_not',
            field=models.CharField(blank=True, choices=[('closed', 'not open'), ('takes_none', 'takes no leads'), ('not_sold', 'does not sell what is wanted'), ('uncertified', 'nobody there holds a certificate'), ('full', 'has as many leads in hand as it may'), ('asked', 'was asked before')], max_length=12, verbose_name='why not'),
        ),
        migrations.AlterField(
            model_name='lead',
            name='source',
            field=models.CharField(choices=[('hq', 'Entered by headquarters'), ('file', 'File import'), ('order', 'Bought online, with no store'), ('closing', 'Asked for when a dealer closed'), ('page', "Left on a campaign's page")], max_length=10, verbose_name='source'),
        ),
        migrations.AlterField(
            model_name='plantedhit',
            name='typed_into',
            field=models.CharField(blank=True, choices=[('order', 'an order by hand'), ('lead', 'a lead'), ('search', 'the search'), ('file', 'a file')], db_default='', max_length=8, verbose_name='typed into'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rulebook',
            trigger=pgtrigger.compiler.Trigger(name='rulebook_published_ahead', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL AND EXISTS (SELECT FROM customers_registration)\n                AND NEW.starts_on < (NEW.published_at AT TIME ZONE 'Asia/Shanghai')::date + coalesce((\n                    SELECT r.notice_days FROM customers_rulebook AS r\n                    WHERE r.published_at IS NOT NULL AND r.id <> NEW.id\n                        AND r.starts_on <= (NEW.published_at AT TIME ZONE 'Asia/Shanghai')::date\n                    ORDER BY r.starts_on DESC LIMIT 1), 0) THEN\n            RAISE check_violation USING CONSTRAINT = 'rulebook_published_ahead', MESSAGE = 'A rulebook is published so many days ahead as the one in force says.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ", hash='df0c93a6cce26e2043ec949788d3c9888297e8a4', operation='INSERT OR UPDATE', pgid='pgtrigger_rulebook_published_ahead_f0934', table='customers_rulebook', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('asks_for__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), name='campaign_asks_legibly', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['hq', 'file', 'order', 'closing', 'page'])), name='lead_source_is_known'),
        ),
        migrations.AddConstraint(
            model_name='plantedhit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('registration__isnull', False), ('typed_by__isnull', True), ('typed_into', ''), ('unconfirmed__isnull', True)), models.Q(('registration__isnull', True), ('typed_by__isnull', True), ('typed_into', ''), ('unconfirmed__isnull', False)), models.Q(('registration__isnull', True), ('typed_by__isnull', False), ('typed_into__in', ['order', 'lead', 'search', 'file']), ('unconfirmed__isnull', True)), models.Q(('registration__isnull', True), ('typed_by__isnull', True), ('typed_into', 'file'), ('unconfirmed__isnull', True)), _connector='OR'), name='planted_hit_was_registered_or_typed'),
        ),
        migrations.AddField(
            model_name='leadentry',
            name='campaign',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.campaign', verbose_name='campaign'),
        ),
        migrations.AddField(
            model_name='leadentry',
            name='lead',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.lead', verbose_name='lead'),
        ),
        migrations.AddField(
            model_name='leadentry',
            name='region',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dealers.region', verbose_name='region'),
        ),
        migrations.AddConstraint(
            model_name='pagewords',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='page_words_are_one_row'),
        ),
        migrations.AddConstraint(
            model_name='pagewords',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('benefit__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), models.Q(('benefit_en__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True)), name='page_words_are_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pagewords',
            trigger=pgtrigger.compiler.Trigger(name='page_words_never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='3db215d832a17be2fce1ce0c2bf15177ad424ba3', operation='DELETE', pgid='pgtrigger_page_words_never_deleted_290bf', table='customers_pagewords', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pagewords',
            trigger=pgtrigger.compiler.Trigger(name='page_words_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;", hash='6313652fb1e7536db0a33d882a8e7c60e6b38b2c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_page_words_never_emptied_c991a', table='customers_pagewords', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='leadentry',
            index=models.Index(condition=models.Q(('answered_at', None)), fields=['received_at'], name='lead_entry_waiting'),
        ),
        migrations.AddConstraint(
            model_name='leadentry',
            constraint=models.CheckConstraint(condition=models.Q(('received_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('received_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('answered_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('answered_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='lead_entry_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        migrations.AddConstraint(
            model_name='leadentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', True), ('lead__isnull', True)), models.Q(('answered_at__isnull', False), ('contact', b''), ('lead__isnull', False)), _connector='OR'), name='lead_entry_answered_keeps_no_contact'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='leadentry',
            trigger=pgtrigger.compiler.Trigger(name='lead_entry_stays_what_was_said', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."campaign_id" IS DISTINCT FROM (NEW."campaign_id") OR OLD."region_id" IS DISTINCT FROM (NEW."region_id") OR OLD."offers" IS DISTINCT FROM (NEW."offers") OR OLD."text_version" IS DISTINCT FROM (NEW."text_version") OR OLD."evidence" IS DISTINCT FROM (NEW."evidence") OR OLD."received_at" IS DISTINCT FROM (NEW."received_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='cbdbe85fed68bd2b9bba9843a1af066e63f07d9b', operation='UPDATE', pgid='pgtrigger_lead_entry_stays_what_was_said_129a5', table='customers_leadentry', when='BEFORE')),
        ),
    ]

