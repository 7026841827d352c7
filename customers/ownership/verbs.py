"""What is done on the test bench, verb by verb."""

from collections.abc import Mapping
from copy import replace
from decimal import Decimal

from customers.models import AnswerMode, Channel, EventKind, SoldBy
from customers.orders.attribution import WHOLE, attribute
from customers.ownership import duties, pool
from customers.ownership.bench import ONLINE, Event, Got, Refused, Verb, World, plain
from customers.ownership.levels import Chosen
from customers.ownership.rulebook import Offer, last_day, local_day
from customers.ownership.track import Bought, FollowedUp, Track
from dealers.calendar import OFFER_HOURS


def register(world: World, event: Event) -> Got:
    world.at_work(event.store, event.staff)
    claim = world.claim(event.store, event.staff, event.channel)
    settings = world.rulebooks.on(event.at, claim.tz)
    world.within_limits(event, settings)
    after = settings.answer_mode == AnswerMode.AFTER_CONFIRMATION
    if after and event.channel != Channel.IMPORT:
        world.waits_for_customer(event)
        return {"answer": "pending"}
    return world.answered(event, claim, event.at)


def confirm(world: World, event: Event) -> Got:
    pending = [it for it in world.unconfirmed[event.person] if event.store in {"", it.store}]
    found = next((it for it in pending if event.at < world.waits_until(it)), None)
    if found is None:
        if event.person in world.confirmed:
            return world.confirmed[event.person]
        raise Refused("lapsed" if pending else "nothing_to_confirm")
    world.at_work(found.store, "")
    world.unconfirmed[event.person].remove(found)
    # Nobody follows up where who registered has left meanwhile.
    staff = "" if found.staff in world.left else found.staff
    claim = world.claim(found.store, staff, found.channel)
    got = world.confirmed[event.person] = world.answered(found, claim, event.at)
    return got


def activity(world: World, event: Event) -> Got:
    owner = world.track(event.person).running(event.at)
    store = event.store or (world.name_of(owner.store) if owner else "")
    if not store:
        return {"renewed": False}
    at_store = world.stores[store]
    done = FollowedUp(world.id_of(at_store.dealer), event.kind, event.outcome, event.at)
    renewed = world.track(event.person).apply(done)
    if renewed is None:
        return {"renewed": False}
    moved = renewed.after.protected_until > renewed.before.protected_until
    return {"renewed": moved, **world.protection(renewed.after)}


def sale(world: World, event: Event) -> Got:
    track = world.track(event.person)
    name = None if event.store == ONLINE else world.stores[event.store].dealer
    store = None if event.store == ONLINE else world.id_of(event.store)
    dealer = None if name is None else world.id_of(name)
    sold = track.apply(Bought(store, dealer, event.at, event.paid))
    if sold is None:
        nobodys = {} if name is None else {name: WHOLE}
        return {"sold_by": SoldBy.NONE.value, "shares": plain(nobodys)}
    decision = attribute(sold.before, sold.settings, store, dealer, event.at)
    shares = world.splits.get(sold.after.id) or {
        world.name_of(each.dealer): each.share for each in decision.shares
    }
    world.sales[event.person] = sold.after.id
    return {
        "sold_by": decision.sold_by.value,
        "shares": plain(shares),
        **world.protection(sold.after),
    }


def extend(world: World, event: Event) -> Got:
    track, owner = world.owned(event)
    if owner.frozen:
        raise Refused("frozen")
    if not duties.extendable(owner, world.rulebooks, event.at):
        raise Refused("no_extension_left")
    track.ask_to_extend(owner, event.at)
    if event.granted is None:
        due = track.request.due if track.request else event.at
        by = last_day(due, owner.tz).isoformat()
        return {"answer": "asked", "answer_by": by, **world.protection(owner)}
    after = track.answer_request(event.at, granted=event.granted).after
    return {
        "answer": "granted" if event.granted else "declined",
        **world.protection(after),
    }


