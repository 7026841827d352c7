"""What happened to a dealer and its customers, one link after the other, in a chain of its own.

A trigger puts each fact down in the transaction that makes it, whichever way it comes, and waits
for nobody. Afterwards the worker takes what waits into the dealer's chain: number, time, what came
before and hash are set by the database, one dealer at a time. To number a fact where it happens
would make all counters of a dealer wait for each other, and each page on which somebody looks at
customers would hold the chain until it is drawn; and it would prove nothing more. A dealer can
prove what a receipt was signed for, and a receipt is signed after the commit in either case.

A link holds the words that were hashed, as they were. Nothing in them tells who a customer is: they
name cards and receipts, and what was said only by a hash of its keyed hash with a salt, both of
which are destroyed with the person. A statement that adds many rows gives links of ``PORTION`` rows
each.

The words begin with a salt, so that nobody who sees hashes alone, as those on receipts, finds out
what happened by hashing guesses. It is part of them, and needs no place in files or programs: those
that dealers keep check old links, which have none, and new ones alike.
"""

from datetime import UTC, datetime
from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dealers.bounds import DayField, MomentField, within
from dealers.models.network import Dealer
from dealers.signed_words import receipt_words, root_words
from dealers.triggers import append_only, no_truncate

PORTION = 200  # rows in a link
FORMAT = "portal-link/1"

# How a moment stands in what is hashed, and in files.
_MOMENT = '\'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\''


def hashed_sql(row: str) -> str:
    """The hash of a link as an SQL expression: of the hash before it and its words."""
    return (
        f"sha256({row}.previous || convert_to(concat_ws('|', '{FORMAT}', {row}.dealer_id,"
        f" {row}.seq, to_char({row}.at AT TIME ZONE 'UTC', {_MOMENT}), {row}.kind, {row}.body),"
        " 'UTF8'))"
    )


def hash_of_words(words: str) -> str:
    """The SHA-256 of an SQL text as one in hexadecimal digits."""
    return f"encode(sha256(convert_to({words}, 'UTF8')), 'hex')"


class FactKind(models.TextChoices):
    REGISTRATION = "registration", _("Registrations")
    VOID = "void", _("Voided registrations")
    OWNERSHIP = "ownership", _("Changes of protection")
    RULING = "ruling", _("Rulings")
    ACCESS = "access", _("Looks at customers")
    BOOKING = "booking", _("Bookings")
    STATEMENT = "statement", _("Statements")
    DOCUMENT = "document", _("Documents")
    REFUSED = "refused", _("Acts of headquarters that were refused")
    AGREEMENT = "agreement", _("Answers to the agreement")
    DISPUTE = "dispute", _("Disputes and decisions about them")
    PAYMENT = "payment", _("Payments, as the bank answered")
    LEAD = "lead", _("Leads accepted and taken back")
    NETWORK = "network", _("What concerns all dealers")


def chained(
    name: str, kind: FactKind, told: str, *, when_changed: bool = False
) -> pgtrigger.Trigger:
    """A trigger that puts down what a statement adds, for the chains of those whom it is about.

    ``told`` reads the new rows, ``added``, and gives ``dealer``, ``id`` and ``said``, an object;
    ``when_changed``: of rows that are changed, which are ``before`` as they were.
    """
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Update if when_changed else pgtrigger.Insert,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        referencing=pgtrigger.Referencing(new="added", old="before" if when_changed else None),
        func=f"""
        INSERT INTO dealers_fact (dealer_id, kind, first, last, body)
        SELECT dealer, '{kind.value}', min(id), max(id),
            '{{"salt" : "' || replace(gen_random_uuid()::text, '-', '') || '", "told" : ['
            || string_agg(said::text, ',' ORDER BY id) || ']}}'
        FROM (
            SELECT told.*,
                (row_number() OVER (PARTITION BY dealer ORDER BY id) - 1) / {PORTION} AS portion
            FROM ({told}) AS told
        ) AS counted
        GROUP BY dealer, portion
        ORDER BY min(id);
        RETURN NULL;
        """,  # noqa: S608 -- our own text
    )


def told_to_all(event: str, said: str) -> str:
    """What ``chained`` reads where all dealers are told of the rows: ``said`` is of a row ``r``."""
    return f"""
        SELECT d.id AS dealer, r.id, json_build_object(
            'event', '{event}', 'number', r.id, {said}) AS said
        FROM added AS r CROSS JOIN dealers_dealer AS d"""  # noqa: S608 -- our own text


