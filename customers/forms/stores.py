"""Which store, of those that are given."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers.models import Store


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
