"""Orders and returns, and for whom they count: the owner at that moment."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.conf import settings as installation
from django.db import IntegrityError, transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from customers import identity
from customers.cutoff import ORDERS, busy_as, hold_open_orders, take_turn
from customers.dispatch import online
from customers.models import (
    LARGEST_AMOUNT,
    LARGEST_QUANTITY,
    Attribution,
    AttributionCause,
    Category,
    Identity,
    Order,
    OrderKind,
    OrderLine,
    Product,
    TypedInto,
)
from customers.orders import attribution
from customers.orders.returns import Left, NotLeft, take_back
from customers.ownership import limits, passing, planted
from customers.ownership.changes import Cause, rows
from customers.ownership.rulebook import local_day
from customers.ownership.settings import RegistrationRefused, Rulebooks
from customers.ownership.track import Bought, Track
from dealers import access, currencies, sayings
from dealers.actor import Actor, acting
from dealers.database import broken_constraint, save_together
from dealers.imports.reading import prefixes
from dealers.models import AccessAction, Store
from dealers.phones import normalise
from dealers.spreadsheets import DigitsLost, identifier

TYPED = gettext_noop("An order of headquarters with this number; it counts for the dealer.")


class OrderRefused(Exception):
    """Not recorded; the message is written for the person who asked."""


@dataclass(frozen=True, slots=True)
class GivenLine:
    """One line of an order as it was given. A return names the sale's line that it takes back."""

    number: int
    category: Category
    quantity: int
    gross: Decimal
    discount: Decimal
    net: Decimal
    product: Product | None = None
    returns: int | None = None


def _cleaned(text: str) -> str:
    """A source or number as files have it. Raises OrderRefused where digits are lost."""
    try:
        return identifier(text)
    except DigitsLost as lost:
        raise OrderRefused(str(lost)) from None


def record_order(
    *,
    source: str,
    external_id: str,
    ordered_at: datetime,
    lines: Sequence[GivenLine],
    store: Store | None = None,
    phone: str = "",
    returns: Order | None = None,
    by: Actor | None = None,
    told_at: datetime | None = None,
) -> Order:
    """Record a sale, or with ``returns`` the return of a sale's lines, and attribute it.

    ``by`` is the author of an order by hand, whose source is ``BY_HAND``; a till has none.
    ``told_at``: when, where that is later than the order. What time has done by then comes first,
    as in a file, and whether a job came in between changes nothing.

    A return belongs to the sale's buyer, whoever brings the goods. The same order again gives the
    first one; a sale and a return may carry the same number. Raises PhoneNotValid, and OrderRefused
    for other content under the same number, amounts that do not add up, are too large or have more
    decimals than the currency, or more taken back than was sold; and for an author who types more
    numbers than the rulebook allows.
    """
    number = normalise(phone) if phone.strip() else ""
    told_at = max(ordered_at, told_at or ordered_at)
    _check_lines(lines, returns)
    currency = currencies.of_program()
    lines = [_kept(line, currency) for line in lines]
    order = Order(
        id=uuid4(),
        source=_cleaned(source),
        external_id=_cleaned(external_id),
        kind=OrderKind.RETURN if returns else OrderKind.SALE,
        sale=returns,
        ordered_at=ordered_at,
        store=store,
        recorded_by=by.person if by else None,
        quantity=sum(line.quantity for line in lines),
        net=sum((line.net for line in lines), Decimal(0)),
    )
    if order.net > LARGEST_AMOUNT or order.quantity > LARGEST_QUANTITY:
        raise OrderRefused(_("The whole order comes to more than %s.") % LARGEST_AMOUNT)
    order.content = order_content(
        order, identity.fingerprints(number)[0] if number else None, lines
    )
    buyer = identity.fingerprint(number) if number else None
    if returns is not None:
        buyer = bytes(returns.identity.fingerprint) if returns.identity else None
    try:
        with busy_as(OrderRefused), transaction.atomic(), acting(_counting(by)):
            if by is not None and number:
                _within_limits(by, told_at)
            recorded = _record(order, buyer, number, lines, told_at)
            if by is not None and number:
                _note_known(recorded, by)
                planted.typed(number, TypedInto.ORDER, by=by, at=told_at)
            return recorded
    except IntegrityError as refused:
        # Two at once under one number, of different people, so that neither waited.
        if broken_constraint(refused) == "order_number_used_once_for_each_kind":
            raise OrderRefused(_("This order is being recorded already; look again.")) from None
        raise


def _within_limits(by: Actor, at: datetime) -> None:
    try:
        limits.check_headquarters(by, at)
    except RegistrationRefused as refused:
        raise OrderRefused(str(refused)) from None


