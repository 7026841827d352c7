"""What keeps the portal from starting in earnest."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client

from config import start
from dealers.demo_logins import PASSWORD
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
    settings.PORTAL_DEMO = False
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
