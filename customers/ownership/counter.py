"""Registering a customer: one lock, one look, one pure answer, one write."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from customers import cards
from customers.cutoff import REGISTRATIONS, take_turn
from customers.identity import content_hash, fingerprint
from customers.models import Answer as Kind
from customers.models import Channel, Registration
from customers.ownership.limits import CONFLICT_WINDOW, Tried, check_limits
from customers.ownership.rulebook import (
    Answer,
    Claim,
    Counts,
    Standing,
    answer,
    day_start,
    first_contact_due,
    local_day,
)
from customers.ownership.settings import RegistrationRefused, Settings, settings_of
from customers.receipts import receipt
from dealers.database import prepared
from dealers.models import Store, User
from dealers.phones import normalise

CONSENT_TEXT = "2026-1"
KEY_USED = _lazy("This registration was sent before with other content. Start a new one.")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database knows when the turn of a registration has come."""

    first: int | None  # the registration that used this key already
    content: bytes | None
    identity: int | None
    card: UUID | None
    card_named: bool
    ownership: int | None
    standing: Standing | None
    rulebook: int | None
    counts: Counts
    tried: Tried
    next_registration: int
    next_ownership: int
    next_activity: int


def register(
    *,
    phone: str,
    store: Store,
    staff: User | None,
    key: str,
    at: datetime,
    source: str = "walk-in",
    name: str = "",
    consent_service: bool = True,
    consent_marketing: bool = False,
    consent_text: str = CONSENT_TEXT,
    phone_clock: datetime | None = None,
    channel: str = Channel.CAPTURE,
    wechat: str = "",
    email: str = "",
) -> Registration:
    """Answer a store's claim to a customer and record it.

    The same ``key`` with the same content gives the first registration again. Raises
    PhoneNotValid, and RegistrationRefused for a missing consent, a key used for something else,
    a limit that is reached, or where no rulebook is published.
    """
    if not consent_service:
        raise RegistrationRefused(_("Tell the customer first, then tick the consent."))
    number = normalise(phone)
    name = name.strip()
    content = content_hash(
        store.pk, staff.pk if staff else "", number, name, source, consent_marketing, consent_text,
        wechat, email,
    )  # fmt: skip
    request = _Request(
        print=fingerprint(number),
        number=number,
        store=store,
        staff=staff,
        key=key,
        content=content,
        at=at,
        source=source,
        name=name,
        consent_marketing=consent_marketing,
        consent_text=consent_text,
        phone_clock=phone_clock,
        channel=channel,
        wechat=wechat,
        email=email,
    )
    try:
        with transaction.atomic():
            return _register(request)
    except IntegrityError:
        # The same key at the same time for two numbers, so that neither waited for the other.
        raise RegistrationRefused(KEY_USED) from None


@dataclass(frozen=True, slots=True)
class _Request:
    """A registration as it was sent, its number normalised."""

    print: bytes
    number: str
    store: Store
    staff: User | None
    key: str
    content: bytes
    at: datetime
    source: str
    name: str
    consent_marketing: bool
    consent_text: str
    phone_clock: datetime | None
    channel: str
    wechat: str
    email: str


def _register(request: _Request) -> Registration:
    recorded_at = take_turn(request.print, REGISTRATIONS)
    facts = _look(request)
    if facts.first is not None:
        return _again(facts, request)
    settings = settings_of(facts.rulebook)
    if request.channel == Channel.CAPTURE:
        check_limits(facts.tried, settings)
    moment = _moment(request.at, facts.standing)
    claim = Claim(request.store.dealer_id, request.store.pk, request.store.tz, request.channel)
    given = answer(claim, facts.standing, settings, moment, facts.counts)
    return _write(request, facts, given, settings, moment=moment, recorded_at=recorded_at)


def _moment(at: datetime, standing: Standing | None) -> datetime:
    """The moment that counts: not before what was answered to those who had their turn earlier."""
    if standing is None or at > standing.start:
        return at
    return standing.start + timedelta(microseconds=1)


