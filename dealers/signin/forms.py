"""Forms that ask for a secret: each wrong answer counts at the same door."""

import unicodedata
from collections.abc import Callable

from allauth.account import forms as account_forms
from allauth.account.internal.flows.password_reset_by_code import (
    PASSWORD_RESET_VERIFICATION_SESSION_KEY,
)
from allauth.core import context
from allauth.mfa.base import forms as mfa_forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from dealers.models import TryKind
from dealers.signin import codes, tries
from dealers.signin.devices import Door, door

CODE_DOOR = "code_door"  # in the session: where the last code was asked for
PROVED_NUMBER = "proved_number"  # and the number that a code to set a new password came back from


def counted(at_door: Door, judge: Callable[[], str]) -> str:
    """What ``judge`` returns; where it raises ValidationError, that is a wrong try."""
    now = timezone.now()
    try:
        tries.check(at_door, TryKind.WRONG, now)
    except tries.TooManyTries as refused:
        raise ValidationError(str(refused), code="too_many_tries") from None
    try:
        return judge()
    except ValidationError:
        tries.record(at_door, TryKind.WRONG, now)
        raise


class _SentCode(account_forms.BaseConfirmCodeForm):
    """A code that was sent: compared with the one that belongs to the number on file."""

    def __init__(self, *args, code: str = "", **kwargs) -> None:
        super().__init__(*args, code=codes.code(code), **kwargs)

    def clean_code(self) -> str:
        # Chinese keyboards write ＢＣ as easily as BC.
        self.cleaned_data["code"] = unicodedata.normalize("NFKC", self.cleaned_data["code"])
        request = context.request
        stashed = request.session.get(CODE_DOOR)
        user = request.user if request.user.is_authenticated else None
        return counted(Door(*stashed) if stashed else door(request, user), super().clean_code)


class ConfirmLoginCodeForm(_SentCode, account_forms.ConfirmLoginCodeForm):
    """The code to sign in with."""


class ConfirmPasswordResetCodeForm(_SentCode, account_forms.ConfirmPasswordResetCodeForm):
    """The code to set a new password with."""

    def clean_code(self) -> str:
        code = super().clean_code()
        session = context.request.session
        asked = session[PASSWORD_RESET_VERIFICATION_SESSION_KEY]["email"]
        session[PROVED_NUMBER] = "" if "@" in asked else asked
        return code


class ConfirmEmailCodeForm(_SentCode, account_forms.ConfirmEmailVerificationCodeForm):
    """The code that proves an e-mail address."""


class VerifyPhoneForm(_SentCode, account_forms.VerifyPhoneForm):
    """The code that proves a mobile number."""


class AuthenticateForm(mfa_forms.AuthenticateForm):
    """The second factor when signing in."""

    def clean_code(self) -> str:
        return counted(door(context.request, self.user), super().clean_code)


class ReauthenticateForm(mfa_forms.ReauthenticateForm):
    """The second factor before something that matters."""

    def clean_code(self) -> str:
        return counted(door(context.request, self.user), super().clean_code)


class ChangePasswordForm(account_forms.ChangePasswordForm):
    """The password is asked for before it is changed."""

    def clean_oldpassword(self) -> str:
        return counted(door(context.request, self.user), super().clean_oldpassword)
