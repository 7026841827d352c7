"""The rules, one by one, at their boundaries, without a database."""

from copy import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from customers.models import ActivityKind, Answer, Channel, Outcome, Rule, Rulebook, SoldBy
from customers.ownership.rulebook import (
    NOTHING_OPEN,
    Claim,
    Counts,
    Dispute,
    Situation,
    answer,
    bought,
    followed_up,
    last_day,
    protection_end,
    started,
)
from customers.ownership.settings import RegistrationRefused, Settings, choose

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
RULES = Settings.of(Rulebook(id=1, name="r", starts_on=date(2026, 1, 1)))
NOON = datetime(2026, 1, 1, 4, tzinfo=UTC)  # in Shanghai
MICROSECOND = timedelta(microseconds=1)


def claim(dealer=1, store=10, channel=Channel.CAPTURE, tz=SHANGHAI):
    return Claim(dealer, store, tz, channel)


def owned(at=NOON, rules=RULES, **who):
    return started(claim(**who), rules, at, ownership=1)


def given(who, standing, moment, rules=RULES, counts=NOTHING_OPEN):
    return answer(who, Situation(standing, counts), rules, moment)


@pytest.mark.parametrize(
    ("act", "tz", "end"),
    [
        # 90 days from an act on 1 January last through 1 April, whatever the hour.
        (datetime(2025, 12, 31, 16, tzinfo=UTC), SHANGHAI, datetime(2026, 4, 1, 16, tzinfo=UTC)),
        (datetime(2026, 1, 1, 15, 59, tzinfo=UTC), SHANGHAI, datetime(2026, 4, 1, 16, tzinfo=UTC)),
        (datetime(2026, 1, 1, 16, tzinfo=UTC), SHANGHAI, datetime(2026, 4, 2, 16, tzinfo=UTC)),
        # Into summer time: the day still ends at local midnight.
        (datetime(2017, 1, 1, 12, tzinfo=UTC), NEW_YORK, datetime(2017, 4, 2, 4, tzinfo=UTC)),
        (datetime(2017, 9, 1, 12, tzinfo=UTC), NEW_YORK, datetime(2017, 12, 1, 5, tzinfo=UTC)),
        # Where clocks change at midnight the day begins an hour later.
        (
            datetime(2018, 8, 5, 12, tzinfo=UTC),
            ZoneInfo("America/Sao_Paulo"),
            datetime(2018, 11, 4, 3, tzinfo=UTC),
        ),
    ],
)
def test_protection_ends_with_the_local_day(act, tz, end):
    assert protection_end(act, 90, tz) == end


def test_protected_until_names_the_last_day_that_is_included():
    assert last_day(protection_end(NOON, 90, SHANGHAI), SHANGHAI) == date(2026, 4, 1)


def test_r7_an_unknown_customer_is_yours_with_grace_behind_the_protection():
    decision, standing = given(claim(), None, NOON), owned()

    assert (decision.answer, decision.rule, decision.starts) == (Answer.YOURS, Rule.R7, True)
    assert standing.end - standing.protected_until == timedelta(days=3)


@pytest.mark.parametrize(
    ("who", "rule"),
    [({}, Rule.R1), ({"store": 11}, Rule.R2), ({"dealer": 2, "store": 20}, Rule.R3)],
)
def test_r1_to_r3_while_a_protection_runs(who, rule):
    assert given(claim(**who), owned(), NOON + timedelta(days=1)).rule == rule


@pytest.mark.parametrize(
    ("offset", "rule"), [(-MICROSECOND, Rule.R3), (timedelta(), Rule.R6), (MICROSECOND, Rule.R6)]
)
def test_grace_counts_as_running_and_at_its_end_the_customer_is_free(offset, rule):
    standing = owned()

    assert given(claim(dealer=2), standing, standing.end + offset).rule == rule


@pytest.mark.parametrize(
    ("since", "who", "rule"),
    [
        (timedelta(), {"dealer": 2}, Rule.R3),
        (timedelta(), {"dealer": 1}, Rule.R6),
        (MICROSECOND, {"dealer": 2}, Rule.R6),
    ],
)
def test_while_a_case_runs_nobody_but_whose_they_were_gets_a_customer(since, who, rule):
    standing = owned()
    situation = Situation(standing, dispute=Dispute(1, standing.end + since))

    decision = answer(claim(**who), situation, RULES, standing.end)

    assert (decision.rule, decision.starts) == (rule, rule == Rule.R6)


def test_while_a_case_runs_a_live_registration_does_not_beat_an_import():
    imported = owned(channel=Channel.IMPORT)
    moment = NOON + MICROSECOND
    situation = Situation(imported, dispute=Dispute(1, NOON))

    assert answer(claim(dealer=2), Situation(imported), RULES, moment).replaces
    assert answer(claim(dealer=2), situation, RULES, moment).rule == Rule.R3


