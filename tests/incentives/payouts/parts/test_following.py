"""A sale and its full return come to nothing, with all that disputes gave its line or took off."""

import csv
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import VoidReason
from customers.ownership.voids import void
from dealers.actor import Actor
from dealers.triggers import lifted
from incentives.books import adjustments, following, recompute
from incentives.books.adjustments import AdjustmentRefused
from incentives.disputes import deciding
from incentives.disputes.deciding import Decision
from incentives.models import (
    FOURTH_ENGINE,
    Adjustment,
    Entry,
    Journal,
    Line,
    OpenMonth,
    Program,
    Result,
    Run,
)
from incentives.rounding import split
from incentives.statements import files, release
from tests.factories.customers import registered
from tests.factories.disputes import dispute_of
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    close_period,
    give_back,
    per_registration,
    percent,
    published,
    sale,
    tiers,
)
from tests.factories.parts import (
    CLOSED,
    LARGE,
    SMALL,
    agree,
    at,
    decided,
    disputed,
    paid,
    paid_all,
    raised,
)
from tests.factories.payouts import approved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

IN_MARCH = datetime(2026, 3, 10, 4, tzinfo=UTC)


def followed() -> list[Decimal]:
    rows = Adjustment.objects.filter(follows__isnull=False).order_by("pk")
    return list(rows.values_list("amount", flat=True))


def given_in_all(dealer) -> Decimal:
    """All that the books have given a dealer, whatever of it was paid."""
    found = Entry.objects.filter(account__dealer=dealer).exclude(journal__source="payout")
    return found.aggregate(sum=Sum("amount", default=Decimal(0)))["sum"]


def whole() -> None:
    """Nothing differs, and every closed month comes out again."""
    agree()
    for run in Run.objects.all():
        assert recompute.check(run).differences == []


