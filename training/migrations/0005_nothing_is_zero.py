"""Zero attempts, months or minutes meant nothing or kept people out: they become what was meant."""

import pgtrigger
from django.db import migrations


def mean_something(apps, schema_editor):
    using = schema_editor.connection.alias
    # A published version never changes; this one becomes passable, and says the same otherwise.
    with pgtrigger.ignore():
        versions = apps.get_model("training", "CourseVersion").objects.using(using)
        versions.filter(attempts=0).update(attempts=None)
        lessons = apps.get_model("training", "Lesson").objects.using(using)
        lessons.filter(minutes=0).update(minutes=1)
    courses = apps.get_model("training", "Course").objects.using(using)
    courses.filter(certificate_months=0).update(certificate_months=None)


class Migration(migrations.Migration):
    dependencies = [("training", "0004_quiz_attempts")]

    operations = [migrations.RunPython(mean_something, migrations.RunPython.noop)]
