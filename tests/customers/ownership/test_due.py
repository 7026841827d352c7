"""When time does something: the fold, the database and the job's query say the same."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import connection

from customers.models import Ownership
from customers.ownership import activities, extensions, handover, line, passing, release
from dealers.actor import Actor
from tests.factories.customers import DAY_ONE, RulebookFactory, phone_number, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory

HOUR, DAY, MOMENT = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)

pytestmark = pytest.mark.django_db


def _person(clerk, owner, rival, facts):
    """A customer with some of what time has to do with."""
    contacted, released, asked, waits, left = facts
    phone = phone_number()
    post = MembershipFactory(store=clerk.store) if left else clerk
    made = registered(clerk.store, phone=phone, staff=post.user)
    by = Actor.of(owner)
    if left:
        handover.leave(post, None, by=by, at=DAY_ONE + HOUR / 2)
    if contacted:
        activities.record_activity(
            made.customer, by=Actor.of(clerk), kind="visit", at=DAY_ONE + HOUR
        )
    if waits:
        there = registered(rival.store, phone=phone, at=DAY_ONE + 2 * HOUR)
        line.stand(there, by=Actor.of(rival), at=DAY_ONE + 3 * HOUR)
    if asked:
        note = "They come back from abroad soon."
        extensions.ask(made.customer, note, by=by, at=DAY_ONE + 4 * DAY)
    if released:
        release.release(made.customer, "no_time", by=by, at=DAY_ONE + released * DAY)
    return made.identity_id


def _deadlines(person):
    with connection.cursor() as cursor:
        cursor.execute("SELECT time_acts_at(%s)", [person])
        due = {at for (at,) in cursor.fetchall() if at is not None}
    return due | {it.period.upper for it in Ownership.objects.filter(identity=person)}


@pytest.mark.parametrize("protected", [30, 5], ids=["protected", "in_grace"])
def test_what_is_due_is_said_once(clerk, protected):
    """Also where the contact is due in the days of grace."""
    RulebookFactory(
        release_after_days=7, protection_days=protected, activity_renews_days=None,
        person_minute_limit=None,
    )  # fmt: skip
    owner = OwnerFactory(dealer=clerk.store.dealer)
    rival = MembershipFactory(store=StoreFactory())
    for facts in product(*[(False, True), (0, 6)], *[(False, True)] * 3):
        person = _person(clerk, owner, rival, facts)
        for at, beside in product(_deadlines(person), (-MOMENT, 0 * DAY, MOMENT)):
            moment = at + beside
            fold = passing.Person(person, moment).next(None, moment) is not None
            asked = passing._is_due(person, moment)
            assert fold == asked == (person in passing.due(moment)), (facts, moment)


def test_whom_nobody_contacts_is_let_go_in_the_days_of_grace(store):
    RulebookFactory(release_after_days=7, protection_days=5, grace_days=3)
    owned = registered(store).ownership
    passing.let_time_pass(DAY_ONE + 7 * DAY)
    owned.refresh_from_db()
    assert owned.period.upper == DAY_ONE + 7 * DAY
