"""Headquarters looks at a dealer's pages: reading only, for a while, and the dealer knows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from dealers import looking
from dealers.models import AccessAction, AccessLog, Membership, Notice, NoticeKind
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import UserFactory
from tests.factories.incentives import JANUARY, close_period, owned_customer, published
from tests.factories.incentives import per_registration as paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def trade(store):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(paid())
    owned_customer(store)
    close_period(JANUARY)
    return store


@pytest.fixture
def looker(login, hq, trade):
    """The client of somebody at headquarters who looks at the dealer's pages."""
    client = login(hq)
    page = reverse("admin:dealers_dealer_look", args=[trade.dealer_id])
    assert client.post(page, {"purpose": "电话里一起看 1 月对账单"}).url == "/"
    return client


def test_the_dealer_sees_who_looked_and_why_before_anything_is_shown(looker, hq, trade):
    entry = AccessLog.objects.get(action=AccessAction.LOOK)
    assert (entry.dealer, entry.user, entry.role) == (trade.dealer, hq, "hq")
    assert entry.purpose == "电话里一起看 1 月对账单"


def test_of_a_dealer_that_has_closed_the_last_owner_is_told(login, hq, store, owner):
    now = timezone.now()
    Membership.objects.filter(pk=owner.pk).update(ends_at=now)
    store.closed_at = now
    store.save(update_fields=["closed_at"])
    login(hq).post(reverse("admin:dealers_dealer_look", args=[store.dealer_id]), {"purpose": "x"})
    assert Notice.objects.get(kind=NoticeKind.LOOK).user == owner.user


def test_the_owner_reads_it_on_the_home_page(looker, login, owner):
    assert "电话里一起看 1 月对账单" in login(owner).get("/").text


@pytest.mark.parametrize(
    "path", ["/", "/earnings/", "/earnings/2026-01/", "/earnings/2026-01/statement/", "/ranking/"]
)
def test_the_pages_are_those_of_the_owner(looker, trade, path):
    page = looker.get(path, follow=True)

    assert page.status_code == 200
    assert page.context["looking"].dealer == trade.dealer
    assert reverse("dealers:stop-looking") in page.text
    assert not Membership.objects.filter(user=page.wsgi_request.user).exists()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/customers/"), ("get", "/capture/"), ("post", "/capture/"), ("get", "/staff/"),
        ("get", "/earnings/2026-01/statement.csv"), ("get", "/earnings/2026-01/statement.pdf"),
        ("post", "/earnings/"), ("get", "/customers/search/"), ("post", "/staff/invite/"),
    ],
)  # fmt: skip
def test_nothing_is_changed_or_taken(looker, method, path):
    answer = getattr(looker, method)(path)

    assert (answer.status_code, answer.url) == (302, "/")


def test_it_ends_when_one_says_so(looker, trade):
    back = looker.post(reverse("dealers:stop-looking"))

    assert back.url == reverse("admin:dealers_dealer_change", args=[trade.dealer_id])
    assert looker.get("/").url == reverse("admin:index")
    assert looker.get("/earnings/").status_code == 404


def test_it_ends_by_itself(looker):
    session = looker.session
    session[looking.KEY] = {
        **session[looking.KEY], "until": (timezone.now() - timedelta(seconds=1)).isoformat()
    }  # fmt: skip
    session.save()

    assert looker.get("/earnings/").status_code == 404


def test_in_the_admin_one_goes_on_as_oneself(looker):
    assert looker.get("/admin/").status_code == 200


def test_only_who_keeps_the_network_may_look(login, trade):
    reader = UserFactory(is_staff=True)
    page = reverse("admin:dealers_dealer_look", args=[trade.dealer_id])

    assert login(reader).get(page).status_code == 404
    assert login(reader).post(page, {"purpose": "x"}).status_code == 404
    assert not AccessLog.objects.exists()


def test_without_a_reason_nobody_looks(login, hq, trade):
    page = login(hq).post(
        reverse("admin:dealers_dealer_look", args=[trade.dealer_id]), {"purpose": " "}
    )

    assert page.context["form"].errors
    assert not AccessLog.objects.exists()
