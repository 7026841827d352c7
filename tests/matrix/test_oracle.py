"""A rival asks whose customer a number is: the portal answers alike, or counts the tries.

``make oracle`` also holds the seconds of 2,000 pairs of answers against each other, in each way.
"""

import os
from datetime import timedelta
from math import sqrt
from time import sleep

import pytest
from django.db import transaction
from django.utils import timezone

from customers.models import Answer, VoidReason
from customers.ownership import voids
from customers.ownership.settings import RegistrationRefused
from dealers.actor import Actor
from tests.factories.customers import phone_number, registered
from tests.matrix.cases import Matrix
from tests.matrix.ways import WAYS, Way, area, seconds, told

pytestmark = pytest.mark.django_db

NOBODYS = "13700000000"
PAIRS = int(os.environ.get("PAIRS", "0"))


class Visitors(Matrix):
    """Who asks, without a look at what each of them opens."""

    def _openings(self, role):  # noqa: ARG002
        return {}


@pytest.fixture(scope="module")
def matrix(network):
    return Visitors(network)


@pytest.fixture
def taken_back(network):
    with transaction.atomic():
        yield network
        transaction.set_rollback(True)


def numbers_of_the_rival(network):
    return [each for each in sorted(network.rival.secrets) if each.isdecimal() and len(each) == 11]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_a_number_of_the_rival_is_answered_like_nobodys(way, matrix, taken_back):
    theirs = numbers_of_the_rival(taken_back)[0]

    with transaction.atomic():
        of_theirs = told(matrix, way, theirs, NOBODYS)
        transaction.set_rollback(True)
    with transaction.atomic():
        of_nobodys = told(matrix, way, NOBODYS, theirs)
        transaction.set_rollback(True)

    assert of_theirs == of_nobodys


def most(pairs):
    """The largest area in which nothing tells: 0.55, or more where chance alone comes so far."""
    return 0.5 + max(0.05, 4 * sqrt((2 * pairs + 1) / 12) / pairs)


if PAIRS:  # takes long: make oracle

    @pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
    def test_the_time_of_an_answer_does_not_tell_either(way, matrix, taken_back, record_property):
        theirs = numbers_of_the_rival(taken_back)
        nobodys = [str(int(NOBODYS) + nth) for nth, _number in enumerate(theirs)]

        told_by_time = area(*seconds(matrix, way, theirs, nobodys, pairs=PAIRS))

        record_property(f"oracle: {way.name}", told_by_time)
        assert told_by_time <= most(PAIRS)


def test_a_way_that_is_slower_for_the_rivals_numbers_tells(matrix, taken_back):
    theirs = numbers_of_the_rival(taken_back)
    slower = Way("slower", "owner", lambda _asks, _role, number: sleep(0.1 * (number in theirs)))

    of_theirs, of_nobodys = seconds(matrix, slower, theirs, [NOBODYS] * len(theirs), pairs=10)

    assert area(of_theirs, of_nobodys) > 0.9
    assert area(of_nobodys, of_theirs) > 0.9
    assert area(of_theirs, of_theirs) == 0.5


def tries_until_stopped(network, afterwards=lambda _made, _at: None) -> int:
    """How many numbers of the rival's customers an associate can register until nobody lets them.

    ``afterwards``: what becomes of each registration.
    """
    clerk, tries = network.home.people["associate"], 0
    theirs = [phone_number() for _nth in range(20)]
    for number in theirs:
        registered(network.rival.store, phone=number, at=timezone.now())
    for number in theirs:
        at = timezone.now() + timedelta(seconds=12 * tries)
        try:
            made = registered(network.home.store, phone=number, staff=clerk.user, at=at)
        except RegistrationRefused:
            return tries
        assert made.answer == Answer.PROTECTED
        afterwards(made, at)
        tries += 1
    return tries


def test_whoever_registers_to_learn_is_stopped_after_eleven(taken_back):
    """What the counter must answer is the one thing that tells, so it is counted."""
    assert tries_until_stopped(taken_back) <= 11


def test_taking_back_what_was_tried_gives_no_further_try(taken_back):
    by = Actor.of(taken_back.home.people["associate"])

    def undo(made, at):
        voids.void(made, reason=VoidReason.UNDONE, by=by, at=at)

    assert tries_until_stopped(taken_back, undo) <= 11
