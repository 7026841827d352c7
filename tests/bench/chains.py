"""Goal 26: what a dealer's check of its chain takes, and the root over all chains."""

import csv
import hashlib
import io
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import timezone

from config.servers import embedded
from dealers.models import Link, RootPath, SignedLink, moment
from dealers.receipts import chain, root, verify_receipt
from dealers.receipts.memory import Memory
from dealers.receipts.signer import Signer
from dealers.receipts.verify_receipt import COLUMNS, NOTHING, PROVEN
from dealers.signed_words import receipt_words
from tests.bench import ground
from tests.bench.measure import Figure, in_turns, judge, say, seconds, spread

LINKS, DEALERS = 100_000, 20_000
SECONDS = 5  # for a root
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


def main(options: dict) -> None:
    part, rounds = (10, 3) if options["quick"] else (1, 5)
    check(LINKS // part, rounds)
    close(DEALERS // part)


def check(count: int, rounds: int) -> None:
    """A chain from its file, held against a receipt; against reading and hashing its rows alone."""
    say(f"a chain of {count:,} links")
    files = chained(count)
    text = files["chain.csv"].decode("utf-8-sig")
    words = [_words(row) for row in list(csv.reader(io.StringIO(text, newline="")))[1:]]

    def read_and_hash() -> None:
        rows = csv.reader(io.StringIO(files["chain.csv"].decode("utf-8-sig"), newline=""))
        next(rows)
        for row in rows:
            hashlib.sha256(_words(row)).hexdigest()

    def hash_alone() -> None:
        for each in words:
            hashlib.sha256(each).hexdigest()

    def verify() -> None:
        report = verify_receipt.check(files)
        if (report.verdict, report.until) != (PROVEN, count):
            raise RuntimeError(verify_receipt.told(report))

    turns = in_turns(read_and_hash, verify, rounds)
    alone = min(seconds(hash_alone) for _round in range(rounds))
    Figure(
        "26", f"{count:,} links of a chain verified, against reading and hashing them",
        f"{turns.ratio:.2f}x", "<= 2.00x / <= 1.50x",
        judge(turns.ratio, 2.0, 1.5, void=turns.void),
        f"{spread(turns.ours)}, read and hashed {spread(turns.floor)}, hashed alone"
        f" {alone * 1000:,.1f} ms",
    ).tell()  # fmt: skip


def _words(row: list[str]) -> bytes:
    return bytes.fromhex(row[5]) + "|".join(["portal-link/1", *row[:5]]).encode()


def chained(count: int) -> dict[str, bytes]:
    """The files of a dealer: its chain, of registrations as they are told, and what proves it."""
    key, before, text = Ed25519PrivateKey.generate(), NOTHING, io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow(COLUMNS)
    rules = hashlib.sha256(b"a rulebook").hexdigest()
    for place in range(1, count + 1):
        at = moment(BEGUN + timedelta(seconds=place))
        told = {
            "receipt": f"R-{place:08}", "card": str(uuid.UUID(int=place)), "store": 1, "person": 2,
            "channel": "store", "received": at, "recorded": at, "answer": "yours", "rule": "R2",
            "rulebook": 1, "rules": rules, "said": hashlib.sha256(at.encode()).hexdigest(),
        }  # fmt: skip
        body = json.dumps({"salt": "0" * 32, "told": [told]}, separators=(", ", " : "))
        row = ["7", str(place), at, "registration", body, before]
        before = hashlib.sha256(_words(row)).hexdigest()
        sheet.writerow([*row, before])
    last = BEGUN + timedelta(seconds=count)
    said = receipt_words(7, count, bytes.fromhex(before), last)
    public = key.public_key().public_bytes_raw().hex()
    return {
        "chain.csv": text.getvalue().encode(),
        "receipt.txt": f"{said} {key.sign(said.encode()).hex()}\n".encode(),
        "key.txt": f"portal-key/1 {public}\n".encode(),
    }


def close(count: int) -> None:
    """The root of a day over the heads of so many dealers, with a path for each."""
    say(f"a root over {count:,} dealers")
    ground.network(count, 1)
    ground.unguard("dealers_fact")
    ground.execute(
        "INSERT INTO dealers_fact (dealer_id, kind, first, last, body)"
        " SELECT id, 'registration', id, id, '{\"told\" : []}' FROM dealers_dealer"
    )
    chain.append_waiting()
    with TemporaryDirectory(prefix="bench-") as folder:
        _remembered(Memory(Path(folder) / "signer"))
        signer = Signer(embedded.signer_socket(Path(folder)))
        signer.greet()  # its process begins
        ground.settle()
        now = timezone.now()
        took = seconds(lambda: root.close(timezone.localdate(now), now + timedelta(days=1), signer))
        embedded.release(Path(folder))
    if RootPath.objects.count() != count:
        raise RuntimeError("Not every dealer is in the root.")
    Figure(
        "26", f"- root over {count:,} dealers with their paths", f"{took:.1f} s",
        f"<= {SECONDS} s / <= {SECONDS / 2} s", judge(took, SECONDS, SECONDS / 2),
    ).tell()  # fmt: skip


def _remembered(signer: Memory) -> None:
    """Have all heads signed, as far as a root asks: kept by the database and by the signer."""
    links = list(Link.objects.order_by("pk"))
    none = bytes(64)
    SignedLink.objects.bulk_create(
        (
            SignedLink(dealer_id=it.dealer_id, seq=it.seq, hash=it.hash, at=it.at, signature=none)
            for it in links
        ),
        batch_size=1000,
    )
    with signer._opened() as memory:
        memory.executemany(
            "INSERT INTO head VALUES (?, ?, ?, ?, ?)",
            [
                (
                    it.dealer_id, it.seq, bytes(it.hash),
                    receipt_words(it.dealer_id, it.seq, bytes(it.hash), it.at), none,
                )
                for it in links
            ],
        )  # fmt: skip
