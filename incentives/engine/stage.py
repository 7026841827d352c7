"""A stage of the engine: a table made from those before it by one statement."""

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True)
class Stage:
    """``columns`` says what each column of the table means; ``query`` makes it, and has the values
    ``decimals`` and ``minor`` (minor units in one) of the currency.
    """

    name: str
    columns: dict[str, str]
    query: str

    def make(self, values: dict[str, int]) -> None:
        """Make the stage's table for as long as the transaction lasts."""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{self.name}")
            cursor.execute(f"CREATE TEMP TABLE {self.name} ON COMMIT DROP AS {self.query}", values)
            cursor.execute(f"ANALYZE {self.name}")


# A quotient is computed to 30 decimals and rounded at the 18th before it becomes an amount: what
# lies nearer to a half than that is a half, for its divisor has not so many digits.
EXACT = "1.000000000000000000000000000000"


def half_up(quotient: str) -> str:
    """SQL for a quotient made with ``EXACT``, rounded half up to the minor unit."""
    return f"round(round({quotient}, 18), %(decimals)s)"
