"""Money in dispute shows as held on the pages of earnings, with its case, and nothing else does."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.cases import opening
from dealers.actor import Actor
from incentives.earnings.held import of_month
from incentives.earnings.results import source_of
from tests.customers.cases.test_cases import Dispute
from tests.factories.customers import RulebookFactory
from tests.factories.incentives import percent, published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def test_a_line_in_dispute_shows_its_case_until_that_is_closed(login):
    RulebookFactory()
    published(percent(places=["own", "online"]))
    dispute, now = Dispute(), timezone.now()
    dispute.sell(None, "S1", at=now - timedelta(hours=2))
    dispute.sell(dispute.a, "S2", at=dispute.claim.received_at - timedelta(days=1))
    month = timezone.localdate().replace(day=1)
    page = reverse("incentives:earnings-month", args=[month])
    client = login(dispute.owner_a)
    assert "in dispute" not in client.get(page).text.lower()

    case = opening.claim(dispute.claim, story="Ours.", by=Actor.of(dispute.owner_b), at=now)
    shown = client.get(page)
    assert f"in dispute until case {case.code}" in shown.text
    assert shown.text.count("In dispute: case") == 1
    found = of_month(dispute.a.dealer, month, source_of(dispute.a.dealer, month, now))
    assert [(each.code, each.count) for each in found] == [(case.code, 1)]
    assert found[0].amount > Decimal(0)
    line = next(it["url"] if isinstance(it, dict) else it.url for it in shown.context["lines"])
    assert f"In dispute: case {case.code}" in client.get(line).text
