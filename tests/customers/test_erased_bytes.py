"""After an erasure neither number nor name is anywhere, nor anything that was sealed of them."""

import base64
import logging
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from customers.cards import SEALED
from customers.erasure import erase_person
from customers.models import Activity, Customer, Erasure, Identity, Order, Registration
from customers.ownership.activities import record_activity
from dealers.actor import Actor
from dealers.keys import held
from dealers.models import OutboxTask
from tests.customers.rights.test_own import asked_about
from tests.customers.rights.test_pages import registers
from tests.customers.test_capture import entered
from tests.customers.test_fingerprints import ordered
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import UserFactory, keys_are_committed

NUMBER, NAME = "13912873477", "欧阳诗涵"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def card(store, clerk, login):
    """Somebody who went through the portal: refused once, registered, looked up, shown, called."""
    RulebookFactory()
    held.check()
    browser, now = login(clerk), timezone.now()
    browser.post("/capture/", entered(phone=NUMBER, name=NAME, consent=None))
    browser.post("/capture/", entered(phone=NUMBER, name=NAME))
    card = Customer.objects.get()
    for text in (NUMBER, NAME, NUMBER[-4:]):
        browser.post("/customers/search/", {"q": text})
        browser.get("/customers/", {"q": text})
    browser.post(f"{card.get_absolute_url()}number/", {"purpose": "call"})
    browser.get(card.get_absolute_url())
    record_activity(
        card, kind="call", outcome="reached", note=f"{NAME}, {NUMBER}", at=now, by=Actor.of(clerk)
    )
    ordered(NUMBER, store, "A1")
    keys_are_committed()
    return card


def shapes(text):
    """How a text may stand somewhere: as it is, as digits, and in the letters of mails."""
    plain = text.encode()
    yield plain
    yield plain.hex().encode()
    for shift in range(3):
        yield base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 : -4]


def everywhere():
    """All bytes of the database, the cache and the files, by where they are."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT string_agg(t::text, chr(10)) FROM "{table}" AS t')
            yield table, (cursor.fetchone()[0] or "").encode()
    held = cache._cache.get_client(None)
    for key in held.scan_iter():
        yield "cache", key + (held.dump(key) or b"")
    for folder in (Path(settings.MEDIA_ROOT), settings.PORTAL_DATA / "outbox"):
        for path in folder.rglob("*"):
            if path.is_file():
                yield path.name, path.read_bytes()


def found(texts):
    return {where for where, held in everywhere() for each in texts if each in held}


def sealed():
    """What was sealed or hashed of the only customer, as it stands in a row."""
    person = Identity.objects.get()
    card, note = Customer.objects.get(), Activity.objects.exclude(note_sealed=None).get()
    values = [person.fingerprint, card.phone_sealed, note.note_sealed]
    values += [getattr(card, f"{name}_sealed") for name in SEALED]
    values += [row.content for row in (*Registration.objects.all(), *Order.objects.all())]
    return [bytes(value).hex().encode() for value in values if value]


def test_no_byte_of_a_person_is_left(card, caplog):
    open_texts = [shape for text in (NUMBER, NAME) for shape in shapes(text)]
    closed = sealed()
    assert found(closed) == {
        "customers_identity", "customers_customer", "customers_activity",
        "customers_registration", "customers_order",
    }  # fmt: skip

    with caplog.at_level(logging.DEBUG):
        erase_person(
            Identity.objects.get(), reason="asked for it", by=Actor.hq(UserFactory()),
            at=timezone.now(),
        )  # fmt: skip

    assert found([*open_texts, *closed]) == set()
    assert NUMBER not in caplog.text
    assert NAME not in caplog.text


def test_no_byte_is_left_of_who_registered_and_deleted_on_a_phone(store, client, sent, caplog):
    """From the first page to the last, in the database, cache, files, messages and the log."""
    RulebookFactory()
    keys_are_committed()
    logged = []
    with caplog.at_level(logging.DEBUG):
        for send in (
            lambda: registers(client, sent, store, phone=NUMBER, name=NAME, offers="on"),
            lambda: client.get("/p/"),
            lambda: client.get("/p/copy.json"),
            lambda: client.post(f"/p/{Customer.objects.get().pk}/", {"name": NAME, "wechat": NAME}),
        ):
            assert send().status_code in {200, 302}
            logged += caplog.messages
        card = Customer.objects.get()
        closed = [bytes(card.phone_sealed).hex().encode(), bytes(card.name_sealed).hex().encode()]
        assert found(closed) == {"customers_customer"}
        assert client.post("/p/delete/", asked_about(client)).status_code == 302
        logged += caplog.messages

    assert Erasure.objects.count() == 1
    assert list((settings.PORTAL_DATA / "outbox").iterdir())
    open_texts = [shape for text in (NUMBER, NAME) for shape in shapes(text)]
    assert found([*open_texts, *closed]) == set()
    assert not [line for line in logged if NUMBER in line or NAME in line]
    waiting = OutboxTask.objects.filter(task="dealers.tasks.deliver")
    assert {(row.done_at is not None, str(row.args)) for row in waiting} == {(True, "[]")}
