"""Headquarters keeps out of the dealers, later owners need consent, unconfirmed numbers bind nobody."""

import datetime
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


# What the triggers refuse from now on ends; it stays on file.
END_POSTS = """
UPDATE dealers_membership AS post
SET starts_at = greatest(post.starts_at, '1990-01-01 00:00Z'),
    ends_at = greatest(now(), post.starts_at + interval '1 microsecond')
FROM dealers_user AS person
WHERE person.id = post.user_id AND (person.is_staff OR person.is_superuser)
  AND post.dealer_id IS NOT NULL AND (post.ends_at IS NULL OR post.ends_at > now())
"""
ASK_FOR_CONSENT = """
UPDATE dealers_invitation AS invitation
SET needs_consent = true
WHERE role = 'owner' AND accepted_at IS NULL AND EXISTS (
    SELECT FROM dealers_membership AS post
    WHERE post.role = 'owner' AND post.dealer_id = invitation.dealer_id
)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('dealers', '0007_bounds'),
    ]

    operations = [
        migrations.CreateModel(
            name='ContactChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('email', 'E-mail address'), ('phone', 'Mobile number')], max_length=10, verbose_name='what')),
                ('old', models.CharField(blank=True, max_length=254, verbose_name='before')),
                ('new', models.CharField(max_length=254, verbose_name='after')),
                ('changed_at', models.DateTimeField(verbose_name='changed at')),
                ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='undone at')),
            ],
            options={
                'verbose_name': 'change of address',
                'verbose_name_plural': 'changes of address',
                'ordering': ('-changed_at', '-id'),
            },
        ),
        migrations.AddField(
            model_name='invitation',
            name='consented_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='consented at'),
        ),
        migrations.AddField(
            model_name='invitation',
            name='consented_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='consented by'),
        ),
        migrations.AddField(
            model_name='invitation',
            name='mails',
            field=models.PositiveSmallIntegerField(default=1, verbose_name='mails'),
        ),
        migrations.AddField(
            model_name='invitation',
            name='needs_consent',
            field=models.BooleanField(default=False, verbose_name='needs consent'),
        ),
        migrations.RunSQL(END_POSTS, migrations.RunSQL.noop),
        migrations.RunSQL(ASK_FOR_CONSENT, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='user',
            name='phone',
            field=models.CharField(blank=True, help_text='E.164', max_length=16, null=True, verbose_name='mobile number'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='post_at_a_dealer_not_for_headquarters', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW.dealer_id IS NOT NULL AND (NEW.ends_at IS NULL OR NEW.ends_at > clock_timestamp()))', declare='DECLARE at_headquarters boolean;', func="SELECT is_staff OR is_superuser INTO at_headquarters FROM dealers_user WHERE id = NEW.user_id FOR SHARE; IF at_headquarters THEN RAISE EXCEPTION 'Headquarters holds no post inside a dealer: %', TG_NAME USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME; END IF; RETURN NEW;", hash='6f85d4233688efb8281c8fac344520d74dca1b28', operation='INSERT OR UPDATE OF "user_id", "dealer_id", "ends_at"', pgid='pgtrigger_post_at_a_dealer_not_for_headquarters_34742', table='dealers_membership', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='headquarters_has_no_post_at_a_dealer', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (OLD.is_staff OR OLD.is_superuser) AND (NEW.is_staff OR NEW.is_superuser))', func="IF EXISTS (SELECT FROM dealers_membership WHERE user_id = NEW.id AND dealer_id IS NOT NULL AND (ends_at IS NULL OR ends_at > clock_timestamp())) THEN RAISE EXCEPTION 'Headquarters holds no post inside a dealer: %', TG_NAME USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME; END IF; RETURN NEW;", hash='3e349f0c752373d8214ec091aac420bcf8f8c19d', operation='UPDATE OF "is_staff", "is_superuser"', pgid='pgtrigger_headquarters_has_no_post_at_a_dealer_4b7f2', table='dealers_user', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('consented_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('consented_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='invitation_consent_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('consented_at__isnull', True), ('consented_by__isnull', True)), models.Q(('consented_at__isnull', False), ('consented_by__isnull', False), models.Q(('consented_by', models.F('invited_by')), _negated=True)), _connector='OR'), name='invitation_consent_is_by_another'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('accepted_at__isnull', True), ('needs_consent', False), ('consented_at__isnull', False), _connector='OR'), name='invitation_accepted_with_consent'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(condition=models.Q(('phone_verified', True)), fields=('phone',), name='user_phone_confirmed_once', violation_error_message='Another account uses this mobile number.'),
        ),
        migrations.AddField(
            model_name='contactchange',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contact_changes', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddConstraint(
            model_name='contactchange',
            constraint=models.CheckConstraint(condition=models.Q(('changed_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('changed_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('undone_at__gte', datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('undone_at__lte', datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC))), name='contact_change_between_1990_and_2200', violation_error_message='Enter a day between 1990 and 2199.'),
        ),
        migrations.AddConstraint(
            model_name='contactchange',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['email', 'phone'])), name='contact_change_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='contactchange',
            constraint=models.CheckConstraint(condition=models.Q(('old', models.F('new')), _negated=True), name='contact_change_changes_something'),
        ),
        migrations.AddConstraint(
            model_name='contactchange',
            constraint=models.CheckConstraint(condition=models.Q(('undone_at__isnull', True), ('undone_at__gte', models.F('changed_at')), _connector='OR'), name='contact_change_undone_afterwards'),
        ),
    ]
