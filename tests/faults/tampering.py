"""The ways in which somebody with all passwords changes what stands on file of a dealer."""

import hashlib
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from tests.faults.records import LINES, PAPERS, Records

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


def _row(table: str, chance: Random, records: Records, whose: str = "dealer_id = %s") -> Any:
    """The key of a row of the dealer's, any one."""
    found = records.rows(f"SELECT id FROM {table} WHERE {whose} ORDER BY id", records.dealer)
    return chance.choice(found)[0]


def _changed_row(table: str, changes: Sequence[str], whose: str = "dealer_id = %s") -> Way:
    """One of these changes to a row of the dealer's."""

    def way(records: Records, chance: Random) -> None:
        row = _row(table, chance, records, whose)
        records.do(f"UPDATE {table} SET {chance.choice(changes)} WHERE id = %s", row)

    return way


def _removed_row(table: str, whose: str = "dealer_id = %s") -> Way:
    def way(records: Records, chance: Random) -> None:
        records.do(f"DELETE FROM {table} WHERE id = %s", _row(table, chance, records, whose))

    return way


def _copied_look(records: Records, chance: Random) -> None:
    """A look that never was: as one of another moment, between the first one and the last."""
    records.do(
        "INSERT INTO dealers_accesslog (dealer_id, user_id, agent, name, role, action, customer,"
        " customers, fields, purpose, count, at, written_in)"
        " SELECT dealer_id, user_id, agent, name, role, action, customer, customers, fields,"
        " purpose, count, at + interval '1 microsecond' * %s, written_in"
        " FROM dealers_accesslog WHERE id = (SELECT min(id) FROM dealers_accesslog"
        " WHERE dealer_id = %s)",
        chance.randrange(1, 9), records.dealer,
    )  # fmt: skip


def _swapped_looks(records: Records, chance: Random) -> None:
    """What for two looked at customers, each other's."""
    found = records.rows(
        "SELECT id, purpose, at FROM dealers_accesslog WHERE dealer_id = %s ORDER BY id",
        records.dealer,
    )
    one, other = chance.sample(found, 2)
    while one[1] == other[1]:
        one, other = chance.sample(found, 2)
    for (key, *_rest), (_key, purpose, _at) in ((one, other), (other, one)):
        records.do("UPDATE dealers_accesslog SET purpose = %s WHERE id = %s", purpose, key)


_OF_OWNERSHIP = "ownership_id IN (SELECT id FROM customers_ownership WHERE dealer_id = %s)"
_OF_CASES = "case_id IN (SELECT case_id FROM customers_caseside WHERE dealer_id = %s)"
_OF_RUNS = (
    "result_id IN (SELECT id FROM incentives_result WHERE dealer_id = %s) AND rate IS NOT NULL"
)
# Of the tables of a pack, and not of the links: which of them shows it.
ROWS: dict[str, tuple[str, Way]] = {
    "a row of looks changed": ("access_log", _changed_row("dealers_accesslog", (
        "name = name || '甲'", "purpose = purpose || '.'", "role = 'owner-'", "count = count + 1",
        "fields = fields || ', notes'", "customer = gen_random_uuid()",
        "at = at + interval '1 second'",
        "action = CASE action WHEN 'look' THEN 'view' ELSE 'look' END",
    ))),
    "a row of looks back-dated": ("access_log", _changed_row("dealers_accesslog", (
        "at = at - interval '3 days'", "at = at - interval '1 microsecond'",
    ))),
    "a row of looks removed": ("access_log", _removed_row("dealers_accesslog")),
    "a row of looks added": ("access_log", _copied_look),
    "two rows of looks swapped": ("access_log", _swapped_looks),
    "a row of statements changed": ("statements", _changed_row("incentives_statement", (
        "total = total + 1, payable = payable + 1", "adjusted = adjusted + 5",
        "code = left(code, 18) || 'X'", "number = number || 'X'",
        "issued_at = issued_at - interval '1 day'",
    ))),
    "a row of statements removed": ("statements", _removed_row("incentives_statement")),
    "a row of results changed": ("results", _changed_row("incentives_result", (
        "amount = amount + 0.01", "base = base * 2 + 1", "count = count + 1",
    ))),
    "a row of results removed": ("results", _removed_row("incentives_result")),
    "a line of a statement changed": (LINES, _changed_row("incentives_line", (
        "rate = rate * 2 + 0.01", "base = base + 1",
    ), _OF_RUNS)),
    "a row of registrations changed": ("registrations", _changed_row("customers_registration", (
        "received_at = received_at - interval '1 day'",
        "rule = CASE rule WHEN 'R1' THEN 'R2' ELSE 'R1' END",
        "receipt = left(receipt, 10) || 'X'", "consent_marketing = NOT consent_marketing",
    ))),
    "a day in a row of registrations changed": ("registrations", _changed_row(
        "customers_registration", ("protected_until = protected_until - interval '1 day'",),
        "dealer_id = %s AND protected_until IS NOT NULL",
    )),
    "a row of registrations removed": ("registrations", _removed_row("customers_registration")),
    "a row of protections changed": ("protection_history", _changed_row(
        "customers_ownershipevent", (
            "protected_until = protected_until - interval '1 day'", "at = at - interval '1 hour'",
            "recorded_at = recorded_at - interval '1 hour'",
        ), f"{_OF_OWNERSHIP} AND kind <> 'started'",
    )),
    "a row of protections removed": ("protection_history", _removed_row(
        "customers_ownershipevent", f"{_OF_OWNERSHIP} AND kind <> 'started'"
    )),
    "a row of rulings changed": ("case_rulings", _changed_row("customers_caseruling", (
        "reason = reason || '.'", "at = at - interval '1 hour'",
    ), _OF_CASES)),
    "a row of rulings removed": ("case_rulings", _removed_row("customers_caseruling", _OF_CASES)),
}  # fmt: skip
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
    **{name: way for name, (_part, way) in ROWS.items()},
}
