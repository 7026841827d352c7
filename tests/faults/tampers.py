"""Whoever has all passwords changes what stands on file, and dealers look: ``make tampers``.

On a database of its own: dealers with customers, a case, looks at them, a closed month with its
statement and paper, a signed agreement. Each keeps one receipt or one root of then, the key, and
nothing else. Then a superuser, for whom no trigger runs, changes something at random, for each try
anew: links of the chain, with hashes that do not fit or made to fit; rulebooks, plans and
agreements; papers. What the portal gives out after that is held against what was kept, by
``verify_receipt`` alone. A change of what is newer than the receipt counts apart: no old receipt
can find it if the hashes are made to fit. After that, ``fuzzing`` tries inputs of every sort.

The exit status is 1 if something was not found, was called proven and was not so, or ended in a
traceback.
"""

import argparse
import hashlib
import multiprocessing
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tests.bench.imports import apart

DATA = Path(__file__).resolve().parents[2] / "var" / "tampers"
MONTH = date(2026, 1, 1)
DAY = timedelta(days=1)
CUSTOMERS, NEWER = 8, 6  # of each dealer: before the receipt, and after it
WIDTH = 44  # of what a count is of

# Changes something of a dealer: the first place that is another one then; none: it is no link.
Way = Callable[["Books", Random], int | None]


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


# What a dealer has, and what is done to it. Below here the portal is there.


@dataclass(frozen=True)
class Kept:
    """What an owner kept of then: the last place that was signed, and two ways to prove it."""

    dealer: int
    place: int
    by: dict[str, str]  # a receipt, or a root with its path; each with the key


class Books:
    """The portal's tables about a dealer, for somebody whom no trigger and no role holds back."""

    def __init__(self, cursor: Any, dealer: int) -> None:
        self.cursor, self.dealer = cursor, dealer

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        self.cursor.execute(query, values)
        return self.cursor.fetchall()

    def do(self, statement: str, *values: object) -> None:
        self.cursor.execute(statement, values)

    def links(self, *kinds: str) -> list[int]:
        """The places of all links, or of those of some kinds."""
        found = self.rows(
            "SELECT seq, kind FROM dealers_link WHERE dealer_id = %s ORDER BY seq", self.dealer
        )
        return [seq for seq, kind in found if not kinds or kind in kinds]

    def body(self, place: int) -> str:
        query = "SELECT body FROM dealers_link WHERE dealer_id = %s AND seq = %s"
        return self.rows(query, self.dealer, place)[0][0]

    def tell(self, place: int, body: str) -> None:
        statement = "UPDATE dealers_link SET body = %s WHERE dealer_id = %s AND seq = %s"
        self.do(statement, body, self.dealer, place)

    def shift(self, after: int, by: int) -> None:
        """Renumber the places after one, in two steps: a place is there once."""
        far = 1_000_000
        statement = "UPDATE dealers_link SET seq = seq + %s WHERE dealer_id = %s AND seq > %s"
        self.do(statement, far + by, self.dealer, after)
        self.do(statement, -far, self.dealer, far)

    def rehash(self) -> None:
        """Make all hashes fit what stands there."""
        from dealers.receipts import chain
        from tests.dealers.receipts.test_verify_receipt import rehashed

        rows = [[str(cell) for cell in row] for row in list(chain.written(self.dealer))[1:]]
        self.cursor.executemany(
            "UPDATE dealers_link SET previous = decode(%s, 'hex'), hash = decode(%s, 'hex')"
            " WHERE dealer_id = %s AND seq = %s",
            [(row[5], row[6], self.dealer, int(row[1])) for row in rehashed(rows)],
        )

    def terms(self) -> dict[tuple[str, str], str]:
        """Rulebooks, plans and agreements that dealers are given, by the hashes of their words."""
        from dealers.exit_pack import agreements
        from incentives.plans import published

        hashes = {}
        for line in published.lines():
            _format, sort, number, words = line.split(" ", 3)
            hashes[sort, number] = hashlib.sha256(words.encode()).hexdigest()
        for line in agreements.lines(self.dealer):
            _format, number, words = line.split(" ", 2)
            hashes["agreement", number] = hashlib.sha256(words.encode()).hexdigest()
        return hashes

    def renamed(self, before: dict[Any, str]) -> int | None:
        """Have the links name what stands there now, with hashes that fit; the first of them."""
        given = {before[key]: hash_ for key, hash_ in self.terms().items() if before[key] != hash_}
        return self.retold(given)

    def retold(self, given: dict[str, str]) -> int | None:
        """Put other hashes into the links that name these; the first of those links."""
        first = None
        for place in self.links():
            body = told = self.body(place)
            for old, new in given.items():
                told = told.replace(old, new)
            if told != body:
                self.tell(place, told)
                first = first or place
        self.rehash()
        return first


