"""The migrated database that each test database is a copy of.

Migrations take most of a minute, a copy of what they leave a second. The template is made once for
what it is made of, and by one process however many begin together; an older one is dropped.
"""

import hashlib
import re
from pathlib import Path

from django.core.management import call_command
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
STEM = "test_template_"
APPS = ("dealers", "customers", "incentives", "training")
# What a migration imports of the portal changes what it does.
IMPORT = re.compile(
    rf"^(?:from|import) ((?:{'|'.join(APPS)})[.\w]*)(?: import (\w+))?", re.MULTILINE
)


def ensured() -> str:
    """The name of the template, made if it is not there. One at a time, the others wait."""
    name = STEM + fingerprint()
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [STEM])
        try:
            cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [STEM])
            known = {found for (found,) in cursor}
            if name not in known:
                for old in known:
                    cursor.execute(f'DROP DATABASE "{old}" WITH (FORCE)')
                _make(cursor, name)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [STEM])
    return name


def fingerprint() -> str:
    """What the template is made of, as a short name."""
    found = hashlib.sha256()
    for path in sorted(sources()):
        found.update(str(path.relative_to(ROOT)).encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def sources() -> set[Path]:
    """All migrations, the modules that they import, and the list of packages with migrations."""
    migrations = [path for app in APPS for path in (ROOT / app / "migrations").glob("*.py")]
    imported = {
        path
        for migration in migrations
        for module, name in IMPORT.findall(migration.read_text())
        for path in _files(module, name)
    }
    return {*migrations, *imported, ROOT / "requirements.txt"}


def _files(module: str, name: str) -> list[Path]:
    """The files of ``from module import name``, be it a module of a package or part of one."""
    base = ROOT / module.replace(".", "/")
    tried = (base.with_suffix(".py"), base / "__init__.py", base / f"{name}.py")
    return [path for path in tried if path.is_file()]


def _make(cursor, name: str) -> None:
    """Migrate an empty database, which takes the name only when all is done."""
    unfinished = f"{STEM}unfinished"
    settings, usual = connection.settings_dict, connection.settings_dict["NAME"]
    cursor.execute(f'CREATE DATABASE "{unfinished}"')
    settings["NAME"] = unfinished
    try:
        call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
    finally:
        connection.close()
        settings["NAME"] = usual
    cursor.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')
