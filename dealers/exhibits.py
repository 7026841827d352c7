"""What people show for what they say: texts, pictures made anew, papers without hidden things.

Nothing keeps the name of a file, nor where and by which device a picture was taken.
"""

import base64
import re
import struct
from enum import StrEnum
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, UnidentifiedImageError
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, EncodedStreamObject

from dealers import vault
from dealers.vault import Row

LONGEST = 2000  # letters of a text
LONGEST_REASON = 1000  # of why somebody decided
LARGEST = 10 * 1024 * 1024  # bytes of a file
MOST_PIXELS = 40_000_000
SIDE = 2000  # pixels that a picture keeps
MOST_PAGES = 50
# What makes a picture upright, by how the camera was held.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Controls, but for the end of a line, of which browsers send two.
UNSEEN = {0x7F, *range(9), 0x0B, 0x0C, *range(0x0E, 0x20)}
# Parts of a JPEG: where what is drawn begins, the end of all, and those that tell something.
SCAN, END = 0xDA, 0xD9
# The next part after what is drawn, in which these signs stand for themselves.
NEXT = re.compile(rb"\xff(?![\x00\xd0-\xd7\xff])")
WRITTEN = {*range(0xE1, 0xEE), 0xEF, 0xFE}
HIDDEN = (
    "/Metadata", "/PieceInfo", "/AA", "/OpenAction", "/LastModified", "/Names", "/AF", "/OPI",
    # Layers and marks have names; all layers are shown anyway.
    "/OC", "/Properties",
)  # fmt: skip
# What a page is drawn by. What else it says is of articles, views, notes and programs.
DRAWN_BY = {
    "/Type", "/Parent", "/Resources", "/Contents", "/Group", "/Rotate", "/UserUnit",
    "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox",
}  # fmt: skip
# Boxes of a JPEG 2000 picture that hold the picture itself.
BOXES = {b"jP  ", b"ftyp", b"rreq", b"jp2h", b"jp2c"}


class ExhibitRefused(Exception):
    """Not taken; the message is written for the person who brought it."""


class ExhibitKind(StrEnum):
    """What a file is once it was made anew."""

    IMAGE = "image"
    PDF = "pdf"


TYPES = {ExhibitKind.PDF: "application/pdf", ExhibitKind.IMAGE: "image/jpeg"}
ENDINGS = {ExhibitKind.PDF: "pdf", ExhibitKind.IMAGE: "jpg"}


def check_text(text: str, *, missing: str = "", longest: int = LONGEST) -> None:
    """Raise ExhibitRefused for a text that is none, too long, or not to be read.

    ``missing`` is what is said where there is none, if that is not about what happened.
    """
    if not text.strip():
        raise ExhibitRefused(missing or _("Write what happened, and when."))
    if len(text) > longest:
        raise ExhibitRefused(_("At most %(count)d letters: this is longer.") % {"count": longest})
    if any(ord(letter) in UNSEEN for letter in text):
        raise ExhibitRefused(_("The text holds characters that cannot be seen."))


def check_reason(reason: str, missing: str) -> None:
    """The same of why somebody decided: shorter; ``missing`` says who reads it."""
    check_text(reason, missing=missing, longest=LONGEST_REASON)


def prepared(file: UploadedFile) -> tuple[ExhibitKind, bytes]:
    """The kind of a file, by what is in it, and its content made anew. Raises ExhibitRefused."""
    if not file.size or file.size > LARGEST:
        raise ExhibitRefused(_("A file is at most 10 MB: make it smaller, or take a photo of it."))
    content = file.read(LARGEST + 1)
    if content.startswith(b"%PDF-"):
        return ExhibitKind.PDF, _paper(content)
    return ExhibitKind.IMAGE, _picture(content)


def _picture(content: bytes) -> bytes:
    """The picture alone: not where it was taken, by which device, or what else a file carries."""
    try:
        with Image.open(BytesIO(content), formats=["JPEG", "PNG"]) as found:
            if found.width * found.height > MOST_PIXELS:
                raise ExhibitRefused(_("The picture has too many pixels: make it smaller."))
            found.draft("RGB", (SIDE, SIDE))
            picture = found.convert("RGB")
            if (turn := _turn(found)) is not None:
                picture = picture.transpose(turn)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ExhibitRefused(_("The picture has too many pixels: make it smaller.")) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise ExhibitRefused(_("Bring a JPEG or PNG picture, or a PDF.")) from None
    picture.thumbnail((SIDE, SIDE))
    anew = Image.new("RGB", picture.size)
    anew.paste(picture)
    made = BytesIO()
    anew.save(made, "JPEG", quality=85)
    return made.getvalue()


