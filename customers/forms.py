"""What people enter about customers: a registration, a follow-up, a card, a purpose."""

import uuid
from contextlib import suppress
from datetime import datetime, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from customers.cards import LONGEST
from customers.models import (
    ActivityKind,
    DeclineReason,
    JunkReason,
    Outcome,
    Registration,
    VoidReason,
)
from dealers import invitations
from dealers.bounds import validate_moment, validate_name
from dealers.models import PURPOSES, Membership, Store
from dealers.phones import PhoneNotValid, normalise

HOME = "86"
COUNTRIES = {HOME: "CN", "852": "HK", "853": "MO", "886": "TW"}
TITLES = {"ms": ("女士", "Ms"), "mr": ("先生", "Mr")}


def addressed(name: str, title: str) -> str:
    """The name as one addresses the person: 陈女士, Ms Chen; as it is where it says so already."""
    if title not in TITLES:
        return name
    chinese, english = TITLES[title]
    if name.endswith(chinese) or name.casefold().startswith(f"{english.casefold()} "):
        return name
    if not name:
        return english if (get_language() or "").startswith("en") else chinese
    return f"{english} {name}" if name.isascii() else f"{name}{chinese}"


def served_number(typed: str, region: str = COUNTRIES[HOME]) -> str:
    """The number of a customer in E.164, of the countries that stores serve.

    Raises ValidationError.
    """
    try:
        number = normalise(typed, region)
    except PhoneNotValid as problem:
        raise forms.ValidationError(str(problem)) from None
    if not number.startswith(tuple(f"+{code}" for code in COUNTRIES)):
        codes = ", ".join(f"+{code}" for code in COUNTRIES)
        raise forms.ValidationError(
            _("Stores register mobile numbers with %(codes)s.") % {"codes": codes}
        )
    return number


class PhoneForm(forms.Form):
    """A mobile number; the code of its country stands beside it."""

    country = forms.ChoiceField(
        label=_("Country or region code"),
        choices=[(code, f"+{code}") for code in COUNTRIES],
        widget=forms.Select(attrs={"class": "cc"}),
    )
    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=40,
        error_messages={"required": _("Enter the mobile number.")},
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel-national"}
        ),
    )

    def clean_phone(self) -> str:
        """The number in E.164; the code beside the field counts unless it was typed with one."""
        region = COUNTRIES[self.cleaned_data.get("country", HOME)]
        return served_number(self.cleaned_data["phone"], region)


