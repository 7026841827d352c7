"""Who at headquarters writes the words of the stores' pages; and customers moved in their grace.

Who went to a sister store in the days of grace, before that was mended, is its customer again.
The row of the sister store bore the end of a protection that was over, and so looked as if it had
been taken back. It stays, and one that is seen stands beside it, by the same act. Where somebody
was registered or bought meanwhile, all of it was decided as if the customer were nobody's, and that
stays as well.
"""

from datetime import timedelta

from django.contrib.auth.management import create_permissions
from django.db import connection, migrations
from django.utils import timezone

VERBS = {"program": ("add", "change", "view"), "audit": ("view",)}
FOUND = """
SELECT o.id, e.id FROM customers_ownership AS o
JOIN customers_ownershipevent AS e ON e.ownership_id = o.id AND e.kind = 'moved'
WHERE o.protected_until <= lower(o.period)
    AND NOT EXISTS (SELECT FROM customers_ownershipevent AS v
        WHERE v.ownership_id = o.id AND v.kind = 'voided')
    AND NOT EXISTS (SELECT FROM customers_ownership AS other
        WHERE other.identity_id = o.identity_id AND other.period && o.period
            AND other.protected_until > lower(other.period))
    AND NOT EXISTS (SELECT FROM customers_registration AS r
        WHERE r.identity_id = o.identity_id AND o.period @> r.received_at)
    AND NOT EXISTS (SELECT FROM customers_order AS s
        WHERE s.identity_id = o.identity_id AND o.period @> s.ordered_at)
ORDER BY o.id
"""
MOMENT = timedelta(microseconds=1)


def have_them_seen(apps, schema_editor):
    owned, events = (apps.get_model("customers", it) for it in ("Ownership", "OwnershipEvent"))
    with connection.cursor() as cursor:
        cursor.execute(FOUND)
        found = cursor.fetchall()
    now = timezone.now()
    for ownership, event in found:
        row, said = owned.objects.get(pk=ownership), events.objects.get(pk=event)
        row.pk = said.pk = None
        row.protected_until = row.period.lower + MOMENT
        row.save(force_insert=True)
        said.ownership_id, said.protected_until, said.recorded_at = row.pk, row.protected_until, now
        said.save(force_insert=True)


def chosen(apps, group):
    codenames = [f"{verb}_pagewords" for verb in VERBS[group.name]]
    return apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="customers", codename__in=codenames
    )


def add(apps, schema_editor):
    # Permissions are otherwise made after the last migration.
    app = apps.get_app_config("customers")
    app.models_module = True
    create_permissions(app, verbosity=0, apps=apps, using=schema_editor.connection.alias)
    app.models_module = None
    for group in apps.get_model("auth", "Group").objects.filter(name__in=VERBS):
        group.permissions.add(*chosen(apps, group))


def remove(apps, schema_editor):
    for group in apps.get_model("auth", "Group").objects.filter(name__in=VERBS):
        group.permissions.remove(*chosen(apps, group))


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0067_campaign_pages'),
        ('incentives', '0082_boards_without_own'),
    ]

    operations = [
        migrations.RunPython(add, remove),
        migrations.RunPython(have_them_seen, migrations.RunPython.noop),
    ]
