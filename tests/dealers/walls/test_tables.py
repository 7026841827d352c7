"""Whose rows each table holds."""

from django.apps import apps
from django.db.migrations.recorder import MigrationRecorder

from dealers.walls.kinds import WALLED
from dealers.walls.tables import TABLES


def tables():
    models = [*apps.get_models(include_auto_created=True), MigrationRecorder.Migration]
    return {model._meta.db_table for model in models if model._meta.managed}


def test_every_table_is_classified():
    missing = tables() - TABLES.keys()
    assert not missing, f"Add to dealers/walls/tables.py whose rows these hold: {sorted(missing)}"


def test_no_table_is_classified_that_is_not_there():
    assert not TABLES.keys() - tables()


def test_parts_name_columns_that_are_there():
    """A wall of parts names a table that has walls of its own."""
    for table, wall in TABLES.items():
        if "AS whole" in wall.dealer:
            whole = wall.dealer.partition("FROM ")[2].partition(" ")[0]
            assert TABLES[whole].kind in WALLED, table
