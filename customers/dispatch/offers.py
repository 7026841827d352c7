"""Offering a lead to one store after the other, until one accepts.

The customer's owner comes first, and then nobody else does. What is done late is done as of then:
a store always has the whole time to answer.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from customers import cards
from customers.cases import holds
from customers.cutoff import (
    REGISTRATIONS,
    all_of,
    busy_as,
    one_by_one,
    take_turn,
    wait_no_longer,
)
from customers.dispatch import calls, candidates, contacts, page, telling, turns
from customers.dispatch.leads import OFFER
from customers.dispatch.market import Market
from customers.dispatch.terms import in_force
from customers.identity import either, fingerprint
from customers.models import (
    Answer,
    Campaign,
    Candidate,
    Channel,
    ConsentPurpose,
    Customer,
    DeclineReason,
    JunkState,
    Lead,
    Offer,
    OfferAnswer,
    OfferQuerySet,
    Ownership,
    Registration,
    WhyNot,
)
from customers.ownership import counter, passing
from customers.ownership.settings import RegistrationRefused
from customers.rights import consent
from dealers import access, outbox, sayings
from dealers.actor import Actor, acting
from dealers.agreements import signing
from dealers.database import add_rows, among
from dealers.models import AccessAction, CalendarDay, Store, User

LEAD = gettext_noop("A lead of headquarters with this number; it was offered to the store.")
ACROSS = Actor.worker("dispatch")  # who looks at the stores of all dealers


class DispatchRefused(Exception):
    """Not done; the message is written for the person who asked."""


def offer(pk: UUID, at: datetime, *, held_at: datetime | None = None) -> Offer | None:
    """Offer a lead to the store whose turn it is; None where there is none, or nothing to do.

    For the worker. Done twice it does nothing the second time. ``held_at``: the clock of who holds
    the lead's person already, and waits for no turn.
    """
    with transaction.atomic():
        lead = Lead.objects.select_for_update().get(pk=pk)
        made = list(lead.offers.order_by("hop"))
        if lead.closed_at or lead.queued_at or any(_settles(each) for each in made):
            return None
        hop = len(made) + 1
        asked_stores = {each.store_id for each in made}
        at = turns.of_leads([lead], at)
        if held_at is None:
            held_at = take_turn(bytes(lead.identity.fingerprint), REGISTRATIONS).at
        passing.settle(lead.identity_id, at, held_at)
        owned = owner_of(lead, at)
        open_owner = owned is not None and not owned.store.is_closed(at)
        if owned is not None and open_owner and owned.store_id not in asked_stores:
            note_known([(lead, owned)])
            return make(lead, owned.store, hop, at, to_owner=True)
        if owned is None and not made and _is_pulled(lead, at):
            return None
        asked = sum(each.answer != OfferAnswer.WITHDRAWN for each in made)
        terms = in_force(at)
        if owned is None and asked < terms.hops:  # an owner who does not answer is the last
            market = Market(lead.region_id, at, terms)
            weighed = market.weigh(lead, asked_stores)
            kept = candidates.rows(lead.pk, weighed)
            add_rows(Candidate, candidates.COLUMNS, kept, hop=hop, at=at)
            if weighed and weighed[0].place is not None:
                return make(lead, Store.objects.get(pk=weighed[0].site.store), hop, at)
        queue([lead], at)
        return None


def note_known(owned: Iterable[tuple[Lead, Ownership]]) -> None:
    """Note in the access logs whose customers' numbers headquarters had, and so learns whose.

    One entry for each dealer and person, however many there are.
    """
    found: dict[tuple[User, int], list[UUID]] = {}
    for lead, held in owned:
        if lead.by is not None:
            found.setdefault((lead.by, held.dealer_id), []).append(held.customer_id)
    for (user, dealer), known in found.items():
        access.seen(
            known, by=Actor.hq(user), dealer_id=dealer, fields="store",
            purpose=sayings.kept(LEAD), action=AccessAction.LOOK_UP,
        )  # fmt: skip


def _is_pulled(lead: Lead, at: datetime) -> bool:
    """Whether the stores may take a lead themselves, from now on or still."""
    if lead.open_until is None and Campaign.objects.pulled().filter(name=lead.campaign).exists():
        calendar = CalendarDay.objects.of_region(lead.region_id)
        hours, zone = in_force(at).answer_hours, ZoneInfo(settings.TIME_ZONE)
        lead.open_until = calendar.hours_after(at, hours, zone)
        lead.save(update_fields=["open_until"])
    return lead.open_until is not None and at < lead.open_until


def choose(lead: Lead, store: Store | None, *, by: Actor, at: datetime) -> Offer:
    """Offer a lead that waits with the region to a store of its manager's choice.

    None: to the store that the customer has, in whichever region that is. Raises DispatchRefused
    where the customer is another store's.
    """
    with busy_as(DispatchRefused), transaction.atomic():
        wait_no_longer()
        lead = Lead.objects.visible_to(by.post).queued().select_for_update().get(pk=lead.pk)
        with acting(ACROSS):
            at = turns.of_leads([lead], at)
            owned = owner_of(lead, at)
            to = _chosen(lead, store, owned, by, at)
            hop = lead.offers.count() + 1
            lead.queued_at = None
            lead.save(update_fields=["queued_at"])
            return make(lead, to, hop, at, to_owner=owned is not None, by_hand=True)


def _chosen(
    lead: Lead, store: Store | None, owned: Ownership | None, by: Actor, at: datetime
) -> Store:
    """The store that a lead is offered to by hand. Raises DispatchRefused.

    The terms hold for who chooses as well, but that one may ask a store again, and one that has as
    many leads in hand as it may: nobody else took it.
    """
    if owned is not None:
        if store is not None and owned.store_id != store.pk:
            raise DispatchRefused(
                _("This customer has a store already: only that store can be asked again.")
            )
        if owned.store.is_closed(at):
            raise DispatchRefused(
                _("The customer's store has closed. Wait until the customer has another.")
            )
        return owned.store
    if store is None:
        raise DispatchRefused(_("This customer has no store yet: choose one."))
    if store.dealer.region_id != by.region_id:
        raise DispatchRefused(_("Choose a store of your region."))
    # It could accept nothing.
    if signing.needed(store.dealer_id, at) is not None:
        raise DispatchRefused(
            _("%(store)s takes no leads until its owner has signed the agreement.")
            % {"store": store.name}
        )
    why = Market(lead.region_id, at, in_force(at)).why_not(store.pk, lead)
    if why not in {"", WhyNot.FULL}:
        raise DispatchRefused(cannot_take(why))
    return store


def cannot_take(why: str) -> str:
    """What is said of a store that ``WhyNot`` keeps from a lead."""
    return _("This store cannot take it: %(why)s.") % {"why": WhyNot(why).label}


def accept(made: Offer, *, by: Actor, at: datetime) -> Registration:
    """Take a lead: its name and number become a card of the dealer's, by the rulebook's answer.

    Accepting twice gives the same registration. Raises DispatchRefused.
    """
    try:
        with transaction.atomic():
            made = _mine(made, by)
            if made.answer == OfferAnswer.ACCEPTED:
                return cast(Registration, made.registration)
            _still_open(made, at)
            with acting(ACROSS):
                owned = owner_of(made.lead, at)
                number, name = _contact(made, by)
                agreed = page.agreed(made.lead)
            if owned is not None and owned.dealer_id != made.dealer_id:
                raise _Taken
            hours = in_force(made.offered_at).contact_hours
            registration = Registration(
                key=f"offer:{made.pk}",
                store=made.store,
                source="dispatch",
                channel=Channel.DISPATCH,
                consent_service=made.lead.agreed_to_contact,
                consent_marketing=_agrees_to_offers(made, agreed),
                consent_text=agreed.text,
            )
            counter.register(
                registration, phone=number, name=name, by=by, at=at,
                contact_hours=hours,
            )  # fmt: skip
            if registration.answer not in {Answer.YOURS, Answer.YOURS_ALREADY}:
                raise (
                    _Taken
                    if registration.answer == Answer.PROTECTED
                    else DispatchRefused(
                        _("The rulebook answers: %(answer)s. You have not accepted it.")
                        % {"answer": registration.get_answer_display()}
                    )
                )
            made.registration = registration
            made.contact_due_at = at + timedelta(hours=hours)
            _answer(made, OfferAnswer.ACCEPTED, by, at)
            return registration
    except RegistrationRefused as refused:
        raise DispatchRefused(str(refused)) from refused
    except _Taken:
        with transaction.atomic():
            made = _mine(made, by)
            if made.answer == "":
                _answer(made, OfferAnswer.WITHDRAWN, None, at)
                outbox.add(OFFER, str(made.lead_id), at=at)
        raise DispatchRefused(
            _("This customer chose a store in the meantime. The lead is taken back; it does not"
              " count against you.")
        ) from None  # fmt: skip


def _contact(made: Offer, by: Actor) -> tuple[str, str]:
    """The number by which the lead's person is known, and their name.

    That is the one on the dealer's card, where the dealer changed it since the lead came: by the
    number that came the person would be somebody new.
    """
    number, name = contacts.opened(made.lead)
    person, mine = made.lead.identity, Customer.objects.filter(dealer=made.dealer_id)
    known, card = bytes(person.fingerprint), mine.filter(identity=person).first()
    if card is not None and known not in either(fingerprint(number)):
        now = cards.number_of(card, by=by)
        number = now if known in either(fingerprint(now)) else number
    return number, name


def _agrees_to_offers(made: Offer, agreed: page.Agreed) -> bool:
    """What was said with the lead, unless the store's customer took it back since."""
    return agreed.offers and not consent.taken_back(
        made.lead.identity_id, made.dealer_id, ConsentPurpose.OFFERS, agreed.at
    )


