"""Where one's own store or dealer stands: never the bottom of the list, never another's name."""

from types import SimpleNamespace

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from dealers.models import Membership, Role, Store
from dealers.months import short_name
from incentives.boards import cohorts, metrics, places, standing
from incentives.boards.metrics import FIGURES
from incentives.desk import region
from incentives.desk.charts import Band, Bump
from incentives.models import Metric, Program, Run, Unit
from incentives.views import months


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
    return redirect("incentives:ranking-board", month=month, metric=next(iter(FIGURES)))


@require_safe
def rules(request):
    """How places are computed."""
    _member(request)
    return render(
        request,
        "incentives/boards/rules.html",
        {
            "figures": FIGURES.values(),
            "minimum": standing.FEWEST,
            "denominator": metrics.SAMPLE,
        },
    )


@require_safe
def board(request, month, metric):
    """A month's place by one figure."""
    membership = _member(request)
    if metric not in Metric.values:
        raise Http404
    metric = Metric(metric)
    today = timezone.localdate()
    latest = today.replace(day=1)
    months.in_range(month, latest)
    run = Run.objects.filter(month=month).first()
    context = {
        "month": month,
        "months": _months(request, month, metric, latest),
        "metric": metric,
        "metric_name": metric.label,
        "by_bound": FIGURES[metric].by_bound,
        "kind": FIGURES[metric].kind,
        "currency": Program.current().currency,
        "metrics": _tabs(request, month, metric),
        "closed": run is not None,
        "as_of": run.closed_at if run else timezone.now(),
        "minimum": standing.FEWEST,
    }
    if membership.role == Role.REGIONAL_MANAGER:
        context |= _region(membership, month, metric, today)
        return render(request, "incentives/boards/region.html", context)
    members = _members(membership)
    chosen = _chosen(request, members)
    context["units"] = [
        {"value": key, "name": str(member), "current": member is chosen}
        for key, member in members.items()
    ]
    context |= _own(membership, chosen, metric, month, today)
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
        {
            "name": figure.metric.label,
            "url": _address(request, month, figure.metric),
            "current": figure.metric == metric,
        }
        for figure in FIGURES.values()
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


def _own(membership, member, metric, month, today):
    """What the page says about one store's or dealer's place."""
    seen = standing.of(member, metric, month, today)
    me, figure = seen.me, FIGURES[metric]
    is_store = isinstance(member, Store)
    context = {
        "standing": seen,
        "me": me,
        "ranked": seen.ranked,
        "unit_name": str(member),
        "mine_label": _("this store") if is_store else pgettext("a dealer", "you"),
        "unit_kind": _("Store") if is_store else _("Dealer"),
        "other_label": _("Store of the cohort") if is_store else _("Dealer of the cohort"),
        "cohort": cohorts.names(seen.board).get(seen.cohort, seen.cohort),
        "sample": figure.sample,
        "is_rate": figure.kind == "share",
    }
    if not seen.ranked:
        return context
    stood = standing.ranks(seen)
    own = standing.named(seen, membership)
    labels = standing.last_months(month)
    return context | {
        "top": -(-100 * me.rank // seen.of),
        # What is over can no longer be caught up with.
        "gap": _gap(seen, figure) if month == today.replace(day=1) else None,
        "gap_link": reverse("customers:list") + "?view=followup",
        "band": Band.of(lower=seen.p25, median=seen.median, upper=seen.p75, mine=me.value),
        "rows": list(standing.rows(seen, stood, own)),
        "surprise": standing.surprise(seen) if figure.by_bound else None,
        "bump": Bump.of(
            [short_name(each) for each in labels],
            [
                (
                    _bump_label(place, place is me, place.unit_id in own, context["mine_label"]),
                    place is me,
                    [stood.get((place.unit_id, each)) for each in labels],
                )
                for place in {p.unit_id: p for p in [*seen.top, me]}.values()
            ],
        ),
    }


def _bump_label(place, mine, own, mine_label):
    """What stands beside a line, which has room for few letters."""
    name = mine_label if mine else Truncator(place.name).chars(6) if own else ""
    return (_("place %(rank)d %(name)s") % {"rank": place.rank, "name": name}).strip()


def _gap(seen, figure):
    """What is missing to the next place, in work where that can be said."""
    if seen.next is None or seen.gap is None:
        return None
    return SimpleNamespace(
        words=None if seen.work is None else figure.words(seen.work),
        amount=seen.gap,
        rank=seen.next.rank,
        value=seen.next.value,
    )


def _region(membership, month, metric, today):
    """All places of the region's stores, which their manager may see in full."""
    visible = set(region.visible_stores(membership).values_list("pk", flat=True))
    board = places.find(metric, Unit.STORE, month)
    names = cohorts.names(board)
    return {
        "region": membership.region,
        "places": [
            SimpleNamespace(place=place, cohort=names.get(place.cohort, place.cohort))
            for place in places.read(board, today)
            if place.unit_id in visible
        ],
    }
