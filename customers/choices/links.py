"""The link of a choice, and the messages that bring it to the customer's own phone."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from customers import cards
from customers.models import Choice
from dealers import outbox
from dealers.actor import Actor
from dealers.models import NoticeLevel, Purpose
from dealers.sending import messages
from dealers.sending.copies import copy_moment
from dealers.words import plain_time

TASK = "customers.tasks.message_choice"
VALID_FOR = timedelta(days=7)
SENDER = Actor.worker("message_choice")
ASK, TOLD = "ask", "told"  # what a message is about

_signer = Signer(salt="customers.choices")


def link(choice: Choice, site: str) -> str:
    """The address that only the customer's phone gets."""
    return site + reverse("customers:choose", args=[_signer.sign(str(choice.pk))])


def of_token(token: str) -> Choice:
    """The choice of a link; Choice.DoesNotExist where nobody signed it."""
    try:
        pk = UUID(_signer.unsign(token))
    except (BadSignature, ValueError):
        raise Choice.DoesNotExist from None
    found = Choice.objects.select_related(
        "store__dealer", "registration__void", "closing", "customer"
    )
    return found.get(pk=pk)


def is_over(choice: Choice, at: datetime) -> bool:
    """Whether nobody answers it any more: in time, or because the registration was a mistake."""
    mistaken = choice.registration is not None and hasattr(choice.registration, "void")
    return mistaken or at >= choice.expires_at


def send(choice: Choice, what: str, site: str, language: str, at: datetime) -> None:
    """Have the worker bring the link to the customer."""
    outbox.add(TASK, str(choice.pk), what, site, language, at=at)


def by_day(choices: Iterable[Choice], site: str, language: str, at: datetime) -> None:
    """Have the worker ask these customers, whom nobody serves now: at night in the morning."""
    puts = [
        outbox.Put(
            TASK, (str(each.pk), ASK, site, language), f"ask:{each.pk}",
            copy_moment(NoticeLevel.TODAY, at, each.store.tz),
        )
        for each in choices
    ]  # fmt: skip
    outbox.add_all(puts, at=at)


def good_until(choice: Choice, what: str) -> datetime:
    """Until when a message is of use: a question until it expires, word of an answer until then."""
    return choice.expires_at if what == ASK else cast(datetime, choice.effective_at)


def message(choice_id: str, what: str, site: str, language: str, at: datetime) -> None:
    """Write to the customer. For the worker, outside a transaction: the log comes first.

    What is no longer to be asked, or of who was erased meanwhile, is not sent.
    """
    found = Choice.objects.select_related("store__dealer", "customer", "registration__void")
    choice = found.get(pk=choice_id)
    over = choice.refused_at is not None
    if what == ASK:
        over = choice.answer != "" or is_over(choice, at)
    if over or not choice.customer.phone_sealed:
        return
    shown = cards.hand_out(choice.customer, by=SENDER, purpose=Purpose.CHOICE, at=at)
    until = good_until(choice, what)
    with override(language):
        words = {
            "store": choice.store.name,
            "link": link(choice, site),
            "until": plain_time(until, choice.store),
        }
        # A worker that is lost before it notes this comes again, and writes to nobody twice.
        messages.text(
            shown.number, _said(choice, what) % words,
            at=at, until=until, key=f"choice:{what}:{choice.pk}",
        )  # fmt: skip


def _said(choice: Choice, what: str) -> str:
    if what == TOLD:
        return _(
            "You chose %(store)s, which looks after you from %(until)s on. Until then you can"
            " refuse: %(link)s"
        )
    if choice.closing_id is not None:
        return _(
            "%(store)s has closed. Which store shall look after you? Choose until %(until)s, or"
            " do nothing and hear nothing more: %(link)s"
        )
    return _(
        "%(store)s asks whether it shall look after you from now on. Answer until %(until)s, or"
        " do nothing and nothing changes: %(link)s"
    )
