"""Who is compared with whom, and the boards that rank them."""

from datetime import date, timedelta
from typing import ClassVar, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import DayField, MomentField, NameField, legible, within
from dealers.models import Dealer, Membership, Region, SizeClass, Store
from dealers.months import add_months
from dealers.sayings import in_language
from dealers.triggers import append_only, found, no_truncate, refuses
from dealers.words import NONE
from incentives.models.amounts import MONEY
from incentives.models.seasons import Season


class Unit(models.TextChoices):
    STORE = "store", _("Stores")
    DEALER = "dealer", _("Dealers")
    STAFF = "staff", _("Staff")
    REGION = "region", _("Regions")


# Those that cohorts are made of: people are compared as their stores are, regions all together.
GROUPED = [choice for choice in Unit.choices if choice[0] in {Unit.STORE, Unit.DEALER}]


class Metric(models.TextChoices):
    NET_SALES = "net_sales", _("Net sales")
    OWNED_SALES = "owned_sales", _("Sales to own customers")
    REGISTRATIONS = "registrations", _("Valid registrations")
    CONVERSION = "conversion", _("Conversion")
    CONTACT = "contact", _("First contact in time")
    DISPATCH = "dispatch", _("Dispatches answered in time")
    TRAINING = "training", _("Training completed")
    EARNED = "earned", _("Earned")


