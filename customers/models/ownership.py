"""Who looks after a customer, and from when until when."""

from datetime import datetime
from typing import ClassVar, Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from customers.models.registrations import Channel, card_of_dealer
from customers.models.rulebooks import rulebook_words_sql
from dealers.bounds import DayField, MomentField, within
from dealers.models import (
    Dealer,
    FactKind,
    Store,
    User,
    chained,
    store_of_dealer,
)
from dealers.models.receipts import hash_of_words
from dealers.models.scopes import SeenByPosts
from dealers.triggers import never_deleted


def contacted_in_time(ownership: str = "") -> Q:
    """Whether an owner contacted the customer in time, through a lookup like ``"ownership__"``."""
    due, contacted = f"{ownership}contact_due_at", f"{ownership}contacted_at"
    return Q(**{f"{contacted}__isnull": False}) & (
        Q(**{f"{due}__isnull": True}) | Q(**{f"{contacted}__lte": F(due)})
    )


def contact_is_judged(at: datetime, ownership: str = "") -> Q:
    """Whether it is settled that the first contact was in time: it was made, or its time is over.

    Without a duty nothing is settled until somebody makes it.
    """
    return Q(**{f"{ownership}contacted_at__isnull": False}) | Q(
        **{f"{ownership}contact_due_at__lt": at}
    )


# What is told of events for the chain of their dealer; what a registration starts is told with it.
_TOLD = """
    SELECT o.dealer_id AS dealer, e.id, json_build_object(
        'ownership', o.id, 'card', o.customer_id, 'store', o.store_id, 'event', e.kind,
        'at', e.at, 'recorded', e.recorded_at, 'until', e.protected_until, 'ends', e.ends_at,
        'rulebook', e.rulebook_id, 'rules', book.rules) AS said
    FROM {rows}
    LEFT JOIN LATERAL (
        SELECT {rules} AS rules FROM customers_rulebook AS r WHERE r.id = e.rulebook_id
    ) AS book ON true
    WHERE e.kind <> 'started' OR e.registration_id IS NULL"""


def told_sql(rows: str) -> str:
    """What ``rows`` tell, with the hash of their rulebook as it is at that moment."""
    return _TOLD.format(rows=rows, rules=hash_of_words(rulebook_words_sql("r")))


def given_sql(ownership: str) -> str:
    """``OwnershipQuerySet.given`` as a condition of a statement that calls the table so."""
    return f"{ownership}.protected_until > lower({ownership}.period)"


def began(ownership: str = "") -> Coalesce:
    """With the dealer since when, whichever of its stores, through a lookup like "ownership__"."""
    return Coalesce(f"{ownership}since", f"{ownership}period__startswith")


def one_protection_sql(one: str, other: str) -> str:
    """``OwnershipQuerySet.one_protection`` as a condition of a statement that calls them so."""
    columns = "{0}.identity_id, {0}.dealer_id, coalesce({0}.since, lower({0}.period))"
    return f"({columns.format(one)}) = ({columns.format(other)})"


class OwnershipQuerySet(SeenByPosts["Ownership"]):
    def given(self) -> Self:
        """Without those that a void has taken back, as if never given."""
        return self.filter(protected_until__gt=F("period__startswith"))

    def running(self, at: datetime) -> Self:
        """Ownerships in force at ``at``, grace included."""
        return self.given().filter(period__contains=at)

    def one_protection(self, ownership: "Ownership") -> Self:
        """An ownership and those of the sister stores that it went on at: before it, and after."""
        same = {"identity": ownership.identity_id, "dealer": ownership.dealer_id}
        return self.alias(began=began()).filter(**same, began=ownership.began)


