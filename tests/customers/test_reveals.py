"""Headquarters, tasks and commands see a number in two steps: first the dealer's log, for good."""

import time
from contextlib import suppress
from datetime import timedelta
from io import StringIO

import psycopg
import pytest
from allauth.account.internal.flows import login as flows
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from customers import cards
from customers.cards import CardRefused
from customers.models import Case, ConsentChannel
from customers.rights import consent
from dealers.actor import Actor, acting
from dealers.models import AccessAction, AccessLog, Purpose
from dealers.triggers import lifted
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import OwnerFactory, UserFactory, shared

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "+8613800138000"


@pytest.fixture
def card(clerk):
    """A customer who agreed that the brand gets their number."""
    RulebookFactory()
    card = registered(clerk.store, name="陈敏", phone="13800138000").customer
    shared(card.dealer)
    consent.say(
        [card], ["brand"], channel=ConsentChannel.SELF, evidence="code x", at=timezone.now()
    )
    return card


def given(card, by):
    with transaction.atomic(), acting(by):
        return cards.grant(card, by=by, purpose="service", at=timezone.now())


def read(grant, by):
    with transaction.atomic(), acting(by):
        return cards.revealed(grant.pk)


@pytest.fixture(autouse=True)
def _second_factor(hq, settings):
    settings.PORTAL_SECOND_FACTOR = True
    TOTP.activate(hq, "JBSWY3DPEHPK3PXP")


def fresh(client, *, ago=0, method="mfa"):
    """As after a second factor that was just shown."""
    session = client.session
    shown = [{"method": method, "at": time.time() - ago}]
    session[flows.AUTHENTICATION_METHODS_SESSION_KEY] = shown
    session[flows._AUTHENTICATION_METHODS_USER_SESSION_KEY] = session["_auth_user_id"]
    session.save()
    return client


def on_the_owners_page(login, owner, name):
    return name in login(owner).get("/access/?by=others").text


def test_headquarters_sees_a_number_and_the_owner_reads_it_at_once(login, hq, owner, card):
    client = fresh(login(hq))
    page = reverse("admin:customers_customer_reveal", args=[card.pk])
    assert NUMBER not in client.get(page).text

    granted = client.post(page, {"purpose": "service"})
    assert granted.status_code == 302, granted.text
    assert "reauth" not in granted.url
    assert AccessLog.objects.get(action=AccessAction.REVEAL).purpose == "service"
    shown = client.get(granted.url)

    assert NUMBER in shown.text
    assert "陈敏" in shown.text
    assert "no-store" in shown.headers["Cache-Control"]
    log = login(owner).get("/access/").text
    assert hq.name in log
    assert str(Purpose.SERVICE.label) in log


def test_who_has_seen_too_many_numbers_touches_nobody(login, hq, card, settings):
    settings.PORTAL_QUOTAS = {"hq.numbers": 0}
    page = reverse("admin:customers_customer_reveal", args=[card.pk])

    answer = fresh(login(hq)).post(page, {"purpose": Purpose.SERVICE})

    assert NUMBER not in answer.text
    assert not Case.objects.exists()


@pytest.mark.parametrize("purpose", ["", "curiosity", "sonst"])
def test_without_a_purpose_of_the_list_there_is_no_number(login, hq, card, purpose):
    page = reverse("admin:customers_customer_reveal", args=[card.pk])
    answer = fresh(login(hq)).post(page, {"purpose": purpose})

    assert NUMBER not in answer.text
    assert not AccessLog.objects.filter(action=AccessAction.REVEAL).exists()
    with pytest.raises(CardRefused):
        cards.grant(card, by=Actor.hq(hq), purpose=purpose, at=timezone.now())


@pytest.mark.parametrize("shown", [{"ago": 3600}, {"method": "password"}])
@pytest.mark.parametrize("method", ["get", "post"])
def test_only_a_second_factor_of_this_moment_will_do(login, hq, card, method, shown):
    client = fresh(fresh(login(hq)), **shown)
    page = reverse("admin:customers_customer_reveal", args=[card.pk])
    answer = getattr(client, method)(page, {"purpose": "service"})

    assert answer.url.startswith(reverse("mfa_reauthenticate"))
    assert not AccessLog.objects.filter(action=AccessAction.REVEAL).exists()


def test_who_lacks_the_permission_and_who_is_no_headquarters_gets_nothing(login, owner, card):
    page = reverse("admin:customers_customer_reveal", args=[card.pk])
    for client in (login(UserFactory(is_staff=True)), login(owner)):
        assert fresh(client).post(page, {"purpose": "service"}).status_code in {302, 403, 404}
    for by in (
        Actor.hq(UserFactory(is_staff=True)),
        Actor.of(OwnerFactory()),
        Actor(UserFactory()),
    ):
        with pytest.raises(CardRefused):
            cards.grant(card, by=by, purpose="service", at=timezone.now())
    assert not AccessLog.objects.filter(action=AccessAction.REVEAL).exists()


