"""Files brought in the browser: kept, checked, imported once somebody has said yes.

What whoever brings them does, and what becomes of a file in the end; the worker's part is in
``carrying_out``.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile as Brought
from django.db import transaction
from django.urls import reverse
from django.utils.translation import get_language, gettext_noop, override
from django.utils.translation import gettext as _

from dealers import notices, outbox, sayings
from dealers.actor import Actor
from dealers.bounds import readable
from dealers.imports import keeping
from dealers.imports.kinds import may_publish, open_to
from dealers.models import UNDER_WAY, NoticeKind, Store, Upload, UploadedFile, UploadState

KEPT = timedelta(days=7)  # files; what became of them stays on record
ORPHANED = timedelta(days=1)  # a file that no upload names
CHECK, STORE = "dealers.tasks.check_upload", "dealers.tasks.store_upload"
TOLD = {
    UploadState.CHECKED: gettext_noop("Your file is checked and waits for your word: %(name)s"),
    UploadState.DONE: gettext_noop("Your file is imported: %(name)s"),
    UploadState.REFUSED: gettext_noop("Your file was not imported: %(name)s"),
}


class UploadRefused(Exception):
    """The message is written for the person who asked."""


def largest() -> int:
    """Bytes of the files together."""
    return settings.PORTAL_UPLOAD_MB * 1024 * 1024


@transaction.atomic
def bring(
    files: Iterable[Brought],
    *,
    kind: str = "",
    store: Store | None = None,
    historical: bool = False,
    publish: bool = False,
    site: str,
    by: Actor,
    at: datetime,
) -> Upload:
    """Keep files and have the worker look at them; ``kind`` empty: it finds out what they are.

    ``store`` is that of rows that name none.

    Raises UploadRefused for more than two files, for too many bytes, and for what only
    headquarters may: a first load of the past, and a program in force at once.
    """
    brought = list(files)
    if not 1 <= len(brought) <= 2:
        raise UploadRefused(_("Choose one file, or the two of a history."))
    if sum(file.size or 0 for file in brought) > largest():
        raise UploadRefused(
            _("At most %(most)d MB at once. Divide the file.") % {"most": settings.PORTAL_UPLOAD_MB}
        )
    if kind and kind not in {each.value for each in open_to(by)}:
        raise UploadRefused(_("You cannot bring a file of this kind."))
    if (historical and not by.at_hq) or (publish and not may_publish(by)):
        raise UploadRefused(_("You cannot bring a file of this kind."))
    if store is not None and store.dealer_id != by.dealer_id:
        raise UploadRefused(_("This is none of your stores."))
    upload = Upload.objects.create(
        dealer_id=by.dealer_id,
        membership=by.membership,
        by=by.person,
        kind=kind,
        store=store,
        historical=historical,
        publish=publish,
        language=get_language() or "",
        site=site,
        brought_at=at,
    )
    for number, file in enumerate(brought, 1):
        UploadedFile.objects.create(
            upload=upload,
            number=number,
            name=keeping.on_disk(readable(file.name or "")),
            size=file.size or 0,
            file=keeping.keep(f"{upload.pk}-{number}", file.chunks()),
        )
    outbox.add(CHECK, str(upload.pk), at=at)
    return upload


def confirm(upload: Upload, *, by: Actor, at: datetime) -> None:
    """Have the worker import what was checked.

    Raises UploadRefused where there is nothing new, and for whom it is not theirs to decide.
    """
    _refuse_others(upload, by)
    waiting = Upload.objects.filter(pk=upload.pk, state=UploadState.CHECKED)
    if not upload.accepted:
        raise UploadRefused(_("There is nothing new in this file."))
    with transaction.atomic():
        if not waiting.update(state=UploadState.CONFIRMED, confirmed_at=at):
            raise UploadRefused(_("This file no longer waits for your word."))
        outbox.add(STORE, str(upload.pk), at=at)


def cancel(upload: Upload, *, by: Actor, at: datetime) -> None:
    """Leave a checked file alone.

    Raises UploadRefused for one that is being imported, and for whom it is not theirs to decide.
    """
    _refuse_others(upload, by)
    waiting = Upload.objects.filter(pk=upload.pk, state=UploadState.CHECKED)
    if not waiting.update(state=UploadState.CANCELLED, finished_at=at):
        raise UploadRefused(_("This file no longer waits for your word."))
    forget(upload)


def _refuse_others(upload: Upload, by: Actor) -> None:
    """A dealer's file is for its owners to decide about, one of headquarters for who brought it."""
    if upload.dealer_id is None:
        theirs = by.at_hq and by.user_id == upload.by_id
    else:
        theirs = by.owns_dealer(upload.dealer_id)
    if not theirs:
        raise UploadRefused(_("Somebody else brought this file."))


