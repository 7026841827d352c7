"""Where one's own store or dealer stands: never the bottom of the list, never another's name."""

from types import SimpleNamespace

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from dealers.models import Membership, Role, Store
from dealers.months import add_months, previous_month, short_name
from incentives.boards import freeze, metrics, standing
from incentives.desk import region
from incentives.desk.charts import Band, Bump
from incentives.models import Cohort, Metric, Program, Ranking, Run, Unit
from incentives.views import months

SHOWN = 6  # months of the line
KINDS = {
    Metric.NET_SALES: "money",
    Metric.OWNED_SALES: "money",
    Metric.REGISTRATIONS: "count",
    Metric.CONVERSION: "share",
}
# First what every store has from its first day; a rate needs its sample.
TABS = (Metric.REGISTRATIONS, Metric.CONVERSION, Metric.NET_SALES, Metric.OWNED_SALES)


def _member(request):
    """The post of somebody who has a place on a board, or looks after those who have."""
    if request.membership is None:
        raise Http404
    return request.membership


@require_safe
def current(request):
    """This month's board of the figure that training changes first."""
    _member(request)
    month = timezone.localdate().replace(day=1)
    return redirect("incentives:ranking-board", month=month, metric=TABS[0])


@require_safe
def rules(request):
    """How places are computed."""
    _member(request)
    return render(
        request,
        "incentives/boards/rules.html",
        {"minimum": standing.FEWEST, "denominator": metrics.SAMPLE, "mature": metrics.MATURE_DAYS},
    )


@require_safe
def board(request, month, metric):
    """A month's place by one figure."""
    membership = _member(request)
    if metric not in Metric.values:
        raise Http404
    metric = Metric(metric)
    latest = timezone.localdate().replace(day=1)
    months.in_range(month, latest)
    run = Run.objects.filter(month=month).first()
    context = {
        "month": month,
        "months": _months(request, month, metric, latest),
        "metric_name": metric.label,
        "kind": KINDS[metric],
        "currency": Program.current().currency,
        "metrics": _tabs(request, month, metric),
        "closed": run is not None,
        "as_of": run.closed_at if run else timezone.now(),
        "minimum": standing.FEWEST,
    }
    if membership.role == Role.REGIONAL_MANAGER:
        return render(
            request, "incentives/boards/region.html", context | _region(membership, month, metric)
        )
    members = _members(membership)
    chosen = _chosen(request, members)
    context["units"] = [
        {"value": key, "name": str(member), "current": member is chosen}
        for key, member in members.items()
    ]
    context |= _own(membership, chosen, metric, month)
    return render(request, "incentives/boards/standing.html", context)


def _address(request, month, metric):
    address = reverse("incentives:ranking-board", kwargs={"month": month, "metric": metric})
    unit = request.GET.get("unit")
    return f"{address}?unit={unit}" if unit and unit.isascii() and unit.isalnum() else address


def _months(request, month, metric, latest):
    first = Run.objects.order_by("month").values_list("month", flat=True).first() or latest
    found = months.steps(month, min(first, month), latest)
    for side in ("before", "after"):
        if found[side]:
            found[f"{side}_url"] = _address(request, found[side], metric)
    return found


def _tabs(request, month, metric):
    return [
        {"name": tab.label, "url": _address(request, month, tab), "current": tab == metric}
        for tab in TABS
    ]


def _members(membership: Membership) -> dict:
    """Whose places a post sees: its own store; an owner's dealer and each of its stores."""
    if membership.is_store_post:
        return {"store": membership.store}
    stores = Store.objects.filter(dealer=membership.dealer_id).order_by("code")
    return {"dealer": membership.dealer} | {str(store.pk): store for store in stores}


def _chosen(request, members):
    key = request.GET.get("unit")
    if key is None:
        return next(iter(members.values()))
    if key not in members:
        raise Http404  # missing, or somebody else's
    return members[key]


