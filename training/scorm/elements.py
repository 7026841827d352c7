"""The data model: what a package may say and ask, by name, in SCORM 1.2 and in 2004.

Said once, for both sides: ``api.js`` answers the package by it, and the server checks by it again
what comes in, for that can come from anywhere. ``n`` in a name stands for a number from 0 on.

After SCORM 1.2 RTE 3.4 and SCORM 2004 4th edition RTE 4.2. Where they differ in length, the longer
is taken: packages of 1.2 keep more than 4,096 characters where they are let.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from training.scorm.manifest import NEW, OLD

LONGEST = 64_000  # characters of what a package keeps for the next time
MOST = 1000  # values that are kept of one attempt: a hundred objectives of nine, and the rest
LARGEST = 150_000  # characters of all of them


class ClaimRefused(Exception):
    """No package says that to this interface."""


@dataclass(frozen=True)
class Element:
    """One name of the data model."""

    access: str  # r, w or rw
    pattern: str = ""  # a regular expression that Python and JavaScript read alike
    longest: int = 255
    low: float | None = None  # for numbers
    high: float | None = None
    kept: bool = False  # for the next time; all else is forgotten with the page

    def told(self) -> dict[str, Any]:
        """The element as ``api.js`` reads it."""
        facts = {
            "a": self.access, "p": self.pattern, "l": self.longest,
            "low": self.low, "high": self.high, "k": self.kept,
        }  # fmt: skip
        return {
            name: value
            for name, value in facts.items()
            if value is not None and value is not False and value != ""
        }

    def fits(self, text: str) -> bool:
        if len(text.encode("utf-16-le", "surrogatepass")) // 2 > self.longest:
            return False
        if self.pattern and not re.fullmatch(self.pattern, text):
            return False
        if self.low is None or not text:
            return True
        return self.low <= float(text) <= (self.high if self.high is not None else float("inf"))


def _words(*words: str) -> str:
    return "|".join(words)


def _r() -> Element:
    return Element("r")


def _text(longest: int = 255, *, access: str = "rw", kept: bool = False) -> Element:
    return Element(access, longest=longest, kept=kept)


def _one_of(*words: str, access: str = "rw", kept: bool = False) -> Element:
    return Element(access, _words(*words), kept=kept)


_NUMBER = r"-?[0-9]{1,10}(\.[0-9]{0,10})?"
_OR_NOTHING = f"({_NUMBER})?"
_TIMESPAN = r"[0-9]{2,4}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,2})?"
_TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,2})?"
_INTERVAL = (
    r"P(?=[0-9T])([0-9]{1,9}Y)?([0-9]{1,9}M)?([0-9]{1,9}D)?"
    r"(T(?=[0-9])([0-9]{1,9}H)?([0-9]{1,9}M)?([0-9]{1,9}(\.[0-9]{1,9})?S)?)?"
)
_MOMENT = (
    r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}(:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?"
    r"(Z|[+-][0-9]{2}(:[0-9]{2})?)?)?)?)?)?)?"
)


def _number(low: float | None = None, high: float | None = None, *, blank: bool = False) -> Element:
    return Element("rw", _OR_NOTHING if blank else _NUMBER, low=low, high=high, kept=True)


_STATUS = ("passed", "completed", "failed", "incomplete", "browsed")
_OLD_SCORE = {name: _number(0, 100, blank=True) for name in ("raw", "min", "max")}
_NEW_SCORE = {"scaled": _number(-1, 1), **{name: _number() for name in ("raw", "min", "max")}}
_COMPLETION = ("completed", "incomplete", "not attempted", "unknown")
_SUCCESS = ("passed", "failed", "unknown")


def _under(name: str, elements: Mapping[str, Element]) -> dict[str, Element]:
    return {f"{name}.{each}": element for each, element in elements.items()}


ELEMENTS: dict[str, dict[str, Element]] = {
    OLD: {
        "cmi.core.student_id": _r(),
        "cmi.core.student_name": _r(),
        "cmi.core.lesson_location": _text(1000, kept=True),
        "cmi.core.credit": _r(),
        "cmi.core.lesson_status": _one_of(*_STATUS, kept=True),
        "cmi.core.entry": _r(),
        **_under("cmi.core.score", _OLD_SCORE),
        "cmi.core.total_time": _r(),
        "cmi.core.lesson_mode": _r(),
        "cmi.core.exit": _one_of("time-out", "suspend", "logout", "", access="w", kept=True),
        "cmi.core.session_time": Element("w", _TIMESPAN, kept=True),
        "cmi.suspend_data": _text(LONGEST, kept=True),
        "cmi.launch_data": _r(),
        "cmi.comments": _text(4096),
        "cmi.comments_from_lms": _r(),
        "cmi.objectives.n.id": _text(kept=True),
        **_under("cmi.objectives.n.score", _OLD_SCORE),
        "cmi.objectives.n.status": _one_of(*_STATUS, "not attempted", kept=True),
        "cmi.student_data.mastery_score": _r(),
        "cmi.student_data.max_time_allowed": _r(),
        "cmi.student_data.time_limit_action": _r(),
        "cmi.student_preference.audio": _number(-1, 100),
        "cmi.student_preference.language": _text(kept=True),
        "cmi.student_preference.speed": _number(-100, 100),
        "cmi.student_preference.text": _number(-1, 1),
        "cmi.interactions.n.id": _text(access="w"),
        "cmi.interactions.n.objectives.n.id": _text(access="w"),
        "cmi.interactions.n.time": Element("w", _TIME),
        "cmi.interactions.n.type": _one_of(
            "true-false", "choice", "fill-in", "matching", "performance", "sequencing", "likert",
            "numeric", access="w",
        ),
        "cmi.interactions.n.correct_responses.n.pattern": _text(4096, access="w"),
        "cmi.interactions.n.weighting": Element("w", _NUMBER),
        "cmi.interactions.n.student_response": _text(4096, access="w"),
        "cmi.interactions.n.result": Element(
            "w", _words("correct", "wrong", "incorrect", "unanticipated", "neutral", _NUMBER)
        ),
        "cmi.interactions.n.latency": Element("w", _TIMESPAN),
    },
    NEW: {
        "cmi._version": _r(),
        "cmi.comments_from_learner.n.comment": _text(4000),
        "cmi.comments_from_learner.n.location": _text(),
        "cmi.comments_from_learner.n.timestamp": Element("rw", _MOMENT),
        "cmi.comments_from_lms.n.comment": _r(),
        "cmi.comments_from_lms.n.location": _r(),
        "cmi.comments_from_lms.n.timestamp": _r(),
        "cmi.completion_status": _one_of(*_COMPLETION, kept=True),
        "cmi.completion_threshold": _r(),
        "cmi.credit": _r(),
        "cmi.entry": _r(),
        "cmi.exit": _one_of("time-out", "suspend", "logout", "normal", "", access="w", kept=True),
        "cmi.interactions.n.id": _text(4000),
        "cmi.interactions.n.type": _one_of(
            "true-false", "choice", "fill-in", "long-fill-in", "matching", "performance",
            "sequencing", "likert", "numeric", "other",
        ),
        "cmi.interactions.n.objectives.n.id": _text(4000),
        "cmi.interactions.n.timestamp": Element("rw", _MOMENT),
        "cmi.interactions.n.correct_responses.n.pattern": _text(4000),
        "cmi.interactions.n.weighting": Element("rw", _NUMBER),
        "cmi.interactions.n.learner_response": _text(4000),
        "cmi.interactions.n.result": Element(
            "rw", _words("correct", "incorrect", "unanticipated", "neutral", _NUMBER)
        ),
        "cmi.interactions.n.latency": Element("rw", _INTERVAL),
        "cmi.interactions.n.description": _text(500),
        "cmi.launch_data": _r(),
        "cmi.learner_id": _r(),
        "cmi.learner_name": _r(),
        "cmi.learner_preference.audio_level": Element("rw", _NUMBER, low=0, kept=True),
        "cmi.learner_preference.language": _text(kept=True),
        "cmi.learner_preference.delivery_speed": Element("rw", _NUMBER, low=0, kept=True),
        "cmi.learner_preference.audio_captioning": _one_of("-1", "0", "1", kept=True),
        "cmi.location": _text(1000, kept=True),
        "cmi.max_time_allowed": _r(),
        "cmi.mode": _r(),
        "cmi.objectives.n.id": _text(4000, kept=True),
        **_under("cmi.objectives.n.score", _NEW_SCORE),
        "cmi.objectives.n.success_status": _one_of(*_SUCCESS, kept=True),
        "cmi.objectives.n.completion_status": _one_of(*_COMPLETION, kept=True),
        "cmi.objectives.n.progress_measure": _number(0, 1),
        "cmi.objectives.n.description": _text(500, kept=True),
        "cmi.progress_measure": _number(0, 1),
        "cmi.scaled_passing_score": _r(),
        **_under("cmi.score", _NEW_SCORE),
        "cmi.session_time": Element("w", _INTERVAL, kept=True),
        "cmi.success_status": _one_of(*_SUCCESS, kept=True),
        "cmi.suspend_data": _text(LONGEST, kept=True),
        "cmi.time_limit_action": _r(),
        "cmi.total_time": _r(),
        "adl.nav.request": Element(
            "rw",
            r"continue|previous|exit|exitAll|abandon|abandonAll|suspendAll|_none_"
            r"|\{target=.{1,200}\}(choice|jump)",
        ),
        "adl.nav.request_valid.continue": _r(),
        "adl.nav.request_valid.previous": _r(),
    },
}  # fmt: skip

# What is said, by what the portal understands of it.
NAMES = {
    OLD: {
        "exit": "cmi.core.exit", "session": "cmi.core.session_time",
        "score": "cmi.core.score.raw",
    },
    NEW: {
        "exit": "cmi.exit", "session": "cmi.session_time",
        "score": "cmi.score.scaled",
    },
}  # fmt: skip


def told(version: str) -> dict[str, dict[str, Any]]:
    """The data model of a version, for ``api.js``."""
    return {name: element.told() for name, element in ELEMENTS[version].items()}


def kept(version: str, said: object) -> dict[str, str]:
    """What is kept of what a package said, by name. Raises ClaimRefused for what none can say."""
    if not isinstance(said, dict) or len(said) > MOST:
        raise ClaimRefused("no values by their names, or too many")
    model, total = ELEMENTS[version], 0
    for name, text in said.items():
        element = model.get(re.sub(r"\.(0|[1-9][0-9]{0,3})(?=\.)", ".n", name))
        if ".n." in name or element is None or not element.kept or not isinstance(text, str):
            raise ClaimRefused(f"{name[:80]!r} is not kept")
        if not element.fits(text):
            raise ClaimRefused(f"{name[:80]!r} cannot be that")
        total += len(name) + len(text)
    if total > LARGEST:
        raise ClaimRefused("too much")
    return said
