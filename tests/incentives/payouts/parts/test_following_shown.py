"""Where people read what went with a return, and headquarters checks it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from dealers.actor import Actor
from incentives.disputes import timeline
from incentives.earnings import sheet
from incentives.earnings.overview import month_overview
from incentives.models import Adjustment
from incentives.statements.files import document, statement_csv
from tests.factories.incentives import FEBRUARY, JANUARY, MARCH, close_period, give_back
from tests.factories.parts import LARGE, at, raised

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def test_the_open_month_says_so_before_its_closing(client, owner, large, decides):
    made = raised(owner, large, decides)
    for net, day in (("333.33", 12), ("333.33", 13)):
        give_back(large.order, net, date(2026, 2, day), quantity=0)
    now = datetime(2026, 2, 20, 4, tzinfo=UTC)

    estimated = month_overview(owner.dealer, FEBRUARY, now)

    assert [(each.code, each.amount) for each in estimated.adjustments] == [
        (made.code, 20), ("", Decimal("-6.67")), ("", Decimal("-6.66")),
    ]  # fmt: skip
    client.force_login(owner.user)
    page = client.get(reverse("incentives:earnings-month", args=[FEBRUARY])).text
    assert f"the same part of adjustment {made.code} goes with it" in page
    rows = list(sheet.rows(owner.dealer, FEBRUARY, now, by=Actor.of(owner)))
    assert [row[11] for row in rows if row[1] == "Adjustment"] == [
        "confirmed", "estimated", "estimated",
    ]  # fmt: skip
    close_period(FEBRUARY)
    booked = month_overview(owner.dealer, FEBRUARY, now)
    assert [each.amount for each in booked.adjustments] == [
        each.amount for each in estimated.adjustments
    ]
    assert booked.total == estimated.total


def test_it_is_in_the_trend_of_a_month_that_waits_for_its_closing(owner, large, decides):
    raised(owner, large, decides)
    give_back(large.order, "1000.00", date(2026, 2, 12))
    now = datetime(2026, 3, 2, 4, tzinfo=UTC)

    february = month_overview(owner.dealer, FEBRUARY, now)

    assert february.total == -LARGE
    march = month_overview(owner.dealer, MARCH, now)
    assert dict(march.trend)[FEBRUARY] == february.total


def test_it_is_shown_where_it_is_looked_for(client, owner, large, decides):
    made = raised(owner, large, decides)
    dispute = large.dispute
    back = give_back(large.order, "1000.00", date(2026, 2, 12))
    february = close_period(FEBRUARY).statements.get()
    taken = Adjustment.objects.get(follows=made)
    client.force_login(owner.user)

    assert f",adjustment,{taken.code}," in statement_csv(february).decode()
    assert document(february, "en").startswith(b"%PDF")
    rows = list(sheet.rows(owner.dealer, FEBRUARY, at(), by=Actor.of(owner)))
    assert [row[10] for row in rows if row[5] == taken.code] == [-20]
    [standing] = timeline.of_dealer(owner.dealer, timezone.now())
    assert [each.code for each in standing.followed] == [taken.code]
    line = standing.followed[0].url
    assert str(back.pk) in line
    for address in (
        dispute.get_absolute_url(),
        line,
        reverse("incentives:line", args=[JANUARY, "plan.cross", str(large.order_id)]),
        reverse("incentives:statement", args=[FEBRUARY]),
        reverse("incentives:earnings-month", args=[FEBRUARY]),
    ):
        page = client.get(address)
        assert page.status_code == 200, address
        assert taken.code in page.text, address
    assert dispute.get_absolute_url() in client.get(line).text


def test_headquarters_sees_what_it_follows(client, owner, large, decides):
    made = raised(owner, large, decides)
    give_back(large.order, "1000.00", date(2026, 2, 12))
    close_period(FEBRUARY)
    taken = Adjustment.objects.get(follows=made)
    client.force_login(decides.user)

    page = client.get(reverse("admin:incentives_adjustment_change", args=[taken.pk])).text

    assert made.code in page
    assert large.dispute.code in page
    assert "Take it back by another adjustment" not in page
    about = reverse("admin:incentives_dispute_decide", args=[large.dispute.pk])
    assert taken.code in client.get(about).text


def test_the_command_says_so(owner, large, decides, capsys):
    raised(owner, large, decides)
    give_back(large.order, "1000.00", date(2026, 2, 12))
    close_period(FEBRUARY)

    call_command("recompute", "2026-02", "--check")

    assert "0 differences" in capsys.readouterr().out
