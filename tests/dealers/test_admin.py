from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dealers import invitations, people
from dealers.actor import Actor
from dealers.models import Invitation, Membership, Role, User
from tests.factories.dealers import MembershipFactory, StoreFactory, UserFactory, member_of

pytestmark = pytest.mark.django_db

PEOPLE = reverse("admin:dealers_user_changelist")
POSTS = reverse("admin:dealers_membership_changelist")
INVITATIONS = reverse("admin:dealers_invitation_changelist")
# What a browser sends along of the list of posts on a person's page.
NO_POSTS = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}


@pytest.fixture
def support(db):
    """A person of the support team."""
    return member_of("support")


def act(client, path, action, *rows, sure=True):
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(path, {**data, "confirmed": "1"} if sure else data, follow=True)


# People


def test_closing_an_account_is_asked_about_and_ends_its_sessions(clerk, login, support):
    theirs = login(clerk)
    client = login(support)
    asked = act(client, PEOPLE, "deactivate", clerk.user, sure=False)
    assert clerk.user.name in asked.text
    assert User.objects.get(pk=clerk.user_id).is_active

    act(client, PEOPLE, "deactivate", clerk.user)
    assert not User.objects.get(pk=clerk.user_id).is_active
    assert theirs.get("/").status_code == 302
    assert LogEntry.objects.get().object_id == str(clerk.user_id)

    act(client, PEOPLE, "reactivate", clerk.user)
    assert User.objects.get(pk=clerk.user_id).is_active


def test_the_same_can_be_done_on_the_persons_page(clerk, login, support):
    page = reverse("admin:dealers_user_change", args=[clerk.user_id])
    data = {"CHANGE_FORM-action": "deactivate", "_selected_action": clerk.user_id}
    client = login(support)
    asked = client.post(page, data)
    assert dict(asked.context["fields"])["CHANGE_FORM-action"] == "deactivate"
    client.post(page, {**data, "confirmed": "1"})
    assert not User.objects.get(pk=clerk.user_id).is_active


def test_nobody_closes_their_own_account(login, hq):
    act(login(hq), PEOPLE, "deactivate", hq)
    assert User.objects.get(pk=hq.pk).is_active


def test_support_changes_nothing_about_headquarters(login, support, hq):
    client = login(support)
    page = reverse("admin:dealers_user_change", args=[hq.pk])
    assert client.post(page, {"name": "新名字", "language": ""}).status_code == 404
    act(client, PEOPLE, "deactivate", hq)
    hq.refresh_from_db()
    assert hq.is_active
    assert hq.name != "新名字"


def test_support_changes_nobodys_name_power_or_e_mail(clerk, login, support):
    page = reverse("admin:dealers_user_change", args=[clerk.user_id])
    before = User.objects.get(pk=clerk.user_id)
    data = {"name": "新名字", "language": "en", "email": "mine@example.com", "is_staff": "on",
            "is_superuser": "on", "groups": list(Group.objects.values_list("pk", flat=True)),
            **NO_POSTS}  # fmt: skip
    client = login(support)
    assert client.get(page).status_code == 200
    assert client.post(page, data).status_code == 404
    user = User.objects.get(pk=clerk.user_id)
    assert (user.name, user.language, user.email) == (before.name, "", before.email)
    assert not any([user.is_staff, user.is_superuser, user.groups.exists()])
    assert not LogEntry.objects.exists()


def test_an_administrator_changes_no_name_of_the_network_s_people(clerk, login, hq):
    page = reverse("admin:dealers_user_change", args=[clerk.user_id])
    posts = {"memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 1,
             "memberships-0-id": clerk.pk, "memberships-0-user": clerk.user_id}  # fmt: skip
    assert login(hq).post(page, {"name": "新名字", **posts}).status_code == 302
    assert User.objects.get(pk=clerk.user_id).name == clerk.user.name
    assert not LogEntry.objects.exists()


def test_an_administrator_changes_the_name_of_who_works_at_no_dealer(
    clerk, region_manager, login, hq
):
    client = login(hq)
    for user in (UserFactory(is_staff=True), region_manager.user):
        page = reverse("admin:dealers_user_change", args=[user.pk])
        data = {"name": "新名字", "is_staff": "on" if user.is_staff else "", **NO_POSTS}
        assert client.post(page, data).status_code == 302
        assert User.objects.get(pk=user.pk).name == "新名字"
        assert LogEntry.objects.filter(object_id=str(user.pk)).exists()
    people.end_membership(clerk, by=Actor.hq(hq), at=timezone.now())  # whose name stays
    page = reverse("admin:dealers_user_change", args=[clerk.user_id])
    client.post(page, {"name": "新名字", **NO_POSTS})
    assert User.objects.get(pk=clerk.user_id).name == clerk.user.name