class TestReturned:
    def test_what_was_given_goes_with_a_full_return(self, owner, large, decides, customer):
        made = raised(owner, large, decides)
        back = give_back(large.order, "1000.00", date(2026, 2, 12))
        sale(customer, "2000.00", date(2026, 2, 13))

        february = close_period(FEBRUARY)

        taken = Adjustment.objects.get(follows=made)
        assert (taken.amount, taken.line.order, taken.line.amount) == (-20, back, -LARGE)
        assert (taken.dealer, taken.plan, taken.currency) == (made.dealer, made.plan, made.currency)
        assert taken.why == (
            f"Its sale was returned: the same part of adjustment {made.code} goes with it."
        )
        found = february.statements.get()
        assert (found.total, found.adjusted) == (60 - LARGE, 0)
        assert given_in_all(owner.dealer) == SMALL + 60
        whole()

    def test_the_file_of_an_open_month_has_what_its_closing_will_add(
        self, owner, large, decides, tmp_path
    ):
        raised(owner, large, decides)
        give_back(large.order, "1000.00", date(2026, 2, 12))

        files.write_export(tmp_path / "open.csv", FEBRUARY, at())
        assert not OpenMonth.objects.exists()
        close_period(FEBRUARY)
        files.write_export(tmp_path / "closed.csv", FEBRUARY, at())

        before, after = (
            [
                (row["component"], row["lines"], row["amount"])
                for row in csv.DictReader((tmp_path / name).read_text().splitlines())
                if row["dealer_code"] == owner.dealer.code
            ]
            for name in ("open.csv", "closed.csv")
        )
        assert before == after
        assert ("adjustment", "2", "0.00") in after  # what was given, and what goes with it

    def test_parts_in_several_months_take_the_whole_and_no_more(self, owner, large, decides):
        made = raised(owner, large, decides, "10.00")
        for net, day in (("333.33", 12), ("333.33", 13)):
            give_back(large.order, net, date(2026, 2, day), quantity=0)
        close_period(FEBRUARY)
        assert followed() == [Decimal("-3.33"), Decimal("-3.34")]
        whole()
        give_back(large.order, "333.34", date(2026, 3, 2))

        close_period(MARCH)

        assert followed() == [Decimal("-3.33"), Decimal("-3.34"), Decimal("-3.33")]
        assert sum(followed()) == -made.amount
        assert given_in_all(owner.dealer) == SMALL
        whole()

    def test_what_is_decided_after_the_return_goes_with_it_at_once(self, owner, large, decides):
        dispute = disputed(owner, large)
        give_back(large.order, "500.00", date(2026, 2, 12), quantity=0)
        close_period(FEBRUARY)
        assert followed() == []

        decision = Decision("partial", "Looked at", Decimal("20.00"))
        deciding.decide(dispute, decision, by=decides, at=IN_MARCH)
        march = close_period(MARCH)

        assert followed() == [-10]
        assert march.statements.get().adjusted == 10
        whole()

    def test_what_is_booked_in_the_next_month_waits_for_its_closing(self, owner, large, decides):
        """A decision of March while February is still open is no matter of February."""
        dispute = disputed(owner, large)
        give_back(large.order, "1000.00", date(2026, 2, 12))
        decision = Decision("partial", "Looked at", Decimal("20.00"))
        deciding.decide(dispute, decision, by=decides, at=IN_MARCH)

        close_period(FEBRUARY)
        assert followed() == []
        whole()
        close_period(MARCH)

        assert followed() == [-20]
        whole()

    def test_what_was_taken_back_since_goes_with_it_both_ways(self, owner, large, decides):
        made = raised(owner, large, decides)
        adjustments.reverse(made, reason="A wrong digit", key="back", by=decides, at=at())
        give_back(large.order, "333.33", date(2026, 2, 12), quantity=0)

        close_period(FEBRUARY)

        assert sorted(followed()) == [Decimal("-6.67"), Decimal("6.67")]
        whole()

    def test_a_voided_registration_takes_it_all(self, customer, owner, decides):
        published(per_registration(), code="fee")
        registration = registered(customer.store, at=datetime(2026, 1, 5, 4, tzinfo=UTC))
        close_period(JANUARY, CLOSED)
        line = Line.objects.get(registration=registration)
        raised(owner, line, decides, "5.00")
        void(registration, reason=VoidReason.FRAUD, by=decides, at=at())

        close_period(FEBRUARY)

        assert followed() == [-5]
        assert Adjustment.objects.get(follows__isnull=False).why.startswith("Its registration was")
        whole()

    def test_what_is_given_for_a_void_that_should_not_have_been_stays(
        self, customer, owner, decides
    ):
        published(per_registration(), code="fee")
        registration = registered(customer.store, at=datetime(2026, 1, 5, 4, tzinfo=UTC))
        close_period(JANUARY, CLOSED)
        void(registration, reason=VoidReason.FRAUD, by=decides, at=at())
        february = close_period(FEBRUARY, datetime(2026, 3, 3, 4, tzinfo=UTC))
        line = Line.objects.get(registration=registration, result__run=february)
        dispute = dispute_of(owner, IN_MARCH, line=line, files=0)
        decision = Decision("partial", "Looked at", Decimal("5.00"))
        deciding.decide(dispute, decision, by=decides, at=IN_MARCH)

        march = close_period(MARCH)

        assert line.base == -1
        assert followed() == []
        assert march.statements.get().adjusted == 5
        row = Adjustment.objects.values().get()
        first = Line.objects.get(registration=registration, base=1)
        part = {"id": None, "code": "A-PART", "key": "part", "amount": -5, "line_id": first.pk,
                "follows_id": row["id"]}  # fmt: skip
        with pytest.raises(IntegrityError, match="its part of an adj"), transaction.atomic():
            Adjustment.objects.create(**row | part)
        whole()

    def test_it_needs_no_second_person_above_the_limit(self, owner, large, decides, other):
        Program.objects.update_or_create(pk=1, defaults={"adjustment_limit": Decimal(10)})
        made = raised(owner, large, decides)
        deciding.approve(made, by=other, at=at())
        give_back(large.order, "1000.00", date(2026, 2, 12))

        close_period(FEBRUARY)

        assert followed() == [-20]
        whole()

    def test_what_a_second_person_has_not_approved_takes_nothing(self, owner, large, decides):
        Program.objects.update_or_create(pk=1, defaults={"adjustment_limit": Decimal(10)})
        raised(owner, large, decides)
        give_back(large.order, "1000.00", date(2026, 2, 12))

        close_period(FEBRUARY)

        assert followed() == []
        whole()