def _other(text: str, chance: Random, among: str = "abcdefghij0123456789") -> str:
    """The text with another letter or digit in one place."""
    at = chance.choice([n for n, letter in enumerate(text) if letter in among])
    return text[:at] + chance.choice(among.replace(text[at], "")) + text[at + 1 :]


def _edited(*kinds: str) -> Way:
    def way(books: Books, chance: Random) -> int:
        place = chance.choice(books.links(*kinds))
        books.tell(place, _other(books.body(place), chance))
        return place

    return way


def _backdated(books: Books, chance: Random) -> int:
    place = chance.choice(books.links())
    books.do(
        "UPDATE dealers_link SET at = at - make_interval(secs => %s)"
        " WHERE dealer_id = %s AND seq = %s",
        chance.randrange(1, 90 * 86_400), books.dealer, place,
    )  # fmt: skip
    return place


def _deleted(books: Books, chance: Random) -> int:
    place = chance.choice(books.links())
    books.do("DELETE FROM dealers_link WHERE dealer_id = %s AND seq = %s", books.dealer, place)
    books.shift(place, -1)
    return place


def _missing(books: Books, chance: Random) -> int:
    places = books.links()
    place = chance.choice(places[:-1])
    books.do("DELETE FROM dealers_link WHERE dealer_id = %s AND seq = %s", books.dealer, place)
    return place


def _inserted(books: Books, chance: Random) -> int:
    place = chance.choice(books.links())
    books.shift(place - 1, 1)
    books.do(
        "INSERT INTO dealers_link"
        " (dealer_id, kind, first, last, body, seq, at, previous, hash, fact)"
        " SELECT dealer_id, kind, first, last, %s, %s, at, previous, hash, -fact - 1"
        " FROM dealers_link WHERE dealer_id = %s AND seq = %s",
        _other(books.body(place + 1), chance), place, books.dealer, place + 1,
    )  # fmt: skip
    return place


def _swapped(books: Books, chance: Random) -> int:
    one, other = chance.sample(books.links(), 2)
    books.do(
        "UPDATE dealers_link AS a SET body = b.body, kind = b.kind FROM dealers_link AS b"
        " WHERE a.dealer_id = %s AND b.dealer_id = a.dealer_id"
        " AND (a.seq, b.seq) IN ((%s, %s), (%s, %s))",
        books.dealer, one, other, other, one,
    )  # fmt: skip
    return min(one, other)


def _cut(books: Books, chance: Random) -> int:
    place = chance.choice(books.links())
    books.do("DELETE FROM dealers_link WHERE dealer_id = %s AND seq >= %s", books.dealer, place)
    return place


def _fitting(way: Way) -> Way:
    """The same with hashes that fit."""

    def rehashed(books: Books, chance: Random) -> int | None:
        place = way(books, chance)
        books.rehash()
        return place

    return rehashed


def _rulebook(books: Books, chance: Random) -> None:
    days = chance.randrange(1, 60)
    books.do("UPDATE customers_rulebook SET protection_days = protection_days + %s", days)


def _plan(books: Books, chance: Random) -> None:
    books.do("UPDATE incentives_raterow SET rate = rate * %s", chance.choice((0.5, 0.9, 1.5)))


