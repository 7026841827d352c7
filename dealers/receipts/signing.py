"""Having what stands in the chains signed, after its commit, and keeping the signatures.

The links themselves are what waits: each place after the last that is signed. So nothing is lost
when the signer, the worker or the database fails between any two steps, and a place that was signed
already gets the same signature again.
"""

import hashlib
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile

from django.core.cache import cache
from django.db import connection, transaction

from dealers.models import FactKind, Link, Restart, SignedLink, SigningKey
from dealers.receipts import memory
from dealers.receipts.signer import NotSigned, Signer

MOST = 500  # signatures that one transaction keeps
HEARD = "signer-heard"
SILENT = timedelta(minutes=3)  # from then on it is said that the signer does not answer

logger = logging.getLogger(__name__)

# The last place of each chain, and the last that is signed.
_UNSIGNED = """
SELECT d.id FROM dealers_dealer AS d
CROSS JOIN LATERAL (
    SELECT seq FROM dealers_link WHERE dealer_id = d.id ORDER BY seq DESC LIMIT 1
) AS head
LEFT JOIN LATERAL (
    SELECT seq FROM dealers_signedlink WHERE dealer_id = d.id ORDER BY seq DESC LIMIT 1
) AS signed ON true
WHERE signed.seq IS DISTINCT FROM head.seq
ORDER BY d.id
"""


def sign_waiting(at: datetime, signer: Signer | None = None) -> int:
    """Sign all links that are not signed yet; how many.

    One chain that the signer refuses holds up no other. Raises NotSigned of the first at the end,
    SignerAway where it does not answer.
    """
    signer = signer or Signer()
    signer.greet()
    cache.set(HEARD, True, SILENT.total_seconds())
    refused: NotSigned | None = None
    count = 0
    with connection.cursor() as cursor:
        cursor.execute(_UNSIGNED)
        dealers = [dealer for (dealer,) in cursor.fetchall()]
    if dealers:
        keep_key(signer, at)
    for dealer_id in dealers:
        try:
            while made := _sign_next(signer, dealer_id, at):
                count += made
        except NotSigned as problem:
            logger.error("Nothing more is signed for dealer %s: %s", dealer_id, problem)
            refused = refused or problem
    if refused is not None:
        raise refused
    return count


def is_heard() -> bool:
    """Whether the signer answered the worker in the last minutes."""
    return cache.get(HEARD) is not None


@transaction.atomic
def keep_key(signer: Signer, at: datetime) -> None:
    """Note the key down with the first receipt. Raises NotSigned for another one ever after."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('dealers_signingkey'))")
    known = {bytes(each.public) for each in SigningKey.objects.all()}
    if not known:
        SigningKey.objects.create(public=signer.public_key, since=at)
    elif signer.public_key not in known:
        raise NotSigned("Receipts are signed with another key: this folder is not the signer's.")


@transaction.atomic(durable=True)  # what is signed is committed: a rollback would end the chain
def _sign_next(signer: Signer, dealer_id: int, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('dealers_signedlink'), %s::int)", [dealer_id]
        )
    last = SignedLink.objects.filter(dealer=dealer_id).order_by("-seq").first()
    waiting = Link.objects.filter(dealer=dealer_id, seq__gt=last.seq if last else 0)
    links = list(waiting.order_by("seq")[:MOST])
    if not links:
        return 0
    whole = list(takewhile(_holds, links))
    if not whole:
        place = memory.name(dealer_id, links[0].seq)
        raise NotSigned(f"{place} was changed: its hash is another one.")
    restarts = list(Restart.objects.filter(dealer=dealer_id))
    signed = signer.sign(whole, known=last, restarts=restarts, at=max(at, whole[-1].at))
    SignedLink.objects.bulk_create(
        SignedLink(
            dealer_id=dealer_id, seq=link.seq, hash=link.hash, at=each.at,
            signature=each.signature,
        )
        for link, each in zip(whole, signed, strict=False)  # those before one that is refused
    )  # fmt: skip
    return len(signed)


def _holds(link: Link) -> bool:
    """Whether the hash of a link is that of its words: else nobody is asked to sign it."""
    words = bytes(link.previous) + link.text.encode()
    return hashlib.sha256(words).digest() == bytes(link.hash)


def place_of(kind: FactKind, dealer_id: int, row: int, named: str) -> Link | None:
    """The link that tells of a row of a table, ``named`` in what it tells; None: it still waits."""
    links = Link.objects.telling_of(kind, dealer_id, row).filter(body__contains=f'"{named}"')
    return links.order_by("last").first()  # mostly the first by the index: none after it is read


def receipts_of(dealer_id: int, most: int | None = None) -> Iterator[str]:
    """A dealer's receipts as lines of a file, the newest first."""
    found = SignedLink.objects.filter(dealer=dealer_id).order_by("-seq")[:most]
    return (each.line for each in found.iterator())


def restart_lines(dealer_id: int) -> list[str]:
    """What is stated to be lost of a dealer's chain, as lines of a file."""
    return [each.line for each in Restart.objects.filter(dealer=dealer_id).order_by("at")]


def key_lines() -> list[str]:
    """The public keys by which signatures are checked, as lines of a file: one, unless changed."""
    return [f"portal-key/1 {bytes(each.public).hex()}" for each in SigningKey.objects.all()]
