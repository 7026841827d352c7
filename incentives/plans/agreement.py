"""Which plans pay only under a version of the agreement: what a dealer does without unsigned."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from incentives.models import Component, Direction, Gate


def tied(signed: date | None, offered: date, day: date) -> Iterator[str]:
    """A line for each component, in force on ``day`` or announced, that asks for a signature.

    Only what the version that applies from ``offered`` opens, and the one that applies from
    ``signed`` does not; None: nothing is signed.
    """
    opened = Q(agreement_from__lte=offered)
    if signed is None:
        opened |= Q(agreement_from=None)
    else:
        opened &= Q(agreement_from__gt=signed)
    components = Component.objects.filter(
        opened,
        Q(version__ends_on=None) | Q(version__ends_on__gt=day),
        gates__contains=[Gate.AGREEMENT_SIGNED],
        version__published_at__isnull=False,
        version__plan__direction=Direction.BRAND_PAYS,
    )
    ordered = components.order_by("version__plan__code", "version__starts_on", "position", "code")
    for component in ordered.select_related("version__plan"):
        yield _("%(component)s of the plan “%(plan)s”, from %(day)s") % {
            "component": component.local_name,
            "plan": component.version.plan.local_name,
            "day": date_format(component.version.starts_on, "DATE_FORMAT"),
        }