def sweep(at: datetime) -> int:
    """Refuse what was tried too often, and delete old files and what is quoted of them.

    Gives how many were refused. What a worker left behind is sent to another one by the outbox,
    three times in all.
    """
    refused = 0
    for key in Upload.objects.under_way().values_list("pk", flat=True):
        with transaction.atomic():
            found = Upload.objects.under_way().select_for_update(skip_locked=True)
            upload = found.filter(pk=key).first()
            if upload is None:
                continue  # somebody works on it
            checking = upload.state == UploadState.CHECKING
            if outbox.gave_up(CHECK if checking else STORE, str(upload.pk)):
                with override(upload.language):
                    refuse(upload, _("The import broke off, and nothing was kept."), at)
                tell(upload, at)
                refused += 1
    old = Upload.objects.filter(brought_at__lt=at - KEPT).exclude(state__in=UNDER_WAY)
    old.filter(state=UploadState.CHECKED).update(state=UploadState.CANCELLED, finished_at=at)
    kept = UploadedFile.objects.exclude(
        file="", rejected_file="", preview="", problems="", unread=[]
    )
    for part in kept.filter(upload__in=old):
        with transaction.atomic():
            part.preview, part.problems, part.unread = "", "", []
            take_from(part, "file", "rejected_file")
            part.save(update_fields=["file", "rejected_file", "preview", "problems", "unread"])
    named = UploadedFile.objects.values_list("file", "rejected_file")
    keeping.clear(at - ORPHANED, {name for names in named for name in names})
    keeping.clear_workplaces(at - ORPHANED)
    return refused


def rejected_rows(part: UploadedFile) -> bytes:
    """The rows of a file that were rejected, each with its remedy, as CSV."""
    return b"".join(keeping.pieces_of(part.rejected_file.name or ""))


def refuse(upload: Upload, problem: str, at: datetime) -> None:
    """End an upload of which nothing is kept; ``problem`` is for the person who brought it."""
    upload.state, upload.problem, upload.finished_at = UploadState.REFUSED, problem, at
    upload.effects = []  # the entry of who was told whose the numbers are is not kept either
    upload.save()


def tell(upload: Upload, at: datetime) -> None:
    """Tell who brought a file what became of it."""
    names = list(upload.files.order_by("number").values_list("name", flat=True))
    notices.tell(
        [upload.by],
        NoticeKind.IMPORT,
        sayings.kept(TOLD[UploadState(upload.state)], name=names),
        to=reverse("dealers:import", args=[upload.pk]),
        about=f"{upload.pk}:{upload.state}",
        at=at,
    )


def forget(upload: Upload) -> None:
    """Delete the files of an upload that is over, apart from its rejected rows."""
    for part in upload.files.all():
        take_from(part, "file")
        part.save(update_fields=["file"])


def take_from(part: UploadedFile, *fields: str) -> None:
    """Take files from a part that is about to be saved; they go once it is."""
    for name in fields:
        if kept := getattr(part, name).name:
            transaction.on_commit(partial(default_storage.delete, kept), robust=True)
            setattr(part, name, "")
