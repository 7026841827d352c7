"""What a side says and shows: texts, pictures made anew, papers without what is hidden in them.

Everything is sealed with the key of the side's dealer. Nothing keeps the name of a file.
"""

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import erased
from customers.cases.terms import TERMS, CaseRefused
from customers.cutoff import busy_as, wait_no_longer
from customers.models import Case, CaseEvidence, CaseStage, EvidenceKind
from dealers import exhibits
from dealers.actor import Actor, acting
from dealers.database import next_ids

GONE = gettext_lazy(
    "What was known of this customer was erased, so nothing more is written down about them. The"
    " case is decided by what the portal has recorded; an appeal is sent without a text."
)


def check_text(text: str) -> None:
    """Raise CaseRefused for a text that is none, too long, or not to be read."""
    try:
        exhibits.check_text(text)
    except exhibits.ExhibitRefused as refused:
        raise CaseRefused(str(refused)) from None


def bring(case: Case, *, text: str, file: UploadedFile | None, by: Actor, at: datetime) -> None:
    """A side says something, shows a file, or both: all of it or nothing. Raises CaseRefused."""
    with transaction.atomic():
        if text:
            say(case, text, by=by, at=at)
        if file:
            show(case, file, by=by, at=at)


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


def name_of(evidence: CaseEvidence) -> str:
    """What a file is called when it leaves the portal: its side and number."""
    return f"{evidence}.{exhibits.ENDINGS[exhibits.ExhibitKind(evidence.kind)]}"


def prepared(file: UploadedFile) -> tuple[EvidenceKind, bytes]:
    """The kind of a file, by what is in it, and its content made anew. Raises CaseRefused."""
    try:
        kind, content = exhibits.prepared(file)
    except exhibits.ExhibitRefused as refused:
        raise CaseRefused(str(refused)) from None
    return EvidenceKind(kind), content


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
    """Number and seal it, one after the other.

    Raises CaseRefused for a file too many, for words about a person who was erased, and where
    somebody keeps recording of them.
    """
    with busy_as(CaseRefused), acting(Actor.worker("case", by.user)):
        wait_no_longer()
        Case.objects.select_for_update(no_key=True).get(pk=case.pk)
        if text or content:
            erased.check(case.identity_id, CaseRefused, str(GONE))
        given = CaseEvidence.objects.filter(case=case, side=side)
        if content and given.filter(size__gt=0).count() >= TERMS.files:
            raise CaseRefused(
                _("At most %(count)d files: take the strongest.") % {"count": TERMS.files}
            )
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
        if text or content:
            exhibits.seal(added, text, content)
        added.save(force_insert=True)
        return added
