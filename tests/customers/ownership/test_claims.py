"""Taking former customers out of the pool."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import Act, ActKind, Erasure, Ownership
from customers.ownership import claims, passing, release, retrace
from customers.ownership.changes import latest_of
from customers.ownership.claims import ClaimRefused
from dealers.actor import Actor
from tests.factories.customers import DAY_ONE, RulebookFactory, phone_number, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FREE = DAY_ONE + 7 * DAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory(release_after_days=7, pool_claims_per_day=2, store_cap=4)


@pytest.fixture
def sister(store):
    return MembershipFactory(store=StoreFactory(dealer=store.dealer))


@pytest.fixture
def freed(store):
    made = registered(store, name="陈小姐")
    passing.let_time_pass(FREE)
    return made.customer


def take(customer, post, at):
    return claims.claim(customer, post.store, by=Actor.of(post), at=at)


def test_a_sister_store_takes_who_is_free(freed, sister):
    act = take(freed, sister, FREE)

    owned = latest_of(freed)
    assert (owned.store, owned.staff, owned.period.lower) == (sister.store, sister.user, FREE)
    assert (act.kind, act.by, act.ownership) == (ActKind.POOLED, sister.user, owned)
    assert owned.release_at == FREE + 7 * DAY
    assert list(retrace.broken()) == []
    with pytest.raises(ClaimRefused, match="not free"):
        take(freed, sister, FREE + HOUR)


def test_nobody_takes_who_is_erased(freed, sister):
    Erasure.objects.create(identity=freed.identity, erased_by=sister.user, reason="Asked", at=FREE)

    with pytest.raises(ClaimRefused, match="not free"):
        take(freed, sister, FREE)


def test_the_store_that_had_them_leaves_them_to_others_first(freed, clerk):
    with pytest.raises(ClaimRefused, match="for a while"):
        take(freed, clerk, FREE + 48 * HOUR - timedelta(microseconds=1))
    assert take(freed, clerk, FREE + 48 * HOUR).store == clerk.store


def test_a_day_has_so_many_claims_and_a_store_so_many_customers(store, sister):
    made = [registered(store).customer for _ in range(4)]
    passing.let_time_pass(FREE)
    registered(sister.store, at=FREE)

    take(made[0], sister, FREE)
    take(made[1], sister, FREE + HOUR)
    with pytest.raises(ClaimRefused, match="today"):
        take(made[2], sister, FREE + 2 * HOUR)
    take(made[2], sister, FREE + DAY)
    with pytest.raises(ClaimRefused, match="open customers"):
        take(made[3], sister, FREE + DAY)


def test_nobody_takes_another_dealers_customer_or_who_was_let_go_a_moment_later(
    freed, store, sister, rival
):
    with pytest.raises(ClaimRefused, match="another dealer"):
        take(freed, rival, FREE)
    other = registered(store, at=DAY_ONE).customer
    with pytest.raises(ClaimRefused, match="not free"):
        take(other, sister, FREE - timedelta(microseconds=1))
    take(other, sister, FREE)  # though no job came


def test_who_has_a_new_owner_or_none_yet_is_not_shown(store, sister, freed, rival):
    phone = phone_number()
    registered(store, phone=phone)
    registered(store, at=FREE)
    passing.let_time_pass(FREE)
    registered(rival.store, phone=phone, at=FREE + HOUR)

    shown = claims.pooled(store.dealer_id, sister.store, FREE + 2 * HOUR)

    assert [each.ownership.customer for each in shown] == [freed]
    assert shown[0].free_for_store is None
    assert claims.pooled(rival.dealer_id, rival.store, FREE + 2 * HOUR) == []
    mine = claims.pooled(store.dealer_id, store, FREE + 2 * HOUR)
    assert mine[0].free_for_store == FREE + 48 * HOUR


def test_a_store_reads_how_long_it_waits_also_where_a_sister_had_the_customer_since(
    freed, store, sister, clerk
):
    take(freed, sister, FREE)
    owner = OwnerFactory(dealer=store.dealer)
    release.release(freed, "no_time", by=Actor.of(owner), at=FREE + HOUR)
    at = FREE + 2 * DAY
    passing.let_time_pass(at)

    (shown,) = claims.pooled(store.dealer_id, store, at)

    assert shown.ownership.store == sister.store
    assert shown.free_for_store == FREE + 7 * DAY
    with pytest.raises(ClaimRefused, match="for a while"):
        take(freed, clerk, at)


def test_who_is_under_review_is_not_shown(freed, store, sister):
    act = {"identity": freed.identity, "dealer_id": store.dealer_id, "store": store}
    asked = Act.objects.create(kind=ActKind.POSSIBLE, at=FREE, due_at=FREE + DAY, **act)

    assert claims.pooled(store.dealer_id, sister.store, FREE + HOUR) == []
    Act.objects.create(kind=ActKind.MATCHED, at=FREE + HOUR, answers=asked, **act)
    (shown,) = claims.pooled(store.dealer_id, sister.store, FREE + 2 * HOUR)
    assert shown.ownership.customer == freed


def test_on_the_page_names_are_masked_until_a_store_takes_the_customer(store, sister, login):
    made = registered(store, name="陈小姐", at=timezone.now() - 9 * DAY + HOUR)
    passing.let_time_pass(timezone.now())
    client = login(sister)

    page = client.get("/customers/pool/").text
    assert "陈**" in page
    assert "陈小姐" not in page
    taken = client.post(f"/customers/{made.customer_id}/claim/", follow=True)
    assert "The customer is yours" in taken.text
    assert "陈小姐" in taken.text
    assert "The pool is empty" in client.get("/customers/pool/").text
    assert Ownership.objects.running(timezone.now()).get().store == sister.store
    assert Act.objects.filter(kind=ActKind.POOLED).count() == 1


def test_an_owner_chooses_the_store(store, sister, login):
    made = registered(store, at=timezone.now() - 9 * DAY)
    passing.let_time_pass(timezone.now())
    client = login(OwnerFactory(dealer=store.dealer))
    url = f"/customers/{made.customer_id}/claim/"

    assert "Choose the store" in client.post(url, {"store": "x"}, follow=True).text
    assert "is yours" in client.post(url, {"store": sister.store.pk}, follow=True).text


def test_another_dealer_finds_nobody_there(freed, rival, login):
    client = login(rival)
    assert "The pool is empty" in client.get("/customers/pool/").text
    assert client.post(f"/customers/{freed.pk}/claim/").status_code == 404
