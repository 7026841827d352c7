"""What the list of customers may be narrowed by."""

from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers import looks, portfolio, search
from customers.models import Customer, CustomerQuerySet, OwnershipQuerySet
from customers.portfolio import State, Summary, View
from dealers.actor import HQ
from dealers.bounds import key
from dealers.models import Membership
from dealers.models.access import AccessLogQuerySet
from dealers.months import key as month_key
from dealers.months import midnight, next_month, previous_month
from dealers.months import name as month_name
from dealers.phones import PhoneNotValid

NOBODY = "0"
UPTO = "upto"  # how many rows of a list are open
SEARCH = _("Name, last 4 digits or whole number")


class SearchForm(forms.Form):
    """What a list is searched for; ``number`` if it is a whole one, which no address may hold."""

    q = forms.CharField(required=False, max_length=60, label=SEARCH)
    number: str | None = None

    def clean_q(self) -> str:
        try:
            self.number = search.whole_number(self.cleaned_data["q"])
        except PhoneNotValid as problem:
            raise forms.ValidationError(str(problem)) from None
        return self.cleaned_data["q"]


class CustomerFilter(forms.Form):
    """The view and its filters; one with a mistake in it is left out."""

    view = forms.ChoiceField(choices=View.choices, required=False, widget=forms.HiddenInput)
    q = forms.CharField(required=False, max_length=60, label=SEARCH)
    LABELS = {
        "store": _("Store"),
        "staff": _("Followed up by"),
        "state": _("Protection"),
        "sale": pgettext_lazy("filter", "Sale"),
    }
    STATES = (("", _("In force")), *State.choices)
    SALES = (("", _("Any")), ("without", _("Without a sale")), ("with", _("With a sale")))

    def __init__(self, *args, summary: Summary, membership: Membership, **kwargs):
        super().__init__(*args, **kwargs)
        self.summary = summary
        staff = [(str(pk), name) for pk, name in summary.staff]
        self.options = {
            "store": [("", _("All stores")), *summary.stores],
            "staff": [("", _("Everybody")), *staff, (NOBODY, _("Nobody"))],
            "state": self.STATES,
            "sale": self.SALES,
        }
        for name, options in self.options.items():
            self.fields[name] = forms.ChoiceField(
                label=self.LABELS[name], required=False, choices=options
            )
        if membership.is_store_post:
            del self.fields["store"]
        self.is_valid()
        self.chosen = {name: self.cleaned_data.get(name, "") for name in self.fields}

    @property
    def current(self) -> str:
        """The view; a search looks through all."""
        default = View.ALL if self.chosen["q"] else View.EXPIRING
        return self.chosen["view"] or default

    @property
    def wanted_state(self) -> str:
        """The state of protection to list; a search finds what has ended as well."""
        return self.chosen["state"] or (State.ANY if self.chosen["q"] else "")

    @property
    def active(self) -> list[str]:
        """The filters that are set; the state means something only in the view of all."""
        return [
            name
            for name in self.LABELS
            if self.chosen.get(name) and (name != "state" or self.current == View.ALL)
        ]

    @property
    def choices(self) -> list[forms.BoundField]:
        """The filters that this view offers."""
        return [
            self[name]
            for name in self.LABELS
            if name in self.fields
            and (name != "store" or len(self.options["store"]) > 2)
            and (name != "state" or self.current == View.ALL)
        ]

    @property
    def narrowed(self) -> bool:
        return bool(self.active or self.chosen["q"])

    def words(self, name: str) -> str:
        """What a filter is set to, for the reader."""
        return str(dict(self.options[name])[self.chosen[name]])

    def apply(self, rows: OwnershipQuerySet, membership: Membership) -> OwnershipQuerySet:
        chosen = self.chosen
        if chosen.get("store"):
            rows = rows.filter(store__code=chosen["store"])
        if chosen["staff"]:
            nobody = chosen["staff"] == NOBODY
            rows = rows.filter(staff=None if nobody else chosen["staff"])
        if chosen["sale"]:
            rows = rows.filter(sold_at__isnull=chosen["sale"] == "without")
        if chosen["q"]:
            own_cards = Customer.objects.filter(dealer=membership.dealer_id)
            rows = rows.filter(customer__in=self.found(own_cards, membership))
        return rows

    def found(self, among: CustomerQuerySet, membership: Membership) -> CustomerQuerySet:
        """The cards that the search finds."""
        return search.find(among, self.chosen["q"], membership.dealer_id)


class LooksFilter(forms.Form):
    """What the access log may be narrowed by; what is none of it narrows nothing."""

    WHO = (
        ("", _("Everybody")),
        ("others", _("From outside the company")),
        ("hq", _("Headquarters")),
        ("system", _("System")),
        ("own", _("Own people")),
    )
    time = forms.ChoiceField()  # first in the row; the months are those of today
    by = forms.ChoiceField(label=_("Who"), required=False, choices=WHO)
    digits = forms.RegexField(
        r"\A[0-9]{4}\Z", label=_("Customer's last 4 digits"), required=False,
        error_messages={"invalid": _("Write the last 4 digits of a number.")},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "maxlength": 4, "autocomplete": "off"}
        ),
    )  # fmt: skip
    person = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, query: QueryDict, *, today: date):
        super().__init__(query)
        months, first = [], today.replace(day=1)
        for _month in range(12):
            months.append((month_key(first), month_name(first)))
            first = previous_month(first)
        times = [("", _("All")), ("90", _("Last 90 days")), *months]
        self.fields["time"] = forms.ChoiceField(label=_("Time"), required=False, choices=times)
        self.is_valid()
        self.chosen = {name: self.cleaned_data.get(name) or "" for name in self.fields}

    @property
    def query(self) -> str:
        """These choices as an address has them."""
        return urlencode({name: value for name, value in self.chosen.items() if value})

    def apply(self, log: AccessLogQuerySet, membership: Membership, now: datetime):
        """The entries that are left."""
        chosen = self.chosen
        if chosen["time"] == "90":
            log = log.filter(at__gt=now - timedelta(days=90))
        elif chosen["time"]:
            first = date.fromisoformat(f"{chosen['time']}-01")
            log = log.filter(at__gte=midnight(first), at__lt=midnight(next_month(first)))
        match chosen["by"]:
            case "others":
                log = log.by_others()
            case "own":
                log = log.by_own()
            case "hq":
                log = log.filter(role=HQ)
            case "system":
                log = log.filter(user__isnull=True)
        if chosen["digits"]:
            log = log.filter(customers__overlap=looks.ending_in(membership, chosen["digits"]))
        if chosen["person"]:
            log = log.filter(user=key(str(chosen["person"])))
        return log


def listed_as(query: str) -> str:
    """The query of a list's address as a link hands it on: only what the list reads."""
    asked = QueryDict(query[:600])
    names = ("view", "q", *CustomerFilter.LABELS, UPTO)
    kept = {name: asked[name] for name in names if asked.get(name) and "\0" not in asked[name]}
    return urlencode(kept)


def narrowed(
    query: QueryDict, membership: Membership, now: datetime, today: date
) -> tuple[CustomerFilter, OwnershipQuerySet]:
    """The filter that an address sets, and the ownerships of the post that it leaves."""
    summary = portfolio.summary(membership, now, today)
    narrow = CustomerFilter(query, summary=summary, membership=membership)
    rows = portfolio.listed(membership, narrow.current, narrow.wanted_state, now, today)
    return narrow, narrow.apply(rows, membership)
