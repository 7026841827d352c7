"""Keys are replaced while everybody goes on working, and what is broken off goes on."""

import base64
import json
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from customers import verification
from customers.erasure import erase_customers
from customers.models import Activity, Customer, NumberChange
from customers.numbers import change_number
from customers.ownership.activities import record_activity
from customers.search import find
from dealers import vault
from dealers import verification as installation
from dealers.actor import Actor
from dealers.keys import envelopes, held, masters, resealing, rotation
from dealers.keys.masters import Configured
from dealers.models import DealerKey, KeyRotation, OutboxTask, RotationKind
from dealers.sending import messages
from tests.factories.customers import (
    RulebookFactory,
    card_of,
    number_of,
    phone_number,
    registered,
)
from tests.factories.dealers import DealerFactory, UserFactory, keys_are_committed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english", "known_at_once")]

NAMES = ["陈敏", "王芳", "Ann Lee", "李娜", "欧阳建国", "陈伟", "赵磊"]


def new_key(byte):
    return base64.b64encode(bytes([byte]) * 32).decode()


@pytest.fixture
def known_at_once(monkeypatch):
    """Every process knows a new key at once: there is only one."""
    monkeypatch.setattr(vault, "KNOWN_AFTER", timedelta())
    monkeypatch.setattr(rotation, "PORTION", 3)
    held.check()


@pytest.fixture
def cards(store, clerk):
    """Cards, a note of each, and a number that one had before."""
    RulebookFactory()
    now = timezone.now()
    made = []
    for name in NAMES:
        card = registered(store, staff=clerk.user, at=now - timedelta(days=1), name=name).customer
        record_activity(
            card, kind="call", outcome="reached", note=f"{name}: Sofa", at=now, by=Actor.of(clerk)
        )
        made.append(card)
    change_number(made[0], phone=phone_number(), by=Actor.of(clerk), at=now)
    keys_are_committed()
    return made


def begun(dealer):
    return rotation.begin(
        RotationKind.DEALER, by=Actor.worker("test"), at=timezone.now(), dealer=dealer
    )


def read(store):
    """Everything that is sealed, opened, and whether each is found by its name."""
    cards = Customer.objects.order_by("pk")
    for card in cards:
        name = card_of(card).name
        assert card in find(Customer.objects.all(), name, store.dealer_id)
    return (
        [(card_of(card).name, number_of(card)) for card in cards],
        [
            vault.unseal(vault.Row.of(it), "note", it.note_sealed)
            for it in Activity.objects.order_by("pk")
        ],
        [
            vault.unseal(vault.Row.of(change), "number", change.number_sealed)
            for change in NumberChange.objects.all()
        ],
    )


def in_order():
    return {
        name: detail
        for checks in (installation.checks(), verification.checks())
        for name, holds, detail in checks
        if not holds
    }


def sealed_with():
    return {
        vault.sealed_with(value)
        for model, column in (
            (Customer, "phone_sealed"), (Customer, "name_sealed"),
            (Activity, "note_sealed"), (NumberChange, "number_sealed"),
        )
        for value in model.objects.values_list(column, flat=True)
    }  # fmt: skip


def test_everything_of_a_dealer_is_sealed_anew_and_read_all_the_time(store, cards):
    before, first = read(store), DealerKey.objects.get(dealer=store.dealer)
    other = vault.seal(vault.Row(DealerFactory().pk, "t", 1), "name", "x")

    change = begun(store.dealer)
    seen = []
    for now in rotation.go_on(change, timezone.now()):
        assert read(store) == before
        seen.append((now.done, now.total))

    newest = DealerKey.objects.filter(dealer=store.dealer).latest("pk")
    assert newest.replaces == first
    assert sealed_with() == {newest.pk}
    assert (seen[0], seen[-1]) == ((3, 15), (15, 15))
    assert change.finished_at is not None
    assert in_order() == {}
    assert vault.sealed_with(other) not in {first.pk, newest.pk}


def test_a_change_that_is_broken_off_goes_on_and_begins_no_second_one(store, cards):
    before = read(store)
    change = begun(store.dealer)
    for _turn in range(4):
        next(rotation.go_on(change, timezone.now()))
        assert begun(store.dealer) == change
        assert read(store) == before

    list(rotation.go_on(change, timezone.now()))

    assert DealerKey.objects.filter(dealer=store.dealer).count() == 2
    assert KeyRotation.objects.get().done == 15
    assert read(store) == before


