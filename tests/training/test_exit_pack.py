"""Certificates of a dealer's people in its pack."""

import pytest

from dealers.actor import Actor, acting
from tests.factories.dealers import OwnerFactory
from tests.factories.training import MONDAY, person, published, read, take
from training import exit_pack
from training.learning import enroll

pytestmark = pytest.mark.django_db


def test_a_dealer_has_the_certificates_of_its_own_people():
    version = published()
    for somebody in (mine := person(), person()):
        enrollment = enroll(somebody.user, version, by=Actor.of(somebody), at=MONDAY)
        read(enrollment)
        take(enrollment)
    owner = OwnerFactory(dealer=mine.store.dealer)
    with acting(by := Actor.of(owner)):
        (table,) = exit_pack.TABLES
        (row,) = table.rows(owner.dealer_id, by)
        assert table.count(owner.dealer_id) == 1
    found = dict(zip([column.name for column in table.columns], row, strict=True))
    assert (found["holder"], found["course"]) == (mine.user.name, version.course.slug)
