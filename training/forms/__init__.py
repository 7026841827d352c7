"""What people enter: in courses and quizzes, of stories and sharing sessions."""

from training.forms.courses import (
    AnswerForm,
    AssignmentForm,
    LessonForm,
    OnceFormSet,
    PartForm,
    PlaceForm,
    QuestionForm,
    ReportForm,
    WithdrawalForm,
)

__all__ = [
    "AnswerForm",
    "AssignmentForm",
    "LessonForm",
    "OnceFormSet",
    "PartForm",
    "PlaceForm",
    "QuestionForm",
    "ReportForm",
    "WithdrawalForm",
]
