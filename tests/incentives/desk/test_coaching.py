"""Notes of regional managers: who writes, who reads, what the figures are, who is told when."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import ProgrammingError, transaction

from dealers.actor import Actor
from dealers.models import Membership, Notice, NoticeKind
from dealers.words import local_date
from incentives.desk import coaching
from incentives.desk.coaching import CoachingRefused
from incentives.models import Aim, Came, CoachingCheck, CoachingNote
from tests.factories.coaching import coached
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, RegionalManagerFactory, StoreFactory
from tests.factories.incentives import sale

NOW = datetime(2026, 10, 23, 6, 0, tzinfo=UTC)  # 14 o'clock in Shanghai
LATER = NOW + timedelta(days=14)


@pytest.fixture(autouse=True)
def _rulebook(db):
    RulebookFactory()


@pytest.fixture
def note(store, region_manager):
    return coached(store, region_manager, at=NOW)


def told(kind=NoticeKind.COACHING):
    return list(Notice.objects.filter(kind=kind).order_by("pk"))


def test_a_note_keeps_the_figure_of_the_four_weeks_before(store, region_manager):
    for days in (0, 27, 28):  # the last is a day too old
        registered(store, at=NOW - timedelta(days=days))

    assert coached(store, region_manager, at=NOW).before == 2


@pytest.mark.parametrize(
    ("aim", "figure"),
    [
        (Aim.REGISTRATIONS, Decimal(1)),
        (Aim.CONTACT, None),  # its time still runs
        (Aim.CONVERSION, None),  # nothing is old enough
        (Aim.NET_SALES, Decimal("300.00")),
    ],
)
def test_each_figure_is_that_of_the_managers_table(store, aim, figure):
    made = registered(store, at=NOW - timedelta(hours=1))
    sale(made, "300.00", date(2026, 10, 23))

    assert coaching.figure(store, aim, NOW) == figure


def test_what_came_of_it_is_kept_with_the_figure_of_that_day(note, store, region_manager):
    registered(store, at=NOW + timedelta(days=3))

    made = coaching.check(
        note, Came.PARTLY, "两位同事开始问了", by=Actor.of(region_manager), at=LATER
    )

    assert (note.before, made.after) == (0, 1)


def test_what_came_of_it_is_said_once(note, region_manager):
    by = Actor.of(region_manager)
    coaching.check(note, Came.DONE, "", by=by, at=LATER)

    with pytest.raises(CoachingRefused):
        coaching.check(note, Came.NOT_DONE, "", by=by, at=LATER)
    assert CoachingCheck.objects.get().came == Came.DONE


@pytest.mark.parametrize("days", [0, -1, 181])
def test_the_day_of_checking_is_ahead_and_in_sight(store, region_manager, days):
    with pytest.raises(CoachingRefused):
        coached(store, region_manager, at=NOW, days=days)
    assert not CoachingNote.objects.exists()


def test_tomorrow_is_the_stores_own(region_manager):
    """At 14 o'clock in Shanghai it is still yesterday in Honolulu."""
    store = StoreFactory(timezone="Pacific/Honolulu", dealer__region=region_manager.region)

    made = coached(store, region_manager, at=NOW, days=1)

    assert made.check_on == date(2026, 10, 23)


def test_the_stores_manager_and_its_owner_are_told(store, region_manager, manager, owner, clerk):
    coached(store, region_manager, at=NOW)

    assert {each.user for each in told()} == {manager.user, owner.user}


def test_who_looks_is_reminded_on_the_day_at_the_store_and_once(note, region_manager):
    midnight = datetime(2026, 11, 5, 16, 0, tzinfo=UTC)  # 6 November begins in Shanghai

    assert coaching.remind(midnight - timedelta(microseconds=1)) == 0
    assert coaching.remind(midnight) == 1
    coaching.remind(midnight + timedelta(hours=1))

    (notice,) = told()
    assert notice.user == region_manager.user
    assert notice.to == f"/region/coaching/{note.pk}/"


def test_the_author_alone_is_reminded_on_the_day_or_once_a_worker_runs(note, region_manager):
    RegionalManagerFactory(region=region_manager.region)  # a colleague, whose note it is not

    assert coaching.remind(LATER + timedelta(days=8)) == 0
    assert coaching.remind(LATER + timedelta(days=7)) == 1
    coaching.remind(LATER)
    assert [each.user for each in told()] == [region_manager.user]


def test_who_takes_a_region_over_is_not_told_again_of_what_they_were_told_on_its_day(
    note, region_manager
):
    Membership.objects.filter(pk=region_manager.pk).update(ends_at=LATER - timedelta(days=2))
    successor = RegionalManagerFactory(region=region_manager.region)

    for days in (0, 1, 2):
        coaching.remind(LATER + timedelta(days=days))

    assert [each.to for each in told() if each.user == successor.user] == [
        f"/region/coaching/{note.pk}/"
    ]