def release(world: World, event: Event) -> Got:
    track, owner = world.owned(event)
    if owner.frozen:
        raise Refused("frozen")
    track.end(event.at)
    return {"answer": "released", "told": [world.name_of(owner.dealer)]}


def claim(world: World, event: Event) -> Got:
    world.at_work(event.store, event.staff)
    track, at = world.track(event.person), event.at
    if not track.standings or not track.free(at):
        raise Refused("not_in_the_pool")
    claim = world.claim(event.store, event.staff)
    settings = world.rulebooks.on(at, claim.tz)
    if pool.cools_off(claim.store, track.standings, settings, at):
        raise Refused("former_owner_waits")
    day = (event.staff, local_day(at, claim.tz))
    if event.staff and pool.claimed_enough(world.claims[day], settings):
        raise Refused("claims_of_the_day")
    if world.counts(claim, at).above_a_cap(settings):
        raise Refused("cap")
    world.claims[day] += 1
    return world.said(track.give(claim, at))


def choose(world: World, event: Event) -> Got:
    return _moved_to(world, event, event.store or event.to)


def _moved_to(world: World, event: Event, store: str) -> Got:
    world.at_work(store, event.staff)
    track = world.track(event.person)
    owner = track.running(event.at)
    if owner is not None and owner.frozen:
        raise Refused("frozen")
    given = track.give(world.claim(store, event.staff), event.at)
    told = [] if owner is None else [world.name_of(owner.dealer)]
    return {**world.said(given), "told": told}


def offer(world: World, event: Event) -> Got:
    world.at_work(event.store, "")
    track, claim = world.track(event.person), world.claim(event.store, "", Channel.DISPATCH)
    owner = track.running(event.at)
    if owner is not None:
        if owner.store != claim.store:
            raise Refused("owned")
        return {"answer": "yours_already", **world.protection(owner)}
    if track.offer is not None:
        raise Refused("offered_already")
    due = event.deadline or world.calendar.hours_after(event.at, OFFER_HOURS, claim.tz)
    track.offer = Offer(claim, due)
    return {"answer": "offered", "deadline": due.astimezone(claim.tz).isoformat()}


def accept(world: World, event: Event) -> Got:
    track, offer = world.offered(event)
    world.at_work(world.name_of(offer.claim.store), event.staff)
    claim = replace(offer.claim, staff=world.id_of(event.staff) if event.staff else None)
    return world.said(track.give(claim, event.at))


def decline(world: World, event: Event) -> Got:
    track, _offer = world.offered(event)
    track.offer = None
    return {"answer": "declined"}


def rule(world: World, event: Event) -> Got:
    track = world.track(event.person)
    owner = track.running(event.at)
    got: Got = {"outcome": event.outcome}
    if track.review is not None and event.outcome in {"keep", "yes", "no", "void"}:
        track.decide_review(granted=event.outcome in {"keep", "yes"})
        world.serve(event.at)
        return got | ask(world, event)
    if event.outcome in {"yes", "no"}:
        raise Refused("no_review")
    if event.outcome == "move":
        got |= _moved_to(world, event, event.to or event.store)
    elif event.outcome == "void":
        voided = track.void(event.at)
        if voided is None:
            raise Refused("not_owned")
        if world.sales.get(event.person) == voided.after.id:
            del world.sales[event.person]
        world.serve(event.at)
    elif event.outcome == "split":
        ownership = owner.id if owner is not None else world.sales.get(event.person)
        if ownership is None:
            raise Refused("not_owned")
        got["shares"] = plain(_split(world, event, track, ownership))
    return ask(world, event) | got


def _split(world: World, event: Event, track: Track, ownership: int) -> Mapping[str, Decimal]:
    """The shares of what is sold under an ownership: those named, or one part and the rest."""
    shares = event.shares
    if event.percent is not None:
        owner = next(it for it in track.standings if it.id == ownership)
        other = world.stores[event.to or event.store].dealer
        mine = world.name_of(owner.dealer)
        shares = {mine: WHOLE - event.percent, other: event.percent}
        if mine == other:
            shares = {mine: WHOLE}
    world.splits[ownership] = shares
    return shares