def decline(made: Offer, reason: str, *, by: Actor, at: datetime) -> None:
    """Say why the store cannot take a lead; the next one is asked. It costs nothing.

    Raises DispatchRefused for a reason that is not listed, or too late.
    """
    if reason not in DeclineReason.values:
        raise DispatchRefused(_("Choose why you cannot take it."))
    with transaction.atomic():
        made = _mine(made, by)
        if made.answer == OfferAnswer.DECLINED:
            return
        _still_open(made, at)
        made.reason = reason
        _answer(made, OfferAnswer.DECLINED, by, at)
        outbox.add(OFFER, str(made.lead_id), at=at)


def pass_on(at: datetime) -> int:
    """Ask the next store wherever one has not answered, or not called, in time; how many.

    For the worker, as often and as late as it likes.
    """
    left = Lead.objects.left_lying(at).values_list("pk", flat=True)
    outbox.add_all([outbox.Put(OFFER, (str(lead),), f"left:{lead}", at) for lead in left], at=at)
    due = Offer.objects.open().filter(due_at__lt=at).values_list("pk", flat=True)
    uncalled = calls.missed(Offer.objects.all(), at).values_list("pk", flat=True)
    return all_of(
        lambda: sum(one_by_one("offer", due, lambda pk: _miss(pk, at))),
        lambda: sum(one_by_one("accepted offer", uncalled, lambda pk: _take_on(pk, at))),
    )


