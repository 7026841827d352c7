"""What stands on file of a dealer: for whoever has all passwords, and as it is given out."""

import hashlib
import json
from collections.abc import Collection
from typing import Any

PAPERS = {
    "statement": (
        "incentives_statementdocument",
        "statement_id IN (SELECT id FROM incentives_statement WHERE dealer_id = %s)",
    ),
    "agreement": (
        "dealers_agreementpaper",
        "answer_id IN (SELECT id FROM dealers_agreementanswer WHERE dealer_id = %s)",
    ),
}


class Records:
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


# What of a pack is held against the chain row by row: all tables that the program knows.
TABLES = (
    "access_log", "statements", "results", "registrations", "protection_history", "case_rulings",
    "dispute_rulings", "payouts",
)  # fmt: skip
LINES = "statement_files"


def pack_of(records: Records, names: Collection[str]) -> dict[str, bytes]:
    """These parts of the pack that an owner downloads, and when it was made."""
    from django.utils import timezone

    from dealers.actor import Actor
    from dealers.exit_pack import parts
    from dealers.models import Membership, Role
    from dealers.spreadsheets import as_csv
    from incentives.models import Statement
    from incentives.statements import files

    made = {"format": "portal-exit-pack/1", "dealer": "D", "made_at": timezone.now().isoformat()}
    found = {"manifest.json": json.dumps(made, indent=1).encode()}
    by = Actor.of(Membership.objects.get(dealer=records.dealer, role=Role.OWNER))
    for name in names:
        if name == LINES:
            for statement in Statement.objects.filter(dealer=records.dealer):
                found[f"{statement.number}.csv"] = files.statement_csv(statement)
            continue
        table = parts.PARTS[name]
        assert isinstance(table, parts.Table)
        rows = [[parts.cell(it) for it in row] for row in table.rows(records.dealer, by)]
        columns = [column.name for column in table.columns]
        found[f"{name}.csv"] = as_csv([columns, *rows]).encode()
    return found


def given_out(records: Records, parts: Collection[str] = ()) -> dict[str, bytes]:
    """What an owner downloads: the chain, terms, the agreement, papers; ``parts`` of the pack."""
    from dealers.exit_pack import agreements
    from dealers.receipts import chain
    from dealers.spreadsheets import csv_pieces
    from incentives.plans import published

    files = {
        "chain.csv": b"".join(csv_pieces(chain.written(records.dealer))),
        "terms.txt": "".join(f"{line}\n" for line in published.lines()).encode(),
        "agreement.txt": "".join(f"{line}\n" for line in agreements.lines(records.dealer)).encode(),
    }
    for sort, (table, whose) in PAPERS.items():
        query = f"SELECT id, pdf FROM {table} WHERE {whose}"
        for pk, content in records.rows(query, records.dealer):
            files[f"{sort}-{pk}.pdf"] = bytes(content)
    return {**files, **pack_of(records, parts)} if parts else files