def close_store(world: World, event: Event) -> Got:
    closing, to = world.stores[event.store], world.stores[event.to]
    if closing.dealer != to.dealer or event.store == event.to:
        raise Refused("no_sister_store")
    if event.store in world.closed:
        return {"answer": "closed", "moved": 0}
    world.at_work(event.to, "")
    world.closed.add(event.store)
    code, sister = world.id_of(event.store), world.claim(event.to, "")
    moved = 0
    for track in world.tracks.values():
        owner = track.running(event.at)
        if owner is not None and owner.store == code:
            _end, start = track.move(owner, replace(sister, staff=owner.staff), event.at)
            after = start.after
            if owner.id in world.splits:
                world.splits[after.id] = world.splits[owner.id]
            moved += 1
        world.leave_line(track, code, sister)
    return {"answer": "closed", "moved": moved}


def close_dealer(world: World, event: Event) -> Got:
    dealer = event.dealer or world.stores[event.store].dealer
    codes = {code for code, place in world.stores.items() if place.dealer == dealer}
    if codes <= world.closed:
        return {"answer": "closed", "frozen": 0}
    world.closed |= codes
    found = 0
    for track in world.tracks.values():
        owner = track.running(event.at)
        if owner is not None and owner.dealer == world.id_of(dealer):
            track.request = None
            track.change(EventKind.FROZEN, owner, duties.frozen(owner, event.at), event.at)
            found += 1
        for code in codes:
            world.leave_line(track, world.id_of(code), None)
    return {"answer": "closed", "frozen": found}


def share(world: World, event: Event) -> Got:
    """The dealer chooses at which level the brand sees a customer, or all others."""
    dealer = event.dealer or world.stores[event.store].dealer
    chosen = Chosen(world.id_of(dealer), event.level, event.at)
    world.levels.add(event.person or None, chosen)
    return {"answer": "shared", "dealer": dealer, "level": event.level}


def leave(world: World, event: Event) -> Got:
    world.left.add(event.staff)
    staff, found = world.id_of(event.staff), 0
    for track in world.tracks.values():
        owner = track.running(event.at)
        if owner is not None and owner.staff == staff:
            track.change(EventKind.PAUSED, owner, duties.paused(owner, event.at), event.at)
            found += 1
        track.line = [
            replace(it, claim=replace(it.claim, staff=None)) if it.claim.staff == staff else it
            for it in track.line
        ]
    return {"answer": "left", "to_hand_over": found}


def assign(world: World, event: Event) -> Got:
    track, owner = world.owned(event)
    world.at_work(world.name_of(owner.store), event.staff)
    after = duties.resumed(owner, world.id_of(event.staff), event.at, world.rulebooks)
    track.change(EventKind.RESUMED, owner, after, event.at)
    return {"answer": "assigned", **world.protection(after)}


def job(world: World, _event: Event) -> Got:
    happened, world.happened = world.happened, []
    return {"happened": happened}


def ask(world: World, event: Event) -> Got:
    track = world.tracks.get(event.person)
    if track is None:
        return {"owner": None, "state": "none", "protected_until": None, "waiting": []}
    owner = track.running(event.at)
    got: Got = {
        "owner": None,
        "state": world.state(track, owner, event.at),
        "protected_until": None,
        "waiting": [world.name_of(each.claim.store) for each in track.in_turn()],
    }
    if owner is not None:
        settings = world.rulebooks.on(event.at, owner.tz)
        got |= world.protection(owner) | {
            "dealer": world.name_of(owner.dealer),
            "staff": world.name_of(owner.staff) if owner.staff is not None else None,
            "contact_late": duties.contact_is_late(owner, event.at),
            "warnings": list(duties.warned(owner, settings, event.at)),
        }
    return got


VERBS: dict[str, Verb] = {
    verb.__name__: verb
    for verb in (
        register, confirm, activity, sale, extend, release, claim, choose, offer, accept, decline,
        rule, close_store, close_dealer, leave, assign, share, job,
        ask,
    )
}  # fmt: skip
