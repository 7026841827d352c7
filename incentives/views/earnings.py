"""What a dealer earned and why. The owner's to see; for everybody else these pages do not exist."""

from types import SimpleNamespace
from typing import cast
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from customers import cards
from customers.cases import holds
from dealers import access, exports, sayings, spreadsheets
from dealers.actor import Actor
from dealers.models import AccessAction, Dealer
from dealers.months import key as months_key
from dealers.months import short_name
from dealers.signin.second_factor import fresh_secret
from dealers.views import post_of_owner, refusals_said
from incentives.desk.charts import Trend, widths
from incentives.disputes import opening, timeline
from incentives.disputes.deadlines import open_through
from incentives.earnings import adjusted, announced, held, sheet, states
from incentives.earnings.detail import line_detail
from incentives.earnings.lines import KeyNotValid, lines
from incentives.earnings.overview import month_overview
from incentives.models import Dispute, Event, Run
from incentives.payouts import progress as payments
from incentives.plans.reading import sentence_of
from incentives.return_window import window_over
from incentives.views import months
from incentives.views.gates import opened_by

SHEETS = [(name, f"?export={kind}") for kind, name in spreadsheets.NAMES.items()]


def dealer_of(request) -> Dealer:
    """The dealer whose owner asks; anybody else gets 404."""
    return cast(Dealer, post_of_owner(request).dealer)


def latest() -> object:
    """The month that runs now."""
    return timezone.localdate().replace(day=1)


@require_safe
def current(request):
    """This month's earnings."""
    dealer_of(request)
    return redirect("incentives:earnings-month", month=latest())


@require_safe
@fresh_secret(exports.takes_file)
def month(request, month):
    """A month: the headline, where it comes from, its lines, and the months before."""
    dealer = dealer_of(request)
    last = latest()
    months.in_range(month, last)
    now = timezone.now()
    if kind := exports.kind_asked(request.GET):
        return sheet_of(request, dealer, month, now, kind)
    overview = month_overview(dealer, month, now)
    context = {
        "month": overview,
        "as_of": overview.as_of,
        "months": steps(month, overview.first or last, last),
        "currency": overview.currency,
        "categories": rows_of(overview),
        "chart": Trend.of([(short_name(each), total) for each, total in overview.trend]),
        "exports": SHEETS,
        "announced": announced.of_dealer(dealer, timezone.localdate(now)),
        **lines_of(request, overview, now),
    }
    context["statement"] = context["progress"] and context["progress"].statement
    return render(request, "incentives/earnings/month.html", context)


def sheet_of(request, dealer, month, now, kind):
    """The month as a file to work with: one of the files of customers of a day."""
    with refusals_said(request, cards.CardRefused):
        cards.may_take(by=Actor.of(request.membership), at=now)
        return _taken(request, dealer, month, now, kind)
    return redirect(request.path)


def _taken(request, dealer, month, now, kind):
    """The sheet, after the access log says who took it; a long one by the worker."""
    title = sayings.kept(
        gettext_noop("Earnings of %(month)s, with customers' names"), month=[months_key(month)]
    )
    by, name = Actor.of(request.membership), f"earnings-{months_key(month)}.{kind}"
    count = sheet.length(dealer, month, now)
    if count > exports.MANY:
        return redirect(
            exports.ask(
                "incentives.tasks.write_earnings",
                {"month": month.isoformat(), exports.LIMITED: True},
                title=title,
                name=name,
                rows=count,
                fields=sheet.FIELDS,
                by=by,
                at=now,
            )
        )
    content = spreadsheets.made(sheet.rows(dealer, month, now, by=by), kind)
    access.note(
        AccessAction.EXPORT, by=by, dealer_id=dealer.pk, fields=sheet.FIELDS, purpose=title,
        count=count, at=now,
    )  # fmt: skip
    return spreadsheets.download(content, name)


def steps(month, first, last):
    """The months before and after, with their addresses."""
    found = months.steps(month, min(first, month), last)
    for side in ("before", "after"):
        if found[side]:
            found[f"{side}_url"] = reverse("incentives:earnings-month", args=[found[side]])
    return found


