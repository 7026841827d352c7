"""A person's own account, and the people of a dealer."""

from django.http import Http404

from dealers.models import Membership, Role


def post_of_owner(request) -> Membership:
    """The post of a dealer's owner, who alone has these pages; 404 for all others."""
    membership = request.membership
    if membership is None or membership.role != Role.OWNER:
        raise Http404
    return membership
