"""At which level single customers are shared with the brand, and whom it may be shown."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Consent, ConsentPurpose, Customer, given_sql
from customers.ownership.rulebook import first_protection
from customers.ownership.settings import RegistrationRefused, Rulebooks
from customers.rights import consent
from dealers import emergencies
from dealers.actor import WORKER, Actor
from dealers.models import CONTACT, UNCHOSEN, Level, Purpose, Sharing, in_force_sql
from dealers.sharing import SharingRefused, default, owner_of, turn

# A call to sell is co-marketing; whatever a customer needs after a purchase is service.
NEEDED: dict[str, Level] = {Purpose.FOLLOW_UP: Level.TOGETHER}


def needed(purpose: str) -> Level:
    """The lowest level of which headquarters may be shown a number for a purpose."""
    return NEEDED.get(purpose, CONTACT)


def own(customer: Customer, at: datetime) -> Sharing | None:
    """What the dealer chose last for this very customer; None: as its default says."""
    chosen = Sharing.objects.filter(dealer=customer.dealer_id, customer=customer.pk, at__lte=at)
    latest = chosen.newest_first().select_related("by").first()
    return None if latest is None or latest.level is None else latest


def level_of(customer: Customer, at: datetime) -> Level:
    """The level in force for a customer: their own, else the dealer's default."""
    mine = own(customer, at)
    if mine is None or mine.level is None:
        return default(customer.dealer_id, at)
    return Level(mine.level)


def choose_for(customer: Customer, level: Level | None, *, by: Actor, at: datetime) -> Sharing:
    """Share one customer at a level of their own, or with None as the default says again.

    Lowered at once; raised only while the customer agrees that the brand gets their data. Raises
    SharingRefused.
    """
    if owner_of(by) != customer.dealer_id:
        raise SharingRefused(_("This card belongs to another dealer."))
    with transaction.atomic():
        at = turn(customer.dealer_id, customer.pk, at)
        now, mine = level_of(customer, at), own(customer, at)
        wanted = default(customer.dealer_id, at) if level is None else level
        if level == (None if mine is None else mine.level):
            raise SharingRefused(_("This customer is shared like this already."))
        if wanted > now and not consent.stands(customer, ConsentPurpose.BRAND):
            raise SharingRefused(
                _("The customer has not agreed to sharing with the brand. Lower it whenever you"
                  " like; to raise it, ask them first.")
            )  # fmt: skip
        return Sharing.objects.create(
            dealer_id=customer.dealer_id, customer=customer.pk, level=level, at=at, by=by.person
        )


def why_not(customer: Customer, purpose: str, *, by: Actor, at: datetime) -> str:
    """Why nobody outside the dealer may be shown a number for this; nothing where they may.

    The portal itself asks a customer which store they want, whatever is shared with the brand.
    """
    if purpose == Purpose.CHOICE and by.role == WORKER:
        return ""
    if purpose == Purpose.EMERGENCY:
        if emergencies.open_for(customer.pk, by=by, at=at):
            return ""
        return _("No emergency of yours is open for this customer: ask for one first.")
    if is_beyond(customer, purpose, at):
        return _(
            "The dealer does not share this customer's number with headquarters for this purpose."
            " Ask the store to call. The dealer reads that you asked."
        )
    asked = by.role == WORKER or purpose == Purpose.REQUEST
    if not asked and not consent.stands(customer, ConsentPurpose.BRAND):
        return _(
            "The customer has not agreed that the brand gets their number. Ask the store to call,"
            " or choose that the customer asked to be called."
        )
    return ""


def is_beyond(customer: Customer, purpose: str, at: datetime) -> bool:
    """Whether a number would be shown for a purpose that its dealer does not share it for."""
    return purpose != Purpose.EMERGENCY and level_of(customer, at) < needed(purpose)


