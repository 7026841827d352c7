"""A dealer is certified while somebody who works there holds a valid certificate."""

from datetime import timedelta

import pytest

from dealers.actor import Actor
from dealers.certified import of_region
from dealers.models import Membership
from tests.factories.dealers import MembershipFactory, RegionFactory
from tests.factories.training import MONDAY, published, read, take
from training import certification, learning
from training.models import Certificate

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def certificate(clerk):
    enrollment = learning.enroll(clerk.user, published(), by=Actor.of(clerk), at=MONDAY)
    read(enrollment)
    take(enrollment)
    return Certificate.objects.get()


def test_from_the_certificate_on_in_its_own_region(clerk, certificate):
    region, dealer = clerk.dealer.region_id, clerk.dealer_id
    MembershipFactory(store__dealer__region=clerk.dealer.region)  # of a dealer without any
    assert of_region(region, certificate.issued_at - HOUR) == set()
    assert of_region(region, certificate.issued_at) == {dealer}
    assert of_region(RegionFactory().pk, certificate.issued_at) == set()


def test_until_its_holder_leaves_or_the_course_is_withdrawn(clerk, certificate, hq):
    region, at = clerk.dealer.region_id, certificate.issued_at + HOUR
    certification.withdraw(
        certificate.enrollment.version, reason="Outdated.", by=Actor.hq(hq), at=at + HOUR
    )
    assert of_region(region, at) == {clerk.dealer_id}
    assert of_region(region, at + HOUR) == set()
    Membership.objects.filter(pk=clerk.pk).update(ends_at=at)
    assert of_region(region, at) == set()
