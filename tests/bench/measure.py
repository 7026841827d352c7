"""Two things measured in turns, and what a goal made of it."""

import gc
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

VOID_ABOVE = 2.0  # a floor that varies by more than this says that the machine was too busy


@dataclass
class Figure:
    """One row of the table: what was measured against which limits."""

    goal: str
    text: str
    value: str
    limits: str = ""
    met: str = ""  # "pass", "stretch", "no", "void", or empty where there is no limit
    detail: str = ""

    def tell(self) -> None:
        """Hand the figure to the process that prints the table."""
        print("FIGURE " + json.dumps(asdict(self)), flush=True)


@dataclass
class Turns:
    """Seconds of each side, a round at a time."""

    floor: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)

    @property
    def rounds(self) -> int:
        return len(self.floor)

    @property
    def void(self) -> bool:
        return max(self.floor) > VOID_ABOVE * min(self.floor)

    @property
    def ratio(self) -> float:
        """Ours in floors, by the least of all rounds of each."""
        return min(self.ours) / min(self.floor)

    @property
    def median_ratio(self) -> float:
        return median(a / b for a, b in zip(self.ours, self.floor, strict=True))


def seconds(run: Callable[[], object]) -> float:
    """How long a call takes, without a collection of garbage in between."""
    gc.collect()
    gc.disable()
    try:
        started = time.perf_counter()
        run()
        return time.perf_counter() - started
    finally:
        gc.enable()


def forget_memory() -> None:
    """Have ``memory`` tell the most from here on."""
    Path("/proc/self/clear_refs").write_text("5")


def memory() -> float:
    """The most memory of this process so far, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def in_turns(
    floor: Callable[[], object],
    ours: Callable[[], object],
    rounds: int,
    tidy: Callable[[], object] | None = None,
) -> Turns:
    """Do both in turns; ``tidy`` after each pair is not counted."""
    turns = Turns()
    for _round in range(rounds):
        turns.floor.append(seconds(floor))
        turns.ours.append(seconds(ours))
        if tidy:
            tidy()
    return turns


def judge(value: float, passing: float, stretch: float, *, void: bool = False) -> str:
    """Whether a value reaches its limits; limits that fall are limits from above."""
    if void:
        return "void"
    if passing < stretch:
        return "stretch" if value >= stretch else "pass" if value >= passing else "no"
    return "stretch" if value <= stretch else "pass" if value <= passing else "no"


def say(text: str) -> None:
    """Progress, beside the table."""
    print(f"  {text}", file=sys.stderr, flush=True)


def spread(values: list[float], unit: float = 1000, name: str = "ms") -> str:
    """The least and the most of some seconds."""
    return f"{min(values) * unit:,.1f}-{max(values) * unit:,.1f} {name}"
