"""How the accounts of the books are called where the brand keeps its own."""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dealers.bounds import NameField, legible
from incentives.models.books import AccountKind, Holder
from incentives.models.plans import Plan


class AccountCode(models.Model):
    """The code that an account has in the brand's own books; without one it is the usual one.

    For all accounts of a kind and holder, or for those of one plan.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=AccountKind)
    holder = models.CharField(_("holder"), max_length=10, choices=Holder)
    plan = models.ForeignKey(
        Plan, models.CASCADE, null=True, blank=True, related_name="account_codes",
        verbose_name=_("plan"), help_text=_("Empty: for all plans."),
    )  # fmt: skip
    code = models.CharField(
        _("account code"),
        max_length=20,
        validators=[RegexValidator(r"^[0-9A-Za-z][0-9A-Za-z.-]*$", _("Letters, digits, . and -"))],
    )
    name = NameField(_("account name"), max_length=60)

    class Meta:
        verbose_name = _("account code")
        verbose_name_plural = _("account codes")
        ordering = ("kind", "holder", "code")
        constraints: ClassVar = [
            legible("account_code_is_legible", "name"),
            models.UniqueConstraint(
                name="account_code_once_a_kind_holder_and_plan",
                fields=["kind", "holder", "plan"],
                nulls_distinct=False,
                violation_error_message=_("These accounts have a code already."),
            ),
            models.CheckConstraint(
                name="account_code_of_accounts_that_exist",
                condition=Q(
                    kind=AccountKind.PAYABLE, holder__in=[Holder.DEALER, Holder.PERSON],
                    plan__isnull=True,
                )
                | Q(kind__in=[AccountKind.EXPENSE, AccountKind.INCOME], holder=Holder.PLAN)
                | Q(kind=AccountKind.EXPENSE, holder=Holder.REWARDS, plan__isnull=True)
                | Q(
                    kind=AccountKind.OWN, plan__isnull=True,
                    holder__in=[Holder.BANK, Holder.CLEARING, Holder.WITHHELD],
                ),
                violation_error_message=_("There are no accounts of this kind and holder."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
