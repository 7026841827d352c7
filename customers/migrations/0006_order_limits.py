"""The kind is part of an order's key, money alone may come back, and amounts have a limit."""

from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.operations import AddConstraintNotValid
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models
from django.db.models import Q

LARGEST_AMOUNT = Decimal("99999999.99")
LARGEST_QUANTITY = 999_999
AMOUNTS = {"discount": "discount", "gross": "gross", "net": "net paid"}

# Refuse what comes, and let rows be that were stored before there was a limit.
NOT_VALID = (
    ("order", models.CheckConstraint(
        name="order_is_not_too_large",
        condition=Q(quantity__lte=LARGEST_QUANTITY, net__lte=LARGEST_AMOUNT),
    )),
    ("orderline", models.CheckConstraint(
        name="order_line_is_discounted_by_zero_or_more", condition=Q(discount__gte=0)
    )),
    ("orderline", models.CheckConstraint(
        name="order_line_is_not_too_large",
        condition=Q(quantity__lte=LARGEST_QUANTITY, gross__lte=LARGEST_AMOUNT),
    )),
)  # fmt: skip


def amount(verbose_name: str) -> models.DecimalField:
    return models.DecimalField(
        decimal_places=2,
        max_digits=14,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(LARGEST_AMOUNT)],
        verbose_name=verbose_name,
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("customers", "0005_sold_by")]

    operations: ClassVar = [
        migrations.RemoveConstraint("order", "order_source_and_external_id_used_once"),
        migrations.AddConstraint(
            "order",
            models.UniqueConstraint(
                fields=("source", "external_id", "kind"),
                name="order_number_used_once_for_each_kind",
                violation_error_message="This order is on file already.",
            ),
        ),
        migrations.RemoveConstraint("orderline", "order_line_amounts_are_positive"),
        migrations.AddConstraint(
            "orderline",
            models.CheckConstraint(
                name="order_line_amounts_are_positive",
                condition=Q(quantity__gte=0, gross__gte=0, net__gte=0),
            ),
        ),
        migrations.AddConstraint(
            "orderline",
            models.CheckConstraint(
                name="order_line_without_goods_gives_money_back",
                condition=Q(quantity__gte=1) | Q(returns__isnull=False, net__gt=0),
            ),
        ),
        *(
            migrations.AlterField("orderline", name, amount(verbose_name))
            for name, verbose_name in AMOUNTS.items()
        ),
        migrations.AlterField(
            "orderline",
            "quantity",
            models.PositiveIntegerField(
                validators=[MaxValueValidator(LARGEST_QUANTITY)], verbose_name="quantity"
            ),
        ),
        *(AddConstraintNotValid(model, constraint) for model, constraint in NOT_VALID),
    ]