def _miss(pk: UUID, at: datetime) -> bool:
    made = Offer.objects.open().select_for_update().filter(pk=pk).first()
    if made is None:
        return False
    made.answer, made.answered_at = OfferAnswer.MISSED, made.due_at
    made.save(update_fields=["answer", "answered_at"])
    outbox.add(OFFER, str(made.lead_id), at=at)
    return True


def _take_on(pk: UUID, at: datetime) -> bool:
    """Pass an accepted lead on whose customer nobody called in time, as of then.

    The customer is free since that moment already, whoever asked first.
    """
    accepted = Offer.objects.select_related("lead__identity", "store")
    made = accepted.select_for_update(of=("self",)).get(pk=pk)
    turn = take_turn(bytes(made.lead.identity.fingerprint), REGISTRATIONS)
    if not calls.missed(Offer.objects.filter(pk=pk), at).exists():  # called at this very moment
        return False
    passing.settle(made.lead.identity_id, at, turn.at)
    made.passed_on_at = made.contact_due_at
    made.save(update_fields=["passed_on_at"])
    telling.passed_on(made, at)
    outbox.add(OFFER, str(made.lead_id), at=at)
    return True


def withdraw(stores: Collection[int], at: datetime, most: int) -> int:
    """Take back what stores that have closed were offered and did not answer; how many, at most.

    It does not count against them. Call it in a transaction.
    """
    open_ones = Offer.objects.open().filter(store__in=stores).order_by("pk")
    found = list(open_ones.select_for_update(of=("self",))[:most])
    for made in found:
        _answer(made, OfferAnswer.WITHDRAWN, None, at)
        outbox.add(OFFER, str(made.lead_id), at=at)
    return len(found)


