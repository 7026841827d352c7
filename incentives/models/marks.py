"""What has changed since boards were counted: marks that are left with the facts themselves.

Whoever registers, sells, gives back, calls or learns leaves a mark in the same transaction, by
trigger, so that no way of recording a fact can forget it, and an import leaves one for each store
and day. The worker counts the units anew that marks name, and no others. While no board is counted,
as in a small network, none are left.
"""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import (
    Attribution,
    Identity,
    Offer,
    Order,
    Ownership,
    OwnershipEvent,
    Registration,
    Void,
)
from dealers.bounds import DayField, MomentField, within
from dealers.models import Dealer, Membership, Store, User
from incentives.models.periods import Run
from training.models import Assignment, Certificate, CourseVersion, Withdrawal


class Fact(models.TextChoices):
    """What happened, as boards tell facts apart."""

    GAINED = "gained", _("Registered or taken back")
    CONTACTED = "contacted", _("Contacted, or due to be")
    PLACED = "placed", _("Sold or given back at the store")
    OWNED = "owned", _("Counted for the owner")
    BOUGHT = "bought", _("Bought by who was registered")
    ANSWERED = "answered", _("Dispatch answered")
    LEARNT = "learnt", _("Learnt, or to be learnt")
    POSTED = "posted", _("People came or went")
    CLOSED = "closed", _("Month closed")
    ALIKE = "alike", _("Compared with others")


class BoardMark(models.Model):
    """A fact of a store changed, which counts on a day. Deleted once boards are counted with it.

    Without a store it may be one of everybody, and without a day one of every day. Marks are only
    added, the same again and again: whoever sells at a store waits for nobody else who does.
    """

    fact = models.CharField(_("fact"), max_length=10, choices=Fact)
    # No foreign key in the database: a mark of a store that is gone is one of nobody.
    store = models.ForeignKey(
        Store, models.CASCADE, null=True, db_constraint=False, db_index=False, related_name="+",
        verbose_name=_("store"),
    )  # fmt: skip
    day = DayField(_("counts on"), null=True)
    # What time alone changes is marked ahead: a first contact is late once it is due.
    due_at = MomentField(_("counts from"))

    class Meta:
        verbose_name = _("mark of boards")
        verbose_name_plural = _("marks of boards")
        constraints: ClassVar = [
            within("board_mark_between_1990_and_2200", moments=["due_at"], days=["day"]),
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="board_mark_due")]

    def __str__(self) -> str:
        return f"{self.fact} {self.store_id} {self.day}"


_MARK = """
    IF EXISTS (SELECT FROM incentives_board WHERE counted_at IS NOT NULL) THEN
        INSERT INTO incentives_boardmark (fact, store_id, day, due_at)
        {rows};
    END IF;
    RETURN NULL;"""


def _added(name: str, rows: str) -> pgtrigger.Trigger:
    """A trigger that marks what a statement adds, ``added``: fact, store, day and moment."""
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Insert,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        referencing=pgtrigger.Referencing(new="added"),
        func=_MARK.format(rows=rows),
    )


def _changed(name: str, rows: str, *columns: str, still: str = "") -> pgtrigger.Trigger:
    """A trigger that marks a row in which one of the columns takes another value.

    ``still``: one that keeps its value meanwhile.
    """
    differ = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    if still:
        differ = f"({differ}) AND OLD.{still} = NEW.{still}"
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.UpdateOf(*columns),
        level=pgtrigger.Row,
        when=pgtrigger.After,
        condition=pgtrigger.Condition(f"({differ})"),
        func=_MARK.format(rows=rows),
    )


EVERYBODY = "NULL::bigint, NULL::date, now()"


class MarkedRegistration(Registration):
    """A registration marks its store, on its day."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            _added(
                "registration_marks_boards",
                "SELECT DISTINCT 'gained', store_id, received_on, now() FROM added",
            ),
        ]


class MarkedVoid(Void):
    """What is taken back marks the store that it was registered at."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            _added(
                "void_marks_boards",
                """SELECT DISTINCT 'gained', g.store_id, g.received_on, now()
                FROM added AS v JOIN customers_registration AS g ON g.id = v.registration_id""",
            ),
        ]


class MarkedOwnershipEvent(OwnershipEvent):
    """An ownership that another registration ends, or gives back, marks what it was won by."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            _added(
                "ownership_event_marks_boards",
                """SELECT DISTINCT 'gained', g.store_id, g.received_on, now()
                FROM added AS e JOIN customers_registration AS g ON g.ownership_id = e.ownership_id
                WHERE e.kind IN ('ended', 'voided', 'restored')""",
            ),
        ]


class MarkedOwnership(Ownership):
    """A first contact marks the store, and so will the moment by which it was due.

    Who follows a customer up has what is sold to that one.
    """

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            _added(
                "ownership_marks_boards",
                """SELECT DISTINCT 'contacted', store_id, NULL::date, contact_due_at FROM added
                WHERE contacted_at IS NULL AND contact_due_at IS NOT NULL""",
            ),
            _changed(
                "ownership_contacted_marks_boards",
                """SELECT 'contacted', NEW.store_id, NULL::date, each.at
                FROM unnest(ARRAY[now(), NEW.contact_due_at]) AS each (at)
                WHERE each.at IS NOT NULL""",
                "contacted_at",
                "contact_due_at",
            ),
            _changed(
                "ownership_followed_marks_boards",
                "SELECT 'owned', NEW.store_id, NULL::date, now()",
                "staff_id",
            ),
        ]


class MarkedOrder(Order):
    """A sale, or what comes back of it, marks the store that it was made at."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            _added(
                "order_marks_boards",
                """SELECT DISTINCT 'placed', store_id, placed_on, now() FROM added
                WHERE store_id IS NOT NULL""",
            ),
        ]


