"""Plans, closed months, books, statements and boards, as headquarters sees them."""

from incentives.admin import (
    adjustments,
    boards,
    books,
    budgets,
    coaching,
    combined,
    disputes,
    payouts,
    plans,
    rewards,
    seasons,
    statements,
)

__all__ = [
    "adjustments",
    "boards",
    "books",
    "budgets",
    "coaching",
    "combined",
    "disputes",
    "payouts",
    "plans",
    "rewards",
    "seasons",
    "statements",
]
