"""Triggers: what may only be added, codes that everything can hold, who holds no post."""

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


def not_for_headquarters(name: str) -> pgtrigger.Trigger:
    """A trigger that refuses a running post inside a dealer to people of headquarters."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("user_id", "dealer_id", "ends_at"),
        condition=pgtrigger.Condition(
            "NEW.dealer_id IS NOT NULL AND (NEW.ends_at IS NULL OR NEW.ends_at > clock_timestamp())"
        ),
        declare=[("at_headquarters", "boolean")],
        # Locked before it is looked at: who is being made one of headquarters is waited for.
        func=(
            "SELECT is_staff OR is_superuser INTO at_headquarters"
            " FROM dealers_user WHERE id = NEW.user_id FOR SHARE;"
            " IF at_headquarters THEN"
            " RAISE EXCEPTION 'Headquarters holds no post inside a dealer: %', TG_NAME"
            " USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;"
            " END IF; RETURN NEW;"
        ),
    )


def no_post_at_a_dealer(name: str) -> pgtrigger.Trigger:
    """A trigger that lets nobody into headquarters who holds a running post inside a dealer."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("is_staff", "is_superuser"),
        condition=pgtrigger.Condition(
            "NOT (OLD.is_staff OR OLD.is_superuser) AND (NEW.is_staff OR NEW.is_superuser)"
        ),
        func=(
            "IF EXISTS (SELECT FROM dealers_membership WHERE user_id = NEW.id"
            " AND dealer_id IS NOT NULL AND (ends_at IS NULL OR ends_at > clock_timestamp())) THEN"
            " RAISE EXCEPTION 'Headquarters holds no post inside a dealer: %', TG_NAME"
            " USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;"
            " END IF; RETURN NEW;"
        ),
    )
