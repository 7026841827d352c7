"""The file that a dealer runs: it finds what was changed, and never says "nothing" wrongly."""

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from dealers.receipts import verify_receipt
from dealers.receipts.local_stamps import POLICY, Authority
from dealers.receipts.verify_receipt import (
    COLUMNS,
    LOST,
    NOTHING,
    OPEN,
    PROVEN,
    WRONG,
    check,
    signed,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
KEY_FILE = f"portal-key/1 {PUBLIC.hex()}\n".encode()


def rehashed(rows):
    """Rows of a chain with hashes that fit them, as somebody with the whole database makes them."""
    made, before = [], NOTHING
    for row in rows:
        text = "|".join(["portal-link/1", *row[:5]])
        hashed = hashlib.sha256(bytes.fromhex(before) + text.encode()).hexdigest()
        made.append([*row[:5], before, hashed])
        before = hashed
    return made


def history(count, dealer=7, word="yours"):
    return rehashed(
        [
            str(dealer), str(n), f"2026-11-01T{n // 60:02}:{n % 60:02}:00.000000Z",
            "registration", json.dumps([{"receipt": f"R-{n}", "answer": word}]),
        ]
        for n in range(1, count + 1)
    )  # fmt: skip


def as_file(rows):
    text = io.StringIO()
    text.write("\ufeff")
    csv.writer(text).writerows([COLUMNS, *rows])
    return text.getvalue().encode()


def receipt(row, key=KEY, time="2026-12-01T00:00:00Z"):
    words = f"portal-receipt/1 {row[0]} {row[1]} {row[6]} {time}"
    return f"{words} {key.sign(words.encode()).hex()}"


def proof(rows, *receipts, key=KEY_FILE):
    return check({"chain.csv": as_file(rows), "r.txt": "\n".join(receipts).encode(), "k": key})


ROWS = history(60)
LAST = receipt(ROWS[49])


def test_a_chain_is_proven_up_to_the_last_receipt_and_what_is_newer_is_counted_apart():
    report = proof(ROWS, receipt(ROWS[9]), LAST)

    assert (report.verdict, report.until, report.newer) == (PROVEN, 50, 10)
    assert "10" in report.notes[-1][1]


@pytest.mark.parametrize(
    ("left_out", "files"),
    [
        ("key", {"chain.csv": as_file(ROWS), "r.txt": LAST.encode()}),
        ("receipt", {"chain.csv": as_file(ROWS), "k": KEY_FILE}),
        ("chain", {"r.txt": LAST.encode(), "k": KEY_FILE}),
        ("all", {}),
    ],
)
def test_without_all_of_them_nothing_is_proven_and_it_says_what_is_missing(left_out, files):
    report = check(files)

    assert report.verdict == OPEN
    assert report.open


def edited(rows, random):
    n = random.randrange(50)
    rows[n][4] = rows[n][4].replace("yours", "protected")


def backdated(rows, random):
    n = random.randrange(50)
    rows[n][2] = "2026-10-01T00:00:00.000000Z"


def deleted(rows, random):
    del rows[random.randrange(50)]


def inserted(rows, random):
    n = random.randrange(50)
    rows.insert(n, [*rows[n][:4], '[{"receipt":"R-X"}]', *rows[n][5:]])


def swapped(rows, random):
    n = random.randrange(49)
    rows[n], rows[n + 1] = rows[n + 1], rows[n]


def cut(rows, random):
    del rows[random.randrange(50) :]


def retold(rows, random):
    edited(rows, random)
    rows[:] = rehashed(rows)


def shortened(rows, random):
    deleted(rows, random)
    rows[:] = rehashed([row[0], str(n), *row[2:]] for n, row in enumerate(rows, 1))


def given_away(rows, _random):
    rows[:] = rehashed(["8", *row[1:]] for row in rows)


def moved_words(rows, random):
    # The same bytes are hashed: a part of what happened becomes its kind.
    n = random.randrange(50)
    rows[n][3], rows[n][4] = f"registration|{rows[n][4][:5]}", rows[n][4][5:]


WAYS = [
    edited, backdated, deleted, inserted, swapped, cut, retold, shortened, given_away, moved_words,
]  # fmt: skip


@pytest.mark.parametrize("tamper", WAYS, ids=lambda it: it.__name__)
def test_whatever_is_changed_the_last_receipt_finds_it(tamper):
    random = Random(3)
    for _each in range(12):
        rows = [list(row) for row in ROWS]
        tamper(rows, random)

        report = proof(rows, LAST)

        assert report.verdict != PROVEN, rows
        if tamper is not given_away:
            assert report.verdict == WRONG


def test_it_says_between_which_places_and_since_when():
    rows = [list(row) for row in ROWS]
    rows[24][4] = "[]"
    report = proof(rehashed(rows), receipt(ROWS[9]), receipt(ROWS[19]), receipt(ROWS[29]), LAST)

    (found,) = report.wrong
    assert "places 21 to 30 was changed after 2026-12-01" in found[1]
    assert report.until == 20


def test_a_tail_that_was_cut_is_named():
    (found,) = proof(ROWS[:40], LAST).wrong

    assert "Places 41 to 50 are missing" in found[1]
    assert "If the file of the chain is older than that, download it again" in found[1]


def test_a_receipt_by_another_key_or_with_another_hash_is_not_one():
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    for false in (receipt(ROWS[49], other), LAST.replace(ROWS[49][6], ROWS[48][6])):
        report = proof(ROWS, false)
        assert report.verdict == WRONG
        assert report.until == 0


def test_two_heads_for_one_place_are_two_histories():
    other = history(60, word="protected")

    report = check({"r.txt": f"{LAST}\n{receipt(other[49])}".encode(), "k": KEY_FILE})

    assert "two histories" in report.wrong[0][1]


def test_the_chain_of_another_dealer_is_not_the_own_one():
    others = history(60, dealer=8, word="protected")

    report = proof(others, receipt(others[49]), LAST)

    assert report.verdict == OPEN
    assert "The chain is that of dealer 8" in report.open[0][1]


def test_contradicting_receipts_without_end_are_told_and_not_tried_one_by_one():
    invented = (LAST.replace(ROWS[49][6], f"{n:064x}") for n in range(5000))

    report = check({"r.txt": "\n".join([LAST, *invented]).encode(), "k": KEY_FILE})

    assert any("Too many receipts contradict" in english for _chinese, english in report.wrong)


def test_it_shows_the_key_by_which_all_of_it_counts():
    assert PUBLIC.hex() in verify_receipt.told(proof(ROWS, LAST))


def test_a_key_by_which_anybody_signs_anything_is_none():
    identity = bytes([1]) + bytes(31)
    assert not signed(identity, b"whatever", identity + bytes(32))


def test_a_receipt_in_a_mail_is_found_and_a_torn_one_is_told():
    mail = f"Dear owner,\r\n> {LAST}\r\nYours".encode()
    assert check({"c": as_file(ROWS), "mail": mail, "k": KEY_FILE}).verdict == PROVEN
    assert check({"c": as_file(ROWS), "mail": LAST[:-9].encode(), "k": KEY_FILE}).verdict == WRONG


def root_line(day, leaves, before, key=KEY):
    words = f"portal-root/1 {day} {len(leaves)} {tree(leaves).hex()} {before} {day}T23:59:00Z"
    return words, f"{words} {key.sign(words.encode()).hex()}"


def stamp(line, at, policy="1.3.6.1.4.1.32473.1"):
    """A time stamp over a line, by an authority of a test."""
    authority = Authority("Stamps of a test", since=at - timedelta(days=1))
    return authority.stamp(hashlib.sha256(line.encode()).digest(), 9, at, policy=policy)


def tree(leaves):
    """The Merkle tree of RFC 6962, by its definition."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + tree(leaves[:half]) + tree(leaves[half:])).digest()


def test_skipped_and_doubled_days_show():
    words, first = root_line("2026-11-01", [bytes(32)], NOTHING)
    _words, later = root_line("2026-11-03", [bytes(32)], hashlib.sha256(words.encode()).hexdigest())
    _words, other = root_line("2026-11-01", [b"1" * 32], NOTHING)

    skipped = check({"roots": f"{first}\n{later}".encode(), "k": KEY_FILE})
    doubled = check({"mine": first.encode(), "a friend's": other.encode(), "k": KEY_FILE})
    forked = root_line("2026-11-02", [bytes(32)], NOTHING)[1]

    assert "No root was published on 1 days" in skipped.notes[0][1]
    assert "Two different roots of 2026-11-01" in doubled.wrong[0][1]
    broken = check({"roots": f"{first}\n{forked}".encode(), "k": KEY_FILE})
    assert "does not follow" in broken.wrong[0][1]


def test_of_many_roots_each_is_held_against_the_one_before():
    day, before, lines = date(2026, 1, 1), NOTHING, []
    for _each in range(verify_receipt.MOST + 60):
        words, line = root_line(day, [bytes(32)], before)
        before, day = hashlib.sha256(words.encode()).hexdigest(), day + timedelta(days=1)
        lines.append(line)
    assert not check({"roots": "\n".join(lines).encode(), "k": KEY_FILE}).wrong

    _words, other = root_line("2026-01-03", [b"1" * 32], NOTHING)
    doubled = check({"roots": "\n".join([*lines, other]).encode(), "k": KEY_FILE})

    assert "Two different roots of 2026-01-03" in doubled.wrong[0][1]


_WORDS, STAMPED = root_line("2026-11-01", [bytes(32)], NOTHING)
MIDNIGHT = datetime(2026, 11, 2, 0, 1, tzinfo=UTC)
STAMP = stamp(STAMPED, MIDNIGHT)


def noted(**files):
    """What is noted of a root and these files beside it."""
    report = check({"roots": STAMPED.encode(), "k": KEY_FILE, **files})
    assert not report.wrong
    return "\n".join(english for _chinese, english in report.notes)


def test_it_says_which_root_a_stamp_is_over_and_how_the_stamp_is_checked():
    said = noted(**{"mine.tsr": STAMP})

    digest = hashlib.sha256(STAMPED.encode()).hexdigest()
    assert "1 time stamps are over roots that are here, the newest over that of 2026-11-01" in said
    assert "names 2026-11-02T00:01:00Z" in said
    assert f"openssl ts -verify -digest {digest} -in 'mine.tsr' -CAfile AUTHORITY.pem" in said
    assert "is not checked here" in said
    assert "Nothing to check" not in said


def test_it_says_that_there_is_none_and_that_one_is_of_no_root_here():
    assert "No time stamp (.tsr) of an authority outside is among the files" in noted()
    other = noted(**{"mine.tsr": stamp(f"{STAMPED}\n", MIDNIGHT)})
    assert "The time stamp mine.tsr is of none of the roots that are here" in other
    assert "No time stamp" in other


def test_a_local_stamp_is_called_what_it_is():
    said = noted(**{"mine.tsr": stamp(STAMPED, MIDNIGHT, POLICY)})

    assert "they prove nothing against the brand" in said
    assert "openssl" not in said


def test_a_stamp_that_is_days_later_than_the_root_says_it_is_told():
    later = stamp(STAMPED, MIDNIGHT + timedelta(days=5))

    assert "it was there before, the brand alone says" in noted(late=later)
    assert "the brand alone says" not in noted(**{"mine.tsr": STAMP})


def test_a_stamp_beside_a_root_that_is_not_signed_is_of_none():
    _words, forged = root_line("2026-11-01", [bytes(32)], NOTHING, Ed25519PrivateKey.generate())
    stamped = stamp(forged, MIDNIGHT)
    report = check({"roots": forged.encode(), "k": KEY_FILE, "t.tsr": stamped})

    assert "not signed by this key" in report.wrong[0][1]
    assert "of none of the roots" in report.notes[0][1]


@settings(max_examples=300)
@given(st.integers(0, len(STAMP)), st.integers(0, 40), st.binary(max_size=40))
def test_of_a_stamp_that_was_changed_it_reads_nothing_or_what_stands_there(at, length, piece):
    found = verify_receipt.named_by(STAMP[:at] + piece + STAMP[at + length :])

    assert found is None or (len(found[0]), len(found[1])) == (64, 20)
    assert verify_receipt.named_by(STAMP)[1] == "2026-11-02T00:01:00Z"


@given(seed=st.binary(min_size=32, max_size=32), text=st.binary(), flip=st.integers(0, 511))
def test_signatures_are_those_of_the_library(seed, text, flip):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(text)
    broken = bytearray(signature)
    broken[flip // 8] ^= 1 << flip % 8

    assert signed(public, text, signature)
    assert not signed(public, text, bytes(broken))
    assert not signed(public, text + b"!", signature)
    assert not signed(bytes(32), text, signature)
    assert not signed(b"\xff" * 32, text, signature)


WHOLE = {"chain.csv": as_file(ROWS), "r.txt": LAST.encode(), "k": KEY_FILE}
pieces = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"portal-receipt/1 7 50 ",
            b"portal-key/1 ",
            b"portal-restart/1 7 40 ",
            b"\0",
            b'"',
            b"\n",
            b",",
            b"\xff",
        ]
    ),
)


@settings(max_examples=300)
@given(st.sampled_from(sorted(WHOLE)), st.integers(0, 9000), st.integers(0, 40), pieces)
def test_whatever_bytes_it_is_given_it_answers_and_says_ok_only_of_what_was_signed(
    name, at, length, piece
):
    content = WHOLE[name]
    files = {**WHOLE, name: content[:at] + piece + content[at + length :]}

    report = check(files)

    assert verify_receipt.told(report)
    if report.verdict == PROVEN:
        # What it calls proven is what was there: the rows as they were, up to the receipt.
        text = files["chain.csv"].decode("utf-8-sig", "replace")
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert [row for row in rows if row][1 : 1 + report.until] == ROWS[: report.until]


@given(st.dictionaries(st.text(max_size=5), st.binary(max_size=500), max_size=3))
def test_no_file_makes_it_fail(files):
    assert check(files).verdict != PROVEN


def test_as_a_dealer_runs_it(tmp_path):
    tool = tmp_path / "verify_receipt.py"
    tool.write_bytes(Path(verify_receipt.__file__).read_bytes())
    for name, content in {"chain.csv": WHOLE["chain.csv"], "r.txt": WHOLE["r.txt"]}.items():
        (tmp_path / name).write_bytes(content)

    def run(*arguments):
        command = [sys.executable, "-I", str(tool), *arguments]
        return subprocess.run(command, capture_output=True, check=False, cwd="/", timeout=60)

    assert run().returncode == OPEN
    (tmp_path / "key.txt").write_bytes(KEY_FILE)
    done = run()
    assert done.returncode == PROVEN
    assert "没有改动" in done.stdout.decode()
    assert run(str(tmp_path / "nowhere.csv")).returncode == OPEN
    assert run(str(tmp_path)).returncode == OPEN  # a folder


RULEBOOK = '{"name": "规则", "protection_days": 90}'


def decided(count, *words):
    """A chain whose links name a rulebook, with the hashes of these texts in turn."""
    hashes = [hashlib.sha256(each.encode()).hexdigest() for each in words]
    rows = [list(row) for row in ROWS[:count]]
    for n, row in enumerate(rows):
        row[4] = f'[{{"receipt" : "R-{n}", "rulebook" : 1, "rules" : "{hashes[n % len(hashes)]}"}}]'
    return rehashed(rows)


def held_against(rows, *texts):
    terms = "".join(f"portal-terms/1 rulebook 1 {each}\n" for each in texts)
    files = {"c": as_file(rows), "r": receipt(rows[-1]).encode(), "k": KEY_FILE}
    return check({**files, "terms": terms.encode()})


def test_a_rulebook_is_held_against_what_was_decided_by_it():
    rows = decided(9, RULEBOOK)
    edited = RULEBOOK.replace("90", "60")

    assert held_against(rows, RULEBOOK).verdict == PROVEN
    assert "not the one that decided" in held_against(rows, edited).wrong[0][1]
    assert "different texts" in held_against(rows, RULEBOOK, edited).wrong[0][1]
    both = held_against(decided(9, RULEBOOK, edited), RULEBOOK)
    assert "was changed between place 1 and place 2" in both.wrong[0][1]
    assert "not named in the chain" in held_against(ROWS, RULEBOOK).notes[-1][1]


def test_what_people_write_does_not_look_like_a_rulebook():
    text = json.dumps([{"purpose": f'"rulebook" : 1, "rules" : "{"0" * 64}"'}])
    rows = rehashed([[*row[:4], text] for row in ROWS])

    assert held_against(rows).verdict == PROVEN
    assert "not named in the chain" in held_against(rows, RULEBOOK).notes[-1][1]


def test_many_lines_without_an_end_take_no_time():
    torn = b"portal-terms/1 plan 1 {" * 40_000

    assert check({"terms": torn, "k": KEY_FILE}).verdict == WRONG


DECEMBER_2, DECEMBER_3 = "2026-12-02T00:00:00Z", "2026-12-03T00:00:00Z"
AFTER = rehashed(ROWS[:40] + history(60, word="protected")[40:])


def restart(kept, last, rows=ROWS, time=DECEMBER_2, key=KEY):
    """What the signer states once the database was put back to the place ``kept`` of ``rows``."""
    head = rows[kept - 1][6] if kept else NOTHING
    words = f"portal-restart/1 7 {kept} {head} {last} {rows[last - 1][6]} {time}"
    return f"{words} {key.sign(words.encode()).hex()}"


def english(report):
    return "\n".join(said for _chinese, said in [*report.wrong, *report.lost])


@pytest.mark.parametrize("kept", [0, 40])
def test_a_stated_loss_is_told_and_the_rest_is_proven(kept):
    after = rehashed(ROWS[:kept] + history(60, word="protected")[kept:])
    report = proof(
        after, receipt(ROWS[9]), LAST, restart(kept, 50), receipt(after[54], time=DECEMBER_3)
    )

    assert (report.verdict, report.until) == (LOST, 55), verify_receipt.told(report)
    assert f"places {kept + 1} to 50 of dealer 7 was lost" in english(report)
    assert DECEMBER_2 in english(report)


def test_without_the_statement_it_is_another_history():
    assert proof(AFTER, LAST, receipt(AFTER[54], time=DECEMBER_3)).verdict == WRONG
    silent = proof(AFTER, LAST, receipt(AFTER[49], time=DECEMBER_3))
    assert "two histories" in english(silent)


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        (restart(40, 50, key=Ed25519PrivateKey.from_private_bytes(bytes(32))), "not signed by"),
        (restart(40, 45), "Place 50 was signed at 2026-12-01"),  # less than was lost
        (restart(45, 50), "two histories|was changed"),  # the chain changes before that place
        (restart(40, 50, time="2026-11-30T00:00:00Z"), "was changed after 2026-12-01"),
        (restart(40, 50, rows=AFTER), "two histories"),  # another head than was signed
    ],
)
def test_a_statement_covers_nothing_but_what_it_states(stated, says):
    report = proof(AFTER, LAST, stated, receipt(AFTER[54], time=DECEMBER_3))

    assert report.verdict == WRONG
    assert re.search(says, english(report)), english(report)


def test_what_is_changed_after_a_restart_is_found_as_ever():
    changed = rehashed(AFTER[:50] + history(60, word="another")[50:])
    report = proof(changed, LAST, restart(40, 50), receipt(AFTER[54], time=DECEMBER_3))

    assert report.verdict == WRONG
    assert "was changed after 2026-12-03" in english(report)


def test_a_chain_that_began_anew_twice():
    again = rehashed(AFTER[:30] + history(60, word="third")[30:])
    report = proof(
        again, receipt(ROWS[9]), LAST, receipt(AFTER[54], time=DECEMBER_3),
        restart(40, 50), restart(30, 55, rows=AFTER, time="2026-12-04T00:00:00Z"),
        receipt(again[59], time="2026-12-05T00:00:00Z"),
    )  # fmt: skip

    assert (report.verdict, report.until, len(report.lost)) == (LOST, 60, 2), english(report)


def test_the_loss_of_another_dealer_is_not_the_own_one():
    others = restart(40, 50).replace("portal-restart/1 7", "portal-restart/1 8")
    words = others.rsplit(" ", 1)[0]
    report = proof(ROWS, LAST, f"{words} {KEY.sign(words.encode()).hex()}")

    assert (report.verdict, report.until, report.lost) == (OPEN, 50, [])
    assert "1 receipts are another's" in report.open[0][1]


# The tables of a pack, held against the chain.

TOLD = {
    "access": [
        {"action": "view", "at": "2026-10-31T23:59:59.5+00:00", "role": "hq", "card": None,
         "fields": "phone", "count": 2,
         "words": hashlib.sha256("张三|回访 1".encode()).hexdigest()},
        # One of before the words were told.
        {"action": "view", "at": "2026-11-01T00:00:02.123456+00:00", "role": "hq", "card": None,
         "fields": "name", "count": 2},
    ],
    "statement": [
        {"number": "ST-1", "month": "2026-10-01", "currency": "CNY", "opening": "0",
         "total": "12.50", "adjusted": "0", "set_off": "0", "payable": "12.5000",
         "closing": "0.00", "clawback": "0", "opening_back": "0", "closing_back": "0",
         "code": "AB", "issued": "2026-11-01T00:00:01+00:00", "results": [
             {"component": "own", "month": "2026-10-01", "adjustment": True, "lines": 3,
              "base": "1250.0000", "amount": "12.5"}]},
    ],
    "ruling": [
        {"case": "C-1", "instance": 1, "outcome": "split", "share": "0.500000", "silence": True,
         "at": "2026-11-01T00:00:03+00:00", "reason": hashlib.sha256(b"=1+1").hexdigest()},
    ],
}  # fmt: skip
LINES_FILE = "\ufeffstatement,component,for_month,date\r\nST-1,own,2026-10,1\r\n".encode()
SHEETS = {
    "access_log.csv": [
        ["at", "who", "role", "action", "customer", "count", "fields_kept", "purpose_kept"],
        ["2026-11-01T07:59:59.500000+08:00", "张三", "hq", "view", "", "2", "phone", "回访 1"],
        ["2026-11-01T00:00:02.123456+00:00", "李四", "hq", "view", "", "2", "name", "x"],
    ],
    "statements.csv": [
        ["statement", "month", "currency", "carried_over", "total", "adjusted", "never_paid",
         "payable", "carried_forward", "clawback", "carried_over_back", "carried_forward_back",
         "code", "issued_at"],
        ["ST-1", "2026-10-01", "CNY", "0.00", "12.50", "0.00", "-0.00", "12.50", "0.00", "0.00",
         "0.00", "0.00", "AB", "2026-11-01T08:00:01+08:00"],
    ],
    "results.csv": [
        ["statement", "plan", "component", "for_month", "lines", "base", "amount"],
        ["ST-1", "P", "own-adjustment", "2026-10-01", "3", "1250.00", "12.50"],
    ],
    "case_rulings.csv": [
        ["case", "instance", "outcome", "share_of_a", "reason", "by_silence", "at"],
        ["C-1", "1", "split", "0.5", "'=1+1", "yes", "2026-11-01T00:00:03Z"],
    ],
}  # fmt: skip
MANIFEST = (
    b'{\n "format": "portal-exit-pack/1",\n "dealer": "D",\n "made_at": "2026-12-01T00:00:00Z"\n}'
)


DISPUTES = [
    ["dispute", "instance", "outcome", "adjustment", "reason", "at"],
    ["D-1", "1", "granted", "", "对", "2026-11-01T00:00:13Z"],
]
LEAD = {"event": "accepted", "lead": 1, "at": "2026-11-01T00:00:01+00:00"}


def packed(sheets=SHEETS, manifest=MANIFEST, records=TOLD, day="2026-11-01", **more):
    """Files of a pack, with a chain that is signed to its end."""
    told = [
        (kind, json.dumps({"salt": "ab", "told": [each]}))
        for kind, those in records.items()
        for each in those
    ]
    paper = {"number": "ST-1", "lines": {"sha256": hashlib.sha256(LINES_FILE).hexdigest()}}
    # As the database writes it.
    told.append(("document", json.dumps([paper], separators=(",", " : "))))
    rows = rehashed(
        ["7", str(n), f"{day}T00:00:{n + 10:02}.000000Z", *each] for n, each in enumerate(told, 1)
    )
    files = {"chain.csv": as_file(rows), "r.txt": f"{receipt(rows[-1])}\n".encode() + KEY_FILE}
    for name, table in sheets.items():
        text = io.StringIO()
        csv.writer(text).writerows(table)
        files[name] = f"\ufeff{text.getvalue()}".encode()
    return {**files, **({"manifest.json": manifest} if manifest else {}), **more}


def with_cell(name, row, column, text):
    table = [list(each) for each in SHEETS[name]]
    table[row][SHEETS[name][0].index(column)] = text
    return {**SHEETS, name: table}


def without_rows(name, *rows):
    return {**SHEETS, name: [row for n, row in enumerate(SHEETS[name]) if n not in rows]}


def scorecard(figure, count, of, since="2026-11-01T08:00:00+08:00"):
    """A file of the public scorecard with one figure."""
    return (
        "\ufefffigure,from,to,count,of,median_days\r\n"
        f"{figure},{since},2027-01-01T00:00:00+08:00,{count},{of},\r\n"
    ).encode()


# A base that has more than cents.
TO_THE_LAST = {**TOLD, "statement": [{
    **TOLD["statement"][0],
    "results": [{**TOLD["statement"][0]["results"][0], "base": "1249.9872"}],
}]}  # fmt: skip
RECORDED_BEFORE, RECORDED_IN_IT = (
    {**TOLD, "ruling": [{**TOLD["ruling"][0], **moments}]}
    for moments in (
        {"recorded": "2026-10-31T00:00:03+00:00"},
        {"at": "2026-10-31T00:00:03+00:00", "recorded": "2026-11-01T00:00:03+00:00"},
    )
)
VOIDED = {**TOLD, "void": [
    {"receipt": "R-1", "reason": reason, "role": role, "at": "2026-11-01T00:00:04+00:00"}
    for reason, role in (
        ("tried", "hq"), ("tried", "owner"), ("fraud", "hq"), ("returned", "hq"),
    )
]}  # fmt: skip
LATE_LOOK = ["2027-01-01T00:00:00Z", "张三", "hq", "view", "", "2", "phone", "回访 1"]
PACKS = {
    "as it was": (packed(), PROVEN, "2 rows of access_log.csv are as the chain tells them"),
    "with the lines": (packed(lines=LINES_FILE), PROVEN, "lines is the paper of place 5"),
    "another line": (packed(lines=LINES_FILE + b"x"), OPEN, "none of the papers"),
    "without manifest": (packed(manifest=b""), OPEN, "manifest.json is missing"),
    "another reason of a look": (
        packed(with_cell("access_log.csv", 1, "purpose_kept", "别的")), WRONG,
        "1 rows of access_log.csv are not in the chain, the first is row 2",
    ),
    "another name of who looked": (
        packed(with_cell("access_log.csv", 1, "who", "王五")), WRONG, "are not in the chain",
    ),
    "another count": (
        packed(with_cell("access_log.csv", 2, "count", "1")), WRONG,
        "1 records of the chain are not in access_log.csv, the first of place 2",
    ),
    "back-dated": (
        packed(with_cell("access_log.csv", 1, "at", "2020-01-01T00:00:00Z")), WRONG,
        "are not of the time of which the chain tells such",
    ),
    "a look removed": (
        packed(without_rows("access_log.csv", 2)), WRONG, "the first of place 2",
    ),
    "all looks removed": (
        packed(without_rows("access_log.csv", 1, 2)), WRONG, "2 records of the chain are not in",
    ),
    "a newer look": (
        packed({**SHEETS, "access_log.csv": [*SHEETS["access_log.csv"], LATE_LOOK]}), PROVEN,
        "1 rows of access_log.csv are newer than the chain",
    ),
    "a look twice": (
        packed({**SHEETS, "access_log.csv": [*SHEETS["access_log.csv"],
                                             SHEETS["access_log.csv"][1]]}),
        WRONG, "the first is row 4",
    ),
    "another amount": (
        packed(with_cell("statements.csv", 1, "payable", "12.51")), WRONG, "statements.csv",
    ),
    "another result": (packed(with_cell("results.csv", 1, "lines", "4")), WRONG, "results.csv"),
    "the scorecard": (
        packed(score=scorecard("cases_late", 1, 4)), PROVEN,
        "1 of 4 are published, and 1 of 1 of these are in this chain",
    ),
    "a scorecard that counts less": (
        packed(score=scorecard("cases_late", 0, 4)), WRONG, "too few are told",
    ),
    "a ruling that was put on file in another month": (
        packed(score=scorecard("cases_late", 0, 0), records=RECORDED_BEFORE), PROVEN, "Places 1",
    ),
    "a ruling that took effect in another month": (
        packed(score=scorecard("cases_late", 0, 0), records=RECORDED_IN_IT), WRONG,
        "too few are told",
    ),
    "a scorecard of fewer": (packed(score=scorecard("numbers", 0, 0)), WRONG, "0 of 1"),
    "a scorecard of another month": (
        packed(score=scorecard("numbers", 0, 0, "2026-12-01T00:00:00+08:00")), PROVEN, "Places 1",
    ),
    "a scorecard with what headquarters voided": (
        packed(score=scorecard("voided", 3, 3), records=VOIDED), PROVEN,
        "3 of 3 are published, and 1 of 1 of these are in this chain",
    ),
    "a scorecard without it": (
        packed(score=scorecard("voided", 0, 0), records=VOIDED), WRONG, "tells of 1 of 1",
    ),
    "a scorecard without what dealers voided, cases ordered and stores gave back": (
        packed(score=scorecard("voided", 0, 0), records={**VOIDED, "void": VOIDED["void"][1:]}),
        PROVEN, "Places 1",
    ),
    # Made after an upgrade: what happened before it is told by no link, or in fewer words.
    "a dispute of before disputes were told": (
        packed({**SHEETS, "disputes.csv": DISPUTES}), OPEN,
        "1 rows of disputes.csv are not of the time of which the chain tells such",
    ),
    "a dispute of after that": (
        packed({**SHEETS, "disputes.csv": DISPUTES}, records={"lead": [LEAD], **TOLD}), WRONG,
        "1 rows of disputes.csv are not in the chain, the first is row 2",
    ),
    "a statement of before all of it was told": (
        packed(records={**TOLD, "statement": [{"number": "ST-1"}]}), OPEN,
        "1 rows of statements.csv are not of the time of which the chain tells such",
    ),
    "a result of which a pack of before has the base to the cent": (
        packed(with_cell("results.csv", 1, "base", "1249.99"), records=TO_THE_LAST), PROVEN,
        "1 rows of results.csv are as the chain tells them",
    ),
    "a base of another cent": (
        packed(with_cell("results.csv", 1, "base", "1249.98"), records=TO_THE_LAST), WRONG,
        "1 rows of results.csv are not in the chain",
    ),
    "a base that is rounded to no cent": (
        packed(with_cell("results.csv", 1, "base", "1249.986"), records=TO_THE_LAST), WRONG,
        "1 rows of results.csv are not in the chain",
    ),
    "a chain that tells of nothing, of a day that is none": (
        packed(records={}, day="2026-13-01"), OPEN,
        "1 rows of statements.csv are newer than the chain",
    ),
    "another ruling": (
        packed(with_cell("case_rulings.csv", 1, "reason", "=1+2")), WRONG, "case_rulings.csv",
    ),
}  # fmt: skip


def sentences(report):
    """All that is said, in English."""
    found = [*report.wrong, *report.lost, *report.proven, *report.open, *report.notes]
    return [said for _chinese, said in found]


LONG = 60_000
HOSTILE = {
    "an amount that is none": packed(
        with_cell("results.csv", 1, "base", f"1.{'0' * LONG}x")
    ),
    "a text without an end": {
        **packed(),
        "chain.csv": as_file(rehashed([["7", "1", "2026-11-01T00:00:01.000000Z", "access",
                                        '"' + '\\"' * LONG]])),
    },
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_made_to_hold_it_up_takes_as_long_as_it_is_long(case):
    """With all pairs of its characters it would be half a minute."""
    began = time.process_time()

    check(HOSTILE[case])

    assert time.process_time() - began < 5


@pytest.mark.parametrize("case", PACKS)
def test_tables_of_a_pack_are_held_against_the_chain(case):
    files, verdict, words = PACKS[case]

    report = check(files)

    assert report.verdict == verdict
    assert any(words in sentence for sentence in sentences(report))


@settings(max_examples=60)
@given(st.sampled_from(sorted(SHEETS)), st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_whatever_is_written_over_a_table_it_answers_and_tells_no_other_row_as_fitting(
    name, place, junk
):
    files = packed()
    whole = files[name]
    at = place % len(whole)
    files[name] = whole[:at] + junk + whole[at + len(junk) :]

    report = check(files)

    before = whole.decode("utf-8-sig").splitlines()[1:]
    after = files[name].decode("utf-8-sig", "replace").splitlines()[1:]
    assert report.verdict in (PROVEN, OPEN, WRONG)
    if report.verdict == PROVEN and len(after) == len(before):
        kept = sum(f"rows of {name} are as" in each for each in sentences(report))
        assert kept <= 1
