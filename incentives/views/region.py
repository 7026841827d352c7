"""The regional manager's pages: figures of stores, never a customer."""

from types import SimpleNamespace
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from customers.cases import of_store
from dealers import spreadsheets
from dealers.models import Membership
from dealers.months import Span, previous_month, short_name
from dealers.signin.second_factor import fresh_secret
from dealers.views import post_over_region
from incentives.boards import cohorts, goals, places, standing
from incentives.boards.metrics import FIGURES
from incentives.desk import cards, coaching, decisions, kept_views, lately, reasons, region, today
from incentives.desk.charts import Trend
from incentives.desk.region import View
from incentives.figures import Cohort
from incentives.filters.region import VIEWS, StoreFilter
from incentives.models import Metric, Program, Run, Unit
from incentives.tables.region import StoreTable

PER_PAGE = 50
NOTES = 5  # of coaching, on a store's page


@require_safe
def overview(request):
    """The region at a glance and the stores to look at first."""
    membership = post_over_region(request)
    now, day = timezone.now(), timezone.localdate()
    span = Span.until(day)
    months = lately.history(membership, day, now).figures
    counted = lately.figures(membership, span, now)
    rows = counted.figures
    funnel, cohort = region.Funnel.over(rows), Cohort(span.end)
    waiting = decisions.queue(membership, now)
    return render(
        request,
        "incentives/desk/region.html",
        {
            "region": membership.region,
            "span": span,
            "counted_at": counted.at,
            "before_last": span.before_last,
            "store_count": len(rows),
            "cards": cards.of_stores(rows, months, span),
            "reasons": reasons.attention(rows, months[-1].conversion, day),
            "decisions": [(each, each.late(now)) for each in waiting.decisions],
            "decision_count": waiting.count,
            "funnel": funnel,
            "steps": funnel.steps,
            "worst": funnel.worst,
            "cohort": cohort,
            "silent_days": region.SILENT_DAYS,
            "late_percent": round(region.LATE_BELOW * 100),
            "decline_percent": round(region.DECLINE_FROM * 100),
        },
    )


def _listed(request, membership):
    """The rows of the table as filtered, the filter, the view, the span and when it was counted."""
    day = timezone.localdate()
    span = Span.until(day)
    counted = lately.figures(membership, span, timezone.now())
    chosen = StoreFilter(
        request.GET, rows=counted.figures, columns=StoreTable.choices(), usual=StoreTable.usual()
    )
    try:
        view = View(request.GET.get("view", View.ALL))
    except ValueError:
        view = View.ALL
    rows = [row for row in counted.figures if chosen.keeps(row) and region.in_view(row, view, day)]
    return rows, chosen, view, span, counted.at


def _order(request):
    """The columns that the address sorts by, as far as there are such."""
    columns = StoreTable.base_columns
    return [each for each in request.GET.getlist("sort") if each.removeprefix("-") in columns]


def _sort(table, request):
    """Sort a table as the address says, as far as it names columns that there are."""
    if known := _order(request):
        table.order_by = known


def _arrange(table, request):
    """Sort and page a table as the address says, as far as it says something that there is."""
    table.request = request
    _sort(table, request)
    table.paginate(per_page=PER_PAGE)
    table.page = table.paginator.get_page(request.GET.get("page"))


@require_safe
def stores(request):
    """All stores of the region in one table."""
    membership = post_over_region(request)
    rows, chosen, view, span, counted_at = _listed(request, membership)
    table = StoreTable(rows, currency=Program.current().currency, shown=chosen.shown)
    _arrange(table, request)
    address = reverse("incentives:region-stores")
    query = kept_views.query_of(request.GET)
    kept = {key: request.GET.getlist(key) for key in chosen.fields if request.GET.get(key)}
    order = _order(request)
    kept |= {"sort": order} if order else {}
    template = "incentives/desk/stores.html" + ("#table" if request.htmx else "")
    return render(
        request,
        template,
        {
            "region": membership.region,
            "span": span,
            "counted_at": counted_at,
            "table": table,
            "count": len(rows),
            "filter": chosen,
            "narrowed": chosen.narrowed or view != View.ALL,
            "current_view": view,
            "order": order,
            "views": [
                {
                    "name": name,
                    "url": f"{address}?{urlencode({'view': value.value} | kept, doseq=True)}",
                    "current": value == view,
                }
                for value, name in VIEWS
            ],
            "own_views": [
                (each, f"{address}?{each.query}", each.query == query)
                for each in kept_views.of(request.user)
            ],
            "query": query,
            "hint": _hint(view),
            "exports": [
                (
                    name,
                    f"{reverse('incentives:region-stores-file', args=[kind])}"
                    f"?{request.GET.urlencode()}",
                )
                for kind, name in spreadsheets.NAMES.items()
            ],
        },
    )