def test_who_takes_a_region_over_hears_of_old_notes_once_and_of_others_on_their_day(
    note, store, region_manager, english
):
    coached(store, region_manager, at=NOW, days=10)
    later = coached(store, region_manager, at=NOW, days=30)
    Membership.objects.filter(pk=region_manager.pk).update(ends_at=NOW + timedelta(days=15))
    successor = RegionalManagerFactory(
        region=region_manager.region, starts_at=NOW + timedelta(days=15)
    )
    author = region_manager.user.name

    for days in (16, 17, 30, 31):
        coaching.remind(NOW + timedelta(days=days))

    all_told = Notice.objects.filter(user=successor.user).order_by("pk")
    old, due = all_told
    assert (author in old.title, " 2." in old.title, old.to) == (True, True, "/region/coaching/")
    assert old.title != due.title
    assert (author in due.title, due.to) == (True, f"/region/coaching/{later.pk}/")
    assert not [each for each in told() if each.user == region_manager.user]


def test_nobody_is_reminded_of_what_was_looked_at(note, region_manager):
    coaching.check(note, Came.DONE, "", by=Actor.of(region_manager), at=NOW)

    assert coaching.remind(LATER) == 0


def test_everybody_reads_the_notes_of_their_own_stores(note, store, manager, owner, region_manager):
    sister = StoreFactory(dealer=store.dealer)
    other = MembershipFactory(store=sister)

    for post in (manager, owner, region_manager):
        assert list(coaching.notes_of(post)) == [note]
    for post in (other, MembershipFactory(), RegionalManagerFactory()):
        assert not coaching.notes_of(post).exists()


@pytest.mark.parametrize("what", [{"to_do": "另一件事"}, {"before": 9}])
def test_a_note_stays_as_it_was_written(note, what):
    with pytest.raises(ProgrammingError, match="coachingnote"), transaction.atomic():
        CoachingNote.objects.filter(pk=note.pk).update(**what)


# The pages


@pytest.fixture
def page(login):
    def opened(who, path, **data):
        client = login(who)
        return client.post(path, data) if data else client.get(path)

    return opened


def written(**data):
    soon = (datetime.now(UTC) + timedelta(days=20)).date()
    return {
        "saw": "没有人问手机号", "why": "怕顾客嫌烦", "to_do": "早会练习\n开场白", "aim": "contact",
        "check_on": soon.isoformat(),
    } | data  # fmt: skip


def test_a_manager_writes_a_note_and_says_what_came_of_it(page, store, region_manager):
    address = f"/region/stores/{store.code}/coaching/"
    assert page(region_manager, address).status_code == 200

    answer = page(region_manager, address, **written())

    note = CoachingNote.objects.get()
    assert answer.headers["Location"] == f"/region/coaching/{note.pk}/"
    assert (note.to_do, note.dealer) == ("早会练习 开场白", store.dealer)
    listed = page(region_manager, "/region/coaching/").text
    assert "早会练习 开场白" in listed
    assert "早会练习 开场白" in page(region_manager, f"/region/stores/{store.code}/").text
    page(region_manager, answer.headers["Location"], came="done", said="全店都在问")
    assert "全店都在问" in page(region_manager, answer.headers["Location"]).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"saw": " "},
        {"why": ""},
        {"to_do": "x" * 401},
        {"saw": "看\u202e不见"},
        {"aim": "luck"},
        {"check_on": "31.12.2026"},
        {"check_on": "2020-01-01"},
        {"check_on": "2199-12-31"},
        {"check_on": "٢٠٢٦-١٢-٣١"},
    ],
)
def test_a_note_with_a_mistake_is_not_kept(page, store, region_manager, wrong):
    answer = page(region_manager, f"/region/stores/{store.code}/coaching/", **written(**wrong))

    assert answer.status_code == 422
    assert not CoachingNote.objects.exists()


def test_the_store_reads_the_same_words(page, note, manager, owner):
    for post in (manager, owner):
        text = page(post, "/coaching/").text
        assert note.to_do in text
        assert note.saw in text
        assert local_date(NOW) in text or note.store.name in text


def test_nobody_else_opens_them(page, note, clerk, rival, store):
    assert page(clerk, "/coaching/").status_code == 404
    stranger = RegionalManagerFactory()
    for path in (f"/region/coaching/{note.pk}/", f"/region/stores/{store.code}/coaching/"):
        assert page(stranger, path).status_code == 404
        assert page(rival, path).status_code == 404
    assert page(stranger, f"/region/coaching/{note.pk}/", came="done").status_code == 404
    assert not CoachingCheck.objects.exists()
