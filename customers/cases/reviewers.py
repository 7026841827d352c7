"""Who decides about a case: a regional manager who has no part in it."""

from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from customers.cases import telling
from customers.models import Case, CaseReview
from dealers.models import Membership, Role, User


def assign(case: Case, instance: int, at: datetime) -> None:
    """Ask whoever is uninvolved and has the fewest cases; nobody, where there is nobody.

    To be called as the worker. Not saved: the caller saves the case.
    """
    case.reviewer = _uninvolved(case, at)
    if case.reviewer is not None:
        CaseReview.objects.create(case=case, user=case.reviewer, instance=instance, at=at)
        telling.reviewer(case, at)


def has_no_part(case: Case, user: User, at: datetime) -> bool:
    """Whether somebody who was asked is still uninvolved: posts change. As the worker."""
    return _free(case, at).filter(user=user).exists()


def _uninvolved(case: Case, at: datetime) -> User | None:
    """Of the uninvolved the one whose turn it is.

    Nobody who was asked about this case before, whether they decided or stepped aside.
    """
    asked = CaseReview.objects.filter(case=case, user=OuterRef("user"))
    free = _free(case, at).filter(~Exists(asked))
    people = User.objects.filter(pk__in=free.values("user"))
    waiting = Case.objects.running().exclude(reviewer=None)
    counted = dict(waiting.values_list("reviewer").annotate(n=Count("pk")).order_by())
    return min(people, key=lambda user: (counted.get(user.pk, 0), user.pk), default=None)


def _free(case: Case, at: datetime) -> QuerySet[Membership]:
    """The posts of managers of other regions who have none at a side, and never had one.

    Where a sale opened the case its store is as good as a side, though it is the brand's.
    """
    sides = list(case.sides.select_related("dealer"))
    dealers = [side.dealer_id for side in sides]
    regions = [side.dealer.region_id for side in sides]
    if case.order is not None and case.order.store is not None:
        dealers.append(case.order.store.dealer_id)
        regions.append(case.order.store.dealer.region_id)
    posts = Membership.objects.current(at)
    theirs = Q(user=OuterRef("user"))
    near = posts.filter(theirs, Q(region__in=regions) | Q(dealer__region__in=regions))
    ever = Membership.objects.filter(theirs, dealer__in=dealers)
    managers = posts.filter(role=Role.REGIONAL_MANAGER, user__is_active=True)
    return managers.filter(~Exists(near), ~Exists(ever))
