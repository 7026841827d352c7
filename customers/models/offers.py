"""Leads as they are offered to stores, and what became of each offer."""

import uuid
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models.dispatch import Lead
from customers.models.ownership import Ownership, OwnershipQuerySet, began
from customers.models.registrations import Registration
from dealers.bounds import MomentField, within
from dealers.models import Dealer, FactKind, Store, User, chained, store_of_dealer
from dealers.models.scopes import SeenByPosts
from dealers.triggers import fixed, never_deleted

# A lead that is accepted, and one that was accepted and is taken back as none.
_ACCEPTED = """
    SELECT o.dealer_id AS dealer, o.registration_id AS id, json_build_object(
        'event', 'accepted', 'lead', o.id, 'store', o.store_id, 'offered', o.offered_at,
        'at', o.answered_at) AS said
    FROM {rows} WHERE o.answer = 'accepted'"""
_TAKEN = """
    SELECT o.dealer_id AS dealer, o.registration_id AS id, json_build_object(
        'event', 'taken', 'lead', o.id, 'reason', o.junk_reason, 'returned', o.returned_at,
        'at', coalesce(o.reviewed_at, o.return_due_at, o.returned_at)) AS said
    FROM {rows} WHERE o.junk_state = 'taken' AND was.junk_state <> 'taken'"""
_CHANGED = "added AS o JOIN before AS was ON was.id = o.id"


class OfferAnswer(models.TextChoices):
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    MISSED = "missed", _("Not answered in time")
    WITHDRAWN = "withdrawn", pgettext_lazy("a lead", "Taken back")


PASSED_ON = _("Not called in time")


class DeclineReason(models.TextChoices):
    """Why a store cannot take a lead. None of them costs it anything."""

    BUSY = "busy", _("Nobody is free")
    TOO_FAR = "too_far", _("Too far away")
    NOT_SOLD = "not_sold", _("We do not sell or fit this")
    CLOSED = "closed", _("The store is closed")


class JunkReason(models.TextChoices):
    WRONG_NUMBER = "wrong_number", _("Wrong number")
    DUPLICATE = "duplicate", _("We have this lead already")
    OUTSIDE = "outside", _("Outside our area")
    NO_INTENT = "no_intent", _("Does not want anything")


class JunkState(models.TextChoices):
    TAKEN = "taken", pgettext_lazy("a lead", "Taken back")
    ASKED = "asked", _("Headquarters looks at it")
    REFUSED = "refused", _("Stays with the store")


class StaysReason(models.TextChoices):
    """Why a returned lead stays with its store. A list, so that it says nothing of a person."""

    REACHED = "reached", _("Somebody answers at this number")
    NEW = "new", _("The store had no such lead before")
    INSIDE = "inside", _("The place is in the store's area")
    WANTS = "wants", _("The customer still asks for it")
    BOUGHT = "bought", _("The customer has bought")


def protection() -> OwnershipQuerySet:
    """In a subquery of offers: the protection that the registration stands for.

    At each store that it went on at, as ``OwnershipQuerySet.one_protection`` has it.
    """
    mine = "registration__ownership__"
    owned: Any = Ownership.objects.all()
    found: OwnershipQuerySet = owned.alias(began=began()).filter(
        identity=OuterRef(f"{mine}identity"),
        dealer=OuterRef(f"{mine}dealer"),
        began=Coalesce(OuterRef(f"{mine}since"), OuterRef(f"{mine}period__startswith")),
    )
    return found