class FactBase(models.Model):
    """What happened, in the words that are hashed: rows of one kind, by the ids of their table."""

    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_constraint=False, db_index=False, related_name="+",
        verbose_name=_("dealer"),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=16, choices=FactKind)
    first = models.BigIntegerField(_("first row"))
    last = models.BigIntegerField(_("last row"))
    body = models.TextField(_("what happened"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.first}–{self.last}"


class Fact(FactBase):
    """What happened and waits for its place in the chain. The database alone adds and takes it."""

    class Meta:
        verbose_name = _("fact that waits")
        verbose_name_plural = _("facts that wait")
        ordering = ("id",)
        indexes: ClassVar = [models.Index(fields=["dealer", "id"], name="fact_of_dealer")]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="fact_only_of_what_happened",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("(current_user <> 'portal_definer')"),
            ),
            no_truncate("fact_never_emptied"),
        ]


class LinkQuerySet(models.QuerySet["Link"]):
    def telling_of(self, kind: FactKind, dealer_id: int, row: int) -> Self:
        """The links that may tell of a row of a table, by its id; one of them does."""
        return self.filter(dealer=dealer_id, kind=kind, first__lte=row, last__gte=row)


class Link(FactBase):
    """A place in a dealer's chain. Only ever added, each to the one before it.

    Only ``fact`` is given: the trigger takes that fact out of those that wait, and sets the rest.
    """

    seq = models.BigIntegerField(_("place in the chain"))
    at = MomentField(_("at"), db_default=Now())
    previous = models.BinaryField(_("hash before it"))
    hash = models.BinaryField(_("hash"))
    fact = models.BigIntegerField(_("fact"))

    objects = LinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("link of a chain")
        verbose_name_plural = _("links of chains")
        ordering = ("dealer", "seq")
        constraints: ClassVar = [
            within("link_between_1990_and_2200", moments=["at"]),
            models.UniqueConstraint(name="link_one_a_place", fields=["dealer", "seq"]),
            models.UniqueConstraint(name="link_one_a_fact", fields=["fact"]),
            models.CheckConstraint(name="link_place_from_one", condition=Q(seq__gte=1)),
        ]
        indexes: ClassVar = [
            models.Index(fields=["dealer", "kind", "last"], name="link_by_row"),
            # The scorecard reads what all chains tell of a kind, every night.
            models.Index(fields=["kind", "at"], name="link_by_kind"),
        ]
        triggers: ClassVar = [
            append_only("link_only_added"),
            no_truncate("link_never_emptied"),
            pgtrigger.Trigger(
                name="link_follows_the_one_before",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                declare=[("waiting", "dealers_fact"), ("head", "dealers_link")],
                # Whoever adds to a chain waits here for whoever does so already.
                func=f"""
                SELECT * INTO waiting FROM dealers_fact WHERE id = NEW.fact;
                PERFORM pg_advisory_xact_lock(hashtext('dealers_link'), waiting.dealer_id::int);
                DELETE FROM dealers_fact WHERE id = NEW.fact RETURNING * INTO waiting;
                IF NOT FOUND THEN
                    RAISE check_violation USING CONSTRAINT = 'link_follows_the_one_before',
                        MESSAGE = 'No such fact waits for its place in a chain.';
                END IF;
                SELECT * INTO head FROM dealers_link
                WHERE dealer_id = waiting.dealer_id ORDER BY seq DESC LIMIT 1;
                NEW.dealer_id := waiting.dealer_id;
                NEW.kind := waiting.kind;
                NEW.first := waiting.first;
                NEW.last := waiting.last;
                NEW.body := waiting.body;
                NEW.seq := coalesce(head.seq, 0) + 1;
                NEW.at := greatest(clock_timestamp(), head.at);
                NEW.previous := coalesce(head.hash, decode(repeat('00', 32), 'hex'));
                NEW.hash := {hashed_sql("NEW")};
                RETURN NEW;
                """,  # noqa: S608 -- our own text
            ),
        ]

    @property
    def text(self) -> str:
        """What is hashed, after the hash of the link before."""
        return "|".join(
            [FORMAT, str(self.dealer_id), str(self.seq), moment(self.at), self.kind, self.body]
        )


