"""Whether people have passed the courses that their posts require."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from dealers.models import Dealer, Membership
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
    """How ready the holder of each post is at ``at``, by the post's id, in two or three queries.

    Required is a course that is taught and assigned to the post as such; passed is it for as long
    as a certificate of any of its versions is valid.
    """
    posts = list(posts)
    published = CourseVersion.objects.in_force().values("course")
    assigned: dict[str, list[Assignment]] = defaultdict(list)
    for assignment in Assignment.objects.filter(
        required=True, role__in={post.role for post in posts}, course__in=published
    ):
        assigned[assignment.role].append(assignment)
    if not assigned:
        return {post.pk: Readiness() for post in posts}
    regions = regions_of(posts) if any(a.region_id for a in chain(*assigned.values())) else {}
    passed: dict[int, set[int]] = defaultdict(set)
    for user, course in (
        Certificate.objects.valid(at)
        .filter(enrollment__user__in={post.user_id for post in posts})
        .values_list("enrollment__user", "enrollment__version__course")
    ):
        passed[user].add(course)
    ready = {}
    for post in posts:
        region = post.region_id or regions.get(post.dealer_id)
        required = frozenset(
            each.course_id for each in assigned[post.role] if each.is_for(post, region)
        )
        ready[post.pk] = Readiness(required, required & passed[post.user_id])
    return ready


def regions_of(posts: Iterable[Membership]) -> dict[int | None, int]:
    dealers = Dealer.objects.filter(pk__in={post.dealer_id for post in posts if post.dealer_id})
    return dict(dealers.values_list("pk", "region"))
