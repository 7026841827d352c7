"""Writing courses at headquarters, and looking at how people take them.

The order of the imports is the order of the models on the admin's first page.
"""

from training.admin import courses, versions, quizzes, learning, stories, sessions  # isort: skip

__all__ = ["courses", "learning", "quizzes", "sessions", "stories", "versions"]
