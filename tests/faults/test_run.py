"""What `make faults` takes for a fault of the portal's."""

from collections import Counter

import pytest

from tests.faults import clocks
from tests.faults.people import Seen
from tests.faults.run import amiss


def seen(captures, pages="200", taken=(), mute=0):
    return Seen(
        captures=Counter(captures.split()),
        pages=Counter(pages.split()),
        taken=list(taken),
        mute=mute,
    )


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("nothing", seen("302 422")),
        ("postgres frozen", seen("302 503", "503")),
        ("web clock ahead", seen("503")),
        ("disk full", seen("503", "503")),
        ("web killed", seen("302 refused", "refused")),
        ("one web worker frozen", seen("302 refused")),
    ],
)
def test_a_fault_that_leaves_no_way_but_a_sentence_is_well_borne(name, found):
    assert amiss(name, found, 0, back=True) == []


@pytest.mark.parametrize(
    ("name", "found", "stored", "back", "said"),
    [
        ("valkey frozen", seen("302 503"), 0, True, ["valkey frozen: captures 503"]),
        ("broker killed", seen("302 refused"), 0, True, ["broker killed: captures refused"]),
        ("postgres slow", seen("302 500"), 0, True, ["postgres slow: captures 500"]),
        ("postgres killed", seen("503", mute=2), 0, True,
         ["postgres killed: 2 refusals without a sentence"]),
        ("mail slow", seen("302", "200 500"), 0, True, ["mail slow: pages 500"]),
        ("valkey slow", seen("302", "200 503 302"), 0, True, ["valkey slow: pages 503"]),
        ("postgres killed", seen("503", "503 refused"), 0, True,
         ["postgres killed: pages refused"]),
        ("worker killed", seen("302 302", taken="ab"), 1, True,
         ["worker killed: 1 acknowledged and lost"]),
        ("web killed", seen("302"), 0, False, ["web killed: not back in a minute"]),
    ],
)  # fmt: skip
def test_what_is_lost_unanswered_or_mute_is_told(name, found, stored, back, said):
    assert amiss(name, found, stored, back=back) == said


def test_only_the_servers_of_one_kind_have_a_wrong_clock(tmp_path):
    web = clocks.kind(["/venv/lib/gunicorn/__main__.py", "--config", "python:config.gunicorn"])
    worker = clocks.kind(["/venv/lib/celery/__main__.py", "--app", "config", "worker"])
    beside = clocks.kind(["manage.py", "verify"])

    with clocks.put_wrong(clocks.WEB, tmp_path, -60):
        wrong = [clocks.wrong_by(clocks.file_of(each, tmp_path)) for each in (web, worker, beside)]

    assert wrong == [-60, 0, 0]
    assert clocks.wrong_by(clocks.file_of(web, tmp_path)) == 0
