"""Files of every sort for the program that dealers run: the second half of ``make tampers``.

What a dealer may hold is made once: a chain, receipts, roots with paths, statements of a loss, time
stamps, rulebooks, agreements, papers, mails; of two dealers, and of two brands. Each input is some
of it, cut, mixed and changed. The program has to answer; and where it says that nothing was
changed, the rows that it calls proven are those that were signed, as another reader reads them.
"""

import base64
import csv
import functools
import hashlib
import io
import json
import quopri
import re
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dealers.receipts import verify_receipt
from dealers.receipts.verify_receipt import COLUMNS, NOTHING, PROVEN, RULES, VERDICTS
from tests.dealers.receipts import test_verify_receipt as cases

Files = dict[str, bytes]

LENGTH, SIGNED = 14, 10  # links of a chain, and how many of them have a receipt
RULEBOOK = '{"name": "规则", "protection_days": 90}'
AGREEMENT = '{"text": "归属", "protection_days": 90}'
PAPER = b"%PDF-1.7 what was signed"
PACK = ("access_log.csv", "statements.csv", "results.csv", "manifest.json")
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
TOKENS = (
    b"portal-receipt/1 7 10 ", b"portal-root/1 2026-11-02 1 ", b"portal-path/1 2026-11-01 7 10 ",
    b"portal-key/1 ", b"portal-restart/1 7 8 ", b"portal-terms/1 plan 1 {", b"portal-agreement/1 ",
    b"dealer,place,time,kind,what,before,hash\n", b"figure,from,to,count,of\n",
    b"content-transfer-encoding: base64\n\n",
    b"Content-Transfer-Encoding: quoted-printable\n\n", b"--\n", b"\0", b'"', b'""', b"\n", b"\r",
    b",", b"|", b"\xff\xfe", b"\xef\xbb\xbf", "１".encode(), b"0" * 64, b"-1", b"9" * 19,
    b"9" * 5000, b"[" * 5000, b"%PDF-", b"0\x84\xff\xff\xff\xff", b"0\x80", b"=\n", b"\x1a",
)  # fmt: skip


def _told(dealer: int) -> list[list[str]]:
    """What happened to a dealer, with each sort of link that the program looks into."""
    rules, agreed = (hashlib.sha256(each.encode()).hexdigest() for each in (RULEBOOK, AGREEMENT))
    paper = hashlib.sha256(PAPER).hexdigest()
    rows = [list(row) for row in cases.history(LENGTH, dealer=dealer)]
    rows[2][4] = f'{{"told" : [{{"receipt" : "R", "rulebook" : 1, "rules" : "{rules}"}}]}}'
    rows[3][3:5] = (
        "agreement",
        f'[{{"event" : "signed", "agreement" : 1, "rules" : "{agreed}"}}]',
    )
    rows[4][3:5] = "document", f'[{{"number" : "2026-01", "sha256" : "{paper}"}}]'
    rows[6][3:5] = "access", json.dumps({"told": cases.TOLD["access"]})
    rows[7][3:5] = "statement", json.dumps({"told": cases.TOLD["statement"]})
    rows[5][4] = json.dumps([{"said": 'a "quote", a comma\r\nand a line'}])
    return cases.rehashed(rows)


