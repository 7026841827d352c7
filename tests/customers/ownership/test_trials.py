"""What a draft of the rulebook would have answered in the last 90 days."""

from datetime import date, timedelta

import pytest

from customers.models import RulebookTrial
from customers.orders.recording import GivenLine, record_order
from customers.ownership import claims, editor, passing, trials
from customers.ownership.activities import record_activity
from dealers import publication
from dealers.actor import Actor
from dealers.models import OutboxTask
from tests.factories.customers import (
    DAY_ONE,
    CategoryFactory,
    RulebookFactory,
    phone_number,
    registered,
)
from tests.factories.dealers import StoreFactory

DAY = timedelta(days=1)
NOW = DAY_ONE + 80 * DAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def _rules():
    RulebookFactory(release_after_days=7, person_minute_limit=None)


def tried(hq, at=NOW, **settings):
    """What is found about a draft with these settings."""
    draft = RulebookFactory(
        published_at=None, starts_on=date(2027, 1, 1), **{"release_after_days": 7} | settings
    )
    editor.try_out(draft, by=Actor.hq(hq), at=at)
    made = draft.trials.get()
    trials.find(made.pk, at)
    return RulebookTrial.objects.get(pk=made.pk)


def effects(trial):
    return {dealer: counts for dealer, *counts in trial.dealers}


def test_a_draft_that_says_the_same_changes_nothing(hq, store, clerk):
    phone = phone_number()
    made = registered(store, phone=phone, staff=clerk.user)
    record_activity(
        made.customer, by=Actor.of(clerk), kind="call", outcome="reached", at=DAY_ONE + DAY
    )
    record_order(
        source="till", external_id="1", ordered_at=DAY_ONE + 2 * DAY, store=store, phone=phone,
        lines=[GivenLine(1, CategoryFactory(), 1, 100, 0, 100)],
    )  # fmt: skip
    registered(StoreFactory(), phone=phone, at=DAY_ONE + 3 * DAY)
    registered(store, phone=phone, at=DAY_ONE + 4 * DAY)

    found = tried(hq)

    assert (found.compared, found.left_out, found.changed) == (3, 0, 0)
    assert (found.dealers, found.lines) == ([], [])
    assert OutboxTask.objects.filter(task=trials.TASK).exists()


def test_a_shorter_protection_is_worse_for_the_owner_and_better_for_who_comes_after(hq, store):
    """B came on day 40: by the draft, whose protection ends after 30 days, they are B's."""
    RulebookFactory(starts_on=date(2017, 1, 1))  # nobody is let go
    phone, b = phone_number(), StoreFactory()
    mine = registered(store, phone=phone)
    theirs = registered(b, phone=phone, at=DAY_ONE + 40 * DAY)

    found = tried(hq, protection_days=30, release_after_days=None)

    assert (found.compared, found.changed) == (2, 2)
    assert effects(found) == {store.dealer_id: [0, 1, 0, 1], b.dealer_id: [1, 0, 0, 0]}
    first, second = found.lines
    assert (first[0], first[5]) == (mine.pk, "worse")
    assert second[0] == theirs.pk
    assert second[3][:2] == ["protected", "R3"]
    assert second[4][:2] == ["yours", "R6"]
    assert second[5:] == ["better", store.dealer_id, "worse"]


def test_who_would_not_be_let_go_stays_the_owners(hq, store):
    """A did not call in seven days, so that B got them: a draft without the rule keeps them A's."""
    phone, b = phone_number(), StoreFactory()
    registered(store, phone=phone)
    registered(b, phone=phone, at=DAY_ONE + 8 * DAY)

    found = tried(hq, release_after_days=None)

    assert found.changed == 1
    assert effects(found) == {b.dealer_id: [0, 1, 0, 0], store.dealer_id: [0, 0, 1, 0]}
    assert found.lines[0][3][0] == "yours"
    assert found.lines[0][4][0] == "protected"


def test_caps_count_whoever_registered_before(hq, store):
    """One of before and one since are two: with a cap of two the next one waits."""
    RulebookFactory(starts_on=date(2017, 1, 1))
    registered(store, at=DAY_ONE - 40 * DAY)
    registered(store, at=DAY_ONE)
    third = registered(store, at=DAY_ONE + DAY)

    found = tried(hq, at=DAY_ONE + 60 * DAY, store_cap=2, release_after_days=None)

    assert [line[0] for line in found.lines] == [third.pk]
    assert found.lines[0][4][:2] == ["waiting", "CAP"]


def test_what_people_decided_beside_the_rules_is_left_out(hq, store, clerk):
    """Taken from the pool, which is not told anew: the visit after it has another protection."""
    phone = phone_number()
    made = registered(store, phone=phone)
    passing.let_time_pass(DAY_ONE + 7 * DAY)
    claims.claim(
        made.customer, StoreFactory(dealer=store.dealer), by=Actor.of(clerk), at=DAY_ONE + 8 * DAY
    )
    registered(store, phone=phone, at=DAY_ONE + 9 * DAY)

    found = tried(hq, grace_days=4)

    assert (found.compared, found.left_out) == (1, 1)


def test_nothing_is_found_of_a_draft_that_is_another_by_then(hq, store):
    registered(store)
    draft = RulebookFactory(published_at=None, starts_on=date(2027, 1, 1))
    editor.try_out(draft, by=Actor.hq(hq), at=NOW)
    publication.forget_steps(draft)
    draft.protection_days = 30
    draft.save()
    trials.find(draft.trials.get().pk, NOW)
    assert draft.trials.get().finished_at is None


def test_what_was_found_is_found_once_and_stays(hq, store):
    registered(store)
    found = tried(hq, protection_days=30)
    trials.find(found.pk, NOW + DAY)
    again = RulebookTrial.objects.get()
    assert (again.finished_at, again.lines) == (NOW, found.lines)