def _own(membership, member, metric, month):
    """What the page says about one store's or dealer's place."""
    seen = standing.of(member, metric, month)
    me = seen.me
    unit = Unit.STORE if isinstance(member, Store) else Unit.DEALER
    ranked = me is not None and me.rank is not None and seen.enough
    places = _history(seen, unit, metric, month)
    context = {
        "standing": seen,
        "me": me,
        "ranked": ranked,
        "unit_name": str(member),
        "mine_label": _("this store") if unit == Unit.STORE else pgettext("a dealer", "you"),
        "unit_kind": _("Store") if unit == Unit.STORE else _("Dealer"),
        "cohort": cohort_name(seen.cohort, unit),
        "sample": metrics.SAMPLE,
        "is_rate": metric == Metric.CONVERSION,
    }
    if not ranked:
        return context
    chosen = {place.unit_id for place in [*seen.top, *seen.around]}
    mine = _owned_units(membership, unit, chosen)
    labels = _last_months(month)
    return context | {
        "top": -(-100 * me.rank // seen.of),
        "gap": _gap(metric, seen),
        "gap_link": reverse("customers:list") + "?view=followup",
        "band": Band.of(lower=seen.p25, median=seen.median, upper=seen.p75, mine=me.value),
        "rows": list(_rows(seen, places, mine, month)),
        "bump": Bump.of([short_name(each) for each in labels], _runs(seen, places, labels, mine)),
    }


def cohort_name(code, unit):
    """A cohort's name; units that no cohort takes are compared among themselves."""
    cohort = Cohort.objects.filter(code=code).first()
    if cohort:
        return str(cohort)
    if code == "all":
        return _("All stores") if unit == Unit.STORE else _("All dealers")
    return _("Other stores") if unit == Unit.STORE else _("Other dealers")


def _last_months(month):
    return [add_months(month, -back) for back in reversed(range(SHOWN))]


def _history(standing, unit, metric, month):
    """Places of the units that the page shows, by unit and month, in the same cohort."""
    column = "store" if unit == Unit.STORE else "dealer"
    shown = [*standing.top, *standing.around]
    if standing.me:
        shown.append(standing.me)
    found = {(place.unit_id, month): place.rank for place in shown}
    for row in Ranking.objects.filter(
        **{f"{column}__in": {place.unit_id for place in shown}},
        unit=unit,
        metric=metric,
        cohort=standing.cohort,
        run__month__gte=add_months(month, 1 - SHOWN),
        run__month__lt=month,
    ).values_list(column, "run__month", "rank"):
        found[row[0], row[1]] = row[2]
    return found


def _owned_units(membership, unit, chosen):
    """Of the shown units those of one's own dealer, which alone are named."""
    if unit == Unit.DEALER:
        return {membership.dealer_id}
    if membership.is_store_post:
        return {membership.store_id}
    own = Store.objects.filter(dealer=membership.dealer_id, pk__in=chosen)
    return set(own.values_list("pk", flat=True))


def _rows(standing, places, mine, month):
    """The first three and those next to one's own place, with a gap where places are left out."""
    before = previous_month(month)
    shown = {place.unit_id: place for place in [*standing.top, *standing.around]}
    expected = 1  # the place that follows, ties counted
    for place in sorted(shown.values(), key=lambda place: (place.rank, place.code)):
        if place.rank > expected:
            yield SimpleNamespace(gap=True)
            expected = place.rank
        earlier = places.get((place.unit_id, before))
        yield SimpleNamespace(
            gap=False,
            rank=place.rank,
            name=place.name if place.unit_id in mine else "",
            mine=place.unit_id == standing.me.unit_id,
            value=place.value,
            change=None if earlier is None else earlier - place.rank,
        )
        expected += 1


def _runs(standing, places, labels, mine):
    """The lines of one's own unit and of the first three."""
    shown = {place.unit_id: place for place in [standing.me, *standing.top]}
    return [
        (
            _("place %(rank)d %(name)s")
            % {"rank": place.rank, "name": place.name[:7] if place.unit_id in mine else ""},
            place.unit_id == standing.me.unit_id,
            [places.get((place.unit_id, month)) for month in labels],
        )
        for place in shown.values()
    ]


def _gap(metric, standing):
    """What is missing to the next place, in work where that can be said."""
    if standing.next is None or standing.gap is None:
        return None
    work = standing.work
    words = None
    if work is not None:
        words = {
            Metric.CONVERSION: ngettext(
                "%(count)d more customer who buys", "%(count)d more customers who buy", work
            ),
            Metric.REGISTRATIONS: ngettext(
                "%(count)d more registration", "%(count)d more registrations", work
            ),
        }.get(metric, ngettext("About %(count)d more sale", "About %(count)d more sales", work))
        words %= {"count": work}
    return SimpleNamespace(
        words=words, amount=standing.gap, rank=standing.next.rank, value=standing.next.value
    )


def _region(membership, month, metric):
    """All places of the region's stores, which their manager may see in full."""
    visible = set(region.visible_stores(membership).values_list("pk", flat=True))
    places = [
        place for place in freeze.board(metric, Unit.STORE, month) if place.unit_id in visible
    ]
    names = {
        code: cohort_name(code, Unit.STORE) for code in sorted({place.cohort for place in places})
    }
    return {
        "region": membership.region,
        "places": [SimpleNamespace(place=place, cohort=names[place.cohort]) for place in places],
    }
