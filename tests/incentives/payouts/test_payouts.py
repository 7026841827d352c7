"""From a closed month to the bank and back: two people, one payment, and the books after each."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Sum
from django.utils import timezone

from dealers.actor import Actor, acting
from dealers.models import AccessLog, Notice, Score
from dealers.receipts import chain
from dealers.sayings import read as said
from dealers.triggers import lifted
from incentives import scorecard
from incentives.models import (
    BankAccount,
    BankFileColumn,
    Cell,
    Entry,
    Holder,
    Journal,
    Payout,
    PayoutBatch,
    PayoutState,
    Statement,
    StatementRelease,
)
from incentives.payouts import accounts, bank_file, batches, columns, progress
from incentives.payouts.batches import BatchRefused
from incentives.statements import release
from incentives.statements.release import ReleaseRefused
from tests.factories.dealers import OwnerFactory
from tests.factories.incentives import FEBRUARY, JANUARY, close_period, sale
from tests.factories.payouts import ACCOUNT, answered, approved, give_account, today

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

REFERENCE = "PB-2026-01-1-0001"


def balance(holder: Holder, dealer=None) -> Decimal:
    found = Entry.objects.filter(account__holder=holder)
    found = found.filter(account__dealer=dealer) if dealer else found
    return found.aggregate(sum=Sum("amount", default=Decimal(0)))["sum"]


def settle() -> None:
    """What the database looks at when the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


