"""What an address may be asked besides: no value of any parameter is answered with 500."""

from itertools import cycle

import pytest
from django.contrib import admin
from django.http import QueryDict

from tests.config.test_addresses import (
    ENDS_THE_SESSION,
    FEW_IN_QUERY,
    HOSTILE,
    IN_QUERY,
    ROLES,
    administered,
    in_admin,
    pages,
    values,
)


@pytest.fixture
def asked(monkeypatch):
    """The names that pages look up in the query of an address, as they do."""
    names = set()
    for method in ("__getitem__", "getlist", "__contains__"):
        original = getattr(QueryDict, method)

        def look_up(self, key, *args, _original=original, **kwargs):
            names.add(key)
            return _original(self, key, *args, **kwargs)

        monkeypatch.setattr(QueryDict, method, look_up, raising=False)
    return names


@pytest.mark.parametrize("role", ROLES[1:])
def test_no_parameter_breaks(role, world, crawl_as, asked):
    crawl = crawl_as(role)
    tried, turns = set(), cycle(IN_QUERY)
    for name, route, _names in pages():
        if ENDS_THE_SESSION.search(route) or (in_admin(route) != (role == "hq")):
            continue
        address = route.format_map(values(world, name, route))
        asked.clear()
        if crawl.get(address).status_code != 200:
            continue
        names = sorted(map(str, asked | extras(route)))
        # What lists of the admin read together: on a form its fields, and one value for all.
        form = fields_of(route)
        for kind in FEW_IN_QUERY if form else ():
            crawl.get(f"{address}?{'&'.join(f'{each}={HOSTILE[kind]}' for each in form)}")
        for parameter in names:
            # The same code reads it for all roles, and on every list: one of each tries all values,
            # and the others one value after the other.
            known = parameter in tried if in_admin(route) else role != "owner"
            tried.add(parameter)
            for kind in [next(turns)] if known else IN_QUERY:
                crawl.get(f"{address}?{parameter}={HOSTILE[kind]}")
        crawl.get(f"{address}?{HOSTILE['quotes']}={HOSTILE['quotes']}")

    assert crawl.broken == []
    assert crawl.requests > 50


def extras(route):
    """What lists of the admin read from the query as a whole."""
    model = administered(route)
    if model is None or route.count("/") > 4:
        return set()
    site = admin.site._registry[model]
    names = {"q", "p", "o", "e", "all", "_facets", "id__exact", "pk__in", "no_such__field"}
    for each in site.list_filter:
        name = each[0] if isinstance(each, tuple) else each
        name = name if isinstance(name, str) else name.parameter_name
        names |= {name, f"{name}__exact", f"{name}__isnull"}
    if site.date_hierarchy:
        names |= {f"{site.date_hierarchy}__{part}" for part in ("year", "month", "day")}
    return names


def fields_of(route):
    """What a form of the admin takes its first values from."""
    model = administered(route)
    if model is None or not route.endswith("/add/"):
        return ()
    return tuple(field.name for field in model._meta.get_fields() if not field.auto_created)
