"""What opens an account is read at the door only: by no page of somebody who is in."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dealers import door
from dealers.actor import Actor, acting
from dealers.models import ContactChange, ContactKind, User
from dealers.signin.sessions import SessionStore
from dealers.walls import check, roles

pytestmark = pytest.mark.django_db

INSIDE = (roles.DEALER, roles.LOOKER, roles.REGION, roles.HQ)
NEW = "jia-ju-9921"


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def context(membership, **more):
    return {
        "app.actor_id": str(membership.user_id),
        "app.role": membership.role,
        "app.dealer_id": str(membership.dealer_id or ""),
        "app.region_id": str(membership.dealer.region_id),
    } | more


@pytest.fixture
def ways_in(hq, clerk):
    """Each way in of two people."""
    for user in (hq, clerk.user):
        EmailAddress.objects.get_or_create(
            user=user, email=user.email, defaults={"verified": True, "primary": True}
        )
        Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
        UserSession.objects.create(
            user=user, ip="10.0.0.1", session_key=f"key{user.pk}", user_agent="x"
        )
        ContactChange.objects.create(
            user=user,
            kind=ContactKind.EMAIL,
            old="a@example.com",
            new="",
            changed_at=timezone.now(),
        )
    SessionStore().create()
    return hq, clerk


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT session_key FROM django_session",
        "SELECT count(*) FROM django_session",
        "UPDATE django_session SET session_data = ''",
        "DELETE FROM django_session",
        "SELECT password FROM dealers_user",
        "SELECT person FROM dealers_user AS person",
        "SELECT id FROM dealers_user WHERE password LIKE 'argon2%'",
        "UPDATE dealers_user SET password = (SELECT 'known')",
        "SELECT * FROM dealers_signintry",
        "DELETE FROM dealers_signintry",
    ],
)
@pytest.mark.parametrize("role", [*INSIDE, roles.PUBLIC])
def test_no_page_reads_sessions_or_passwords(statement, role, ways_in):
    _hq, clerk = ways_in
    with (
        check.as_role(role, context(clerk)),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        run(statement)


def test_the_worker_reads_no_password(clerk):
    for statement in ("SELECT password", "SELECT *"):
        with (
            check.as_role(roles.WORKER),
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
        ):
            run(f"{statement} FROM dealers_user")


@pytest.mark.parametrize("role", INSIDE)
@pytest.mark.parametrize(
    "table",
    [
        "account_emailaddress",
        "mfa_authenticator",
        "usersessions_usersession",
        "dealers_contactchange",
    ],
)
def test_of_all_ways_in_a_page_reads_and_changes_its_persons_own(role, table, ways_in):
    _hq, clerk = ways_in
    with check.as_role(role, context(clerk)):
        assert run(f"SELECT DISTINCT user_id FROM {table}") == [(clerk.user_id,)]
        assert run(f"UPDATE {table} SET user_id = user_id") == 1
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            run(f"UPDATE {table} SET user_id = (SELECT min(id) FROM dealers_user WHERE is_staff)")
        if table != "dealers_contactchange":
            assert run(f"DELETE FROM {table}") == 1


def test_the_hash_is_read_where_it_is_asked_for_and_nowhere_along(owner):
    with acting(Actor.of(owner)):
        user = User.objects.get(pk=owner.user_id)
        assert "password" in user.get_deferred_fields()
        assert user.check_password("portal")
        assert run("SELECT current_setting('role')") == [(roles.DEALER,)]
        user.set_password(NEW)
        user.save(update_fields=["password"])
        assert run("SELECT current_setting('role')") == [(roles.DEALER,)]
        user.name = "x"
        user.save()
    owner.user.refresh_from_db()
    assert (owner.user.name, owner.user.check_password(NEW)) == ("x", True)


def test_the_door_is_left_again_when_something_fails(owner):
    with acting(Actor.of(owner)):
        with pytest.raises(ZeroDivisionError), door.opened():
            raise ZeroDivisionError
        assert run("SELECT current_setting('role')") == [(roles.DEALER,)]
        with pytest.raises(ProgrammingError), transaction.atomic(), door.opened():
            run("SELECT FROM nowhere")
        assert run("SELECT current_setting('role')") == [(roles.DEALER,)]
        with door.opened():  # which is not taken for open still
            assert run("SELECT current_setting('role')") == [(roles.DOOR,)]


def test_a_person_changes_the_password_and_ends_other_sessions(client, clerk):
    EmailAddress.objects.create(
        user=clerk.user, email=clerk.user.email, verified=True, primary=True
    )
    login = {"login": clerk.user.email, "password": "portal"}
    other = Client()
    for each in (client, other):
        each.post(reverse("account_login"), login)
        assert each.get(reverse("home")).status_code == 200

    answer = client.post(
        reverse("account_change_password"),
        {"oldpassword": "portal", "password1": NEW, "password2": NEW},
    )
    assert answer.status_code == 302
    assert client.get(reverse("home")).status_code == 200
    assert other.get(reverse("home")).status_code == 302  # which has shown the old one

    other.post(reverse("account_login"), login | {"password": NEW})
    assert other.get(reverse("home")).status_code == 200
    sessions = reverse("usersessions_list")
    assert client.get(sessions).status_code == 200
    client.post(sessions)
    assert other.get(reverse("home")).status_code == 302
    assert client.get(reverse("home")).status_code == 200

    client.post(reverse("account_logout"))
    assert client.get(reverse("home")).status_code == 302
