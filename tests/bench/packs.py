"""Goal 27: the file with everything of a large dealer, as the worker makes it."""

from tests.bench import exit_pack
from tests.bench.measure import Figure, judge

CUSTOMERS = 100_000


def main(options: dict) -> None:
    count = CUSTOMERS // 20 if options["quick"] else CUSTOMERS
    peak = exit_pack.measured(exit_pack.fill(count))
    Figure(
        "27", f"pack of a dealer with {count:,} customers, memory at most", f"{peak:.0f} MB",
        f"<= {exit_pack.MOST} MB / <= {exit_pack.MOST // 2} MB",
        judge(peak, exit_pack.MOST, exit_pack.MOST / 2),
    ).tell()  # fmt: skip
