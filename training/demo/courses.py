"""The courses that the demo brings along, as authors write them."""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from dealers.actor import Actor
from dealers.models import User
from training import authoring
from training.models import Course

FOLDERS = Path(__file__).parent / "course_folders"
ORDER = ("ownership", "first-follow-up", "registering", "reading-the-statement")


@transaction.atomic
def load(*, by: User, at: datetime) -> list[Course]:
    """Import and publish the demo's courses as of ``at``; a course that exists is left alone."""
    for slug in ORDER:
        if not Course.objects.filter(slug=slug).exists():
            draft = authoring.import_course(FOLDERS / slug, by=Actor.hq(by), at=at)
            authoring.publish(draft, by=Actor.hq(by), at=at)
    courses = Course.objects.in_bulk(ORDER, field_name="slug")
    return [courses[slug] for slug in ORDER]
