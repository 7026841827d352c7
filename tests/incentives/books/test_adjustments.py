"""Adjustments: reasoned, by two people above the limit, in the open month and in every sum."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pypdf
import pytest
from django.db import DatabaseError, IntegrityError, transaction

from dealers.actor import Actor
from dealers.models import Fact, FactKind
from dealers.triggers import lifted
from incentives import verification
from incentives.books import adjustments, recompute
from incentives.books.adjustments import AdjustmentRefused, Wanted
from incentives.earnings import sheet
from incentives.earnings.overview import month_overview
from incentives.models import (
    Adjustment,
    AdjustmentDecision,
    Entry,
    Journal,
    Period,
    Plan,
    Program,
    Source,
    Statement,
)
from incentives.statements import content, files
from tests.factories.dealers import StoreFactory, UserFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    close_period,
    percent,
    published,
    sale,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

AT = datetime(2026, 2, 10, 4, tzinfo=UTC)
REASON = "The coupon of the order was the brand's"


@pytest.fixture
def january(customer):
    """A month in which the dealer earned 10.00."""
    published(percent("0.10", places=["own"]), code="own")
    sale(customer, "100.00", date(2026, 1, 10))
    return close_period(JANUARY)


@pytest.fixture
def first(db):
    return Actor.hq(UserFactory(is_staff=True))


@pytest.fixture
def second(db):
    return Actor.hq(UserFactory(is_staff=True))


def adjusted(customer, amount, by, key="k1", **fields) -> Adjustment:
    wanted = Wanted(customer.dealer, Plan.objects.get(), Decimal(amount), REASON, **fields)
    return adjustments.propose(wanted, key=key, by=by, at=AT)


def broken() -> list:
    return [check for check in verification.checks() if not check[1]]


@pytest.mark.usefixtures("january")
class TestBooked:
    def test_up_to_the_limit_one_person_books_it_in_the_open_month(self, customer, first):
        made = adjusted(customer, "5000.00", first)

        journal = Journal.objects.get(source=Source.ADJUSTMENT)
        assert (journal.key, journal.period_id) == (f"adjust:{made.code}", FEBRUARY)
        assert journal.effective_at == AT
        amounts = {e.account.holder: e.amount for e in journal.entries.select_related("account")}
        assert amounts == {"dealer": 5000, "plan": -5000}
        assert not made.needs_two

    def test_above_it_another_person_approves(self, customer, first, second):
        made = adjusted(customer, "5000.01", first)
        assert not adjustments.is_booked(made)

        with pytest.raises(AdjustmentRefused, match="You proposed it"):
            adjustments.approve(made, by=first, at=AT)
        adjustments.approve(made, by=second, at=AT)
        adjustments.approve(made, by=second, at=AT)

        assert Journal.objects.filter(source=Source.ADJUSTMENT).count() == 1

    def test_a_deduction_above_it_needs_two_as_well(self, customer, first):
        made = adjusted(customer, "-5000.01", first)

        assert made.needs_two
        assert not adjustments.is_booked(made)

    def test_what_is_declined_is_never_booked(self, customer, first, second):
        made = adjusted(customer, "6000.00", first)

        with pytest.raises(AdjustmentRefused, match="whoever proposed it reads it"):
            adjustments.decline(made, reason=" ", by=second, at=AT)
        adjustments.decline(made, reason="No receipt", by=second, at=AT)

        with pytest.raises(AdjustmentRefused, match="decided about it already"):
            adjustments.approve(made, by=second, at=AT)
        assert not Journal.objects.filter(source=Source.ADJUSTMENT).exists()
        assert broken() == []

    def test_the_same_again_is_the_first_and_something_else_is_refused(self, customer, first):
        made = adjusted(customer, "12.00", first)

        assert adjusted(customer, "12.00", first) == made
        with pytest.raises(AdjustmentRefused, match="Something else was sent"):
            adjusted(customer, "13.00", first)
        assert Journal.objects.filter(source=Source.ADJUSTMENT).count() == 1

    def test_a_correction_takes_back_and_books_anew(self, customer, first):
        wrong = adjusted(customer, "12.00", first)

        back = adjustments.reverse(wrong, reason="A wrong digit", key="k2", by=first, at=AT)
        adjusted(customer, "21.00", first, key="k3")

        assert (back.amount, back.reverses) == (-12, wrong)
        with pytest.raises(AdjustmentRefused, match="taken back already"):
            adjustments.reverse(wrong, reason="Once more", key="k4", by=first, at=AT)
        with pytest.raises(AdjustmentRefused, match="takes another back"):
            adjustments.reverse(back, reason="Once more", key="k5", by=first, at=AT)
        assert [e.amount for e in month_overview(customer.dealer, FEBRUARY, AT).adjustments] == [
            12, -12, 21,
        ]  # fmt: skip

    def test_what_was_declined_to_be_taken_back_can_be_taken_back_later(
        self, customer, first, second
    ):
        made = adjusted(customer, "6000.00", first)
        adjustments.approve(made, by=second, at=AT)
        taken = {"reason": "A wrong digit", "by": first, "at": AT}
        declined = adjustments.reverse(made, key="k2", **taken)

        with pytest.raises(AdjustmentRefused, match="Taking it back waits for a second person"):
            adjustments.reverse(made, key="k3", **taken)
        adjustments.decline(declined, reason="It is right", by=second, at=AT)
        back = adjustments.reverse(made, key="k3", **taken)
        assert adjustments.reverse(made, key="k3", **taken) == back
        assert not adjustments.may_be_reversed(made)
        with pytest.raises(AdjustmentRefused, match="Taking it back waits for a second person"):
            adjustments.reverse(made, key="k4", **taken)
        adjustments.approve(back, by=second, at=AT)
        with pytest.raises(AdjustmentRefused, match="taken back already"):
            adjustments.reverse(made, key="k4", **taken)

        assert month_overview(customer.dealer, FEBRUARY, AT).adjusted == 0
        assert broken() == []

    def test_the_database_takes_back_once(self, customer, first):
        made = adjusted(customer, "12.00", first)
        back = adjustments.reverse(made, reason="A wrong digit", key="k2", by=first, at=AT)

        row = Adjustment.objects.values().get(pk=back.pk) | {"id": None, "code": "A-X", "key": "x"}
        with pytest.raises(IntegrityError, match="taken_back_once"), transaction.atomic():
            Adjustment.objects.create(**row)

    @pytest.mark.parametrize(
        ("amount", "says"),
        [("0", "other than zero"), ("NaN", "other than zero"), ("0.001", "no unit as small"),
         ("1e15", "too large")],
    )  # fmt: skip
    def test_an_amount_is_one_that_can_be_paid(self, customer, first, amount, says):
        with pytest.raises(AdjustmentRefused, match=says):
            adjusted(customer, amount, first)
        assert not Adjustment.objects.exists()

    def test_the_programs_limit_counts(self, customer, first):
        Program.objects.update_or_create(pk=1, defaults={"adjustment_limit": Decimal(10)})

        assert adjusted(customer, "10.00", first).alone_up_to == 10
        assert not adjustments.is_booked(adjusted(customer, "10.01", first, key="k2"))


@pytest.mark.usefixtures("january")
class TestDatabase:
    def booked(self, made, *amounts):
        journal = Journal.objects.create(
            key=f"adjust:{made.code}", content=b"-", source=Source.ADJUSTMENT,
            source_key=made.code, currency="CNY", effective_at=AT,
            period=Period.objects.get_or_create(month=FEBRUARY)[0],
        )  # fmt: skip
        accounts = [
            made.dealer.accounts.get(),
            made.plan.accounts.get(),
        ]
        Entry.objects.bulk_create(
            [
                Entry(journal=journal, account=account, amount=amount)
                for account, amount in zip(accounts, amounts, strict=True)
            ]
        )

    def test_one_person_does_not_book_above_the_limit(self, customer, first):
        made = adjusted(customer, "5000.01", first)

        with pytest.raises(IntegrityError, match="above the limit"), transaction.atomic():
            self.booked(made, made.amount, -made.amount)

    def test_nobody_approves_what_they_proposed(self, customer, first):
        made = adjusted(customer, "5000.01", first)

        with pytest.raises(IntegrityError, match="does not approve it"), transaction.atomic():
            AdjustmentDecision.objects.create(
                adjustment=made, approved=True, by=first.person, at=AT
            )

    def test_what_was_declined_is_not_booked(self, customer, first, second):
        made = adjusted(customer, "5000.01", first)
        adjustments.decline(made, reason="No", by=second, at=AT)

        with pytest.raises(IntegrityError, match="above the limit"), transaction.atomic():
            self.booked(made, made.amount, -made.amount)

    def test_another_amount_is_not_booked(self, customer, first, second):
        made = adjusted(customer, "5000.01", first)
        AdjustmentDecision.objects.create(adjustment=made, approved=True, by=second.person, at=AT)

        with pytest.raises(IntegrityError, match="as it was proposed"), transaction.atomic():
            self.booked(made, Decimal(6000), Decimal(-6000))

    def test_nothing_is_added_to_a_booked_one(self, customer, first):
        adjusted(customer, "12.00", first)
        journal = Journal.objects.get(source=Source.ADJUSTMENT)
        more = [
            Entry(journal=journal, account=entry.account, amount=entry.amount)
            for entry in journal.entries.all()
        ]

        with pytest.raises(IntegrityError, match="takes no more entries"), transaction.atomic():
            Entry.objects.bulk_create(more)

    def test_a_journal_of_no_adjustment_has_no_entries(self, customer, first):
        made = adjusted(customer, "12.00", first)
        made.code = "A-2222222"

        with pytest.raises(IntegrityError, match="as it was proposed"), transaction.atomic():
            self.booked(made, Decimal(12), Decimal(-12))

    def test_an_own_limit_is_not_brought_along(self, customer, first):
        made = adjusted(customer, "12.00", first)
        made.pk, made.code, made.key, made.alone_up_to = None, "A-3333333", "k9", Decimal(10**6)

        with pytest.raises(IntegrityError, match="limit of the program"), transaction.atomic():
            made.save(force_insert=True)

    @pytest.mark.parametrize("model", [Adjustment, AdjustmentDecision])
    def test_neither_is_changed_or_deleted(self, customer, first, second, model):
        made = adjusted(customer, "5000.01", first)
        adjustments.approve(made, by=second, at=AT)

        for change in (
            lambda: model.objects.update(reason="x"),
            lambda: model.objects.all()._raw_delete("default"),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


class TestSums:
    @pytest.fixture
    def february(self, customer, january, first):  # noqa: ARG002 -- the month before
        sale(customer, "50.00", date(2026, 2, 3))
        adjusted(customer, "7.77", first)
        return close_period(FEBRUARY)

    def test_lines_headline_csv_paper_sheet_and_books_are_the_same(self, customer, february):
        statement = february.statements.get()

        assert (statement.total, statement.adjusted, statement.payable) == (
            Decimal("12.77"), Decimal("7.77"), Decimal("12.77"),
        )  # fmt: skip
        read = content.read(statement)
        assert read.earned + read.deducted + read.adjusted == statement.total
        rows = list(csv.DictReader(io.StringIO(files.statement_csv(statement).decode("utf-8-sig"))))
        assert sum(Decimal(row["amount"] or 0) for row in rows) == statement.total
        assert [row["kind"] for row in rows] == ["sale", "adjustment"]
        paper = pypdf.PdfReader(io.BytesIO(files.document(statement, "en")))
        text = "\n".join(page.extract_text() for page in paper.pages)
        assert "12.77" in text
        assert REASON in " ".join(text.split())
        by = Actor.worker("tests")
        *_lines, total = list(sheet.rows(customer.dealer, FEBRUARY, AT, by=by))
        assert total[-2] == statement.total
        overview = month_overview(customer.dealer, FEBRUARY, AT)
        assert overview.total == overview.confirmed == statement.total
        assert overview.trend[-1] == (FEBRUARY, statement.total)
        owed = Entry.objects.filter(
            account__dealer=customer.dealer, journal__period=FEBRUARY
        ).values_list("amount", flat=True)
        assert sum(owed) == statement.total

    def test_the_dealers_chain_says_all_that_the_total_rests_on(self, february):
        statement = february.statements.get()
        fact = Fact.objects.filter(kind=FactKind.STATEMENT).latest("pk")

        (said,) = json.loads(fact.body)["told"]

        columns = {it.name for it in Statement._meta.concrete_fields}
        for name in columns - {"id", "run", "dealer", "journal", "issued_at"}:
            assert said[name] == str(getattr(statement, name))
        assert said["journal"] == statement.journal_id
        (given,) = said["adjustments"]
        assert Decimal(given["amount"]) == statement.adjusted
        amounts = [Decimal(each["amount"]) for each in said["results"]]
        assert sum(amounts) + Decimal(said["adjusted"]) == statement.total

    def test_everything_is_found_to_agree(self, february):
        assert recompute.check(february).differences == []
        assert broken() == []

    @pytest.mark.usefixtures("january")
    def test_the_open_month_shows_it_at_once(self, customer, first):
        adjusted(customer, "7.77", first)

        overview = month_overview(customer.dealer, FEBRUARY, AT)

        assert (overview.total, overview.confirmed) == (Decimal("7.77"), Decimal("7.77"))
        assert month_overview(customer.dealer, JANUARY, AT).total == 10

    @pytest.mark.usefixtures("january")
    def test_a_dealer_with_nothing_else_gets_a_statement(self, first):
        other = StoreFactory()  # nobody registered there
        adjusted(other, "3.00", first)

        close_period(FEBRUARY)

        assert Statement.objects.get(dealer=other.dealer).payable == 3
        assert broken() == []

    @pytest.mark.usefixtures("january")
    def test_a_deduction_is_carried_and_never_paid_in(self, customer, first):
        adjusted(customer, "-30.00", first)
        close_period(FEBRUARY)
        adjusted(customer, "50.00", first, key="k2")
        close_period(MARCH)

        figures = [
            (it.opening, it.total, it.payable, it.closing)
            for it in Statement.objects.filter(dealer=customer.dealer).order_by("run__month")
        ]
        assert figures == [(0, 10, 10, 0), (0, -30, 0, -30), (-30, 50, 20, 0)]

    @pytest.mark.usefixtures("february")
    def test_the_export_of_a_month_names_it_only_where_there_is_one(self, tmp_path):
        files.write_export(tmp_path / "january.csv", JANUARY, AT)
        files.write_export(tmp_path / "february.csv", FEBRUARY, AT)

        assert "adjustment" not in (tmp_path / "january.csv").read_text()
        rows = list(csv.DictReader(io.StringIO((tmp_path / "february.csv").read_text())))
        assert [(row["component"], row["lines"], row["amount"]) for row in rows] == [
            ("adjustment", "1", "7.77"), ("cross", "1", "5.00"), ("TOTAL", "2", "12.77"),
        ]  # fmt: skip

    def test_verify_finds_a_statement_without_its_adjustment(self, february):
        with lifted(Statement):
            Statement.objects.filter(run=february).update(adjusted=0)

        assert "statements equal results and ledger" in {name for name, *_rest in broken()}