def test_a_grant_that_may_still_be_taken_back_gives_nothing(hq, card):
    by = Actor.hq(hq)
    for savepoint in (False, True):
        with transaction.atomic(), acting(by):
            if savepoint:
                with transaction.atomic():
                    entry = cards.grant(card, by=by, purpose="service", at=timezone.now())
            else:
                entry = cards.grant(card, by=by, purpose="service", at=timezone.now())
            with pytest.raises(CardRefused):
                cards.revealed(entry.pk)


def test_the_number_of_the_transaction_is_the_databases_own(hq, card):
    by = Actor.hq(hq)
    with transaction.atomic(), acting(by):
        forged = AccessLog.objects.create(
            dealer=card.dealer, user=hq, role="hq", action="reveal", customer=card.pk,
            fields="phone", purpose="service", written_in=1,
        )  # fmt: skip
        with pytest.raises(CardRefused):
            cards.revealed(forged.pk)


def test_another_persons_grant_gives_nothing(hq, card):
    entry = given(card, Actor.hq(hq))
    for by in (Actor.hq(UserFactory(is_staff=True)), Actor.worker("nobody")):
        with pytest.raises(CardRefused):
            read(entry, by)
    for by in (Actor.visitor(), Actor(hq), Actor.of(OwnerFactory())):
        with pytest.raises(DatabaseError, match="permission denied"):
            read(entry, by)


def test_a_grant_ends_after_five_minutes(hq, card):
    by = Actor.hq(hq)
    entry = given(card, by)
    with lifted(AccessLog):
        AccessLog.objects.update(at=timezone.now() - timedelta(minutes=4, seconds=50))
    assert read(entry, by).number == NUMBER
    with lifted(AccessLog):
        AccessLog.objects.update(at=timezone.now() - timedelta(minutes=5, seconds=1))
    with pytest.raises(CardRefused):
        read(entry, by)


def test_reading_and_rolling_back_leaves_the_entry(login, hq, owner, card):
    by = Actor.hq(hq)
    entry = given(card, by)
    with suppress(ZeroDivisionError), transaction.atomic(), acting(by):
        assert cards.revealed(entry.pk).number == NUMBER
        raise ZeroDivisionError

    assert on_the_owners_page(login, owner, hq.name)


def test_a_connection_cut_between_the_steps_leaves_the_entry(login, hq, owner, card):
    by = Actor.hq(hq)
    entry = given(card, by)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (mine,) = cursor.fetchone()
    params = connection.get_connection_params()
    wanted = {"host", "port", "user", "password", "dbname"} & params.keys()
    with psycopg.connect(**{name: params[name] for name in wanted}, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [mine])
    with pytest.raises(DatabaseError):
        read(entry, by)
    connection.close()

    assert on_the_owners_page(login, owner, hq.name)
    assert read(entry, by).number == NUMBER


def test_from_the_command_line_the_owner_reads_it_too(login, owner, card):
    out = StringIO()
    call_command("reveal_number", str(card.pk), "--purpose", "delivery", stdout=out)

    assert out.getvalue().split() == ["陈敏", NUMBER]
    entry = AccessLog.objects.get(action=AccessAction.REVEAL)
    assert (entry.user, entry.role, entry.purpose) == (None, "worker", "delivery")
    assert entry.agent.startswith("reveal_number (")
    assert on_the_owners_page(login, owner, "reveal_number")


def test_a_task_is_read_about_too_whatever_becomes_of_it(login, owner, card):
    def task():
        by = Actor.worker("remind", None)
        assert cards.hand_out(card, by=by, purpose="delivery", at=timezone.now()).number == NUMBER
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        task()
    assert on_the_owners_page(login, owner, "remind")


def test_a_task_inside_a_transaction_is_refused(card):
    by = Actor.worker("remind")
    with transaction.atomic(), pytest.raises(RuntimeError):
        cards.hand_out(card, by=by, purpose="delivery", at=timezone.now())


def test_what_comes_out_at_the_door_equals_what_the_log_says(hq, card, clerk, monkeypatch):
    people = [card, *(registered(clerk.store).customer for _ in range(4))]
    came_out = []
    opened = cards.Revealed
    monkeypatch.setattr(cards, "Revealed", lambda *a, **k: came_out.append(1) or opened(*a, **k))
    for number, customer in enumerate(people * 3):
        by = Actor.worker("remind") if number % 2 else Actor.hq(hq)
        with suppress(ZeroDivisionError):
            cards.hand_out(customer, by=by, purpose="request", at=timezone.now())
            raise ZeroDivisionError

    assert len(came_out) == AccessLog.objects.filter(action=AccessAction.REVEAL).count() == 15


def test_strays_in_the_address_show_nothing(login, hq, card):
    client = fresh(login(hq))
    entry = given(card, Actor.hq(hq))
    other = reverse("admin:customers_customer_revealed", args=[card.pk, entry.pk + 1])
    assert client.get(other).status_code == 302
    for stray in ("0", "x", "9" * 30, "-1"):
        page = reverse("admin:customers_customer_revealed", args=[card.pk, stray])
        assert client.get(page).status_code in {302, 404}
