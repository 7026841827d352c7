"""No address answers 500: every page, as every role, with whatever can be written into an address.

The pages are those of the URL configuration, the parameters those that a page was seen to read, the
fields those of the forms that it shows: a new page is crawled without being named here.
"""

import re
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import quote, unquote, urlencode

import pytest
from django.contrib import admin
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from dealers.models import Invitation, Role
from tests.factories.customers import RulebookFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    per_registration,
    percent,
    sale,
)
from tests.factories.incentives import published as plan_published
from tests.factories.training import published as course_published
from tests.factories.training import read, take
from training import learning

ROLES = ("visitor", "clerk", "manager", "owner", "region_manager", "hq")

# As they stand in an address, so percent-encoded.
HOSTILE = {
    "nul": "%00",
    "nul inside": "a%00b",
    "not UTF-8": "%FF%FE",
    "a lone surrogate": "%ED%A0%80",
    "a slash": "a%2Fb",
    "folders up": "..%2F..%2Fetc",
    "quotes": "%27%22%3B%29--%3C",
    "template": "%7B%7Ba%7D%7D%25s",
    "long": "x" * 5000,
    "negative": "-1",
    "zero": "0",
    "above 64 bits": "9" * 20,
    "above what Python reads": "9" * 5000,
    "exponent": "1e400",
    "not a number": "NaN",
    "other digits": quote("２０１７-١٢"),
    "a power": quote("²"),
    "emoji": quote("👪"),
    "right to left": quote("\u202e\u2066"),
    "month 0": "0000-00",
    "month 13": "2017-13",
    "month 9999-99": "9999-99",
    "the last month": "9999-12",
    "the first month": "0001-01",
    "a day": "2017-02-30",
    "an instant": "9999-12-31T23%3A59%3A59.999999-23%3A59",
    "sort": "-no_such_column",
    "several": "1,2%2C,%2C",
    "a list": "1.2.-3..",
    "a UUID": "00000000-0000-0000-0000-000000000000",
    "empty": "",
}
# One role tries all of them, and one page after the other; elsewhere one of each kind is enough.
FEW = (
    *("nul inside", "a lone surrogate", "a slash", "quotes", "above 64 bits", "a power"),
    *("above what Python reads", "month 13", "month 9999-99", "the first month", "a UUID"),
)
IN_QUERY = (
    *("nul inside", "a lone surrogate", "quotes", "long", "negative", "zero", "above 64 bits"),
    *("not a number", "a power", "month 9999-99", "the first month", "an instant", "sort"),
    *("several", "a list", "a UUID"),
)
ENDS_THE_SESSION = re.compile(r"/logout/|/sessions/")


@pytest.fixture
def everybody(clerk, manager, owner, region_manager):
    return (clerk, manager, owner, region_manager)


