"""Numbers that customers had before."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.erasures import erased
from customers.models.people import RENEWED, Customer
from customers.models.registrations import card_of_dealer
from dealers.bounds import MomentField, within
from dealers.models import Dealer, User
from dealers.sealed import SealedField
from dealers.triggers import Kept, never_deleted, no_truncate, refuses, resealed


class NumberChange(models.Model):
    """A customer has another number: the same person goes on under it. Only ever added.

    Only the dealer that recorded it can read the old number, and has the new one on its card.
    """

    # Two foreign keys of several columns stand for those of identity, card and dealer.
    identity = models.ForeignKey(
        "Identity", models.PROTECT, db_constraint=False, related_name="number_changes",
        verbose_name=_("identity"),
    )  # fmt: skip
    customer = models.ForeignKey(
        Customer, models.PROTECT, db_constraint=False, related_name="number_changes",
        verbose_name=_("customer"),
    )  # fmt: skip
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_constraint=False, db_index=False, related_name="+",
        verbose_name=_("dealer"),
    )  # fmt: skip
    before = models.BinaryField(_("fingerprint before"))
    after = models.BinaryField(_("fingerprint after"))
    keyed = models.PositiveSmallIntegerField(_("fingerprint keys"), default=1, db_default=1)
    number_sealed = SealedField(_("number before, encrypted"))
    changed_by = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name=_("changed by")
    )
    at = MomentField(_("at"))
    recorded_at = MomentField(_("recorded at"), default=timezone.now)

    class Meta:
        verbose_name = _("change of number")
        verbose_name_plural = _("changes of numbers")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("number_change_between_1990_and_2200", moments=["at", "recorded_at"]),
            models.CheckConstraint(
                name="number_change_is_to_another_number", condition=~Q(before=F("after"))
            ),
            card_of_dealer("number_change_card_is_the_dealers"),
        ]
        triggers: ClassVar = [
            Kept(
                name="number_change_only_added",
                exclude=["before", "after", "keyed", "number_sealed"],
            ),
            never_deleted("number_change_never_deleted"),
            refuses(
                "number_change_only_renewed_or_erased",
                f"NOT {RENEWED} AND NOT {erased()}",
                "Fingerprints get another key, or are erased, and never change else.",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.before IS DISTINCT FROM NEW.before OR OLD.after IS DISTINCT FROM NEW.after"
                    " OR OLD.keyed <> NEW.keyed"
                ),
                rows=True,
            ),
            refuses(
                "number_change_only_resealed_or_erased",
                f"""((octet_length(NEW.number_sealed) = 0 AND {erased()})
                    OR ({resealed("number_sealed")})) IS NOT TRUE""",
                "A number is sealed with another key, or erased, and never changes else.",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.number_sealed IS DISTINCT FROM NEW.number_sealed"
                ),
                rows=True,
            ),
            no_truncate("number_change_never_emptied"),
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.at:%Y-%m-%d}"