class Cohort(models.Model):
    """Units that are alike enough to be compared. Empty conditions match everything."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = NameField(_("name (Chinese)"), max_length=120)
    name_en = NameField(_("name (English)"), max_length=120, blank=True)
    unit = models.CharField(_("unit"), max_length=10, choices=GROUPED)
    regions = models.ManyToManyField(Region, blank=True, verbose_name=_("regions"))
    size_classes = ArrayField(
        models.CharField(max_length=1, choices=SizeClass),
        verbose_name=_("sizes"),
        default=list,
        blank=True,
    )
    # How old stores are, by the day of their opening: so a group stays one as time goes on.
    opened_from = DayField(
        _("opened, at the earliest"), null=True, blank=True,
        help_text=_("Empty: always. Only stores have such a day."),
    )  # fmt: skip
    opened_until = DayField(
        _("opened, at the latest"), null=True, blank=True, help_text=_("Empty: always.")
    )
    position = models.PositiveSmallIntegerField(
        _("position"),
        default=1,
        help_text=_("The first cohort that matches takes the unit."),
    )

    class Meta:
        verbose_name = _("cohort")
        verbose_name_plural = _("cohorts")
        ordering = ("unit", "position", "code")
        constraints: ClassVar = [
            legible("cohort_name_is_legible", "name", "name_en"),
            within("cohort_between_1990_and_2200", days=["opened_from", "opened_until"]),
            models.CheckConstraint(
                name="cohort_opened_in_order",
                condition=Q(opened_from__isnull=True)
                | Q(opened_until__isnull=True)
                | Q(opened_from__lte=models.F("opened_until")),
                violation_error_message=_("The latest day comes before the earliest."),
            ),
            models.CheckConstraint(
                name="cohort_of_dealers_has_no_opening",
                condition=Q(unit=Unit.STORE)
                | Q(opened_from__isnull=True, opened_until__isnull=True),
                violation_error_message=_(
                    "Dealers do not open on a day: leave this empty, or compare stores."
                ),
            ),
        ]
        triggers: ClassVar = [
            # Its conditions may change: a frozen board keeps a copy of them, by its code.
            refuses(
                "cohort_of_a_board_keeps_its_code",
                """(TG_OP = 'DELETE' OR (OLD.code, OLD.unit) <> (NEW.code, NEW.unit))
                AND EXISTS (SELECT FROM incentives_ranking AS g
                    JOIN incentives_board AS b ON b.id = g.board_id
                    WHERE g.cohort = OLD.code AND b.unit = OLD.unit)""",
                "Frozen boards name it.",
                operation=pgtrigger.Update | pgtrigger.Delete,
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)


class Length(models.TextChoices):
    """How long a board counts."""

    WEEK = "week", _("Week")
    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")
    SEASON = "season", _("Season")  # as headquarters defines it


# What repeats by the calendar.
REPEATED = [choice for choice in Length.choices if choice[0] != Length.SEASON]


def after(length: str, starts_on: date) -> date:
    """The day after the last of a week, month, quarter or season that starts on a day.

    Raises Season.DoesNotExist where no season starts.
    """
    if length == Length.SEASON:
        return Season.objects.get(starts_on=starts_on).ends_on
    if length == Length.WEEK:
        return starts_on + timedelta(days=7)
    return add_months(starts_on, 3 if length == Length.QUARTER else 1)


class BoardQuerySet(models.QuerySet["Board"]):
    def frozen(self) -> Self:
        return self.filter(frozen_at__isnull=False)

    def about(self, metric: str, unit: str, starts_on: date, length: str = Length.MONTH) -> Self:
        """The one board of a figure, a unit and a time, if it is on file."""
        return self.filter(metric=metric, unit=unit, starts_on=starts_on, length=length)


class Board(models.Model):
    """Who stands where by one figure over some days: computed anew until it is frozen."""

    length = models.CharField(_("length"), max_length=10, choices=Length)
    starts_on = DayField(_("starts on"))
    metric = models.CharField(_("metric"), max_length=20, choices=Metric)
    unit = models.CharField(_("unit"), max_length=10, choices=Unit)
    # Who was compared with whom when it was frozen, or counted whole: the cohorts and their
    # conditions, in order. Empty where no cohort was made, and on boards older than this column.
    cohorts = models.JSONField(_("cohorts"), default=list, blank=True)
    known_until = MomentField(_("known until"), null=True, blank=True)
    frozen_at = MomentField(_("frozen at"), null=True, blank=True)
    # While it runs: the moment as of which its ``RunningPlace`` are; empty where it has none.
    counted_at = MomentField(_("counted at"), null=True, blank=True)
    # The moment of its last whole count, from which on units are counted anew as facts change; and
    # of how many units that count found another figure than was kept, though no mark named them.
    whole_at = MomentField(_("counted whole at"), null=True, blank=True, editable=False)
    drift = models.PositiveIntegerField(
        _("found otherwise"), null=True, blank=True, editable=False,
        help_text=_("Units of which the last whole count found another figure than was kept."),
    )  # fmt: skip
    # What came late to a board is counted by the rule that it was frozen by.
    without_own = models.BooleanField(
        _("without a dealer's own people"), default=False, editable=False
    )

    objects = BoardQuerySet.as_manager()

    class Meta:
        verbose_name = _("board")
        verbose_name_plural = _("boards")
        ordering = ("-starts_on", "length", "metric", "unit")
        constraints: ClassVar = [
            within(
                "board_between_1990_and_2200",
                moments=["known_until", "frozen_at", "counted_at", "whole_at"],
                days=["starts_on"],
            ),
            models.CheckConstraint(
                name="board_frozen_is_counted_no_more",
                condition=Q(frozen_at__isnull=True) | Q(counted_at__isnull=True),
            ),
            models.CheckConstraint(
                name="board_counted_whole_is_counted",
                condition=Q(whole_at__isnull=True) | Q(counted_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="board_once_per_time_metric_and_unit",
                fields=["starts_on", "length", "metric", "unit"],
            ),
            models.CheckConstraint(
                name="board_starts_with_its_days",
                condition=Q(length=Length.WEEK, starts_on__iso_week_day=1)
                | Q(length=Length.MONTH, starts_on__day=1)
                | Q(length=Length.QUARTER, starts_on__day=1, starts_on__month__in=[1, 4, 7, 10])
                | Q(length=Length.SEASON, starts_on__day=1),
            ),
            models.CheckConstraint(
                name="board_frozen_with_what_was_known",
                condition=Q(frozen_at__isnull=True, known_until__isnull=True)
                | Q(frozen_at__isnull=False, known_until__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            # Whether any is counted: asked whenever a fact is recorded.
            models.Index(
                fields=["starts_on"], name="board_counted", condition=Q(counted_at__isnull=False)
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="board_frozen_for_ever",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__frozen_at__isnull=False),
            ),
            refuses(
                "board_of_a_season_on_file",
                """NEW.length = 'season' AND NOT EXISTS (SELECT FROM incentives_season AS s
                    WHERE s.starts_on = NEW.starts_on)""",
                "No season starts on this day.",
                rows=True,
            ),
            # One that is not frozen yet may have places all the same, which no foreign key keeps.
            refuses(
                "board_with_places_is_kept",
                "EXISTS (SELECT FROM incentives_ranking AS g WHERE g.board_id = OLD.id)",
                "It has places.",
                operation=pgtrigger.Delete,
                rows=True,
            ),
            no_truncate("board_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.get_metric_display()} {self.get_unit_display()} {self.starts_on}"

    @property
    def ends_on(self) -> date:
        """The day after the last that counts."""
        return after(self.length, self.starts_on)

    @property
    def has_own(self) -> bool:
        """Whether a dealer's own people count on it as its customers, as they once did."""
        return self.frozen_at is not None and not self.without_own


