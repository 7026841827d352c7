"""Whether people have passed the courses that their posts require."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dealers.models import Membership
from training.models import Assignment, Certificate, CourseVersion


@dataclass(frozen=True, slots=True)
class Readiness:
    """The courses that somebody must take, and those of them that they have passed, by id."""

    required: frozenset[int] = frozenset()
    passed: frozenset[int] = frozenset()

    def __or__(self, other: "Readiness") -> "Readiness":
        """Of one person in both posts."""
        return Readiness(self.required | other.required, self.passed | other.passed)

    @property
    def complete(self) -> bool:
        return self.passed >= self.required

    @property
    def percent(self) -> int:
        """In percent, rounded down, so that 100 is all; all of nothing is all."""
        return 100 * len(self.passed) // len(self.required) if self.required else 100


def readiness(posts: Iterable[Membership], *, at: datetime) -> dict[int, Readiness]:
    """How ready the holder of each post is at ``at``, by the post's id, in two queries.

    Required is a published course that is assigned to the role as such; passed is it for as long as
    a certificate of any of its versions is valid.
    """
    posts = list(posts)
    required: dict[str, set[int]] = defaultdict(set)
    published = CourseVersion.objects.published().values("course")
    for role, course in Assignment.objects.filter(
        required=True, role__in={post.role for post in posts}, course__in=published
    ).values_list("role", "course"):
        required[role].add(course)
    passed: dict[int, set[int]] = defaultdict(set)
    for user, course in (
        Certificate.objects.valid(at)
        .filter(enrollment__user__in={post.user_id for post in posts})
        .values_list("enrollment__user", "enrollment__version__course")
    ):
        passed[user].add(course)
    return {
        post.pk: Readiness(
            frozenset(required[post.role]), frozenset(required[post.role] & passed[post.user_id])
        )
        for post in posts
    }