class TestPaid:
    def test_of_what_was_paid_half_of_a_statement_at_most_is_taken(  # noqa: PLR0917
        self, run, owner, customer, large, first, second, decides
    ):
        paid_all(run, first, second)
        raised(owner, large, decides)
        approved(close_period(FEBRUARY), first, second)
        give_back(large.order, "1000.00", date(2026, 3, 2))
        sale(customer, "2000.00", date(2026, 3, 3))

        march = close_period(MARCH).statements.get()

        assert (march.total, march.clawback) == (60 - LARGE - 20, -LARGE - 20)
        assert (march.payable, march.closing) == (30, -20)
        whole()

    def test_what_was_never_paid_is_not_taken_back(  # noqa: PLR0917
        self, run, owner, customer, large, first, second, decides
    ):
        """Sale 30, taken off 30 and never paid: its return neither takes nor carries anything."""
        release.release(run, by=second, at=at())
        dispute = disputed(owner, large, kind="not_mine")
        assert decided(dispute, decides, "upheld", "-30.00").withheld == LARGE
        assert paid(first, second) == SMALL
        give_back(large.order, "1000.00", date(2026, 2, 12))
        sale(customer, "1000.00", date(2026, 2, 13))

        february = close_period(FEBRUARY).statements.get()

        assert followed() == [30]
        assert (february.set_off, february.clawback) == (30, 0)
        assert (february.payable, february.closing) == (30, 0)
        whole()

    def test_what_was_taken_off_after_it_was_paid_is_taken_once(  # noqa: PLR0917
        self, run, owner, customer, large, first, second, decides
    ):
        paid_all(run, first, second)
        dispute = disputed(owner, large, expected="18.00")
        decided(dispute, decides, "upheld", "-12.00")
        sale(customer, "1000.00", date(2026, 2, 13))
        approved(close_period(FEBRUARY), first, second)
        give_back(large.order, "1000.00", date(2026, 3, 2))
        sale(customer, "2000.00", date(2026, 3, 3))

        march = close_period(MARCH).statements.get()

        assert followed() == [12]
        assert march.clawback == -18
        assert given_in_all(owner.dealer) == SMALL + 30 + 60
        whole()


class TestKnown:
    def test_months_closed_before_stay_and_the_next_one_makes_up_for_them(
        self, run, owner, large, decides
    ):
        dispute = disputed(owner, large)
        give_back(large.order, "1000.00", date(2026, 2, 12))
        decided(dispute, decides, "partial", "20.00")
        february = close_period(FEBRUARY)
        taken = Adjustment.objects.get(follows__isnull=False)
        assert following.book(february, february.period, by=Actor.worker("again")) == 0

        with lifted(Run):
            Run.objects.update(engine=2)
        assert following.differences() != []  # booked by a closing that did not know how
        with lifted(Run):
            Run.objects.update(engine=3)
        with lifted(Adjustment):
            Adjustment.objects.filter(pk=taken.pk).update(amount=Decimal(-19))
        [said] = following.differences(february)
        assert said == (
            f"{taken.follows.code}, line #{taken.line_id}: 2026-02 -19 goes with a return,"
            " computed 2026-02 -20.00."
        )
        assert following.differences(run) == []

    def test_a_closing_takes_up_what_those_before_it_left(self, owner, large, decides):
        """As months are that were closed before closings knew how."""
        made = raised(owner, large, decides)
        give_back(large.order, "1000.00", date(2026, 2, 12))
        february = close_period(FEBRUARY)
        taken = Adjustment.objects.get(follows=made)
        journal = Journal.objects.get(key=f"adjust:{taken.code}")
        with lifted(Run, Entry, Journal, Adjustment):
            Run.objects.update(engine=2)
            journal.entries.all().delete()
            journal.delete()
            taken.delete()
        assert following.differences() == following.differences(february) == []

        march = close_period(MARCH)

        assert followed() == [-20]
        assert (march.statements.get().adjusted, following.differences()) == (-20, [])
        assert recompute.check(march).differences == []

    def test_it_is_taken_back_with_its_adjustment_alone(self, owner, large, decides):
        made = raised(owner, large, decides)
        give_back(large.order, "1000.00", date(2026, 2, 12))
        close_period(FEBRUARY)
        taken = Adjustment.objects.get(follows=made)

        with pytest.raises(AdjustmentRefused, match="goes with a return"):
            adjustments.reverse(taken, reason="No", key="no", by=decides, at=IN_MARCH)
        row = Adjustment.objects.values().get(pk=taken.pk)
        again = row | {"id": None, "code": "A-X", "key": "x"}
        with pytest.raises(IntegrityError, match="what_its_line_takes_back"), transaction.atomic():
            Adjustment.objects.create(**again | {"amount": Decimal("-0.01")})
        with pytest.raises(IntegrityError, match="proposed_or_follows"), transaction.atomic():
            Adjustment.objects.create(**again | {"follows_id": None, "line_id": None})


