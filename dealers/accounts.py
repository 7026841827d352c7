"""How people sign in: by password, by a code to their e-mail or phone, by passkey."""

from dataclasses import astuple
from datetime import datetime, timedelta
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.password_reset_by_code import (
    PASSWORD_RESET_VERIFICATION_SESSION_KEY,
)
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django import forms
from django.conf import settings
from django.contrib import messages as shown
from django.contrib.auth import logout
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers import contacts, demo_logins, site, sms
from dealers import door as the_door
from dealers.keys import envelopes
from dealers.models import ContactKind, TryKind, User
from dealers.phones import PhoneNotValid, normalise
from dealers.sending import messages
from dealers.signin import codes, credentials, devices, tries
from dealers.signin.forms import CODE_DOOR, PROVED_NUMBER
from dealers.words import sentences

# What these mails say is of use as long as a code is valid, and each counts as a code: where an
# address has no account it must not be told by being written to more often.
CODE_MAILS = {
    f"account/email/{name}"
    for name in (
        "login_code",
        "password_reset_code",
        "email_confirmation",
        "email_confirmation_signup",
        "unknown_account",
        "account_already_exists",
    )
}
CODES_VALID = timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)


class PhoneField(forms.CharField):
    """A mobile number as people type it, kept in E.164."""

    widget = forms.TextInput(
        attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel", "maxlength": 24}
    )

    def __init__(self, **kwargs) -> None:
        kwargs.setdefault("label", gettext_lazy("Mobile number"))
        super().__init__(**kwargs)

    def clean(self, value: str) -> str:
        text = super().clean(value)
        try:
            return normalise(text) if text else ""
        except PhoneNotValid as problem:
            raise ValidationError(str(problem), code="invalid") from None


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves; phone numbers are those of our users."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This code is not right. Check its 8 letters."),
        **dict.fromkeys(
            ("email_password_mismatch", "phone_password_mismatch"),
            gettext_lazy("The e-mail address or mobile number, or the password, is not right."),
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        # Who is invited joins on the page of the invitation, which fixes role and place.
        return False

    def get_login_stages(self) -> list[str]:
        ours = "dealers.signin.stages.EmailVerificationStage"
        theirs = "allauth.account.stages.EmailVerificationStage"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def set_password(self, user: User, password: str) -> None:
        if self.request.path == reverse("account_complete_password_reset"):
            asked = self.request.session[PASSWORD_RESET_VERIFICATION_SESSION_KEY]
            # Since the code was sent the address or number may have been dropped.
            if not credentials.opens(user, asked["email"]):
                raise ImmediateHttpResponse(redirect("account_reset_password"))
        user.set_password(password)
        # The rest of the row may be another by now: an account that was closed stays closed.
        user.save(update_fields=["password"])

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """The address in use gives way to another one only, and that is told where it was."""
        return email_address.email.lower() != (email_address.user.email or "").lower()

    def confirm_email(self, request: Any, email_address: EmailAddress) -> bool:
        """An address is confirmed: what allauth tells where there was one is told of the first."""
        user = User.objects.get(pk=email_address.user_id)
        others = EmailAddress.objects.filter(user=user).exclude(pk=email_address.pk)
        first = not others.exists()
        with the_door.opened():  # where it is seen whether it is somebody else's already
            confirmed = super().confirm_email(request, email_address)
        if confirmed and first:
            contacts.changed(
                user, ContactKind.EMAIL, user.email or "", email_address.email,
                by=self.request.actor, at=timezone.now(), site=site.address(request),
            )  # fmt: skip
        return confirmed

    def phone_form_field(self, **kwargs) -> PhoneField:
        return PhoneField(**kwargs)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        user.phone, user.phone_verified = phone or None, verified
        user.save(update_fields=["phone", "phone_verified"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        """A code that was sent to ``phone`` came back: to confirm it, or to sign in with it."""
        by = self.request.actor
        if by.user is None:
            # Between sending and entering the code the number may have become somebody else's.
            if self.get_user_by_phone(phone) != user:
                raise ImmediateHttpResponse(redirect("account_login"))
            return
        try:
            contacts.change_phone(
                user, phone, by=by, at=timezone.now(), site=site.address(self.request)
            )
        except contacts.ContactRefused as refused:
            shown.error(self.request, str(refused))
            raise ImmediateHttpResponse(redirect("account_change_phone")) from None

    def get_user_by_phone(self, phone: str) -> User | None:
        """Who has confirmed this number: a number that was only typed opens nothing."""
        try:
            return User.objects.filter(phone=normalise(phone), phone_verified=True).first()
        except PhoneNotValid:
            return None

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict | None = None,
        email: str | None = None,
    ) -> None:
        """What has happened to an account; here it becomes what the portal does about it."""
        match template_prefix:
            case "account/email/email_changed":
                told = context or {}
                contacts.changed(
                    user, ContactKind.EMAIL, told["from_email"], told["to_email"],
                    by=self.request.actor, at=timezone.now(), site=site.address(self.request),
                )  # fmt: skip
            case "account/email/password_reset":
                number = self.request.session.pop(PROVED_NUMBER, "")
                left = credentials.start_anew(user, at=timezone.now(), number=number)
                if self.request.user == user:
                    logout(self.request)  # this session has ended with the others
                shown.info(self.request, sentences(*left))
        super().send_notification_mail(template_prefix, user, context, email)

    # Codes: what a session keeps of one is its number.

    def generate_login_code(self) -> str:
        return codes.draw()

    def generate_password_reset_code(self) -> str:
        return codes.draw()

    def generate_email_verification_code(self) -> str:
        return codes.draw()

    def generate_phone_verification_code(self, *, user: User, phone: str) -> str:  # noqa: ARG002
        return codes.draw()

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        now, until = timezone.now(), None
        if "@" not in email:  # the code to set a new password, of who gave their number
            if code := context.get("code"):
                self.send_verification_code_sms(None, email, code)
            else:
                self.send_unknown_account_sms(email)
            return
        if template_prefix in CODE_MAILS:
            self.count_code(email, now)
            until = now + CODES_VALID
        said = {
            "request": self.request,
            "email": email,
            "current_site": get_current_site(self.request),
            **context,
            "code": codes.code(context.get("code", "")),
        }
        messages.mail(self.render_mail(template_prefix, email, said), at=now, until=until)

    def send_verification_code_sms(
        self,
        user: User | None,  # noqa: ARG002
        phone: str,
        code: str,
        **kwargs,  # noqa: ARG002
    ) -> None:
        now = timezone.now()
        self.count_code(phone, now)
        words = _("Your code for the dealer portal is %(code)s.") % {"code": codes.code(code)}
        messages.text(phone, words, at=now, until=now + CODES_VALID)

    def send_unknown_account_sms(self, phone: str, **kwargs) -> None:  # noqa: ARG002
        """Nothing: a number without account must not cost a message, nor learn that it has none."""
        now = timezone.now()
        self.count_code(phone, now)
        messages.nothing(at=now)

    def send_account_already_exists_sms(self, phone: str) -> None:
        self.send_unknown_account_sms(phone)

    # Limits: one count per door, whatever is asked for or tried there.

    def door(self, address: str) -> devices.Door:
        """The door of the person who is signed in, else of whoever has this address or number."""
        request = context.request
        if request.user.is_authenticated:
            return devices.door(request, request.user)
        if "@" in address:
            found = filter_users_by_email(
                address, is_active=True, prefer_verified=True, for_login=True
            )
            return devices.door(request, next(iter(found), None), address)
        return devices.door(request, self.get_user_by_phone(address), address)

    def count_code(self, address: str, at: datetime) -> None:
        """Count a code that is about to be sent; one too many leads back with a sentence."""
        request = context.request
        door = self.door(address)
        try:
            tries.check(door, TryKind.SENT, at)
        except tries.TooManyTries as refused:
            shown.error(request, str(refused))
            raise ImmediateHttpResponse(redirect(request.path)) from None
        tries.record(door, TryKind.SENT, at)
        request.session[CODE_DOOR] = astuple(door)

    def pre_authenticate(self, request: HttpRequest, **credentials) -> None:  # noqa: ARG002
        names = (credentials.get(name) for name in ("email", "phone", "username"))
        self._door = self.door(next(filter(None, names), ""))
        try:
            tries.check(self._door, TryKind.WRONG, timezone.now())
        except tries.TooManyTries as refused:
            raise ValidationError(str(refused), code="too_many_tries") from None

    def authentication_failed(self, request: HttpRequest, **credentials) -> None:  # noqa: ARG002
        tries.record(self._door, TryKind.WRONG, timezone.now())

    def pre_login(self, request: HttpRequest, user: User, **kwargs) -> HttpResponse | None:
        if demo_logins.is_demo(user) and not settings.PORTAL_DEMO:
            return self.respond_user_inactive(request, user)  # everybody knows its password
        if (address := kwargs.get("email")) and not credentials.opens(user, address):
            return redirect("account_login")  # dropped since the code was sent there
        return super().pre_login(request, user, **kwargs)

    def post_login(self, request: HttpRequest, user: User, **kwargs) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        tries.record(devices.door(request, user), TryKind.PASSED, timezone.now())
        devices.remember(request, response, user)
        return response


class MFAAdapter(DefaultMFAAdapter):
    """Second factors are sealed where they are kept."""

    PURPOSE = "second factors"

    def encrypt(self, text: str) -> str:
        return envelopes.seal(self.PURPOSE, text)

    def decrypt(self, encrypted_text: str) -> str:
        return envelopes.unseal(self.PURPOSE, encrypted_text)


def showed_a_secret(request: HttpRequest) -> bool:
    """Whether this session showed the password or a second factor, not only a code by mail."""
    records = get_authentication_records(request, request.user)
    return any(record["method"] in {"password", "mfa"} for record in records)


class RequestLoginCodeForm(allauth_forms.RequestLoginCodeForm):
    """One field for e-mail or mobile number, as on the password form."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {
            "login": forms.CharField(
                label=gettext_lazy("E-mail or mobile number"),
                max_length=254,
                widget=forms.TextInput(
                    attrs={"inputmode": "email", "autocomplete": "username webauthn"}
                ),
            )
        }

    def clean(self) -> dict:
        login = self.cleaned_data.get("login", "")
        if not login:
            return self.cleaned_data
        try:
            if "@" in login:
                validate_email(login)
                self.cleaned_data["email"] = login.lower()
                self.clean_email()
            else:
                self.cleaned_data["phone"] = PhoneField().clean(login)
                if not sms.available():
                    raise ValidationError(
                        _("Codes cannot be sent to phones here. Use your e-mail address.")
                    )
                self.clean_phone()
        except ValidationError as refused:
            self.add_error("login", refused)
        return self.cleaned_data


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    """Who forgot the password gets a code by mail or, by a confirmed number, by short message."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if sms.available():
            self.fields["email"] = forms.CharField(
                label=gettext_lazy("E-mail or mobile number"),
                max_length=254,
                widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "username"}),
            )

    def clean_email(self) -> str:
        login = self.cleaned_data["email"]
        if "@" in login:
            validate_email(login)
            return super().clean_email()
        phone = PhoneField().clean(login)
        holder = User.objects.filter(phone=phone, phone_verified=True, is_active=True).first()
        self.users = [holder] if holder else []
        return phone


class LoginForm(allauth_forms.LoginForm):
    """The password form with the portal's own words."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.label = gettext_lazy("E-mail or mobile number")
        login.widget.attrs = {"inputmode": "email", "autocomplete": "username webauthn"}
        self.fields["password"].widget.attrs.pop("placeholder", None)
        self.fields["remember"].label = gettext_lazy("Stay signed in on this device for 14 days")
