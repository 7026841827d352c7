"""The scorecard of headquarters: counted from the chains, kept for good, and of nobody alone."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers import cards
from customers.cases import deciding
from customers.models import Case, CaseRuling, VoidReason
from customers.ownership import voids
from dealers import access, drills, forbidden, sayings, scorecard
from dealers.actor import Actor, acting
from dealers.models import (
    AccessAction,
    DailyRoot,
    FactKind,
    ForbiddenAct,
    Link,
    RestoreDrill,
    Score,
    ScoreFigure,
    ScoreLength,
)
from dealers.months import hq_day, hq_midnight
from dealers.receipts import chain, verify_receipt
from dealers.scorecard import Counted, quarter_is_told, told
from dealers.spreadsheets import csv_pieces
from dealers.triggers import lifted
from incentives import scorecard as figures
from incentives import tasks
from tests.factories.cases import case_of
from tests.factories.customers import RulebookFactory, number_of, registered
from tests.factories.dealers import (
    DealerFactory,
    MembershipFactory,
    OwnerFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
PAGE = "/scorecard/"


def counted(score) -> Counted:
    """Of the last days, up to today."""
    today = timezone.localdate()
    return figures.count(score, today - timedelta(days=60), today)


def told_in(dealer, kind) -> list[dict]:
    """What an owner reads in the file of the own chain."""
    links = Link.objects.filter(dealer=dealer, kind=kind).order_by("seq")
    return [said for link in links for said in json.loads(link.body)["told"]]


@pytest.fixture
def looked(db):
    """Headquarters looks at five dealers' customers, is shown three numbers and refused two."""
    RulebookFactory()
    hq, now = Actor.hq(UserFactory(is_staff=True)), timezone.now()
    stores = [StoreFactory() for _nth in range(5)]
    for nth, store in enumerate(stores):
        customer = registered(store).customer
        cards.open([customer], by=hq, purpose="辅导")
        action = AccessAction.REVEAL if nth < 3 else AccessAction.REFUSED
        access.note(
            action, by=hq, dealer_id=store.dealer_id, customer=customer.pk, fields="phone",
            purpose="service", at=now,
        )  # fmt: skip
        # What the dealer's own people do is nobody's promise.
        cards.reveal(customer, by=Actor.of(MembershipFactory(store=store)), purpose="x", at=now)
    return [store.dealer for store in stores]


def test_numbers_are_counted_from_the_chains_as_each_dealer_counts_its_own(looked):
    assert counted(Score.NUMBERS) == Counted(0, 0, 0)  # what waits is in no chain yet
    chain.append_waiting()

    shown, refused = counted(Score.NUMBERS), counted(Score.NUMBERS_REFUSED)

    assert shown == Counted(3, 10, 5)
    assert refused == Counted(2, 5, 5)
    own = [
        said
        for dealer in looked
        for said in told_in(dealer, FactKind.ACCESS)
        if said["role"] == "hq"
    ]
    assert len(own) == shown.of
    assert sum(said["action"] == "reveal" for said in own) == shown.count


def test_what_headquarters_voids_counts_however_few_and_nothing_else_that_is_void(
    client, english, hq
):
    RulebookFactory()
    store, now = StoreFactory(), timezone.now()
    owner = Actor.of(OwnerFactory(dealer=store.dealer))
    for reason in (VoidReason.WRONG_NUMBER, VoidReason.NOT_ASKED):  # what protects nobody
        taken = registered(StoreFactory(), at=now).customer
        refused = registered(store, phone=number_of(taken), at=now)
        voids.void(refused, reason=reason, by=Actor.hq(hq), at=now)
    for by, reason in (
        (Actor.hq(hq), VoidReason.FRAUD),  # by a case
        (Actor.hq(hq), VoidReason.RETURNED),  # the store asked
        (owner, VoidReason.TRIED),
    ):
        voids.void(registered(store, at=now), reason=reason, by=by, at=now)
    chain.append_waiting()

    found = counted(Score.VOIDED)

    assert found == Counted(2, 2, 1)
    assert told(Score.VOIDED, found) == found
    figures.keep(now + timedelta(days=1))
    assert figures.altered() == []
    content = client.get("/scorecard/scorecard.csv").content
    own = b"".join(csv_pieces(chain.written(store.dealer_id)))
    report = verify_receipt.check({"chain.csv": own, "scorecard.csv": content})
    said = [words for _chinese, words in report.notes]
    assert any("voided" in words and "2 of 2 of these" in words for words in said)
    assert str(Score.VOIDED.label) in client.get(PAGE).text


