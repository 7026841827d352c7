"""Registering a customer: one turn, one look, one pure answer, one write."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import cards
from customers.cutoff import REGISTRATIONS, Turn, busy_as, take_turn
from customers.identity import content_hash, either, fingerprint, of_new
from customers.models import (
    NEW_PERSON,
    Activity,
    ActivityKind,
    Answer,
    AnswerMode,
    Channel,
    Customer,
    Identity,
    Registration,
)
from customers.ownership import changes, limits, passing, possible, reviewing
from customers.ownership.levels import Fixed
from customers.ownership.rulebook import LIVE, Claim, Dispute, Offer, Standing, local_day
from customers.ownership.settings import PUBLISHED, RegistrationRefused, Rulebooks, Settings
from customers.ownership.track import Answered, Registered, Review, Track
from customers.receipts import receipt
from dealers.actor import Actor, acting
from dealers.agreements import signing
from dealers.bounds import CLOCK_MAY_DIFFER
from dealers.calendar import WEEKENDS_OFF, Calendar
from dealers.database import Call, Update, broken_constraint, read_one, save_together
from dealers.keys import held
from dealers.models import CalendarDay, in_force_sql, needed_sql
from dealers.phones import normalise

CLOSED = "registration_counter_in_an_open_month"
STORE_CLOSED = "registration_store_is_not_closed"
CORRECTED = {
    "registration_corrected_once",
    "registration_corrects_a_voided_one_of_its_store",
}
KEY_USED = gettext_lazy("This registration was sent before with other content. Start a new one.")


class WaitsForCustomer(RegistrationRefused):
    """By the rulebook in force the customer confirms what was typed before it is answered."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(_("The customer confirms this registration first. Send it again."))
        self.settings = settings


class Asked(NamedTuple):
    """What the database is asked about a registration: by its key, its person and its claim.

    ``alike``: the fingerprints by which the person may be on file already, see ``possible``.
    """

    key: str
    person: bytes
    claim: Claim
    alike: list[bytes]


def register(
    registration: Registration,
    *,
    phone: str,
    name: str = "",
    wechat: str = "",
    email: str = "",
    by: Actor,
    at: datetime,
    contact_hours: int | None = None,
) -> Registration:
    """Answer a store's claim to a customer and record it.

    ``registration`` is not saved yet and says what the store says: its key, store, source and
    consents, and which voided one it corrects. ``contact_hours``: in which the store contacts the
    customer of a lead, or loses them. The same key with the same content gives the first
    registration again. Raises PhoneNotValid, and RegistrationRefused for a missing consent, a key
    used for something else, a limit that is reached, or where no rulebook is published or the
    owner has to sign the agreement first; and WaitsForCustomer for what was typed under a rulebook
    that waits for the customer.
    """
    check_said(registration, by)
    held.ensure()
    number, name = normalise(phone), name.strip()
    registration.staff = by.user
    registration.dealer_id = registration.store.dealer_id
    registration.content = _content(registration, number, name, wechat, email)
    details = {"number": number, "name": name, "wechat": wechat, "email": email}
    while True:
        try:
            with busy_as(RegistrationRefused), transaction.atomic():
                return _register(registration, details, at, contact_hours)
        except IntegrityError as problem:
            broken = broken_constraint(problem)
            # A load has just brought the person, whom nobody knew when the turn began: once more.
            if broken == NEW_PERSON:
                continue
            if broken == STORE_CLOSED:
                raise RegistrationRefused(
                    _("%(store)s has closed: it takes no customers any more.")
                    % {"store": registration.store.name}
                ) from None
            if broken == CLOSED:
                raise RegistrationRefused(
                    _("A month was closed a moment ago. Send the registration again.")
                ) from None
            if broken in CORRECTED:
                raise RegistrationRefused(
                    _("The right number of that receipt is registered already, or it is not void.")
                ) from None
            # The same key at the same time for two numbers, so that neither waited for the other.
            if broken != "registration_key_used_once":
                raise
            raise RegistrationRefused(KEY_USED) from None


