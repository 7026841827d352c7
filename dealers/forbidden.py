"""What the agreement forbids headquarters: who tries it is refused, and the dealer reads of it.

A refusal takes back all that its transaction did. What is noted here is therefore written after
that transaction, in one of its own: ``noted`` goes around each request, task and command. Whatever
refuses such an act calls ``note`` beside the exception that it raises.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from django.db import DatabaseError, transaction
from django.utils.translation import gettext_noop

from dealers import sayings
from dealers.actor import Actor, acting
from dealers.models import DEALER_ROLES, ForbiddenAct, RefusedAct
from dealers.months import hq_day

BEYOND = gettext_noop("A number was asked for to be called, beyond the level of sharing.")
DECIDED = gettext_noop("%(code)s was decided already, and was to be decided once more.")
OVERDUE = gettext_noop("%(code)s was decided by silence: whoever was to decide came too late.")
CHANGED = gettext_noop("What a published plan or rulebook promises was to be changed.")
PAST = gettext_noop("A decision was to be put on file past the portal, whoever's turn it was.")
AGAIN = gettext_noop("Something that was decided already was to be decided once more.")
SHORTENED = gettext_noop("A protection was to end earlier than its events say.")
UNPACKED = gettext_noop("A dealer was to be closed before it was offered everything that is its.")

# What the database refuses by itself, by words of its refusal. Whose it was, they do not say: all
# dealers read of it.
BY_RULE = {
    "ownership_ends_where_its_events_say": (ForbiddenAct.PROTECTION, SHORTENED),
    "ownership_event_only_added": (ForbiddenAct.PROTECTION, SHORTENED),
    "An ownership is prolonged or ended by an event": (ForbiddenAct.PROTECTION, SHORTENED),
    "Headquarters takes no protection away": (ForbiddenAct.PROTECTION, SHORTENED),
    "insert rows from customers_caseruling": (ForbiddenAct.TWICE, PAST),
    "case_ruled_once_an_instance": (ForbiddenAct.TWICE, AGAIN),
    "dispute_ruling_follows_the_one_before": (ForbiddenAct.TWICE, AGAIN),
    "plan_version_published_never": (ForbiddenAct.SHARE, CHANGED),
    "A part of what is published never changes": (ForbiddenAct.SHARE, CHANGED),
    "rows from customers_rulebook table": (ForbiddenAct.SHARE, CHANGED),
    "A dealer is closed after everything of it": (ForbiddenAct.CLOSING, UNPACKED),
}

WRITER = Actor.worker("refused_acts")
_waiting: ContextVar[list[RefusedAct] | None] = ContextVar("refused acts", default=None)

logger = logging.getLogger(__name__)


def note(
    act: ForbiddenAct,
    said: str,
    *,
    by: Actor,
    at: datetime,
    dealer_id: int | None = None,
    customer: UUID | None = None,
) -> None:
    """Note that ``by`` tried ``act`` and is refused; of the dealer's own people nothing is noted.

    ``said`` is a sentence as ``sayings`` keeps it, with no word of a customer. Without a dealer it
    is about all of them: from a task or command, which may be tried again and again, once a day.
    """
    if by.role in DEALER_ROLES:
        return
    again = dealer_id is None and by.user is None
    told = "|".join([act, said, by.name, f"{hq_day(at)}"])
    made = RefusedAct(
        key=uuid5(NAMESPACE_OID, told) if again else uuid4(), act=act, said=said[:500],
        dealer_id=dealer_id, customer=customer, user=by.user, agent=by.name[:100], role=by.role,
        at=at,
    )  # fmt: skip
    waiting = _waiting.get()
    if waiting is None:
        _write([made])
    else:
        waiting.append(made)


@contextmanager
def noted() -> Iterator[None]:
    """Write what this block notes when it is over, whether or not its transaction was taken back.

    Inside of another one it is written with that.
    """
    if _waiting.get() is not None:
        yield
        return
    token = _waiting.set([])
    try:
        yield
    finally:
        waiting = _waiting.get() or []
        _waiting.reset(token)
        _write(waiting)


def _write(made: list[RefusedAct]) -> None:
    if not made:
        return
    try:
        with transaction.atomic(), acting(WRITER):
            RefusedAct.objects.bulk_create(made, ignore_conflicts=True)  # by their keys
    except DatabaseError:
        # The refusal itself stands; the database is gone, or its transaction is broken.
        logger.exception("What was refused could not be noted: %s", [str(each) for each in made])


def refused_by_rule(problem: Exception, *, by: Actor, at: datetime) -> None:
    """Note what a rule of the database refused ``by``, if it is one that binds headquarters."""
    if not isinstance(problem, DatabaseError):
        return
    for words, (act, sentence) in BY_RULE.items():
        if words in str(problem):
            note(act, sayings.kept(sentence), by=by, at=at)
            return
