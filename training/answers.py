"""What an answer to each kind of question is: whether it may be given, is right, and in words."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from training.models import Choice, Question, QuestionKind

# What is asked in them is an order or the other side, so it never stands as it was written.
ARRANGED = frozenset({QuestionKind.ORDER, QuestionKind.MATCH})

# The two answers to a question that is true or false, in both languages.
TRUTHS = (("对", "True"), ("错", "False"))


class QuizRefused(Exception):
    """The message is written for the learner."""


@dataclass(frozen=True)
class Answered:
    """One question with what was chosen; ``number`` is its place in the attempt, from 1.

    ``choices`` stand as they are shown. ``chosen`` are in the order that was given, and of pairs
    they are whose other side was put beside each of ``written``.
    """

    number: int
    question: Question
    choices: list[Choice]
    chosen: list[Choice]

    @property
    def written(self) -> list[Choice]:
        """The answers in the order in which the author wrote them."""
        return sorted(self.choices, key=lambda choice: (choice.position, choice.pk))

    @property
    def correct(self) -> list[Choice]:
        """The right answers; where all have their place, all of them in it."""
        if self.question.kind in ARRANGED:
            return self.written
        return [choice for choice in self.choices if choice.correct]

    @property
    def right(self) -> bool:
        """Whether it is right as a whole; half of it is not."""
        match self.question.kind:
            case QuestionKind.ORDER:
                return self.chosen == self.correct
            case QuestionKind.MATCH:
                # Two answers may belong to the same: then either is as good.
                return [choice.pair for choice in self.chosen] == [
                    choice.pair for choice in self.correct
                ]
        return bool(self.chosen) and set(self.chosen) == set(self.correct)

    @property
    def said(self) -> list[str]:
        """What was chosen, in words; empty without an answer."""
        return self._words(self.chosen)

    @property
    def told(self) -> list[str]:
        """What is right, in words."""
        return self._words(self.correct)

    @property
    def hints(self) -> list[str]:
        """What the author says to who chose these answers."""
        if self.question.kind in ARRANGED:
            return []
        return [choice.local_feedback for choice in self.chosen if choice.local_feedback]

    def _words(self, choices: Sequence[Choice]) -> list[str]:
        if self.question.kind == QuestionKind.ORDER:
            return [f"{place}. {choice}" for place, choice in enumerate(choices, start=1)]
        if self.question.kind == QuestionKind.MATCH:
            pairs = zip(self.written, choices, strict=False)
            return [f"{left} – {right.local_pair}" for left, right in pairs]
        return [str(choice) for choice in choices]


def checked(question: Question, chosen: Sequence[int]) -> list[int]:
    """The ids of an answer as they are kept.

    Raises QuizRefused for what is no answer to this question: none, several of one, what it does
    not offer, a place that is given twice.
    """
    offered = {choice.pk: choice for choice in question.choices.all()}
    if not chosen:
        raise QuizRefused(_("Choose an answer."))
    if not set(chosen) <= set(offered):
        raise QuizRefused(_("Choose one of the answers shown."))
    match question.kind:
        case QuestionKind.MULTIPLE:
            return sorted(set(chosen))
        case QuestionKind.ORDER if sorted(chosen) != sorted(offered):
            raise QuizRefused(_("Give every place once."))
        case QuestionKind.MATCH if len(chosen) != len(offered):
            raise QuizRefused(_("Find the other side of every line."))
        case QuestionKind.MATCH if len({offered[pk].pair for pk in chosen}) != len(
            {choice.pair for choice in offered.values()}
        ):
            raise QuizRefused(_("Use every other side."))
        case QuestionKind.SINGLE | QuestionKind.TRUTH if len(set(chosen)) > 1:
            raise QuizRefused(_("Choose one answer only."))
        case QuestionKind.SINGLE | QuestionKind.TRUTH:
            return sorted(set(chosen))
    return list(chosen)


def mixed(choices: Sequence[Choice], salt: str) -> list[Choice]:
    """The answers in an order that is the same for the same ``salt`` and says nothing."""

    def turn(choice: Choice) -> bytes:
        return hashlib.sha256(f"{salt}:{choice.pk}".encode()).digest()

    return sorted(choices, key=turn)
