"""A customer says which store looks after them, by a link that nobody else has."""

import uuid
from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.closings import Closing
from customers.models.ownership import Ownership
from customers.models.registrations import Registration, card_of_dealer
from customers.models.releases import of_its_ownership
from dealers.bounds import MomentField, within
from dealers.models import Dealer, Store, User, store_of_dealer
from dealers.models.scopes import SeenByPosts
from dealers.triggers import fixed, never_deleted, no_truncate


class ChoiceAnswer(models.TextChoices):
    STORE = "store", _("chose a store")
    LEAD = "lead", _("asked headquarters for a store")
    NOBODY = "nobody", _("wants no store")


class ChoiceQuerySet(SeenByPosts["Choice"]):
    def due(self, at: datetime) -> Self:
        """Answered and not refused, which takes effect at ``at`` and has not."""
        return self.filter(effective_at__lte=at, done_at__isnull=True, refused_at__isnull=True)


class Choice(models.Model):
    """A question to one customer: which store? Asked by a store, or because a dealer closes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Three foreign keys of several columns stand for those of card, person, dealer and store.
    identity = models.ForeignKey(
        "Identity", models.PROTECT, db_constraint=False, related_name="choices",
        verbose_name=_("identity"),
    )  # fmt: skip
    customer = models.ForeignKey(
        "Customer", models.PROTECT, db_constraint=False, related_name="choices",
        verbose_name=_("customer"),
    )  # fmt: skip
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_constraint=False, related_name="+", verbose_name=_("dealer")
    )
    store = models.ForeignKey(
        Store, models.PROTECT, db_constraint=False, related_name="+", verbose_name=_("asks")
    )
    registration = models.ForeignKey(
        Registration, models.PROTECT, null=True, blank=True, related_name="choices",
        verbose_name=_("registration"),
    )  # fmt: skip
    closing = models.ForeignKey(
        Closing, models.PROTECT, null=True, blank=True, related_name="choices",
        verbose_name=_("closing"),
    )  # fmt: skip
    asked_by = models.ForeignKey(
        User, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("asked by"),
    )  # fmt: skip
    asked_at = MomentField(_("asked at"))
    expires_at = MomentField(_("valid until"))
    answer = models.CharField(_("answer"), max_length=10, choices=ChoiceAnswer, blank=True)
    answered_at = MomentField(_("answered at"), null=True, blank=True)
    # From when on it counts, unless it is refused before.
    effective_at = MomentField(_("takes effect at"), null=True, blank=True)
    refused_at = MomentField(_("refused at"), null=True, blank=True)
    done_at = MomentField(_("done at"), null=True, blank=True)

    objects = ChoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer's choice")
        verbose_name_plural = _("customers' choices")
        ordering = ("-asked_at", "id")
        constraints: ClassVar = [
            within(
                "choice_between_1990_and_2200",
                moments=[
                    "asked_at", "expires_at", "answered_at", "effective_at", "refused_at",
                    "done_at",
                ],
            ),
            models.CheckConstraint(
                name="choice_asked_for_a_registration_or_a_closing",
                condition=Q(
                    registration__isnull=False, closing__isnull=True, asked_by__isnull=False
                )
                | Q(registration__isnull=True, closing__isnull=False, asked_by__isnull=True),
            ),
            models.CheckConstraint(
                name="choice_answer_is_known", condition=Q(answer__in=["", *ChoiceAnswer.values])
            ),
            models.CheckConstraint(
                name="choice_answered_at_its_moment",
                condition=Q(answer="", answered_at__isnull=True, effective_at__isnull=True)
                | Q(answer=ChoiceAnswer.STORE, answered_at__isnull=False,
                    effective_at__isnull=False)
                | Q(answer__in=[ChoiceAnswer.LEAD, ChoiceAnswer.NOBODY],
                    answered_at__isnull=False, effective_at__isnull=True),
            ),
            models.CheckConstraint(
                name="choice_refused_or_done",
                condition=Q(refused_at__isnull=True) | Q(done_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="choice_once_a_registration",
                fields=["registration"],
                condition=Q(registration__isnull=False),
            ),
            models.UniqueConstraint(
                name="choice_once_a_closing_and_customer",
                fields=["closing", "customer"],
                condition=Q(closing__isnull=False),
            ),
            card_of_dealer("choice_card_is_the_dealers"),
            store_of_dealer("choice_store_is_the_dealers"),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(
                fields=["effective_at"],
                name="choice_due",
                condition=Q(done_at__isnull=True, effective_at__isnull=False),
            ),
        ]
        triggers: ClassVar = [
            fixed(
                "choice_stays_what_was_asked", "identity", "customer", "dealer", "store",
                "registration", "closing", "asked_by", "asked_at", "expires_at",
            ),
            never_deleted("choice_never_deleted"),
            no_truncate("choices_never_emptied"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.store} · {self.asked_at:%Y-%m-%d}"


class Parting(models.Model):
    """A customer of the dealer's has chosen another one: told before it takes effect.

    The dealer's own row, which does not say who was chosen.
    """

    choice = models.OneToOneField(
        Choice, models.PROTECT, related_name="parting", verbose_name=_("choice")
    )
    dealer = models.ForeignKey(Dealer, models.PROTECT, related_name="+", verbose_name=_("dealer"))
    ownership = models.ForeignKey(
        Ownership, models.PROTECT, related_name="partings", verbose_name=_("ownership")
    )
    told_at = MomentField(_("told at"))
    effective_at = MomentField(_("takes effect at"))
    refused_at = MomentField(_("taken back by the customer at"), null=True, blank=True)

    class Meta:
        verbose_name = _("parting")
        verbose_name_plural = _("partings")
        ordering = ("-told_at", "id")
        constraints: ClassVar = [
            within(
                "parting_between_1990_and_2200",
                moments=["told_at", "effective_at", "refused_at"],
            ),
            models.CheckConstraint(
                name="parting_is_told_before", condition=Q(told_at__lt=models.F("effective_at"))
            ),
        ]
        triggers: ClassVar = [
            fixed(
                "parting_stays_what_was_told", "choice", "dealer", "ownership", "told_at",
                "effective_at",
            ),
            of_its_ownership("parting_is_of_its_ownership"),
            never_deleted("parting_never_deleted"),
            no_truncate("partings_never_emptied"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.ownership} · {self.effective_at:%Y-%m-%d}"
