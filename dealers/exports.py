"""Long files: asked for on a page, made by the worker, fetched by who asked.

The file is sealed with the dealer's key, belongs to the post that it was asked in, and is deleted a
day later. Each time it is fetched the access log says so before it leaves. A file may be longer
than memory: it is sealed piece by piece, and opened so, wholly before its first byte leaves.
"""

import base64
import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from typing import IO, Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language, gettext_noop

from dealers import access, clock, notices, outbox, quotas, sayings, spreadsheets, vault
from dealers.actor import Actor
from dealers.imports import keeping
from dealers.keys import rotation
from dealers.models import (
    AccessAction,
    Export,
    ExportState,
    Membership,
    NoticeKind,
    OutboxTask,
)
from dealers.waiting import busy_as

MANY = 5000  # rows: up to so many a page waits for
KEPT = timedelta(days=1)
STEP = 1000  # rows between two notes of how far it is
FIELD = "file"  # what the file is sealed as
FOLDER = "exports"  # of the storage
PIECE = 1 << 20  # bytes of a file that are sealed together
IN_PIECES = ".pieces"  # how the name of a file ends that is sealed so
BY_PORTAL = ".sealed"  # and of one that the portal's own key seals
LIMITED = "limited"  # an argument: it is one of the files of customers that a person may have a day

logger = logging.getLogger(__name__)


def kind_asked(query: Mapping[str, Any]) -> str:
    """The kind of file that an address asks for, csv or xlsx; empty: none."""
    kind = str(query.get("export", ""))
    return kind if kind in spreadsheets.TYPES else ""


def takes_file(request: HttpRequest) -> bool:
    """Whether a page of a list is asked for as a file."""
    return bool(kind_asked(request.GET))


def ask(
    task: str,
    arguments: dict[str, Any],
    *,
    title: str,
    name: str,
    rows: int,
    fields: str = "",
    by: Actor,
    at: datetime,
) -> Export:
    """Have the worker make a file by ``task``, which gets the export's id.

    ``title`` is a sentence as ``sayings`` keeps it; the end of ``name`` says what the file is,
    .csv or .xlsx. The same again while it is being made is the one that was asked for. ``fields``
    names the personal data in it.
    """
    clock.must_record()  # a page leads to what was asked for
    whose: dict[str, Any] = (
        {"dealer_id": None, "membership": None, "by": by.person}
        if by.at_hq
        else {"dealer_id": by.post.dealer_id, "membership": by.post, "by": None}
    )
    language = get_language() or ""
    same = Export.objects.filter(
        **whose, name=name, arguments=arguments, language=language, state=ExportState.WAITING,
        asked_at__gt=at - KEPT,
    ).first()  # fmt: skip
    if same is not None:
        return same
    export = Export.objects.create(
        **whose,
        title=title[:500],
        name=name,
        arguments=arguments,
        language=language,
        fields=fields[:200],
        rows=rows,
        asked_at=at,
    )
    outbox.add(task, str(export.pk), at=at)
    return export


def write(
    export_id: str, rows_of: Callable[[Export], Iterable[Iterable[Any]]], *, at: datetime
) -> None:
    """Make the file of an export out of rows; see ``make``.

    ``rows_of`` gives the rows with the header; the part of them that is written shows meanwhile.
    """

    def into(export: Export, made: IO[bytes]) -> None:
        spreadsheets.write(made, _counted(export, rows_of(export)), export.kind)

    make(export_id, into, at=at)


def make(export_id: str, into: Callable[[Export, IO[bytes]], None], *, at: datetime) -> None:
    """Make the file of an export, in the language of who asked; done before, it stays as it is.

    ``into`` writes it, however long, says with ``written`` how far it is, and may change on the
    export what it is called and holds.
    """
    found = Export.objects.select_related(
        "membership__dealer", "membership__store", "membership__user", "by"
    )
    export = found.filter(pk=export_id, state=ExportState.WAITING).first()
    if export is None:
        return
    try:
        with translation.override(export.language):
            name = _kept(export, into)
    except Exception:
        logger.exception("The export %s failed.", export.pk)
        Export.objects.filter(pk=export.pk).update(state=ExportState.FAILED)
        return
    export.file.name, export.state, export.written = name, ExportState.DONE, export.rows
    with transaction.atomic():
        # Somebody whose post ended meanwhile finds no file; of two workers' the first one stays.
        waiting = Export.objects.select_for_update().exclude(state=ExportState.DONE)
        if not waiting.filter(pk=export.pk).exists():
            export.file.delete(save=False)
            return
        export.save(update_fields=["file", "state", "rows", "written", "fields"])
        notices.tell(
            [export.person],
            NoticeKind.EXPORT,
            sayings.kept(gettext_noop("Your file is ready: %(name)s"), name=[export.name]),
            to=reverse("dealers:export", args=[export.pk]),
            about=str(export.pk),
            at=at,
        )


def _kept(export: Export, into: Callable[[Export, IO[bytes]], None]) -> str:
    """Make the file and keep it sealed; under which name."""
    with keeping.workplace() as folder, (folder / "made").open("w+b") as made:
        into(export, made)
        made.seek(0)
        # Of a dealer that has closed for good, statements and the like are there to be read still.
        if export.dealer_id is None or rotation.destroyed_at(export.dealer_id):
            return keeping.keep(f"{export.pk}{BY_PORTAL}", keeping.cut(made), folder=FOLDER)
        with (folder / "sealed").open("w+b") as sealed:
            _seal(vault.Row.of(export), made, sealed)
            sealed.seek(0)
            return default_storage.save(f"{FOLDER}/{export.pk}{IN_PIECES}", File(sealed))


