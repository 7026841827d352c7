"""Closing: the order of months, once and for all, books that balance, statements that add up."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.db.models import Sum

from customers.models import Attribution
from dealers.triggers import lifted
from incentives import verification
from incentives.books import closing, ledger, periods
from incentives.books.closing import ClosingRefused
from incentives.engine import month as engine
from incentives.engine.scope import Scope
from incentives.models import (
    FIRST_ENGINE,
    Account,
    AccountKind,
    Entry,
    Holder,
    Journal,
    Line,
    Period,
    Result,
    Run,
    Source,
    Statement,
)
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import StoreFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    close_period,
    give_back,
    just_after,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
    tiers,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def rulebook(db):
    return RulebookFactory(
        starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC)
    )


@pytest.fixture
def customer(rulebook):
    return owned_customer(StoreFactory())


def broken() -> list[str]:
    """The checks that fail."""
    return [name for name, holds, _why in verification.checks() if not holds]


def everything() -> list:
    """All that a closing writes, to see whether another one changes it."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Run, Period, Result, Line, Journal, Entry, Statement)
    ]


def test_closing_again_changes_nothing(customer):
    published(percent(places=["own"]), tiers(code="tiers"))
    sale(customer, "100.00", date(2026, 1, 10))
    first = close_period(JANUARY)
    before = everything()
    sale(customer, "900.00", date(2026, 1, 11))

    again = close_period(JANUARY)

    assert again == first
    assert everything() == before


def test_a_month_before_the_last_closed_one_is_refused(customer):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 2, 10))
    close_period(JANUARY)

    with pytest.raises(ClosingRefused, match="2026-01 is closed already, so 2025-12"):
        close_period(date(2025, 12, 1))


def test_a_gap_is_refused_and_the_month_to_close_is_named(customer):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 10))

    with pytest.raises(ClosingRefused, match="Close 2026-01 first"):
        close_period(FEBRUARY)
    close_period(JANUARY)
    with pytest.raises(ClosingRefused, match="Close 2026-02 first"):
        close_period(MARCH)


def test_a_month_that_still_runs_somewhere_is_refused(customer):
    published(percent(places=["own"]))
    StoreFactory(timezone="America/New_York")
    in_shanghai_only = datetime(2026, 1, 31, 17, tzinfo=UTC)

    with pytest.raises(ClosingRefused, match="has not ended"):
        close_period(JANUARY, at=in_shanghai_only)

    assert close_period(JANUARY, at=in_shanghai_only + timedelta(hours=13))


def test_months_due_are_those_that_ended_and_are_not_closed(customer):
    published(percent(places=["own"]))

    assert periods.months_due(datetime(2026, 3, 15, tzinfo=UTC)) == [JANUARY, FEBRUARY]
    close_period(JANUARY)
    assert periods.months_due(datetime(2026, 3, 15, tzinfo=UTC)) == [FEBRUARY]


@pytest.mark.django_db(transaction=True)
def test_a_month_closed_by_two_at_once_is_closed_once(customer):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 10))

    def close():
        try:
            return close_period(JANUARY)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=2) as pool:
        runs = [future.result() for future in [pool.submit(close), pool.submit(close)]]

    assert runs[0] == runs[1] == Run.objects.get()
    assert Statement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_months_closed_at_once_the_later_one_knows_more(customer):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 10))

    def close():
        try:
            return close_period(FEBRUARY)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [closing._LOCK])
            waits = pool.submit(close)
            waiting = False
            while not waiting:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                waiting = cursor.fetchone()[0] > 0
            first = close_period(JANUARY)
        second = waits.result()

    assert first.known_until < second.known_until


