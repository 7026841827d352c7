"""Rows of several tables in one statement, and many of one table."""

from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import DataError, IntegrityError, connection, transaction

from dealers import backup
from dealers.database import (
    Counted,
    NotSaved,
    Update,
    add_rows,
    adding_sql,
    among,
    counted,
    drop_database,
    save_together,
)
from dealers.models import Dealer, Notice, NoticeKind, NoticeLevel, OutboxTask, Region, User
from tests.factories.dealers import UserFactory

pytestmark = pytest.mark.django_db


def test_rows_of_several_tables_are_saved_in_one_statement(django_assert_num_queries):
    region = Region(id=7001, code="N", name="North")
    dealer = Dealer(id=7002, code="D", name="One", region=region)

    with django_assert_num_queries(1):
        save_together([region, dealer])

    assert Dealer.objects.select_related("region").get(code="D").region == region
    assert not dealer._state.adding


def test_a_row_without_a_key_gets_one():
    save_together([Region(code="N", name="North")])

    assert Region.objects.get(code="N").pk


def test_an_update_saves_its_fields_only_and_comes_in_its_turn():
    region = Region.objects.create(code="N", name="North")
    taken = Region(code="N", name="Another")  # its code is free once the first has another

    save_together([Update(Region(pk=region.pk, code="M", name="lost"), ("code",)), taken])

    assert set(Region.objects.values_list("code", "name")) == {("M", "North"), ("N", "Another")}


def test_nothing_is_saved_where_a_row_to_update_is_not_there():
    with pytest.raises(NotSaved), transaction.atomic():
        save_together([Region(code="N", name="North"), Update(Region(pk=1, code="M"), ("code",))])

    assert not Region.objects.exists()


def test_what_is_too_long_is_refused_and_not_cut_off():
    length = Region._meta.get_field("code").max_length

    with pytest.raises(DataError), transaction.atomic():
        save_together([Region(code="x" * (length + 1), name="North")])


ODD = [
    "plain",
    "",
    "NULL",
    "null",
    'a "quote"',
    "back\\slash\\",
    "{a,b}",
    " space ",
    "line\nbreak",
    "净水器",
]
MOMENT = datetime(2026, 11, 30, 1, 2, 3, 4567, tzinfo=UTC)


def test_many_rows_are_added_as_they_are_given(django_assert_num_queries):
    user = UserFactory()
    rows = [(user.pk, text, f"{n}", [None, MOMENT][n % 2]) for n, text in enumerate(ODD)]

    with django_assert_num_queries(1):
        added = add_rows(
            Notice, ["user", "said", "about", "read_at"], rows,
            kind=NoticeKind.DISPATCH, level=NoticeLevel.NOW, to="/", at=MOMENT, copy_at=MOMENT,
        )  # fmt: skip

    assert added == len(ODD)
    kept = Notice.objects.order_by("pk")
    assert list(kept.values_list("user", "said", "about", "read_at")) == rows
    assert {(it.kind, it.level, it.to, it.detail, it.at) for it in kept} == {
        ("dispatch", "now", "/", "", MOMENT)
    }


def test_of_many_rows_those_that_are_there_are_left_out_where_it_is_said_so():
    rows = [("a.b", [1, '净 "x"', {"y": None}], key) for key in ("one", "two", "one")]

    assert (
        add_rows(OutboxTask, ["task", "args", "key"], rows, once=True, at=MOMENT, due_at=MOMENT)
        == 2
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        add_rows(OutboxTask, ["task", "args", "key"], rows, at=MOMENT, due_at=MOMENT)

    first = OutboxTask.objects.get(key="one")
    assert (first.args, first.tries, first.sent_at) == ([1, '净 "x"', {"y": None}], 0, None)


def test_each_of_many_rows_has_a_key_of_its_own_and_the_defaults_of_its_model():
    assert add_rows(User, ["email"], [("a@x.example",), ("b@x.example",)], name="A") == 2
    users = User.objects.order_by("email")
    assert [(it.email, it.name, it.is_active, it.is_staff) for it in users] == [
        ("a@x.example", "A", True, False), ("b@x.example", "A", True, False),
    ]  # fmt: skip
    assert add_rows(User, ["email"], [], name="A") == 0


def test_of_many_rows_nothing_is_cut_off_or_guessed():
    length = Region._meta.get_field("code").max_length
    with pytest.raises(DataError), transaction.atomic():
        add_rows(Region, ["code"], [("x" * (length + 1),)], name="North")
    with pytest.raises(TypeError):
        add_rows(Region, ["code"], [(b"x",)], name="North")
    with pytest.raises(ValueError, match="other"):
        add_rows(Region, ["code"], [("x",)], name="North", colour="red")


def test_rows_that_the_database_finds_are_added_by_the_names_of_fields():
    Region.objects.create(code="N", name="North")
    found = "FROM dealers_region AS r WHERE r.code = %(code)s"

    with connection.cursor() as cursor:
        cursor.execute(
            adding_sql(Region, found, name="r.name", code="r.code || '-2'"), {"code": "N"}
        )

    assert Region.objects.get(code="N-2").name == "North"
    with pytest.raises(FieldDoesNotExist):
        adding_sql(Region, found, colour="'red'")


@pytest.mark.parametrize("count", [0, 1, 3000])
def test_rows_are_found_among_many_keys_by_one_parameter(count, django_assert_num_queries):
    regions = [Region.objects.create(code=f"N{n}", name="North") for n in range(3)]
    keys = [regions[0].pk, *range(10**9, 10**9 + count - 1)][:count]

    with django_assert_num_queries(1) as ran:
        found = list(Region.objects.filter(pk__in=among(keys)))

    assert found == regions[: min(count, 1)]
    assert len(ran[0]["sql"]) < 500 + 12 * count


def test_keys_may_be_uuids():
    given = uuid4(), uuid4()
    with connection.cursor() as cursor:
        cursor.execute(*among(given).as_sql(None, connection))
        assert [row[0] for row in cursor.fetchall()] == list(given)


def test_several_queries_are_counted_in_one_statement(django_assert_num_queries):
    early, late = (datetime(2026, 10, day, tzinfo=UTC) for day in (1, 2))
    for at in (late, early):
        OutboxTask.objects.create(task="one", args=[], at=at, due_at=at)
    OutboxTask.objects.create(task="two", args=[], at=late, due_at=late, done_at=late)
    rows = OutboxTask.objects.order_by("-at")

    with django_assert_num_queries(1):
        found = counted(
            (rows.filter(task="one"), "at"),
            (rows.filter(done_at__isnull=False), "done_at"),
            (rows.filter(task="three"), "at"),
            (rows.none(), "at"),
        )

    assert found == [Counted(2, early), Counted(1, late), Counted(0, None), Counted(0, None)]
    assert counted() == []


@pytest.mark.django_db(transaction=True)
def test_a_database_is_dropped_with_whoever_is_connected_to_it():
    name = f"{connection.settings_dict['NAME']}_gone"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        with psycopg.connect(backup.conninfo(name)) as other:
            drop_database(cursor, name)
            with pytest.raises(psycopg.OperationalError):
                other.execute("SELECT 1")
        drop_database(cursor, name)  # nothing to do
        cursor.execute("SELECT datname FROM pg_database WHERE datname = %s", [name])
        assert cursor.fetchall() == []