def test_r1_counts_as_a_visit_that_renews_and_is_the_first_contact():
    later = NOON + timedelta(days=5)

    after = followed_up(owned(), "visit", "", RULES, later)

    assert given(claim(), owned(), later).visits
    assert after.protected_until == protection_end(later, 90, SHANGHAI)
    assert (after.contacted_at, after.last_activity_at, after.follow_up_on) == (later, later, None)


def test_where_visits_do_not_qualify_a_visit_renews_nothing():
    rules = replace(RULES, visit_qualifies=False)
    standing = owned()

    after = followed_up(standing, "visit", "", rules, NOON + timedelta(days=5))

    assert (after.end, after.protected_until) == (standing.end, standing.protected_until)


def test_what_is_told_late_moves_the_last_activity_not_back():
    standing = followed_up(owned(), "visit", "", RULES, NOON + timedelta(days=5))
    earlier = NOON + timedelta(days=4)

    noted = followed_up(standing, "note", "", RULES, earlier)
    sold = bought(standing, SoldBy.OTHER, RULES, earlier)

    assert noted.last_activity_at == sold.last_activity_at == standing.last_activity_at


@pytest.mark.parametrize(
    ("contacted", "days", "kind", "outcome", "left"),
    [
        (False, 1, "call", "reached", None),
        (False, 1, "call", "no_answer", 7),
        (True, 6, "quote", "", 7),
        (True, 7, "quote", "", None),
        (True, 7, "note", "", 7),
    ],
    ids=["first contact", "nobody answered", "before its day", "on its day", "a note"],
)
def test_contact_settles_a_follow_up_that_is_due(contacted, days, kind, outcome, left):
    agreed = date(2026, 1, 1) + timedelta(days=7)
    standing = replace(owned(), follow_up_on=agreed, contacted_at=NOON if contacted else None)

    after = followed_up(standing, kind, outcome, RULES, NOON + timedelta(days=days))

    assert after.follow_up_on == (agreed if left else None)


def protection(standing):
    """Until when it protects, and until when only the owner may renew it."""
    return standing.protected_until, standing.end


@pytest.mark.parametrize(
    ("kind", "outcome", "renews"),
    [
        (ActivityKind.VISIT, "", True),
        (ActivityKind.QUOTE, "", True),
        (ActivityKind.DEPOSIT, "", True),
        (ActivityKind.SERVICE, "", True),
        (ActivityKind.CALL, Outcome.REACHED, True),
        (ActivityKind.CALL, Outcome.NOT_INTERESTED, True),
        (ActivityKind.CALL, Outcome.NO_ANSWER, False),
        (ActivityKind.NOTE, "", False),
        (ActivityKind.MESSAGE, "", False),
    ],
)
def test_only_contact_renews(kind, outcome, renews):
    standing = owned()
    after = followed_up(standing, kind, outcome, RULES, NOON + timedelta(days=1))

    assert (after.end > standing.end) is renews


def test_the_owner_renews_in_grace_and_not_after_it():
    standing = owned()
    in_grace = standing.protected_until + timedelta(hours=1)

    assert followed_up(standing, "quote", "", RULES, in_grace).end > standing.end
    too_late = followed_up(standing, "quote", "", RULES, standing.end)
    assert protection(too_late) == protection(standing)


def test_one_renewal_a_day():
    standing = followed_up(owned(), "quote", "", RULES, NOON + timedelta(days=1))
    longer = replace(RULES, activity_renews_days=120)

    same_day = followed_up(standing, "visit", "", longer, NOON + timedelta(days=1))
    next_day = followed_up(standing, "visit", "", longer, NOON + timedelta(days=2))
    assert protection(same_day) == protection(standing)
    assert protection(next_day) > protection(standing)


def test_without_a_sale_no_renewal_reaches_beyond_a_year():
    standing = owned()
    for week in range(1, 60):
        standing = followed_up(standing, "quote", "", RULES, NOON + timedelta(days=7 * week))

    assert standing.protected_until == protection_end(NOON, 365, SHANGHAI)
    assert standing.end == protection_end(NOON, 368, SHANGHAI)


def test_after_a_sale_activities_renew_beyond_a_year():
    standing = bought(owned(), SoldBy.OWN, RULES, NOON)
    late = standing.protected_until - timedelta(days=1)

    after = followed_up(standing, "quote", "", RULES, late)

    assert after.protected_until == protection_end(late, 90, SHANGHAI)


