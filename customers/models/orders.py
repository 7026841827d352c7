"""What is sold, what was sold and taken back, and who it counts for."""

import uuid
from decimal import Decimal
from typing import ClassVar, Self

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.ownership import Ownership
from customers.models.people import Identity
from customers.models.rulebooks import Rulebook
from dealers.models import Dealer, Membership, Store
from dealers.triggers import append_only, no_truncate

# The most that an order or one of its lines may come to, in money and in pieces. Ten thousand of
# the largest orders in a month, and the largest rate on them, still fit the books' 12 digits.
LARGEST_AMOUNT = Decimal("99999999.99")
LARGEST_QUANTITY = 999_999
_AMOUNT = [MinValueValidator(Decimal(0)), MaxValueValidator(LARGEST_AMOUNT)]


class Category(models.Model):
    """A product category, as the till names it."""

    code = models.CharField(_("code"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("product category")
        verbose_name_plural = _("product categories")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """Something the brand sells."""

    code = models.CharField(_("code"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=200)
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="products", verbose_name=_("category")
    )

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


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


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, membership: Membership | None) -> Self:
        """Orders of customers owned at that moment, and orders at one's own stores."""
        if membership is None or not membership.at_dealer:
            return self.none()
        if membership.is_store_post:
            return self.filter(Q(owner_store=membership.store_id) | Q(store=membership.store_id))
        return self.filter(
            Q(owner_dealer=membership.dealer_id) | Q(store__dealer=membership.dealer_id)
        )

    def sales(self) -> Self:
        return self.filter(kind=OrderKind.SALE)

    def returns(self) -> Self:
        return self.filter(kind=OrderKind.RETURN)


class Order(models.Model):
    """A sale or a return. What was sold never changes; who it counts for is set once."""

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
    ordered_at = models.DateTimeField(_("ordered at"))
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="orders",
        verbose_name=_("store"), help_text=_("Empty: bought online."),
    )  # fmt: skip
    identity = models.ForeignKey(
        Identity, models.PROTECT, db_index=False, null=True, blank=True, related_name="orders",
        verbose_name=_("identity"),
    )  # fmt: skip
    quantity = models.PositiveIntegerField(_("quantity"))
    net = models.DecimalField(_("net paid"), max_digits=14, decimal_places=2)
    # The calendar day at the place where it was bought; online: at the owner's store, else HQ's.
    placed_on = models.DateField(_("bought on"))
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)

    # A return carries the attribution of its sale.
    sold_by = models.CharField(_("sold by"), max_length=6, choices=SoldBy, default=SoldBy.NONE)
    ownership = models.ForeignKey(
        Ownership, models.PROTECT, null=True, blank=True, related_name="orders",
        verbose_name=_("ownership"),
    )  # fmt: skip
    owner_dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_index=False, null=True, blank=True, related_name="owned_orders",
        verbose_name=_("owner"),
    )  # fmt: skip
    owner_store = models.ForeignKey(
        Store, models.PROTECT, null=True, blank=True, related_name="owned_orders",
        verbose_name=_("owner's store"),
    )  # fmt: skip
    # The calendar day at the owner's store: it decides the month that a dealer is paid in.
    owned_on = models.DateField(_("counts on"), null=True, blank=True)
    owner_share = models.DecimalField(
        _("owner's share"), max_digits=9, decimal_places=6, null=True, blank=True
    )
    rulebook = models.ForeignKey(
        Rulebook, models.PROTECT, db_index=False, null=True, blank=True, related_name="+",
        verbose_name=_("rulebook"),
    )  # fmt: skip
    attributed_at = models.DateTimeField(_("attributed at"), null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-ordered_at", "id")
        constraints: ClassVar = [
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
            models.CheckConstraint(
                name="order_sold_by_is_known", condition=Q(sold_by__in=SoldBy.values)
            ),
            models.CheckConstraint(
                name="order_owner_is_named_with_its_day_and_share",
                condition=Q(
                    sold_by=SoldBy.NONE,
                    ownership__isnull=True,
                    owner_dealer__isnull=True,
                    owner_store__isnull=True,
                    owned_on__isnull=True,
                    owner_share__isnull=True,
                    attributed_at__isnull=True,
                )
                | ~Q(sold_by=SoldBy.NONE)
                & Q(
                    ownership__isnull=False,
                    owner_dealer__isnull=False,
                    owner_store__isnull=False,
                    owned_on__isnull=False,
                    owner_share__isnull=False,
                    rulebook__isnull=False,
                    attributed_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="order_online_has_no_store",
                condition=Q(sold_by=SoldBy.NONE)
                | Q(sold_by=SoldBy.ONLINE, store__isnull=True)
                | Q(sold_by__in=[SoldBy.OWN, SoldBy.SISTER, SoldBy.OTHER], store__isnull=False),
            ),
            models.CheckConstraint(
                name="order_owner_share_is_a_share",
                condition=Q(owner_share__isnull=True)
                | Q(owner_share__gte=0, owner_share__lte=1),
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            # Closing a month and the earnings page: a month's orders, by owner.
            models.Index(fields=["owned_on", "owner_dealer"], name="order_owned_month"),
            models.Index(fields=["owner_dealer", "-owned_on"], name="order_owner_newest"),
            # Boards: a month's orders at a place.
            models.Index(fields=["placed_on", "store"], name="order_placed_month"),
            # What became known since the last close.
            models.Index(fields=["attributed_at"], name="order_attributed"),
            # A customer's timeline.
            models.Index(fields=["identity", "ordered_at"], name="order_identity_time"),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="order_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="order_facts_never_change",
                fields=[
                    "source", "external_id", "content", "kind", "sale", "ordered_at", "store",
                    "identity", "quantity", "net", "recorded_at",
                ],
            ),
            pgtrigger.Protect(
                name="order_attributed_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__attributed_at__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"


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
    gross = models.DecimalField(_("gross"), max_digits=14, decimal_places=2, validators=_AMOUNT)
    discount = models.DecimalField(
        _("discount"), max_digits=14, decimal_places=2, validators=_AMOUNT
    )
    net = models.DecimalField(_("net paid"), max_digits=14, decimal_places=2, validators=_AMOUNT)
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
        ]

    def __str__(self) -> str:
        return f"{self.order} / {self.number}"
