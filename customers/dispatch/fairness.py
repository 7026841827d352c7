"""Whether leads were spread fairly: what each store of a region received against its fair share."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from customers.dispatch.market import counted
from customers.models import DispatchStore, Offer, OfferAnswer
from dealers.actor import Actor, acting
from dealers.models import Store

LEAST = 5  # stores without a name, below which their figures are nobody's


@dataclass(frozen=True, slots=True)
class FairShare:
    """One store's month. ``fair``: what its weight gives it of all leads that were received.

    None where that would tell what others received.
    """

    store: int
    name: str
    dealer: int
    of_brand: bool
    weight: int
    received: int
    declined: int
    missed: int
    fair: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        return None if self.fair is None else self.received - self.fair


def shares(rows: Iterable[dict]) -> list[FairShare]:
    """Each store against its part of the whole, the largest surplus first. Pure."""
    found = list(rows)
    received = sum(row["received"] for row in found)
    weights = sum(row["weight"] for row in found)
    made = []
    for row in found:
        fair = (Decimal(received * row["weight"]) / weights).quantize(Decimal("0.1"))
        made.append((fair - row["received"], row["store"], FairShare(**row, fair=fair)))
    return [share for _less, _store, share in sorted(made, key=lambda each: each[:2])]


def of_region(region: int, since: datetime, until: datetime) -> list[FairShare]:
    """The stores of a region that took part in this time; across dealers, with names."""
    with acting(Actor.worker("fairness of dispatch")):
        offered = Offer.objects.filter(
            store__dealer__region=region, offered_at__gte=since, offered_at__lt=until
        )
        received = counted(offered.received())
        declined = counted(offered.filter(answer=OfferAnswer.DECLINED))
        missed = counted(offered.missed())
        stores = Store.objects.open(since).filter(dealer__region=region, opened_on__lt=until)
        rows = [
            {
                "store": store.pk, "name": store.name, "dealer": store.dealer_id,
                "of_brand": said.of_brand, "weight": said.weight,
                "received": received[store.pk], "declined": declined[store.pk],
                "missed": missed[store.pk],
            }
            for store in stores.select_related("dispatch").order_by("pk")
            for said in [DispatchStore.of(store)]
            if said.takes_leads or received[store.pk]
        ]  # fmt: skip
    return shares(rows)


def shown(rows: list[FairShare], *, dealer: int | None) -> list[FairShare]:
    """What a dealer sees of the table; ``dealer`` None: who manages the region sees all of it.

    Below five stores that it does not know by name, others' figures are told apart too easily. Then
    a dealer sees its own alone, without the fair share: with its weight, that is what all received.
    """
    others = [row for row in rows if row.dealer != dealer]
    nameless = sum(not row.of_brand for row in others)
    if dealer is None or not others or nameless >= LEAST:
        return rows
    return [replace(row, fair=None) for row in rows if row.dealer == dealer]
