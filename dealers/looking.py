"""Headquarters looks at a dealer's pages as the dealer's owner sees them.

It reads only, for half an hour at most, and the dealer sees in the access log who looked and why.
Whoever looks holds no post: the pages get one that is stored nowhere.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop

from dealers import access, notices, sayings, sharing
from dealers.actor import HQ, Actor
from dealers.models import AccessAction, Dealer, Level, Membership, NoticeKind, Role, User

LONGEST = timedelta(minutes=30)
KEY = "looking"  # in the session
LOOKS = gettext_noop("Headquarters looks at your pages as you see them: %(name)s")


@dataclass(frozen=True, slots=True)
class Looking:
    """A person of headquarters who looks at a dealer's pages until a moment."""

    user: User
    dealer: Dealer
    until: datetime
    purpose: str = ""

    @property
    def membership(self) -> Membership:
        """The owner's post that the pages are made for; never stored."""
        return Membership(user=self.user, role=Role.OWNER, dealer=self.dealer)

    @property
    def actor(self) -> Actor:
        return Actor(self.user, self.membership, HQ)

    @property
    def sees_no_cards(self) -> bool:
        """Whether the dealer's default hides its customers, whose lists are empty then."""
        return sharing.default(self.dealer.pk, self.until) == Level.FINGERPRINT


def may_look(user: User) -> bool:
    """Whether this person may look at dealers' pages."""
    return user.is_staff and user.has_perm("dealers.change_dealer")


def start(dealer: Dealer, *, purpose: str, by: Actor, at: datetime) -> dict[str, Any]:
    """Begin to look, once the dealer's access log says who and why; what the session keeps."""
    access.note(
        AccessAction.LOOK,
        by=by,
        dealer_id=dealer.pk,
        fields="pages of the owner",
        purpose=purpose,
        at=at,
        count=0,
    )
    notices.tell(
        notices.owners_or_last(dealer.pk, at),
        NoticeKind.LOOK,
        sayings.kept(LOOKS, name=[by.person.name]),
        detail=purpose,
        to=reverse("customers:access-log"),
        at=at,
    )
    return {"dealer": dealer.pk, "until": (at + LONGEST).isoformat(), "purpose": purpose[:500]}


def kept(session: Any, user: User, at: datetime) -> Looking | None:
    """Who looks at what at the moment ``at``, by what the session keeps; None once it is over."""
    found = session.get(KEY)
    if not found or at >= (until := datetime.fromisoformat(found["until"])) or not may_look(user):
        return None
    dealer = Dealer.objects.select_related("region").filter(pk=found["dealer"]).first()
    return Looking(user, dealer, until, found.get("purpose", "")) if dealer else None
