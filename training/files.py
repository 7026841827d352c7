"""Answers with the bytes of uploaded files, whole or the part that a player asks for."""

import mimetypes
import re
from collections.abc import Callable
from pathlib import Path

from django.core.files import File
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

# A player asks again for what follows, so one answer need not hold a whole video.
LARGEST_PART = 2 * 1024 * 1024
RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})\Z")
CONTENT_TYPES = {".vtt": "text/vtt; charset=utf-8"}


def size_of(file: File) -> int | None:
    """The bytes of a file; None where it is not there, as after half a restore."""
    try:
        return file.size
    except OSError:
        return None


def answer(request: HttpRequest, file: File, *, attachment: bool = False) -> HttpResponse:
    """``file`` for the browser of somebody who may read it.

    One range of bytes is answered with 206, at most 2 MiB at a time; a range outside the file
    with 416; anything else with the whole file. Raises Http404 where the file is not there.
    """
    if not file.name or not default_storage.exists(file.name):
        raise Http404
    name = Path(file.name or "file").name

    def read(wanted: range | None) -> bytes:
        with file.open("rb") as stored:
            if wanted is None:
                return stored.read()
            stored.seek(wanted.start)
            return stored.read(len(wanted))

    response = part(request, file.size, read, content_type=type_of(name))
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Stored files never change under one name; only this person's browser may keep them.
    response.headers["Cache-Control"] = "private, max-age=86400"
    if attachment:
        response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


def part(
    request: HttpRequest, size: int, read: Callable[[range | None], bytes], *, content_type: str
) -> HttpResponse:
    """What ``read`` gives of ``size`` bytes: all of them, or the range that is asked for."""
    wanted = _range(request.headers.get("Range", ""), size)
    if wanted is None:
        response = HttpResponse(read(None), content_type=content_type)
    elif not wanted:
        response = HttpResponse(status=416)
        response.headers["Content-Range"] = f"bytes */{size}"
    else:
        response = HttpResponse(read(wanted), status=206, content_type=content_type)
        response.headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{size}"
    response.headers["Accept-Ranges"] = "bytes"
    return response


def _range(header: str, size: int) -> range | None:
    """The bytes asked for: nothing to answer with the whole file, empty when there are none."""
    match = RANGE.match(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:  # the last so many bytes
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
    return range(start, min(stop, start + LARGEST_PART))


def type_of(name: str) -> str:
    """What browsers are told that a file of this name is."""
    return CONTENT_TYPES.get(
        Path(name).suffix.lower(), mimetypes.guess_type(name)[0] or "application/octet-stream"
    )