def _agreement(books: Books, chance: Random) -> None:
    ((pk, words),) = books.rows("SELECT id, words FROM dealers_agreementversion")
    statement = "UPDATE dealers_agreementversion SET words = %s WHERE id = %s"
    books.do(statement, _other(words, chance, "0123456789"), pk)


def _named(way: Way) -> Way:
    """The same, and the links name what stands there then."""

    def renamed(books: Books, chance: Random) -> int | None:
        before = books.terms()
        way(books, chance)
        return books.renamed(before)

    return renamed


_PAPERS = {
    "statement": (
        "incentives_statementdocument",
        "statement_id IN (SELECT id FROM incentives_statement WHERE dealer_id = %s)",
    ),
    "agreement": (
        "dealers_agreementpaper",
        "answer_id IN (SELECT id FROM dealers_agreementanswer WHERE dealer_id = %s)",
    ),
}


def _paper(sort: str, *, named: bool) -> Way:
    """Another paper, with its hash beside it; ``named``: the chain has that hash, too."""
    table, whose = _PAPERS[sort]

    def way(books: Books, chance: Random) -> int | None:
        query = f"SELECT id, pdf, sha256 FROM {table} WHERE {whose}"
        pk, content, before = chance.choice(books.rows(query, books.dealer))
        pdf = bytearray(content)
        pdf[chance.randrange(9, len(pdf))] ^= chance.randrange(1, 256)
        hash_ = hashlib.sha256(pdf).hexdigest()
        statement = f"UPDATE {table} SET pdf = %s, sha256 = %s WHERE id = %s"
        books.do(statement, bytes(pdf), hash_, pk)
        if sort == "statement":
            books.do(
                "UPDATE incentives_statement SET total = total + 1, payable = payable + 1"
                " WHERE dealer_id = %s",
                books.dealer,
            )
        return books.retold({before: hash_}) if named else None

    return way


_LINKS: dict[str, Way] = {
    "a link edited": _edited(),
    "a link back-dated": _backdated,
    "a link deleted, the rest renumbered": _deleted,
    "a link inserted": _inserted,
    "two links swapped": _swapped,
    "a look at a customer edited": _edited("access"),
    "a statement edited": _edited("statement"),
    "a booking edited": _edited("booking"),
    "a ruling edited": _edited("ruling"),
}
_TERMS: dict[str, Way] = {"a rulebook": _rulebook, "a plan": _plan, "the agreement": _agreement}
WAYS: dict[str, Way] = {
    **_LINKS,
    **{f"{name}, hashes fit": _fitting(way) for name, way in _LINKS.items()},
    "a link missing": _missing,
    "the tail cut": _cut,
    **{f"{name} changed": way for name, way in _TERMS.items()},
    **{f"{name} changed, links too": _named(way) for name, way in _TERMS.items()},
    **{f"a paper of the {sort} changed": _paper(sort, named=False) for sort in _PAPERS},
    **{f"a paper of the {sort}, links too": _paper(sort, named=True) for sort in _PAPERS},
}


def given_out(books: Books) -> dict[str, bytes]:
    """What an owner downloads: the chain, terms, the agreement, papers."""
    from dealers.exit_pack import agreements
    from dealers.receipts import chain
    from dealers.spreadsheets import csv_pieces
    from incentives.plans import published

    files = {
        "chain.csv": b"".join(csv_pieces(chain.written(books.dealer))),
        "terms.txt": "".join(f"{line}\n" for line in published.lines()).encode(),
        "agreement.txt": "".join(f"{line}\n" for line in agreements.lines(books.dealer)).encode(),
    }
    for sort, (table, whose) in _PAPERS.items():
        query = f"SELECT id, pdf FROM {table} WHERE {whose}"
        for pk, content in books.rows(query, books.dealer):
            files[f"{sort}-{pk}.pdf"] = bytes(content)
    return files


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
    as_it_is = _tried(kept, None, chance)[0]
    for proof, line in kept.by.items():
        report = check({**as_it_is, "kept.txt": line.encode()})
        if (report.verdict, report.until) != (PROVEN, kept.place):
            off.append(f"Untouched, it is not proven by the {proof}:\n{told(report)}")
    names = list(WAYS)
    for number in range(count):
        name, proof = names[number % len(names)], chance.choice(sorted(kept.by))
        files, first = _tried(kept, WAYS[name], chance)
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


