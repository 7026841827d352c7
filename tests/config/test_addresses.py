"""No address answers 500: every page, as every role, with whatever can be written into an address.

The pages are those of the URL configuration, the parameters those that a page was seen to read, the
fields those of the forms that it shows: a new page is crawled without being named here.
"""

import logging
import os
import re
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote, unquote, urlencode

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from customers.choices import asking, links
from customers.closings import plan
from customers.dispatch import leads, offers
from customers.dispatch import page as campaign_page
from customers.models import Act, ActKind, Campaign, Handover, Lead, LeadSource
from customers.ownership import confirming
from customers.rights import pages as store_pages
from dealers import contacts, invitations
from dealers.actor import Actor
from dealers.models import ContactChange, ContactKind, Invitation, Role, Upload, UploadState
from incentives.boards import times
from incentives.models import Length
from tests.factories.cases import case_of, in_review
from tests.factories.closings import offered
from tests.factories.coaching import coached
from tests.factories.customers import RulebookFactory, StoryFactory, registered, unconfirmed
from tests.factories.dealers import MembershipFactory, StoreFactory, UserFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    per_registration,
    percent,
    sale,
)
from tests.factories.incentives import published as plan_published
from tests.factories.sessions import planned
from tests.factories.stories import drafted as story_drafted
from tests.factories.stories import picture
from tests.factories.training import published as course_published
from tests.factories.training import read, take
from training import learning, stories
from training.sessions import questions, seats

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


FEW_IN_QUERY = ("quotes", "above 64 bits", "month 9999-99", "a list")


# `make crawl` tries everything; `make test` tries each form of the admin, and some of its fields.
WHOLE = os.environ.get("CRAWL") == "whole"


ENDS_THE_SESSION = re.compile(r"/logout/|/sessions/")


@pytest.fixture
def everybody(clerk, manager, owner, region_manager):
    return (clerk, manager, owner, region_manager)


