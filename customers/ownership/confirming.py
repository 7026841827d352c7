"""Answering only once the customer has confirmed, where the rulebook says so.

What counts from when. At the counter nothing is looked up: what was typed is put down, a message
goes to the number, and the page is the same for a free number and for one that somebody protects.
The answer is given when the customer confirms, by the situation and the rulebook of that moment,
and a protection begins then. Of two stores that wait for one person, that one is answered first
for which the person confirms first: the customer decides and not who types fast, and an answer
that was given is never taken back. When it was typed stays on record, as evidence in a case.

The customer confirms by the code, told in the store; by the link in the same message; or by the
store's own page, which they scan and where they prove their number. Whoever accepts a lead or is
chosen needs none of it. Rows of a file, which nobody can confirm, are answered as they always are,
so that the counter and a load still give the same.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, override

from customers.cutoff import busy_as, wait_for_counted, wait_no_longer
from customers.identity import either, fingerprint
from customers.models import (
    AnswerMode,
    Channel,
    ConfirmedBy,
    PlantedHit,
    Registration,
    Unconfirmed,
)
from customers.ownership import counter, limits, planted, reminders
from customers.ownership.rulebook import Claim, day_start, local_day
from customers.ownership.settings import RegistrationRefused, Rulebooks, Settings
from dealers import notices, outbox, sayings, sms
from dealers.actor import Actor, acting
from dealers.database import read_one
from dealers.keys import envelopes, held
from dealers.models import Membership, NoticeKind, Store, TryKind, User
from dealers.phones import normalise
from dealers.sending import messages
from dealers.signin import codes, devices, tries
from dealers.words import mask_phone, plain_time

LOOK = "customers.tasks.look_at_unconfirmed"
MOST_MESSAGES = 3  # for one registration
AGAIN_AFTER = timedelta(minutes=1)
# Messages to one number, whoever asks for them; what is more is not sent, and nobody is told.
TO_ONE_NUMBER = tries.Limit(6, timedelta(seconds=30), 6, 1)
CAME = gettext_noop("A customer of %(store)s has confirmed: the answer is there.")
REFUSED = gettext_noop("A customer of %(store)s did not agree: nothing was registered.")
OVER = gettext_lazy("This registration no longer waits for the customer. Register once more.")

_signer = Signer(salt="customers.confirming")


class ConfirmationRefused(Exception):
    """The message is written for the person who asked."""


def claim(
    registration: Registration, *, phone: str, name: str = "", by: Actor, at: datetime, site: str
) -> Registration | Unconfirmed:
    """What a store's claim at the counter leads to: its answer, or that the customer is waited for.

    ``registration`` is not saved yet. The same key with the same content gives the same again; of
    what was confirmed meanwhile, the answer. Raises what ``counter.register`` does, and
    RegistrationRefused where no message can be sent.
    """
    try:
        if counter.is_answered_at_once(at, registration.store.tz):
            return counter.register(registration, phone=phone, name=name, by=by, at=at)
        rules = Rulebooks.on_file().on(at, registration.store.tz)
        if rules.answer_mode == AnswerMode.INSTANT or _answered(registration.key):
            return counter.register(registration, phone=phone, name=name, by=by, at=at)
    except counter.WaitsForCustomer as waits:  # by a rulebook of which this process knew nothing
        rules = waits.settings
    counter.check_said(registration, by)
    held.ensure()
    said: dict[str, Any] = {
        "phone": normalise(phone), "name": name.strip(), "source": registration.source,
        "offers": registration.consent_marketing, "text": registration.consent_text,
        "corrects": registration.corrects_id,
    }  # fmt: skip
    if not sms.available():
        raise RegistrationRefused(
            _("Customers confirm by a short message, and none can be sent from here. Ask HQ.")
        )
    with busy_as(RegistrationRefused), transaction.atomic():
        wait_for_counted(by.person.pk, registration.store_id)
        found = Unconfirmed.objects.filter(key=registration.key).first()
        if found is not None:
            return _again(found, said)
        limits.check(_typed(registration.store, by, rules, at), rules)
        until = at + timedelta(hours=rules.confirmation_hours)
        made = _put_down(registration, said, by, until, at)
        _send(made, said["phone"], site, at)
        return made


def _answered(key: str) -> bool:
    return Registration.objects.filter(key=key, unconfirmed=None).exists()


def _again(found: Unconfirmed, said: dict[str, Any]) -> Registration | Unconfirmed:
    if found.ended == "" and _opened(found) != said:
        raise RegistrationRefused(str(counter.KEY_USED))
    return found.registration or found


def _put_down(
    registration: Registration, said: dict[str, Any], by: Actor, until: datetime, at: datetime
) -> Unconfirmed:
    pk = uuid4()
    outbox.add(LOOK, str(pk), at=at)
    return Unconfirmed.objects.create(
        pk=pk,
        key=registration.key,
        dealer_id=registration.store.dealer_id,
        store=registration.store,
        staff=by.person,
        contact=envelopes.seal_for(pk, envelopes.UNCONFIRMED, said),
        received_at=at,
        until=until,
        code=codes.draw(),
        sent_at=at,
    )


def _typed(store: Store, by: Actor, rules: Settings, at: datetime) -> limits.Tried:
    """What the person and the store typed lately, answered or not."""
    there = Claim(store.dealer_id, store.pk, store.tz, Channel.CAPTURE, by.person.pk)
    statement = f"SELECT {limits.COUNTED}"
    answered, _held = limits.counted(read_one(statement, limits.parameters(there, rules, at)))
    minute, midnight = at - timedelta(minutes=1), day_start(local_day(at, store.tz), store.tz)
    mine = Q(staff=by.person)
    waiting = Unconfirmed.objects.filter(
        mine | Q(store=store), received_at__gte=min(minute, midnight)
    ).aggregate(
        minute=Count("pk", filter=mine & Q(received_at__gt=minute)),
        day=Count("pk", filter=mine & Q(received_at__gte=midnight)),
        store=Count("pk", filter=Q(store=store, received_at__gte=midnight)),
    )
    return limits.Tried(
        answered.person_minute + waiting["minute"],
        answered.person_day + waiting["day"],
        answered.store_day + waiting["store"],
        answered.conflicts,
    )


def send_again(waiting: Unconfirmed, *, by: Actor, at: datetime, site: str) -> Unconfirmed:
    """Send a new code and the link once more; the code before is no good any longer.

    Raises ConfirmationRefused for one that no longer waits, too often, and too soon.
    """
    with busy_as(ConfirmationRefused), transaction.atomic():
        wait_no_longer()
        found = Unconfirmed.objects.select_for_update(no_key=True, of=("self",)).get(pk=waiting.pk)
        if by.dealer_id != found.dealer_id or not found.waits(at):
            raise ConfirmationRefused(str(OVER))
        if found.sent >= MOST_MESSAGES:
            raise ConfirmationRefused(
                _("Three messages were sent. Let the customer scan the store's code instead.")
            )
        if at < found.sent_at + AGAIN_AFTER:
            raise ConfirmationRefused(_("A message is on its way. Wait a minute, then send again."))
        found.code, found.sent, found.sent_at = codes.draw(), found.sent + 1, at
        found.save(update_fields=["code", "sent", "sent_at"])
        _send(found, _opened(found)["phone"], site, at)
        return found


def _send(waiting: Unconfirmed, phone: str, site: str, at: datetime) -> None:
    number = devices.of_place(f"confirm {fingerprint(phone).hex()}")
    try:
        tries.check(number, TryKind.ASKED, at, TO_ONE_NUMBER)
    except tries.TooManyTries:
        messages.nothing(at=at)
        return
    tries.record(number, TryKind.ASKED, at)
    # In the language of the country: nobody knows yet which one the customer reads.
    with override(settings.LANGUAGE_CODE):
        words = _words(waiting, site)
    messages.text(phone, words, at=at, until=waiting.until)


def _words(waiting: Unconfirmed, site: str) -> str:
    return _(
        "%(store)s registers you as its customer for this brand. If you agree, tell them the code"
        " %(code)s or open %(link)s until %(until)s. If not, do nothing."
    ) % {
        "store": waiting.store.name,
        "code": codes.digits(waiting.code),
        "link": link(waiting, site),
        "until": plain_time(waiting.until, waiting.store),
    }


def link(waiting: Unconfirmed, site: str) -> str:
    """The address that only the customer's phone gets."""
    return site + reverse("customers:confirm", args=[_signer.sign(str(waiting.pk))])


