"""What closed months gave: one result a component and dealer, with its lines."""

import uuid
from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Order, Registration
from dealers.bounds import DayField, within
from dealers.models import Dealer
from dealers.models.scopes import SeenByOwners
from dealers.triggers import append_only, found, no_truncate, refuses
from incentives.models.amounts import MONEY, RATE
from incentives.models.components import Component, Gate
from incentives.models.periods import Run, in_an_open_run


class ResultQuerySet(SeenByOwners["Result"]):
    """What components gave dealers."""


class Result(models.Model):
    """What one component gives one dealer in a run, with its inputs. Only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # No foreign keys in the database: those of a month are looked up together, by a trigger.
    run = models.ForeignKey(
        Run, models.PROTECT, db_constraint=False, db_index=False, related_name="results",
        verbose_name=_("closed month"),
    )  # fmt: skip
    component = models.ForeignKey(
        Component, models.PROTECT, db_constraint=False, related_name="results",
        verbose_name=_("component"),
    )  # fmt: skip
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_constraint=False, db_index=False, related_name="results",
        verbose_name=_("dealer"),
    )  # fmt: skip
    # The month that the base belongs to: earlier than the run's in an adjustment.
    for_month = DayField(_("for month"))
    adjustment = models.BooleanField(_("adjustment"), default=False)
    count = models.PositiveIntegerField(_("lines"))
    base = models.DecimalField(_("base"), **MONEY)
    # What returns took away; it is subtracted from the base already.
    returned = models.DecimalField(_("returned"), default=0, **MONEY)
    # Before the cap, and what is booked. A charge to the dealer is negative.
    uncapped = models.DecimalField(_("before the cap"), **MONEY)
    amount = models.DecimalField(_("amount"), **MONEY)
    # The numbers that the sentence "why this amount" is made of.
    explanation = models.JSONField(_("explanation"), default=dict)

    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        ordering = ("run", "dealer", "component")
        constraints: ClassVar = [
            within("result_between_1990_and_2200", days=["for_month"]),
            models.UniqueConstraint(
                name="result_once_a_run_component_dealer_and_month",
                fields=["run", "component", "dealer", "for_month", "adjustment"],
            ),
            models.CheckConstraint(
                name="result_month_is_a_first_day",
                condition=Q(for_month__day=1),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["dealer", "run"], name="result_dealer_month"),
        ]
        triggers: ClassVar = [
            append_only("result_only_added"),
            no_truncate("result_never_emptied"),
            in_an_open_run("result_in_an_open_run", "SELECT run_id FROM added"),
            refuses(
                "result_of_a_run_a_component_and_a_dealer",
                found("""
                    SELECT FROM added AS g
                    LEFT JOIN incentives_run AS r ON r.id = g.run_id
                    LEFT JOIN incentives_component AS c ON c.id = g.component_id
                    LEFT JOIN dealers_dealer AS d ON d.id = g.dealer_id
                    WHERE r.id IS NULL OR c.id IS NULL OR d.id IS NULL"""),
                "A result is of a run, a component and a dealer on file.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.for_month:%Y-%m}"

    @property
    def code(self) -> str:
        return self.component.result_code(adjustment=self.adjustment)


class Line(models.Model):
    """One event's part in a result. For tiers it brings base only: the amount is the result's.

    No foreign keys in the database: results, orders and registrations are never deleted, and to
    check each of a million lines again would cost more than to compute them. No index by event
    either, for the same reason: an event's lines are found by dealer and month, in the result.
    The index by result is small because lines are written in the order of their results' ids.
    """

    result = models.ForeignKey(
        Result,
        models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="lines",
        verbose_name=_("result"),
    )
    order = models.ForeignKey(
        Order, models.DO_NOTHING, null=True, blank=True, db_constraint=False,
        db_index=False, related_name="reward_lines", verbose_name=_("order"),
    )  # fmt: skip
    registration = models.ForeignKey(
        Registration, models.DO_NOTHING, null=True, blank=True, db_constraint=False,
        db_index=False, related_name="reward_lines", verbose_name=_("registration"),
    )  # fmt: skip
    base = models.DecimalField(_("base"), **MONEY)
    rate = models.DecimalField(_("rate"), null=True, blank=True, **RATE)
    share = models.DecimalField(_("share"), max_digits=9, decimal_places=6, null=True, blank=True)
    uncapped = models.DecimalField(_("before the cap"), null=True, blank=True, **MONEY)
    amount = models.DecimalField(_("amount"), null=True, blank=True, **MONEY)
    # Why it was paid nothing: what was not so at the moment of the event.
    closed_gate = models.CharField(
        _("closed gate"), max_length=20, choices=Gate, blank=True, db_default=""
    )

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ("id",)
        constraints: ClassVar = [
            models.CheckConstraint(
                name="line_is_about_one_event",
                condition=Q(order__isnull=False, registration__isnull=True)
                | Q(order__isnull=True, registration__isnull=False),
            ),
            models.CheckConstraint(
                name="line_behind_a_gate_gives_nothing",
                condition=Q(closed_gate="") | Q(closed_gate__in=Gate.values, uncapped=0, amount=0),
            ),
        ]
        indexes: ClassVar = [
            BrinIndex(
                fields=["result"], name="line_result", pages_per_range=32, autosummarize=True
            ),
        ]
        triggers: ClassVar = [
            append_only("line_only_added"),
            no_truncate("line_never_emptied"),
            in_an_open_run(
                "line_in_an_open_run",
                "SELECT r.run_id FROM incentives_result AS r"
                " WHERE r.id IN (SELECT result_id FROM added)",
            ),
            refuses(
                "line_of_a_result_and_an_event",
                found("""
                    SELECT FROM added AS l
                    LEFT JOIN incentives_result AS r ON r.id = l.result_id
                    LEFT JOIN customers_order AS o ON o.id = l.order_id
                    LEFT JOIN customers_registration AS g ON g.id = l.registration_id
                    WHERE r.id IS NULL OR (o.id IS NULL AND g.id IS NULL)"""),
                "A line is about an order or a registration on file.",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