def _note_known(order: Order, by: Actor) -> None:
    """Note in the access log of the customer's owner that who typed the number learned whose."""
    found = Attribution.objects.owners().current().filter(order=order)
    owned = found.select_related("ownership").first()
    if owned is not None and owned.ownership is not None and by.dealer_id != owned.dealer_id:
        access.seen(
            [owned.ownership.customer_id], by=by, dealer_id=owned.dealer_id, fields="store",
            purpose=sayings.kept(TYPED), action=AccessAction.LOOK_UP,
        )  # fmt: skip


def _counting(by: Actor | None) -> Actor:
    """Whom an order counts for, and what that renews, is not only the seller's."""
    return Actor.worker("record_order", by.user if by else None)


def _record(
    order: Order, buyer: bytes | None, number: str, lines: Sequence[GivenLine], told_at: datetime
) -> Order:
    turn = take_turn(buyer, ORDERS) if buyer else None
    order.recorded_at = turn.at if turn else hold_open_orders()
    known = Order.objects.filter(
        source=order.source, external_id=order.external_id, kind=order.kind
    ).first()
    if known is not None:
        if bytes(known.content) != order.content:
            raise OrderRefused(_("This order is on file already, with other content."))
        return known
    _check_owner_has_not(order)
    if buyer is not None and turn is not None:
        order.identity, made = Identity.objects.get_or_create(
            fingerprint__in=identity.either(buyer),
            defaults={"fingerprint": identity.of_new(buyer, turn.keys), "keyed": turn.keys},
        )
        if (
            not made and turn.identity is None
        ):  # somebody else's, made while the turn was waited for
            order.recorded_at = take_turn(buyer, ORDERS).at
    if order.sale is not None:
        _check_returned(order.sale, lines, order.ordered_at)
        _save(order, lines)
        _count_returns(order.sale, [order], AttributionCause.ORDER, order.recorded_at)
    else:
        _save(order, lines)
        _count_sale(order, told_at)
        _have_called(order, number, lines)
    return order


def _check_owner_has_not(order: Order) -> None:
    """A sale that the store's owner has brought already does not count a second time."""
    if order.store is None:
        return
    brought = Q()
    for prefix in prefixes(order.store.dealer):
        if order.source.startswith(prefix):  # one of its own tills, which may share numbers
            return
        brought |= Q(source__startswith=prefix)
    same = Order.objects.filter(
        brought, store=order.store, external_id=order.external_id, kind=order.kind
    )
    if same.exists():
        raise OrderRefused(
            _("The store's owner has brought an order with this number already; it counts once.")
        )


def _have_called(order: Order, number: str, lines: Sequence[GivenLine]) -> None:
    """An online sale that counts for nobody becomes a lead."""
    recorded_at, buyer = order.recorded_at, order.identity_id
    late = order.ordered_at <= recorded_at - online.LATELY
    if order.store_id or buyer is None or not number or late or order.attributions.exists():
        return
    largest = max(lines, key=lambda line: (line.net, -line.number))
    bought = online.Bought(order.id, buyer, number, largest.category.pk)
    online.receive([bought], recorded_at)


def _check_lines(lines: Sequence[GivenLine], returns: Order | None) -> None:
    if not lines:
        raise OrderRefused(_("An order has at least one line."))
    if len({line.number for line in lines}) < len(lines):
        raise OrderRefused(_("Each line of an order has a number of its own."))
    for line in lines:
        if line.quantity < 0 or min(line.gross, line.discount, line.net) < 0:
            raise OrderRefused(_("Quantities, amounts and discounts are not negative."))
        if line.gross > LARGEST_AMOUNT or line.quantity > LARGEST_QUANTITY:
            raise OrderRefused(
                _("A line has at most %(pieces)d pieces and an amount of %(amount)s.")
                % {"pieces": LARGEST_QUANTITY, "amount": LARGEST_AMOUNT}
            )
        if line.gross - line.discount != line.net:
            raise OrderRefused(_("Net has to be gross less discount."))
        if (line.returns is None) is not (returns is None):
            raise OrderRefused(_("A return names the line of the sale that it takes back."))
        if not line.quantity and (returns is None or not line.net):
            raise OrderRefused(_("Only a return of money has a quantity of 0."))


def _kept(line: GivenLine, currency: str) -> GivenLine:
    """The line with as many decimals as its amounts are kept with. Raises OrderRefused."""
    given, most = (line.gross, line.discount, line.net), currencies.decimals(currency)
    if any(each != round(each, most) for each in given):
        few = ngettext(
            "An amount in %(currency)s has at most %(places)d decimal.",
            "An amount in %(currency)s has at most %(places)d decimals.",
            most,
        )
        raise OrderRefused(few % {"currency": currency, "places": most})
    gross, discount, net = (round(each, currencies.kept_decimals(currency)) for each in given)
    return replace(line, gross=gross, discount=discount, net=net)


