"""Which door somebody stands at: a device that an account has been opened on, or a stranger's.

Whoever signs in gets a signed cookie. Tries on such a device are counted by themselves, so that
what strangers try elsewhere keeps nobody out who has been in.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from dealers.keys import envelopes
from dealers.models import User

COOKIE = "device"
SALT = "dealers.signin.devices"
KNOWN_FOR = timedelta(days=180)  # after the last sign-in
PEOPLE = 8  # who share a device, as a tablet in a store; the last ones are kept


@dataclass(frozen=True, slots=True)
class Door:
    """The account that is asked for, and where a stranger asks from; keyed digests of both.

    ``origin`` is empty on a device that the account has been opened on.
    """

    account: str
    origin: str = ""


def door(request: HttpRequest, user: User | None, address: str = "") -> Door:
    """The door that ``request`` stands at; ``address`` is what was typed where no user has it."""
    if user is None:
        return Door(_digest("address", address.strip().lower()), _origin(request))
    if device := _device(request, user):
        return Door(_digest("device", f"{user.pk}|{device}"))
    return Door(_digest("account", str(user.pk)), _origin(request))


def of_place(name: str) -> Door:
    """The door of something that many people come to, wherever they are."""
    return Door(_digest("place", name))


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Make the device that ``user`` signed in on a known one."""
    others = [each for each in _people(request) if each[0] != user.pk]
    device = _device(request, user) or secrets.token_urlsafe(12)
    people = [[user.pk, device, _marks(user)[0]], *others][:PEOPLE]
    response.set_cookie(
        COOKIE,
        signing.dumps(people, salt=SALT),
        max_age=KNOWN_FOR,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def _people(request: HttpRequest) -> list[list]:
    try:
        return signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KNOWN_FOR)
    except signing.BadSignature:
        return []


def _device(request: HttpRequest, user: User) -> str:
    for person, device, mark in _people(request):
        if person == user.pk and any(constant_time_compare(mark, it) for it in _marks(user)):
            return device
    return ""


def _marks(user: User) -> list[str]:
    """What a device bears that ``user`` signed in on: by the secret key, and by a former one."""
    # A new password makes strangers of all devices.
    said = f"{user.pk}|{user.password}"
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [salted_hmac(SALT, said, key, algorithm="sha256").hexdigest()[:16] for key in keys]


def _origin(request: HttpRequest) -> str:
    return _digest("origin", get_ip(request))


def _digest(what: str, text: str) -> str:
    key = envelopes.lasting_key(envelopes.TRIES)
    return hmac.new(key, f"{what}|{text}".encode(), hashlib.sha256).hexdigest()[:32]
