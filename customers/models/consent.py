"""What a person agreed to, in rows that are only ever added, and the inbox of the stores' pages."""

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.people import Customer, Identity
from customers.models.registrations import CONSENT_TEXT, Registration, card_of_dealer
from dealers.bounds import MomentField, NameField, legible, within
from dealers.models import Dealer, Store
from dealers.sayings import in_language
from dealers.triggers import append_only, fixed, never_deleted, no_truncate


class ConsentPurpose(models.TextChoices):
    """What a person's data may be used for, each asked for by itself."""

    SERVICE = "service", _("Service and contact by the store")
    OFFERS = "offers", _("Offers")
    BRAND = "brand", _("Sharing with the brand")


class ConsentChannel(models.TextChoices):
    """Where a person said so."""

    CAPTURE = "capture", _("At the counter")
    IMPORT = "import", _("File import")
    HISTORY = "history", _("First load of the past")
    DISPATCH = "dispatch", _("Dispatch")
    PAGE = "page", _("The store's page")
    CONFIRMED = "confirmed", _("Confirmed by the customer")
    SELF = "self", _("The person's own page")


# When it was said: a file that comes later may tell of before, and no clock of tomorrow.
SAID = Least("at", "recorded_at")


class ConsentQuerySet(models.QuerySet["Consent"]):
    def counted(self) -> Self:
        """Without what came with a registration that was voided: somebody else, or nobody."""
        return self.filter(Q(registration=None) | Q(registration__void=None))

    def last_words(self) -> Self:
        """The last word of each card on each purpose."""
        words = self.counted().alias(said=SAID)
        return words.order_by("customer", "purpose", "-said", "-id").distinct("customer", "purpose")

    def standing(self) -> Self:
        """What was agreed to and not taken back since, the last time it was said."""
        later = (
            Consent.objects.counted()
            .alias(said=SAID)
            .filter(
                Q(said__gt=OuterRef("said")) | Q(said=OuterRef("said"), pk__gt=OuterRef("pk")),
                customer=OuterRef("customer"),
                purpose=OuterRef("purpose"),
            )
        )
        return self.counted().alias(said=SAID).filter(~Exists(later), withdrawn=False)


class Consent(models.Model):
    """A person agreed to one use of their data, or took that back. Only ever added.

    ``evidence`` says what proves it: the receipt of the registration it came with, or the one-time
    code that the person confirmed.
    """

    identity = models.ForeignKey(
        Identity, models.PROTECT, db_constraint=False, db_index=False, related_name="consents",
        verbose_name=_("identity"),
    )  # fmt: skip
    customer = models.ForeignKey(
        Customer, models.PROTECT, db_constraint=False, db_index=False, related_name="consents",
        verbose_name=_("customer"),
    )  # fmt: skip
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_constraint=False, db_index=False, related_name="+",
        verbose_name=_("dealer"),
    )  # fmt: skip
    registration = models.ForeignKey(
        Registration, models.PROTECT, null=True, blank=True, db_index=False,
        related_name="consents", verbose_name=_("registration"),
    )  # fmt: skip
    purpose = models.CharField(_("purpose"), max_length=10, choices=ConsentPurpose)
    withdrawn = models.BooleanField(_("withdrawn"), default=False)
    text_version = models.CharField(_("consent text version"), max_length=20, default=CONSENT_TEXT)
    channel = models.CharField(_("channel"), max_length=10, choices=ConsentChannel)
    at = MomentField(_("at"))
    recorded_at = MomentField(_("recorded at"), default=timezone.now)
    evidence = models.CharField(_("evidence"), max_length=40)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ("-at", "-id")
        constraints: ClassVar = [
            within("consent_between_1990_and_2200", moments=["at", "recorded_at"]),
            models.CheckConstraint(
                name="consent_purpose_is_known", condition=Q(purpose__in=ConsentPurpose.values)
            ),
            models.CheckConstraint(
                name="consent_channel_is_known", condition=Q(channel__in=ConsentChannel.values)
            ),
            models.CheckConstraint(name="consent_has_evidence", condition=~Q(evidence="")),
            card_of_dealer("consent_card_is_the_dealers"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["customer", "purpose", "-id"], name="consent_last_word"),
        ]
        triggers: ClassVar = [append_only("consent_only_added"), no_truncate("consent_kept")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.at:%Y-%m-%d}"


class PageWords(models.Model):
    """What headquarters says on the pages of all stores; there is one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    benefit = NameField(
        _("what registering brings"), max_length=200, blank=True,
        help_text=_(
            "Stands on the page of every store. Whoever registers has it, whatever else they agree"
            " to, and also where another store has them."
        ),
    )  # fmt: skip
    benefit_en = NameField(_("what registering brings, in English"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("words of the stores' pages")
        verbose_name_plural = _("words of the stores' pages")
        constraints: ClassVar = [
            models.CheckConstraint(name="page_words_are_one_row", condition=Q(id=1)),
            legible("page_words_are_legible", "benefit", "benefit_en"),
        ]
        triggers: ClassVar = [
            never_deleted("page_words_never_deleted"),
            no_truncate("page_words_never_emptied"),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def current(cls) -> Self:
        return cls.objects.filter(pk=1).first() or cls()

    @property
    def local_benefit(self) -> str:
        """What registering brings, in the reader's language if it is said in it."""
        return in_language(self.benefit, self.benefit_en)


class PageEntry(models.Model):
    """What somebody left on a store's page, until the worker has registered it.

    The page puts it down and can read nothing; name and number stand in it sealed, and go when it
    is answered.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(
        Store, models.PROTECT, related_name="page_entries", verbose_name=_("store")
    )
    contact = models.BinaryField(_("name and number, encrypted"), editable=False)
    offers = models.BooleanField(_("consent to offers"), default=False)
    brand = models.BooleanField(_("consent to sharing with the brand"), default=False)
    text_version = models.CharField(_("consent text version"), max_length=20, default=CONSENT_TEXT)
    evidence = models.CharField(_("evidence"), max_length=40)
    received_at = MomentField(_("received at"))
    answered_at = MomentField(_("answered at"), null=True, blank=True)
    registration = models.OneToOneField(
        Registration, models.PROTECT, null=True, blank=True, related_name="page_entry",
        verbose_name=_("registration"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("entry of a store's page")
        verbose_name_plural = _("entries of stores' pages")
        ordering = ("-received_at",)
        constraints: ClassVar = [
            within("page_entry_between_1990_and_2200", moments=["received_at", "answered_at"]),
            models.CheckConstraint(
                name="page_entry_answered_keeps_no_contact",
                condition=Q(answered_at__isnull=True, registration__isnull=True)
                | Q(answered_at__isnull=False, registration__isnull=False, contact=b""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["received_at"], name="page_entry_by_time"),
        ]
        triggers: ClassVar = [
            fixed(
                "page_entry_stays_what_was_said", "id", "store", "offers", "brand", "text_version",
                "evidence", "received_at",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.pk)[:8]
