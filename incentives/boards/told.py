"""What stories of benchmark stores may tell of boards: places as they were frozen."""

from datetime import datetime
from decimal import Decimal
from typing import cast

from django.utils.translation import gettext_noop

from dealers import sayings
from dealers.months import hq_day
from dealers.words import count, money, percent
from incentives.boards import standing, times
from incentives.boards.metrics import FIGURES
from incentives.models import Metric, Program, Ranking, Unit
from training.benchmarks import Result

MOST = 60  # places, the newest first
OF_STORES = gettext_noop(
    "%(figure)s, %(time)s: %(value)s, place %(rank)s of %(of)s on the board of stores,"
    " frozen on %(day)s"
)
OF_DEALERS = gettext_noop(
    "%(figure)s, %(time)s: %(value)s, place %(rank)s of %(of)s on the board of dealers,"
    " frozen on %(day)s"
)


def results(dealer: int, store: int | None) -> list[Result]:
    """The places of a store, or of a dealer itself, that a story may tell of.

    None of what is the owner's alone, and none among fewer than are ever shown.
    """
    told = [figure.metric for figure in FIGURES.values() if not figure.private]
    places = (
        Ranking.objects.filter(dealer=dealer, store=store, post=None, rank__isnull=False)
        .filter(board__frozen_at__isnull=False, board__metric__in=told, of__gte=standing.FEWEST)
        .filter(board__unit=Unit.DEALER if store is None else Unit.STORE)
        .select_related("board")
        .order_by("-board__starts_on", "board__length", "board__metric", "pk")[:MOST]
    )
    return [_result(place) for place in places]


def _result(place: Ranking) -> Result:
    board = place.board
    figure = FIGURES[Metric(board.metric)]
    sentence = OF_DEALERS if board.unit == Unit.DEALER else OF_STORES
    frozen = hq_day(cast(datetime, board.frozen_at)).isoformat()
    return Result(
        ranking=place.pk,
        metric=board.metric,
        length=board.length,
        starts_on=board.starts_on,
        value=place.value,
        rank=place.rank or 0,
        of=place.of,
        source=sayings.kept(
            sentence,
            figure=[sayings.untranslated(lambda: str(Metric(board.metric).label))],
            time=[times.key(board.length, board.starts_on)],
            value=[_value(figure.kind, place.value)],
            rank=[str(place.rank)],
            of=[str(place.of)],
            day=[frozen],
        ),
    )


def _value(kind: str, value: Decimal) -> str:
    """A value as pages write it, in every language alike."""
    if kind == "money":
        return sayings.untranslated(lambda: money(value, Program.current().currency))
    return percent(value, 1) if kind == "share" else count(value)
