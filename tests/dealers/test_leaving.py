"""Whoever no longer holds a post opens nothing with what they still have, from that moment on."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from django.utils import timezone

from dealers import access, invitations, people
from dealers.actor import Actor
from dealers.models import (
    AccessAction,
    Export,
    ExportState,
    Invitation,
    Notice,
    NoticeKind,
    Role,
)
from tests.factories.dealers import DealerFactory, MembershipFactory

SITE = "https://portal.example"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def file_of(django_capture_on_commit_callbacks):
    def make(membership):
        export = Export.objects.create(
            dealer_id=membership.dealer_id, membership=membership, title="x", name="x.csv",
            arguments={}, language="en", rows=1, asked_at=timezone.now(),
        )  # fmt: skip
        export.file.save("x.sealed", ContentFile(b"sealed"), save=False)
        export.state = ExportState.DONE
        export.save()
        return export

    return make


def invite(by, name="李敏"):
    return invitations.invite(
        name=name, role=Role.ASSOCIATE, scope=by.store, by=Actor.of(by), at=timezone.now(),
        site=SITE,
    )  # fmt: skip


def ends_it(manager, owner):
    people.end_membership(manager, by=Actor.of(owner), at=timezone.now())


def closes_it(manager, _owner):
    people.close_account(manager.user, at=timezone.now())


@pytest.mark.parametrize("leave", [ends_it, closes_it])
def test_what_they_opened_invited_and_asked_for_ends_in_the_same_transaction(  # noqa: PLR0917
    leave, login, manager, owner, file_of, django_capture_on_commit_callbacks
):
    theirs, export, invited = login(manager), file_of(manager), invite(manager)
    kept, link, client = export.file.name, invitations.link(invited, ""), Client()
    assert theirs.get(f"/exports/{export.pk}/").status_code == 200
    assert client.get(link).status_code == 200

    with django_capture_on_commit_callbacks(execute=True):
        leave(manager, owner)

    assert theirs.get("/customers/").status_code in {302, 404}
    assert client.get(link).status_code == 410
    assert login(manager).get(f"/exports/{export.pk}/").status_code in {302, 404}
    assert not Export.objects.exists()
    assert not default_storage.exists(kept)


@pytest.mark.parametrize("leave", [ends_it, closes_it])
def test_owners_are_told_what_who_left_had_looked_at(leave, clerk, owner):
    access.note(
        AccessAction.REVEAL, by=Actor.of(clerk), dealer_id=clerk.dealer_id, fields="phone",
        purpose="delivery", at=timezone.now(),
    )  # fmt: skip
    leave(clerk, owner)
    (told,) = Notice.objects.of(owner.user).filter(kind=NoticeKind.LEAVER)
    assert told.title.startswith(f"{clerk.user.name} left.")
    assert "looked up 1" in told.title


def test_they_are_told_again_of_who_came_back_and_leaves_later(clerk, owner, hq):
    closes_it(clerk, owner)
    people.reactivate(clerk.user, by=Actor.hq(hq), at=timezone.now())
    access.note(
        AccessAction.REVEAL, by=Actor.of(clerk), dealer_id=clerk.dealer_id, fields="phone",
        purpose="delivery", at=timezone.now(),
    )  # fmt: skip
    people.end_membership(clerk, by=Actor.of(owner), at=timezone.now() + timedelta(days=2))
    told = Notice.objects.of(owner.user).filter(kind=NoticeKind.LEAVER).order_by("at")
    assert ["looked up 1" in each.title for each in told] == [False, True]


def test_a_post_that_stays_because_of_an_error_leaves_everything_as_it_was(
    login, manager, owner, file_of
):
    theirs, export, invited = login(manager), file_of(manager), invite(manager)
    with transaction.atomic():
        ends_it(manager, owner)
        transaction.set_rollback(True)
    assert theirs.get(f"/exports/{export.pk}/").status_code == 200
    assert Invitation.objects.open(timezone.now()).filter(pk=invited.pk).exists()
    assert not Notice.objects.exists()


def test_a_post_elsewhere_keeps_what_is_its_own(manager, owner, file_of):
    other = MembershipFactory(
        user=manager.user, role=Role.STORE_MANAGER, store__dealer=DealerFactory()
    )
    mine, others = file_of(manager), file_of(other)
    ends_it(manager, owner)
    assert list(Export.objects.all()) == [others]
    assert mine.pk != others.pk


def test_what_they_invited_to_in_another_store_stays_open(manager, owner):
    other = MembershipFactory(
        user=manager.user, role=Role.STORE_MANAGER, store__dealer=owner.dealer
    )
    _here, there = invite(manager), invite(other)
    ends_it(manager, owner)
    assert list(Invitation.objects.open(timezone.now())) == [there]


def test_who_answers_for_the_post_and_who_held_it_are_told(clerk, manager, owner):
    people.end_membership(clerk, by=Actor.of(manager), at=timezone.now())
    assert Notice.objects.of(clerk.user).get().title == (
        f"Your post has ended: Associate, {clerk.store}"
    )
    assert clerk.user.name in Notice.objects.of(owner.user).get(kind="post").title
    assert not Notice.objects.of(manager.user).exists()


def test_nobody_joins_by_an_invitation_of_a_post_that_ended_on_its_planned_day(manager, owner):
    """No transaction ends a post whose day has come."""
    at = timezone.now()
    invited = invite(manager)
    told = invitations.claim(invited.token, "+8613800138000", at=at)
    people.change_post(
        manager, role=Role.ASSOCIATE, store=manager.store, by=Actor.of(owner), at=at,
        on=(at + timedelta(days=1)).astimezone(manager.store.tz).date(),
    )  # fmt: skip
    by_then = {"name": "李敏", "password": "x", "language": "en", "by": Actor.visitor()}
    Invitation.objects.filter(pk=told.pk).update(expires_at=at + timedelta(days=7))

    with pytest.raises(invitations.InvitationRefused, match="withdrawn"), transaction.atomic():
        invitations.join(told.token, invitations.proof(told), **by_then, at=at + timedelta(days=2))
    assert invitations.join(told.token, invitations.proof(told), **by_then, at=at)


def test_the_page_of_such_an_invitation_says_so_before_anything_is_typed(manager, client):
    address = invitations.link(invite(manager), "")
    assert client.get(address).status_code == 200

    type(manager).objects.filter(pk=manager.pk).update(ends_at=timezone.now())  # its planned day

    page = client.get(address)
    assert page.status_code == 410
    assert "withdrawn" in page.text


def test_a_code_on_the_screen_is_gone_after_a_quarter_of_an_hour(manager):
    invited = invite(manager)
    at = timezone.now()
    assert not invitations.why_closed(invited, at + timedelta(minutes=14))
    assert invitations.why_closed(invited, at + timedelta(minutes=15))


def test_who_showed_the_code_is_told_who_has_joined(manager, client):
    at = timezone.now()
    invited = invitations.claim(invite(manager).token, "+8613800138000", at=at)
    invitations.join(
        invited.token, invitations.proof(invited), name="李敏", password="x", language="en",
        by=Actor.visitor(), at=at + timedelta(hours=2),
    )  # fmt: skip
    (told,) = Notice.objects.of(manager.user)
    assert told.title == f"李敏 joined: Associate, {manager.store}"
