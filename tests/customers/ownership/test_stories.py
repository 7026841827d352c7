"""Stories of the test bench: no rulebook is published that answers one otherwise."""

import json
from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from customers.models import Rulebook, Story
from customers.ownership.editor import publish_rulebook
from dealers.actor import Actor
from dealers.publication import PublicationRefused
from tests.factories.customers import RulebookFactory

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
STORY = {
    "stores": {"A1": {"dealer": "DA"}, "B1": {"dealer": "DB"}},
    "events": [
        {"at": "2027-03-01T10:00:00+08:00", "do": "register", "store": "A1", "person": "p"},
        {"at": "2027-03-29T10:00:00+08:00", "do": "activity", "kind": "call", "outcome": "reached",
         "person": "p"},
        {"at": "2027-03-31T10:00:00+08:00", "do": "register", "store": "B1", "person": "p",
         "expect": {"rule": "R3"}},
    ],
}  # fmt: skip

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def draft(**fields):
    return RulebookFactory(starts_on=date(2027, 1, 1), published_at=None, **fields)


def test_a_rulebook_that_answers_a_story_otherwise_is_not_published(hq):
    Story.objects.create(name="called on day 28", story=STORY)
    short = draft(protection_days=29, grace_days=0, activity_renews_days=None)

    with pytest.raises(PublicationRefused) as refused:
        publish_rulebook(short, by=Actor.hq(hq), at=NOW)

    assert refused.value.sentences == [
        'called on day 28, event 3 (register): rule is "R6", expected "R3"'
    ]


def test_one_that_answers_as_expected_is_published(hq):
    Story.objects.create(name="called on day 28", story=STORY)
    renewing = draft(protection_days=29, grace_days=0, activity_renews_days=29)
    assert publish_rulebook(renewing, by=Actor.hq(hq), at=NOW).is_published


def test_a_story_out_of_use_hinders_nothing(hq):
    Story.objects.create(name="called on day 28", story=STORY, in_use=False)
    short = draft(protection_days=29, grace_days=0, activity_renews_days=None)
    assert publish_rulebook(short, by=Actor.hq(hq), at=NOW).is_published


def test_a_story_is_answered_as_a_customer_would_be(hq):
    # Nobody called in the first week, so that the second dealer finds the customer free.
    told = [*STORY["events"][:2], STORY["events"][2] | {"expect": {"rule": "R6"}}]
    Story.objects.create(name="nobody called", story=STORY | {"events": told})
    assert publish_rulebook(draft(release_after_days=7), by=Actor.hq(hq), at=NOW).is_published


def saved(login, hq, story):
    return login(hq).post(
        reverse("admin:customers_story_add"),
        {"name": "told", "in_use": "on", "story": story},
        follow=True,
    )


def test_headquarters_writes_a_story_and_sees_how_the_rules_in_force_answer(login, hq):
    RulebookFactory(name="today's rules")
    page = saved(login, hq, json.dumps(STORY)).content.decode()
    assert Story.objects.get().story == STORY
    assert "“today&#x27;s rules” answers this story as expected." in page


def test_headquarters_is_told_where_the_rules_in_force_answer_otherwise(login, hq):
    RulebookFactory(protection_days=2, grace_days=0, activity_renews_days=None)
    assert "event 3 (register): rule is" in saved(login, hq, json.dumps(STORY)).content.decode()


@pytest.mark.parametrize(
    ("story", "said"),
    [
        ("{", "This is no JSON that can be kept."),
        ("null", "This field is required."),
        ("7", "write an object with rulebook, stores and events"),
        ("[" * 100_000, "This is no JSON that can be kept."),
        (json.dumps(STORY | {"more": "\0"}), "This is no JSON that can be kept."),
        (json.dumps(STORY | {"more": "\ud800"}), "This is no JSON that can be kept."),
        (json.dumps(STORY | {"more": float("nan")}), "This is no JSON that can be kept."),
        (json.dumps(STORY | {"stores": {}}), "is no store of this case"),
        (json.dumps(STORY | {"events": STORY["events"][:1] * 201}), "at most 200 events"),
    ],
)
def test_what_is_no_story_is_refused_in_words(login, hq, story, said):
    page = saved(login, hq, story)
    assert page.status_code == 200
    assert said in page.content.decode()
    assert not Story.objects.exists()


def test_the_page_of_a_draft_says_which_story_it_answers_otherwise(login, hq):
    Story.objects.create(name="called on day 28", story=STORY)
    short = draft(protection_days=29, grace_days=0, activity_renews_days=None)
    page = login(hq).get(reverse("admin:customers_rulebook_change", args=[short.pk]))
    assert "called on day 28, event 3" in page.content.decode()
    assert not Rulebook.objects.published().exists()
