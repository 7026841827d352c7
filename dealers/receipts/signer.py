"""Who signs receipts and roots, with a memory of its own that no database can talk out of it.

Its folder stands apart from the database: a key, and a file that knows each head that was signed.
A head is signed for a place once; it follows the head before it, which is signed already; and what
is signed is remembered before it is given away. So whoever holds the portal and its database, but
not this folder, can tell no second history. A folder that was put back from an old copy knows less
than was signed: it is compared with what the database holds, and signs nothing more. Where it is
the database that was put back, chains go on once the signer has stated what was lost by that, and
only while the dealers are shown the statement.

What is signed is in words: see ``verify_receipt``, which holds them against a chain.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from dealers.models import DailyRoot, Link, Restart, SignedLink
from dealers.models.receipts import NOTHING, receipt_words, root_words
from dealers.models.restarts import restart_words
from dealers.receipts.merkle import Head, tree

PATIENCE = 30.0  # seconds that one who signs waits for another
_TABLES = """
CREATE TABLE IF NOT EXISTS head (dealer INTEGER, seq INTEGER, hash BLOB NOT NULL,
    words TEXT NOT NULL, signature BLOB NOT NULL, PRIMARY KEY (dealer, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS root (day TEXT PRIMARY KEY, heads TEXT NOT NULL,
    words TEXT NOT NULL, signature BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS restart (dealer INTEGER, number INTEGER,
    words TEXT NOT NULL, signature BLOB NOT NULL, PRIMARY KEY (dealer, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lost (dealer INTEGER, seq INTEGER, restart INTEGER, hash BLOB NOT NULL,
    words TEXT NOT NULL, signature BLOB NOT NULL, PRIMARY KEY (dealer, seq, restart)) WITHOUT ROWID;
"""


class NotSigned(Exception):
    """The signer refuses, and why: somebody has to look into it, for it does not pass by itself."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Words and their signature, with the moment that they name."""

    words: str
    signature: bytes

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.words.rsplit(" ", 1)[1])


class Gap(NamedTuple):
    """What the signer signed of a chain and the database does not have: places after ``kept``."""

    kept: tuple[int, bytes]  # the last place that both have, and its hash
    lost: tuple[int, bytes]  # the last that was signed
    until: datetime  # when that was


class Signer:
    """The signer of a folder, which is made when something is first signed."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or settings.PORTAL_SIGNER

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        path = self.folder / "key"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            if (self.folder / "memory").exists():
                raise NotSigned("The signer's key is gone, and what it signed is not.")
            _write_once(path, Ed25519PrivateKey.generate().private_bytes_raw())
        return Ed25519PrivateKey.from_private_bytes(path.read_bytes())

    @property
    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def sign(
        self,
        links: Sequence[Link],
        *,
        known: SignedLink | None,
        restarts: Sequence[Restart] = (),
        at: datetime,
    ) -> list[Signed]:
        """Sign links of one chain, in their order; those that were signed before as they were.

        One that is refused ends them: those before it stay signed. ``known`` is the last of that
        chain that the database knows to be signed, ``restarts`` all that it shows of it. Raises
        NotSigned if the first is refused, for another head at its place or as it does not follow,
        and where the memory knows less than the database, or of a restart that it does not show.
        """
        with self._memory() as memory:
            stated = _restarts(memory, links[0].dealer_id)
            if not {each.words for each in stated} <= {each.words for each in restarts}:
                raise NotSigned(
                    "What was lost when the database was put back is stated, and not shown to the"
                    " dealer: run restart_chains."
                )
            at = max([at, *(each.at for each in stated)])
            if known is not None:
                _remembers(
                    memory, "head WHERE dealer = ? AND seq = ?", (known.dealer_id, known.seq), known
                )
            signed: list[Signed] = []
            for link in links:
                try:
                    signed.append(self._head(memory, link, at))
                except NotSigned:
                    if not signed:
                        raise
                    break
            return signed

    def _head(self, memory: sqlite3.Connection, link: Link, at: datetime) -> Signed:
        hash_ = hashlib.sha256(bytes(link.previous) + link.text.encode()).digest()
        if hash_ != bytes(link.hash):
            raise NotSigned(f"{_name(link)} was changed: its hash is another one.")
        before = memory.execute(
            "SELECT hash, words, signature FROM head WHERE dealer = ? AND seq = ?",
            (link.dealer_id, link.seq),
        ).fetchone()
        if before is not None:
            if before[0] != hash_:
                raise NotSigned(f"{_name(link)} was signed with another head.")
            return Signed(before[1], before[2])
        last = memory.execute(
            "SELECT seq, hash FROM head WHERE dealer = ? ORDER BY seq DESC LIMIT 1",
            (link.dealer_id,),
        ).fetchone() or (0, NOTHING)
        if (link.seq, bytes(link.previous)) != (last[0] + 1, last[1]):
            raise NotSigned(f"{_name(link)} does not follow place {last[0]}, signed last.")
        signed = self._signed(receipt_words(link.dealer_id, link.seq, hash_, at))
        memory.execute(
            "INSERT INTO head VALUES (?, ?, ?, ?, ?)",
            (link.dealer_id, link.seq, hash_, signed.words, signed.signature),
        )
        return signed

    def dealers(self) -> list[int]:
        """Of whose chains it has signed anything. Raises NotSigned where there is no signer."""
        if not (self.folder / "memory").exists():
            raise NotSigned(f"No signer has its folder in {self.folder}.")
        with self._memory() as memory:
            found = memory.execute("SELECT dealer FROM head UNION SELECT dealer FROM restart")
            return sorted(dealer_id for (dealer_id,) in found)

    def gap(self, dealer_id: int, there: Callable[[int], bytes | None]) -> Gap | None:
        """What it signed of a chain and is not ``there``: the hash that stands at a place now."""
        with self._memory() as memory:
            return _gap(memory, dealer_id, there)

    def restart(
        self,
        dealer_id: int,
        there: Callable[[int], bytes | None],
        *,
        known: SignedLink | None,
        at: datetime,
    ) -> list[Signed]:
        """State what of a chain is lost, if anything is, so that it goes on; with earlier ones.

        ``there`` and ``known`` as for ``gap`` and ``sign``. What was signed of the lost places is
        remembered as lost. Raises NotSigned where the database holds the receipt of a lost place:
        then it was changed, and not put back.
        """
        with self._memory() as memory:
            if (gap := _gap(memory, dealer_id, there)) is not None:
                if known is not None and known.seq > gap.kept[0]:
                    raise NotSigned(
                        f"The receipt of place {known.seq} of dealer {dealer_id} is there, and its"
                        " link is another one: it was changed, not put back."
                    )
                # Later than all that was signed before it, by which that is told apart.
                before = _restarts(memory, dealer_id)
                earlier = [gap.until, *(each.at for each in (*before, *_roots(memory)))]
                at = max(at, max(earlier) + timedelta(seconds=1))
                signed = self._signed(restart_words(dealer_id, gap.kept, gap.lost, at))
                number = len(before) + 1
                memory.execute(
                    "INSERT INTO restart VALUES (?, ?, ?, ?)",
                    (dealer_id, number, signed.words, signed.signature),
                )
                lost = (dealer_id, gap.kept[0])
                memory.execute(
                    "INSERT INTO lost SELECT dealer, seq, ?, hash, words, signature FROM head"
                    " WHERE dealer = ? AND seq > ?",
                    (number, *lost),
                )
                memory.execute("DELETE FROM head WHERE dealer = ? AND seq > ?", lost)
            return _restarts(memory, dealer_id)

    def roots(self) -> list[Signed]:
        """All roots that it signed, the earliest first."""
        with self._memory() as memory:
            return _roots(memory)

    def sign_root(
        self, day: date, heads: list[Head], *, known: DailyRoot | None, at: datetime
    ) -> tuple[Signed, list[Head]]:
        """Sign the root of a day over heads that it signed; with the heads that it is over.

        Again, that is the root which was signed for that day, with its heads. Raises NotSigned for
        a head that was never signed, for a day before the last, and where the memory knows less
        than ``known``, the last root that the database knows.
        """
        with self._memory() as memory:
            if known is not None:
                _remembers(memory, "root WHERE day = ?", (str(known.day),), known)
            last = memory.execute(
                "SELECT day, heads, words, signature FROM root ORDER BY day DESC LIMIT 1"
            ).fetchone()
            if last is not None and last[0] == str(day):
                return Signed(last[2], last[3]), _read(last[1])
            if last is not None and last[0] > str(day):
                raise NotSigned(f"The root of {last[0]} is signed: none of {day} after it.")
            for head in heads:
                if not memory.execute(
                    "SELECT 1 FROM head WHERE dealer = ? AND seq = ? AND hash = ?", head[:3]
                ).fetchone():
                    raise NotSigned(f"{_name(head)} was never signed: no root is over it.")
            # Not dated before what was lost of a chain, or its head would pass for lost.
            stated = (each.at for head in heads for each in _restarts(memory, head.dealer_id))
            at = max([at, *stated])
            before = hashlib.sha256(last[2].encode()).digest() if last else NOTHING
            root = tree([head.leaf for head in heads])[-1][0]
            signed = self._signed(root_words(day, len(heads), root, before, at))
            memory.execute("UPDATE root SET heads = ''")
            memory.execute(
                "INSERT INTO root VALUES (?, ?, ?, ?)",
                (str(day), _written(heads), signed.words, signed.signature),
            )
        return signed, heads

    def _signed(self, words: str) -> Signed:
        return Signed(words, self._key.sign(words.encode()))

    @contextmanager
    def _memory(self) -> Iterator[sqlite3.Connection]:
        """One transaction, alone: what was signed in it leaves once it is kept."""
        _ = self._key  # before a memory is there
        path = self.folder / "memory"
        with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as memory:
            path.chmod(0o600)
            memory.execute("PRAGMA synchronous = FULL")
            memory.executescript(_TABLES)
            memory.execute("BEGIN IMMEDIATE")
            try:
                yield memory
            except BaseException:
                memory.execute("ROLLBACK")
                raise
            memory.execute("COMMIT")


def _remembers(
    memory: sqlite3.Connection,
    where: str,
    place: tuple[str | int, ...],
    known: SignedLink | DailyRoot,
) -> None:
    statement = f"SELECT words, signature FROM {where}"  # noqa: S608 -- our own text
    if memory.execute(statement, place).fetchone() != (known.words, bytes(known.signature)):
        raise NotSigned(
            "The signer does not know what it signed: its folder is another or an older one."
        )


def _restarts(memory: sqlite3.Connection, dealer_id: int) -> list[Signed]:
    found = memory.execute(
        "SELECT words, signature FROM restart WHERE dealer = ? ORDER BY number", (dealer_id,)
    )
    return [Signed(words, signature) for words, signature in found]


def _roots(memory: sqlite3.Connection) -> list[Signed]:
    found = memory.execute("SELECT words, signature FROM root ORDER BY day")
    return [Signed(words, signature) for words, signature in found]


def _gap(
    memory: sqlite3.Connection, dealer_id: int, there: Callable[[int], bytes | None]
) -> Gap | None:
    heads = memory.execute(
        "SELECT seq, hash, words, signature FROM head WHERE dealer = ? ORDER BY seq DESC",
        (dealer_id,),
    )
    last: tuple[int, bytes, datetime] | None = None
    kept = (0, NOTHING)
    for seq, hash_, words, signature in heads:
        if last is None:
            last = seq, hash_, Signed(words, signature).at
        if there(seq) == hash_:
            kept = seq, hash_
            break
    if last is None or kept[0] == last[0]:
        return None
    return Gap(kept, last[:2], last[2])


def _name(link: Link | Head) -> str:
    return f"Place {link.seq} of dealer {link.dealer_id}"


def _written(heads: list[Head]) -> str:
    return json.dumps([[it.dealer_id, it.seq, it.hash.hex(), it.blind.hex()] for it in heads])


def _read(heads: str) -> list[Head]:
    return [
        Head(dealer_id, seq, bytes.fromhex(hash_), bytes.fromhex(blind))
        for dealer_id, seq, hash_, blind in json.loads(heads)
    ]


def _write_once(path: Path, content: bytes) -> None:
    """Write a file for its owner's eyes; two who begin at once have one."""
    made = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(made, path)
    except FileExistsError:
        pass
    finally:
        made.unlink()
