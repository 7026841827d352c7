"""Versions of the agreement, what owners answer, the paper; a link of the chain for each."""

import datetime
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('dealers', '0042_refused_acts'),
    ]

    operations = [
        migrations.CreateModel(
            name='AgreementAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                ('signed', models.BooleanField(verbose_name='signed')),
                ('name', models.CharField(blank=True, max_length=80, verbose_name='signed as')),
                ('language', models.CharField(max_length=10, verbose_name='language')),
                ('second_factor', models.BooleanField(help_text='Not where the portal asks nobody for one.', verbose_name='second factor shown')),
                ('sha256', models.CharField(default='', editable=False, max_length=64, verbose_name='SHA-256')),
            ],
            options={
                'verbose_name': 'answer to the agreement',
                'verbose_name_plural': 'answers to the agreement',
                'ordering': ('-at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='AgreementPaper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pdf', models.BinaryField(verbose_name='PDF')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('pages', models.PositiveSmallIntegerField(verbose_name='pages')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='made at')),
            ],
            options={
                'verbose_name': 'signed agreement',
                'verbose_name_plural': 'signed agreements',
            },
        ),
        migrations.CreateModel(
            name='AgreementVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('drafted_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='drafted at')),
                ('edited_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='last edited at')),
                ('tested_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='tested at')),
                ('approved_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='approved at')),
                ('published_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='published at')),
                ('name', models.CharField(max_length=40, verbose_name='version')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('title_en', models.CharField(max_length=120, verbose_name='title in English')),
                ('starts_on', models.DateField(verbose_name='applies from')),
                ('required', models.BooleanField(default=False, help_text='A dealer whose owner has signed no version at all registers nobody from that day on. Who has signed an earlier one goes on under it.', verbose_name='registering waits for a signature')),
                ('hq_duties', models.TextField(help_text='One in each line.', max_length=4000, verbose_name='what the brand does')),
                ('hq_duties_en', models.TextField(max_length=4000, verbose_name='what the brand does, in English')),
                ('dealer_duties', models.TextField(help_text='One in each line.', max_length=4000, verbose_name='what the dealer does')),
                ('dealer_duties_en', models.TextField(max_length=4000, verbose_name='what the dealer does, in English')),
                ('text', models.TextField(max_length=60000, verbose_name='full text')),
                ('text_en', models.TextField(max_length=60000, verbose_name='full text in English')),
                ('words', models.TextField(default='', editable=False, verbose_name='words that are signed')),
            ],
            options={
                'verbose_name': 'version of the agreement',
                'verbose_name_plural': 'versions of the agreement',
                'ordering': ('-starts_on', '-id'),
            },
        ),
        migrations.RemoveConstraint(
            model_name='notice',
            name='notice_kind_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='noticechoice',
            name='notice_choice_kind_is_known',
        ),
        migrations.AlterField(
            model_name='fact',
            name='kind',
            field=models.CharField(choices=[('registration', 'Registrations'), ('void', 'Voided registrations'), ('ownership', 'Changes of protection'), ('ruling', 'Rulings'), ('access', 'Looks at customers'), ('booking', 'Bookings'), ('statement', 'Statements'), ('document', 'Documents'), ('refused', 'Acts of headquarters that were refused'), ('agreement', 'Answers to the agreement')], max_length=16, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='link',
            name='kind',
            field=models.CharField(choices=[('registration', 'Registrations'), ('void', 'Voided registrations'), ('ownership', 'Changes of protection'), ('ruling', 'Rulings'), ('access', 'Looks at customers'), ('booking', 'Bookings'), ('statement', 'Statements'), ('document', 'Documents'), ('refused', 'Acts of headquarters that were refused'), ('agreement', 'Answers to the agreement')], max_length=16, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='kind',
            field=models.CharField(choices=[('canary', 'Somebody opened a test customer of yours'), ('bulk', 'Somebody looked at far more than usual'), ('look', 'Somebody from outside looked at your customers'), ('leaver', 'What somebody who left had looked at'), ('post', 'A post began, changed or ended'), ('owner', 'Another owner of your dealer'), ('handover', 'Customers were handed over'), ('closes', 'A store or a dealer closes'), ('leaves', 'A customer leaves you, or comes'), ('void', 'A registration was taken back'), ('dispatch', 'A lead waits for your answer'), ('page', 'A customer registered on your page'), ('rights', 'A customer changed what may be kept or done'), ('case', 'A case about a customer goes on'), ('dispute', 'A dispute about an amount goes on'), ('follow_up', 'Follow-ups are due'), ('protection', 'A protection ends, goes on or begins'), ('training', 'Courses wait for you'), ('coaching', 'Your regional manager wrote to your store, or is to look'), ('statement', 'A statement is there'), ('agreement', 'A version of the agreement waits for your answer'), ('import', 'An imported file is checked or done'), ('export', 'A file that you asked for is ready'), ('alarm', 'An alarm of the portal'), ('closing', 'A month was closed, or could not be')], max_length=20, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='noticechoice',
            name='kind',
            field=models.CharField(choices=[('canary', 'Somebody opened a test customer of yours'), ('bulk', 'Somebody looked at far more than usual'), ('look', 'Somebody from outside looked at your customers'), ('leaver', 'What somebody who left had looked at'), ('post', 'A post began, changed or ended'), ('owner', 'Another owner of your dealer'), ('handover', 'Customers were handed over'), ('closes', 'A store or a dealer closes'), ('leaves', 'A customer leaves you, or comes'), ('void', 'A registration was taken back'), ('dispatch', 'A lead waits for your answer'), ('page', 'A customer registered on your page'), ('rights', 'A customer changed what may be kept or done'), ('case', 'A case about a customer goes on'), ('dispute', 'A dispute about an amount goes on'), ('follow_up', 'Follow-ups are due'), ('protection', 'A protection ends, goes on or begins'), ('training', 'Courses wait for you'), ('coaching', 'Your regional manager wrote to your store, or is to look'), ('statement', 'A statement is there'), ('agreement', 'A version of the agreement waits for your answer'), ('import', 'An imported file is checked or done'), ('export', 'A file that you asked for is ready'), ('alarm', 'An alarm of the portal'), ('closing', 'A month was closed, or could not be')], max_length=20, verbose_name='kind'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['canary', 'bulk', 'look', 'leaver', 'post', 'owner', 'handover', 'closes', 'leaves', 'void', 'dispatch', 'page', 'rights', 'case', 'dispute', 'follow_up', 'protection', 'training', 'coaching', 'statement', 'agreement', 'import', 'export', 'alarm', 'closing'])), name='notice_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='noticechoice',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['canary', 'bulk', 'look', 'leaver', 'post', 'owner', 'handover', 'closes', 'leaves', 'void', 'dispatch', 'page', 'rights', 'case', 'dispute', 'follow_up', 'protection', 'training', 'coaching', 'statement', 'agreement', 'import', 'export', 'alarm', 'closing'])), name='notice_choice_kind_is_known'),
        ),
        migrations.AddField(
            model_name='agreementanswer',
            name='by',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddField(
            model_name='agreementanswer',
            name='dealer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='dealers.dealer', verbose_name='dealer'),
        ),
        migrations.AddField(
            model_name='agreementpaper',
            name='answer',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='paper', to='dealers.agreementanswer', verbose_name='answer'),
        ),
        migrations.AddField(
            model_name='agreementversion',
            name='approved_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by'),
        ),
        migrations.AddField(
            model_name='agreementversion',
            name='drafted_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='drafted by'),
        ),
        migrations.AddField(
            model_name='agreementversion',
            name='edited_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='last edited by'),
        ),
        migrations.AddField(
            model_name='agreementversion',
            name='published_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='published by'),
        ),
        migrations.AddField(
            model_name='agreementversion',
            name='tested_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='tested by'),
        ),
        migrations.AddField(
            model_name='agreementanswer',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='dealers.agreementversion', verbose_name='version'),
        ),
        migrations.AddConstraint(
            model_name='agreementpaper',
            constraint=models.CheckConstraint(condition=models.Q(('made_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('made_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='agreement_paper_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementpaper',
            trigger=pgtrigger.compiler.Trigger(name='agreement_paper_only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='10689d52b6031d81807926ec04757d8763100e34', operation='UPDATE OR DELETE', pgid='pgtrigger_agreement_paper_only_added_58de3', table='dealers_agreementpaper', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementpaper',
            trigger=pgtrigger.compiler.Trigger(name='agreement_paper_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;", hash='2d55f163a0b11bc3b5aa8d4f79d7c3057b66ec06', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_agreement_paper_never_emptied_b04d4', table='dealers_agreementpaper', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementpaper',
            trigger=pgtrigger.compiler.Trigger(name='agreement_paper_is_chained', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n        INSERT INTO dealers_fact (dealer_id, kind, first, last, body)\n        SELECT dealer, \'document\', min(id), max(id),\n            \'{"salt" : "\' || replace(gen_random_uuid()::text, \'-\', \'\') || \'", "told" : [\'\n            || string_agg(said::text, \',\' ORDER BY id) || \']}\'\n        FROM (\n            SELECT told.*,\n                (row_number() OVER (PARTITION BY dealer ORDER BY id) - 1) / 200 AS portion\n            FROM (\n                SELECT a.dealer_id AS dealer, p.id, json_build_object(\n                    \'number\', v.name || \'/\' || d.code, \'language\', a.language,\n                    \'sha256\', p.sha256, \'pages\', p.pages, \'made\', p.made_at) AS said\n                FROM added AS p JOIN dealers_agreementanswer AS a ON a.id = p.answer_id\n                JOIN dealers_agreementversion AS v ON v.id = a.version_id\n                JOIN dealers_dealer AS d ON d.id = a.dealer_id) AS told\n        ) AS counted\n        GROUP BY dealer, portion\n        ORDER BY min(id);\n        RETURN NULL;\n        ', hash='86ff564b146009fdd56b600c8b934043e638cf26', level='STATEMENT', operation='INSERT', pgid='pgtrigger_agreement_paper_is_chained_0bbf5', referencing='REFERENCING NEW TABLE AS added ', table='dealers_agreementpaper', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='agreementversion',
            constraint=models.CheckConstraint(condition=models.Q(('drafted_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('drafted_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('edited_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('edited_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('tested_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('tested_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('approved_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('approved_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('published_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('published_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('starts_on__gte', datetime.date(1990, 1, 1)), ('starts_on__lte', datetime.date(2200, 1, 1))), name='agreement_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        migrations.AddConstraint(
            model_name='agreementversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('name__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), models.Q(('title__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), models.Q(('title_en__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True)), name='agreement_names_are_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        migrations.AddConstraint(
            model_name='agreementversion',
            constraint=models.UniqueConstraint(condition=models.Q(('published_at__isnull', False)), fields=('starts_on',), name='agreement_one_published_a_start_day', violation_error_message='A published version starts on that day already.'),
        ),
        migrations.AddConstraint(
            model_name='agreementversion',
            constraint=models.UniqueConstraint(condition=models.Q(('published_at__isnull', False)), fields=('name',), name='agreement_one_published_a_name', violation_error_message='A published version has that name already.'),
        ),
        migrations.AddConstraint(
            model_name='agreementversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_at__isnull', True), models.Q(('tested_at__isnull', False), ('tested_at__lte', models.F('approved_at'))), _connector='OR'), models.Q(('published_at__isnull', True), models.Q(('approved_at__isnull', False), ('approved_at__lte', models.F('published_at'))), _connector='OR')), name='agreement_steps_in_order'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementversion',
            trigger=pgtrigger.compiler.Trigger(name='agreement_published_never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."published_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='4621044448c4773a6230cd49b6417ce46bd19d04', operation='DELETE', pgid='pgtrigger_agreement_published_never_deleted_a3489', table='dealers_agreementversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementversion',
            trigger=pgtrigger.compiler.Trigger(name='agreement_published_never_changes', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."published_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='071e5001c655f2ffc21dc853b643aac855a19b89', operation='UPDATE', pgid='pgtrigger_agreement_published_never_changes_80aeb', table='dealers_agreementversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementversion',
            trigger=pgtrigger.compiler.Trigger(name='agreement_tested_as_it_is', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF OLD.published_at IS NULL AND OLD.tested_at IS NOT NULL\n        AND NEW.tested_at IS NOT DISTINCT FROM OLD.tested_at\n        AND to_jsonb(NEW) - ARRAY['drafted_at', 'drafted_by_id', 'edited_at', 'edited_by_id', 'tested_at', 'tested_by_id', 'approved_at', 'approved_by_id', 'published_at', 'published_by_id'] <> to_jsonb(OLD) - ARRAY['drafted_at', 'drafted_by_id', 'edited_at', 'edited_by_id', 'tested_at', 'tested_by_id', 'approved_at', 'approved_by_id', 'published_at', 'published_by_id'] THEN\n            RAISE check_violation USING CONSTRAINT = 'agreement_tested_as_it_is', MESSAGE = 'What was tested is tested anew once it changes.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ", hash='4f6a5325ee8504bae4da62c00121b0f76d612b3f', operation='UPDATE', pgid='pgtrigger_agreement_tested_as_it_is_63f3f', table='dealers_agreementversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementversion',
            trigger=pgtrigger.compiler.Trigger(name='agreement_approved_by_somebody_else', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL AND true AND (NEW.tested_by_id IS NULL\n                OR NEW.approved_by_id IS NULL OR NEW.approved_by_id = NEW.tested_by_id) THEN\n            RAISE check_violation USING CONSTRAINT = 'agreement_approved_by_somebody_else', MESSAGE = 'Somebody else than who tested it approves.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ", hash='f4e152f3dbe9635219a5468b4a0c12720fe61e23', operation='INSERT OR UPDATE', pgid='pgtrigger_agreement_approved_by_somebody_else_f988a', table='dealers_agreementversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementversion',
            trigger=pgtrigger.compiler.Trigger(name='agreement_published_before_it_applies', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL\n                AND NEW.starts_on < (NEW.published_at AT TIME ZONE 'UTC')::date - 1 THEN\n            RAISE check_violation USING CONSTRAINT = 'agreement_published_before_it_applies', MESSAGE = 'Nobody agrees to what applied before it was published.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ", hash='ba14294cfb6398f223dd18e6a58a8616c1012614', operation='UPDATE', pgid='pgtrigger_agreement_published_before_it_applies_dd9b6', table='dealers_agreementversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementversion',
            trigger=pgtrigger.compiler.Trigger(name='agreement_has_its_words', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                NEW.words := json_build_object(\n                    'version', NEW.name, 'applies_from', NEW.starts_on,\n                    'title', NEW.title, 'title_en', NEW.title_en,\n                    'brand', NEW.hq_duties, 'brand_en', NEW.hq_duties_en,\n                    'dealer', NEW.dealer_duties, 'dealer_en', NEW.dealer_duties_en,\n                    'text', NEW.text, 'text_en', NEW.text_en);\n                RETURN NEW;\n                ", hash='d88966683bbbdc1b8a333ce41a6c56fb4b4637af', operation='INSERT OR UPDATE', pgid='pgtrigger_agreement_has_its_words_4eef3', table='dealers_agreementversion', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='agreementanswer',
            index=models.Index(condition=models.Q(('signed', True)), fields=['dealer', 'at'], name='agreement_signed'),
        ),
        migrations.AddConstraint(
            model_name='agreementanswer',
            constraint=models.CheckConstraint(condition=models.Q(('at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='agreement_answer_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        migrations.AddConstraint(
            model_name='agreementanswer',
            constraint=models.CheckConstraint(condition=models.Q(('name__regex', '[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]'), _negated=True), name='agreement_answer_name_is_legible', violation_error_message='There is an invisible character in it. Type it by hand instead of pasting it.'),
        ),
        migrations.AddConstraint(
            model_name='agreementanswer',
            constraint=models.UniqueConstraint(fields=('dealer', 'version', 'signed'), name='agreement_answered_once_each_way'),
        ),
        migrations.AddConstraint(
            model_name='agreementanswer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('signed', True), models.Q(('name', ''), _negated=True)), models.Q(('name', ''), ('signed', False)), _connector='OR'), name='agreement_signed_with_a_name'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementanswer',
            trigger=pgtrigger.compiler.Trigger(name='agreement_answer_only_added', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='b532c454cc85868ee33683ace66177bdc46d7eb6', operation='UPDATE OR DELETE', pgid='pgtrigger_agreement_answer_only_added_68870', table='dealers_agreementanswer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementanswer',
            trigger=pgtrigger.compiler.Trigger(name='agreement_answer_never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;", hash='545bcfd81eb9c4cb7d5484646af6d8d715143831', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_agreement_answer_never_emptied_85730', table='dealers_agreementanswer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementanswer',
            trigger=pgtrigger.compiler.Trigger(name='agreement_answered_by_its_owner', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (current_user NOT IN ('portal_worker', 'portal_definer') AND current_user LIKE 'portal\\_%' AND coalesce(current_setting('app.role', true), '') <> 'owner')", func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;", hash='73a5c1cf317d5e15bded61520fe0a6a20e1a1840', operation='INSERT', pgid='pgtrigger_agreement_answered_by_its_owner_9653e', table='dealers_agreementanswer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementanswer',
            trigger=pgtrigger.compiler.Trigger(name='agreement_answer_has_its_hash', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                SELECT encode(sha256(convert_to(words, 'UTF8')), 'hex') INTO NEW.sha256\n                FROM dealers_agreementversion WHERE id = NEW.version_id;\n                RETURN NEW;\n                ", hash='e3c937364c6b847d6019cc761543ed98e598a9e6', operation='INSERT', pgid='pgtrigger_agreement_answer_has_its_hash_f731c', table='dealers_agreementanswer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementanswer',
            trigger=pgtrigger.compiler.Trigger(name='agreement_answer_to_what_is_published', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF NOT EXISTS (SELECT FROM dealers_agreementversion\n                    WHERE id = NEW.version_id AND published_at <= NEW.at) THEN\n            RAISE check_violation USING CONSTRAINT = 'agreement_answer_to_what_is_published', MESSAGE = 'Only what is published is signed.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ", hash='b179cbf002b434f9f0a026d4df462b92a2ff7231', operation='INSERT', pgid='pgtrigger_agreement_answer_to_what_is_published_084d8', table='dealers_agreementanswer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementanswer',
            trigger=pgtrigger.compiler.Trigger(name='agreement_answer_of_an_owner', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF NOT EXISTS (SELECT FROM dealers_membership\n                    WHERE user_id = NEW.by_id AND dealer_id = NEW.dealer_id AND role = 'owner'\n                        AND starts_at <= NEW.at AND (ends_at IS NULL OR ends_at > NEW.at)) THEN\n            RAISE check_violation USING CONSTRAINT = 'agreement_answer_of_an_owner', MESSAGE = 'An owner of the dealer signs, and nobody else.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ", hash='f2658a159f2c82dfb6c5ae581823175d42524970', operation='INSERT', pgid='pgtrigger_agreement_answer_of_an_owner_982b8', table='dealers_agreementanswer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementanswer',
            trigger=pgtrigger.compiler.Trigger(name='agreement_answer_is_not_dated_back', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n        IF NEW.at < clock_timestamp() - interval '1 hour' THEN\n            RAISE check_violation USING CONSTRAINT = 'agreement_answer_is_not_dated_back', MESSAGE = 'An agreement is signed now.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ", hash='ffbdc411ba156a2dd47bbe89af8a3f1561051032', operation='INSERT', pgid='pgtrigger_agreement_answer_is_not_dated_back_073a6', table='dealers_agreementanswer', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementanswer',
            trigger=pgtrigger.compiler.Trigger(name='agreement_answer_is_chained', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n        INSERT INTO dealers_fact (dealer_id, kind, first, last, body)\n        SELECT dealer, \'agreement\', min(id), max(id),\n            \'{"salt" : "\' || replace(gen_random_uuid()::text, \'-\', \'\') || \'", "told" : [\'\n            || string_agg(said::text, \',\' ORDER BY id) || \']}\'\n        FROM (\n            SELECT told.*,\n                (row_number() OVER (PARTITION BY dealer ORDER BY id) - 1) / 200 AS portion\n            FROM (\n                SELECT a.dealer_id AS dealer, a.id, json_build_object(\n                    \'number\', v.name || \'/\' || d.code,\n                    \'event\', CASE WHEN a.signed THEN \'signed\' ELSE \'refused\' END,\n                    \'agreement\', a.version_id, \'rules\', a.sha256, \'version\', v.name, \'by\', a.by_id,\n                    \'at\', a.at, \'language\', a.language, \'second_factor\', a.second_factor) AS said\n                FROM added AS a JOIN dealers_agreementversion AS v ON v.id = a.version_id\n                JOIN dealers_dealer AS d ON d.id = a.dealer_id) AS told\n        ) AS counted\n        GROUP BY dealer, portion\n        ORDER BY min(id);\n        RETURN NULL;\n        ', hash='a550525b0962d56942c3aaa556072ae70192ce03', level='STATEMENT', operation='INSERT', pgid='pgtrigger_agreement_answer_is_chained_b6162', referencing='REFERENCING NEW TABLE AS added ', table='dealers_agreementanswer', when='AFTER')),
        ),
    ]
