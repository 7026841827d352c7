"""What keeps the portal from starting in earnest."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as portal
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.test import Client

from config import start
from config.servers import embedded
from dealers.demo_logins import PASSWORD
from tests.config.test_settings import ROOT, production
from tests.environment import without_portal
from tests.factories.dealers import UserFactory

EMAIL = "hq@demo.example"


@pytest.fixture
def demo_account(db, settings):
    user = UserFactory(email=EMAIL, is_staff=True, is_superuser=True)
    user.set_password(PASSWORD)
    user.save()
    return user


def test_a_database_of_the_demo_is_refused_until_its_logins_are_closed(
    demo_account, settings, capsys
):
    start.check()
    settings.PORTAL_DEMO, settings.PORTAL_SMS = False, ""
    with pytest.raises(ImproperlyConfigured, match="close_demo_logins"):
        start.check()
    call_command("close_demo_logins")
    assert "Accounts closed: 1." in capsys.readouterr().out
    start.check()
    assert not type(demo_account).objects.get().is_active


@pytest.mark.parametrize("demo", [True, False])
def test_the_password_that_everybody_knows_opens_the_demo_only(demo_account, settings, demo):
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=demo_account, email=EMAIL, verified=True, primary=True)
    settings.PORTAL_DEMO = demo
    settings.SECURE_SSL_REDIRECT = False
    client = Client()
    client.post("/accounts/login/", {"login": EMAIL, "password": PASSWORD})
    assert (client.get("/me/").status_code == 200) is demo


def test_the_gateway_that_writes_codes_into_the_log_is_the_demo_s(db, settings):
    settings.PORTAL_DEMO = False
    with pytest.raises(ImproperlyConfigured, match="PORTAL_SMS"):
        start.check()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "command",
    [["-c", "import config.wsgi"], ["-m", "celery", "--app", "config", "worker", "--pool", "solo"]],
    ids=["web", "worker"],
)
def test_neither_web_server_nor_worker_start_on_a_database_of_the_demo(command, tmp_path):
    UserFactory(email=EMAIL)
    server = embedded.database_url(portal.PORTAL_DATA).rpartition("/")[0]
    result = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=without_portal()
        | production()
        | {
            "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
            "PORTAL_DATA": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode != 0
    assert "close_demo_logins" in result.stderr


def test_a_web_server_has_imported_views_and_tasks_before_the_first_request():
    ahead = "import sys, config.wsgi; print(*(name for name in sys.modules if name[:1] != '_'))"
    result = subprocess.run(
        [sys.executable, "-c", ahead],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert {"customers.views.capture", "customers.tasks"} <= set(result.stdout.split())
