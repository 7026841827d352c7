"""The signer's own folder: its key, and what it remembers of what it signed.

It stands apart from the database, and its process alone reads it: see ``serving``. A head is signed
for a place once; it follows the head before it, which is signed already; and what is signed is
remembered before it is given away. So whoever holds the portal and its database, but not this
folder, can tell no second history. A folder that was put back from an old copy knows less than was
signed: it is compared with what the database holds, and signs nothing more. Where it is the
database that was put back, chains go on once the signer has stated what was lost by that, and only
while the dealers are shown the statement. To state it takes somebody who may write into the folder:
whoever holds the portal alone has nothing lost.

It is told hashes, and nothing of what happened. What is signed is in words that it makes itself:
see ``verify_receipt``, which holds them against a chain.
"""

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dealers.receipts.merkle import Head, tree
from dealers.signed_words import NOTHING, receipt_words, restart_words, root_words

PATIENCE = 30.0  # seconds that one who signs waits for another
MOST = 1000  # heads that are told at once
ALLOWED = "restart-allowed"  # the file by which whoever keeps the folder lets chains go on
ALLOWED_FOR = 3600  # seconds
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


class ToSign(NamedTuple):
    """A place of a chain that is to be signed: the hash before it, and its own."""

    seq: int
    previous: bytes
    hash: bytes


class Told(NamedTuple):
    """A head that was signed, and when."""

    seq: int
    hash: bytes
    at: datetime


