"""Where a package plays: shut off from the portal by the browser, whatever the package holds.

Each page of a package is answered with a policy that makes it a stranger to the portal, also where
somebody opens its address by hand: no cookies, no storage, no connection but to its own files. A
page finds the interface of SCORM on its own window, for strangers cannot reach their parents': our
script stands first in it.

Pages of one package are strangers to each other as well, and some are made of frames that talk by
script. For them the setting ``PORTAL_PACKAGES_HOST`` names a host of another domain, which answers
with packages alone: there they have an origin, and the portal still is another.
"""

import codecs
import json
import re
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.csp import build_policy

from dealers import site
from dealers.models import User
from training import files
from training.models import Lesson
from training.scorm import archive, attempts, package, tokens
from training.scorm.archive import Archive, PackageRefused
from training.scorm.manifest import Manifest

API = (Path(__file__).parent / "api.js").read_text(encoding="utf-8")
PAGES = {".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml"}
TYPES = PAGES | {
    ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css",
    ".json": "application/json", ".xml": "text/xml", ".xsd": "text/xml", ".txt": "text/plain",
    ".vtt": "text/vtt", ".srt": "text/plain", ".svg": "image/svg+xml", ".png": "image/png",
    ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
    ".avif": "image/avif", ".bmp": "image/bmp", ".ico": "image/x-icon", ".woff": "font/woff",
    ".woff2": "font/woff2", ".ttf": "font/ttf", ".otf": "font/otf", ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4", ".wav": "audio/wav", ".oga": "audio/ogg", ".ogg": "audio/ogg",
    ".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm", ".ogv": "video/ogg",
    ".pdf": "application/pdf", ".wasm": "application/wasm",
}  # fmt: skip
# Forms send nothing, but without this browsers do not even tell the page's own script of them.
FLAGS = "allow-scripts allow-forms"
# Pages come from anybody: none of these looks at a byte again and again.
_HEAD = re.compile(rb"<head(\s[^<>]*+)?>", re.IGNORECASE)
_HTML = re.compile(rb"<html(\s[^<>]*+)?>", re.IGNORECASE)
_DOCTYPE = re.compile(rb"<!doctype[^<>]*+>", re.IGNORECASE)


def flags() -> str:
    """What the frame of a package may do."""
    return f"{FLAGS} allow-same-origin" if settings.PORTAL_PACKAGES_HOST else FLAGS


def _site(request: HttpRequest) -> str:
    """Where packages are, without a slash at the end."""
    host = settings.PORTAL_PACKAGES_HOST
    return f"{request.scheme}://{host}" if host else site.address(request)


def folder(request: HttpRequest, token: str) -> str:
    """The address below which everything of a package lies, with the host."""
    address = reverse("training:package_api", args=[token])
    return _site(request) + address[: address.rindex("/") + 1]


def policy(base: str) -> str:
    """The policy of everything below ``base``: strangers to the portal, at home in their folder."""
    return (
        f"sandbox {flags()}; default-src 'none'; script-src {base} blob: 'unsafe-inline'"
        f" 'unsafe-eval'; style-src {base} 'unsafe-inline'; img-src {base} data: blob:;"
        f" media-src {base} data: blob:; font-src {base} data:; connect-src {base} data: blob:;"
        f" frame-src {base} data: blob:; worker-src blob:; form-action 'none'; base-uri {base}"
    )


def let_play(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A page of ours whose frames show packages, which go nowhere else in them."""
    above = reverse("training:package_api", args=["a"]).removesuffix("a/api.js")
    ours: dict[str, Any] = settings.SECURE_CSP
    response.headers["Content-Security-Policy"] = build_policy(
        {**ours, "frame-src": [_site(request) + above]}
    )
    return response


def frame(
    request: HttpRequest, token: str, manifest: Manifest, state: dict[str, Any]
) -> dict[str, Any]:
    """The frame in which a package plays, and what its script knows as it begins."""
    page = reverse("training:package_file", args=[token, manifest.launch]) + manifest.query
    return {
        "address": _site(request) + page,
        "flags": flags(),
        "state": {**state, "origin": site.address(request)},
    }


def trial(request: HttpRequest, lesson: Lesson, user: User, *, at: datetime) -> str:
    """What the page of an author needs who tries a package, as JSON; empty where none can play.

    A frame for each of its parts.
    """
    try:
        parts = package.parts_of(lesson)
    except PackageRefused:
        return ""
    token = tokens.give(tokens.Pass(user.pk, lesson.pk, trial=True), at=at)
    return json.dumps([frame(request, token, part, attempts.trial(part)) for part in parts])


def answer(request: HttpRequest, token: str, lesson: Lesson, name: str) -> HttpResponse:
    """One file of a lesson's package. Raises Http404 where there is none."""
    try:
        with lesson.package.open("rb") as stored, archive.opened(stored) as found:
            response = _answer(request, token, found, name)
    except (OSError, PackageRefused) as error:
        raise Http404 from error
    shut_off = _shut_off(response, folder(request, token))
    if not lesson.version.is_published:  # its author may bring another one under the same address
        shut_off.headers["Cache-Control"] = "no-store, private"
    return shut_off


def _answer(request: HttpRequest, token: str, found: Archive, name: str) -> HttpResponse:
    size = found.size(name)
    if size is None:
        raise Http404
    kind = PurePosixPath(name).suffix.lower()
    if kind in PAGES:
        script = reverse("training:package_api", args=[token])
        return HttpResponse(with_script(found.read(name), script), content_type=PAGES[kind])
    return files.part(
        request, size, lambda wanted: found.read(name, wanted),
        content_type=TYPES.get(kind, "application/octet-stream"),
    )  # fmt: skip


def interface(request: HttpRequest, token: str) -> HttpResponse:
    """The script that stands first in every page of a package."""
    return _shut_off(
        HttpResponse(API, content_type="text/javascript; charset=utf-8"), folder(request, token)
    )


def _shut_off(response: HttpResponse, base: str) -> HttpResponse:
    response.headers["Content-Security-Policy"] = policy(base)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    # A stranger may fetch its own files too; who has the address reads them anyway.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = "private, max-age=86400"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def with_script(page: bytes, address: str) -> bytes:
    """A page with our script before all others."""
    if page.startswith((b"\xff\xfe", b"\xfe\xff")):
        page = codecs.BOM_UTF8 + page.decode("utf-16", "replace").encode()
    tag = f'<script src="{quote(address, safe="/:")}"></script>'.encode()
    for place in (_HEAD, _HTML, _DOCTYPE):
        if match := place.search(page[:100_000]):
            return page[: match.end()] + tag + page[match.end() :]
    begun = len(codecs.BOM_UTF8) if page.startswith(codecs.BOM_UTF8) else 0  # it says the encoding
    return page[:begun] + tag + page[begun:]
