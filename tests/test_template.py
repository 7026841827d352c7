"""The test database is made anew when what it is made of changes."""

from pathlib import Path

from django.db import connection

from tests import template


def test_what_migrations_call_is_part_of_the_template():
    named = {str(path.relative_to(template.ROOT)) for path in template.sources()}

    assert "dealers/migrations/0001_initial.py" in named
    assert {"dealers/constraints.py", "dealers/triggers.py", "dealers/vault.py"} <= named
    assert not any(Path(name).parts[0] in ("tests", "templates") for name in named)


def test_the_template_is_made_once_and_is_complete(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test_template_%'")
        templates = {name for (name,) in cursor}

    assert template.STEM + template.fingerprint(template.parts()) in templates
    assert f"{template.STEM}unfinished" not in templates


def test_a_template_goes_on_from_the_longest_whose_files_are_all_unchanged():
    now = {"0001.py": "a", "0002.py": "b", "0003.py": "c"}
    known = {
        "unfinished": {},
        "shorter": {"0001.py": "a"},
        "longer": {"0001.py": "a", "0002.py": "b"},
        "edited": {"0001.py": "a", "0002.py": "x", "0003.py": "c"},
        "with one that is gone": {**now, "0004.py": "d"},
    }

    assert template.longest(known, now) == "longer"
    assert template.longest({"unfinished": {}}, now) is None