class Ownership(models.Model):
    """A store looks after a customer, from when until when: ``[start, end of grace)``."""

    # An index of its own beside the exclusion constraint's: that is GiST, which compares a bigint
    # with nothing but a bigint, while psycopg sends a small number as an integer.
    # Two foreign keys of several columns stand for those of identity, card, dealer and store.
    identity = models.ForeignKey(
        "Identity", models.PROTECT, db_constraint=False, related_name="ownerships",
        verbose_name=_("identity"),
    )  # fmt: skip
    customer = models.ForeignKey(
        "Customer", models.PROTECT, db_constraint=False, related_name="ownerships",
        verbose_name=_("customer"),
    )  # fmt: skip
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_constraint=False, db_index=False, related_name="ownerships",
        verbose_name=_("dealer"),
    )  # fmt: skip
    store = models.ForeignKey(
        Store, models.PROTECT, db_constraint=False, db_index=False, related_name="ownerships",
        verbose_name=_("store"),
    )  # fmt: skip
    staff = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="ownerships",
        verbose_name=_("followed up by"),
    )  # fmt: skip
    period = DateTimeRangeField(_("period"))
    protected_until = MomentField(_("protected until"))
    channel = models.CharField(_("started by"), max_length=10, choices=Channel)
    # By the rulebook that answered the registration; empty where there is no such duty.
    contact_due_at = MomentField(_("first contact due at"), null=True, blank=True)
    contacted_at = MomentField(_("first contact at"), null=True, blank=True)
    sold_at = MomentField(_("last sale at"), null=True, blank=True)
    renewed_on = DayField(_("last renewed by an activity on"), null=True, blank=True)
    last_activity_at = MomentField(_("last activity at"))
    follow_up_on = DayField(_("follow up on"), null=True, blank=True)
    # By the rulebook that answered the registration, later where nobody followed up for a while;
    # empty where nobody is let go.
    release_at = MomentField(_("released without contact at"), null=True, blank=True)
    # The dealer's own start, where a sister store had the customer before.
    since = MomentField(_("with the dealer since"), null=True, blank=True)
    # What acts have made of it; nothing else changes these.
    extensions = models.PositiveSmallIntegerField(_("times extended"), default=0, db_default=0)
    silence_was_yes = models.BooleanField(_("extended by silence"), default=False, db_default=False)
    frozen = models.BooleanField(_("frozen: the dealer closed"), default=False, db_default=False)
    over = models.BooleanField(_("ended early"), default=False, db_default=False)
    # While it waits for somebody to follow up: since when, how long at most, and to which ends.
    paused_on = DayField(_("waits since"), null=True, blank=True)
    paused_days = models.PositiveSmallIntegerField(_("waits at most, days"), null=True, blank=True)
    paused_until = MomentField(_("protected until, if it waits so long"), null=True, blank=True)
    paused_end = MomentField(_("end, if it waits so long"), null=True, blank=True)

    objects = OwnershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("ownership")
        verbose_name_plural = _("ownerships")
        ordering = ("-protected_until", "-id")
        constraints: ClassVar = [
            within(
                "ownership_between_1990_and_2200",
                moments=[
                    "protected_until", "contact_due_at", "contacted_at", "sold_at",
                    "last_activity_at", "release_at", "since", "paused_until", "paused_end",
                ],
                days=["renewed_on", "follow_up_on", "paused_on"],
                periods=["period"],
            ),
            ExclusionConstraint(
                name="ownership_one_owner_at_a_time",
                expressions=[
                    ("identity", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                # What was taken back protects nobody: its period is its first instant.
                condition=Q(
                    protected_until__gt=Func(
                        F("period"), function="lower", output_field=models.DateTimeField()
                    )
                ),
            ),
            models.CheckConstraint(
                name="ownership_period_has_start_and_end",
                condition=Q(
                    period__isempty=False, period__lower_inf=False, period__upper_inf=False
                ),
            ),
            models.CheckConstraint(
                name="ownership_period_is_half_open",
                condition=Q(period__lower_inc=True, period__upper_inc=False),
            ),
            models.CheckConstraint(
                name="ownership_protection_inside_period",
                condition=Q(protected_until__lte=Func(F("period"), function="upper",
                            output_field=models.DateTimeField())),
            ),
            models.CheckConstraint(
                name="ownership_pause_is_whole",
                condition=Q(
                    paused_on__isnull=True, paused_days__isnull=True, paused_until__isnull=True,
                    paused_end__isnull=True,
                )
                | Q(
                    paused_on__isnull=False, paused_days__isnull=False, paused_until__isnull=False,
                    paused_end__isnull=False,
                ),
            ),
            card_of_dealer("ownership_card_is_the_dealers"),
            store_of_dealer("ownership_store_is_the_dealers"),
        ]  # fmt: skip
        indexes: ClassVar = [
            # My customers: expiring first, and newest activity first, by dealer and by store.
            models.Index(fields=["dealer", "protected_until", "id"], name="ownership_dealer_end"),
            models.Index(
                fields=["dealer", "-last_activity_at", "-id"],
                name="ownership_dealer_newest",
            ),
            models.Index(fields=["store", "protected_until", "id"], name="ownership_store_end"),
            models.Index(
                fields=["store", "-last_activity_at", "-id"],
                name="ownership_store_newest",
            ),
            # Who is to be let go, because nobody contacted them.
            models.Index(
                fields=["release_at"],
                name="ownership_to_be_let_go",
                condition=Q(
                    release_at__isnull=False,
                    contacted_at__isnull=True,
                    sold_at__isnull=True,
                    period__endswith__gt=F("release_at"),
                ),
            ),
        ]
        triggers: ClassVar = [
            # Another owner has an ownership of their own.
            pgtrigger.Protect(
                name="ownership_stays_the_same_owners",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.identity_id, OLD.customer_id, OLD.dealer_id, OLD.store_id, OLD.channel,"
                    " OLD.contact_due_at IS NULL, OLD.release_at IS NULL, OLD.since,"
                    " lower(OLD.period))"
                    " IS DISTINCT FROM"
                    " (NEW.identity_id, NEW.customer_id, NEW.dealer_id, NEW.store_id, NEW.channel,"
                    " NEW.contact_due_at IS NULL, NEW.release_at IS NULL, NEW.since,"
                    " lower(NEW.period)))"
                ),
            ),
            # The clock of the first contact stands while nobody follows up, and that of a lead
            # while headquarters looks whether it is one. Nothing else moves it.
            pgtrigger.Protect(
                name="ownership_contact_clock_moves_for_a_reason",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "(OLD.channel <> 'dispatch'"
                    " AND (OLD.contact_due_at IS DISTINCT FROM NEW.contact_due_at"
                    " OR OLD.release_at IS DISTINCT FROM NEW.release_at"
                    " AND OLD.paused_on IS NOT DISTINCT FROM NEW.paused_on))"
                ),
            ),
            never_deleted("ownership_never_deleted"),
            # Events that an earlier statement put there, as loads do, had no dealer yet.
            chained(
                "ownership_is_chained_with_its_events",
                FactKind.OWNERSHIP,
                told_sql(
                    "added AS n JOIN customers_ownership AS o ON o.id = n.id"
                    " JOIN customers_ownershipevent AS e ON e.ownership_id = o.id"
                    " AND e.cmin::text::bigint < o.cmin::text::bigint"
                ),
            ),
            # The event comes first, or in the same statement. An end is never more than the longest
            # grace behind the protection (some hours more, where clocks were changed), and comes
            # nearer only where the ownership was ended or voided, or by an act, whose event says
            # the end. What was ended by a registration that is voided goes on.
            pgtrigger.Trigger(
                name="ownership_ends_where_its_events_say",
                operation=pgtrigger.Update,
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                referencing=pgtrigger.Referencing(old="before", new="given"),
                func="""
                IF EXISTS (
                    SELECT FROM given AS n JOIN before AS o USING (id)
                    CROSS JOIN LATERAL (
                        SELECT (array_agg(e.kind ORDER BY e.id DESC)
                                FILTER (WHERE e.kind IN ('ended', 'voided', 'restored')))[1]
                                AS cut,
                            (array_agg(e.at ORDER BY e.id DESC)
                                FILTER (WHERE e.kind = 'ended'))[1] AS ended,
                            (array_agg(e.protected_until ORDER BY e.id DESC))[1] AS until,
                            (array_agg(e.ends_at ORDER BY e.id DESC))[1] AS ends,
                            max(r.grace_days) * interval '1 day' AS grace
                        FROM customers_ownershipevent AS e
                        JOIN customers_rulebook AS r ON r.id = e.rulebook_id
                        WHERE e.ownership_id = n.id
                    ) AS said
                    WHERE (n.protected_until, upper(n.period))
                        <> (o.protected_until, upper(o.period))
                    AND (n.protected_until = said.until AND CASE
                        WHEN said.cut = 'ended' THEN upper(n.period) = said.ended
                        WHEN said.cut = 'voided' THEN
                            upper(n.period) = lower(n.period) + interval '1 microsecond'
                            AND n.protected_until = lower(n.period)
                        WHEN said.ends IS NOT NULL THEN upper(n.period) = said.ends
                        ELSE upper(n.period) BETWEEN upper(o.period) AND greatest(
                            upper(o.period), said.until + said.grace + interval '3 hours')
                        END) IS NOT TRUE
                ) THEN
                    RAISE check_violation
                    USING CONSTRAINT = 'ownership_ends_where_its_events_say',
                        MESSAGE = 'An ownership is prolonged or ended by an event of it.';
                END IF;
                RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store} · {self.period.lower:%Y-%m-%d} – {self.period.upper:%Y-%m-%d}"

    @property
    def began(self) -> datetime:
        """With the dealer since when, whichever of its stores."""
        return self.since or self.period.lower
