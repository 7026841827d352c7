"""A package as the file of a lesson: whether it may be kept, and what is known of it."""

from typing import IO

from django.utils.translation import gettext as _

from training.models import Lesson, LessonKind
from training.scorm import archive, manifest
from training.scorm.archive import PackageRefused
from training.scorm.manifest import Manifest

__all__ = ["Manifest", "PackageRefused", "check", "of_lesson"]


def check(file: IO[bytes]) -> Manifest:
    """Look through a package that somebody brings. Raises PackageRefused with what is wrong."""
    file.seek(0)
    with archive.opened(file) as found:
        found.look_through()
        known = manifest.read(found)
    file.seek(0)
    return known


def of_lesson(lesson: Lesson) -> Manifest:
    """What is known of a lesson's package. Raises PackageRefused where there is none to play."""
    try:
        if lesson.kind == LessonKind.SCORM and lesson.package:
            with lesson.package.open("rb") as stored, archive.opened(stored) as found:
                return manifest.read(found)
    except OSError as error:
        raise PackageRefused(_("The package is missing at the moment.")) from error
    raise PackageRefused(_("The lesson has no package."))