class OfferQuerySet(SeenByPosts["Offer"]):
    def open(self) -> Self:
        """Those that wait for an answer, also behind their deadline."""
        return self.filter(answer="")

    def taken(self) -> Self:
        """Accepted, and neither returned since nor passed on."""
        taken = self.filter(answer=OfferAnswer.ACCEPTED, passed_on_at=None)
        return taken.exclude(junk_state=JunkState.TAKEN)

    def looked_at(self) -> Self:
        """Returned, and headquarters has not said yet whether they are none."""
        return self.filter(junk_state=JunkState.ASKED)

    def missed(self) -> Self:
        """Not answered in time, or accepted and then not called in time."""
        return self.filter(Q(answer=OfferAnswer.MISSED) | Q(passed_on_at__isnull=False))

    def with_bought(self) -> Any:
        """Each with ``bought``: whether the customer has bought since it was accepted.

        At whichever of the dealer's stores the protection went on: who was served is no junk, and
        waits for no call.
        """
        since = protection().given().filter(sold_at__gte=OuterRef("answered_at"))
        return self.annotate(bought=Exists(since))

    def received(self) -> Self:
        """What counts as received by a store: not what it declined, returned or lost to others."""
        counted = Q(answer="") | Q(answer__in=[OfferAnswer.ACCEPTED, OfferAnswer.MISSED])
        return self.filter(counted).exclude(junk_state=JunkState.TAKEN)


