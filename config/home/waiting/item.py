"""One thing to do, as the admin's first page tells it."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something to do, where, how pressing it is (bad, warn or nothing), and since when."""

    title: str
    detail: str
    url: str
    level: str = ""
    since: datetime | None = None
    days: int = 0  # that it has waited


def listed_at(model: str, **query: object) -> str:
    """The address of a model's list in the admin, narrowed."""
    address = reverse(f"admin:{model}_changelist")
    return f"{address}?{urlencode(query)}" if query else address
