"""Where chains go on after the database was put back, and what of them was lost by that."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within
from dealers.models.network import Dealer
from dealers.models.receipts import kept_by_the_worker
from dealers.signed_words import restart_words


class Restart(models.Model):
    """A dealer's chain goes on at an earlier place than the last that was signed.

    The database was put back to an earlier moment. What was signed later is lost, and other links
    take its places; the statement of it is signed as receipts are, and stands for ever.
    """

    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_index=False, related_name="+", verbose_name=_("dealer")
    )
    seq = models.BigIntegerField(_("last place that stays"))
    hash = models.BinaryField(_("its hash"))
    lost = models.BigIntegerField(_("last place that was signed"))
    lost_hash = models.BinaryField(_("the hash that it had"))
    at = MomentField(_("signed at"))
    signature = models.BinaryField(_("signature"))

    class Meta:
        verbose_name = _("restart of a chain")
        verbose_name_plural = _("restarts of chains")
        ordering = ("dealer", "at")
        constraints: ClassVar = [
            within("restart_between_1990_and_2200", moments=["at"]),
            models.UniqueConstraint(name="restart_one_a_moment", fields=["dealer", "at"]),
            models.CheckConstraint(
                name="restart_loses_something", condition=Q(seq__gte=0, lost__gt=F("seq"))
            ),
        ]
        triggers: ClassVar = kept_by_the_worker("restart")

    def __str__(self) -> str:
        return f"#{self.seq}"

    @property
    def first_lost(self) -> int:
        """The first place whose history was lost."""
        return self.seq + 1

    @property
    def words(self) -> str:
        """What is signed."""
        return restart_words(
            self.dealer_id,
            (self.seq, bytes(self.hash)),
            (self.lost, bytes(self.lost_hash)),
            self.at,
        )

    @property
    def line(self) -> str:
        """The statement as a text, as it is checked."""
        return f"{self.words} {bytes(self.signature).hex()}"