def test_a_reason_counts_as_voided_by_headquarters_unless_others_asked():
    _kind, counts, _hit = verify_receipt.SCORED[Score.VOIDED]
    asked = {VoidReason.FRAUD, VoidReason.RETURNED}
    assert set(counts["reason"]) == set(VoidReason) - asked


@pytest.fixture
def ruled(clerk):
    """Cases about one dealer's customers: one decided by silence, one by a person in time."""
    RulebookFactory()
    other, now = StoreFactory(), timezone.now()
    made = [case_of(clerk, other, now - timedelta(days=days)) for days in (30, 25)]
    for case in made:
        deciding.settle(case.pk, now)
    chain.append_waiting()
    return made


def test_rulings_count_once_though_two_chains_have_each(ruled):
    rulings = CaseRuling.objects.count()
    late, days = counted(Score.CASES_LATE), counted(Score.CASE_DAYS)

    assert rulings == Case.objects.count() == 2
    assert (late.count, late.of) == (2, 2)  # nobody decided: silence
    assert days.of == 2
    wanted = [
        (ruling.at - ruling.case.opened_at) / timedelta(days=1)
        for ruling in CaseRuling.objects.select_related("case")
    ]
    assert abs(days.value - Decimal(sum(wanted) / 2)) < Decimal("0.01")
    assert counted(Score.CASES_OVERTURNED) == Counted(0, 0, 0)
    both = {link.dealer_id for link in Link.objects.filter(kind=FactKind.RULING)}
    assert len(both) == 2


def test_a_ruling_by_silence_that_is_put_down_late_counts_when_it_is(ruled):
    """The figures of the days on which its time was over may be kept already."""
    today = hq_day(timezone.now())
    over = max(hq_day(ruling.at) for ruling in CaseRuling.objects.all())
    assert over < today - timedelta(days=1)

    for score in (Score.CASES_LATE, Score.CASE_DAYS):
        assert figures.count(score, over - timedelta(days=30), over).of == 0
        assert figures.count(score, today, today).of == 2


@pytest.mark.parametrize("score", [each for each in Score if each != Score.ROOTS])
def test_each_figure_reads_the_links_of_its_kind_alone(db, score):
    """Of some million links a day's rulings are a handful."""
    today = hq_day(timezone.now())
    with CaptureQueriesContext(connection) as caught:
        figures.count(score, today, today)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # the table of a test is too small
        cursor.execute(f"EXPLAIN {caught.captured_queries[-1]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "link_by_kind" in plan
    assert "Seq Scan on dealers_link" not in plan
    assert "link_by_row" not in plan


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (Counted(1, 5, 5), True),
        (Counted(0, 100, 5), True),
        (Counted(1, 4, 4), False),
        (Counted(9, 100, 4), False),
        (Counted(0, 0, 0), False),
    ],
)
def test_what_concerns_fewer_than_five_dealers_is_not_told(found, shown):
    assert (told(Score.LEADS_JUNK, found) is not None) is shown
    assert told(Score.REFUSED, found) is not None


def test_a_quarter_gives_no_month_away():
    assert quarter_is_told([True, True, True])
    assert quarter_is_told([False, False, False])
    assert not quarter_is_told([True, True, False])
    assert not quarter_is_told([True, False, False])


def test_each_night_adds_what_is_known_and_changes_nothing(looked):
    chain.append_waiting()
    today = timezone.localdate()
    tomorrow = timezone.now() + timedelta(days=1)

    assert figures.keep(tomorrow) >= len(Score)
    before = list(ScoreFigure.objects.order_by("pk").values())
    assert figures.keep(tomorrow) == 0
    figures.keep(tomorrow + timedelta(days=1))

    after = list(ScoreFigure.objects.order_by("pk").values())
    assert after[: len(before)] == before
    assert len(after) > len(before)
    shown = ScoreFigure.objects.get(
        length=ScoreLength.MONTH, score=Score.NUMBERS, start=today.replace(day=1), until=today
    )
    assert (shown.count, shown.of) == (3, 10)


def test_a_quarter_comes_with_its_last_month(looked):
    chain.append_waiting()
    for month in (1, 2, 3, 4):
        figures.keep(datetime(2027, month, 1, 5, tzinfo=UTC))

    quarters = ScoreFigure.objects.filter(length=ScoreLength.QUARTER)
    assert set(quarters.values_list("start", "until")) >= {(date(2027, 1, 1), date(2027, 3, 31))}
    roots = quarters.get(score=Score.ROOTS, start=date(2027, 1, 1))
    assert roots.of is not None


