"""Who leaves is out at once."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.urls import reverse

from dealers import departures, people
from dealers.actor import Actor
from dealers.models import Invitation, Membership, Role, User
from dealers.people import PeopleRefused
from dealers.triggers import lifted
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory

NOW = datetime(2026, 10, 23, 6, 0, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def signed_in(client):
    """Sign in through the login page, as people do."""

    def enter(user):
        from allauth.account.models import EmailAddress

        EmailAddress.objects.get_or_create(
            user=user, email=user.email, defaults={"verified": True, "primary": True}
        )
        answer = client.post(reverse("account_login"), {"login": user.email, "password": "portal"})
        assert answer.status_code == 302, answer.content.decode()
        assert client.get(reverse("dealers:me")).status_code == 200
        return client

    return enter


def is_signed_out(client):
    answer = client.get(reverse("dealers:me"))
    return answer.status_code == 302 and answer.url.startswith(reverse("account_login"))


def test_a_closed_account_is_out_with_the_next_request(
    signed_in, clerk, hq, django_capture_on_commit_callbacks
):
    client = signed_in(clerk.user)
    with django_capture_on_commit_callbacks(execute=True):
        people.deactivate(clerk.user, by=Actor.hq(hq), at=NOW)
    assert is_signed_out(client)
    assert not UserSession.objects.filter(user=clerk.user).exists()
    assert not Session.objects.exists()
    people.reactivate(clerk.user, by=Actor.hq(hq), at=NOW)
    assert is_signed_out(client)


def test_who_is_signed_in_while_the_secret_key_changes_is_out_like_others(
    signed_in, clerk, hq, another_secret_key
):
    """The session gets another key by itself, and would be on no list of sessions to end."""
    client = signed_in(clerk.user)
    before = client.session.session_key
    another_secret_key()

    assert client.get(reverse("dealers:me")).status_code == 200

    session = client.session.session_key
    assert session != before
    assert UserSession.objects.get(user=clerk.user).session_key == session
    people.deactivate(clerk.user, by=Actor.hq(hq), at=NOW)
    assert not Session.objects.exists()
    people.reactivate(clerk.user, by=Actor.hq(hq), at=NOW)
    assert is_signed_out(client)


def test_even_a_session_nobody_recorded_ends(login, clerk, hq):
    client = login(clerk)
    people.deactivate(clerk.user, by=Actor.hq(hq), at=NOW)
    assert is_signed_out(client)


def test_a_request_that_runs_meanwhile_does_not_bring_the_session_back(signed_in, clerk, hq):
    from django.contrib.sessions.backends.db import SessionStore

    client = signed_in(clerk.user)
    running = SessionStore(client.session.session_key)
    running["seen"] = 1
    people.deactivate(clerk.user, by=Actor.hq(hq), at=NOW)
    with pytest.raises(UpdateError):
        running.save()
    people.reactivate(clerk.user, by=Actor.hq(hq), at=NOW)
    assert is_signed_out(client)


def test_nobody_closes_their_own_account(hq):
    with pytest.raises(PeopleRefused):
        people.deactivate(hq, by=Actor.hq(hq), at=NOW)


def test_an_ended_post_is_over_and_its_holder_signed_out(signed_in, clerk, owner):
    client = signed_in(clerk.user)
    people.end_membership(clerk, by=Actor.of(owner), at=NOW)
    clerk.refresh_from_db()
    assert clerk.ends_at == NOW
    assert is_signed_out(client)


def test_a_post_that_has_not_begun_never_runs(owner, store):
    later = MembershipFactory(store=store, starts_at=NOW + timedelta(days=3))
    people.end_membership(later, by=Actor.of(owner), at=NOW)
    later.refresh_from_db()
    assert later.ends_at - later.starts_at == timedelta(microseconds=1)


@pytest.mark.parametrize("planned", [1, 2])
def test_who_leaves_does_not_come_back_with_a_post_that_was_planned(clerk, owner, store, planned):
    by, post = Actor.of(owner), clerk
    stores = [store, StoreFactory(dealer=store.dealer)]
    for days, to in enumerate(stores[:planned], 3):
        post = people.change_post(
            post, role=Role.STORE_MANAGER, store=to, on=NOW.date() + timedelta(days=days),
            by=by, at=NOW,
        )  # fmt: skip
    people.end_membership(clerk, by=by, at=NOW)
    for days in range(9):
        assert not Membership.objects.current(NOW + timedelta(days=days)).filter(user=clerk.user)


def test_who_leaves_does_not_come_back_where_the_store_of_the_planned_post_closes(
    clerk, owner, store
):
    people.change_post(
        clerk, role=Role.STORE_MANAGER, store=store, on=NOW.date() + timedelta(days=9),
        by=Actor.of(owner), at=NOW,
    )  # fmt: skip
    people.end_membership(clerk, by=Actor.of(owner), at=NOW)
    sister = StoreFactory(dealer=store.dealer)
    departures.move_posts(store, sister, NOW + timedelta(days=1))
    later = Membership.objects.current(NOW + timedelta(days=20))
    assert not later.filter(user=clerk.user).exists()


def test_who_moves_to_the_sister_store_has_another_post_from_the_day_that_was_planned(
    clerk, owner, store
):
    there, sister = (StoreFactory(dealer=store.dealer) for _each in range(2))
    planned = people.change_post(
        clerk, role=Role.STORE_MANAGER, store=there, on=NOW.date() + timedelta(days=9),
        by=Actor.of(owner), at=NOW,
    )  # fmt: skip
    departures.move_posts(store, sister, NOW + timedelta(days=1))
    moved = Membership.objects.get(user=clerk.user, store=sister)
    assert moved.ends_at == planned.starts_at


def test_a_post_that_somebody_else_planned_is_left_to_them(clerk, manager, owner, store):
    there = StoreFactory(dealer=store.dealer)
    planned = people.change_post(
        clerk, role=Role.ASSOCIATE, store=there, on=NOW.date() + timedelta(days=3),
        by=Actor.of(owner), at=NOW,
    )  # fmt: skip
    people.end_membership(clerk, by=Actor.of(manager), at=NOW)
    planned.refresh_from_db()
    assert planned.ends_at is None


def test_a_post_ends_once(clerk, owner):
    people.end_membership(clerk, by=Actor.of(owner), at=NOW)
    with pytest.raises(PeopleRefused, match="already ended"):
        people.end_membership(clerk, by=Actor.of(owner), at=NOW + timedelta(days=1))


def test_nobody_ends_a_post_they_do_not_answer_for(owner, manager, clerk, rival, region_manager):
    partner = OwnerFactory(dealer=owner.dealer)
    beside = MembershipFactory(store=manager.store, role=Role.STORE_MANAGER)
    for acting, post in [
        (owner, owner),
        (owner, partner),
        (owner, rival),
        (manager, beside),
        (manager, owner),
        (clerk, manager),
        (region_manager, clerk),
    ]:
        with pytest.raises(PeopleRefused):
            people.end_membership(post, by=Actor.of(acting), at=NOW)


def test_headquarters_ends_any_post(hq, owner):
    people.end_membership(owner, by=Actor.hq(hq), at=NOW)
    with pytest.raises(PeopleRefused):
        people.end_membership(owner, by=Actor.signed_in(owner.user), at=NOW)


def test_who_leaves_takes_their_open_invitations_along(hq, owner, store):
    Invitation.objects.create(
        email="new@example.com",
        name="新人",
        role=Role.ASSOCIATE,
        store=store,
        dealer=store.dealer,
        invited_by=owner.user,
        invited_at=NOW,
        expires_at=NOW + timedelta(days=7),
    )
    people.end_membership(owner, by=Actor.hq(hq), at=NOW)
    assert not Invitation.objects.open(NOW).exists()


def test_only_headquarters_opens_accounts_and_forgets_factors(owner, clerk):
    for change in (people.deactivate, people.reactivate, people.forget_second_factors):
        with pytest.raises(PeopleRefused, match="headquarters"):
            change(clerk.user, by=Actor.of(owner), at=NOW)
    with pytest.raises(PeopleRefused, match="headquarters"):
        people.let_register_again(clerk, by=Actor.of(owner), at=NOW)


def test_who_registers_at_a_store_works_for_its_dealer(clerk, owner, store, rival, hq):
    beside = MembershipFactory(store=StoreFactory(dealer=store.dealer))
    for post in (clerk, owner, beside):
        people.check_may_register_for(post.user, store, NOW)
    for stranger in (rival.user, hq):
        with pytest.raises(PeopleRefused, match="does not work for the dealer"):
            people.check_may_register_for(stranger, store, NOW)


def test_who_left_or_whose_account_is_closed_registers_no_more(clerk, owner, store):
    people.end_membership(clerk, by=Actor.of(owner), at=NOW)
    people.check_may_register_for(clerk.user, store, NOW - timedelta(days=1))
    with pytest.raises(PeopleRefused, match="does not work"):
        people.check_may_register_for(clerk.user, store, NOW)
    closed = MembershipFactory(store=store, user__is_active=False)
    with pytest.raises(PeopleRefused, match="is closed"):
        people.check_may_register_for(closed.user, store, NOW)


def test_a_file_asks_once_for_everybody(clerk, owner, store, django_assert_num_queries):
    with django_assert_num_queries(2):
        users = list(User.objects.prefetch_related("memberships"))
        for user in users:
            people.check_may_register_for(user, store, NOW)


def test_posts_that_headquarters_held_ended_with_the_update(hq, owner):
    [update] = (
        import_module(module.__module__)
        for (app, name), module in MigrationLoader(connection).disk_migrations.items()
        if app == "dealers" and name.endswith("_who_becomes_whom")
    )
    with lifted(Membership):
        own = OwnerFactory(user=hq, dealer=owner.dealer)
    waiting = Invitation.objects.create(
        email="new@example.com", name="新人", role=Role.OWNER, dealer=owner.dealer,
        invited_by=hq, invited_at=NOW, expires_at=NOW + timedelta(days=7),
    )  # fmt: skip
    # As it ran, before a trigger kept whether an invitation needs consent.
    with lifted(Invitation), connection.cursor() as cursor:
        cursor.execute(update.END_POSTS)
        cursor.execute(update.ASK_FOR_CONSENT)
    for row in (own, owner, waiting):
        row.refresh_from_db()
    assert own.ends_at is not None
    assert owner.ends_at is None
    assert waiting.waits_for_consent
