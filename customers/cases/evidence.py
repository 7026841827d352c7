"""What a side says and shows: texts, pictures made anew, papers without what is hidden in them.

Everything is sealed with the key of the side's dealer. Nothing keeps the name of a file.
"""

import base64
from datetime import datetime
from io import BytesIO

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, EncodedStreamObject

from customers.cases.terms import TERMS, CaseRefused
from customers.models import Case, CaseEvidence, CaseStage, EvidenceKind
from dealers import vault
from dealers.actor import Actor, acting
from dealers.database import next_ids
from dealers.vault import Row

LONGEST = 2000  # letters of a text
LARGEST = 10 * 1024 * 1024  # bytes of a file
MOST_PIXELS = 40_000_000
SIDE = 2000  # pixels that a picture keeps
MOST_PAGES = 50
UNSEEN = {0x7F, *range(9), *range(0x0B, 0x20)}  # controls, but for the end of a line
# Parts of a JPEG: where the picture itself begins and ends, and those that tell something.
SCAN, END = 0xDA, b"\xff\xd9"
WRITTEN = {*range(0xE1, 0xEE), 0xEF, 0xFE}
HIDDEN = ("/Metadata", "/PieceInfo", "/AA", "/OpenAction", "/LastModified", "/Names", "/AF")


def check_text(text: str) -> None:
    """Raise CaseRefused for a text that is none, too long, or not to be read."""
    if not text.strip():
        raise CaseRefused(_("Write what happened, and when."))
    if len(text) > LONGEST:
        raise CaseRefused(_("At most %(count)d letters: this is longer.") % {"count": LONGEST})
    if any(ord(letter) in UNSEEN for letter in text):
        raise CaseRefused(_("The text holds characters that cannot be seen."))


def say(case: Case, text: str, *, by: Actor, at: datetime) -> CaseEvidence:
    """A side says something while evidence is taken. Raises CaseRefused."""
    check_text(text)
    with transaction.atomic():
        side = _open_side(case, by, at)
        return write(case, side, text, by=by, at=at)


def show(case: Case, file: UploadedFile, *, by: Actor, at: datetime) -> CaseEvidence:
    """A side shows a picture or a paper while evidence is taken. Raises CaseRefused."""
    kind, content = prepared(file)
    with transaction.atomic():
        side = _open_side(case, by, at)
        mine = CaseEvidence.objects.filter(case=case, side=side)
        if mine.filter(size__gt=0).count() >= TERMS.files:
            raise CaseRefused(
                _("At most %(count)d files: take the strongest.") % {"count": TERMS.files}
            )
        return _add(case, side, kind, by=by, at=at, content=content)


def write(
    case: Case,
    side: str,
    text: str,
    *,
    by: Actor,
    at: datetime,
    kind: EvidenceKind = EvidenceKind.STATEMENT,
) -> CaseEvidence:
    """Keep a text of a side, checked before."""
    return _add(case, side, kind, by=by, at=at, text=text.strip())


def text_of(evidence: CaseEvidence) -> str:
    """What a side said; empty once the person was erased. Raises VaultError."""
    return vault.unseal(Row.of(evidence), "text", evidence.text_sealed)


def file_of(evidence: CaseEvidence) -> bytes:
    """What a side showed; empty once the person was erased. Raises VaultError."""
    return base64.b64decode(vault.unseal(Row.of(evidence), "file", evidence.file_sealed))


def name_of(evidence: CaseEvidence) -> str:
    """What a file is called when it leaves the portal: its side and number."""
    return f"{evidence}.{'pdf' if evidence.kind == EvidenceKind.PDF else 'jpg'}"


def prepared(file: UploadedFile) -> tuple[EvidenceKind, bytes]:
    """The kind of a file, by what is in it, and its content made anew. Raises CaseRefused."""
    if not file.size or file.size > LARGEST:
        raise CaseRefused(_("A file is at most 10 MB: make it smaller, or take a photo of it."))
    content = file.read(LARGEST + 1)
    if content.startswith(b"%PDF-"):
        return EvidenceKind.PDF, _paper(content)
    return EvidenceKind.IMAGE, _picture(content)


