"""What hostile input leaves on file is sound to `verify`, and every page still opens."""

from contextlib import suppress
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.config.test_addresses import (
    ENDS_THE_SESSION,
    ROLES,
    WHOLE,
    in_admin,
    pages,
    values,
)
from tests.config.test_addresses_forms import BOOKKEEPING, all_wrong, extremes, forms, in_turn

FIRST, ALL = 1, 9  # of the values that do not belong into a field
ASKED = ROLES if WHOLE else ("clerk",)  # `make crawl` takes the time for everybody


def verified():
    """What `verify` says to the rows as they are: how many checks hold, and those that do not."""
    out = StringIO()
    with suppress(CommandError):
        call_command("verify", stdout=out)
    lines = out.getvalue().splitlines()
    return sum(it.startswith("ok") for it in lines), {it for it in lines if it.startswith("FAILED")}


def leave(crawl, role, world):
    """Send what does not belong there by every form of a role, one field at a time, and keep it."""
    for _page, target, right, kinds in forms(role, world, crawl):
        for field, kind in kinds.items():
            if BOOKKEEPING.search(field) or not in_turn(role, target, field):
                continue
            for value in extremes(kind, field)[: ALL if WHOLE else FIRST]:
                crawl.keep(target, {**right, field: value})
        crawl.keep(target, all_wrong(kinds, 0))
        crawl.keep(target, right)


def open_all(crawl, role, world):
    """Open every page of a role once more; how many showed something."""
    opened = 0
    for name, route, _names in pages():
        if in_admin(route) != (role == "hq") or ENDS_THE_SESSION.search(route):
            continue
        opened += crawl.get(route.format_map(values(world, name, route))).status_code == 200
    return opened


@pytest.mark.parametrize("role", ASKED)
def test_what_was_taken_is_sound_and_every_page_still_opens(role, world, crawl_as, request):
    _held, before = verified()

    crawl = crawl_as(role)
    leave(crawl, role, world)
    holds, failed = verified()
    opened = open_all(crawl, role, world)

    request.node.user_properties.append(
        (f"verify after {request.node.name}", f"{holds} ok, {len(failed - before)} failed")
    )
    assert holds
    assert failed - before == set()
    assert crawl.broken == []
    assert opened > 3
