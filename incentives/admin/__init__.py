"""Plans, closed months, books, statements and boards, as headquarters sees them."""

from incentives.admin import boards, books, coaching, payouts, plans, statements

__all__ = ["boards", "books", "coaching", "payouts", "plans", "statements"]
