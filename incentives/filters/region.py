"""What the regional manager may narrow the table of stores by."""

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dealers.models import SizeClass
from incentives.desk.region import StoreFigures, View

VIEWS = [
    (View.ALL, _("All stores")),
    (View.SILENT, _("No registrations")),
    (View.DECLINING, _("Declining")),
    (View.LATE, _("Late contacts")),
    (View.NEW, _("New stores")),
]


class StoreFilter(forms.Form):
    """Search, dealer and size, and the columns to show; the saved views are links beside it."""

    NARROWING = ("q", "dealer", "size")

    q = forms.CharField(label=_("Store name or code"), required=False, max_length=60)
    dealer = forms.ChoiceField(label=_("Dealer"), required=False)
    size = forms.ChoiceField(
        label=_("Size"), required=False, choices=[("", _("All sizes")), *SizeClass.choices]
    )

    col = forms.MultipleChoiceField(
        label=_("Columns"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("the store always comes first"),
    )  # fmt: skip

    def __init__(
        self,
        data: QueryDict,
        *,
        rows: Iterable[StoreFigures],
        columns: Sequence[tuple[str, object]],
        usual: Sequence[str],
    ):
        data = data.copy()
        # A kept address may name a column that there is no more: the rest of it still narrows.
        there = {name for name, _label in columns}
        chosen = [name for name in data.getlist("col") if name in there]
        data.setlist("col", chosen or list(usual))
        super().__init__(data)
        cast(forms.MultipleChoiceField, self.fields["col"]).choices = columns
        dealers = {(row.store.dealer.code, row.dealer) for row in rows}
        field = cast(forms.ChoiceField, self.fields["dealer"])
        field.choices = [("", _("All dealers")), *sorted(dealers, key=itemgetter(1, 0))]

    def keeps(self, row: StoreFigures) -> bool:
        """Whether a store fits; a filter with a mistake in it keeps all and is told on the page."""
        if not self.is_valid():
            return True
        text, dealer, size = (self.cleaned_data[name] for name in self.NARROWING)
        return (
            (not text or text.casefold() in f"{row.name}\n{row.code}".casefold())
            and (not dealer or row.store.dealer.code == dealer)
            and (not size or row.store.size_class == size)
        )

    @property
    def narrowed(self) -> bool:
        return self.is_valid() and any(self.cleaned_data[name] for name in self.NARROWING)

    @property
    def narrowing(self) -> list[forms.BoundField]:
        """The fields that say which stores."""
        return [self[name] for name in self.NARROWING]

    @property
    def shown(self) -> list[str]:
        """The columns to show, whatever else is wrong."""
        self.is_valid()
        return self.cleaned_data["col"]