# What headquarters sees at each level, with what it sees at those below; pages say it like this.
SEES: dict[Level, Promise] = {
    Level.FINGERPRINT: gettext_lazy(
        "that a registration exists, with receipt, time, store, answer, protection, what was agreed"
        " and when you last followed up, and the sales that count for you; no card"
    ),
    Level.MASKED: gettext_lazy(
        "a card without name and number, and each follow-up with its kind and result"
    ),
    Level.SERVICE: gettext_lazy(
        "name and number for delivery and service, if the customer agreed to sharing or asked to be"
        " called: each time with a purpose, and in your log"
    ),
    Level.TOGETHER: gettext_lazy(
        "name and number for a follow-up call as well, if the customer agreed to sharing"
    ),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One level as the owner may choose it: what it shows, and what it brings."""

    level: Level
    sees: Promise
    longer: int | None  # days; None where no rulebook is published
    protected: int | None  # days of a new protection, with them
    now: bool


def choices(dealer: int, at: datetime) -> list[Choice]:
    """The levels with what the rulebook in force at the dealer's days gives for each."""
    now, found = default(dealer, at), []
    try:
        settings = Rulebooks.on_file().on(at, timezone.get_default_timezone())
    except RegistrationRefused:
        settings = None
    for level in Level:
        days = None if settings is None else first_protection(settings, level)
        longer = None if days is None or settings is None else days - settings.protection_days
        found.append(Choice(level, SEES[level], longer, days, level == now))
    return found


def single(dealer: int) -> QuerySet[Sharing]:
    """What was chosen for single customers of a dealer, the newest first."""
    found = Sharing.objects.filter(dealer=dealer, customer__isnull=False)
    return found.newest_first().select_related("by")


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of a dealer's customers are shared how, and how many the brand may be shown."""

    levels: dict[Level, int]
    reachable: int  # at level 2 or 3, and agreed that the brand gets their data
    agreed: int

    @property
    def in_order(self) -> list[tuple[Level, int]]:
        return [(level, self.levels.get(level, 0)) for level in Level]


def counts(dealer: int) -> Counts:
    """What a dealer's customers are shared at now."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, {"dealer": dealer, "agreed": _agreed(dealer)})
        rows = cursor.fetchall()
    levels = {Level(level): number for level, number, _agreed_too in rows}
    reachable = sum(agreed for level, _number, agreed in rows if level >= CONTACT)
    return Counts(levels, reachable, sum(agreed for *_level, agreed in rows))


def _agreed(dealer: int) -> list:
    standing = Consent.objects.standing().filter(dealer=dealer, purpose=ConsentPurpose.BRAND)
    return list(standing.values_list("customer_id", flat=True))


COUNTED = f"""
SELECT level, count(*), count(*) FILTER (WHERE id = ANY (%(agreed)s::uuid[])) FROM (
    SELECT c.id, {in_force_sql("c.dealer_id", "c.id")} AS level
    FROM customers_customer AS c
    WHERE c.dealer_id = %(dealer)s
) AS shared
GROUP BY level
"""  # noqa: S608 -- put together from our own text


@dataclass(frozen=True, slots=True)
class Reached:
    """Of ``of`` protections that run, how many are shared so that the brand may reach somebody."""

    count: int
    of: int


def of_network(at: datetime) -> Reached:
    """How much of the whole network is shared with a contact at ``at``; for headquarters."""
    with connection.cursor() as cursor:
        cursor.execute(REACHED, {"at": at})
        return Reached(*cursor.fetchone())


# What was chosen is read once for all: to look each customer's level up takes far longer.
REACHED = f"""
WITH chosen AS (
    SELECT DISTINCT ON (dealer_id, customer) dealer_id, customer, level
    FROM dealers_sharing WHERE at <= %(at)s
    ORDER BY dealer_id, customer, at DESC, id DESC
)
SELECT count(*) FILTER
    (WHERE coalesce(own.level, usual.level, {UNCHOSEN.value}) >= {CONTACT.value}), count(*)
FROM customers_ownership AS o
LEFT JOIN chosen AS usual ON usual.dealer_id = o.dealer_id AND usual.customer IS NULL
LEFT JOIN chosen AS own ON own.dealer_id = o.dealer_id AND own.customer = o.customer_id
WHERE o.period @> %(at)s::timestamptz AND o.protected_until > %(at)s AND {given_sql("o")}
"""  # noqa: S608 -- put together from our own text
