"""Whichever way a customer registers live, it ends what an import of the same day started."""

from importlib import import_module

from django.db import migrations

before = import_module("customers.migrations.0001_squashed_0032_acts").END_OWNERSHIP

COUNTER = "r.channel = 'capture'"
# As the rulebook's LIVE at this migration; a test holds the function against it.
LIVE = "r.channel IN ('capture', 'confirmed', 'page')"
END_OWNERSHIP = before.replace(COUNTER, LIVE)


class Migration(migrations.Migration):
    dependencies = [("customers", "0050_chains")]

    operations = [migrations.RunSQL(END_OWNERSHIP, before)]
