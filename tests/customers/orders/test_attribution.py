"""Attributions: only added, whole, and found wrong where they do not follow from the facts."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from customers.models import Attribution, Holder, SoldBy
from customers.orders.recording import GivenLine, record_order
from customers.ownership.activities import record_activity
from customers.verification import checks
from dealers.actor import Actor
from tests.factories.customers import (
    DAY_ONE,
    CategoryFactory,
    RulebookFactory,
    phone_number,
    registered,
)
from tests.factories.dealers import MembershipFactory, StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold():
    """A sale at another dealer's store, to a customer whom its owner contacted in time."""
    RulebookFactory()
    post, phone = MembershipFactory(), phone_number()
    customer = registered(post.store, phone=phone).customer
    record_activity(customer, by=Actor.of(post), kind="visit", at=DAY_ONE + timedelta(hours=1))
    line = GivenLine(1, CategoryFactory(), 1, Decimal(100), Decimal(0), Decimal(100))
    return record_order(
        source="pos", external_id="1", ordered_at=DAY_ONE + timedelta(days=1),
        store=StoreFactory(), phone=phone, lines=[line],
    )  # fmt: skip


def decision(order, version=2, shares=("0.5", "0.5"), **changes):
    """The rows of another decision about an order, by the shares of owner and seller."""
    held = order.attributions.filter(version=1).order_by("holder")
    for each, share in zip(held, shares, strict=True):
        each.pk, each.version, each.share = None, version, Decimal(share)
        for name, value in changes.items():
            setattr(each, name, value)
        yield each


def broken():
    return [name for name, right, _detail in checks() if not right]


def test_a_sale_elsewhere_is_shared_by_its_owner_and_its_seller(sold):
    rows = sold.attributions.values_list("holder", "store", "share", "sold_by", "signed_net")

    assert set(rows) == {
        (Holder.OWNER, sold.owned.store_id, Decimal("0.3"), SoldBy.OTHER, sold.net),
        (Holder.SELLER, sold.store_id, Decimal("0.7"), SoldBy.OTHER, sold.net),
    }
    assert broken() == []


def test_a_later_decision_supersedes_the_one_before_it(sold):
    Attribution.objects.bulk_create(decision(sold))

    assert sold.owned.share == Decimal("0.5")
    current = Attribution.objects.current()
    assert set(current.values_list("version", "share")) == {(2, Decimal("0.5"))}
    assert current.count() == 2
    assert Attribution.objects.count() == 4


@pytest.mark.parametrize(
    ("shares", "changes"),
    [
        pytest.param(("0.3", "0.6"), {}, id="not the whole"),
        pytest.param(("0.5", "0.6"), {}, id="more than the whole"),
        pytest.param(("0.3", "0.7"), {"version": 1}, id="the same decision again"),
        pytest.param(("0.3", "0.7"), {"version": 3}, id="nothing superseded"),
        pytest.param(("0.3", "0.7"), {"signed_net": 99}, id="another amount"),
        pytest.param(("0.3", "0.7"), {"quantity": 2}, id="another quantity"),
        pytest.param(("0.3", "0.7"), {"sold_by": SoldBy.OWN}, id="a seller at the own store"),
    ],
)
def test_the_database_refuses_a_decision_that_cannot_be(sold, shares, changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        Attribution.objects.bulk_create(decision(sold, shares=shares, **changes))


def test_the_rows_of_a_decision_come_together(sold):
    first, _second = decision(sold)

    with pytest.raises(IntegrityError), transaction.atomic():
        first.save()


def test_attributions_are_only_added(sold):
    for change in (
        lambda: Attribution.objects.update(share=1),
        lambda: Attribution.objects.all().delete(),
        lambda: connection.cursor().execute("TRUNCATE customers_attribution CASCADE"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_share_that_does_not_follow_from_the_facts_is_found(sold):
    Attribution.objects.bulk_create(decision(sold, shares=("0.4", "0.6")))

    assert broken() == ["shares follow from the first contact and the rulebook"]


def test_first_contact_is_due_by_the_rulebook_of_the_registration():
    RulebookFactory(first_contact_hours=48)
    shorter = {"starts_on": (DAY_ONE + timedelta(days=5)).date(), "first_contact_hours": 24}
    RulebookFactory(published_at=DAY_ONE - timedelta(days=1), **shorter)
    post, phone = MembershipFactory(), phone_number()
    customer = registered(post.store, phone=phone).customer
    record_activity(customer, by=Actor.of(post), kind="visit", at=DAY_ONE + timedelta(hours=30))

    line = GivenLine(1, CategoryFactory(), 1, Decimal(100), Decimal(0), Decimal(100))
    order = record_order(
        source="pos", external_id="1", ordered_at=DAY_ONE + timedelta(days=40),
        store=StoreFactory(), phone=phone, lines=[line],
    )  # fmt: skip

    assert order.owned.share == Decimal("0.3")
    assert broken() == []


def test_a_return_of_an_order_is_decided_as_the_order_is_now(sold):
    Attribution.objects.bulk_create(decision(sold))
    taken = GivenLine(1, CategoryFactory(), 1, Decimal(50), Decimal(0), Decimal(50), None, 1)

    back = record_order(
        source="pos", external_id="2", ordered_at=DAY_ONE + timedelta(days=2), store=sold.store,
        lines=[taken], returns=sold,
    )  # fmt: skip

    shares = dict(back.attributions.values_list("holder", "share"))
    assert shares == {Holder.OWNER: Decimal("0.5"), Holder.SELLER: Decimal("0.5")}
    assert {each.signed_net for each in back.attributions.all()} == {Decimal(-50)}
