"""Plans, closed months, books, statements and boards, as headquarters sees them."""

from incentives.admin import boards, books, plans, statements
from incentives.admin.statements import without_document

__all__ = ["boards", "books", "plans", "statements", "without_document"]
