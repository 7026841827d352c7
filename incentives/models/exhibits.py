"""What a dealer says and shows about a dispute, sealed with its key."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.erasures import erased, only_resealed_or_erased
from dealers.bounds import MomentField, within
from dealers.models import Dealer, User
from dealers.sealed import SealedField
from dealers.triggers import Kept, never_deleted, no_truncate, refuses
from incentives.models.disputes import Dispute


class DisputeExhibitKind(models.TextChoices):
    """What a dealer says or shows; files as ``dealers.exhibits`` makes them."""

    TEXT = "text", _("What happened")
    AGAIN = "again", _("Why the decision is wrong")
    IMAGE = "image", _("Picture")
    PDF = "pdf", _("PDF")


_PERSON = """(SELECT coalesce(o.identity_id, g.identity_id) FROM incentives_dispute AS d
    JOIN incentives_line AS l ON l.id = d.line_id
    LEFT JOIN customers_order AS o ON o.id = l.order_id
    LEFT JOIN customers_registration AS g ON g.id = l.registration_id
    WHERE d.id = NEW.dispute_id)"""


class DisputeExhibit(models.Model):
    """What a dealer says or shows about a dispute, sealed with its key. Only ever added."""

    dispute = models.ForeignKey(
        Dispute, models.PROTECT, db_index=False, related_name="exhibits", verbose_name=_("dispute")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_constraint=False, related_name="+", verbose_name=_("dealer")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=DisputeExhibitKind)
    text_sealed = SealedField(_("text, encrypted"), null=True, blank=True)
    file_sealed = SealedField(_("file, encrypted"), null=True, blank=True)
    size = models.PositiveIntegerField(_("bytes"), default=0)
    by = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("by")
    )
    at = MomentField(_("at"))

    class Meta:
        verbose_name = _("exhibit of a dispute")
        verbose_name_plural = _("exhibits of disputes")
        ordering = ("dispute_id", "number")
        constraints: ClassVar = [
            within("dispute_exhibit_between_1990_and_2200", moments=["at"]),
            models.UniqueConstraint(
                name="dispute_exhibit_numbered_once", fields=["dispute", "number"]
            ),
            models.CheckConstraint(
                name="dispute_exhibit_is_a_text_or_a_file",
                condition=Q(
                    kind__in=[DisputeExhibitKind.TEXT, DisputeExhibitKind.AGAIN], size=0
                ) | Q(kind__in=[DisputeExhibitKind.IMAGE, DisputeExhibitKind.PDF], size__gt=0),
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            Kept(name="dispute_exhibit_only_added", exclude=["text_sealed", "file_sealed"]),
            never_deleted("dispute_exhibit_never_deleted"),
            no_truncate("dispute_exhibit_never_emptied"),
            *(
                only_resealed_or_erased(
                    f"dispute_{column}_only_resealed_or_erased",
                    f"{column}_sealed",
                    "What was shown is sealed with another key, or erased, and never changes else.",
                    gone=erased(_PERSON),
                )
                for column in ("text", "file")
            ),
            refuses(
                "dispute_exhibit_of_its_dealer",
                "NEW.dealer_id <> (SELECT dealer_id FROM incentives_dispute"
                " WHERE id = NEW.dispute_id)",
                "What is shown is of the dealer that disputes.",
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dispute_id}-{self.number}"