def test_who_holds_a_post_at_a_dealer_comes_to_headquarters_after_it_ended(clerk, login, hq):
    page = reverse("admin:dealers_user_change", args=[clerk.user_id])
    client = login(hq)
    answer = client.post(page, {"is_staff": "on", **NO_POSTS}, headers={"accept-language": "en"})
    assert "End it first" in str(answer.context["errors"])
    people.end_membership(clerk, by=Actor.hq(hq), at=timezone.now())
    assert client.post(page, {"is_staff": "on", **NO_POSTS}).status_code == 302
    assert User.objects.get(pk=clerk.user_id).is_staff


def test_an_administrator_adds_a_colleague_and_gives_groups(login, hq):
    client = login(hq)
    password = "quite-long-and-unusual-7"
    data = {"email": "New@Example.com", "name": "新同事", "password1": password,
            "password2": password}  # fmt: skip
    answer = client.post(reverse("admin:dealers_user_add"), data)
    assert answer.status_code == 302, answer.context["errors"]
    user = User.objects.get(email="new@example.com")
    assert user.is_staff
    assert user.check_password(password)
    assert not EmailAddress.objects.get(user=user).verified
    again = client.post(reverse("admin:dealers_user_add"), data)
    assert again.status_code == 200
    assert again.context["errors"]

    audit = Group.objects.get(name="audit")
    page = reverse("admin:dealers_user_change", args=[user.pk])
    data = {"name": "新同事", "language": "", "is_staff": "on", "groups": [audit.pk]}
    client.post(page, {**data, **NO_POSTS})
    assert list(user.groups.all()) == [audit]
    assert client.get(PEOPLE, {"group": "audit"}).context["cl"].result_count == 1


def test_only_administrators_add_people(login, support):
    support.groups.add(Group.objects.get(name="program"))
    assert login(support).get(reverse("admin:dealers_user_add")).status_code == 404


def test_only_administrators_forget_second_factors(clerk, login, support, hq):
    Authenticator.objects.create(user=clerk.user, type="totp", data={})
    act(login(support), PEOPLE, "forget_second_factors", clerk.user)
    assert Authenticator.objects.exists()
    act(login(hq), PEOPLE, "forget_second_factors", clerk.user)
    assert not Authenticator.objects.exists()


# Posts


def test_ending_a_post_is_asked_about_and_logged(clerk, login, support):
    client = login(support)
    assert "confirmed" in act(client, POSTS, "end", clerk, sure=False).text
    act(client, POSTS, "end", clerk)
    assert not Membership.objects.current(timezone.now()).filter(pk=clerk.pk).exists()
    assert LogEntry.objects.count() == 1
    act(client, POSTS, "end", clerk)
    assert LogEntry.objects.count() == 1


def test_a_post_is_never_changed_into_another(clerk, login, hq):
    page = reverse("admin:dealers_membership_change", args=[clerk.pk])
    assert login(hq).post(page, {"role": "owner"}).status_code == 404


@pytest.mark.parametrize("group", ["program", "support", ""])
def test_headquarters_appoints_nobody_at_a_dealer(store, login, hq, group):
    """Neither themselves, by which they would read the dealer's customers, nor anybody."""
    user = UserFactory(is_staff=True) if group else hq
    user.groups.set(Group.objects.filter(name=group))
    client = login(user)
    for appointed in (user, UserFactory()):
        data = {"user": appointed.pk, "role": Role.OWNER, "dealer": store.dealer_id,
                "starts_at_0": "2026-01-01", "starts_at_1": "00:00:00"}  # fmt: skip
        client.post(reverse("admin:dealers_membership_add"), data)
    assert not Membership.objects.exists()
    assert client.get("/customers/?view=all&state=any").status_code == 404


def test_who_may_review_may_not_end_posts(clerk, login):
    user = member_of("adjudication")
    client = login(user)
    act(client, POSTS, "end", clerk)
    assert Membership.objects.get(pk=clerk.pk).ends_at is None
    act(client, POSTS, "let_register_again", clerk)
    assert Membership.objects.get(pk=clerk.pk).reviewed_at


# Invitations