def _check_returned(sale: Order, lines: Iterable[GivenLine], at: datetime) -> None:
    """A return takes back no more than its sale has left, and not before it was sold."""
    # The sale is the queue for its returns, also for one whose customer is unknown.
    Order.objects.select_for_update(no_key=True).get(pk=sale.pk)
    if sale.kind != OrderKind.SALE:
        raise OrderRefused(_("Only a sale can be returned."))
    if at < sale.ordered_at:
        raise OrderRefused(_("A return does not come before its sale."))
    sold = sale.lines.annotate(
        back=Sum("returned_by__quantity", default=0), back_net=Sum("returned_by__net", default=0)
    )
    left = {line.number: Left(line.quantity - line.back, line.net - line.back_net) for line in sold}
    for line in lines:
        if line.returns not in left:
            raise OrderRefused(_("The sale has no line %(number)s.") % {"number": line.returns})
    try:
        take_back(left, ((line.returns or 0, line.quantity, line.net) for line in lines))
    except NotLeft as short:
        raise OrderRefused(
            _("Line %(number)s of the sale has less left than this takes back.")
            % {"number": short.line}
        ) from None


def _count_sale(order: Order, told_at: datetime) -> None:
    """Say for whom a sale counts, and what its renewal brings inside the protection."""
    if order.identity_id is None:
        return
    held = passing.standings_at(order.identity_id, order.recorded_at, told_at)
    track = Track(Rulebooks.on_file(), held)
    if not _attribute(order, track, AttributionCause.ORDER, order.recorded_at):
        return
    # A longer protection may reach orders that came later and belonged to nobody.
    later = Order.objects.sales().never_attributed()
    later = later.filter(identity=order.identity, ordered_at__gte=order.ordered_at)
    for other in later.select_related("store").order_by("ordered_at", "recorded_at", "id"):
        _attribute(other, track, AttributionCause.RENEWAL, order.recorded_at)
        _count_returns(other, other.returns.all(), AttributionCause.RENEWAL, order.recorded_at)


def _attribute(order: Order, track: Track, cause: AttributionCause, recorded_at: datetime) -> bool:
    """Say for whom a sale counts and renew the ownership; whether that moved its end."""
    dealer = order.store.dealer_id if order.store else None
    sold = track.apply(Bought(order.store_id, dealer, order.ordered_at, order.net > 0))
    if sold is None:
        return False
    decision = attribution.attribute(
        sold.before, sold.settings, order.store_id, dealer, order.ordered_at
    )
    Attribution.objects.bulk_create(attribution.rows(order, decision, cause, recorded_at))
    save_together(rows(sold.changes, Cause(order=order), recorded_at))
    return any(change.kind for change in sold.changes)


def _count_returns(
    sale: Order, returns: Iterable[Order], cause: AttributionCause, recorded_at: datetime
) -> None:
    """A return counts for the owner at the time of its sale, on its own day."""
    decision = attribution.decision_about(sale)
    if decision is None:
        return
    Attribution.objects.bulk_create(
        row
        for back in returns
        for row in attribution.rows(back, decision.returned(back.ordered_at), cause, recorded_at)
    )


def _save(order: Order, lines: Sequence[GivenLine]) -> None:
    place = order.store
    order.placed_on = local_day(order.ordered_at, place.tz if place else hq_zone())
    sold = {line.number: line for line in order.sale.lines.all()} if order.sale else {}
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            number=line.number,
            category=line.category,
            product=line.product,
            quantity=line.quantity,
            gross=line.gross,
            discount=line.discount,
            net=line.net,
            returns=sold.get(line.returns or 0),
        )
        for line in lines
    )
    # Last, because an order is the sum of the lines that are there.
    order.save(force_insert=True)


def hq_zone() -> ZoneInfo:
    """The zone whose days an online order is placed in."""
    return ZoneInfo(installation.TIME_ZONE)


def order_content(order: Order, named: bytes | None, lines: Sequence[GivenLine]) -> bytes:
    """A hash of everything that an order says, the same as the bulk load's SQL makes.

    The lines' amounts have the decimals that they are kept with. A line without a product says
    what it said before there were any.
    """
    head = [
        order.kind,
        order.ordered_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
        str(order.store_id or ""),
        named.hex() if named else "",
        order.sale.external_id if order.sale else "",
    ]
    body = [
        f"{line.number},{line.category.pk},{line.quantity},{line.gross},{line.discount},{line.net},"
        f"{line.returns or ''}{f',{line.product.pk}' if line.product else ''}"
        for line in sorted(lines, key=lambda line: line.number)
    ]
    return hashlib.sha256("|".join([*head, ";".join(body)]).encode()).digest()
