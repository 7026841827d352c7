"""Who may invite whom, and what a link can do."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import connection, transaction

from dealers import invitations
from dealers.actor import Actor
from dealers.invitations import InvitationRefused
from dealers.models import Invitation, Membership, Role, User
from tests.factories.dealers import (
    DealerFactory,
    MembershipFactory,
    OwnerFactory,
    RegionFactory,
    StoreFactory,
    UserFactory,
)

NOW = datetime(2026, 10, 23, 6, 0, tzinfo=UTC)
SITE = "https://portal.example"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def invite(by, role, scope, *, email="New@Example.com", at=NOW):
    """``by`` is a membership, or a user at headquarters."""
    return invitations.invite(
        email=email,
        name="李敏",
        role=role,
        scope=scope,
        by=Actor.of(by) if isinstance(by, Membership) else Actor.signed_in(by),
        at=at,
        site=SITE,
    )


def join(invitation, *, at=NOW, **fields):
    values = {"name": "李敏", "password": "jia-ju-9920", "phone": None, "language": "zh-hans"}
    return invitations.join(invitation.token, **values | fields, by=Actor.visitor(), at=at)


def test_the_owner_invites_staff_to_any_own_store(owner):
    other_store = StoreFactory(dealer=owner.dealer)
    invitation = invite(owner, Role.STORE_MANAGER, other_store)
    assert (invitation.store, invitation.dealer) == (other_store, owner.dealer)
    assert invitation.email == "new@example.com"
    assert invitation.expires_at == NOW + timedelta(days=7)


def test_the_store_manager_invites_associates_of_the_own_store(manager):
    assert invite(manager, Role.ASSOCIATE, manager.store).store == manager.store


def test_headquarters_invites_owners_and_regional_managers(hq):
    assert invite(hq, Role.OWNER, DealerFactory()).role == Role.OWNER
    assert invite(hq, Role.REGIONAL_MANAGER, RegionFactory()).role == Role.REGIONAL_MANAGER


def test_nobody_gives_a_role_or_place_they_do_not_answer_for(
    owner, manager, clerk, region_manager, hq
):
    elsewhere, beside = StoreFactory(), StoreFactory(dealer=owner.dealer)
    for by, role, scope in [
        (owner, Role.ASSOCIATE, elsewhere),
        (owner, Role.OWNER, owner.dealer),
        (owner, Role.REGIONAL_MANAGER, owner.dealer.region),
        (manager, Role.STORE_MANAGER, manager.store),
        (manager, Role.ASSOCIATE, beside),
        (clerk, Role.ASSOCIATE, clerk.store),
        (region_manager, Role.ASSOCIATE, owner.dealer.stores.first()),
        (hq, Role.ASSOCIATE, elsewhere),
        (UserFactory(), Role.OWNER, owner.dealer),
    ]:
        with pytest.raises(InvitationRefused):
            invite(by, role, scope)
    assert not Invitation.objects.exists()


def test_a_scope_that_does_not_fit_the_role_is_refused(owner, hq):
    for by, role, scope in [
        (owner, Role.ASSOCIATE, owner.dealer),
        (hq, Role.OWNER, RegionFactory()),
        (hq, Role.REGIONAL_MANAGER, None),
    ]:
        with pytest.raises(InvitationRefused):
            invite(by, role, scope)


def test_who_holds_the_post_or_is_invited_is_not_invited_again(owner, clerk):
    with pytest.raises(InvitationRefused, match="already holds"):
        invite(owner, Role.ASSOCIATE, clerk.store, email=clerk.user.email)
    first = invite(owner, Role.ASSOCIATE, clerk.store)
    with pytest.raises(InvitationRefused, match="already invited"):
        invite(owner, Role.ASSOCIATE, clerk.store)
    invitations.revoke(first, by=Actor.of(owner), at=NOW)
    invite(owner, Role.ASSOCIATE, clerk.store)


def test_a_closed_account_is_not_invited(owner, store):
    closed = UserFactory(is_active=False)
    with pytest.raises(InvitationRefused, match="closed"):
        invite(owner, Role.ASSOCIATE, store, email=closed.email)


def test_the_link_is_mailed(owner, store, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        invitation = invite(owner, Role.ASSOCIATE, store, at=datetime.now(UTC))
    (mail,) = mailoutbox
    assert mail.to == ["new@example.com"]
    assert f"{SITE}/join/{invitation.token}/" in mail.body


def test_joining_makes_the_account_and_the_post(owner, store):
    invitation = invite(owner, Role.ASSOCIATE, store)
    user = join(invitation, phone="+8613800138000", at=NOW + timedelta(days=6))
    assert user.check_password("jia-ju-9920")
    assert (user.email, user.phone, user.language) == (
        "new@example.com",
        "+8613800138000",
        "zh-hans",
    )
    assert EmailAddress.objects.get(user=user).verified
    membership = user.memberships.get()
    assert (membership.role, membership.store, membership.dealer) == (
        Role.ASSOCIATE,
        store,
        store.dealer,
    )
    invitation.refresh_from_db()
    assert invitation.accepted_by == user


def test_a_link_works_once(owner, store):
    invitation = invite(owner, Role.ASSOCIATE, store)
    join(invitation)
    with pytest.raises(InvitationRefused, match="has been used"):
        join(invitation)


def test_a_link_runs_out_after_seven_days(owner, store):
    invitation = invite(owner, Role.ASSOCIATE, store)
    with pytest.raises(InvitationRefused, match="run out"):
        join(invitation, at=NOW + timedelta(days=7))


def test_a_withdrawn_link_does_nothing(owner, store):
    invitation = invite(owner, Role.ASSOCIATE, store)
    invitations.revoke(invitation, by=Actor.of(owner), at=NOW)
    with pytest.raises(InvitationRefused, match="withdrawn"):
        join(invitation)
    with pytest.raises(InvitationRefused, match="no longer open"):
        invitations.revoke(invitation, by=Actor.of(owner), at=NOW)


def test_a_used_phone_is_refused_and_leaves_nothing(owner, store):
    UserFactory(phone="+8613800138000")
    invitation = invite(owner, Role.ASSOCIATE, store)
    with pytest.raises(InvitationRefused, match="mobile number"):
        join(invitation, phone="+8613800138000")
    assert not User.objects.filter(email=invitation.email).exists()
    assert not invitations.why_closed(Invitation.objects.get(), NOW)


def test_an_existing_account_signs_in_to_accept(owner, store, rival):
    invitation = invite(owner, Role.ASSOCIATE, store, email=rival.user.email)
    with pytest.raises(InvitationRefused, match="already have an account"):
        join(invitation)
    membership = invitations.accept(invitation.token, by=Actor.of(rival), at=NOW)
    assert membership.store == store
    assert rival.user.memberships.count() == 2


def test_a_link_is_for_the_person_it_names(owner, store, rival):
    invitation = invite(owner, Role.ASSOCIATE, store)
    with pytest.raises(InvitationRefused, match="is for"):
        invitations.accept(invitation.token, by=Actor.of(rival), at=NOW)


def test_a_post_one_holds_already_is_not_taken_twice(owner, manager, store, rival):
    first = invite(owner, Role.ASSOCIATE, store, email=rival.user.email)
    MembershipFactory(user=rival.user, store=store)
    with pytest.raises(InvitationRefused, match="already hold"):
        invitations.accept(first.token, by=Actor.of(rival), at=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_on_one_link_the_second_waits_and_is_refused():
    store = StoreFactory()
    invitation = invite(OwnerFactory(dealer=store.dealer), Role.ASSOCIATE, store)

    def join_too():
        try:
            join(invitation, name="张三")
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            join(invitation)
            waiting = pool.submit(join_too)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        with pytest.raises(InvitationRefused):
            waiting.result(timeout=5)
    assert [user.name for user in User.objects.filter(email=invitation.email)] == ["李敏"]
