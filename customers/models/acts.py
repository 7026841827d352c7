"""What somebody, or time, did to a person's ownership, beside registering, calling and buying."""

from typing import Any, ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.erasures import erased, nothing_more_said, only_by_erasure
from customers.models.ownership import Ownership
from dealers.bounds import MomentField, within
from dealers.models import Dealer, Store, User, store_of_dealer
from dealers.triggers import Kept, never_deleted, no_truncate, refuses


class ActKind(models.TextChoices):
    # By the owner.
    RELEASED = "released", _("Released by the owner")
    ASKED = "asked", _("More time asked for")
    # By headquarters or the region, or by silence.
    EXTENDED = "extended", _("More time given")
    DECLINED = "declined", _("No more time given")
    POSSIBLE = "possible", _("Possible match: to be decided")
    REVIEWED = "reviewed", _("Possible match: somebody else")
    MATCHED = "matched", _("Possible match: the same person")
    # By time.
    LET_GO = "let_go", _("Released: nobody contacted the customer")
    SERVED = "served", _("Next in line")
    # By a store.
    POOLED = "pooled", _("Taken from the pool")
    OFFERED = "offered", _("Accepted from dispatch")
    # By who answers for a store.
    LEFT = "left", _("Waits for somebody to follow up")
    ASSIGNED = "assigned", _("Somebody follows up again")
    STORE_CLOSED = "store_closed", _("The store closed")
    DEALER_CLOSED = "dealer_closed", _("The dealer closed")
    # By the customer, or by a ruling.
    CHOSEN = "chosen", _("Chosen by the customer")
    RULED = "ruled", _("Decided in a case")


class ActQuerySet(models.QuerySet["Act"]):
    def open(self) -> "ActQuerySet":
        """Requests for more time that wait for an answer."""
        return self.filter(due_at__isnull=False, answered_by=None).exclude(kind=ActKind.POSSIBLE)

    def in_review(self) -> "ActQuerySet":
        """Possible matches that nobody has decided about."""
        return self.filter(kind=ActKind.POSSIBLE, answered_by=None)


class Act(models.Model):
    """Something done to a person's ownership, by somebody or by time. Only ever added.

    One row is of one dealer: where a customer goes from one to another, each has its own.
    """

    kind = models.CharField(_("kind"), max_length=14, choices=ActKind)
    reason = models.CharField(_("reason"), max_length=40, blank=True)  # of a list of its kind
    note = models.TextField(_("in words"), max_length=500, blank=True)
    identity = models.ForeignKey(
        "Identity", models.PROTECT, related_name="acts", verbose_name=_("identity")
    )
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_constraint=False, related_name="+", verbose_name=_("dealer")
    )
    store = models.ForeignKey(
        Store, models.PROTECT, db_constraint=False, db_index=False, related_name="+",
        verbose_name=_("store"),
    )  # fmt: skip
    ownership = models.ForeignKey(
        Ownership, models.PROTECT, null=True, blank=True, related_name="acts",
        verbose_name=_("ownership"),
    )  # fmt: skip
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+",
        verbose_name=_("by"), help_text=_("Empty: by time."),
    )  # fmt: skip
    at = MomentField(_("at"))
    recorded_at = MomentField(_("recorded at"), default=timezone.now)
    # What waits for an answer says until when; the answer names it.
    due_at = MomentField(_("answer due at"), null=True, blank=True)
    # Of a request for more time: so many days the protection had, whatever later rulebooks give.
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace when it was asked"), null=True, blank=True
    )
    answers = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="answered_by",
        verbose_name=_("answers"),
    )  # fmt: skip

    objects = ActQuerySet.as_manager()

    class Meta:
        verbose_name = _("act of ownership")
        verbose_name_plural = _("acts of ownership")
        ordering = ("at", "id")
        constraints: ClassVar = [
            within("act_between_1990_and_2200", moments=["at", "recorded_at", "due_at"]),
            models.CheckConstraint(
                name="act_kind_is_known", condition=Q(kind__in=ActKind.values)
            ),
            models.CheckConstraint(
                name="act_is_due_after_it_was_asked",
                condition=Q(due_at__isnull=True) | Q(due_at__gt=F("at")),
            ),
            models.CheckConstraint(
                name="act_of_time_is_nobodys",
                condition=~Q(kind__in=[ActKind.LET_GO, ActKind.SERVED]) | Q(by__isnull=True),
            ),
            models.CheckConstraint(
                name="act_of_asking_says_the_grace",
                condition=Q(grace_days__isnull=True) | Q(kind=ActKind.ASKED),
            ),
            store_of_dealer("act_store_is_the_dealers"),
        ]  # fmt: skip
        indexes: ClassVar = [
            # Which requests are due.
            models.Index(fields=["due_at"], name="act_due", condition=Q(due_at__isnull=False)),
        ]
        triggers: ClassVar = [
            Kept(name="act_only_added", exclude=["note"]),
            only_by_erasure("act_note_only_erased", "note"),
            nothing_more_said("act_about_nobody_erased", "NEW.note <> ''", gone=erased()),
            never_deleted("act_never_deleted"),
            no_truncate("act_never_emptied"),
            refuses(
                "act_is_of_its_ownership",
                """EXISTS (
                    SELECT FROM added JOIN customers_ownership AS o ON o.id = added.ownership_id
                    WHERE (o.identity_id, o.dealer_id) <> (added.identity_id, added.dealer_id))""",
                "An act is about an ownership of its own person and dealer.",
            ),
            refuses(
                "act_answers_one_of_its_person",
                """EXISTS (
                    SELECT FROM added JOIN customers_act AS asked ON asked.id = added.answers_id
                    WHERE asked.identity_id <> added.identity_id OR asked.due_at IS NULL)""",
                "An answer is to something that was asked about the same person.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d}"

    @property
    def card_id(self) -> UUID | None:
        """The dealer's card of the customer whose ownership it is about; None without one."""
        return self.ownership.customer_id if self.ownership is not None else None

    @property
    def who(self) -> str:
        """Who did it, for the dealer to read; of a case nobody learns who decided."""
        return "" if self.by is None or self.kind == ActKind.RULED else str(self.by)

    @classmethod
    def about(cls, owned: Ownership, kind: ActKind, **said: Any) -> Self:
        """What is done to an ownership; not saved yet."""
        return cls(
            kind=kind, ownership=owned, identity_id=owned.identity_id, dealer_id=owned.dealer_id,
            store_id=owned.store_id, **said,
        )  # fmt: skip
