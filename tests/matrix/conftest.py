"""One network for all tests of a file; what a test changes is taken back."""

import logging

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings

from tests.matrix import network as networks


@pytest.fixture(autouse=True)
def _own_files():
    """The files of the network are there for all tests of a file."""


@pytest.fixture(scope="module")
def network(django_db_setup, django_db_blocker, tmp_path_factory):
    """Two dealers with the same trade, and headquarters."""
    media = tmp_path_factory.mktemp("media")
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=media, ACCOUNT_RATE_LIMITS=False),
        transaction.atomic(),
    ):
        cache.clear()
        logging.disable(logging.CRITICAL)  # a million refusals
        yield networks.build()
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)
    cache.clear()
