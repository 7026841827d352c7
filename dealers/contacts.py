"""How a person is reached: an address or a number changes hands only with notice and a way back."""

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import signing
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from dealers import outbox, sms
from dealers.actor import Actor, acting
from dealers.database import broken_constraint
from dealers.models import ContactChange, ContactKind, User
from dealers.sending import messages
from dealers.signin import credentials

CONFIRMED_ONCE = "user_phone_confirmed_once"

_signer = signing.Signer(salt="dealers.contacts")

# Whoever is signed in where a link is opened: it is about the account that it names.
UNDOING = Actor.worker("undo_contact")


class ContactRefused(Exception):
    """The message is written for the person who asked."""


@transaction.atomic
def change_phone(user: User, phone: str, *, by: Actor, at: datetime, site: str) -> None:
    """Make ``phone`` (E.164), which the person has just confirmed, their mobile number.

    Raises ContactRefused where somebody else has confirmed it first.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    old = user.phone if user.phone and user.phone_verified else ""
    user.phone, user.phone_verified = phone, True
    try:
        with transaction.atomic():
            user.save(update_fields=["phone", "phone_verified"])
    except IntegrityError as problem:
        if broken_constraint(problem) != CONFIRMED_ONCE:
            raise
        raise ContactRefused(_("Another account uses this mobile number.")) from None
    changed(user, ContactKind.PHONE, old, phone, by=by, at=at, site=site)


def changed(
    user: User,
    kind: ContactKind,
    old: str,
    new: str,
    *,
    by: Actor,  # noqa: ARG001 -- as its siblings
    at: datetime,
    site: str,
) -> None:
    """Keep what the address or number was before, if there was one, and tell the person there."""
    if old.lower() == new.lower():
        return
    change = ContactChange.objects.create(user=user, kind=kind, old=old, new=new, changed_at=at)
    task = "dealers.tasks.tell_of_contact_change"
    outbox.add(task, change.pk, site, get_language(), at=at)


def tell(change_id: int, site: str, language: str, at: datetime) -> None:
    """Send the notice of a change, with the link that undoes it, to where the person was before.

    One message for each way, each in a task of its own.
    """
    change = ContactChange.objects.select_related("user").get(pk=change_id)
    address, number = _before(change, ContactKind.EMAIL), _before(change, ContactKind.PHONE)
    with override(language):
        context = {"change": change, "link": site + link(change)}
        if address:
            body = render_to_string("dealers/contact_change_mail.txt", context)
            subject = _("Your account in the dealer portal was changed")
            messages.mail(EmailMessage(subject, body, to=[address]), at=at)
        said = ""
        if change.kind == ContactKind.PHONE:
            said = _("Another number than this now opens your account. Not you? %(link)s")
        elif not address:
            said = _("An e-mail address was added and now opens your account. Not you? %(link)s")
        if said and number and sms.available():
            messages.text(number, said % context, at=at)


def _before(change: ContactChange, kind: ContactKind) -> str:
    """The address or confirmed number that the person had just before a change; empty: none."""
    user = change.user
    # Whoever changed the number and then the address as well is not to get both notices.
    moved = user.contact_changes.filter(kind=kind, changed_at__gte=change.changed_at).last()
    if moved:
        return moved.old
    number = user.phone if user.phone_verified else ""
    return (user.email if kind == ContactKind.EMAIL else number) or ""


def link(change: ContactChange) -> str:
    """The path that undoes a change, known only to who gets the notice."""
    return reverse("dealers:undo-contact", args=[_signer.sign(str(change.pk))])


def of_link(key: str) -> ContactChange:
    """The change that a link is about. Raises ContactChange.DoesNotExist for an invented one."""
    try:
        pk = _signer.unsign(key)
    except signing.BadSignature:
        raise ContactChange.DoesNotExist from None
    with acting(UNDOING):
        return ContactChange.objects.select_related("user").get(pk=pk)


def why_closed(change: ContactChange, at: datetime) -> str:
    """Why a change cannot be undone any more, for the person who asked; empty while it can."""
    if change.undone_at:
        return _("This change was undone already.")
    if change.undone_until <= at:
        return _("A change can be undone for 7 days only. Ask headquarters for help.")
    return ""


@transaction.atomic
def undo(change: ContactChange, *, by: Actor, at: datetime) -> None:  # noqa: ARG001 -- as its siblings
    """Take back a change and those after it; the person signs in anew with a new password.

    Whoever made them knew the password or a second factor: that password no longer opens, passkeys
    and second factors set up since are gone, and all devices are signed out. Raises ContactRefused.
    """
    with acting(UNDOING):
        _undo(change, at)


def _undo(change: ContactChange, at: datetime) -> None:
    user = User.objects.select_for_update(no_key=True).get(pk=change.user_id)
    change = ContactChange.objects.get(pk=change.pk)
    if closed := why_closed(change, at):
        raise ContactRefused(closed)
    later = user.contact_changes.undoable(at).filter(changed_at__gte=change.changed_at)
    oldest = {each.kind: each for each in later}  # the newest first, so what came before it wins
    for each in oldest.values():
        _restore(user, each)
    if not user.address:
        raise ContactRefused(_("Another account uses this number by now. Ask headquarters."))
    later.update(undone_at=at)
    user.set_unusable_password()
    user.save(update_fields=["email", "phone", "phone_verified", "password"])
    EmailAddress.objects.filter(user=user).delete()
    if user.email:
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Authenticator.objects.filter(user=user, created_at__gte=change.changed_at).delete()
    credentials.end_sessions(user)


def _restore(user: User, change: ContactChange) -> None:
    others = User.objects.exclude(pk=user.pk)
    if change.kind == ContactKind.EMAIL:
        if others.filter(email__iexact=change.old).exists():
            raise ContactRefused(_("Another account uses this address by now. Ask headquarters."))
        user.email = change.old or None
    else:
        taken = others.filter(phone=change.old, phone_verified=True).exists()
        user.phone = change.old if change.old and not taken else None
        user.phone_verified = user.phone is not None
