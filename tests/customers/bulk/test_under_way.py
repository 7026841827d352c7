"""What others notice of a load while it is under way, and what it makes of what they do."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from threading import Event

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from customers.bulk.load import Load
from customers.bulk.orders import ORDER_COLUMNS
from customers.bulk.registrations import REGISTRATION_COLUMNS
from customers.cutoff import known_until
from customers.identity import fingerprint
from customers.models import Category, Order, Ownership, Registration
from customers.orders.recording import GivenLine, OrderRefused, record_order
from customers.ownership.activities import ActivityRefused, record_activity
from customers.ownership.counter import RegistrationRefused
from customers.ownership.editor import publish_rulebook
from customers.verification import checks
from dealers.actor import Actor
from dealers.imports.csv import CsvFile
from dealers.imports.problems import WrongUse
from dealers.imports.progress import Progress
from dealers.phones import normalise
from dealers.publication import PublicationRefused
from tests.config.processes import wait_until
from tests.customers.bulk.files import back, order, registration, write
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, StoreFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("english")]

THEIRS, OTHERS, NEW = "13800000001", "13800000002", "13800000003"


@pytest.fixture
def shops():
    RulebookFactory()
    return [StoreFactory(code="S1"), StoreFactory(code="S2"), StoreFactory(code="S3")]


@pytest.fixture
def pool():
    with ThreadPoolExecutor(4) as pool:
        yield pool


def elsewhere(pool, work, *args, **kwargs):
    def run():
        try:
            return work(*args, **kwargs)
        finally:
            connection.close()

    return pool.submit(run)


def claimed(number, phone):
    """A row of two days ago: a live registration of the same day would replace it."""
    at = timezone.now() - timedelta(days=2)
    return registration(number, phone=phone, registered_at=at.isoformat())


def captured(store, phone):
    return registered(store, phone=phone, at=timezone.now())


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees the first look
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND datname = current_database())"
        )
        return cursor.fetchone()[0]


def refused(waiting, refusal):
    """What it was told."""
    with pytest.raises(refusal, match="a file is being stored") as told:
        waiting.result(timeout=30)
    return told


@contextmanager
def loading(folder, registrations=(), orders=(), *, historical=True):
    with transaction.atomic():
        load = Load(Progress(StringIO()), at=timezone.now(), historical=historical)
        if registrations:
            path = write(folder / "r.csv", REGISTRATION_COLUMNS, registrations)
            load.stage_registrations(CsvFile.open(path, REGISTRATION_COLUMNS))
        if orders:
            path = write(folder / "o.csv", ORDER_COLUMNS, orders)
            load.stage_orders(CsvFile.open(path, ORDER_COLUMNS))
        load.answer()
        yield load


def test_nobody_waits_for_a_load_that_is_being_answered(shops, pool, tmp_path):
    registered(shops[0], phone=THEIRS)
    rows = [registration(n, store="S2", phone=phone) for n, phone in enumerate((THEIRS, NEW))]
    with loading(tmp_path, rows, [order(1, phone=NEW)]):
        elsewhere(pool, captured, shops[0], phone=THEIRS).result(timeout=30)
        elsewhere(pool, captured, shops[0], phone=NEW).result(timeout=30)
        elsewhere(pool, known_until, patience=1).result(timeout=30)


def test_people_of_a_load_that_is_being_stored_are_told_to_wait(shops, pool, tmp_path):
    made = registered(shops[0], phone=THEIRS)
    clerk = Actor.of(MembershipFactory(store=shops[0]))
    with loading(tmp_path, [claimed(1, THEIRS), claimed(2, NEW)]) as load:
        load.store()
        known = elsewhere(pool, captured, shops[1], phone=THEIRS)
        unknown = elsewhere(pool, captured, shops[1], phone=NEW)
        call = elsewhere(
            pool, record_activity, made.customer, by=clerk, kind="visit", at=timezone.now()
        )
        refused(known, RegistrationRefused)
        refused(unknown, RegistrationRefused)
        refused(call, ActivityRefused)
        answered = elsewhere(pool, captured, shops[1], phone=OTHERS).result(timeout=30)
    assert answered.answer == "yours"
    assert captured(shops[1], phone=NEW).answer == "protected"


def test_whoever_waits_is_answered_when_the_load_is_stored(shops, pool, tmp_path, monkeypatch):
    """The counter has found nobody, then the load's commit brings the person."""
    monkeypatch.setattr("dealers.waiting.PATIENCE", 30)
    with loading(tmp_path, [claimed(1, NEW)]) as load:
        load.store()
        waiting = elsewhere(pool, captured, shops[1], phone=NEW)
        wait_until(somebody_waits, 30)
    assert waiting.result(timeout=30).answer == "protected"


