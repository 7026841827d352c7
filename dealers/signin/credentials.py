"""What a person signs in with, and where they are signed in."""

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dealers import door, sms
from dealers.models import ContactChange, ContactKind, User
from dealers.sending import messages
from dealers.words import mask_phone


@transaction.atomic
@door.opened()  # somebody else may be signed in on the device
def start_anew(user: User, *, at: datetime, keep: str = "", number: str = "") -> list[str]:
    """Drop what was set up before ``user`` proved that the address or the ``number`` is theirs.

    Somebody else may have set it up: with a proved number the e-mail address goes, else the mobile
    number, and passkeys, second factors and recovery codes; sessions other than that of the key
    ``keep`` end. Headquarters keeps its second factors, which a mailbox alone must not open.
    Returns what happened and what is left, in sentences for the person.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    said = _drop_unproved(user, number, at)

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
    said.append(_left(user, factors.exists()))
    return said


def _drop_unproved(user: User, number: str, at: datetime) -> list[str]:
    """Take away the one of address and number that was not proved; a sentence if there was one.

    It is kept as a change, so that the link by which an earlier one is undone brings it back: who
    had the password may have added what they then proved. For itself it gets no link.
    """
    if number and user.phone == number:
        if not user.email:
            return []
        kind, old = ContactKind.EMAIL, user.email
        said = _("The e-mail address %s is gone. Add it again if it is yours.") % old
        user.email = None
        body = render_to_string("dealers/address_gone_mail.txt", {"user": user, "at": at})
        subject = _("Your account in the dealer portal was changed")
        messages.mail(EmailMessage(subject, body, to=[old]), at=at)
    elif not user.phone or not user.email:
        return []
    else:
        kind, old = ContactKind.PHONE, user.phone if user.phone_verified else ""
        said = (
            _("The mobile number %s is gone. Add it again if it is yours.")
            if old
            else _("The mobile number %s was never confirmed and is gone.")
        ) % mask_phone(user.phone)
        user.phone, user.phone_verified = None, False
        if old and sms.available():
            text = _("This number no longer opens your account. Not you? Ask headquarters.")
            messages.text(old, text, at=at)
    user.save(update_fields=["email", "phone", "phone_verified"])
    EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email or "").delete()
    if old:
        ContactChange.objects.create(user=user, kind=kind, old=old, new="", changed_at=at)
    return [said]


def _left(user: User, factor: bool) -> str:
    """What opens the account from now on."""
    if user.email and factor:
        return _("Left are your e-mail address, your password and your second factor.")
    if user.email:
        return _("Left are your e-mail address and your password.")
    said = (
        _("Left are your mobile number %s, your password and your second factor.")
        if factor
        else _("Left are your mobile number %s and your password.")
    )
    return said % mask_phone(user.phone or "")


def opens(user: User, way: str) -> bool:
    """Whether an e-mail address or number (E.164) that a code was sent to is still the account's.

    Waits for whoever is just dropping it.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if "@" not in way:
        return user.phone_verified and user.phone == way
    known = EmailAddress.objects.filter(user=user, email__iexact=way)
    return (user.email or "").lower() == way.lower() or known.exists()


def end_sessions(user: User, *, keep: str = "") -> int:
    """Sign a person out on every device, at once; how many those were.

    ``keep`` is the key of the one session that goes on.
    """
    with door.opened():
        known = UserSession.objects.filter(user=user).exclude(session_key=keep)
        Session.objects.filter(session_key__in=known.values("session_key")).delete()
        count, _rows = known.delete()
    return count
