"""Rows that others name without a foreign key are not deleted, by whatever statement."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from dealers.walls import check, roles
from incentives.models import ENGINE, Board, Component, Length, Metric, RateRow, Result, Run, Unit
from tests.factories.dealers import RegionFactory
from tests.factories.incentives import JANUARY, drafted, percent

pytestmark = pytest.mark.django_db


def deleted(table, row) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id = %s", [row.pk])
        return cursor.rowcount


def is_kept(table, row, by) -> None:
    with pytest.raises(IntegrityError) as problem, transaction.atomic():
        deleted(table, row)
    assert problem.value.__cause__.diag.constraint_name == by


@pytest.fixture
def board(db):
    return Board.objects.create(
        length=Length.MONTH, starts_on=date(2026, 1, 1), metric=Metric.NET_SALES, unit=Unit.REGION
    )


def test_a_region_on_a_board_is_kept(board):
    region, other = RegionFactory(), RegionFactory()
    board.rankings.create(cohort="all", region=region, value=1, of=2)
    with check.as_role(roles.HQ):
        is_kept("dealers_region", region, "region_on_a_board_is_kept")
        assert deleted("dealers_region", other) == 1


def test_a_board_that_has_places_is_kept_before_it_is_frozen(board):
    assert board.frozen_at is None
    empty = Board.objects.create(
        length=Length.MONTH, starts_on=date(2026, 2, 1), metric=Metric.NET_SALES, unit=Unit.REGION
    )
    board.rankings.create(cohort="all", region=RegionFactory(), value=1, of=2)
    with check.as_role(roles.HQ):
        is_kept("incentives_board", board, "board_with_places_is_kept")
        assert deleted("incentives_board", empty) == 1


def test_a_component_that_has_results_is_kept_in_a_draft(clerk):
    draft = drafted(percent(), percent(code="other"))
    named, free = Component.objects.filter(version=draft).order_by("pk")
    with check.as_role(roles.HQ):
        RateRow.objects.all().delete()
        run = Run.objects.create(
            month=JANUARY, known_until=timezone.now(), inputs_hash="x", engine=ENGINE
        )
        Result.objects.create(
            run=run, component=named, dealer=clerk.dealer, for_month=JANUARY, count=0,
            base=Decimal(0), uncapped=Decimal(0), amount=Decimal(0),
        )  # fmt: skip
        is_kept("incentives_component", named, "component_with_results_is_kept")
        assert deleted("incentives_component", free) == 1
