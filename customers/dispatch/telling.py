"""Telling stores what they are offered, and a region's manager what no store took."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_noop

from customers.models import JunkState, Lead, Offer, StaysReason
from dealers import notices, sayings
from dealers.database import among
from dealers.models import Membership, NoticeKind, User
from dealers.notices import Telling

WAITS = gettext_noop("A customer asks for: %(wish)s")
QUEUED = gettext_noop("No store took a lead, the choice is yours: %(wish)s")
PASSED_ON = gettext_noop("Nobody called the customer of a lead in time, it is passed on: %(wish)s")
TAKEN_BACK = gettext_noop(
    "The returned lead is taken back and does not count against you: %(wish)s"
)
SILENCE = gettext_noop(
    "Nobody looked at the returned lead in time, so it is taken back and does not count against"
    " you: %(wish)s"
)
ENDED_WITH_CASE = gettext_noop(
    "The case about the customer is closed and has taken them from you, so the returned lead is"
    " taken back and does not count against you: %(wish)s"
)
ENDED_FOR_HQ = gettext_noop(
    "A case has taken the customer of a returned lead from its store: the lead has ended and needs"
    " no answer: %(wish)s"
)
STAYS = gettext_noop("The returned lead stays with you: %(wish)s. Why: %(why)s.")
NOBODYS = UUID(int=0)  # which no offer has for its key


class Person(NamedTuple):
    """Who is told something, as far as notices ask."""

    pk: int
    is_active: bool


class Offered(NamedTuple):
    """An offer, as far as a store is told of it."""

    pk: UUID
    wish: str
    store: int
    dealer: int


def offered(offers: Collection[Offered], at: datetime) -> None:
    """Tell who answers for the stores what they are offered. As the worker."""
    people = _people({made.store: made.dealer for made in offers}, at)
    page = reverse("customers:offer", args=[NOBODYS])  # made once: it takes its time
    told = [
        Telling(
            people[made.store], _said(WAITS, made.wish),
            page.replace(str(NOBODYS), str(made.pk)), str(made.pk),
        )
        for made in offers
    ]  # fmt: skip
    notices.tell_all(told, NoticeKind.DISPATCH, at=at)


def passed_on(made: Offer, at: datetime) -> None:
    """Tell who answers for a store that it has lost a lead. As the worker."""
    _tell_store(made, _said(PASSED_ON, made.lead.wish), f"passed:{made.pk}", at)


def reviewed(made: Offer, at: datetime, *, silent: bool) -> None:
    """Tell who answers for a store what has become of a lead that it returned. As the worker.

    ``silent``: headquarters let its time to answer pass.
    """
    if made.junk_state == JunkState.TAKEN:
        said = _said(SILENCE if silent else TAKEN_BACK, made.lead.wish)
    else:
        why = sayings.untranslated(lambda: str(StaysReason(made.stays_because).label))
        said = sayings.kept(STAYS, wish=[made.lead.wish], why=[why])
    _tell_store(made, said, f"returned:{made.pk}", at)


def ended_with_case(made: Offer, at: datetime) -> None:
    """Tell a store, and headquarters, that a returned lead has ended with a case. As the worker."""
    about = f"returned:{made.pk}"
    _tell_store(made, _said(ENDED_WITH_CASE, made.lead.wish), about, at)
    notices.tell(
        notices.headquarters("customers.change_offer"), NoticeKind.CASE,
        _said(ENDED_FOR_HQ, made.lead.wish),
        to=reverse("admin:customers_offer_change", args=[made.pk]), about=about, at=at,
    )  # fmt: skip


def _tell_store(made: Offer, said: str, about: str, at: datetime) -> None:
    people = _people({made.store_id: made.dealer_id}, at)[made.store_id]
    to = made.get_absolute_url()
    notices.tell(people, NoticeKind.DISPATCH, said, to=to, about=about, at=at)


def queued(leads: Collection[Lead], at: datetime) -> None:
    """Tell the regions' managers of leads that no store took."""
    posts = Membership.objects.current(at).managing(*{lead.region_id for lead in leads})
    managers: defaultdict[int | None, list[User]] = defaultdict(list)
    for post in posts.select_related("user"):
        managers[post.region_id].append(post.user)
    page = reverse("customers:lead-queue")
    told = [
        Telling(
            managers[lead.region_id], _said(QUEUED, lead.wish), page,
            f"queue:{lead.pk}:{at.isoformat()}",
        )
        for lead in leads
    ]  # fmt: skip
    notices.tell_all(told, NoticeKind.DISPATCH, at=at)


def _said(sentence: str, wish: str) -> str:
    return sayings.kept(sentence, wish=[wish])


def _people(stores: Mapping[int, int], at: datetime) -> dict[int, list[Person]]:
    """Who answers for each store, of which dealer: who works there, and the dealer's owners."""
    posts = Membership.objects.current(at).filter(dealer__in=among(set(stores.values())))
    here = posts.filter(Q(store__in=among(stores)) | Q(store=None)).order_by("pk")
    by_place: defaultdict[tuple[int | None, int | None], list[Person]] = defaultdict(list)
    rows = here.values_list("dealer", "store", "user", "user__is_active")
    for dealer, store, user, is_active in rows:
        by_place[dealer, store].append(Person(user, is_active))
    return {
        store: by_place[dealer, None] + by_place[dealer, store] for store, dealer in stores.items()
    }
