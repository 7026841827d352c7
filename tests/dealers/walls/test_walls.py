"""The walls in the database: who sees which rows, and whether it is noticed when one falls."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, ProgrammingError, connection, transaction
from django.utils import timezone

from customers.models import Customer, Identity, Ownership
from customers.ownership import line
from dealers import access, alarms, invitations, notices, sharing
from dealers.actor import Actor, NobodyActs, acting
from dealers.models import (
    AccessAction,
    AccessLog,
    Invitation,
    Level,
    Membership,
    Notice,
    NoticeKind,
    User,
)
from dealers.walls import building, check, roles
from incentives.models import Board, Length, Metric, Unit
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, RegionalManagerFactory, UserFactory
from tests.factories.training import VersionFactory
from training.models import Enrollment

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def mine(clerk):
    RulebookFactory()
    return registered(clerk.store).ownership


@pytest.fixture
def theirs(mine, rival):
    return registered(rival.store).ownership


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def test_a_dealer_sees_its_own_and_no_other(clerk, mine, theirs):
    with acting(Actor.of(clerk)):
        assert list(Ownership.objects.all()) == [mine]
        assert list(Customer.objects.all()) == [mine.customer]
        assert list(Identity.objects.all()) == [mine.identity]


def test_a_region_sees_its_dealers(region_manager, mine, theirs):
    with acting(Actor.of(region_manager)):
        assert list(Ownership.objects.all()) == [mine]
    with acting(Actor.of(RegionalManagerFactory())):
        assert not Ownership.objects.exists()


def test_what_a_person_is_told_is_theirs_alone(clerk, owner, hq):
    notices.tell([clerk.user], NoticeKind.VOID, "said", to="/", at=NOON)
    told = Notice.objects.get()
    forged = {"kind": NoticeKind.VOID, "level": "now", "at": NOON, "copy_at": NOON, "to": "/"}
    with acting(Actor.of(clerk)):
        assert Notice.objects.get() == told
    for actor in (Actor.of(owner), Actor.hq(hq), Actor(hq)):
        with acting(actor):
            assert not Notice.objects.exists()
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                Notice.objects.create(user=clerk.user, **forged)


def test_learning_is_seen_where_a_person_works_now(clerk, owner, rival, region_manager):
    begun = Enrollment.objects.create(user=clerk.user, version=VersionFactory())
    for actor in (Actor.of(clerk), Actor.of(owner), Actor.of(region_manager)):
        with acting(actor):
            assert Enrollment.objects.get() == begun, actor
    with acting(Actor.of(rival)):
        assert not Enrollment.objects.exists()
    with acting(Actor.of(owner)):
        change = Enrollment.objects.filter(pk=begun.pk)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            change.update(passed_at=NOON)
    clerk.ends_at = timezone.now()
    clerk.save()
    with acting(Actor.of(owner)):
        assert not Enrollment.objects.exists()


def test_who_works_elsewhere_is_not_known(clerk, owner, rival, hq, region_manager):
    mine = {clerk.user, owner.user, hq, region_manager.user}
    with acting(Actor.of(owner)):
        assert set(User.objects.all()) == mine
        assert set(Membership.objects.all()) == {clerk, owner, region_manager}
    with acting(Actor.of(region_manager)):
        assert set(User.objects.all()) == mine
    with acting(Actor(rival.user)):
        assert Membership.objects.get() == rival
    with acting(Actor.visitor()):
        assert not Membership.objects.exists()


def test_who_left_another_dealer_is_not_known_until_they_answer_for_a_region(clerk, rival):
    Membership.objects.filter(pk=rival.pk).update(ends_at=timezone.now() - MINUTE)
    with acting(Actor.of(clerk)):
        assert not User.objects.filter(pk=rival.user_id).exists()

    RegionalManagerFactory(user=rival.user)
    with acting(Actor.of(clerk)):
        assert User.objects.filter(pk=rival.user_id).exists()


def test_who_looked_at_customers_is_named_wherever_they_went(owner, rival, hq):
    access.note(
        AccessAction.LOOK, by=Actor.hq(hq), dealer_id=owner.dealer_id, fields="all",
        at=timezone.now(), purpose="why", count=0,
    )  # fmt: skip
    hq.is_staff = hq.is_superuser = False
    hq.save()
    MembershipFactory(user=hq, store=rival.store)
    with acting(Actor.of(owner)):
        assert AccessLog.objects.select_related("user").get().user == hq


def refused(statement):
    """Whether a statement fails, or finds no row."""
    try:
        with transaction.atomic():
            return not run(statement)
    except (ProgrammingError, InternalError, IntegrityError):
        return True


@pytest.mark.parametrize(
    "forgery",
    [
        "INSERT INTO dealers_membership (user_id, role, dealer_id, starts_at)"
        " VALUES ({user}, 'owner', {them}, now())",
        "UPDATE dealers_user SET is_staff = true WHERE id = {user}",
        "UPDATE dealers_user SET is_superuser = true WHERE id = {user}",
        "INSERT INTO dealers_user (password, is_superuser, name, language, is_staff, is_active,"
        " phone_verified, email, date_joined)"
        " VALUES ('', false, 'x', '', true, true, false, 'x@example.com', now())",
        "INSERT INTO dealers_user_groups (user_id, group_id) VALUES ({user}, 1)",
    ],
)
def test_nobody_gives_themselves_a_post_or_a_right(forgery, clerk, rival):
    thief = UserFactory().pk
    forgery = forgery.format(user=thief, them=rival.dealer_id)
    context = {
        "app.actor_id": str(thief),
        "app.dealer_id": str(clerk.dealer_id),
        "app.region_id": str(clerk.dealer.region_id),
    }
    for role in (roles.DEALER, roles.REGION, roles.DOOR, roles.PUBLIC):
        with check.as_role(role, context):
            assert refused(forgery), role


def test_an_invitation_is_the_dealers_own(owner, clerk, rival):
    invitation = invitations.invite(
        name="x", role="associate", scope=clerk.store, by=Actor.of(owner), at=NOON,
        site="https://portal.example", email="x@example.com",
    )  # fmt: skip
    with acting(Actor.of(owner)):
        assert Invitation.objects.get() == invitation
    with acting(Actor.of(rival)):
        assert not Invitation.objects.exists()
    with acting(Actor.visitor()):
        assert invitations.of_token(invitation.token) == invitation
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Invitation.objects.exists()


def test_headquarters_and_the_worker_see_all(hq, mine, theirs):
    for actor in (Actor.hq(hq), Actor.worker("task")):
        with acting(actor):
            assert set(Ownership.objects.all()) == {mine, theirs}


def test_who_is_not_known_reads_nothing_of_a_dealer(mine):
    with (
        acting(Actor.visitor()),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        Ownership.objects.exists()


def test_a_post_of_nothing_acts_for_nobody(clerk):
    """Its pages would be empty, as if there were no customers."""
    clerk.dealer = clerk.store = None
    with pytest.raises(NobodyActs), acting(Actor.of(clerk)):
        pass


def test_another_dealers_row_is_neither_written_nor_taken(clerk, mine, theirs):
    card = theirs.customer
    with acting(Actor.of(clerk)):
        assert Ownership.objects.filter(pk=theirs.pk).update(staff=clerk.user) == 0
        card.pk = uuid4()
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            card.save(force_insert=True)


def test_no_event_is_added_to_another_dealers_ownership(clerk, mine, theirs, region_manager):
    registration = mine.registrations.get().pk
    added = (
        "INSERT INTO customers_ownershipevent"
        " (ownership_id, kind, at, recorded_at, protected_until, rulebook_id, registration_id)"
        " SELECT {}, 'ended', now(), now(), now(), rulebook_id, id"
        f" FROM customers_registration WHERE id = {registration}"
    )
    for actor in (Actor.of(clerk), Actor.of(region_manager)):
        with (
            acting(actor),
            pytest.raises(ProgrammingError, match="another dealer"),
            transaction.atomic(),
        ):
            run(added.format(theirs.pk))
    with acting(Actor.of(clerk)):
        assert run(added.format(mine.pk)) == 1


def who_owns(identity):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM who_owns(%s, 'infinity')", [identity.fingerprint])
        return dict(zip([it.name for it in cursor.description], cursor.fetchone(), strict=True))


def test_who_owns_tells_another_dealer_no_more_than_an_answer_takes(clerk, mine, rival, theirs):
    person = theirs.identity
    with acting(Actor.of(rival)):
        assert who_owns(person)["held_contact_due_at"] is not None
    with acting(Actor.of(clerk)):
        told = who_owns(person)
        assert told["held_id"] == theirs.pk
        kept = ("staff", "contact_due_at", "contacted_at", "sold_at", "follow_up_on")
        assert {told[f"held_{name}"] for name in kept} == {None}


def test_who_owns_tells_no_dealer_what_time_will_do_nor_that_somebody_waits(clerk, mine, rival):
    now = timezone.now()
    owned = registered(rival.store, phone="13800008000", at=now).ownership
    refused = registered(clerk.store, phone="13800008000", at=now + MINUTE)
    line.stand(refused, by=Actor.of(clerk), at=now + MINUTE)

    with acting(Actor.worker("time")):
        told = who_owns(owned.identity)
        assert (told["waits"], told["due_at"]) == (True, owned.period.upper)
    with acting(Actor.of(rival)):  # the owner, for whom nobody is to seem to wait
        told = who_owns(owned.identity)
        assert (told["waits"], told["due_at"]) == (False, None)
    with acting(Actor.of(clerk)):  # who knows that it waits, and not until when
        told = who_owns(owned.identity)
        assert (told["waits"], told["due_at"]) == (True, None)


def test_end_ownership_ends_nothing_that_a_registration_did_not_win(clerk, mine, theirs):
    registration = mine.registrations.get()
    with (
        acting(Actor.of(clerk)),
        pytest.raises(IntegrityError, match="end_ownership"),
        transaction.atomic(),
    ):
        run(f"SELECT end_ownership({theirs.pk}, {registration.pk})")


@pytest.mark.parametrize("role", [roles.REGION, roles.HQ, roles.DOOR, roles.PUBLIC])
def test_only_a_dealer_and_the_worker_ask_across_dealers(role, mine):
    person = mine.identity
    with check.as_role(role), pytest.raises(ProgrammingError), transaction.atomic():
        who_owns(person)


def test_the_walls_stand(mine, theirs, clerk, region_manager):
    # Whoever answers for a region is told to everybody, and works for no dealer.
    assert region_manager.user.memberships.get().dealer is None
    assert list(check.findings()) == []
    call_command("check_isolation")


def test_places_that_the_whole_network_may_see_are_no_hole(mine, theirs):
    board = Board.objects.create(
        length=Length.MONTH, starts_on=date(2026, 1, 1), metric=Metric.NET_SALES, unit=Unit.STORE
    )
    for held in (mine, theirs):
        board.rankings.create(cohort="all", store=held.store, dealer=held.dealer, value=1, of=2)

    assert list(check.findings()) == []


@pytest.mark.parametrize(
    "broken",
    [
        "ALTER TABLE customers_customer DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE customers_customer NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY portal_dealer ON customers_customer",
        "ALTER POLICY portal_dealer ON customers_customer USING (true)",
        "ALTER POLICY portal_region ON customers_ownership WITH CHECK (true)",
        "ALTER POLICY portal_dealer ON customers_customer TO portal_dealer, portal_door",
        "CREATE POLICY more ON customers_customer USING (true)",
        "GRANT SELECT ON customers_customer TO portal_public",
        "GRANT TRUNCATE ON customers_customer TO portal_hq",
        "GRANT SELECT ON customers_customer TO portal_hq",
        "GRANT SELECT (name_sealed) ON customers_customer TO portal_region",
        "REVOKE SELECT (dealer_id) ON customers_customer FROM portal_hq",
        "GRANT SELECT (reason) ON customers_erasure TO portal_dealer",
        "GRANT UPDATE (answer) ON customers_registration TO portal_dealer",
        "REVOKE UPDATE (id) ON customers_registration FROM portal_dealer",
        "REVOKE SELECT ON customers_customer FROM portal_dealer",
        "GRANT SELECT ON django_session TO portal_dealer",
        "GRANT SELECT (password) ON dealers_user TO portal_hq",
        "GRANT UPDATE (password) ON dealers_user TO portal_worker",
        "ALTER POLICY portal_hq ON mfa_authenticator USING (true)",
        "CREATE TABLE more (id bigint)",
        "CREATE FUNCTION more() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC',"
        " current_database()); END $$",
        "DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM portal_worker',"
        " current_database()); END $$",
        "GRANT EXECUTE ON FUNCTION reveal_read TO portal_dealer",
        "GRANT EXECUTE ON FUNCTION who_owns TO portal_door",
        "GRANT CREATE ON SCHEMA public TO portal_dealer",
    ],
)
def test_a_wall_that_falls_is_noticed(broken, mine, theirs, capsys):
    run("SET LOCAL lock_timeout = 0")  # the registrations of the test wait no longer
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run(broken)
    with pytest.raises(CommandError):
        call_command("check_isolation")


def test_what_headquarters_shall_not_see_is_tried_as_well(mine, owner, clerk):
    """By reading, and not only by what the catalogue says."""
    alarms.plant(mine.customer_id, by=Actor.of(owner), at=timezone.now())
    notices.tell([clerk.user], NoticeKind.VOID, "said", to="/", at=NOON)
    sharing.choose(Level.FINGERPRINT, by=Actor.of(owner), at=timezone.now())
    assert list(check.findings()) == []

    tables = ("dealers_canary", "customers_customer", "dealers_notice")
    run("SET CONSTRAINTS ALL IMMEDIATE")
    for table in tables:
        run(f"ALTER POLICY portal_hq ON {table} USING (true)")
    run("GRANT SELECT (name_sealed) ON customers_customer TO portal_looker")
    said = "\n".join(check.findings())
    for table in tables:
        assert f"The role portal_hq sees 1 rows of {table}" in said
    assert "The role portal_looker may read name_sealed of customers_customer, which is" in said


@pytest.mark.parametrize("role", [*roles.TAKEN, roles.LOGIN])
def test_only_the_worker_makes_tables_of_its_own(role):
    assert run(f"SELECT has_database_privilege('{role}', current_database(), 'TEMPORARY')") == [
        (role == roles.WORKER,)
    ]


def test_whoever_else_was_let_make_tables_makes_none_any_more(capsys):
    run(
        "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO portal_hq',"
        " current_database()); END $$"
    )
    call_command("setup_roles", sql=True)
    assert "FROM PUBLIC, portal_hq;" in capsys.readouterr().out
    building.build(anew=True)
    may = "SELECT has_database_privilege('{}', current_database(), 'TEMPORARY')"
    assert run(may.format(roles.HQ)) == [(False,)]
    assert run(may.format(roles.WORKER)) == [(True,)]


def test_a_function_that_is_somebody_else_s_is_left_to_them():
    name = "of_who_administers_the_server()"
    connection.as_administrator(f"CREATE FUNCTION {name} RETURNS int LANGUAGE sql AS 'SELECT 2'")
    try:
        building.build(anew=True)
        left = [said for said in check.catalogue() if name in said]
    finally:
        connection.as_administrator(f"DROP FUNCTION {name}")
    assert all(f"ALTER FUNCTION {name} SET search_path" in said for said in left)


def test_every_function_of_ours_says_where_it_looks_for_tables():
    """No table of whoever sets a trigger off is read in the place of ours."""
    unfixed = run(
        "SELECT proname, prosrc FROM pg_proc AS p WHERE pronamespace = 'public'::regnamespace"
        " AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')"
        " AND proconfig IS DISTINCT FROM ARRAY['search_path=pg_catalog, public, pg_temp']"
    )
    assert unfixed == [("_pgtrigger_should_ignore", "SELECT false")]


def test_what_is_built_again_is_as_before():
    building.build(anew=True)
    building.build(anew=True)
    assert list(check.findings()) == []


def test_the_statements_for_an_administrator(capsys):
    call_command("setup_roles", "--sql")
    printed = capsys.readouterr().out
    assert "CREATE ROLE portal_dealer NOLOGIN" in printed
    assert "CREATE POLICY portal_dealer ON customers_customer" in printed