# What has no limit is not counted, and nothing is counted beyond its limit.
LOOK = """
SELECT first.id, first.content,
    identity.id, card.id, card.name_sealed IS NOT NULL,
    held.id, held.dealer_id, held.store_id, place.timezone, held.channel, lower(held.period),
    held.protected_until, upper(held.period), held.sold_at IS NOT NULL, held.renewed_on,
    held.contacted_at,
    book.id,
    open.person, open.store,
    (SELECT count(*) FROM (
        SELECT FROM customers_registration
        WHERE staff_id = %(staff)s::int8 AND received_at > %(minute)s::timestamptz
            AND book.person_minute_limit IS NOT NULL
        LIMIT book.person_minute_limit) AS latest),
    (SELECT count(*) FROM (
        SELECT FROM customers_registration
        WHERE staff_id = %(staff)s::int8 AND received_at >= %(midnight)s::timestamptz
            AND book.person_daily_limit IS NOT NULL
        LIMIT book.person_daily_limit) AS latest),
    (SELECT count(*) FROM (
        SELECT FROM customers_registration
        WHERE store_id = %(store)s::int8 AND received_at >= %(midnight)s::timestamptz
            AND channel = 'capture' AND book.store_daily_limit IS NOT NULL
        LIMIT book.store_daily_limit) AS latest),
    (SELECT count(*) FILTER (WHERE answer = 'protected') FROM (
        SELECT answer FROM customers_registration
        WHERE staff_id = %(staff)s::int8 AND received_at > coalesce(
            (SELECT max(reviewed_at) FROM dealers_membership WHERE user_id = %(staff)s::int8),
            '-infinity')
        ORDER BY received_at DESC LIMIT %(window)s::int4) AS latest),
    nextval('customers_registration_id_seq'), nextval('customers_ownership_id_seq'),
    nextval('customers_activity_id_seq')
FROM (VALUES (1)) AS one
LEFT JOIN LATERAL (
    SELECT * FROM customers_rulebook WHERE published_at IS NOT NULL
    ORDER BY starts_on <= %(day)s::date DESC,
        CASE WHEN starts_on <= %(day)s::date THEN starts_on END DESC, starts_on LIMIT 1
    ) AS book ON true
LEFT JOIN customers_registration AS first ON first.key = %(key)s::varchar
LEFT JOIN customers_identity AS identity ON identity.fingerprint = %(print)s::bytea
LEFT JOIN customers_customer AS card
    ON card.identity_id = identity.id AND card.dealer_id = %(dealer)s::int8
LEFT JOIN LATERAL (
    SELECT * FROM customers_ownership WHERE identity_id = identity.id
    ORDER BY lower(period) DESC LIMIT 1) AS held ON true
LEFT JOIN dealers_store AS place ON place.id = held.store_id
LEFT JOIN LATERAL (
    SELECT
        (SELECT count(*) FROM (
            SELECT FROM customers_ownership WHERE staff_id = %(staff)s::int8
                AND protected_until > %(at)s::timestamptz AND sold_at IS NULL
                AND book.person_cap IS NOT NULL
            LIMIT book.person_cap) AS held) AS person,
        (SELECT count(*) FROM (
            SELECT FROM customers_ownership WHERE store_id = %(store)s::int8
                AND protected_until > %(at)s::timestamptz AND sold_at IS NULL
                AND book.store_cap IS NOT NULL
            LIMIT book.store_cap) AS held) AS store
    ) AS open ON held.id IS NULL OR held.dealer_id <> %(dealer)s::int8
        OR upper(held.period) <= %(at)s::timestamptz
"""


def _look(request: _Request) -> Facts:
    tz = request.store.tz
    day = local_day(request.at, tz)
    with prepared() as cursor:
        cursor.execute(
            LOOK,
            {
                "key": request.key,
                "print": request.print,
                "dealer": request.store.dealer_id,
                "store": request.store.pk,
                "staff": request.staff.pk if request.staff else None,
                "at": request.at,
                "day": day,
                "minute": request.at - timedelta(minutes=1),
                "midnight": day_start(day, tz),
                "window": CONFLICT_WINDOW,
            },
        )
        row = cursor.fetchone()
    held = None
    if row[5] is not None:
        held = Standing(
            dealer=row[6],
            store=row[7],
            tz=ZoneInfo(row[8]),
            channel=row[9],
            start=row[10],
            protected_until=row[11],
            end=row[12],
            sold=row[13],
            renewed_on=row[14],
            contacted_at=row[15],
        )
    return Facts(
        first=row[0],
        content=row[1],
        identity=row[2],
        card=row[3],
        card_named=row[4],
        ownership=row[5],
        standing=held,
        rulebook=row[16],
        counts=Counts(row[17] or 0, row[18] or 0),
        tried=Tried(row[19], row[20], row[21], row[22]),
        next_registration=row[23],
        next_ownership=row[24],
        next_activity=row[25],
    )


