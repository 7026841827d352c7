"""What several parts of the admin's first page tell of, each read once."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Count, Exists, OuterRef, Q

from customers.models import Rulebook
from dealers.database import Counted, counted
from dealers.models import Invitation, Store
from dealers.months import hq_day, hq_midnight
from incentives.books import periods
from incentives.figures import won
from incentives.models import PlanVersion, Run

AHEAD = timedelta(days=60)  # how far deadlines are looked for


@dataclass(frozen=True)
class Known:
    """Rulebooks, plans, months and invitations as of one moment; read when they are asked for."""

    at: datetime

    @cached_property
    def today(self) -> date:
        return hq_day(self.at)

    @cached_property
    def rulebooks(self) -> list[Rulebook]:
        return list(Rulebook.objects.select_related("tested_by"))

    @cached_property
    def versions(self) -> list[PlanVersion]:
        """The plan versions that are not published, and those that begin or end soon."""
        day = self.today
        to_come = Q(starts_on__gt=day) | Q(ends_on__gt=day, ends_on__lte=day + AHEAD)
        found = PlanVersion.objects.filter(Q(published_at__isnull=True) | to_come)
        return list(found.select_related("plan").order_by("starts_on"))

    @cached_property
    def invitations(self) -> list[Counted]:
        """The open invitations, and those of further owners that nobody has agreed to yet."""
        rows = Invitation.objects
        return counted(
            (rows.open(self.at), "invited_at"), (rows.waiting_for_consent(self.at), "invited_at")
        )

    @cached_property
    def consents(self) -> list[Invitation]:
        """The latter, who ends first."""
        if not self.invitations[1].count:
            return []
        return list(Invitation.objects.waiting_for_consent(self.at).order_by("expires_at"))

    @cached_property
    def trading(self) -> dict[str, int]:
        """How many stores and dealers trade, and have a valid registration this month."""
        month = self.today.replace(day=1)
        begins = hq_midnight(month)
        # By the index of a store's registrations; a day begins earlier in some time zones.
        here = won().filter(store=OuterRef("pk"), received_at__gte=begins - timedelta(days=1))
        registered = Q(Exists(here.filter(received_on__gte=month)))
        return Store.objects.open(begins).aggregate(
            all=Count("pk"),
            active=Count("pk", filter=registered),
            dealers=Count("dealer", distinct=True),
            active_dealers=Count("dealer", distinct=True, filter=registered),
        )

    @cached_property
    def to_close(self) -> date | None:
        """The month that is closed next."""
        last = self.last_closed
        return periods.to_close_after(last.month if last else None)

    @cached_property
    def last_closed(self) -> Run | None:
        """The run of the last closed month, with what its statements come to."""
        last = Run.objects.order_by("-month").values("month")[:1]
        return Run.objects.filter(month=last).with_sums().first()
