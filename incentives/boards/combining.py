"""Writing the places of combined boards down, and reading the few next to one's own.

They are worked out in the database, of the places on file of their figures: the same that
``combined.Worked`` says of one unit, for all of them. What is worked out of frozen boards stays,
as they do.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from dealers.actor import acting
from incentives.boards import places
from incentives.boards.around import BESIDE, FIRST, Around
from incentives.boards.metrics import FIGURES
from incentives.boards.ranked import Place
from incentives.boards.standing import FEWEST
from incentives.models import Board, CombinedBoard, CombinedCount, Metric, Unit

LEAST = 50  # percent of the weights: who has fewer figures that count has no place
_TABLE = "incentives_combinedplace"
type Boards = Mapping[Metric, Board]


def find(combined: CombinedBoard, length: str, boards: Boards) -> CombinedCount | None:
    """Whether the places of a combined board are on file for the time of its ``boards``.

    Those that were worked out while one of them ran are not those of frozen ones.
    """
    starts_on = next(iter(boards.values())).starts_on
    found = CombinedCount.objects.filter(
        combined=combined, length=length, starts_on=starts_on
    ).first()
    frozen = [board.frozen_at for board in boards.values()]
    known = [moment for moment in frozen if moment is not None]
    if found is not None and len(known) == len(frozen) and found.counted_at < max(known):
        return None
    return found


@transaction.atomic
def write(
    combined: CombinedBoard,
    length: str,
    boards: Boards,
    at: datetime,
    cohorts: Collection[str] | None = None,
) -> int:
    """Work out all places of a combined board, or those of ``cohorts``; returns how many.

    Nothing where a figure's places are not on file. Two that do it at once come one after the
    other, and so does whoever freezes the boards meanwhile.
    """
    if not all(places.is_kept(board) for board in boards.values()):
        return 0
    starts_on = next(iter(boards.values())).starts_on
    with acting(places.RANKING):
        count, made = CombinedCount.objects.select_for_update().get_or_create(
            combined=combined, length=length, starts_on=starts_on, defaults={"counted_at": at}
        )
        # As they are now that it is one's turn: freezing takes it before it is done.
        fresh = Board.objects.in_bulk([board.pk for board in boards.values()])
        params = {
            "count": count.pk,
            "cohorts": None if made or cohorts is None else list(cohorts),
            "boards": [board.pk for board in boards.values()],
            "weights": [combined.weights[metric] for metric in boards],
            "sampled": [bool(FIGURES[metric].sample) for metric in boards],
            "fewest": FEWEST,
            "least": LEAST,
        }
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {_TABLE} WHERE count_id = %(count)s AND"
                " (%(cohorts)s::text[] IS NULL OR cohort = ANY(%(cohorts)s))",
                params,
            )
            tables = {places.table(board) for board in fresh.values()}
            cursor.execute(_sql(Unit(combined.unit), tables), params)
            written = cursor.rowcount
        count.counted_at = at
        count.save(update_fields=["counted_at"])
    return written


def _sql(unit: Unit, tables: Collection[str]) -> str:
    """What of each figure counts: nothing where too few are compared, nor a rate over too few.

    Of a number or sum who has nothing stands last: its weight counts, whether there is a row or
    not.
    """
    said, units = places.said(unit)
    column = places.COLUMN[unit]
    rows = " UNION ALL ".join(
        "SELECT board_id, cohort, store_id, dealer_id, post_id, region_id, percentile"
        f" FROM {table} WHERE board_id = ANY(%(boards)s)"
        for table in sorted(tables)
    )
    compared = "count(*)" if unit != Unit.STAFF else "count(DISTINCT dealer_id)"
    return f"""
WITH weighed (board_id, weight, sampled) AS (
    SELECT * FROM unnest(%(boards)s::bigint[], %(weights)s::int[], %(sampled)s::bool[])
),
shown AS MATERIALIZED (
    SELECT s.cohort, board_id, weight, sampled
    FROM incentives_spread s JOIN weighed USING (board_id)
    WHERE s.compared >= %(fewest)s
),
always AS MATERIALIZED (
    SELECT cohort, sum(weight) AS weight FROM shown WHERE NOT sampled GROUP BY cohort
),
summed AS (
    SELECT p.cohort, p.store_id, p.dealer_id, p.post_id, p.region_id,
        coalesce(sum(s.weight) FILTER (WHERE s.sampled AND p.percentile IS NOT NULL), 0) AS own,
        coalesce(sum(s.weight * p.percentile), 0) AS points
    FROM ({rows}) p LEFT JOIN shown s USING (board_id, cohort)
    WHERE %(cohorts)s::text[] IS NULL OR p.cohort = ANY(%(cohorts)s)
    GROUP BY 1, 2, 3, 4, 5
),
worked AS (
    SELECT summed.*, own + coalesce(always.weight, 0) >= %(least)s AS enough,
        coalesce(round(points / nullif(own + coalesce(always.weight, 0), 0), 1), 0) AS value
    FROM summed LEFT JOIN always USING (cohort)
),
coded AS (
    SELECT r.*, said.code FROM worked r JOIN LATERAL (
        SELECT {said} FROM {units} u WHERE u.id = r.{column}) AS said (dealer, code, name) ON true
),
totals AS (
    SELECT cohort, count(*) AS of, {compared} AS compared FROM coded WHERE enough GROUP BY cohort
),
counted AS (
    SELECT coded.*, coalesce(t.of, 0) AS of, coalesce(t.compared, 0) AS compared,
        rank() OVER best AS place, count(*) OVER best AS up_to,
        row_number() OVER (PARTITION BY cohort, enough ORDER BY value DESC, code) AS seat
    FROM coded LEFT JOIN totals t USING (cohort)
    WINDOW best AS (PARTITION BY cohort, enough ORDER BY value DESC)
)
INSERT INTO {_TABLE} (count_id, cohort, store_id, dealer_id, post_id, region_id, value, rank, of,
    compared, percentile, position)
