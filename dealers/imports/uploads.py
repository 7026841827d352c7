"""Files brought in the browser: kept, checked, imported once somebody has said yes.

The worker checks and imports, by the rules of the commands. What it was doing when it died it does
again: an import is one transaction, and an upload that is under way is sent again by the sweep.
"""

import csv
import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile as Brought
from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, gettext_noop, override
from django.utils.translation import gettext as _

from dealers import access, notices, outbox, sayings, vault
from dealers.actor import Actor
from dealers.bounds import readable
from dealers.imports import encodings, keeping, sheets, workbook
from dealers.imports.csv import PROBLEM, SHOWN
from dealers.imports.kinds import KINDS, Job, Kind, Outcome, may_publish, open_to
from dealers.imports.problems import WrongUse, in_short
from dealers.imports.progress import Progress
from dealers.imports.sheets import Reading, Sheet
from dealers.keys import envelopes
from dealers.models import (
    UNDER_WAY,
    AccessAction,
    Membership,
    NoticeKind,
    Store,
    Upload,
    UploadedFile,
    UploadState,
)

logger = logging.getLogger(__name__)

PREVIEWED = 8  # rows
STORES = {"store_code", "place"}  # columns that are shown though a file has none: one may be chosen
ANSWERED = {"yes": gettext_lazy("yes"), "no": gettext_lazy("no")}
KEPT = timedelta(days=7)  # files; what became of them stays on record
ORPHANED = timedelta(days=1)  # a file that no upload names
CHECK, STORE = "dealers.tasks.check_upload", "dealers.tasks.store_upload"
LOOKED_UP = gettext_noop(
    "A file of headquarters with these numbers was checked; nothing of it was kept."
)


class UploadRefused(Exception):
    """The message is written for the person who asked."""


def largest() -> int:
    """Bytes of the files together."""
    return settings.PORTAL_UPLOAD_MB * 1024 * 1024


class Told(Progress):
    """How far the work on an upload is, for its page."""

    def __init__(self, upload: Upload) -> None:
        super().__init__()
        self.terminal, self.every, self.key = False, 1.0, _key(upload)

    def _say(self, words: str) -> None:
        cache.set(self.key, words, 3600)


def stage_of(upload: Upload) -> str:
    """How far the worker is with it, in words; empty before it has begun."""
    return cache.get(_key(upload)) or ""


def _key(upload: Upload) -> str:
    return f"upload:{upload.pk}:{upload.state}"


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


def confirm(upload: Upload, *, at: datetime) -> None:
    """Have the worker import what was checked. Raises UploadRefused where there is nothing new."""
    waiting = Upload.objects.filter(pk=upload.pk, state=UploadState.CHECKED)
    if not upload.accepted:
        raise UploadRefused(_("There is nothing new in this file."))
    with transaction.atomic():
        if not waiting.update(state=UploadState.CONFIRMED, confirmed_at=at):
            raise UploadRefused(_("This file no longer waits for your word."))
        outbox.add(STORE, str(upload.pk), at=at)


def cancel(upload: Upload, *, at: datetime) -> None:
    """Leave a checked file alone. Raises UploadRefused for one that is being imported."""
    waiting = Upload.objects.filter(pk=upload.pk, state=UploadState.CHECKED)
    if not waiting.update(state=UploadState.CANCELLED, finished_at=at):
        raise UploadRefused(_("This file no longer waits for your word."))
    _forget(upload)


def check(upload_id: str, at: datetime) -> None:
    """Find out what is in an upload and what it would do, and keep nothing of it."""
    _work(upload_id, UploadState.CHECKING, at)


def store(upload_id: str, at: datetime) -> None:
    """Import an upload that was confirmed: all of it, or nothing."""
    _work(upload_id, UploadState.CONFIRMED, at)


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
                    _refuse(upload, _("The import broke off, and nothing was kept."), at)
                _tell(upload, at)
                refused += 1
    old = Upload.objects.filter(brought_at__lt=at - KEPT).exclude(state__in=UNDER_WAY)
    old.filter(state=UploadState.CHECKED).update(state=UploadState.CANCELLED, finished_at=at)
    kept = UploadedFile.objects.exclude(
        file="", rejected_file="", preview="", problems="", unread=[]
    )
    for part in kept.filter(upload__in=old):
        with transaction.atomic():
            part.preview, part.problems, part.unread = "", "", []
            _delete(part, "file", "rejected_file")
            part.save(update_fields=["file", "rejected_file", "preview", "problems", "unread"])
    named = UploadedFile.objects.values_list("file", "rejected_file")
    keeping.clear(at - ORPHANED, {name for names in named for name in names})
    keeping.clear_workplaces(at - ORPHANED)
    return refused


