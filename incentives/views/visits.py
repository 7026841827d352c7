"""A regional manager's queue of decisions, and the list for a day of visits."""

from urllib.parse import urlencode

from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dealers import spreadsheets
from dealers.months import Span
from dealers.paper import issuer, typeset
from dealers.views import post_over_region
from incentives.desk import decisions, lately, visit
from incentives.desk.visit import Order
from incentives.models import Program

ORDERS = {
    Order.ADDRESS: gettext_lazy("By address"),
    Order.URGENCY: gettext_lazy("What is most urgent first"),
    Order.CHOSEN: gettext_lazy("As chosen"),
}
LONGEST = 60  # letters of what is looked for


@require_safe
def queue(request):
    """Everything that waits for a decision, by its deadline."""
    post, now = post_over_region(request), timezone.now()
    found = decisions.queue(post, now)
    context = {
        "rows": [(each, each.late(now)) for each in found.decisions],
        "left_out": found.left_out,
        "most": decisions.MOST,
    }
    return render(request, "incentives/desk/decisions.html", context)


@require_safe
def day(request):
    """Choose the stores of a day, and see them in the order of the road."""
    asked = _asked(request)
    address = reverse("incentives:visit")
    codes = [stop.row.code for stop in asked["stops"]]

    def url(stores, order):
        query = [("store", code) for code in stores] + [("order", order)]
        return f"{address}?{urlencode(query)}"

    query = urlencode([("store", code) for code in codes] + [("order", asked["order"])])
    context = asked | {
        "orders": [
            {"name": name, "url": url(codes, order), "current": order == asked["order"]}
            for order, name in ORDERS.items()
        ],
        "listed": [
            (stop, url([code for code in codes if code != stop.row.code], asked["order"]))
            for stop in asked["stops"]
        ],
        "proposed": [each for each in asked["proposed"] if each.row.code not in codes],
        "paper": f"{reverse('incentives:visit-paper')}?{query}",
        "most": visit.MOST,
    }
    return render(request, "incentives/desk/visit.html", context)


@require_safe
def paper(request):
    """The list of the day to print and to write on."""
    asked = _asked(request)
    html = render_to_string("pdf/visit.html", asked | {"issuer": issuer()})
    pdf, _pages = typeset(html, ["print"], variant="pdf/ua-1")
    name = f"visits-{asked['region'].code}-{asked['today']:%Y-%m-%d}.pdf"
    return spreadsheets.download(pdf, name)


def _asked(request):
    """The stops that an address names, in its order, with what may be added to them."""
    post = post_over_region(request)
    now, today = timezone.now(), timezone.localdate()
    rows = lately.figures(post, Span.until(today), now).figures
    conversion = lately.conversion(post, today, now)
    codes, text = request.GET.getlist("store"), request.GET.get("add", "").strip()[:LONGEST]
    found = visit.matching(rows, text) if text else []
    if len(found) == 1:
        codes.append(found[0].code)
    there = {row.code for row in rows}
    codes = [code for code in dict.fromkeys(codes) if code in there]
    try:
        order = Order(request.GET.get("order", Order.ADDRESS))
    except ValueError:
        order = Order.ADDRESS
    return {
        "region": post.region,
        "today": today,
        "order": order,
        "order_name": ORDERS[order],
        "stops": visit.stops(post, rows, codes, order, conversion=conversion, today=today, now=now),
        "conversion": conversion,
        "proposed": visit.proposed(rows, conversion, today),
        "text": text,
        "found": found[: visit.MOST] if len(found) > 1 else [],
        "nothing": bool(text) and not found,
        "too_many": len(codes) > visit.MOST,
        "currency": Program.current().currency,
    }
