"""What comes before a dealer's closing."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from customers.models import ExitOffer
from dealers.models import Dealer, Export, ExportState, Membership, Role, User
from tests.factories.dealers import OwnerFactory, UserFactory


def offered(dealer: Dealer, at: datetime | None = None, *, by: User | None = None) -> ExitOffer:
    """Everything of the dealer was ready for its owner by ``at``, as if the worker had made it."""
    at = at or timezone.now()
    owners = Membership.objects.filter(dealer=dealer, role=Role.OWNER)
    post = owners.first() or OwnerFactory(dealer=dealer)
    export = Export.objects.create(
        dealer=dealer, membership=post, title="{}", name="exit-pack.zip", language="en",
        state=ExportState.DONE, rows=1, written=1, file="exports/gone", asked_at=at,
    )  # fmt: skip
    made = ExitOffer.objects.create(
        dealer=dealer, to=post.user, by=by or UserFactory(is_staff=True), export=export.pk,
        offered_at=at - timedelta(hours=1),
    )  # fmt: skip
    made.ready_at, made.manifest = at, uuid4().hex * 2
    made.save()
    export.delete()  # as a day later
    return made