def _tried(kept: Kept, way: Way | None, chance: Random) -> tuple[dict[str, bytes], Any]:
    """What is given out after a tamper, which is taken back then, and the first place changed."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        books = Books(cursor, kept.dealer)
        first = way(books, chance) if way else None
        files = given_out(books)
        transaction.set_rollback(True)
    return files, first


def world(dealers: int) -> list[Kept]:
    """Dealers to whom everything happened that a chain tells of; what each has kept of then."""
    from django.core.management import call_command

    from dealers.keys import held

    call_command("migrate", interactive=False, verbosity=0)
    held.ensure()
    return kept_of(dealers)


def kept_of(dealers: int) -> list[Kept]:
    """The same, in a database that is there."""
    from django.utils import timezone

    from dealers.models import DailyRoot, RootPath, SignedLink
    from dealers.receipts import chain, root, signing
    from tests.factories.customers import registered

    stores = _happened(max(dealers, 2))
    chain.append_waiting()
    signing.sign_waiting(timezone.now())
    root.close_yesterday(timezone.now() + DAY)
    (key,), (day,) = signing.key_lines(), DailyRoot.objects.all()
    made = []
    for store in stores:
        last = SignedLink.objects.filter(dealer=store.dealer).latest("seq")
        path = RootPath.objects.get(dealer=store.dealer)
        by = {"receipt": f"{key}\n{last.line}\n", "root": f"{key}\n{day.line}\n{path.line}\n"}
        made.append(Kept(store.dealer_id, last.seq, by))
        for _each in range(NEWER):
            registered(store, at=timezone.now())
    chain.append_waiting()
    return made


def _happened(count: int) -> list[Any]:
    """The stores of so many dealers; each with everything that stands in chains."""
    from django.utils import timezone

    from customers import cards
    from customers.cases import deciding
    from customers.models import VoidReason
    from customers.ownership import voids
    from dealers import access
    from dealers.actor import Actor
    from dealers.agreements import paper
    from dealers.models import AccessAction
    from incentives.models import Statement
    from incentives.statements import files
    from tests.factories import agreements, cases, incentives
    from tests.factories.customers import RulebookFactory, registered
    from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory, UserFactory

    now = timezone.now()
    RulebookFactory(
        starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC),
        person_daily_limit=None, person_minute_limit=None, store_daily_limit=None,
    )  # fmt: skip
    incentives.published(incentives.percent("0.10", places=["own"]), code="own")
    incentives.published(incentives.per_registration(code="each"), code="each")
    version = agreements.published()
    hq = Actor.hq(UserFactory(is_staff=True))
    stores = [StoreFactory() for _dealer in range(count)]
    for store in stores:
        owner = OwnerFactory(dealer=store.dealer)
        clerk = MembershipFactory(store=store)
        paper.keep(agreements.signed(version, owner).pk, "https://portal.example")
        for _each in range(CUSTOMERS):
            customer = incentives.owned_customer(store)
            incentives.sale(customer, "350.00", MONTH + 9 * DAY)
            cards.open([customer.customer], by=hq, purpose="辅导")
        access.note(
            AccessAction.REVEAL, by=hq, dealer_id=store.dealer_id, customer=customer.customer_id,
            fields="phone", purpose="回访", at=now,
        )  # fmt: skip
        made = registered(store, staff=clerk.user, at=now)
        voids.void(made, reason=VoidReason.TRIED, by=Actor.of(owner), at=now)
    incentives.close_period(MONTH)
    for statement in Statement.objects.all():
        files.keep_document(statement.pk, "zh-hans")
    for nth, store in enumerate(stores):
        clerk = MembershipFactory(store=store)
        case = cases.case_of(clerk, stores[nth - 1], now - 30 * DAY)
        deciding.settle(case.pk, now)
    return stores


if __name__ == "__main__":
    raise SystemExit(main())
