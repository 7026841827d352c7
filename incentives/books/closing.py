"""Closing a month: computed, booked, stated and ranked in one transaction, or not at all."""

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers import cutoff
from customers.models import current_sql, valid_sql
from dealers import notices, outbox, sayings
from dealers.actor import Actor
from dealers.models import Membership, NoticeKind, Role
from dealers.months import first_day
from dealers.months import key as month_key
from incentives import estimates
from incentives.boards import freeze
from incentives.books import following, holds, ledger, periods
from incentives.engine import evidence
from incentives.engine import month as engine
from incentives.engine.recorded import (
    A_PART,
    CONTACTED,
    CONTACTS,
    LATE,
    LATE_REGISTRATIONS,
    OF_THE_MONTH,
)
from incentives.engine.scope import Scope, components
from incentives.models import (
    ENGINE,
    FIRST_ENGINE,
    Component,
    Event,
    FailedClosing,
    Program,
    RewardProgram,
    Run,
    WhyNotClosed,
)
from incentives.statements import issue

# One closing at a time, in the whole installation.
_LOCK = 0x636C6F73

STATEMENT = gettext_noop("The statement of %(month)s is there.")
DONE = gettext_noop("%(month)s is closed, its statements are issued.")
FAILED = gettext_noop("%(month)s could not be closed. See why, and close it again.")


class ClosingRefused(Exception):
    """The message is written for the person who closes months."""


def close_period(
    month: date,
    by: Actor,
    at: datetime,
    progress: Callable[[str], None] = lambda _text: None,
) -> Run:
    """Close a month and return its run; a closed one is returned as it is, nothing changes.

    ``by`` closes it at the moment ``at``; ``progress`` is told each step in words. Raises
    ClosingRefused for a month before the first closed one, one that leaves a gap, and one that has
    not ended in every store; CutoffFailed while recording never pauses.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        done = _closed_or_refused(month, at)
        if done:
            return done
        # What is paid or adjusted in the month meanwhile waits, and is then refused.
        period = periods.take(month)
        # Only now that no other month is being closed: each knows more than the one before it.
        known_until = cutoff.known_until()
        progress(_("Counting what is known …"))
        # A bulk load may have come just before.
        _analyze(
            "customers_order, customers_attribution, customers_registration, customers_activity"
        )
        scope = Scope.of(month, known_until)
        run = Run.objects.create(
            month=month,
            known_until=known_until,
            closed_at=at,
            closed_by=by.user,
            inputs_hash=inputs_hash(scope),
            engine=ENGINE,
            certified_since=evidence.since(),
        )
        progress(_("Computing …"))
        evidence.keep(run)
        holds.keep(run, scope)
        engine.book(Scope.of_run(run))
        _analyze("incentives_result, incentives_line")
        _index_lines()
        progress(_("Booking and issuing statements …"))
        following.book(run, period, by=by)
        ledger.book(run)
        _analyze("incentives_account, incentives_journal, incentives_entry")
        issue.issue(run)
        progress(_("Freezing the boards …"))
        freeze.freeze_month(run)
        period.closed_run = run
        period.save(update_fields=["closed_run"])
        estimates.forget(month)
        outbox.add("incentives.tasks.render_statements_of", run.pk, at=at)
        if RewardProgram.objects.published().exists():
            # What the boards gave is booked in the month that is open from now on.
            outbox.add("incentives.tasks.settle_rewards", at=at)
        _tell(run, at)
    return run


def _tell(run: Run, at: datetime) -> None:
    """Tell the owners that their statement is there, and headquarters that the month is closed."""
    dealers = run.statements.values("dealer")
    posts = Membership.objects.current(at).filter(role=Role.OWNER, dealer__in=dealers)
    notices.tell(
        [post.user for post in posts.select_related("user")],
        NoticeKind.STATEMENT,
        sayings.kept(STATEMENT, month=[run.name]),
        to=reverse("incentives:earnings-month", args=[run.month]),
        about=run.name,
        at=at,
    )
    _tell_headquarters(sayings.kept(DONE, month=[run.name]), f"closed:{run.name}", at)


def _tell_headquarters(said: str, about: str, at: datetime) -> None:
    notices.tell(
        notices.headquarters("incentives.add_run"),
        NoticeKind.CLOSING,
        said,
        to=reverse("admin:incentives_run_changelist"),
        about=about,
        at=at,
    )


def close_due(month: date, by: Actor, at: datetime) -> Run:
    """Close a month as ``close_period`` does, and keep why it was not, for who looks for it."""
    try:
        return close_period(month, by, at)
    except Exception as failure:
        FailedClosing.objects.create(month=month, failed_at=at, by=by.user, why=_why(failure))
        if not isinstance(failure, ClosingRefused):
            said = sayings.kept(FAILED, month=[month_key(month)])
            _tell_headquarters(said, f"failed:{month:%Y-%m}:{at:%Y-%m-%d}", at)
        raise


def _why(failure: Exception) -> WhyNotClosed:
    match failure:
        case ClosingRefused():
            return WhyNotClosed.NOT_DUE
        case cutoff.CutoffFailed():
            return WhyNotClosed.BUSY
        case issue.StatementMismatch():
            return WhyNotClosed.MISMATCH
        case _:
            return WhyNotClosed.BROKEN


def _analyze(tables: str) -> None:
    """Tell the planner what is in them: believed empty, they cost a hundred times as much."""
    with connection.cursor() as cursor:
        # The server's own vacuum gives way to who waits, but only after a second.
        cursor.execute("SET LOCAL lock_timeout = 0")
        cursor.execute(f"ANALYZE {tables}")


def _index_lines() -> None:
    """Tell the index which lines are where; the next vacuum would, but people look before it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT brin_summarize_new_values(oid) FROM pg_class"
            " WHERE oid = 'line_result'::regclass AND pg_has_role(relowner, 'USAGE')"
        )


