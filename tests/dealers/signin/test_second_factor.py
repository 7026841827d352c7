"""Owners and headquarters need a second factor, and show it again before what matters."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.utils import timezone

from dealers.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

NOTE = "set up a passkey or a second factor"
EXPORT = "/access/?export=csv"


@pytest.fixture(autouse=True)
def _asked_for(settings):
    settings.PORTAL_SECOND_FACTOR = True


def showed(client, *methods, ago=0):
    session = client.session
    session["account_authentication_methods"] = [
        {"method": method, "at": time.time() - ago} for method in methods
    ]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()


def over(user):
    User.objects.filter(pk=user.pk).update(second_factor_by=timezone.now() - timedelta(minutes=1))


def test_an_owner_is_told_for_seven_days_and_then_sets_it_up_first(login, owner):
    client = login(owner)
    assert NOTE in client.get("/me/").text
    owner.user.refresh_from_db()
    left = owner.user.second_factor_by - timezone.now()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)

    over(owner.user)
    for page in ("/", "/customers/", "/me/", EXPORT):
        assert client.get(page)["Location"] == "/accounts/2fa/"
    assert client.get("/accounts/2fa/").status_code == 200
    assert client.post("/language/", {"language": "en"}).status_code == 302

    TOTP.activate(owner.user, "JBSWY3DPEHPK3PXP")
    answer = client.get("/me/")
    assert answer.status_code == 200
    assert NOTE not in answer.text


def test_headquarters_is_asked_as_well_and_who_owns_nothing_is_not(login, hq, clerk):
    over(hq)
    assert login(hq).get("/me/")["Location"] == "/accounts/2fa/"
    over(clerk.user)
    answer = login(clerk).get("/me/")
    assert NOTE not in answer.text
    assert answer.status_code == 200


def test_a_demo_with_its_logins_of_one_tap_asks_for_nothing(login, owner, settings):
    settings.PORTAL_SECOND_FACTOR = False
    over(owner.user)
    client = login(owner)
    assert NOTE not in client.get("/me/").text
    assert client.get(EXPORT).status_code == 200


def test_a_file_takes_a_password_or_second_factor_that_was_just_shown(login, owner):
    client = login(owner)
    assert client.get("/access/").status_code == 200
    showed(client, "password", ago=301)
    answer = client.get(EXPORT)
    assert answer["Location"].startswith("/accounts/reauthenticate/?next=%2Faccess%2F")
    showed(client, "code")  # by mail: the mailbox alone takes nothing away
    assert client.get(EXPORT).status_code == 302
    showed(client, "password")
    assert client.get(EXPORT).status_code == 200


@pytest.mark.parametrize(
    "page",
    [
        "/earnings/2026-01/statement.csv",
        "/imports/00000000-0000-4000-8000-000000000001/rejected/1/",
    ],
)
def test_lines_of_a_statement_and_rejected_rows_are_files_as_well(login, owner, page):
    client = login(owner)
    showed(client, "password", ago=301)
    assert client.get(page)["Location"].startswith("/accounts/reauthenticate/?next=")
    showed(client, "password")
    assert client.get(page).status_code == 404


def test_the_table_of_a_region_is_a_file_as_well(login, region_manager):
    answer = login(region_manager).get("/region/stores.csv")
    assert answer["Location"].startswith("/accounts/reauthenticate/?next=%2Fregion%2F")


@pytest.mark.parametrize(
    "page", ["/admin/dealers/dealer/?export=csv", "/admin/incentives/planbudget/budgets.csv"]
)
def test_headquarters_shows_the_second_factor_and_not_the_password(login, hq, page):
    client = login(hq)
    TOTP.activate(hq, "JBSWY3DPEHPK3PXP")
    showed(client, "password")
    assert client.get(page)["Location"].startswith("/accounts/2fa/reauthenticate/?next=")
    showed(client, "password", "mfa")
    assert client.get(page).status_code == 200
