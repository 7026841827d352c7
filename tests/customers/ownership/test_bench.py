"""The rules tried on the bench: each verb, at its boundaries, and strange but legal stories."""

from datetime import UTC, datetime

import pytest

from tests.customers.ownership.stories import (
    DAY,
    END,
    HOUR,
    MICROSECOND,
    RULES,
    START,
    asked,
    event,
    registered,
    said,
)


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


@pytest.mark.parametrize(
    ("after", "until"), [(2, "2017-06-01"), (20, "2017-06-06"), (None, "2017-06-06")]
)
def test_a_protection_pauses_until_somebody_follows_the_customer_up(answers, after, until):
    leave = {"at": (START + DAY).isoformat(), "do": "leave", "staff": "s"}
    assign = [] if after is None else [event(START + DAY * (1 + after), "assign", staff="t")]
    got = answers(registered(staff="s"), leave, *assign, asked(START + 30 * DAY))
    assert got[1]["to_hand_over"] == 1
    assert said(got[-1], "protected_until", "staff") == (until, "t" if assign else None)


@pytest.mark.parametrize(("after", "free"), [(0, 8), (2, 10), (6, 14), (None, 14)])
def test_nobody_is_let_go_for_want_of_a_contact_while_it_pauses(answers, after, free):
    """The day on which somebody follows up again counts as well, and never more than seven."""
    leave = {"at": (START + 6 * DAY).isoformat(), "do": "leave", "staff": "s"}
    at = START + 6 * DAY + HOUR
    assign = [] if after is None else [event(at + DAY * after, "assign", staff="t")]
    got = answers(
        registered(staff="s"), leave, *assign,
        asked(START + free * DAY - MICROSECOND), asked(START + free * DAY),
        rules=RULES | {"first_contact_hours": 48, "release_after_days": 7},
    )  # fmt: skip
    assert [it["state"] for it in got[-2:]] == ["protected", "pool"]


def test_what_was_renewed_while_it_paused_stays(answers):
    got = answers(
        registered(staff="s"),
        {"at": (START + DAY).isoformat(), "do": "leave", "staff": "s"},
        event(START + 50 * DAY, "activity", kind="visit"),
        event(START + 50 * DAY, "assign", staff="t"),
    )
    assert got[2]["protected_until"] == got[3]["protected_until"] == "2017-07-19"


@pytest.mark.parametrize(
    ("doing", "until"),
    [
        # A day of waiting alone leads to 21 June.
        ({"do": "activity", "kind": "note"}, "2017-06-21"),
        ({"do": "activity", "kind": "visit"}, "2017-06-24"),
        ({"do": "sale", "place": "A1"}, "2017-06-25"),
    ],
)
def test_what_was_promised_while_it_paused_stays_also_where_the_pause_led_further(
    answers, doing, until
):
    got = answers(
        registered(staff="s"),
        event(START + 21 * DAY, "activity", kind="visit"),  # until 20 June
        {"at": (START + 24 * DAY).isoformat(), "do": "leave", "staff": "s"},
        event(START + 25 * DAY, **doing),
        asked(START + 25 * DAY),
        event(START + 25 * DAY + HOUR, "assign", staff="t"),
        rules=RULES | {"sale_renews_days": 91},
    )
    assert [it["protected_until"] for it in got[4:]] == ["2017-06-27", until]


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
            "pool_claims_per_day", "grace_days", "extensions", "extension_days", "notice_days",
            "warning_days", "sharing_days",
        ]
    )  # fmt: skip
    rules = {"from": "2017-01-01", "protection_days": 90} | off
    end = datetime(2017, 5, 31, 16, tzinfo=UTC)
    got = answers(
        registered(),
        event(START + DAY, "activity", kind="visit"),
        event(START + DAY, "sale", place="A1"),
        event(START + DAY, "extend"),
        event(START + DAY, "release"),
        event(START + DAY, "claim", store="A1"),
        asked(end - MICROSECOND),
        asked(end),
        rules=rules,
    )
    assert [it["protected_until"] for it in got[1:3]] == ["2017-05-30"] * 2
    assert got[3]["reason"] == "no_extension_left"
    assert got[5]["answer"] == "yours"
    assert said(got[6], "state", "warnings") == ("protected", [])
    assert got[7]["state"] == "pool"


def test_a_later_rulebook_counts_for_what_is_done_from_its_day_on(answers):
    rules = [RULES, {"from": "2017-03-10", "protection_days": 30}]
    got = answers(
        registered(), registered(datetime(2017, 3, 9, 16, tzinfo=UTC), person="q"), rules=rules
    )
    assert [it["protected_until"] for it in got] == ["2017-05-30", "2017-04-09"]


def test_a_store_may_bear_its_dealers_code(answers):
    place = {"dealer": "A", "timezone": "Asia/Shanghai"}
    got = answers(
        registered(store="A"),
        event(START, "close_store", store="A", to="A2"),
        event(START, "close_dealer", dealer="A"),
        stores={"A": place, "A2": place},
    )
    assert got[2]["frozen"] == 1
