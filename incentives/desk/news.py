"""What came in for a dealer's owner: statements, disputes, leads, and money that has no account."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from dealers.database import counted
from dealers.models import Membership
from incentives.desk import today
from incentives.desk.today import Dispatches
from incentives.disputes.stages import Course, Stage
from incentives.models import Dispute, Statement
from incentives.payouts import batches
from incentives.payouts.batches import Part

NEW = timedelta(days=14)  # so long a statement is one of the things to do


@dataclass(frozen=True, slots=True)
class Disputed:
    """A dispute that waits for a decision, at which stage and until when."""

    dispute: Dispute
    stage: Stage
    due_at: datetime


@dataclass(frozen=True, slots=True)
class News:
    """The disputes are in the order in which they are due; of new statements it is the newest."""

    dispatches: Dispatches
    disputes: list[Disputed]
    statement: Statement | None
    without_account: list[Part]


def read(owner: Membership, dealer: int, now: datetime) -> News:
    """What waits at ``now``: of all at once is asked whether there is any, and it is then read."""
    disputes = Dispute.objects.visible_to(owner).open_at(now)
    issued = Statement.objects.visible_to(owner).filter(issued_at__gt=now - NEW)
    *leads, disputed, new, unpaid = counted(
        *today.leads(owner, now),
        (disputes, "opened_at"),
        (issued, "issued_at"),
        (batches.nowhere_to_pay(dealer), "issued_at"),
    )
    return News(
        Dispatches.of(*leads),
        _waiting(disputes, now) if disputed.count else [],
        issued.select_related("run").first() if new.count else None,
        batches.due(now, dealer).without_account if unpaid.count else [],
    )


def _waiting(disputes: Iterable[Dispute], now: datetime) -> list[Disputed]:
    courses = [(each, Course.of(each, now)) for each in disputes]
    waiting = [Disputed(each, course.stage(now), course.due_at) for each, course in courses]
    return sorted(waiting, key=attrgetter("due_at"))
