"""A backup comes back as it was, or not at all."""

import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from dealers import backup
from dealers.database import drop_database
from dealers.models import RestoreDrill
from tests.environment import without_portal
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import StoreFactory

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def made(tmp_path, settings):
    """A backup of a registration and an uploaded file."""
    RulebookFactory()
    registered(StoreFactory())
    (settings.MEDIA_ROOT / "lessons").mkdir(parents=True)
    (settings.MEDIA_ROOT / "lessons" / "film.mp4").write_bytes(b"film")
    call_command("backup", tmp_path / "backup", secrets=tmp_path / "keys", stdout=StringIO())
    return tmp_path / "backup"


def test_a_backup_has_database_and_files_and_no_key(made, tmp_path, settings):
    manifest = backup.check(made)
    assert set(manifest["sha256"]) == {"database.dump", "media/lessons/film.mp4"}
    assert made.stat().st_mode & 0o077 == 0
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0
    assert settings.PORTAL_MASTER_KEY in (tmp_path / "keys").read_text()
    for file in filter(lambda it: it.is_file(), made.rglob("*")):
        assert settings.PORTAL_MASTER_KEY.encode() not in file.read_bytes()


def test_a_shell_reads_the_keys_as_they_are(tmp_path, settings):
    settings.SECRET_KEY = 'it\'s "$HOME" `date` of fifty characters or more, \\ and #all'
    backup.write_secrets(tmp_path / "keys")

    asked = f'. {tmp_path}/keys; printf "%s|%s" "$PORTAL_SECRET_KEY" "$PORTAL_MASTER_KEY"'
    read = subprocess.run(["sh", "-c", asked], capture_output=True, text=True, check=True)

    assert read.stdout == f"{settings.SECRET_KEY}|{settings.PORTAL_MASTER_KEY}"


def test_a_backup_comes_back_row_by_row_with_its_triggers(made):
    name = f"{connection.settings_dict['NAME']}_again"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        backup.load(made, backup.conninfo(name))
        import psycopg

        with psycopg.connect(backup.conninfo(name)) as other, connection.cursor() as ours:
            for question in (
                "SELECT * FROM customers_registration ORDER BY id",
                "SELECT * FROM customers_ownership ORDER BY id",
                "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
                "SELECT conname FROM pg_constraint ORDER BY 1",
            ):
                ours.execute(question)
                assert other.execute(question).fetchall() == ours.fetchall()
    finally:
        with connection.cursor() as cursor:
            drop_database(cursor, name)


def test_a_rehearsal_restores_beside_the_portal_and_verifies(tmp_path, capfd):
    RulebookFactory()
    registered(StoreFactory())

    call_command("backup", tmp_path / "backup", rehearse=True)

    assert "rehearsed: restored and verified" in capfd.readouterr().out
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname LIKE '%\\_rehearsal'")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("with_keys", [True, False])
def test_another_folder_is_the_portal_again_with_its_keys_alone(made, tmp_path, with_keys):
    keys = dict(line.split("=", 1) for line in (tmp_path / "keys").read_text().splitlines())
    there = {"PORTAL_DATA": str(tmp_path / "there"), "PORTAL_DEMO": "1", "PORTAL_DURABLE": "0"}
    brought = {name: value.strip("'") for name, value in keys.items()} if with_keys else {}

    done = subprocess.run(
        [sys.executable, "manage.py", "restore", str(made)],
        cwd=ROOT,
        env=without_portal() | there | brought,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert ": restored" in done.stdout, done.stderr
    assert (tmp_path / "there" / "media" / "lessons" / "film.mp4").read_bytes() == b"film"
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    assert (done.returncode == 0) is with_keys, failed
    assert any("keys" in line for line in failed) is not with_keys


@pytest.mark.parametrize("name", ["database.dump", "media/lessons/film.mp4"])
def test_a_damaged_backup_is_refused(made, name):
    (made / name).write_bytes(b"something else")
    with pytest.raises(CommandError, match=f"{name} of the backup was changed"):
        call_command("restore", made)


def test_a_file_that_is_missing_is_named(made):
    (made / "media/lessons/film.mp4").unlink()
    with pytest.raises(CommandError, match=r"film\.mp4 is missing"):
        call_command("restore", made, check=True)


def test_nothing_is_restored_over_what_is_there(made):
    with pytest.raises(CommandError, match="database is not empty"):
        call_command("restore", made)
    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", made)


def test_a_file_that_is_deleted_meanwhile_is_left_out(tmp_path, settings, monkeypatch):
    folder = settings.MEDIA_ROOT / "exports"
    folder.mkdir(parents=True)
    for name in ("one.sealed", "two.sealed"):
        (folder / name).write_bytes(b"sealed")
    copyfile = shutil.copyfile

    def copy_while_others_are_deleted(source, target, **options):
        copied = copyfile(source, target, **options)
        for file in folder.iterdir():
            if file.name != Path(source).name:
                file.unlink()
        return copied

    monkeypatch.setattr(shutil, "copyfile", copy_while_others_are_deleted)
    call_command("backup", tmp_path / "backup", stdout=StringIO())
    files = [name for name in backup.check(tmp_path / "backup")["sha256"] if "media/" in name]
    assert len(files) == 1


def test_a_drill_is_kept_whether_it_went_well_or_not(tmp_path, monkeypatch):
    RulebookFactory()
    call_command("backup", tmp_path / "one", rehearse=True, stdout=StringIO())
    make = backup.make

    def damaged(folder, at):
        made = make(folder, at)
        (folder / "database.dump").write_bytes(b"something else")
        return made

    monkeypatch.setattr(backup, "make", damaged)
    with pytest.raises(CommandError, match="The rehearsal failed"):
        call_command("backup", tmp_path / "two", rehearse=True, stdout=StringIO())

    kept = RestoreDrill.objects.order_by("pk").values_list("passed", flat=True)
    assert list(kept) == [True, False]


def test_a_drill_that_somebody_stops_is_none(tmp_path, monkeypatch):
    def stopped(*_what):
        raise KeyboardInterrupt

    monkeypatch.setattr(backup, "load", stopped)
    with pytest.raises(KeyboardInterrupt):
        call_command("backup", tmp_path / "backup", rehearse=True, stdout=StringIO())

    assert not RestoreDrill.objects.exists()
    assert not rehearsals()


def rehearsals():
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", ["%_rehearsal"])
        name = f"{connection.settings_dict['NAME']}_rehearsal"
        return [found for (found,) in cursor if found == name]


def test_a_folder_of_something_else_is_no_backup(tmp_path):
    with pytest.raises(CommandError, match="is no backup"):
        call_command("restore", tmp_path, check=True)
