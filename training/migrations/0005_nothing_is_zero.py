"""Zero attempts, months or minutes meant nothing or kept people out: they become what was meant."""

from django.db import migrations

from dealers.triggers import lifted


def mean_something(apps, schema_editor):
    using = schema_editor.connection.alias
    # A published version never changes; this one becomes passable, and says the same otherwise.
    version, lesson = (apps.get_model("training", name) for name in ("CourseVersion", "Lesson"))
    with lifted(version, lesson):
        version.objects.using(using).filter(attempts=0).update(attempts=None)
        lesson.objects.using(using).filter(minutes=0).update(minutes=1)
    courses = apps.get_model("training", "Course").objects.using(using)
    courses.filter(certificate_months=0).update(certificate_months=None)


class Migration(migrations.Migration):
    dependencies = [("training", "0004_quiz_attempts")]

    operations = [migrations.RunPython(mean_something, migrations.RunPython.noop)]
