"""The rates of boards: who buys, who is called in time, what is answered, what was learnt."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import ngettext

from customers.models import valid_sql
from incentives.boards.conversion import bought_sql
from incentives.boards.figure import Rate, Summed, by_unit, only, ratio
from incentives.boards.own import not_own
from incentives.figures import Cohort
from incentives.models import Fact, Unit


class Part(Rate, Summed):
    """A rate of events, of each of which it is known whether it is of the part."""

    def result(self) -> str:
        return ratio()


class Conversion(Part):
    facts = frozenset({Fact.GAINED, Fact.BOUGHT, Fact.POSTED})
    by_day = False
    row = "g"
    day = "%(end)s::date - 1"  # whenever somebody registered: it is how it stands at the end
    person = "g.staff_id"

    def days(self, start: date, end: date, as_of: date) -> dict[str, Any]:
        # Not before the end: while a month runs, yesterday's registrations would be old enough.
        cohort = Cohort(as_of)
        ages = {"registered_from": cohort.first, "registered_until": cohort.last}
        return super().days(start, end, as_of) | ages

    def events(self, columns: str, join: str = "", *, some: bool) -> str:
        return f"""
            SELECT {columns}, 1 AS n,
                {bought_sql("g", "%(known_until)s", "%(as_of)s")}::int AS part
            FROM customers_registration g {join}
            WHERE g.received_on BETWEEN %(registered_from)s AND %(registered_until)s
            AND {valid_sql("g", "%(known_until)s")}{not_own("g")}{only("g", some=some)}"""

    def words(self, work: int) -> str:
        return ngettext(
            "%(count)d more customer who buys", "%(count)d more customers who buy", work
        ) % {"count": work}  # fmt: skip


class Contact(Part):
    """The rule of ``customers.models.contacted_in_time`` and ``contact_is_judged``."""

    facts = frozenset({Fact.GAINED, Fact.CONTACTED, Fact.POSTED})
    row, day, person = "g", "g.received_on", "g.staff_id"

    def events(self, columns: str, join: str = "", *, some: bool) -> str:
        return f"""
            SELECT {columns}, 1 AS n, (o.contacted_at IS NOT NULL AND
                (o.contact_due_at IS NULL OR o.contacted_at <= o.contact_due_at))::int AS part
            FROM customers_registration g JOIN customers_ownership o ON o.id = g.ownership_id {join}
            WHERE g.received_on >= %(start)s AND g.received_on < %(end)s
            AND {valid_sql("g", "%(known_until)s")}
            AND (o.contacted_at IS NOT NULL OR o.contact_due_at < least(%(known_until)s, now()))
            {not_own("g")}{only("g", some=some)}"""

    def words(self, work: int) -> str:
        return ngettext(
            "%(count)d more customer contacted in time",
            "%(count)d more customers contacted in time",
            work,
        ) % {"count": work}


class Dispatch(Part):
    """Offers count on the store's own day; what was taken back, or waits still, does not."""

    facts = frozenset({Fact.ANSWERED})
    row, person = "f", "f.answered_by_id"
    day = "(f.offered_at AT TIME ZONE place.timezone)::date"

    def events(self, columns: str, join: str = "", *, some: bool) -> str:
        return f"""
            SELECT {columns}, 1 AS n, (f.answer <> 'missed')::int AS part
            FROM customers_offer f JOIN dealers_store place ON place.id = f.store_id {join}
            WHERE f.answer NOT IN ('', 'withdrawn') AND f.answered_at <= %(known_until)s
            AND f.offered_at >= %(start)s::date - 1 AND f.offered_at < %(end)s::date + 1
            AND {self.day} >= %(start)s AND {self.day} < %(end)s
            {only("f", some=some)}"""

    def words(self, work: int) -> str:
        return ngettext(
            "%(count)d more dispatch answered in time",
            "%(count)d more dispatches answered in time",
            work,
        ) % {"count": work}


@dataclass(frozen=True)
class Training(Rate):
    """Of what the posts require, held against ``training.readiness``; as it was at the end."""

    facts: ClassVar[frozenset[Fact]] = frozenset({Fact.LEARNT, Fact.POSTED})
    by_day: ClassVar[bool] = False

    def counted(self, unit: Unit, *, some: bool, kept: str) -> str:  # noqa: ARG002 -- not added up
        # The end of the board's days, or now while they run.
        zone = f"'{settings.TIME_ZONE}'"
        at = f"least(%(as_of)s::timestamp AT TIME ZONE {zone}, %(known_until)s, now())"
        key, join = by_unit(unit, "m0", "m0.user_id")
        begun = f"(m0.starts_at AT TIME ZONE {zone})::date"
        placed = "" if unit == Unit.DEALER else "AND m0.store_id IS NOT NULL"
        wanted = f"""
            SELECT DISTINCT {key} AS unit_id, m0.user_id, a.course_id
            FROM dealers_membership m0 JOIN dealers_dealer d ON d.id = m0.dealer_id {join}
            JOIN training_assignment a ON a.required AND a.role = m0.role
                AND (a.region_id IS NULL OR a.region_id = d.region_id)
                AND (a.store_id IS NULL OR a.store_id = m0.store_id)
                AND (a.joined_from IS NULL OR a.joined_from <= {begun})
                AND (a.joined_until IS NULL OR a.joined_until >= {begun})
                AND a.assigned_at < {at}
            WHERE m0.starts_at < {at} AND (m0.ends_at IS NULL OR m0.ends_at >= {at}) {placed}
            AND EXISTS (SELECT FROM training_courseversion v WHERE v.course_id = a.course_id
                AND v.published_at < {at} AND NOT EXISTS (SELECT FROM training_withdrawal w
                    WHERE w.version_id = v.id AND w.at <= {at}))"""
        if some:
            wanted += """ AND (m0.store_id = ANY(%(stores)s) OR m0.store_id IS NULL
                AND m0.dealer_id IN (SELECT dealer_id FROM dealers_store
                    WHERE id = ANY(%(stores)s)))"""
        rows = f"""
            SELECT wanted.unit_id, EXISTS (
                SELECT FROM training_certificate c
                JOIN training_enrollment e ON e.id = c.enrollment_id
                JOIN training_courseversion v ON v.id = e.version_id
                WHERE e.user_id = wanted.user_id AND v.course_id = wanted.course_id
                AND c.issued_at < {at} AND (c.valid_until IS NULL OR c.valid_until >= {at})
                AND NOT EXISTS (SELECT FROM training_withdrawal w
                    WHERE w.version_id = v.id AND w.at <= {at})) AS part
            FROM ({wanted}) wanted"""
        return f"""
            SELECT unit_id, {ratio("sum(part::int)", "count(*)")}
            FROM ({rows}) counted GROUP BY unit_id"""

    def words(self, work: int) -> str:
        return ngettext(
            "%(count)d more required course passed", "%(count)d more required courses passed", work
        ) % {"count": work}  # fmt: skip
