"""Pages of rewards: the rules in sentences, how one stands, and what was given."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dealers.months import first_day, next_month
from incentives.models import Metric, RewardKind, RewardProgram, Unit
from incentives.rewards import computing
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import (
    MembershipFactory,
    OwnerFactory,
    RegionalManagerFactory,
    StoreFactory,
)
from tests.factories.rewards import drafted, promised

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def this_month():
    return first_day(timezone.localdate())


def page(client, *args) -> str:
    name = "reward" if args else "rewards"
    answer = client.get(reverse(f"incentives:{name}", args=args))
    assert answer.status_code == 200
    return answer.text


def test_nothing_is_promised(login):
    assert "No reward is promised at the moment" in page(login(OwnerFactory().user))


def test_a_draft_is_shown_to_nobody(login):
    drafted()
    client = login(OwnerFactory().user)
    assert "Stars" not in page(client)
    assert client.get(reverse("incentives:reward", args=["stars"])).status_code == 404


def test_the_rules_in_sentences_before_it_starts(login):
    promised(starts_on=next_month(next_month(this_month())), at=timezone.now())
    owner = OwnerFactory()
    StoreFactory(dealer=owner.dealer)
    client = login(owner.user)
    assert "Stars of sales" in page(client)
    text = page(client, "stars")
    assert "The first 3 places of each cohort." in text
    assert "It starts on" in text


def test_how_one_stands_while_it_runs_is_an_estimate(login):
    RulebookFactory(starts_on=this_month().replace(year=2025))
    owner = OwnerFactory()
    store = StoreFactory(dealer=owner.dealer)
    for _each in range(3):
        registered(store, at=timezone.now())
    promised(
        kind=RewardKind.THRESHOLD, metric=Metric.REGISTRATIONS, places=None, goal=3,
        amounts=[Decimal(50)], starts_on=this_month(),
    )  # fmt: skip

    text = page(login(owner.user), "stars")

    assert "would give CNY\u00a050.00, before the budget" in text
    assert store.name in text


@pytest.mark.parametrize(("count", "shown"), [(4, False), (5, True)])
def test_beside_fewer_than_five_nobody_reads_a_place(login, count, shown):
    RulebookFactory(starts_on=this_month().replace(year=2025))
    owner = OwnerFactory()
    for store in [StoreFactory(dealer=owner.dealer), *StoreFactory.create_batch(count - 1)]:
        registered(store, at=timezone.now())
    promised(
        kind=RewardKind.THRESHOLD, metric=Metric.REGISTRATIONS, places=None, goal=3,
        amounts=[Decimal(50)], starts_on=this_month(),
    )  # fmt: skip

    text = page(login(owner.user), "stars")

    assert "would give nothing yet" in text
    assert (f"place 1 of {count}" in text) is shown


def test_when_dealers_came_to_a_figure_is_read_once_for_all_who_open_the_page(db):
    program = promised(
        kind=RewardKind.FIRST, metric=Metric.REGISTRATIONS, unit=Unit.DEALER, goal=3,
        starts_on=this_month(),
    )  # fmt: skip
    board = computing.board_of(program, program.starts_on)
    with CaptureQueriesContext(connection) as asked:
        for _each in range(2):
            computing.of_cohort(program, board, "all", timezone.localdate())
    assert sum("AS running" in each["sql"] for each in asked) == 1


@pytest.mark.parametrize("role", ["associate", "store_manager"])
def test_people_of_a_store_read_it_too(login, role):
    promised(starts_on=this_month())
    assert "How this is computed" in page(login(MembershipFactory(role=role).user), "stars")


def test_a_regional_manager_reads_by_what_the_region_is_rewarded(login):
    promised(kind=RewardKind.LIFT, unit=Unit.REGION, places=None, goal=5, amounts=[Decimal(800)],
             starts_on=this_month())  # fmt: skip
    text = page(login(RegionalManagerFactory().user), "stars")
    assert "the growth of all other regions together is taken off" in text
    assert "would give nothing yet" in text


def test_headquarters_writes_and_publishes_it_with_a_second_person(login, hq):
    client = login(hq)
    starts = next_month(next_month(this_month()))
    typed = {
        "code": "stars", "name": "之星", "name_en": "Stars", "metric": "net_sales", "unit": "store",
        "length": "month", "starts_on": starts.isoformat(), "periods": 1, "cohort": "",
        "kind": "top", "places": 3, "goal": "", "least": 30, "amounts": "3000，2000, 1000",
        "budget": "6000", "badge": "之星", "badge_en": "Star", "notice_days": 7,
    }  # fmt: skip
    refused = client.post(reverse("admin:incentives_rewardprogram_add"), typed | {"places": ""})
    assert "Say how many places there are" in refused.text
    client.post(reverse("admin:incentives_rewardprogram_add"), typed)
    draft = RewardProgram.objects.get()
    assert draft.amounts == [3000, 2000, 1000]
    assert draft.drafted_at <= datetime.now(UTC)
    address = reverse("admin:incentives_rewardprogram_publish", args=[draft.pk])
    assert "The first 3 places of each cohort." in client.get(address).text
