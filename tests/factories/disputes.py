"""Disputes about lines, opened the way the portal opens them."""

from datetime import datetime
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from dealers.actor import Actor
from dealers.models import Membership
from incentives.disputes import opening
from incentives.disputes.opening import Said
from incentives.models import Dispute, Line
from tests.factories.cases import photo


def line_of(owner: Membership) -> Line:
    """The first line of the owner's dealer that a closed month has."""
    lines = Line.objects.filter(result__dealer=owner.dealer).select_related("result__run")
    return lines.order_by("pk")[0]


def dispute_of(
    owner: Membership,
    at: datetime,
    *,
    line: Line | None = None,
    kind: str = "base",
    expected: str | Decimal | None = None,
    text: str = "The coupon was the brand's.",
    files: int = 1,
) -> Dispute:
    """A dispute that an owner opens at ``at`` about a line, with pictures."""
    return opening.open_dispute(
        line or line_of(owner),
        Said(kind, text, None if expected is None else Decimal(expected)),
        [SimpleUploadedFile(f"{number}.jpg", photo()) for number in range(files)],
        by=Actor.of(owner),
        at=at,
    )
