"""Whether leads were spread fairly: what each store of a region received against its fair share."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q

from customers.models import DispatchStore, JunkState, OfferAnswer
from dealers.actor import Actor, acting
from dealers.models import Store

_COUNTED = ("code", "name", "received", "declined", "missed")
LEAST = 5  # stores, below which other stores' figures are nobody's


@dataclass(frozen=True, slots=True)
class Share:
    """One store's month. ``fair``: what its weight gives it of all leads that were received."""

    store: int
    code: str
    name: str
    dealer: int
    of_brand: bool
    weight: int
    received: int
    declined: int
    missed: int
    fair: Decimal

    @property
    def difference(self) -> Decimal:
        return self.received - self.fair


def shares(rows: Iterable[dict]) -> list[Share]:
    """Each store against its part of the whole, the largest surplus first. Pure."""
    found = list(rows)
    received = sum(row["received"] for row in found)
    weights = sum(row["weight"] for row in found)
    made = [
        Share(**row, fair=(Decimal(received * row["weight"]) / weights).quantize(Decimal("0.1")))
        for row in found
    ]
    return sorted(made, key=lambda each: (-each.difference, each.store))


def of_region(region: int, since: datetime, until: datetime) -> list[Share]:
    """The stores of a region that took part in this time; across dealers, with codes and names."""
    offered = Q(offers__offered_at__gte=since, offers__offered_at__lt=until)
    counted = offered & ~Q(offers__junk_state=JunkState.TAKEN)
    with acting(Actor.worker("fairness of dispatch")):
        settings = {each.pk: each for each in DispatchStore.objects.all()}
        rows = (
            Store.objects.filter(dealer__region=region, opened_on__lt=until)
            .annotate(
                received=Count(
                    "offers",
                    counted & Q(offers__answer__in=["", OfferAnswer.ACCEPTED, OfferAnswer.MISSED]),
                ),
                declined=Count("offers", offered & Q(offers__answer=OfferAnswer.DECLINED)),
                missed=Count("offers", offered & Q(offers__answer=OfferAnswer.MISSED)),
            )
            .order_by("pk")
        )
        found = [
            {"store": each.pk, "dealer": each.dealer_id}
            | {name: getattr(each, name) for name in _COUNTED}
            for each in rows
        ]
    for row in found:
        said = settings.get(row["store"])
        row["weight"], row["of_brand"] = (said.weight, said.of_brand) if said else (1, False)
    takes = {pk for pk, each in settings.items() if not each.takes_leads}
    return shares(row for row in found if row["store"] not in takes or row["received"])
