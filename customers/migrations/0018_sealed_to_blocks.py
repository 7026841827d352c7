"""Sealed values open in their own row only and do not tell how long they are; no token is a letter.

Cards get the tokens of today's search as well. In batches, each committed for itself: a migration
that was broken off goes on where it stopped, and run again it changes nothing. Earlier envelopes
stay readable in the meantime.
"""

from uuid import UUID

from django.db import connection, migrations, models

from customers.search import tokens  # what today's search asks for
from dealers import vault
from dealers.triggers import lifted
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
        if name == "Customer":
            columns.append("search_tokens")
        after = FIRST[name]
        while True:
            with lifted(model):
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
    """Seal anew what is not sealed as today, and make the tokens; whether anything changed."""
    changed, place, texts = False, Row.of(row), {}
    for field in fields:
        sealed = getattr(row, f"{field}_sealed")
        texts[field] = vault.unseal(place, field, sealed)
        if sealed is not None and not vault.is_current(sealed):
            setattr(row, f"{field}_sealed", vault.seal(place, field, texts[field]))
            changed = True
    if "phone" in fields:
        wanted = tokens(row.dealer_id, texts["phone"], texts["name"])
        changed |= row.search_tokens != wanted
        row.search_tokens = wanted
    return changed


def _store(model, columns, rows):
    types = {"search_tokens": ("text", "::bigint[]")}
    arrays = [f"%s::{types.get(column, ('bytea', ''))[0]}[]" for column in columns]
    key = model._meta.pk.db_type(connection).split()[0]
    changes = [f"{column} = v.{column}{types.get(column, ('', ''))[1]}" for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {model._meta.db_table} AS t SET {', '.join(changes)}"
            f" FROM unnest(%s::{key}[], {', '.join(arrays)}) AS v(id, {', '.join(columns)})"
            " WHERE t.id = v.id",
            [[row.pk for row in rows], *([_value(row, column) for row in rows] for column in columns)],
        )


def _value(row, column):
    value = getattr(row, column)
    return f"{{{','.join(map(str, value))}}}" if column == "search_tokens" else value


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0017_recorded_by_dealer")]

    operations = [
        migrations.RunPython(reseal, migrations.RunPython.noop, elidable=True),
        # What the customer is told no longer promises what no page does.
        migrations.AlterField(
            model_name="registration",
            name="consent_text",
            field=models.CharField(default="2026-2", max_length=20, verbose_name="consent text version"),
        ),
    ]