def _closed_or_refused(month: date, at: datetime) -> Run | None:
    if month != first_day(month):
        raise ClosingRefused(_("Name a month by its first day."))
    last = Run.objects.last_closed()
    if last and month <= last.month:
        done = Run.objects.filter(month=month).first()
        if done:
            return done
        raise ClosingRefused(
            _("%(last)s is closed already, so %(month)s can no longer be.")
            % {"last": month_key(last.month), "month": month_key(month)}
        )
    due = periods.next_to_close()
    if due and month > due:
        raise ClosingRefused(
            _("Close %(due)s first; months are closed in their order.") % {"due": month_key(due)}
        )
    if not periods.has_ended(month, at):
        raise ClosingRefused(
            _("%(month)s has not ended in every store yet.") % {"month": month_key(month)}
        )
    return None


def inputs_hash(scope: Scope, engine: int = ENGINE) -> str:
    """A hash of what a month's computation takes in: its terms, its cut-off and its facts.

    The facts enter as counts, sums and an order-independent hash of all that an amount depends on.
    A run keeps the hash of its ``engine``: the first took in less.
    """
    counting = components(scope)
    inputs: dict[str, Any] = {
        "month": scope.month.isoformat(),
        "known_until": scope.known_until.isoformat() if scope.known_until else None,
        "terms": [_terms(component, engine) for component in counting],
    }
    if engine > FIRST_ENGINE:
        inputs["currency"] = Program.current().currency
    with connection.cursor() as cursor:
        cursor.execute(_FACTS if engine > FIRST_ENGINE else _FIRST_FACTS, scope.params)
        inputs["facts"] = [str(value) for value in cursor.fetchone()]
        # Only where they are counted: what was closed before anything did keeps its hash.
        if any(component.event == Event.FIRST_CONTACT for component in counting):
            cursor.execute(_CONTACTS, scope.params | {"contacts": True})
            inputs["contacts"] = [str(value) for value in cursor.fetchone()]
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def _terms(component: Component, engine: int) -> list[Any]:
    terms: list[Any] = [
        *(component.version.plan.code, component.version.number, component.code),
        *(component.kind, component.event, component.to, sorted(component.places)),
        *(component.by_share, component.clawback, component.clawback_days),
        str(component.period_cap),
        [[str(row.starts_at), str(row.rate)] for row in component.rows.all()],
    ]
    if engine > FIRST_ENGINE:
        # Not the end: it is set when a successor is published, after months were closed.
        terms += [component.version.plan.direction, str(component.version.starts_on)]
    if component.gates:  # which came later: what has none is hashed as before there were any
        terms.append(list(component.gates))
    if component.agreement_from:
        terms.append(["agreement_from", str(component.agreement_from)])
    if component.of_leads:
        terms.append("of_leads")
    return terms


