"""Taking what happened into the dealers' chains, in portions that hold nobody up."""

from collections.abc import Iterator

from django.db import connection, transaction

from dealers.models import Fact, Link, moment
from dealers.models.receipts import hashed_sql

MOST = 500  # links that one transaction adds

COLUMNS = ("dealer", "place", "time", "kind", "what", "before", "hash")


def append_waiting() -> int:
    """Take everything that waits into the chains; how many links that made.

    What a transaction adds that is not committed yet waits for the next time.
    """
    made = 0
    for dealer_id in Fact.objects.order_by("dealer").values_list("dealer", flat=True).distinct():
        while added := append(dealer_id):
            made += added
            if added < MOST:
                break
    return made


def append(dealer_id: int) -> int:
    """Take what waits first of a dealer into its chain, in the order in which it was put down."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Before the facts are read: who had the chain before may have taken them.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('dealers_link'), %s::int)", [dealer_id]
        )
        cursor.execute(
            "INSERT INTO dealers_link (fact)"
            " SELECT id FROM dealers_fact WHERE dealer_id = %s ORDER BY id LIMIT %s",
            [dealer_id, MOST],
        )
        return cursor.rowcount


def written(dealer_id: int) -> Iterator[tuple]:
    """A dealer's chain as the rows of a file, with its header."""
    yield COLUMNS
    links = Link.objects.filter(dealer=dealer_id).order_by("seq")
    for link in links.iterator(chunk_size=50):  # each tells of many rows
        yield (
            link.dealer_id, link.seq, moment(link.at), link.kind, link.body,
            bytes(link.previous).hex(), bytes(link.hash).hex(),
        )  # fmt: skip


# Places that do not follow, whose hash is not that of their words, or that were signed otherwise.
_BROKEN = f"""
SELECT dealer_id, min(seq) FROM (
    SELECT dealer_id, seq FROM (
        SELECT link.*, lag(hash) OVER chain AS before, row_number() OVER chain AS number
        FROM dealers_link AS link WINDOW chain AS (PARTITION BY dealer_id ORDER BY seq)
    ) AS link
    WHERE seq <> number OR previous <> coalesce(before, decode(repeat('00', 32), 'hex'))
        OR hash <> {hashed_sql("link")}
    UNION ALL
    SELECT signed.dealer_id, signed.seq FROM dealers_signedlink AS signed
    LEFT JOIN dealers_link AS link USING (dealer_id, seq)
    WHERE link.hash IS DISTINCT FROM signed.hash
) AS broken
GROUP BY dealer_id ORDER BY dealer_id
"""  # noqa: S608 -- our own text


def broken() -> list[str]:
    """Chains that do not hold, each by the first place that does not."""
    with connection.cursor() as cursor:
        cursor.execute(_BROKEN)
        return [f"place {seq} of dealer {dealer_id}" for dealer_id, seq in cursor.fetchall()]