def _kept(rows: list[list[str]], key: Ed25519PrivateKey) -> list[tuple[str, bytes]]:
    """What a dealer has of a chain, signed by a key."""
    signed, head = rows[:SIGNED], rows[SIGNED - 1]
    blind = "ab" * 16
    leaf = hashlib.sha256(f"\0{head[0]} {head[1]} {head[6]} {blind}".encode()).digest()
    other = hashlib.sha256(b"another dealer's").digest()
    words, first = cases.root_line("2026-11-01", [leaf, other], NOTHING, key)
    before = hashlib.sha256(words.encode()).hexdigest()
    _words, second = cases.root_line("2026-11-02", [other], before, key)
    path = f"portal-path/1 2026-11-01 {head[0]} {head[1]} {head[6]} {blind} 0 2 {other.hex()}"
    receipts = "\n".join(cases.receipt(row, key) for row in signed).encode()
    public = f"portal-key/1 {_public(key)}\n".encode()
    return [
        ("chain.csv", cases.as_file(rows)),
        ("older.csv", cases.as_file(rows[: SIGNED - 2])),
        ("key.txt", public),
        ("receipts.txt", receipts),
        ("last.txt", cases.receipt(head, key).encode()),
        ("roots.txt", f"{first}\n{second}\n{path}\n".encode()),
        ("stamp.tsr", cases.stamp(first, datetime(2026, 11, 2, 0, 1, tzinfo=UTC))),
        ("mail.eml", _mail("base64", base64.encodebytes(receipts))),
        ("printable.eml", _mail("quoted-printable", quopri.encodestring(receipts))),
        ("terms.txt", f"portal-terms/1 rulebook 1 {RULEBOOK}\n".encode()),
        ("agreement.txt", f"portal-agreement/1 1 {AGREEMENT}\n".encode()),
        ("paper.pdf", PAPER),
        ("restart.txt", cases.restart(8, SIGNED, rows, key=key).encode()),
        *((name, content) for name, content in cases.packed().items() if name in PACK),
        ("scorecard.csv", cases.scorecard("numbers", 0, 2)),
    ]


def _public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def _mail(encoding: str, body: bytes) -> bytes:
    head = f"Subject: receipts\n\n--part\nContent-Transfer-Encoding: {encoding}\n\n".encode()
    return head + body + b"\n--part--\n"


TRUE = {each: _told(each) for each in (7, 8)}
_RETOLD = cases.rehashed([[*row[:4], row[4].replace("yours", "theirs")] for row in TRUE[7]])
KEPT = [
    *_kept(TRUE[7], cases.KEY), *_kept(TRUE[8], cases.KEY),
    # What another brand signs, and what this one tells afterwards.
    *_kept(_RETOLD, STRANGER), ("retold.csv", cases.as_file(_RETOLD)),
]  # fmt: skip
# What each brand signed: an answer counts under the key that it names, and under no other.
SIGNED_BY = {_public(cases.KEY): [*TRUE.values()], _public(STRANGER): [_RETOLD]}
OWN = len(KEPT) - len(_kept(_RETOLD, STRANGER)) - 1
WHOLE = ("chain.csv", "key.txt", "last.txt", "roots.txt", "terms.txt", "agreement.txt")


def changed(content: bytes, chance: Random) -> bytes:
    """The content with one change somewhere."""
    at, length = chance.randrange(len(content) + 1), chance.randrange(1, 40)
    piece = content[at : at + length]
    ways: list[Callable[[], bytes]] = [
        lambda: content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :],
        lambda: content[:at] + chance.choice(b"0123456789abcdef").to_bytes() + content[at + 1 :],
        lambda: content[:at] + content[at + length :],
        lambda: content[:at],
        lambda: content[at:],
        lambda: content[:at] + chance.randbytes(length) + content[at:],
        lambda: content[:at] + chance.choice(TOKENS) + content[at:],
        lambda: content[:at] + piece + content[at:],
        lambda: content[:at] + _piece(chance) + content[at:],
        lambda: content.replace(piece, _piece(chance)) if piece else content,
        lambda: _lines(content, chance),
        lambda: content.upper() if chance.random() < 0.5 else content.replace(b"\n", b"\r\n"),
    ]
    return chance.choice(ways)()[:20_000]


def _piece(chance: Random) -> bytes:
    """A line of another file, or a part of it."""
    lines = chance.choice(KEPT)[1].splitlines() or [b""]
    line = chance.choice(lines)
    return line if chance.random() < 0.5 else line[chance.randrange(len(line) + 1) :]


def _lines(content: bytes, chance: Random) -> bytes:
    """The lines in another order, one of them missing, or twice."""
    lines = content.splitlines(keepends=True)
    if len(lines) < 2:
        return content + content
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(3):
        case 0:
            lines[one], lines[other] = lines[other], lines[one]
        case 1:
            del lines[one]
        case _:
            lines.insert(other, lines[one])
    return b"".join(lines)


