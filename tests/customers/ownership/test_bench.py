"""The rules tried on the bench: each verb, at its boundaries, and strange but legal stories."""

import json
from datetime import UTC, datetime

import pytest

from customers.ownership import bench_file
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
)


@pytest.fixture
def answers(tmp_path):
    """What the events of a story are answered, each in turn."""

    def tried(*events, rules=RULES, stores=STORES, **more):
        path = tmp_path / "cases.json"
        case = {"rulebook": rules, "stores": stores, "events": list(events), **more}
        path.write_text(json.dumps([case]))
        (case,) = bench_file.read(path)
        return bench_file.tried(case)

    return tried


def said(got, *keys):
    return tuple(got.get(key) for key in keys)


@pytest.mark.parametrize(
    ("moment", "rule", "state"),
    [
        (END - MICROSECOND, "R3", "grace"),
        (END, "R6", "protected"),
        (END + MICROSECOND, "R6", "protected"),
    ],
)
def test_another_store_gets_the_customer_at_the_end_of_the_grace(answers, moment, rule, state):
    got = answers(registered(), registered(moment, "B1"), asked(moment))
    assert (got[1]["rule"], got[2]["state"]) == (rule, state)


def test_who_waits_is_served_at_the_end_in_order_of_receipt(answers):
    got = answers(
        registered(),
        registered(START + DAY, "C1"),
        registered(START + 2 * DAY, "B1"),
        asked(END - MICROSECOND),
        asked(END),
        event(END, "job"),
    )
    assert said(got[3], "owner", "waiting") == ("A1", ["C1", "B1"])
    # Ninety days of the store in New York, where 2 June is not over.
    assert said(got[4], "owner", "protected_until", "waiting") == ("C1", "2017-08-31", ["B1"])
    assert [it["what"] for it in got[5]["happened"]] == ["served"]


def test_a_file_stands_behind_who_was_in_the_shop_on_the_same_day(answers):
    got = answers(
        registered(),
        registered(START + DAY, "B1", channel="import"),
        registered(START + DAY + HOUR, "C1"),
        asked(START + 2 * DAY),
    )
    assert got[3]["waiting"] == ["C1", "B1"]


def test_who_does_not_want_to_wait_does_not(answers):
    got = answers(registered(), registered(START + DAY, "B1", wait=False), asked(END))
    assert said(got[2], "owner", "state", "waiting") == (None, "pool", [])


def test_a_job_that_runs_late_twice_or_never_leads_to_the_same(answers):
    rules = RULES | {"first_contact_hours": 48}
    story = [registered(), registered(START + DAY, "B1"), registered(START + DAY, "C1", person="q")]
    due = START + 7 * DAY
    jobs = [[], [due], [due, due], [due - MICROSECOND, due + 9 * DAY], [due + 30 * DAY]]
    seen = []
    for moments in jobs:
        job = [{"at": at.isoformat(), "do": "job"} for at in moments]
        last = START + 40 * DAY
        seen.append(answers(*story, *job, asked(last), asked(last, "q"), rules=rules)[-2:])
    assert all(each == seen[0] for each in seen)


@pytest.mark.parametrize(
    ("moment", "state"),
    [(7 * DAY - MICROSECOND, "protected"), (7 * DAY, "pool"), (7 * DAY + MICROSECOND, "pool")],
)
def test_without_contact_the_customer_is_released_after_seven_days(answers, moment, state):
    rules = RULES | {"first_contact_hours": 48}
    assert answers(registered(), asked(START + moment), rules=rules)[1]["state"] == state


@pytest.mark.parametrize(
    ("doing", "state"),
    [
        ({"do": "activity", "kind": "call", "outcome": "reached"}, "protected"),
        ({"do": "activity", "kind": "call", "outcome": "no_answer"}, "pool"),
        ({"do": "activity", "kind": "call"}, "pool"),
        ({"do": "activity", "kind": "note"}, "pool"),
        ({"do": "sale", "place": "A1"}, "protected"),
    ],
)
def test_contact_or_a_sale_keeps_the_customer(answers, doing, state):
    rules = RULES | {"first_contact_hours": 48}
    at = START + 7 * DAY - MICROSECOND
    got = answers(registered(), event(at, **doing), asked(START + 8 * DAY), rules=rules)
    assert got[2]["state"] == state


@pytest.mark.parametrize(
    ("contact", "shares"),
    [(48 * HOUR, {"DA": 0.3, "DB": 0.7}), (48 * HOUR + MICROSECOND, {"DA": 0, "DB": 1})],
)
def test_a_sale_elsewhere_is_shared_if_the_first_contact_was_in_time(answers, contact, shares):
    call = event(START + contact, "activity", kind="call", outcome="reached")
    sale = event(START + 3 * DAY, "sale", place="B1")
    got = answers(registered(), call, sale, rules=RULES | {"first_contact_hours": 48})
    assert said(got[2], "sold_by", "shares") == ("other", shares)


@pytest.mark.parametrize(
    ("place", "sold_by", "shares", "until"),
    [
        ("A1", "own", {"DA": 1}, "2018-03-02"),
        ("A2", "sister", {"DA": 1}, "2018-03-02"),
        ("ONLINE", "online", {"DA": 1}, "2018-03-02"),
        ("B1", "other", {"DA": 0.3, "DB": 0.7}, "2017-05-30"),
    ],
)
def test_where_a_sale_was_made_decides_whose_it_is_and_what_it_prolongs(
    answers, place, sold_by, shares, until
):
    got = answers(registered(), event(START + DAY, "sale", place=place))[1]
    assert said(got, "sold_by", "shares", "protected_until") == (sold_by, shares, until)