def _turn(picture: Image.Image) -> Image.Transpose | None:
    """What makes a picture upright; nothing where what the camera says of it is broken.

    Not by ``ImageOps``: it writes the rest anew too, and fails where that is broken.
    """
    try:
        return TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except (SyntaxError, struct.error):
        return None


def _paper(content: bytes) -> bytes:
    """The pages alone: no author, title, program, attachment, link or script."""
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise ExhibitRefused(_("The PDF is locked: save it without a password."))
        if not 0 < len(reader.pages) <= MOST_PAGES:
            raise ExhibitRefused(_("A PDF has at most %(count)d pages.") % {"count": MOST_PAGES})
        writer = PdfWriter()
        for page in reader.pages:
            kept = writer.add_page(page)
            for key in set(kept) - DRAWN_BY:
                del kept[key]
        for each in writer._objects:  # noqa: SLF001 -- all that will be written
            _hide(each)
            if isinstance(each, EncodedStreamObject):
                bare = _BARE.get(_compressed_by(each))
                if bare is not None:
                    each._data = bare(each._data)  # noqa: SLF001 -- as it lies in the file
        # Notes and metadata lie in there still, only that nothing leads to them: once more.
        shown = PdfWriter()
        for page in writer.pages:
            shown.add_page(page)
        shown.metadata = None
        made = BytesIO()
        shown.write(made)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError,
            RecursionError, NotImplementedError, OSError, AssertionError):  # fmt: skip
        raise ExhibitRefused(_("This PDF cannot be read: take a photo of the page.")) from None
    return made.getvalue()


def _hide(found: Any) -> None:
    """Take away what tells something, here and in what lies inside of it."""
    if isinstance(found, DictionaryObject):
        for key in HIDDEN:
            found.pop(key, None)
    if isinstance(found, DictionaryObject | ArrayObject):
        for inside in found.values() if isinstance(found, DictionaryObject) else found:
            _hide(inside)


def _compressed_by(stream: EncodedStreamObject) -> str:
    """By what a picture inside a paper is compressed, where it says something beside."""
    said = str(stream.get("/Filter"))
    return next((name for name in _BARE if name in said), "")


def _bare(jpeg: bytes) -> bytes:
    """A JPEG picture inside a paper without what a camera or a person wrote into it.

    Nor what phones put behind it: a second picture, with all that is written into that one. Raises
    ValueError for one that is none.
    """
    kept, at = [jpeg[:2]], 2
    while jpeg[at : at + 1] == b"\xff":
        marker, end = jpeg[at + 1], at + 2 + int.from_bytes(jpeg[at + 2 : at + 4])
        if marker == END:
            return b"".join(kept) + jpeg[at : at + 2]
        if marker == SCAN and (found := NEXT.search(jpeg, end)):
            end = found.start()
        if marker not in WRITTEN:
            kept.append(jpeg[at:end])
        at = end
    raise ValueError("This picture has no end.")


def _bare_2000(picture: bytes) -> bytes:
    """The same of a JPEG 2000 picture, which may also come without boxes."""
    if picture.startswith(b"\xff\x4f"):
        return picture
    kept, at = [], 0
    while at < len(picture):
        size = int.from_bytes(picture[at : at + 4])
        if size == 1:  # it is written behind
            size = int.from_bytes(picture[at + 8 : at + 16])
        end = at + size if size else len(picture)
        if end < at + 8:
            raise ValueError("This picture has a box without an end.")
        if picture[at + 4 : at + 8] in BOXES:
            kept.append(picture[at:end])
        at = end
    return b"".join(kept)


_BARE = {"/DCTDecode": _bare, "/JPXDecode": _bare_2000}


def seal(row: Any, text: str, content: bytes) -> None:
    """Put a text, or else what a file holds, sealed into a row that has its id."""
    if text:
        row.text_sealed = vault.seal(Row.of(row), "text", text)
    else:
        row.file_sealed = vault.seal(Row.of(row), "file", base64.b64encode(content).decode())


def text_of(row: Any) -> str:
    """What was said; empty once the person was erased. Raises VaultError."""
    return vault.unseal(Row.of(row), "text", row.text_sealed)


def file_of(row: Any) -> bytes:
    """What was shown; empty once the person was erased. Raises VaultError."""
    return base64.b64decode(vault.unseal(Row.of(row), "file", row.file_sealed))


def sent(name: str, kind: str, content: bytes) -> HttpResponse:
    """A file as an answer: a picture to look at, a paper to download."""
    answer = HttpResponse(content, content_type=TYPES[ExhibitKind(kind)])
    answer["Content-Disposition"] = content_disposition_header(kind == ExhibitKind.PDF, name) or ""
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