def test_a_month_that_breaks_off_leaves_nothing(customer, monkeypatch):
    published(percent(places=["own"]))
    sale(customer, "100.00", date(2026, 1, 10))
    monkeypatch.setattr(ledger, "book", lambda _run: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        close_period(JANUARY)

    assert not Run.objects.exists()
    assert not Result.objects.exists()


def booked(key: str, month: date, source: str = Source.DISPUTE, source_key: str = "") -> Journal:
    """A journal without entries in a month's period."""
    Period.objects.get_or_create(month=month)
    return Journal.objects.create(
        key=key, content=b"-", period_id=month, source=source, source_key=source_key,
        currency="CNY", effective_at=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip


class TestBooks:
    def test_a_journal_a_dealer_with_two_entries_a_plan(self, customer):
        published(percent("0.03", places=["own"]), code="pays")
        published(percent("0.01", places=["own"]), code="takes", direction="dealer_pays")
        sale(customer, "100.00", date(2026, 1, 10))

        run = close_period(JANUARY)

        journal = Journal.objects.get()
        assert journal.key == f"close:2026-01:{customer.dealer.code}"
        booked = {(e.account.kind, e.account.plan and e.account.plan.code): e.amount
                  for e in journal.entries.exclude(account__kind="payable")}  # fmt: skip
        assert booked == {("expense", "pays"): -3, ("income", "takes"): 1}
        payable = journal.entries.filter(account__dealer=customer.dealer)
        assert sorted(e.amount for e in payable) == [-1, 3]
        assert run.statements.get().total == 2

    def test_a_dealer_that_comes_to_nothing_gets_a_statement_and_no_journal(self, customer):
        published(percent("0.03", places=["own"]))
        sold = sale(customer, "100.00", date(2026, 1, 10))
        give_back(sold, "100.00", date(2026, 1, 11))

        close_period(JANUARY)

        assert not Journal.objects.exists()
        assert Statement.objects.get().journal is None

    @pytest.mark.usefixtures("customer")
    def test_the_database_refuses_an_unbalanced_journal(self):
        published(percent(places=["own"]))
        close_period(JANUARY)
        account = Account.objects.first()

        journal = booked("test", FEBRUARY)
        Entry.objects.create(journal=journal, account=account, amount=Decimal(1))

        with connection.cursor() as cursor, pytest.raises(DatabaseError, match="does not balance"):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    @pytest.mark.usefixtures("customer")
    def test_a_journal_that_was_looked_at_takes_no_more_in_its_own_transaction(self):
        published(percent(places=["own"]))
        close_period(JANUARY)
        accounts = Account.objects.all()[:2]
        journal = booked("test", FEBRUARY)
        for account, amount in zip(accounts, (Decimal(1), Decimal(-1)), strict=True):
            Entry.objects.create(journal=journal, account=account, amount=amount)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="takes no more entries"), transaction.atomic():
            Entry.objects.create(journal=journal, account=accounts[0], amount=Decimal(5))

    @pytest.mark.parametrize("model", [Run, Result, Line, Journal, Entry, Account, Statement])
    def test_the_database_refuses_to_change_or_delete_what_was_booked(self, customer, model):
        published(percent(places=["own"]))
        sale(customer, "100.00", date(2026, 1, 10))
        close_period(JANUARY)
        rows = model.objects.filter(pk=model.objects.first().pk)
        changes = {"month": date(2027, 1, 1)} if model is Run else {"number": "x"}
        if model is Journal:
            changes = {"key": "x"}
        if model is Account:
            changes = {"currency": "USD"}
        if model in (Result, Line, Entry):
            changes = {"amount": Decimal(7)}

        for change in (lambda: rows.update(**changes), lambda: rows._raw_delete("default")):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()

    def test_a_closed_month_takes_no_more_entries(self, customer):
        published(percent(places=["own"]))
        sale(customer, "100.00", date(2026, 1, 10))
        close_period(JANUARY)
        journal = Journal.objects.get()
        more = [
            Entry(journal=journal, account=entry.account, amount=-entry.amount)
            for entry in journal.entries.all()
        ]

        with pytest.raises(DatabaseError, match="takes no more entries"), transaction.atomic():
            booked("late", JANUARY)
        with pytest.raises(DatabaseError, match="takes no more entries"), transaction.atomic():
            Entry.objects.bulk_create(more)
        with pytest.raises(DatabaseError, match="later period is closed"), transaction.atomic():
            Period.objects.create(month=date(2025, 12, 1))

    def test_a_payout_is_booked_in_an_open_period(self, customer):
        """What comes after a closing has its place: an own account, a source, an open month."""
        published(percent(places=["own"]))
        sale(customer, "100.00", date(2026, 1, 10))
        close_period(JANUARY)
        bank = Account.objects.create(kind=AccountKind.OWN, holder=Holder.BANK, currency="CNY")
        owed = Account.objects.get(dealer=customer.dealer)

        paid = booked("payout:P1", FEBRUARY, Source.PAYOUT, "P1")
        Entry.objects.create(journal=paid, account=owed, amount=Decimal(-3))
        Entry.objects.create(journal=paid, account=bank, amount=Decimal(3))
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            # The next closing, too, is looked at when it is done.
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

        assert Entry.objects.filter(account=owed).aggregate(left=Sum("amount"))["left"] == 0
        assert close_period(FEBRUARY).statements.count() == 0
        # The books hold; that no payment stands behind it is seen.
        assert broken() == ["should be zero: bank", "should be zero: owed"]

    def test_a_journal_has_the_currency_of_its_accounts(self, customer):
        published(percent(places=["own"]))
        close_period(JANUARY)
        bank = Account.objects.create(kind=AccountKind.OWN, holder=Holder.BANK, currency="USD")
        owed = Account.objects.get(dealer=customer.dealer)

        paid = booked("payout:P1", FEBRUARY, Source.PAYOUT, "P1")
        both = [
            Entry(journal=paid, account=owed, amount=Decimal(-3)),
            Entry(journal=paid, account=bank, amount=Decimal(3)),
        ]
        with pytest.raises(DatabaseError, match="one currency"):
            Entry.objects.bulk_create(both)

    @pytest.mark.usefixtures("customer")
    def test_the_database_refuses_what_is_of_nothing_on_file(self):
        """It has no foreign keys for this: what a closing adds is looked at together."""
        published(percent(places=["own"]))
        close_period(JANUARY)
        account = Account.objects.first()

        def entry_without(**missing: int) -> None:
            journal = booked("test", FEBRUARY)
            Entry.objects.create(
                **{"journal_id": journal.pk, "account_id": account.pk, "amount": 1} | missing
            )

        for missing in ({"account_id": 0}, {"journal_id": 0}):
            with pytest.raises(DatabaseError, match="on file"), transaction.atomic():
                entry_without(**missing)
        with pytest.raises(DatabaseError, match="on file"), transaction.atomic():
            Result.objects.create(
                run_id=0, component_id=0, dealer_id=0, for_month=FEBRUARY, count=1, base=1,
                uncapped=1, amount=1,
            )  # fmt: skip
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            Account.objects.filter(pk=account.pk)._raw_delete("default")

    @pytest.mark.django_db(transaction=True)
    def test_a_booked_journal_takes_no_more_entries(self):
        """Not even such as balance: what is booked is what was booked then."""
        own = {"kind": AccountKind.OWN, "currency": "CNY"}
        bank, clearing = (
            Account.objects.create(holder=holder, **own)
            for holder in (Holder.BANK, Holder.CLEARING)
        )
        with transaction.atomic():
            journal = booked("own", FEBRUARY)
            both = [
                Entry(journal=journal, account=bank, amount=Decimal(1)),
                Entry(journal=journal, account=clearing, amount=Decimal(-1)),
            ]
            with transaction.atomic():  # a part of the same transaction
                Entry.objects.bulk_create(both)
        for entry in both:
            entry.pk = None

        with pytest.raises(DatabaseError, match="takes no more entries"):
            Entry.objects.bulk_create(both)

    @pytest.mark.parametrize(
        ("kind", "holder"), [("own", "dealer"), ("payable", "bank"), ("expense", "plan")]
    )
    @pytest.mark.usefixtures("customer")
    def test_an_account_names_its_holder(self, kind, holder):
        with pytest.raises(IntegrityError, match="account_names_its_holder"), transaction.atomic():
            Account.objects.create(kind=kind, holder=holder, currency="CNY")

    @pytest.mark.usefixtures("customer")
    def test_a_period_is_closed_once_and_by_its_own_run(self):
        published(percent(places=["own"]))
        january, february = close_period(JANUARY), close_period(FEBRUARY)
        Period.objects.create(month=MARCH)

        for month, run in ((JANUARY, None), (JANUARY, february), (MARCH, january)):
            with pytest.raises(DatabaseError, match="closed once"), transaction.atomic():
                Period.objects.filter(month=month).update(closed_run=run)
        with pytest.raises(DatabaseError), transaction.atomic():
            Period.objects.filter(month=MARCH)._raw_delete("default")


class TestStatements:
    def test_what_a_dealer_owes_is_carried_over(self, customer):
        published(percent("0.10", places=["own"]))
        sold = sale(customer, "100.00", date(2026, 1, 10))
        close_period(JANUARY)
        give_back(sold, "100.00", date(2026, 2, 10))
        close_period(FEBRUARY)
        sale(customer, "30.00", date(2026, 3, 10))
        close_period(MARCH)
        close_period(date(2026, 4, 1))
        sale(customer, "200.00", date(2026, 5, 10))
        close_period(date(2026, 5, 1))

        figures = [
            (s.opening, s.total, s.payable, s.closing)
            for s in Statement.objects.order_by("run__month")
        ]
        assert figures == [(0, 10, 10, 0), (0, -10, 0, -10), (-10, 3, 0, -7), (-7, 0, 0, -7),
                           (-7, 20, 13, 0)]  # fmt: skip

    def test_number_and_code(self, customer):
        published(percent(places=["own"]))
        sale(customer, "100.00", date(2026, 1, 10))

        close_period(JANUARY)

        statement = Statement.objects.get()
        assert statement.number == f"ST-2026-01-{customer.dealer.code}"
        assert len(statement.code) == 19


class TestCommands:
    @pytest.mark.usefixtures("customer")
    def test_close_period_says_what_it_did(self, capsys):
        published(per_registration())

        call_command("close_period", "2026-01")
        call_command("close_period", "2026-01")

        first, second = capsys.readouterr().out.splitlines()
        assert first == "2026-01 closed: 1 results, 1 journals, 1 statements"
        assert second == "2026-01 is closed already; nothing changed"

    @pytest.mark.django_db
    def test_a_database_lost_at_the_commit_leaves_a_sentence_too(self, monkeypatch):
        def lost(*_args, **_options):
            raise OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr("incentives.books.closing.close_period", lost)
        with pytest.raises(CommandError, match="2026-01 may be closed or not"):
            call_command("close_period", "2026-01")

    @pytest.mark.usefixtures("customer")
    def test_close_period_refuses_with_a_sentence(self):
        published(per_registration())
        with pytest.raises(CommandError, match="Close 2026-01 first") as refused:
            call_command("close_period", "2026-02")
        assert refused.value.returncode == 1
        with pytest.raises(CommandError, match="write it like 2017-03") as misused:
            call_command("close_period", "March")
        assert misused.value.returncode == 2

    def test_export_statements_has_a_row_a_component_and_a_total(self, customer, tmp_path):
        published(percent("0.03", places=["own"]), tiers(code="tiers"))
        sold = sale(customer, "100.00", date(2026, 1, 10))
        close_period(JANUARY)
        give_back(sold, "40.00", date(2026, 2, 10))
        close_period(FEBRUARY)

        call_command("export_statements", str(tmp_path / "out.csv"), "--period", "2026-02")

        code = customer.dealer.code
        assert (tmp_path / "out.csv").read_text().splitlines() == [
            "dealer_code,component,lines,base,amount,state",
            f"{code},cross,1,-40.00,-1.20,on_statement",
            f"{code},tiers-adjustment,1,-40.00,-0.80,on_statement",
            f"{code},TOTAL,2,-80.00,-2.00,on_statement",
        ]

    def test_export_statements_of_an_open_month_are_estimates(self, customer, tmp_path):
        published(percent("0.03", places=["own"]))
        sale(customer, "100.00", date(2026, 1, 10))

        call_command("export_statements", str(tmp_path / "out.csv"), "--period", "2026-01")

        rows = (tmp_path / "out.csv").read_text().splitlines()
        assert rows[1] == f"{customer.dealer.code},cross,1,100.00,3.00,estimated"


class TestVerification:
    def busy(self, customer) -> None:
        published(
            percent("0.03", places=["own"], period_cap=Decimal("4.00")),
            tiers(code="tiers", period_cap=Decimal("9000.00")),
            tiers("tiers_whole", code="whole", clawback="original_rate"),
            percent("0.5", code="shared", by_share=True, to="seller", places=["other"]),
            per_registration(),
        )
        first = sale(customer, "100.00", date(2026, 1, 10))
        second = sale(customer, "310000.00", date(2026, 1, 12))
        elsewhere = sale(
            customer, "33.33", date(2026, 1, 13), sold_by="other", at=StoreFactory(), share="0.3"
        )
        give_back(first, "33.33", date(2026, 1, 14))
        run = close_period(JANUARY)
        give_back(first, "33.34", date(2026, 2, 14))
        give_back(second, "20000.00", date(2026, 2, 15))
        give_back(elsewhere, "11.11", date(2026, 2, 16))
        late = just_after(run)
        sale(customer, "50.00", date(2026, 1, 20), recorded_at=late)
        give_back(second, "10.00", date(2026, 1, 21), recorded_at=late)
        close_period(FEBRUARY)
        give_back(first, "33.33", date(2026, 3, 14))
        close_period(MARCH)

    def test_everything_recomputes(self, customer):
        self.busy(customer)

        assert broken() == []

    def test_a_wrong_amount_is_found(self, customer):
        self.busy(customer)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE incentives_line DISABLE TRIGGER USER")
            cursor.execute(
                "UPDATE incentives_line SET amount = amount + 0.01 WHERE id ="
                " (SELECT min(id) FROM incentives_line WHERE amount IS NOT NULL)"
            )

        assert broken() == [
            "results are the sum of their lines",
            "every amount recomputes",
            "statements can be read and written out",
        ]

    @pytest.mark.parametrize(
        "change",
        ["quantity = quantity + 1", "share = 0.5", "sold_by = 'sister'",
         "signed_net = signed_net + 1", "ordered_at = ordered_at + interval '1 second'"],
    )  # fmt: skip
    def test_a_fact_that_changed_is_found(self, customer, change):
        published(percent(places=["own"]))
        sale(customer, "100.00", date(2026, 1, 10))
        close_period(JANUARY)
        with lifted(Attribution), connection.cursor() as cursor:
            cursor.execute(f"UPDATE customers_attribution SET {change}")

        assert "inputs of closed months are unchanged" in broken()

    def test_a_month_keeps_the_hash_of_its_engine(self, customer):
        published(percent(places=["own"]))
        sale(customer, "100.00", date(2026, 1, 10))
        run = close_period(JANUARY)
        first = closing.inputs_hash(Scope.of_run(run), FIRST_ENGINE)
        with lifted(Run):
            Run.objects.update(engine=FIRST_ENGINE, inputs_hash=first)

        assert first != run.inputs_hash
        assert broken() == []

    def test_a_closed_month_computes_the_same_again(self, customer):
        self.busy(customer)

        for run in Run.objects.all():
            again = {
                (e.component.pk, e.dealer_id, e.for_month, e.adjustment, e.amount, e.base)
                for e in engine.estimate(Scope.of_run(run))
            }
            stored = {
                (r.component_id, r.dealer_id, r.for_month, r.adjustment, r.amount, r.base)
                for r in run.results.all()
            }
            assert again == stored
