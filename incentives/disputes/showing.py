"""What a dealer says and shows about a dispute, sealed with its key."""

from collections.abc import Iterable
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import erased
from customers.cutoff import wait_no_longer
from customers.models import Identity
from dealers import exhibits
from dealers.actor import Actor, acting
from dealers.database import next_ids
from dealers.exhibits import ENDINGS, ExhibitKind, ExhibitRefused
from dealers.keys import held
from incentives.disputes.deadlines import TERMS, DisputeRefused
from incentives.models import Dispute, DisputeExhibit, DisputeExhibitKind, Line

Prepared = list[tuple[ExhibitKind, bytes]]


GONE = gettext_lazy(
    "What was known of this customer was erased, so nothing more is written down about them. Leave"
    " text and files out: what is wrong and the amount are enough."
)


def wordless(line: Line) -> bool:
    """Whether a line is about a person who was erased, of whom nothing more is written down."""
    person = _person(line)
    return person is not None and erased.was(person)


def _person(line: Line) -> int | None:
    """Whom a line is about: also where another store sold to them."""
    with transaction.atomic(), acting(Actor.worker("exhibits")):
        about = Line.objects.filter(pk=line.pk)
        of_order, registered = about.values_list("order__identity", "registration__identity").get()
        return of_order or registered


def check_said(text: str, line: Line) -> None:
    """Raise DisputeRefused for a text about a line that is none, too long, or not to be read.

    None is needed about a person who was erased.
    """
    if not text.strip() and wordless(line):
        return
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
    """Seal and number a text, which was checked, and files, which are prepared.

    Raises DisputeRefused for any about a person who was erased.
    """
    held.ensure()
    person = _person(dispute.line) if text.strip() or files else None
    if person is not None:
        wait_no_longer()  # the payouts' turn is held meanwhile
        erased.check(person, DisputeRefused, str(GONE))
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
        if said or content:
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
