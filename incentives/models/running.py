"""Boards that run as they were counted last, and what each cohort of a board comes to.

A page reads of a large cohort the places next to one's own and this, never the whole of it. The
rows of a board that runs are made from the facts and replaced whenever they are counted again.
"""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import DayField, MomentField, within
from dealers.models import Dealer, Membership, Region, Store
from dealers.triggers import refuses
from dealers.words import NONE
from incentives.models.amounts import MONEY
from incentives.models.boards import Board, Length
from incentives.models.combined import CombinedBoard

# A value between two of six decimals, a quarter of the way.
BETWEEN: dict[str, Any] = {"max_digits": 32, "decimal_places": 8}


class RunningPlace(models.Model):
    """A unit's place on a board that runs, as of ``Board.counted_at``: a ``Ranking`` to come.

    No foreign keys in the database, as there: thousands are written at once, and deleted again.
    """

    board = models.ForeignKey(
        Board, models.CASCADE, db_constraint=False, db_index=False, related_name="running_places",
        verbose_name=_("board"),
    )  # fmt: skip
    cohort = models.CharField(_("cohort"), max_length=40)
    store = models.ForeignKey(
        Store, models.CASCADE, null=True, db_constraint=False, db_index=False,
        related_name="running_places", verbose_name=_("store"),
    )  # fmt: skip
    dealer = models.ForeignKey(
        Dealer, models.CASCADE, null=True, db_constraint=False, db_index=False,
        related_name="running_places", verbose_name=_("dealer"),
    )  # fmt: skip
    post = models.ForeignKey(
        Membership, models.CASCADE, null=True, db_constraint=False, db_index=False,
        related_name="running_places", verbose_name=_("post"),
    )  # fmt: skip
    region = models.ForeignKey(
        Region, models.CASCADE, null=True, db_constraint=False, db_index=False,
        related_name="running_places", verbose_name=_("region"),
    )  # fmt: skip
    value = models.DecimalField(_("value"), max_digits=30, decimal_places=6)
    numerator = models.DecimalField(_("numerator"), null=True, **MONEY)
    denominator = models.DecimalField(_("denominator"), null=True, **MONEY)
    rank = models.PositiveIntegerField(_("place"), null=True)
    of = models.PositiveIntegerField(_("of"))
    percentile = models.DecimalField(_("percentile"), max_digits=5, decimal_places=2, null=True)
    position = models.PositiveIntegerField(_("position"), null=True)
    band_first = models.PositiveIntegerField(_("first of the band"), null=True)
    band_last = models.PositiveIntegerField(_("last of the band"), null=True)
    is_new = models.BooleanField(_("new"), null=True)

    class Meta:
        verbose_name = _("place of a running board")
        verbose_name_plural = _("places of running boards")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="running_place_once_per_board",
                fields=["board", "store", "dealer", "post", "region"],
                nulls_distinct=False,
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["board", "cohort", "position"], name="running_place_position"),
            models.Index(
                fields=["board"], condition=Q(is_new=True), name="running_place_new_stores"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank or NONE}/{self.of}"


