"""What waits for headquarters, the most pressing first: on the admin's first page."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Min, Sum, Window
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import Act, ActKind, Case, DispatchTerms, JunkState, Offer, Rulebook
from customers.ownership import limits
from dealers.models import AgreementVersion, FileImport, Invitation, User
from dealers.months import midnight, next_month
from dealers.publication import Publication
from dealers.signin import tries
from dealers.words import aside, percent
from incentives.books import periods
from incentives.budgets import reading
from incentives.disputes.stages import Course, Stage
from incentives.models import (
    Adjustment,
    Dispute,
    PayoutBatch,
    PlanVersion,
    Reward,
    RewardProgram,
    Run,
    Statement,
)
from training.models import CourseVersion

LEFT_PAID_FOR = timedelta(days=30)  # that a closed case which left orders as paid is named here
PAUSED_FOR = 300  # seconds that the number of pauses may be old
DRAFTS = {"published_at__isempty": 1}
NAMED = 20  # drafts of a kind, each by itself


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something to do, where, how pressing it is (bad, warn or nothing), and since when."""

    title: str
    detail: str
    url: str
    level: str = ""
    since: datetime | None = None
    days: int = 0  # that it has waited


def waiting_for(user: User, at: datetime) -> list[Waiting]:
    """What waits for this person, as far as their groups let them see it.

    The most pressing first, of these what has waited longest.
    """
    found: list[Waiting] = []
    for permission, look in LOOKS:
        if user.has_perm(permission):
            found += look(at)
    aged = [replace(each, days=(at - each.since).days if each.since else 0) for each in found]
    return sorted(aged, key=lambda each: (("bad", "warn", "").index(each.level), -each.days))


def _list(model: str, **query: object) -> str:
    address = reverse(f"admin:{model}_changelist")
    return f"{address}?{urlencode(query)}" if query else address


def _imports(at: datetime) -> Iterator[Waiting]:
    problems = FileImport.objects.with_recent_problems(at).annotate(
        all=Window(Count("pk")), oldest=Window(Min("started_at"))
    )
    newest = problems.order_by("-started_at").first()
    if newest:
        yield Waiting(
            ngettext("%d import with errors", "%d imports with errors", newest.all) % newest.all,
            _("The newest: %(file)s, %(rows)d rows rejected")
            % {"file": newest.name, "rows": newest.rejected},
            _list("dealers_fileimport", problems="recent"),
            "bad",
            newest.oldest,
        )


def _months(at: datetime) -> Iterator[Waiting]:
    due = periods.months_due(at)
    if due:
        yield Waiting(
            ngettext("%d month to close", "%d months to close", len(due)) % len(due),
            _("Next: %(month)s") % {"month": f"{due[0]:%Y-%m}"},
            _list("incentives_run"),
            "warn" if len(due) == 1 else "bad",
            midnight(next_month(due[0])),
        )


def _statements(_at: datetime) -> Iterator[Waiting]:
    if not settings.PORTAL_PAPERS_AHEAD:
        return  # they are made when they are asked for
    missing = Statement.objects.without_document().aggregate(
        count=Count("pk"), oldest=Min("issued_at")
    )
    if count := missing["count"]:
        yield Waiting(
            ngettext("%d statement without PDF", "%d statements without PDF", count) % count,
            _("The worker makes them; if the number stays, look at its log."),
            _list("incentives_statement", pdf="missing"),
            "warn",
            missing["oldest"],
        )


def _to_approve(_at: datetime) -> Iterator[Waiting]:
    closed = list(
        Run.objects.filter(release__isnull=True).order_by("month").values_list("month", "closed_at")
    )
    if closed:
        yield Waiting(
            ngettext(
                "%d month's statements to approve", "%d months' statements to approve", len(closed)
            )
            % len(closed),
            _("Since %(month)s; nothing is paid before.") % {"month": f"{closed[0][0]:%Y-%m}"},
            _list("incentives_statementrelease"),
            "warn",
            closed[0][1],
        )


def _batches(_at: datetime) -> Iterator[Waiting]:
    made = PayoutBatch.objects.filter(approved_at=None, withdrawn_at=None)
    waiting = list(made.order_by("made_at").values_list("number", "made_at"))
    if waiting:
        yield Waiting(
            ngettext("%d payout batch to approve", "%d payout batches to approve", len(waiting))
            % len(waiting),
            ", ".join(number for number, _made_at in waiting[:3]),
            _list("incentives_payoutbatch"),
            "warn",
            waiting[0][1],
        )


