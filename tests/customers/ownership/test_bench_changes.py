"""On the bench: customers who change hands by request, choice, ruling or closing."""

from datetime import UTC, datetime

import pytest

from tests.customers.ownership.stories import (
    DAY,
    END,
    HOUR,
    MICROSECOND,
    RULES,
    START,
    STORES,
    asked,
    event,
    registered,
    said,
)


def test_a_request_unanswered_for_two_working_days_is_granted_once(answers):
    asks = [START + n * DAY for n in (0, 1, 7)]
    later = START + 14 * DAY
    yes = [event(later + n * DAY, "extend", store="A1", answer="yes") for n in (0, 1)]
    got = answers(
        registered(), *[event(at, "extend", store="A1") for at in asks], asked(later), *yes
    )
    assert got[1] == {
        "answer": "asked", "answer_by": "2017-03-03", "owner": "A1",
        "protected_until": "2017-05-30",
    }  # fmt: skip
    assert got[2]["answer_by"] == "2017-03-03"  # the same request
    assert got[3]["protected_until"] == "2017-06-29"
    assert got[4]["protected_until"] == "2017-06-29"  # silence was yes before
    assert got[5]["protected_until"] == "2017-07-29"
    assert said(got[6], "answer", "reason") == ("refused", "no_extension_left")


def test_while_a_request_waits_the_protection_does_not_end(answers):
    friday = datetime(2017, 6, 2, 10, tzinfo=UTC)  # the last day of the grace
    tuesday = datetime(2017, 6, 6, 16, tzinfo=UTC)  # its end
    got = answers(
        registered(),
        event(friday, "extend"),
        registered(END, "B1"),
        asked(tuesday - MICROSECOND),
        asked(tuesday),
    )
    assert got[2]["rule"] == "R3"
    assert got[3]["state"] == "grace"
    assert said(got[4], "state", "protected_until") == ("protected", "2017-06-29")


def test_a_request_that_is_declined_changes_nothing(answers):
    got = answers(
        registered(),
        event(START + DAY, "extend"),
        event(START + 2 * DAY, "extend", answer="no"),
        asked(END),
    )
    assert said(got[2], "answer", "protected_until") == ("declined", "2017-05-30")
    assert got[3]["state"] == "pool"


def test_who_is_released_is_in_the_pool_and_claimed_by_another(answers):
    at = START + DAY
    got = answers(
        registered(),
        event(at, "release", store="B1"),
        event(at, "release", store="A1"),
        asked(at),
        event(at + HOUR, "claim", store="A1", staff="s"),
        event(at + HOUR, "claim", store="B1", staff="t"),
        event(at + HOUR, "claim", store="C1"),
    )
    assert got[1]["reason"] == "not_the_owner"
    assert said(got[3], "owner", "state") == (None, "pool")
    assert got[4]["reason"] == "former_owner_waits"
    assert said(got[5], "answer", "rule", "owner") == ("yours", "R6", "B1")
    assert got[6]["reason"] == "not_in_the_pool"


@pytest.mark.parametrize(
    ("taken_after", "claimed_after", "answer"),
    [
        (None, 48 * HOUR - MICROSECOND, "refused"),
        (None, 48 * HOUR, "yours"),
        (HOUR, 7 * DAY - MICROSECOND, "refused"),
        (HOUR, 7 * DAY, "yours"),
    ],
)
def test_the_former_owner_waits_a_week_unless_nobody_claims_in_two_days(
    answers, taken_after, claimed_after, answer
):
    at = START + DAY
    taken = [] if taken_after is None else [
        event(at + taken_after, "claim", store="B1"), event(at + taken_after, "release"),
    ]  # fmt: skip
    again = event(at + claimed_after, "claim", store="A1")
    assert answers(registered(), event(at, "release"), *taken, again)[-1]["answer"] == answer


def test_a_person_claims_so_many_a_day(answers):
    rules = RULES | {"pool_claims_per_day": 1}
    at = START + DAY
    got = answers(
        registered(), registered(person="q"), event(at, "release"), event(at, "release", "q"),
        event(at, "claim", store="B1", staff="t"),
        event(at, "claim", "q", store="B1", staff="t"),
        event(at + DAY, "claim", "q", store="B1", staff="t"),
        rules=rules,
    )  # fmt: skip
    assert [it.get("reason") for it in got[4:]] == [None, "claims_of_the_day", None]


def test_the_customers_choice_moves_the_ownership(answers):
    got = answers(registered(), event(START + DAY, "choose", store="B1"), asked(START + DAY))
    assert said(got[1], "answer", "owner", "told") == ("yours", "B1", ["DA"])
    assert said(got[2], "owner", "protected_until") == ("B1", "2017-05-31")


