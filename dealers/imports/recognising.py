"""What brought files are, and where their columns stand."""

from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from dealers.actor import Actor
from dealers.imports import encodings, keeping, sheets, workbook
from dealers.imports.kinds import KINDS, Kind, open_to
from dealers.imports.problems import WrongUse
from dealers.imports.progress import Progress
from dealers.imports.reading import Reading
from dealers.imports.sheets import Sheet
from dealers.models import Upload, UploadedFile


@dataclass
class Read:
    """A file on its way through a check or an import."""

    part: UploadedFile
    path: Path
    kind: Kind
    sheet: Sheet | None


def open_files(upload: Upload, folder: Path, by: Actor, progress: Progress) -> list[Read]:
    """Recognise the files and write what the importers read. Raises WrongUse."""
    allowed = [kind for kind in open_to(by) if not upload.kind or kind.value == upload.kind]
    if len(parts := list(upload.files.all())) > 1:
        allowed = [kind for kind in allowed if kind.parts]
    choices = [KINDS[part] for kind in allowed for part in kind.parts or (kind.value,)]
    choices = list({kind.value: kind for kind in choices}.values())
    reads = [_recognised(part, folder, choices) for part in parts]
    if len(reads) > 1 or (upload.kind and KINDS[upload.kind].parts):
        reads = _in_order(reads, allowed)
        upload.kind = allowed[0].value
    else:
        upload.kind = reads[0].kind.value
    reading = Reading(upload.dealer, upload.store)
    for number, read in enumerate(reads):
        if read.sheet is not None:
            progress.start(_("Reading"), total=read.path.stat().st_size)
            target = folder / str(number) / read.path.name
            target.parent.mkdir()
            most = read.kind.owners_rows if upload.dealer_id else None
            kind = read.kind
            sheets.turn(
                read.sheet, target, kind.columns, kind.tidy,
                reading=reading, most=most, progress=progress,
            )  # fmt: skip
            read.path = target
    return reads


def _in_order(reads: list[Read], allowed: list[Kind]) -> list[Read]:
    """The files of a history in the order that it is read in. Raises WrongUse."""
    by_kind = {read.kind.value: read for read in reads}
    for kind in allowed:
        if set(by_kind) == set(kind.parts) and len(reads) == len(kind.parts):
            return [by_kind[part] for part in kind.parts]
    raise WrongUse(_("A history is two files: one of registrations and one of orders."))


def _recognised(part: UploadedFile, folder: Path, choices: list[Kind]) -> Read:
    """What a file is, and where its columns stand. Raises WrongUse."""
    path = keeping.open_into(folder, part.file.name or "", part.name)
    plain = [kind for kind in choices if not kind.columns]
    if plain and _is_json(path):
        part.encoding = "UTF-8"
        return Read(part, path, plain[0], None)
    if workbook.is_workbook(path):
        part.encoding = "Excel"
        path, encoding = workbook.as_csv(path), encodings.UTF_8
    else:
        encoding = encodings.detect(path)
        part.encoding = "UTF-8" if encoding == encodings.UTF_8 else encoding.upper()
    found = [(kind, sheets.look_for(path, encoding, kind.columns)) for kind in choices
             if kind.columns]  # fmt: skip
    if not found:
        raise WrongUse(_("You cannot bring a file of this kind."))
    # The kind that lacks least of what it needs, and then the one that has most.
    kind, sheet = min(
        found,
        key=lambda each: (len(sheets.missing(each[1], each[0].columns)), -len(each[1].places)),
    )
    lacks = sheets.missing(sheet, kind.columns)
    if lacks or not sheet.places:
        raise WrongUse(
            _(
                "This looks like “%(kind)s”, but these columns are missing: %(columns)s. Take the"
                " template, or give the columns these heads."
            )
            % {"kind": kind.value.label, "columns": ", ".join(lacks)}
        )
    part.unread = list(sheet.unread)
    return Read(part, path, kind, sheet)


def _is_json(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"["))