@pytest.mark.parametrize(("place", "shares"), [("B1", {"DB": 1}), ("ONLINE", {})])
def test_what_nobody_owns_is_the_sellers(answers, place, shares):
    assert answers(event(START, "sale", place=place))[0] == {"sold_by": "none", "shares": shares}


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
        registered(START + HOUR, "B1", person="q", **chen | other),
        registered(START + HOUR, "B1", person="r", name="Li", **other),
    )
    assert [it["rule"] for it in got] == ["R7", "R5", "R7"]


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


@pytest.mark.parametrize(
    ("after", "until"), [(2, "2017-06-01"), (20, "2017-06-06"), (None, "2017-06-06")]
)
def test_a_protection_pauses_until_somebody_follows_the_customer_up(answers, after, until):
    leave = {"at": (START + DAY).isoformat(), "do": "leave", "staff": "s"}
    assign = [] if after is None else [event(START + DAY * (1 + after), "assign", staff="t")]
    got = answers(registered(staff="s"), leave, *assign, asked(START + 30 * DAY))
    assert got[1]["to_hand_over"] == 1
    assert said(got[-1], "protected_until", "staff") == (until, "t" if assign else None)


def test_what_was_renewed_while_it_paused_stays(answers):
    got = answers(
        registered(staff="s"),
        {"at": (START + DAY).isoformat(), "do": "leave", "staff": "s"},
        event(START + 50 * DAY, "activity", kind="visit"),
        event(START + 50 * DAY, "assign", staff="t"),
    )
    assert got[2]["protected_until"] == got[3]["protected_until"] == "2017-07-19"


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


def test_warnings_are_out_from_the_morning_of_their_day(answers):
    last = datetime(2017, 5, 29, 16, tzinfo=UTC)  # 30 May begins
    moments = [last - n * DAY for n in (30, 7, 1, 0)]
    got = answers(registered(), asked(moments[0] - MICROSECOND), *map(asked, moments))
    assert [it["warnings"] for it in got[1:]] == [[], [30], [30, 7], [30, 7, 1], [30, 7, 1]]


@pytest.mark.parametrize(
    ("tz", "at", "until", "end"),
    [
        # A leap day, and clocks that change at midnight, so that the day begins at one.
        ("Asia/Shanghai", "2024-02-28T12:00:00+08:00", "2024-02-29", "2024-03-01T00:00:00+08:00"),
        (
            "America/Sao_Paulo",
            "2018-11-02T12:00:00-03:00",
            "2018-11-03",
            "2018-11-04T01:00:00-02:00",
        ),
        ("America/Havana", "2018-11-03T12:00:00-04:00", "2018-11-04", "2018-11-05T00:00:00-05:00"),
        # Where a day was left out, the one before it was the last.
        ("Pacific/Apia", "2011-12-29T12:00:00-10:00", "2011-12-29", "2011-12-31T00:00:00+14:00"),
    ],
)
def test_a_protection_ends_with_the_stores_own_day(answers, tz, at, until, end):
    stores = {"A1": {"dealer": "DA", "timezone": tz}}
    rules = {"from": "1990-01-01", "protection_days": 1, "grace_days": 0}
    first, last = datetime.fromisoformat(at), datetime.fromisoformat(end)
    got = answers(
        registered(first), asked(last - MICROSECOND), asked(last), rules=rules, stores=stores
    )
    assert got[0]["protected_until"] == until
    assert [it["state"] for it in got[1:]] == ["protected", "pool"]


def test_null_switches_every_rule_off(answers):
    off = dict.fromkeys(
        [
            "activity_renews_days", "sale_renews_days", "max_days_without_sale", "caps",
            "first_contact_hours", "release_after_days", "pool_cooldown_days",
            "pool_claims_per_day",
        ]
    )  # fmt: skip
    rules = {"from": "2017-01-01", "protection_days": 90, "grace_days": 0, "extensions": 0} | off
    got = answers(
        registered(),
        event(START + DAY, "activity", kind="visit"),
        event(START + DAY, "sale", place="A1"),
        event(START + DAY, "extend"),
        event(START + DAY, "release"),
        event(START + DAY, "claim", store="A1"),
        rules=rules,
    )
    assert [it["protected_until"] for it in got[1:3]] == ["2017-05-30"] * 2
    assert got[3]["reason"] == "no_extension_left"
    assert got[5]["answer"] == "yours"


def test_a_later_rulebook_counts_for_what_is_done_from_its_day_on(answers):
    rules = [RULES, {"from": "2017-03-10", "protection_days": 30}]
    got = answers(
        registered(), registered(datetime(2017, 3, 9, 16, tzinfo=UTC), person="q"), rules=rules
    )
    assert [it["protected_until"] for it in got] == ["2017-05-30", "2017-04-09"]


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


def test_a_store_may_bear_its_dealers_code(answers):
    place = {"dealer": "A", "timezone": "Asia/Shanghai"}
    got = answers(
        registered(store="A"),
        event(START, "close_store", store="A", to="A2"),
        event(START, "close_dealer", dealer="A"),
        stores={"A": place, "A2": place},
    )
    assert got[2]["frozen"] == 1


def test_a_review_decides_about_the_sister_store_too(answers):
    got = answers(
        registered(possible=True),
        event(START, "close_store", store="A1", to="A2"),
        event(START, "rule", outcome="no"),
        asked(START + 30 * DAY),
        stores=STORES | {"A2": STORES["A1"]},
    )
    assert got[3]["owner"] is None
