"""As whom a process signs in at the database: as a login without rights, or as the tables' owner.

Whatever serves requests or runs tasks has the first, and takes a role for each transaction. Who
works at the command line migrates, restores and repairs, and needs the second.
"""

LOGIN = "portal_login"  # on the embedded server

_as_owner = False


def be_owner() -> None:
    """Sign in as the owner of the tables; said before the settings are read."""
    global _as_owner  # noqa: PLW0603 -- one value for the process
    _as_owner = True


def is_owner() -> bool:
    """Whether this process signs in as the owner of the tables."""
    return _as_owner
