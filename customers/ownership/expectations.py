"""What a case expects, held against what it got."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from customers.ownership.bench import Got
from customers.ownership.bench_file import Case, number_in, word


@dataclass(frozen=True, slots=True)
class Difference:
    """An expectation that was not met."""

    case: str
    event: int  # counted from 1
    do: str
    key: str
    expected: Any
    got: Any


def differences(case: Case, answers: list[Got]) -> Iterator[Difference]:
    """The expectations that the answers do not meet: ``expect`` names what must be in one."""
    rows = zip(case.events, case.expected, answers, strict=True)
    for place, (event, expected, got) in enumerate(rows, start=1):
        for key, value in expected.items():
            if not same(value, got.get(key)):
                yield Difference(case.name, place, event.do, key, value, got.get(key))


def same(expected: Any, got: Any) -> bool:
    """Whether an answer is the expected one: shares and numbers by value, words as they are read.

    A share may be written as a part of one or in percent, a share of nothing left out.
    """
    if isinstance(expected, dict) and isinstance(got, dict):
        parts = {key: number_in(value) for key, value in expected.items()}
        if any(value is None for value in parts.values()):
            return all(same(value, got.get(key)) for key, value in expected.items())
        whole = sum(part for part in parts.values() if part is not None)
        scale = 100 if whole == 100 else 1
        return all(
            (parts.get(key) or 0) == (number_in(got.get(key, 0)) or 0) * scale
            for key in {*expected, *got}
        )
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(map(same, expected, got))
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, str) and isinstance(got, str):
        return word(expected) == word(got)
    numbers = number_in(expected), number_in(got)
    return expected == got if None in numbers else numbers[0] == numbers[1]