def preview(part: UploadedFile) -> dict[str, Any]:
    """Columns and first rows of a file as they are read; nothing where none are kept."""
    if not part.preview:
        return {}
    return json.loads(envelopes.unseal(keeping.PURPOSE, part.preview))


def rejected_rows(part: UploadedFile) -> bytes:
    """The rows of a file that were rejected, each with its remedy, as CSV."""
    return b"".join(keeping.pieces_of(part.rejected_file.name or ""))


@dataclass
class _Read:
    """A file on its way through a check or an import."""

    part: UploadedFile
    path: Path
    kind: Kind
    sheet: Sheet | None


def _work(upload_id: str, state: UploadState, at: datetime) -> None:
    with transaction.atomic():
        # Another worker that has it already is not waited for.
        found = Upload.objects.select_for_update(skip_locked=True, of=("self",))
        upload = found.filter(pk=upload_id, state=state).first()
        if upload is None:
            return
        with override(upload.language):
            try:
                with keeping.workplace() as folder, transaction.atomic():
                    _carry_out(upload, folder, at, store=state == UploadState.CONFIRMED)
            except WrongUse as problem:
                _refuse(upload, str(problem), at)
            except (OSError, vault.VaultError):  # a file that is gone does not come back
                logger.exception("Upload %s", upload.pk)
                _refuse(upload, _("The import broke off, and nothing was kept."), at)
            else:
                upload.save()
        _tell(upload, at)
    if upload.state in {UploadState.DONE, UploadState.REFUSED}:
        _forget(upload)


class _OnlyChecked(Exception):
    """Takes back what a check has written."""


def _carry_out(upload: Upload, folder: Path, at: datetime, *, store: bool) -> None:
    by = _actor(upload, at)
    progress = Told(upload)
    progress.start(_("Reading"))
    reads = _open(upload, folder, by, progress)
    kind = KINDS[upload.kind]
    job = Job(
        paths=[read.path for read in reads],
        by=by,
        at=at,
        progress=progress,
        site=upload.site,
        dealer=upload.dealer,
        historical=(upload.historical or bool(kind.parts)) and kind.may_be_historical,
        publish=upload.publish and kind.may_publish(by),
        store=store,
        sheets=all(read.sheet is not None for read in reads),
    )
    found: Sequence[Outcome] = []
    try:
        with transaction.atomic():
            found = kind.load(job)
            if not store:
                raise _OnlyChecked
    except _OnlyChecked:
        pass
    upload.effects = job.effects
    for dealer, count, customers in job.known:
        access.note(
            AccessAction.LOOK_UP, by=by, dealer_id=dealer, fields="store",
            purpose=sayings.kept(LOOKED_UP), customers=customers, count=count, at=at,
        )  # fmt: skip
    for read, file in zip(reads, found, strict=True):
        _note(read, file, upload, folder, at, store=store)
    upload.state = UploadState.DONE if store else UploadState.CHECKED
    upload.finished_at = at if store else None


def _actor(upload: Upload, at: datetime) -> Actor:
    """Who brought it, as far as they still may. Raises WrongUse."""
    if upload.membership_id is None:
        by = Actor.signed_in(upload.by)
    else:
        posts = Membership.objects.current(at).select_related("user", "dealer")
        post = posts.filter(pk=upload.membership_id).first()
        by = Actor.of(post) if post else Actor()
    kinds = {kind.value for kind in open_to(by)} if upload.by.is_active else set()
    if not kinds or (upload.kind and upload.kind not in kinds):
        raise WrongUse(_("You cannot bring a file of this kind."))
    return by