def check_said(registration: Registration, by: Actor) -> None:
    """Raise RegistrationRefused without the customer's consent, or for another dealer's people.

    A lead that a store accepts brings the consent that it has, and may have none.
    """
    if not registration.consent_service and registration.channel != Channel.DISPATCH:
        raise RegistrationRefused(_("Tell the customer first, then tick the consent."))
    if by.at_hq or (by.membership and by.dealer_id != registration.store.dealer_id):
        raise RegistrationRefused(_("You do not work for the dealer of this store."))


# What the counter itself writes into a registration; the rest is what the store says.
GIVEN = frozenset(
    {
        "id", "receipt", "key", "content", "salt", "identity", "customer", "dealer", "store",
        "staff", "channel", "received_at", "received_on", "recorded_at", "phone_clock",
        "consent_service", "answer", "rule", "rulebook", "ownership", "protected_until", "corrects",
    }
)  # fmt: skip


SAID = tuple(it.attname for it in Registration._meta.concrete_fields if it.name not in GIVEN)


def _content(registration: Registration, number: str, name: str, *details: str) -> bytes:
    """A hash of everything that was said, by which a repeat is told from something else."""
    said = [getattr(registration, field) for field in SAID]
    store, staff = registration.store_id, registration.staff_id
    corrects = [registration.corrects_id] if registration.corrects_id else []
    return content_hash(store, staff or "", number, name, *said, *details, *corrects)


def _register(
    registration: Registration, details: dict[str, str], at: datetime, contact_hours: int | None
) -> Registration:
    identity = Identity(fingerprint=fingerprint(details["number"]))
    store = registration.store
    claim = Claim(
        store.dealer_id, store.pk, store.tz, registration.channel, registration.staff_id,
        contact_hours,
    )  # fmt: skip
    # Who accepts a lead, or is chosen by the customer, waits for no possible match.
    given = claim.channel == Channel.DISPATCH or (
        claim.channel == Channel.CONFIRMED and registration.source == "choice"
    )
    alike = [] if given else possible.alike(claim, details["number"], details["name"])
    asked = Asked(registration.key, bytes(identity.fingerprint), claim, alike)
    turn, seen, rulebooks = _turn(asked, at)
    if seen["identity"] != turn.identity:  # made while the turn was waited for
        turn, seen, rulebooks = _turn(asked, at)
    registration.recorded_at = turn.at
    if seen["first_content"] is not None:
        return _again(registration, bytes(seen["first_content"]))
    if seen["unsigned"]:
        raise RegistrationRefused(signing.first())
    if seen["due_at"] is not None and seen["due_at"] <= at:
        # What time has done by now comes first, whenever the job comes.
        with acting(Actor.worker("time", registration.staff)):
            passing.settle(seen["identity"], at, turn.at)
        seen, rulebooks = _look(asked, at)
    latest = changes.standing_in(seen, "held_") if seen["held_id"] else None
    at = _moment(at, latest)
    tried, counts = limits.counted(seen)
    rules = rulebooks.on(at, store.tz)
    if claim.channel == Channel.CAPTURE and rules.answer_mode != AnswerMode.INSTANT:
        raise WaitsForCustomer(rules)
    limits.check(tried, rules)
    may_be_known = _possible(seen, details, latest, at)
    days = CalendarDay.objects.of_region(store.dealer.region_id) if may_be_known else WEEKENDS_OFF
    track = _track(seen, claim, rulebooks, latest, days)
    if seen["reviewed"] and not given:
        track.review = Review(claim, None)
    answered = track.apply(Registered(claim, at, counts, possible=may_be_known))
    _answer(registration, answered, seen, at)
    identity.fingerprint = of_new(bytes(identity.fingerprint), turn.keys)
    identity.keyed = turn.keys
    save_together(_rows(registration, identity, answered, seen, details))
    if answered.decision.answer == Answer.REVIEW and claim.channel in LIVE:
        due_at = None if seen["reviewed"] or track.review is None else track.review.deadline
        reviewing.begin(registration, due_at, at)
    if seen["waits"] and answered.decision.starts:
        passing.owned(registration.identity_id, registration.dealer_id, at)
    if seen["card"] is not None and seen["renumbered"]:
        cards.renew_number(seen["card"], details["number"])
    return registration


