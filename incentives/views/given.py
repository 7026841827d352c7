"""What a dealer gave by sharing and what came back, for its owner."""

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from customers import cards, sharing
from dealers import access, exports, sayings, spreadsheets
from dealers import sharing as levels
from dealers.bounds import key
from dealers.models import AccessAction
from dealers.months import add_months, short_name
from dealers.signin.second_factor import fresh_secret
from dealers.views import refusals_said
from incentives.desk.charts import Trend, widths
from incentives.earnings.given import acts, groups, money, sheet
from incentives.models import Program
from incentives.tables.given import BroughtTable, LooksTable
from incentives.views.earnings import SHEETS, dealer_of

DRAWN = 6  # columns of the picture
LAST_PAGE = 99_999  # that is looked for
LARGEST_FILE = 5000  # customers, the latest


@require_safe
@fresh_secret(exports.takes_file)
def given(request):
    """All years: what is shared, what the brand did with it, and what came back."""
    dealer, now = dealer_of(request), timezone.now()
    received, did = money.read(dealer), acts.by_year(dealer)
    if kind := exports.kind_asked(request.GET):
        content = spreadsheets.made(sheet.rows(received, did), kind)
        return spreadsheets.download(content, f"given-and-received-{now:%Y-%m-%d}.{kind}")
    counts = sharing.counts(dealer.pk)
    places, currency = received.places, Program.current().currency
    context = {
        "money": received,
        "acts": did,
        "looks": LooksTable(did),
        "brought": BroughtTable(did, currency=currency),
        "counts": counts,
        "shared": sum(number for level, number in counts.in_order if level),
        "level": levels.default(dealer.pk, now),
        "places": list(zip(places, widths([each.net for each in places]), strict=True)),
        "compared": groups.compare(dealer, received.closed),
        "currency": currency,
        "chart": Trend.of(_drawn(received)),
        "exports": SHEETS,
        "at": now,
    }
    return render(request, "incentives/given/page.html", context)


def _drawn(received):
    """The newest years, oldest first, once there are some; until then the newest closed months.

    As many columns as always, so that they are as wide as always: what was before is nothing.
    """
    years = {each.year: each.total for each in received.years if each.closed}
    if len(years) >= DRAWN // 2:
        first = max(years) - DRAWN + 1
        return [(str(year), years.get(year, 0)) for year in range(first, first + DRAWN)]
    closed = {each.month: each.total for each in received.closed}
    if not closed:
        return []
    newest = [add_months(max(closed), -back) for back in reversed(range(DRAWN))]
    return [(short_name(month), closed.get(month, 0)) for month in newest]


@require_safe
@fresh_secret(exports.takes_file)
def customers(request):
    """Customer by customer: what the brand did with each in the last 365 days."""
    dealer, now = dealer_of(request), timezone.now()
    if kind := exports.kind_asked(request.GET):
        with refusals_said(request, cards.CardRefused):
            cards.may_take(by=request.actor, at=now)
            return _file(request, dealer, now, kind)
        return redirect(request.path)
    page = key(request.GET.get("page", "1"))
    if not 0 < page <= LAST_PAGE:
        raise Http404
    offset = (page - 1) * acts.PER_PAGE
    found = acts.concerned(dealer, by=request.actor, at=now, limit=acts.PER_PAGE + 1, offset=offset)
    if not found and page > 1:
        raise Http404
    context = {
        "found": found[: acts.PER_PAGE],
        "page": page,
        "before": page - 1,
        "after": page + 1 if len(found) > acts.PER_PAGE else 0,
        "since": acts.since(now),
        "currency": Program.current().currency,
        "exports": SHEETS,
    }
    return render(request, "incentives/given/customers.html", context)


def _file(request, dealer, now, kind):
    """The same as a file, after the access log says who took it; a long one says that it is cut."""
    more = acts.concerned(dealer, by=request.actor, at=now, limit=LARGEST_FILE + 1)
    found = more[:LARGEST_FILE]
    rows = [*sheet.customers(found)]
    if len(more) > LARGEST_FILE:
        rows.append(spreadsheets.left_out(LARGEST_FILE))
    content = spreadsheets.made(rows, kind)
    access.note(
        AccessAction.EXPORT, by=request.actor, dealer_id=dealer.pk, fields=sheet.FIELDS,
        purpose=sayings.kept(gettext_noop("What the brand did with each customer")),
        count=len(found), at=now,
    )  # fmt: skip
    return spreadsheets.download(content, f"given-customers-{now:%Y-%m-%d}.{kind}")
