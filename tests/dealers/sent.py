"""What was sent to people."""

import re


def code_in(text: str) -> str:
    """The code in a message."""
    (code,) = re.findall(r"[A-Z]{4}-[A-Z]{4}", text)
    return code
