"""Simulated by one, approved by another, published with notice: by the pages and the database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from dealers.actor import Actor
from dealers.months import hq_midnight, next_month
from dealers.publication import PublicationRefused
from incentives.models import Replay, ReplayedAmount
from incentives.plans import simulations, versions, whatif
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import StoreFactory, UserFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    drafted,
    owned_customer,
    percent,
    published,
    sale,
    simulated,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
APRIL = date(2026, 4, 1)


@pytest.fixture
def customer(db):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    return owned_customer(StoreFactory())


@pytest.fixture
def in_force(customer):
    """A plan that promised two weeks of notice, and a month that was closed by it."""
    version = published(percent("0.02", places=["own"]), notice_days=14)
    sale(customer, "1000.00", date(2026, 1, 10))
    close_period(JANUARY)
    return version


@pytest.fixture
def draft(in_force):
    return drafted(percent("0.03", places=["own"]), starts_on=APRIL)


def hq(user=None):
    return Actor.hq(user or UserFactory(is_staff=True))


def refused(call):
    with pytest.raises(PublicationRefused) as why:
        call()
    return why.value.sentences


def test_before_a_month_is_closed_one_publishes_alone_for_any_day(customer):
    assert published(percent(), starts_on=date(2020, 1, 1)).tested_by is None


def test_from_the_first_closed_month_on_nobody_publishes_unsimulated(draft):
    assert refused(lambda: versions.publish(draft, by=hq(), at=NOW)) == [
        "It is not simulated yet: replay closed months by it first."
    ]
    with (
        pytest.raises(IntegrityError, match="plan_version_two_people_publish"),
        transaction.atomic(),
    ):
        type(draft).objects.filter(pk=draft.pk).update(
            tested_at=NOW, approved_at=NOW, published_at=NOW
        )


def test_the_database_wants_a_finished_simulation(draft):
    one, two = UserFactory(), UserFactory()
    with pytest.raises(IntegrityError, match="was_simulated"), transaction.atomic():
        type(draft).objects.filter(pk=draft.pk).update(
            tested_at=NOW, tested_by=one, approved_at=NOW, approved_by=two, published_at=NOW
        )


def test_who_simulated_does_not_approve_and_who_approves_waits_for_it(draft):
    author = hq()
    versions.simulate(draft, [JANUARY], by=author, at=NOW)
    assert refused(lambda: versions.approve(draft, by=author, at=NOW)) == [
        "You tested it yourself: somebody else approves it."
    ]
    assert refused(lambda: versions.approve(draft, by=hq(), at=NOW)) == [
        "What it would have changed is still being worked out."
    ]
    whatif.compute(simulations.latest(draft).pk, NOW)
    assert versions.approve(draft, by=hq(), at=NOW).approved_at == NOW
    assert versions.publish(draft, by=author, at=NOW).published_at == NOW


def test_what_changes_after_its_approval_is_simulated_and_approved_anew(draft):
    simulated(draft, NOW, JANUARY)
    versions.approve(draft, by=hq(), at=NOW)

    draft.components.get().rows.update(rate="0.04")

    draft.refresh_from_db()
    assert (draft.tested_at, draft.approved_at, draft.approved_by) == (None, None, None)
    assert "not simulated" in refused(lambda: versions.publish(draft, by=hq(), at=NOW))[0]
    assert Replay.objects.get().finished_at == NOW  # what was found then stays on file


def test_a_draft_that_was_simulated_does_not_change_its_time_quietly(draft):
    simulated(draft, NOW, JANUARY)
    with pytest.raises(IntegrityError, match="tested_as_it_is"), transaction.atomic():
        type(draft).objects.filter(pk=draft.pk).update(starts_on=date(2026, 5, 1))


def test_the_notice_of_the_version_in_force_is_kept(draft):
    late = datetime(2026, 3, 20, 4, tzinfo=UTC)
    simulated(draft, late, JANUARY)
    assert refused(lambda: versions.approve(draft, by=hq(), at=late)) == [
        "Dealers were promised 14 days of notice: published today it can start on 2026-04-03 at"
        " the earliest."
    ]
    simulated(draft, NOW, JANUARY)
    versions.approve(draft, by=hq(), at=NOW)
    assert "14 days of notice" in refused(lambda: versions.publish(draft, by=hq(), at=late))[0]
    with pytest.raises(IntegrityError, match="starts_with_notice"), transaction.atomic():
        type(draft).objects.filter(pk=draft.pk).update(published_at=late)


def test_the_database_counts_the_days_of_notice_at_headquarters(draft):
    """In the small hours of its day, where UTC has the one before."""
    simulated(draft, NOW, JANUARY)
    versions.approve(draft, by=hq(), at=NOW)
    found = type(draft).objects.filter(pk=draft.pk)
    late = hq_midnight(draft.starts_on - timedelta(days=13))
    with pytest.raises(IntegrityError, match="starts_with_notice"), transaction.atomic():
        found.update(published_at=late, published_by=UserFactory())
    assert versions.publish(draft, by=hq(), at=late - timedelta(hours=1)).is_published


def test_a_new_plan_promised_nothing_but_does_not_reach_into_the_past(in_force):
    fresh = drafted(percent(), starts_on=date(2026, 3, 11), code="fresh")
    simulated(fresh, NOW, JANUARY)
    versions.approve(fresh, by=hq(), at=NOW)
    later = datetime(2026, 3, 12, 4, tzinfo=UTC)
    assert "is past" in refused(lambda: versions.publish(fresh, by=hq(), at=later))[0]
    assert versions.publish(fresh, by=hq(), at=NOW).published_at == NOW


def test_what_was_published_is_kept_with_its_simulation(draft):
    replay = simulated(draft, NOW, JANUARY)
    versions.approve(draft, by=hq(), at=NOW)
    versions.publish(draft, by=hq(), at=NOW)
    for rows in (Replay.objects.all(), ReplayedAmount.objects.all()):
        assert rows.exists()
        with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
            rows._raw_delete(rows.db)
    with pytest.raises(IntegrityError, match="stays_found"), transaction.atomic():
        Replay.objects.filter(pk=replay.pk).update(after=0)


def test_a_draft_is_thrown_away_with_its_simulation(draft):
    simulated(draft, NOW, JANUARY)
    draft.delete()
    assert not Replay.objects.exists()


@pytest.fixture
def starts():
    return next_month(timezone.localdate() + timedelta(days=14))


@pytest.fixture
def upcoming(in_force, starts):
    return drafted(percent("0.03", places=["own"], name="分成"), starts_on=starts)


@pytest.fixture
def chief(client):
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def page_of(client, name, *args):
    return client.get(reverse(f"admin:incentives_planversion_{name}", args=args))


def replayed(client, upcoming, first="2026-01", last="2026-01"):
    address = reverse("admin:incentives_planversion_whatif", args=[upcoming.pk])
    return client.post(address, {"first": first, "last": last}, follow=True)


def test_from_the_draft_to_its_publication(client, chief, upcoming, customer):
    assert "It is not simulated yet" in page_of(client, "publish", upcoming.pk).text
    asked = replayed(client, upcoming).text
    assert "Being worked out" in asked
    assert 'http-equiv="refresh"' in asked
    upcoming.refresh_from_db()
    whatif.compute(simulations.latest(upcoming).pk, timezone.now())

    found = page_of(client, "whatif", upcoming.pk).text
    assert "20.00" in found
    assert "30.00" in found
    dealer = customer.store.dealer
    assert f"/whatif/{dealer.code}/" in found
    lines = page_of(client, "whatif_dealer", upcoming.pk, dealer.code).text
    assert "1,000" in lines
    assert "30.00" in lines

    address = reverse("admin:incentives_planversion_publish", args=[upcoming.pk])
    assert "somebody else approves it" in client.post(address, {"step": "approved"}).text
    other = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(other)
    assert "It is approved." in client.post(address, {"step": "approved"}, follow=True).text
    client.post(address, {"read": "1"})
    upcoming.refresh_from_db()
    assert (upcoming.tested_by, upcoming.approved_by) == (chief, other)
    assert upcoming.published_at


def test_months_that_are_not_closed_are_refused_in_words(client, chief, upcoming):
    assert "Select a valid choice" in replayed(client, upcoming, last="2026-02").text
    assert not Replay.objects.exists()


def test_a_dealer_that_is_none_or_a_draft_that_is_not_simulated(client, chief, upcoming):
    assert page_of(client, "whatif_dealer", upcoming.pk, "NOBODY").status_code == 404
    assert page_of(client, "whatif", 0).status_code == 404


def test_who_may_only_look_sees_it_and_asks_for_nothing(client, upcoming):
    looking = UserFactory(is_staff=True)
    client.force_login(looking)
    assert page_of(client, "whatif", upcoming.pk).status_code in {403, 404}

    looking.user_permissions.add(Permission.objects.get(codename="view_planversion"))
    page = page_of(client, "whatif", upcoming.pk)
    assert page.status_code == 200
    assert not page.context["may_ask"]
    assert replayed(client, upcoming).status_code in {403, 404}
    assert not Replay.objects.exists()


def test_without_a_closed_month_there_is_nothing_to_replay(client, chief, customer):
    first = drafted(percent())
    assert "nothing to replay" in page_of(client, "whatif", first.pk).text
    assert "Simulation" not in page_of(client, "publish", first.pk).text
