"""Who acts, and what the database knows about it."""

from io import StringIO

import pytest
from celery import shared_task
from django.core.management import call_command
from django.db import connection, transaction

from dealers.actor import HQ, PUBLIC, WORKER, Actor, acting, tell_and_read, tell_database
from dealers.commands import PortalCommand
from dealers.models import Membership
from tests.factories.dealers import MembershipFactory, OwnerFactory, RegionalManagerFactory

SETTINGS = ("actor_id", "role", "dealer_id", "region_id")
NOBODY = ("", "", "", "")


def told():
    """What the database knows about the actor."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select "
            + ", ".join(f"coalesce(current_setting('app.{name}', true), '')" for name in SETTINGS)
        )
        return cursor.fetchone()


@shared_task(name="tests.who_works")
def who_works():
    return told()


def test_the_holder_of_a_post_acts_in_its_scope(clerk, owner, region_manager):
    assert Actor.of(clerk).role == "associate"
    assert Actor.of(clerk).store_id == clerk.store_id
    assert Actor.of(owner).dealer_id == owner.dealer_id
    assert Actor.of(owner).user_id == owner.user_id
    assert Actor.of(region_manager).region_id == region_manager.region_id
    assert Actor.of(region_manager).dealer_id is None


def test_who_holds_no_post_acts_for_headquarters_only_if_they_work_there(hq, clerk):
    assert Actor.signed_in(hq) == Actor.hq(hq)
    assert Actor.hq(hq).at_hq
    assert Actor.signed_in(hq, clerk) == Actor(hq, clerk, "associate")
    nobody = Actor.signed_in(clerk.user)
    assert (nobody.role, nobody.dealer_id, nobody.at_hq) == ("", None, False)
    assert Actor.visitor().role == PUBLIC


def test_a_worker_works_for_the_person_who_asked(hq):
    asked = Actor.worker("close_month", hq)
    assert (asked.role, asked.user_id, str(asked)) == (WORKER, hq.pk, hq.name)
    assert str(Actor.worker("close_month")) == "close_month"


@pytest.mark.django_db(transaction=True)
def test_the_database_forgets_the_actor_with_the_transaction():
    owner, manager = OwnerFactory(), RegionalManagerFactory()
    with transaction.atomic():
        tell_database(Actor.of(owner))
        assert told() == (str(owner.user_id), "owner", str(owner.dealer_id), "")
        tell_database(Actor.of(manager))
        assert told() == (
            *(str(manager.user_id), "regional_manager"),
            *("", str(manager.region_id)),
        )
    assert told() == NOBODY


@pytest.mark.django_db
def test_what_is_read_with_telling_who_acts_is_read_as_the_actor(django_assert_num_queries):
    """Whoever is at the door sees their own posts alone."""
    post, _another = MembershipFactory(), MembershipFactory()
    with django_assert_num_queries(1):
        assert tell_and_read(Actor(post.user), Membership.objects.all()) == [post]
    assert told() == (str(post.user_id), "", "", "")


@pytest.mark.django_db
def test_who_acts_is_told_where_nothing_is_asked_and_nobody_gets_what_others_read(hq):
    post, another = MembershipFactory(), MembershipFactory()
    tell_database(Actor.hq(hq))
    assert tell_and_read(Actor(post.user), Membership.objects.none()) == []
    assert told() == (str(post.user_id), "", "", "")

    tell_database(Actor.hq(hq))
    everybodys = Membership.objects.all()
    assert {post, another} <= {*everybodys}
    assert tell_and_read(Actor(post.user), everybodys) == [post]


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_the_actor_holds_for_the_block():
    with acting(Actor.worker("nightly")) as actor:
        assert actor.name == "nightly"
        assert told() == ("", WORKER, "", "")
        with transaction.atomic():
            assert told() == ("", WORKER, "", "")
            with acting(Actor.visitor()):
                assert told()[1] == PUBLIC
            assert told() == ("", WORKER, "", "")
    assert told() == NOBODY


@pytest.mark.django_db(transaction=True)
def test_who_is_around_is_said_before_a_block_that_begins_the_transaction():
    """Or the block's own statements were the outer actor's, and those after it nobody's."""
    with acting(Actor.worker("nightly")):
        for _again in range(2):
            with transaction.atomic():
                with acting(Actor.visitor()):
                    assert told()[1] == PUBLIC
                assert told() == ("", WORKER, "", "")
    assert told() == NOBODY


@pytest.mark.django_db(transaction=True)
def test_a_session_keeps_nothing_that_the_next_transaction_would_find():
    """Between two transactions a pooler may give the connection to somebody else."""

    def role():
        return connection.connection.execute("SELECT current_user::text").fetchone()[0]

    connection.ensure_connection()
    owner = role()
    with acting(Actor.worker("nightly")):
        assert told()[1] == WORKER
        assert role() == owner
        with transaction.atomic():
            assert told()[1] == WORKER
            assert role() == "portal_worker"
        assert role() == owner
        with acting(Actor.visitor()):
            assert told()[1] == PUBLIC
        assert told()[1] == WORKER


@pytest.mark.django_db(transaction=True)
def test_a_block_that_fails_leaves_nothing_behind():
    with pytest.raises(ZeroDivisionError), acting(Actor.worker("nightly")):
        raise ZeroDivisionError
    assert told() == NOBODY
    with pytest.raises(ZeroDivisionError), transaction.atomic(), acting(Actor.worker("nightly")):
        raise ZeroDivisionError
    assert told() == NOBODY


@pytest.mark.django_db
def test_within_another_actor_s_transaction_it_is_their_turn_again_afterwards(hq):
    post = MembershipFactory()
    tell_database(Actor.hq(hq))
    with acting(Actor.of(post)):
        assert told()[1] == "associate"
    assert told()[:2] == (str(hq.pk), HQ)


@pytest.mark.django_db
def test_a_task_acts_as_the_worker(hq):
    tell_database(Actor.hq(hq))
    assert who_works() == who_works.delay().get() == ("", WORKER, "", "")
    assert told()[1] == HQ


@pytest.mark.django_db
def test_a_command_acts_as_the_worker():
    class Command(PortalCommand):
        def handle(self, *args, **options):  # noqa: ARG002
            return "|".join((*told(), self.actor.name))

    assert call_command(Command(), stdout=StringIO()) == "|worker|||test_actor"
