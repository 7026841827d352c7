"""Who may invite whom, and what a link can do."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from dealers import invitations, people
from dealers.actor import Actor
from dealers.invitations import InvitationRefused
from dealers.models import Invitation, Membership, Notice, OutboxTask, Role, User
from dealers.models.people import NEVER_RAN
from tests.factories.dealers import (
    DealerFactory,
    MembershipFactory,
    OwnerFactory,
    RegionalManagerFactory,
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


def join(invitation, *, at=NOW, shown=None, **fields):
    """As a visitor who came by the mailed link."""
    values = {"name": "李敏", "password": "jia-ju-9920", "phone": None, "language": "zh-hans"}
    shown = invitations.proof(invitation) if shown is None else shown
    return invitations.join(invitation.token, shown, **values | fields, by=Actor.visitor(), at=at)


def accept(invitation, membership, *, at=NOW, shown=None):
    shown = invitations.proof(invitation) if shown is None else shown
    return invitations.accept(invitation.token, shown, by=Actor.of(membership), at=at)


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


def test_what_somebody_sent_whose_post_has_ended_is_not_open_and_can_be_sent_anew(
    owner, manager, login
):
    now = timezone.now()
    theirs = invite(manager, Role.ASSOCIATE, manager.store, at=now)
    own = invite(owner, Role.ASSOCIATE, manager.store, email="other@example.com", at=now)
    page = login(owner).get("/staff/")
    assert {each.pk for each in page.context["invitations"]} == {theirs.pk, own.pk}

    Membership.objects.filter(pk=manager.pk).update(ends_at=now)  # on a planned day
    page = login(owner).get("/staff/")

    assert [each.pk for each in page.context["invitations"]] == [own.pk]
    assert theirs.email not in page.text
    anew = invite(owner, Role.ASSOCIATE, manager.store, at=now)
    theirs.refresh_from_db()
    assert (theirs.revoked_at, anew.revoked_at) == (now, None)
    with pytest.raises(InvitationRefused, match="already invited"):
        invite(owner, Role.ASSOCIATE, manager.store, at=now)


def test_what_people_sent_whose_posts_have_ended_is_withdrawn_by_the_hour(owner, manager, hq):
    now = timezone.now()
    theirs = invite(manager, Role.ASSOCIATE, manager.store, at=now)
    for by, role, scope, email in (
        (owner, Role.ASSOCIATE, manager.store, "other@example.com"),
        (hq, Role.OWNER, owner.dealer, "further@example.com"),
    ):
        invite(by, role, scope, email=email, at=now)
    assert invitations.withdraw_left(now) == 0

    Membership.objects.filter(pk=manager.pk).update(ends_at=now)

    assert invitations.withdraw_left(now) == 1
    assert Invitation.objects.get(revoked_at=now) == theirs


def test_a_post_that_begins_later_is_not_given_once_more(owner, store):
    person = MembershipFactory(store=store, ends_at=NOW - timedelta(days=1))
    invitation = invite(owner, Role.ASSOCIATE, store, email=person.user.email)
    MembershipFactory(user=person.user, store=store, starts_at=NOW + timedelta(days=3))
    with pytest.raises(InvitationRefused, match="already hold"):
        accept(invitation, person)
    invitations.revoke(invitation, by=Actor.of(owner), at=NOW)
    with pytest.raises(InvitationRefused, match="already holds"):
        invite(owner, Role.ASSOCIATE, store, email=person.user.email)


def test_a_post_that_was_ended_before_it_began_is_given_anew(owner, store):
    never = MembershipFactory(store=store, starts_at=NOW + timedelta(days=3))
    people.end_membership(never, by=Actor.of(owner), at=NOW)
    invitation = invite(owner, Role.ASSOCIATE, store, email=never.user.email)
    post, _said = accept(invitation, never)
    assert (post.starts_at, post.ends_at) == (NOW, None)


def test_a_closed_account_is_not_invited(owner, store):
    closed = UserFactory(is_active=False)
    with pytest.raises(InvitationRefused, match="closed"):
        invite(owner, Role.ASSOCIATE, store, email=closed.email)


def test_the_link_is_mailed(owner, store, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        invitation = invite(owner, Role.ASSOCIATE, store, at=datetime.now(UTC))
    (mail,) = mailoutbox
    assert mail.to == ["new@example.com"]
    assert invitations.mailed_link(invitation, SITE) in mail.body


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


def test_a_number_keeps_nobody_out_and_tells_nothing(owner, store):
    UserFactory(phone="+8613800138000", phone_verified=True)
    UserFactory(phone="+8613800138000")
    user = join(invite(owner, Role.ASSOCIATE, store), phone="+8613800138000")
    assert (user.phone, user.phone_verified) == ("+8613800138000", False)


def test_an_existing_account_signs_in_to_accept(owner, store, rival):
    invitation = invite(owner, Role.ASSOCIATE, store, email=rival.user.email)
    with pytest.raises(InvitationRefused, match="already have an account"):
        join(invitation)
    membership, _dropped = accept(invitation, rival)
    assert membership.store == store
    assert rival.user.memberships.count() == 2


def test_a_link_is_for_the_person_it_names(owner, store, rival):
    invitation = invite(owner, Role.ASSOCIATE, store)
    with pytest.raises(InvitationRefused, match="is for"):
        accept(invitation, rival)


def test_a_post_one_holds_already_is_not_taken_twice(owner, manager, store, rival):
    first = invite(owner, Role.ASSOCIATE, store, email=rival.user.email)
    MembershipFactory(user=rival.user, store=store)
    with pytest.raises(InvitationRefused, match="already hold"):
        accept(first, rival)


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


# The mail proves the address, the sender's link does not


@pytest.mark.parametrize("shown", ["", "invented", None])
def test_nobody_joins_by_the_link_that_the_sender_sees(owner, store, shown):
    invitation = invite(owner, Role.ASSOCIATE, store)
    # The proof of another invitation of the same sender to the same address is none either.
    other = invite(owner, Role.STORE_MANAGER, store)
    shown = invitations.proof(other) if shown is None else shown
    with pytest.raises(InvitationRefused, match="Open the link that was sent"):
        join(invitation, shown=shown)
    assert not User.objects.filter(email=invitation.email).exists()


def test_the_sender_s_link_does_not_hold_the_proof(owner, store):
    invitation = invite(owner, Role.ASSOCIATE, store)
    assert invitations.proof(invitation) not in invitations.link(invitation, SITE)
    assert invitations.proves(invitation, invitations.proof(invitation))


def test_the_mail_comes_again_after_a_pause_and_ten_times_at_most(
    owner, store, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        invitation = invite(owner, Role.ASSOCIATE, store, at=datetime.now(UTC))
    with pytest.raises(InvitationRefused, match="on its way"):
        invitations.send_again(invitation.token, at=datetime.now(UTC), site=SITE)
    for hour in range(1, 10):
        at = datetime.now(UTC) + timedelta(hours=hour)
        with django_capture_on_commit_callbacks(execute=True):
            invitations.send_again(invitation.token, at=at, site=SITE)
    assert len(mailoutbox) == 10
    at = datetime.now(UTC) + timedelta(hours=11)
    with pytest.raises(InvitationRefused, match="10 times"):
        invitations.send_again(invitation.token, at=at, site=SITE)


def test_a_message_that_was_given_up_is_not_on_its_way(owner, store):
    now = datetime.now(UTC)
    invitation = invite(owner, Role.ASSOCIATE, store, at=now - timedelta(hours=2))
    invite(owner, Role.ASSOCIATE, store, email="other@example.com", at=now)  # another's task
    invitations.send_again(invitation.token, at=now - timedelta(hours=1), site=SITE)
    with pytest.raises(InvitationRefused, match="on its way"):
        invitations.send_again(invitation.token, at=now - timedelta(minutes=56), site=SITE)
    tasks = OutboxTask.objects.filter(args__0=invitation.pk)
    assert tasks.update(given_up_at=now - timedelta(minutes=58)) == 2
    invitations.send_again(invitation.token, at=now - timedelta(minutes=55), site=SITE)
    invitation.refresh_from_db()
    assert (invitation.mails, invitation.mailed_at) == (3, None)

    # One that is tried again and again is asked for once more after the pause, and comes once.
    later = now - timedelta(minutes=40)
    invitations.resend(invitation, by=Actor.of(owner), at=later, site=SITE)
    assert OutboxTask.objects.to_do().filter(args__0=invitation.pk).count() == 2


def test_a_first_post_at_another_dealer_takes_the_mail_and_drops_what_was_there(
    owner, store, rival
):
    rival.user.phone, rival.user.phone_verified = "+8613800138000", True
    rival.user.save()
    Authenticator.objects.create(user=rival.user, type="webauthn", data={})
    invitation = invite(owner, Role.ASSOCIATE, store, email=rival.user.email)
    with pytest.raises(InvitationRefused, match="Open the link that was sent"):
        accept(invitation, rival, shown="")
    _membership, dropped = accept(invitation, rival)
    assert dropped == [
        "The mobile number 138****8000 is gone. Add it again if it is yours.",
        "1 passkey or second factor is gone.",
        "Left are your e-mail address and your password.",
    ]
    user = User.objects.get(pk=rival.user_id)
    assert (user.phone, user.phone_verified) == (None, False)
    assert not Authenticator.objects.exists()


def test_another_post_at_the_own_dealer_drops_nothing(owner, store, clerk):
    Authenticator.objects.create(user=clerk.user, type="webauthn", data={})
    beside = StoreFactory(dealer=store.dealer)
    invitation = invite(owner, Role.ASSOCIATE, beside, email=clerk.user.email)
    post, dropped = accept(invitation, clerk, shown="")
    assert (post.store, dropped) == (beside, [])
    assert Authenticator.objects.exists()


# Owners


def test_a_first_owner_is_invited_by_headquarters_alone(hq):
    invitation = invite(hq, Role.OWNER, DealerFactory())
    assert not invitation.needs_consent
    join(invitation)


def test_a_later_owner_joins_after_a_present_owner_agreed(
    hq, owner, mailoutbox, django_capture_on_commit_callbacks
):
    now = datetime.now(UTC)
    with django_capture_on_commit_callbacks(execute=True):
        invitation = invite(hq, Role.OWNER, owner.dealer, at=now)
    [asked] = Notice.objects.of(owner.user)
    assert (asked.kind, asked.level, asked.to) == ("owner", "now", "/staff/")
    assert invitation.name in asked.title
    with pytest.raises(InvitationRefused, match="agree first"):
        join(invitation, at=now)

    with django_capture_on_commit_callbacks(execute=True):
        invitations.consent(invitation, by=Actor.of(owner), at=now, site=SITE)
    assert mailoutbox[0].to == [invitation.email]
    with django_capture_on_commit_callbacks(execute=True):
        join(Invitation.objects.get(), at=now)
    assert Notice.objects.of(owner.user).count() == 2


def test_without_an_owner_left_a_second_person_of_headquarters_agrees(hq, owner):
    Membership.objects.update(ends_at=NOW)
    invitation = invite(hq, Role.OWNER, owner.dealer)
    with pytest.raises(InvitationRefused, match="somebody else"):
        invitations.consent(invitation, by=Actor.hq(hq), at=NOW, site=SITE)
    second = UserFactory(is_staff=True)
    invitations.consent(invitation, by=Actor.hq(second), at=NOW, site=SITE)
    assert Invitation.objects.get().consented_by == second
    with pytest.raises(InvitationRefused, match="once"):
        invitations.consent(invitation, by=Actor.hq(second), at=NOW, site=SITE)


def test_nobody_else_agrees(hq, owner, manager, rival):
    invitation = invite(hq, Role.OWNER, owner.dealer)
    for by in (manager, rival, OwnerFactory()):
        with pytest.raises(InvitationRefused, match="somebody else"):
            invitations.consent(invitation, by=Actor.of(by), at=NOW, site=SITE)


def test_who_invited_at_headquarters_and_owns_the_dealer_by_now_does_not_agree(hq, owner, login):
    invitation = invite(hq, Role.OWNER, owner.dealer, at=datetime.now(UTC))
    User.objects.filter(pk=hq.pk).update(is_staff=False, is_superuser=False)
    own = OwnerFactory(user=User.objects.get(pk=hq.pk), dealer=owner.dealer)
    consent = reverse("dealers:consent", args=[invitation.pk])
    for each, offered in ((own, False), (owner, True)):
        page = login(each).get("/staff/")
        assert (consent in page.text) is offered
    page = login(own).post(consent, follow=True)
    assert "somebody else than its sender" in page.text
    assert Invitation.objects.get().consented_at is None
    invitations.consent(invitation, by=Actor.of(owner), at=datetime.now(UTC), site=SITE)


def test_of_two_first_owners_the_second_needs_consent(hq):
    dealer = DealerFactory()
    assert not invite(hq, Role.OWNER, dealer).needs_consent
    assert invite(hq, Role.OWNER, dealer, email="second@example.com").needs_consent


def test_an_owner_may_refuse_a_further_one(hq, owner):
    invitation = invite(hq, Role.OWNER, owner.dealer)
    invitations.revoke(invitation, by=Actor.of(owner), at=NOW)
    with pytest.raises(InvitationRefused, match="somebody else"):
        invitations.consent(invitation, by=Actor.of(owner), at=NOW, site=SITE)


@pytest.mark.parametrize(
    "change",
    [
        {"accepted_at": NOW},
        {"consented_at": NOW},
        {"consented_at": NOW, "consented_by": "sender"},
    ],
)
def test_the_database_lets_no_later_owner_in_without_consent(hq, owner, change):
    invitation = invite(hq, Role.OWNER, owner.dealer)
    if "accepted_at" in change:
        change = {**change, "accepted_by": owner.user}
    if "consented_by" in change:
        change = {**change, "consented_by": hq}
    with pytest.raises(IntegrityError, match=r"invitation_(accepted_with_consent|consent_is_by)"):
        Invitation.objects.filter(pk=invitation.pk).update(**change)


# Headquarters stays out


def test_people_of_headquarters_are_invited_to_no_dealer(hq, owner, store):
    for by, role, scope in [(owner, Role.ASSOCIATE, store), (hq, Role.OWNER, DealerFactory())]:
        with pytest.raises(InvitationRefused, match="headquarters"):
            invite(by, role, scope, email=hq.email)
    invite(hq, Role.REGIONAL_MANAGER, RegionFactory(), email=hq.email)


def test_who_came_to_headquarters_meanwhile_does_not_accept(owner, store):
    person = UserFactory()
    invitation = invite(owner, Role.ASSOCIATE, store, email=person.email)
    User.objects.filter(pk=person.pk).update(is_staff=True)
    by, shown = Actor.hq(User.objects.get(pk=person.pk)), invitations.proof(invitation)
    with pytest.raises(InvitationRefused, match="headquarters"):
        invitations.accept(invitation.token, shown, by=by, at=NOW)


@contextmanager
def switched_off(model, name):
    """Without one trigger of a table, as ``lifted`` does without all of them; one transaction."""
    (trigger,) = [each for each in model._meta.triggers if each.name == name]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        trigger.disable(model)
        yield
        trigger.enable(model)


@pytest.mark.parametrize("power", ["is_staff", "is_superuser"])
def test_the_database_keeps_headquarters_out_of_the_dealers(store, clerk, power):
    with pytest.raises(IntegrityError, match="Headquarters holds no post"), transaction.atomic():
        User.objects.filter(pk=clerk.user_id).update(**{power: True})
    with pytest.raises(IntegrityError, match="Headquarters holds no post"), transaction.atomic():
        MembershipFactory(store=store, user=UserFactory(**{power: True}))
    before = RegionalManagerFactory(user=UserFactory(**{power: True}))
    with (
        pytest.raises(IntegrityError, match="Headquarters holds no post"),
        switched_off(Membership, "membership_stays_the_same_post"),  # which would answer first
    ):
        Membership.objects.filter(pk=before.pk).update(
            role=Role.OWNER, region=None, dealer=store.dealer
        )
    # What was ended before it began is held by nobody.
    begins = timezone.now() + timedelta(days=2)
    planned = MembershipFactory(
        store=store, user=clerk.user, role=Role.STORE_MANAGER, starts_at=begins,
        ends_at=begins + NEVER_RAN,
    )  # fmt: skip
    Membership.objects.filter(pk=clerk.pk).update(ends_at=NOW)
    with switched_off(User, "user_never_becomes_superuser"):
        User.objects.filter(pk=clerk.user_id).update(**{power: True})
    with pytest.raises(IntegrityError, match="Headquarters holds no post"), transaction.atomic():
        Membership.objects.filter(pk=clerk.pk).update(ends_at=None)
    with pytest.raises(IntegrityError, match="Headquarters holds no post"), transaction.atomic():
        Membership.objects.filter(pk=planned.pk).update(ends_at=begins + timedelta(days=1))