@pytest.fixture
def world(store, hq, everybody):
    """Each role's person with something on every page; gives the values that addresses need."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    plan_published(per_registration(), percent())
    registration = owned_customer(store)
    sold = sale(registration, "1000.00", date(2026, 1, 5), external_id="S-1")
    close_period(JANUARY)
    version = course_published(roles=Role.values)
    for membership in everybody:
        enrollment = learning.enroll(
            membership.user, version, at=datetime(2026, 10, 20, tzinfo=UTC)
        )
        read(enrollment)
        take(enrollment)
    invitation = Invitation.objects.create(
        email="new@example.com", name="新人", role=Role.OWNER, dealer=store.dealer,
        invited_by=hq, expires_at=datetime.now(UTC) + timedelta(days=7),
    )  # fmt: skip
    lesson = version.lessons.first()
    return {
        "training:": {
            "slug": version.course.slug,
            "position": "1",
            "number": "1",
            "part": "file",
            "pk": str(lesson.pk),
            "name": "none",
            "code": enrollment.certificate.code,
        },
        "customers:": {"pk": str(registration.customer_id), "receipt": registration.receipt},
        "incentives:": {
            "month": "2026-01",
            "metric": "registrations",
            "code": "cross",
            "event": str(sold.pk),
        },
        "incentives:region-store": {"code": store.code},
        "dealers:": {"pk": str(invitation.pk), "token": str(invitation.token)},
        "account_": {"key": "1-abc"},
    }


def pages():
    """Name, route with ``{name}`` where something goes, and the names, of every pattern."""

    def under(resolver, route, namespace):
        for each in resolver.url_patterns:
            there = route + _plain(str(each.pattern))
            if isinstance(each, URLResolver):
                yield from under(each, there, f"{namespace}{each.namespace or ''}:"[:64])
            elif isinstance(each, URLPattern):
                name = f"{namespace}{each.name or ''}".lstrip(":")
                yield name, "/" + there, tuple(re.findall(r"{(\w+)}", there))

    return list(under(get_resolver(), "", ""))


def _plain(pattern):
    """A route or the regular expressions that our libraries use, with ``{name}`` for the parts."""
    pattern = re.sub(r"\(\?P<(\w+)>(?:\[[^\]]*\]|[^()\[\]])*\)", r"{\1}", pattern)
    pattern = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", pattern)
    return re.sub(r"^\^|\$$|\\Z|\\|\?$", "", pattern)


def values(world, name, route):
    """The values that lead to something, for one page."""
    chosen = defaultdict(lambda: "1")
    if model := administered(route):
        row = model._default_manager.first()
        chosen["object_id"] = chosen["pk"] = quote(str(row.pk)) if row else "1"
    for prefix in sorted(world, key=len):
        if name.startswith(prefix):
            chosen |= world[prefix]
    return chosen


def administered(route):
    """The model that a page of the admin is about, if it is one."""
    found = re.match(r"/admin/(\w+)/(\w+)/", route)
    for model in admin.site._registry:
        if found and (model._meta.app_label, model._meta.model_name) == found.groups():
            return model
    return None


@pytest.fixture
def client_as(request, login):
    def signed_in(role):
        client = Client() if role == "visitor" else login(request.getfixturevalue(role))
        client.raise_request_exception = False
        return client

    return signed_in


def broken(client, addresses, *, post=True):
    """Those of the addresses that answer 500, asked and posted to; nothing they do stays."""
    return [
        f"{method} {address[:200]}"
        for address in addresses
        for method in ("get", "post")[: 1 + post]
        if _answer(client, method, address).status_code >= 500
    ]


def _answer(client, method, address, data=None):
    path, _sep, query = address.partition("?")
    with transaction.atomic():
        # The path as the server hands it on: decoded, what is no UTF-8 byte for byte.
        response = client.generic(
            method.upper(),
            "/",
            data=urlencode(data or {}, doseq=True),
            content_type="application/x-www-form-urlencoded",
            QUERY_STRING=query,
            PATH_INFO=unquote(path, encoding="latin-1"),
        )
        transaction.set_rollback(True)
    return response


@pytest.mark.parametrize("role", ROLES)
def test_no_path_breaks(role, world, client_as):
    client = client_as(role)
    addresses = []
    kinds = HOSTILE if role == "owner" else FEW
    for name, route, names in pages():
        if ENDS_THE_SESSION.search(route) or (route.startswith("/admin/") and role != "hq"):
            continue
        right = values(world, name, route)
        addresses.append(route.format_map(right))
        addresses += [
            route.format_map({each: right[each] for each in names} | {part: value})
            for part in names
            for value in map(HOSTILE.get, kinds)
        ]

    assert len(addresses) > 300
    assert broken(client, dict.fromkeys(addresses), post=role in {"visitor", "manager"}) == []
    assert broken(client, (f"/{value}" for value in HOSTILE.values())) == []


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


@pytest.mark.parametrize("role", ROLES[1:-1])  # the admin's lists: too long as they are here
def test_no_parameter_breaks(role, world, client_as, asked):
    client = client_as(role)
    found, tried = [], 0
    for name, route, _names in pages():
        if ENDS_THE_SESSION.search(route) or (route.startswith("/admin/") != (role == "hq")):
            continue
        address = route.format_map(values(world, name, route))
        asked.clear()
        if _answer(client, "get", address).status_code != 200:
            continue
        for parameter in sorted(map(str, asked | extras(route))):
            for kind in IN_QUERY[:: 4 if role == "hq" else 1]:
                tried += 1
                found += broken(client, [f"{address}?{parameter}={HOSTILE[kind]}"], post=False)
            found += broken(client, [f"{address}?{HOSTILE['quotes']}={parameter}"], post=False)

    assert tried > 50
    assert found == []


def extras(route):
    """What lists of the admin read from the query as a whole."""
    if route == "/admin/autocomplete/":
        return {"term", "page", "app_label", "model_name", "field_name"}
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


def test_no_search_of_the_admin_for_a_choice_breaks(world, client_as):
    client = client_as("hq")
    fields = [
        (model, name)
        for model, site in admin.site._registry.items()
        for name in site.autocomplete_fields
    ]
    addresses = [
        f"/admin/autocomplete/?app_label={model._meta.app_label}"
        f"&model_name={model._meta.model_name}&field_name={name}&{parameter}={value}"
        for model, name in fields
        for parameter in ("term", "page")
        for value in HOSTILE.values()
    ]

    assert len(fields) > 3
    assert broken(client, addresses, post=False) == []


class Forms(HTMLParser):
    """The forms of a page that post: where to, and the fields with their first values."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.open = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.open = None
            if (attrs.get("method") or "").lower() == "post":
                self.open = (attrs.get("action") or "", {})
                self.found.append(self.open)
        elif self.open and tag in {"input", "select", "textarea", "button"} and attrs.get("name"):
            chosen = attrs.get("type") not in {"radio", "checkbox"} or "checked" in attrs
            self.open[1].setdefault(attrs["name"], attrs.get("value") or "" if chosen else "")

    def handle_endtag(self, tag):
        if tag == "form":
            self.open = None


