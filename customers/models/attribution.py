"""For whom orders count."""

from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from customers.models.orders import Holder, Order, SoldBy
from customers.models.ownership import Ownership
from customers.models.rulebooks import Rulebook
from customers.models.rulings import CaseRuling
from dealers.bounds import DayField, MomentField, within
from dealers.models import Dealer, Store, store_of_dealer
from dealers.triggers import append_only, found, no_truncate


class AttributionCause(models.TextChoices):
    """Why somebody came to hold a share of an order."""

    ORDER = "order", _("Recorded with the order")
    RENEWAL = "renewal", _("A sale recorded later prolonged the protection")
    VOID = "void", _("The registration that it counted by was voided")
    RULING = "ruling", _("A case was decided")


class AttributionQuerySet(models.QuerySet["Attribution"]):
    def owners(self) -> Self:
        return self.filter(holder=Holder.OWNER)

    def current(self) -> Self:
        """Those that no later decision about the same order supersedes."""
        # Above 1 says so to the index, which has those alone.
        superseding = self.model.objects.filter(version__gt=1, order=OuterRef("order"))
        return self.filter(~Exists(superseding.filter(version__gt=OuterRef("version"))))


def current_sql(alias: str, known_until: str = "'infinity'") -> str:
    """``AttributionQuerySet.current`` in SQL: the last decision recorded until then."""
    return (
        f"NOT EXISTS (SELECT FROM customers_attribution AS later"
        f" WHERE later.order_id = {alias}.order_id AND later.version > {alias}.version"
        f" AND later.version > 1 AND later.recorded_at <= {known_until})"
    )


_NOT_WHOLE = """
    SELECT FROM customers_attribution AS a
    WHERE (a.order_id, a.version) IN (SELECT order_id, version FROM given)
    GROUP BY a.order_id, a.version HAVING sum(a.share) <> 1"""


