"""Confirming a mobile number before there is an account: a code goes there and comes back.

The session keeps the number that was asked for, where it was asked, and the code's number only.
"""

from dataclasses import astuple
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from dealers.models import TryKind, User
from dealers.sending import messages
from dealers.signin import codes, devices, tries
from dealers.signin.forms import counted

ASKED = "number_asked"  # in the session
VALID = timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)


def send(request: HttpRequest, phone: str, *, at: datetime) -> None:
    """Send a code to ``phone`` (E.164). Raises TooManyTries."""
    holder = User.objects.filter(phone=phone, phone_verified=True).first()
    door = devices.door(request, holder, phone)
    tries.check(door, TryKind.SENT, at)
    tries.record(door, TryKind.SENT, at)
    number = codes.draw()
    words = _("Your code for the dealer portal is %(code)s.") % {"code": codes.code(number)}
    messages.text(phone, words, at=at, until=at + VALID)
    request.session[ASKED] = [phone, number, (at + VALID).isoformat(), astuple(door)]


def asked(request: HttpRequest, *, at: datetime) -> str:
    """The number that a code was sent to which is still valid; empty if none was."""
    phone, _number, until, _door = request.session.get(ASKED, ["", "", at.isoformat(), []])
    return phone if at < datetime.fromisoformat(until) else ""


def confirm(request: HttpRequest, typed: str) -> str:
    """The number that is confirmed by the code ``typed``. Raises ValidationError."""
    phone, number, _until, door = request.session[ASKED]

    def judge() -> str:
        if not codes.is_right(typed, codes.code(number)):
            raise ValidationError(_("This code is not right. Check its 8 letters."))
        return phone

    confirmed = counted(devices.Door(*door), judge)
    del request.session[ASKED]
    return confirmed
