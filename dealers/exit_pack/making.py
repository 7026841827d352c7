"""Writing a pack: each part into a file of its own, then all of them into one.

Nothing is held in memory but a portion of rows: a part is written to the worker's own folder, which
is gone afterwards, and from there into the archive.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import IO, Any, cast

from dealers import exports, spreadsheets
from dealers.actor import Actor, acting
from dealers.exit_pack import parts, readme
from dealers.exit_pack.parts import Documents, Table
from dealers.imports import keeping
from dealers.models import Dealer, Export
from dealers.receipts import chain as receipts

MANIFEST = "manifest.json"
FORMAT = "portal-exit-pack/1"
CUSTOMERS = "customers"
_MANIFEST = ", manifest "  # in what the access log says of a download


def write(export_id: str, *, at: datetime) -> None:
    """Make the pack that was asked for, as the owner who asked for it sees things."""
    exports.make(export_id, lambda export, made: _into(export, made, at), at=at)


def _into(export: Export, made: IO[bytes], at: datetime) -> None:
    by = Actor.of(export.post)
    with (
        keeping.workplace() as folder,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        pack = _Pack(export, archive, folder, by, at)
        with acting(by):
            for table in parts.tables():
                pack.add_table(table)
        # As the worker: what is in the tables is in the chain that comes with them.
        while receipts.append(pack.dealer.pk):
            pass
        with acting(by):
            for part in parts.documents():
                pack.add_documents(part)
            for name, text in readme.files(pack.dealer, pack.rows, at):
                pack.put(name, [text.encode()])
            digest = pack.close()
    # Each download is noted with it in the access log, which is chained: what was in the pack
    # can be proven afterwards.
    export.fields = f"{named(parts.tables())}{_MANIFEST}{digest}"
    export.rows = pack.rows.get(CUSTOMERS, 0)


def manifest_of(export: Export) -> str:
    """The SHA-256 of the manifest of a pack that is done."""
    return export.fields.rpartition(_MANIFEST)[2]


def named(tables: Iterable[Table]) -> str:
    """The personal data in these tables, each named once."""
    words = chain.from_iterable(table.fields.split(", ") for table in tables if table.fields)
    return ", ".join(dict.fromkeys(words))


class _Pack:
    """A pack while it is made."""

    def __init__(
        self, export: Export, archive: zipfile.ZipFile, folder: Path, by: Actor, at: datetime
    ) -> None:
        self.export, self.archive, self.folder, self.by, self.at = export, archive, folder, by, at
        self.dealer = cast("Dealer", by.post.dealer)  # it is an owner's
        self.files: list[dict[str, Any]] = []
        self.rows: dict[str, int] = {}
        self.written = 0

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Add a file; its size and hash go into the manifest."""
        path = self.folder / "part"
        with path.open("wb") as file:
            file.writelines(pieces)
        self._take(path, name)

    def close(self) -> str:
        """Add the manifest, which names all other files; its SHA-256."""
        content = {
            "format": FORMAT,
            "dealer": self.dealer.code,
            "made_at": self.at.isoformat(),
            "files": sorted(self.files, key=lambda file: file["name"]),
        }
        text = f"{json.dumps(content, ensure_ascii=False, indent=1)}\n".encode()
        self.archive.writestr(MANIFEST, text)
        return hashlib.sha256(text).hexdigest()

    def add_table(self, table: Table) -> None:
        names = [column.name for column in table.columns]
        sheet, lines = self.folder / "sheet", self.folder / "lines"
        with lines.open("w", encoding="utf-8") as json_file, sheet.open("wb") as csv_file:
            json_file.write("[")
            rows = self._counted(table, table.rows(self.dealer.pk, self.by))
            noted = _noted(rows, names, json_file)
            cells = ([parts.cell(value) for value in row] for row in noted)
            spreadsheets.write(csv_file, chain([names], cells), "csv")
            json_file.write("\n]\n")
        self._take(sheet, f"data/{table.name}.csv")
        self._take(lines, f"data/{table.name}.json")

    def add_documents(self, part: Documents) -> None:
        for name, pieces in part.files(self.dealer.pk, self.by):
            self.put(f"{part.name}/{name}", pieces)

    def _counted(self, table: Table, rows: parts.Rows) -> parts.Rows:
        count = 0
        for count, row in enumerate(rows, 1):  # noqa: B007 -- how many there were
            self.written += 1
            if self.written % exports.STEP == 0:
                exports.written(self.export, min(self.written, self.export.rows))
            yield row
        self.rows[table.name] = count

    def _take(self, path: Path, name: str) -> None:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        self.files.append({"name": name, "bytes": path.stat().st_size, "sha256": digest})
        self.archive.write(path, name)


def _noted(rows: parts.Rows, names: list[str], file: IO[str]) -> parts.Rows:
    """Write each row as JSON before it goes on."""
    for number, row in enumerate(rows):
        found = dict(zip(names, row, strict=True))
        line = json.dumps(found, ensure_ascii=False, default=parts.plain)
        file.write(f"{',' if number else ''}\n{line}")
        yield row
