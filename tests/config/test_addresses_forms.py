"""Every field of every form is tried with what does not belong there: none is answered with 500."""

import re
import zlib
from itertools import count
from urllib.parse import urlencode

import pytest
from django.contrib import admin

from tests.config.forms import Forms
from tests.config.test_addresses import (
    ENDS_THE_SESSION,
    HOSTILE,
    IN_QUERY,
    ROLES,
    WHOLE,
    in_admin,
    pages,
    values,
)


def test_no_search_of_the_admin_for_a_choice_breaks(world, crawl_as):
    crawl = crawl_as("hq")
    fields = [
        (model, name)
        for model, site in admin.site._registry.items()
        for name in site.autocomplete_fields
    ]
    page = "/admin/autocomplete/"
    for model, name in fields:
        about = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
        for parameter in ("term", "page"):
            for value in HOSTILE.values():
                crawl.get(f"{page}?{urlencode(about)}&field_name={name}&{parameter}={value}")
        for kind in IN_QUERY:
            for parameter in (*about, "field_name"):
                right = {**about, "field_name": name}
                crawl.get(f"{page}?{urlencode(right)}&{parameter}={HOSTILE[kind]}")

    assert len(fields) > 3
    assert crawl.broken == []


EXTREMES = {
    "number": ("-1", "9" * 30, "1e400", "NaN"),
    "date": ("0001-01-01", "9999-12-31", "2026-02-30"),
    "datetime": ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "infinity"),
    "time": ("00:00:00.0000001", "99:99"),
    "text": ("\u202e" + "长" * 5000, "9" * 30, "0001-01-01", "a\tb"),
    "hidden": ("9" * 30, "-1", "[" * 5000, '{"id": {}}', "9999-12-31T23:59:59-23:59"),
    "select": ("9" * 30, "x"),
}


ALIKE = {
    **dict.fromkeys(("textarea", "email", "tel", "search", "url", "password"), "text"),
    **dict.fromkeys(("radio", "checkbox", "submit", "button"), "select"),
}


# What forms of the admin write for themselves, and the rows like the first one.
BOOKKEEPING = re.compile(r"csrf|_FORMS$|__prefix__|^_|^initial-|-[1-9]\d*-")


def extremes(kind, name):
    """Both ends of what can be written into a field, and what does not belong there."""
    if kind == "text" and name.endswith(("_on", "_at", "_at_0")):
        kind = "date"
    kind = ALIKE.get(kind, kind)
    return EXTREMES.get(kind, EXTREMES["text"])


def in_turn(role, target, field):
    """Whether a field is tried alone: of the many of the admin every third, always the same."""
    return role != "hq" or WHOLE or zlib.crc32(f"{target} {field}".encode()) % 3 == 0


# What leads to the step of a page that has a form to post.
STEPS = {"customers:open-case": "?story="}


def forms(role, world, crawl):
    """Each form that a role is shown: its page, where it posts to, right values and kinds."""
    tried = set()
    for name, route, _names in pages():
        if in_admin(route) != (role == "hq"):
            continue
        address = route.format_map(values(world, name, route)) + STEPS.get(name, "")
        page = crawl.get(address)
        if page.status_code != 200 or "html" not in page.headers.get("Content-Type", ""):
            continue
        for action, right, kinds in Forms(page.content.decode()).found:
            target = action if action.startswith("/") else address
            if ENDS_THE_SESSION.search(target) or (target, tuple(right)) in tried:
                continue
            tried.add((target, tuple(right)))
            yield address, target, right, kinds


def all_wrong(kinds, round_):
    """What does not belong there in all fields at once, another one each round."""
    return {
        each: extremes(kind, each)[round_ % len(extremes(kind, each))]
        for each, kind in kinds.items()
    }


@pytest.mark.parametrize("role", ROLES)
def test_no_field_of_a_form_breaks(role, world, crawl_as):
    crawl = crawl_as(role)
    tried, targets, turns = 0, set(), count()
    for page, target, right, kinds in forms(role, world, crawl):
        tried += 1
        targets.add(target)
        crawl.post(target, right, page=page)
        # All fields at once, then each beside what is right.
        for round_ in range(5 if role != "hq" else 3 if WHOLE else 1):
            crawl.post(target, all_wrong(kinds, round_), page=page)
        for field, kind in kinds.items():
            if BOOKKEEPING.search(field) or not in_turn(role, target, field):
                continue
            ends = extremes(kind, field)
            # The admin has so many forms that each field meets one end, in turn.
            for value in [ends[next(turns) % len(ends)]] if role == "hq" else ends:
                crawl.post(target, {**right, field: value}, page=page)

    assert crawl.broken == []
    assert tried > 1
    if role == "owner":  # whose pages these are
        for step in STEPS.values():
            assert any(target.endswith(step) for target in targets)
