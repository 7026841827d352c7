from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DataError, IntegrityError, connection, models, transaction

from customers.models import Registration
from dealers import bounds, strays
from dealers.bounds import EARLIEST, LATEST, Bound, validate_moment, validate_name
from dealers.models import Membership, Store, User
from dealers.triggers import lifted
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, StoreFactory

OURS = ("dealers", "customers", "training", "incentives")


def tables():
    return [model for app in OURS for model in apps.get_app_config(app).get_models()]


def bounded(model):
    return {
        name
        for constraint in model._meta.constraints
        if isinstance(constraint, Bound)
        for reference in model._get_expr_references(constraint.condition)
        for name in reference
    }


def test_every_moment_and_day_has_bounds():
    kinds = (models.DateField, models.DateTimeField)

    free = [
        f"{model._meta.label}.{field.name}"
        for model in tables()
        for field in model._meta.local_concrete_fields
        if (isinstance(field, kinds) or "Range" in type(field).__name__)
        and field.name not in bounded(model)
    ]

    assert free == []


def test_every_name_is_legible():
    free = [
        f"{model._meta.label}.{field.name}"
        for model in tables()
        for field in model._meta.local_concrete_fields
        if isinstance(field, bounds.NameField) and field.name not in bounded(model)
    ]

    assert free == []
    assert sum(isinstance(f, bounds.NameField) for m in tables() for f in m._meta.fields) > 15


def held_to():
    """The constraints that hold for all rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'c' AND convalidated")
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.django_db
def test_every_bound_holds_for_all_rows():
    assert {bound.name for _model, bound in strays.bounds()} <= held_to()


@pytest.mark.parametrize(
    "moment",
    [
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
        datetime.fromisoformat("9999-12-31T23:59:59-23:59"),
        datetime.fromisoformat("0001-01-01T00:00:00+23:59"),
        EARLIEST - timedelta(microseconds=1),
        LATEST + timedelta(microseconds=1),
        date.min,
        date.max,
    ],
)
def test_a_moment_outside_is_refused(moment):
    with pytest.raises(ValidationError):
        validate_moment(moment)


@pytest.mark.parametrize("moment", [EARLIEST, LATEST, EARLIEST.date(), date(2026, 11, 28)])
def test_a_moment_inside_is_taken(moment):
    validate_moment(moment)


@pytest.mark.parametrize(
    "sign", ["\0", "\x01", "\n", "\x7f", "\u200f", "\u202e", "\u2066", "\u2028"]
)
def test_a_name_with_what_is_not_seen_is_refused(sign):
    with pytest.raises(ValidationError):
        validate_name(f"王{sign}小明")


@pytest.mark.parametrize("name", ["王小明", "O’Brien-Müller", "👩‍👧", "𠮷野", "علي", "…"])
def test_a_name_of_any_script_is_taken(name):
    validate_name(name)


@pytest.mark.django_db
def test_the_database_refuses_the_same():
    store = StoreFactory()
    membership = MembershipFactory(store=store)
    refused = [
        (Store, store.pk, {"name": "右\u202eleft"}),
        (Store, store.pk, {"code": "S\u2066"}),
        (Store, store.pk, {"opened_on": date(1989, 12, 31)}),
        (Membership, membership.pk, {"starts_at": EARLIEST - timedelta(seconds=1)}),
        (Membership, membership.pk, {"ends_at": LATEST + timedelta(seconds=1)}),
        (User, membership.user_id, {"name": "a\nb"}),
    ]

    for model, key, change in refused:
        # A post on file would not begin at another moment, whichever it is.
        with pytest.raises(IntegrityError), lifted(model):
            model.objects.filter(pk=key).update(**change)
    for change in ({"name": "a\0b"}, {"name": "\ud800"}):
        with pytest.raises((DataError, UnicodeEncodeError, ValueError)), transaction.atomic():
            User.objects.filter(pk=membership.user_id).update(**change)


def loosen(model, *names):
    """The table as it was before it had these constraints: they do not hold for its rows."""
    for name in names:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            # The counter waits briefly for a lock; a table being vacuumed is waited for here.
            cursor.execute("SET LOCAL lock_timeout = 0")
            cursor.execute(f'ALTER TABLE {model._meta.db_table} DROP CONSTRAINT "{name}"')


def tighten(model, name):
    bound = next(each for each in model._meta.constraints if each.name == name)
    with connection.schema_editor() as editor:
        editor.execute(f"{bound.create_sql(model, editor)} NOT VALID", params=None)


@pytest.fixture
def stray(db):
    """A registration whose phone said the year 10000, a post since the year 1, a name backwards."""
    RulebookFactory()
    membership = MembershipFactory()
    registration = registered(membership.store)
    clock = "registration_phone_clock_is_near_its_receipt"
    changes = [
        (Registration, clock, f"phone_clock = '10000-01-01' WHERE id = {registration.pk}"),
        (Membership, "membership_between_1990_and_2200",
         f"starts_at = '0001-01-01' WHERE id = {membership.pk}"),
        (User, "user_name_is_legible", f"name = U&'\\202Eab' WHERE id = {membership.user_id}"),
    ]  # fmt: skip
    for model, name, change in changes:
        loosen(model, name)
        with lifted(model), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {model._meta.db_table} SET {change}")
        tighten(model, name)
    return registration, membership


def test_rows_stored_before_are_found(stray):
    wrong = [detail for _name, holds, detail in strays.checks() if not holds]

    assert len(wrong) == 1
    assert "3 rows" in wrong[0]
    assert "membership_between_1990_and_2200" in wrong[0]


def test_rows_stored_before_are_brought_back(stray, capsys):
    registration, membership = stray

    call_command("repair_bounds")

    assert all(holds for _name, holds, _detail in strays.checks())
    registration.refresh_from_db()
    membership.refresh_from_db()
    assert registration.phone_clock is None
    assert membership.starts_at == EARLIEST
    assert membership.user.__class__.objects.get(pk=membership.user_id).name == "ab"
    assert {bound.name for _model, bound in strays.bounds()} <= held_to()
    assert "3" in capsys.readouterr().out


def test_a_dry_run_changes_nothing(stray):
    call_command("repair_bounds", "--dry-run")

    assert not all(holds for _name, holds, _detail in strays.checks())
