import datetime
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

# What is numbered within what: one statement may then number all of them anew.
POSITIONS = {"lesson": "version", "question": "version", "choice": "question"}


class Migration(migrations.Migration):
    dependencies = [
        ("training", "0011_never_emptied"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "attempt",
            "order",
            models.JSONField(
                blank=True, default=list, verbose_name="order of questions and answers"
            ),
        ),
        *(
            operation
            for model, whole in POSITIONS.items()
            for operation in (
                migrations.RemoveConstraint(model, f"{model}_position_used_once"),
                migrations.AddConstraint(
                    model,
                    models.UniqueConstraint(
                        fields=(whole, "position"),
                        name=f"{model}_position_used_once",
                        deferrable=models.Deferrable.IMMEDIATE,
                    ),
                ),
            )
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
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
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "sent_at__gte",
                                datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                            (
                                "sent_at__lte",
                                datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.UTC),
                            ),
                        ),
                        name="reminder_between_1990_and_2200",
                        violation_error_message="Enter a day between 1990 and 2199.",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reminder",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reminder",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reminder",
            trigger=pgtrigger.compiler.Trigger(
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
        ),
    ]