def _facts(
    *,
    holders: str,
    order: str,
    orders: Iterable[str],
    registration: str,
    valid: str,
    lates: Iterable[tuple[bool, str]],
) -> str:
    """SQL for what a month sees: facts of its own, and of closed months that came late.

    ``order`` and ``registration`` are the hashes of a row, ``holders`` and ``valid`` say which;
    ``orders`` are conditions of which a row fulfils one, ``lates`` those on registrations that came
    late, and on such as come back.
    """
    late = "\nUNION ALL\n".join(
        f"""SELECT {f"hashint8extended({registration}, 1)" if back else registration}
        FROM customers_registration g WHERE {condition}"""
        for back, condition in lates
    )
    seen = f"""SELECT abs(o.signed_net) AS net, {order} AS hash FROM customers_attribution o
    WHERE {holders} AND recorded_at <= %(known_until)s AND {current_sql("o", "%(known_until)s")}"""
    counting = "\n    UNION ALL\n    ".join(f"{seen} AND {each}" for each in orders)
    return f"""
WITH orders AS (
    {counting}
),
registrations AS (
    SELECT {registration} AS hash FROM customers_registration g
    WHERE {valid} AND received_on >= %(month)s AND received_on < %(month_end)s
    UNION ALL
    {late}
)
SELECT
    (SELECT count(*) FROM orders), (SELECT coalesce(sum(net), 0) FROM orders),
    (SELECT coalesce(bit_xor(hash), 0) FROM orders),
    (SELECT count(*) FROM registrations), (SELECT coalesce(bit_xor(hash), 0) FROM registrations)
"""


_FIRST_VALID = "g.answer = 'yours' AND g.recorded_at <= %(known_until)s"
_FIRST_FACTS = _facts(
    holders="o.holder = 'owner'",
    order="uuid_hash_extended(o.order_id, hash_numeric_extended(abs(o.signed_net), o.dealer_id))",
    orders=(
        "counts_on >= %(month)s AND counts_on < %(month_end)s",
        "counts_on >= %(first_closed)s AND counts_on < %(first_open)s"
        " AND recorded_at > %(late_since)s",
    ),
    registration="hashint8extended(g.id, g.dealer_id)",
    valid=_FIRST_VALID,
    lates=[
        (
            False,
            f"{_FIRST_VALID} AND received_on >= %(first_closed)s AND received_on < %(first_open)s"
            " AND recorded_at > %(late_since)s",
        )
    ],
)
_FACTS = _facts(
    holders=A_PART,
    order="""hash_record_extended(ROW(o.order_id, o.version, o.sale_id, o.ordered_at, o.counts_on,
        o.holder, o.dealer_id, o.store_id, o.share, o.sold_by, o.quantity, o.signed_net), 0)
    """,
    orders=(OF_THE_MONTH, *LATE),
    registration="hash_record_extended(ROW(g.id, g.dealer_id, g.received_at, g.received_on), 0)",
    valid=valid_sql("g", "%(known_until)s"),
    lates=LATE_REGISTRATIONS,
)
_COUNTING = "\nUNION ALL\n".join(
    f"""SELECT hash_record_extended(ROW(g.id, g.dealer_id, g.at, g.day), {int(back)}) AS hash
    FROM contacted g WHERE {counts}"""
    for back, counts in CONTACTS
)
_CONTACTS = f"""
WITH {CONTACTED}
SELECT count(*), coalesce(bit_xor(hash), 0) FROM ({_COUNTING}) AS counted
"""