@pytest.fixture
def world(store, hq, clerk, everybody):
    """Each role's person with something on every page; gives the values that addresses need."""
    campaign = Campaign.objects.create(name="秋季", asks_for="净水器")
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    StoryFactory()
    plan_published(per_registration(), percent())
    registration = owned_customer(store)
    sold = sale(registration, "1000.00", date(2026, 1, 5), external_id="S-1")
    close_period(JANUARY)
    version = course_published(roles=Role.values)
    for membership in everybody:
        enrollment = learning.enroll(
            membership.user, version, by=Actor.of(membership), at=datetime(2026, 10, 20, tzinfo=UTC)
        )
        read(enrollment)
        take(enrollment)
    invitation = Invitation.objects.create(
        email="new@example.com", name="新人", role=Role.OWNER, dealer=store.dealer,
        invited_by=hq, expires_at=datetime.now(UTC) + timedelta(days=7),
    )  # fmt: skip
    associate = Invitation.objects.create(
        phone="+8613800138000", name="店员", role=Role.ASSOCIATE, dealer=store.dealer, store=store,
        invited_by=hq, expires_at=datetime.now(UTC) + timedelta(days=7),
    )  # fmt: skip
    handed_over = Handover.objects.create(
        ownership=registration.ownership, after=clerk.user, by=everybody[1].user,
        at=datetime.now(UTC),
    )  # fmt: skip
    moved = ContactChange.objects.create(
        user=UserFactory(), kind=ContactKind.PHONE, new="+8613800138000",
        changed_at=datetime.now(UTC),
    )  # fmt: skip
    lesson = version.lessons.first()
    owner = everybody[2]
    upload = Upload.objects.create(
        dealer=owner.dealer, membership=owner, by=owner.user, kind="registrations",
        state=UploadState.CHECKED, language="zh-hans", brought_at=datetime.now(UTC),
    )  # fmt: skip
    made = offers.offer(
        leads.receive(
            Lead(source=LeadSource.HQ, wish="净水机安装", region=store.dealer.region),
            phone="13800138999", name="吴先生", consent=True, by=Actor.hq(hq),
            at=datetime.now(UTC),
        ).pk,
        datetime.now(UTC),
    )  # fmt: skip
    asked = Act.objects.create(
        kind=ActKind.ASKED, note="报价待确认", identity_id=registration.identity_id,
        dealer=store.dealer, store=store, ownership=registration.ownership, by=clerk.user,
        at=datetime.now(UTC), due_at=datetime.now(UTC) + timedelta(days=2),
    )  # fmt: skip
    now = datetime.now(UTC)
    case = case_of(clerk, StoreFactory(), now)
    foreign = in_review(case_of(MembershipFactory(), StoreFactory(), now - timedelta(days=5)))
    other = StoreFactory()
    registered(other, phone="13700137000", at=now)
    claimed = registered(store, phone="13700137000", staff=clerk.user, at=now)
    question = asking.ask(claimed, by=Actor.of(clerk), at=now, site="", language="zh-hans")
    offered(store.dealer, now)
    closing = plan.close_dealer(
        store.dealer, on=now.date() + timedelta(days=20), reason="x", by=Actor.hq(hq), at=now
    )
    later = StoreFactory(dealer=store.dealer)
    note = coached(store, everybody[3], at=now)
    story = story_drafted(store, by=Actor.of(owner))
    stories.add_picture(story, picture(), "门头", by=Actor.of(owner), at=now)
    session = planned(host=owner.user, dealer=store.dealer, store=store)
    seats.register(session, by=Actor.of(clerk), at=now)
    asked_there = questions.ask(session, "怎么开口？", anonymous=False, by=Actor.of(clerk), at=now)
    waiting = unconfirmed(clerk, phone="13700137001", name="吴", at=now)
    for last in "23":
        registered(store, phone=f"1370013700{last}", name="吴", staff=clerk.user, at=now)
    upload.files.create(number=1, name="a.csv", size=1, rows=1, accepted=1)
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
        "training:session": {"session": str(session.pk), "question": str(asked_there.pk)},
        "training:story": {"pk": str(story.pk), "number": "1", "part": "video"},
        "customers:": {
            "pk": str(registration.customer_id),
            "receipt": registration.receipt,
            "batch": str(handed_over.batch),
            "store": store.code,
            "key": store_pages.link(store, at=datetime.now(UTC)).key,
            "link": campaign_page.link(campaign, at=datetime.now(UTC)).key,
            "purpose": "offers",
            "act": str(asked.pk),
            "look": "1",
        },
        **{
            f"customers:{name}": {"pk": str(made.pk), "lead": str(made.lead_id), "hop": "1"}
            for name in [
                "offer",
                "accept-offer",
                "decline-offer",
                "return-lead",
                "choice",
                "choice-data",
                "choose-store",
            ]
        },
        **{
            f"customers:{name}": {"pk": str(case.pk), "number": "2"}
            for name in ["case", "add-evidence", "appeal-case", "case-file"]
        },
        "customers:open-case": {"receipt": claimed.receipt},  # about whom no case runs yet
        **{
            f"customers:{name}": {
                "pk": str(foreign.pk),
                "evidence": str(foreign.evidence.get(number=2).pk),
            }
            for name in ["review-case", "step-aside", "review-file"]
        },
        "customers:close-store": {"store": later.code},
        "customers:take-lead": {"lead": str(made.lead_id), "store": store.code},
        "customers:choose": {"token": links.link(question, "").split("/")[-2]},
        "customers:confirm": {"token": confirming.link(waiting, "").split("/")[-2]},
        **{f"customers:{name}": {"pk": str(waiting.pk)} for name in ["unconfirmed", "send-again"]},
        "customers:decide-possible": {"act": str(Act.objects.in_review().get().pk)},
        **{
            f"customers:{name}": {"pk": str(closing.pk), "what": "customers"}
            for name in ["closing", "take-back-closing", "everything-taken", "take-everything"]
        },
        "customers:end-post": {"pk": str(clerk.pk)},
        "customers:change-post": {"pk": str(clerk.pk)},
        "incentives:": {
            "month": "2026-01",
            "time": "2026-01",
            "monday": times.key(Length.WEEK, times.before(Length.WEEK, timezone.localdate())),
            "metric": "registrations",
            "code": "cross",
            "event": str(sold.pk),
            "order": str(sold.pk),
        },
        "incentives:region-store": {"code": store.code},
        "incentives:coach": {"code": store.code},
        "incentives:coaching-note": {"note": str(note.pk)},
        "incentives:forget-view": {"kept": "1"},
        "incentives:region-stores-file": {"kind": "csv"},
        "dealers:": {
            "pk": str(invitation.pk),
            "token": str(invitation.token),
            "proof": invitations.proof(invitation),
            "signed": contacts.link(moved).split("/")[-2],
        },
        "dealers:invitation": {"pk": str(associate.pk)},
        "dealers:resend": {"pk": str(associate.pk)},
        "dealers:import": {"pk": str(upload.pk), "kind": "registrations", "number": "1"},
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


