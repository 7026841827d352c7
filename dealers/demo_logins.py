"""The people one can be in demo mode, one per role. The demo data makes exactly these."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PASSWORD = "demo-portal-2026"  # noqa: S105 written on the login page of demo mode


@dataclass(frozen=True)
class DemoLogin:
    """An account of the demo: the role it shows, what one does with it, its icon."""

    role: str | Promise
    email: str
    purpose: str | Promise
    icon: str


LOGINS = (
    DemoLogin(_("Associate"), "clerk@demo.example", _("Register, follow up, learn"), "user"),
    DemoLogin(
        _("Store manager"), "manager@demo.example", _("The store's customers and staff"), "store"
    ),
    DemoLogin(
        _("Dealer owner"), "owner@demo.example", _("Ownership, earnings, statements"), "home"
    ),
    DemoLogin(_("Regional manager"), "region@demo.example", _("Stores, rankings, coaching"), "pin"),
    DemoLogin(_("Headquarters"), "hq@demo.example", _("Plans, closing, courses, network"), "gear"),
    DemoLogin(
        _("Associate of another dealer"),
        "rival@demo.example",
        _("Sees nothing of the others"),
        "user",
    ),
)
