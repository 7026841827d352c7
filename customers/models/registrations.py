"""Claims to customers, and how the rulebook answered them."""

import secrets
from datetime import datetime
from typing import ClassVar, Self

import pgtrigger
from django.apps import apps
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models.erasures import only_by_erasure
from customers.models.rulebooks import Rulebook, rulebook_words_sql
from dealers.bounds import CLOCK_MAY_DIFFER, EARLIEST, LATEST, Bound, DayField, MomentField, within
from dealers.constraints import TogetherForeignKey
from dealers.models import (
    Dealer,
    FactKind,
    Store,
    User,
    chained,
    store_of_dealer,
)
from dealers.models.receipts import hash_of_words
from dealers.models.scopes import SeenByPosts
from dealers.triggers import Kept, never_deleted, no_truncate, refuses

# The version of what the customer is told today; each consent keeps the one that it was given to.
# Up to 2026-2 nothing was said of emergencies, in which the brand may be shown a number all the
# same.
CONSENT_TEXT = "2026-3"


class Answer(models.TextChoices):
    YOURS = "yours", _("Yours")
    YOURS_ALREADY = "yours_already", _("Yours already")
    PROTECTED = "protected", _("Protected elsewhere")
    HELD = "held", _("Held for an offer")
    REVIEW = "review", _("Under review")
    WAITING = "waiting", _("Over the cap")


class Rule(models.TextChoices):
    """The rules of the ownership rulebook that answer a registration."""

    R1 = "R1", _("your store owns this customer")
    R2 = "R2", _("another store of your dealer owns this customer")
    R3 = "R3", _("another dealer's protection runs")
    R4 = "R4", _("offered to another store")
    R5 = "R5", _("a possible match")
    R6 = "R6", _("free again after an earlier protection")
    R7 = "R7", _("unknown until now")
    CAP = "CAP", _("more open customers than the cap")


class Channel(models.TextChoices):
    CAPTURE = "capture", _("Quick capture")
    IMPORT = "import", _("File import")
    HISTORY = "history", _("First load of the past")
    DISPATCH = "dispatch", _("Dispatch")
    PAGE = "page", _("The store's page")
    CONFIRMED = "confirmed", _("Confirmed by the customer")


def valid_sql(registration: str, known_until: str = "'infinity'") -> str:
    """``RegistrationQuerySet.valid`` as a condition of a statement.

    ``registration`` is what the statement calls the table, ``known_until`` a moment in SQL.
    """

    def voided(what: str) -> str:
        return (
            f"EXISTS (SELECT FROM customers_void AS void WHERE void.registration_id = {what}"
            f" AND void.recorded_at <= {known_until})"
        )

    return (
        f"({registration}.answer = 'yours' AND {registration}.recorded_at <= {known_until}"
        f" AND NOT {voided(f'{registration}.id')}"
        f" AND NOT EXISTS (SELECT FROM customers_ownershipevent AS replaced"
        f" WHERE replaced.ownership_id = {registration}.ownership_id AND replaced.kind = 'ended'"
        f" AND replaced.registration_id IS NOT NULL AND replaced.recorded_at <= {known_until}"
        f" AND NOT {voided('replaced.registration_id')}))"
    )


def reconsidered_sql(since: str, until: str) -> str:
    """SQL for the ids of registrations that voids of this time may have made valid, or not so.

    Those that were voided, and those that one of them had replaced. Both are moments in SQL.
    """
    voids = f"void.recorded_at > {since} AND void.recorded_at <= {until}"
    return f"""
    SELECT void.registration_id FROM customers_void AS void WHERE {voids}
    UNION
    SELECT started.registration_id
    FROM customers_void AS void
    JOIN customers_ownershipevent AS ended
        ON ended.registration_id = void.registration_id AND ended.kind = 'ended'
    JOIN customers_ownershipevent AS started
        ON started.ownership_id = ended.ownership_id AND started.kind = 'started'
    WHERE {voids}"""  # noqa: S608 -- put together from our own text