def of_token(token: str) -> Unconfirmed:
    """What waits for the holder of a link; Unconfirmed.DoesNotExist where nobody signed it."""
    try:
        pk = UUID(_signer.unsign(token))
    except (BadSignature, ValueError):
        raise Unconfirmed.DoesNotExist from None
    return Unconfirmed.objects.select_related("store__dealer").get(pk=pk)


def by_code(waiting: Unconfirmed, typed: str, *, by: Actor, at: datetime) -> Registration:
    """The answer, if the customer told the right code.

    Raises ConfirmationRefused for a wrong one, TooManyTries after some, and what ``answer`` does.
    """
    if by.dealer_id != waiting.dealer_id:
        raise ConfirmationRefused(str(OVER))
    door = devices.of_place(f"unconfirmed {waiting.pk}")
    with busy_as(RegistrationRefused), transaction.atomic():
        wait_no_longer()
        tries.check(door, TryKind.MISSED, at)
    if not codes.is_right(typed, codes.digits(waiting.code)):
        tries.record(door, TryKind.MISSED, at)
        raise ConfirmationRefused(_("This code is not right. Check its 6 digits."))
    return answer(waiting.pk, ConfirmedBy.CODE, at=at)


def answer(
    pk: UUID, how: ConfirmedBy, *, at: datetime, offers: bool = False, name: str = ""
) -> Registration:
    """Give the answer for which the customer has confirmed at ``at``; again: the same one.

    ``offers``: they agreed to offers as well; what was typed of that counts only with a code, which
    they told whoever asked them. ``name``: as they told it themselves. Raises ConfirmationRefused
    for what no longer waits, and RegistrationRefused where it cannot be registered now and can be
    tried again.
    """
    with (
        busy_as(RegistrationRefused),
        transaction.atomic(),
        acting(Actor.worker("confirmation")),
    ):
        wait_no_longer()
        rows = Unconfirmed.objects.select_related("store__dealer", "staff", "registration")
        waiting = rows.select_for_update(no_key=True, of=("self",)).get(pk=pk)
        if waiting.registration is not None:
            return waiting.registration
        if not waiting.waits(at):
            raise ConfirmationRefused(str(OVER))
        said = _opened(waiting)
        registration = counter.register(
            Registration(
                key=waiting.key,
                store=waiting.store,
                source=said["source"],
                channel=Channel.CONFIRMED,
                consent_service=True,
                consent_marketing=said["offers"] if how == ConfirmedBy.CODE else offers,
                consent_text=said["text"],
                corrects_id=said["corrects"],
            ),
            phone=said["phone"],
            name=said["name"] or name,
            by=Actor.worker("confirmation", _still_there(waiting, at)),
            at=at,
        )
        waiting.registration = registration
        _end(waiting, how, at)
        if how == ConfirmedBy.LINK:
            _tell(waiting, CAME, registration.get_absolute_url(), at)
        return registration


