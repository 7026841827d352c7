"""What came to this app until the end of November 2026, in one step.

A database that has taken some of these steps goes on with those.
"""

import datetime
import dealers.constraints
import dealers.models.network
import dealers.squashed
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import training.kept
import training.models.lessons
import uuid
from django.conf import settings
from django.db import migrations, models
from django.contrib.auth.management import create_permissions


# What the groups of headquarters may do with what is new.
GROUPS = {
    "training": ("add_track", "change_track", "delete_track", "view_track", "view_irregularity"),
    "audit": ("view_track", "view_irregularity"),
    "support": ("view_irregularity",),
}


def chosen(apps, group):
    return apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="training", codename__in=GROUPS[group.name]
    )


def add(apps, schema_editor):
    # Permissions are otherwise made after the last migration.
    app = apps.get_app_config("training")
    app.models_module = True
    create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    app.models_module = None
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.add(*chosen(apps, group))


def remove(apps, schema_editor):
    for group in apps.get_model("auth", "Group").objects.filter(name__in=GROUPS):
        group.permissions.remove(*chosen(apps, group))


class Migration(migrations.Migration):
    replaces = [
        ("training", "0014_tracks_and_places"),
        ("training", "0015_irregularities"),
        ("training", "0016_practice_tasks"),
        ("training", "0017_renewals_and_withdrawals"),
        ("training", "0018_figures_of_courses"),
        ("training", "0019_days_of_joining_in_bounds"),
        ("training", "0020_courses_open_to_all"),
        ("training", "0021_who_wrote_a_draft"),
        ("training", "0022_stories"),
        ("training", "0023_sharing_sessions"),
    ]

    dependencies = [
        ("dealers", "0024_squashed_0046_agreements_made_in_time"),
        ("incentives", "0001_squashed_0069_whole_journals"),
        ("training", "0001_squashed_0013_quiz_bank"),
    ]

    operations = [
        dealers.squashed.AtOnce(
            operations=[
                migrations.CreateModel(
                    name="Track",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("title", models.CharField(max_length=120, verbose_name="title (Chinese)")),
                        (
                            "title_en",
                            models.CharField(
                                blank=True, max_length=120, verbose_name="title (English)"
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("associate", "Associate"),
                                    ("store_manager", "Store manager"),
                                    ("owner", "Dealer owner"),
                                    ("regional_manager", "Regional manager"),
                                ],
                                max_length=20,
                                verbose_name="role",
                            ),
                        ),
                        (
                            "onboarding",
                            models.BooleanField(
                                default=False,
                                help_text="With the first sign-in of everybody who is new in this role.",
                                verbose_name="begins by itself",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "track",
                        "verbose_name_plural": "tracks",
                        "ordering": ("role", "title"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "title__regex",
                                            "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        (
                                            "title_en__regex",
                                            "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                        ),
                                        _negated=True,
                                    ),
                                ),
                                name="track_title_is_legible",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "role__in",
                                        ["associate", "store_manager", "owner", "regional_manager"],
                                    )
                                ),
                                name="track_role_is_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("onboarding", True)),
                                fields=("role",),
                                name="track_one_begins_by_itself",
                                violation_error_message="Another track of this role begins by itself.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Irregularity",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("ahead", "Opened what comes later"),
                                    ("hurried", "Was done faster than anybody reads"),
                                    ("replayed", "Answered an attempt that was handed in"),
                                    ("late", "Answered when the time was over"),
                                ],
                                max_length=8,
                                verbose_name="what was refused",
                            ),
                        ),
                        ("count", models.PositiveIntegerField(default=1, verbose_name="times")),
                        ("first_at", models.DateTimeField(verbose_name="first")),
                        ("last_at", models.DateTimeField(verbose_name="last")),
                        (
                            "enrollment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="irregularities",
                                to="training.enrollment",
                                verbose_name="enrollment",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "irregularity",
                        "verbose_name_plural": "irregularities",
                        "ordering": ("-last_at", "-pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "first_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "first_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "last_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "last_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="irregularity_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("enrollment", "kind"), name="irregularity_once_a_kind"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["ahead", "hurried", "replayed", "late"])
                                ),
                                name="irregularity_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("count__gte", 1), ("last_at__gte", models.F("first_at"))
                                ),
                                name="irregularity_happened",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="irregularity_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="18b82b29743ed2693b59b1c27e8753eb7580b147",
                                    operation="DELETE",
                                    pgid="pgtrigger_irregularity_never_deleted_2474d",
                                    table="training_irregularity",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="irregularity_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="e9c3a051961ae6718ff58bd0ff7e5d412d3d5677",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_irregularity_never_emptied_3ab65",
                                    table="training_irregularity",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Withdrawal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "reason",
                            models.CharField(
                                help_text="Everybody who took the version reads it.",
                                max_length=300,
                                verbose_name="reason",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="by",
                            ),
                        ),
                        (
                            "version",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="withdrawal",
                                to="training.courseversion",
                                verbose_name="course version",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "withdrawal",
                        "verbose_name_plural": "withdrawals",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="withdrawal_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "reason__regex",
                                        "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                    ),
                                    _negated=True,
                                ),
                                name="withdrawal_has_a_reason",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="withdrawal_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="69dd60e1d5bf60061a0b61014e5f27f7055cfb4d",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_withdrawal_only_added_5dbfa",
                                    table="training_withdrawal",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="withdrawal_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="77582c98dcdf7f051c0d299b678e970d713a75fb",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_withdrawal_never_emptied_bfc4a",
                                    table="training_withdrawal",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Story",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "drafted_at",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="drafted at"
                            ),
                        ),
                        (
                            "edited_at",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="last edited at"
                            ),
                        ),
                        (
                            "tested_at",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="tested at"
                            ),
                        ),
                        (
                            "approved_at",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="approved at"
                            ),
                        ),
                        (
                            "published_at",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="published at"
                            ),
                        ),
                        ("title", models.CharField(max_length=120, verbose_name="title (Chinese)")),
                        (
                            "title_en",
                            models.CharField(
                                blank=True, max_length=120, verbose_name="title (English)"
                            ),
                        ),
                        (
                            "body",
                            models.TextField(help_text="Markdown.", verbose_name="text (Chinese)"),
                        ),
                        (
                            "body_en",
                            models.TextField(
                                blank=True, help_text="Markdown.", verbose_name="text (English)"
                            ),
                        ),
                        (
                            "video",
                            models.FileField(
                                blank=True,
                                upload_to=training.kept.story_path,
                                validators=[
                                    django.core.validators.FileExtensionValidator(["mp4", "webm"]),
                                    training.models.lessons.validate_size,
                                ],
                                verbose_name="video",
                            ),
                        ),
                        (
                            "captions",
                            models.FileField(
                                blank=True,
                                upload_to=training.kept.story_path,
                                validators=[
                                    django.core.validators.FileExtensionValidator(["vtt"]),
                                    training.models.lessons.validate_size,
                                ],
                                verbose_name="captions",
                            ),
                        ),
                        (
                            "named",
                            models.BooleanField(
                                default=False,
                                editable=False,
                                help_text="The owner agreed that the name stands beside it.",
                                verbose_name="named",
                            ),
                        ),
                        (
                            "withdrawn_at",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="withdrawn at"
                            ),
                        ),
                        (
                            "approved_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="approved by",
                            ),
                        ),
                        (
                            "courses",
                            models.ManyToManyField(
                                blank=True,
                                help_text="On the pages of these courses and of their lessons the story is offered.",
                                related_name="stories",
                                to="training.course",
                                verbose_name="courses",
                            ),
                        ),
                        (
                            "dealer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stories",
                                to="dealers.dealer",
                                verbose_name="dealer",
                            ),
                        ),
                        (
                            "drafted_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="drafted by",
                            ),
                        ),
                        (
                            "edited_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="last edited by",
                            ),
                        ),
                        (
                            "published_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="published by",
                            ),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: the dealer itself.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stories",
                                to="dealers.store",
                                verbose_name="store",
                            ),
                        ),
                        (
                            "tested_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="tested by",
                            ),
                        ),
                        (
                            "withdrawn_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="withdrawn by",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "story",
                        "verbose_name_plural": "stories",
                        "ordering": ("-published_at", "-id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "drafted_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "drafted_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "edited_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "edited_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "tested_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "tested_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "approved_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "approved_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "published_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "published_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "withdrawn_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "withdrawn_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="story_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "title__regex",
                                            "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        (
                                            "title_en__regex",
                                            "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                        ),
                                        _negated=True,
                                    ),
                                ),
                                name="story_title_is_legible",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("approved_at__isnull", True),
                                        models.Q(
                                            ("tested_at__isnull", False),
                                            ("tested_at__lte", models.F("approved_at")),
                                        ),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("published_at__isnull", True),
                                        models.Q(
                                            ("approved_at__isnull", False),
                                            ("approved_at__lte", models.F("published_at")),
                                        ),
                                        _connector="OR",
                                    ),
                                ),
                                name="story_steps_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("video", ""),
                                    models.Q(("captions", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="story_video_has_captions",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("withdrawn_at__isnull", True),
                                        ("withdrawn_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("withdrawn_at__isnull", False),
                                        ("withdrawn_by__isnull", False),
                                        ("published_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="story_withdrawn_by_somebody_once_published",
                            ),
                            dealers.constraints.TogetherForeignKey(
                                fields=("store", "dealer"),
                                name="story_store_of_its_dealer",
                                to="dealers.Store",
                                to_fields=("id", "dealer"),
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="story_stays_who_tells_it",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."dealer_id" IS DISTINCT FROM (NEW."dealer_id") OR OLD."store_id" IS DISTINCT FROM (NEW."store_id"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="cb6d3e9be456a0075ce6dd4ed8af7e991e11ad26",
                                    operation="UPDATE",
                                    pgid="pgtrigger_story_stays_who_tells_it_ff0c2",
                                    table="training_story",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="story_published_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."published_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="15cc9c2336287921685a6280798c2fd5e3d3452e",
                                    operation="DELETE",
                                    pgid="pgtrigger_story_published_never_deleted_d6ff1",
                                    table="training_story",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="story_published_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF OLD.published_at IS NOT NULL AND (OLD.withdrawn_at IS NOT NULL
                OR to_jsonb(NEW) - ARRAY['withdrawn_at', 'withdrawn_by_id'] <> to_jsonb(OLD) - ARRAY['withdrawn_at', 'withdrawn_by_id']) THEN
            RAISE check_violation USING CONSTRAINT = 'story_published_never_changes', MESSAGE = 'What is published never changes.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="5b03406376f95ba42574bc95ac35838cc987d7d0",
                                    operation="UPDATE",
                                    pgid="pgtrigger_story_published_never_changes_420c7",
                                    table="training_story",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="story_agreed_to_as_it_is",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF OLD.published_at IS NULL AND OLD.tested_at IS NOT NULL
        AND NEW.tested_at IS NOT DISTINCT FROM OLD.tested_at
        AND to_jsonb(NEW) - ARRAY['drafted_at', 'drafted_by_id', 'edited_at', 'edited_by_id', 'tested_at', 'tested_by_id', 'approved_at', 'approved_by_id', 'published_at', 'published_by_id'] <> to_jsonb(OLD) - ARRAY['drafted_at', 'drafted_by_id', 'edited_at', 'edited_by_id', 'tested_at', 'tested_by_id', 'approved_at', 'approved_by_id', 'published_at', 'published_by_id'] THEN
            RAISE check_violation USING CONSTRAINT = 'story_agreed_to_as_it_is', MESSAGE = 'What was tested is tested anew once it changes.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="34840c335c503dfcdbc7c8db367e9847c37d93ce",
                                    operation="UPDATE",
                                    pgid="pgtrigger_story_agreed_to_as_it_is_87d04",
                                    table="training_story",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="story_approved_by_somebody_else",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL AND true AND (NEW.tested_by_id IS NULL
                OR NEW.approved_by_id IS NULL OR NEW.approved_by_id = NEW.tested_by_id) THEN
            RAISE check_violation USING CONSTRAINT = 'story_approved_by_somebody_else', MESSAGE = 'Somebody else than who tested it approves.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="a6c07eacb13f5a07e1dcf6da25d139f3e21069b6",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_story_approved_by_somebody_else_fe578",
                                    table="training_story",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="story_approved_by_none_of_its_authors",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NEW.published_at IS NOT NULL AND OLD.published_at IS NULL
                AND NEW.approved_by_id IN (NEW.drafted_by_id, NEW.edited_by_id) THEN
            RAISE check_violation USING CONSTRAINT = 'story_approved_by_none_of_its_authors', MESSAGE = 'Somebody else than who wrote it approves.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="a951f5ab368e6cdc6b69a3eb4c965b2038c3fed0",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_story_approved_by_none_of_its_authors_48ad4",
                                    table="training_story",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="story_agreed_to_by_its_owner",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n        IF NEW.tested_at IS NOT NULL AND NEW.tested_at IS DISTINCT FROM OLD.tested_at\n                AND (current_user LIKE 'portal\\_%' AND current_user <> 'portal_worker') AND coalesce(current_setting('app.role', true), '') <> 'owner' THEN\n            RAISE check_violation USING CONSTRAINT = 'story_agreed_to_by_its_owner', MESSAGE = 'The owner alone agrees.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                                    hash="2cd22bfab757d31f8f4a9e51d1d78382ddd92498",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_story_agreed_to_by_its_owner_dab4a",
                                    table="training_story",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="story_approved_by_headquarters",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="\n        IF NEW.approved_at IS NOT NULL AND NEW.approved_at IS DISTINCT FROM OLD.approved_at\n                AND (current_user LIKE 'portal\\_%' AND current_user <> 'portal_worker') AND current_user <> 'portal_hq' THEN\n            RAISE check_violation USING CONSTRAINT = 'story_approved_by_headquarters', MESSAGE = 'Headquarters alone approves.';\n        END IF;\n        RETURN coalesce(NEW, OLD);\n        ",
                                    hash="aa6b14391069c70ca54fc10e24de80f7db1b9581",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_story_approved_by_headquarters_59985",
                                    table="training_story",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="stories_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="bbff455034893145d24ca863261bfa75ec4f7756",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_stories_never_emptied_639a4",
                                    table="training_story",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StoryFigure",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "ranking",
                            models.BigIntegerField(editable=False, verbose_name="place on a board"),
                        ),
                        ("metric", models.CharField(max_length=20, verbose_name="figure")),
                        ("length", models.CharField(max_length=10, verbose_name="length")),
                        ("starts_on", models.DateField(verbose_name="starts on")),
                        (
                            "value",
                            models.DecimalField(
                                decimal_places=6, max_digits=30, verbose_name="value"
                            ),
                        ),
                        ("rank", models.PositiveIntegerField(verbose_name="place")),
                        ("of", models.PositiveIntegerField(verbose_name="of")),
                        ("source", models.CharField(max_length=500, verbose_name="source")),
                        ("taken_at", models.DateTimeField(verbose_name="taken at")),
                        (
                            "story",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="figures",
                                to="training.story",
                                verbose_name="story",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "figure of a story",
                        "verbose_name_plural": "figures of stories",
                        "ordering": ("story", "-starts_on", "id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "taken_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "taken_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    ("starts_on__gte", datetime.date(1990, 1, 1)),
                                    ("starts_on__lte", datetime.date(2200, 1, 1)),
                                ),
                                name="story_figure_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("story", "ranking"), name="story_figure_once"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="story_figure_of_published_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
            PERFORM 1 FROM training_story WHERE id IN (OLD.story_id, NEW.story_id) FOR SHARE;
            IF EXISTS (
                SELECT 1 FROM training_story WHERE id IN (OLD.story_id, NEW.story_id) AND published_at IS NOT NULL
            ) THEN
                RAISE EXCEPTION 'A part of what is published never changes: %', TG_NAME;
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
                                    hash="75bd6598796b6c6a81c797b5e3c1e0d573a2b87a",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_story_figure_of_published_never_changes_5bef6",
                                    table="training_storyfigure",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="story_figure_is_agreed_to_anew",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
            UPDATE training_story SET tested_at = NULL, tested_by_id = NULL, approved_at = NULL, approved_by_id = NULL
            WHERE id IN (OLD.story_id, NEW.story_id) AND published_at IS NULL AND tested_at IS NOT NULL;
            RETURN NULL;
        """,
                                    hash="bcf877f96a1f469137d8bd2f6a9586217b78891b",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_story_figure_is_agreed_to_anew_d6e58",
                                    table="training_storyfigure",
                                    when="AFTER",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="story_figure_stays_as_taken",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="ca7fce9a113d5e7419b88edcb5063cdb6a67ecb0",
                                    operation="UPDATE",
                                    pgid="pgtrigger_story_figure_stays_as_taken_f81a5",
                                    table="training_storyfigure",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="story_figure_stands_on_a_frozen_board",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF NOT EXISTS (
                    SELECT FROM incentives_ranking AS place
                    JOIN incentives_board AS board ON board.id = place.board_id
                    JOIN training_story AS story ON story.id = NEW.story_id
                    WHERE place.id = NEW.ranking AND board.frozen_at IS NOT NULL
                        AND place.dealer_id = story.dealer_id AND place.post_id IS NULL
                        AND place.store_id IS NOT DISTINCT FROM story.store_id
                        AND board.metric = NEW.metric AND board.length = NEW.length
                        AND board.starts_on = NEW.starts_on AND place.value = NEW.value
                        AND place.rank = NEW.rank AND place.of = NEW.of) THEN
            RAISE check_violation USING CONSTRAINT = 'story_figure_stands_on_a_frozen_board', MESSAGE = 'A figure is copied from a frozen board.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="e9b742993a7d30872152f3faba090bc4c730ee1a",
                                    operation="INSERT",
                                    pgid="pgtrigger_story_figure_stands_on_a_frozen_board_f9c8c",
                                    table="training_storyfigure",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StoryPicture",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                        (
                            "image",
                            models.ImageField(
                                height_field="height",
                                upload_to=training.kept.story_path,
                                verbose_name="picture",
                                width_field="width",
                            ),
                        ),
                        (
                            "width",
                            models.PositiveIntegerField(editable=False, verbose_name="width"),
                        ),
                        (
                            "height",
                            models.PositiveIntegerField(editable=False, verbose_name="height"),
                        ),
                        ("alt", models.CharField(max_length=200, verbose_name="what it shows")),
                        (
                            "story",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="pictures",
                                to="training.story",
                                verbose_name="story",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "picture of a story",
                        "verbose_name_plural": "pictures of stories",
                        "ordering": ("story", "number"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "alt__regex",
                                        "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                    ),
                                    _negated=True,
                                ),
                                name="story_picture_is_described",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                            models.UniqueConstraint(
                                fields=("story", "number"), name="story_picture_number_used_once"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="story_picture_of_published_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
            PERFORM 1 FROM training_story WHERE id IN (OLD.story_id, NEW.story_id) FOR SHARE;
            IF EXISTS (
                SELECT 1 FROM training_story WHERE id IN (OLD.story_id, NEW.story_id) AND published_at IS NOT NULL
            ) THEN
                RAISE EXCEPTION 'A part of what is published never changes: %', TG_NAME;
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
                                    hash="b2343d1fd51c6259ced07b55641e5ace805f24df",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_story_picture_of_published_never_changes_b3929",
                                    table="training_storypicture",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="story_picture_is_agreed_to_anew",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
            UPDATE training_story SET tested_at = NULL, tested_by_id = NULL, approved_at = NULL, approved_by_id = NULL
            WHERE id IN (OLD.story_id, NEW.story_id) AND published_at IS NULL AND tested_at IS NOT NULL;
            RETURN NULL;
        """,
                                    hash="56f03a463e71037c71fcde7108d6fae06be67c7b",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_story_picture_is_agreed_to_anew_113c3",
                                    table="training_storypicture",
                                    when="AFTER",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SharingSession",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("title", models.CharField(max_length=120, verbose_name="title (Chinese)")),
                        (
                            "title_en",
                            models.CharField(
                                blank=True, max_length=120, verbose_name="title (English)"
                            ),
                        ),
                        (
                            "about",
                            models.TextField(
                                blank=True, help_text="Markdown.", verbose_name="text (Chinese)"
                            ),
                        ),
                        (
                            "about_en",
                            models.TextField(
                                blank=True, help_text="Markdown.", verbose_name="text (English)"
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=[("zh-hans", "简体中文"), ("en", "English")],
                                default="zh-hans",
                                max_length=10,
                                verbose_name="language",
                            ),
                        ),
                        ("starts_at", models.DateTimeField(verbose_name="starts at")),
                        ("ends_at", models.DateTimeField(verbose_name="ends at")),
                        (
                            "timezone",
                            models.CharField(
                                default="Asia/Shanghai",
                                max_length=50,
                                validators=[dealers.models.network.validate_timezone],
                                verbose_name="time zone",
                            ),
                        ),
                        (
                            "place",
                            models.CharField(blank=True, max_length=200, verbose_name="place"),
                        ),
                        (
                            "link",
                            models.CharField(
                                blank=True,
                                help_text="Begins with https://. Only who has a place reads it.",
                                max_length=500,
                                verbose_name="link",
                            ),
                        ),
                        (
                            "capacity",
                            models.PositiveSmallIntegerField(
                                default=50,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(5000),
                                ],
                                verbose_name="places",
                            ),
                        ),
                        (
                            "named_at",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="named since"
                            ),
                        ),
                        (
                            "recording",
                            models.FileField(
                                blank=True,
                                upload_to=training.kept.recording_path,
                                validators=[
                                    django.core.validators.FileExtensionValidator(["mp4", "webm"]),
                                    training.models.lessons.validate_size,
                                ],
                                verbose_name="recording",
                            ),
                        ),
                        (
                            "recording_link",
                            models.CharField(
                                blank=True,
                                help_text="Begins with https://.",
                                max_length=500,
                                verbose_name="link to the recording",
                            ),
                        ),
                        ("sequence", models.PositiveIntegerField(default=0, editable=False)),
                        (
                            "changed_at",
                            models.DateTimeField(editable=False, verbose_name="changed at"),
                        ),
                        (
                            "cancelled_at",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="cancelled at"
                            ),
                        ),
                        (
                            "cancelled_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="cancelled by",
                            ),
                        ),
                        (
                            "dealer",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sharing_sessions",
                                to="dealers.dealer",
                                verbose_name="dealer that tells",
                            ),
                        ),
                        (
                            "host",
                            models.ForeignKey(
                                help_text="Shows the code, answers questions, and sees who has a place.",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hosted_sessions",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="host",
                            ),
                        ),
                        (
                            "named_by",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="agreed to be named by",
                            ),
                        ),
                        (
                            "store",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sharing_sessions",
                                to="dealers.store",
                                verbose_name="store that tells",
                            ),
                        ),
                        (
                            "story",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sessions",
                                to="training.story",
                                verbose_name="story told there",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "sharing session",
                        "verbose_name_plural": "sharing sessions",
                        "ordering": ("-starts_at", "-id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "starts_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "starts_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "ends_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "ends_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "named_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "named_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "changed_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "changed_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "cancelled_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "cancelled_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="sharing_session_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "title__regex",
                                            "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        (
                                            "title_en__regex",
                                            "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        (
                                            "place__regex",
                                            "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                        ),
                                        _negated=True,
                                    ),
                                ),
                                name="sharing_session_is_legible",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                                name="sharing_session_ends_after_it_starts",
                                violation_error_message="A session ends after it starts.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("place", ""), _negated=True),
                                    models.Q(("link", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="sharing_session_is_somewhere",
                                violation_error_message="Name a place or a link.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("link", ""),
                                        ("link__regex", "^https://[^/\\s@]+(/\\S*)?$"),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("recording_link", ""),
                                        ("recording_link__regex", "^https://[^/\\s@]+(/\\S*)?$"),
                                        _connector="OR",
                                    ),
                                ),
                                name="sharing_session_links_are_safe",
                                violation_error_message="A link begins with https://.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("capacity__gte", 1), ("capacity__lte", 5000)),
                                name="sharing_session_has_places",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("store__isnull", True),
                                    ("dealer__isnull", False),
                                    _connector="OR",
                                ),
                                name="sharing_session_store_with_its_dealer",
                            ),
                            dealers.constraints.TogetherForeignKey(
                                fields=("store", "dealer"),
                                name="sharing_session_store_of_its_dealer",
                                to="dealers.Store",
                                to_fields=("id", "dealer"),
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="sharing_session_keeps_its_uid",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."uid" IS DISTINCT FROM (NEW."uid"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="e0e7a89af98b43db88b27e50dd000e249e98d0c0",
                                    operation="UPDATE",
                                    pgid="pgtrigger_sharing_session_keeps_its_uid_a2ff0",
                                    table="training_sharingsession",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="sharing_session_cancelled_for_good",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."cancelled_at" IS NULL AND OLD."cancelled_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="d759a8ec21e02046aa861b0c632030783937cb37",
                                    operation="UPDATE",
                                    pgid="pgtrigger_sharing_session_cancelled_for_good_3f487",
                                    table="training_sharingsession",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="sharing_session_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="9199111e9d2ccc6b329aa8108346b50d7b2c63f7",
                                    operation="DELETE",
                                    pgid="pgtrigger_sharing_session_never_deleted_c7ab8",
                                    table="training_sharingsession",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="sharing_sessions_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="282f4034fac50cfa6cd29c40224b51ef031c8144",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_sharing_sessions_never_emptied_da08b",
                                    table="training_sharingsession",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SessionQuestion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("text", models.CharField(max_length=400, verbose_name="question")),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "answer",
                            models.CharField(blank=True, max_length=2000, verbose_name="answer"),
                        ),
                        (
                            "answered_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="answered at"),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: asked without a name.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        (
                            "session",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="questions",
                                to="training.sharingsession",
                                verbose_name="sharing session",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "question at a session",
                        "verbose_name_plural": "questions at sessions",
                        "ordering": ("session", "at", "id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "answered_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "answered_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="session_question_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "text__regex",
                                        "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                    ),
                                    _negated=True,
                                ),
                                name="session_question_is_legible",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("text", ""), _negated=True),
                                name="session_question_asks",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("answer", ""), ("answered_at__isnull", True)),
                                    models.Q(
                                        ("answered_at__isnull", False),
                                        models.Q(("answer", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="session_question_answered_with_words",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="session_question_stays_as_asked",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."session_id" IS DISTINCT FROM (NEW."session_id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."text" IS DISTINCT FROM (NEW."text") OR OLD."at" IS DISTINCT FROM (NEW."at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="8314f7dae1139b52d1ea5f628af58e1b568e8af9",
                                    operation="UPDATE",
                                    pgid="pgtrigger_session_question_stays_as_asked_f1c44",
                                    table="training_sessionquestion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="session_answer_stays",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
        IF OLD.answered_at IS NOT NULL THEN
            RAISE check_violation USING CONSTRAINT = 'session_answer_stays', MESSAGE = 'An answer stays as it was given.';
        END IF;
        RETURN coalesce(NEW, OLD);
        """,
                                    hash="07a286713388b8db324fc176af1bc465a975a58e",
                                    operation="UPDATE",
                                    pgid="pgtrigger_session_answer_stays_cef72",
                                    table="training_sessionquestion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="session_questions_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="5a27f2d413153012970f6d332e912f9c290d0333",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_session_questions_never_emptied_9ce23",
                                    table="training_sessionquestion",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Seat",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("joined_at", models.DateTimeField(verbose_name="registered at")),
                        (
                            "placed_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="has a place since"
                            ),
                        ),
                        (
                            "left_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="gave it up at"
                            ),
                        ),
                        (
                            "attended_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="was there at"
                            ),
                        ),
                        (
                            "walk_in",
                            models.BooleanField(
                                default=False, verbose_name="came without registering"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        (
                            "session",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="seats",
                                to="training.sharingsession",
                                verbose_name="sharing session",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "place at a session",
                        "verbose_name_plural": "places at sessions",
                        "ordering": ("session", "joined_at", "id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "joined_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "joined_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "placed_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "placed_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "left_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "left_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "attended_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "attended_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="seat_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("left_at__isnull", True)),
                                fields=("session", "user"),
                                name="seat_once_a_person_and_session",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("attended_at__isnull", True),
                                    models.Q(
                                        ("left_at__isnull", True), ("placed_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="seat_attended_by_who_had_a_place",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="seat_stays_whose_it_is",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."session_id" IS DISTINCT FROM (NEW."session_id") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."joined_at" IS DISTINCT FROM (NEW."joined_at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="513db8dbbdf36828c9133a1f6a54605c08f9b8c6",
                                    operation="UPDATE",
                                    pgid="pgtrigger_seat_stays_whose_it_is_e9c5b",
                                    table="training_seat",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="seat_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="b5bee2e61c547b0a04e5ac94ee251e8eb64e55f5",
                                    operation="DELETE",
                                    pgid="pgtrigger_seat_never_deleted_3aa8d",
                                    table="training_seat",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="seats_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="50e2cdff642d595d6ea3f5ad2b06cabb4a574133",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_seats_never_emptied_dc285",
                                    table="training_seat",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="seat_within_capacity",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (NEW."left_at" IS NULL AND NEW."placed_at" IS NOT NULL)',
                                    func="""
                    PERFORM FROM training_sharingsession
                        WHERE id = NEW.session_id FOR NO KEY UPDATE;
                    IF (SELECT count(*) FROM training_seat WHERE session_id = NEW.session_id
                            AND placed_at IS NOT NULL AND left_at IS NULL AND id <> NEW.id)
                        >= (SELECT capacity FROM training_sharingsession WHERE id = NEW.session_id)
                    THEN
                        RAISE check_violation
                        USING CONSTRAINT = TG_NAME, MESSAGE = 'All places are taken.';
                    END IF;
                    RETURN NEW;
                """,
                                    hash="bd0774cf1c5e4c224700de9b510a7d32a5260075",
                                    operation="INSERT OR UPDATE",
                                    pgid="pgtrigger_seat_within_capacity_33428",
                                    table="training_seat",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Kudos",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "story",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="kudos",
                                to="training.story",
                                verbose_name="story",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        (
                            "session",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="kudos",
                                to="training.sharingsession",
                                verbose_name="sharing session",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "thanks",
                        "verbose_name_plural": "thanks",
                        "ordering": ("-at", "-id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="kudos_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("user", "story", "session"),
                                name="kudos_once_a_person",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("session__isnull", False), ("story__isnull", True)),
                                    models.Q(("session__isnull", True), ("story__isnull", False)),
                                    _connector="OR",
                                ),
                                name="kudos_for_one_thing",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CodeTry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="at")),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        (
                            "session",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="training.sharingsession",
                                verbose_name="sharing session",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "wrong code",
                        "verbose_name_plural": "wrong codes",
                        "ordering": ("-at", "-id"),
                        "indexes": [
                            models.Index(
                                fields=["session", "user", "-at"], name="code_tries_of_a_person"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="code_try_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AttendanceCode",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("code", models.CharField(max_length=6, verbose_name="code")),
                        ("at", models.DateTimeField(verbose_name="at")),
                        ("until", models.DateTimeField(verbose_name="until")),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="shown by",
                            ),
                        ),
                        (
                            "session",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="codes",
                                to="training.sharingsession",
                                verbose_name="sharing session",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "code of a session",
                        "verbose_name_plural": "codes of sessions",
                        "ordering": ("-at", "-id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "until__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "until__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="attendance_code_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("code__regex", "^[0-9]{6}$")),
                                name="attendance_code_is_six_digits",
                            ),
                        ],
                    },
                ),
                migrations.RemoveConstraint(
                    model_name="assignment",
                    name="assignment_between_1990_and_2200",
                ),
                migrations.RemoveConstraint(
                    model_name="assignment",
                    name="assignment_once_a_course_and_role",
                ),
                migrations.RemoveConstraint(
                    model_name="courseversion",
                    name="course_version_between_1990_and_2200",
                ),
                migrations.RemoveConstraint(
                    model_name="enrollment",
                    name="enrollment_once_a_person_and_version",
                ),
                migrations.RemoveConstraint(
                    model_name="lesson",
                    name="lesson_kind_has_its_file",
                ),
                migrations.AddField(
                    model_name="course",
                    name="first",
                    field=models.ManyToManyField(
                        blank=True,
                        help_text="Who takes this course finds them beside it. For longer ways, write a track.",
                        related_name="then",
                        to="training.course",
                        verbose_name="courses to pass first",
                    ),
                ),
                migrations.AddField(
                    model_name="course",
                    name="figure",
                    field=models.CharField(
                        blank=True,
                        help_text="What stores do better once their people have passed it, if it works.",
                        max_length=20,
                        verbose_name="figure to change",
                    ),
                ),
                migrations.AddField(
                    model_name="course",
                    name="open_to_all",
                    field=models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Everybody with a post finds it in the catalogue and may take it.",
                        verbose_name="open to everybody",
                    ),
                ),
                migrations.AddField(
                    model_name="assignment",
                    name="joined_from",
                    field=models.DateField(
                        blank=True,
                        help_text="Empty: always.",
                        null=True,
                        verbose_name="in the post since, at the earliest",
                    ),
                ),
                migrations.AddField(
                    model_name="assignment",
                    name="joined_until",
                    field=models.DateField(
                        blank=True,
                        help_text="Empty: always.",
                        null=True,
                        verbose_name="in the post since, at the latest",
                    ),
                ),
                migrations.AddField(
                    model_name="assignment",
                    name="position",
                    field=models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Steps with the same number may be taken in any order.",
                        null=True,
                        verbose_name="step",
                    ),
                ),
                migrations.AddField(
                    model_name="assignment",
                    name="region",
                    field=models.ForeignKey(
                        blank=True,
                        help_text="Empty: all of them.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="dealers.region",
                        verbose_name="region",
                    ),
                ),
                migrations.AddField(
                    model_name="assignment",
                    name="store",
                    field=models.ForeignKey(
                        blank=True,
                        help_text="Empty: all of them.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="dealers.store",
                        verbose_name="store",
                    ),
                ),
                migrations.AddField(
                    model_name="assignment",
                    name="track",
                    field=models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="training.track",
                        verbose_name="track",
                    ),
                ),
                migrations.AddField(
                    model_name="courseversion",
                    name="drafted_at",
                    field=models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="drafted at"
                    ),
                ),
                migrations.AddField(
                    model_name="courseversion",
                    name="drafted_by",
                    field=models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="drafted by",
                    ),
                ),
                migrations.AddField(
                    model_name="courseversion",
                    name="edited_at",
                    field=models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="last edited at"
                    ),
                ),
                migrations.AddField(
                    model_name="courseversion",
                    name="edited_by",
                    field=models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="last edited by",
                    ),
                ),
                migrations.AddField(
                    model_name="enrollment",
                    name="round",
                    field=models.PositiveSmallIntegerField(
                        default=1,
                        help_text="1; each renewal of the certificate is another one.",
                        verbose_name="round",
                    ),
                ),
                migrations.AlterField(
                    model_name="lesson",
                    name="kind",
                    field=models.CharField(
                        choices=[
                            ("text", "Text"),
                            ("video", "Video"),
                            ("file", "File"),
                            ("task", "Practice task"),
                            ("check", "Checklist"),
                        ],
                        default="text",
                        max_length=5,
                        verbose_name="kind",
                    ),
                ),
                migrations.AddField(
                    model_name="lesson",
                    name="checks",
                    field=models.TextField(
                        blank=True,
                        help_text="A line for each thing to tick off.",
                        verbose_name="checklist (Chinese)",
                    ),
                ),
                migrations.AddField(
                    model_name="lesson",
                    name="checks_en",
                    field=models.TextField(blank=True, verbose_name="checklist (English)"),
                ),
                migrations.AddField(
                    model_name="lesson",
                    name="target",
                    field=models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="how often",
                    ),
                ),
                migrations.AddField(
                    model_name="lesson",
                    name="task",
                    field=models.CharField(
                        blank=True,
                        help_text="What is done at work, and counted from the moment the course was begun.",
                        max_length=20,
                        verbose_name="practice task",
                    ),
                ),
                migrations.AddField(
                    model_name="progress",
                    name="ticked",
                    field=models.JSONField(blank=True, default=list, verbose_name="ticked off"),
                ),
                migrations.AlterField(
                    model_name="reminder",
                    name="by",
                    field=models.ForeignKey(
                        blank=True,
                        help_text="Empty: by itself, as the last day came near.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked for by",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="assignment",
                    constraint=models.UniqueConstraint(
                        fields=(
                            "course",
                            "role",
                            "region",
                            "store",
                            "joined_from",
                            "joined_until",
                            "track",
                        ),
                        name="assignment_once_a_course_and_people",
                        nulls_distinct=False,
                    ),
                ),
                migrations.AddConstraint(
                    model_name="assignment",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("track__isnull", True), ("position__isnull", False), _connector="OR"
                        ),
                        name="assignment_of_a_track_is_its_step",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="assignment",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("joined_from__isnull", True),
                            ("joined_until__isnull", True),
                            ("joined_from__lte", models.F("joined_until")),
                            _connector="OR",
                        ),
                        name="assignment_joined_in_order",
                        violation_error_message="The latest day comes before the earliest.",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="assignment",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "assigned_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "assigned_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            ("joined_from__gte", datetime.date(1990, 1, 1)),
                            ("joined_from__lte", datetime.date(2200, 1, 1)),
                            ("joined_until__gte", datetime.date(1990, 1, 1)),
                            ("joined_until__lte", datetime.date(2200, 1, 1)),
                        ),
                        name="assignment_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                ),
                migrations.AlterModelOptions(
                    name="assignment",
                    options={
                        "ordering": ("course", "role", "pk"),
                        "verbose_name": "assignment",
                        "verbose_name_plural": "assignments",
                    },
                ),
                migrations.AddConstraint(
                    model_name="courseversion",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            (
                                "drafted_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "drafted_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "edited_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "edited_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "tested_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "tested_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "approved_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "approved_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "published_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "published_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="course_version_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="enrollment",
                    constraint=models.UniqueConstraint(
                        fields=("user", "version", "round"),
                        name="enrollment_once_a_person_version_and_round",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="enrollment",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("round__gte", 1)), name="enrollment_rounds_from_one"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="lesson",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "text"),
                            models.Q(
                                ("kind", "video"),
                                models.Q(("video", ""), _negated=True),
                                models.Q(("captions", ""), _negated=True),
                            ),
                            models.Q(("kind", "file"), models.Q(("file", ""), _negated=True)),
                            models.Q(
                                ("kind", "task"),
                                ("target__gte", 1),
                                ("target__isnull", False),
                                models.Q(("task", ""), _negated=True),
                            ),
                            models.Q(("kind", "check"), models.Q(("checks", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="lesson_kind_has_its_file",
                        violation_error_message="A video lesson needs a video with captions, a file lesson a file, a practice task what is done how often, a checklist its lines.",
                    ),
                ),
            ],
        ),
        migrations.RunPython(add, remove),
    ]
