"""Who is compared with whom: the first cohort whose conditions match takes the unit."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from dealers.models import Dealer, Store
from incentives.models import Cohort, Unit

# Below this many a place says little, and an average gives its members away.
FEW = 20


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a cohort takes; empty conditions take everything."""

    name: str
    regions: frozenset[int] = frozenset()
    sizes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, cohort: Cohort) -> "Conditions":
        regions = frozenset(region.pk for region in cohort.regions.all())
        return cls(str(cohort), regions, frozenset(cohort.size_classes))

    def take(self, region: int, size: str) -> bool:
        return (not self.regions or region in self.regions) and (
            not self.sizes or size in self.sizes
        )


@dataclass(slots=True)
class Group:
    """A cohort's units as they would be now; ``name`` is empty for those that none takes."""

    name: str
    units: list[str] = field(default_factory=list)

    @property
    def few(self) -> bool:
        return len(self.units) < FEW


def groups(unit: str, cohorts: Iterable[Conditions]) -> list[Group]:
    """The stores or dealers that each of ``cohorts``, in their order, takes; last those left over.

    A dealer has the size of its largest store.
    """
    wanted = list(cohorts)
    found = [Group(each.name) for each in wanted]
    left = Group("")
    for name, region, size in _stores() if unit == Unit.STORE else _dealers():
        taker = next(
            (group for each, group in zip(wanted, found, strict=True) if each.take(region, size)),
            left,
        )
        taker.units.append(name)
    return [*found, left] if left.units else found


def _stores() -> Iterable[tuple[str, int, str]]:
    return Store.objects.order_by("code").values_list("name", "dealer__region", "size_class")


def _dealers() -> Iterable[tuple[str, int, str]]:
    for dealer in Dealer.objects.order_by("code").prefetch_related("stores"):
        # A is the largest.
        sizes = sorted(store.size_class for store in dealer.stores.all())
        yield dealer.name, dealer.region_id, sizes[0] if sizes else ""