def tried(run: Run) -> Line:
    """The only line of the component that is tried in a month."""
    return Line.objects.get(result__run=run, result__component__code="tried")


class TestPartsOfWhatIsPaidByCount:
    @pytest.fixture
    def third_back(self, owner, customer):
        """A third of a sale that was paid 30.00, and given 300.00 more, comes back."""
        flat = percent(places=["own"], kind="flat", base="count", rows=[(0, "30.00")])
        published(flat | {"code": "tried"}, code="tried")
        sold = sale(customer, "900.00", date(2026, 1, 5), quantity=3)
        close_period(JANUARY, CLOSED)
        line = Line.objects.get(order=sold, result__component__code="tried")
        return give_back(sold, "300.00", date(2026, 2, 12)), disputed(owner, line)

    def test_a_third_takes_a_third_of_what_was_given(self, third_back, decides):
        back, dispute = third_back
        decided(dispute, decides, "partial", "300.00")
        february = close_period(FEBRUARY)

        line = tried(february)
        assert (line.base, line.amount) == (Decimal("-0.333333333333333333"), -10)
        assert followed() == [-100]
        shown = render_to_string("incentives/earnings/base.html", {"line": line})
        assert shown.split() == ["−0.33", "pieces"]
        assert recompute.check(february).differences == []

        for _third in range(2):
            give_back(back.sale, "300.00", date(2026, 3, 2))
        march = close_period(MARCH)
        assert followed() == [-100, -100, -100]
        assert sum(followed()) == -300
        assert recompute.check(march).differences == []

    @pytest.mark.usefixtures("third_back")
    def test_every_page_writes_the_part_of_a_piece(self, login, owner, hq):
        line = tried(close_period(FEBRUARY))
        dispute = dispute_of(owner, timezone.now(), line=line, files=0)
        admin = login(hq)

        statement = login(owner).get("/earnings/2026-02/statement/")
        decide = admin.get(reverse("admin:incentives_dispute_decide", args=[dispute.pk]))
        listed = admin.get(reverse("admin:incentives_result_changelist"))
        whole = admin.get(reverse("admin:incentives_result_change", args=[line.result_id]))

        for page in (statement, decide, listed, whole):
            assert re.search(r">\s*−0\.33[^0-9]", page.text)
            assert "0.333333" not in page.text

    def test_a_month_of_the_engine_before_comes_out_as_it_was_booked(self, third_back):
        back, _dispute = third_back
        february = close_period(FEBRUARY)
        line, before = tried(february), Decimal("-0.33")
        assert recompute.check(february).differences == []
        with lifted(Line, Result, Run):
            Run.objects.filter(pk=february.pk).update(engine=FOURTH_ENGINE - 1)
            assert len(recompute.check(Run.objects.get(pk=february.pk)).differences) == 4
            Line.objects.filter(pk=line.pk).update(base=before)
            Result.objects.filter(pk=line.result_id).update(base=before, returned=-before)

        assert recompute.check(Run.objects.get(pk=february.pk)).differences == []
        give_back(back.sale, "600.00", date(2026, 3, 2), quantity=2)
        march = close_period(MARCH)
        rest = tried(march)
        assert (rest.base, rest.amount) == (Decimal("-0.67"), -20)
        assert recompute.check(march).differences == []