def _picture(content: bytes) -> bytes:
    """The picture alone: not where it was taken, by which device, or what else a file carries."""
    try:
        with Image.open(BytesIO(content), formats=["JPEG", "PNG"]) as found:
            if found.width * found.height > MOST_PIXELS:
                raise CaseRefused(_("The picture has too many pixels: make it smaller."))
            found.draft("RGB", (SIDE, SIDE))
            picture = ImageOps.exif_transpose(found).convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise CaseRefused(_("The picture has too many pixels: make it smaller.")) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise CaseRefused(_("Bring a JPEG or PNG picture, or a PDF.")) from None
    picture.thumbnail((SIDE, SIDE))
    anew = Image.new("RGB", picture.size)
    anew.paste(picture)
    made = BytesIO()
    anew.save(made, "JPEG", quality=85)
    return made.getvalue()


def _paper(content: bytes) -> bytes:
    """The pages alone: no author, title, program, attachment, link or script."""
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise CaseRefused(_("The PDF is locked: save it without a password."))
        if not 0 < len(reader.pages) <= MOST_PAGES:
            raise CaseRefused(_("A PDF has at most %(count)d pages.") % {"count": MOST_PAGES})
        writer = PdfWriter()
        for page in reader.pages:
            kept = writer.add_page(page)
            kept.pop("/Annots", None)
        for each in writer._objects:  # noqa: SLF001 -- all that will be written
            if isinstance(each, DictionaryObject):
                for key in HIDDEN:
                    each.pop(key, None)
            if isinstance(each, EncodedStreamObject) and "/DCTDecode" in str(each.get("/Filter")):
                each._data = _bare(each._data)  # noqa: SLF001 -- as it lies in the file
        writer.metadata = None
        made = BytesIO()
        writer.write(made)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError,
            RecursionError, NotImplementedError, OSError, AssertionError):  # fmt: skip
        raise CaseRefused(_("This PDF cannot be read: take a photo of the page.")) from None
    return made.getvalue()


def _bare(jpeg: bytes) -> bytes:
    """A JPEG picture inside a paper without what a camera or a person wrote into it.

    Raises ValueError for one that is none.
    """
    kept, at = [jpeg[:2]], 2
    while jpeg[at : at + 1] == b"\xff":
        marker, size = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4])
        if marker == SCAN:
            return b"".join(kept) + jpeg[at : jpeg.rfind(END) + len(END)]
        if marker not in WRITTEN:
            kept.append(jpeg[at : at + 2 + size])
        at += 2 + size
    raise ValueError("This picture has no end.")


def _open_side(case: Case, by: Actor, at: datetime) -> str:
    """Which side ``by`` is, while evidence is taken."""
    side = case.sides.filter(dealer=by.dealer_id).first() if by.dealer_id else None
    if side is None or by.at_hq:
        raise CaseRefused(_("Only the two sides bring evidence."))
    if case.stage != CaseStage.EVIDENCE or at >= case.evidence_until:
        raise CaseRefused(_("The time for evidence is over."))
    return side.side


def _add(
    case: Case,
    side: str,
    kind: EvidenceKind,
    *,
    by: Actor,
    at: datetime,
    text: str = "",
    content: bytes = b"",
) -> CaseEvidence:
    """Number and seal it, one after the other."""
    with acting(Actor.worker("case", by.user)):
        Case.objects.select_for_update(no_key=True).get(pk=case.pk)
        given = CaseEvidence.objects.filter(case=case, side=side)
        added = CaseEvidence(
            case=case,
            side=side,
            number=given.count() + 1,
            dealer_id=case.sides.get(side=side).dealer_id,
            identity_id=case.identity_id,
            kind=kind,
            size=len(content),
            by=by.person,
            at=at,
        )
        added.pk = next_ids(CaseEvidence)[0]
        row = Row.of(added)
        if text:
            added.text_sealed = vault.seal(row, "text", text)
        else:
            added.file_sealed = vault.seal(row, "file", base64.b64encode(content).decode())
        added.save(force_insert=True)
        return added
