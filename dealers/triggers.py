"""Triggers that keep what may only be added, and codes that everything can hold."""

import pgtrigger


def append_only(name: str) -> pgtrigger.Protect:
    """A trigger that refuses UPDATE and DELETE: rows of this table are only ever added."""
    return pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete)


def no_truncate(name: str) -> pgtrigger.Trigger:
    """A trigger that refuses TRUNCATE, which row triggers would not see."""
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Truncate,
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        func="RAISE EXCEPTION 'Rows of % are only ever added: %', TG_TABLE_NAME, TG_NAME;",
    )


def safe_code(name: str, *reserved: str) -> pgtrigger.Protect:
    """A trigger that refuses new codes which no address can hold; what is on file stays as it is.

    The database's half of ``codes.validate_code``.
    """
    refused = [r"NEW.code ~ '[/\\?#%\"[:cntrl:]]|^\s|\s$|^[.]*$'"]
    refused += [f"upper(NEW.code) = '{word}'" for word in reserved]
    return pgtrigger.Protect(
        name=name,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("code"),
        condition=pgtrigger.Condition(" OR ".join(refused)),
    )
