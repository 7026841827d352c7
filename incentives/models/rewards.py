"""What a frozen board gave by a reward program, what was held of it and why, and what was decided.

All of it is only ever added.
"""

from datetime import date
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from dealers import sayings
from dealers.bounds import MomentField, within
from dealers.codes import numbered
from dealers.models import Dealer, Membership, Region, Store, User
from dealers.triggers import append_only, no_truncate, refuses
from incentives.models.amounts import MONEY
from incentives.models.boards import Board
from incentives.models.bookings import REVIEWS_NEEDED
from incentives.models.books import Journal, Source
from incentives.models.reward_programs import RewardProgram

# As ``REVIEWS_NEEDED``, for querysets.
_NEEDED = Case(When(amount__gt=F("settlement__alone_up_to"), then=2), default=1)


def new_reward_code() -> str:
    return numbered("R")


class RewardSettlement(models.Model):
    """A program over one frozen board, settled: once, whoever asks for it how often."""

    program = models.ForeignKey(
        RewardProgram, models.PROTECT, db_index=False, related_name="settlements",
        verbose_name=_("reward program"),
    )  # fmt: skip
    board = models.ForeignKey(
        Board, models.PROTECT, related_name="settlements", verbose_name=_("board")
    )
    # What all rewards would come to without the budget, and what they come to.
    full = models.DecimalField(_("before the budget"), **MONEY)
    total = models.DecimalField(_("total"), **MONEY)
    currency = models.CharField(_("currency"), max_length=3)
    # Above it two people decide about a reward that is held: as it stood then.
    alone_up_to = models.DecimalField(_("limit for one person"), **MONEY)
    settled_at = MomentField(_("settled at"))
    recorded_at = MomentField(_("recorded at"), default=timezone.now)

    class Meta:
        verbose_name = _("settlement of rewards")
        verbose_name_plural = _("settlements of rewards")
        ordering = ("-settled_at", "-id")
        constraints: ClassVar = [
            within(
                "reward_settlement_between_1990_and_2200", moments=["settled_at", "recorded_at"]
            ),
            models.UniqueConstraint(
                name="reward_settlement_once_a_program_and_board", fields=["program", "board"]
            ),
            models.CheckConstraint(
                name="reward_settlement_is_within_what_it_would_be",
                condition=Q(total__gte=0, total__lte=F("full"), alone_up_to__gte=0),
            ),
        ]
        triggers: ClassVar = [
            append_only("reward_settlement_only_added"),
            no_truncate("reward_settlement_never_emptied"),
            refuses(
                "reward_settlement_of_a_frozen_board",
                """NOT EXISTS (
                    SELECT FROM incentives_rewardprogram AS p JOIN incentives_board AS b
                        ON (b.metric, b.unit, b.length) = (p.metric, p.unit, p.length)
                    WHERE p.id = NEW.program_id AND b.id = NEW.board_id
                    AND p.published_at IS NOT NULL AND b.frozen_at IS NOT NULL
                    AND b.starts_on >= p.starts_on AND b.starts_on < p.starts_on + p.periods
                        * CASE p.length WHEN 'week' THEN interval '7 days'
                            WHEN 'month' THEN interval '1 month' ELSE interval '3 months' END
                    AND NEW.total <= p.budget)""",
                "Rewards are those of a published program, for a frozen board, within the budget.",
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program.code} {self.board.starts_on}"


class RewardQuerySet(models.QuerySet["Reward"]):
    def visible_to(self, membership: Membership | None) -> Self:
        """Everybody's own; of a dealer and its stores the owner's, a store's its people's too."""
        if membership is None:
            return self.none()
        own = Q(person=membership.user_id)
        if membership.dealer_id is None:
            return self.filter(own)
        if membership.is_store_post:
            return self.filter(own | Q(store=membership.store_id, post=None))
        return self.filter(own | Q(dealer=membership.dealer_id))

    def with_state(self) -> Self:
        """With ``month`` and ``booked_at`` of its booking, None until then; and its settlement.

        ``releases`` and ``refusals`` are how many people said so of a held one, None for nobody.
        """
        journals = Journal.objects.filter(source=Source.REWARD, source_key=OuterRef("code"))
        said = RewardReview.objects.filter(reward=OuterRef("pk")).order_by().values("reward")
        count = said.annotate(count=Count("pk")).values("count")
        return self.annotate(
            month=Subquery(journals.values("period_id")[:1]),
            booked_at=Subquery(journals.values("effective_at")[:1]),
            releases=Subquery(count.filter(released=True)),
            refusals=Subquery(count.filter(released=False)),
        ).select_related("settlement__program", "settlement__board")

    def undecided(self) -> Self:
        """Held ones about which too few have said the same."""
        return self.with_state().filter(
            Q(releases__isnull=True) | Q(releases__lt=_NEEDED),
            Q(refusals__isnull=True) | Q(refusals__lt=_NEEDED),
            held=True,
        )

    def refused(self) -> Self:
        """Held ones that were refused."""
        return self.with_state().filter(held=True, refusals__gte=_NEEDED)

    def with_badge(self) -> Self:
        """Those that carry a badge and are not held, or have been released."""
        given = self.with_state().filter(Q(held=False) | Q(releases__gte=_NEEDED))
        return given.exclude(settlement__program__badge="")

    def booked(self) -> Self:
        """Those that are in the books."""
        return self.with_state().filter(month__isnull=False)

    def booked_in(self, months: list[date]) -> Self:
        """Those that are in the books of these months, in the order in which they came there."""
        return self.with_state().filter(month__in=months).order_by("booked_at", "pk")


class Reward(models.Model):
    """What one unit of a board gets: its place, the amount within the budget, and why.

    A dealer's and a store's amount is the dealer's, a person's and a regional manager's their own.
    """

    code = models.CharField(
        _("number"), max_length=12, unique=True, default=new_reward_code, editable=False
    )
    settlement = models.ForeignKey(
        RewardSettlement, models.PROTECT, db_index=False, related_name="rewards",
        verbose_name=_("settlement of rewards"),
    )  # fmt: skip
    cohort = models.CharField(_("cohort"), max_length=40)
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, null=True, blank=True, related_name="rewards",
        verbose_name=_("dealer"),
    )  # fmt: skip
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="rewards",
        verbose_name=_("store"),
    )  # fmt: skip
    post = models.ForeignKey(
        Membership, models.PROTECT, db_index=False, null=True, blank=True, related_name="rewards",
        verbose_name=_("post"),
    )  # fmt: skip
    region = models.ForeignKey(
        Region, models.PROTECT, db_index=False, null=True, blank=True, related_name="rewards",
        verbose_name=_("region"),
    )  # fmt: skip
    person = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="rewards",
        verbose_name=_("person"),
    )  # fmt: skip
    place = models.PositiveIntegerField(_("place"), null=True, blank=True)
    value = models.DecimalField(_("value"), max_digits=30, decimal_places=6)
    full = models.DecimalField(_("before the budget"), **MONEY)
    amount = models.DecimalField(_("amount"), **MONEY)
    # What the sentence "why this amount" needs besides: of how many places, shared by how many,
    # and when a goal was reached.
    explanation = models.JSONField(_("explanation"), default=dict)
    held = models.BooleanField(pgettext_lazy("a reward", "held"), default=False)

    objects = RewardQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("what a board gave", "reward")
        verbose_name_plural = pgettext_lazy("what boards gave", "rewards")
        ordering = ("-settlement", "cohort", "place", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="reward_once_a_settlement_and_unit",
                fields=["settlement", "dealer", "store", "post", "region", "person"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="reward_is_within_what_it_would_be",
                condition=Q(amount__gte=0, amount__lte=F("full")),
            ),
            # A person's is of their post, a regional manager's of the region.
            models.CheckConstraint(
                name="reward_names_who_gets_it",
                condition=Q(dealer__isnull=False, region__isnull=True, post__isnull=True)
                & Q(person__isnull=True)
                | Q(dealer__isnull=False, store__isnull=False, region__isnull=True)
                & Q(post__isnull=False, person__isnull=False)
                | Q(dealer__isnull=True, store__isnull=True, post__isnull=True)
                & Q(region__isnull=False, person__isnull=False),
            ),
        ]
        triggers: ClassVar = [
            append_only("reward_only_added"),
            no_truncate("reward_never_emptied"),
            refuses(
                "reward_is_within_its_settlement",
                """EXISTS (
                    SELECT FROM incentives_rewardsettlement AS s
                    JOIN incentives_reward AS r ON r.settlement_id = s.id
                    WHERE s.id IN (SELECT settlement_id FROM added)
                    GROUP BY s.id
                    HAVING sum(r.amount) > s.total OR sum(r.full) > s.full)""",
                "Rewards come to no more than the total of their settlement.",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def needed(self) -> int:
        """How many people have to say the same of it, if it is held."""
        return 2 if self.amount > self.settlement.alone_up_to else 1


class SuspicionSign(models.TextChoices):
    """What looks like a figure that somebody made for the reward."""

    OWN_NUMBER = "own_number", _("Own people as customers")
    BURST = "burst", _("One customer in a burst")
    SPLIT = "split", _("One purchase in many orders")
    RING = "ring", _("Bought and returned over and over")


class RewardSuspicion(models.Model):
    """Why a reward is held, with the orders or registrations that say so."""

    reward = models.ForeignKey(
        Reward, models.PROTECT, related_name="suspicions",
        verbose_name=pgettext_lazy("what a board gave", "reward"),
    )  # fmt: skip
    sign = models.CharField(_("sign"), max_length=12, choices=SuspicionSign)
    reason = models.CharField(_("reason"), max_length=1000)  # as sayings keep it
    orders = ArrayField(models.UUIDField(), verbose_name=_("orders"), default=list, blank=True)
    registrations = ArrayField(
        models.BigIntegerField(), verbose_name=_("registrations"), default=list, blank=True
    )

    class Meta:
        verbose_name = _("suspicion about a reward")
        verbose_name_plural = _("suspicions about rewards")
        ordering = ("reward", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="reward_suspicion_names_what_it_is_about",
                condition=Q(orders__len__gt=0) | Q(registrations__len__gt=0),
            ),
        ]
        triggers: ClassVar = [
            append_only("reward_suspicion_only_added"),
            no_truncate("reward_suspicion_never_emptied"),
            refuses(
                "reward_suspicion_is_of_a_held_reward",
                "NOT (SELECT held FROM incentives_reward WHERE id = NEW.reward_id)",
                "A reward with a suspicion is held.",
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reward} {self.get_sign_display()}"

    @property
    def why(self) -> str:
        """The reason, in the reader's language."""
        return sayings.read(self.reason)


class RewardReview(models.Model):
    """What one person at headquarters says of a held reward.

    Up to the limit one decides; above it the second one who says the same.
    """

    reward = models.ForeignKey(
        Reward, models.PROTECT, related_name="reviews",
        verbose_name=pgettext_lazy("what a board gave", "reward"),
    )  # fmt: skip
    released = models.BooleanField(_("released"))
    reason = models.CharField(_("reason"), max_length=1000)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = MomentField(_("at"))

    class Meta:
        verbose_name = _("review of a held reward")
        verbose_name_plural = _("reviews of held rewards")
        ordering = ("reward", "at", "pk")
        constraints: ClassVar = [
            within("reward_review_between_1990_and_2200", moments=["at"]),
            models.UniqueConstraint(
                name="reward_review_once_a_person", fields=["reward", "by"]
            ),
            models.CheckConstraint(name="reward_review_has_a_reason", condition=~Q(reason="")),
        ]  # fmt: skip
        triggers: ClassVar = [
            append_only("reward_review_only_added"),
            no_truncate("reward_review_never_emptied"),
            refuses(
                "reward_review_of_what_is_undecided",
                f"""NOT (SELECT r.held FROM incentives_reward AS r WHERE r.id = NEW.reward_id)
                OR EXISTS (
                    SELECT FROM incentives_rewardreview AS said
                    JOIN incentives_reward AS r ON r.id = said.reward_id
                    JOIN incentives_rewardsettlement AS s ON s.id = r.settlement_id
                    WHERE r.id = NEW.reward_id GROUP BY r.id, s.id
                    HAVING greatest(count(*) FILTER (WHERE said.released),
                        count(*) FILTER (WHERE NOT said.released))
                        >= {REVIEWS_NEEDED})""",  # noqa: S608 -- our own text
                "A held reward is decided once.",
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return str(self.reward)
