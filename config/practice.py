"""What courses ask of work and change in it, counted from the rows that it leaves."""

from datetime import date, datetime

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.dispatch.offers import judged
from customers.models import (
    Activity,
    Offer,
    OfferAnswer,
    Registration,
    contact_is_judged,
    contacted_in_time,
)
from customers.ownership.rulebook import day_start
from dealers.models import Membership
from training.effect import Counted, Figure
from training.practice_tasks import PracticeTask


def _registered(post: Membership, since: datetime, until: datetime) -> int:
    return _won(post, since, until).count()


def _contacted(post: Membership, since: datetime, until: datetime) -> int:
    return _won(post, since, until).filter(contacted_in_time("ownership__")).count()


def _won(post: Membership, since: datetime, until: datetime) -> QuerySet[Registration]:
    return Registration.objects.valid().filter(
        staff=post.user_id, received_at__gte=since, received_at__lte=until
    )


def _answered(post: Membership, since: datetime, until: datetime) -> int:
    return Offer.objects.filter(
        dealer=post.dealer_id,
        answered_by=post.user_id,
        answer__in=[OfferAnswer.ACCEPTED, OfferAnswer.DECLINED],
        answered_at__gte=since,
        answered_at__lte=until,
    ).count()


def _followed_up(post: Membership, since: datetime, until: datetime) -> int:
    return (
        Activity.objects.current()
        .filter(
            staff=post.user_id,
            registration__isnull=True,
            recorded_at__gte=since,
            recorded_at__lte=until,
        )
        .exclude(outcome="")
        .count()
    )


TASKS = (
    PracticeTask(
        "registered",
        _("Register customers"),
        _("Counted are registrations that made the customer your store's, and were not voided."),
        "customers:capture",
        _registered,
    ),
    PracticeTask(
        "contacted",
        _("Register customers and contact them in time"),
        _("Counted are registrations whose first contact came within the hours of the rulebook."),
        "customers:list",
        _contacted,
    ),
    PracticeTask(
        "followed_up",
        _("Record follow-ups with their result"),
        _("Counted are follow-ups with a result; a corrected one counts once."),
        "customers:list",
        _followed_up,
    ),
    PracticeTask(
        "dispatches",
        _("Answer dispatched customers in time"),
        _("Counted are those that you accepted or declined before their time was over."),
        "customers:dispatch",
        _answered,
    ),
)


def _in_time(first: date, end: date, at: datetime) -> Counted:
    rows = Registration.objects.valid().filter(received_on__gte=first, received_on__lt=end)
    counted = (
        rows.order_by()
        .values("store")
        .annotate(
            contacted=Count("pk", filter=contacted_in_time("ownership__")),
            judged=Count("pk", filter=contact_is_judged(at, "ownership__")),
        )
    )
    return {row["store"]: (row["contacted"], row["judged"]) for row in counted}


def _answered_in_time(first: date, end: date, at: datetime) -> Counted:  # noqa: ARG001 -- as all
    zone = timezone.get_default_timezone()
    rows = judged(Offer.objects.all(), day_start(first, zone), day_start(end, zone))
    counted = (
        rows.order_by()
        .values("store")
        .annotate(answered=Count("pk", filter=~Q(answer=OfferAnswer.MISSED)), due=Count("pk"))
    )
    return {row["store"]: (row["answered"], row["due"]) for row in counted}


FIGURES = (
    Figure(
        "contact",
        _("First contact in time"),
        _(
            "Of the registrations that won a customer and whose time for the first contact is"
            " over: how many were contacted within it."
        ),
        _in_time,
    ),
    Figure(
        "dispatch",
        _("Dispatches answered in time"),
        _("Of the customers dispatched to a store: how many it accepted or declined in time."),
        _answered_in_time,
    ),
)
