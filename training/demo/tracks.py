"""The demo's ways into the work, which begin by themselves."""

from datetime import datetime

from dealers.models import Role
from training.models import Assignment, Course, Track

# Title, title in English, and the courses in their order.
TRACKS = {
    Role.ASSOCIATE: (
        "新店员入门",
        "First weeks as an associate",
        ("registering", "first-follow-up", "ownership"),
    ),
    Role.STORE_MANAGER: (
        "新店长入门",
        "First weeks as a store manager",
        ("ownership", "first-follow-up", "reading-the-statement"),
    ),
    Role.OWNER: (
        "新店主入门",
        "First weeks as an owner",
        ("ownership", "reading-the-statement"),
    ),
    Role.REGIONAL_MANAGER: (
        "新区域经理入门",
        "First weeks as a regional manager",
        ("ownership", "reading-the-statement"),
    ),
}
DAYS = 14  # for each step


def load(*, at: datetime) -> None:
    """Make the tracks as of ``at``; one of a role that has one is left alone."""
    courses = {course.slug: course for course in Course.objects.all()}
    for role, (title, title_en, slugs) in TRACKS.items():
        if Track.objects.filter(role=role, onboarding=True).exists():
            continue
        track = Track.objects.create(title=title, title_en=title_en, role=role, onboarding=True)
        Assignment.objects.bulk_create(
            Assignment(
                course=courses[slug],
                role=role,
                track=track,
                position=position,
                due_days=DAYS * position,
                assigned_at=at,
            )
            for position, slug in enumerate(slugs, 1)
        )