def _again(facts: Facts, request: _Request) -> Registration:
    if bytes(facts.content or b"") != request.content:
        raise RegistrationRefused(KEY_USED)
    return Registration.objects.select_related("ownership__store", "ownership__staff").get(
        key=request.key
    )


ADD_IDENTITY = """new_identity AS (
    INSERT INTO customers_identity (fingerprint) VALUES (%(print)s::bytea) RETURNING id)"""
OLD_IDENTITY = "new_identity AS (SELECT %(identity)s::int8 AS id)"
ADD_CARD = """new_card AS (
    INSERT INTO customers_customer (id, dealer_id, identity_id, phone_sealed, name_sealed,
        wechat_sealed, email_sealed, search_tokens, created_at)
    SELECT %(card)s::uuid, %(dealer)s::int8, id, %(phone_sealed)s::bytea, %(name_sealed)s::bytea,
        %(wechat_sealed)s::bytea, %(email_sealed)s::bytea, %(tokens)s::int8[],
        %(moment)s::timestamptz
    FROM new_identity)"""
NAME_CARD = """named_card AS (
    UPDATE customers_customer SET name_sealed = %(name_sealed)s::bytea,
        search_tokens = %(tokens)s::int8[]
    WHERE id = %(card)s::uuid)"""
REPLACE_OWNERSHIP = """replaced AS (
    UPDATE customers_ownership SET protected_until = %(moment)s::timestamptz,
        period = tstzrange(lower(period), %(moment)s::timestamptz)
    WHERE id = %(replaced)s::int8
    RETURNING id),
replaced_event AS (
    INSERT INTO customers_ownershipevent (ownership_id, kind, at, recorded_at, protected_until,
        rulebook_id, registration_id)
    SELECT id, 'ended', %(moment)s::timestamptz, %(recorded)s::timestamptz,
        %(moment)s::timestamptz, %(rulebook)s::int8, %(registration)s::int8
    FROM replaced)"""
# Reads `replaced`, so that the range it frees is free before this one takes it.
ADD_OWNERSHIP = """new_ownership AS (
    INSERT INTO customers_ownership (id, identity_id, customer_id, dealer_id, store_id, staff_id,
        period, protected_until, channel, last_activity_at, follow_up_on)
    SELECT %(ownership)s::int8, id, %(card)s::uuid, %(dealer)s::int8, %(store)s::int8,
        %(staff)s::int8, tstzrange(%(moment)s::timestamptz, %(end)s::timestamptz),
        %(until)s::timestamptz, %(channel)s::varchar, %(moment)s::timestamptz, %(follow_up)s::date
    FROM new_identity{after})"""
RENEW_OWNERSHIP = """visited AS (
    UPDATE customers_ownership SET protected_until = %(until)s::timestamptz,
        period = tstzrange(lower(period), %(end)s::timestamptz),
        renewed_on = %(renewed_on)s::date, contacted_at = %(contacted_at)s::timestamptz,
        last_activity_at = %(moment)s::timestamptz,
        follow_up_on = CASE WHEN follow_up_on > %(day)s::date AND contacted_at IS NOT NULL
            THEN follow_up_on END
    WHERE id = %(ownership)s::int8),
visit AS (
    INSERT INTO customers_activity (id, customer_id, dealer_id, store_id, staff_id, kind, outcome,
        at, recorded_at, registration_id)
    VALUES (%(activity)s::int8, %(card)s::uuid, %(dealer)s::int8, %(store)s::int8, %(staff)s::int8,
        'visit', '', %(moment)s::timestamptz, %(recorded)s::timestamptz, %(registration)s::int8))"""
ADD_EVENT = """event AS (
    INSERT INTO customers_ownershipevent (ownership_id, kind, at, recorded_at, protected_until,
        rulebook_id, registration_id, activity_id)
    VALUES (%(ownership)s::int8, %(event)s::varchar, %(moment)s::timestamptz,
        %(recorded)s::timestamptz, %(until)s::timestamptz, %(rulebook)s::int8,
        %(registration)s::int8, %(event_activity)s::int8))"""
