"""Who is compared with whom: the cohort that takes a store or dealer."""

from datetime import date, datetime
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from dealers.models import Region, SizeClass
from dealers.sayings import in_language
from dealers.words import listed
from incentives.boards.figure import POSTS
from incentives.boards.members import Member, unit_of
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
            **opened(cohort),
        }
        for cohort in Cohort.objects.filter(unit=grouped(unit))
        .order_by("position", "code")
        .prefetch_related("regions")
    ]


def opened(cohort: Cohort) -> dict[str, str]:
    """Between which days the stores of a cohort opened, as far as it asks for that."""
    days = {"opened_from": cohort.opened_from, "opened_until": cohort.opened_until}
    return {name: day.isoformat() for name, day in days.items() if day}


def names(board: Board) -> dict[str, str]:
    """What the cohorts of a board are called: as it keeps them, or as they are now."""
    kept = board.cohorts or Cohort.objects.filter(unit=grouped(board.unit)).values(
        "code", "name", "name_en"
    )
    called: dict[str, str] = {
        each["code"]: in_language(each["name"], each["name_en"]) for each in kept
    }
    match board.unit:
        case Unit.DEALER:
            return called | {"all": _("All dealers"), "other": _("Other dealers")}
        case Unit.REGION:
            return called | {"all": _("All regions")}
    return called | {"all": _("All stores"), "other": _("Other stores")}


def sentences(board: Board) -> list[str]:
    """The cohorts that a board keeps, in their order: what each is called and whom it takes."""
    called = names(board)
    regions = dict(Region.objects.values_list("code", "name"))
    found = []
    for kept in board.cohorts:
        places = listed(regions.get(code, code) for code in kept["regions"])
        sizes = listed(SizeClass(size).label for size in kept["size_classes"])
        said = _("%(cohort)s: %(regions)s; %(sizes)s") % {
            "cohort": called[kept["code"]],
            "regions": places or _("all regions"),
            "sizes": sizes or _("all sizes"),
        }
        days = {name: _day(kept.get(name)) for name in ("opened_from", "opened_until")}
        if "opened_from" in kept or "opened_until" in kept:
            said += _("; opened from %(opened_from)s to %(opened_until)s") % days
        found.append(said)
    return found


def _day(kept: str | None) -> str:
    return date_format(date.fromisoformat(kept), "SHORT_DATE_FORMAT") if kept else "…"


def grouped(unit: str) -> str:
    """Whose cohorts a unit is compared in: people in those of their stores."""
    return Unit.STORE if unit == Unit.STAFF else unit


def groups(unit: str, at: datetime) -> dict[str, list[str]]:
    """The names of the stores or dealers in each cohort as it is at ``at``, by the cohort's code.

    ``other`` has those that no cohort takes; without cohorts ``all`` has everybody. Closed stores
    are in none: they stand on no board to come.
    """
    found: dict[str, list[str]] = {}
    still = "WHERE u.closed_at IS NULL OR u.closed_at > %s" if unit == Unit.STORE else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {EXPRESSION[Unit(unit)]}, u.name FROM {SOURCE[Unit(unit)]} {still}"
            " ORDER BY u.code",
            [at] if still else [],
        )
        for cohort, name in cursor.fetchall():
            found.setdefault(cohort, []).append(name)
    return found


def stores(unit: Unit, cohort: str) -> list[int]:
    """The stores of the units that a cohort takes now."""
    whose = "s.id" if unit in {Unit.STORE, Unit.STAFF} else "p.id"
    joined = {
        Unit.STORE: "",
        Unit.STAFF: "",
        Unit.DEALER: "JOIN dealers_store p ON p.dealer_id = u.id",
        Unit.REGION: "JOIN dealers_dealer x ON x.region_id = u.id"
        " JOIN dealers_store p ON p.dealer_id = x.id",
    }[unit]
    # First those of its regions, by their index: which cohort takes each is asked of them alone.
    conditions = Cohort.regions.through.objects.filter(
        cohort__code=cohort, cohort__unit=grouped(unit)
    )
    regions = [] if cohort in LEFT else list(conditions.values_list("region", flat=True))
    near = " AND d.region_id = ANY(%(regions)s)" if regions else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT {whose} FROM {SOURCE[unit]} {joined}"
            f" WHERE {EXPRESSION[unit]} = %(cohort)s{near}",
            {"cohort": cohort, "regions": regions},
        )
        return [store for (store,) in cursor.fetchall()]


LIVE_SECONDS = 300  # for which boards that run, and who is on them, are kept
LEFT = ("all", "other")  # how boards name units that no cohort takes


def of(member: Member) -> str:
    """The code of the cohort that takes a unit now."""
    unit = unit_of(member)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {EXPRESSION[unit]} FROM {SOURCE[unit]} WHERE u.id = %s", [member.pk]
        )
        found = cursor.fetchone()
    return found[0] if found else "other"


def lately(member: Member) -> str:
    """``of`` as it was some minutes ago at most, as boards that run are."""
    key = f"cohort:{unit_of(member)}:{member.pk}"
    found = cache.get(key)
    if found is None:
        found = of(member)
        cache.set(key, found, LIVE_SECONDS)
    return found


# Each unit as ``u``, with the store ``s`` and the dealer ``d`` that its cohorts go by.
SOURCE = {
    Unit.STORE: "dealers_store u JOIN dealers_dealer d ON d.id = u.dealer_id"
    " JOIN dealers_store s ON s.id = u.id",
    Unit.DEALER: "dealers_dealer u JOIN dealers_dealer d ON d.id = u.id",
    Unit.STAFF: f"{POSTS} u JOIN dealers_store s ON s.id = u.store_id"
    " JOIN dealers_dealer d ON d.id = u.dealer_id",
    Unit.REGION: "dealers_region u",
}


def _expression(unit: Unit) -> str:
    if unit == Unit.REGION:
        return "'all'"
    of_stores = grouped(unit) == Unit.STORE
    size = "OR s.size_class = ANY(c.size_classes)" if of_stores else ""
    # Others have no such day, and their cohorts ask for none.
    age = (
        """AND s.opened_on >= coalesce(c.opened_from, '-infinity')
        AND s.opened_on <= coalesce(c.opened_until, 'infinity')"""
        if of_stores
        else ""
    )
    return f"""coalesce(
        (SELECT c.code FROM incentives_cohort c
        WHERE c.unit = '{grouped(unit)}' AND (c.size_classes = '{{}}' {size})
        {age}
        AND (NOT EXISTS (SELECT 1 FROM incentives_cohort_regions x WHERE x.cohort_id = c.id)
            OR EXISTS (SELECT 1 FROM incentives_cohort_regions x
                WHERE x.cohort_id = c.id AND x.region_id = d.region_id))
        ORDER BY c.position, c.code LIMIT 1),
        CASE WHEN EXISTS (SELECT 1 FROM incentives_cohort c WHERE c.unit = '{grouped(unit)}')
            THEN 'other' ELSE 'all' END)"""


EXPRESSION = {unit: _expression(unit) for unit in Unit}


def joined(unit: Unit) -> str:
    """A join of ``SOURCE`` with what takes each unit: ``alike.cohort``.

    OFFSET keeps it a query of its own: what it says of a region and a size is looked up once.
    """
    return f"CROSS JOIN LATERAL (SELECT {EXPRESSION[unit]} AS cohort OFFSET 0) alike"
