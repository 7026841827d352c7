"""What goes to the log: what happened and where, never what somebody typed."""

import logging
import re

# PostgreSQL names the broken rule in the first line; these give the values that broke it.
VALUES = re.compile(
    r"^(DETAIL|CONTEXT|HINT|LINE \d+):.*(\n +\^)?$\n?|(?<=invalid input syntax for type) .*$",
    re.MULTILINE,
)


class Formatter(logging.Formatter):
    """Writes a record without the values that the database adds to its errors."""

    def format(self, record: logging.LogRecord) -> str:
        line = VALUES.sub("", super().format(record)).rstrip("\n")
        # What a person can read to whoever looks for it.
        reference = getattr(getattr(record, "request", None), "reference", "")
        return f"{reference} {line}" if reference else line