class Crawl:
    """One person's requests: counted, answered inside a transaction that is taken back."""

    def __init__(self, client):
        self.client = client
        self.client.raise_request_exception = False
        self.requests = 0
        self.broken = []

    def get(self, address):
        with transaction.atomic():
            response = self._answer("GET", address)
            transaction.set_rollback(True)
        return response

    def post(self, address, data=None, *, page=""):
        """Post; what was stored is sound, and the pages that show it can be read."""
        with transaction.atomic():
            response = self._answer("POST", address, data)
            if response.status_code in {302, 303}:
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                for shown in {response.headers["Location"], page} - {""}:
                    self._answer("GET", shown, named=f"{address} {data} then {shown}")
            transaction.set_rollback(True)
        return response

    def keep(self, address, data):
        """Post, and leave on file what is taken: its checks at the commit are done at once."""
        with transaction.atomic(), connection.cursor() as cursor:
            response = self._answer("POST", address, data)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        return response

    def _answer(self, method, address, data=None, named=""):
        path, _sep, query = address.partition("?")
        # The path as the server hands it on: decoded, what is no UTF-8 byte for byte.
        response = self.client.generic(
            method,
            "/",
            data=urlencode(data or {}, doseq=True),
            content_type="application/x-www-form-urlencoded",
            QUERY_STRING=query,
            PATH_INFO=unquote(path, encoding="latin-1"),
        )
        self.requests += 1
        if response.status_code >= 500:
            self.broken.append(named or f"{method} {address[:200]} {str(data or '')[:300]}")
        return response


@pytest.fixture
def crawl_as(request, login, settings, record_testsuite_property):
    """What a role asks for. Nothing is limited by how much was asked, and nothing logged.

    How many requests that were, and how many of them broke, is told in the end and written into
    the report: ``pytest --junit-xml FILE``.
    """
    settings.ACCOUNT_RATE_LIMITS = False
    logging.disable(logging.CRITICAL)
    crawls = []

    def crawl(role):
        client = Client() if role == "visitor" else login(request.getfixturevalue(role))
        crawls.append(Crawl(client))
        return crawls[-1]

    yield crawl
    logging.disable(logging.NOTSET)
    requests = sum(each.requests for each in crawls)
    record_testsuite_property(request.node.name, requests)
    broken = sum(len(each.broken) for each in crawls)
    request.node.user_properties += [
        (f"requests of {request.node.name}", requests), (f"broken of {request.node.name}", broken),
    ]  # fmt: skip


def in_admin(route):
    return route.startswith("/admin/")


@pytest.mark.parametrize("role", ROLES)
def test_no_path_breaks(role, world, crawl_as):
    crawl = crawl_as(role)
    addresses = []
    kinds = HOSTILE if role == "owner" else FEW
    for name, route, names in pages():
        if ENDS_THE_SESSION.search(route) or (in_admin(route) and role != "hq"):
            continue
        right = values(world, name, route)
        addresses.append(route.format_map(right))
        addresses += [
            route.format_map({each: right[each] for each in names} | {part: value})
            for part in names
            for value in map(HOSTILE.get, kinds)
        ]

    for address in dict.fromkeys(addresses):
        crawl.get(address)
        if role in {"visitor", "manager"}:
            crawl.post(address)
    for value in HOSTILE.values():
        crawl.get(f"/{value}")

    assert crawl.broken == []
    assert crawl.requests > 300
