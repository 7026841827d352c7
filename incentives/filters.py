"""What the regional manager may narrow the table of stores by."""

from typing import cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dealers.models import Dealer, SizeClass, Store
from incentives.region import View

VIEWS = [
    (View.ALL, _("All stores")),
    (View.SILENT, _("No registrations")),
    (View.DECLINING, _("Declining")),
    (View.LATE, _("Late contacts")),
    (View.NEW, _("New stores")),
]


class StoreFilter(forms.Form):
    """Search, dealer and size; the saved views are links beside the form."""

    q = forms.CharField(label=_("Store name or code"), required=False, max_length=60)
    dealer = forms.ModelChoiceField(
        Dealer.objects.none(), label=_("Dealer"), required=False, to_field_name="code",
        empty_label=_("All dealers"),
    )  # fmt: skip
    size = forms.ChoiceField(
        label=_("Size"), required=False, choices=[("", _("All sizes")), *SizeClass.choices]
    )

    def __init__(self, *args, stores: QuerySet[Store], **kwargs):
        super().__init__(*args, **kwargs)
        dealers = cast(forms.ModelChoiceField, self.fields["dealer"])
        dealers.queryset = Dealer.objects.filter(stores__in=stores).distinct()

    def apply(self, stores: QuerySet[Store]) -> QuerySet[Store]:
        """The stores that fit; a filter with a mistake in it is left out and told on the page."""
        if not self.is_valid():
            return stores
        chosen = self.cleaned_data
        if chosen["q"]:
            stores = stores.filter(name__icontains=chosen["q"]) | stores.filter(
                code__icontains=chosen["q"]
            )
        if chosen["dealer"]:
            stores = stores.filter(dealer=chosen["dealer"])
        if chosen["size"]:
            stores = stores.filter(size_class=chosen["size"])
        return stores

    @property
    def narrowed(self) -> bool:
        return self.is_valid() and any(self.cleaned_data.values())