def judged(offers: OfferQuerySet, since: datetime, until: datetime) -> OfferQuerySet:
    """The offers of this time that were answered or missed."""
    return offers.filter(offered_at__gte=since, offered_at__lt=until).exclude(
        answer__in=["", OfferAnswer.WITHDRAWN]
    )


def in_time(offers: OfferQuerySet, since: datetime, until: datetime) -> tuple[int, int]:
    """Of the offers of this time that were answered or missed: answered in time, and all."""
    found = judged(offers, since, until)
    return found.exclude(answer=OfferAnswer.MISSED).count(), found.count()


class _Taken(Exception):
    """Another dealer's customer by now."""


def _settles(made: Offer) -> bool:
    """Whether an offer keeps its lead from being offered on."""
    if made.answer == OfferAnswer.ACCEPTED:
        return made.passed_on_at is None and made.junk_state != JunkState.TAKEN
    return made.answer == ""


def owner_of(lead: Lead, at: datetime) -> Ownership | None:
    """Whose the customer is; while a case runs, whose they were when it began."""
    running = Ownership.objects.running(at).select_related("store")
    return running.filter(identity=lead.identity_id).first() or holds.left_with(lead.identity_id)


def make(
    lead: Lead,
    store: Store,
    hop: int,
    at: datetime,
    *,
    to_owner: bool = False,
    by_hand: bool = False,
    pulled: bool = False,
) -> Offer:
    """Offer a lead to a store, and tell who works there, unless the store took it itself."""
    # Of the store's own region: a customer's owner may be in another one than the lead.
    calendar = CalendarDay.objects.of_region(store.dealer.region_id)
    due_at = calendar.hours_after(at, in_force(at).answer_hours, store.tz)
    made = Offer.objects.create(
        lead=lead,
        hop=hop,
        store=store,
        dealer_id=store.dealer_id,
        to_owner=to_owner,
        by_hand=by_hand,
        pulled=pulled,
        offered_at=at,
        due_at=due_at,
    )
    if not pulled:
        with acting(ACROSS):
            told = telling.Offered(made.pk, lead.wish, store.pk, store.dealer_id)
            telling.offered([told], at)
    return made


def queue(leads: Collection[Lead], at: datetime) -> None:
    """Leave leads that no store took to the managers of their regions."""
    Lead.objects.filter(pk__in=among(lead.pk for lead in leads)).update(queued_at=at)
    telling.queued(leads, at)


def _mine(made: Offer, by: Actor) -> Offer:
    """The offer as ``by`` may answer it, locked."""
    offers = Offer.objects.visible_to(by.post).select_related("lead", "store", "registration")
    return offers.select_for_update(of=("self",)).get(pk=made.pk)


def _still_open(made: Offer, at: datetime) -> None:
    if made.answer != "" or at >= made.due_at:
        raise DispatchRefused(
            _("This lead is no longer yours to answer: %(what)s.")
            % {"what": made.get_answer_display() or OfferAnswer.MISSED.label}
        )


def _answer(made: Offer, answer: OfferAnswer, by: Actor | None, at: datetime) -> None:
    made.answer, made.answered_at = answer, at
    made.answered_by_id = by.user_id if by else None
    made.save(
        update_fields=[
            "answer", "answered_at", "answered_by", "reason", "registration", "contact_due_at",
        ]
    )  # fmt: skip
