"""Sealed data opens only for whom, and as what, it was sealed."""

import base64
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from dealers import vault
from dealers.keys import envelopes, masters
from dealers.models import DealerKey
from dealers.vault import Row, VaultError
from tests.factories.dealers import DealerFactory, sealed_earlier

pytestmark = pytest.mark.django_db


def row(dealer, number=7):
    return Row(dealer.pk, "customers_customer", number)


def test_what_was_sealed_opens_again():
    dealer = DealerFactory()

    sealed = vault.seal(row(dealer), "name", "陈敏")

    assert "陈敏".encode() not in sealed
    assert sealed != vault.seal(row(dealer), "name", "陈敏")
    assert vault.unseal(row(dealer), "name", sealed) == "陈敏"
    assert vault.unseal(row(dealer), "name", memoryview(sealed)) == "陈敏"
    assert vault.unseal(row(dealer), "name", None) == ""


def test_it_opens_nowhere_else_and_not_changed():
    dealer, other = DealerFactory(), DealerFactory()
    sealed = vault.seal(row(dealer), "phone", "13800138000")
    damaged = sealed[:-1] + bytes([sealed[-1] ^ 1])

    for place, field, data in [
        (row(dealer), "name", sealed),
        (row(other), "phone", sealed),
        (row(dealer, 8), "phone", sealed),
        (Row(dealer.pk, "customers_activity", 7), "phone", sealed),
        (row(dealer), "phone", damaged),
        (row(dealer), "phone", sealed[:10]),
        (row(dealer), "phone", b"\x04" + sealed[1:]),
        (row(dealer), "phone", b"\x02" + sealed[1:]),
        (row(dealer), "phone", b"\x01" + sealed[1:]),
    ]:
        with pytest.raises(VaultError):
            vault.unseal(place, field, data)


@pytest.mark.parametrize("version", [vault.UNBOUND, vault.BARE])
def test_earlier_envelopes_open_until_they_are_sealed_anew(version):
    dealer = DealerFactory()
    earlier = sealed_earlier(row(dealer), "name", "陈敏", version)

    assert not vault.is_current(earlier)
    assert vault.unseal(row(dealer), "name", earlier) == "陈敏"
    assert vault.is_current(vault.seal(row(dealer), "name", "陈敏"))
    with pytest.raises(VaultError):
        vault.unseal(row(dealer), "phone", earlier)


def test_a_sealed_value_does_not_tell_how_long_its_text_is():
    dealer = DealerFactory()

    def length(text):
        sealed = vault.seal(row(dealer), "name", text)
        assert vault.unseal(row(dealer), "name", sealed) == text
        return len(sealed)

    assert {length("陈敏"), length("欧阳建国"), length("买买提·艾")} == {length("")}
    assert length("+8613800138000") == length("+85251234567")
    assert length("x" * 16) == length("x" * 31) == length("") + 16
    assert {length(text) for text in ("\0", "\x80", "x\0\0", "é\u0080")} == {length("")}


@pytest.mark.parametrize("said", [["+8613800138000", "陈敏"], {"name": "欧阳诗涵" * 4}])
def test_what_a_row_was_told_opens_in_that_row_alone_and_tells_no_length(said):
    made = uuid4()
    sealed = envelopes.seal_for(made, envelopes.LEADS, said)

    assert envelopes.unseal_for(made, envelopes.LEADS, sealed) == said
    assert len(sealed) == len(envelopes.seal_for(made, envelopes.LEADS, []))
    for row, purpose, text in (
        (uuid4(), envelopes.LEADS, sealed),
        (made, envelopes.PAGES, sealed),
        (made, envelopes.LEADS, sealed[:-1]),
        (made, envelopes.LEADS, b""),
    ):
        with pytest.raises(VaultError):
            envelopes.unseal_for(row, purpose, text)


def test_tokens_are_equal_within_a_dealer_only():
    dealer, other = DealerFactory(), DealerFactory()

    assert vault.token(dealer.pk, "chen") == vault.token(dealer.pk, "chen")
    assert vault.token(dealer.pk, "chen") != vault.token(other.pk, "chen")
    assert -(2**63) <= vault.token(dealer.pk, "chen") < 2**63


def test_a_key_that_was_rolled_back_is_forgotten():
    dealer = DealerFactory()
    with transaction.atomic():
        lost = vault.seal(row(dealer), "name", "x")
        transaction.set_rollback(True)

    kept = vault.seal(row(dealer), "name", "y")

    assert vault.unseal(row(dealer), "name", kept) == "y"
    with pytest.raises(VaultError):
        vault.unseal(row(dealer), "name", lost)


def test_a_known_key_needs_no_query(django_assert_num_queries):
    dealer = DealerFactory()
    sealed = vault.seal(row(dealer), "name", "x")

    with django_assert_num_queries(0):
        vault.unseal(row(dealer), "name", sealed)


def test_another_master_key_is_noticed(settings):
    dealer = DealerFactory()
    with transaction.atomic():
        vault.keys_of(dealer.pk)
    connection.run_on_commit.clear()
    settings.PORTAL_MASTER_KEY = base64.b64encode(bytes(32)).decode()

    with pytest.raises(VaultError, match="master key"):
        vault.keys_of(dealer.pk)


def test_a_master_key_of_the_wrong_length_is_refused(settings):
    settings.PORTAL_MASTER_KEY = base64.b64encode(b"short").decode()

    with pytest.raises(ImproperlyConfigured, match="PORTAL_MASTER_KEY"):
        masters.provider().newest()


@pytest.mark.django_db(transaction=True)
def test_processes_that_need_a_key_at_once_end_up_with_the_same_one():
    dealer = DealerFactory()

    def seal(text):
        try:
            with transaction.atomic():
                return vault.seal(row(dealer), "name", text)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        sealed = list(pool.map(seal, "abcdefgh"))

    assert DealerKey.objects.count() == 1
    assert [vault.unseal(row(dealer), "name", each) for each in sealed] == list("abcdefgh")
