"""A published version and its parts stay as they are, also for who comes at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from dealers.actor import Actor
from dealers.publication import PublicationRefused
from incentives.models import Component, PlanVersion, RateRow
from incentives.plans import versions

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TERMS = {
    "code": "sales",
    "name": "销售",
    "starts_on": date(2026, 1, 1),
    "components": [
        {"code": "own", "event": "paid_sale", "kind": "percent", "rows": [(0, Decimal("0.02"))]}
    ],
}


def draft():
    return versions.create_plan(TERMS, by=Actor.worker("tests"), at=NOW)


def publish(version):
    return versions.publish(version, by=Actor.worker("tests"), at=NOW)


def add_component(version):
    Component.objects.create(version=version, code="more", event="paid_sale", kind="percent")


def add_row(version):
    component = Component.objects.get(version=version)
    RateRow.objects.create(component=component, starts_at=100, rate=Decimal("0.03"))


def take_row(version):
    RateRow.objects.filter(component__version=version).delete()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [add_component, add_row, take_row])
def test_a_part_that_comes_beside_a_publication_waits_and_is_refused(change):
    version = draft()

    def changed():
        try:
            change(version)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            publish(version)
            waiting = pool.submit(changed)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        with pytest.raises(DatabaseError, match="never changes"):
            waiting.result(timeout=10)
    assert RateRow.objects.filter(component__version=version).count() == 1


@pytest.mark.django_db
def test_a_draft_is_published_once():
    version = publish(draft())
    assert version.tested_at == version.approved_at == version.published_at == NOW
    with pytest.raises(PublicationRefused):
        publish(version)


@pytest.mark.django_db
def test_an_open_end_is_set_once_and_nothing_else_changes():
    version = publish(draft())
    rows = PlanVersion.objects.filter(pk=version.pk)
    rows.update(ends_on=date(2026, 7, 1))
    for change in (
        {"ends_on": date(2026, 8, 1)}, {"ends_on": None}, {"number": 9},
        {"starts_on": date(2026, 2, 1)}, {"approved_by": None, "approved_at": NOW.replace(day=2)},
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError, match=r"never changes|Cannot delete"), transaction.atomic():
        rows.delete()
