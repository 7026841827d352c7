"""Answers for what is not there, not allowed or broken."""

import logging
import secrets
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, HttpResponseNotFound
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import translation
from django.views.csrf import CSRF_FAILURE_TEMPLATE_NAME
from psycopg.errors import InsufficientPrivilege, InvalidParameterValue

from config.servers.database.base import OutcomeUnknown
from dealers import typed, waiting
from dealers.actor import NobodyActs, WallsAreDown
from dealers.keys.held import WrongKeys
from dealers.keys.masters import VaultError
from dealers.site import READS

logger = logging.getLogger(__name__)


def not_found(request, exception=None):  # noqa: ARG001
    """404, to the byte the same for what is missing and for what one may not see."""
    return HttpResponseNotFound(render_to_string("404.html", request=request))


def bad_request(request, exception=None):  # noqa: ARG001
    return render(request, "400.html", status=400)


def too_large(request):
    """413, before anything of the body was read."""
    return render(request, "413.html", status=413)


def server_error(request):
    """500, or 503 where the database, a lock or a key was not to be had; none asks it who asks.

    Where the walls of the database refused, the page says so, and the log raises an alarm.

    The reference on the page stands in the log before what went wrong.
    """
    request.reference = secrets.token_hex(4).upper()
    problem, page, status = sys.exception(), "500.html", 500
    if isinstance(problem, (OperationalError, InterfaceError)):
        page, status = "503.html", 503
    elif isinstance(problem, (VaultError, WrongKeys)):
        page, status = "keys.html", 503
    if refused_by_walls(problem):
        page = "closed.html"
        logger.critical(
            "The walls refused %s to %s: %s",
            *(request.path, getattr(request, "actor", "a visitor"), problem),
            extra={"request": request},
        )
        request.refused_by_walls = True  # headquarters is told once this transaction is over
    unknown, busy = isinstance(problem, OutcomeUnknown), waiting.is_busy(problem)
    return _page_of(request, page, status, unknown=unknown, busy=busy)


def nobody_free(request):
    """503 for what was sent while everybody who could take it up was at work."""
    request.reference = secrets.token_hex(4).upper()
    logger.warning(
        "Nobody was free for %s %s", request.method, request.path, extra={"request": request}
    )
    return _page_of(request, "nobody_free.html", 503)


def refused_by_walls(problem):
    """Whether the database refused a role, a table or a row, or nobody could say whose they are."""
    return isinstance(problem, (NobodyActs, WallsAreDown)) or isinstance(
        getattr(problem, "__cause__", None), (InsufficientPrivilege, InvalidParameterValue)
    )


def _page_of(request, page, status, **said):
    """The page of an error, which knows nothing of the person."""
    reading = request.method in READS
    said |= {"reference": request.reference, "reading": reading}
    with translation.override(translation.get_language_from_request(request)):
        answer = HttpResponse(render_to_string(page, said), status=status)
    if status == 503:
        answer.headers["Retry-After"] = "60"
    return answer


def wrong_clock(request):
    """503 for what a server would record whose clock is wrong."""
    return render(request, "clock.html", status=503)


def csrf_failure(request, reason=""):  # noqa: ARG001
    """The form was too old, or cookies are off: say what to do.

    Who has signed in again meanwhile, and typed this before, finds it on a form that can be sent.
    """
    by = typed.typed_by(request)
    if by is not None and by == request.user.pk:
        return redirect(typed.keep(request, by))
    return render(request, CSRF_FAILURE_TEMPLATE_NAME, status=403)