class Attribution(models.Model):
    """What one holder has of an order, by one decision about it.

    The rows of an order with one version are a decision; their shares total 100 %. A higher version
    supersedes it: what counts at a cut-off is the last one recorded until then. Rows are only
    added. A return is decided as its sale was, on its own day. "Nobody" names whom an order is
    taken from: with the whole of it where it counts for nobody, with nothing where it counts for
    others. By that row alone a dealer, who sees no other's, knows that it is not theirs any more.

    What a month's books need of the order is repeated here, so that they read this table alone.
    """

    order = models.ForeignKey(
        Order, models.PROTECT, db_index=False, related_name="attributions", verbose_name=_("order")
    )
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    holder = models.CharField(_("holder"), max_length=6, choices=Holder)
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_constraint=False, db_index=False, related_name="attributions",
        verbose_name=_("dealer"),
    )  # fmt: skip
    store = models.ForeignKey(
        Store, models.PROTECT, db_constraint=False, db_index=False, related_name="attributions",
        verbose_name=_("store"),
    )  # fmt: skip
    ownership = models.ForeignKey(
        Ownership, models.PROTECT, db_index=False, null=True, blank=True,
        related_name="attributions", verbose_name=_("ownership"),
    )  # fmt: skip
    share = models.DecimalField(_("share"), max_digits=9, decimal_places=6)
    sold_by = models.CharField(
        _("sold by"), max_length=6, choices=[each for each in SoldBy.choices if each[0] != "none"]
    )
    # The calendar day at the owner's store: it decides the month that a dealer is paid in.
    counts_on = DayField(_("counts on"))
    rulebook = models.ForeignKey(
        Rulebook, models.PROTECT, db_index=False, related_name="+", verbose_name=_("rulebook")
    )
    cause = models.CharField(_("cause"), max_length=8, choices=AttributionCause)
    recorded_at = MomentField(_("recorded at"))
    ruling = models.ForeignKey(
        CaseRuling, models.PROTECT, db_index=False, null=True, blank=True,
        related_name="attributions", verbose_name=_("ruling"),
    )  # fmt: skip

    # Of the order.
    sale = models.ForeignKey(
        Order, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("sale"),
    )  # fmt: skip
    ordered_at = MomentField(_("ordered at"))
    quantity = models.PositiveIntegerField(_("quantity"))
    signed_net = models.DecimalField(_("net, less returns"))

    objects = AttributionQuerySet.as_manager()

    class Meta:
        verbose_name = _("attribution")
        verbose_name_plural = _("attributions")
        ordering = ("order", "version", "holder", "id")
        constraints: ClassVar = [
            within(
                "attribution_between_1990_and_2200",
                moments=["ordered_at", "recorded_at"],
                days=["counts_on"],
            ),
            models.UniqueConstraint(
                name="attribution_holder_named_once",
                fields=["order", "version", "holder", "store"],
            ),
            models.CheckConstraint(
                name="attribution_share_is_a_share", condition=Q(share__gte=0, share__lte=1)
            ),
            models.CheckConstraint(
                name="attribution_owner_has_an_ownership",
                condition=Q(holder__in=[Holder.OWNER, Holder.NOBODY], ownership__isnull=False)
                | Q(holder=Holder.SELLER, ownership__isnull=True)
                | Q(holder=Holder.NOBODY, share=0),
            ),
            models.CheckConstraint(
                name="attribution_seller_is_another_dealer",
                condition=Q(holder=Holder.OWNER, sold_by__in=[
                    SoldBy.OWN, SoldBy.SISTER, SoldBy.OTHER, SoldBy.ONLINE,
                ]) | Q(holder=Holder.SELLER, sold_by=SoldBy.OTHER) | Q(holder=Holder.NOBODY),
            ),
            models.CheckConstraint(
                name="attribution_by_a_ruling_names_it",
                condition=Q(cause=AttributionCause.RULING, ruling__isnull=False)
                | ~Q(cause=AttributionCause.RULING) & Q(ruling__isnull=True),
            ),
            store_of_dealer("attribution_store_is_the_dealers"),
        ]  # fmt: skip
        indexes: ClassVar = [
            # Closing a month, and the pages of a dealer: what counts in it, by holder.
            models.Index(
                fields=["counts_on", "dealer"],
                name="attribution_owned_month",
                condition=Q(holder=Holder.OWNER),
            ),
            models.Index(
                fields=["dealer", "-counts_on"],
                name="attribution_owner_newest",
                condition=Q(holder=Holder.OWNER),
            ),
            models.Index(
                fields=["counts_on", "dealer"],
                name="attribution_sold_month",
                condition=Q(holder=Holder.SELLER),
            ),
            # What the customer of a registration bought.
            models.Index(
                fields=["ownership"],
                name="attribution_ownership",
                condition=Q(ownership__isnull=False),
            ),
            # What became known since the last close.
            models.Index(fields=["recorded_at"], name="attribution_recorded"),
            # Whether anything of a dealer was recorded since its open month was computed.
            models.Index(fields=["dealer", "recorded_at"], name="attribution_dealer_recorded"),
            # What came back of a sale.
            models.Index(
                fields=["sale"], name="attribution_returns", condition=Q(sale__isnull=False)
            ),
            # Whether a decision was superseded: few are.
            models.Index(
                fields=["order", "version"],
                name="attribution_superseding",
                condition=Q(version__gt=1),
            ),
        ]
        triggers: ClassVar = [
            append_only("attribution_only_added"),
            no_truncate("attribution_never_emptied"),
            # A decision comes in one statement, with all its rows.
            pgtrigger.Trigger(
                name="attribution_is_whole",
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                referencing=pgtrigger.Referencing(new="given"),
                func=f"""
                IF {found(_NOT_WHOLE)} THEN
                    RAISE check_violation USING CONSTRAINT = 'attribution_shares_total_one',
                        MESSAGE = 'The shares of an order total 100 %, in one statement.';
                END IF;
                IF EXISTS (
                    SELECT FROM given AS g LEFT JOIN customers_order AS o ON o.id = g.order_id
                    WHERE (g.sale_id, g.ordered_at, g.quantity, g.signed_net) IS DISTINCT FROM
                        (o.sale_id, o.ordered_at, o.quantity, o.signed_net)
                ) THEN
                    RAISE check_violation USING CONSTRAINT = 'attribution_repeats_its_order',
                        MESSAGE = 'An attribution repeats what its order says.';
                END IF;
                IF EXISTS (
                    SELECT FROM given AS g WHERE g.version > 1 AND NOT EXISTS (
                        SELECT FROM customers_attribution AS a
                        WHERE a.order_id = g.order_id AND a.version = g.version - 1
                            AND a.recorded_at <= g.recorded_at)
                ) THEN
                    RAISE check_violation USING CONSTRAINT = 'attribution_supersedes_one_before',
                        MESSAGE = 'An attribution supersedes the one before it.';
                END IF;
                RETURN NULL;
                """,  # noqa: S608
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} v{self.version} {self.holder}"
