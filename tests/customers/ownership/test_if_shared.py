"""A dealer's months once more at each level, against what was worked out by hand. No database."""

from copy import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from customers.models import Rulebook
from customers.ownership.hindsight import Asked, Told
from customers.ownership.if_shared import AskedAnew, LeftOut, Sale, SaleAnew, networks, tell
from customers.ownership.levels import Chosen
from customers.ownership.rulebook import Claim
from customers.ownership.settings import Rulebooks, Settings
from customers.ownership.track import Bought
from dealers.models import Level

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
START = datetime(2026, 1, 5, 2, tzinfo=UTC)
SINCE = START - 10 * DAY
# 30 days, at L2 45 and at L3 60; nothing but sales prolongs, and there is no grace.
RULES = replace(
    Settings.of(Rulebook(id=1, name="r", starts_on=date(2025, 1, 1))),
    protection_days=30, sharing_days=(0, 0, 15, 30), grace_days=0, activity_renews_days=None,
    first_contact_hours=None, release_after_days=None, owner_share=Decimal("0.3"),
)  # fmt: skip
ME, RIVAL = 1, 2  # dealers; their stores are ten times as much
NOT_COUNTED = frozenset()


def until(days, at=START):
    """The end of the local day so many days later: midnight in Shanghai is 16:00 UTC."""
    return (at + days * DAY).replace(hour=16)


def asked(at=START, *, dealer=ME, answer="yours", rule="R7", protected=30, number=1):
    claim = Claim(dealer, dealer * 10, SHANGHAI, "capture")
    return Asked(number, claim, at, Told(answer, rule, protected and until(protected, at)))


def sale(at, on_file=NOT_COUNTED, dealer=ME, net="100.00", *, readable=True):
    """A sale at a dealer's store; None: online."""
    store = None if dealer is None else dealer * 10
    bought = Bought(store, dealer, at)
    return Sale(UUID(int=int(at.timestamp())), bought, Decimal(net), frozenset(on_file), readable)


def mine(sold_by="own", share="1"):
    return ("owner", ME, ME * 10, Decimal(share), sold_by)


def told(*events, chosen=(), beside=None, rules=RULES):
    """What is found about one person's events."""
    return list(
        tell(
            [(1, each) for each in events],
            Rulebooks([rules]),
            networks(chosen, ME, SINCE),
            dealer=ME,
            since=SINCE,
            beside=beside or {},
        )
    )


def shares(found):
    assert isinstance(found, SaleAnew)
    return [part and part.share for part in (found.was, *found.levels)]


def test_each_level_gives_a_new_protection_its_days():
    (found,) = told(asked())
    assert isinstance(found, AskedAnew)
    assert found.was == ("yours", 30)
    assert found.levels == (("yours", 30), ("yours", 30), ("yours", 45), ("yours", 60))


def test_a_sale_a_day_after_the_protection_counts_from_the_level_on_that_reaches_it():
    _registered, found = told(asked(), sale(START + 31 * DAY))
    assert shares(found) == [None, None, None, 1, 1]
    part = found.levels[2]
    assert (part.holder, part.sold_by, part.counts_on) == ("owner", "own", date(2026, 2, 5))
    assert (part.owned_on, part.of_lead) == (date(2026, 1, 5), False)


def test_the_last_day_itself_is_protected_at_every_level():
    _registered, found = told(asked(), sale(START + 30 * DAY, [mine()]))
    assert shares(found) == [1] * 5


def test_a_lower_level_loses_a_sale_that_counted():
    shared = [(None, Chosen(ME, Level.TOGETHER, START - DAY))]
    _registered, found = told(asked(protected=60), sale(START + 50 * DAY, [mine()]), chosen=shared)
    assert shares(found) == [1, None, None, None, 1]


def test_what_is_chosen_in_between_is_as_if_it_was_not():
    """L3 was chosen on day 20, too late for the first: each level is as if chosen at once."""
    later = START + 20 * DAY
    shared = [(None, Chosen(ME, Level.TOGETHER, later))]
    first, second = told(
        asked(), asked(later + 20 * DAY, rule="R6", protected=60, number=2), chosen=shared
    )
    assert (first.was.days, second.was.days) == (30, 60)
    assert second.levels[0] == ("yours", 30)
    assert second.levels[3] == ("yours_already", None)  # the first one reaches that far


def test_a_single_customers_own_level_stays():
    own = [(1, Chosen(ME, Level.TOGETHER, START - DAY))]
    registered, found = told(asked(protected=60), sale(START + 50 * DAY, [mine()]), chosen=own)
    assert [each.days for each in (registered.was, *registered.levels)] == [60] * 5
    assert shares(found) == [1] * 5


