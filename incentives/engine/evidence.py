"""What gates go by, on record: signatures, certificates, and what orders and registrations say.

Each is asked of the moment of the event, not of a later one. No signature is dated back, a version
of the agreement never changes once it is published, nor the day from which it applies, and what an
order or a registration says never changes either, so that a closed month sees them as its closing
did. Who worked where may be told otherwise later, and a course may be withdrawn: a closing writes
down when each dealer was certified (``keep``), from where the one before it stopped up to its own
cut-off. What has been written down counts for that time ever after, for late events too;
what comes after it is read anew.

Certified is a dealer while somebody who works there, in any post, holds a valid certificate of any
course. The data of a sale are complete where it names its customer and each of its lines a product;
those of a registration where it names who made it and the customer agreed to be served.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from customers.models import Registration
from dealers.bounds import EARLIEST
from dealers.models import signed_from_sql, signed_sql
from incentives.models import Component, Gate, Run
from training.models.certificates import CERTIFIED_TIMES

# What the gates of a run are named in its queries: what no component asks for is not looked up.
_ASKED = {
    Gate.AGREEMENT_SIGNED: "asks_signed",
    Gate.DATA_COMPLETE: "asks_complete",
    Gate.CERTIFIED: "asks_certified",
}


def asked_by(gates: Iterable[str], since: Iterable[date | None]) -> dict[str, Any]:
    """The values by which queries know which gates there are.

    ``since``: from when the versions of the agreement apply that components ask for; None: any.
    """
    found = set(gates)
    asked = {name: gate in found for gate, name in _ASKED.items()}
    return asked | {"asks_version": any(since)}


def _columns(dealer: str, at: str, day: str, complete: str) -> str:
    return f"""(%(asks_signed)s AND {signed_sql(dealer, at, day)}) AS agreement_signed,
        (%(asks_complete)s AND {complete}) AS data_complete,
        (%(asks_certified)s AND EXISTS (SELECT FROM engine_certified AS held
            WHERE held.dealer_id = {dealer} AND held.starts_at <= {at} AND {at} < held.ends_at))
            AS certified,
        CASE WHEN %(asks_version)s THEN {signed_from_sql(dealer, at, day)} END AS agreement_from"""


# Of an attribution ``o``.
OF_ORDER = _columns(
    "o.dealer_id",
    "o.ordered_at",
    "o.counts_on",
    """EXISTS (SELECT FROM customers_order AS whole
            WHERE whole.id = o.order_id AND whole.identity_id IS NOT NULL)
        AND NOT EXISTS (SELECT FROM customers_orderline AS item
            WHERE item.order_id = o.order_id AND item.product_id IS NULL)""",
)
# Of a registration ``g``.
OF_REGISTRATION = _columns(
    "g.dealer_id",
    "g.received_at",
    "g.received_on",
    "g.staff_id IS NOT NULL AND g.consent_service",
)

# Of a first contact ``g`` (``first_contacts_sql``).
OF_CONTACT = _columns(
    "g.dealer_id", "g.at", "g.day", "g.staff_id IS NOT NULL AND g.consent_service"
)

_KEPT_UNTIL = """SELECT coalesce(max(known_until), '-infinity') AS until
        FROM incentives_run WHERE certified_since IS NOT NULL"""

# When a dealer was certified, or each of them; times overlap.
CERTIFIED = f"""
SELECT kept.dealer_id, kept.starts_at, kept.ends_at FROM incentives_certified AS kept
WHERE %(asks_certified)s AND (%(dealer)s::bigint IS NULL OR kept.dealer_id = %(dealer)s)
UNION ALL
SELECT since.dealer_id, greatest(since.starts_at, kept.until), since.ends_at
FROM ({CERTIFIED_TIMES}) AS since CROSS JOIN ({_KEPT_UNTIL}) AS kept
WHERE %(asks_certified)s AND since.ends_at > kept.until
    AND (%(dealer)s::bigint IS NULL OR since.dealer_id = %(dealer)s)
"""

_OF_ONE = f"""
WITH engine_certified AS ({CERTIFIED})
SELECT {OF_REGISTRATION} FROM customers_registration AS g WHERE g.id = %(registration)s
"""

_KEEP = f"""
INSERT INTO incentives_certified (run_id, dealer_id, starts_at, ends_at)
SELECT %(run)s, dealer_id, lower(found), upper(found) FROM (
    SELECT dealer_id,
        unnest(range_agg(tstzrange(starts_at, ends_at) * tstzrange(%(since)s, %(until)s))) AS found
    FROM ({CERTIFIED_TIMES}) AS times GROUP BY dealer_id
) AS spans
ORDER BY 2, 3
"""


def open_for(registration: Registration, components: Sequence[Component]) -> list[Component]:
    """Which of these components had every gate of theirs open when somebody was registered."""
    asked = asked_by(
        (gate for each in components for gate in each.gates),
        (each.agreement_from for each in components),
    )
    one = {"registration": registration.pk, "dealer": registration.dealer_id}
    with connection.cursor() as cursor:
        cursor.execute(_OF_ONE, asked | one)
        signed, complete, certified, signed_from = cursor.fetchone()

    def is_open(gate: str, since: date | None) -> bool:
        if gate == Gate.AGREEMENT_SIGNED and since:
            return signed_from is not None and signed_from >= since
        return {
            Gate.AGREEMENT_SIGNED: signed, Gate.DATA_COMPLETE: complete, Gate.CERTIFIED: certified,
        }[Gate(gate)]  # fmt: skip

    return [
        each
        for each in components
        if all(is_open(gate, each.agreement_from) for gate in each.gates)
    ]


def since() -> datetime:
    """From when on the next closing keeps when dealers were certified: where the last stopped."""
    last = Run.objects.filter(certified_since__isnull=False).last_closed()
    return last.known_until if last else EARLIEST


def keep(run: Run) -> None:
    """Write down when each dealer was certified, as a closing goes by it."""
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP,
            {"run": run.pk, "since": run.certified_since, "until": run.known_until},
        )
