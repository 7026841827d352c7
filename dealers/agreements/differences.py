"""What two versions of the agreement say differently, word by word, in the reader's language."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise

from django.utils.translation import gettext as _

from dealers.models import AgreementVersion

# A word, a run of blanks, or one sign: Chinese is compared sign by sign.
_WORDS = re.compile(r"[A-Za-z0-9]+|\s+|.", re.DOTALL)
MOST = 1500  # words of a paragraph that are compared; of longer ones all is old and all is new
ALIKE = 0.4  # from which share of the same pairs of words on a paragraph is another one, changed
NEAR = 20  # paragraphs of the older version in which a changed one is looked for


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words: in both versions, in the older one only, or in the newer one only."""

    words: str
    gone: bool = False
    new: bool = False

    @property
    def element(self) -> str:
        """What a page shows them in."""
        return "del" if self.gone else "ins" if self.new else "span"


@dataclass(frozen=True, slots=True)
class Changed:
    """A paragraph that is not the same in both versions, and the part that it is in."""

    part: str
    pieces: tuple[Piece, ...]


def between(before: AgreementVersion, after: AgreementVersion) -> list[Changed]:
    """Every paragraph and duty that differs, in the order in which they stand."""
    parts = (
        (_("Title"), [before.local_title], [after.local_title]),
        (_("The brand does"), before.brand_does, after.brand_does),
        (_("The dealer does"), before.dealer_does, after.dealer_does),
        (_("Full text"), _paragraphs(before.local_text), _paragraphs(after.local_text)),
    )
    return [Changed(part, pieces) for part, old, new in parts for pieces in _changed(old, new)]


def _paragraphs(text: str) -> list[str]:
    found = re.split(r"\n\s*\n|\n(?=[#*\-0-9])", text)
    return [" ".join(each.split()) for each in found if each.strip()]


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Piece, ...]]:
    """The paragraphs that differ, each as the pieces of it."""
    for what, first, last, begin, end in SequenceMatcher(None, old, new, False).get_opcodes():
        if what == "equal":
            continue
        gone, come = list(old[first:last]), list(new[begin:end])
        for text in come:
            match = next((it for it in gone[:NEAR] if _alike(it, text)), None)
            if match is None:
                yield (Piece(text, new=True),)
                continue
            # What stood before it and has no counterpart was left out there.
            at = gone.index(match)
            for dropped in gone[:at]:
                yield (Piece(dropped, gone=True),)
            del gone[: at + 1]
            yield tuple(words(match, text))
        for dropped in gone:
            yield (Piece(dropped, gone=True),)


def _alike(old: str, new: str) -> bool:
    # By neighbours, which takes one look at each word: an order of both takes as many as they have.
    ours, theirs = _neighbours(old), _neighbours(new)
    if max(ours.total(), theirs.total()) > MOST:
        return False
    return 2 * (ours & theirs).total() >= ALIKE * (ours.total() + theirs.total())


@lru_cache(maxsize=64)
def _neighbours(text: str) -> Counter[tuple[str, str]]:
    """How often each word of a text, or its begin, stands before which, or its end."""
    return Counter(pairwise(["", *_WORDS.findall(text), ""]))


def words(old: str, new: str) -> Iterator[Piece]:
    """What was taken out of a paragraph and what was put in, between what stayed."""
    ours, theirs = _WORDS.findall(old), _WORDS.findall(new)
    for what, first, last, begin, end in SequenceMatcher(None, ours, theirs, False).get_opcodes():
        if what == "equal":
            yield Piece("".join(ours[first:last]))
            continue
        if first < last:
            yield Piece("".join(ours[first:last]), gone=True)
        if begin < end:
            yield Piece("".join(theirs[begin:end]), new=True)
