"""A closed month's statement: as a page, as CSV, as PDF. The same figures three times."""

from django.db.models import Sum
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_noop
from django.views.decorators.http import require_safe

from dealers import exports, sayings, spreadsheets
from dealers.actor import Actor
from dealers.models import FactKind
from dealers.receipts import holding
from dealers.signin.second_factor import fresh_secret
from dealers.site import public_address
from incentives.disputes.deadlines import open_through, open_until
from incentives.earnings.overview import month_overview
from incentives.models import Statement
from incentives.payouts import accounts
from incentives.statements import files
from incentives.views import earnings


def statement_of(request, month) -> Statement:
    """The own dealer's statement of the month; the same 404 for a foreign and a missing one."""
    earnings.dealer_of(request)
    visible = Statement.objects.visible_to(request.membership).select_related(
        "run__release", "dealer"
    )
    return get_object_or_404(visible, run__month=month)


@require_safe
@fresh_secret(exports.takes_file)
def page(request, month):
    """The statement to read."""
    statement = statement_of(request, month)
    now = timezone.now()
    if kind := exports.kind_asked(request.GET):
        return earnings.sheet_of(request, statement.dealer, month, now, kind)
    overview = month_overview(statement.dealer, month, now, months=1)
    return render(
        request,
        "incentives/statements/statement.html",
        {
            "statement": statement,
            "month": overview,
            "day": month,
            "currency": statement.currency,
            "has_account": accounts.is_given(statement.dealer_id),
            "categories": earnings.rows_of(overview),
            "disputable": (until := open_until(statement)) is None or now < until,
            "disputable_until": open_through(statement),
            "receipt": holding.receipt_of(
                FactKind.STATEMENT,
                statement.dealer_id,
                statement.pk,
                statement.number,
                since=statement.issued_at,
                at=now,
            ),
            **earnings.lines_of(request, overview, now),
        },
    )


@require_safe
@fresh_secret()
def as_csv(request, month):
    """Every line of the statement as a file; a long one is made by the worker."""
    statement = statement_of(request, month)
    results = statement.run.results.filter(dealer=statement.dealer)
    lines = results.aggregate(lines=Sum("count"))["lines"] or 0
    if lines > exports.MANY:
        return redirect(
            exports.ask(
                "incentives.tasks.write_statement",
                {"statement": statement.pk},
                title=sayings.kept(gettext_noop("Statement %(number)s"), number=[statement.number]),
                name=f"{statement.number}.csv",
                rows=lines,
                by=Actor.of(request.membership),
                at=timezone.now(),
            )
        )
    content = files.statement_csv(statement)
    return spreadsheets.download(content, f"{statement.number}.csv")


@require_safe
def as_pdf(request, month):
    """The PDF in the reader's language; until the worker has made it, a page that waits for it."""
    statement = statement_of(request, month)
    language = get_language() or "zh-hans"
    document = statement.documents.filter(language=language).first()
    if document is None:
        files.ask_for_document(
            statement,
            language,
            site=public_address(request),
            by=request.actor,
            at=timezone.now(),
        )
        return render(request, "incentives/statements/wait.html", {"month": month}, status=202)
    return spreadsheets.download(bytes(document.pdf), f"{statement.number}.pdf")
