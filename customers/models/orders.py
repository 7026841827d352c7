"""What was sold and taken back. For whom it counts stands beside it, in attributions."""

import uuid
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self, cast

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.catalogue import Category, Product
from customers.models.erasures import only_by_erasure
from customers.models.people import Identity
from dealers.bounds import Bound, DayField, MomentField, within
from dealers.models import Membership, Store, User
from dealers.triggers import Kept, append_only, found, never_deleted, no_truncate, refuses

if TYPE_CHECKING:
    from customers.models.attribution import Attribution, AttributionQuerySet

# The most that an order or one of its lines may come to, in money and in pieces: ten thousand of
# the largest orders of a dealer's month still fit the twelve digits of the books.
LARGEST_AMOUNT = Decimal("99999999.99")
LARGEST_QUANTITY = 999_999
BY_HAND = "admin"  # the source of orders that a person records; no file may use it
_AMOUNT = [MinValueValidator(Decimal(0)), MaxValueValidator(LARGEST_AMOUNT)]


class OrderKind(models.TextChoices):
    SALE = "sale", _("Sale")
    RETURN = "return", _("Return")


class SoldBy(models.TextChoices):
    """Where an order was bought, seen from the customer's owner at that moment."""

    OWN = "own", _("Own store")
    SISTER = "sister", _("Sister store")
    OTHER = "other", _("Another dealer")
    ONLINE = "online", _("Online")
    NONE = "none", _("No owner")


class Holder(models.TextChoices):
    """Who has a share of an order: its customer's owner, or another dealer's store that sold it.

    Nobody, once the ownership that it counted by was taken back; and whoever had a share that went
    to others.
    """

    OWNER = "owner", _("Owner")
    SELLER = "seller", _("Seller")
    NOBODY = "nobody", _("Nobody")


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, membership: Membership | None) -> Self:
        """Orders of customers owned at that moment, and orders at one's own stores.

        What was decided otherwise since is not among them. The dealer's role of the database reads
        it still: pages of cases and months say what became of it.
        """
        if membership is None or not membership.at_dealer:
            return self.none()
        if membership.is_store_post:
            here, held = Q(store=membership.store_id), {"store": membership.store_id}
        else:
            here, held = Q(store__dealer=membership.dealer_id), {"dealer": membership.dealer_id}
        counting = self._attributions().current().exclude(holder=Holder.NOBODY)
        return self.filter(here | Exists(counting.filter(**held)))

    def never_attributed(self) -> Self:
        """Those about which nothing was decided yet."""
        return self.filter(~Exists(self._attributions()))

    def without_owner(self) -> Self:
        """Those that count for nobody, as decided last."""
        return self.filter(~Exists(self._attributions().owners().current()))

    def _attributions(self) -> "AttributionQuerySet":
        attribution = cast("type[Attribution]", self.model.attributions.rel.related_model)
        return attribution.objects.filter(order=OuterRef("pk"))

    def sales(self) -> Self:
        return self.filter(kind=OrderKind.SALE)

    def returns(self) -> Self:
        return self.filter(kind=OrderKind.RETURN)


def _whole(name: str, orders: str, key: str) -> pgtrigger.Trigger:
    """A trigger that refuses orders which are not the sum of their lines.

    The lines come first, or in the same statement; ``orders`` is what came last, or what it is
    about, and ``key`` its id. A return takes back lines of its sale, and a sale none.
    """
    broken = f"""
        SELECT FROM {orders} AS o
        LEFT JOIN customers_orderline AS l ON l.order_id = o.id
        LEFT JOIN customers_orderline AS sold ON sold.id = l.returns_id
        {key}
        GROUP BY o.id, o.quantity, o.net, o.sale_id
        HAVING (sum(l.quantity) = o.quantity AND sum(l.net) = o.net
            AND bool_and(sold.order_id IS NOT DISTINCT FROM o.sale_id)) IS NOT TRUE"""  # noqa: S608
    message = "An order is the sum of its lines, a return of its sale''s."
    return refuses(name, found(broken), message)


