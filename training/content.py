"""What a lesson shows, for learners and for headquarters' preview."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.urls import reverse

from dealers import markdown
from training import practice_tasks, standings
from training.files import size_of, type_of
from training.models import Lesson, LessonKind, PackageAttempt, Picture
from training.scorm import package, prerequisites


@dataclass(frozen=True)
class Package:
    """The package of a lesson, with what the page around it needs."""

    bytes: int | None  # None: the file is not there
    trial: str = ""  # for an author who tries it: see ``sandbox.trial``
    parts: tuple["PackagePart", ...] = ()


@dataclass(frozen=True)
class PackagePart:
    """A part of a package that reports by itself: where the learner is with it."""

    number: int
    title: str
    required: bool
    attempt: PackageAttempt | None  # the learner's last
    opens: str  # a sentence, where others have to be finished before

    @property
    def resumed(self) -> bool:
        """Whether it goes on where it was left."""
        last = self.attempt
        return last is not None and last.ended_at is None and last.reported_at is not None


def package_parts(
    lesson: Lesson, last: Mapping[int, PackageAttempt] | None = None
) -> tuple[PackagePart, ...]:
    """The parts of a lesson's package, with the learner's last attempts at them; none to play."""
    try:
        parts = package.parts_of(lesson)
    except package.PackageRefused:
        return ()
    titles = [part.title for part in parts]
    return tuple(
        PackagePart(
            number,
            part.title,
            part.required,
            (last or {}).get(number),
            opens=prerequisites.said(part.opens, titles) if part.opens else "",
        )
        for number, part in enumerate(parts, 1)
    )


@dataclass(frozen=True)
class Video:
    """The video of a lesson with what the player needs."""

    url: str
    bytes: int | None  # None: the file is not there
    seconds: int  # where the person left it
    captions: str
    captions_en: str

    @property
    def place(self) -> str:
        return standings.clock(self.seconds)


def illustrations(version: int) -> dict[str, markdown.Illustration]:
    """The pictures that the texts of a version may show, by name."""
    return {
        picture.name: _illustration(picture) for picture in Picture.objects.filter(version=version)
    }


def _illustration(picture: Picture) -> markdown.Illustration:
    url = reverse("training:picture", args=[picture.pk, picture.name])
    try:
        width, height = picture.image.width, picture.image.height
    except OSError:  # the file is not there, as after half a restore: the page shows a gap
        url, width, height = "", 0, 0
    return markdown.Illustration(url, picture.local_alt, width, height)


def packed_illustrations(version: int) -> dict[str, markdown.Illustration]:
    """``illustrations`` with the pictures themselves in place of their addresses."""
    found = {}
    for picture in Picture.objects.filter(version=version):
        shown = _illustration(picture)
        if shown.url:
            kind = type_of(picture.image.name or "")
            with picture.image.open("rb") as stored:
                packed = base64.b64encode(stored.read()).decode("ascii")
            shown = replace(shown, url=f"data:{kind};base64,{packed}")
        found[picture.name] = shown
    return found


def texts(lessons: Iterable[Lesson]) -> list[tuple[Lesson, list[markdown.Section]]]:
    """The texts of lessons of one version, to be read where there is no network."""
    listed = list(lessons)
    pictures = packed_illustrations(listed[0].version_id) if listed else {}
    return [(each, markdown.sections(each.local_body, pictures)) for each in listed]


def lesson_content(lesson: Lesson, seconds: int = 0) -> dict[str, object]:
    """One lesson's text, video and file for a template; ``seconds`` of the video were seen."""

    def url(part: str) -> str:
        return reverse("training:file", args=[lesson.pk, part]) if getattr(lesson, part) else ""

    video = None
    if lesson.video:
        video = Video(
            url=url("video"),
            bytes=size_of(lesson.video),
            seconds=seconds,
            captions=url("captions"),
            captions_en=url("captions_en"),
        )
    return {
        "lesson": lesson,
        "sections": markdown.sections(lesson.local_body, illustrations(lesson.version_id)),
        "video": video,
        "checks": lesson.local_checks if lesson.kind == LessonKind.CHECK else [],
        "package": Package(size_of(lesson.package)) if lesson.kind == LessonKind.SCORM else None,
        "task": practice_tasks.known().get(lesson.task) if lesson.kind == LessonKind.TASK else None,
        "file_url": url("file"),
        "file_bytes": size_of(lesson.file) if lesson.file else None,
    }
