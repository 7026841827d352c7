"""What people enter about themselves and about those they invite."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers import invitations, notices, sms
from dealers.accounts import PhoneField
from dealers.actor import Actor
from dealers.bounds import validate_name
from dealers.models import Language, NoticeCopy, Role, Store, User


class OneLine(forms.CharField):
    """A text that may be typed over several lines and is kept as one."""

    default_validators = [validate_name]

    def __init__(self, **kwargs):
        super().__init__(widget=forms.Textarea(attrs={"rows": 2}), **kwargs)

    def to_python(self, value):
        return " ".join(super().to_python(value).split())


class MadeForm(forms.ModelForm):
    """A form that has the domain make its row, where a refusal still has a place to stand."""

    by: Actor  # who makes it; the admin says so
    refusal: type[Exception]  # what the domain raises, with a sentence for the reader

    def make(self, said: dict[str, Any], at: datetime) -> Model:
        """The row of what was entered."""
        raise NotImplementedError

    def clean(self):
        said = super().clean()
        if self.errors:
            return said
        try:
            self.instance = self.make(said, timezone.now())
        except self.refusal as refused:
            raise ValidationError(str(refused)) from refused
        return said

    def _post_clean(self):
        """Made already: what is on file is not filled anew."""


class NameForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("name",)


class NoticesForm(forms.Form):
    """The way in which a person is told of each kind of notice."""

    def __init__(self, *args, by, at, **kwargs):
        super().__init__(*args, **kwargs)
        ways = [way for way in NoticeCopy if way != NoticeCopy.SMS or sms.available()]
        for kind, copy in notices.choices(by, at).items():
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label,
                choices=[(way.value, way.label) for way in ways],
                initial=copy if copy in ways else NoticeCopy.MAIL,
            )


class InviteForm(forms.Form):
    """Whom a dealer invites; an owner chooses the store, a store manager has one."""

    name = forms.CharField(label=_("Name"), max_length=80, validators=[validate_name])
    address = forms.CharField(
        label=_("Mobile number or e-mail"),
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off"}),
        help_text=_(
            "The link goes here, and only who reads this message can join. Leave it empty if the"
            " person is beside you: they scan a code from your screen and confirm their own number."
        ),
    )
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)
    store = forms.ModelChoiceField(
        label=_("Store"), queryset=Store.objects.none(), empty_label=_("Choose a store")
    )

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        if not sms.available():  # then nobody could confirm a number
            self.fields["address"] = forms.EmailField(
                label=_("E-mail"),
                help_text=_("The link goes here, and only who reads this mail can join."),
            )
        roles = invitations.roles_for(by)
        stores = Store.objects.open(timezone.now()).of_post(by.dealer_id, by.store_id)
        stores = stores.select_related("dealer")
        self.fields["role"].choices = [(role.value, role.label) for role in roles]
        self.fields["store"].queryset = stores
        if len(stores) == 1:
            self.initial.setdefault("store", stores[0])
            self.fields["store"].empty_label = None
        if Role.ASSOCIATE in roles:
            self.initial.setdefault("role", Role.ASSOCIATE)

    def clean_address(self) -> dict[str, str]:
        """Where the link goes, as ``invitations.invite`` takes it: mail, number, or nowhere."""
        address = self.cleaned_data["address"].strip()
        if not address:
            return {}
        if "@" in address:
            validate_email(address)
            return {"email": address}
        return {"phone": PhoneField().clean(address)}


class NumberForm(forms.Form):
    """The number that somebody who scanned an invitation confirms."""

    phone = PhoneField()


class CodeForm(forms.Form):
    """The code that was sent to a number."""

    code = forms.CharField(
        label=pgettext_lazy("way to sign in", "Code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}
        ),
    )


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """One file or more."""

    widget = SeveralFiles

    def clean(self, data, initial=None):
        files = data if isinstance(data, list | tuple) else [data]
        return [super(SeveralFilesField, self).clean(each, initial) for each in files or [None]]


class UploadForm(forms.Form):
    """A file to import, and what is in it."""

    files = SeveralFilesField(  # type: ignore[assignment]  # the stubs say: what was sent
        label=_("File"),
        error_messages={"required": _("Choose a file first.")},
    )
    kind = forms.ChoiceField(label=_("What is in it"), required=False)
    store = forms.ModelChoiceField(
        Store.objects.none(),
        label=_("Store"),
        required=False,
        empty_label=_("As each row says"),
        help_text=_("For rows that name no store."),
    )
    historical = forms.BooleanField(
        label=_("First load of the past"),
        required=False,
        help_text=_("The rows' own times count for who owns whom, not the time of the import."),
    )
    publish = forms.BooleanField(
        label=_("Put the program in force"),
        required=False,
        help_text=_("Rulebook and plans are published at once, and then never change."),
    )

    def __init__(self, *args, allowed, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["files"].widget.attrs["accept"] = ".csv,.txt,.xlsx,.xls,.ods,.json"
        self.fields["kind"].choices = [
            ("", _("Find out by itself")),
            *((kind.value.value, kind.value.label) for kind in allowed),
        ]
        help_text = _("CSV or Excel; %(most)d MB at most.")
        if by.at_hq:
            help_text = _(
                "CSV, Excel or, for a program, JSON; %(most)d MB at most. A history is two files at"
                " once: registrations and orders."
            )
        self.fields["files"].help_text = help_text % {"most": settings.PORTAL_UPLOAD_MB}
        if by.at_hq:
            del self.fields["store"]
        else:
            del self.fields["historical"]
            stores = Store.objects.filter(dealer=by.dealer_id)
            if len(stores) > 1:
                self.fields["store"].queryset = stores
            else:
                del self.fields["store"]
        if not any(kind.may_publish(by) for kind in allowed):
            del self.fields["publish"]


class JoinForm(forms.Form):
    """What a new person tells about themselves; everything else is fixed in the invitation."""

    name = forms.CharField(label=_("Name"), max_length=80, validators=[validate_name])
    phone = PhoneField(
        required=False, help_text=_("To sign in with it, and for codes by short message.")
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, not only digits, nothing that is easy to guess."),
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=Language.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args, email, **kwargs):
        super().__init__(*args, **kwargs)
        self.email = email
        # A number that cannot be confirmed opens nothing, and who came by one has confirmed it.
        if not (sms.available() and email):
            del self.fields["phone"]

    def clean(self):
        cleaned = super().clean()
        person = User(email=self.email, name=cleaned.get("name", ""))
        if password := cleaned.get("password"):
            try:
                password_validation.validate_password(password, person)
            except ValidationError as weak:
                self.add_error("password", weak)
        return cleaned


class SignForm(forms.Form):
    """An owner signs a version of the agreement, of which they have read these very words."""

    name = forms.CharField(
        label=_("Your full name"),
        max_length=80,
        validators=[validate_name],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("As the legal representative, or whoever may sign for the company."),
    )
    read = forms.BooleanField(
        label=_("I have read all of it and sign for the company"),
        error_messages={"required": _("Read it and tick the box, or leave it unsigned.")},
    )