def invite(client, store, **changes):
    data = {"name": "林老板", "email": "lin@example.com", "role": Role.OWNER,
            "dealer": store.dealer_id, "region": ""} | changes  # fmt: skip
    return client.post(reverse("admin:dealers_invitation_add"), data, follow=True)


def test_inviting_mails_the_link_and_shows_it_to_the_sender_only(
    store, login, hq, support, django_capture_on_commit_callbacks
):
    client = login(hq)
    with django_capture_on_commit_callbacks(execute=True):
        page = invite(client, store)
    [invitation] = Invitation.objects.all()
    link = reverse("dealers:join", args=[invitation.token])
    assert (invitation.dealer, invitation.invited_by) == (store.dealer, hq)
    assert link in page.text
    assert invitations.mailed_link(invitation, "") in mail.outbox[0].body
    assert invitations.proof(invitation) not in page.text
    assert LogEntry.objects.get().object_id == str(invitation.pk)
    own = reverse("admin:dealers_invitation_change", args=[invitation.pk])
    assert link in client.get(own).text
    assert link not in login(support).get(own).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"dealer": ""},
        {"role": Role.REGIONAL_MANAGER},
        {"role": Role.ASSOCIATE},
        {"email": "not an address"},
    ],
)
def test_an_invitation_that_does_not_fit_is_refused_on_the_form(wrong, store, login, hq):
    page = invite(login(hq), store, **wrong)
    assert page.context["errors"]
    assert "林老板" in page.text
    assert not Invitation.objects.exists()
    assert not LogEntry.objects.exists()


def test_inviting_somebody_twice_is_refused_on_the_form(store, login, hq):
    client = login(hq)
    invite(client, store)
    assert invite(client, store).context["errors"]
    assert Invitation.objects.count() == 1
    assert LogEntry.objects.count() == 1


def test_revoking_closes_the_link_once(store, login, hq):
    client = login(hq)
    invite(client, store)
    [invitation] = Invitation.objects.all()
    assert client.get(INVITATIONS, {"state": "open"}).context["cl"].result_count == 1
    act(client, INVITATIONS, "revoke", invitation)
    assert client.get(INVITATIONS, {"state": "open"}).context["cl"].result_count == 0
    logged = LogEntry.objects.count()
    act(client, INVITATIONS, "revoke", invitation)
    assert LogEntry.objects.count() == logged


def test_another_person_of_headquarters_agrees_to_a_further_owner(owner, login, hq, support):
    client = login(hq)
    page = invite(client, owner)
    [invitation] = Invitation.objects.all()
    assert reverse("dealers:join", args=[invitation.token]) in page.text
    assert "state=consent" in client.get("/admin/").text
    act(client, INVITATIONS, "consent", invitation)
    assert client.get(INVITATIONS, {"state": "consent"}).context["cl"].result_count == 1
    act(login(support), INVITATIONS, "consent", invitation)
    assert Invitation.objects.get().consented_by == support
    assert client.get(INVITATIONS, {"state": "consent"}).context["cl"].result_count == 0


def test_an_address_asks_for_no_column_that_pages_do_not_show(store, login, hq, support):
    invite(login(hq), store)
    [invitation] = Invitation.objects.all()
    client = login(support)

    for page, column in (
        (INVITATIONS, "token"),
        (INVITATIONS, "token__gte"),
        (PEOPLE, "password__startswith"),
    ):
        assert client.get(page, {column: str(invitation.token)}).status_code == 400, column

    asked = {"email": invitation.email, "role__exact": invitation.role}
    assert client.get(INVITATIONS, asked).context["cl"].result_count == 1


# Pages with rows inside


def test_pages_take_the_same_queries_for_five_rows_inside_as_for_one(store, clerk, login, hq):
    client = login(hq)
    pages = [
        reverse("admin:dealers_dealer_change", args=[store.dealer_id]),
        reverse("admin:dealers_user_change", args=[clerk.user_id]),
    ]

    def counts():
        found = []
        for page in pages:
            client.get(page)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(page).status_code == 200
            found.append(len(captured))
        return found

    once = counts()
    for _number in range(4):
        other = StoreFactory(dealer=store.dealer)
        MembershipFactory(user=clerk.user, store=other, starts_at=timezone.now() - timedelta(1))
    assert counts() == once


def test_headquarters_names_an_address(store, login, hq):
    client = login(hq)
    assert invite(client, store, email="").context["errors"]
    page = client.post(reverse("admin:dealers_user_add"), {"email": "", "name": "新同事"})
    assert page.context["errors"]
    assert not Invitation.objects.exists()
