"""How many codes are sent, how many wrong tries are heard, and whom strangers keep out."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from config.home import waiting
from config.home.known import Known
from dealers.models import SignInTry, TryKind
from dealers.signin import tries
from dealers.signin.devices import Door
from dealers.signin.tries import TooManyTries
from tests.factories.dealers import UserFactory

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
LOGIN, CODE, RESET = "/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/"
DOOR = Door("a" * 32, "b" * 32)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def tried(door, kind, at):
    """Try at ``at`` or as soon as it is heard; when that was."""
    try:
        tries.check(door, kind, at)
    except TooManyTries as refused:
        return tried(door, kind, refused.until)
    tries.record(door, kind, at)
    return at


@pytest.mark.parametrize(("kind", "free", "a_day"), [("sent", 2, 10), ("wrong", 5, 20)])
def test_waits_double_up_to_an_hour_and_a_day_has_an_end(kind, free, a_day):
    times = [tried(DOOR, kind, NOW)]
    for _ in range(a_day - 1):
        times.append(tried(DOOR, kind, times[-1]))
    waits = [after - before for before, after in pairwise(times)]
    doubled = [min(timedelta(seconds=30) * 2**n, timedelta(hours=1)) for n in range(a_day - free)]
    assert waits == [timedelta()] * (free - 1) + doubled
    assert tried(DOOR, kind, times[-1]) >= NOW + timedelta(days=1)


def test_who_got_in_waits_no_more_but_the_day_is_not_forgotten():
    for _ in range(5):
        tries.record(DOOR, "wrong", NOW)
    with pytest.raises(TooManyTries, match="in 1 minute"):
        tries.check(DOOR, "wrong", NOW)
    tries.record(DOOR, "passed", NOW + timedelta(seconds=1))
    tries.check(DOOR, "wrong", NOW + timedelta(seconds=2))
    for _ in range(15):
        tries.record(DOOR, "wrong", NOW)
    tries.record(DOOR, "passed", NOW + timedelta(seconds=1))
    with pytest.raises(TooManyTries, match="in 24 hours"):
        tries.check(DOOR, "wrong", NOW + timedelta(seconds=2))


def test_one_network_address_tries_over_many_accounts_only_so_often():
    for number in range(60):
        tries.record(Door(f"{number:032}", DOOR.origin), "wrong", NOW)
    with pytest.raises(TooManyTries):
        tries.check(Door("f" * 32, DOOR.origin), "wrong", NOW)
    tries.check(Door("f" * 32), "wrong", NOW)  # a device that is known


def test_guessing_all_over_the_network_raises_one_alarm_an_hour(hq, caplog):
    for number in range(2 * tries.ALARM):
        tries.record(Door(f"{number:032}", f"{number:032}"), "wrong", NOW)
    assert tries.alarms(NOW) == 1
    [said] = [each for each in caplog.messages if "guessing" in each]
    assert "200" in said
    assert [
        each.level for each in waiting.waiting_for(hq, Known(NOW)) if "alarm" in each.title
    ] == ["bad"]
    assert tries.alarms(NOW + timedelta(days=2)) == 0


def test_what_no_limit_looks_at_is_forgotten():
    tries.record(DOOR, "wrong", NOW - timedelta(days=9))
    tries.record(DOOR, "wrong", NOW)
    assert tries.sweep(NOW) == 1
    assert SignInTry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_hundred_at_once_are_heard_five_times():
    def wrong(_number):
        try:
            with transaction.atomic():
                now = timezone.now()
                tries.check(DOOR, TryKind.WRONG, now)
                tries.record(DOOR, TryKind.WRONG, now)
        except TooManyTries:
            return 0
        finally:
            connection.close()
        return 1

    with ThreadPoolExecutor(max_workers=20) as pool:
        assert sum(pool.map(wrong, range(100))) == 5


@pytest.mark.django_db(transaction=True)
def test_an_office_behind_one_network_address_does_not_wait_for_each_other():
    def colleague():
        try:
            with transaction.atomic():
                tries.check(Door("c" * 32, DOOR.origin), TryKind.WRONG, timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        tries.check(DOOR, TryKind.WRONG, timezone.now())
        pool.submit(colleague).result(timeout=20)


# At the door


def proven(user):
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def person(clerk):
    clerk.user.phone, clerk.user.phone_verified = "+8613800138000", True
    clerk.user.save()
    return proven(clerk.user)


def is_signed_in(client):
    return client.get("/me/").status_code == 200


def wrong_passwords(login, count, client=None):
    client = client or Client()
    for _ in range(count):
        answer = client.post(LOGIN, {"login": login, "password": "wrong"})
    return answer


def test_the_sixth_wrong_password_waits_also_under_the_other_name(client, person):
    wrong_passwords(person.email, 5)
    for login in (person.email, "138 0013 8000"):
        answer = client.post(LOGIN, {"login": login, "password": "portal"})
        assert "Too many wrong tries" in answer.content.decode()
    assert not is_signed_in(client)


def test_a_known_device_is_let_through_while_strangers_try(client, person):
    client.post(LOGIN, {"login": person.email, "password": "portal"})
    client.post("/accounts/logout/")
    wrong_passwords(person.email, 6)
    client.post(LOGIN, {"login": person.email, "password": "portal"})
    assert is_signed_in(client)


def test_a_device_is_known_for_the_people_who_signed_in_on_it_only(client, person, rival):
    client.post(LOGIN, {"login": proven(rival.user).email, "password": "portal"})
    assert is_signed_in(client)
    client.post("/accounts/logout/")
    wrong_passwords(person.email, 6)
    client.post(LOGIN, {"login": person.email, "password": "portal"})
    assert not is_signed_in(client)


def test_a_new_password_makes_strangers_of_all_devices(client, person):
    client.post(LOGIN, {"login": person.email, "password": "portal"})
    client.post("/accounts/logout/")
    person.set_password("another-9920")
    person.save()
    wrong_passwords(person.email, 6)
    client.post(LOGIN, {"login": person.email, "password": "another-9920"})
    assert not is_signed_in(client)


def test_a_device_stays_known_while_the_secret_key_is_changed(client, person, another_secret_key):
    client.post(LOGIN, {"login": person.email, "password": "portal"})
    client.post("/accounts/logout/")
    another_secret_key()
    wrong_passwords(person.email, 6)
    client.post(LOGIN, {"login": person.email, "password": "portal"})
    assert is_signed_in(client)


def test_a_device_that_was_made_up_is_a_stranger_s(client, person):
    client.cookies["device"] = "W1sxLCJ4IiwieSJdXQ:1abcde:forged"
    wrong_passwords(person.email, 6)
    client.post(LOGIN, {"login": person.email, "password": "portal"})
    assert not is_signed_in(client)


def ask(page, address):
    return Client().post(page, {"login": address, "email": address})


@pytest.mark.parametrize("known", [True, False])
def test_codes_are_counted_over_all_ways_alike_for_known_and_unknown(person, known):
    address = person.email if known else "stranger@example.com"
    assert ask(CODE, address).url == "/accounts/login/code/confirm/"
    assert ask(RESET, address).url == "/accounts/password/reset/confirm/"
    assert ask(CODE, address).url == CODE
    client = Client()
    page = client.post(RESET, {"email": address}, follow=True)
    assert page.redirect_chain == [(RESET, 302)]
    assert "No more codes for now. Ask for the next one in 1 minute." in page.text


@pytest.mark.parametrize("known", [True, False])
def test_wrong_codes_count_with_wrong_passwords(person, known):
    address = person.email if known else "stranger@example.com"
    wrong_passwords(address, 3)
    client = Client()
    client.post(CODE, {"login": address})
    for _ in range(2):
        page = client.post("/accounts/login/code/confirm/", {"code": "BBBB-BBBB"})
        assert "This code is not right" in page.content.decode()
    answer = wrong_passwords(address, 1)
    assert "Too many wrong tries" in answer.content.decode()


def test_wrong_second_factors_and_wrong_old_passwords_count(client, person, settings):
    from allauth.mfa.totp.internal import auth

    auth.TOTP.activate(person, auth.generate_totp_secret())
    client.post(LOGIN, {"login": person.email, "password": "portal"})
    for _ in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    page = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "Too many wrong tries" in page.content.decode()

    other = UserFactory()
    signed_in = Client()
    signed_in.force_login(other)
    fields = {"password1": "jia-ju-9920", "password2": "jia-ju-9920"}
    for _ in range(6):
        page = signed_in.post("/accounts/password/change/", {"oldpassword": "x"} | fields)
    assert "Too many wrong tries" in page.content.decode()


def test_the_admin_s_password_form_is_the_account_s(hq, login):
    answer = login(hq).post("/admin/password_change/", {"old_password": "x"})
    assert answer.url == "/accounts/password/change/"


# What lies in the database


def test_second_factors_are_sealed(person):
    from allauth.mfa.models import Authenticator
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal import auth

    secret = auth.generate_totp_secret()
    auth.TOTP.activate(person, secret)
    made = RecoveryCodes.activate(person).generate_codes()
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))

    [totp] = Authenticator.objects.filter(type="totp")
    code = auth.format_hotp_value(
        auth.hotp_value(secret, next(iter(auth.yield_hotp_counters_from_time())))
    )
    assert totp.wrap().validate_code(code)
    [recovery] = Authenticator.objects.filter(type="recovery_codes")
    assert recovery.wrap().generate_codes() == made


def test_second_factors_that_lay_in_the_clear_are_sealed_once(person):
    from importlib import import_module

    from allauth.mfa.models import Authenticator
    from django.apps import apps

    secret = "2XPGABCDABCDABCDABCDABCDABCDABCD"
    factor = Authenticator.objects.create(user=person, type="totp", data={"secret": secret})
    migration = import_module("dealers.migrations.0024_tables_of_other_apps")
    for _ in range(2):
        migration.seal_second_factors(apps, None)
        factor.refresh_from_db()
        assert secret not in factor.data["secret"]
        from dealers.accounts import MFAAdapter

        assert MFAAdapter().decrypt(factor.data["secret"]) == secret