ADD_REGISTRATION = """INSERT INTO customers_registration (id, receipt, key, content, identity_id,
    customer_id, dealer_id, store_id, staff_id, source, channel, received_at, received_on,
    recorded_at, phone_clock, consent_service, consent_marketing, consent_text, answer, rule,
    rulebook_id, ownership_id, protected_until)
SELECT %(registration)s::int8, %(receipt)s::varchar, %(key)s::varchar, %(content)s::bytea, id,
    %(card)s::uuid, %(dealer)s::int8, %(store)s::int8, %(staff)s::int8, %(source)s::varchar,
    %(channel)s::varchar, %(moment)s::timestamptz, %(day)s::date, %(recorded)s::timestamptz,
    %(phone_clock)s::timestamptz, %(consent_service)s::bool, %(consent_marketing)s::bool,
    %(consent_text)s::varchar,
    %(answer)s::varchar, %(rule)s::varchar, %(rulebook)s::int8, %(ownership)s::int8,
    %(until)s::timestamptz
FROM new_identity
RETURNING identity_id"""


# The registration's columns, and what the statement calls their values.
COLUMNS = {
    "id": "registration",
    "receipt": "receipt",
    "key": "key",
    "content": "content",
    "identity_id": "identity",
    "customer_id": "card",
    "dealer_id": "dealer",
    "store_id": "store",
    "staff_id": "staff",
    "source": "source",
    "channel": "channel",
    "received_at": "moment",
    "received_on": "day",
    "recorded_at": "recorded",
    "phone_clock": "phone_clock",
    "consent_service": "consent_service",
    "consent_marketing": "consent_marketing",
    "consent_text": "consent_text",
    "answer": "answer",
    "rule": "rule",
    "rulebook_id": "rulebook",
    "ownership_id": "ownership",
    "protected_until": "until",
}


def _write(
    request: _Request,
    facts: Facts,
    given: Answer,
    settings: Settings,
    *,
    moment: datetime,
    recorded_at: datetime,
) -> Registration:
    """Everything that an answer changes, in one statement."""
    dealer_id, standing = request.store.dealer_id, given.standing
    day = local_day(moment, request.store.tz)
    card_id = facts.card or uuid4()
    row = {
        "print": request.print,
        "identity": facts.identity,
        "card": card_id,
        "dealer": dealer_id,
        "store": request.store.pk,
        "staff": request.staff.pk if request.staff else None,
        "moment": moment,
        "day": day,
        "recorded": recorded_at,
        "rulebook": settings.id,
        "registration": facts.next_registration,
        "receipt": receipt(facts.next_registration),
        "key": request.key,
        "content": request.content,
        "source": request.source,
        "channel": request.channel,
        "phone_clock": request.phone_clock,
        "consent_service": True,
        "consent_marketing": request.consent_marketing,
        "consent_text": request.consent_text,
        "answer": given.kind,
        "rule": given.rule,
        "ownership": None,
        "until": given.protected_until,
        "end": given.end,
    }
    parts = [OLD_IDENTITY if facts.identity else ADD_IDENTITY]
    if facts.card is None:
        parts.append(ADD_CARD)
        row |= cards.sealed(
            dealer_id, request.number, request.name, wechat=request.wechat, email=request.email
        )
    elif request.name and not facts.card_named:
        parts.append(NAME_CARD)
        row |= cards.sealed(dealer_id, request.number, request.name)
    if given.kind == Kind.YOURS_ALREADY and standing is not None:
        row |= {
            "ownership": facts.ownership,
            "renewed_on": standing.renewed_on,
            "contacted_at": standing.contacted_at,
            "activity": facts.next_activity,
            "event": "renewed",
            "event_activity": facts.next_activity,
        }
        parts.append(RENEW_OWNERSHIP)
        if given.renews:
            parts.append(ADD_EVENT)
    elif standing is not None:
        row |= {
            "ownership": facts.next_ownership,
            "follow_up": first_contact_day(standing, settings),
            "event": "started",
            "event_activity": None,
        }
        if given.replaces:
            row["replaced"] = facts.ownership
            parts.append(REPLACE_OWNERSHIP)
        after = " WHERE (SELECT count(*) FROM replaced) = 1" if given.replaces else ""
        parts += [ADD_OWNERSHIP.replace("{after}", after), ADD_EVENT]
    with prepared() as cursor:
        cursor.execute(f"WITH {',\n'.join(parts)}\n{ADD_REGISTRATION}", row)
        identity_id = cursor.fetchone()[0]
    row["identity"] = identity_id
    registration = Registration.from_db(
        connection.alias, COLUMNS, [row[name] for name in COLUMNS.values()]
    )
    registration.store, registration.staff = request.store, request.staff
    return registration


def first_contact_day(standing: Standing, settings: Settings) -> date | None:
    """The local day by which the owner has to have contacted the customer, if it has to."""
    due = first_contact_due(standing.start, settings)
    return None if due is None else local_day(due, standing.tz)