def _possible(
    seen: dict[str, Any],
    details: dict[str, str],
    latest: Standing | None,
    at: datetime,
) -> bool:
    """Whether the dealer may have the person on file already, where that decides anything."""
    if not seen["alike"] or seen["card"] is not None or (latest is not None and latest.runs(at)):
        return False
    return possible.is_like_one_of(seen["alike"], details["number"], details["name"])


def _track(
    seen: dict[str, Any],
    claim: Claim,
    rulebooks: Rulebooks,
    latest: Standing | None,
    days: Calendar,
) -> Track:
    """What is known of the person: who has them, what is offered, and what is in dispute."""
    track = Track(
        rulebooks,
        [latest] if latest else [],
        iter([seen["next_ownership"]]),
        days,
        Fixed(seen["level"]),
    )
    track.offer = _offered(seen, claim)
    if seen["disputed_dealer"] is not None:
        track.dispute = Dispute(seen["disputed_dealer"], seen["disputed_since"])
    return track


def _offered(seen: dict[str, Any], claim: Claim) -> Offer | None:
    """What headquarters offers to a store, and which waits for its answer."""
    if seen["offered_store"] is None:
        return None
    to = Claim(seen["offered_dealer"], seen["offered_store"], claim.tz, Channel.DISPATCH)
    return Offer(to, seen["offered_until"])


def _turn(asked: Asked, at: datetime) -> tuple[Turn, dict[str, Any], Rulebooks]:
    """Wait for the turn of a registration, and look."""
    claim = asked.claim
    turn = take_turn(asked.person, REGISTRATIONS, staff=claim.staff, store=claim.store)
    return turn, *_look(asked, at)


def _moment(at: datetime, latest: Standing | None) -> datetime:
    """The moment that counts: not before what was answered to those who had their turn earlier."""
    if latest is None or at > latest.start:
        return at
    return latest.start + timedelta(microseconds=1)


LOOK = f"""
SELECT first.content AS first_content, held.*,
    card.id AS card, card.name_sealed IS NOT NULL AS card_named,
    {in_force_sql("%(dealer)s::int8", "card.id", "%(now)s::timestamptz")} AS level,
    ARRAY(
        SELECT other.id FROM customers_identity AS i
        JOIN customers_customer AS other ON other.identity_id = i.id
        WHERE i.fingerprint = ANY (%(alike)s::bytea[]) AND other.dealer_id = %(dealer)s::int8
            AND octet_length(other.phone_sealed) > 0
    ) AS alike,
    {PUBLISHED} AS rulebooks, {limits.COUNTED},
    {needed_sql("%(dealer)s::int8", "%(now)s::timestamptz")} AS unsigned,
    coalesce(held.identity, nextval('customers_identity_id_seq')) AS identity_or_next,
    nextval('customers_registration_id_seq') AS next_registration,
    nextval('customers_ownership_id_seq') AS next_ownership,
    nextval('customers_activity_id_seq') AS next_activity
FROM (
    SELECT * FROM who_owns(%(fingerprint)s::bytea, 'infinity')
    UNION ALL SELECT * FROM who_owns(%(other)s::bytea, 'infinity')
    ORDER BY identity LIMIT 1
) AS held
LEFT JOIN customers_registration AS first ON first.key = %(key)s::varchar
LEFT JOIN customers_customer AS card
    ON card.identity_id = held.identity AND card.dealer_id = %(dealer)s::int8
"""  # noqa: S608 -- put together from our own text