def some(chance: Random) -> Files:
    """An input: what proves a chain with something changed, some files of all, or any bytes."""
    sort = chance.random()
    if sort < 0.02:
        return {f"f{n}": chance.randbytes(chance.randrange(400)) for n in range(3)}
    if sort < 0.6:
        part = KEPT[: OWN // 2] if sort < 0.4 else KEPT[OWN // 2 : OWN]
        files = {name: content for name, content in part if name in WHOLE}
        name, content = chance.choice(KEPT)
        if chance.random() < 0.3:
            files[f"more-{name}"] = content
    else:
        files = {f"{n}-{name}": it for n, (name, it) in enumerate(chance.sample(KEPT, 4))}
    for _change in range(chance.choice((0, 1, 1, 1, 2, 3, 5))):
        name = chance.choice(sorted(files))
        files[name] = changed(files[name], chance)
    return files


def false_ok(files: Files, until: int, key: str) -> str:
    """What is not so, where the program said of these files that ``until`` places are proven.

    ``key``: under which, as it says; whoever brings the own one is told nothing under another's.
    """
    own = _public(cases.KEY)
    line = re.compile(rb"^portal-key/1 %s\r?$" % own.encode(), re.MULTILINE)
    if key != own and any(map(line.search, files.values())):
        return f"proven under {key}, and the own key is there"
    if not 1 <= until <= SIGNED:
        return f"{until} places are proven, and {SIGNED} were signed"
    shown, texts = 0, []
    for content in files.values():
        text = verify_receipt._unwrapped(content.decode("utf-8-sig", "replace")).lstrip()
        if not text.startswith(",".join(COLUMNS[:3])):
            texts.append(text)
            continue
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row][1:]
        part = rows[:until]
        if not any(part == true[: len(part)] for true in SIGNED_BY[key]):
            return "a row is another one than was signed"
        shown = max(shown, len(part))
    if shown < until:
        return f"{until} places are proven, and {shown} are there"
    return _other_terms("\n".join(texts), until)


def _other_terms(text: str, until: int) -> str:
    """A rulebook or an agreement that these places name, with words that they do not."""
    told = "".join(row[4] for row in TRUE[7][:until])
    named = {(sort, number): hash_ for sort, number, hash_ in RULES.findall(told)}
    text = text.replace("portal-agreement/1", "portal-terms/1 agreement")
    for line in re.split("[\r\n]", text):  # what follows the words' own line is none of them
        word, sort, number, words = (*line.split(" ", 3), "", "", "")[:4]
        hash_ = named.get((sort, number), "") if word == "portal-terms/1" else ""
        whole = words.startswith("{") and words.endswith("}")
        if hash_ and whole and hashlib.sha256(words.encode()).hexdigest() != hash_:
            return f"{sort} {number} is another one than was signed"
    return ""


def remember_signatures() -> None:
    """The same signature comes in most inputs: whether it is one is worked out once a process."""
    verify_receipt.signed = functools.lru_cache(100_000)(verify_receipt.signed)


def lot(seed: int, count: int) -> tuple[Counter[str], list[str]]:
    """Try so many inputs; how often each was the answer, and what went wrong, told in words."""
    chance, said = Random(seed), Counter[str]()
    wrong: list[str] = []
    for number in range(count):
        files = some(chance)
        try:
            report = verify_receipt.check(files)
            verify_receipt.told(report)
        except Exception:
            said["traceback"] += 1
            wrong.append(f"seed {seed}, input {number}: {files}\n{traceback.format_exc()}")
            continue
        said[VERDICTS[report.verdict][1]] += 1
        if report.verdict == PROVEN and (lie := false_ok(files, report.until, report.key)):
            said["false ok"] += 1
            wrong.append(f"seed {seed}, input {number}: {files}\n{lie}")
    return said, wrong