def test_other_dealers_share_as_they_did():
    """The rival's own L3 reaches day 60, whatever level is mine: my registration is refused."""
    rival = [(None, Chosen(RIVAL, Level.TOGETHER, START - DAY))]
    (found,) = told(
        asked(dealer=RIVAL, protected=60),
        asked(START + 50 * DAY, answer="protected", rule="R3", protected=None, number=2),
        chosen=rival,
    )
    assert {found.was, *found.levels} == {("protected", None)}


def test_a_sale_elsewhere_counts_in_part_only_while_protected():
    at, seller = START + 40 * DAY, ("seller", RIVAL, RIVAL * 10, Decimal("0.7"), "other")
    shared = [(None, Chosen(ME, Level.SERVICE, START - DAY))]
    _registered, found = told(
        asked(protected=45),
        sale(at, [mine("other", "0.3"), seller], dealer=RIVAL),
        chosen=shared,
    )
    assert shares(found) == [Decimal("0.3"), None, None, Decimal("0.3"), Decimal("0.3")]


def test_a_sale_that_the_dealer_may_not_read_of_prolongs_no_level():
    """Online on day 50: by it L3 would reach the sale on day 70, and tell that there was one."""
    hidden = sale(START + 50 * DAY, dealer=None, readable=False)
    _registered, found = told(asked(), hidden, sale(START + 70 * DAY))
    assert shares(found) == [None] * 5


def test_what_a_rival_asked_for_in_vain_wins_at_no_level():
    """On day 40, while L3 protected: by it the sale on day 50 would count in part at the others."""
    shared = [(None, Chosen(ME, Level.TOGETHER, START - DAY))]
    refused = asked(
        START + 40 * DAY, dealer=RIVAL, answer="protected", rule="R3", protected=None, number=2
    )
    _registered, found = told(
        asked(protected=60), refused, sale(START + 50 * DAY, [mine()]), chosen=shared
    )
    assert shares(found) == [1, None, None, None, 1]


def test_what_a_ruling_decided_is_left_out_with_all_that_follows():
    """On file the sale is the rival's, which no rule says; nothing after it is compared either."""
    ruled = ("owner", RIVAL, RIVAL * 10, Decimal(1), "other")
    first, left, after = told(
        asked(), sale(START + 5 * DAY, [ruled]), sale(START + 6 * DAY, [mine()])
    )
    assert isinstance(first, AskedAnew)
    assert isinstance(left, LeftOut)
    assert isinstance(after, LeftOut)


def test_what_was_decided_beside_the_rules_is_left_out_from_then_on():
    given = START + 33 * DAY
    kinds = told(asked(), sale(START + 31 * DAY), sale(given + DAY), beside={1: given})
    assert [type(each) for each in kinds] == [AskedAnew, SaleAnew, LeftOut]


def test_an_answer_that_the_rules_do_not_give_is_left_out():
    (found,) = told(asked(answer="review", rule="R5", protected=None))
    assert isinstance(found, LeftOut)


def test_what_the_dealer_may_not_read_is_in_no_level_and_not_counted():
    found = told(
        asked(),
        sale(START + 31 * DAY, dealer=None, readable=False),
        asked(START + 32 * DAY, dealer=RIVAL, rule="R6", number=2),
    )
    assert [type(each) for each in found] == [AskedAnew]


def test_what_came_before_the_time_is_told_but_not_counted():
    found = told(asked(SINCE - 5 * DAY), sale(SINCE + 20 * DAY, [mine()]))
    assert [type(each) for each in found] == [SaleAnew]
    assert shares(found[0]) == [1] * 5


def test_a_rulebook_that_gives_no_level_more_makes_all_alike():
    registered, found = told(asked(), sale(START + 31 * DAY), rules=replace(RULES, sharing_days=()))
    assert set(registered.levels) == {registered.was}
    assert shares(found) == [None] * 5


def test_progress_counts_every_event():
    seen = []
    list(
        tell(
            [(1, asked()), (1, sale(START + DAY, [mine()]))], Rulebooks([RULES]),
            networks([], ME, SINCE), dealer=ME, since=SINCE, beside={}, show=seen.append,
        )
    )  # fmt: skip
    assert seen == [1, 2]


@pytest.mark.parametrize("level", Level)
def test_a_level_holds_from_the_first_day_of_the_time_on(level):
    before, *levels = networks([(None, Chosen(ME, Level.SERVICE, SINCE - DAY))], ME, SINCE)
    anew = levels[level].of(1)
    assert anew.at(ME, SINCE - DAY) == Level.SERVICE
    assert anew.at(ME, SINCE) == level
    assert before.of(1).at(ME, SINCE) == Level.SERVICE
