"""What every test may use: a clean cache, files of its own, the browser."""

import os
import shutil
import sys

import hypothesis
import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, TransactionTestCase
from django.utils import translation
from psycopg.pq import TransactionStatus

from config.middleware import TransactionMiddleware
from config.servers import embedded
from dealers import outbox
from dealers.keys import held
from dealers.models import Role
from tests import template
from tests.factories.dealers import (
    MembershipFactory,
    OwnerFactory,
    RegionalManagerFactory,
    StoreFactory,
    UserFactory,
)

# The same examples each time: who changed nothing breaks nothing. `make explore` tries new ones.
# No example fails for being slow: the machine may be busy, and speed is what `make bench` shows.
UNHURRIED = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("same", derandomize=True, **UNHURRIED)
hypothesis.settings.register_profile("new", print_blob=True, **UNHURRIED)
hypothesis.settings.load_profile(os.environ.get("EXAMPLES", "same"))

# What migrations fill, and the keys' check values, which every installation has.
KEPT = {
    *("django_migrations", "django_content_type", "auth_permission", "auth_group"),
    *("auth_group_permissions", "dealers_keycheck"),
}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_make_parametrize_id(val):
    """A case that is a dictionary is named by what it says, not ``change3``."""
    if isinstance(val, dict):
        return ",".join(f"{key}={value}" for key, value in val.items()) or "nothing"
    return None


def pytest_terminal_summary(terminalreporter):
    """How much was asked in tests/matrix and by the crawl, wherever their tests ran."""
    reports = [each for found in terminalreporter.stats.values() for each in found]
    said = dict(each for report in reports for each in getattr(report, "user_properties", []))
    if cases := sum(count for name, count in said.items() if name.startswith("cases of")):
        terminalreporter.write_line(f"matrix: {cases} cases")
    if asked := sum(count for name, count in said.items() if name.startswith("requests of")):
        broken = sum(count for name, count in said.items() if name.startswith("broken of"))
        terminalreporter.write_line(f"crawl: {asked:,} requests, {broken} answered 500")
    for name, found in said.items():
        if name.startswith("verify after"):
            terminalreporter.write_line(f"{name}: {found}")
    if tried := said.get("mutants tried"):
        noticed, shown = (said[f"mutants {what}"] for what in ("noticed", "that would have leaked"))
        terminalreporter.write_line(
            f"mutants: {noticed} of {tried} noticed; {shown} would have shown foreign rows"
        )
    for name, area in said.items():
        if name.startswith("oracle: "):
            terminalreporter.write_line(f"{name}: AUC {area:.3f}")
    if tried := said.get("locks tried"):
        behind, alone = (said[f"locks noticed {how} policies"] for how in ("behind", "without"))
        terminalreporter.write_line(
            f"locks in the code: {said['locks noticed']} of {tried} noticed when off; {behind}"
            f" behind the policies, {alone} without any"
        )


@pytest.fixture(autouse=True, scope="session")
def _emptied_past_the_triggers():
    """Tests that commit empty all tables afterwards, also those whose rows are only ever added.

    What migrations put there stays: which test comes next depends on more than this folder. Only
    tables with rows are touched, for TRUNCATE of all of them takes seconds.
    """

    def teardown(_case):
        with connection.cursor() as cursor, transaction.atomic():
            tables = [it for it in connection.introspection.table_names(cursor) if it not in KEPT]
            union = " UNION ALL ".join(f"SELECT '{it}' WHERE EXISTS (TABLE {it})" for it in tables)
            filled = [name for (name,) in cursor.execute(union)]
            for name in filled:
                cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
            for name in filled:
                cursor.execute(f"DELETE FROM {name}")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for name in filled:
                cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield


@pytest.fixture(autouse=True, scope="session")
def _roles_end_with_requests():
    """A request's role ends with its transaction, which in a test goes on: with the request then.

    Past Django, which would count it as a statement of the page.
    """
    answer = TransactionMiddleware.__call__

    def answered(middleware, request):
        response = answer(middleware, request)
        session = connection.connection
        if session is not None and session.info.transaction_status == TransactionStatus.INTRANS:
            session.execute(
                "SELECT set_config('role', 'none', true), set_config('app.actor_id', '', true),"
                " set_config('app.role', '', true), set_config('app.dealer_id', '', true),"
                " set_config('app.region_id', '', true)"
            )
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionMiddleware, "__call__", answered)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, django_db_blocker):
    """The test database is a copy of a migrated one, which stays on the server."""
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = template.ensured()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """A test database that knows its keys, as every installation does after its start."""
    with django_db_blocker.unblock():
        held.ensure()
    yield
    # What a browser asked for last may still hold a connection, and the database is dropped now.
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    """Uploads and documents of a test go to a folder of its own, and so does its signer.

    Its process begins when something is first to be signed.
    """
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PORTAL_SIGNER = embedded.signer_socket(tmp_path)
    yield
    embedded.release(tmp_path)


@pytest.fixture
def signer_folder(tmp_path):
    """Where the signer of a test has its key and its memory."""
    return tmp_path / "signer"


@pytest.fixture(autouse=True)
def _clean_cache(request):
    """Rate limits, sessions and a broker that failed one test are not those of the next."""
    yield
    outbox.broker.worked()
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


@pytest.fixture
def english(settings):
    """Sentences in the language of the sources, for tests that read them: here and on pages."""
    settings.LANGUAGE_CODE = "en"
    with translation.override("en"):
        yield


# Personas: each is the Membership of one person; ``login(clerk)`` is a client signed in as them.


@pytest.fixture
def store(db):
    return StoreFactory()


@pytest.fixture
def clerk(store):
    """An associate of the store."""
    return MembershipFactory(store=store)


@pytest.fixture
def manager(store):
    """The manager of the store."""
    return MembershipFactory(store=store, role=Role.STORE_MANAGER)


@pytest.fixture
def owner(store):
    """The owner of the dealer that runs the store."""
    return OwnerFactory(dealer=store.dealer)


@pytest.fixture
def region_manager(store):
    """The manager of the region that the store is in."""
    return RegionalManagerFactory(region=store.dealer.region)


@pytest.fixture
def rival(db):
    """An associate of another dealer."""
    return MembershipFactory()


@pytest.fixture
def hq(db):
    """A person at headquarters who may do everything."""
    return UserFactory(is_staff=True, is_superuser=True)


@pytest.fixture
def another_secret_key(settings):
    """Sign by another secret key from when it is called on, and read what the former one signed."""

    def change():
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "what signs sessions and links from today on, 50 characters"

    return change


@pytest.fixture
def login():
    """Sign in a user or the person of a membership; every call gives a client of its own."""

    def signed_in(who):
        client = Client()
        client.force_login(getattr(who, "user", who))
        return client

    return signed_in
