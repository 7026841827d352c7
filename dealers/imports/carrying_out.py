"""The worker's part of an upload: the files are checked, and imported once somebody said yes.

By the rules of the commands. What a worker was doing when it died is done again: an import is one
transaction, and an upload that is under way is sent again by the sweep.
"""

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from dealers import access, sayings, vault
from dealers.actor import Actor
from dealers.imports import keeping, sheets
from dealers.imports.csv import PROBLEM, SHOWN
from dealers.imports.kinds import KINDS, Job, Outcome, open_to
from dealers.imports.previews import first_rows
from dealers.imports.problems import WrongUse, in_short
from dealers.imports.recognising import Read, open_files
from dealers.imports.stages import Told
from dealers.imports.uploads import forget, refuse, take_from, tell
from dealers.keys import envelopes
from dealers.models import AccessAction, Membership, Upload, UploadState

logger = logging.getLogger(__name__)
LOOKED_UP = gettext_noop(
    "A file of headquarters with these numbers was checked; nothing of it was kept."
)
OWN_LOOKED_UP = gettext_noop("A file with these numbers was checked; nothing of it was kept.")


def check(upload_id: str, at: datetime) -> None:
    """Find out what is in an upload and what it would do, and keep nothing of it."""
    _work(upload_id, UploadState.CHECKING, at)


def store(upload_id: str, at: datetime) -> None:
    """Import an upload that was confirmed: all of it, or nothing."""
    _work(upload_id, UploadState.CONFIRMED, at)


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
                refuse(upload, str(problem), at)
            except (OSError, vault.VaultError):  # a file that is gone does not come back
                logger.exception("Upload %s", upload.pk)
                refuse(upload, _("The import broke off, and nothing was kept."), at)
            else:
                upload.save()
        tell(upload, at)
    if upload.state in {UploadState.DONE, UploadState.REFUSED}:
        forget(upload)


class _OnlyChecked(Exception):
    """Takes back what a check has written."""


def _carry_out(upload: Upload, folder: Path, at: datetime, *, store: bool) -> None:
    by = _actor(upload, at)
    progress = Told(upload)
    progress.start(_("Reading"))
    reads = open_files(upload, folder, by, progress)
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
    if job.known:
        # Not before: what was waited for in the block above is taken back with it, and somebody
        # else would count between that and the entry. Nor later: a refusal keeps what is said.
        kind.may_ask(job)
    for put_down in job.lasting:
        put_down()
    upload.effects = job.effects
    own = upload.dealer_id is not None
    for dealer, count, customers in job.known:
        access.note(
            AccessAction.LOOK_UP, by=by, dealer_id=dealer, fields="phone" if own else "store",
            purpose=sayings.kept(OWN_LOOKED_UP if own else LOOKED_UP), customers=customers,
            count=count, at=at,
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


def _note(
    read: Read, file: Outcome, upload: Upload, folder: Path, at: datetime, *, store: bool
) -> None:
    """Keep what was found in a file."""
    part, heads = read.part, read.kind.heads | {PROBLEM: str(sheets.PROBLEM_HEAD)}
    part.rows, part.repeated = file.rows_read, file.repeated
    part.accepted, part.rejected = file.accepted, len(file.problems)
    part.problems = "\n".join(in_short(file.problems, heads, most=SHOWN))
    if read.sheet is not None:
        part.preview = envelopes.seal(
            keeping.PURPOSE, json.dumps(first_rows(read, heads), ensure_ascii=False)
        )
    take_from(part, "rejected_file")
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
