"""What headquarters tried and must not do: refused, and told to whoever it was about."""

import uuid
from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dealers import sayings
from dealers.bounds import MomentField, within
from dealers.models.network import Dealer
from dealers.models.people import Membership, User, role_name
from dealers.models.receipts import FactKind, chained, kept_by_the_worker
from dealers.triggers import keeps_the_name


class ForbiddenAct(models.TextChoices):
    """What the agreement forbids headquarters."""

    CONTACT = "contact", _("Contact beyond the level of sharing")
    PROTECTION = "protection", _("A protection shortened")
    SHARE = "share", _("A promised share changed")
    TWICE = "twice", _("Decided a second time")
    LATE = "late", _("Decided too late")
    CLOSING = "closing", _("Closed without an exit pack")


# What it was, who tried and when; of whose card, but no word of theirs. What is about no dealer
# alone is about all of them.
_TOLD = """
    SELECT d.id AS dealer, r.id, json_build_object(
        'act', r.act, 'at', r.at, 'person', r.user_id, 'role', r.role, 'agent', r.agent,
        'card', r.customer,
        'words', encode(sha256(convert_to(r.said, 'UTF8')), 'hex')) AS said
    FROM added AS r JOIN dealers_dealer AS d ON d.id = coalesce(r.dealer_id, d.id)"""


class RefusedActQuerySet(models.QuerySet["RefusedAct"]):
    def visible_to(self, membership: Membership | None) -> Self:
        """Those about the membership's own dealer, and those about the whole network."""
        if membership is None or membership.dealer_id is None:
            return self.none()
        return self.filter(models.Q(dealer=membership.dealer_id) | models.Q(dealer=None))


class RefusedAct(models.Model):
    """Somebody tried what the agreement forbids, and was refused. Only ever added.

    It is written after the transaction that was refused, so that it stays when that is taken back.
    """

    # By which it is written once, whoever writes it.
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    act = models.CharField(_("act"), max_length=12, choices=ForbiddenAct)
    # Nobody: it would have been about all dealers, and all of them read it.
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("dealer"),
    )  # fmt: skip
    user = models.ForeignKey(
        User, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("person"),
    )  # fmt: skip
    agent = models.CharField(_("task or command"), max_length=100, blank=True, default="")
    # The person's at that moment, set by the database: they may be called otherwise later.
    name = models.CharField(
        _("name"), max_length=80, blank=True, default="", db_default="", editable=False
    )
    role = models.CharField(_("role"), max_length=40)
    # No foreign key: cards live in a higher app.
    customer = models.UUIDField(_("customer card"), null=True, blank=True)
    # As ``sayings`` keeps it.
    said = models.CharField(_("what was refused"), max_length=500)
    at = MomentField(_("at"))

    objects = RefusedActQuerySet.as_manager()

    class Meta:
        verbose_name = _("refused act")
        verbose_name_plural = _("refused acts")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("refused_act_between_1990_and_2200", moments=["at"]),
            models.CheckConstraint(
                name="refused_act_is_known", condition=models.Q(act__in=ForbiddenAct.values)
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["dealer", "-at"], name="refused_act_newest"),
        ]
        triggers: ClassVar = [
            *kept_by_the_worker("refused_act"),
            keeps_the_name("refused_act_keeps_the_name", "name", of="user_id"),
            chained("refused_act_is_chained", FactKind.REFUSED, _TOLD),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_act_display()}"

    @property
    def who(self) -> str:
        """The person as they were called then, else the task or command."""
        return self.name or gettext(self.agent)

    @property
    def role_name(self) -> str:
        """The post at that moment, in the reader's language."""
        return role_name(self.role, self.user_id)

    @property
    def what(self) -> str:
        """What was refused, in the reader's language."""
        return sayings.read(self.said)
