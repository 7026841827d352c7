"""What a dealer holds of its chain, as pages tell it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.utils.translation import gettext_noop

from dealers import exports, sayings
from dealers.actor import Actor
from dealers.models import (
    DailyRoot,
    Export,
    Fact,
    FactKind,
    Link,
    Restart,
    RootPath,
    SignedLink,
    StampAttempt,
)
from dealers.paper import qr_code
from dealers.receipts import signing, stamping

LATE = timedelta(minutes=5)  # from then on it is said that a receipt is late
TASK = "dealers.tasks.write_chain"


@dataclass(frozen=True)
class State:
    """How far a dealer's chain is, and how much of it is signed."""

    first: Link | None
    last: Link | None
    signed: SignedLink | None
    path: RootPath | None
    waiting: bool  # something has happened that is not in the chain yet
    late: bool
    restarts: Sequence[Restart] = ()  # what is stated to be lost of it
    stamp: StampAttempt | None = None  # of the root of ``path``
    stamp_awaited: bool = False  # whether that is still tried where there is none

    @property
    def unsigned(self) -> int:
        """How many links are not signed yet."""
        return (self.last.seq if self.last else 0) - (self.signed.seq if self.signed else 0)


def state(dealer_id: int, at: datetime) -> State:
    """How far the chain of a dealer is at a moment."""
    links = Link.objects.filter(dealer=dealer_id).defer("body").order_by("seq")
    signed = SignedLink.objects.filter(dealer=dealer_id).order_by("-seq").first()
    after = links.filter(seq__gt=signed.seq if signed else 0).first()
    paths = RootPath.objects.filter(dealer=dealer_id).select_related("root")
    path = paths.order_by("-root__day").first()
    return State(
        first=links.first(),
        last=links.last(),
        signed=signed,
        path=path,
        waiting=Fact.objects.filter(dealer=dealer_id).exists(),
        late=after is not None and after.at < at - LATE,
        restarts=list(Restart.objects.filter(dealer=dealer_id).order_by("at")),
        stamp=stamping.stamps_of([path.root]).get(path.root_id) if path else None,
        stamp_awaited=path is not None and stamping.awaited(path.root, at),
    )


def ask_for_chain(*, by: Actor, at: datetime) -> Export:
    """Have the worker write the dealer's chain into a file."""
    last = Link.objects.filter(dealer=by.post.dealer_id).order_by("-seq").first()
    return exports.ask(
        TASK,
        {},
        title=sayings.kept(gettext_noop("The chain of your records")),
        name="chain.csv",
        rows=last.seq + 1 if last else 1,
        by=by,
        at=at,
    )


def receipt_lines(dealer_id: int, most: int | None = None) -> Iterator[str]:
    """A dealer's receipts as lines of a file, the newest first, after the key."""
    yield from signing.key_lines()
    yield from signing.restart_lines(dealer_id)
    yield from signing.receipts_of(dealer_id, most)


def root_lines(dealer_id: int) -> Iterator[str]:
    """All roots as lines of a file, and where the dealer's own chain stands in each."""
    yield from signing.key_lines()
    yield from signing.restart_lines(dealer_id)
    yield from (each.line for each in DailyRoot.objects.all())
    own = RootPath.objects.filter(dealer=dealer_id).select_related("root").order_by("-root__day")
    yield from (each.line for each in own)


@dataclass(frozen=True)
class Receipt:
    """The receipt of one thing that happened, as far as there is one."""

    place: int | None = None
    signed: SignedLink | None = None
    late: bool = False

    @property
    def qr(self) -> str:
        return qr_code(self.signed.line) if self.signed else ""


def receipt_of(
    kind: FactKind, dealer_id: int, row: int, named: str, *, since: datetime, at: datetime
) -> Receipt | None:
    """The receipt of a row of a table, ``named`` in what its link tells, on file ``since`` then.

    None: it happened before there was a chain.
    """
    if (link := signing.place_of(kind, dealer_id, row, named)) is None:
        facts = Fact.objects.filter(dealer=dealer_id, kind=kind)
        waits = facts.filter(first__lte=row, last__gte=row).exists()
        # One that is neither there nor waits, with earlier ones there, was taken away.
        links = Link.objects.filter(dealer=dealer_id, kind=kind)
        if not waits and not links.filter(first__lt=row).exists():
            return None
        return Receipt(late=since < at - LATE)
    signed = SignedLink.objects.filter(dealer=dealer_id, seq=link.seq).first()
    return Receipt(link.seq, signed, late=signed is None and link.at < at - LATE)


@dataclass(frozen=True)
class Day:
    """The root of a day, how many days before it have none, and who stamped it, if anybody did."""

    root: DailyRoot
    skipped: int
    stamp: StampAttempt | None
    stamp_awaited: bool


def with_gaps(roots: Sequence[DailyRoot], at: datetime) -> list[Day]:
    """Roots, the newest first, each with the days that were skipped before it, and its stamp."""
    stamps = stamping.stamps_of(roots)
    return [
        Day(
            root,
            (root.day - before.day).days - 1 if before else 0,
            stamps.get(root.pk),
            stamping.awaited(root, at),
        )
        for root, before in pairwise([*roots, None])
        if root
    ]