class DerivedCount(models.Model):
    """Places on file that were worked out of those of other boards.

    Of a combined board at a time, or of those who improved on a board since the time before.
    """

    combined = models.ForeignKey(
        CombinedBoard, models.CASCADE, null=True, db_index=False, related_name="counts",
        verbose_name=_("combined board"),
    )  # fmt: skip
    board = models.ForeignKey(
        Board, models.CASCADE, null=True, db_index=False, related_name="counts",
        verbose_name=_("board"),
    )  # fmt: skip
    length = models.CharField(_("length"), max_length=10, choices=Length)
    starts_on = DayField(_("starts on"))
    counted_at = MomentField(_("counted at"))

    class Meta:
        verbose_name = _("count of a board of boards")
        verbose_name_plural = _("counts of boards of boards")
        constraints: ClassVar = [
            within(
                "derived_count_between_1990_and_2200", moments=["counted_at"], days=["starts_on"]
            ),
            models.UniqueConstraint(
                name="derived_count_once_per_time",
                fields=["combined", "board", "length", "starts_on"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="derived_count_is_of_one_board",
                condition=Q(combined__isnull=True, board__isnull=False)
                | Q(combined__isnull=False, board__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.combined or self.board} {self.starts_on}"


class DerivedPlace(models.Model):
    """A unit's place that was worked out of those on other boards.

    No foreign keys in the database, as with ``RunningPlace``.
    """

    count = models.ForeignKey(
        DerivedCount, models.CASCADE, db_constraint=False, db_index=False, related_name="places",
        verbose_name=_("board"),
    )  # fmt: skip
    cohort = models.CharField(_("cohort"), max_length=40)
    store = models.ForeignKey(
        Store, models.CASCADE, null=True, db_constraint=False, db_index=False, related_name="+",
        verbose_name=_("store"),
    )  # fmt: skip
    dealer = models.ForeignKey(
        Dealer, models.CASCADE, null=True, db_constraint=False, db_index=False, related_name="+",
        verbose_name=_("dealer"),
    )  # fmt: skip
    post = models.ForeignKey(
        Membership, models.CASCADE, null=True, db_constraint=False, db_index=False,
        related_name="+", verbose_name=_("post"),
    )  # fmt: skip
    region = models.ForeignKey(
        Region, models.CASCADE, null=True, db_constraint=False, db_index=False, related_name="+",
        verbose_name=_("region"),
    )  # fmt: skip
    value = models.DecimalField(_("value"), max_digits=30, decimal_places=6)
    # Empty where too little of it counts.
    rank = models.PositiveIntegerField(_("place"), null=True)
    of = models.PositiveIntegerField(_("of"))
    # Of people the dealers that they are of, of others themselves.
    compared = models.PositiveIntegerField(_("compared"))
    percentile = models.DecimalField(_("percentile"), max_digits=5, decimal_places=2, null=True)
    position = models.PositiveIntegerField(_("position"), null=True)

    class Meta:
        verbose_name = _("place of a board of boards")
        verbose_name_plural = _("places of boards of boards")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="derived_place_once_per_count",
                fields=["count", "store", "dealer", "post", "region"],
                nulls_distinct=False,
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["count", "cohort", "position"], name="derived_place_position"),
        ]

    def __str__(self) -> str:
        return f"{self.rank or NONE}/{self.of}"


class Spread(models.Model):
    """What a cohort comes to on a board: how many have a place, and the quarters between them."""

    board = models.ForeignKey(
        Board, models.PROTECT, db_index=False, related_name="spreads", verbose_name=_("board")
    )
    cohort = models.CharField(_("cohort"), max_length=40)
    of = models.PositiveIntegerField(_("of"))
    # Of people the dealers that they are of, of others themselves.
    compared = models.PositiveIntegerField(_("compared"))
    p25 = models.DecimalField(_("first quarter"), null=True, **BETWEEN)
    median = models.DecimalField(_("median"), null=True, **BETWEEN)
    p75 = models.DecimalField(_("third quarter"), null=True, **BETWEEN)
    # Of what people do: how many did it often enough to say so, and from where on the top quarter
    # of them does it.
    doing = models.PositiveIntegerField(_("doing"), default=0)
    benchmark = models.DecimalField(_("top quarter from"), null=True, **BETWEEN)

    class Meta:
        verbose_name = _("spread of a cohort")
        verbose_name_plural = _("spreads of cohorts")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="spread_once_per_board_and_cohort", fields=["board", "cohort"]
            ),
        ]
        triggers: ClassVar = [
            refuses(
                "spread_of_a_frozen_board_stays",
                """EXISTS (SELECT FROM incentives_board AS b WHERE b.frozen_at IS NOT NULL
                    AND b.id IN (OLD.board_id, NEW.board_id))""",
                "Its board is frozen.",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cohort} {self.of}"
