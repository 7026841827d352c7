"""Why a lead came to one store and not to another: for whoever was weighed, without names."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from customers.dispatch import candidates
from customers.dispatch.terms import Terms, in_force
from customers.models import Candidate, Offer
from dealers.actor import Actor, acting
from dealers.models import Membership


@dataclass(frozen=True, slots=True)
class Considered:
    """A store that was weighed. ``name`` is only said of one's own."""

    kept: Candidate
    name: str
    mine: bool
    place_now: int | None  # computed anew from what was kept


@dataclass(frozen=True, slots=True)
class Choice:
    """All that was weighed, in the order of then, and by which terms."""

    lines: list[Considered]
    terms: Terms

    @property
    def first(self) -> Candidate:
        return self.lines[0].kept

    @property
    def agrees(self) -> bool:
        """Whether the same rules give the same order again."""
        return all(line.kept.place == line.place_now for line in self.lines)

    @property
    def mine(self) -> list[Considered]:
        return [line for line in self.lines if line.mine]


def of(lead: uuid.UUID, hop: int, membership: Membership) -> Choice | None:
    """The choice of an attempt, if a store of the reader's was weighed in it."""
    mine = Candidate.objects.filter(lead=lead, hop=hop, dealer=membership.dealer_id)
    if membership.is_store_post:
        mine = mine.filter(store=membership.store_id)
    own = set(mine.values_list("store", flat=True))
    if not own:
        return None
    with acting(Actor.worker("choice of a store")):
        kept = list(
            Candidate.objects.filter(lead=lead, hop=hop).select_related("store").order_by("pk")
        )
    terms = in_force(kept[0].at)
    again = {each.site.store: each.place for each in candidates.weighed_again(kept, terms)}
    kept.sort(key=lambda each: (each.place is None, each.place or 0, each.store_id))
    names = _names(kept, membership.dealer_id)
    return Choice(
        [
            Considered(each, names[each.store_id], each.store_id in own, again[each.store_id])
            for each in kept
        ],
        terms,
    )


def data(choice: Choice) -> dict[str, Any]:
    """All that the order follows from, for whoever computes it with means of their own.

    ``number``: the order of the stores' ids, which nobody else is told.
    """
    numbers = {
        store: number
        for number, store in enumerate(sorted(line.kept.store_id for line in choice.lines), 1)
    }
    first, terms = choice.first, choice.terms
    return {
        "lead": str(first.lead_id),
        "attempt": first.hop,
        "at": first.at.isoformat(),
        "terms": {
            "bands": terms.bands,
            "conversion_bands": terms.conversion_bands,
            "mature_least": terms.mature_least,
        },
        "stores": [
            {"number": numbers[line.kept.store_id], "name": line.name, "yours": line.mine}
            | {name: getattr(line.kept, name) for name in WEIGHED}
            | {"metres": about(line.kept.metres, terms)}
            for line in choice.lines
        ],
    }


WEIGHED = (
    "place", "why_not", "band", "received", "weight", "in_hand", "capacity", "converted",
    "mature", "conversion_band",
)  # fmt: skip


def about(metres: int | None, terms: Terms) -> int | None:
    """A distance to a hundred metres, in its band: three exact ones would name a house."""
    if metres is None:
        return None
    return min([-(-metres // 100) * 100, *(end for end in terms.bands if metres <= end)])


def _names(kept: list[Candidate], dealer: int | None) -> dict[int, str]:
    """Own stores by their name, others by a letter."""
    names, number = {}, 0
    for each in kept:
        if each.dealer_id == dealer:
            names[each.store_id] = each.store.name
        else:
            names[each.store_id] = _letters(number)
            number += 1
    return names


def _letters(number: int) -> str:
    letters = ""
    while True:
        number, rest = divmod(number, 26)
        letters = ascii_uppercase[rest] + letters
        if not number:
            return letters
        number -= 1


def distances(offers: Iterable[Offer]) -> dict[uuid.UUID, int]:
    """How far away the customers of offers are, in metres, where that is known."""
    by_key = {(each.lead_id, each.hop, each.store_id): each.pk for each in offers}
    rows = Candidate.objects.filter(lead__in={lead for lead, _hop, _store in by_key})
    known = rows.exclude(metres=None).values_list("lead", "hop", "store", "metres")
    return {
        by_key[lead, hop, store]: metres
        for lead, hop, store, metres in known
        if metres is not None and (lead, hop, store) in by_key
    }
