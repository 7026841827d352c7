"""What a person signs in with, and where they are signed in."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dealers.models import User
from dealers.words import mask_phone


@transaction.atomic
def start_anew(user: User, *, keep: str = "", number: str = "") -> list[str]:
    """Drop what was set up before ``user`` proved that the address or the ``number`` is theirs.

    Somebody else may have set it up: passkeys, second factors and recovery codes go, sessions other
    than that of the key ``keep`` end, and a mobile number has to be confirmed again. Headquarters
    keeps its second factors, which a mailbox alone must not open. Returns what happened and what is
    left, in sentences for the person.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    said = []
    proved = bool(number) and user.phone == number
    if proved:
        pass
    elif user.phone and user.phone_verified:
        said.append(_("Confirm the mobile number %s again to use it.") % mask_phone(user.phone))
    elif user.phone:
        said.append(_("The mobile number %s was never confirmed and is gone.")
                    % mask_phone(user.phone))  # fmt: skip
        user.phone = None
    user.phone_verified = proved
    user.save(update_fields=["phone", "phone_verified"])

    factors = Authenticator.objects.filter(user=user)
    if not user.is_staff:
        count = factors.exclude(type=Authenticator.Type.RECOVERY_CODES).count()
        factors.delete()
        if count:
            said.append(
                ngettext(
                    "%d passkey or second factor is gone.",
                    "%d passkeys and second factors are gone.",
                    count,
                )
                % count
            )
    if count := end_sessions(user, keep=keep):
        said.append(
            ngettext("%d device was signed out.", "%d devices were signed out.", count) % count
        )
    if proved and user.email is None:
        said.append(_("Left are your mobile number and your password."))
    elif factors.exists():
        said.append(_("Left are your e-mail address, your password and your second factor."))
    else:
        said.append(_("Left are your e-mail address and your password."))
    return said


def end_sessions(user: User, *, keep: str = "") -> int:
    """Sign a person out on every device, at once; how many those were.

    ``keep`` is the key of the one session that goes on.
    """
    known = UserSession.objects.filter(user=user).exclude(session_key=keep)
    Session.objects.filter(session_key__in=known.values("session_key")).delete()
    count, _rows = known.delete()
    return count
