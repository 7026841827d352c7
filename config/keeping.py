"""Reload and Back show a page after every form, and no form is lost with a session."""

import re
import secrets
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _

from dealers import typed
from dealers.keys import envelopes

PURPOSE = "refused forms"
KEPT = 1800  # seconds
PAGES = 5  # of one session at a time
# Lists of the admin read every parameter of an address as a filter; its forms do not.
LIST_OF_ADMIN = re.compile(r"/admin/(?!.*/(?:add|change)/$)")


class KeepingMiddleware:
    """Gives every answer to a form an address, and brings a form back after signing in.

    A form that is refused is answered with its page, errors and all. A browser cannot come back to
    that without sending the form again, so the page is kept, sealed, and has an address of its own.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        page = _stored(request) if request.method in ("GET", "HEAD") else ""
        if page:
            return HttpResponse(page)
        known = request.user.is_authenticated  # before a form that signs in
        response = self.get_response(request)
        if not navigates(request):
            return response
        if request.method == "GET" and response.status_code == 405:
            # It takes forms only: the browser that comes back would show an error of its own.
            return redirect("home")
        if request.method != "POST":
            return response
        return _answered(request, response) if known else _signed_out(request, response)


def navigates(request) -> bool:
    """Whether a browser shows the answer as a page of its own, and remembers its address."""
    return "text/html" in request.headers.get("Accept", "") and "HX-Request" not in request.headers


def _answered(request, response):
    if response.status_code in (200, 422) and _is_page(request, response):
        return _with_address(request, response)
    if response.status_code in (302, 303) and not typed.is_kept(request):
        _forget(request)
    return response


def _signed_out(request, response):
    """The sign-in page instead of what was sent says so, and leads back to what was typed."""
    login = resolve_url(settings.LOGIN_URL)
    asked = f"{login}?{urlencode({'next': request.get_full_path()}, safe='/')}"
    if response.status_code != 302 or response.headers["Location"] != asked:
        return response
    by = typed.typed_by(request)
    if by is None:
        back = typed.came_from(request)
        messages.warning(request, _("You were signed out, so this was not sent. Sign in again."))
    else:
        back = typed.keep(request, by)
        messages.warning(
            request,
            _("You were signed out, so this was not sent. Sign in, and the form is here, filled."),
        )
    return HttpResponseRedirect(f"{login}?{urlencode({'next': back})}")


def _is_page(request, response) -> bool:
    kind = response.headers.get("Content-Type", "")
    return kind.startswith("text/html") and not LIST_OF_ADMIN.match(request.path)


def _key(request, token: str) -> str:
    return f"refused:{request.session.session_key}:{token}"


def _stored(request) -> str:
    token = request.GET.get(typed.REFUSED)
    if not token or not request.user.is_authenticated:
        return ""
    known = token in request.session.get(typed.REFUSED, {})
    sealed = cache.get(_key(request, token)) if known else None
    return envelopes.unseal(PURPOSE, sealed) if sealed else ""


def _with_address(request, response):
    token = secrets.token_hex(8)
    cache.set(_key(request, token), envelopes.seal(PURPOSE, response.text), KEPT)
    earlier = list(request.session.get(typed.REFUSED, {}).items())[1 - PAGES :]
    request.session[typed.REFUSED] = dict([*earlier, (token, request.path)])
    query = request.GET.copy()
    query[typed.REFUSED] = token
    moved = HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
    moved.cookies = response.cookies
    return moved


def _forget(request) -> None:
    """The form was taken: what was refused before is not shown again."""
    pages = request.session.get(typed.REFUSED, {})
    done = [token for token, path in pages.items() if path == request.path]
    if done:
        cache.delete_many([_key(request, token) for token in done])
        request.session[typed.REFUSED] = {
            token: path for token, path in pages.items() if token not in done
        }
    typed.forget(request)
