"""What goes to the log: what happened and where, never what somebody typed."""

import logging
import re

# PostgreSQL names the broken rule in the first line; these give the values that broke it. What the
# worker says of a task that failed has all lines of the exception in one, as Python shows them.
VALUES = re.compile(
    r"^(DETAIL|CONTEXT|HINT|LINE \d+):.*(\n +\^)?$\n?"
    r"|\\n(?:DETAIL|CONTEXT|HINT|LINE \d+):.*$"
    r"|(?<=invalid input syntax for type) .*$"
    r"|(?<=field value out of range:) .*$"
    r'|(?<=value )"[^"]*"(?= is out of range)',
    re.MULTILINE,
)
# Of whom a mail server takes no mail. It begins where a word does: a long one without an address,
# such as that of a page that somebody made up, would be read again from each of its letters.
ADDRESS = re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)


class Formatter(logging.Formatter):
    """Writes a record without the values and addresses that servers add to their errors."""

    def format(self, record: logging.LogRecord) -> str:
        line = VALUES.sub("", super().format(record)).rstrip("\n")
        line = ADDRESS.sub("…", line)
        # What a person can read to whoever looks for it.
        reference = getattr(getattr(record, "request", None), "reference", "")
        return f"{reference} {line}" if reference else line
