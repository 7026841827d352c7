"""Who holds a certificate, and from when until when."""

from datetime import datetime
from itertools import count

from dealers.models import Membership
from tests.factories.dealers import UserFactory
from tests.factories.training import VersionFactory
from training.models import Certificate, CourseVersion, Enrollment, Withdrawal

_numbers = count(1)


def certified(
    post: Membership,
    at: datetime,
    until: datetime | None = None,
    version: CourseVersion | None = None,
) -> Certificate:
    """The holder of a post has passed a course."""
    version = version or VersionFactory()
    taken = Enrollment.objects.create(user=post.user, version=version, started_at=at, passed_at=at)
    return Certificate.objects.create(
        enrollment=taken, code=f"C-T-{next(_numbers)}", holder="周国梁", issued_at=at,
        valid_until=until,
    )  # fmt: skip


def withdrawn(certificate: Certificate, at: datetime) -> Withdrawal:
    """The version that it is about is taught no more."""
    return Withdrawal.objects.create(
        version=certificate.enrollment.version, at=at, by=UserFactory(is_staff=True), reason="旧"
    )
