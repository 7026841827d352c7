"""An owner reads which gate was closed, and what opens it; a clerk is promised nothing of it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from incentives.earnings import promised
from incentives.models import OpenLine
from tests.factories.agreements import signed_at
from tests.factories.certificates import certified
from tests.factories.customers import RulebookFactory, registered
from tests.factories.incentives import (
    JANUARY,
    close_period,
    give_back,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
    tiers,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

NOBODY = (
    "It is paid only while somebody who works for you holds a valid certificate, and at the moment"
    " of this sale nobody did."
)
PASSES = "From the moment on at which one of you passes a course, this is paid."


@pytest.fixture
def customer(store):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(
        percent("0.03", places=["own"], code="own", gates=["certified"]),
        tiers(code="tiers", gates=["agreement_signed"]),
        per_registration(gates=["data_complete", "agreement_signed"]),
    )
    return owned_customer(store)


def test_the_page_of_an_order_says_which_gate_was_closed_and_opens_it(login, owner, customer):
    sold = sale(customer, "1000.00", date(2026, 1, 10))
    close_period(JANUARY)

    page = login(owner).get(reverse("incentives:order", args=[sold.pk]))

    assert "Why nothing for this order" in page.text
    for words in (
        NOBODY,
        PASSES,
        "It is paid only once the agreement is signed, and at the moment of this sale no owner of"
        " yours had signed it.",
        "From the moment on at which you sign the agreement, this is paid.",
    ):
        assert words in page.text
    for there in ("training:home", "dealers:agreement"):
        assert f'href="{reverse(there)}"' in page.text
        assert login(owner).get(reverse(there)).status_code == 200


def test_a_version_that_is_asked_for_is_named_with_the_remedy(login, owner, store):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    asked = {"gates": ["agreement_signed"], "agreement_from": date(2026, 1, 5)}
    published(percent("0.03", places=["own"], code="own", **asked), per_registration(**asked))
    customer = owned_customer(store)
    signed_at(store.dealer, datetime(2026, 1, 2, tzinfo=UTC), JANUARY)
    sold = sale(customer, "1000.00", date(2026, 1, 10))
    close_period(JANUARY)

    order = login(owner).get(reverse("incentives:order", args=[sold.pk])).text
    line = login(owner).get(f"/earnings/2026-01/lines/own/{sold.pk}/").text
    registration = login(owner).get(f"/earnings/2026-01/lines/registered/{customer.receipt}/").text

    for page, what in ((order, "sale"), (line, "sale"), (registration, "registration")):
        assert (
            "It is paid only once the agreement that applies from 5 Jan 2026, or a later version,"
            f" is signed, and at the moment of this {what} no owner of yours had signed it."
        ) in page
        assert (
            "From the moment on at which you sign the agreement that applies from 5 Jan 2026, or"
            " a later version, this is paid."
        ) in page
    assert "That version of the agreement not signed by then" in line


def test_a_clerk_is_promised_what_the_version_that_is_signed_leaves(store, clerk):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    asked = {"gates": ["agreement_signed"]}
    published(
        per_registration("15.00", code="a", agreement_from=date(2026, 1, 5), **asked),
        per_registration("2.00", code="b", **asked),
    )
    signed_at(store.dealer, datetime(2026, 1, 2, tzinfo=UTC), JANUARY)
    made = registered(store, at=timezone.now(), staff=clerk.user)
    assert promised.for_registration(made).amount == Decimal("2.00")
    signed_at(store.dealer, datetime(2026, 1, 6, tzinfo=UTC), date(2026, 1, 5))
    assert promised.for_registration(made).amount == Decimal("17.00")


def test_what_names_no_product_leads_to_the_files_that_may(login, owner, store):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(percent("0.03", places=["own"], code="own", gates=["data_complete"]))
    sold = sale(owned_customer(store), "1000.00", date(2026, 1, 10))
    close_period(JANUARY)

    page = login(owner).get(reverse("incentives:order", args=[sold.pk]))

    assert "this one has a line that names no product." in page.text
    assert "In files that is the column product." in page.text


def test_a_line_says_so_in_its_sentence_its_arithmetic_and_its_state(login, owner, customer):
    sold = sale(customer, "1000.00", date(2026, 1, 10))
    close_period(JANUARY)

    page = login(owner).get(f"/earnings/2026-01/lines/own/{sold.pk}/")

    assert page.status_code == 200
    assert [(step.operator, step.value) for step in page.context["explanation"].steps] == [
        ("", "CNY\u00a01,000.00"),
        ("×", "3%"),
        ("×", "0"),
        ("=", "CNY\u00a00.00"),
    ]
    assert page.context["state"].state.label == "Not paid"
    assert page.context["state"].why == NOBODY
    assert "Nobody certified at that moment" in page.text
    assert page.text.count(PASSES) == 1
    listed = login(owner).get("/earnings/2026-01/")
    assert '<span class="tag">Not paid</span>' in listed.text


def test_what_comes_back_of_it_takes_nothing(login, owner, customer):
    sold = sale(customer, "1000.00", date(2026, 1, 10))
    back = give_back(sold, "400.00", date(2026, 1, 12))
    close_period(JANUARY)

    page = login(owner).get(f"/earnings/2026-01/lines/own/{back.pk}/")
    assert page.context["explanation"].steps[-1].value == "CNY\u00a00.00"
    assert login(owner).get(reverse("incentives:order", args=[back.pk])).status_code == 200


def test_a_registration_behind_a_gate_says_so(login, owner, customer, store):
    close_period(JANUARY)
    page = login(owner).get(f"/earnings/2026-01/lines/registered/{customer.receipt}/")
    assert page.status_code == 200
    assert "It is paid only" in page.context["explanation"].sentence
    assert page.context["line"].amount == 0


def test_what_would_be_charged_is_not_called_paid(login, owner, store):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(
        percent("0.03", places=["own"], code="fee", gates=["certified"]),
        code="fees", direction="dealer_pays",
    )  # fmt: skip
    sold = sale(owned_customer(store), "1000.00", date(2026, 1, 10))
    close_period(JANUARY)

    order = login(owner).get(reverse("incentives:order", args=[sold.pk]))
    line = login(owner).get(f"/earnings/2026-01/lines/fee/{sold.pk}/")

    for page in (order, line):
        assert "Nothing is charged for it. Nobody certified at that moment." in page.text
        assert "this is paid" not in page.text
        assert "Not paid" not in page.text


def test_it_reads_in_chinese(login, owner, customer, settings):
    settings.LANGUAGE_CODE = "zh-hans"
    sold = sale(customer, "1000.00", date(2026, 1, 10))
    page = login(owner).get(
        reverse("incentives:order", args=[sold.pk]), headers={"accept-language": "zh-hans"}
    )
    assert "你们的在岗人员中有人持有有效证书时才计；这笔成交时没有人持有。" in page.text
    assert "去看课程" in page.text


def test_a_running_month_is_estimated_with_its_gates(login, owner, customer):
    sold = sale(customer, "1000.00", timezone.localdate())
    page = login(owner).get(reverse("incentives:order", args=[sold.pk]))
    assert NOBODY in page.text
    assert OpenLine.objects.get(order=sold, amount__isnull=False).closed_gate == "certified"


def test_a_clerk_is_promised_what_the_gates_leave(login, clerk, store):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    published(
        per_registration("15.00", gates=["certified"], code="a"),
        per_registration("2.00", code="b"),
    )  # fmt: skip
    made = registered(store, at=timezone.now(), staff=clerk.user)
    assert promised.for_registration(made).amount == Decimal("2.00")
    page = login(clerk).get(reverse("customers:receipt", args=[made.receipt]))
    assert "2.00" in page.text
    assert "17.00" not in page.text

    certified(clerk, timezone.now())

    made = registered(store, at=timezone.now(), staff=clerk.user)
    assert promised.for_registration(made).amount == Decimal("17.00")
    page = login(clerk).get(reverse("customers:receipt", args=[made.receipt]))
    assert "17.00" in page.text