_RETURNED_TOO_MUCH = """
    SELECT FROM customers_orderline AS sold
    JOIN customers_orderline AS back ON back.returns_id = sold.id
    WHERE sold.id IN (SELECT returns_id FROM added)
    GROUP BY sold.id, sold.quantity, sold.net
    HAVING sum(back.quantity) > sold.quantity OR sum(back.net) > sold.net"""


class Order(models.Model):
    """A sale or a return: facts, which never change. For whom it counts, its attributions say."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(_("source"), max_length=40)
    external_id = models.CharField(_("external id"), max_length=80)
    content = models.BinaryField(_("content hash"), editable=False)
    kind = models.CharField(_("kind"), max_length=6, choices=OrderKind)
    # The sale whose lines a return takes back.
    sale = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="returns",
        verbose_name=_("sale"),
    )  # fmt: skip
    ordered_at = MomentField(_("ordered at"))
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="orders",
        verbose_name=_("store"), help_text=_("Empty: bought online."),
    )  # fmt: skip
    identity = models.ForeignKey(
        Identity, models.PROTECT, db_index=False, null=True, blank=True, related_name="orders",
        verbose_name=_("identity"),
    )  # fmt: skip
    quantity = models.PositiveIntegerField(_("quantity"))
    net = models.DecimalField(_("net paid"))  # with as many decimals as its currency is kept
    # What it adds to a sum: the one place that says that a return is taken off.
    signed_net = models.GeneratedField(
        expression=Case(When(kind=OrderKind.RETURN, then=-F("net")), default=F("net")),
        output_field=models.DecimalField(),
        db_persist=True,
        verbose_name=_("net, less returns"),
    )
    # The calendar day at the place where it was bought; online: HQ's.
    placed_on = DayField(_("bought on"))
    recorded_by = models.ForeignKey(
        User, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("recorded by hand by"),
    )  # fmt: skip
    recorded_at = MomentField(_("recorded at"), default=timezone.now)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-ordered_at", "id")
        constraints: ClassVar = [
            Bound(
                name="order_by_hand_names_its_author",
                condition=~Q(source=BY_HAND) | Q(recorded_by__isnull=False),
            ),
            within(
                "order_between_1990_and_2200",
                moments=["ordered_at", "recorded_at"],
                days=["placed_on"],
            ),
            models.UniqueConstraint(
                name="order_number_used_once_for_each_kind",
                fields=["source", "external_id", "kind"],
                violation_error_message=_("This order is on file already."),
            ),
            models.CheckConstraint(
                name="order_return_names_its_sale",
                condition=Q(kind=OrderKind.SALE, sale__isnull=True)
                | Q(kind=OrderKind.RETURN, sale__isnull=False),
            ),
            models.CheckConstraint(
                name="order_is_not_too_large",
                condition=Q(quantity__lte=LARGEST_QUANTITY, net__lte=LARGEST_AMOUNT),
            ),
            models.CheckConstraint(name="order_net_is_not_negative", condition=Q(net__gte=0)),
        ]  # fmt: skip
        indexes: ClassVar = [
            # Boards: a month's orders at a place.
            models.Index(fields=["placed_on", "store"], name="order_placed_month"),
            # A customer's timeline.
            models.Index(fields=["identity", "ordered_at"], name="order_identity_time"),
        ]
        triggers: ClassVar = [
            Kept(name="order_only_added", exclude=["content"]),
            never_deleted("order_never_deleted"),
            only_by_erasure("order_content_only_erased", "content"),
            no_truncate("order_never_emptied"),
            _whole("order_is_the_sum_of_its_lines", "added", ""),
            refuses(
                "order_return_is_of_a_sale",
                """EXISTS (
                    SELECT FROM added JOIN customers_order AS s ON s.id = added.sale_id
                    WHERE s.kind <> 'sale')""",
                "Only a sale can be returned.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"

    @property
    def owned(self) -> "Attribution | None":
        """What the customer's owner has of it, as it counts now; of two owners, the larger share.

        Reads all its attributions, so that a list prefetches them.
        """
        return self._larger(Holder.OWNER)

    @property
    def counted(self) -> "Attribution | None":
        """By whose store and day it counts: the owner's, or the seller's for who sees no owner."""
        return self.owned or self._larger(Holder.SELLER)

    def _larger(self, holder: Holder) -> "Attribution | None":
        every = list(self.attributions.all())
        current = max((each.version for each in every), default=0)
        theirs = [each for each in every if each.holder == holder and each.version == current]
        return max(theirs, key=lambda each: each.share, default=None)

    @property
    def counts_on(self) -> date:
        """The day that it is listed under: at the owner's store, else where it was bought."""
        return self.owned.counts_on if self.owned else self.placed_on

    @property
    def sold_by(self) -> SoldBy:
        """Where it was bought, seen from the owner at that moment."""
        return SoldBy(self.owned.sold_by) if self.owned else SoldBy.NONE


