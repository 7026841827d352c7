"""The migrated database that each test database is a copy of.

Migrations take some ten seconds, a copy of what they leave one. The template is made once for
what it is made of, and by one process however many begin together. It goes on from an older one
where migrations were only added; the older one is dropped.
"""

import hashlib
import json
import re
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from dealers.database import drop_database

ROOT = Path(__file__).resolve().parent.parent
STEM = "test_template_"
APPS = ("dealers", "customers", "incentives", "training")
# What a migration imports of the portal changes what it does.
IMPORT = re.compile(
    rf"^(?:from|import) ((?:{'|'.join(APPS)})[.\w]*)(?: import (\w+))?", re.MULTILINE
)


def ensured() -> str:
    """The name of the template, made if it is not there. One at a time, the others wait."""
    made_of = parts()
    name = STEM + fingerprint(made_of)
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [STEM])
        try:
            known = _known(cursor)
            if name not in known:
                _make(cursor, name, made_of, begun=longest(known, made_of))
                for old in known:
                    drop_database(cursor, old)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [STEM])
    return name


def parts() -> dict[str, str]:
    """What the template is made of: each file, and the hash of what it says."""
    return {
        str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(sources())
    }


def fingerprint(made_of: dict[str, str]) -> str:
    """What the template is made of, as a short name."""
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]


def longest(known: dict[str, dict[str, str]], made_of: dict[str, str]) -> str | None:
    """The finished template with most of these files and no other, from which to go on."""
    fit = [name for name, files in known.items() if files and files.items() <= made_of.items()]
    return max(fit, key=lambda name: len(known[name]), default=None)


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


def _known(cursor) -> dict[str, dict[str, str]]:
    """The templates on the server, and what each was made of; an unfinished one of nothing."""
    cursor.execute(
        "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database"
        " WHERE starts_with(datname, %s)",
        [STEM],
    )
    return {name: json.loads(said or "{}") for name, said in cursor}


def _make(cursor, name: str, made_of: dict[str, str], begun: str | None) -> None:
    """Migrate an empty database or a template begun, which takes the name only when all is done."""
    unfinished = f"{STEM}unfinished"
    settings, usual = connection.settings_dict, connection.settings_dict["NAME"]
    drop_database(cursor, unfinished)
    cursor.execute(f'CREATE DATABASE "{unfinished}" TEMPLATE "{begun or "template1"}"')
    settings["NAME"] = unfinished
    try:
        call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
    finally:
        connection.close()
        settings["NAME"] = usual
    said = json.dumps(made_of).replace("'", "''")
    cursor.execute(f"""COMMENT ON DATABASE "{unfinished}" IS '{said}'""")
    cursor.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')
