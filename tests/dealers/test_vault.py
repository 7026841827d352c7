"""Sealed data opens only for whom, and as what, it was sealed."""

import base64
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from dealers import vault
from dealers.models import DealerKey
from dealers.vault import VaultError
from tests.factories.dealers import DealerFactory

pytestmark = pytest.mark.django_db


def test_what_was_sealed_opens_again():
    dealer = DealerFactory()

    sealed = vault.seal(dealer.pk, "陈敏", "name")

    assert "陈敏".encode() not in sealed
    assert sealed != vault.seal(dealer.pk, "陈敏", "name")
    assert vault.unseal(dealer.pk, sealed, "name") == "陈敏"
    assert vault.unseal(dealer.pk, memoryview(sealed), "name") == "陈敏"
    assert vault.unseal(dealer.pk, None, "name") == ""


def test_it_opens_neither_as_another_field_nor_for_another_dealer_nor_changed():
    dealer, other = DealerFactory(), DealerFactory()
    sealed = vault.seal(dealer.pk, "13800138000", "phone")
    damaged = sealed[:-1] + bytes([sealed[-1] ^ 1])

    for dealer_id, data, field in [
        (dealer.pk, sealed, "name"),
        (other.pk, sealed, "phone"),
        (dealer.pk, damaged, "phone"),
        (dealer.pk, sealed[:10], "phone"),
        (dealer.pk, b"\x02" + sealed[1:], "phone"),
    ]:
        with pytest.raises(VaultError):
            vault.unseal(dealer_id, data, field)


def test_tokens_are_equal_within_a_dealer_only():
    dealer, other = DealerFactory(), DealerFactory()

    assert vault.token(dealer.pk, "chen") == vault.token(dealer.pk, "chen")
    assert vault.token(dealer.pk, "chen") != vault.token(other.pk, "chen")
    assert -(2**63) <= vault.token(dealer.pk, "chen") < 2**63


def test_a_key_that_was_rolled_back_is_forgotten():
    dealer = DealerFactory()
    with transaction.atomic():
        lost = vault.seal(dealer.pk, "x", "name")
        transaction.set_rollback(True)

    kept = vault.seal(dealer.pk, "y", "name")

    assert vault.unseal(dealer.pk, kept, "name") == "y"
    with pytest.raises(VaultError):
        vault.unseal(dealer.pk, lost, "name")


def test_a_known_key_needs_no_query(django_assert_num_queries):
    dealer = DealerFactory()
    sealed = vault.seal(dealer.pk, "x", "name")

    with django_assert_num_queries(0):
        vault.unseal(dealer.pk, sealed, "name")


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
        vault.master_key_id()


@pytest.mark.django_db(transaction=True)
def test_processes_that_need_a_key_at_once_end_up_with_the_same_one():
    dealer = DealerFactory()

    def seal(text):
        try:
            with transaction.atomic():
                return vault.seal(dealer.pk, text, "name")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        sealed = list(pool.map(seal, "abcdefgh"))

    assert DealerKey.objects.count() == 1
    assert [vault.unseal(dealer.pk, each, "name") for each in sealed] == list("abcdefgh")