def rows_of(overview) -> list[SimpleNamespace]:
    """The categories with the width of their bars and where their reasons are.

    What was adjusted is the last, where something was: all of them come to the headline.
    """
    shown = overview.categories
    amounts = [category.amount for category in shown]
    if overview.adjustments:
        amounts.append(overview.adjusted)
    wide = widths(amounts)
    rows = [
        SimpleNamespace(
            code=category.key,
            name=category.name,
            count=category.count,
            amount=category.amount,
            base=category.base,
            base_is_money=category.component.base == "net",
            width=width,
            kind="bad" if category.amount < 0 else "",
            url=reverse("incentives:result", args=[overview.month, category.key]),
        )
        for category, width in zip(shown, wide, strict=False)
    ]
    if overview.adjustments:
        rows.append(
            SimpleNamespace(
                code="",  # none of its lines is of a component
                name=overview.adjusted_name,
                count=len(overview.adjustments),
                amount=overview.adjusted,
                base=None,
                width=wide[-1],
                kind="bad" if overview.adjusted < 0 else "",
                url="#adjusted",
            )
        )
    return rows


def lines_of(request, overview, now):
    """A page of lines as the address asks for it, and how many there are."""
    code = request.GET.get("component", "")
    categories = overview.categories
    if code and code not in {category.key for category in categories}:
        raise Http404
    disputed = holds.held(overview.dealer.pk)
    page = page_of(request, overview, now, code, disputed)
    way = progress_of(overview.dealer, overview.source, now)
    return {
        "progress": way,
        "component": code,
        "held": held_of(overview, now, request.actor),
        "booked_before": held.booked_before(
            overview.dealer, overview.month, overview.source, disputed
        ),
        "lines": [linked(line, categories, overview.source, way) for line in page.lines],
        "more": urlencode(({"component": code} if code else {}) | {"after": page.next})
        if page.next
        else "",
        "line_count": sum(category.count for category in categories if code in ("", category.key)),
    }


def held_of(overview, now, by):
    """What is held of a month, each line with the address of its reasons."""
    found = held.of_month(overview.dealer, overview.month, overview.source, now, by=by)
    return [
        SimpleNamespace(by=each, lines=[linked_held(it) for it in each.lines]) for each in found
    ]


def linked_held(line):
    """A held line with its address, which names the plan: nothing booked may have its code."""
    args = [line.month, f"{line.plan}.{line.code}", line.event]
    return SimpleNamespace(line=line, url=reverse("incentives:line", args=args))


def page_of(request, overview, now, code, disputed=None):
    """The lines of a month that the address asks for."""
    try:
        return lines(
            overview.dealer, overview.month, now, source=overview.source, code=code,
            after=request.GET.get("after", ""), by=request.actor, disputed=disputed,
        )  # fmt: skip
    except KeyNotValid:
        raise Http404 from None


def progress_of(dealer, source, now):
    """How far the statement of a closed month is; None while the month runs."""
    return payments.of_statement(dealer, source, now) if isinstance(source, Run) else None


def linked(line, categories, source, way=None):
    """A line with its state and the address of its reasons."""
    state = states.state_of(line, source, progress=way).state
    keys = {(category.plan, category.code): category.key for category in categories}
    key = keys.get((line.plan, line.code), line.code)
    return SimpleNamespace(
        line=line,
        state=state,
        url=reverse("incentives:line", args=[line.month, key, line.event]),
    )


def disputed(detail, now):
    """The dispute of a line that is read, and else whether and until when it can be disputed."""
    booked = opening.booked_line(detail.dealer, detail.line, detail.run) if detail.run else None
    if booked is None:
        return SimpleNamespace(standing=None, refused="", open=False, until=None, followed=[])
    known = Dispute.objects.filter(line=booked).with_moments()
    known = known.select_related("line", "statement").first()
    statement = opening.statement_of(booked)
    return SimpleNamespace(
        standing=known and timeline.standing(known, now),
        refused=opening.obstacle(booked, statement, now),
        open=statement is not None,
        until=statement and open_through(statement),
        followed=adjusted.with_line(booked),
    )