# Whatever registers, at the counter or by the hundred thousand: with the registration its consents.
FROM_REGISTRATIONS = """
    INSERT INTO customers_consent (identity_id, customer_id, dealer_id, registration_id, purpose,
        text_version, channel, at, recorded_at, evidence, withdrawn)
    SELECT made.identity_id, made.customer_id, made.dealer_id, made.id, said.purpose,
        made.consent_text, made.channel, made.received_at, made.recorded_at, made.receipt, false
    FROM new_registrations AS made
    CROSS JOIN LATERAL (VALUES
        ('service', made.consent_service), ('offers', made.consent_marketing)
    ) AS said (purpose, agreed)
    WHERE said.agreed
    ORDER BY made.id, said.purpose;
    RETURN NULL;"""


# As the store is told, and what was said by the hash of its keyed hash: who knows what was said can
# show it, and once the person is erased nobody can.
# With the hash of the rulebook as it is at that moment: whoever edits it shows in what follows.
TOLD = f"""
    WITH book AS MATERIALIZED (
        SELECT r.id, {hash_of_words(rulebook_words_sql("r"))} AS rules
        FROM customers_rulebook AS r WHERE r.id IN (SELECT rulebook_id FROM added))
    SELECT dealer_id AS dealer, added.id, json_build_object(
        'receipt', receipt, 'card', customer_id, 'store', store_id, 'person', staff_id,
        'channel', channel, 'received', received_at, 'recorded', recorded_at, 'answer', answer,
        'rule', rule, 'rulebook', rulebook_id, 'rules', book.rules, 'ownership', ownership_id,
        'until', protected_until, 'service', consent_service, 'offers', consent_marketing,
        'corrects', corrects_id,
        'said', encode(sha256(coalesce(salt, '') || content), 'hex')) AS said
    FROM added LEFT JOIN book ON book.id = rulebook_id"""  # noqa: S608 -- our own text


# Whoever registers a planted number, or that of another dealer's test customer, is found as it
# happens, and learns nothing of it.
MEETS_PLANTED = """
    INSERT INTO customers_plantedhit (registration_id, planted_id, dealer_id, at)
    SELECT made.id, planted.id, NULL::bigint, made.received_at
    FROM new_registrations AS made
    JOIN customers_plantednumber AS planted ON planted.identity_id = made.identity_id
    WHERE planted.ended_at IS NULL
    UNION ALL
    SELECT made.id, NULL::bigint, card.dealer_id, made.received_at
    FROM new_registrations AS made
    JOIN customers_customer AS card
        ON card.identity_id = made.identity_id AND card.dealer_id <> made.dealer_id
    JOIN dealers_canary AS canary ON canary.customer = card.id
    WHERE canary.ended_at IS NULL;
    RETURN NULL;"""


def _of_each(name: str, func: str) -> pgtrigger.Trigger:
    """A trigger that looks once at all rows that a statement has added."""
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Insert,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        referencing=pgtrigger.Referencing(new="new_registrations"),
        func=func,
    )


def new_salt() -> bytes:
    """Random bytes that nobody guesses."""
    return secrets.token_bytes(16)


def card_of_dealer(name: str) -> TogetherForeignKey:
    """A row that names a card, a dealer and a person names the dealer's card of that person."""
    return TogetherForeignKey(
        name=name,
        fields=["customer", "dealer", "identity"],
        to="customers.Customer",
        to_fields=["id", "dealer", "identity"],
    )


class RegistrationQuerySet(SeenByPosts["Registration"]):
    def valid(self, known_until: datetime | None = None) -> Self:
        """Those that won a customer and were not replaced or voided, as far as known by then.

        A live registration replaces a bulk import of the same day: the event that ends the
        imported ownership names it. Once it is voided itself, the import counts again.
        """
        ends = apps.get_model("customers", "OwnershipEvent").objects.filter(
            ownership=OuterRef("ownership"), kind="ended", registration__isnull=False
        )
        voids = apps.get_model("customers", "Void").objects.all()
        found = self.filter(answer=Answer.YOURS)
        if known_until is not None:
            found = found.filter(recorded_at__lte=known_until)
            ends = ends.filter(recorded_at__lte=known_until)
            voids = voids.filter(recorded_at__lte=known_until)
        return found.filter(
            ~Exists(voids.filter(registration=OuterRef("pk"))),
            ~Exists(ends.filter(~Exists(voids.filter(registration=OuterRef("registration"))))),
        )