def test_what_is_stored_with_the_former_key_meanwhile_is_sealed_anew(store, cards):
    change = begun(store.dealer)
    portions = rotation.go_on(change, timezone.now())
    next(portions)
    former = DealerKey.objects.earliest("pk")
    card = Customer.objects.order_by("pk")[0]
    ring = vault._ring(store.dealer_id)
    vault._committed[store.dealer_id] = vault.Ring(ring.keys[:1], ring.made_at[:1], ring.read_at)
    card.notes_sealed = vault.seal(vault.Row.of(card), "notes", "late")
    assert vault.sealed_with(card.notes_sealed) == former.pk
    card.save()
    vault.forget(store.dealer_id)

    list(portions)

    card.refresh_from_db()
    assert vault.sealed_with(card.notes_sealed) != former.pk
    assert card_of(card).notes == "late"


def test_the_former_key_is_destroyed_after_two_days_when_nothing_needs_it(store, cards):
    now = timezone.now()
    list(rotation.go_on(begun(store.dealer), now))
    card = Customer.objects.order_by("pk")[0]
    tokens = card.search_tokens
    # As of a process that was late: nothing sealed shows it.
    Customer.objects.filter(pk=card.pk).update(search_tokens=[1, 2])

    assert rotation.destroy_replaced(now + rotation.KEPT - timedelta(hours=1)) == 0
    assert rotation.destroy_replaced(now + rotation.KEPT + timedelta(hours=1)) == 0
    card.refresh_from_db()
    assert card.search_tokens == tokens
    assert rotation.destroy_replaced(now + rotation.KEPT + timedelta(hours=1)) == 1

    former, newest = DealerKey.objects.order_by("pk")
    assert (bytes(former.wrapped), bool(former.destroyed_at)) == (b"", True)
    vault.forget(store.dealer_id)
    assert {key.id for key in vault._ring(store.dealer_id).keys} == {newest.pk}
    read(store)
    assert in_order() == {}


