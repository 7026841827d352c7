"""What waits for headquarters, the most pressing first: on the admin's first page."""

from dataclasses import replace

from config.home.known import Known
from config.home.waiting.counted import COUNTED
from config.home.waiting.item import Waiting
from config.home.waiting.read import LOOKS
from dealers.database import counted
from dealers.models import User


def waiting_for(user: User, known: Known) -> list[Waiting]:
    """What waits for this person, as far as their groups let them see it.

    The most pressing first, of these what has waited longest. Of what is only counted all is asked
    in one statement, and of what is told by name what there is.
    """
    found: list[Waiting] = []
    for permission, look in LOOKS:
        if user.has_perm(permission):
            found += look(known)
    asked = [each for each in COUNTED if user.has_perm(each.permission)]
    rows = [each.rows(known) for each in asked]
    counts = counted(*((some, each.since) for some, each in zip(rows, asked, strict=True)))
    for each, some, count in zip(asked, rows, counts, strict=True):
        if count.count:
            found += each.say(some, count, known)
    at = known.at
    aged = [replace(each, days=(at - each.since).days if each.since else 0) for each in found]
    return sorted(aged, key=lambda each: (("bad", "warn", "").index(each.level), -each.days))
