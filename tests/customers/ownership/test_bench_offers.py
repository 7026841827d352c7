"""On the bench: whom the brand offers, possible matches, and room under a cap."""

from datetime import UTC, datetime

import pytest

from tests.customers.ownership.stories import (
    DAY,
    HOUR,
    MICROSECOND,
    RULES,
    START,
    asked,
    event,
    registered,
    said,
)


def test_an_offer_holds_the_customer_until_its_deadline(answers):
    due = START + 2 * HOUR
    got = answers(
        event(START, "offer", store="B1"),
        registered(START + HOUR),
        asked(due - MICROSECOND),
        asked(due),
    )
    assert got[0]["deadline"] == "2017-03-01T12:00:00+08:00"
    assert said(got[1], "rule", "answer") == ("R4", "held")
    assert got[2]["state"] == "held"
    assert said(got[3], "owner", "state") == ("A1", "protected")


@pytest.mark.parametrize(
    ("do", "after", "answer", "owner"),
    [
        ("accept", HOUR, "yours", "B1"),
        ("accept", 2 * HOUR, "refused", "A1"),
        ("decline", HOUR, "declined", "A1"),
    ],
)
def test_who_was_offered_accepts_in_time_or_whoever_waits_is_served(
    answers, do, after, answer, owner
):
    got = answers(
        event(START, "offer", store="B1"),
        registered(START + MICROSECOND),
        event(START + after, do),
        asked(START + 3 * HOUR),
    )
    assert (got[2]["answer"], got[3]["owner"]) == (answer, owner)


@pytest.mark.parametrize(
    ("at", "deadline"),
    [
        (datetime(2017, 3, 3, 8, tzinfo=UTC), "2017-03-03T18:00:00+08:00"),  # Friday, 16:00
        (datetime(2017, 3, 3, 8, 1, tzinfo=UTC), "2017-03-06T10:00:00+08:00"),
        (datetime(2017, 3, 4, 3, tzinfo=UTC), "2017-03-06T10:00:00+08:00"),  # Saturday
        (datetime(2017, 3, 6, 0, tzinfo=UTC), "2017-03-06T10:00:00+08:00"),  # Monday, 8:00
    ],
)
def test_an_offer_is_answered_in_two_working_hours_or_by_ten(answers, at, deadline):
    assert answers(event(at, "offer", store="B1"))[0]["deadline"] == deadline


def test_whom_somebody_owns_is_offered_to_nobody_else(answers):
    got = answers(registered(), event(START + DAY, "offer", store="B1"))
    assert said(got[1], "answer", "reason") == ("refused", "owned")


@pytest.mark.parametrize(
    ("fraud", "moment", "state"),
    [
        # Registered on a Wednesday: two working days end when Friday does.
        (False, datetime(2017, 3, 3, 16, tzinfo=UTC) - MICROSECOND, "review"),
        (False, datetime(2017, 3, 3, 16, tzinfo=UTC), "protected"),
        (True, datetime(2017, 4, 3, 16, tzinfo=UTC), "review"),
    ],
)
def test_silence_about_a_possible_match_is_yes_unless_it_looks_like_fraud(
    answers, fraud, moment, state
):
    got = answers(registered(possible=True, fraud=fraud), asked(moment))
    assert said(got[0], "rule", "answer") == ("R5", "review")
    assert got[1]["state"] == state


def test_the_same_name_with_one_digit_of_difference_is_a_possible_match(answers):
    chen, other = {"name": "Chen Wei", "phone": "13800138000"}, {"phone": "13800138001"}
    got = answers(
        registered(**chen),
        registered(START + HOUR, "A2", person="q", **chen | other),
        registered(START + HOUR, "A2", person="r", name="Li", **other),
        # Nobody learns whom another dealer has on file.
        registered(START + HOUR, "B1", person="s", **chen | {"phone": "13800138002"}),
        registered(
            START + HOUR, "A1", person="t", channel="import", **chen | {"phone": "13800138003"}
        ),
    )
    assert [it["rule"] for it in got] == ["R7", "R5", "R7", "R7", "R7"]


@pytest.mark.parametrize(
    "phone",
    [
        "\uff11\uff13\uff18\uff10\uff1013800\uff11",
        "+86 138-0013-8001",
        "0086 138 0013 8001",
        "\u0661\u0663\u0668\u0660\u0660\u0661\u0663\u0668\u0660\u0660\u0661",
    ],
)
def test_a_possible_match_is_found_however_the_number_is_spelled(answers, phone):
    got = answers(
        registered(name="Chen Wei", phone="13800138000"),
        registered(START + HOUR, person="q", name="Chen Wei", phone=phone),
    )
    assert got[1]["rule"] == "R5"


@pytest.mark.parametrize(("outcome", "state"), [("yes", "protected"), ("no", "none")])
def test_somebody_decides_about_a_possible_match(answers, outcome, state):
    got = answers(
        registered(possible=True, fraud=True),
        event(START + DAY, "rule", outcome=outcome),
        asked(START + DAY),
    )
    assert got[2]["state"] == state


def test_above_a_cap_registrations_wait_until_there_is_room(answers):
    rules = RULES | {"caps": {"person": 1, "store": None}}
    people = [registered(START + n * HOUR, person=name, staff="s") for n, name in enumerate("pqr")]
    got = answers(
        *people,
        event(START + DAY, "sale", "p", place="A1"),
        asked(START + DAY, "q"),
        asked(START + DAY, "r"),
        rules=rules,
    )
    assert [it["rule"] for it in got[:3]] == ["R7", "CAP", "CAP"]
    assert said(got[4], "owner", "staff") == ("A1", "s")
    assert said(got[5], "owner", "waiting") == (None, ["A1"])


def test_a_later_rulebook_with_a_higher_cap_serves_who_waits_at_its_own_moment(answers):
    rules = [
        RULES | {"caps": {"person": 1, "store": None}},
        RULES | {"from": "2017-03-10", "caps": None},
    ]
    begins = datetime(2017, 3, 9, 16, tzinfo=UTC)
    got = answers(
        registered(staff="s"),
        registered(person="q", staff="s"),
        asked(begins - MICROSECOND, "q"),
        registered(begins + DAY, "B1", person="q"),
        asked(begins + DAY, "q"),
        rules=rules,
    )
    assert said(got[2], "owner", "waiting") == (None, ["A1"])
    assert got[3]["rule"] == "R3"
    assert said(got[4], "owner", "protected_until") == ("A1", "2017-06-08")


def test_after_confirmation_there_is_no_answer_before_it(answers):
    rules = RULES | {"answer_mode": "after_confirmation"}
    got = answers(
        registered(),
        asked(START),
        registered(START + HOUR, "B1"),
        event(START + HOUR, "confirm", store="B1"),
        event(START + 2 * HOUR, "confirm", store="A1"),
        event(START + 3 * HOUR, "confirm"),
        rules=rules,
    )
    assert got[0] == {"answer": "pending"}
    assert said(got[1], "owner", "state") == (None, "none")
    assert [it["rule"] for it in got[3:]] == ["R7", "R3", "R3"]
