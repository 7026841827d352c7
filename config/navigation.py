"""Where a role can go: the side bar on wide screens, the bottom bar on phones."""

from dataclasses import dataclass, replace
from functools import cached_property

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers.models import Role


@dataclass(frozen=True)
class Item:
    """One way to go. Items with a ``short`` name are in the bottom bar as well."""

    name: str
    label: str | Promise
    icon: str
    short: str | Promise = ""
    group: str | Promise = ""
    call: bool = False  # the one thing to do, drawn as a button in the bottom bar

    @cached_property
    def url(self) -> str:
        try:
            return reverse(self.name)
        except NoReverseMatch:  # the page belongs to a part that is not installed
            return ""


HOME = Item("home", _("Home"), "home", short=_("Home"))
CAPTURE = Item(
    "customers:capture",
    _("Register a customer"),
    "plus",
    short=pgettext_lazy("bottom bar", "Register"),
    call=True,
)
CUSTOMERS = Item(
    "customers:list",
    _("Customers and ownership"),
    "customers",
    short=pgettext_lazy("bottom bar", "Customers"),
)
DISPATCH = Item("customers:dispatch", _("Dispatch"), "share")
STORE_CODES = Item("customers:store-codes", _("QR code of the store"), "qr")
CASES = Item("customers:cases", _("Cases"), "scale")
BUSINESS = _("Business")
EARNINGS = Item(
    "incentives:earnings",
    _("Earnings and statements"),
    "wallet",
    short=pgettext_lazy("bottom bar", "Earnings"),
    group=BUSINESS,
)
GIVEN = Item("incentives:given", _("Given and received"), "scale", group=_("Data and trust"))
DISPUTES = Item("incentives:disputes", _("Disputes"), "scale", group=BUSINESS)
RANKING = Item("incentives:ranking", _("Ranking and benchmarks"), "chart", group=BUSINESS)
TRAINING = Item(
    "training:home",
    _("Training and certificates"),
    "book",
    short=pgettext_lazy("bottom bar", "Growth"),
    group=BUSINESS,
)
SESSIONS = Item("training:sessions", _("Sharing sessions"), "calendar", group=BUSINESS)
COACHED = Item("incentives:coached", _("Coaching"), "target", group=BUSINESS)
IMPORTS = Item("dealers:imports", _("Import files"), "upload", group=_("Team"))
SHARING = Item("customers:sharing", _("Sharing settings"), "share", group=_("Data and trust"))
AGREEMENT = Item("dealers:agreement", _("Agreement"), "receipt", group=_("Data and trust"))
PROOF = Item("dealers:proof", _("Proof"), "shield", group=_("Data and trust"))
STAFF = Item("dealers:staff", _("Staff"), "user", group=_("Team"))

REGION = Item("incentives:region", _("Region overview"), "grid", short=_("Overview"))
REGION_STORES = Item(
    "incentives:region-stores", _("Stores"), "store", short=pgettext_lazy("bottom bar", "Stores")
)
REGION_COACHING = Item("incentives:coaching", _("Coaching"), "target")
REGION_QUEUE = Item("customers:lead-queue", _("Leads to decide"), "share")
REGION_EXTENSIONS = Item("customers:extensions", _("Requests for more time"), "clock")
REGION_CASES = Item("customers:reviews", _("Cases to decide"), "scale")
REGION_RANKING = Item(
    "incentives:ranking",
    _("Ranking"),
    "chart",
    short=pgettext_lazy("bottom bar", "Ranking"),
)
REGION_TRAINING = Item(
    "training:home", _("Training"), "book", short=pgettext_lazy("bottom bar", "Training")
)

REGION_SESSIONS = replace(SESSIONS, group="")

# What a dealer earns is the owner's to see; store posts find the ranking in its place.
STORE_RANKING = replace(RANKING, short=pgettext_lazy("bottom bar", "Ranking"))
STORE_ITEMS = (
    HOME, CAPTURE, CUSTOMERS, DISPATCH, CASES, STORE_CODES, STORE_RANKING, TRAINING,
    SESSIONS,
)  # fmt: skip
ITEMS = {
    Role.ASSOCIATE: STORE_ITEMS,
    Role.STORE_MANAGER: (*STORE_ITEMS, COACHED, STAFF),
    Role.OWNER: (
        HOME, CAPTURE, CUSTOMERS, DISPATCH, CASES, STORE_CODES, EARNINGS, DISPUTES, RANKING,
        TRAINING, SESSIONS, COACHED, SHARING, GIVEN, AGREEMENT, PROOF, STAFF, IMPORTS,
    ),
    Role.REGIONAL_MANAGER: (
        REGION, REGION_STORES, REGION_COACHING, REGION_QUEUE, REGION_EXTENSIONS, REGION_CASES,
        REGION_RANKING, REGION_TRAINING, REGION_SESSIONS,
    ),
}  # fmt: skip
HQ_ITEMS = (
    Item("admin:index", _("Administration"), "gear", short=_("Administration")),
    replace(IMPORTS, short=pgettext_lazy("bottom bar", "Import"), group=""),
)


class Navigation:
    """The items of one request's person, with the page they are on."""

    def __init__(self, request):
        self.path = request.path
        membership = getattr(request, "membership", None)
        user = getattr(request, "user", None)
        items = ITEMS[membership.role] if membership else ()
        if user and user.is_staff:  # in another post the admin alone, which leads to headquarters
            items = (*items, *(HQ_ITEMS[:1] if membership else HQ_ITEMS))
        self.items = [item for item in items if item.url]
        inside = [item for item in self.items if self.path.startswith(item.url)]
        # The longest address wins: /region/stores/ is inside /region/ too.
        self.current = max(inside, key=lambda item: len(item.url), default=None)
        if self.current and self.current.url == "/" != self.path:
            self.current = None

    def _entry(self, item):
        # "page" is this very page, "true" one below it.
        here = "page" if item.url == self.path else "true"
        return {"item": item, "current": here if item is self.current else ""}

    def side(self):
        """Entries for the side bar, in their groups."""
        groups: dict[str, list] = {}
        for item in self.items:
            groups.setdefault(str(item.group), []).append(self._entry(item))
        return groups.items()

    def bar(self):
        """Entries for the bottom bar, the one thing to do in the middle."""
        shown = [item for item in self.items if item.short]
        entries = [self._entry(item) for item in shown if not item.call]
        entries[len(entries) // 2 : len(entries) // 2] = [
            self._entry(item) for item in shown if item.call
        ]
        return entries

    def more(self):
        """What a phone finds in the menu, having no room in the bottom bar."""
        return [self._entry(item) for item in self.items if not item.short]