def moment(at: datetime) -> str:
    """A moment as it stands in what is hashed and signed: in UTC, to the microsecond."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


# Signatures are kept by the worker alone: what others put there would be none, and in its way.
_OF_OTHERS = pgtrigger.Condition(
    "(current_user IN ('portal_dealer', 'portal_region', 'portal_hq'))"
)


def kept_by_the_worker(name: str) -> list[pgtrigger.Trigger]:
    """The triggers of a table of what was signed."""
    return [
        append_only(f"{name}_only_added"),
        no_truncate(f"{name}_never_emptied"),
        pgtrigger.Protect(
            name=f"{name}_by_the_worker", operation=pgtrigger.Insert, condition=_OF_OTHERS
        ),
    ]


class SigningKey(models.Model):
    """A public key by which receipts and roots are checked."""

    public = models.BinaryField(_("public key"), unique=True)
    since = MomentField(_("since"))

    class Meta:
        verbose_name = _("key of receipts")
        verbose_name_plural = _("keys of receipts")
        ordering = ("since", "id")
        constraints: ClassVar = [
            within("signing_key_between_1990_and_2200", moments=["since"]),
        ]
        triggers: ClassVar = kept_by_the_worker("signing_key")

    def __str__(self) -> str:
        return bytes(self.public).hex()


class SignedLink(models.Model):
    """The receipt of a place in a dealer's chain: its head, signed."""

    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_index=False, related_name="+", verbose_name=_("dealer")
    )
    seq = models.BigIntegerField(_("place in the chain"))
    hash = models.BinaryField(_("hash"))
    at = MomentField(_("signed at"))
    signature = models.BinaryField(_("signature"))

    class Meta:
        verbose_name = _("receipt of a chain")
        verbose_name_plural = _("receipts of chains")
        ordering = ("dealer", "seq")
        constraints: ClassVar = [
            within("signed_link_between_1990_and_2200", moments=["at"]),
            models.UniqueConstraint(name="signed_link_one_a_place", fields=["dealer", "seq"]),
        ]
        triggers: ClassVar = kept_by_the_worker("signed_link")

    def __str__(self) -> str:
        return f"#{self.seq}"

    @property
    def words(self) -> str:
        """What is signed."""
        return receipt_words(self.dealer_id, self.seq, bytes(self.hash), self.at)

    @property
    def line(self) -> str:
        """The receipt as a text, as it is printed and checked."""
        return f"{self.words} {bytes(self.signature).hex()}"


class DailyRoot(models.Model):
    """One hash over the heads of all chains at the end of a day, the same for everybody."""

    day = DayField(_("day"), unique=True)
    count = models.PositiveIntegerField(_("chains"))
    root = models.BinaryField(_("root"))
    before = models.BinaryField(_("hash of the root before"))
    at = MomentField(_("signed at"))
    signature = models.BinaryField(_("signature"))

    class Meta:
        verbose_name = _("root of a day")
        verbose_name_plural = _("roots of days")
        ordering = ("-day",)
        constraints: ClassVar = [
            within("daily_root_between_1990_and_2200", moments=["at"], days=["day"]),
        ]
        triggers: ClassVar = kept_by_the_worker("daily_root")

    def __str__(self) -> str:
        return f"{self.day}"

    @property
    def words(self) -> str:
        """What is signed."""
        return root_words(self.day, self.count, bytes(self.root), bytes(self.before), self.at)

    @property
    def line(self) -> str:
        return f"{self.words} {bytes(self.signature).hex()}"


class RootPath(models.Model):
    """Where a dealer's head stands in the root of a day. Blinded: others learn nothing from it."""

    root = models.ForeignKey(
        DailyRoot, models.PROTECT, related_name="paths", verbose_name=_("root of a day")
    )
    dealer = models.ForeignKey(
        Dealer, models.PROTECT, db_index=False, related_name="+", verbose_name=_("dealer")
    )
    seq = models.BigIntegerField(_("place in the chain"))
    hash = models.BinaryField(_("hash"))
    blind = models.BinaryField(_("random bytes"))
    position = models.PositiveIntegerField(_("position"))
    steps = models.BinaryField(_("hashes on the way"))

    class Meta:
        verbose_name = _("path to a root")
        verbose_name_plural = _("paths to roots")
        ordering = ("root", "position")
        constraints: ClassVar = [
            models.UniqueConstraint(name="root_path_one_a_dealer", fields=["dealer", "root"]),
        ]
        triggers: ClassVar = kept_by_the_worker("root_path")

    def __str__(self) -> str:
        return f"{self.root} #{self.seq}"

    @property
    def line(self) -> str:
        """The path as a text, with its root by its day."""
        return (
            f"portal-path/1 {self.root.day} {self.dealer_id} {self.seq} {bytes(self.hash).hex()}"
            f" {bytes(self.blind).hex()} {self.position} {self.root.count}"
            f" {bytes(self.steps).hex() or '-'}"
        )
