"""The pages of customers; for whom they are not for they do not exist."""

from django.http import Http404

from dealers.models import Membership, Role


def post_at_dealer(request) -> Membership:
    """The person's post inside a dealer, without which there are no customers to see."""
    membership = request.membership
    if membership is None or not membership.at_dealer:
        raise Http404
    return membership


def post_over_region(request) -> Membership:
    """The post of who manages a region."""
    membership = request.membership
    if membership is None or membership.role != Role.REGIONAL_MANAGER:
        raise Http404
    return membership