@require_safe
def line(request, month, code, event):
    """Why one line is what it is, with its real numbers."""
    dealer = dealer_of(request)
    months.in_range(month, latest())
    now = timezone.now()
    detail = line_detail(dealer, month, code, event, now, by=request.actor)
    if detail is None:
        raise Http404
    found = detail.line
    dispute = disputed(detail, now)
    way = progress_of(dealer, detail.source, now)
    return render(
        request,
        "incentives/earnings/line.html",
        {
            "month": month,
            "line": found,
            "detail": detail,
            "explanation": detail.explanation,
            "gate": opened_by(found.closed_gate, found.component),
            "currency": detail.currency,
            "place": detail.place,
            "state": states.state_of(found, detail.source, detail.held, way),
            "dispute": dispute,
            "dispute_url": reverse("incentives:open-dispute", args=[month, code, event]),
            "progress": progress(detail, now, way),
            "receipt": detail.receipt,
            "plan": found.component.version,
            "result_url": reverse("incentives:result", args=[month, code])
            if found.tiered and not found.held
            else "",
        },
    )


def progress(detail, now, paying=None):
    """The way of a line: the event, the return window, the closing; with the state of each."""
    found, order = detail.line, detail.line.order
    ends = detail.window_ends_on
    over = window_over(order, found.component, now)
    closed = detail.run is not None
    holding = detail.held
    about = "contact" if found.component.event == Event.FIRST_CONTACT else "registration"
    kind = "return" if found.is_return else "sale" if order else about
    way = [SimpleNamespace(kind=kind, state="done", at=found.at)]
    if ends is not None and found.component.return_window_days:
        state = "done" if over else "now"
        way.append(SimpleNamespace(kind="window", state=state, on=ends))
    if holding is not None:
        state = "done" if holding.closed_at else "now"
        way.append(SimpleNamespace(kind="held", state=state, by=holding))
        over = over and holding.closed_at is not None
    state = "done" if closed else "now" if over else ""
    closing = SimpleNamespace(kind="closed", state=state, at=detail.run and detail.run.closed_at)
    first = closed and not window_over(order, found.component, detail.run.closed_at)
    way.insert(1 if first else len(way), closing)
    if paying is not None and holding is None:
        way += _paid(found, paying)
    return way


def _paid(line, paying):
    """The way of a line on a statement: approved, then paid, waiting for a dispute, or never."""
    way = []
    if paying.statement:
        at = paying.approved_at
        way.append(SimpleNamespace(kind="approved", state="done" if at else "now", at=at))
    if paying.pays:
        key = states.key_of(line)
        payment, dispute = paying.payment_of(key), paying.disputed(key)
        state = ("done" if payment.bank_on else "now") if payment else ""
        if not payment and dispute and dispute.never_paid:
            kind, state = "never", "done"
        else:
            kind = "waits" if dispute and dispute.held else "paid"
        way.append(SimpleNamespace(kind=kind, state=state, payment=payment, disputed=dispute))
    return way


@require_safe
def result(request, month, code):
    """How a category of a month comes about: its tiers or events, and the lines behind it."""
    dealer = dealer_of(request)
    months.in_range(month, latest())
    now = timezone.now()
    overview = month_overview(dealer, month, now, months=1)
    # By its code alone it is found as well, if an address is older than the second plan, and with
    # its plan where no other has the code.
    named = [
        each
        for each in overview.categories
        if code in (each.key, each.code, f"{each.plan}.{each.code}")
    ]
    category = named[0] if named else None
    if category is None:
        raise Http404
    page = page_of(request, overview, now, category.key)
    way = progress_of(dealer, overview.source, now)
    return render(
        request,
        "incentives/earnings/result.html",
        {
            "month": month,
            "category": category,
            "currency": overview.currency,
            "closed": overview.closed,
            "as_of": overview.as_of,
            "shares": [
                SimpleNamespace(
                    share=share,
                    explanation=share.explain(overview.currency),
                    version=share.component.version,
                    rule=sentence_of(
                        share.component, share.component.version.plan, overview.currency
                    ),
                )
                for share in category.shares
            ],
            "plan": category.component.version.plan,
            "lines": [
                linked(each, overview.categories, overview.source, way) for each in page.lines
            ],
            "more": urlencode({"after": page.next}) if page.next else "",
        },
    )
