"""How people sign in: by password, by a code to their e-mail or phone, by passkey."""

from allauth.account import forms as allauth_forms
from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers import sms
from dealers.models import User
from dealers.phones import PhoneNotValid, normalise


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
        "incorrect_code": gettext_lazy("This code is not right. Check its 6 digits."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        # Who is invited joins on the page of the invitation, which fixes role and place.
        return False

    def phone_form_field(self, **kwargs) -> PhoneField:
        return PhoneField(**kwargs)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        user.phone, user.phone_verified = phone or None, verified
        user.save(update_fields=["phone", "phone_verified"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        self.set_phone(user, phone, verified=True)

    def get_user_by_phone(self, phone: str) -> User | None:
        try:
            return User.objects.filter(phone=normalise(phone)).first()
        except PhoneNotValid:
            return None

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs) -> None:  # noqa: ARG002
        sms.send(phone, _("Your code for the dealer portal is %(code)s.") % {"code": code})

    def send_unknown_account_sms(self, phone: str, **kwargs) -> None:
        """Nothing: a number without account must not cost a message, nor learn that it has none."""


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


class LoginForm(allauth_forms.LoginForm):
    """The password form with the portal's own words."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.label = gettext_lazy("E-mail or mobile number")
        login.widget.attrs = {"inputmode": "email", "autocomplete": "username webauthn"}
        self.fields["password"].widget.attrs.pop("placeholder", None)
        self.fields["remember"].label = gettext_lazy("Stay signed in on this device for 14 days")