def test_whoever_was_nobodys_when_looked_for_is_answered_anew_when_a_load_brings_them(
    shops, pool, monkeypatch
):
    """Nothing of the first answer, which was yours, stays in the second."""
    monkeypatch.setattr("dealers.waiting.PATIENCE", 30)
    with transaction.atomic():
        loaded = captured(shops[0], THEIRS).identity
        with connection.cursor() as cursor:  # as rows of a load, which takes nobody's turn
            cursor.execute("ALTER TABLE customers_identity DISABLE TRIGGER USER")
            cursor.execute(
                "UPDATE customers_identity SET fingerprint = %s WHERE id = %s",
                [fingerprint(normalise(NEW)), loaded.pk],
            )
            cursor.execute("ALTER TABLE customers_identity ENABLE TRIGGER USER")
        waiting = elsewhere(pool, captured, shops[1], phone=NEW)
        wait_until(somebody_waits, 30)
    answered = waiting.result(timeout=30)
    assert (answered.answer, answered.identity_id) == ("protected", loaded.pk)
    assert answered.ownership_id is None


def test_a_load_is_answered_again_where_its_people_were_recorded_meanwhile(shops, pool, tmp_path):
    rows = [registration(1, phone=NEW), registration(2, phone=OTHERS)]
    with loading(tmp_path, rows, historical=False) as load:
        elsewhere(pool, captured, shops[1], phone=NEW).result(timeout=30)
        load.store()
    imported = dict(Registration.objects.filter(channel="import").values_list("key", "answer"))
    assert imported == {"import:REG-1": "protected", "import:REG-2": "yours"}
    assert Ownership.objects.count() == 2


def test_an_order_recorded_meanwhile_is_there_already(shops, pool, tmp_path):
    category = Category.objects.create(code="DOORS", name="DOORS")
    line = GivenLine(1, category, 2, Decimal(110), Decimal(10), Decimal(100))
    registered(shops[0], phone=THEIRS, at=datetime(2026, 1, 5, 2, tzinfo=UTC))
    same = {
        "source": "pos", "external_id": "O1", "lines": [line], "store": shops[0],
        "phone": THEIRS, "ordered_at": datetime(2026, 1, 6, 2, tzinfo=UTC),
    }  # fmt: skip
    with loading(tmp_path, orders=[order(1), order(2)]) as load:
        elsewhere(pool, record_order, **same).result(timeout=30)
        load.store()
        assert load.orders.file.repeated == 1
    assert Order.objects.count() == 2


def test_an_order_of_nobody_recorded_at_the_same_moment_is_said(shops, pool, tmp_path):
    registered(shops[0], phone=THEIRS)
    category = Category.objects.create(code="DOORS", name="DOORS")
    line = GivenLine(1, category, 2, Decimal(110), Decimal(10), Decimal(100))

    def record():
        with transaction.atomic():
            record_order(source="pos", external_id="O1", lines=[line], ordered_at=timezone.now())
            recorded.set()
            time.sleep(1)

    recorded = Event()
    with loading(tmp_path, orders=[order(1)]) as load:
        recording = elsewhere(pool, record)
        assert recorded.wait(30)
        with pytest.raises(WrongUse, match="recorded at the same moment"):
            load.store()
        transaction.set_rollback(True)
    recording.result(timeout=30)
    assert Order.objects.get().identity is None


def test_a_return_recorded_meanwhile_leaves_less(shops, pool, tmp_path):
    category = Category.objects.create(code="DOORS", name="DOORS")
    line = GivenLine(1, category, 2, Decimal(110), Decimal(10), Decimal(100))
    sold_at = datetime(2026, 1, 6, 2, tzinfo=UTC)
    sale = record_order(
        source="pos", external_id="O1", lines=[line], store=shops[0], ordered_at=sold_at
    )
    whole = GivenLine(1, category, 2, Decimal(110), Decimal(10), Decimal(100), returns=1)
    again = {
        "source": "pos", "external_id": "X", "lines": [whole], "returns": sale,
        "ordered_at": sold_at + timedelta(hours=1),
    }  # fmt: skip
    with loading(tmp_path, orders=[back(1)]) as load:
        elsewhere(pool, record_order, **again).result(timeout=30)
        load.store()
        assert len(list(load.orders.file.problems)) == 1
    with loading(tmp_path, orders=[back(2, phone="")]) as load:
        assert len(list(load.orders.file.problems)) == 1
    assert Order.objects.returns().count() == 1


