"""Who must have a second factor, from when on, and showing it again before what matters."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import suspend_request
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from dealers.models import Role, User

GRACE = timedelta(days=7)


def lacks_second_factor(request: HttpRequest) -> bool:
    """Whether this person has no second factor, where the installation asks for one.

    Who has one was asked for it at login, so the session of such a login needs no query.
    """
    if not settings.PORTAL_SECOND_FACTOR or not request.user.is_authenticated:
        return False
    methods = request.session.get("account_authentication_methods", [])
    if any(method.get("method") == "mfa" for method in methods):
        return False
    return not is_mfa_enabled(request.user)


def due(request: Any, at: datetime) -> datetime | None:
    """Until when this person has to set up a second factor; None: they need none, or have one.

    People of headquarters and owners need one. The seven days begin when they are first told.
    """
    user = request.user
    if not settings.PORTAL_SECOND_FACTOR or not user.is_authenticated:
        return None
    owns = any(membership.role == Role.OWNER for membership in request.memberships)
    if not (user.is_staff or owns) or not lacks_second_factor(request):
        return None
    if user.second_factor_by is None:
        user.second_factor_by = at + GRACE
        User.objects.filter(pk=user.pk).update(second_factor_by=user.second_factor_by)
    return user.second_factor_by


def is_fresh(request: HttpRequest, *, second: bool = False) -> bool:
    """Whether this session has just shown the password or a second factor.

    People of headquarters show the second factor, and everybody for what asks for ``second``; a
    code by mail proves the mailbox only.
    """
    if not settings.PORTAL_SECOND_FACTOR:
        return True
    shown = {"mfa"} if request.user.is_staff or second else {"mfa", "password"}
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    return any(record["method"] in shown and record["at"] > since for record in records)


type View = Callable[..., HttpResponse]


def fresh_secret(when: Callable[[HttpRequest], bool] | None = None) -> Callable[[View], View]:
    """A view that asks for password or second factor again, unless it has just been shown.

    For what reveals, takes away, publishes or pays. Where a view does less as well, ``when`` tells
    the requests that do. A form that was sent is carried out after that.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def asking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if (when is None or when(request)) and not is_fresh(request):
                return ask_again(request)
            return view(request, *args, **kwargs)

        return asking

    return decorate


def ask_again(request: HttpRequest) -> HttpResponse:
    """Lead to the page that asks for the second factor or the password, and back from there."""
    name = "mfa_reauthenticate" if is_mfa_enabled(request.user) else "account_reauthenticate"
    return suspend_request(request, reverse(name))
