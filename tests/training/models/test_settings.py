"""Settings of a course at zero: refused by form and database, or with a meaning."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection

from dealers.triggers import lifted
from tests.factories.training import (
    MONDAY,
    CourseFactory,
    LessonFactory,
    VersionFactory,
    begun,
    published,
    read,
    take,
)
from training import quiz
from training.models import CourseVersion, Lesson

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("factory", "field"),
    [
        (CourseFactory, "certificate_months"),
        (VersionFactory, "attempts"),
        (VersionFactory, "pass_percent"),
        (LessonFactory, "minutes"),
    ],
    ids=["validity", "attempts", "pass mark", "minutes"],
)
def test_zero_is_refused(factory, field):
    more = {"version": VersionFactory(), "position": 9} if factory is LessonFactory else {}
    row = factory(**more)
    setattr(row, field, 0)

    with pytest.raises(ValidationError) as refused:
        row.clean_fields()
    assert set(refused.value.message_dict) == {field}
    with pytest.raises(IntegrityError):
        row.save()


def test_no_wait_means_at_once():
    enrollment = begun(published(retry_minutes=0))
    read(enrollment)
    take(enrollment, wrong=1)

    assert quiz.why_not(enrollment, at=MONDAY + timedelta(minutes=3)) == ""


def test_zeros_of_earlier_days_become_what_was_meant():
    version, forever = published(attempts=3), CourseFactory()
    with lifted(CourseVersion, Lesson), connection.cursor() as cursor:
        cursor.execute(
            """
            SET CONSTRAINTS ALL IMMEDIATE;
            ALTER TABLE training_course DROP CONSTRAINT course_certificate_is_valid_for_a_time;
            ALTER TABLE training_courseversion DROP CONSTRAINT course_version_can_be_attempted;
            ALTER TABLE training_lesson DROP CONSTRAINT lesson_takes_a_minute;
            UPDATE training_courseversion SET attempts = 0;
            UPDATE training_lesson SET minutes = 0 WHERE position = 1;
            UPDATE training_course SET certificate_months = 0 WHERE slug = %s
            """,
            [forever.slug],
        )

    migration = import_module("training.migrations.0005_nothing_is_zero")
    with connection.schema_editor(atomic=False) as editor:
        migration.mean_something(apps, editor)

    version.refresh_from_db()
    forever.refresh_from_db()
    assert (version.attempts, forever.certificate_months) == (None, None)
    assert list(version.lessons.order_by("position").values_list("minutes", flat=True)) == [1, 3]
    assert version.course.certificate_months == 12
