"""Whoever has all passwords changes what stands on file, and dealers look: ``make tampers``.

On a database of its own: dealers with customers, a case, looks at them, a closed month with its
statement and paper, a signed agreement. Each keeps one receipt or one root of then, the key, and
nothing else. Then a superuser, for whom no trigger runs, changes something at random, for each try
anew: links of the chain, with hashes that do not fit or made to fit; rulebooks, plans and
agreements; papers; rows of the tables that a pack has, and lines of statements. What the portal
gives out after that is held against what was kept, by ``verify_receipt`` alone. A change of what is
newer than the receipt counts apart: no old receipt can find it if the hashes are made to fit. After
that, ``fuzzing`` tries inputs of every sort.

The exit status is 1 if something was not found, was called proven and was not so, or ended in a
traceback.
"""

import argparse
import multiprocessing
import os
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from tests.bench.imports import apart
from tests.faults.kept import Kept, world
from tests.faults.records import LINES, TABLES, Records, given_out
from tests.faults.tampering import ROWS, WAYS, Way

DATA = Path(__file__).resolve().parents[2] / "var" / "tampers"
WIDTH = 44  # of what a count is of


def main() -> int:
    parser = argparse.ArgumentParser(prog="make tampers", description=__doc__)
    parser.add_argument("--tampers", type=int, default=10_000, help="0: none, and no database")
    parser.add_argument("--inputs", type=int, default=1_000_000, help="of the verifier")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.processes} processes", flush=True)
    off: list[str] = []
    if options.tampers:
        apart(
            DATA,
            lambda: off.extend(tampered(options.tampers, options.processes, options.seed)),
            "tests.faults.settings",
        )
    if options.inputs:
        off.extend(fuzzed(options.inputs, options.processes, options.seed))
    for each in off[:10]:
        print(each)
    print(f"{len(off)} that ought not to be")
    return 1 if off else 0


def _shares(count: int, processes: int) -> list[int]:
    """So many, divided among the processes."""
    return [count * (n + 1) // processes - count * n // processes for n in range(processes)]


def _told(title: str, counts: Counter[str]) -> None:
    print(f"\n{title}")
    for name, count in sorted(counts.items(), key=lambda it: (-it[1], it[0])):
        print(f"  {name:<{WIDTH}} {count:>10,}")


def fuzzed(count: int, processes: int, seed: int) -> list[str]:
    """Try so many inputs of the verifier, and print how often each was its answer."""
    from tests.faults import fuzzing

    began = time.monotonic()
    work = [(seed * 1000 + n, share) for n, share in enumerate(_shares(count, processes * 8))]
    said, wrong = Counter[str](), []
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, initializer=fuzzing.remember_signatures) as pool:
        for answers, found in pool.starmap(fuzzing.lot, work, chunksize=1):
            said += answers
            wrong += found
    seconds = time.monotonic() - began
    _told(f"{count:,} inputs of the verifier in {seconds:,.0f} s, by what it said", said)
    for name in ("false ok", "traceback"):
        print(f"  {name:<{WIDTH}} {said[name]:>10,}" if not said[name] else f"  {name}: see below")
    return wrong


def _found_by(sentences: Sequence[tuple[str, str]]) -> Iterator[str]:
    """By which of its sentences the verifier said it."""
    from dealers.receipts.verify_receipt import WORDS

    for _chinese, sentence in sentences:
        for name, (_words, words) in WORDS.items():
            pattern = re.sub(r"\\\{\w+\\\}", "(.+)", re.escape(words))
            if found := re.fullmatch(pattern, sentence):
                inside = list(_found_by([("", found[1])])) if name == "broken" else []
                yield inside[0] if inside else name
                break


def tampered(count: int, processes: int, seed: int) -> list[str]:
    """Tamper so many times, and print by what it was found; what was not is returned."""
    from django.db import connections

    began = time.monotonic()
    kept = world(processes)
    connections.close_all()
    print(f"{len(kept)} dealers, made in {time.monotonic() - began:,.0f} s", flush=True)
    began = time.monotonic()
    work = [
        (each, share, seed * 1000 + n)
        for n, (each, share) in enumerate(zip(kept, _shares(count, len(kept)), strict=True))
    ]
    ways, by, off = Counter[str](), Counter[str](), []
    with multiprocessing.get_context("spawn").Pool(processes, initializer=_begin) as pool:
        for outcomes, sentences, missed in pool.starmap(tamper, work, chunksize=1):
            ways += outcomes
            by += sentences
            off += missed
    seconds = time.monotonic() - began
    _told(f"{count:,} tampers in {seconds:,.0f} s", ways)
    _told("Found by what the verifier said (one tamper may be found by several)", by)
    return off


def _begin() -> None:
    import django

    django.setup()
    from django.db import connection

    connection.settings_dict["USER"] = "postgres"  # whom no trigger and no policy holds back
    connection.close()


def tamper(kept: Kept, count: int, seed: int) -> tuple[Counter[str], Counter[str], list[str]]:
    """Tamper with the records of a dealer so often, each time anew; what came of it."""
    from dealers.receipts.verify_receipt import PROVEN, check, told

    chance, by = Random(seed), Counter[str]()
    outcomes: Counter[str] = Counter()
    off: list[str] = []
    as_it_is = _tried(kept, None, chance, (*TABLES, LINES))[0]
    for proof, line in kept.by.items():
        report = check({**as_it_is, "kept.txt": line.encode()})
        if (report.verdict, report.until) != (PROVEN, kept.place):
            off.append(f"Untouched, it is not proven by the {proof}:\n{told(report)}")
    names = list(WAYS)
    for number in range(count):
        name, proof = names[number % len(names)], chance.choice(sorted(kept.by))
        parts = [ROWS[name][0]] if name in ROWS else []
        files, first = _tried(kept, WAYS[name], chance, parts)
        report = check({**files, "kept.txt": kept.by[proof].encode()})
        found = report.verdict != PROVEN
        newer = first is not None and first > kept.place
        if newer:
            outcomes[f"newer than the {proof}: {'' if found else 'not '}found"] += 1
            if not found and report.until >= first:
                off.append(f"seed {seed}, {number}: {name} is called proven\n{told(report)}")
            continue
        outcomes[f"{name}: {'found' if found else 'MISSED'}"] += 1
        outcomes[f"{'found' if found else 'MISSED'} by one {proof}"] += 1
        by.update(_found_by([*report.wrong, *report.open]))
        if not found:
            off.append(f"seed {seed}, {number}: {name} at {first}\n{told(report)}")
    return outcomes, by, off


def _tried(
    kept: Kept, way: Way | None, chance: Random, parts: Sequence[str]
) -> tuple[dict[str, bytes], Any]:
    """What is given out after a tamper, which is taken back then, and the first place changed.

    Of the pack these parts, in which it would show.
    """
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        records = Records(cursor, kept.dealer)
        first = way(records, chance) if way else None
        files = given_out(records, parts)
        transaction.set_rollback(True)
    return files, first


if __name__ == "__main__":
    raise SystemExit(main())
