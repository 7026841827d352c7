"""A person's own account, and the people of a dealer."""

from django.http import Http404

from dealers.models import Membership, Role


def post_of_owner(request) -> Membership:
    """The post of a dealer's owner, for whose pages; for all others there are none."""
    membership = request.membership
    if membership is None or membership.role != Role.OWNER:
        raise Http404
    return membership
