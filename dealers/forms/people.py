"""What people enter about themselves and about those they invite."""

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers import invitations, notices, sms
from dealers.accounts import PhoneField
from dealers.bounds import validate_name
from dealers.models import Language, NoticeCopy, Role, Store, User


class NameForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("name",)


class NoticesForm(forms.Form):
    """The way in which a person is told of each kind of notice."""

    def __init__(self, *args, by, at, **kwargs):
        super().__init__(*args, **kwargs)
        for kind, copy in notices.choices(by, at).items():
            texts = sms.available() and not notices.WAYS[kind].by_mail
            ways = [way for way in NoticeCopy if way != NoticeCopy.SMS or texts]
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label,
                choices=[(way.value, way.label) for way in ways],
                initial=copy if copy in ways else NoticeCopy.MAIL,
            )
        self.kinds = [*self.fields]
        self.fields["leads_at_night"] = forms.BooleanField(
            label=_("Copies about leads also from 21:00 to 08:00"),
            required=False,
            initial=notices.wakes(by),
            help_text=_("All others wait for the morning."),
        )

    @property
    def copies(self):
        """The way that was chosen for each kind."""
        return {kind: self.cleaned_data[kind] for kind in self.kinds}


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
