"""In the morning of their store people are told whom they have to follow up."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from customers.models import Ownership
from customers.portfolio import tell_of_follow_ups
from dealers.models import Notice
from tests.factories.customers import RulebookFactory, registered

TODAY = date(2026, 10, 23)
MORNING = datetime(2026, 10, 23, 8, 2, tzinfo=ZoneInfo("Asia/Shanghai"))

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def test_each_is_told_once_in_the_morning_how_many(clerk, manager, rival):
    RulebookFactory()
    for post, days in ((clerk, 0), (clerk, -3), (clerk, 1), (rival, 0)):
        made = registered(post.store, staff=post.user, at=MORNING - timedelta(days=5))
        Ownership.objects.filter(pk=made.ownership_id).update(
            follow_up_on=TODAY + timedelta(days=days)
        )
    assert tell_of_follow_ups(MORNING - timedelta(hours=1)) == 0
    assert tell_of_follow_ups(MORNING + timedelta(hours=4)) == 0
    for minutes in (0, 30, 60):
        tell_of_follow_ups(MORNING + timedelta(minutes=minutes))
    told = Notice.objects.of(clerk.user).get()
    assert told.title == f"Customers to follow up today, {clerk.store.name}: 2"
    assert told.to == "/customers/?view=followup"
    assert Notice.objects.of(rival.user).count() == 1
    assert not Notice.objects.of(manager.user).exists()