class OrderLine(models.Model):
    """One category of an order. Amounts are positive, also in a return.

    A line of a return that takes no goods (quantity 0) gives money back.
    """

    order = models.ForeignKey(
        Order, models.PROTECT, db_index=False, related_name="lines", verbose_name=_("order")
    )
    number = models.PositiveIntegerField(_("line"))
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="+", verbose_name=_("category")
    )
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("product"),
    )  # fmt: skip
    quantity = models.PositiveIntegerField(
        _("quantity"), validators=[MaxValueValidator(LARGEST_QUANTITY)]
    )
    gross = models.DecimalField(_("gross"), validators=_AMOUNT)
    discount = models.DecimalField(_("discount"), validators=_AMOUNT)
    net = models.DecimalField(_("net paid"), validators=_AMOUNT)
    returns = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="returned_by",
        verbose_name=_("takes back"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ("order", "number")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="order_line_number_used_once", fields=["order", "number"]
            ),
            models.CheckConstraint(
                name="order_line_amounts_are_positive",
                condition=Q(quantity__gte=0, gross__gte=0, net__gte=0),
            ),
            models.CheckConstraint(
                name="order_line_without_goods_gives_money_back",
                condition=Q(quantity__gte=1) | Q(returns__isnull=False, net__gt=0),
            ),
            models.CheckConstraint(
                name="order_line_is_discounted_by_zero_or_more", condition=Q(discount__gte=0)
            ),
            models.CheckConstraint(
                name="order_line_is_not_too_large",
                condition=Q(quantity__lte=LARGEST_QUANTITY, gross__lte=LARGEST_AMOUNT),
            ),
            models.CheckConstraint(
                name="order_line_net_is_gross_less_discount",
                condition=Q(net=F("gross") - F("discount")),
            ),
        ]  # fmt: skip
        triggers: ClassVar = [
            append_only("order_line_only_added"),
            no_truncate("order_line_never_emptied"),
            _whole(
                "order_line_keeps_the_sum",
                "customers_order",
                "WHERE o.id IN (SELECT order_id FROM added)",
            ),
            # What two take back of one line at the same moment comes one after the other.
            pgtrigger.Trigger(
                name="order_line_returned_up_to_what_was_sold",
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                referencing=pgtrigger.Referencing(new="added"),
                func=f"""
                IF NOT EXISTS (SELECT FROM added WHERE returns_id IS NOT NULL) THEN
                    RETURN NULL;
                END IF;
                PERFORM 1 FROM customers_orderline
                WHERE id IN (SELECT returns_id FROM added) ORDER BY id FOR NO KEY UPDATE;
                IF {found(_RETURNED_TOO_MUCH)} THEN
                    RAISE check_violation
                    USING CONSTRAINT = 'order_line_returned_up_to_what_was_sold',
                        MESSAGE = 'No more comes back than was sold.';
                END IF;
                RETURN NULL;
                """,  # noqa: S608
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} / {self.number}"