class CaptureForm(PhoneForm):
    """A registration: number and consent are enough. The key makes a repeat recognisable."""

    key = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={
            key: _("This form is incomplete. Open a new one and register again.")
            for key in ("required", "invalid")
        },
    )
    phone_clock = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    # The receipt of the voided registration whose right number this is.
    corrects = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    name = forms.CharField(
        label=pgettext_lazy("of a customer", "Name"),
        required=False,
        max_length=LONGEST["name"],
        validators=[validate_name],
        widget=forms.TextInput(attrs={"class": "input grow", "autocomplete": "off"}),
    )
    title = forms.ChoiceField(
        label=_("Form of address"),
        required=False,
        choices=[
            ("ms", pgettext_lazy("form of address", "Ms")),
            ("mr", pgettext_lazy("form of address", "Mr")),
        ],
        widget=forms.RadioSelect,
    )
    consent = forms.BooleanField(
        label=_("Customer has been told and agrees"),
        error_messages={"required": _("Tell the customer first, then tick the consent.")},
    )
    offers = forms.BooleanField(label=_("Also happy to receive offers"), required=False)
    store = forms.ModelChoiceField(
        Store.objects.none(),
        label=_("Store"),
        to_field_name="code",
        empty_label=_("Choose the store"),
        error_messages={"required": _("Choose the store that registers.")},
        widget=forms.Select(attrs={"class": "input"}),
    )

    def __init__(self, *args, membership, **kwargs):
        super().__init__(*args, **kwargs)
        self.membership = membership
        if membership.store_id:
            del self.fields["store"]
        else:
            self.fields["store"].queryset = membership.dealer.stores.open(timezone.now())
        typed = self.fields["phone"].widget.attrs  # of somebody else than who types
        typed |= {"autocomplete": "off", "aria-describedby": "id_phone_error"}
        if not self.is_bound:
            typed["autofocus"] = True
        for name in ("consent", "offers"):
            # The customer says so each time: no page shows it ticked, no browser restores it.
            widget = self.fields[name].widget
            widget.check_test = lambda value: False  # noqa: ARG005
            widget.attrs["autocomplete"] = "off"

    def clean_phone_clock(self) -> datetime | None:
        """What the phone's clock said; evidence only, so nonsense is left out."""
        with suppress(ValueError):
            clock = datetime.fromisoformat(self.cleaned_data["phone_clock"])
            return clock if clock.tzinfo else None
        return None

    def clean_corrects(self) -> Registration | None:
        receipt = self.cleaned_data["corrects"]
        if not receipt:
            return None
        voided = Registration.objects.visible_to(self.membership).filter(void__isnull=False)
        found = voided.filter(receipt=receipt).select_related("store", "void").first()
        if found is None:
            raise forms.ValidationError(
                _("The receipt that this corrects is not void. Open a new form and register again.")
            )
        return found

    def registration(self) -> Registration:
        """What the store says, not saved: the counter answers it."""
        data = self.cleaned_data
        key: uuid.UUID = data["key"]
        return Registration(
            key=str(key),
            store=data["store"] if "store" in self.fields else self.membership.store,
            consent_service=data["consent"],
            consent_marketing=data["offers"],
            corrects=data["corrects"],
            phone_clock=data["phone_clock"],
        )

    def card(self) -> dict[str, str]:
        """What goes on the customer's card."""
        data = self.cleaned_data
        return {"phone": data["phone"], "name": addressed(data["name"], data["title"])}


# Who registered undoes, and who answers leads returns them, each on a page of its own.
ELSEWHERE = (VoidReason.UNDONE, VoidReason.RETURNED, VoidReason.FRAUD)


class VoidForm(forms.Form):
    """Why a registration was a mistake."""

    reason = forms.ChoiceField(
        label=_("Why was it a mistake"),
        choices=[it for it in VoidReason.choices if it[0] not in ELSEWHERE],
        widget=forms.RadioSelect,
        error_messages={
            key: _("Choose why it was a mistake.") for key in ("required", "invalid_choice")
        },
    )


class FollowUpForm(forms.Form):
    """What was done with a customer, how it went and what comes next."""

    SOON = ((1, _("Tomorrow")), (3, _("In 3 days")), (7, _("In a week")))

    kind = forms.ChoiceField(
        label=_("What did you do"),
        choices=ActivityKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you did.")},
    )
    outcome = forms.ChoiceField(
        label=_("How did it go"),
        required=False,
        choices=Outcome.choices,
        widget=forms.RadioSelect,
        help_text=_("Needed for a call."),
    )
    soon = forms.TypedChoiceField(
        label=_("Next follow-up"),
        required=False,
        choices=SOON,
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect,
    )
    follow_up_on = forms.DateField(
        label=_("or on another day"),
        required=False,
        validators=[validate_moment],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter the day like 2026-10-31.")},
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict:
        """A day that was written counts before one that was tapped."""
        said = super().clean() or {}
        soon = said.pop("soon", None)
        if soon and not said.get("follow_up_on"):
            said["follow_up_on"] = timezone.localdate() + timedelta(days=soon)
        return said


class CardForm(forms.Form):
    """What a card says about a person; the number is the identity and stays."""

    name = forms.CharField(
        label=pgettext_lazy("of a customer", "Name"),
        required=False,
        max_length=LONGEST["name"],
        validators=[validate_name],
    )
    wechat = forms.CharField(
        label=_("WeChat id"),
        required=False,
        max_length=LONGEST["wechat"],
        validators=[validate_name],
    )
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=LONGEST["email"])
    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        max_length=LONGEST["notes"],
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Needs, address, what to remember. Only your dealer can read it."),
    )


