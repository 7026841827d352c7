"""What a return takes back of its sale's lines: goods, money, or money alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Left:
    """How many pieces, and how much of the money, of a sale's line have not come back."""

    quantity: int
    net: Decimal


class NotLeft(Exception):
    """A return takes more of a line than is left of it."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def take_back(
    left: Mapping[int, Left], taken: Iterable[tuple[int, int, Decimal]]
) -> dict[int, Left]:
    """What is left of a sale after a return, each of whose lines takes (line, pieces, money).

    Raises NotLeft for the first line that takes more than is left, and KeyError for one that the
    sale does not have.
    """
    rest = dict(left)
    for line, quantity, net in taken:
        before = rest[line]
        rest[line] = Left(before.quantity - quantity, before.net - net)
        if rest[line].quantity < 0 or rest[line].net < 0:
            raise NotLeft(line)
    return rest
