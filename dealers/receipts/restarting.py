"""Going on after the database was put back to an earlier moment, and never in silence.

The signer remembers what it signed since that moment, and refuses other links at those places. What
was lost cannot be had back from it: it knows hashes. It states for each chain what is lost, signed
as receipts are; the dealer is shown that, takes it away, and holds it against earlier receipts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from dealers.database import next_ids
from dealers.models import DailyRoot, Dealer, Link, Restart, SignedLink
from dealers.receipts.root import root_of
from dealers.receipts.signer import Gap, Signed, Signer
from dealers.receipts.signing import keep_key


@dataclass(frozen=True, slots=True)
class Loss:
    """What of a dealer's chain was signed and is not there any more."""

    dealer: Dealer
    gap: Gap


def losses(signer: Signer | None = None) -> Iterator[Loss]:
    """What is lost of each chain that does not go on. Raises NotSigned where there is no signer."""
    signer = signer or Signer()
    for dealer in Dealer.objects.filter(pk__in=signer.dealers()).order_by("code"):
        if (gap := signer.gap(dealer.pk, _hash_at(dealer.pk))) is not None:
            yield Loss(dealer, gap)


def founded_since(signer: Signer | None = None) -> list[int]:
    """The numbers of dealers whose chains were signed and who are not there at all."""
    signed = (signer or Signer()).dealers()
    return sorted(set(signed) - set(Dealer.objects.values_list("pk", flat=True)))


def lost_roots(signer: Signer | None = None) -> list[DailyRoot]:
    """The daily roots that were signed and are not there, not saved."""
    there = set(DailyRoot.objects.values_list("day", flat=True))
    roots = map(root_of, (signer or Signer()).roots())
    return [found for found in roots if found.day not in there]


def restart(at: datetime, signer: Signer | None = None) -> list[Restart]:
    """Have every chain go on, with a statement of what is lost; those that are shown from now on.

    Again, it shows what was stated and is not shown, and nothing else; so it also does where the
    database was put back to before the statement. Roots that were published come back as they
    were, and the number of a dealer who was founded since is given to nobody else. Raises NotSigned
    for a chain that was changed rather than put back, or another signer.
    """
    signer = signer or Signer()
    dealers = Dealer.objects.filter(pk__in=signer.dealers()).order_by("code")
    keep_key(signer, at)
    made = [each for dealer in dealers for each in _restart(signer, dealer.pk, at)]
    DailyRoot.objects.bulk_create(lost_roots(signer))
    if gone := founded_since(signer):
        _pass_over(gone[-1])
    return made


def _pass_over(number: int) -> None:
    """Have the next dealer get a higher number: its chain would not go on where another ended."""
    while next_ids(Dealer)[0] < number:
        pass


@transaction.atomic(durable=True)  # what was stated is shown: it is committed
def _restart(signer: Signer, dealer_id: int, at: datetime) -> list[Restart]:
    with connection.cursor() as cursor:
        # As whoever signs: nothing is signed of the chain meanwhile.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('dealers_signedlink'), %s::int)", [dealer_id]
        )
    known = SignedLink.objects.filter(dealer=dealer_id).order_by("-seq").first()
    stated = signer.restart(dealer_id, _hash_at(dealer_id), known=known, at=at)
    shown = {each.words for each in Restart.objects.filter(dealer=dealer_id)}
    return Restart.objects.bulk_create(
        _restart_of(each) for each in stated if each.words not in shown
    )


def _restart_of(signed: Signed) -> Restart:
    _kind, dealer_id, seq, hash_, lost, lost_hash, _time = signed.words.split(" ")
    return Restart(
        dealer_id=int(dealer_id), seq=int(seq), hash=bytes.fromhex(hash_), lost=int(lost),
        lost_hash=bytes.fromhex(lost_hash), at=signed.at, signature=signed.signature,
    )  # fmt: skip


def _hash_at(dealer_id: int) -> Callable[[int], bytes | None]:
    """The hash of the link at a place of a chain, if there is one."""
    links = Link.objects.filter(dealer=dealer_id)

    def found(seq: int) -> bytes | None:
        hash_ = links.filter(seq=seq).values_list("hash", flat=True).first()
        return None if hash_ is None else bytes(hash_)

    return found
