"""The people one can be in demo mode, one per role. The demo data makes exactly these."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dealers import people
from dealers.actor import Actor
from dealers.models import User

DOMAIN = "@demo.example"  # of every account that the demo makes
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
        _("Headquarters, second person"),
        "hq2@demo.example",
        _("Approves plans, rulebooks and payments that the first one made"),
        "check",
    ),
    DemoLogin(
        _("Associate of another dealer"),
        "rival@demo.example",
        _("Sees nothing of the others"),
        "user",
    ),
)


def is_demo(user: User) -> bool:
    """Whether this account is one that the demo made."""
    return (user.email or "").lower().endswith(DOMAIN)


def active() -> QuerySet[User]:
    """The demo's accounts that can sign in."""
    return User.objects.filter(email__iendswith=DOMAIN, is_active=True)


@transaction.atomic
def close(*, by: Actor, at: datetime) -> int:  # noqa: ARG001 -- as all that changes something
    """Close all of the demo's accounts and sign them out; how many were open."""
    accounts = list(active().select_for_update(no_key=True))
    for user in accounts:
        people.close_account(user, at=at)
    return len(accounts)
