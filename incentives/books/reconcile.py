"""What should be zero: accounts that clear, statements against the books, payments against answers.

Finance reads it as a page, and ``verify`` runs the same checks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SHOWN = 20  # rows that differ, which a check names


@dataclass(frozen=True, slots=True)
class Row:
    """Something that differs: what it is called, by how much, and the page to open."""

    name: str
    difference: Decimal
    url: str


@dataclass(frozen=True, slots=True)
class Check:
    """Two figures that have to be the same, in the currency of the program.

    ``count`` is how many rows differ. Differences that cancel each other out differ all the same.
    """

    key: str
    title: str | Promise
    meaning: str | Promise
    figure: Decimal
    expected: Decimal
    count: int
    rows: list[Row] = field(default_factory=list)

    @property
    def difference(self) -> Decimal:
        return self.figure - self.expected

    @property
    def holds(self) -> bool:
        return not self.count and not self.difference


@dataclass(frozen=True, slots=True)
class _Pair:
    """A check as SQL: rows of a name, a key of the admin's page, and two amounts."""

    key: str
    title: str | Promise
    meaning: str | Promise
    page: str  # of the admin; without one there is nothing to open
    query: str


# Each row: what it is called, the id of its page or NULL, the figure, what it has to be.
_PAIRS = (
    _Pair(
        "clearing",
        _("Clearing account"),
        _("What it holds is on its way: approved payments that the bank has not answered."),
        "incentives_payout_change",
        """
        SELECT coalesce(j.source_key, p.reference), p.id, coalesce(j.amount, 0),
            CASE WHEN p.state = 'waiting' AND b.approved_at IS NOT NULL THEN p.amount ELSE 0 END
        FROM (
            SELECT j.source_key, sum(e.amount) AS amount
            FROM incentives_entry e
            JOIN incentives_account a ON a.id = e.account_id AND a.holder = 'clearing'
            JOIN incentives_journal j ON j.id = e.journal_id GROUP BY 1
        ) j
        FULL JOIN incentives_payout p ON p.reference = j.source_key
        LEFT JOIN incentives_payoutbatch b ON b.id = p.batch_id
        """,
    ),
    _Pair(
        "bank",
        _("Bank account against the bank's answers"),
        _("What left the bank is what it said it paid."),
        "incentives_payout_change",
        """
        SELECT coalesce(j.source_key, p.reference), p.id, coalesce(j.amount, 0),
            CASE WHEN p.state = 'paid' THEN p.amount ELSE 0 END
        FROM (
            SELECT j.source_key, sum(e.amount) AS amount
            FROM incentives_entry e
            JOIN incentives_account a ON a.id = e.account_id AND a.holder = 'bank'
            JOIN incentives_journal j ON j.id = e.journal_id GROUP BY 1
        ) j
        FULL JOIN incentives_payout p ON p.reference = j.source_key
        """,
    ),
    _Pair(
        "owed",
        _("What dealers are owed, in the books and by their payments"),
        _(
            "All that was booked for a dealer, less the payments under way and paid, is what its"
            " account shows."
        ),
        "dealers_dealer_change",
        """
        SELECT d.code, d.id, coalesce(books.amount, 0),
            coalesce(given.amount, 0) - coalesce(paid.amount, 0)
        FROM dealers_dealer d
        LEFT JOIN (
            SELECT a.dealer_id, sum(e.amount) AS amount FROM incentives_entry e
            JOIN incentives_account a ON a.id = e.account_id AND a.holder = 'dealer' GROUP BY 1
        ) books ON books.dealer_id = d.id
        LEFT JOIN (
            SELECT a.dealer_id, sum(e.amount) AS amount FROM incentives_entry e
            JOIN incentives_account a ON a.id = e.account_id AND a.holder = 'dealer'
            JOIN incentives_journal j ON j.id = e.journal_id AND j.source <> 'payout' GROUP BY 1
        ) given ON given.dealer_id = d.id
        LEFT JOIN (
            SELECT p.dealer_id, sum(p.amount) AS amount FROM incentives_payout p
            JOIN incentives_payoutbatch b ON b.id = p.batch_id AND b.approved_at IS NOT NULL
            WHERE p.state IN ('waiting', 'paid') GROUP BY 1
        ) paid ON paid.dealer_id = d.id
        """,
    ),
    _Pair(
        "people",
        _("What people are owed themselves, in the books and by their rewards"),
        _("The account of a person is the sum of the rewards that boards gave them."),
        "incentives_account_change",
        """
        SELECT a.person_id::text, a.id, coalesce(books.amount, 0), coalesce(given.amount, 0)
        FROM incentives_account a
        LEFT JOIN (
            SELECT e.account_id, sum(e.amount) AS amount FROM incentives_entry e
            JOIN incentives_account p ON p.id = e.account_id AND p.holder = 'person' GROUP BY 1
        ) books ON books.account_id = a.id
        LEFT JOIN (
            SELECT r.person_id, s.currency, sum(r.amount) AS amount FROM incentives_reward r
            JOIN incentives_rewardsettlement s ON s.id = r.settlement_id
            JOIN incentives_journal j ON j.key = 'reward:' || r.code
            WHERE r.person_id IS NOT NULL GROUP BY 1, 2
        ) given ON given.person_id = a.person_id AND given.currency = a.currency
        WHERE a.holder = 'person'
        """,
    ),
    _Pair(
        "statements",
        _("Statements against the books"),
        _("Each statement's total is what its month, and people, booked for the dealer."),
        "incentives_statement_change",
        """
        SELECT coalesce(s.number, books.source_key || ' ' || d.code), s.id,
            coalesce(s.total, 0), coalesce(books.amount, 0)
        FROM incentives_statement s
        JOIN incentives_run r ON r.id = s.run_id
        FULL JOIN (
            SELECT CASE j.source WHEN 'run' THEN j.source_key
                    ELSE to_char(j.month, 'YYYY-MM') END AS source_key,
                a.dealer_id, sum(e.amount) AS amount
            FROM incentives_entry e
            JOIN incentives_account a ON a.id = e.account_id AND a.holder = 'dealer'
            JOIN incentives_journal j ON j.id = e.journal_id
            WHERE j.source = 'run' OR j.source IN ('adjustment', 'reward')
                AND EXISTS (SELECT FROM incentives_run WHERE month = j.month)
            GROUP BY 1, 2
        ) books ON books.dealer_id = s.dealer_id AND books.source_key = to_char(r.month, 'YYYY-MM')
        LEFT JOIN dealers_dealer d ON d.id = books.dealer_id
        """,
    ),
    _Pair(
        "carried",
        _("Balances that statements carry"),
        _(
            "What statements pay and the last one carries forward is the sum of all months of the"
            " dealer, and what was never paid is taken off none."
        ),
        "dealers_dealer_change",
        """
        SELECT d.code, d.id, sum(s.payable) + (array_agg(s.closing ORDER BY r.month DESC))[1],
            sum(s.total + s.set_off)
        FROM incentives_statement s
        JOIN incentives_run r ON r.id = s.run_id JOIN dealers_dealer d ON d.id = s.dealer_id
        GROUP BY d.id, d.code
        """,
    ),
    _Pair(
        "payments",
        _("Payments against statements"),
        _(
            "Payments under way and paid come to no more than their statement pays, without what is"
            " never paid."
        ),
        "incentives_statement_change",
        """
        SELECT s.number, s.id, paid.amount,
            least(paid.amount, s.payable - coalesce(never.amount, 0))
        FROM incentives_statement s
        JOIN (
            SELECT statement_id, sum(amount) AS amount FROM incentives_payout
            WHERE state IN ('waiting', 'paid') GROUP BY 1
        ) paid ON paid.statement_id = s.id
        LEFT JOIN (
            SELECT d.statement_id, sum(r.withheld) AS amount FROM incentives_disputeruling r
            JOIN incentives_dispute d ON d.id = r.dispute_id
            JOIN incentives_adjustment a ON a.id = r.adjustment_id
            JOIN incentives_journal j ON j.key = 'adjust:' || a.code GROUP BY 1
        ) never ON never.statement_id = s.id
        """,
    ),
    _Pair(
        "books",
        _("All accounts together"),
        _("Everything that was ever booked adds up to zero, journal by journal."),
        "incentives_journal_change",
        """
        SELECT j.key, j.id, sum(e.amount), 0::numeric FROM incentives_journal j
        JOIN incentives_entry e ON e.journal_id = j.id GROUP BY j.id, j.key
        """,
    ),
)