def test_a_return_by_hand_waits_for_the_load_that_has_its_sale(shops, pool, tmp_path):
    category = Category.objects.create(code="DOORS", name="DOORS")
    sold_at = datetime(2026, 1, 6, 2, tzinfo=UTC)
    sale = record_order(
        source="pos", external_id="O1", store=shops[0], ordered_at=sold_at,
        lines=[GivenLine(1, category, 2, Decimal(110), Decimal(10), Decimal(100))],
    )  # fmt: skip
    with loading(tmp_path, orders=[back(1)]) as load:
        load.store()
        waiting = elsewhere(
            pool, record_order, source="pos", external_id="X", returns=sale,
            lines=[GivenLine(1, category, 2, Decimal(110), Decimal(10), Decimal(100), returns=1)],
            ordered_at=sold_at + timedelta(hours=1),
        )  # fmt: skip
        refused(waiting, OrderRefused)


def test_rules_that_are_published_meanwhile_apply(shops, pool, tmp_path):
    registered(shops[0], phone=THEIRS)
    following, late = (_approved(timezone.localdate() + timedelta(days=it)) for it in (0, 9))
    following.save()
    with loading(tmp_path, [registration(1, phone=NEW)], historical=False) as load:
        elsewhere(
            pool, publish_rulebook, following, by=Actor.worker("test"), at=timezone.now()
        ).result(timeout=30)
        load.store()
        waiting = elsewhere(pool, _save_and_publish, late)
        refused(waiting, PublicationRefused)
    assert Registration.objects.get(channel="import").rulebook == following


def _approved(starts_on):
    """A draft that one tested and another approved, not saved."""
    taken = {f"{step}_at": timezone.now() for step in ("tested", "approved")}
    taken |= {f"{step}_by": UserFactory() for step in ("tested", "approved")}
    return RulebookFactory.build(starts_on=starts_on, published_at=None, **taken)


def _save_and_publish(rulebook):
    rulebook.save()
    publish_rulebook(rulebook, by=Actor.worker("test"), at=timezone.now())


def test_a_cut_off_waits_until_a_load_is_visible(shops, pool, tmp_path):
    with loading(tmp_path, [registration(1, phone=NEW)]) as load:
        load.store()
        waiting = elsewhere(pool, known_until)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.3)
    assert Registration.objects.get().recorded_at < waiting.result(timeout=30)


def test_nothing_is_left_for_the_commit_to_check(shops, tmp_path):
    """A table with checks to come could not be altered."""
    registered(shops[0], phone=THEIRS)
    with loading(tmp_path, [registration(1, phone=NEW)], [order(1, phone=NEW)]) as load:
        load.store()
        with connection.cursor() as cursor:
            for table in ("registration", "ownership", "customer", "order", "orderline"):
                cursor.execute(f"ALTER TABLE customers_{table} ADD COLUMN spare int")
        transaction.set_rollback(True)


def test_tables_can_be_read_while_a_load_is_stored_in_a_portal_in_use(shops, pool, tmp_path):
    registered(shops[0], phone=THEIRS)
    with loading(tmp_path, [registration(1, phone=NEW)], [order(1, phone=NEW)]) as load:
        load.store()
        assert elsewhere(pool, Order.objects.count).result(timeout=30) == 0


def test_one_load_waits_for_the_other(shops, pool, tmp_path):
    path = write(tmp_path / "second.csv", REGISTRATION_COLUMNS, [registration(1, phone=NEW)])
    with loading(tmp_path, [registration(1, phone=NEW)]) as load:
        load.store()
        other = elsewhere(pool, call_command, "import_registrations", path, historical=True)
        with pytest.raises(TimeoutError):
            other.result(timeout=0.5)
    other.result(timeout=10)
    assert Registration.objects.count() == 1


def test_a_load_that_is_killed_leaves_nothing_and_can_be_given_again(shops, pool, tmp_path):
    rows, sales = [claimed(1, THEIRS), claimed(2, NEW)], [order(1, phone=NEW)]

    def killed():
        with loading(tmp_path, rows, sales) as load:
            load.store()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                process = cursor.fetchone()[0]
            elsewhere(pool, _kill, process).result(timeout=30)

    with pytest.raises(OperationalError):
        killed()
    connection.close()
    assert (Registration.objects.count(), Order.objects.count()) == (0, 0)
    assert captured(shops[1], THEIRS).answer == "yours"

    call_command("import_history", registrations=tmp_path / "r.csv", orders=tmp_path / "o.csv")
    answers = dict(Registration.objects.values_list("key", "answer"))
    assert answers["import:REG-1"] == answers["import:REG-2"] == "yours"
    assert Order.objects.count() == 1


def _kill(process):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])


def test_what_was_recorded_during_a_load_passes_every_check(shops, pool, tmp_path):
    rows = [registration(1, phone=NEW), registration(2, phone=OTHERS, store="S2")]
    with loading(tmp_path, rows, [order(1, phone=NEW)], historical=False) as load:
        elsewhere(pool, captured, shops[2], phone=NEW).result(timeout=30)
        load.store()
    assert [check for check in checks() if not check[1]] == []