def _look(asked: Asked, at: datetime) -> tuple[dict[str, Any], Rulebooks]:
    """What the database knows when the turn of a registration has come.

    It counts up to the limits of the rulebooks that it read last, and looks again where others are
    published since: so that looking, counting and learning which limits count is one statement.
    """
    claim, known = asked.claim, either(asked.person)
    values = {
        "key": asked.key,
        "fingerprint": known[0],
        "other": known[1] if len(known) > 1 else None,
        "dealer": claim.dealer,
        "now": at,
        "alike": asked.alike,
    }
    while True:
        expected, rulebooks = _rulebooks
        settings = rulebooks.on(at, claim.tz) if expected else None
        seen = read_one(LOOK, values | limits.parameters(claim, settings, at))
        if seen["rulebooks"] == expected:
            return seen, rulebooks
        _expect(seen["rulebooks"])


_rulebooks: tuple[list[int], Rulebooks] = ([], Rulebooks([]))  # as this process read them last


def is_answered_at_once(at: datetime, tz: ZoneInfo) -> bool:
    """Whether a registration is, as far as this process knows: registering makes sure of it."""
    published, rulebooks = _rulebooks
    return bool(published) and rulebooks.on(at, tz).answer_mode == AnswerMode.INSTANT


def _expect(published: list[int]) -> None:
    global _rulebooks  # noqa: PLW0603 -- one value, replaced as a whole
    _rulebooks = (published, Rulebooks.of(published))


def _again(registration: Registration, content: bytes) -> Registration:
    if content != registration.content:
        raise RegistrationRefused(KEY_USED)
    found = Registration.objects.select_related("ownership__store", "ownership__staff")
    return found.get(key=registration.key)


def _answer(
    registration: Registration, answered: Answered, seen: dict[str, Any], at: datetime
) -> None:
    """Write the answer into the registration."""
    registration.pk = seen["next_registration"]
    registration.receipt = receipt(registration.pk)
    registration.received_at = at
    clock = registration.phone_clock
    if clock is not None and abs(clock - at) > CLOCK_MAY_DIFFER:
        registration.phone_clock = None  # evidence only, and this is none
    registration.received_on = local_day(at, registration.store.tz)
    registration.rulebook_id = answered.settings.id
    registration.answer, registration.rule = answered.decision.answer, answered.decision.rule
    # Without one, nothing of an answer before stays: a load may have brought the person meanwhile.
    after = answered.after
    registration.ownership_id = after and after.id
    registration.protected_until = after and after.protected_until


def _rows(
    registration: Registration,
    identity: Identity,
    answered: Answered,
    seen: dict[str, Any],
    details: dict[str, str],
) -> Iterator[Model | Update | Call]:
    """Everything that a registration adds and changes."""
    identity.pk = seen["identity_or_next"]
    if seen["identity"] is None:
        yield identity
    card = Customer(
        id=seen["card"] or uuid4(),
        dealer_id=registration.dealer_id,
        identity_id=identity.pk,
        created_at=registration.received_at,
    )
    if seen["card"] is None:
        yield cards.write(card, **details)
    elif details["name"] and not seen["card_named"]:
        yield Update(cards.write(card, **details), ("name_sealed", "search_tokens"))
    registration.identity_id, registration.customer_id = identity.pk, card.pk
    yield registration
    visit = None
    if answered.decision.visits:
        visit = Activity(
            id=seen["next_activity"],
            customer_id=card.pk,
            dealer_id=registration.dealer_id,
            store_id=registration.store_id,
            staff_id=registration.staff_id,
            kind=ActivityKind.VISIT,
            at=registration.received_at,
            recorded_at=registration.recorded_at,
            registration=registration,
        )
        yield visit
    cause = changes.Cause(registration=registration, activity=visit)
    others = [it for it in answered.changes if it.after.dealer != registration.dealer_id]
    for ended in others:  # at most one, and nothing else of another dealer's changes
        yield Call("end_ownership", (ended.after.id, registration.pk))
    own = [it for it in answered.changes if it not in others]
    yield from changes.rows(own, cause, registration.recorded_at, card)