class TestRelease:
    def test_whoever_closed_a_month_does_not_approve_its_statements(self, customer, first, second):
        sale(customer, "1000.00", date(2026, 1, 10))
        run = close_period(JANUARY, by=first)

        with pytest.raises(ReleaseRefused, match="yourself"):
            release.release(run, by=first, at=timezone.now())
        with pytest.raises(IntegrityError, match="by_another"), transaction.atomic():
            StatementRelease.objects.create(
                run=run, released_by=first.person, released_at=timezone.now()
            )

        assert release.release(run, by=second, at=timezone.now()).released_by == second.user

    def test_approving_again_changes_nothing(self, run, first, second):
        once = release.release(run, by=second, at=timezone.now())

        assert release.release(run, by=first, at=timezone.now()) == once

    def test_an_approval_stays(self, run, second):
        made = release.release(run, by=second, at=timezone.now())

        for change in (
            lambda: StatementRelease.objects.update(released_at=timezone.now()),
            lambda: StatementRelease.objects.filter(pk=made.pk)._raw_delete("default"),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()

    def test_the_first_owner_who_saw_a_statement_counts(self, run, owner):
        statement = run.statements.get()
        once = release.acknowledge(statement, by=Actor.of(owner), at=timezone.now())
        other = OwnerFactory(dealer=owner.dealer)

        assert release.acknowledge(statement, by=Actor.of(other), at=timezone.now()) == once
        assert (
            progress.of_statement(owner.dealer, run, timezone.now()).acknowledgement.by
            == owner.user
        )


class TestAccounts:
    @pytest.mark.usefixtures("run")
    def test_an_account_is_sealed_and_told_to_all_owners(self, owner):
        stored = BankAccount.objects.get()
        other = OwnerFactory(dealer=owner.dealer)
        give_account(owner)

        assert accounts.opened(stored) == ACCOUNT
        assert accounts.shown(owner.dealer_id, by=Actor.of(owner)).end == "3445"
        assert ACCOUNT.number.encode() not in bytes(stored.number_sealed)
        told = Notice.objects.filter(user=other.user).get()
        assert owner.user.name in said(told.said)
        assert ACCOUNT.number not in told.said + told.detail

    @pytest.mark.usefixtures("run")
    def test_headquarters_cannot_read_it(self, first):
        with acting(first):
            shown = accounts.shown(
                BankAccount.objects.values_list("dealer", flat=True)[0], by=first
            )
            assert (shown.holder, shown.end) == ("", "")
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                list(BankAccount.objects.values_list("number_sealed"))

    @pytest.mark.usefixtures("run")
    def test_it_is_never_changed(self):
        with pytest.raises(IntegrityError, match="only_resealed"), transaction.atomic():
            BankAccount.objects.update(number_sealed=b"x" * 40)
        with pytest.raises(DatabaseError), transaction.atomic():
            BankAccount.objects.update(entered_at=timezone.now())


class TestBatches:
    def test_a_payment_is_booked_at_each_step(self, run, customer, first, second, tmp_path):
        dealer = customer.dealer
        assert balance(Holder.DEALER, dealer) == 30

        batch = approved(run, first, second)
        settle()

        payout = batch.payouts.get()
        assert (payout.reference, payout.amount) == (REFERENCE, 30)
        assert (balance(Holder.DEALER, dealer), balance(Holder.CLEARING)) == (0, 30)
        read = answered(tmp_path, first, f"{payout.reference},paid,{today()},")
        settle()
        assert (read.paid, read.failed, read.known, read.problems) == (1, 0, 0, [])
        assert (balance(Holder.CLEARING), balance(Holder.BANK)) == (0, 30)
        way = progress.of_statement(dealer, run, timezone.now())
        assert [(each.bank_on, each.amount) for each in way.arrived] == [(timezone.localdate(), 30)]

    @pytest.mark.usefixtures("run")
    def test_nothing_is_due_before_a_second_person_approved_the_month(self, first):
        with pytest.raises(BatchRefused, match="Nothing is due"):
            batches.make(by=first, at=timezone.now())

    def test_who_made_a_batch_does_not_approve_it(self, run, first, second):
        release.release(run, by=second, at=timezone.now())
        batch = batches.make(by=first, at=timezone.now())

        with pytest.raises(BatchRefused, match="You made this batch yourself"):
            batches.approve(batch, by=first, at=timezone.now())
        with pytest.raises(BatchRefused, match="A second person"):
            bank_file.written(batch, by=first)
        batch.approved_by, batch.approved_at = first.person, timezone.now()
        with pytest.raises(IntegrityError, match="approved_by_another"), transaction.atomic():
            batch.save()

    def test_a_statement_is_in_one_batch(self, run, first, second):
        batch = approved(run, first, second)

        with pytest.raises(BatchRefused, match="Nothing is due"):
            batches.make(by=first, at=timezone.now())
        assert batches.approve(batch, by=second, at=timezone.now()) == batch
        assert Journal.objects.filter(source="payout").count() == 1

    def test_a_batch_that_nobody_approved_can_be_withdrawn(self, run, first, second):
        release.release(run, by=second, at=timezone.now())
        batch = batches.make(by=first, at=timezone.now())

        batches.withdraw(batch, by=first, at=timezone.now())

        with pytest.raises(BatchRefused, match="withdrawn"):
            batches.approve(batch, by=second, at=timezone.now())
        again = batches.make(by=first, at=timezone.now())
        assert again.number == "PB-2026-01-2"
        batches.approve(again, by=second, at=timezone.now())
        with pytest.raises(BatchRefused, match="was approved"):
            batches.withdraw(again, by=first, at=timezone.now())

    def test_who_gave_no_account_waits_and_is_named(self, customer, second):
        sale(customer, "1000.00", date(2026, 1, 10))
        release.release(close_period(JANUARY), by=second, at=timezone.now())

        due = batches.due(timezone.now())

        assert (due.payable, due.waiting) == ([], 30)
        assert [each.statement.dealer for each in due.without_account] == [customer.dealer]

    def test_the_database_takes_no_other_amount(self, run, first, second):
        release.release(run, by=second, at=timezone.now())
        batch = batches.make(by=first, at=timezone.now())
        row = Payout.objects.values().get()
        batches.withdraw(batch, by=first, at=timezone.now())

        with pytest.raises(IntegrityError, match="approved_statement"), transaction.atomic():
            Payout.objects.create(**row | {"id": None, "reference": "X", "amount": Decimal(31)})


class TestBankFile:
    def test_it_has_the_usual_columns_and_is_logged_at_the_dealer(self, run, first, second):
        batch = approved(run, first, second)

        content = bank_file.written(batch, by=first).decode("utf-8-sig")

        head, row = csv.reader(io.StringIO(content))
        statement = run.statements.get()
        assert head[:5] == ["reference", "holder", "bank", "number", "amount"]
        assert row[:4] == [REFERENCE, ACCOUNT.holder, ACCOUNT.bank, ACCOUNT.number]
        assert row[4:] == ["30.00", "CNY", statement.number]
        entry = AccessLog.objects.get(dealer=statement.dealer)
        assert (entry.user, entry.fields) == (first.user, "bank account")

    def test_headquarters_chooses_the_columns(self, run, owner, first, second):
        give_account(owner, accounts.Details("=HYPERLINK(1)", "工行", "12345678"))
        cells = [
            (Cell.NUMBER, "收款账号", ""),
            (Cell.HOLDER, "户名", ""),
            (Cell.TEXT, "用途", "奖"),
        ]
        for place, (cell, heading, text) in enumerate(cells):
            BankFileColumn.objects.create(position=place, heading=heading, cell=cell, text=text)
        batch = approved(run, first, second)

        content = bank_file.written(batch, by=first).decode("utf-8-sig")

        assert list(csv.reader(io.StringIO(content))) == [
            ["收款账号", "户名", "用途"],
            ["12345678", "'=HYPERLINK(1)", "奖"],
        ]

    def test_columns_that_change_after_the_approval_do_not_touch_the_batch(
        self, run, first, second
    ):
        number = BankFileColumn.objects.create(position=1, heading="账号", cell=Cell.NUMBER)
        batch = approved(run, first, second)
        before = bank_file.written(batch, by=first)
        number.cell, number.text = Cell.TEXT, "6222000011112222"
        number.save()
        BankFileColumn.objects.create(position=2, heading="更多", cell=Cell.AMOUNT)

        assert bank_file.written(batch, by=first) == before
        assert ACCOUNT.number in before.decode()

    def test_columns_that_change_before_the_approval_ask_for_another_batch(
        self, run, first, second
    ):
        release.release(run, by=second, at=timezone.now())
        batch = batches.make(by=first, at=timezone.now())
        BankFileColumn.objects.create(
            position=1, heading="number", cell=Cell.TEXT, text="6222000011112222"
        )

        with pytest.raises(BatchRefused, match="columns of the file for the bank were changed"):
            batches.approve(batch, by=second, at=timezone.now())

        batches.withdraw(batch, by=first, at=timezone.now())
        again = batches.make(by=first, at=timezone.now())
        batches.approve(again, by=second, at=timezone.now())
        assert columns.in_words(columns.of(again)) == (
            "Columns of the file for the bank: “number” (always “6222000011112222”)."
            " No column holds “Account number”. No column holds “Amount”."
        )

    def test_the_database_keeps_the_columns_of_a_batch(self, run, first, second):
        release.release(run, by=second, at=timezone.now())
        batch = batches.make(by=first, at=timezone.now())

        with pytest.raises(DatabaseError, match="payout_batch_stays"), transaction.atomic():
            PayoutBatch.objects.update(columns=[["text", "number", "6222000011112222"]])
        batches.approve(batch, by=second, at=timezone.now())
        with pytest.raises(DatabaseError), transaction.atomic():
            PayoutBatch.objects.update(columns=[["text", "number", "6222000011112222"]])

    def test_what_is_answered_is_not_sent_again(self, run, first, second, tmp_path):
        batch = approved(run, first, second)
        answered(tmp_path, first, f"{REFERENCE},paid,{today()},")

        with pytest.raises(BatchRefused, match="answered every payment"):
            bank_file.written(batch, by=first)

    def test_a_later_account_does_not_change_a_payment(self, run, owner, first, second):
        batch = approved(run, first, second)
        give_account(owner, accounts.Details("别人", "别的银行", "99999999"))

        content = bank_file.written(batch, by=first).decode("utf-8-sig")

        assert ACCOUNT.number in content
        assert batches.changed_since(batch.payouts.all()) == {owner.dealer_id}


class TestAnswers:
    def test_the_same_answer_twice_changes_nothing(self, run, first, second, tmp_path):
        approved(run, first, second)
        row = f"{REFERENCE},paid,{today()},"
        answered(tmp_path, first, row)
        journals, notices = Journal.objects.count(), Notice.objects.count()

        read = answered(tmp_path, second, row)

        assert (read.paid, read.known, read.problems) == (0, 1, [])
        assert (Journal.objects.count(), Notice.objects.count()) == (journals, notices)

    def test_the_scorecard_counts_a_payment_in_the_month_that_knows_of_it(
        self, run, first, second, tmp_path
    ):
        """The figures of the month that it arrived in may be kept by then, and change no more."""
        approved(run, first, second)
        answered(tmp_path, first, f"{REFERENCE},paid,{today()},")
        day = timezone.localdate()
        arrived = day - timedelta(days=40)
        with lifted(Payout):
            Payout.objects.update(bank_on=arrived)
        chain.append_waiting()

        assert scorecard.count(Score.PAID_LATE, arrived, day - timedelta(days=1)).of == 0
        assert scorecard.count(Score.PAID_LATE, day, day).of == 1

    def test_another_answer_is_refused(self, run, first, second, tmp_path):
        approved(run, first, second)
        answered(tmp_path, first, f"{REFERENCE},paid,{today()},")

        read = answered(tmp_path, first, f"{REFERENCE},failed,{today()},户名不符")

        assert (read.failed, read.known) == (0, 0)
        assert "The bank answered otherwise before: Paid" in str(read.problems[0])
        assert Payout.objects.get().state == PayoutState.PAID

    def test_what_failed_is_owed_again_and_comes_with_the_next_batch(
        self, run, owner, first, second, tmp_path
    ):
        approved(run, first, second)

        read = answered(tmp_path, first, f"{REFERENCE},失败,{today()},户名不符")
        settle()

        assert read.failed == 1
        assert (balance(Holder.DEALER, owner.dealer), balance(Holder.CLEARING)) == (30, 0)
        told = Notice.objects.filter(user=owner.user).order_by("-pk").first()
        assert "sent back" in said(told.said)
        assert (
            progress.of_statement(owner.dealer, run, timezone.now()).came_back.reason == "户名不符"
        )
        batch = batches.make(by=first, at=timezone.now())
        batches.approve(batch, by=second, at=timezone.now())
        answered(tmp_path, first, f"{batch.number}-0001,paid,{today()},")
        settle()
        assert balance(Holder.BANK) == 30
        way = progress.of_statement(owner.dealer, run, timezone.now())
        assert [each.state for each in way.payments] == ["failed", "paid"]
        assert way.came_back is None

    @pytest.mark.parametrize(
        ("row", "why"),
        [
            ("PB-2026-01-1-9999,paid,{today},", "No payment has this reference"),
            (REFERENCE + ",maybe,{today},", "Write paid or failed"),
            (REFERENCE + ",paid,5.11.2026,", "Write the day like"),
            (REFERENCE + ",paid,{tomorrow},", "has not come yet"),
            (REFERENCE + ",paid,2026-01-31,", "approved later than this day"),
            (REFERENCE + ",failed,{today},", "Say why it failed"),
            (REFERENCE + "\0,paid,{today},", "Remove the NUL character"),
        ],
    )
    @pytest.mark.usefixtures("batch")
    def test_a_wrong_row_is_left_out_and_says_why(self, first, tmp_path, row, why):
        tomorrow = timezone.localdate() + timedelta(days=1)

        read = answered(tmp_path, first, row.format(today=today(), tomorrow=tomorrow))

        assert why in str(read.problems[0])
        assert Payout.objects.get().state == PayoutState.WAITING

    def test_one_payment_twice_in_a_file_is_taken_once(self, run, first, second, tmp_path):
        approved(run, first, second)
        row = f"{REFERENCE},paid,{today()},"

        read = answered(tmp_path, first, row, row)

        assert (read.paid, read.known) == (1, 1)

    def test_what_nobody_approved_is_not_answered(self, run, first, second, tmp_path):
        release.release(run, by=second, at=timezone.now())
        batches.make(by=first, at=timezone.now())

        read = answered(tmp_path, first, f"{REFERENCE},paid,{today()},")

        assert "Nobody has approved" in str(read.problems[0])

    def test_a_month_closed_after_a_payment_starts_from_what_is_left(
        self, run, customer, first, second, tmp_path
    ):
        """What was paid is no part of the next statement, in the books or on paper."""
        approved(run, first, second)
        answered(tmp_path, first, f"{REFERENCE},paid,{today()},")
        sale(customer, "500.00", date(2026, 2, 10))

        close_period(FEBRUARY)

        statement = Statement.objects.get(run__month=FEBRUARY)
        assert (statement.opening, statement.total, statement.payable) == (0, 15, 15)
        assert balance(Holder.DEALER, customer.dealer) == 15