@pytest.mark.parametrize(
    ("ruling", "owner"),
    [
        ({"outcome": "keep"}, "A1"),
        ({"outcome": "move", "to": "C1"}, "C1"),
        ({"outcome": "split", "shares": {"DA": "0.6", "DB": 0.4}}, "A1"),
        ({"outcome": "void"}, "B1"),  # which stood in line
    ],
)
def test_a_ruling_keeps_moves_splits_or_takes_back(answers, ruling, owner):
    at = START + DAY
    got = answers(registered(), registered(at, "B1"), event(at, "rule", **ruling), asked(at))
    assert (got[2]["owner"], got[3]["owner"]) == (owner, owner)


@pytest.mark.parametrize(
    "said",
    [
        {"percent": {"DA": 60, "DB": 40}},
        {"percent": 40, "to": "B1"},
        {"shares": {"DA": 0.6, "DB": 0.4}},
    ],
)
def test_a_split_is_what_the_sales_of_the_ownership_are_shared_by(answers, said):
    at = START + DAY
    split = event(at, "rule", outcome="split", **said)
    got = answers(registered(), split, event(at, "sale", place="A1"))
    assert got[1]["shares"] == got[2]["shares"] == {"DA": 0.6, "DB": 0.4}


def test_a_store_that_closes_leaves_its_customers_to_its_sister(answers):
    at = START + DAY
    got = answers(
        registered(staff="s"),
        {"at": at.isoformat(), "do": "close_store", "store": "A1", "to": "B1"},
        {"at": at.isoformat(), "do": "close_store", "store": "A1", "to": "A2"},
        {"at": at.isoformat(), "do": "close_store", "store": "A1", "to": "A2"},
        asked(at),
        registered(at + DAY),
    )
    assert [said(it, "reason", "moved") for it in got[1:4]] == [
        ("no_sister_store", None), (None, 1), (None, 0),
    ]  # fmt: skip
    assert said(got[4], "owner", "staff", "protected_until") == ("A2", "s", "2017-05-30")
    assert got[5]["reason"] == "closed"


def test_a_sister_store_elsewhere_goes_on_to_the_end_of_its_own_day(answers):
    # 29 May ends in New York when it is noon on the 30th in Shanghai.
    end = datetime(2017, 5, 30, 16, tzinfo=UTC)
    got = answers(
        registered(store="C1"),
        {"at": (START + DAY).isoformat(), "do": "close_store", "store": "C1", "to": "C2"},
        asked(START + DAY),
        registered(end - MICROSECOND, "B1", wait=False),
        registered(end, "B1"),
        stores=STORES | {"C2": {"dealer": "DC", "timezone": "Asia/Shanghai"}},
        rules=RULES | {"grace_days": 0},
    )
    assert [it["protected_until"] for it in (got[0], got[2])] == ["2017-05-29", "2017-05-30"]
    assert [it["rule"] for it in got[3:]] == ["R3", "R6"]


def test_the_customers_of_a_dealer_that_closes_are_frozen_for_ninety_days(answers):
    at = START + DAY
    close = {"at": at.isoformat(), "do": "close_dealer", "dealer": "DA"}
    end = datetime(2017, 5, 31, 16, tzinfo=UTC)
    got = answers(
        registered(),
        close,
        close,
        event(at + HOUR, "activity", store="A1", kind="visit"),
        event(at + HOUR, "choose", store="B1"),
        event(at + HOUR, "sale", place="A1"),
        registered(end - MICROSECOND, "B1", wait=False),
        asked(end),
    )
    assert [it["frozen"] for it in got[1:3]] == [1, 0]
    assert said(got[3], "renewed", "protected_until") == (False, "2017-05-31")
    assert got[4]["reason"] == "frozen"
    assert got[5]["shares"] == {"DA": 1}
    assert got[6]["rule"] == "R3"
    assert got[7]["state"] == "pool"


def test_the_split_of_what_was_void_is_refused(answers):
    at = START + DAY
    got = answers(
        registered(),
        event(at, "sale", place="A1"),
        event(at, "rule", outcome="void"),
        event(at, "rule", outcome="split", percent=30, to="B1"),
    )
    assert got[3]["answer"] == "refused"
    assert got[3]["reason"] == "not_owned"


def test_a_split_goes_on_at_the_sister_store(answers):
    at = START + DAY
    got = answers(
        registered(),
        event(at, "rule", outcome="split", percent=40, to="B1"),
        event(at, "sale", place="B1"),
        event(at, "close_store", store="A1", to="A2"),
        event(at, "sale", place="B1"),
        stores=STORES | {"A2": STORES["A1"]},
    )
    assert got[4]["shares"] == got[2]["shares"]


def test_a_review_decides_about_the_sister_store_too(answers):
    got = answers(
        registered(possible=True),
        event(START, "close_store", store="A1", to="A2"),
        event(START, "rule", outcome="no"),
        asked(START + 30 * DAY),
        stores=STORES | {"A2": STORES["A1"]},
    )
    assert got[3]["owner"] is None
