"""Links by which people join."""

import uuid
from datetime import datetime
from typing import ClassVar, Self, cast

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, NameField, legible, within
from dealers.models.consent import invited_with_consent
from dealers.models.network import Dealer, Region, Store
from dealers.models.people import (
    Membership,
    Role,
    User,
    role_scope_condition,
    store_of_dealer,
)
from dealers.triggers import fixed, never_deleted, no_truncate


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, at: datetime) -> Self:
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at)

    def waiting_for_consent(self, at: datetime) -> Self:
        return self.open(at).filter(needs_consent=True, consented_at__isnull=True)

    def with_scope(self) -> Self:
        return self.select_related("store", "dealer", "region")

    def staff_of(self, membership: Membership) -> Self:
        """Invitations to posts that the holder of ``membership`` looks after.

        An owner sees those of further owners too, to agree to them or not.
        """
        match membership.role:
            case Role.OWNER:
                return self.filter(dealer=membership.dealer_id)
            case Role.STORE_MANAGER:
                return self.filter(store=membership.store_id, role=Role.ASSOCIATE)
            case _:
                return self.none()


class Invitation(models.Model):
    """A link that lets one person join with a role and scope fixed in it.

    It goes to an e-mail address or a mobile number. With neither it is shown on a screen only, and
    gets the number that whoever scans it confirms.
    """

    token = models.UUIDField(_("token"), default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("mobile number"), max_length=16, blank=True, help_text="E.164")
    name = NameField(_("name"), max_length=80)
    role = models.CharField(_("role"), max_length=20, choices=Role)
    store = models.ForeignKey(
        Store,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("store"),
    )
    dealer = models.ForeignKey(
        Dealer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("dealer"),
    )
    region = models.ForeignKey(
        Region,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("region"),
    )
    invited_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("invited by")
    )
    invited_at = MomentField(_("invited at"), default=timezone.now)
    expires_at = MomentField(_("valid until"))
    accepted_at = MomentField(_("accepted at"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("accepted by"),
    )
    mailed_at = MomentField(_("link sent at"), null=True, blank=True)
    mails = models.PositiveSmallIntegerField(_("mails"), default=1)
    # A dealer's later owner joins only after a present owner or another person of headquarters
    # than the sender has agreed; until then nothing is mailed.
    needs_consent = models.BooleanField(_("needs consent"), default=False)
    consented_at = MomentField(_("consented at"), null=True, blank=True)
    consented_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("consented by"),
    )
    revoked_at = MomentField(_("revoked at"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-invited_at",)
        constraints: ClassVar = [
            within(
                "invitation_between_1990_and_2200",
                moments=["invited_at", "expires_at", "accepted_at", "mailed_at", "revoked_at"],
            ),
            legible("invitation_name_is_legible", "name"),
            models.CheckConstraint(
                name="invitation_scope_fits_role",
                condition=role_scope_condition(),
                violation_error_message=_(
                    "A store role needs a store, an owner a dealer, a regional manager a region."
                ),
            ),
            models.CheckConstraint(
                name="invitation_by_mail_or_to_a_number", condition=Q(email="") | Q(phone="")
            ),
            models.CheckConstraint(
                name="invitation_expires_after_it_was_sent",
                condition=Q(expires_at__gt=F("invited_at")),
            ),
            models.CheckConstraint(
                name="invitation_accepted_by_somebody",
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
            ),
            within("invitation_consent_between_1990_and_2200", moments=["consented_at"]),
            models.CheckConstraint(
                name="invitation_consent_is_by_another",
                condition=Q(consented_at__isnull=True, consented_by__isnull=True)
                | Q(consented_at__isnull=False, consented_by__isnull=False)
                & ~Q(consented_by=F("invited_by")),
            ),
            models.CheckConstraint(
                name="invitation_accepted_with_consent",
                condition=Q(accepted_at__isnull=True)
                | Q(needs_consent=False)
                | Q(consented_at__isnull=False),
            ),
            store_of_dealer("invitation_store_is_the_dealers"),
        ]
        triggers: ClassVar = [
            fixed(
                "invitation_stays_the_same_post",
                *("token", "email", "role", "store", "dealer", "region"),
                *("invited_by", "invited_at"),
            ),
            pgtrigger.Protect(
                name="invitation_gets_its_number_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.phone IS DISTINCT FROM NEW.phone AND (OLD.phone <> '' OR OLD.email <> ''"
                    " OR OLD.accepted_at IS NOT NULL OR OLD.revoked_at IS NOT NULL)"
                ),
            ),
            pgtrigger.Protect(
                name="invitation_used_never_reopened",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.accepted_at IS NOT NULL OR OLD.revoked_at IS NOT NULL)"
                    " AND (OLD.accepted_at, OLD.accepted_by_id, OLD.revoked_at, OLD.expires_at)"
                    " IS DISTINCT FROM"
                    " (NEW.accepted_at, NEW.accepted_by_id, NEW.revoked_at, NEW.expires_at))"
                ),
            ),
            fixed("invitation_needs_consent_or_not", "needs_consent"),
            *invited_with_consent("invitation"),
            never_deleted("invitation_never_deleted"),
            no_truncate("invitation_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.get_role_display()}"

    @property
    def address(self) -> str:
        """The address or number that it is for; empty while it is only shown on a screen."""
        return self.email or self.phone

    @property
    def waits_for_consent(self) -> bool:
        return self.needs_consent and self.consented_at is None

    @property
    def scope(self) -> Store | Dealer | Region:
        # A check constraint of the table has one of the three always set.
        return cast("Store | Dealer | Region", self.store or self.dealer or self.region)
