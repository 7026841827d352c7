"""A file of today is answered as the counter answers: by what time and dispatch have done."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from customers.cases import opening
from customers.dispatch import leads, offers
from customers.models import (
    Act,
    ActKind,
    Answer,
    Attribution,
    ConfirmedBy,
    Lead,
    LeadSource,
    Ownership,
    PageEntry,
    Registration,
    Rule,
    VoidReason,
    Waiting,
)
from customers.orders.recording import GivenLine, record_order
from customers.ownership import confirming, line, passing, retrace, voids
from customers.rights import pages
from dealers.actor import Actor
from dealers.keys import envelopes
from tests.customers.bulk.files import COLUMNS, order, write
from tests.factories.customers import (
    CategoryFactory,
    RulebookFactory,
    phone_number,
    registered,
    unconfirmed,
)
from tests.factories.dealers import MembershipFactory, StoreFactory, UserFactory

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
HEADER = "external_id,store_code,phone,name,registered_at,source,consent_service,consent_marketing"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def numbers(store):
    """Three who were to be let go yesterday, the second with somebody in line, the third in a case,
    and one offered.
    """
    RulebookFactory(release_after_days=7)
    now = timezone.now()
    free, waited, disputed, offered = (phone_number() for _ in range(4))
    registered(store, phone=free, at=now - 8 * DAY)
    registered(store, phone=waited, at=now - 8 * DAY)
    post = MembershipFactory()
    made = registered(post.store, phone=waited, at=now - 2 * DAY)
    line.stand(made, by=Actor.of(post), at=now - 2 * DAY)
    registered(store, phone=disputed, at=now - 8 * DAY)
    claimed = registered(post.store, phone=disputed, at=now - 2 * DAY)
    opening.claim(claimed, story="She came to us.", by=Actor.of(post), at=now - 2 * DAY)
    lead = Lead(source=LeadSource.HQ, wish="Water filter", region=store.dealer.region)
    by = Actor.hq(UserFactory(is_staff=True))
    lead = leads.receive(lead, phone=offered, name="吴", consent=True, by=by, at=now)
    offers.offer(lead.pk, now)
    return free, waited, disputed, offered


def at_the_counter(place, numbers, tmp_path):
    return [registered(place, phone=each, at=timezone.now()) for each in numbers]


def from_a_file(place, numbers, tmp_path):
    rows = [f"{n},{place.code},{each},,{timezone.now().isoformat()},fair,yes,no"
            for n, each in enumerate(numbers)]  # fmt: skip
    path = tmp_path / "registrations.csv"
    path.write_text("\n".join([HEADER, *rows]))
    call_command("import_registrations", path)
    return [Registration.objects.get(key=f"import:{n}") for n in range(len(numbers))]


@pytest.fixture
def of_every_channel(store):
    """Numbers of customers whom a store has by its page, by a code that came later, and by leads;
    the last of these nobody called in time.
    """
    RulebookFactory()
    now, post = timezone.now(), MembershipFactory(store=store)
    by, found = Actor.of(post), [phone_number() for _ in range(5)]
    left_on_the_page(store, found[0], now - 2 * DAY)
    unconfirmed(post, phone=found[1], at=now - 2 * DAY)
    left_on_the_page(store, found[1], now - DAY)  # confirms what waited
    waiting = unconfirmed(post, phone=found[2], at=now - 2 * DAY)
    confirming.answer(waiting.pk, ConfirmedBy.CODE, at=now - DAY)
    for phone, at in ((found[3], now - MINUTE), (found[4], now - 2 * DAY)):
        lead = Lead(source=LeadSource.PAGE, wish="Water filter", region=store.dealer.region)
        page = Actor.worker("campaign page")
        with transaction.atomic():  # the worker comes after the commit
            lead = leads.receive(lead, phone=phone, name="吴", consent=True, by=page, at=at)
            offers.accept(offers.offer(lead.pk, at), by=by, at=at)
    return found


def left_on_the_page(store, phone, at):
    """Somebody proved their number on the store's page."""
    pk, told = uuid4(), {"phone": f"+86{phone}", "name": ""}
    PageEntry.objects.create(
        pk=pk, store=store, contact=envelopes.seal_for(pk, envelopes.PAGES, told),
        evidence="code x", received_at=at,
    )  # fmt: skip
    return pages.answer(pk, at)


