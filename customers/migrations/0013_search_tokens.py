"""Tokens of names behind foreign text: 0018 makes them, with all others of a card."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("customers", "0012_attribution_only"), ("dealers", "0003_safe_codes")]

    operations = []
