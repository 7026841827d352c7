"""What the pack of a dealer has of its people's training: see ``dealers.exit_pack``."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from dealers.actor import Actor
from dealers.exit_pack.parts import CHUNK, Column, Rows, Table
from dealers.models import Membership
from training.models import Certificate


def _of(dealer_id: int) -> Any:
    """Certificates of those who work for the dealer, or ever did as far as it may see."""
    people = Membership.objects.filter(dealer=dealer_id).values("user")
    return Certificate.objects.filter(enrollment__user__in=people)


def _certificates(dealer_id: int, _by: Actor) -> Rows:
    found = _of(dealer_id).select_related("enrollment__version__course")
    for each in found.order_by("issued_at", "pk").iterator(CHUNK):
        version = each.enrollment.version
        yield (
            each.code, each.holder, version.course.slug, str(version.course), version.number,
            each.issued_at, each.valid_until,
        )  # fmt: skip


TABLES = (
    Table(
        "certificates",
        _("Certificates of your people"),
        (
            Column("certificate", _("code")),
            Column("holder", _("name")),
            Column("course", _("code of the course")),
            Column("title", _("course")),
            Column("version", _("version")),
            Column("issued_at", _("issued at")),
            Column("valid_until", _("valid until")),
        ),
        _certificates,
        lambda dealer: _of(dealer).count(),
    ),
)