class Registration(models.Model):
    """A store's claim to a customer, with the rulebook's answer. Only ever added."""

    receipt = models.CharField(_("receipt"), max_length=16)
    # What makes a repeat recognisable (the browser's own id, the file's external id), and a hash of
    # what was sent with it: the same again gets the first answer, something else is refused.
    key = models.CharField(_("key"), max_length=120)
    content = models.BinaryField(_("content hash"))
    # What the dealer's chain says of it is hashed with this, which goes with the person: then
    # nobody can try who it was, not even with the keys. None: from before it was salted.
    salt = models.BinaryField(
        _("salt"), null=True, editable=False, default=new_salt,
        db_default=Func(RandomUUID(), function="uuid_send", output_field=models.BinaryField()),
    )  # fmt: skip
    # Two foreign keys of several columns stand for those of identity, card, dealer and store.
    identity = models.ForeignKey(
        "Identity", models.PROTECT, db_constraint=False, related_name="registrations",
        verbose_name=_("identity"),
    )  # fmt: skip
    customer = models.ForeignKey(
        "Customer", models.PROTECT, db_constraint=False, related_name="registrations",
        verbose_name=_("customer"),
    )  # fmt: skip
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_constraint=False, db_index=False, related_name="registrations",
        verbose_name=_("dealer"),
    )  # fmt: skip
    store = models.ForeignKey(
        Store, models.PROTECT, db_constraint=False, db_index=False, related_name="registrations",
        verbose_name=_("store"),
    )  # fmt: skip
    staff = models.ForeignKey(
        User, models.PROTECT, db_index=False, null=True, blank=True, related_name="registrations",
        verbose_name=_("staff"),
    )  # fmt: skip
    source = models.CharField(_("source"), max_length=40, default="walk-in")
    channel = models.CharField(
        _("channel"), max_length=10, choices=Channel, default=Channel.CAPTURE
    )
    received_at = MomentField(_("received at"))
    # The store's calendar day of receipt.
    received_on = DayField(_("received on"))
    recorded_at = MomentField(_("recorded at"), default=timezone.now)
    phone_clock = MomentField(_("phone's own clock"), null=True, blank=True)
    consent_service = models.BooleanField(_("consent to service"))
    consent_marketing = models.BooleanField(_("consent to offers"), default=False)
    consent_text = models.CharField(_("consent text version"), max_length=20, default=CONSENT_TEXT)
    answer = models.CharField(_("answer"), max_length=20, choices=Answer)
    rule = models.CharField(_("rule"), max_length=5, choices=Rule)
    rulebook = models.ForeignKey(
        Rulebook,
        models.PROTECT,
        db_index=False,
        related_name="registrations",
        verbose_name=_("rulebook"),
    )
    # Set where the answer is about the dealer's own ownership, with its end as told at that time.
    ownership = models.ForeignKey(
        "Ownership", models.PROTECT, null=True, blank=True, related_name="registrations",
        verbose_name=_("ownership"),
    )  # fmt: skip
    protected_until = MomentField(_("protected until"), null=True, blank=True)
    # The voided registration in whose place it stands: evidence of when the customer came first.
    corrects = models.ForeignKey(
        "self", models.PROTECT, db_index=False, null=True, blank=True,
        related_name="corrected_by", verbose_name=_("corrects"),
    )  # fmt: skip

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        ordering = ("-received_at", "-id")
        constraints: ClassVar = [
            within(
                "registration_between_1990_and_2200",
                moments=["received_at", "recorded_at", "protected_until"],
                days=["received_on"],
            ),
            # Evidence only: what is no clock of that day says nothing and is left out.
            Bound(
                name="registration_phone_clock_is_near_its_receipt",
                condition=Q(phone_clock__gte=EARLIEST, phone_clock__lte=LATEST)
                & (
                    ~Q(channel=Channel.CAPTURE)
                    | Q(
                        phone_clock__gte=F("received_at") - CLOCK_MAY_DIFFER,
                        phone_clock__lte=F("received_at") + CLOCK_MAY_DIFFER,
                    )
                ),
                mend={"phone_clock": Value(None)},
            ),
            models.UniqueConstraint(
                name="registration_key_used_once", fields=["key"]
            ),
            models.UniqueConstraint(
                name="registration_receipt_given_once", fields=["receipt"]
            ),
            models.UniqueConstraint(
                name="registration_corrected_once",
                fields=["corrects"],
                condition=Q(corrects__isnull=False),
            ),
            models.CheckConstraint(
                name="registration_needs_consent",
                condition=Q(consent_service=True) | Q(channel=Channel.DISPATCH),
            ),
            models.CheckConstraint(
                name="registration_answer_is_known", condition=Q(answer__in=Answer.values)
            ),
            models.CheckConstraint(
                name="registration_rule_is_known", condition=Q(rule__in=Rule.values)
            ),
            models.CheckConstraint(
                name="registration_yours_names_its_ownership",
                condition=Q(
                    answer__in=[Answer.YOURS, Answer.YOURS_ALREADY],
                    ownership__isnull=False,
                    protected_until__isnull=False,
                )
                | ~Q(answer__in=[Answer.YOURS, Answer.YOURS_ALREADY])
                & Q(ownership__isnull=True, protected_until__isnull=True),
            ),
            card_of_dealer("registration_card_is_the_dealers"),
            store_of_dealer("registration_store_is_the_dealers"),
        ]  # fmt: skip
        indexes: ClassVar = [
            # A person's and a store's limits, and the board of a month.
            models.Index(fields=["staff", "received_at"], name="registration_staff_time"),
            models.Index(fields=["store", "received_at"], name="registration_store_time"),
            # Closing a month: what was registered in it, and what became known since.
            models.Index(fields=["received_on"], name="registration_day"),
            models.Index(fields=["recorded_at"], name="registration_recorded"),
            # Whether anything of a dealer was recorded since its open month was computed.
            models.Index(fields=["dealer", "recorded_at"], name="registration_dealer_recorded"),
        ]
        triggers: ClassVar = [
            Kept(name="registration_only_added", exclude=["content", "salt"]),
            never_deleted("registration_never_deleted"),
            only_by_erasure("registration_content_only_erased", "content"),
            only_by_erasure("registration_salt_only_erased", "salt"),
            no_truncate("registration_never_emptied"),
            _of_each("registration_writes_its_consents", FROM_REGISTRATIONS),
            _of_each("registration_meets_planted_numbers", MEETS_PLANTED),
            chained("registration_is_chained", FactKind.REGISTRATION, TOLD),
            refuses(
                "registration_store_is_not_closed",
                """EXISTS (
                    SELECT FROM added JOIN dealers_store AS s ON s.id = added.store_id
                    WHERE s.closed_at <= added.received_at)""",
                "A store that has closed takes no customers any more.",
            ),
            refuses(
                "registration_corrects_a_voided_one_of_its_store",
                """NOT EXISTS (
                    SELECT FROM customers_void AS void
                    JOIN customers_registration AS first ON first.id = void.registration_id
                    WHERE first.id = NEW.corrects_id AND first.store_id = NEW.store_id)""",
                "What a registration corrects was voided, at the same store.",
                condition=pgtrigger.Q(new__corrects__isnull=False),
                rows=True,
            ),
        ]

    def __str__(self) -> str:
        return self.receipt

    def get_absolute_url(self) -> str:
        return reverse("customers:receipt", args=[self.receipt])
