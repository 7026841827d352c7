"""Courses, their versions, who takes them, and the certificates they earn."""

from training.models.assignments import Assignment, AssignmentQuerySet, Track
from training.models.certificates import Certificate, CertificateQuerySet
from training.models.courses import (
    Course,
    CourseQuerySet,
    CourseVersion,
    CourseVersionQuerySet,
    Withdrawal,
)
from training.models.irregularities import (
    Irregularity,
    IrregularityKind,
    IrregularityQuerySet,
)
from training.models.learning import Attempt, Enrollment, Progress
from training.models.lessons import (
    Lesson,
    LessonKind,
    LessonQuerySet,
    Picture,
    PictureQuerySet,
    validate_size,
)
from training.models.packages import (
    DONE,
    NOTHING_KEPT,
    Claim,
    PackageAttempt,
    PackageAttemptQuerySet,
)
from training.models.quizzes import Choice, Question, QuestionKind, QuestionQuerySet, QuestionUse
from training.models.reminders import Reminder
from training.models.seats import AttendanceCode, CodeTry, Seat, SeatQuerySet
from training.models.sessions import (
    Kudos,
    SessionQuestion,
    SharingSession,
    SharingSessionQuerySet,
)
from training.models.stories import Story, StoryFigure, StoryPicture, StoryQuerySet

__all__ = [
    "DONE",
    "NOTHING_KEPT",
    "Assignment",
    "AssignmentQuerySet",
    "Attempt",
    "AttendanceCode",
    "Certificate",
    "CertificateQuerySet",
    "Choice",
    "Claim",
    "CodeTry",
    "Course",
    "CourseQuerySet",
    "CourseVersion",
    "CourseVersionQuerySet",
    "Enrollment",
    "Irregularity",
    "IrregularityKind",
    "IrregularityQuerySet",
    "Kudos",
    "Lesson",
    "LessonKind",
    "LessonQuerySet",
    "PackageAttempt",
    "PackageAttemptQuerySet",
    "Picture",
    "PictureQuerySet",
    "Progress",
    "Question",
    "QuestionKind",
    "QuestionQuerySet",
    "QuestionUse",
    "Reminder",
    "Seat",
    "SeatQuerySet",
    "SessionQuestion",
    "SharingSession",
    "SharingSessionQuerySet",
    "Story",
    "StoryFigure",
    "StoryPicture",
    "StoryQuerySet",
    "Track",
    "Withdrawal",
    "validate_size",
]
