"""Stores and dealers that close, step by step."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, NameField, legible, within
from dealers.constraints import TogetherForeignKey
from dealers.models import Dealer, Store, User, store_of_dealer
from dealers.models.scopes import SeenByOwners
from dealers.triggers import fixed, never_deleted, no_truncate, refuses

OFFER_STANDS = timedelta(days=30)  # so long after it was ready a pack lets a closing begin


class ClosingKind(models.TextChoices):
    STORE = "store", _("A store closes")
    DEALER = "dealer", _("A dealer closes")


class StepKind(models.TextChoices):
    """What is done for a closing, in this order; see ``customers.closings.steps``."""

    TOLD = "told", _("Everybody concerned is told")
    SHUT = "shut", _("No new customers")
    LEADS = "leads", _("Open leads go to other stores")
    POSTS = "posts", _("The people go on at the sister store")
    MOVED = "moved", _("Customers go to the sister store")
    FROZEN = "frozen", _("Protections are frozen for 90 days")
    TAKEN = "taken", _("The dealer downloads everything")
    SETTLED = "settled", _("Running deals are settled")
    ASKED = "asked", _("Customers are asked which store they want")
    OFFERED = "offered", _("Who asked for a store is offered to one")
    ENDED = "ended", _("The people's posts end")
    KEYS = "keys", _("The key to the customers is destroyed")
    CHECKED = "checked", _("Checked that nothing is left")


class ExitOfferQuerySet(models.QuerySet["ExitOffer"]):
    def ready(self, at: datetime) -> Self:
        """Those whose pack was ready for the owner by ``at``, and not too long before."""
        return self.filter(ready_at__lte=at, ready_at__gt=at - OFFER_STANDS)


class ExitOffer(models.Model):
    """The pack with everything of a dealer, made for its owner before headquarters may close it."""

    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="exit_offers", verbose_name=_("dealer")
    )
    to = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("offered to")
    )
    by = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("offered by")
    )
    offered_at = MomentField(_("offered at"))
    # The file, which is deleted a day later.
    export = models.UUIDField(_("file"), unique=True, editable=False)
    ready_at = MomentField(_("ready at"), null=True, blank=True)
    manifest = models.CharField(_("SHA-256 of the manifest"), max_length=64, blank=True)

    objects = ExitOfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offered pack")
        verbose_name_plural = _("offered packs")
        ordering = ("-offered_at", "-id")
        constraints: ClassVar = [
            within("exit_offer_between_1990_and_2200", moments=["offered_at", "ready_at"]),
            models.CheckConstraint(
                name="exit_offer_is_ready_with_its_manifest",
                condition=Q(ready_at__isnull=True, manifest="")
                | Q(ready_at__gte=F("offered_at"), manifest__regex="^[0-9a-f]{64}$"),
            ),
        ]
        triggers: ClassVar = [
            fixed("exit_offer_stays_what_was_made", "dealer", "to", "by", "offered_at", "export"),
            refuses(
                "exit_offer_is_ready_with_its_file",
                "NOT EXISTS (SELECT FROM dealers_export AS file WHERE file.id = NEW.export"
                " AND file.dealer_id = NEW.dealer_id AND file.state = 'done')",
                "A pack is ready when its file is there for the owner.",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("ready_at", "manifest"),
                condition=pgtrigger.Condition("(NEW.ready_at IS NOT NULL)"),
                rows=True,
            ),
            pgtrigger.Protect(
                name="exit_offer_once_ready_stays_so",
                operation=pgtrigger.UpdateOf("ready_at", "manifest"),
                condition=pgtrigger.Condition("(OLD.ready_at IS NOT NULL)"),
            ),
            never_deleted("exit_offer_never_deleted"),
            no_truncate("exit_offers_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.dealer} {self.offered_at:%Y-%m-%d}"


class ClosingQuerySet(SeenByOwners["Closing"]):
    def standing(self) -> Self:
        """Those that were not taken back."""
        return self.filter(cancelled_at__isnull=True)

    def under_way(self) -> Self:
        return self.standing().filter(finished_at__isnull=True)


class Closing(models.Model):
    """A store, or a dealer with all its stores, closes at a moment that is told before."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=ClosingKind)
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="closings", verbose_name=_("dealer")
    )
    store = models.ForeignKey(
        Store, models.PROTECT, db_constraint=False, null=True, blank=True,
        related_name="closings", verbose_name=_("store"),
    )  # fmt: skip
    to = models.ForeignKey(
        Store, models.PROTECT, db_constraint=False, db_index=False, null=True, blank=True,
        related_name="+", verbose_name=_("sister store"),
    )  # fmt: skip
    reason = NameField(_("reason"), max_length=200)
    by = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("begun by")
    )
    begun_at = MomentField(_("begun at"))
    due_at = MomentField(_("takes effect at"))
    cancelled_at = MomentField(_("taken back at"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        User, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("taken back by"),
    )  # fmt: skip
    finished_at = MomentField(_("finished at"), null=True, blank=True)
    # What the owner could take away before it was begun; none of a store's, and of early ones.
    pack = models.OneToOneField(
        ExitOffer, models.PROTECT, null=True, blank=True, related_name="closing",
        verbose_name=_("offered pack"),
    )  # fmt: skip

    objects = ClosingQuerySet.as_manager()

    class Meta:
        verbose_name = _("closing")
        verbose_name_plural = _("closings")
        ordering = ("-begun_at", "id")
        constraints: ClassVar = [
            within(
                "closing_between_1990_and_2200",
                moments=["begun_at", "due_at", "cancelled_at", "finished_at"],
            ),
            legible("closing_reason_is_legible", "reason"),
            models.CheckConstraint(
                name="closing_names_a_store_and_its_sister_or_a_dealer",
                condition=Q(kind=ClosingKind.STORE, store__isnull=False, to__isnull=False)
                & ~Q(store=F("to"))
                | Q(kind=ClosingKind.DEALER, store__isnull=True, to__isnull=True),
                violation_error_message=_("Choose another store of the dealer."),
            ),
            models.CheckConstraint(
                name="closing_is_told_before", condition=Q(due_at__gt=F("begun_at"))
            ),
            models.CheckConstraint(
                name="closing_taken_back_before_it_takes_effect",
                condition=Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | Q(
                    cancelled_at__isnull=False, cancelled_at__lt=F("due_at"),
                    cancelled_by__isnull=False, finished_at__isnull=True,
                ),
            ),
            models.UniqueConstraint(
                name="closing_once_a_store",
                fields=["store"],
                condition=Q(kind=ClosingKind.STORE, cancelled_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="closing_once_a_dealer",
                fields=["dealer"],
                condition=Q(kind=ClosingKind.DEALER, cancelled_at__isnull=True),
            ),
            store_of_dealer("closing_store_is_the_dealers"),
            TogetherForeignKey(
                name="closing_sister_store_is_the_dealers",
                fields=["to", "dealer"],
                to="dealers.Store",
                to_fields=["id", "dealer"],
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            fixed(
                "closing_stays_what_was_told", "kind", "dealer", "store", "to", "reason", "by",
                "begun_at", "due_at", "pack",
            ),
            refuses(
                "closing_of_a_dealer_after_its_pack",
                f"""NOT EXISTS (
                    SELECT FROM customers_exitoffer AS offer WHERE offer.id = NEW.pack_id
                    AND offer.dealer_id = NEW.dealer_id AND offer.ready_at <= NEW.begun_at
                    AND offer.ready_at > NEW.begun_at - interval '{OFFER_STANDS.days} days'
                    AND EXISTS (SELECT FROM dealers_membership AS post
                        WHERE post.user_id = offer.to_id AND post.dealer_id = NEW.dealer_id
                        AND post.role = 'owner' AND post.starts_at <= NEW.begun_at
                        AND (post.ends_at IS NULL OR post.ends_at > NEW.begun_at)))""",  # noqa: S608 -- our own
                "A dealer is closed after everything of it was ready for its owner.",
                condition=pgtrigger.Condition("(NEW.kind = 'dealer')"),
                rows=True,
            ),
            never_deleted("closing_never_deleted"),
            no_truncate("closings_never_emptied"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.store or self.dealer)

    def get_absolute_url(self) -> str:
        return reverse("customers:closing", args=[self.pk])

    def may_be_taken_back(self, at: datetime) -> bool:
        return self.cancelled_at is None and at < self.due_at


class ClosingStep(models.Model):
    """One step of a closing: how far it is, and since when it is done."""

    closing = models.ForeignKey(
        Closing, models.PROTECT, related_name="steps", verbose_name=_("closing")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("step"), max_length=10, choices=StepKind)
    due_at = MomentField(_("not before"))
    started_at = MomentField(_("begun at"), null=True, blank=True)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), null=True, blank=True)
    done_at = MomentField(_("done at"), null=True, blank=True)

    class Meta:
        verbose_name = _("step of a closing")
        verbose_name_plural = _("steps of a closing")
        ordering = ("closing", "number")
        constraints: ClassVar = [
            within(
                "closing_step_between_1990_and_2200", moments=["due_at", "started_at", "done_at"]
            ),
            models.UniqueConstraint(name="closing_step_once_a_closing", fields=["closing", "kind"]),
            models.CheckConstraint(
                name="closing_step_kind_is_known", condition=Q(kind__in=StepKind.values)
            ),
            models.CheckConstraint(
                name="closing_step_is_begun_when_due",
                condition=Q(started_at__isnull=True, done_at__isnull=True)
                | Q(started_at__gte=F("due_at")),
            ),
        ]
        triggers: ClassVar = [
            fixed("closing_step_stays_the_same_step", "closing", "number", "kind", "due_at"),
            never_deleted("closing_step_never_deleted"),
            no_truncate("closing_steps_never_emptied"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