def _still_there(waiting: Unconfirmed, at: datetime) -> User | None:
    """Who typed it, if they work there still: nobody follows up where they have left."""
    posts = Membership.objects.current(at).working_at(waiting.store_id, waiting.dealer_id)
    return waiting.staff if posts.filter(user=waiting.staff).exists() else None


def refuse(pk: UUID, *, at: datetime) -> Unconfirmed:
    """The customer says that they did not agree; nothing is registered, and who typed is told."""
    with transaction.atomic(), acting(Actor.worker("confirmation")):
        rows = Unconfirmed.objects.select_related("store__dealer", "staff")
        waiting = rows.select_for_update(no_key=True, of=("self",)).get(pk=pk)
        if waiting.waits(at):
            _end(waiting, ConfirmedBy.REFUSED, at)
            _tell(waiting, REFUSED, waiting.get_absolute_url(), at)
        return waiting


def at_store(store: Store, phone: str, at: datetime) -> Unconfirmed | None:
    """What waits at a store for the holder of a number (E.164), who has just proved it there.

    For the worker; of several that which was typed first.
    """
    here = Unconfirmed.objects.open(at).filter(store=store, received_at__lte=at)
    rows = here.order_by("received_at", "pk")
    return next((row for row in rows if _opened(row)["phone"] == phone), None)


def lapse(at: datetime) -> int:
    """End what nobody confirmed in time, at its own moment, and throw away what was typed."""
    over = Unconfirmed.objects.filter(ended="", until__lte=at)
    return over.update(ended=ConfirmedBy.LAPSED, ended_at=F("until"), contact=b"")


def forget(theirs: Callable[[str], bool], at: datetime) -> None:
    """Throw away what waits for the holder of a number (E.164). For the worker."""
    waiting = Unconfirmed.objects.filter(ended="")
    found = [row.pk for row in waiting if theirs(_opened(row)["phone"])]
    for row in waiting.filter(pk__in=found).select_for_update(no_key=True, of=("self",)):
        _end(row, ConfirmedBy.FORGOTTEN, at)


def look(pk: UUID) -> int:
    """Note where a planted number was typed, whether it is ever confirmed. For the worker."""
    waiting = Unconfirmed.objects.filter(pk=pk, ended="").first()
    if waiting is None:
        return 0
    known = either(fingerprint(_opened(waiting)["phone"]))
    hits = PlantedHit.objects.bulk_create(
        PlantedHit(unconfirmed=waiting, at=waiting.received_at, **each._asdict())
        for each in planted.alarmed(known, waiting.dealer_id)
    )
    return len(hits)


def shown(waiting: Unconfirmed) -> dict[str, str]:
    """Name, and number masked, of what waits: for the people of its store; else nothing."""
    if not waiting.contact:
        return {"name": "", "phone": ""}
    said = _opened(waiting)
    return {"name": said["name"], "phone": mask_phone(said["phone"])}


def _opened(waiting: Unconfirmed) -> dict[str, Any]:
    return envelopes.unseal_for(waiting.pk, envelopes.UNCONFIRMED, bytes(waiting.contact))


def _end(waiting: Unconfirmed, how: ConfirmedBy, at: datetime) -> None:
    waiting.ended, waiting.ended_at, waiting.contact = how, max(at, waiting.received_at), b""
    waiting.save(update_fields=["ended", "ended_at", "contact", "registration"])


def _tell(waiting: Unconfirmed, said: str, to: str, at: datetime) -> None:
    notices.tell(
        reminders.still_there(waiting.staff, waiting.store, at),
        NoticeKind.PAGE,
        sayings.kept(said, store=[waiting.store.name]),
        to=to,
        about=f"unconfirmed:{waiting.pk}",
        at=at,
    )
