"""The longer first protection for sharing: on the bench, at the counter and from a file alike."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from customers.models import Registration
from customers.ownership import bench_file, claims, retrace
from customers.ownership.rulebook_file import RulebookNotValid, read_rulebook, write_rulebook
from dealers.actor import Actor
from dealers.models import Level, Sharing
from tests.customers.ownership.stories import DAY, RULES, START, asked, event, registered
from tests.factories.customers import RulebookFactory, phone_number
from tests.factories.customers import registered as at_the_counter
from tests.factories.dealers import StoreFactory

BENEFITS = [0, 15, 30, 30]
RULES = RULES | {"sharing_days": BENEFITS}
HEADER = "external_id,store_code,phone,name,registered_at,source,consent_service,consent_marketing"


def shared(at, level, **more):
    return event(at, "share", None, dealer="DA", level=level, **more)


@pytest.mark.parametrize(
    ("level", "until"),
    [(0, "2017-05-30"), (1, "2017-06-14"), (2, "2017-06-29"), (3, "2017-06-29")],
)
def test_the_first_protection_is_longer_by_the_level(answers, level, until):
    got = answers(shared(START - DAY, level), registered(), rules=RULES)
    assert got[0] == {"answer": "shared", "dealer": "DA", "level": level}
    assert got[1]["protected_until"] == until


def test_who_chose_nothing_shares_the_masked_profile(answers):
    assert answers(registered(), rules=RULES)[0]["protected_until"] == "2017-06-14"


def test_a_rulebook_that_promises_nothing_gives_nothing(answers):
    got = answers(shared(START, 3), registered(), rules=RULES | {"sharing_days": []})
    assert got[1]["protected_until"] == "2017-05-30"


def test_what_is_chosen_later_changes_nothing_of_what_runs(answers):
    got = answers(
        shared(START - DAY, 3),
        registered(),
        shared(START + DAY, 0),
        asked(START + DAY),
        registered(START + 2 * DAY, "A1", person="q"),
        shared(START + 3 * DAY, 3),
        asked(START + 4 * DAY, "q"),
        rules=RULES,
    )
    assert got[3]["protected_until"] == "2017-06-29"
    assert got[4]["protected_until"] == got[6]["protected_until"] == "2017-06-01"


def test_a_customers_own_level_goes_before_the_default(answers):
    got = answers(
        shared(START - DAY, 3),
        event(START - DAY, "share", dealer="DA", level=0),
        registered(),
        registered(person="q"),
        event(START, "share", "r", dealer="DA", level=0),
        registered(START + DAY, "B1", person="r"),
        rules=RULES,
    )
    days = [got[place]["protected_until"] for place in (2, 3, 5)]
    assert days == ["2017-05-30", "2017-06-29", "2017-06-15"]


@pytest.mark.parametrize("level", [4, -1, "2", True, 1.5])
def test_a_level_is_one_of_four(level):
    story = {
        "stores": {"A": {"dealer": "D"}},
        "events": [{"at": START.isoformat(), "do": "share", "dealer": "D", "level": level}],
    }
    with pytest.raises(bench_file.CasesNotValid, match="level"):
        bench_file.case_in(story, "[0]")


@pytest.mark.parametrize("days", [[0, 15, 30], [30, 15, 0, 0], [0, 0, 0, 367], 30, [0, 0, 0, None]])
def test_a_benefit_names_each_level_and_never_falls(days):
    with pytest.raises(RulebookNotValid, match="sharing_days"):
        read_rulebook({"name": "R", "from": "2017-01-01", "sharing_days": days})


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"grace_days": 367}, "R.grace_days: .*366"),
        ({"notice_days": 400}, "R.notice_days: .*366"),
        ({"protection_days": 0}, "R.protection_days: .*1"),
        ({"warning_days": [30, 32_768]}, "R.warning_days: Number 2: .*32767"),
        ({"sharing_days": [0, 0, 0, 367]}, "R.sharing_days: Number 4: .*366"),
        ({"sharing_days": [30, 15, 0, 0]}, "R.sharing_days: Write four numbers of days"),
        ({"caps": {"store": 2**31}}, "R.caps.store: .*2147483647"),
    ],
)
@pytest.mark.usefixtures("english")
def test_a_file_has_the_bounds_of_the_form(said, problem):
    with pytest.raises(RulebookNotValid, match=problem):
        read_rulebook({"name": "R", "from": "2017-01-01"} | said, "R")


def test_what_the_database_holds_comes_back_from_a_file():
    caps = {"person": 50_000, "store": None}
    rulebook = read_rulebook({"name": "R", "from": "2017-01-01", "caps": caps})
    assert read_rulebook(write_rulebook(rulebook)).person_cap == 50_000


@pytest.mark.django_db
def test_the_database_holds_rulebooks_to_that():
    with pytest.raises(ValidationError, match="L3"):
        RulebookFactory.build(sharing_days=[30, 15, 0, 0]).full_clean()
    for days in ([30, 15, 0, 0], [0, 15, 30], [0, 0, 0, 367]):
        with pytest.raises(IntegrityError), transaction.atomic():
            RulebookFactory(sharing_days=days)


def counter(store, phone, at, tmp_path):
    return at_the_counter(store, phone=phone, at=at)


def from_a_file(store, phone, at, tmp_path):
    path = tmp_path / f"{phone}.csv"
    path.write_text(f"{HEADER}\n{phone},{store.code},{phone},,{at.isoformat()},fair,yes,no\n")
    call_command("import_registrations", path)
    return Registration.objects.get(key=f"import:{phone}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", [counter, from_a_file])
def test_counter_and_file_give_what_the_bench_gives(way, store, tmp_path):
    RulebookFactory(sharing_days=BENEFITS, pool_cooldown_days=0)
    now, phone = timezone.now(), phone_number()
    kept = at_the_counter(StoreFactory(), phone=phone_number(), at=now - 300 * DAY)
    own = at_the_counter(store, phone=phone, at=now - 300 * DAY)
    for customer, level, days in (
        (None, Level.TOGETHER, 299), (own.customer_id, Level.FINGERPRINT, 298),
        (None, Level.SERVICE, 1),
    ):  # fmt: skip
        Sharing.objects.create(
            dealer=store.dealer, customer=customer, level=level, at=now - days * DAY
        )

    again = way(store, phone, now, tmp_path)
    new = way(store, phone_number(), now, tmp_path)
    elsewhere = way(kept.store, phone_number(), now, tmp_path)

    first = timedelta(days=91)  # the end of the day that is 90 days after
    for made, days in ((again, 0), (new, 30), (elsewhere, 15)):
        midnight = datetime.combine(made.received_on, datetime.min.time(), made.store.tz)
        end = (midnight + first + timedelta(days=days)).astimezone(UTC)
        assert made.ownership.protected_until == end
    assert list(retrace.broken()) == []


@pytest.mark.django_db(transaction=True)
def test_whom_the_pool_gives_is_protected_by_the_level_as_well(store, owner):
    RulebookFactory(sharing_days=BENEFITS)
    at = timezone.now()
    made = at_the_counter(store, at=at - 300 * DAY)
    Sharing.objects.create(dealer=store.dealer, level=Level.TOGETHER, at=at - DAY)

    claims.claim(made.customer, store=store, by=Actor.of(owner), at=at)

    latest = made.customer.ownerships.latest("period")
    local = at.astimezone(store.tz).date() + timedelta(days=121)
    assert latest.protected_until.astimezone(store.tz).date() == local


@pytest.mark.django_db
@pytest.mark.parametrize("days", [[], BENEFITS])
def test_a_good_rulebook_asks_the_database_nothing_that_it_refuses(caplog, days):
    RulebookFactory(sharing_days=days).full_clean()
    assert not caplog.records