@pytest.mark.parametrize("way", [at_the_counter, from_a_file])
def test_customers_of_every_channel_are_known_alike(way, store, of_every_channel, tmp_path):
    made = way(StoreFactory(), of_every_channel, tmp_path)

    assert [(each.answer, each.rule) for each in made] == [
        *[(Answer.PROTECTED, Rule.R3)] * 4,
        (Answer.YOURS, Rule.R6),
    ]
    channels = set(Ownership.objects.filter(store=store).values_list("channel", flat=True))
    assert channels == {"page", "confirmed", "dispatch"}
    assert list(retrace.broken()) == []


@pytest.mark.parametrize("way", [at_the_counter, from_a_file])
def test_the_stores_own_of_every_channel_are_visits(way, store, of_every_channel, tmp_path):
    made = way(store, of_every_channel[:4], tmp_path)
    assert {(each.answer, each.rule) for each in made} == {(Answer.YOURS_ALREADY, Rule.R1)}
    assert len({each.ownership.protected_until for each in made}) == 1  # renewed today


@pytest.mark.parametrize("way", [at_the_counter, from_a_file])
def test_what_time_and_dispatch_have_done_comes_first(way, store, numbers, tmp_path):
    made = way(StoreFactory(), numbers, tmp_path)

    assert [(each.answer, each.rule) for each in made] == [
        (Answer.YOURS, Rule.R6),
        (Answer.PROTECTED, Rule.R3),
        (Answer.PROTECTED, Rule.R3),
        (Answer.HELD, Rule.R4),
    ]
    kinds = sorted(Act.objects.values_list("kind", flat=True))
    assert kinds == [*[ActKind.LET_GO] * 3, ActKind.SERVED]


def test_whom_a_file_brings_nobody_of_the_dealer_waits_for_any_longer(store, owner, tmp_path):
    RulebookFactory(store_cap=1)
    now, phone = timezone.now(), phone_number()
    first = registered(store, at=now - 3 * MINUTE)
    second = registered(store, phone=phone, at=now - 2 * MINUTE)
    assert second.answer == Answer.WAITING
    line.stand(second, by=Actor.of(owner), at=now - MINUTE)
    voids.void(first, reason=VoidReason.TRIED, by=Actor.of(owner), at=now)

    (made,) = from_a_file(store, [phone], tmp_path)

    assert made.ownership == Ownership.objects.running(timezone.now()).get()
    assert list(Waiting.objects.open()) == []


def sold_at_the_counter(store, phone, at, tmp_path):
    amounts = [Decimal(amount) for amount in ("110.00", "10.00", "100.00")]
    record_order(
        source="pos", external_id="O1", ordered_at=at, store=store, phone=phone,
        lines=[GivenLine(1, CategoryFactory(code="DOORS"), 2, *amounts)], told_at=timezone.now(),
    )  # fmt: skip


def sold_from_a_file(store, phone, at, tmp_path):
    sale = order(place=store.code, phone=phone, ordered_at=at.isoformat())
    call_command("import_orders", write(tmp_path / "orders.csv", COLUMNS, [sale]))


@pytest.mark.parametrize("job", [True, False])
@pytest.mark.parametrize("way", [sold_at_the_counter, sold_from_a_file])
def test_a_sale_told_after_the_customer_was_let_go_counts_and_keeps_nobody(
    way, job, store, tmp_path
):
    """Whether the job came in between, or not."""
    RulebookFactory(release_after_days=7)
    now, phone = timezone.now(), phone_number()
    owned = registered(store, phone=phone, at=now - 8 * DAY).ownership
    if job:
        passing.let_time_pass(now)

    way(store, phone, now - 2 * DAY, tmp_path)

    owned.refresh_from_db()
    assert owned.period.upper == owned.release_at
    assert Attribution.objects.get().dealer == store.dealer
    assert Act.objects.get().kind == ActKind.LET_GO