class NumberForm(forms.Form):
    """The number that a customer has now."""

    phone = forms.CharField(
        label=_("The new number"),
        max_length=40,
        error_messages={"required": _("Enter the mobile number.")},
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
    )

    def clean_phone(self) -> str:
        return served_number(self.cleaned_data["phone"])


class ExtensionForm(forms.Form):
    """Why a protection should run longer."""

    note = forms.CharField(
        label=_("What speaks for it"),
        help_text=_("What was done, agreed or ordered, and when. No name, no number of theirs."),
        max_length=500,
        widget=forms.Textarea(attrs={"class": "input", "rows": 4}),
        error_messages={"required": _("Write what speaks for it.")},
    )


class AnswerForm(forms.Form):
    """Whether a protection runs longer, and why not."""

    answer = forms.ChoiceField(choices=[("yes", ""), ("no", "")])
    note = forms.CharField(max_length=500, required=False)


class WhyNotForm(forms.Form):
    """Why a protection does not run longer."""

    note = forms.CharField(
        label=_("Why not"),
        max_length=500,
        widget=forms.Textarea(attrs={"class": "input", "rows": 2}),
        error_messages={"required": _("Say why not: the store reads it.")},
    )


class RevealForm(forms.Form):
    """Why somebody needs the full number; it goes into the access log."""

    purpose = forms.ChoiceField(
        label=_("What do you need the number for"),
        choices=PURPOSES,
        error_messages={"required": _("Say what you need the number for.")},
    )


class FollowerForm(forms.Form):
    """Who follows up customers from now on; the posts that may are given, or nobody."""

    NOBODY = "0"
    to = forms.ChoiceField(
        label=_("Who follows up from now on"),
        error_messages={
            "required": _("Choose who follows up."),
            "invalid_choice": _("Choose one of the people shown."),
        },
    )

    def __init__(self, *args, posts, **kwargs):
        super().__init__(*args, **kwargs)
        self.posts = {str(post.pk): post for post in posts}
        named = [(pk, f"{post.user} · {post.scope}") for pk, post in self.posts.items()]
        nobody = _("Nobody yet: they stand under “Nobody” in the list of customers")
        self.fields["to"].choices = [("", _("Please choose")), *named, (self.NOBODY, nobody)]

    def clean_to(self) -> Membership | None:
        return self.posts.get(self.cleaned_data["to"])


class ChangePostForm(forms.Form):
    """Another role or store of a person, and from which day on."""

    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)
    store = forms.ModelChoiceField(
        label=_("Store"), queryset=Store.objects.none(), empty_label=None
    )
    on = forms.DateField(
        label=_("From"),
        validators=[validate_moment],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter the day like 2026-10-31.")},
    )

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        roles = invitations.roles_for(by)
        stores = Store.objects.open(timezone.now())
        self.fields["role"].choices = [(role.value, role.label) for role in roles]
        self.fields["store"].queryset = stores.of_post(by.dealer_id, by.store_id)


class DeclineForm(forms.Form):
    """Why a store cannot take a lead."""

    reason = forms.ChoiceField(
        label=_("Why not"), choices=DeclineReason.choices, widget=forms.RadioSelect
    )


class JunkForm(forms.Form):
    """What is wrong with a lead."""

    junk = forms.ChoiceField(
        label=_("What is wrong with it"), choices=JunkReason.choices, widget=forms.RadioSelect
    )


class StoreForm(forms.Form):
    """Which of these stores."""

    store = forms.ModelChoiceField(
        Store.objects.none(),
        label=_("Store"),
        empty_label=_("Choose the store"),
        widget=forms.Select(attrs={"class": "input"}),
    )

    def __init__(self, *args, of, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = Store.objects.open(timezone.now()).filter(**of)
