"""What is common to all imports."""

import pytest
from django.core.management.base import CommandError
from django.db import connection

from dealers.imports.command import ImportCommand
from dealers.models import FileImport, ImportKind, Region


class BrokenOff(ImportCommand):
    """Loses its database while it loads, past Django's own cursors or not."""

    kind = ImportKind.NETWORK

    def load(self, options, _progress):
        Region.objects.create(code="R", name="R")
        cursor = connection.connection.cursor() if options["raw"] else connection.cursor()
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("raw", [False, True])
def test_a_database_that_breaks_off_is_told_in_a_sentence(raw, english, tmp_path):
    with pytest.raises(CommandError, match="nothing was imported") as refused:
        BrokenOff().handle(raw=raw, dry_run=False, file=tmp_path / "network.csv")

    assert refused.value.returncode == 1
    assert not Region.objects.exists()
    assert not FileImport.objects.exists()
