"""What has to be finished of a package before a part of it is opened, as SCORM 1.2 writes it.

The standard (content aggregation 2.3.4) takes over AICC's language: the identifiers of items, each
of which is true once its item is passed or completed, ``&``, ``|``, ``~`` for not, and parentheses.
What else that language has, comparisons and sets, is refused: nobody guesses what an author meant.
"""

import re
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

LANGUAGE = "aicc_script"
DEEPEST = 20  # parentheses in each other
WORD = re.compile(r"[&|~()]|[^\s&|~()]+")


class NotUnderstood(Exception):
    """``at``: the first word that says nothing here, or nothing where the text ends too early."""

    def __init__(self, at: str = "") -> None:
        super().__init__(at)
        self.at = at


@dataclass(frozen=True, slots=True)
class PartState:
    """That a part is finished, or with ``~`` that it is not. Parts are counted from 1."""

    part: int
    finished: bool


@dataclass(frozen=True, slots=True)
class Several:
    """That every one of some conditions holds, or any."""

    every: bool
    of: tuple["Condition", ...]


type Condition = PartState | Several


def holds(
    condition: Condition | None, finished: Collection[int], reached: Collection[int] | None = None
) -> bool:
    """Whether a part with that condition is open to who has finished these; without one it is.

    With ``reached``: whether it may be, once those are finished as well.
    """
    if condition is None:
        return True
    if isinstance(condition, Several):
        each = (holds(one, finished, reached) for one in condition.of)
        return all(each) if condition.every else any(each)
    if not condition.finished:
        return condition.part not in finished
    return condition.part in (finished if reached is None else reached)


def within_reach(conditions: Sequence[Condition | None], finished: Collection[int]) -> set[int]:
    """The parts that are finished, open, or may be open once others are finished.

    What is finished stays so: where one must not be, it is closed for good. While a part that is
    not finished is within reach, there is one that is open.
    """
    reached = set(finished)
    while more := {
        number
        for number, condition in enumerate(conditions, 1)
        if number not in reached and holds(condition, finished, reached)
    }:
        reached |= more
    return reached


def parsed(text: str, items: Mapping[str, Collection[int]]) -> Condition:
    """The condition that a text says. ``items`` are the parts that each identifier stands for.

    An item with others in it is finished once all of these are. Raises NotUnderstood.
    """
    reader = _Reader(deque(WORD.findall(text)), items)
    found = reader.any()
    if reader.words:
        raise NotUnderstood(reader.words[0])
    return found


@dataclass(frozen=True)
class _Reader:
    """The words of a text that are not read yet.

    ``wanted`` turns round below a ``~``, and with it what of "and" and "or" is meant.
    """

    words: deque[str]
    items: Mapping[str, Collection[int]]

    def any(self, *, wanted: bool = True, depth: int = 0) -> Condition:
        found = [self.every(wanted=wanted, depth=depth)]
        while self.goes_on_with("|"):
            found.append(self.every(wanted=wanted, depth=depth))
        return together(found, every=not wanted)

    def every(self, *, wanted: bool, depth: int) -> Condition:
        found = [self.one(wanted=wanted, depth=depth)]
        while self.goes_on_with("&"):
            found.append(self.one(wanted=wanted, depth=depth))
        return together(found, every=wanted)

    def one(self, *, wanted: bool, depth: int) -> Condition:
        while self.goes_on_with("~"):
            wanted = not wanted
        if depth < DEEPEST and self.goes_on_with("("):
            found = self.any(wanted=wanted, depth=depth + 1)
            if not self.goes_on_with(")"):
                raise NotUnderstood(self.words[0] if self.words else "")
            return found
        word = self.words.popleft() if self.words else ""
        if not self.items.get(word):
            raise NotUnderstood(word)
        parts = sorted(self.items[word])
        return together([PartState(part, wanted) for part in parts], every=wanted)

    def goes_on_with(self, sign: str) -> bool:
        """Whether that sign comes next, which is read then."""
        if not self.words or self.words[0] != sign:
            return False
        self.words.popleft()
        return True


def together(conditions: Sequence[Condition], *, every: bool) -> Condition:
    """Several conditions as one, of which every one has to hold, or any."""
    return conditions[0] if len(conditions) == 1 else Several(every, tuple(conditions))


def said(condition: Condition, titles: Sequence[str]) -> str:
    """A sentence for the learner: when a part opens, by the titles of the parts in their order."""
    return _("It opens when %(condition)s.") % {"condition": _words(condition, titles)}


def _words(condition: Condition, titles: Sequence[str]) -> str:
    if isinstance(condition, PartState):
        words = (
            _("“%(part)s” is finished") if condition.finished else _("“%(part)s” is not finished")
        )
        return words % {"part": titles[condition.part - 1]}
    each = [
        f"({words})" if isinstance(one, Several) else words
        for one in condition.of
        for words in [_words(one, titles)]
    ]
    join = pgettext("conditions", " and ") if condition.every else pgettext("conditions", " or ")
    return join.join(each)
