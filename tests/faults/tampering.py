"""The ways in which somebody with all passwords changes what stands on file of a dealer."""

import hashlib
from collections.abc import Callable
from random import Random

from tests.faults.records import PAPERS, Records

# Changes something of a dealer: the first place that is another one then; none: it is no link.
Way = Callable[[Records, Random], int | None]


def _other(text: str, chance: Random, among: str = "abcdefghij0123456789") -> str:
    """The text with another letter or digit in one place."""
    at = chance.choice([n for n, letter in enumerate(text) if letter in among])
    return text[:at] + chance.choice(among.replace(text[at], "")) + text[at + 1 :]


def _edited(*kinds: str) -> Way:
    def way(records: Records, chance: Random) -> int:
        place = chance.choice(records.links(*kinds))
        records.tell(place, _other(records.body(place), chance))
        return place

    return way


def _backdated(records: Records, chance: Random) -> int:
    place = chance.choice(records.links())
    records.do(
        "UPDATE dealers_link SET at = at - make_interval(secs => %s)"
        " WHERE dealer_id = %s AND seq = %s",
        chance.randrange(1, 90 * 86_400), records.dealer, place,
    )  # fmt: skip
    return place


def _deleted(records: Records, chance: Random) -> int:
    place = chance.choice(records.links())
    records.do("DELETE FROM dealers_link WHERE dealer_id = %s AND seq = %s", records.dealer, place)
    records.shift(place, -1)
    return place


def _missing(records: Records, chance: Random) -> int:
    places = records.links()
    place = chance.choice(places[:-1])
    records.do("DELETE FROM dealers_link WHERE dealer_id = %s AND seq = %s", records.dealer, place)
    return place


def _inserted(records: Records, chance: Random) -> int:
    place = chance.choice(records.links())
    records.shift(place - 1, 1)
    records.do(
        "INSERT INTO dealers_link"
        " (dealer_id, kind, first, last, body, seq, at, previous, hash, fact)"
        " SELECT dealer_id, kind, first, last, %s, %s, at, previous, hash, -fact - 1"
        " FROM dealers_link WHERE dealer_id = %s AND seq = %s",
        _other(records.body(place + 1), chance), place, records.dealer, place + 1,
    )  # fmt: skip
    return place


def _swapped(records: Records, chance: Random) -> int:
    one, other = chance.sample(records.links(), 2)
    records.do(
        "UPDATE dealers_link AS a SET body = b.body, kind = b.kind FROM dealers_link AS b"
        " WHERE a.dealer_id = %s AND b.dealer_id = a.dealer_id"
        " AND (a.seq, b.seq) IN ((%s, %s), (%s, %s))",
        records.dealer, one, other, other, one,
    )  # fmt: skip
    return min(one, other)


def _cut(records: Records, chance: Random) -> int:
    place = chance.choice(records.links())
    records.do("DELETE FROM dealers_link WHERE dealer_id = %s AND seq >= %s", records.dealer, place)
    return place


def _fitting(way: Way) -> Way:
    """The same with hashes that fit."""

    def rehashed(records: Records, chance: Random) -> int | None:
        place = way(records, chance)
        records.rehash()
        return place

    return rehashed


def _rulebook(records: Records, chance: Random) -> None:
    days = chance.randrange(1, 60)
    records.do("UPDATE customers_rulebook SET protection_days = protection_days + %s", days)


def _plan(records: Records, chance: Random) -> None:
    records.do("UPDATE incentives_raterow SET rate = rate * %s", chance.choice((0.5, 0.9, 1.5)))


def _agreement(records: Records, chance: Random) -> None:
    ((pk, words),) = records.rows("SELECT id, words FROM dealers_agreementversion")
    statement = "UPDATE dealers_agreementversion SET words = %s WHERE id = %s"
    records.do(statement, _other(words, chance, "0123456789"), pk)


def _named(way: Way) -> Way:
    """The same, and the links name what stands there then."""

    def renamed(records: Records, chance: Random) -> int | None:
        before = records.terms()
        way(records, chance)
        return records.renamed(before)

    return renamed


def _paper(sort: str, *, named: bool) -> Way:
    """Another paper, with its hash beside it; ``named``: the chain has that hash, too."""
    table, whose = PAPERS[sort]

    def way(records: Records, chance: Random) -> int | None:
        query = f"SELECT id, pdf, sha256 FROM {table} WHERE {whose}"
        pk, content, before = chance.choice(records.rows(query, records.dealer))
        pdf = bytearray(content)
        pdf[chance.randrange(9, len(pdf))] ^= chance.randrange(1, 256)
        hash_ = hashlib.sha256(pdf).hexdigest()
        statement = f"UPDATE {table} SET pdf = %s, sha256 = %s WHERE id = %s"
        records.do(statement, bytes(pdf), hash_, pk)
        if sort == "statement":
            records.do(
                "UPDATE incentives_statement SET total = total + 1, payable = payable + 1"
                " WHERE dealer_id = %s",
                records.dealer,
            )
        return records.retold({before: hash_}) if named else None

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
    **{f"a paper of the {sort} changed": _paper(sort, named=False) for sort in PAPERS},
    **{f"a paper of the {sort}, links too": _paper(sort, named=True) for sort in PAPERS},
}
