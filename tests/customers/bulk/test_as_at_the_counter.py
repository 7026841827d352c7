"""A file of today is answered as the counter answers: by what time and dispatch have done."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from customers.cases import opening
from customers.dispatch import leads, offers
from customers.models import (
    Act,
    ActKind,
    Answer,
    Lead,
    LeadSource,
    Ownership,
    Registration,
    Rule,
    VoidReason,
    Waiting,
)
from customers.ownership import line, voids
from dealers.actor import Actor
from tests.factories.customers import RulebookFactory, phone_number, registered
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
