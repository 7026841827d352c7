"""The one door to what is sealed, and what the dealer reads of those who came through it."""

import re
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers import cards
from customers.cards import CardRefused
from customers.models import Customer
from customers.ownership.activities import record_activity
from dealers import access, looking
from dealers.actor import Actor, tell_database
from dealers.models import AccessAction, AccessLog, Role
from dealers.sealed import sealed_models
from dealers.walls import policies
from tests.factories.customers import DAY_ONE, RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory

pytestmark = pytest.mark.django_db
ROOT = Path(cards.__file__).parents[1]
APPS = ("config", "customers", "dealers", "incentives", "training")
# What belongs to no customer's card: the vault itself, the portal's own secrets, files on their way
# to who asked for them, what a side brings to a case or dispute; what seals rows anew, or once did.
ELSEWHERE = {
    "dealers/vault.py", "dealers/exhibits.py", "dealers/exports.py", "dealers/keys/rotation.py",
    "incentives/payouts/accounts.py",
    "customers/migrations/0018_sealed_to_blocks.py",
    "customers/migrations/0020_cards_and_stores_of_their_dealers.py",
}  # fmt: skip


@pytest.fixture
def rulebook():
    return RulebookFactory()


@pytest.fixture
def card(rulebook, clerk):
    return registered(clerk.store, name="陈敏", phone="13800138000").customer


def outsiders(card):
    """People who do not work for the card's dealer."""
    region = MembershipFactory(role=Role.REGIONAL_MANAGER, store=None, region=card.dealer.region)
    return {
        "rival": Actor.of(OwnerFactory()),
        "region": Actor.of(region),
        "hq": Actor.hq(region.user),
        "looking": looking.Looking(region.user, card.dealer, timezone.now()).actor,
    }


def test_nothing_but_the_door_unseals():
    ways = re.compile(r"\bvault\.unseal\(|from dealers.vault import .*\bunseal\b|\.cipher\b")
    callers = {
        str(path.relative_to(ROOT))
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if ways.search(path.read_text())
    }
    assert callers - ELSEWHERE == {"customers/cards.py"}


@pytest.mark.parametrize("who", ["rival", "region", "hq", "looking"])
def test_from_outside_a_card_has_no_name_and_the_dealer_reads_who_saw_it(card, who):
    by = outsiders(card)[who]

    (seen,) = cards.open([card], by=by, purpose="电话里一起看")

    assert "陈敏" not in repr((seen.title, seen.name, seen.notes))
    assert not re.search(r"\d{4}", seen.phone.replace(str(card.pk)[-4:].upper(), ""))
    entry = AccessLog.objects.get()
    assert (entry.dealer, entry.user, entry.role) == (card.dealer, by.user, by.role)
    assert (entry.action, entry.customer, entry.why) == ("view", card.pk, "电话里一起看")
    assert entry.what


@pytest.mark.parametrize("who", ["rival", "region", "hq", "looking"])
def test_nothing_else_of_a_card_is_for_them(card, clerk, who):
    by, now = outsiders(card)[who], timezone.now()
    noted = record_activity(card, by=Actor.of(clerk), kind="note", note="周末来看", at=now)

    for ask in (
        lambda: cards.number_of(card, by=by),
        lambda: cards.note_of(noted, by=by),
        lambda: cards.reveal(card, by=by, purpose="service", at=now),
        lambda: cards.update_card(card, by=by, at=now, name="x"),
    ):
        with pytest.raises(CardRefused):
            ask()
    assert cards.shown(card, by=by, at=now) == ""


def test_a_task_sees_what_the_dealers_people_see_and_is_noted(card):
    (seen,) = cards.open([card], by=Actor.worker("render_statement"), purpose="")

    assert (seen.name, seen.phone) == ("陈敏", "138****8000")
    entry = AccessLog.objects.get()
    assert (entry.user, entry.who, entry.role) == (None, "render_statement", "worker")


def test_inside_the_dealer_a_list_is_nobodys_business(card, clerk):
    assert cards.open_one(card, by=Actor.of(clerk)).name == "陈敏"
    assert not AccessLog.objects.exists()


def test_a_page_is_one_statement_and_one_entry_however_often_it_asks(card, hq, clerk):
    others = [registered(clerk.store).customer for _ in range(3)]
    theirs = registered(OwnerFactory().dealer.stores.first() or MembershipFactory().store).customer

    with (
        CaptureQueriesContext(
            connection,
        ) as asked,
        access.one_page("对账"),
    ):
        for each in [card, *others, card, theirs]:
            cards.open_one(each, by=Actor.hq(hq))
        assert not asked.captured_queries

    assert len([q for q in asked if "dealers_accesslog" in q["sql"]]) == 1
    entry = AccessLog.objects.get(dealer=card.dealer)
    assert (entry.count, set(entry.customers)) == (4, {each.pk for each in [card, *others]})
    assert AccessLog.objects.get(dealer=theirs.dealer).count == 1


