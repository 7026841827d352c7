"""Where an order was bought is "sold by": a case is what a dispute is decided in."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

SOLD_BY = [
    ("own", "Own store"), ("sister", "Sister store"), ("other", "Another dealer"),
    ("online", "Online"), ("none", "No owner"),
]  # fmt: skip
OLD = (
    "order_case_is_known",
    "order_owner_is_named_with_its_day_and_share",
    "order_case_online_has_no_store",
)
OWNED = [
    "ownership", "owner_dealer", "owner_store", "owned_on", "owner_share", "attributed_at",
]  # fmt: skip
NEW = (
    models.CheckConstraint(
        name="order_sold_by_is_known", condition=Q(sold_by__in=[name for name, _label in SOLD_BY])
    ),
    models.CheckConstraint(
        name="order_owner_is_named_with_its_day_and_share",
        condition=Q(sold_by="none", **{f"{name}__isnull": True for name in OWNED})
        | ~Q(sold_by="none")
        & Q(rulebook__isnull=False, **{f"{name}__isnull": False for name in OWNED}),
    ),
    models.CheckConstraint(
        name="order_online_has_no_store",
        condition=Q(sold_by="none")
        | Q(sold_by="online", store__isnull=True)
        | Q(sold_by__in=["own", "sister", "other"], store__isnull=False),
    ),
)


def renamed(what: str, old: str, new: str) -> migrations.RunSQL:
    """Renamed in place, without reading a row; conditions follow their column by themselves."""
    rename = f"ALTER TABLE customers_order RENAME {what} {{}} TO {{}}"
    return migrations.RunSQL(rename.format(old, new), rename.format(new, old))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("customers", "0004_replaced_registrations")]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                renamed("COLUMN", '"case"', "sold_by"),
                renamed("CONSTRAINT", "order_case_is_known", "order_sold_by_is_known"),
                renamed("CONSTRAINT", "order_case_online_has_no_store", "order_online_has_no_store"),
            ],
            state_operations=[
                *(migrations.RemoveConstraint("order", name) for name in OLD),
                migrations.RenameField("order", "case", "sold_by"),
                migrations.AlterField(
                    "order",
                    "sold_by",
                    models.CharField(
                        choices=SOLD_BY, default="none", max_length=6, verbose_name="sold by"
                    ),
                ),
                *(migrations.AddConstraint("order", constraint) for constraint in NEW),
            ],
        )
    ]
