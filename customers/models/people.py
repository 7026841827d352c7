"""Who a customer is: the network's fingerprint of a number, and a dealer's own card."""

import uuid
from typing import ClassVar, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, F, Func, OuterRef
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.erasures import erased
from customers.models.ownership import Ownership
from customers.models.registrations import Registration
from dealers.bounds import MomentField, within
from dealers.models import Dealer, Membership
from dealers.sealed import SealedField
from dealers.triggers import fixed, refuses

# What breaks where two bring one new person: the database's name for ``fingerprint`` being unique.
NEW_PERSON = "customers_identity_fingerprint_key"
# A further fingerprint key comes into use.
RENEWED = """(NEW.keyed > OLD.keyed AND EXISTS (
    SELECT FROM dealers_keyrotation WHERE kind = 'fingerprint' AND finished_at IS NULL))"""


class Identity(models.Model):
    """The keyed fingerprint of a phone number, shared by the network; nobody can read it back."""

    fingerprint = models.BinaryField(_("fingerprint"), unique=True)
    # By how many of the fingerprint keys: one more when a new one comes into use.
    keyed = models.PositiveSmallIntegerField(_("fingerprint keys"), default=1, db_default=1)

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="identity_fingerprint_is_full_length",
                condition=Exact(
                    Func(
                        F("fingerprint"),
                        function="octet_length",
                        output_field=models.IntegerField(),
                    ),
                    32,
                ),
            ),
        ]
        triggers: ClassVar = [
            refuses(
                "identity_fingerprint_never_changes_by_itself",
                f"""NOT EXISTS (SELECT FROM customers_numberchange AS change
                    WHERE change.identity_id = NEW.id AND change.before = OLD.fingerprint
                        AND change.after = NEW.fingerprint)
                    AND NOT {RENEWED} AND NOT {erased("NEW.id")}""",
                "The key of a person follows a recorded change of their number.",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__fingerprint__df=pgtrigger.F("new__fingerprint")),
                rows=True,
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


# What only the door of ``customers.cards`` reads of a card.
SEALED = (
    "phone_sealed", "name_sealed", "wechat_sealed", "email_sealed", "notes_sealed",
    "search_tokens",
)  # fmt: skip


def sealed_of(path: str = "") -> list[str]:
    """The sealed columns of the cards that ``path`` leads to, to leave them where they are."""
    return [f"{path}{name}" for name in SEALED]


class CustomerQuerySet(models.QuerySet["Customer"]):
    def faceless(self) -> Self:
        """Without anything that is sealed, for who is not of the dealer."""
        return self.defer(*sealed_of())

    def visible_to(self, membership: Membership | None) -> Self:
        """An owner's whole dealer; for a store post the customers its store registered or owns."""
        if membership is None or not membership.at_dealer:
            return self.none()
        cards = self.filter(dealer=membership.dealer_id)
        if not membership.is_store_post:
            return cards
        at_store = {"customer": OuterRef("pk"), "store": membership.store_id}
        return cards.filter(
            Exists(Ownership.objects.filter(**at_store))
            | Exists(Registration.objects.filter(**at_store))
        )

    def meant(self) -> Self:
        """Without those whose number was only mistyped: every registration of theirs is void."""
        registered = Registration.objects.filter(customer=OuterRef("pk"), void=None)
        owned = Ownership.objects.given().filter(customer=OuterRef("pk"))
        return self.filter(Exists(registered) | Exists(owned))


class Customer(models.Model):
    """One dealer's card of a person, encrypted with that dealer's key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_index=False, related_name="customers", verbose_name=_("dealer")
    )
    identity = models.ForeignKey(
        Identity, models.PROTECT, related_name="cards", verbose_name=_("identity")
    )
    phone_sealed = SealedField(_("phone, encrypted"))
    name_sealed = SealedField(_("name, encrypted"), null=True, blank=True)
    wechat_sealed = SealedField(_("WeChat id, encrypted"), null=True, blank=True)
    email_sealed = SealedField(_("e-mail, encrypted"), null=True, blank=True)
    notes_sealed = SealedField(_("notes, encrypted"), null=True, blank=True)
    # Keyed tokens of name, pinyin and number, so that a search decrypts only what it found.
    search_tokens = ArrayField(models.BigIntegerField(), default=list, editable=False)
    created_at = MomentField(_("created at"), default=timezone.now)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        permissions: ClassVar = [("reveal_customer", _("Can be shown a customer's number"))]
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints: ClassVar = [
            within("customer_between_1990_and_2200", moments=["created_at"]),
            models.UniqueConstraint(
                name="customer_one_card_a_dealer", fields=["dealer", "identity"]
            ),
            # What names a card together with its dealer and person refers to all three.
            models.UniqueConstraint(
                name="customer_with_its_dealer_and_person", fields=["id", "dealer", "identity"]
            ),
        ]
        triggers: ClassVar = [
            fixed("customer_stays_with_dealer_and_person", "dealer", "identity"),
            refuses(
                "customer_has_a_number_until_erased",
                f"NOT {erased()}",
                "A card without a number is that of a person who was erased.",
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("octet_length(NEW.phone_sealed) = 0"),
                rows=True,
            ),
            pgtrigger.Protect(
                name="customer_erased_stays_erased",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("octet_length(OLD.phone_sealed) = 0"),
            ),
        ]
        indexes: ClassVar = [
            # Search inside one's own customers.
            GinIndex(fields=["search_tokens"], name="customer_search"),
        ]

    def __str__(self) -> str:
        # Never a name or number: this text reaches logs, the admin and error pages.
        return str(self.pk)[:8]

    def get_absolute_url(self) -> str:
        return reverse("customers:detail", args=[self.pk])