_COMPARED = """
WITH compared AS (SELECT * FROM ({query}) AS each (name, id, figure, expected)),
different AS (SELECT * FROM compared WHERE figure <> expected ORDER BY name)
SELECT (SELECT coalesce(sum(figure), 0) FROM compared),
    (SELECT coalesce(sum(expected), 0) FROM compared),
    (SELECT count(*) FROM different),
    (SELECT json_agg(json_build_array(name, id, (figure - expected)::text))
        FROM (SELECT * FROM different LIMIT {shown}) AS named)
"""


def checks() -> list[Check]:
    """Every check, with its figures and the first rows that differ."""
    return [_checked(pair) for pair in _PAIRS]


def _checked(pair: _Pair) -> Check:
    with connection.cursor() as cursor:
        cursor.execute(_COMPARED.format(query=pair.query, shown=SHOWN))
        figure, expected, count, different = cursor.fetchone()
    return Check(
        pair.key, pair.title, pair.meaning, figure, expected, count,
        [_row(pair, each) for each in _read(different)],
    )  # fmt: skip


def _read(different: Any) -> Sequence[Sequence[Any]]:
    return different or []


def _row(pair: _Pair, different: Sequence[Any]) -> Row:
    name, key, difference = different
    url = reverse(f"admin:{pair.page}", args=[key]) if key is not None else ""
    return Row(str(name), Decimal(difference), url)