@pytest.mark.parametrize("change", ["update", "delete", "add as headquarters"])
def test_nobody_polishes_it(looked, change):
    figures.keep(timezone.now() + timedelta(days=1))
    kept = ScoreFigure.objects.first()
    by = Actor.hq(UserFactory(is_staff=True, is_superuser=True))

    new = scorecard.figure(
        Score.NUMBERS, ScoreLength.MONTH, date(2020, 1, 1), date(2020, 1, 31), None
    )
    tries = {
        "update": lambda: ScoreFigure.objects.filter(pk=kept.pk).update(count=0, of=9),
        "delete": kept.delete,
        "add as headquarters": new.save,
    }
    with pytest.raises(DatabaseError), transaction.atomic(), acting(by):
        tries[change]()


def test_whoever_edits_a_figure_with_all_passwords_is_found_by_verify(looked):
    chain.append_waiting()
    figures.keep(timezone.now() + timedelta(days=1))
    assert figures.altered() == []

    with lifted(ScoreFigure):
        ScoreFigure.objects.filter(score=Score.NUMBERS, of__isnull=False).update(count=1)

    said = figures.altered()
    assert said
    assert all("is 1 of 10, and 3 of 10 by the chains" in each for each in said)


def test_everybody_reads_it_and_it_names_no_dealer(client, looked, english):
    DealerFactory(name="恒益家居")
    chain.append_waiting()
    figures.keep(timezone.now() + timedelta(days=1))

    page = client.get(PAGE)

    assert page.status_code == 200
    assert "<b>3</b>" in page.text
    assert "too few to tell" in page.text
    for dealer in looked:
        assert dealer.name not in page.text
        assert dealer.code not in page.text
    for score in Score:
        assert str(score.label) in page.text


def test_an_owner_holds_the_figures_against_the_own_chain(client, looked, english):
    chain.append_waiting()
    figures.keep(timezone.now() + timedelta(days=1))
    file = client.get("/scorecard/scorecard.csv")
    assert file.status_code == 200
    own = b"".join(csv_pieces(chain.written(looked[0].pk)))

    def said(content):
        report = verify_receipt.check({"chain.csv": own, "scorecard.csv": content})
        return [words for _chinese, words in [*report.wrong, *report.notes]]

    rows = file.content.decode("utf-8-sig").splitlines()
    (numbers,) = [row for row in rows if row.startswith("numbers,")]
    assert ",3,10," in numbers
    assert any("3 of 10 are published, and 1 of 2" in words for words in said(file.content))
    polished = file.content.replace(b",3,10,", b",0,10,")
    assert any("too few are told" in words for words in said(polished))


def test_a_figure_is_of_days_at_headquarters_whoever_takes_the_file(looked):
    chain.append_waiting()
    figures.keep(timezone.now() + timedelta(days=1))
    with timezone.override("Pacific/Auckland"):
        (_columns, *rows) = scorecard.as_rows()

    assert rows
    for _figure, first, last, *_numbers in rows:
        for each in map(datetime.fromisoformat, (first, last)):
            assert each == hq_midnight(hq_day(each))


def test_before_the_first_night_it_says_so(client, db, english):
    page = client.get(PAGE)

    assert page.status_code == 200
    assert "There is no figure yet." in page.text


def test_quarters_stay_on_the_page_whatever_months_are_kept(db):
    kept = [
        scorecard.figure(score, length, start, start + timedelta(days=27), Counted(1, 9, 9))
        for score in Score
        for length, starts in (
            (ScoreLength.MONTH, [date(2026, month, 1) for month in range(1, 13)]),
            (ScoreLength.QUARTER, [date(2026, month, 1) for month in (1, 4, 7, 10)]),
        )
        for start in starts
    ]
    ScoreFigure.objects.bulk_create(kept)

    for row in scorecard.page():
        assert [each.start.month for each in row.months] == [12, 11, 10, 9, 8, 7, 6]
        assert [each.start.month for each in row.quarters] == [10, 7, 4, 1]


def test_what_both_sides_of_a_case_read_is_one_act(db):
    by, now = Actor.hq(UserFactory(is_staff=True)), timezone.now()
    for code in ("C-1", "C-2"):
        said = sayings.kept(forbidden.DECIDED, code=[code])
        for dealer in (DealerFactory(), DealerFactory()):
            forbidden.note(ForbiddenAct.TWICE, said, by=by, dealer_id=dealer.pk, at=now)

    chain.append_waiting()

    assert counted(Score.REFUSED).count == 2


