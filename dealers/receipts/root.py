"""One root a day over the heads of all chains, which everybody sees and each dealer is in.

The heads are those at the end of the day, whenever the job comes: late it gives the same, and twice
it gives one. A day on which it never came has none, and the next root shows that. Leaves stand in a
random order and are blinded, so that nobody learns from a path what another dealer did, or whether.
"""

import secrets
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from dealers.models import DailyRoot, RootPath
from dealers.months import hq_day, hq_midnight
from dealers.receipts.merkle import Head, path, tree
from dealers.receipts.signer import Signed, Signer

# The last place of each chain that is signed, by then: as it was signed, whatever stands there now.
_HEADS = """
SELECT d.id, head.seq, head.hash FROM dealers_dealer AS d
CROSS JOIN LATERAL (
    SELECT signed.seq, signed.hash FROM dealers_signedlink AS signed
    JOIN dealers_link AS link ON link.dealer_id = signed.dealer_id AND link.seq = signed.seq
    WHERE signed.dealer_id = d.id AND link.at < %s ORDER BY signed.seq DESC LIMIT 1
) AS head
"""


def close_yesterday(at: datetime, signer: Signer | None = None) -> DailyRoot | None:
    """Make the root of the day before ``at``, in the portal's time; None if there is nothing to do.

    Raises NotSigned if the signer refuses.
    """
    today = hq_day(at)
    return close(today - timedelta(days=1), at, signer or Signer())


@transaction.atomic
def close(day: date, at: datetime, signer: Signer) -> DailyRoot | None:
    """Make the root of a day that is over; one that there is, or an empty one, is not made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('dealers_dailyroot'))")
        if DailyRoot.objects.filter(day__gte=day).exists():
            return None
        cursor.execute(_HEADS, [hq_midnight(day + timedelta(days=1))])
        heads = [
            Head(dealer_id, seq, bytes(hash_), secrets.token_bytes(16))
            for dealer_id, seq, hash_ in cursor.fetchall()
        ]
    if not heads:
        return None
    secrets.SystemRandom().shuffle(heads)
    last = DailyRoot.objects.order_by("-day").first()
    # Signed before, and not kept here: with the heads of then.
    signed, heads = signer.sign_root(day, heads, known=last, at=at)
    made = root_of(signed)
    made.save()
    levels = tree([head.leaf for head in heads])
    paths = (
        RootPath(
            root=made, dealer_id=head.dealer_id, seq=head.seq, hash=head.hash, blind=head.blind,
            position=position, steps=path(levels, position),
        )
        for position, head in enumerate(heads)
    )  # fmt: skip
    RootPath.objects.bulk_create(paths, batch_size=1000)
    return made


def root_of(signed: Signed) -> DailyRoot:
    """The root that the signer's words tell, not saved."""
    _kind, day, count, root, before, _time = signed.words.split(" ")
    return DailyRoot(
        day=date.fromisoformat(day), count=int(count), root=bytes.fromhex(root),
        before=bytes.fromhex(before), at=signed.at, signature=signed.signature,
    )  # fmt: skip