def _budgets(_at: datetime) -> Iterator[Waiting]:
    pressing = reading.pressing()
    if pressing:
        yield Waiting(
            ngettext("%d budget to look at", "%d budgets to look at", len(pressing))
            % len(pressing),
            ", ".join(
                f"{each.budget.plan.local_name}{aside(percent(each.used, 1))}"
                for each in pressing[:3]
            ),
            _list("incentives_planbudget", state="force"),
            pressing[0].level,
        )


def _rulebooks(_at: datetime) -> Iterator[Waiting]:
    rulebooks = list(Rulebook.objects.select_related("tested_by"))
    if not any(each.published_at for each in rulebooks):
        yield Waiting(
            _("No rulebook is published"),
            _("Nothing can be registered until one is."),
            _list("customers_rulebook"),
            "bad",
        )
    names = []
    for draft in rulebooks:
        if draft.published_at is None and draft.tested_at and not draft.approved_at:
            yield Waiting(
                _("“%(rulebook)s” waits to be approved") % {"rulebook": draft},
                _("Tested by %(name)s; somebody else approves it.")
                % {"name": draft.tested_by or "–"},
                reverse("admin:customers_rulebook_change", args=[draft.pk]),
                "warn",
                draft.tested_at,
            )
        elif draft.published_at is None:
            names.append(draft.name)
    if names:
        yield Waiting(
            ngettext("%d rulebook draft", "%d rulebook drafts", len(names)) % len(names),
            ", ".join(names[:3]),
            _list("customers_rulebook", **DRAFTS),
        )


def _reviews(at: datetime) -> Iterator[Waiting]:
    # About all others silence has decided by then.
    late = Act.objects.in_review().filter(due_at__lt=at - timedelta(hours=1))
    found = late.aggregate(count=Count("pk"), oldest=Min("due_at"))
    if count := found["count"]:
        yield Waiting(
            ngettext("%d possible match is past its day", "%d possible matches are past their day",
                     count) % count,
            _("A planted number was typed: silence does not decide, you do"),
            _list("customers_act", kind__exact=ActKind.POSSIBLE),
            "warn",
            found["oldest"],
        )  # fmt: skip


def _returned(_at: datetime) -> Iterator[Waiting]:
    asked = Offer.objects.looked_at().aggregate(
        count=Count("pk"), oldest=Min("returned_at"), due=Min("return_due_at")
    )
    if count := asked["count"]:
        yield Waiting(
            ngettext("%d returned lead to look at", "%d returned leads to look at", count) % count,
            _("Without an answer they are taken back, the first on %(day)s")
            % {"day": f"{timezone.localtime(asked['due']):%Y-%m-%d %H:%M}"},
            _list("customers_offer", junk_state__exact=JunkState.ASKED.value),
            "warn",
            asked["oldest"],
        )


def _terms(_at: datetime) -> Iterator[Waiting]:
    for draft in DispatchTerms.objects.to_approve()[:NAMED]:
        yield _put_forward(draft, _("“%(terms)s” wait to be approved") % {"terms": draft})


def _agreements(_at: datetime) -> Iterator[Waiting]:
    for draft in AgreementVersion.objects.to_approve()[:NAMED]:
        yield _put_forward(draft, _("“%(version)s” waits to be approved") % {"version": draft})


def _reward_programs(_at: datetime) -> Iterator[Waiting]:
    for draft in RewardProgram.objects.to_approve()[:NAMED]:
        yield _put_forward(draft, _("“%(program)s” waits to be approved") % {"program": draft})


def _put_forward(draft: Publication, title: str) -> Waiting:
    """A draft that somebody put forward, until somebody else approves it on its own page."""
    page = f"admin:{draft._meta.app_label}_{draft._meta.model_name}_publish"
    return Waiting(
        title,
        _("Put forward by %(name)s; somebody else approves it.") % {"name": draft.tested_by or "–"},
        reverse(page, args=[draft.pk]),
        "warn",
        draft.tested_at,
    )


def _plans(_at: datetime) -> Iterator[Waiting]:
    drafts = list(PlanVersion.objects.drafts().select_related("plan").order_by("starts_on"))
    if drafts:
        yield Waiting(
            ngettext("%d plan draft", "%d plan drafts", len(drafts)) % len(drafts),
            ", ".join(map(str, drafts[:3])),
            _list("incentives_planversion", **DRAFTS),
        )


def _courses(_at: datetime) -> Iterator[Waiting]:
    drafts = list(CourseVersion.objects.drafts().select_related("course"))
    if drafts:
        yield Waiting(
            ngettext("%d course draft", "%d course drafts", len(drafts)) % len(drafts),
            ", ".join(map(str, drafts[:3])),
            _list("training_courseversion", state="draft"),
        )


