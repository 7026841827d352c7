"""What the worker and the scheduler do: closing months and making statements' documents."""

import logging
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import cast

from celery import shared_task
from django.utils import timezone

from customers.cutoff import CutoffFailed
from dealers import exports
from dealers.actor import Actor
from dealers.models import Dealer, Export, User
from dealers.months import key as month_key
from dealers.receipts import chain
from incentives import estimates, scorecard
from incentives.boards import freeze, turns
from incentives.books import closing, periods
from incentives.budgets import counting
from incentives.desk import coaching, digest
from incentives.disputes import deciding
from incentives.earnings import sheet
from incentives.earnings.given import groups
from incentives.if_shared import asking as if_shared
from incentives.models import Run, Statement
from incentives.plans import solve, whatif
from incentives.rewards import settling
from incentives.statements import files

logger = logging.getLogger(__name__)


@shared_task(in_steps=True)
def close_month(month: str, user_id: int | None = None) -> None:
    """Close a month, named by its first day; one that is closed already stays as it is."""
    user = None if user_id is None else User.objects.filter(pk=user_id).first()
    by = Actor.worker("close_month", user)
    closing.close_due(date.fromisoformat(month), by, timezone.now())


@shared_task
def close_last_month() -> None:
    """Close the months that have ended; what cannot be closed yet is tried again tomorrow."""
    at = timezone.now()
    for month in periods.months_due(at):
        try:
            closing.close_due(month, Actor.worker("close_last_month"), at)
        except (closing.ClosingRefused, CutoffFailed) as refused:
            logger.warning("%s was not closed: %s", month_key(month), refused)
            return


@shared_task
def freeze_weeks() -> None:
    """Freeze the boards of weeks that ended some days ago; later, where nobody pauses."""
    try:
        freeze.freeze_weeks(timezone.now())
    except CutoffFailed as failed:
        logger.warning("The week's boards were not frozen: %s", failed)
    settling.settle_due(timezone.now())


@shared_task(in_steps=True)
def count_boards() -> None:
    """Bring the boards that run and have large cohorts up to date, board by board."""
    at = timezone.now()
    turns.take(at, timezone.localdate(at))


@shared_task(in_steps=True)
def settle_rewards() -> None:
    """Settle reward programs over boards that were frozen since; of each board once."""
    settling.settle_due(timezone.now())


@shared_task
def keep_scorecard() -> None:
    """Work out how headquarters kept its promises up to yesterday."""
    chain.append_waiting()  # it counts what is in the chains
    scorecard.keep(timezone.now())


@shared_task
def compare_sharing() -> None:
    """Work out, of the months that were closed, what dealers of each level of sharing received."""
    groups.keep()


@shared_task
def remind_of_coaching() -> None:
    """Tell regional managers which of their notes are to be looked at today, each once."""
    coaching.remind(timezone.now())


@shared_task
def tell_of_weeks() -> None:
    """Tell people where Monday has begun that their last week is there in figures, each once."""
    digest.tell(timezone.now())


@shared_task
def mail_week(week: str, user_id: int) -> None:
    """Mail a person a week in figures."""
    digest.mail(week, user_id, timezone.now())


@shared_task
def settle_disputes() -> None:
    """Tell what is late of disputes; in which stage they are does not depend on it."""
    deciding.settle_all(timezone.now())


@shared_task
def count_budgets() -> None:
    """Count how the budgets of plans stand, and tell of those that are used up."""
    counting.count(timezone.now())


@shared_task
def refresh_estimate(dealer_id: int, month: str) -> None:
    """Compute a dealer's open month again; does nothing if it is up to date or closed."""
    wanted = date.fromisoformat(month)
    if not Run.objects.filter(month__gte=wanted).exists():
        estimates.refresh(dealer_id, wanted, timezone.now())


@shared_task
def render_statements_of(run_id: int) -> None:
    """Ask for the documents of a closed month, one task for each."""
    for statement_id, language in files.missing_documents(run_id):
        render_statement.delay(statement_id, language)


@shared_task
def render_missing_statements() -> None:
    """Ask again for documents that should be there: a lost message costs ten minutes."""
    for statement_id, language in files.missing_documents(
        issued_before=timezone.now() - files.PATIENCE
    ):
        render_statement.delay(statement_id, language)


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def render_statement(statement_id: int, language: str) -> None:
    """Make a statement's PDF in one language; does nothing if it is there."""
    files.keep_document(statement_id, language)


@shared_task
def render_asked_for(statement_id: int, language: str, site: str) -> None:
    """Make the PDF that somebody waits for, which has a queue of its own."""
    files.keep_document(statement_id, language, site)


@shared_task(in_steps=True)
def write_statement(export_id: str) -> None:
    """Make the CSV of a statement with many lines."""

    def rows(export: Export) -> Iterator[tuple[object, ...]]:
        statement = Statement.objects.select_related("run", "dealer")
        return iter(files.csv_rows(statement.get(pk=export.arguments["statement"])))

    exports.write(export_id, rows, at=timezone.now())


@shared_task(in_steps=True)
def write_earnings(export_id: str) -> None:
    """Make the sheet of a month with many lines, as it was when it was asked for."""

    def rows(export: Export) -> Iterator[list[object]]:
        month = date.fromisoformat(export.arguments["month"])
        by = Actor.of(export.post)  # who asked, and gets it
        dealer = cast(Dealer, export.post.dealer)  # only a dealer's people ask for it
        return sheet.rows(dealer, month, export.asked_at, by=by)

    exports.write(export_id, rows, at=timezone.now())


@shared_task(in_steps=True)
def replay_plan(replay_id: int) -> None:
    """Find what a version of a plan would have given in closed months."""
    whatif.compute(replay_id, timezone.now())


@shared_task(in_steps=True)
def solve_rate(row_id: int, months: list[str], budget: str, key: str) -> None:
    """Find which rate of a draft spends a budget in closed months."""
    solve.find(row_id, [date.fromisoformat(each) for each in months], Decimal(budget), key)


@shared_task(in_steps=True)
def try_sharing(trial: int) -> None:
    """Tell a dealer's last months anew, as if it had shared its customers at each level."""
    if_shared.find(trial, timezone.now())
