"""The regional manager's table of stores."""

import django_tables2 as tables
from django.utils import formats
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers.spreadsheets import Percentage
from dealers.words import money, rounded
from incentives.models import Metric
from incentives.templatetags.figures import change


class ShareColumn(tables.Column):
    """A share between 0 and 1, shown and exported in percent."""

    def render(self, value):
        # Rounded here: number_format would cut the rest off.
        shown = rounded(value * 100, 1)
        return f"{formats.number_format(shown)}%"

    def value(self, value):
        return Percentage(rounded(value, 4))


class ChangeColumn(ShareColumn):
    """A share that something grew or shrank by, with its sign."""

    def render(self, value):
        return change(value)


class MoneyColumn(tables.Column):
    """An amount in the program's currency; exported as the plain number."""

    def render(self, value, table):
        return money(value, table.currency)

    def value(self, value):
        return value


NUMBER = {"td": {"class": "num"}}


class StoreTable(tables.Table):
    name = tables.TemplateColumn(
        '<a href="{% url "incentives:region-store" record.code %}">{{ record.name }}</a>'
        "<small>{{ record.code }}</small>",
        verbose_name=_("Store"),
    )
    code = tables.Column(_("Code"), visible=False)
    dealer = tables.Column(_("Dealer"))
    size = tables.Column(_("Size"), accessor="store__size_class", visible=False)
    registrations = tables.Column(_("Valid registrations"), attrs=NUMBER)
    change = ChangeColumn(
        pgettext_lazy("against the days before", "Change"), default="–", attrs=NUMBER
    )
    contact_rate = ShareColumn(_("First contact in time"), default="–", attrs=NUMBER)
    conversion = ShareColumn(Metric.CONVERSION.label, default="–", attrs=NUMBER)
    mature = tables.Column(_("Registrations old enough"), visible=False)
    sold = tables.Column(_("Bought"), visible=False)
    net_sales = MoneyColumn(_("Net sales"), attrs=NUMBER)
    last_registered_on = tables.DateColumn(
        "SHORT_DATE_FORMAT", verbose_name=_("Last registration"), default="–", attrs=NUMBER
    )
    staff = tables.Column(_("Staff"), attrs=NUMBER)

    class Meta:
        order_by = "code"
        attrs = {"caption": _("The region's stores")}
        row_attrs = {"class": "leads"}

    def __init__(self, *args, currency, shown=(), **kwargs):
        """``shown``: the columns beside the store; none named are the usual ones."""
        super().__init__(*args, **kwargs)
        self.currency = currency
        for name in [name for name, _label in self.choices()] if shown else []:
            (self.columns.show if name in shown else self.columns.hide)(name)

    @classmethod
    def choices(cls) -> list[tuple[str, object]]:
        """The columns that can be chosen, with their names."""
        return [(key, it.verbose_name) for key, it in cls.base_columns.items() if key != "name"]

    @classmethod
    def usual(cls) -> list[str]:
        """The columns that are shown unless others are chosen."""
        return [key for key, it in cls.base_columns.items() if key != "name" and it.visible]

    def value_name(self, record):
        return record.name

    def value_last_registered_on(self, value):
        return value
