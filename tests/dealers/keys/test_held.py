"""The keys of the installation: another one is noticed before it does any harm."""

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from config import start
from customers.models import Registration
from dealers.keys import envelopes, held
from dealers.keys.held import WrongKeys
from dealers.models import KeyCheck, PortalKey
from dealers.triggers import lifted
from tests.factories.customers import RulebookFactory, registered

OTHER = base64.b64encode(bytes(32)).decode()

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def _known():
    held.check()


def test_keys_are_known_again_since_their_first_use():
    assert KeyCheck.objects.filter(name=held.FINGERPRINT).exists()
    assert held.fingerprint_keys_on_file() == 1
    assert set(PortalKey.objects.values_list("name", flat=True)) == set(envelopes.LASTING)
    assert held.wrong() == []

    held.check()


@pytest.mark.parametrize("name", held.NAMES)
def test_another_key_registers_nobody_and_imports_nothing(name, settings, store, tmp_path):
    RulebookFactory()
    setattr(settings, name, OTHER)

    with pytest.raises(WrongKeys, match=f"{name}: this is not the key"):
        registered(store)
    for command in ("import_orders", "import_registrations", "import_network"):
        with pytest.raises(CommandError, match=name):
            call_command(command, str(tmp_path / "file.csv"))
    assert not Registration.objects.exists()


@pytest.mark.parametrize("name", held.NAMES)
def test_health_names_another_key(name, settings, client):
    assert client.get("/healthz").status_code == 200

    setattr(settings, name, OTHER)

    answer = client.get("/healthz")
    assert (answer.status_code, name in answer.text) == (503, True)


def test_a_key_that_is_not_on_file_is_taken_in():
    with lifted(KeyCheck):
        KeyCheck.objects.all().delete()

    assert held.wrong() == []
    held.check()
    assert KeyCheck.objects.count() == 1


@pytest.mark.parametrize("name", held.NAMES)
def test_neither_web_nor_worker_starts_with_another_key(name, settings):
    """Both ask this before they take work."""
    start.check()

    setattr(settings, name, OTHER)

    with pytest.raises(ImproperlyConfigured, match=name):
        start.check()