@pytest.mark.parametrize(
    ("sold_by", "renews"),
    [(SoldBy.OWN, True), (SoldBy.SISTER, True), (SoldBy.ONLINE, True), (SoldBy.OTHER, False)],
)
def test_a_sale_renews_for_the_owner_and_never_elsewhere(sold_by, renews):
    standing = owned()
    after = bought(standing, sold_by, RULES, NOON + timedelta(days=1))

    assert after.sold is renews
    assert (after.end > standing.end) is renews


def test_an_end_only_ever_moves_later():
    sold = bought(owned(), SoldBy.OWN, RULES, NOON + timedelta(days=1))
    shorter = replace(RULES, sale_renews_days=10, activity_renews_days=10, grace_days=0)

    for after in (
        bought(sold, SoldBy.OWN, shorter, NOON + timedelta(days=2)),
        followed_up(sold, "quote", "", shorter, NOON + timedelta(days=2)),
    ):
        assert (after.end, after.protected_until) == (sold.end, sold.protected_until)


@pytest.mark.parametrize(
    ("counts", "rule"),
    [
        (Counts(person=199, store=999), Rule.R7),
        (Counts(person=200), Rule.CAP),
        (Counts(store=1000), Rule.CAP),
    ],
)
def test_at_the_cap_new_ones_wait(counts, rule):
    assert given(claim(), None, NOON, counts=counts).rule == rule


def test_own_customers_do_not_wait_at_the_cap():
    decision = given(claim(), owned(), NOON + timedelta(days=1), counts=Counts(person=500))

    assert decision.rule == Rule.R1


@pytest.mark.parametrize(
    ("first", "second", "days", "replaces"),
    [
        (Channel.IMPORT, Channel.CAPTURE, 0, True),
        (Channel.IMPORT, Channel.CAPTURE, 1, False),
        (Channel.IMPORT, Channel.IMPORT, 0, False),
        (Channel.CAPTURE, Channel.IMPORT, 0, False),
        (Channel.HISTORY, Channel.CAPTURE, 0, False),
    ],
)
def test_an_import_never_beats_a_live_registration_of_the_same_day(first, second, days, replaces):
    standing = owned(channel=first)
    moment = NOON + timedelta(days=days, hours=1)

    decision = given(claim(dealer=2, store=20, channel=second), standing, moment)

    assert decision.replaces is replaces
    assert decision.answer == (Answer.YOURS if replaces else Answer.PROTECTED)


def test_a_setting_left_empty_switches_its_rule_off():
    rules = replace(
        RULES, activity_renews_days=None, sale_renews_days=None, max_days_without_sale=None,
        person_cap=None, store_cap=None, first_contact_hours=None, grace_days=0,
    )  # fmt: skip
    standing = owned(rules=rules)
    later = NOON + timedelta(days=1)

    assert standing.end == standing.protected_until
    visited = followed_up(standing, "quote", "", rules, later)
    assert protection(visited) == protection(standing)
    assert bought(standing, SoldBy.OWN, rules, later).end == standing.end
    free = given(claim(), None, NOON, rules=rules, counts=Counts(9999, 9999))
    assert free.answer == Answer.YOURS
    assert standing.duty_met


@pytest.mark.parametrize(("hours", "met"), [(None, False), (1, True), (48, True), (48.001, False)])
def test_first_contact_within_its_hours(hours, met):
    at = None if hours is None else NOON + timedelta(hours=hours)

    assert replace(owned(), contacted_at=at).duty_met is met


def test_a_call_that_nobody_answered_is_no_contact():
    standing = owned()

    assert followed_up(standing, "call", Outcome.NO_ANSWER, RULES, NOON).contacted_at is None
    assert followed_up(standing, "call", Outcome.REACHED, RULES, NOON).contacted_at == NOON


def test_a_sale_of_nothing_renews_nothing():
    standing, later = owned(), NOON + timedelta(days=1)

    after = bought(standing, SoldBy.OWN, RULES, later, paid=False)

    assert (after.end, after.sold, after.last_activity_at) == (standing.end, False, later)


@pytest.mark.parametrize(
    ("day", "rulebook"),
    [(date(2025, 1, 1), 1), (date(2026, 1, 1), 1), (date(2026, 6, 30), 1), (date(2026, 7, 1), 2)],
)
def test_the_latest_rulebook_that_started_applies_else_the_earliest(day, rulebook):
    published = [replace(RULES, id=2, starts_on=date(2026, 7, 1)), RULES]

    assert choose(published, day).id == rulebook


def test_without_a_published_rulebook_hq_has_to_publish_one(english):
    with pytest.raises(RegistrationRefused, match="HQ"):
        choose([], date(2026, 1, 1))


def test_the_owners_share_is_a_decimal():
    assert Decimal("0.3") == RULES.owner_share
