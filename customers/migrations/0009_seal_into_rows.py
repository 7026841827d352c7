"""What was sealed for a dealer and a field is sealed into its own row.

In batches, each committed for itself: a migration that was broken off goes on where it stopped, and
run again it changes nothing. The first envelopes stay readable in the meantime.
"""

from uuid import UUID

import pgtrigger
from django.db import connection, migrations, transaction

from dealers import vault
from dealers.vault import Row

BATCH = 2000
SEALED = {
    "Customer": ["phone", "name", "wechat", "email", "notes"],
    "Activity": ["note"],
}
FIRST = {"Customer": UUID(int=0), "Activity": 0}


def reseal(apps, schema_editor):
    for name, fields in SEALED.items():
        model = apps.get_model("customers", name)
        columns = [f"{field}_sealed" for field in fields]
        after = FIRST[name]
        while True:
            with transaction.atomic(), pgtrigger.ignore():
                rows = list(
                    model.objects.filter(pk__gt=after).order_by("pk")
                    # A card that is being edited waits, and is then sealed anew already.
                    .select_for_update(no_key=True).only("dealer_id", *columns)[:BATCH]
                )
                _store(model, columns, [row for row in rows if _reseal(row, fields)])
            if not rows:
                break
            after = rows[-1].pk


def _reseal(row, fields):
    """Seal anew what is not bound to its row; whether there was any."""
    changed = False
    for field in fields:
        sealed = getattr(row, f"{field}_sealed")
        if sealed is not None and not vault.is_bound(sealed):
            place = Row.of(row)
            text = vault.unseal(place, field, sealed)
            setattr(row, f"{field}_sealed", vault.seal(place, field, text))
            changed = True
    return changed


def _store(model, columns, rows):
    key = model._meta.pk.db_type(connection).split()[0]
    arrays = [f"%s::{key}[]", *("%s::bytea[]" for _ in columns)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {model._meta.db_table} AS t"
            f" SET {', '.join(f'{column} = v.{column}' for column in columns)}"
            f" FROM unnest({', '.join(arrays)}) AS v(id, {', '.join(columns)}) WHERE t.id = v.id",
            [
                [row.pk for row in rows],
                *([getattr(row, column) for row in rows] for column in columns),
            ],
        )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0008_contact_due_of_the_registration"), ("dealers", "0002_outbox")]

    operations = [migrations.RunPython(reseal, migrations.RunPython.noop, elidable=True)]
