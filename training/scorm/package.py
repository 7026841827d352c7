"""A package as the file of a lesson: whether it may be kept, and what is known of it."""

from datetime import datetime
from functools import lru_cache
from typing import IO

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from training.models import Lesson, LessonKind
from training.scorm import archive, manifest
from training.scorm.archive import PackageRefused
from training.scorm.manifest import Manifest

__all__ = ["Manifest", "PackageRefused", "check", "of_lesson", "parts_of"]

REMEMBERED = 256  # packages by each process


def check(file: IO[bytes]) -> tuple[Manifest, ...]:
    """Look through a package that somebody brings: its parts.

    Raises PackageRefused with what is wrong.
    """
    file.seek(0)
    with archive.opened(file) as found:
        found.look_through()
        known = manifest.read(found)
    file.seek(0)
    return known


@lru_cache(maxsize=REMEMBERED)
def _read(name: str, _size: int, _changed: datetime) -> tuple[Manifest, ...]:
    """What is known of a stored package, by its name, bytes and last change."""
    with default_storage.open(name, "rb") as stored, archive.opened(stored) as found:
        return manifest.read(found, kept=True)


def of_lesson(lesson: Lesson, part: int = 1) -> Manifest:
    """What is known of a part of a lesson's package, counted from 1.

    Raises PackageRefused where there is none to play.
    """
    parts = parts_of(lesson)
    if not 1 <= part <= len(parts):
        raise PackageRefused(_("The package has no such part."))
    return parts[part - 1]


def parts_of(lesson: Lesson) -> tuple[Manifest, ...]:
    """The parts of a lesson's package. Raises PackageRefused where there is none to play.

    The archive is read once for as long as it stays as it is: every report asks.
    """
    try:
        name = lesson.package.name
        if lesson.kind == LessonKind.SCORM and name:
            changed = default_storage.get_modified_time(name)
            return _read(name, lesson.package.size, changed)
    except OSError as error:
        raise PackageRefused(_("The package is missing at the moment.")) from error
    raise PackageRefused(_("The lesson has no package."))