class Ranking(models.Model):
    """A unit's place on a frozen board. Only ever added.

    No foreign keys in the database: the places of a board are looked up together when they are
    added, for to check each of some hundred thousand by itself costs more than to rank them. Who
    stands on a board is not deleted: what counted there has keys to it, or is a post, and a frozen
    board is kept for ever.
    """

    board = models.ForeignKey(
        Board, models.PROTECT, db_constraint=False, db_index=False, related_name="rankings",
        verbose_name=_("board"),
    )  # fmt: skip
    # The cohort's code as it was then: a cohort that HQ changes later does not rewrite a board.
    cohort = models.CharField(_("cohort"), max_length=40)
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, db_constraint=False, db_index=False,
        related_name="rankings", verbose_name=_("store"),
    )  # fmt: skip
    # Of stores and people too; of regions none.
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, null=True, blank=True, db_constraint=False, db_index=False,
        related_name="rankings", verbose_name=_("dealer"),
    )  # fmt: skip
    # On a board of people: somebody's last post at the store. Nobody else's dealer sees the row.
    post = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, db_constraint=False, db_index=False,
        related_name="rankings", verbose_name=_("post"),
    )  # fmt: skip
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, db_constraint=False, db_index=False,
        related_name="rankings", verbose_name=_("region"),
    )  # fmt: skip
    value = models.DecimalField(_("value"), max_digits=30, decimal_places=6)
    numerator = models.DecimalField(_("numerator"), null=True, blank=True, **MONEY)
    denominator = models.DecimalField(_("denominator"), null=True, blank=True, **MONEY)
    # Empty where the sample is too small for a place.
    rank = models.PositiveIntegerField(_("place"), null=True, blank=True)
    of = models.PositiveIntegerField(_("of"))
    percentile = models.DecimalField(
        _("percentile"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    # Among those with a place, ties in the order of their codes: who stands next is looked up by
    # it. Empty without a place, and on boards that were frozen before it was kept.
    position = models.PositiveIntegerField(_("position"), null=True, blank=True)
    # Of a rate the places that cannot be told from one's own.
    band_first = models.PositiveIntegerField(_("first of the band"), null=True, blank=True)
    band_last = models.PositiveIntegerField(_("last of the band"), null=True, blank=True)
    # Whether a store was new when the board was made: the day of its opening may be corrected.
    # Empty of others, and on boards that were frozen before it was kept.
    is_new = models.BooleanField(_("new"), null=True, blank=True)

    class Meta:
        verbose_name = _("ranking")
        verbose_name_plural = _("rankings")
        ordering = ("board", "cohort", "rank")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="ranking_one_place_per_board",
                # A store, or a dealer without one, is looked for by it on boards that are known.
                fields=["board", "store", "dealer", "post", "region"],
                nulls_distinct=False,
            ),
        ]
        indexes: ClassVar = [
            # The units of a cohort in their order.
            models.Index(fields=["board", "cohort", "position"], name="ranking_cohort_position"),
            models.Index(fields=["board"], condition=Q(is_new=True), name="ranking_new_stores"),
            models.Index(
                fields=["post"], condition=Q(post__isnull=False), name="ranking_of_a_post"
            ),
        ]
        triggers: ClassVar = [
            append_only("ranking_only_added"),
            no_truncate("ranking_never_emptied"),
            pgtrigger.Trigger(
                name="ranking_fits_its_open_board",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="added"),
                func=(
                    "IF EXISTS (SELECT 1 FROM added JOIN incentives_board b ON b.id = board_id"
                    " WHERE b.frozen_at IS NOT NULL) THEN"
                    " RAISE EXCEPTION 'A frozen board takes no more places: %', TG_NAME; END IF;"
                    " IF EXISTS (SELECT 1 FROM added JOIN incentives_board b ON b.id = board_id"
                    " WHERE (b.unit IN ('store', 'staff'), b.unit = 'staff', b.unit = 'region',"
                    " b.unit <> 'region') <> (added.store_id IS NOT NULL,"
                    " added.post_id IS NOT NULL, added.region_id IS NOT NULL,"
                    " added.dealer_id IS NOT NULL)) THEN"
                    " RAISE EXCEPTION 'A board of stores names them: %', TG_NAME; END IF;"
                    " RETURN NULL;"
                ),
            ),
            refuses(
                "ranking_of_a_board_and_a_unit",
                found("""
                    SELECT FROM added AS g
                    LEFT JOIN incentives_board AS b ON b.id = g.board_id
                    LEFT JOIN dealers_dealer AS d ON d.id = g.dealer_id
                    LEFT JOIN dealers_store AS s ON s.id = g.store_id
                    LEFT JOIN dealers_region AS r ON r.id = g.region_id
                    WHERE b.id IS NULL OR (d.id, s.id, r.id)
                        IS DISTINCT FROM (g.dealer_id, g.store_id, g.region_id)
                    UNION ALL
                    SELECT FROM added AS g LEFT JOIN dealers_membership AS m ON m.id = g.post_id
                    WHERE g.post_id IS NOT NULL AND m.id IS NULL"""),
                "A place is of a board and of a unit on file.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank or NONE}/{self.of}"