def _paused(at: datetime) -> Iterator[Waiting]:
    count = cache.get("waiting:pauses")
    if count is None:
        count = len(limits.pauses(at))
        cache.set("waiting:pauses", count, PAUSED_FOR)
    if count:
        yield Waiting(
            ngettext("%d person paused", "%d people paused", count) % count,
            _("Too many of their last registrations were protected elsewhere."),
            reverse("admin:customers_registration_paused"),
            "warn",
        )


def _guessing(at: datetime) -> Iterator[Waiting]:
    if count := tries.alarms(at):
        yield Waiting(
            ngettext("%d alarm at the login", "%d alarms at the login", count) % count,
            _("Within an hour strangers tried far more often than usual. Look at the log."),
            _list("dealers_user"),
            "bad",
        )


def _consents(at: datetime) -> Iterator[Waiting]:
    open_still = Invitation.objects.waiting_for_consent(at).aggregate(
        count=Count("pk"), oldest=Min("invited_at")
    )
    if count := open_still["count"]:
        yield Waiting(
            ngettext("%d further owner", "%d further owners", count) % count,
            _("An owner of the dealer or another person than the sender has to agree."),
            _list("dealers_invitation", state="consent"),
            "warn",
            open_still["oldest"],
        )


def _left_paid(at: datetime) -> Iterator[Waiting]:
    closed = Case.objects.filter(left_paid__gt=0, closed_at__gt=at - LEFT_PAID_FOR).aggregate(
        count=Count("pk"), orders=Sum("left_paid"), oldest=Min("closed_at")
    )
    if count := closed["count"]:
        yield Waiting(
            ngettext(
                "%d case left orders of closed months as paid",
                "%d cases left orders of closed months as paid",
                count,
            )
            % count,
            _("%(count)d orders of the last 30 days to adjust in the open month")
            % {"count": closed["orders"]},
            _list("customers_case", left_paid="some"),
            "warn",
            closed["oldest"],
        )


def _disputes(at: datetime) -> Iterator[Waiting]:
    """Those that somebody has to decide; pressing once one of them is late."""
    found = list(Dispute.objects.open_at(at).order_by("opened_at"))
    if not found:
        return
    late = [each for each in found if Course.of(each, at).stage(at) == Stage.ESCALATED]
    yield Waiting(
        ngettext("%d dispute to decide", "%d disputes to decide", len(found)) % len(found),
        ngettext("%d of them is late", "%d of them are late", len(late)) % len(late)
        if late
        else _("Within five working days each"),
        _list("incentives_dispute", stage="late" if late else "waiting"),
        "bad" if late else "warn",
        found[0].opened_at,
    )


def _adjustments(_at: datetime) -> Iterator[Waiting]:
    waiting = Adjustment.objects.waiting().aggregate(count=Count("pk"), oldest=Min("proposed_at"))
    if count := waiting["count"]:
        yield Waiting(
            ngettext(
                "%d adjustment waits for a second person",
                "%d adjustments wait for a second person",
                count,
            )
            % count,
            _("Another person than the one who proposed it approves it or declines it"),
            _list("incentives_adjustment", state="waiting"),
            "warn",
            waiting["oldest"],
        )


def _rewards(_at: datetime) -> Iterator[Waiting]:
    held = Reward.objects.undecided().order_by()
    waiting = held.aggregate(count=Count("pk"), oldest=Min("settlement__settled_at"))
    if count := waiting["count"]:
        yield Waiting(
            ngettext("%d reward is held", "%d rewards are held", count) % count,
            _("Look at the orders, and release or refuse it with a reason"),
            _list("incentives_reward", state="held"),
            "warn",
            waiting["oldest"],
        )


LOOKS = (
    ("dealers.view_fileimport", _imports),
    ("incentives.view_run", _months),
    ("incentives.view_statement", _statements),
    ("incentives.change_statementrelease", _to_approve),
    ("incentives.change_payoutbatch", _batches),
    ("incentives.view_planbudget", _budgets),
    ("customers.view_rulebook", _rulebooks),
    ("customers.view_dispatchterms", _terms),
    ("customers.add_act", _reviews),
    ("customers.change_offer", _returned),
    ("dealers.view_agreementversion", _agreements),
    ("incentives.view_planversion", _plans),
    ("incentives.view_rewardprogram", _reward_programs),
    ("training.view_courseversion", _courses),
    ("dealers.change_invitation", _consents),
    ("dealers.view_membership", _paused),
    ("dealers.view_user", _guessing),
    ("customers.view_case", _left_paid),
    ("incentives.view_dispute", _disputes),
    ("incentives.view_adjustment", _adjustments),
    ("incentives.add_rewardreview", _rewards),
)
