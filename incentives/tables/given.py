"""What the brand did with a dealer's customers, by year: the tables of what was given."""

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from incentives.tables.region import NUMBER, MoneyColumn
from incentives.templatetags.figures import number


class CountColumn(tables.Column):
    """A whole number with separators."""

    def render(self, value):
        return number(value)


class YearTable(tables.Table):
    year = tables.Column(_("Year"))

    def render_year(self, value):
        return format_html('<span class="nowrap">{}</span>', value)


class LooksTable(YearTable):
    pages = CountColumn(_("Pages with customers"), attrs=NUMBER)
    service = CountColumn(_("Numbers for service"), attrs=NUMBER)
    sales = CountColumn(_("Numbers for a sales call"), attrs=NUMBER)
    asked = CountColumn(_("Numbers to ask the customer"), attrs=NUMBER)
    emergencies = CountColumn(_("In an emergency"), attrs=NUMBER)
    refused = CountColumn(_("Refused"), attrs=NUMBER)
    files = CountColumn(_("Files taken"), attrs=NUMBER)

    class Meta:
        orderable = False
        attrs = {"caption": _("Looks by headquarters, the region and the system, by year")}


class BroughtTable(YearTable):
    offered = CountColumn(_("Leads offered"), attrs=NUMBER)
    own = CountColumn(_("Of them your own customers"), attrs=NUMBER)
    accepted = CountColumn(_("Accepted"), attrs=NUMBER)
    given_back = CountColumn(_("Given back"), attrs=NUMBER)
    customers = CountColumn(_("Customers who bought"), attrs=NUMBER)
    brought = CountColumn(_("Their sales"), attrs=NUMBER)
    net = MoneyColumn(_("They paid"), attrs=NUMBER)

    class Meta:
        orderable = False
        attrs = {"caption": _("What dispatch brought, by year")}

    def __init__(self, *args, currency, **kwargs):
        super().__init__(*args, **kwargs)
        self.currency = currency
