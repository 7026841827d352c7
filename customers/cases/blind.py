"""A case as whoever decides sees it: A and B, and nothing that says who they are.

What the portal recorded names nobody from the start. What a side has written, and who
decided before, is cleared of the names of both sides, of their people and of the customer, and of
numbers that could be called.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_noop

from customers import cards
from customers.cases import called, evidence
from customers.cases.proposal import Facts, Strength
from customers.models import Case, CaseEvidence, CaseProposal, CaseRuling, Customer, EvidenceKind
from dealers import access, exhibits, sayings
from dealers.actor import Actor, acting
from dealers.models import AccessAction, Membership, Store

WHY = gettext_noop("Decides case %(code)s, without names")
CLEARED = "▇▇"
# Days, which stay; and numbers that somebody could call or write to: seven digits and more, however
# they are set apart.
DAY = r"(?<!\d)(?:19|20)\d\d([-./])(?:0?[1-9]|1[0-2])\2(?:0?[1-9]|[12]\d|3[01])(?!\d)"
DIGIT = r"[\d〇零一二三四五六七八九幺]"
NUMBERS = re.compile(rf"(?P<day>{DAY})|\+?{DIGIT}(?:[\s\-.·_/—–－()（）]{{0,3}}{DIGIT}){{6,}}")
# Letters and digits as wide as Chinese ones, which are the same.
WIDE = {
    0xFEE0 + each: each for each in range(0x21, 0x7F) if chr(each).isalnum() or each == ord("@")
}
APART = r"[\s·•・]{0,2}"  # between the letters of a name
# Chinese is written without spaces: what stands beside an address is no part of it.
ADDRESSES = re.compile(r"[\w.%+-]+@[\w.-]+", re.ASCII)
SHORTEST = 2  # letters of a name that is looked for
SHORT = 4  # letters of a Latin name or code that other words may hold


@dataclass(frozen=True, slots=True)
class Moment:
    """A recorded fact in order of time; ``counts``: whether it weighs anything."""

    side: str
    strength: Strength
    at: datetime
    counts: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What a side said, or a file that it showed."""

    evidence: CaseEvidence
    text: str  # cleared; empty of a file
    name: str  # what the file is called; empty of a text


@dataclass(frozen=True, slots=True)
class Blind:
    """A case without names."""

    case: Case
    proposal: CaseProposal
    moments: list[Moment]
    shown: dict[str, list[Shown]]  # by side
    before: CaseRuling | None  # the decision that is appealed against
    why: str  # its reason, cleared


def of(case: Case, *, by: Actor, at: datetime) -> Blind:
    """The case as ``by`` sees it, who decides about it; each side's owner sees that they looked."""
    with acting(Actor.worker("case", by.user)), access.one_page():
        clear = _Clearer.of(case)
        shown: dict[str, list[Shown]] = {"A": [], "B": []}
        for each in case.evidence.order_by("side", "number"):
            text = "" if each.size else clear(exhibits.text_of(each))
            shown[each.side].append(Shown(each, text, evidence.name_of(each) if each.size else ""))
        _note(case, by, at)
        proposal = case.proposal
        facts = Facts.read(proposal.facts)
        moments = [
            Moment(each.side, each.strength, each.at, facts.counts(each))
            for each in sorted(facts.facts, key=lambda fact: (fact.at, fact.side))
        ]
        before = case.rulings.first()
        why = clear(before.reason) if before else ""
        return Blind(case, proposal, moments, shown, before, why)


def file(case: Case, pk: int, *, by: Actor, at: datetime) -> tuple[str, str, bytes] | None:
    """The name, kind and content of a file of the case; None where there is no such file."""
    with acting(Actor.worker("case", by.user)):
        found = case.evidence.filter(pk=pk, size__gt=0).first()
        if found is None:
            return None
        _note(case, by, at, side=found.side)
        return evidence.name_of(found), EvidenceKind(found.kind), exhibits.file_of(found)


def _note(case: Case, by: Actor, at: datetime, side: str = "") -> None:
    sides = case.sides.filter(side=side) if side else case.sides.all()
    for each in sides.order_by("side"):
        card = (
            Customer.objects.faceless()
            .filter(dealer=each.dealer_id, identity=case.identity_id)
            .first()
        )
        access.note(
            AccessAction.VIEW,
            by=by,
            dealer_id=each.dealer_id,
            fields="evidence",
            purpose=sayings.kept(WHY, code=[case.code]),
            customer=card.pk if card else None,
            at=at,
        )


class _Clearer:
    """Takes names and numbers out of a text."""

    def __init__(self, names: Iterable[str]) -> None:
        called_so = {name.translate(WIDE).strip() for name in names}
        words = {name for name in called_so if len(name) >= SHORTEST}
        # The longest first, so that nothing of one is left over.
        ordered = sorted(words, key=lambda word: (-len(word), word))
        self.words = [(word, {*"".join(word.lower().split())}) for word in ordered]

    def __call__(self, text: str) -> str:
        text = ADDRESSES.sub(CLEARED, text.translate(WIDE))
        text = NUMBERS.sub(lambda found: found["day"] or CLEARED, text)
        return self._names(text).sub(lambda found: found["word"] or CLEARED, text)

    def _names(self, text: str) -> re.Pattern[str]:
        """The pattern of those names whose letters a text has: of all it takes a second to make."""
        letters = {*text.lower()}
        words = [word for word, of in self.words if of <= letters]
        whole = [_spaced(word) for word in words if len(word) > SHORTEST]
        short = [_spaced(word) for word in words if len(word) == SHORTEST]
        said = [*whole, f"(?P<word>{called.ORDINARY})", *short]
        return re.compile("|".join(said), re.IGNORECASE)

    @classmethod
    def of(cls, case: Case) -> "_Clearer":
        """For both sides of a case. To be called as the worker."""
        return cls(_names(case))


def _spaced(name: str) -> str:
    """The pattern of a name; letters of Chinese ones may stand apart."""
    if not name.isascii():
        return APART.join(re.escape(letter) for letter in name if not letter.isspace())
    pattern = r"\s*".join(map(re.escape, name.split()))
    return rf"(?<![a-z0-9]){pattern}(?![a-z0-9])" if len(name) <= SHORT else pattern


def _names(case: Case) -> Iterator[str]:
    for side in case.sides.select_related("dealer__region"):
        dealer = side.dealer
        yield from called.firm(dealer.name)
        yield from called.person(dealer.contact)
        yield from (dealer.code, dealer.address)
        yield from (dealer.region.name, dealer.region.code)
        for store in Store.objects.filter(dealer=dealer):
            yield from called.store(store.name)
            yield from (store.code, store.address)
        people = Membership.objects.filter(dealer=dealer).select_related("user")
        for post in people:
            yield from called.person(post.user.name)
        cards_of = Customer.objects.filter(dealer=dealer, identity=case.identity_id)
        for card in cards.open(cards_of, by=Actor.worker("case")):
            yield from called.person(card.name)
            yield card.wechat
