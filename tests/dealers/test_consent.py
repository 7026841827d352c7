"""What the database refuses to whoever gets past the pages: a post that nobody agreed to."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from dealers import invitations
from dealers.actor import Actor
from dealers.models import Invitation, Role
from dealers.walls import check, roles
from tests.factories.dealers import DealerFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
SITE = "https://portal.example"
POST = (
    "INSERT INTO dealers_membership (user_id, role, dealer_id, store_id, region_id, starts_at)"
    " VALUES ({user}, '{role}', {dealer}, {store}, {region}, now())"
)
INVITATION = (
    "INSERT INTO dealers_invitation (token, email, phone, name, role, dealer_id, store_id,"
    " invited_by_id, invited_at, expires_at, needs_consent, mails)"
    " VALUES (gen_random_uuid(), 'x@example.com', '', 'x', '{role}', {dealer}, {store}, {by},"
    " now(), now() + interval '1 day', {needs}, 0)"
)


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount


def acts(membership=None, user=None):
    return {
        "app.actor_id": str(user.pk if user else membership.user_id),
        "app.role": membership.role if membership else "hq",
        "app.dealer_id": str(membership.dealer_id) if membership else "",
        "app.region_id": str(membership.dealer.region_id) if membership else "",
    }


def refused(role, context, statement, by):
    """That the database refuses a statement to a role by the constraint named ``by``."""
    with (
        check.as_role(role, context),
        pytest.raises(IntegrityError) as problem,
        transaction.atomic(),
    ):
        run(statement)
    assert problem.value.__cause__.diag.constraint_name == by


def test_headquarters_gives_nobody_a_post(hq, owner, clerk):
    friend = UserFactory()
    for role, dealer, store, region in (
        (Role.OWNER, owner.dealer_id, "NULL", "NULL"),
        (Role.ASSOCIATE, clerk.dealer_id, clerk.store_id, "NULL"),
        (Role.REGIONAL_MANAGER, "NULL", "NULL", owner.dealer.region_id),
    ):
        given = POST.format(
            user=friend.pk, role=role.value, dealer=dealer, store=store, region=region
        )
        refused(roles.HQ, acts(user=hq), given, "post_is_taken_by_who_was_invited")


def test_headquarters_gives_nobody_a_post_again(hq, owner):
    owner.ends_at = timezone.now()
    owner.save()
    for end in ("NULL", "now() + interval '1 year'"):
        again = f"UPDATE dealers_membership SET ends_at = {end} WHERE id = {owner.pk}"
        refused(roles.HQ, acts(user=hq), again, "post_is_taken_once")
    earlier = "ends_at - interval '1 microsecond'"
    with check.as_role(roles.HQ, acts(user=hq)):
        assert run(f"UPDATE dealers_membership SET ends_at = {earlier} WHERE id = {owner.pk}") == 1


def test_nobody_at_a_dealer_makes_an_owner(clerk, owner):
    raised = POST.format(
        user=clerk.user_id, role="owner", dealer=clerk.dealer_id, store="NULL", region="NULL"
    )
    refused(roles.DEALER, acts(clerk), raised, "post_is_taken_by_the_dealers_own")
    refused(roles.DEALER, acts(owner), raised, "post_is_taken_by_who_was_invited")


def test_at_a_dealer_its_owner_changes_posts_of_its_own_people(clerk, owner):
    manages = POST.format(
        user="{user}", role="store_manager", dealer=clerk.dealer_id, store=clerk.store_id,
        region="NULL",
    )  # fmt: skip
    own, stranger = clerk.user_id, UserFactory().pk
    refused(
        roles.DEALER, acts(owner), manages.format(user=stranger), "post_is_taken_by_the_dealers_own"
    )
    refused(roles.DEALER, acts(clerk), manages.format(user=own), "post_is_taken_by_the_dealers_own")
    ended = MembershipFactory(
        store=clerk.store, starts_at=timezone.now() - timedelta(days=9),
        ends_at=timezone.now() - timedelta(days=1),
    ).user_id  # fmt: skip
    refused(
        roles.DEALER, acts(owner), manages.format(user=ended), "post_is_taken_by_the_dealers_own"
    )
    with check.as_role(roles.DEALER, acts(owner)):
        assert run(manages.format(user=own)) == 1


def test_a_later_owner_is_not_invited_without_consent(hq, owner):
    sent = INVITATION.format(
        role="owner", dealer=owner.dealer_id, store="NULL", by=hq.pk, needs="{needs}"
    )
    for role in (roles.HQ, roles.WORKER):
        refused(role, acts(user=hq), sent.format(needs="false"), "invitation_of_later_owners")
    with check.as_role(roles.HQ, acts(user=hq)):
        assert run(sent.format(needs="true")) == 1


def test_a_first_owner_is_invited_once_without_consent(hq):
    dealer = DealerFactory()
    sent = INVITATION.format(role="owner", dealer=dealer.pk, store="NULL", by=hq.pk, needs="false")
    with check.as_role(roles.HQ, acts(user=hq)):
        assert run(sent) == 1
        with pytest.raises(IntegrityError, match="needs consent"), transaction.atomic():
            run(sent)


def test_nobody_invites_in_another_name_or_to_what_they_do_not_give(hq, owner, clerk):
    own = INVITATION.format(
        role="associate", dealer=clerk.dealer_id, store=clerk.store_id, by="{by}", needs="false"
    )
    refused(roles.HQ, acts(user=hq), own.format(by=hq.pk), "invitation_to_what_they_give")
    refused(roles.DEALER, acts(clerk), own.format(by=owner.user_id), "invitation_by_who_acts")
    with check.as_role(roles.DEALER, acts(owner)):
        assert run(own.format(by=owner.user_id)) == 1


def test_consent_is_in_the_name_of_who_acts(hq, owner, clerk):
    now = timezone.now()
    invitation = invitations.invite(
        name="x", role=Role.OWNER, scope=owner.dealer, by=Actor.hq(hq), at=now, site=SITE,
        email="x@example.com",
    )  # fmt: skip
    assert invitation.needs_consent
    second = UserFactory(is_staff=True)
    agreed = (
        "UPDATE dealers_invitation SET consented_at = now(), consented_by_id = {by}"
        f" WHERE id = {invitation.pk}"
    )
    for role, context, by in (
        (roles.HQ, acts(user=hq), second.pk),
        (roles.DEALER, acts(clerk), owner.user_id),
        (roles.DEALER, acts(clerk), clerk.user_id),
    ):
        refused(role, context, agreed.format(by=by), "invitation_agreed_to_by_who_acts")
    for role, context, by in (
        (roles.HQ, acts(user=second), second.pk),
        (roles.DEALER, acts(owner), owner.user_id),
    ):
        with check.as_role(role, context):
            assert run(agreed.format(by=by)) == 1


def test_that_consent_is_needed_stays_so(hq, owner):
    invitation = invitations.invite(
        name="x", role=Role.OWNER, scope=owner.dealer, by=Actor.hq(hq), at=timezone.now(),
        site=SITE, email="x@example.com",
    )  # fmt: skip
    with pytest.raises(Exception, match="invitation_needs_consent_or_not"), transaction.atomic():
        Invitation.objects.filter(pk=invitation.pk).update(needs_consent=False)