def _open(upload: Upload, folder: Path, by: Actor, progress: Progress) -> list[_Read]:
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


def _in_order(reads: list[_Read], allowed: list[Kind]) -> list[_Read]:
    """The files of a history in the order that it is read in. Raises WrongUse."""
    by_kind = {read.kind.value: read for read in reads}
    for kind in allowed:
        if set(by_kind) == set(kind.parts) and len(reads) == len(kind.parts):
            return [by_kind[part] for part in kind.parts]
    raise WrongUse(_("A history is two files: one of registrations and one of orders."))


def _recognised(part: UploadedFile, folder: Path, choices: list[Kind]) -> _Read:
    """What a file is, and where its columns stand. Raises WrongUse."""
    path = keeping.open_into(folder, part.file.name or "", part.name)
    plain = [kind for kind in choices if not kind.columns]
    if plain and _is_json(path):
        part.encoding = "UTF-8"
        return _Read(part, path, plain[0], None)
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
    return _Read(part, path, kind, sheet)


def _is_json(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"["))


def _note(
    read: _Read, file: Outcome, upload: Upload, folder: Path, at: datetime, *, store: bool
) -> None:
    """Keep what was found in a file."""
    part, heads = read.part, read.kind.heads | {PROBLEM: str(sheets.PROBLEM_HEAD)}
    part.rows, part.repeated = file.rows_read, file.repeated
    part.accepted, part.rejected = file.accepted, len(file.problems)
    part.problems = "\n".join(in_short(file.problems, heads, most=SHOWN))
    if read.sheet is not None:
        part.preview = envelopes.seal(
            keeping.PURPOSE, json.dumps(_first_rows(read, heads), ensure_ascii=False)
        )
    _delete(part, "rejected_file")
    if part.rejected:
        rejected = folder / f"rejected-{part.number}.csv"
        file.write_rejected(rejected, heads)
        with rejected.open("rb") as written:
            part.rejected_file = keeping.keep(
                f"{upload.pk}-{part.number}-rejected", keeping.cut(written)
            )
    if store:
        part.record = file.note(
            read.kind.value if not KINDS[upload.kind].parts else upload.kind,
            started_at=at,
            finished_at=at,
            by=upload.by,
        )
    part.save()


def _first_rows(read: _Read, heads: dict[str, str]) -> dict[str, Any]:
    with read.path.open(encoding="utf-8", newline="") as file:
        rows = (row for row in csv.reader(file) if any(row))
        header = next(rows, [])
        brought = set(read.sheet.places if read.sheet else header) | STORES
        shown = [place for place, name in enumerate(header) if name in brought]
        return {
            "heads": [heads.get(header[place], header[place]) for place in shown],
            "rows": [[_in_words(row[place]) for place in shown] for row in islice(rows, PREVIEWED)],
        }


def _in_words(cell: str) -> str:
    """A value of a row as people say it: moments and answers stand there as importers read them."""
    if cell in ANSWERED:
        return str(ANSWERED[cell])
    try:
        moment = datetime.fromisoformat(cell) if "T" in cell else None
    except ValueError:
        moment = None
    return date_format(moment, "SHORT_DATETIME_FORMAT") if moment else cell


def _refuse(upload: Upload, problem: str, at: datetime) -> None:
    upload.state, upload.problem, upload.finished_at = UploadState.REFUSED, problem, at
    upload.save()


TOLD = {
    UploadState.CHECKED: gettext_noop("Your file is checked and waits for your word: %(name)s"),
    UploadState.DONE: gettext_noop("Your file is imported: %(name)s"),
    UploadState.REFUSED: gettext_noop("Your file was not imported: %(name)s"),
}


def _tell(upload: Upload, at: datetime) -> None:
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


def _forget(upload: Upload) -> None:
    """Delete the files of an upload that is over, apart from its rejected rows."""
    for part in upload.files.all():
        _delete(part, "file")
        part.save(update_fields=["file"])


def _delete(part: UploadedFile, *fields: str) -> None:
    """Take files from a part that is about to be saved; they go once it is."""
    for name in fields:
        if kept := getattr(part, name).name:
            transaction.on_commit(partial(default_storage.delete, kept), robust=True)
            setattr(part, name, "")
