"""Who stands on boards: stores, dealers, people and regions, and whose places a post sees."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers.models import Dealer, Membership, Region, Store
from incentives.models import Unit

# What each unit is called: its kind, oneself, another one of the cohort.
CALLED = {
    Unit.STORE: (_("Store"), _("this store"), _("Store of the cohort")),
    Unit.DEALER: (_("Dealer"), pgettext_lazy("a dealer", "you"), _("Dealer of the cohort")),
    Unit.STAFF: (
        _("Person"),
        pgettext_lazy("a person", "you"),
        _("Somebody at a store of the cohort"),
    ),
    Unit.REGION: (_("Region"), _("your region"), _("Another region")),
}
type Member = Store | Dealer | Region | Membership


def unit_of(member: Member) -> Unit:
    """On which boards somebody stands: a post at a store is a person there."""
    match member:
        case Store():
            return Unit.STORE
        case Dealer():
            return Unit.DEALER
        case Region():
            return Unit.REGION
    return Unit.STAFF


def stands(member: Member) -> Member:
    """Who stands on boards for it: for a post at a store the last one there, as in ``POSTS``."""
    if not isinstance(member, Membership):
        return member
    posts = Membership.objects.filter(user=member.user_id, store=member.store_id)
    return posts.order_by("starts_at", "pk").last() or member


def of_post(post: Membership) -> dict[str, Any]:
    """Of somebody at a dealer the own store; of an owner the dealer and its stores.

    By what addresses call them.
    """
    if post.is_store_post:
        return {"store": post.store}
    stores = Store.objects.filter(dealer=post.dealer_id).order_by("code")
    return {"dealer": post.dealer} | {str(store.pk): store for store in stores}


def stores(member: Member) -> list[int]:
    """The stores whose events are a unit's: its own, a dealer's or region's all, a person's one."""
    match member:
        case Store():
            return [member.pk]
        case Dealer():
            found = Store.objects.filter(dealer=member)
        case Region():
            found = Store.objects.filter(dealer__region=member)
        case _:
            return [member.store_id] if member.store_id else []
    return list(found.values_list("pk", flat=True))


def keys(member: Store | Dealer) -> tuple[int, int | None]:
    """The dealer and the store that a row about it names: of a dealer itself no store."""
    return (member.dealer_id, member.pk) if isinstance(member, Store) else (member.pk, None)