def test_no_note_is_changed_under_the_cloak_of_a_rotation(store, cards):
    activity = Activity.objects.first()
    forged = vault.seal(vault.Row.of(activity), "note", "forged")
    foreign = vault.keys_of(DealerFactory().pk)
    for value in (
        forged, None, b"", forged[:1] + foreign.id.to_bytes(4) + forged[5:],
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            Activity.objects.filter(pk=activity.pk).update(note_sealed=value)


def test_a_new_master_key_wraps_all_keys_and_seals_what_is_the_portals(store, cards, settings):
    user, now = UserFactory(), timezone.now()
    factor = Authenticator.objects.create(
        user=user, type="totp", data={"secret": envelopes.seal("second factors", "SECRET")}
    )
    session = SessionStore()
    session["membership"] = 7
    session.save()
    messages.text("+8613800138000", "code", at=now)
    asked = OutboxTask.objects.get(task=messages.TASK)
    row_key = envelopes.lasting_key(envelopes.IMPORTED_ROWS)
    former, before = settings.PORTAL_MASTER_KEY, read(store)

    settings.PORTAL_MASTER_KEY = f"{former} {new_key(7)}"
    assert held.wrong() == []
    assert resealing.stale() == 3
    call_command("rotate_keys", master=True)

    settings.PORTAL_MASTER_KEY = new_key(7)
    vault._committed.clear()
    assert held.wrong() == []
    assert resealing.stale() == 0
    assert read(store) == before
    factor.refresh_from_db()
    asked.refresh_from_db()
    assert envelopes.unseal("second factors", factor.data["secret"]) == "SECRET"
    assert json.loads(envelopes.unseal(messages.PURPOSE, asked.args[0]))["sms"]
    assert SessionStore(session.session_key)["membership"] == 7
    assert envelopes.lasting_key(envelopes.IMPORTED_ROWS) == row_key
    assert in_order() == {}
    settings.PORTAL_MASTER_KEY = former
    assert held.wrong() == ["PORTAL_MASTER_KEY"]


def test_only_the_new_master_key_before_everything_is_wrapped_with_it_is_refused(
    store, cards, settings
):
    former = settings.PORTAL_MASTER_KEY
    settings.PORTAL_MASTER_KEY = f"{former} {new_key(7)}"
    change = rotation.begin(RotationKind.MASTER, by=Actor.worker("test"), at=timezone.now())
    next(rotation.go_on(change, timezone.now()))

    for alone in (former, new_key(7)):
        settings.PORTAL_MASTER_KEY = alone
        assert held.wrong() == ["PORTAL_MASTER_KEY"]
    settings.PORTAL_MASTER_KEY = f"{former} {new_key(7)}"
    assert held.wrong() == []
    read(store)


class Management:
    """A service that keeps its keys to itself: it wraps, unwraps and derives."""

    def __init__(self):
        self.inside = Configured()
        self.calls = 0

    def __getattr__(self, name):
        self.calls += 1
        return getattr(self.inside, name)


def test_another_provider_takes_the_place_of_the_settings(settings):
    settings.PORTAL_KEY_PROVIDER = f"{__name__}.Management"
    dealer = DealerFactory()

    sealed = vault.seal(vault.Row(dealer.pk, "t", 1), "name", "陈敏")

    assert vault.unseal(vault.Row(dealer.pk, "t", 1), "name", sealed) == "陈敏"
    assert masters.provider().calls > 0


def test_a_key_that_is_twice_in_the_settings_is_refused(settings):
    settings.PORTAL_MASTER_KEY = f"{new_key(1)} {new_key(1)}"
    with pytest.raises(Exception, match="all different"):
        masters.provider().newest()


def test_the_command_names_a_dealer_that_is_not_there():
    with pytest.raises(CommandError, match="No dealer has the code X"):
        call_command("rotate_keys", dealer="X")


def test_headquarters_begins_a_change_in_the_admin_and_sees_how_far_it_is(store, cards, client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    added = client.post(
        "/admin/dealers/keyrotation/add/", {"kind": "dealer", "dealer": store.dealer_id}
    )
    assert added.status_code == 302, added.text
    change = KeyRotation.objects.get()
    assert OutboxTask.objects.get(task=rotation.TASK).args == [change.pk]
    assert DealerKey.objects.filter(dealer=store.dealer).count() == 2

    next(rotation.go_on(change, timezone.now()))
    assert "20 %" in client.get("/admin/dealers/keyrotation/").text

    again = client.post(
        "/admin/dealers/keyrotation/add/", {"kind": "dealer", "dealer": store.dealer_id}
    )
    assert again.status_code == 302
    assert KeyRotation.objects.get() == change
    for wrong in ({"kind": "dealer"}, {"kind": "master", "dealer": store.dealer_id}):
        page = client.post("/admin/dealers/keyrotation/add/", wrong)
        assert "Name the dealer whose key" in page.text


def test_what_was_destroyed_gets_no_other_key(store, cards, client):
    change = begun(store.dealer)
    erase_customers(store.dealer, by=Actor.hq(UserFactory()), at=timezone.now())
    change.refresh_from_db()
    assert change.finished_at is not None  # there is nothing left to seal anew
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    page = client.post(
        "/admin/dealers/keyrotation/add/", {"kind": "dealer", "dealer": store.dealer_id}
    )
    assert page.status_code == 200
    assert "destroyed" in page.text or "销毁" in page.text
    with pytest.raises(rotation.RotationRefused, match="destroyed"):
        begun(store.dealer)


def test_a_change_that_was_over_before_the_worker_came_is_left_alone(store, cards):
    from dealers.tasks import change_keys

    change = begun(store.dealer)
    erase_customers(store.dealer, by=Actor.hq(UserFactory()), at=timezone.now())
    change_keys(change.pk)
    change.refresh_from_db()
    assert change.done == 0


def test_the_worker_goes_on_with_what_another_left_behind(store, cards):
    from dealers.tasks import change_keys

    change = begun(store.dealer)
    next(rotation.go_on(change, timezone.now()))
    OutboxTask.objects.all().delete()

    rotation.sweep(timezone.now() + timedelta(minutes=2))

    (task,) = OutboxTask.objects.filter(task=rotation.TASK)
    change_keys(*task.args)
    change.refresh_from_db()
    assert change.finished_at is not None