class Offer(models.Model):
    """A lead offered to one store, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lead = models.ForeignKey(
        Lead, models.PROTECT, db_index=False, related_name="offers", verbose_name=_("lead")
    )
    hop = models.PositiveSmallIntegerField(_("attempt"))
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_constraint=False, related_name="+", verbose_name=_("dealer")
    )
    store = models.ForeignKey(
        Store, models.PROTECT, db_constraint=False, db_index=False, related_name="offers",
        verbose_name=_("store"),
    )  # fmt: skip
    to_owner = models.BooleanField(_("to the customer's owner"), default=False)
    by_hand = models.BooleanField(_("chosen by the region"), default=False)
    pulled = models.BooleanField(_("taken by the store itself"), default=False)
    offered_at = MomentField(_("offered at"))
    due_at = MomentField(_("answer due at"))
    answer = models.CharField(_("answer"), max_length=10, choices=OfferAnswer, blank=True)
    answered_at = MomentField(_("answered at"), null=True, blank=True)
    answered_by = models.ForeignKey(
        User, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("answered by"),
    )  # fmt: skip
    reason = models.CharField(_("reason"), max_length=10, choices=DeclineReason, blank=True)
    registration = models.OneToOneField(
        Registration, models.PROTECT, null=True, blank=True, related_name="offer",
        verbose_name=_("registration"),
    )  # fmt: skip
    contact_due_at = MomentField(_("contact due at"), null=True, blank=True)
    passed_on_at = MomentField(
        _("passed on at"), null=True, blank=True,
        help_text=_("Nobody called the customer in time."),
    )  # fmt: skip
    junk_reason = models.CharField(
        _("returned because"), max_length=12, choices=JunkReason, blank=True
    )
    junk_state = models.CharField(_("return"), max_length=8, choices=JunkState, blank=True)
    returned_at = MomentField(_("returned at"), null=True, blank=True)
    returned_by = models.ForeignKey(
        User, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("returned by"),
    )  # fmt: skip
    # Of one that headquarters looks at, or has looked at.
    return_due_at = MomentField(
        _("headquarters answers until"), null=True, blank=True,
        help_text=_("Without an answer the lead is taken back."),
    )  # fmt: skip
    reviewed_at = MomentField(_("return answered at"), null=True, blank=True)
    stays_because = models.CharField(
        _("stays because"), max_length=8, choices=StaysReason, blank=True
    )

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ("due_at", "id")
        constraints: ClassVar = [
            within(
                "offer_between_1990_and_2200",
                moments=[
                    "offered_at",
                    "due_at",
                    "answered_at",
                    "contact_due_at",
                    "passed_on_at",
                    "returned_at",
                    "return_due_at",
                    "reviewed_at",
                ],
            ),
            models.CheckConstraint(
                name="offer_passed_on_when_contact_was_due",
                condition=Q(passed_on_at__isnull=True)
                | Q(contact_due_at__isnull=False, passed_on_at=F("contact_due_at")),
            ),
            models.UniqueConstraint(name="offer_once_an_attempt", fields=["lead", "hop"]),
            models.UniqueConstraint(
                name="offer_one_open_at_a_time", fields=["lead"], condition=Q(answer="")
            ),
            models.CheckConstraint(
                name="offer_answer_is_known", condition=Q(answer__in=["", *OfferAnswer.values])
            ),
            models.CheckConstraint(
                name="offer_answered_at_a_moment",
                condition=Q(answer="", answered_at__isnull=True)
                | ~Q(answer="") & Q(answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="offer_accepted_names_its_registration",
                condition=Q(
                    answer=OfferAnswer.ACCEPTED,
                    registration__isnull=False,
                    contact_due_at__isnull=False,
                )
                | ~Q(answer=OfferAnswer.ACCEPTED)
                & Q(registration__isnull=True, contact_due_at__isnull=True),
            ),
            models.CheckConstraint(
                name="offer_declined_says_why",
                condition=Q(answer=OfferAnswer.DECLINED) & ~Q(reason="")
                | ~Q(answer=OfferAnswer.DECLINED) & Q(reason=""),
            ),
            models.CheckConstraint(
                name="offer_returned_says_why",
                condition=Q(junk_state="", junk_reason="", returned_at__isnull=True)
                | Q(answer=OfferAnswer.ACCEPTED, returned_at__isnull=False)
                & ~Q(junk_state="")
                & ~Q(junk_reason=""),
            ),
            models.CheckConstraint(
                name="offer_looked_at_until_a_moment",
                condition=~Q(junk_state=JunkState.ASKED)
                | Q(return_due_at__isnull=False, reviewed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="offer_stays_for_a_reason_of_the_list",
                condition=Q(stays_because="")
                | Q(junk_state=JunkState.REFUSED, stays_because__in=StaysReason.values),
            ),
            store_of_dealer("offer_store_is_the_dealers"),
        ]
        triggers: ClassVar = [
            fixed(
                "offer_stays_as_made", "lead", "hop", "dealer", "store", "to_owner", "by_hand",
                "pulled", "offered_at", "due_at",
            ),
            never_deleted("offer_never_deleted"),
            chained(
                "offer_taken_at_once_is_chained",
                FactKind.LEAD,
                _ACCEPTED.format(rows="added AS o"),
            ),
            chained(
                "offer_accepted_is_chained",
                FactKind.LEAD,
                f"{_ACCEPTED.format(rows=_CHANGED)} AND was.answer <> 'accepted'",
                when_changed=True,
            ),
            chained(
                "offer_returned_is_chained",
                FactKind.LEAD,
                _TAKEN.format(rows=_CHANGED),
                when_changed=True,
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["store", "answer", "due_at"], name="offer_inbox"),
            models.Index(fields=["store", "offered_at"], name="offer_received"),
            models.Index(fields=["due_at"], name="offer_overdue", condition=Q(answer="")),
            models.Index(
                fields=["contact_due_at"],
                name="offer_contact_due",
                condition=Q(answer=OfferAnswer.ACCEPTED, passed_on_at__isnull=True),
            ),
            models.Index(
                fields=["return_due_at"],
                name="offer_return_due",
                condition=Q(junk_state=JunkState.ASKED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store} · {self.hop}"

    def get_absolute_url(self) -> str:
        return reverse("customers:offer", args=[self.pk])

    @property
    def said(self) -> Any:
        """What became of it, in words; empty while it waits for an answer."""
        if self.passed_on_at:
            return PASSED_ON
        if self.junk_state in {JunkState.ASKED, JunkState.TAKEN}:
            return self.get_junk_state_display()
        return self.get_answer_display()

    @property
    def is_looked_at(self) -> bool:
        """Whether headquarters has still to say if the returned lead is none."""
        return self.junk_state == JunkState.ASKED
