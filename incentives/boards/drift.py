"""Whether what was kept of a board, counted as facts changed, is what counting it whole gives.

Both go by the same statement of the figure, so they differ only where a fact changed that left no
mark, or where somebody wrote into the rows.
"""

import logging
from datetime import datetime

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext_noop

from dealers import notices, sayings
from dealers.models import NoticeKind
from incentives.boards.places import COLUMN, RUNNING
from incentives.models import Board, Unit

logger = logging.getLogger(__name__)

_BEFORE = "board_before"


def remember(board: Board) -> str:
    """Put what is kept of a board aside, until the transaction ends; returns the table."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {_BEFORE}")
        cursor.execute(
            f"CREATE TEMP TABLE {_BEFORE} ON COMMIT DROP AS"
            f" SELECT * FROM {RUNNING} WHERE board_id = %s",
            [board.pk],
        )
    return _BEFORE


def compare(board: Board, before: str, at: datetime) -> int:
    """How many units have another figure than ``before``, though no mark of their dealer waits.

    A fact that was recorded since is counted now and marked still. To be called in the transaction
    that has the board locked: nobody deletes its marks meanwhile.
    """
    column = COLUMN[Unit(board.unit)]
    figure = "cohort, {0}.value, {0}.numerator, {0}.denominator"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT count(*) FROM {before} b
            FULL JOIN (SELECT * FROM {RUNNING} WHERE board_id = %(board)s) n USING ({column})
            WHERE (b.{figure.format("b")}) IS DISTINCT FROM (n.{figure.format("n")})
            AND NOT EXISTS (
                SELECT FROM incentives_boardmark m LEFT JOIN dealers_store s ON s.id = m.store_id
                WHERE m.due_at <= clock_timestamp() AND (m.store_id IS NULL
                    OR s.dealer_id = coalesce(n.dealer_id, b.dealer_id)))""",
            {"board": board.pk},
        )
        found: int = cursor.fetchone()[0]
    if found:
        logger.error("%s had %d units with another figure at %s", board, found, at)
    return found


def tell(units: int, at: datetime) -> None:
    """Tell headquarters of so many units with another figure, if there are any; once a day."""
    if not units:
        return
    notices.tell(
        notices.headquarters("incentives.view_board"),
        NoticeKind.ALARM,
        sayings.kept(
            gettext_noop(
                "Boards had other figures than counting them whole gives: of %(count)s units."
                " They are right now; see which boards, and have it looked into."
            ),
            count=[str(units)],
        ),
        to=reverse("admin:incentives_board_changelist"),
        about=f"boards:{at:%Y-%m-%d}",
        at=at,
    )
