"""The forms that a browser answers with a passkey: what is none is wrong, whatever its shape."""

import struct

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms as allauth_forms

# What the library that reads passkeys raises over JSON that no browser made.
NOT_UNDERSTOOD = (
    *(ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
    struct.error,
)


class Understood:
    """A form that says of a passkey of no known shape what it says of a wrong one."""

    def full_clean(self) -> None:
        try:
            super().full_clean()  # type: ignore[misc]
        except NOT_UNDERSTOOD:
            self.data = self.data.copy()  # type: ignore[has-type]
            self.data["credential"] = ""  # the form is shown again
            wrong = get_adapter().validation_error("incorrect_code")
            self.add_error("credential", wrong)  # type: ignore[attr-defined]


class AddForm(Understood, allauth_forms.AddWebAuthnForm):
    pass


class AuthenticateForm(Understood, allauth_forms.AuthenticateWebAuthnForm):
    pass


class LoginForm(Understood, allauth_forms.LoginWebAuthnForm):
    pass


class ReauthenticateForm(Understood, allauth_forms.ReauthenticateWebAuthnForm):
    pass