class Memory:
    """The signer of a folder, in which a key is made when something is first signed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

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
        dealer: int,
        places: Sequence[ToSign],
        *,
        known: tuple[int, Signed] | None,
        shown: Collection[str] = (),
        at: datetime,
    ) -> list[Signed]:
        """Sign places of a dealer's chain, in their order; those signed before as they were.

        One that is refused ends them: those before it stay signed. ``known`` is the last place of
        that chain that the database knows to be signed, with what is signed, ``shown`` the words
        of all restarts that it shows of it. Raises NotSigned if the first is refused, for another
        head at its place or as it does not follow, and where the memory knows less than the
        database, or of a restart that it does not show.
        """
        with self._opened() as memory:
            stated = _restarts(memory, dealer)
            if not {each.words for each in stated} <= set(shown):
                raise NotSigned(
                    "What was lost when the database was put back is stated, and not shown to the"
                    " dealer: run restart_chains."
                )
            at = max([at, *(each.at for each in stated)])
            if known is not None:
                _remembers(
                    memory, "head WHERE dealer = ? AND seq = ?", (dealer, known[0]), known[1]
                )
            signed: list[Signed] = []
            for place in places:
                try:
                    signed.append(self._head(memory, dealer, place, at))
                except NotSigned:
                    if not signed:
                        raise
                    break
            return signed

    def _head(self, memory: sqlite3.Connection, dealer: int, place: ToSign, at: datetime) -> Signed:
        before = memory.execute(
            "SELECT hash, words, signature FROM head WHERE dealer = ? AND seq = ?",
            (dealer, place.seq),
        ).fetchone()
        if before is not None:
            if before[0] != place.hash:
                raise NotSigned(f"{name(dealer, place.seq)} was signed with another head.")
            return Signed(before[1], before[2])
        last = memory.execute(
            "SELECT seq, hash FROM head WHERE dealer = ? ORDER BY seq DESC LIMIT 1", (dealer,)
        ).fetchone() or (0, NOTHING)
        if (place.seq, place.previous) != (last[0] + 1, last[1]):
            raise NotSigned(
                f"{name(dealer, place.seq)} does not follow place {last[0]}, signed last."
            )
        signed = self._signed(receipt_words(dealer, place.seq, place.hash, at))
        memory.execute(
            "INSERT INTO head VALUES (?, ?, ?, ?, ?)",
            (dealer, place.seq, place.hash, signed.words, signed.signature),
        )
        return signed

    def dealers(self) -> list[int]:
        """Of whose chains it has signed anything. Raises NotSigned where it never signed at all."""
        if not (self.folder / "memory").exists():
            raise NotSigned("This signer has never signed anything: its folder is another one.")
        with self._opened() as memory:
            found = memory.execute("SELECT dealer FROM head UNION SELECT dealer FROM restart")
            return sorted(dealer for (dealer,) in found)

    def heads(self, dealer: int, before: int | None = None) -> list[Told]:
        """What it signed of a chain, the newest first: so many before a place, or of all."""
        with self._opened() as memory:
            found = memory.execute(
                "SELECT seq, hash, words, signature FROM head"
                " WHERE dealer = ? AND seq < coalesce(?, seq + 1) ORDER BY seq DESC LIMIT ?",
                (dealer, before, MOST),
            )
            return [Told(seq, hash_, Signed(*signed).at) for seq, hash_, *signed in found]

    def restart(
        self, dealer: int, kept: tuple[int, bytes] | None, *, known: int | None, at: datetime
    ) -> list[Signed]:
        """State what of a chain is lost, if anything is, so that it goes on; with earlier ones.

        ``kept`` is the last place that both have, and its hash, 0 and zeros if there is none; None
        where nothing is lost. ``known`` is the last place of which the database holds the receipt.
        What was signed of the lost places is remembered as lost. Raises NotSigned where the
        database holds the receipt of a lost place: then it was changed, and not put back; and where
        nobody with access to the folder has allowed it in the last hour.
        """
        with self._opened() as memory:
            last = memory.execute(
                "SELECT seq, hash, words, signature FROM head WHERE dealer = ?"
                " ORDER BY seq DESC LIMIT 1",
                (dealer,),
            ).fetchone()
            if kept is not None and last is not None and kept[0] < last[0]:
                if kept[0] and not _is_signed(memory, dealer, *kept):
                    raise NotSigned(f"{name(dealer, kept[0])} was signed with another head.")
                if known is not None and known > kept[0]:
                    raise NotSigned(
                        f"The receipt of place {known} of dealer {dealer} is there, and its link is"
                        " another one: it was changed, not put back."
                    )
                self._check_allowed()
                self._state(memory, dealer, kept, last, at)
            return _restarts(memory, dealer)

    def _check_allowed(self) -> None:
        path = self.folder / ALLOWED
        # One that is dated ahead would allow it for longer than that.
        if not path.exists() or not 0 <= time.time() - path.stat().st_mtime <= ALLOWED_FOR:
            raise NotSigned(
                "That a part of a chain is lost is stated only where whoever keeps the signer says"
                f" so: touch {path} there, and run this again within the hour."
            )

    def _state(
        self,
        memory: sqlite3.Connection,
        dealer: int,
        kept: tuple[int, bytes],
        last: tuple[int, bytes, str, bytes],
        at: datetime,
    ) -> None:
        # Later than all that was signed before it, by which that is told apart.
        before = _restarts(memory, dealer)
        until = Signed(*last[2:]).at
        at = max(
            at,
            max([until, *(each.at for each in (*before, *_roots(memory)))]) + timedelta(seconds=1),
        )
        signed = self._signed(restart_words(dealer, kept, last[:2], at))
        number = len(before) + 1
        memory.execute(
            "INSERT INTO restart VALUES (?, ?, ?, ?)",
            (dealer, number, signed.words, signed.signature),
        )
        memory.execute(
            "INSERT INTO lost SELECT dealer, seq, ?, hash, words, signature FROM head"
            " WHERE dealer = ? AND seq > ?",
            (number, dealer, kept[0]),
        )
        memory.execute("DELETE FROM head WHERE dealer = ? AND seq > ?", (dealer, kept[0]))

    def roots(self) -> list[Signed]:
        """All roots that it signed, the earliest first."""
        with self._opened() as memory:
            return _roots(memory)

    def sign_root(
        self, day: date, heads: list[Head], *, known: tuple[str, Signed] | None, at: datetime
    ) -> tuple[Signed, list[Head]]:
        """Sign the root of a day over heads that it signed; with the heads that it is over.

        Again, that is the root which was signed for that day, with its heads. Raises NotSigned for
        a head that was never signed, for a day before the last, and where the memory knows less
        than ``known``: the day of the last root that the database knows, and what is signed of it.
        """
        with self._opened() as memory:
            if known is not None:
                _remembers(memory, "root WHERE day = ?", (known[0],), known[1])
            last = memory.execute(
                "SELECT day, heads, words, signature FROM root ORDER BY day DESC LIMIT 1"
            ).fetchone()
            if last is not None and last[0] == str(day):
                return Signed(last[2], last[3]), read(last[1])
            if last is not None and last[0] > str(day):
                raise NotSigned(f"The root of {last[0]} is signed: none of {day} after it.")
            for head in heads:
                if not _is_signed(memory, *head[:3]):
                    raise NotSigned(
                        f"{name(head.dealer_id, head.seq)} was never signed: no root is over it."
                    )
            # Not dated before what was lost of a chain, or its head would pass for lost.
            stated = (each.at for head in heads for each in _restarts(memory, head.dealer_id))
            at = max([at, *stated])
            before = hashlib.sha256(last[2].encode()).digest() if last else NOTHING
            root = tree([head.leaf for head in heads])[-1][0]
            signed = self._signed(root_words(day, len(heads), root, before, at))
            memory.execute("UPDATE root SET heads = ''")
            memory.execute(
                "INSERT INTO root VALUES (?, ?, ?, ?)",
                (str(day), written(heads), signed.words, signed.signature),
            )
        return signed, heads

    def _signed(self, words: str) -> Signed:
        return Signed(words, self._key.sign(words.encode()))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
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
    memory: sqlite3.Connection, where: str, place: tuple[str | int, ...], known: Signed
) -> None:
    statement = f"SELECT words, signature FROM {where}"  # noqa: S608 -- our own text
    if memory.execute(statement, place).fetchone() != (known.words, known.signature):
        raise NotSigned(
            "The signer does not know what it signed: its folder is another or an older one."
        )


def _is_signed(memory: sqlite3.Connection, dealer: int, seq: int, hash_: bytes) -> bool:
    found = memory.execute(
        "SELECT 1 FROM head WHERE dealer = ? AND seq = ? AND hash = ?", (dealer, seq, hash_)
    )
    return found.fetchone() is not None


def _restarts(memory: sqlite3.Connection, dealer: int) -> list[Signed]:
    found = memory.execute(
        "SELECT words, signature FROM restart WHERE dealer = ? ORDER BY number", (dealer,)
    )
    return [Signed(words, signature) for words, signature in found]


def _roots(memory: sqlite3.Connection) -> list[Signed]:
    found = memory.execute("SELECT words, signature FROM root ORDER BY day")
    return [Signed(words, signature) for words, signature in found]


def name(dealer: int, seq: int) -> str:
    """A place as sentences name it."""
    return f"Place {seq} of dealer {dealer}"


def written(heads: list[Head]) -> str:
    """Heads as a text."""
    return json.dumps([[it.dealer_id, it.seq, it.hash.hex(), it.blind.hex()] for it in heads])


def read(heads: str) -> list[Head]:
    """What ``written`` has written."""
    return [
        Head(dealer, seq, bytes.fromhex(hash_), bytes.fromhex(blind))
        for dealer, seq, hash_, blind in json.loads(heads)
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
