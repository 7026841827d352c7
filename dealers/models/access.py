"""Who looked at whose customers."""

from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dealers import sayings
from dealers.bounds import MomentField, within
from dealers.models.network import Dealer
from dealers.models.people import STORE_ROLES, Membership, Role, User
from dealers.triggers import append_only, no_truncate


class AccessAction(models.TextChoices):
    REVEAL = "reveal", _("Number shown")
    LOOK_UP = "look_up", _("Number looked up")
    EXPORT = "export", _("Exported")
    LOOK = "look", _("Looked at the owner's pages")


class Purpose(models.TextChoices):
    """What somebody needs a customer's full number for; the log keeps the code."""

    FOLLOW_UP = "follow-up", _("Follow-up call")
    DELIVERY = "delivery", _("Delivery or installation")
    SERVICE = "service", _("After-sales service")
    REQUEST = "request", _("The customer asked to be called")


# By whom has no post at the dealer, at that moment.
BY_OTHERS = ~models.Q(role__in=[*STORE_ROLES, Role.OWNER])


class AccessLogQuerySet(models.QuerySet["AccessLog"]):
    def visible_to(self, membership: Membership | None) -> Self:
        """What happened to the membership's own dealer's customers."""
        if membership is None or not membership.at_dealer:
            return self.none()
        return self.filter(dealer=membership.dealer_id)

    def by_others(self) -> Self:
        """By people from outside the dealer's company, at that moment."""
        return self.filter(BY_OTHERS)


class AccessLog(models.Model):
    """Somebody read personal data of a dealer's customers: who, when, what and why."""

    dealer = models.ForeignKey(
        Dealer, models.PROTECT, related_name="access_log", verbose_name=_("dealer")
    )
    user = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=40)
    action = models.CharField(_("action"), max_length=20, choices=AccessAction)
    # The customer card read, or nothing where a whole list was exported or nobody was found. No
    # foreign key: cards live in a higher app, and the log outlives them.
    customer = models.UUIDField(_("customer card"), null=True, blank=True)
    fields = models.CharField(_("fields"), max_length=200)
    # As ``sayings`` keeps it: every reader reads it in their language.
    purpose = models.CharField(_("purpose"), max_length=500)
    count = models.PositiveIntegerField(_("customers"), default=1)
    at = MomentField(_("at"), default=timezone.now)

    objects = AccessLogQuerySet.as_manager()

    class Meta:
        verbose_name = _("access log entry")
        verbose_name_plural = _("access log")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("access_log_between_1990_and_2200", moments=["at"]),
        ]
        indexes: ClassVar = [
            # The owner's page: newest first.
            models.Index(fields=["dealer", "-at", "-id"], name="access_log_dealer_newest"),
            # What a person did lately, which is limited.
            models.Index(fields=["user", "-at"], name="access_log_person_newest"),
            # A customer's timeline.
            models.Index(fields=["customer", "-at"], name="access_log_customer_newest"),
        ]
        triggers: ClassVar = [
            append_only("access_log_only_added"),
            no_truncate("access_log_never_emptied"),
            # The database's clock, with some room for that of the web server.
            pgtrigger.Protect(
                name="access_log_at_the_moment_itself",
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition(
                    "NEW.at NOT BETWEEN now() - interval '5 minutes'"
                    " AND clock_timestamp() + interval '5 minutes'"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.user} {self.get_action_display()}"

    @property
    def why(self) -> str:
        """What it was for, in the reader's language; of a file, that it was taken away."""
        if self.action == AccessAction.REVEAL and self.purpose in Purpose.values:
            return str(Purpose(self.purpose).label)
        if self.action == AccessAction.LOOK_UP and self.purpose.isdecimal():
            said = (
                _("Number ending in %(digits)s: found")
                if self.customer
                else _("Number ending in %(digits)s: not found")
            )
            return str(said) % {"digits": self.purpose}
        words = sayings.read(self.purpose)
        if self.action == AccessAction.EXPORT:
            return gettext("Export: %(what)s") % {"what": words}
        return words

    @property
    def role_name(self) -> str:
        """The post of the person at that moment, in the reader's language."""
        return str(Role(self.role).label if self.role in Role.values else _("Headquarters"))
