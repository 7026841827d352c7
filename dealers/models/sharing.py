"""How much of its customers a dealer lets the brand see: what it chose, row after row."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers.bounds import MomentField, within
from dealers.models.network import Dealer
from dealers.models.people import User
from dealers.triggers import append_only, chosen_by_the_owner, no_truncate, refuses


class Level(models.IntegerChoices):
    """What the brand sees of a customer, each level with what is below it."""

    FINGERPRINT = 0, _("Fingerprint only")
    MASKED = 1, _("Masked profile")
    SERVICE = 2, _("Contact for after-sales service")
    TOGETHER = 3, _("Co-marketing")


# Of a dealer that has chosen nothing: the pages of the brand go on, and no number leaves.
UNCHOSEN = Level.MASKED
CONTACT = Level.SERVICE  # the lowest level of which the brand may be shown a number

# The level in force for a card: the customer's own, else the dealer's default.
_LATEST = """(SELECT level FROM dealers_sharing WHERE dealer_id = {dealer}
    AND customer {customer} AND at <= {at} ORDER BY at DESC, id DESC LIMIT 1)"""


def in_force_sql(dealer: str, customer: str, at: str = "'infinity'") -> str:
    """The SQL of the level in force for a card of a dealer at a moment."""
    own = _LATEST.format(dealer=dealer, customer=f"= {customer}", at=at)
    default = _LATEST.format(dealer=dealer, customer="IS NULL", at=at)
    return f"coalesce({own}, {default}, {UNCHOSEN.value})"


# A customer's own level rises above the one in force, without a yes that still stands.
_DEFAULT = _LATEST.format(dealer="NEW.dealer_id", customer="IS NULL", at="'infinity'")
RAISED = f"""NEW.customer IS NOT NULL
    AND coalesce(NEW.level, {_DEFAULT}, {UNCHOSEN.value})
        > {in_force_sql("NEW.dealer_id", "NEW.customer")}
    AND NOT coalesce((
        SELECT NOT said.withdrawn FROM customers_consent AS said
        WHERE said.customer_id = NEW.customer AND said.purpose = 'brand'
            AND NOT EXISTS (SELECT FROM customers_void AS void
                WHERE void.registration_id = said.registration_id)
        ORDER BY least(said.at, said.recorded_at) DESC, said.id DESC LIMIT 1), false)
"""  # noqa: S608 -- our own text


class SharingQuerySet(models.QuerySet["Sharing"]):
    def defaults(self) -> Self:
        """What holds for all customers of whom nothing else was chosen."""
        return self.filter(customer=None)

    def newest_first(self) -> Self:
        return self.order_by("-at", "-id")


class Sharing(models.Model):
    """A dealer chose a level, for all its customers or for one of them. Only ever added."""

    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_index=False, related_name="+", verbose_name=_("dealer")
    )
    # Nothing: the dealer's default. No foreign key: cards live in a higher app.
    customer = models.UUIDField(_("customer card"), null=True, blank=True)
    # Nothing: the customer is shared as the default says, again.
    level = models.PositiveSmallIntegerField(_("level"), choices=Level, null=True, blank=True)
    at = MomentField(_("at"), default=timezone.now)
    by = models.ForeignKey(
        User, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("person"),
    )  # fmt: skip

    objects = SharingQuerySet.as_manager()

    class Meta:
        verbose_name = _("sharing level")
        verbose_name_plural = _("sharing levels")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("sharing_between_1990_and_2200", moments=["at"]),
            models.CheckConstraint(
                name="sharing_level_is_known",
                condition=Q(level__in=Level.values, level__isnull=False)
                | Q(level=None, customer__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["dealer", "customer", "-at", "-id"], name="sharing_latest"),
            # What policies look for: whoever is hidden.
            models.Index(fields=["dealer"], name="sharing_nothing", condition=Q(level=0)),
        ]
        triggers: ClassVar = [
            append_only("sharing_only_added"),
            no_truncate("sharing_never_emptied"),
            chosen_by_the_owner("sharing_chosen_by_its_dealer"),
            refuses(
                "sharing_is_not_dated_back",
                """EXISTS (SELECT FROM dealers_sharing AS before
                    WHERE before.dealer_id = NEW.dealer_id
                        AND before.customer IS NOT DISTINCT FROM NEW.customer
                        AND before.at > NEW.at)""",
                "A level is chosen after those that were chosen before.",
                rows=True,
            ),
            refuses(
                "sharing_is_of_its_own_customers",
                """NEW.customer IS NOT NULL AND NOT EXISTS (SELECT FROM customers_customer
                    WHERE id = NEW.customer AND dealer_id = NEW.dealer_id)""",
                "This card belongs to another dealer.",
                rows=True,
            ),
            refuses(
                "sharing_raised_with_consent", RAISED, "The customer has not agreed.", rows=True
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display() if self.level is not None else '–'} {self.at:%Y-%m-%d}"
