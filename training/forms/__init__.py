"""What people enter: in courses and quizzes, of stories and sharing sessions."""

from training.forms.courses import (
    AnswerForm,
    AssignmentForm,
    OnceFormSet,
    PlaceForm,
    QuestionForm,
    WithdrawalForm,
)

__all__ = [
    "AnswerForm",
    "AssignmentForm",
    "OnceFormSet",
    "PlaceForm",
    "QuestionForm",
    "WithdrawalForm",
]
