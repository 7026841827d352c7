"""Who is compared with whom: the cohort that takes a store or dealer."""

from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from dealers.models import Dealer, Region, SizeClass, Store, in_language
from dealers.words import listed
from incentives.models import Board, Cohort, Unit


def conditions(unit: str) -> list[dict[str, Any]]:
    """The cohorts of a unit in their order with their conditions, to be kept with a board."""
    return [
        {
            "code": cohort.code,
            "name": cohort.name,
            "name_en": cohort.name_en,
            "regions": sorted(region.code for region in cohort.regions.all()),
            "size_classes": sorted(cohort.size_classes),
        }
        for cohort in Cohort.objects.filter(unit=unit)
        .order_by("position", "code")
        .prefetch_related("regions")
    ]


def names(board: Board) -> dict[str, str]:
    """What the cohorts of a board are called: as it keeps them, or as they are now."""
    kept = board.cohorts or Cohort.objects.filter(unit=board.unit).values("code", "name", "name_en")
    stores = board.unit == Unit.STORE
    return {each["code"]: in_language(each["name"], each["name_en"]) for each in kept} | {
        "all": _("All stores") if stores else _("All dealers"),
        "other": _("Other stores") if stores else _("Other dealers"),
    }


def sentences(board: Board) -> list[str]:
    """The cohorts that a board keeps, in their order: what each is called and whom it takes."""
    called = names(board)
    regions = dict(Region.objects.values_list("code", "name"))
    found = []
    for kept in board.cohorts:
        places = listed(regions.get(code, code) for code in kept["regions"])
        sizes = listed(SizeClass(size).label for size in kept["size_classes"])
        found.append(
            _("%(cohort)s: %(regions)s; %(sizes)s")
            % {
                "cohort": called[kept["code"]],
                "regions": places or _("all regions"),
                "sizes": sizes or _("all sizes"),
            }
        )
    return found


def groups(unit: str) -> dict[str, list[str]]:
    """The names of the stores or dealers in each cohort as it is now, by the cohort's code.

    ``other`` has those that no cohort takes; without cohorts ``all`` has everybody.
    """
    table = "dealers_store" if unit == Unit.STORE else "dealers_dealer"
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {EXPRESSION[Unit(unit)]}, u.name FROM {table} u {DEALER[Unit(unit)]}"
            " ORDER BY u.code"
        )
        for cohort, name in cursor.fetchall():
            found.setdefault(cohort, []).append(name)
    return found


def of(member: Store | Dealer, unit: Unit) -> str:
    """The code of the cohort that takes a unit now."""
    table = "dealers_store" if unit == Unit.STORE else "dealers_dealer"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {EXPRESSION[unit]} FROM {table} u {DEALER[unit]} WHERE u.id = %s", [member.pk]
        )
        return cursor.fetchone()[0]


DEALER = {
    Unit.STORE: "JOIN dealers_dealer d ON d.id = u.dealer_id",
    Unit.DEALER: "JOIN dealers_dealer d ON d.id = u.id",
}


def _expression(unit: Unit) -> str:
    size = "OR u.size_class = ANY(c.size_classes)" if unit == Unit.STORE else ""
    return f"""coalesce(
        (SELECT c.code FROM incentives_cohort c
        WHERE c.unit = '{unit}' AND (c.size_classes = '{{}}' {size})
        AND (NOT EXISTS (SELECT 1 FROM incentives_cohort_regions x WHERE x.cohort_id = c.id)
            OR EXISTS (SELECT 1 FROM incentives_cohort_regions x
                WHERE x.cohort_id = c.id AND x.region_id = d.region_id))
        ORDER BY c.position, c.code LIMIT 1),
        CASE WHEN EXISTS (SELECT 1 FROM incentives_cohort c WHERE c.unit = '{unit}')
            THEN 'other' ELSE 'all' END)"""


EXPRESSION = {unit: _expression(unit) for unit in Unit}
