"""The pages of a dealer's customers; for anybody outside a dealer they do not exist."""

from django.http import Http404

from dealers.models import Membership


def post_at_dealer(request) -> Membership:
    """The person's post inside a dealer, without which there are no customers to see."""
    membership = request.membership
    if membership is None or not membership.at_dealer:
        raise Http404
    return membership
