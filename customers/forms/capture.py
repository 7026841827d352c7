"""What a store enters to register a customer."""

import uuid
from contextlib import suppress
from datetime import datetime

from django import forms
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from customers.cards import LONGEST
from customers.forms.numbers import PhoneForm
from customers.models import Registration
from dealers.bounds import validate_name
from dealers.models import Store

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