def _hint(view):
    """Which stores a saved view holds, with its limits."""
    words = {
        View.SILENT: _("Stores without a valid registration for %(days)d days.")
        % {"days": region.SILENT_DAYS},
        View.DECLINING: _(
            "Stores with at least %(percent)d%% fewer registrations than in the same days of last"
            " month, of %(enough)d or more."
        )
        % {"percent": round(region.DECLINE_FROM * 100), "enough": region.ENOUGH},
        View.LATE: _(
            "Stores that made fewer than %(percent)d%% of first contacts in time, from %(enough)d"
            " on whose time is over."
        )
        % {"percent": round(region.LATE_BELOW * 100), "enough": region.ENOUGH},
        View.NEW: _("Stores that opened within the last %(days)d days.")
        % {"days": region.NEW_STORE_DAYS},
    }
    return words.get(
        view, _("Registrations that won a customer count; returns are taken off sales.")
    )


@require_safe
@fresh_secret()
def stores_file(request, kind):
    """The table as filtered and sorted, as a file."""
    membership = post_over_region(request)
    if kind not in spreadsheets.TYPES:
        raise Http404
    rows, _chosen, _view, span, _at = _listed(request, membership)
    table = StoreTable(rows, currency=Program.current().currency)
    _sort(table, request)
    name = f"stores-{membership.region.code}-{span.last:%Y-%m-%d}.{kind}"
    return spreadsheets.download(spreadsheets.made(table.as_values(), kind), name)


@require_safe
def store(request, code):
    """One store beside its cohort, with its staff."""
    membership = post_over_region(request)
    visible = region.visible_stores(membership).select_related("dealer")
    found = get_object_or_404(visible, code=code)
    now, day = timezone.now(), timezone.localdate()
    span = Span.until(day)
    only = region.visible_stores(membership).filter(pk=found.pk)
    row = region.figures(only, span, now)[0]
    months = region.history(only, day, now)
    closed = Run.objects.last_month()
    compared = closed or span.month
    posts = (
        Membership.objects.current(now)
        .filter(store=found)
        .select_related("user", "store")
        .order_by("user__name", "pk")
    )
    return render(
        request,
        "incentives/desk/store.html",
        {
            "store": found,
            "currency": Program.current().currency,
            "row": row,
            "span": span,
            "reasons": reasons.of_store(row, lately.conversion(membership, day, now), day),
            "contacts": [
                SimpleNamespace(post=post, number=post.user.phone)
                for post in Membership.objects.current(now)
                .answering_for(found)
                .select_related("user")
                .order_by("-role", "user__name", "pk")
            ],
            "colleagues": today.colleagues(list(posts), span, now),
            "notes": coaching.shown(coaching.notes_of(membership).filter(store=found)[:NOTES], now),
            "aim": coaching.suggested(row, day),
            "chart": Trend.of([(short_name(each.month), each.registrations) for each in months]),
            "month": compared,
            "standings": list(_standings(found, compared, day)),
            "goals": goals.goals_of(found, day),
            "cases": of_store.running(found.pk),
        },
    )


def _standings(store, month, today):
    """The store's figures of a month beside the quarters of its cohort."""
    found = places.of_times(Unit.STORE, month, previous_month(month))
    names = cohorts.names(found[Metric.REGISTRATIONS, month])
    for metric, figure in FIGURES.items():
        if Unit.STORE not in figure.units:
            continue
        seen = standing.of(store, metric, month, today, found)
        if seen.me is not None:
            yield SimpleNamespace(
                name=figure.metric.label,
                kind=figure.kind,
                cohort=names.get(seen.cohort, seen.cohort),
                standing=seen,
            )
