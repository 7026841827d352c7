"""What waits as rows of which all is asked at once how many there are, and since when."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Min, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.home.known import Known
from config.home.waiting.item import Waiting, listed_at
from customers.models import Act, ActKind, Case, DispatchTerms, JunkState, Offer
from dealers.database import Counted
from dealers.models import AgreementVersion, FileImport
from dealers.words import aside, percent
from incentives.budgets import reading
from incentives.disputes.stages import Course, Stage
from incentives.models import (
    Adjustment,
    Dispute,
    PayoutBatch,
    Reward,
    RewardProgram,
    Run,
    Statement,
)
from training.models import CourseVersion

LEFT_PAID_FOR = timedelta(days=30)  # that a closed case which left orders as paid is named here
NAMED = 20  # drafts of a kind, each by itself


class Look(NamedTuple):
    """Rows that wait for whoever has a permission, the column since when, and what is said."""

    permission: str
    rows: Callable[[Known], Any]
    since: str
    say: Callable[[Any, Counted, Known], Iterator[Waiting]]


def _imports(rows: Any, found: Counted, _known: Known) -> Iterator[Waiting]:
    newest = rows.order_by("-started_at").first()
    yield Waiting(
        ngettext("%d import with errors", "%d imports with errors", found.count) % found.count,
        _("The newest: %(file)s, %(rows)d rows rejected")
        % {"file": newest.name, "rows": newest.rejected},
        listed_at("dealers_fileimport", problems="recent"),
        "bad",
        found.first,
    )


def _without_paper(_known: Known) -> Any:
    if not settings.PORTAL_PAPERS_AHEAD:
        return Statement.objects.none()  # they are made when they are asked for
    return Statement.objects.without_document()


def _statements(_rows: Any, found: Counted, _known: Known) -> Iterator[Waiting]:
    yield Waiting(
        ngettext("%d statement without PDF", "%d statements without PDF", found.count)
        % found.count,
        _("The worker makes them; if the number stays, look at its log."),
        listed_at("incentives_statement", pdf="missing"),
        "warn",
        found.first,
    )


def _to_approve(rows: Any, found: Counted, _known: Known) -> Iterator[Waiting]:
    first = rows.order_by("month").first()
    yield Waiting(
        ngettext(
            "%d month's statements to approve", "%d months' statements to approve", found.count
        )
        % found.count,
        _("Since %(month)s; nothing is paid before.") % {"month": first.name},
        listed_at("incentives_statementrelease"),
        "warn",
        first.closed_at,
    )


def _batches(rows: Any, found: Counted, _known: Known) -> Iterator[Waiting]:
    yield Waiting(
        ngettext("%d payout batch to approve", "%d payout batches to approve", found.count)
        % found.count,
        ", ".join(rows.order_by("made_at").values_list("number", flat=True)[:3]),
        listed_at("incentives_payoutbatch"),
        "warn",
        found.first,
    )


def _budgets(_rows: Any, _found: Counted, _known: Known) -> Iterator[Waiting]:
    pressing = reading.pressing()
    if pressing:
        yield Waiting(
            ngettext("%d budget to look at", "%d budgets to look at", len(pressing))
            % len(pressing),
            ", ".join(
                f"{each.budget.plan.local_name}{aside(percent(each.used, 1))}"
                for each in pressing[:3]
            ),
            listed_at("incentives_planbudget", state="force"),
            pressing[0].level,
        )


def _reviews(_rows: Any, found: Counted, _known: Known) -> Iterator[Waiting]:
    yield Waiting(
        ngettext("%d possible match is past its day", "%d possible matches are past their day",
                 found.count) % found.count,
        _("A planted number was typed: silence does not decide, you do"),
        listed_at("customers_act", kind__exact=ActKind.POSSIBLE),
        "warn",
        found.first,
    )  # fmt: skip


def _returned(rows: Any, found: Counted, _known: Known) -> Iterator[Waiting]:
    due = rows.aggregate(due=Min("return_due_at"))["due"]
    yield Waiting(
        ngettext("%d returned lead to look at", "%d returned leads to look at", found.count)
        % found.count,
        _("Without an answer they are taken back, the first on %(day)s")
        % {"day": f"{timezone.localtime(due):%Y-%m-%d %H:%M}"},
        listed_at("customers_offer", junk_state__exact=JunkState.ASKED.value),
        "warn",
        found.first,
    )


def _put_forward(rows: Any, _found: Counted, _known: Known) -> Iterator[Waiting]:
    """Drafts that somebody put forward, until somebody else approves each on its own page."""
    meta = rows.model._meta
    page = f"admin:{meta.app_label}_{meta.model_name}_publish"
    for draft in rows[:NAMED]:
        yield Waiting(
            _("“%(draft)s” waits to be approved") % {"draft": draft},
            _("Put forward by %(name)s; somebody else approves it.")
            % {"name": draft.tested_by or "–"},
            reverse(page, args=[draft.pk]),
            "warn",
            draft.tested_at,
        )


def _courses(rows: Any, found: Counted, _known: Known) -> Iterator[Waiting]:
    yield Waiting(
        ngettext("%d course draft", "%d course drafts", found.count) % found.count,
        ", ".join(map(str, rows.select_related("course")[:3])),
        listed_at("training_courseversion", state="draft"),
    )


def _left_paid(rows: Any, found: Counted, _known: Known) -> Iterator[Waiting]:
    orders = rows.aggregate(orders=Sum("left_paid"))["orders"]
    yield Waiting(
        ngettext(
            "%d case left orders of closed months as paid",
            "%d cases left orders of closed months as paid",
            found.count,
        )
        % found.count,
        _("%(count)d orders of the last 30 days to adjust in the open month") % {"count": orders},
        listed_at("customers_case", left_paid="some"),
        "warn",
        found.first,
    )


def _disputes(rows: Any, found: Counted, known: Known) -> Iterator[Waiting]:
    """Those that somebody has to decide; pressing once one of them is late."""
    at = known.at
    late = [each for each in rows if Course.of(each, at).stage(at) == Stage.ESCALATED]
    yield Waiting(
        ngettext("%d dispute to decide", "%d disputes to decide", found.count) % found.count,
        ngettext("%d of them is late", "%d of them are late", len(late)) % len(late)
        if late
        else _("Within five working days each"),
        listed_at("incentives_dispute", stage="late" if late else "waiting"),
        "bad" if late else "warn",
        found.first,
    )


def _adjustments(_rows: Any, found: Counted, _known: Known) -> Iterator[Waiting]:
    yield Waiting(
        ngettext(
            "%d adjustment waits for a second person",
            "%d adjustments wait for a second person",
            found.count,
        )
        % found.count,
        _("Another person than the one who proposed it approves it or declines it"),
        listed_at("incentives_adjustment", state="waiting"),
        "warn",
        found.first,
    )


def _rewards(_rows: Any, found: Counted, _known: Known) -> Iterator[Waiting]:
    yield Waiting(
        ngettext("%d reward is held", "%d rewards are held", found.count) % found.count,
        _("Look at the orders, and release or refuse it with a reason"),
        listed_at("incentives_reward", state="held"),
        "warn",
        found.first,
    )


COUNTED = (
    Look(
        "dealers.view_fileimport",
        lambda known: FileImport.objects.with_recent_problems(known.at),
        "started_at",
        _imports,
    ),
    Look(
        "incentives.view_statement",
        _without_paper,
        "issued_at",
        _statements,
    ),
    Look(
        "incentives.change_statementrelease",
        lambda _known: Run.objects.filter(release__isnull=True),
        "closed_at",
        _to_approve,
    ),
    Look(
        "incentives.change_payoutbatch",
        lambda _known: PayoutBatch.objects.filter(approved_at=None, withdrawn_at=None),
        "made_at",
        _batches,
    ),
    Look(
        "incentives.view_planbudget",
        lambda _known: reading.counted(),
        "standing__computed_at",
        _budgets,
    ),
    Look(
        "customers.view_dispatchterms",
        lambda _known: DispatchTerms.objects.to_approve(),
        "tested_at",
        _put_forward,
    ),
    Look(
        "customers.add_act",
        # About all others silence has decided by then.
        lambda known: Act.objects.in_review().filter(due_at__lt=known.at - timedelta(hours=1)),
        "due_at",
        _reviews,
    ),
    Look(
        "customers.change_offer",
        lambda _known: Offer.objects.looked_at(),
        "returned_at",
        _returned,
    ),
    Look(
        "dealers.view_agreementversion",
        lambda _known: AgreementVersion.objects.to_approve(),
        "tested_at",
        _put_forward,
    ),
    Look(
        "incentives.view_rewardprogram",
        lambda _known: RewardProgram.objects.to_approve(),
        "tested_at",
        _put_forward,
    ),
    Look(
        "training.view_courseversion",
        lambda _known: CourseVersion.objects.drafts(),
        "tested_at",
        _courses,
    ),
    Look(
        "customers.view_case",
        lambda known: Case.objects.filter(left_paid__gt=0, closed_at__gt=known.at - LEFT_PAID_FOR),
        "closed_at",
        _left_paid,
    ),
    Look(
        "incentives.view_dispute",
        lambda known: Dispute.objects.open_at(known.at),
        "opened_at",
        _disputes,
    ),
    Look(
        "incentives.view_adjustment",
        lambda _known: Adjustment.objects.waiting(),
        "proposed_at",
        _adjustments,
    ),
    Look(
        "incentives.add_rewardreview",
        lambda _known: Reward.objects.undecided(),
        "settlement__settled_at",
        _rewards,
    ),
)