def test_a_page_that_fails_has_shown_nothing(card, hq):
    def page():
        with access.one_page():
            cards.open_one(card, by=Actor.hq(hq))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        page()
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize("model", ["customer", "registration", "ownership"])
def test_rows_in_the_admin_are_noted(login, hq, card, model, owner):
    pages = f"admin:customers_{model}"
    row = {
        "customer": card, "registration": card.registrations.get(),
        "ownership": card.ownerships.get(),
    }[model]  # fmt: skip
    client = login(hq)

    for page, action in [
        (reverse(f"{pages}_changelist"), AccessAction.VIEW),
        (reverse(f"{pages}_change", args=[row.pk]), AccessAction.VIEW),
        (reverse(f"{pages}_changelist") + "?export=csv", AccessAction.EXPORT),
    ]:
        before = set(AccessLog.objects.values_list("pk", flat=True))
        assert client.get(page).status_code == 200
        entry = AccessLog.objects.exclude(pk__in=before).get()
        assert (entry.action, entry.user, entry.dealer) == (action, hq, card.dealer)
        assert entry.customers == [card.pk]
    assert hq.name in login(owner).get("/access/").text


def test_a_page_of_the_admin_that_is_refused_is_no_look(login, card, hq):
    hq.is_superuser = False
    hq.save()

    page = reverse("admin:customers_customer_change", args=[card.pk])
    assert login(hq).get(page).status_code in {403, 404}
    assert not AccessLog.objects.exists()


def test_whoever_looks_at_an_entry_reads_who_it_was(card):
    with pytest.raises(Exception, match="access_log_says_who"):
        AccessLog.objects.create(
            dealer=card.dealer, role="worker", action="view", fields="", purpose=""
        )


def test_a_file_of_the_whole_network_is_in_each_dealers_log(card, clerk, tmp_path, login, owner):
    registered(clerk.store)
    other = registered(MembershipFactory().store)
    at = (DAY_ONE + timedelta(days=1)).isoformat()

    call_command("export_ownership", str(tmp_path / "o.csv"), "--at", at, stdout=StringIO())

    entry = AccessLog.objects.get(dealer=card.dealer)
    assert (entry.action, entry.count, entry.who) == (AccessAction.EXPORT, 2, "export_ownership")
    assert AccessLog.objects.get(dealer=other.dealer).count == 1
    assert "export_ownership" in login(owner).get("/access/").text


@pytest.mark.parametrize(
    ("command", "asked"),
    [
        ("export_ownership", ("--at", "2017-03-01")),
        ("export_ownership", ("--at", "2017-03-01T00:00:00")),
        ("export_ownership", ("--at", "9999-12-31T23:59:59Z")),
        ("export_orders", ("--period", "2017-13")),
        ("export_orders", ("--period", "9999-12")),
    ],
)
def test_a_time_that_there_is_not_is_wrong_use(tmp_path, command, asked):
    with pytest.raises(CommandError) as misused:
        call_command(command, str(tmp_path / "o.csv"), *asked)

    assert misused.value.returncode == 2
    assert not list(tmp_path.iterdir())


def test_headquarters_reads_no_sealed_column_on_any_page(login, hq, card, clerk):
    record_activity(card, by=Actor.of(clerk), kind="call", outcome="reached", at=timezone.now())
    rows = {
        "customer": card, "registration": card.registrations.get(),
        "ownership": card.ownerships.get(), "activity": card.activities.first(),
    }  # fmt: skip
    client = login(hq)
    look = reverse("admin:dealers_dealer_look", args=[card.dealer_id])
    client.post(look, {"purpose": "一起看"})
    month = f"{timezone.localdate():%Y-%m}"
    pages = ["/", f"/earnings/{month}/"]
    for model, row in rows.items():
        name = f"admin:customers_{model}"
        change, history = (
            reverse(f"{name}_{page}", args=[row.pk]) for page in ("change", "history")
        )
        pages += [f"{reverse(f'{name}_changelist')}", change, history]
        pages.append(f"{reverse(f'{name}_changelist')}?export=csv")
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert "陈敏" not in answer.text


COLUMNS = [
    (model._meta.db_table, name)
    for model in sealed_models()
    for name in sorted(policies.hidden(model._meta.db_table))
]


@pytest.mark.parametrize("who", ["hq", "looking", "region"])
@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_the_database_refuses_what_is_sealed_to_who_is_outside(card, who, table, column):
    tell_database(outsiders(card)[who])
    for statement in (
        f"SELECT {column} FROM {table}",
        f"SELECT 1 FROM {table} WHERE {column} IS NOT NULL",
        f"SELECT whole FROM {table} AS whole",
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table} RETURNING {column}",
        f"COPY {table} ({column}) TO STDOUT",
    ):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


@pytest.mark.parametrize("write", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_who_looks_at_a_dealers_pages_changes_nothing(card, write):
    tell_database(outsiders(card)["looking"])
    assert Customer.objects.faceless().get() == card
    for table in ("customers_customer", "customers_registration", "customers_ownership"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(write.format(table))