class MarkedAttribution(Attribution):
    """A decision marks the owner's store, those of the decisions before, and who won the buyer.

    What comes back of a sale takes a buyer away from whoever the sale had counted for.
    """

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            _added(
                "attribution_marks_boards",
                """SELECT DISTINCT 'owned', a.store_id, a.counts_on, now()
                FROM added AS n JOIN customers_attribution AS a ON a.order_id = n.order_id
                WHERE a.holder = 'owner'
                UNION ALL
                SELECT DISTINCT 'bought', g.store_id, NULL::date, now()
                FROM added AS n
                CROSS JOIN LATERAL (VALUES (n.order_id), (n.sale_id)) AS each (order_id)
                JOIN customers_attribution AS a
                    ON a.order_id = each.order_id AND a.holder = 'owner'
                JOIN customers_ownership AS o ON o.id = a.ownership_id
                JOIN customers_ownership AS won
                    ON won.identity_id = o.identity_id AND won.dealer_id = o.dealer_id
                JOIN customers_registration AS g ON g.ownership_id = won.id""",
            ),
        ]


class MarkedOffer(Offer):
    """A dispatch that is answered, or missed, marks the store."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            _added(
                "offer_marks_boards",
                """SELECT DISTINCT 'answered', store_id, NULL::date, now() FROM added
                WHERE answer <> ''""",
            ),
            _changed(
                "offer_answered_marks_boards",
                "SELECT 'answered', NEW.store_id, NULL::date, now()",
                "answer",
                "answered_at",
                "answered_by_id",
            ),
        ]


# Of an owner, who has no store, all of the dealer's.
_OF_DEALER = """SELECT DISTINCT 'posted', s.id, NULL::date, now()
    FROM {posts} AS m JOIN dealers_store AS s ON s.dealer_id = m.dealer_id"""


class MarkedMembership(Membership):
    """Who comes or goes marks the dealer's stores: own people's purchases are on no board."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            _added("membership_marks_boards", _OF_DEALER.format(posts="added")),
            _changed(
                "membership_ended_marks_boards",
                _OF_DEALER.format(posts="(SELECT NEW.dealer_id)"),
                "ends_at",
            ),
        ]


class MarkedUser(User):
    """Somebody's other number is that of another customer of their dealer's."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            _changed(
                "user_phone_marks_boards",
                _OF_DEALER.format(
                    posts="(SELECT dealer_id FROM dealers_membership WHERE user_id = NEW.id)"
                ),
                "phone",
            ),
        ]


class MarkedIdentity(Identity):
    """By another number a customer may be the dealer's own person, or be so no more.

    Whose number it is, the database does not know: each store that had to do with the person is
    marked. Under a further fingerprint key everybody is known by the same number as before.
    """

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            _changed(
                "identity_marks_boards",
                """SELECT 'posted', theirs.store_id, NULL::date, now() FROM (
                    SELECT store_id FROM customers_registration WHERE identity_id = NEW.id
                    UNION
                    SELECT store_id FROM customers_ownership WHERE identity_id = NEW.id
                    UNION
                    SELECT store_id FROM customers_order
                    WHERE identity_id = NEW.id AND store_id IS NOT NULL
                ) AS theirs""",
                "fingerprint",
                still="keyed",
            ),
        ]


class MarkedCertificate(Certificate):
    """A certificate marks the stores where its holder has posts."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            _added(
                "certificate_marks_boards",
                """SELECT DISTINCT 'learnt', s.id, NULL::date, now()
                FROM added AS c JOIN training_enrollment AS e ON e.id = c.enrollment_id
                JOIN dealers_membership AS m ON m.user_id = e.user_id
                JOIN dealers_store AS s ON s.dealer_id = m.dealer_id""",
            ),
        ]


_LEARNT = f"SELECT 'learnt', {EVERYBODY}"


class MarkedAssignment(Assignment):
    """What is to be learnt is so for many."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="assignment_marks_boards",
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                func=_MARK.format(rows=_LEARNT),
            ),
        ]


class MarkedVersion(CourseVersion):
    """A course that is published can be asked for."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            _changed("version_published_marks_boards", _LEARNT, "published_at"),
        ]


class MarkedWithdrawal(Withdrawal):
    """What is withdrawn proves nothing any more."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [_added("withdrawal_marks_boards", _LEARNT)]


class MarkedRun(Run):
    """What a closed month gave is earned."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [_added("run_marks_boards", f"SELECT 'closed', {EVERYBODY}")]


class MarkedStore(Store):
    """A store that grows, closes or corrects its opening is compared with others."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            _changed(
                "store_marks_boards",
                "SELECT 'alike', NEW.id, NULL::date, now()",
                "size_class",
                "opened_on",
                "closed_at",
                "timezone",
            ),
        ]


class MarkedDealer(Dealer):
    """A dealer that goes to another region takes its stores to other cohorts."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers: ClassVar = [
            _changed(
                "dealer_marks_boards",
                """SELECT 'alike', s.id, NULL::date, now()
                FROM dealers_store AS s WHERE s.dealer_id = NEW.id""",
                "region_id",
            ),
        ]
