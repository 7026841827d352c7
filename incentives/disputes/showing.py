"""What a dealer says and shows about a dispute, sealed with its key."""

from collections.abc import Iterable
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils.translation import gettext as _

from customers.models import Identity
from dealers import exhibits, keys
from dealers.actor import Actor
from dealers.database import next_ids
from dealers.exhibits import ENDINGS, ExhibitKind, ExhibitRefused
from incentives.disputes.deadlines import TERMS, DisputeRefused
from incentives.models import Dispute, DisputeExhibit, DisputeExhibitKind

Prepared = list[tuple[ExhibitKind, bytes]]


def check_text(text: str) -> None:
    """Raise DisputeRefused for a text that is none, too long, or not to be read."""
    try:
        exhibits.check_text(text)
    except ExhibitRefused as refused:
        raise DisputeRefused(str(refused)) from None


def prepared(files: Iterable[UploadedFile]) -> Prepared:
    """The files made anew. Raises DisputeRefused for too many, or one that is no picture or PDF."""
    given = list(files)
    if len(given) > TERMS.files:
        raise DisputeRefused(
            _("At most %(count)d files: take the strongest.") % {"count": TERMS.files}
        )
    try:
        return [exhibits.prepared(file) for file in given]
    except ExhibitRefused as refused:
        raise DisputeRefused(str(refused)) from None


def keep(
    dispute: Dispute,
    text: str,
    files: Prepared,
    *,
    by: Actor,
    at: datetime,
    kind: DisputeExhibitKind = DisputeExhibitKind.TEXT,
) -> None:
    """Seal and number a text, which was checked, and files, which are prepared."""
    keys.ensure()
    given: list[tuple[DisputeExhibitKind, str, bytes]] = [(kind, text.strip(), b"")]
    given += [(DisputeExhibitKind(of), "", content) for of, content in files]
    number = dispute.exhibits.count()
    rows = []
    for pk, (of, said, content) in zip(next_ids(DisputeExhibit, len(given)), given, strict=True):
        number += 1
        row = DisputeExhibit(
            pk=pk,
            dispute=dispute,
            number=number,
            dealer_id=dispute.dealer_id,
            kind=of,
            size=len(content),
            by=by.person,
            at=at,
        )
        exhibits.seal(row, said, content)
        rows.append(row)
    DisputeExhibit.objects.bulk_create(rows)


def name_of(exhibit: DisputeExhibit, dispute: Dispute) -> str:
    """What a file is called when it leaves the portal: its dispute and number."""
    return f"{dispute.code}-{exhibit.number}.{ENDINGS[ExhibitKind(exhibit.kind)]}"


def forget(person: Identity) -> int:
    """Destroy what was said and shown about lines of a person who is erased; how much."""
    about = Q(dispute__line__order__identity=person)
    about |= Q(dispute__line__registration__identity=person)
    return DisputeExhibit.objects.filter(about).update(text_sealed=None, file_sealed=None)
