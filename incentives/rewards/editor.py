"""Reward programs from draft to publication: put forward by one, approved by another, announced."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from dealers import notices, publication, sayings
from dealers.actor import Actor
from dealers.currencies import minor_unit
from dealers.models import STORE_ROLES, Membership, NoticeKind, Role, User
from dealers.months import hq_day
from dealers.words import money
from incentives.boards import cohorts
from incentives.boards.metrics import FIGURES
from incentives.models import Cohort, Metric, Program, RewardKind, RewardProgram, Unit
from incentives.models.reward_programs import BY_PLACE

ANNOUNCED = gettext_noop("A new reward is announced. See what it is for, and how it is computed.")


@transaction.atomic
def publish(draft: RewardProgram, *, by: Actor, at: datetime) -> RewardProgram:
    """Promise it, with the notice that it names, and tell those whom it is for.

    Raises PublicationRefused.
    """
    program = WAY.publish(draft, by=by, at=at)
    notices.tell(
        participants(program, at),
        NoticeKind.REWARD,
        sayings.kept(ANNOUNCED),
        to=reverse("incentives:reward", args=[program.code]),
        about=f"announced:{program.code}",
        at=at,
    )
    return program


def problems(draft: RewardProgram, at: datetime) -> list[str]:
    """What stands against publishing a program at ``at``, in sentences."""
    return [*_time(draft, at), *_words(draft), *_board(draft), *_amounts(draft)]


WAY = publication.TwoPeople(problems)
put_forward, approve = WAY.put_forward, WAY.approve


def _time(draft: RewardProgram, at: datetime) -> list[str]:
    today = hq_day(at)
    earliest = today + timedelta(days=draft.notice_days)
    if draft.starts_on >= earliest:
        return []
    return [
        _(
            "It is announced %(days)d days before it starts: published today it can start on"
            " %(day)s at the earliest."
        )
        % {"days": draft.notice_days, "day": earliest.isoformat()}
    ]


def _words(draft: RewardProgram) -> list[str]:
    found = []
    if not draft.name_en:
        found.append(_("Write its name in English as well."))
    if bool(draft.badge) != bool(draft.badge_en):
        found.append(_("Write what the badge is called in both languages."))
    return found


def _board(draft: RewardProgram) -> list[str]:
    found, figure = [], FIGURES[Metric(draft.metric)]
    if draft.unit not in figure.units:
        found.append(
            _("There is no board of “%(figure)s” for %(unit)s.")
            % {"figure": Metric(draft.metric).label, "unit": Unit(draft.unit).label}
        )
    if draft.length not in figure.lengths:
        found.append(_("There is no such board over that length."))
    if draft.cohort:
        named = Cohort.objects.filter(code=draft.cohort, unit=cohorts.grouped(draft.unit))
        if draft.unit == Unit.REGION or not named.exists():
            found.append(
                _("There is no cohort “%(code)s” of them. Leave it empty for all of them.")
                % {"code": draft.cohort}
            )
    return found


def _amounts(draft: RewardProgram) -> list[str]:
    found, amounts = [], draft.amounts
    if draft.kind in BY_PLACE:
        if len(amounts) > (draft.places or 0):
            found.append(_("There are more amounts than places."))
        if amounts != sorted(amounts, reverse=True):
            found.append(_("Write the amounts falling: a better place gets no less."))
    elif len(amounts) > 1:
        found.append(_("Without places there is one amount."))
    unit = minor_unit(Program.current().currency)
    if any(each != each.quantize(unit) for each in [*amounts, draft.budget]):
        found.append(_("The currency has no unit as small as one of these amounts."))
    if amounts and not any(amounts):
        found.append(_("An amount is above zero; leave them empty for a badge alone."))
    if draft.kind in (RewardKind.FIRST, RewardKind.THRESHOLD) and not draft.goal:
        found.append(_("The figure to reach is above zero."))
    return found


def warnings(draft: RewardProgram) -> list[str]:
    """What does not stop it, and should be known."""
    if draft.kind not in BY_PLACE:
        return []
    several = Cohort.objects.filter(unit=cohorts.grouped(draft.unit)).count()
    count = 1 if draft.cohort else max(several, 1)
    most = count * sum(draft.amounts, Decimal(0))
    if draft.budget >= most:
        return []
    currency = Program.current().currency
    return [
        ngettext(
            "The places of %(count)d cohort come to %(sum)s, the budget is %(budget)s: where all"
            " are taken everybody gets less than their amount.",
            "The places of %(count)d cohorts come to %(sum)s, the budget is %(budget)s: where all"
            " are taken everybody gets less than their amount.",
            count,
        )
        % {"count": count, "sum": money(most, currency), "budget": money(draft.budget, currency)}
    ]


def participants(program: RewardProgram, at: datetime) -> Iterable[User]:
    """Those whom it is for: of dealers and stores who answers for them, people, or managers."""
    dealers = stores = Q()
    if program.cohort:
        compared = cohorts.stores(Unit(program.unit), program.cohort)
        dealers, stores = Q(dealer__stores__in=compared), Q(store__in=compared)
    match program.unit:
        case Unit.REGION:
            whom = Q(role=Role.REGIONAL_MANAGER)
        case Unit.DEALER:
            whom = dealers & Q(role=Role.OWNER)
        case Unit.STORE:
            whom = dealers & Q(role=Role.OWNER) | stores & Q(role=Role.STORE_MANAGER)
        case _:
            whom = stores & Q(role__in=STORE_ROLES)
    posts = Membership.objects.current(at).filter(whom)
    return User.objects.filter(pk__in=[post.user_id for post in posts])