@pytest.mark.parametrize(
    ("amount", "part", "expected"),
    [
        ("300.00", "0.333333333333333333", "100.00"),
        ("0.03", "0.833333333333333333", "0.03"),  # half a fen, which goes up
        ("0.03", "0.166666666666666667", "0.01"),
        ("99999999.99", "0.333333333333333333", "33333333.33"),
        ("300.00", "0.33", "99.00"),  # as the engines before kept it
    ],
)
def test_a_part_stands_for_the_fraction_nearest_to_it(amount, part, expected):
    assert following.taken(Decimal(amount), Decimal(1), [Decimal(part)], 2) == [Decimal(expected)]


amounts = st.integers(min_value=1, max_value=5_000_00).map(lambda n: Decimal(n).scaleb(-2))
nets = st.integers(min_value=1, max_value=10_000_00).map(lambda n: Decimal(n).scaleb(-2))


@given(
    amount=st.one_of(amounts, amounts.map(lambda it: -it)),
    whole=nets,
    weights=st.lists(st.integers(min_value=0, max_value=9), min_size=1, max_size=9).filter(any),
    places=st.sampled_from([0, 2, 3]),
)
def test_all_parts_are_the_whole_whatever_the_split(amount, whole, weights, places):
    amount = amount.quantize(Decimal(1).scaleb(-places))
    came = split(whole, [Fraction(weight, sum(weights)) for weight in weights])

    taken = following.taken(amount, whole, came, places)

    assert sum(taken) == amount
    assert all(part * amount >= 0 for part in taken)
    assert sum(following.taken(amount, whole, [*came, whole], places)) == amount


def test_half_a_fen_goes_up_and_comes_back():
    assert following.taken(Decimal("0.03"), Decimal(6), [Decimal(5), Decimal(1)], 2) == [
        Decimal("0.03"), Decimal("0.00"),
    ]  # fmt: skip
    assert following.taken(Decimal("-0.03"), Decimal(2), [Decimal(1)], 2) == [Decimal("-0.02")]
    assert following.taken(Decimal(5), Decimal(0), [Decimal(0)], 2) == [Decimal(5)]


class _Undo(Exception):
    """Ends an example without leaving anything."""


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    net=nets,
    kind=st.sampled_from(["percent", "capped", "tiers", "count"]),
    given_now=amounts,
    given_later=amounts,
    before=st.booleans(),
    weights=st.lists(st.integers(min_value=1, max_value=9), min_size=1, max_size=4),
    months=st.lists(st.sampled_from([2, 3]), min_size=4, max_size=4).map(sorted),
)
def test_sale_adjustments_and_returns_come_to_nothing(  # noqa: PLR0917
    owner, customer, decides, other, net, kind, given_now, given_later, before, weights, months
):
    """A line raised twice, or what was decided taken back; its sale comes back in parts."""
    terms = {
        "percent": lambda: percent("0.015", places=["own"]),
        "capped": lambda: percent("0.333333", places=["own"], period_cap=Decimal("7.77")),
        "tiers": lambda: tiers("tiers_whole", places=["own"]),
        "count": lambda: percent(places=["own"], kind="flat", base="count", rows=[(0, "12.34")]),
    }[kind]
    try:
        with transaction.atomic():
            published(terms() | {"code": "tried"}, code="tried")
            sold = sale(customer, net, date(2026, 1, 5), quantity=10)
            close_period(JANUARY, CLOSED)
            line = Line.objects.get(order=sold, result__component__code="tried")
            dispute = disputed(owner, line)
            first = decided(dispute, decides, "partial", str(given_now)).adjustment
            if before:
                adjustments.reverse(first, reason="No", key="no", by=decides, at=at())
            parts = split(net, [Fraction(weight, sum(weights)) for weight in weights])
            left = 10
            for n, (part, month) in enumerate(zip(parts, months, strict=False)):
                last = n == len(parts) - 1
                give_back(sold, part, date(2026, month, 10 + n), quantity=left if last else 1)
                left -= 1
            close_period(FEBRUARY)
            deciding.reopen(dispute, "Again", [], by=Actor.of(owner), at=at())
            again = Decision("partial", "Looked at", given_later)
            deciding.decide(dispute, again, by=other, at=IN_MARCH)
            close_period(MARCH)

            assert sum(followed()) == -given_later - (0 if before else given_now)
            assert given_in_all(owner.dealer) == 0
            for run in Run.objects.all():
                assert recompute.check(run).differences == []
            raise _Undo
    except _Undo:
        pass
