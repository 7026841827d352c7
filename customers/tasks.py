"""What the worker does for customers: one domain call each, safe to run twice."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from celery import shared_task
from django.http import QueryDict
from django.utils import timezone

from customers import portfolio
from customers.cases import deciding, sensor
from customers.choices import answering, links
from customers.closings import everything, going_on, offering
from customers.cutoff import all_of
from customers.dispatch import junk, offers, page, together
from customers.filters import narrowed
from customers.models import Closing
from customers.ownership import confirming, passing, planted, reminders, trials
from customers.rights import pages, retention
from customers.tables import sheet_rows
from dealers import exports
from dealers.actor import Actor
from dealers.exit_pack import making
from dealers.models import Export

CHUNK = 1000


@shared_task(in_steps=True)
def write_customers(export_id: str) -> None:
    """Make the file of a long list of customers, as it was when it was asked for."""
    exports.write(export_id, _rows, at=timezone.now())


def _rows(export: Export) -> Iterator[list[Any]]:
    query, today = export.arguments["query"], date.fromisoformat(export.arguments["today"])
    narrow, rows = narrowed(QueryDict(query), export.post, export.asked_at, today)
    found = portfolio.ordered(rows, narrow.current)
    by = Actor.of(export.post)  # who asked, and gets it
    return sheet_rows(found.iterator(chunk_size=CHUNK), export.asked_at, by=by)


@shared_task(in_steps=True)
def write_everything(export_id: str) -> None:
    """Make one of the files with everything of a dealer that closes."""
    exports.write(export_id, everything.rows, at=timezone.now())


@shared_task(in_steps=True)
def write_offered_pack(export_id: str) -> None:
    """Make the pack with everything of a dealer that headquarters means to close."""
    making.write(export_id, at=timezone.now())
    offering.made(export_id, timezone.now())


@shared_task(in_steps=True)
def go_on_closing(closing_id: str) -> None:
    """Do what is due of a closing."""
    found = Closing.objects.select_related("store", "to", "dealer").get(pk=closing_id)
    for _step in going_on.go_on(found, timezone.now()):
        pass


@shared_task(in_steps=True)
def message_choice(choice: str, what: str, site: str, language: str) -> None:
    """Bring a customer the link by which they choose a store."""
    links.message(choice, what, site, language, timezone.now())


@shared_task
def sweep_choices() -> None:
    """Have what customers chose take effect where their day is over."""
    answering.sweep(timezone.now())


@shared_task
def sweep_closings() -> None:
    """Go on with closings that are due, or that a worker left behind."""
    going_on.sweep(timezone.now())


@shared_task
def tell_of_follow_ups() -> None:
    """Tell those in whose stores the day begins whom they have to follow up."""
    portfolio.tell_of_follow_ups(timezone.now())


@shared_task
def offer_lead(lead: str) -> None:
    """Offer a lead to the store whose turn it is."""
    offers.offer(UUID(lead), timezone.now())


@shared_task
def offer_leads(leads: list[str]) -> None:
    """Offer many leads, each to the store whose turn it is."""
    together.offer_all([UUID(lead) for lead in leads], timezone.now())


@shared_task
def pass_leads_on() -> None:
    """Ask the next store wherever one has not answered in time, and take back what silence does."""
    now = timezone.now()
    all_of(lambda: offers.pass_on(now), lambda: junk.let_silence_answer(now))


@shared_task
def let_time_pass() -> None:
    """Do to everybody's customers what time has done by now."""
    now = timezone.now()
    all_of(lambda: len(passing.let_time_pass(now)), lambda: confirming.lapse(now))


@shared_task(in_steps=True)
def try_rulebook(trial: int) -> None:
    """Find what a draft of the rulebook would have answered in the last days."""
    trials.find(trial, timezone.now())


@shared_task
def remind_owners() -> None:
    """Tell owners of late contacts and of protections that end soon."""
    reminders.tell(timezone.now())


@shared_task
def answer_page_entry(entry: str) -> None:
    """Register what somebody left on a store's page."""
    pages.answer(UUID(entry), timezone.now())


@shared_task
def answer_lead_entry(entry: str) -> None:
    """Make a lead of what somebody left on a campaign's page."""
    page.answer(UUID(entry), timezone.now())


@shared_task
def look_at_unconfirmed(waiting: str) -> None:
    """Note where a planted number was typed that nobody will confirm."""
    confirming.look(UUID(waiting))


@shared_task
def settle_cases() -> None:
    """Do what is due of cases: propose, decide by silence, close."""
    deciding.settle_all(timezone.now())


@shared_task
def look_for_touched() -> None:
    """Open cases about what headquarters sold to customers that a dealer protects."""
    sensor.look(timezone.now())


@shared_task
def tell_of_planted() -> None:
    """Tell those whom it concerns that a planted number was registered."""
    planted.tell(timezone.now())


@shared_task(in_steps=True)
def delete_what_is_due() -> None:
    """Erase whom nothing was heard of for long."""
    retention.delete_what_is_due(timezone.now())
