"""What the brand did with a dealer's customers: looks, numbers, files and leads."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, Sum
from django.db.models.functions import ExtractYear

from customers import cards, search
from customers.models import (
    Attribution,
    Customer,
    JunkState,
    Offer,
    OfferAnswer,
    SoldBy,
    current_sql,
)
from dealers.actor import Actor
from dealers.models import (
    DEALER_ROLES,
    AccessAction,
    AccessLog,
    Dealer,
    Level,
    Purpose,
    in_force_sql,
)
from dealers.months import readers_day
from incentives.earnings.given.money import PLACES, Sales

LATELY = timedelta(days=365)  # of which each customer is listed
PER_PAGE = 50
SERVICE = [Purpose.DELIVERY, Purpose.SERVICE, Purpose.REQUEST]


@dataclass(slots=True)
class Acts:
    """What the brand did in a year: of looks as the access log says, of leads as dispatch does."""

    year: int
    pages: int = 0  # on which customers stood
    service: int = 0  # numbers shown for delivery, service, or because the customer asked
    sales: int = 0  # numbers shown for a follow-up call
    emergencies: int = 0
    asked: int = 0  # numbers read by the portal to ask a customer which store they want
    refused: int = 0  # numbers asked for, and refused
    files: int = 0
    offered: int = 0
    own: int = 0  # of them customers who were the dealer's already
    accepted: int = 0
    given_back: int = 0
    customers: int = 0  # whom dispatch brought, and who bought in the year
    brought: int = 0  # their sales
    net: Decimal = field(default_factory=Decimal)

    @property
    def numbers(self) -> int:
        return self.service + self.sales + self.emergencies + self.asked


def by_year(dealer: Dealer) -> list[Acts]:
    """What the brand did, the newest year first; three statements."""
    years: dict[int, Acts] = {}

    def put(year: int, **counts: Any) -> None:
        found = years.setdefault(year, Acts(year))
        for name, count in counts.items():
            setattr(found, name, count or 0)

    for row in _looks(dealer):
        put(**row)
    for row in _offers(dealer):
        put(**row)
    with connection.cursor() as cursor:
        cursor.execute(BROUGHT, {"dealer": dealer.pk})
        for year, customers, brought, net in cursor.fetchall():
            put(year, customers=customers, brought=brought, net=net)
    return [years[year] for year in sorted(years, reverse=True)]


def _looks(dealer: Dealer) -> Any:
    shown = Q(action=AccessAction.REVEAL)
    counts = {
        "pages": Q(action__in=[AccessAction.VIEW, AccessAction.LOOK]),
        "service": shown & Q(purpose__in=SERVICE),
        "sales": shown & ~Q(purpose__in=[*SERVICE, Purpose.EMERGENCY, Purpose.CHOICE]),
        "emergencies": shown & Q(purpose=Purpose.EMERGENCY),
        "asked": shown & Q(purpose=Purpose.CHOICE),
        "refused": Q(action=AccessAction.REFUSED),
        "files": Q(action=AccessAction.EXPORT),
    }
    return (
        AccessLog.objects.filter(dealer=dealer)
        .by_others()
        .by_somebody()
        .order_by()
        .values(year=ExtractYear("at"))
        .annotate(**{name: Count("pk", filter=wanted) for name, wanted in counts.items()})
    )


def _offers(dealer: Dealer) -> Any:
    return (
        Offer.objects.filter(dealer=dealer)
        .order_by()
        .values(year=ExtractYear("offered_at"))
        .annotate(
            offered=Count("pk"),
            own=Count("pk", filter=Q(to_owner=True)),
            accepted=Count("pk", filter=Q(answer=OfferAnswer.ACCEPTED)),
            given_back=Count("pk", filter=Q(junk_state=JunkState.TAKEN)),
        )
    )


# Customers whom dispatch brought: accepted, neither returned nor passed on, and not the dealer's
# before. What they bought since then counts, wherever they bought it.
_BROUGHT = """
    SELECT g.customer_id, min(g.received_at) AS since
    FROM customers_offer AS f JOIN customers_registration AS g ON g.id = f.registration_id
    WHERE f.dealer_id = %(dealer)s AND NOT f.to_owner AND f.passed_on_at IS NULL
        AND f.junk_state <> 'taken'
    GROUP BY g.customer_id"""
BROUGHT = f"""
    WITH brought AS MATERIALIZED ({_BROUGHT})
    SELECT extract(year FROM a.counts_on)::int, count(DISTINCT b.customer_id),
        count(*) FILTER (WHERE a.sale_id IS NULL), sum(a.signed_net)
    FROM brought AS b JOIN customers_ownership AS o ON o.customer_id = b.customer_id
    JOIN customers_attribution AS a ON a.ownership_id = o.id
    WHERE a.holder = 'owner' AND a.dealer_id = %(dealer)s AND a.ordered_at >= b.since
        AND {current_sql("a")}
    GROUP BY 1"""


@dataclass(slots=True)
class Concerned:
    """One customer of the dealer, and what the brand did with them lately."""

    card: UUID
    level: Level
    last: datetime
    pages: int
    numbers: int
    refused: int
    files: int
    leads: int
    own: bool  # one of them came to the dealer because the customer was its own already
    brought: bool
    sold: dict[SoldBy, Sales] = field(default_factory=dict)
    name: str = ""
    digits: str = ""
    customer: Customer | None = None

    @property
    def where(self) -> list[Sales]:
        """What they bought, place by place."""
        return [self.sold[place] for place in PLACES if place in self.sold]

    @property
    def net(self) -> Decimal:
        return sum((each.net for each in self.sold.values()), Decimal(0))


# Of the log what others than the dealer's own people did, but for what tasks read by themselves
# without showing a number: the same as on the page of the log.
CONCERNED = f"""
    SELECT found.*, {in_force_sql("%(dealer)s", "found.card")} AS level,
        EXISTS (SELECT FROM ({_BROUGHT}) AS b WHERE b.customer_id = found.card) AS brought
    FROM (
        SELECT card, max(at) AS last, count(*) FILTER (WHERE action IN ('view', 'look')) AS pages,
            count(*) FILTER (WHERE action = 'reveal') AS numbers,
            count(*) FILTER (WHERE action = 'refused') AS refused,
            count(*) FILTER (WHERE action = 'export') AS files,
            count(*) FILTER (WHERE action IN ('lead', 'own')) AS leads,
            bool_or(action = 'own') AS own
        FROM (
            SELECT unnest(customers) AS card, action, at FROM dealers_accesslog
            WHERE dealer_id = %(dealer)s AND at > %(since)s AND NOT role = ANY (%(inside)s)
                AND (user_id IS NOT NULL OR action = 'reveal')
            UNION ALL
            SELECT g.customer_id, CASE WHEN f.to_owner THEN 'own' ELSE 'lead' END, f.offered_at
            FROM customers_offer AS f JOIN customers_registration AS g ON g.id = f.registration_id
            WHERE f.dealer_id = %(dealer)s AND f.offered_at > %(since)s
        ) AS acts
        GROUP BY card ORDER BY max(at) DESC, card LIMIT %(limit)s OFFSET %(offset)s
    ) AS found
    ORDER BY found.last DESC, found.card"""


def concerned(
    dealer: Dealer, *, by: Actor, at: datetime, limit: int | None = PER_PAGE, offset: int = 0
) -> list[Concerned]:
    """The customers with whom the brand did something in the 365 days before, the latest first.

    Names are the owner's to read: ``by`` has the post. Six statements.
    """
    values: dict[str, Any] = {
        "dealer": dealer.pk, "since": at - LATELY, "inside": list(DEALER_ROLES),
        "limit": limit, "offset": offset,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(CONCERNED, values)
        found = {
            card: Concerned(
                card, Level(level), last, pages, numbers, refused, files, leads, own, brought
            )
            for card, last, pages, numbers, refused, files, leads, own, level, brought in cursor
        }
    sold = (
        Attribution.objects.owners()
        .current()
        .filter(dealer=dealer, ownership__customer__in=found, ordered_at__gt=at - LATELY)
        .order_by()
        .values_list("ownership__customer", "sold_by")
        .annotate(sales=Count("pk", filter=Q(sale=None)), net=Sum("signed_net"))
    )
    for card, place, count, net in sold:
        found[card].sold[SoldBy(place)] = Sales(SoldBy(place), count, net)
    mine = Customer.objects.visible_to(by.membership).filter(pk__in=found)
    for opened in cards.open(mine, by=by):
        each = found[opened.customer.pk]
        each.name, each.customer = opened.name, opened.customer
        each.digits = opened.phone[-search.LAST :]
    return list(found.values())


def since(at: datetime) -> date:
    """The first day of those that ``concerned`` looks at."""
    return readers_day(at - LATELY)
