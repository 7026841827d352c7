"""Which posts people may be invited to, and by whom."""

from typing import NamedTuple, Self

from django.utils.translation import gettext as _

from dealers import sayings
from dealers.actor import Actor, acting
from dealers.models import Dealer, Invitation, Membership, Region, Role, Store, User

INVITED_BY_HEADQUARTERS = (Role.OWNER, Role.REGIONAL_MANAGER)
INVITED_BY = {
    Role.OWNER: (Role.STORE_MANAGER, Role.ASSOCIATE),
    Role.STORE_MANAGER: (Role.ASSOCIATE,),
}


class InvitationRefused(Exception):
    """The message is written for the person who asked."""


class AlreadyThere(InvitationRefused):
    """This person holds the post, or is invited to it."""


class Post(NamedTuple):
    """A role and the one store, dealer or region it is about."""

    role: str
    store: Store | None
    dealer: Dealer | None
    region: Region | None

    @property
    def said(self) -> list[str]:
        """Role and place as parts of a sentence that is kept."""
        role = sayings.untranslated(lambda: str(Role(self.role).label))
        return [role, str(self.store or self.dealer or self.region)]

    @classmethod
    def of(cls, held: Invitation | Membership) -> Self:
        return cls(held.role, held.store, held.dealer, held.region)


def post(role: str, scope: Store | Dealer | Region | None) -> Post:
    """The post of ``role`` at ``scope``; refuses a scope that does not fit the role."""
    match role, scope:
        case ((Role.ASSOCIATE | Role.STORE_MANAGER), Store()):
            return Post(role, scope, scope.dealer, None)
        case Role.OWNER, Dealer():
            return Post(role, None, scope, None)
        case Role.REGIONAL_MANAGER, Region():
            return Post(role, None, None, scope)
    raise InvitationRefused(
        _("A store role needs a store, an owner a dealer, a regional manager a region.")
    )


def roles_for(by: Actor) -> tuple[Role, ...]:
    """The roles that ``by`` may give, in the post they act in or for headquarters."""
    if by.membership is None:
        return INVITED_BY_HEADQUARTERS if by.at_hq else ()
    return INVITED_BY.get(Role(by.membership.role), ())


def may_give(by: Actor, wanted: Post) -> bool:
    """Whether ``wanted`` is a role and place that ``by`` answers for."""
    if wanted.role not in roles_for(by):
        return False
    if by.membership is None:
        return True
    if by.role == Role.OWNER:
        return wanted.dealer is not None and wanted.dealer.pk == by.dealer_id
    return wanted.store is not None and wanted.store.pk == by.store_id


def may_revoke(invitation: Invitation, *, by: Actor) -> bool:
    """Whether ``by`` answers for an invitation, as an owner does for all those of the dealer."""
    own = by.at_hq or by.owns_dealer(invitation.dealer_id)
    return own or may_give(by, Post.of(invitation))


def check_not_headquarters(user: User, wanted: Post) -> None:
    if wanted.dealer and (user.is_staff or user.is_superuser):
        raise InvitationRefused(_("People of headquarters hold no post inside a dealer."))


@acting(Actor.worker("invite"))  # also an account at another dealer
def holder(email: str, phone: str) -> User | None:
    """Whose account has this address, or has confirmed this number."""
    if email:
        return User.objects.filter(email=email).first()
    if phone:
        return User.objects.filter(phone=phone, phone_verified=True).first()
    return None


def account_of(invitation: Invitation) -> User | None:
    """The account of the person who is invited, if they have one."""
    return holder(invitation.email, invitation.phone)