def test_what_is_about_no_dealer_stands_in_all_chains_and_counts_once(db):
    dealers = [DealerFactory() for _each in range(3)]
    by, now = Actor.hq(UserFactory(is_staff=True)), timezone.now()
    forbidden.note(ForbiddenAct.SHARE, sayings.kept(forbidden.CHANGED), by=by, at=now)
    drills.note(passed=False, at=now)
    chain.append_waiting()

    assert (counted(Score.REFUSED).count, counted(Score.DRILLS).of) == (1, 1)
    for dealer in dealers:
        (act,), (drill,) = told_in(dealer, FactKind.REFUSED), told_in(dealer, FactKind.NETWORK)
        assert (act["act"], drill["event"], drill["passed"]) == ("share", "drill", False)


def test_drills_are_told_with_those_that_failed(db):
    DealerFactory()
    at = timezone.now()
    for passed in (True, False, True):
        drills.note(passed=passed, at=at)
    drills.note(passed=False, at=at - timedelta(days=90))
    chain.append_waiting()

    found = counted(Score.DRILLS)

    assert found == Counted(1, 3, 0)
    assert told(Score.DRILLS, found) == found  # it is about no dealer
    assert told(Score.DRILLS, Counted(0, 0, 0)) is not None  # that there was none is told, too


def test_headquarters_makes_up_no_drill(db):
    by = Actor.hq(UserFactory(is_staff=True, is_superuser=True))
    made = drills.note(passed=False, at=timezone.now())
    tries = (
        RestoreDrill(passed=True, at=timezone.now()).save,
        made.delete,
        lambda: RestoreDrill.objects.update(passed=True),
    )
    for attempt in tries:
        with pytest.raises(DatabaseError), transaction.atomic(), acting(by):
            attempt()


def test_it_takes_few_statements(client, looked, django_assert_max_num_queries):
    tasks.keep_scorecard()
    client.get(PAGE)
    with django_assert_max_num_queries(8):
        client.get(PAGE)


@pytest.fixture
def fallen(db):
    """A month of which an earlier night told more than the last one, beside one that only grew."""
    month = date(2026, 10, 1)
    nights = {
        Score.PAID_LATE: [(20, Counted(7, 90, 9)), (29, Counted(0, 6, 5)), (31, None)],
        Score.LEADS_JUNK: [(20, Counted(0, 8, 5)), (29, Counted(1, 80, 9)), (31, Counted(1, 7, 5))],
        Score.NUMBERS: [(20, Counted(1, 50, 9)), (31, Counted(2, 60, 9))],
    }
    ScoreFigure.objects.bulk_create(
        scorecard.figure(score, ScoreLength.MONTH, month, month.replace(day=day), found)
        for score, found_by in nights.items()
        for day, found in found_by
    )


def test_a_figure_that_fell_says_of_how_many_it_was(fallen, client, english):
    """An upgrade after which more is in the chains does that, and nobody hides it."""
    shown = {row.score: row.months[0] for row in scorecard.page() if row.months}
    assert {score: each.earlier_of for score, each in shown.items()} == {
        Score.PAID_LATE: 90, Score.LEADS_JUNK: 80, Score.NUMBERS: None,
    }  # fmt: skip

    page = client.get(PAGE).text

    assert "earlier of 90" in page
    assert "earlier of 80" in page
    assert '"Earlier of" says' in page
    rows = client.get("/scorecard/scorecard.csv").content.decode("utf-8-sig").splitlines()
    assert [row.split(",")[-1] for row in rows] == ["earlier_of", "80", ""]


@pytest.mark.parametrize(("day", "said"), [(9, True), (1, False)])
def test_where_chains_begin_within_a_month_it_says_so(db, client, english, day, said):
    kept = scorecard.figure(
        Score.NUMBERS, ScoreLength.MONTH, date(2026, 10, 1), date(2026, 10, 31), Counted(1, 9, 9)
    )
    kept.save()
    DailyRoot.objects.create(
        day=date(2026, 10, day), count=1, root=bytes(32), before=bytes(32), signature=bytes(64),
        at=datetime(2026, 10, day, 23, tzinfo=UTC),
    )  # fmt: skip

    assert ("The first root over the chains is of" in client.get(PAGE).text) is said
