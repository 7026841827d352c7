"""A person's account and the staff pages."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from dealers import invitations
from dealers.actor import Actor
from dealers.models import Invitation, Notice, NoticeKind, Role, User
from tests.factories.dealers import (
    MembershipFactory,
    OwnerFactory,
    RegionalManagerFactory,
    StoreFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

SITE = "http://testserver"
ENGLISH = {"accept-language": "en"}


def invite(by, store, email="new@example.com"):
    return invitations.invite(
        email=email,
        name="李敏",
        role=Role.ASSOCIATE,
        scope=store,
        by=Actor.of(by),
        at=datetime.now(UTC),
        site=SITE,
    )


def test_a_person_changes_their_name(login, clerk):
    client = login(clerk)
    assert client.post("/me/", {"name": "李小敏"}).status_code == 302
    assert "李小敏" in client.get("/me/").content.decode()
    assert client.post("/me/", {"name": ""}).status_code == 200
    assert "李小敏" in client.get("/me/").text


def test_another_name_is_told_to_who_answers_for_the_post(login, owner, manager, clerk, rival):
    before = clerk.user.name
    login(clerk).post("/me/", {"name": "李小敏"})
    login(clerk).post("/me/", {"name": "李小敏"})  # the same again: no notice
    told = Notice.objects.filter(kind=NoticeKind.POST)
    assert {notice.user for notice in told} == {owner.user, manager.user}
    with translation.override("en"):
        assert {notice.title for notice in told} == {f"{before} is called 李小敏 from now on."}


@pytest.mark.parametrize("who", ["left", "region_manager", "hq"])
def test_who_works_at_no_dealer_keeps_the_name(login, request, store, who, english):
    person = (
        MembershipFactory(store=store, ends_at=datetime.now(UTC) - timedelta(days=1)).user
        if who == "left"
        else request.getfixturevalue(who)
    )
    user = getattr(person, "user", person)
    client = login(user)
    page = client.get("/me/")
    assert ("stays beside" if who == "left" else "of headquarters change it") in page.text
    assert 'name="name"' not in page.text
    page = client.post("/me/", {"name": "张三"}, follow=True)
    assert page.context["messages"]
    assert User.objects.get(pk=user.pk).name == user.name != "张三"


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/me/", {"name": "李小敏"}),
        (
            "/accounts/password/change/",
            {
                "oldpassword": "portal",
                "password1": "jia-ju-9921",
                "password2": "jia-ju-9921",
            },
        ),
    ],
)
def test_what_a_person_changes_opens_no_account_that_is_closed_meanwhile(
    login, clerk, path, fields
):
    client = login(clerk)
    with CaptureQueriesContext(connection) as asked:
        assert client.post(path, fields).status_code == 302
    changes = [each["sql"] for each in asked if 'UPDATE "dealers_user"' in each["sql"]]
    assert changes
    assert not [sql for sql in changes if '"is_active" =' in sql]


def test_staff_pages_exist_for_owners_and_store_managers(login, owner, manager):
    assert login(owner).get("/staff/").status_code == 200
    assert login(manager).get("/staff/").status_code == 200


@pytest.mark.parametrize("stranger", ["clerk", "region_manager", "hq"])
def test_staff_pages_do_not_exist_for_others(login, owner, clerk, stranger, request):
    invitation = invite(owner, clerk.store)
    client = login(request.getfixturevalue(stranger))
    for path in ("/staff/", "/staff/invite/", f"/staff/{clerk.pk}/end/"):
        assert client.get(path).status_code == 404
    assert client.post(f"/staff/invitations/{invitation.pk}/revoke/").status_code == 404
    assert client.post(f"/staff/{clerk.pk}/end/").status_code == 404


def test_staff_of_another_dealer_do_not_exist(login, owner, rival, manager):
    theirs = MembershipFactory(store=rival.store, role=Role.STORE_MANAGER)
    invitation = invite(theirs, rival.store)
    for ours in (owner, manager):
        client = login(ours)
        page = client.get("/staff/").content.decode()
        assert rival.user.email not in page
        assert "new@example.com" not in page
        assert client.get(f"/staff/{rival.pk}/end/").status_code == 404
        assert client.post(f"/staff/{rival.pk}/end/").status_code == 404
        assert client.post(f"/staff/invitations/{invitation.pk}/revoke/").status_code == 404
    rival.refresh_from_db()
    assert rival.ends_at is None


def test_a_store_manager_sees_the_own_store(login, manager, clerk):
    elsewhere = MembershipFactory(store=StoreFactory(dealer=manager.dealer))
    page = login(manager).get("/staff/").content.decode()
    assert clerk.user.email in page
    assert elsewhere.user.email not in page


@pytest.mark.parametrize("count", [1, 5])
def test_the_staff_list_needs_the_same_queries(
    login, owner, store, count, django_assert_num_queries
):
    MembershipFactory.create_batch(count, store=store)
    client = login(owner)
    client.get("/staff/")
    # Savepoint and release; door, session, person with posts, actor; staff, invitations.
    with django_assert_num_queries(8):
        assert len(client.get("/staff/").context["posts"]) == count + 1


def test_staff_are_filtered_by_store_and_state(login, owner, clerk):
    other = MembershipFactory(store=StoreFactory(dealer=owner.dealer))
    MembershipFactory(store=clerk.store, ends_at=datetime(2020, 1, 1, tzinfo=UTC))
    client = login(owner)
    assert client.get("/staff/", {"store": other.store.code}).context["posts"] == [other]
    assert len(client.get("/staff/", {"view": "former"}).context["posts"]) == 1
    assert client.get("/staff/", {"store": "unknown"}).context["posts"] == []


def test_a_store_stays_chosen_where_nobody_has_left_it(login, owner, clerk):
    """Or the list would be empty below a choice of all stores, or of none."""
    gone = MembershipFactory(
        store=StoreFactory(dealer=owner.dealer), ends_at=datetime(2020, 1, 1, tzinfo=UTC)
    )
    page = login(owner).get("/staff/", {"view": "former", "store": clerk.store.code})
    assert page.context["posts"] == []
    assert {*page.context["stores"]} == {gone.store, clerk.store}
    assert f'<option value="{clerk.store.code}" selected>' in page.text


def test_the_staff_list_is_a_file_too(login, owner):
    MembershipFactory(store=StoreFactory(dealer=owner.dealer, name="永康街店"), user__name="=2+3")
    answer = login(owner).get("/staff/", {"export": "csv"})
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/csv")
    assert text.startswith("\ufeff")
    assert "'=2+3," in text
    assert "永康街店" in text


def test_a_post_begins_on_the_day_of_its_store(login, owner):
    """Midnight in Auckland is the evening before where the owner reads."""
    store = StoreFactory(dealer=owner.dealer, timezone="Pacific/Auckland")
    MembershipFactory(store=store, starts_at=datetime(2026, 4, 30, 12, tzinfo=UTC))
    client = login(owner)

    assert 'datetime="2026-05-01"' in client.get("/staff/").text
    assert "2026-05-01" in client.get("/staff/", {"export": "csv"}).content.decode()


def test_an_invitation_goes_out_and_its_link_can_be_copied_and_scanned(
    login, owner, store, mailoutbox, django_capture_on_commit_callbacks
):
    client = login(owner)
    fields = {"name": "李敏", "address": "new@example.com", "role": "associate", "store": store.pk}
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/staff/invite/", fields)
    invitation = Invitation.objects.get()
    assert answer.url == f"/staff/invitations/{invitation.pk}/"
    link = f"{SITE}/join/{invitation.token}/"
    assert invitations.mailed_link(invitation, SITE) in mailoutbox[0].body
    assert answer.url in client.get("/staff/").text
    for _again in range(2):
        page = client.get(answer.url).text
        assert f'value="{link}"' in page
        assert "<svg" in page
        assert invitations.proof(invitation) not in page


def test_the_page_of_an_invitation_is_for_who_may_give_the_post(login, owner, clerk, manager):
    invitation = invite(owner, clerk.store)
    address = f"/staff/invitations/{invitation.pk}/"
    assert login(manager).get(address).status_code == 200
    for who in (clerk, OwnerFactory()):
        assert login(who).get(address).status_code == 404
        assert login(who).post(f"{address}resend/").status_code == 404
    invitations.revoke(invitation, by=Actor.of(owner), at=datetime.now(UTC))
    page = login(owner).get(address, headers=ENGLISH).text
    assert "was withdrawn" in page
    assert invitations.link(invitation, SITE) not in page


def test_an_invitation_is_sent_again_and_valid_for_longer(
    login, owner, store, mailoutbox, django_capture_on_commit_callbacks
):
    invitation = invite(owner, store)
    Invitation.objects.update(
        mailed_at=datetime.now(UTC) - timedelta(days=5),
        expires_at=datetime.now(UTC) + timedelta(days=2),
    )
    address = f"/staff/invitations/{invitation.pk}/"
    with django_capture_on_commit_callbacks(execute=True):
        assert login(owner).post(f"{address}resend/").url == address
    [mail] = mailoutbox
    assert invitations.mailed_link(invitation, SITE) in mail.body
    invitation.refresh_from_db()
    assert invitation.expires_at > datetime.now(UTC) + timedelta(days=6)
    page = login(owner).post(f"{address}resend/", follow=True, headers=ENGLISH)
    assert "on its way" in page.text
    assert len(mailoutbox) == 1


def test_a_refused_invitation_says_why_on_the_form(login, owner, clerk):
    fields = {
        "name": "李敏",
        "address": clerk.user.email,
        "role": "associate",
        "store": clerk.store_id,
    }
    answer = login(owner).post("/staff/invite/", fields, headers=ENGLISH)
    assert "already holds this post" in answer.content.decode()
    other = StoreFactory()
    answer = login(owner).post("/staff/invite/", fields | {"store": other.pk})
    assert answer.context["form"].errors["store"]


def test_an_owner_withdraws_an_invitation(login, owner, store, client):
    invitation = invite(owner, store)
    assert login(owner).post(f"/staff/invitations/{invitation.pk}/revoke/").url == "/staff/"
    assert client.get(f"/join/{invitation.token}/").status_code == 410
    assert login(owner).post(f"/staff/invitations/{invitation.pk}/revoke/").url == "/staff/"


def test_ending_a_post_is_asked_first(login, owner, clerk):
    client = login(owner)
    assert client.get(f"/staff/{clerk.pk}/end/").status_code == 200
    clerk.refresh_from_db()
    assert clerk.ends_at is None
    assert client.post(f"/staff/{clerk.pk}/end/").url == "/staff/"
    clerk.refresh_from_db()
    assert clerk.ends_at is not None
    assert login(clerk).get("/").status_code == 200


def test_one_cannot_end_the_own_post(login, owner):
    assert login(owner).get(f"/staff/{owner.pk}/end/").status_code == 404


def test_an_owner_agrees_to_a_further_one(login, owner, hq):
    invitation = invitations.invite(
        email="new@example.com", name="林老板", role=Role.OWNER, scope=owner.dealer,
        by=Actor.hq(hq), at=datetime.now(UTC), site=SITE,
    )  # fmt: skip
    client = login(owner)
    consent = f"/staff/invitations/{invitation.pk}/consent/"
    assert consent in client.get("/staff/").text
    assert login(OwnerFactory()).post(consent).status_code == 404
    assert client.post(consent).url == "/staff/"
    assert Invitation.objects.get().consented_by == owner.user
    assert consent not in client.get("/staff/").text
    assert client.post(consent).url == "/staff/"


def test_the_switcher_shows_with_two_posts_only(login, clerk):
    assert 'action="/me/post/"' not in login(clerk).get("/").content.decode()
    MembershipFactory(user=clerk.user)
    assert 'action="/me/post/"' in login(clerk).get("/").content.decode()


def test_without_a_post_one_is_told_whom_to_ask(login):
    user = UserFactory()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    assert login(user).get("/").status_code == 200


def test_an_owner_without_a_store_is_told_what_is_missing_and_who_helps(login):
    owner = OwnerFactory()
    helper = RegionalManagerFactory(region=owner.dealer.region)
    client = login(owner)
    for address in ("/", "/capture/", "/staff/invite/"):
        page = client.get(address, headers=ENGLISH).text
        assert "has no store yet" in page
        assert helper.user.email in page
    StoreFactory(dealer=owner.dealer)
    for address in ("/", "/capture/", "/staff/invite/"):
        assert "has no store yet" not in client.get(address, headers=ENGLISH).text


def test_owners_read_in_words_what_their_staff_may_do(login, owner, store):
    client = login(owner)
    for address in ("/staff/", "/staff/invite/"):
        page = client.get(address, headers=ENGLISH).text
        assert "What each role may do" in page
        assert "sees only what registrations of the store bring" in page
        assert "neither sees names" not in page
        assert "headquarters sees only as far as you share them" in page
