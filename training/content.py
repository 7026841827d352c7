"""What a lesson shows, for learners and for headquarters' preview."""

from dataclasses import dataclass

from django.urls import reverse

from training import learning, markdown
from training.models import Lesson, Picture


@dataclass(frozen=True)
class Video:
    """The video of a lesson with what the player needs."""

    url: str
    bytes: int
    seconds: int  # where the person left it
    captions: str
    captions_en: str

    @property
    def place(self) -> str:
        return learning.clock(self.seconds)


def illustrations(version: int) -> dict[str, markdown.Illustration]:
    """The pictures that the texts of a version may show, by name."""
    return {
        picture.name: markdown.Illustration(
            url=reverse("training:picture", args=[picture.pk, picture.name]),
            alt=picture.local_alt,
            width=picture.image.width,
            height=picture.image.height,
        )
        for picture in Picture.objects.filter(version=version)
    }


def lesson_content(lesson: Lesson, seconds: int = 0) -> dict[str, object]:
    """One lesson's text, video and file for a template; ``seconds`` of the video were seen."""

    def url(part: str) -> str:
        return reverse("training:file", args=[lesson.pk, part]) if getattr(lesson, part) else ""

    video = None
    if lesson.video:
        video = Video(
            url=url("video"),
            bytes=lesson.video.size,
            seconds=seconds,
            captions=url("captions"),
            captions_en=url("captions_en"),
        )
    return {
        "lesson": lesson,
        "sections": markdown.sections(lesson.local_body, illustrations(lesson.version_id)),
        "video": video,
        "file_url": url("file"),
    }
