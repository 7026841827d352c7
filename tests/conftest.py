"""What every test may use: a clean cache, files of its own, the browser."""

import shutil
import sys

import pgtrigger
import pytest
from django.core.cache import cache
from django.test import TransactionTestCase

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(autouse=True, scope="session")
def _emptied_past_the_triggers():
    """Tests that commit empty all tables afterwards, also those whose rows are only ever added."""
    empty = TransactionTestCase._fixture_teardown

    def teardown(case):
        with pgtrigger.ignore():
            empty(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    """Uploads and documents of a test go to a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _clean_cache(request):
    """Rate limits and sessions of one test are not those of the next."""
    yield
    if "django_db_setup" in request.fixturenames or "db" in request.fixturenames:
        cache.clear()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The Chromium of the machine, so that nothing is downloaded."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    arguments = {
        **browser_type_launch_args,
        "args": [
            "--disable-dev-shm-usage",  # 64 MB in containers, too little for a page
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-gpu",
            "--no-first-run",
        ],
    }
    if found:
        arguments["executable_path"] = found
    if sys.platform == "linux":
        arguments["args"].append("--no-sandbox")  # Chromium refuses its sandbox to root
    return arguments


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    """A reader in China, as most are."""
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
