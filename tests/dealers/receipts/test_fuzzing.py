"""The inputs of every sort that the verifier is tried on, and who judges its answers."""

import pytest

from dealers.receipts.verify_receipt import PROVEN, VERDICTS, WRONG, check
from tests.dealers.receipts import test_verify_receipt as cases
from tests.faults import fuzzing
from tests.faults.fuzzing import KEPT, SIGNED, TRUE, WHOLE, false_ok, lot

KEY, STRANGERS = fuzzing.SIGNED_BY
OWN = {name: content for name, content in KEPT[: fuzzing.OWN // 2] if name in WHOLE}


def test_some_inputs_are_answered_rightly_and_of_every_sort():
    said, wrong = lot(11, 600)

    assert not wrong
    assert said.total() == 600
    assert said[VERDICTS[PROVEN][1]] > 20
    assert said[VERDICTS[WRONG][1]] > 100


def test_what_was_signed_is_proven_and_nothing_is_false_about_it():
    report = check(OWN)

    assert (report.verdict, report.until) == (PROVEN, SIGNED)
    assert not false_ok(OWN, report.until, report.key)


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("chain.csv", b"yours", b"theirs", "another one than was signed"),
        ("terms.txt", b"90", b"60", "rulebook 1 is another one"),
        ("agreement.txt", b"90", b"60", "agreement 1 is another one"),
    ],
)
def test_a_false_ok_would_be_noticed(name, old, new, says):
    assert says in false_ok({**OWN, name: OWN[name].replace(old, new)}, SIGNED, KEY)


def test_more_than_was_signed_or_is_there_would_be_noticed():
    short = {**OWN, "chain.csv": cases.as_file(TRUE[7][:4])}

    assert "10 were signed" in false_ok(OWN, SIGNED + 1, KEY)
    assert "4 are there" in false_ok(short, SIGNED, KEY)


def test_what_another_brand_signed_is_proven_under_its_key_alone():
    theirs = dict(KEPT[fuzzing.OWN : -1])
    files = {name: theirs[name] for name in ("key.txt", "last.txt", "chain.csv")}
    report = check(files)

    assert (report.verdict, report.key) == (PROVEN, STRANGERS)
    assert not false_ok(files, report.until, report.key)
    assert "another one than was signed" in false_ok(files, report.until, KEY)
    assert check({**files, "own.txt": OWN["key.txt"]}).verdict == WRONG
    assert "the own key is there" in false_ok({**files, "own": OWN["key.txt"]}, SIGNED, STRANGERS)
