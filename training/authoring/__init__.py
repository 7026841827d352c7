"""Writing courses: their versions until they are published, and courses that come as folders."""

from training.authoring.folder import FolderRefused, import_course
from training.authoring.quiz_file import QuizFileRefused
from training.authoring.versions import (
    NewVersionRefused,
    new_version,
    problems,
    publish,
    state,
    warnings,
)

__all__ = [
    "FolderRefused",
    "NewVersionRefused",
    "QuizFileRefused",
    "import_course",
    "new_version",
    "problems",
    "publish",
    "state",
    "warnings",
]
