"""A course as one file: its folder in a ZIP archive, to carry from portal to portal."""

import io
import json
import lzma
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import IO

from django.db.models.fields.files import FieldFile
from django.utils.text import slugify
from django.utils.translation import gettext as _

from dealers.actor import Actor
from dealers.models import Region, Store
from training.authoring import folder, quiz_file
from training.models import CourseVersion, Lesson

# Far more than a course has, and little enough for the disk of a small server.
LARGEST = 300 * 1024 * 1024  # bytes, unpacked
MOST_FILES = 500
INSIDE = re.compile(
    r"(course\.toml|quiz\.csv|lessons/[A-Za-z0-9._-]+\.md|media/[A-Za-z0-9][A-Za-z0-9._-]*)\Z"
)
# What reading an archive raises that is damaged, packed in an unknown way, or has a password.
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(NotImplementedError, RuntimeError, EOFError, OSError, ValueError),
)
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}\Z")


def unpack(file: IO[bytes], name: str, *, by: Actor, at: datetime) -> CourseVersion:
    """Store the course of an archive as a draft, as ``folder.import_course`` does.

    The folder in it is the course's address, or the archive's ``name`` where there is none. Raises
    FolderRefused for what is no such archive, is too large or has a file outside of the course, and
    what ``import_course`` raises.
    """
    with tempfile.TemporaryDirectory() as place:
        try:
            with zipfile.ZipFile(file) as archive:
                found = _extracted(archive, Path(name).stem, Path(place))
        except BROKEN as error:
            raise folder.FolderRefused(
                [_("%(file)s cannot be read as a ZIP archive.") % {"file": name}]
            ) from error
        return folder.import_course(found, by=by, at=at)


def _extracted(archive: zipfile.ZipFile, name: str, place: Path) -> Path:
    entries = [entry for entry in archive.infolist() if not _is_dust(entry)]
    roots = {entry.filename.split("/")[0] for entry in entries}
    bare = "course.toml" in roots
    slug = name if bare else min(roots, default="")
    if len(entries) > MOST_FILES or (not bare and len(roots) != 1):
        raise folder.FolderRefused([_("The archive holds more than the folder of one course.")])
    if not SLUG.match(slug):
        raise folder.FolderRefused(
            [
                _(
                    "“%(name)s” cannot be the address of a course: small letters, digits and"
                    " hyphens only."
                )
                % {"name": slug}
            ]
        )
    left = LARGEST
    for entry in entries:
        inside = entry.filename if bare else entry.filename.removeprefix(f"{slug}/")
        if not INSIDE.match(inside):
            raise folder.FolderRefused(
                [_("%(file)s has no place in a course.") % {"file": entry.filename}]
            )
        target = place / slug / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        # What an archive says of its sizes may be a lie: counted is what comes out.
        with archive.open(entry) as packed, target.open("wb") as out:
            while chunk := packed.read(1 << 20):
                left -= len(chunk)
                if left < 0:
                    raise folder.FolderRefused([_("Unpacked the archive is larger than 300 MB.")])
                out.write(chunk)
    return place / slug


def _is_dust(entry: zipfile.ZipInfo) -> bool:
    """Whether it is a folder, or what computers leave behind in them."""
    parts = entry.filename.split("/")
    return entry.is_dir() or parts[0] == "__MACOSX" or parts[-1] in {".DS_Store", "Thumbs.db"}


def pack(version: CourseVersion) -> bytes:
    """The course of a version as an archive that ``unpack`` takes again.

    Raises FileNotFoundError when a file of it is missing on the disk.
    """
    course, files = version.course, _Files()
    pictures = [
        {"name": each.name, "file": files.name(each.image), "alt": each.alt, "alt_en": each.alt_en}
        for each in version.pictures.order_by("name")
    ]
    facts: dict[str, object] = {
        **{name: getattr(course, name) for name in folder.COURSE},
        **{name: getattr(version, name) for name in folder.VERSION},
    }
    if course.certificate_months is None:
        facts["certificate_months"] = 0
    facts["first"] = list(course.first.order_by("slug").values_list("slug", flat=True)) or None
    text = _toml(facts)
    # Steps of a track stay with it: its other courses are not in here.
    own = course.assignments.filter(track__isnull=True).select_related("region", "store")
    for each in own.order_by("role", "pk"):
        text += "\n[[assignments]]\n" + _toml(
            {name: getattr(each, name) for name in folder.ASSIGNMENT}
        )
    for picture in pictures:
        text += "\n[[pictures]]\n" + _toml(picture)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{course.slug}/course.toml", text)
        for lesson in version.lessons.order_by("position"):
            for name, words in _lesson_files(lesson, files):
                archive.writestr(f"{course.slug}/lessons/{name}", words)
        archive.writestr(f"{course.slug}/quiz.csv", quiz_file.write(version))
        for name, stored in files.stored.items():
            with stored.open("rb") as content:
                archive.writestr(f"{course.slug}/media/{name}", content.read())
    return made.getvalue()


class _Files:
    """The files that a course names, each under a name of its own."""

    def __init__(self) -> None:
        self.stored: dict[str, FieldFile] = {}

    def name(self, file: FieldFile) -> str | None:
        if not file:
            return None
        path = Path(file.name or "")
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).lstrip("._-") or "file"
        name, number = f"{stem}{path.suffix}", 1
        while name in self.stored and self.stored[name].name != file.name:
            number += 1
            name = f"{stem}-{number}{path.suffix}"
        self.stored[name] = file
        return name


def _lesson_files(lesson: Lesson, files: _Files) -> Iterable[tuple[str, str]]:
    stem = f"{lesson.position}-{slugify(lesson.title_en).replace('_', '-') or 'lesson'}"
    facts: dict[str, object] = {
        name: getattr(lesson, name) for name in ("title", "kind", "minutes")
    }
    facts |= {each: getattr(lesson, each) or None for each in ("task", "target", "checks")}
    facts |= {each: files.name(getattr(lesson, each)) for each in folder.FILES}
    yield f"{stem}.md", f"+++\n{_toml(facts)}+++\n\n{lesson.body}\n"
    if lesson.title_en or lesson.body_en:
        title = _toml({"title": lesson.title_en, "checks": lesson.checks_en or None})
        yield f"{stem}.en.md", f"+++\n{title}+++\n\n{lesson.body_en}\n"


def _toml(facts: Mapping[str, object]) -> str:
    """Values by their names; what is nothing is left out, as TOML has no word for it."""
    return "".join(
        f"{name} = {_value(value)}\n" for name, value in facts.items() if value is not None
    )


def _value(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Region, Store)):
        value = value.code
    # JSON writes texts, numbers, true and false as TOML does, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
