"""Cards are found by names behind foreign text, by surnames' own readings and without dots.

In batches, each committed for itself: a migration that was broken off begins again, and what it had
done it leaves as it is.
"""

from uuid import UUID

from django.db import migrations, transaction

from customers.search import tokens  # what today's search asks for
from dealers import vault
from dealers.vault import Row

BATCH = 2000


def make_findable(apps, schema_editor):
    cards = apps.get_model("customers", "Customer").objects
    after = UUID(int=0)
    while True:
        with transaction.atomic():
            batch = list(
                cards.filter(pk__gt=after).order_by("pk").select_for_update(no_key=True)
                .only("dealer_id", "phone_sealed", "name_sealed", "search_tokens")[:BATCH]
            )
            for card in batch:
                row = Row.of(card)
                number = vault.unseal(row, "phone", card.phone_sealed)
                name = vault.unseal(row, "name", card.name_sealed)
                card.search_tokens = tokens(card.dealer_id, number, name)
            cards.bulk_update(batch, ["search_tokens"], batch_size=500)
        if not batch:
            break
        after = batch[-1].pk


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0012_attribution_only"), ("dealers", "0003_safe_codes")]

    operations = [migrations.RunPython(make_findable, migrations.RunPython.noop, elidable=True)]