def _seal(row: vault.Row, made: IO[bytes], sealed: IO[bytes]) -> None:
    """Seal a file piece by piece, each as the one of its number; the last one says that it is."""
    number, piece = 0, made.read(PIECE)
    while True:
        following = made.read(PIECE)
        text = base64.b64encode(piece).decode()
        envelope = vault.seal(row, _place(number, last=not following), text)
        sealed.write(len(envelope).to_bytes(4) + envelope)
        if not following:
            return
        number, piece = number + 1, following


def _opened(row: vault.Row, sealed: IO[bytes]) -> IO[bytes]:
    """Open what ``_seal`` made, out of memory. Raises VaultError if it was changed or cut."""
    with ExitStack() as stack:
        opened = stack.enter_context(tempfile.TemporaryFile())
        number, envelope = 0, _next(sealed)
        if not envelope:
            raise vault.VaultError("The file is empty.")
        while envelope:
            following = _next(sealed)
            text = vault.unseal(row, _place(number, last=not following), envelope)
            opened.write(text.encode() if text == vault.CLOSED else base64.b64decode(text))
            number, envelope = number + 1, following
        opened.seek(0)
        stack.pop_all()  # closed by who reads it
    return opened


def _pieces(opened: IO[bytes]) -> Iterable[bytes]:
    """An open file piece by piece; a short one at once."""
    first = opened.read(PIECE)
    if len(first) < PIECE:
        opened.close()
        return [first]
    return _from(first, opened)


def _from(first: bytes, opened: IO[bytes]) -> Iterator[bytes]:
    with opened:
        yield first
        yield from keeping.cut(opened)


def _next(sealed: IO[bytes]) -> bytes:
    return sealed.read(int.from_bytes(sealed.read(4)))


def _place(number: int, *, last: bool) -> str:
    return f"{FIELD} {number}{' and last' if last else ''}"


def withdraw(membership: Membership) -> int:
    """Delete what was asked for in a post that is over, with its files; how many those were."""
    return _withdrawn(Export.objects.filter(membership=membership))


def withdraw_of(dealer_id: int) -> int:
    """Delete what was asked for at a dealer whose keys were destroyed; how many those were.

    Those that are done open for nobody any more, and those being made hold what was read before.
    """
    return _withdrawn(Export.objects.filter(dealer=dealer_id))


def _withdrawn(found: QuerySet[Export]) -> int:
    gone = 0
    for export in found.select_for_update():
        if name := export.file.name:
            # What is left there for now goes with the sweep.
            transaction.on_commit(partial(export.file.storage.delete, name), robust=True)
        export.delete()
        gone += 1
    return gone


def fetch(export: Export, *, by: Actor, at: datetime) -> Iterable[bytes]:
    """The file of an export that is done, after the access log says who took it.

    Raises QuotaReached for one more file of customers than a person may have in a day, and where
    what counts of them is still being recorded.
    """
    if export.dealer_id is None:
        return keeping.pieces_of(export.file.name or "")
    if export.arguments.get(LIMITED):
        with busy_as(quotas.QuotaReached), transaction.atomic():
            quotas.wait_for(by.person.pk)
        quotas.check_files(by, at)
    if export.fields:
        access.note(
            AccessAction.EXPORT,
            by=by,
            dealer_id=export.dealer_id,
            fields=export.fields,
            purpose=export.title,
            count=export.rows,
            at=at,
        )
    row, name = vault.Row.of(export), export.file.name or ""
    if name.endswith(BY_PORTAL):
        return keeping.pieces_of(name)
    with export.file.open() as file:
        if name.endswith(IN_PIECES):
            return _pieces(_opened(row, file))
        # Made before files were sealed in pieces: such are deleted within a day.
        text = vault.unseal(row, FIELD, file.read())
    return [base64.b64decode(text) if export.is_binary else text.encode()]


def sweep(at: datetime) -> int:
    """Delete what was asked for a day ago, with its file; how many.

    And the files of workers that were lost before a row named them. What nobody makes any more,
    since too many workers were lost over it, has failed: its page says so, and who asks anew gets
    another one.
    """
    waiting = Export.objects.filter(state=ExportState.WAITING)
    waiting.filter(pk__in=[each.pk for each in waiting if _is_given_up(each)]).update(
        state=ExportState.FAILED
    )
    with transaction.atomic():
        gone = _withdrawn(Export.objects.filter(asked_at__lt=at - KEPT))
    named = set(Export.objects.values_list("file", flat=True))
    keeping.clear(at - KEPT, named, folder=FOLDER)
    return gone


def _is_given_up(export: Export) -> bool:
    tasks = OutboxTask.objects.filter(args=[str(export.pk)])  # no other task is about its id alone
    return tasks.given_up().exists() and not tasks.to_do().exists()


def _counted(export: Export, rows: Iterable[Iterable[Any]]) -> Iterator[Iterable[Any]]:
    for number, row in enumerate(rows):
        if number and number % STEP == 0:
            written(export, number)
        yield row


def written(export: Export, rows: int) -> None:
    """Note how many rows of a file that is being made are written."""
    Export.objects.filter(pk=export.pk).update(written=rows)
