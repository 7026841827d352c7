"""A person's own account, and the people of a dealer."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import Http404

from dealers.models import Membership, Role


def post_of_owner(request) -> Membership:
    """The post of a dealer's owner, who alone has these pages; 404 for all others."""
    membership = request.membership
    if membership is None or membership.role != Role.OWNER:
        raise Http404
    return membership


def post_at_dealer(request) -> Membership:
    """The person's post inside a dealer, whichever it is; 404 for all others."""
    membership = request.membership
    if membership is None or not membership.at_dealer:
        raise Http404
    return membership


def post_over_region(request) -> Membership:
    """The post of who manages a region; 404 for all others."""
    membership = request.membership
    if membership is None or membership.role != Role.REGIONAL_MANAGER:
        raise Http404
    return membership


@contextmanager
def refusals_said(request, refused: type[Exception]) -> Iterator[None]:
    """Say on the next page why what the block asks for was refused, and go on behind it."""
    try:
        yield
    except refused as refusal:
        messages.error(request, str(refusal))