SELECT %(count)s, cohort, store_id, dealer_id, post_id, region_id, value,
    CASE WHEN enough THEN place END, of, compared,
    CASE WHEN enough THEN round(100.0 * (of - up_to) / greatest(of - 1, 1), 2) END,
    CASE WHEN enough THEN seat END
FROM counted
"""


def of_units(count: CombinedCount, board: Board, units: Collection[int]) -> list[Place]:
    """The places of some units, by cohort and rank, as far as they have one."""
    column = places.COLUMN[Unit(board.unit)]
    found = _rows(count, board, f"r.{column} = ANY(%(units)s)", {"units": list(units)})
    return [place for place, _compared, _position in found]


def around(count: CombinedCount, board: Board, me: Place | None, cohort: str) -> Around:
    """What is read of a cohort for one place in it: rows by their position, never all of them."""
    first = _rows(count, board, "r.cohort = %(cohort)s AND r.position = 1", {"cohort": cohort})
    if not first:
        return Around()
    (best, compared, _one), *_none = first
    mine = None
    if me is not None and me.rank is not None:
        column = places.COLUMN[Unit(board.unit)]
        (_me, _compared, mine), *_none = _rows(
            count, board, f"r.{column} = %(unit)s", {"unit": me.unit_id}
        )
    quarters = {share: _between(best.of, Decimal(share)) for share in ("0.25", "0.5", "0.75")}
    wanted = {at for low, high, _part in quarters.values() for at in (low, high)}
    wanted |= set(range(1, FIRST + 1))
    if me is not None and mine is not None:
        wanted |= {(me.rank or 0) - 1, *range(mine - BESIDE, mine + BESIDE + 1)}
    stood = {
        position: place
        for place, _compared, position in _rows(
            count, board, "r.cohort = %(cohort)s AND r.position = ANY(%(wanted)s)",
            {"cohort": cohort, "wanted": sorted(wanted)},
        )
        if position is not None
    }  # fmt: skip

    def quantile(share: str) -> Decimal:
        low, high, part = quarters[share]
        return stood[low].value + (stood[high].value - stood[low].value) * part

    near = range(mine - BESIDE, mine + BESIDE + 1) if mine else ()
    return Around(
        of=best.of,
        compared=compared,
        p25=quantile("0.25"),
        median=quantile("0.5"),
        p75=quantile("0.75"),
        top=tuple(stood[at] for at in range(1, FIRST + 1) if at in stood),
        beside=tuple(stood[at] for at in near if at in stood),
        # So many stand before whoever has a place, ties shared or not.
        ahead=stood.get(me.rank - 1) if me and me.rank else None,
    )


def _between(of: int, share: Decimal) -> tuple[int, int, Decimal]:
    """The positions of the two values that a quantile lies between, and how far: ``quantile``."""
    at = share * (of - 1)
    low = int(at)
    return of - low, of - min(low + 1, of - 1), at - low


def _rows(
    count: CombinedCount, board: Board, asked: str, params: dict[str, object]
) -> list[tuple[Place, int, int | None]]:
    """Places with how many are compared and their position, by cohort and rank."""
    unit = Unit(board.unit)
    said, units = places.said(unit)
    with places.reading(board), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT u.id, {said}, r.cohort, r.value, NULL::numeric, NULL::numeric, r.rank, r.of,"
            f" r.percentile, r.compared, r.position"
            f" FROM {_TABLE} r JOIN {units} u ON u.id = r.{places.COLUMN[unit]}"
            f" WHERE r.count_id = %(count)s AND {asked}"
            " ORDER BY r.cohort, r.rank NULLS LAST, 3",
            params | {"count": count.pk},
        )
        return [(Place(*row[:-2]), *row[-2:]) for row in cursor.fetchall()]
