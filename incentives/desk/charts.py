"""Where the marks of our charts go. Templates draw them as SVG, without script or inline style.

Positions are rounded to a tenth of a unit, so that the same numbers give the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

type Number = Decimal | int | float


def _at(value: Number) -> float:
    return round(float(value), 1)


@dataclass(frozen=True)
class Column:
    """One upright bar with its value above (or inside) it and its name below."""

    name: str
    value: Number
    x: float
    y: float
    height: float
    current: bool
    text_y: float
    middle: float


COLUMN_WIDTH = 30
COLUMN_GAP = 26.4
TREND_HEIGHT = 112  # of the drawing above the names
TREND_HEADROOM = 26  # for the value above the highest column


@dataclass(frozen=True)
class Trend:
    """Columns over time, oldest first; negative ones hang from the zero line."""

    columns: list[Column]
    zero: float
    width: float

    @classmethod
    def of(cls, points: Sequence[tuple[str, Number]]) -> Self | None:
        """The trend of (name, value); nothing while every value is zero."""
        if not any(value for _, value in points):
            return None
        highest = max(0.0, *(float(value) for _, value in points))
        lowest = min(0.0, *(float(value) for _, value in points))
        # Room below for the text of a negative column.
        drawn = TREND_HEIGHT - TREND_HEADROOM - (14 if lowest < 0 else 0)
        scale = drawn / (highest - lowest)
        zero = TREND_HEADROOM + highest * scale
        columns = []
        for place, (name, value) in enumerate(points):
            height = abs(float(value)) * scale
            top = zero - height if value >= 0 else zero
            columns.append(
                Column(
                    name=name,
                    value=value,
                    x=_at(place * (COLUMN_WIDTH + COLUMN_GAP)),
                    y=_at(top),
                    height=_at(height),
                    current=place == len(points) - 1,
                    text_y=_at(top - 6 if value >= 0 else top + height + 12),
                    middle=_at(place * (COLUMN_WIDTH + COLUMN_GAP) + COLUMN_WIDTH / 2),
                )
            )
        width = len(points) * (COLUMN_WIDTH + COLUMN_GAP) - COLUMN_GAP
        return cls(columns=columns, zero=_at(zero), width=_at(width))


PACE_STEP = 45
PACE_BASE = 84
PACE_HIGHEST = 78


@dataclass(frozen=True)
class Pace:
    """A person's own days of a week beside their own daily average."""

    columns: list[Column]
    average_y: float | None
    average: Number
    end: float

    @classmethod
    def of(cls, days: Sequence[tuple[str, int]], average: Number) -> Self | None:
        """Days as (name, count), today last; nothing while all are zero."""
        if not average and not any(count for _, count in days):
            return None
        scale = PACE_HIGHEST / max(float(average), *(count for _, count in days), 1)
        columns = []
        for place, (name, count) in enumerate(days):
            height = count * scale
            columns.append(
                Column(
                    name=name,
                    value=count,
                    x=_at(8 + place * PACE_STEP),
                    y=_at(PACE_BASE - height),
                    height=_at(height),
                    current=place == len(days) - 1,
                    # Inside the column where it is high enough to hold the figure.
                    text_y=_at(PACE_BASE - height + 17 if height >= 24 else PACE_BASE - height - 5),
                    middle=_at(8 + place * PACE_STEP + 17),
                )
            )
        average_y = _at(PACE_BASE - float(average) * scale) if average else None
        return cls(
            columns=columns,
            average_y=average_y,
            average=average,
            end=_at(8 + len(days) * PACE_STEP - 4),
        )


BAND_LEFT = 41
BAND_WIDTH = 248
LABEL_WIDTH, LABEL_FIRST, LABEL_LAST = 76, 40, 292


@dataclass(frozen=True)
class Mark:
    """A value's place on the band, and where its label stands."""

    value: Number
    x: float
    label_x: float


@dataclass(frozen=True)
class Band:
    """Where a unit stands between the quarters of its cohort."""

    lower: Mark
    median: Mark
    upper: Mark
    mine: Mark
    left: float = BAND_LEFT
    width: float = BAND_WIDTH

    @property
    def middle_width(self) -> float:
        return _at(self.upper.x - self.lower.x)

    @classmethod
    def of(cls, *, lower: Number, median: Number, upper: Number, mine: Number) -> Self:
        """The band of the cohort's quarters and the unit's own value.

        The scale reaches from a little below the lower quarter to a little above the upper one and
        always holds the unit; the cohort's ends stay out of it, as they would name the last.
        """
        spread = float(upper) - float(lower) or abs(float(median)) or 1.0
        start = min(float(lower) - spread / 2, float(mine))
        end = max(float(upper) + spread / 2, float(mine))

        def place(value: Number) -> float:
            return BAND_LEFT + BAND_WIDTH * (float(value) - start) / (end - start)

        # Labels below keep apart from each other even where the figures nearly agree.
        labels = [place(lower), place(median), place(upper)]
        labels[0] = min(labels[0], labels[1] - LABEL_WIDTH)
        labels[2] = max(labels[2], labels[1] + LABEL_WIDTH)
        if labels[0] < LABEL_FIRST:
            labels = [LABEL_FIRST + step * LABEL_WIDTH for step in range(3)]
        if labels[2] > LABEL_LAST:
            labels = [LABEL_LAST - step * LABEL_WIDTH for step in (2, 1, 0)]
        marks = [
            Mark(value, _at(place(value)), _at(label))
            for value, label in zip((lower, median, upper), labels, strict=True)
        ]
        return cls(
            lower=marks[0],
            median=marks[1],
            upper=marks[2],
            mine=Mark(mine, _at(place(mine)), _at(min(max(place(mine), 60), 270))),
        )


SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 84, 26, 2


def spark(values: Sequence[Number | None]) -> str:
    """The points of a small line through the values, oldest first; gaps are left out.

    Empty where there are not two values to draw a line through.
    """
    known = [(place, float(value)) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return ""
    lowest = min(value for _, value in known)
    spread = max(value for _, value in known) - lowest
    step = (SPARK_WIDTH - 2 * SPARK_EDGE) / (len(values) - 1)
    points = []
    for place, value in known:
        part = (value - lowest) / spread if spread else 0.5
        y = SPARK_HEIGHT - 3 - part * (SPARK_HEIGHT - 6)
        points.append(f"{_at(SPARK_EDGE + place * step)},{_at(y)}")
    return " ".join(points)


BUMP_LEFT, BUMP_RIGHT, BUMP_TOP, BUMP_BOTTOM = 8, 226, 10, 160
BUMP_LABEL_STEP = 16


@dataclass(frozen=True)
class Dot:
    x: float
    y: float


@dataclass(frozen=True)
class Trace:
    """One unit's places over the months."""

    label: str
    mine: bool
    places: list[int]
    segments: list[str]
    dots: list[Dot]
    end: Dot
    label_y: float

    @property
    def text_y(self) -> float:
        return _at(self.label_y + 4)


@dataclass(frozen=True)
class Bump:
    """Places over the months: first place on top, a gap where there was none."""

    months: list[tuple[float, str]]
    lines: list[float]
    traces: list[Trace]

    @classmethod
    def of(
        cls, months: Sequence[str], ranks: Sequence[tuple[str, bool, Sequence[int | None]]]
    ) -> Self | None:
        """Units as (label, whether it is one's own, places); nothing without two months' places."""
        placed = [(label, mine, places) for label, mine, places in ranks if places[-1:] != [None]]
        if not any(sum(place is not None for place in places) > 1 for _, _, places in placed):
            return None
        worst = max(place for _, _, places in placed for place in places if place is not None)
        step = (BUMP_RIGHT - BUMP_LEFT) / max(len(months) - 1, 1)
        scale = (BUMP_BOTTOM - BUMP_TOP) / max(worst - 1, 4)

        def dot(column: int, place: int) -> Dot:
            return Dot(_at(BUMP_LEFT + column * step), _at(BUMP_TOP + (place - 1) * scale))

        traces = []
        label_y = float("-inf")
        for label, mine, places in sorted(placed, key=lambda trace: trace[2][-1] or 0):
            dots: list[Dot] = []
            segments: list[list[Dot]] = [[]]
            for column, place in enumerate(places):
                if place is None:
                    segments.append([])
                else:
                    dots.append(dot(column, place))
                    segments[-1].append(dots[-1])
            # Labels of neighbours are pushed down so that they never overlap.
            label_y = max(dots[-1].y, label_y + BUMP_LABEL_STEP)
            traces.append(
                Trace(
                    label=label,
                    mine=mine,
                    places=[place for place in places if place is not None],
                    segments=[
                        " ".join(f"{point.x},{point.y}" for point in segment)
                        for segment in segments
                        if len(segment) > 1
                    ],
                    dots=dots,
                    end=dots[-1],
                    label_y=_at(label_y),
                )
            )
        traces.sort(key=lambda trace: trace.mine)  # one's own on top of the others
        return cls(
            months=[(dot(column, 1).x, name) for column, name in enumerate(months)],
            lines=[_at(BUMP_TOP + part * (BUMP_BOTTOM - BUMP_TOP) / 3) for part in range(4)],
            traces=traces,
        )


STEP_HEIGHT, STEP_LEFT, STEP_WIDTH = 26, 104, 150


@dataclass(frozen=True)
class Step:
    """A bar of a funnel: how many got so far, and which share of the first ones."""

    name: str
    count: int
    share: Decimal
    y: float
    width: float

    @property
    def text_y(self) -> float:
        return _at(self.y + 13)


@dataclass(frozen=True)
class Steps:
    """How far people got, a bar below the other."""

    steps: list[Step]
    height: float

    @classmethod
    def of(cls, steps: Sequence[tuple[str, int, Decimal]]) -> Self | None:
        """The steps as (name, count, share of the first); nothing while nobody began."""
        if not any(count for _, count, _ in steps):
            return None
        return cls(
            steps=[
                Step(name, count, share, _at(place * STEP_HEIGHT), _at(STEP_WIDTH * share))
                for place, (name, count, share) in enumerate(steps)
            ],
            height=_at(len(steps) * STEP_HEIGHT),
        )


def widths(amounts: Sequence[Number]) -> list[float]:
    """Each amount's share of the largest, in percent, for a list of bars; signs do not count."""
    largest = max((abs(float(amount)) for amount in amounts), default=0.0)
    return [round(abs(float(amount)) / largest * 100, 1) if largest else 0.0 for amount in amounts]
