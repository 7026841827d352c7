"""Which dealers are certified: one meaning for whatever makes it a condition.

Certified is a dealer while somebody who works there, in any post, holds a valid certificate of any
course. Training says since when and until when, and puts its statement in when it is ready; the
gates of incentives read the same.
"""

from datetime import datetime

from django.db import connection

# A statement with the columns ``dealer_id``, ``starts_at`` and ``ends_at``, not included.
TIMES: list[str] = []


def of_region(region: int, at: datetime) -> set[int]:
    """The dealers of a region that are certified at a moment, by id. As the worker."""
    (times,) = TIMES
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT held.dealer_id FROM ({times}) AS held"  # noqa: S608 -- our own text
            " JOIN dealers_dealer AS d ON d.id = held.dealer_id"
            " WHERE d.region_id = %s AND held.starts_at <= %s AND %s < held.ends_at",
            [region, at, at],
        )
        return {dealer for (dealer,) in cursor.fetchall()}
