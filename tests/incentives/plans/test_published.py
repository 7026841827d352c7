"""Whoever edits what was published shows: it stands hashed in what was decided by it."""

import hashlib
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.urls import reverse

from customers.models import Rulebook
from customers.models.rulebooks import SETTINGS
from dealers.models import Export
from dealers.publication import MOMENTS
from dealers.receipts import verify_receipt
from dealers.tasks import keep_chains, write_chain
from dealers.triggers import lifted
from incentives.models import Component, PlanVersion, RateRow
from incentives.plans import published as words
from tests.factories.customers import RulebookFactory, registered
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rulebook(db):
    long_ago = datetime(2025, 1, 1, tzinfo=UTC)
    return RulebookFactory(starts_on=long_ago.date(), published_at=long_ago)


@pytest.fixture
def plan(store):
    """Of a month that is closed, with a statement."""
    version = published(
        percent("0.05", code="sales", places=["own"]), per_registration(), name="下半年方案"
    )
    sale(owned_customer(store), "3500.00", date(2026, 1, 10))
    close_period(JANUARY)
    return version


def line(sort):
    (found,) = (it for it in words.lines() if it.startswith(f"portal-terms/1 {sort} "))
    return found


def checked(client, terms=None):
    """What the program says to what an owner takes away now, with ``terms`` kept from earlier."""
    keep_chains()
    client.post(reverse("dealers:take-chain"))
    taken = Export.objects.latest("asked_at")
    write_chain(str(taken.pk))
    chain = client.get(reverse("dealers:export-file", args=[taken.pk]))
    if terms is None:
        terms = client.get(reverse("incentives:published-terms")).content
    return verify_receipt.check(
        {
            "chain.csv": chain.getvalue(),
            "receipts.txt": client.get(reverse("dealers:proof-receipts")).content,
            "terms.txt": terms,
        }
    )


def said(findings):
    return "\n".join(english for _chinese, english in findings)


def test_what_is_published_fits_the_chain(store, owner, login, plan):
    report = checked(login(owner))

    assert report.verdict == verify_receipt.PROVEN, verify_receipt.told(report)
    assert "2 rulebooks, plans and agreements are those that the chain goes by" in said(
        report.notes
    )


def test_a_rulebook_edited_afterwards_does_not_fit(store, owner, login, rulebook):
    registered(store)
    client = login(owner)
    kept = client.get(reverse("incentives:published-terms")).content
    with lifted(Rulebook):
        Rulebook.objects.update(owner_share="0.2")

    report = checked(client)

    assert f"The rulebook {rulebook.pk} in the files is not the one" in said(report.wrong)
    assert checked(client, kept).verdict == verify_receipt.PROVEN


def test_a_rulebook_edited_in_between_shows_without_any_file(store, owner, login, rulebook):
    registered(store)
    with lifted(Rulebook):
        Rulebook.objects.update(protection_days=60)
    registered(store)

    report = checked(login(owner), terms=b"")

    assert f"The rulebook {rulebook.pk} was changed between place 1 and place 2" in said(
        report.wrong
    )


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (RateRow, {"rate": "0.04"}),
        (Component, {"places": ["sister"]}),
        (Component, {"gates": ["certified"]}),
        (Component, {"of_leads": True}),
        (Component, {"gates": ["agreement_signed"], "agreement_from": JANUARY}),
    ],
)
def test_a_plan_edited_afterwards_does_not_fit(owner, login, plan, model, change):
    client = login(owner)
    keep_chains()
    first = model.objects.order_by("pk").first()
    with lifted(model):
        model.objects.filter(pk=first.pk).update(**change)

    report = checked(client)

    assert f"The version of a plan {plan.pk} in the files is not the one" in said(report.wrong)


def test_its_end_and_the_texts_about_it_may_change(plan):
    before = line("plan")
    with lifted(PlanVersion):
        PlanVersion.objects.update(ends_on=date(2027, 1, 1))
    plan.plan.text = "更清楚的说明"
    plan.plan.save()

    assert line("plan") == before


def test_the_same_is_said_whatever_a_session_asks_for(plan, store):
    before = list(words.lines())
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL timezone = 'America/St_Johns'; SET LOCAL datestyle = 'German';"
            " SET LOCAL extra_float_digits = 0"
        )
        after = list(words.lines())
        cursor.execute("SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'")

    assert after == before


def test_the_words_of_today_stay_those_of_tomorrow(rulebook):
    """A kept file of terms fits for ever: another form would call every rulebook a changed one."""
    with lifted(Rulebook):
        Rulebook.objects.update(name="规则", starts_on=date(2026, 1, 1), warning_days=[14, 3])
    given = line("rulebook").split(" ", 3)[3]

    assert hashlib.sha256(given.encode()).hexdigest() == (
        "60f7ae7e9a569dad898b1e652b7a8980375ecab9e1561f0a4ef5a59507d6f34d"
    )


def test_each_setting_is_said():
    steps = {*MOMENTS, *(f"{at.removesuffix('_at')}_by_id" for at in MOMENTS)}
    fields = {it.column for it in Rulebook._meta.concrete_fields}
    assert fields - steps - {"id"} == set(SETTINGS)
    told = words.plan_words_sql("v")
    for model, unsaid in ((Component, {"id", "version_id"}), (RateRow, {"id", "component_id"})):
        for column in {it.column for it in model._meta.concrete_fields} - unsaid:
            assert column in told


def test_only_an_owner_takes_them(manager, login):
    assert login(manager).get(reverse("incentives:published-terms")).status_code == 404
