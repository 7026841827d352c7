"""The first tables of this app, in one step; what names the groups of headquarters comes after them.

A database that has taken some of these steps goes on with those.
"""

import datetime
import dealers.squashed
import django.core.validators
import django.db.models.constraints
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import training.models.lessons
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("training", "0001_squashed_0012_order_and_reminders"),
        ("training", "0013_quiz_bank"),
    ]

    initial = True

    dependencies = [
        ("dealers", "0001_squashed_0021_calendar_and_dispatch"),
    ]

    operations = [
        dealers.squashed.AtOnce(
            operations=[
                migrations.CreateModel(
                    name="Course",
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
                        ("slug", models.SlugField(unique=True, verbose_name="address")),
                        ("title", models.CharField(max_length=120, verbose_name="title (Chinese)")),
                        (
                            "title_en",
                            models.CharField(
                                blank=True, max_length=120, verbose_name="title (English)"
                            ),
                        ),
                        ("summary", models.TextField(blank=True, verbose_name="summary (Chinese)")),
                        (
                            "summary_en",
                            models.TextField(blank=True, verbose_name="summary (English)"),
                        ),
                        (
                            "certificate_months",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                default=12,
                                help_text="Empty: it does not expire.",
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(1200),
                                ],
                                verbose_name="certificate valid for, months",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "course",
                        "verbose_name_plural": "courses",
                        "ordering": ("slug",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("certificate_months__lte", 1200)),
                                name="course_certificate_ends_within_a_century",
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
                                name="course_title_is_legible",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("certificate_months__isnull", True),
                                    ("certificate_months__gte", 1),
                                    _connector="OR",
                                ),
                                name="course_certificate_is_valid_for_a_time",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Assignment",
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
                        ("required", models.BooleanField(default=True, verbose_name="required")),
                        (
                            "due_days",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                default=30,
                                help_text="Empty: no last day. 0: on the first day.",
                                null=True,
                                verbose_name="due after, days",
                            ),
                        ),
                        (
                            "assigned_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="assigned at"
                            ),
                        ),
                        (
                            "course",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="assignments",
                                to="training.course",
                                verbose_name="course",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "assignment",
                        "verbose_name_plural": "assignments",
                        "ordering": ("course", "role"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "assigned_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "assigned_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="assignment_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("course", "role"), name="assignment_once_a_course_and_role"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "role__in",
                                        ["associate", "store_manager", "owner", "regional_manager"],
                                    )
                                ),
                                name="assignment_role_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CourseVersion",
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
                        ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                        (
                            "pass_percent",
                            models.PositiveSmallIntegerField(
                                default=80,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(100),
                                ],
                                verbose_name="pass mark, percent",
                            ),
                        ),
                        (
                            "attempts",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Empty: as many as needed.",
                                null=True,
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="attempts",
                            ),
                        ),
                        (
                            "retry_minutes",
                            models.PositiveSmallIntegerField(
                                default=10,
                                help_text="0: at once.",
                                verbose_name="wait before a retry, minutes",
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
                            "course",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="training.course",
                                verbose_name="course",
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
                            "draw",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="So many of the bank are asked, by chance. Empty: all of them.",
                                null=True,
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="questions drawn",
                            ),
                        ),
                        (
                            "shuffle",
                            models.BooleanField(
                                default=False,
                                help_text="The first attempt asks by chance, too; later ones always do.",
                                verbose_name="shuffle",
                            ),
                        ),
                        (
                            "time_limit",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="Empty: no limit. When it is over, what is answered by then counts.",
                                null=True,
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="time for an attempt, minutes",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "course version",
                        "verbose_name_plural": "course versions",
                        "ordering": ("course", "-number"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
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
                                ),
                                name="course_version_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("course", "number"), name="course_version_number_used_once"
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
                                name="course_version_steps_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("pass_percent__gte", 1), ("pass_percent__lte", 100)
                                ),
                                name="course_version_pass_mark_is_percent",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("attempts__isnull", True),
                                    ("attempts__gte", 1),
                                    _connector="OR",
                                ),
                                name="course_version_can_be_attempted",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("draw__isnull", True), ("draw__gte", 1), _connector="OR"
                                ),
                                name="course_version_draws_a_question",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("time_limit__isnull", True),
                                    ("time_limit__gte", 1),
                                    _connector="OR",
                                ),
                                name="course_version_leaves_a_minute",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="course_version_published_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."published_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="e9e1622d10124838279cd9c250e084d82e6999a9",
                                    operation="DELETE",
                                    pgid="pgtrigger_course_version_published_never_deleted_33b60",
                                    table="training_courseversion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="course_version_published_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."published_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="a0ea6c9b70a10eb23654f0831264c1ee8fafd886",
                                    operation="UPDATE",
                                    pgid="pgtrigger_course_version_published_never_changes_c68df",
                                    table="training_courseversion",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="course_version_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="2c5bc3fdac0c1ca07bfbf75754e3026034fc8c09",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_course_version_never_emptied_0dcb5",
                                    table="training_courseversion",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Enrollment",
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
                            "started_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="started at"
                            ),
                        ),
                        (
                            "passed_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="passed at"),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="enrollments",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="enrollments",
                                to="training.courseversion",
                                verbose_name="course version",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "enrollment",
                        "verbose_name_plural": "enrollments",
                        "ordering": ("-started_at", "-id"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "started_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "started_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "passed_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "passed_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="enrollment_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("user", "version"),
                                name="enrollment_once_a_person_and_version",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Attempt",
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
                        ("number", models.PositiveSmallIntegerField(verbose_name="attempt")),
                        (
                            "started_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="started at"
                            ),
                        ),
                        ("answers", models.JSONField(default=dict, verbose_name="answers")),
                        (
                            "order",
                            models.JSONField(
                                blank=True,
                                default=list,
                                verbose_name="order of questions and answers",
                            ),
                        ),
                        (
                            "submitted_at",
                            models.DateTimeField(
                                blank=True, null=True, verbose_name="submitted at"
                            ),
                        ),
                        (
                            "correct",
                            models.PositiveSmallIntegerField(
                                blank=True, null=True, verbose_name="correct answers"
                            ),
                        ),
                        (
                            "questions",
                            models.PositiveSmallIntegerField(
                                blank=True, null=True, verbose_name="questions"
                            ),
                        ),
                        (
                            "passed",
                            models.BooleanField(blank=True, null=True, verbose_name="passed"),
                        ),
                        (
                            "enrollment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="attempts",
                                to="training.enrollment",
                                verbose_name="enrollment",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "quiz attempt",
                        "verbose_name_plural": "quiz attempts",
                        "ordering": ("enrollment", "number"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "started_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "started_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "submitted_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "submitted_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="attempt_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("enrollment", "number"), name="attempt_number_used_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("submitted_at__isnull", True)),
                                fields=("enrollment",),
                                name="attempt_one_open_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("correct__isnull", True),
                                        ("passed__isnull", True),
                                        ("questions__isnull", True),
                                        ("submitted_at__isnull", True),
                                    ),
                                    models.Q(
                                        ("correct__isnull", False),
                                        ("correct__lte", models.F("questions")),
                                        ("passed__isnull", False),
                                        ("questions__isnull", False),
                                        ("submitted_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="attempt_submitted_has_its_score",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="attempt_submitted_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."submitted_at" IS NOT NULL)',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="40c8f01f13525a8c428e92ab3dd8d49967d1628e",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_attempt_submitted_never_changes_6f093",
                                    table="training_attempt",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="attempt_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="7b37d0dbbd450ca662e67befac25ccae69bcd51f",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_attempt_never_emptied_a6430",
                                    table="training_attempt",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Certificate",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=uuid.uuid4,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("code", models.CharField(max_length=16, unique=True, verbose_name="code")),
                        ("holder", models.CharField(max_length=80, verbose_name="name")),
                        (
                            "issued_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="issued at"
                            ),
                        ),
                        (
                            "valid_until",
                            models.DateTimeField(blank=True, null=True, verbose_name="valid until"),
                        ),
                        (
                            "enrollment",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="certificate",
                                to="training.enrollment",
                                verbose_name="enrollment",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "certificate",
                        "verbose_name_plural": "certificates",
                        "ordering": ("-issued_at",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "issued_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "issued_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "valid_until__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "valid_until__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="certificate_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "holder__regex",
                                        "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                    ),
                                    _negated=True,
                                ),
                                name="certificate_holder_is_legible",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                        ],
                        "indexes": [models.Index(fields=["-issued_at"], name="certificate_newest")],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="certificate_only_added",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                                    hash="3293c601fedf7e37eedc5528a497b7ceaf0ae5cf",
                                    operation="UPDATE OR DELETE",
                                    pgid="pgtrigger_certificate_only_added_dc214",
                                    table="training_certificate",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="certificate_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="5b8fa93331bc62a1f0382c21412b17317ee3d102",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_certificate_never_emptied_2d048",
                                    table="training_certificate",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Lesson",
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
                        ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("text", "Text"), ("video", "Video"), ("file", "File")],
                                default="text",
                                max_length=5,
                                verbose_name="kind",
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
                            "minutes",
                            models.PositiveSmallIntegerField(
                                default=3,
                                validators=[django.core.validators.MinValueValidator(1)],
                                verbose_name="minutes",
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
                                upload_to="lessons/",
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
                                upload_to="lessons/",
                                validators=[
                                    django.core.validators.FileExtensionValidator(["vtt"]),
                                    training.models.lessons.validate_size,
                                ],
                                verbose_name="captions (Chinese)",
                            ),
                        ),
                        (
                            "captions_en",
                            models.FileField(
                                blank=True,
                                upload_to="lessons/",
                                validators=[
                                    django.core.validators.FileExtensionValidator(["vtt"]),
                                    training.models.lessons.validate_size,
                                ],
                                verbose_name="captions (English)",
                            ),
                        ),
                        (
                            "file",
                            models.FileField(
                                blank=True,
                                upload_to="lessons/",
                                validators=[
                                    django.core.validators.FileExtensionValidator(
                                        ["pdf", "docx", "xlsx", "pptx", "png", "jpg", "jpeg"]
                                    ),
                                    training.models.lessons.validate_size,
                                ],
                                verbose_name="file",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="lessons",
                                to="training.courseversion",
                                verbose_name="course version",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "lesson",
                        "verbose_name_plural": "lessons",
                        "ordering": ("version", "position"),
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
                                name="lesson_title_is_legible",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                            models.UniqueConstraint(
                                deferrable=django.db.models.constraints.Deferrable["IMMEDIATE"],
                                fields=("version", "position"),
                                name="lesson_position_used_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("minutes__gte", 1)),
                                name="lesson_takes_a_minute",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind", "text"),
                                    models.Q(
                                        ("kind", "video"),
                                        models.Q(("video", ""), _negated=True),
                                        models.Q(("captions", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("kind", "file"), models.Q(("file", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="lesson_kind_has_its_file",
                                violation_error_message="A video lesson needs a video with captions, a file lesson a file.",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="lesson_of_published_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
            PERFORM 1 FROM training_courseversion WHERE id IN (OLD.version_id, NEW.version_id) FOR SHARE;
            IF EXISTS (
                SELECT 1 FROM training_courseversion WHERE id IN (OLD.version_id, NEW.version_id) AND published_at IS NOT NULL
            ) THEN
                RAISE EXCEPTION 'A part of what is published never changes: %', TG_NAME;
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
                                    hash="f7960f40bcee2fe4e415bb79c33ecab3c6b2efe7",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_lesson_of_published_never_changes_86020",
                                    table="training_lesson",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Picture",
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
                            "name",
                            models.CharField(
                                help_text="Written in the text as ![description](short-name).",
                                max_length=40,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^[a-z0-9][a-z0-9-]*\\Z",
                                        "Small letters, digits and hyphens only.",
                                    )
                                ],
                                verbose_name="short name",
                            ),
                        ),
                        (
                            "image",
                            models.ImageField(
                                upload_to="pictures/",
                                validators=[
                                    django.core.validators.FileExtensionValidator(
                                        ["png", "jpg", "jpeg", "webp"]
                                    ),
                                    training.models.lessons.validate_size,
                                ],
                                verbose_name="picture",
                            ),
                        ),
                        (
                            "alt",
                            models.CharField(max_length=200, verbose_name="description (Chinese)"),
                        ),
                        (
                            "alt_en",
                            models.CharField(
                                blank=True, max_length=200, verbose_name="description (English)"
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="pictures",
                                to="training.courseversion",
                                verbose_name="course version",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "picture",
                        "verbose_name_plural": "pictures",
                        "ordering": ("version", "name"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "alt__regex",
                                            "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                        ),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        (
                                            "alt_en__regex",
                                            "[\\u0001-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]",
                                        ),
                                        _negated=True,
                                    ),
                                ),
                                name="picture_description_is_legible",
                                violation_error_message="There is an invisible character in it. Type it by hand instead of pasting it.",
                            ),
                            models.UniqueConstraint(
                                fields=("version", "name"), name="picture_name_used_once"
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="picture_of_published_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
            PERFORM 1 FROM training_courseversion WHERE id IN (OLD.version_id, NEW.version_id) FOR SHARE;
            IF EXISTS (
                SELECT 1 FROM training_courseversion WHERE id IN (OLD.version_id, NEW.version_id) AND published_at IS NOT NULL
            ) THEN
                RAISE EXCEPTION 'A part of what is published never changes: %', TG_NAME;
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
                                    hash="10f3aa2fff9e5634550c48af1e6543d9f9a67e4f",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_picture_of_published_never_changes_7dee5",
                                    table="training_picture",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Progress",
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
                            "opened_at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, verbose_name="opened at"
                            ),
                        ),
                        (
                            "seconds",
                            models.PositiveIntegerField(
                                default=0, verbose_name="position in the video, seconds"
                            ),
                        ),
                        (
                            "done_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="done at"),
                        ),
                        (
                            "enrollment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="progress",
                                to="training.enrollment",
                                verbose_name="enrollment",
                            ),
                        ),
                        (
                            "lesson",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="progress",
                                to="training.lesson",
                                verbose_name="lesson",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "progress",
                        "verbose_name_plural": "progress",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "opened_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "opened_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "done_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "done_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="progress_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            ),
                            models.UniqueConstraint(
                                fields=("enrollment", "lesson"), name="progress_once_a_lesson"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Question",
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
                        ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("single", "One answer"),
                                    ("multiple", "Several answers"),
                                    ("truth", "True or false"),
                                    ("order", "Put in order"),
                                    ("match", "Find the pairs"),
                                ],
                                default="single",
                                max_length=8,
                                verbose_name="kind",
                            ),
                        ),
                        ("text", models.TextField(verbose_name="question (Chinese)")),
                        (
                            "text_en",
                            models.TextField(blank=True, verbose_name="question (English)"),
                        ),
                        (
                            "feedback",
                            models.TextField(blank=True, verbose_name="explanation (Chinese)"),
                        ),
                        (
                            "feedback_en",
                            models.TextField(blank=True, verbose_name="explanation (English)"),
                        ),
                        (
                            "lesson",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="questions",
                                to="training.lesson",
                                verbose_name="lesson to read again",
                            ),
                        ),
                        (
                            "version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="questions",
                                to="training.courseversion",
                                verbose_name="course version",
                            ),
                        ),
                        (
                            "use",
                            models.CharField(
                                choices=[
                                    ("quiz", "In the quiz only"),
                                    ("practice", "In practice only"),
                                    ("both", "In the quiz and in practice"),
                                ],
                                default="quiz",
                                help_text="Practice tells the right answer at once, whoever asks.",
                                max_length=8,
                                verbose_name="asked",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "question",
                        "verbose_name_plural": "questions",
                        "ordering": ("version", "position"),
                        "constraints": [
                            models.UniqueConstraint(
                                deferrable=django.db.models.constraints.Deferrable["IMMEDIATE"],
                                fields=("version", "position"),
                                name="question_position_used_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["single", "multiple", "truth", "order", "match"])
                                ),
                                name="question_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("use__in", ["quiz", "practice", "both"])),
                                name="question_use_is_known",
                            ),
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="question_of_published_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
            PERFORM 1 FROM training_courseversion WHERE id IN (OLD.version_id, NEW.version_id) FOR SHARE;
            IF EXISTS (
                SELECT 1 FROM training_courseversion WHERE id IN (OLD.version_id, NEW.version_id) AND published_at IS NOT NULL
            ) THEN
                RAISE EXCEPTION 'A part of what is published never changes: %', TG_NAME;
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
                                    hash="802c95ae16bb7b157323ba1ea85ad210c880f431",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_question_of_published_never_changes_8f1bc",
                                    table="training_question",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Choice",
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
                        ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                        ("text", models.CharField(max_length=300, verbose_name="answer (Chinese)")),
                        (
                            "text_en",
                            models.CharField(
                                blank=True, max_length=300, verbose_name="answer (English)"
                            ),
                        ),
                        ("correct", models.BooleanField(default=False, verbose_name="correct")),
                        (
                            "question",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="choices",
                                to="training.question",
                                verbose_name="question",
                            ),
                        ),
                        (
                            "feedback",
                            models.CharField(
                                blank=True,
                                max_length=500,
                                verbose_name="what to say to who chose it (Chinese)",
                            ),
                        ),
                        (
                            "feedback_en",
                            models.CharField(
                                blank=True,
                                max_length=500,
                                verbose_name="what to say to who chose it (English)",
                            ),
                        ),
                        (
                            "pair",
                            models.CharField(
                                blank=True,
                                help_text="Only to find pairs: what stands on the other side.",
                                max_length=300,
                                verbose_name="belongs to (Chinese)",
                            ),
                        ),
                        (
                            "pair_en",
                            models.CharField(
                                blank=True, max_length=300, verbose_name="belongs to (English)"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "choice",
                        "verbose_name_plural": "choices",
                        "ordering": ("question", "position"),
                        "constraints": [
                            models.UniqueConstraint(
                                deferrable=django.db.models.constraints.Deferrable["IMMEDIATE"],
                                fields=("question", "position"),
                                name="choice_position_used_once",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="choice_of_published_never_changes",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="""
            PERFORM 1 FROM training_courseversion WHERE id IN (SELECT version_id FROM training_question WHERE id IN (OLD.question_id, NEW.question_id)) FOR SHARE;
            IF EXISTS (
                SELECT 1 FROM training_courseversion WHERE id IN (SELECT version_id FROM training_question WHERE id IN (OLD.question_id, NEW.question_id)) AND published_at IS NOT NULL
            ) THEN
                RAISE EXCEPTION 'A part of what is published never changes: %', TG_NAME;
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
                                    hash="12972a62cf088bc78f9db6d3a3d4b961010dec23",
                                    operation="INSERT OR UPDATE OR DELETE",
                                    pgid="pgtrigger_choice_of_published_never_changes_3e92a",
                                    table="training_choice",
                                    when="BEFORE",
                                ),
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Reminder",
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
                            "sent_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="sent at"),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="asked for by",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="course_reminders",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="person",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "reminder",
                        "verbose_name_plural": "reminders",
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
                                        "sent_at__gte",
                                        datetime.datetime(
                                            1990, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                    (
                                        "sent_at__lte",
                                        datetime.datetime(
                                            2200, 1, 1, 0, 0, tzinfo=datetime.UTC
                                        ),
                                    ),
                                ),
                                name="reminder_between_1990_and_2200",
                                violation_error_message="Enter a day between 1990 and 2199.",
                            )
                        ],
                        "triggers": [
                            pgtrigger.compiler.Trigger(
                                name="reminder_stays_as_asked_for",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    condition='WHEN (OLD."user_id" IS DISTINCT FROM (NEW."user_id") OR OLD."by_id" IS DISTINCT FROM (NEW."by_id") OR OLD."at" IS DISTINCT FROM (NEW."at"))',
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                                    hash="2e421e94d08e4e7c5ab8eed8d9f2d2f57bd7d2f8",
                                    operation="UPDATE",
                                    pgid="pgtrigger_reminder_stays_as_asked_for_b2fb2",
                                    table="training_reminder",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="reminder_never_deleted",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                                    hash="7cf9ebf20db8b27a694deda23f2a8e5ff26e8a9d",
                                    operation="DELETE",
                                    pgid="pgtrigger_reminder_never_deleted_d106e",
                                    table="training_reminder",
                                    when="BEFORE",
                                ),
                            ),
                            pgtrigger.compiler.Trigger(
                                name="reminder_never_emptied",
                                sql=pgtrigger.compiler.UpsertTriggerSql(
                                    func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
                                    hash="5702e9893c8782b5dba7905d7234758e36971fa4",
                                    level="STATEMENT",
                                    operation="TRUNCATE",
                                    pgid="pgtrigger_reminder_never_emptied_16609",
                                    table="training_reminder",
                                    when="BEFORE",
                                ),
                            ),
                        ],
                    },
                ),
            ],
        ),
    ]