@pytest.mark.parametrize("role", ROLES[:-1])  # the admin's forms: too long as they are here
def test_no_field_of_a_form_breaks(role, world, client_as):
    client = client_as(role)
    found, tried = [], set()
    for name, route, _names in pages():
        if route.startswith("/admin/") != (role == "hq"):
            continue
        address = route.format_map(values(world, name, route))
        page = _answer(client, "get", address)
        if page.status_code != 200 or "html" not in page.headers.get("Content-Type", ""):
            continue
        for action, fields in Forms(page.content.decode()).found:
            target = action if action.startswith("/") else address
            if ENDS_THE_SESSION.search(target) or (target, tuple(fields)) in tried:
                continue
            tried.add((target, tuple(fields)))
            for field in fields:
                for value in ("a\0b", "9" * 30, "-1")[: 2 if role == "hq" else 3]:
                    data = {**fields, field: value}
                    if _answer(client, "post", target, data).status_code >= 500:
                        found.append(f"{target} {field}={value!r}")

    assert len(tried) > 1
    assert found == []


STATUS = {
    "visitor": {"/verify/?code=%00": 400, "/verify/%00/": 404},
    "clerk": {
        "/certificates/%00/": 404,
        "/certificates/%FF/": 404,
        "/capture/r/%00/": 404,
        "/customers/?after=%00": 400,
        "/customers/?after=garbage": 200,
    },
    "owner": {"/earnings/0000-00/": 404, "/earnings/2017-13/": 404, "/earnings/9999-12/": 404},
    "region_manager": {
        "/region/stores/?per_page=-1": 200,
        "/region/stores/?page=99999999999999999999": 200,
        "/region/stores/a%2Fb/": 404,
    },
    "hq": {"/admin/autocomplete/?app_label=customers&term=%00": 400},
}


@pytest.mark.parametrize("role", STATUS)
def test_what_cannot_be_is_not_there_or_not_understood(role, world, client_as):
    client = client_as(role)

    found = {address: _answer(client, "get", address).status_code for address in STATUS[role]}

    assert found == STATUS[role]
