"""Writing courses: their versions until they are published, and courses that come as folders."""

from training.authoring.folder import FolderRefused, import_course
from training.authoring.versions import (
    NewVersionRefused,
    new_version,
    problems,
    publish,
    warnings,
)

__all__ = [
    "FolderRefused",
    "NewVersionRefused",
    "import_course",
    "new_version",
    "problems",
    "publish",
    "warnings",
]
