"""What would help a thief most, asked by a login of its own in each role: refused, or nothing.

As somebody does it by hand in psql who has the login that serves requests: it takes a role, says
for whom it acts, and asks. What each statement would get is there, as the tables' owner sees.
"""

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from psycopg.errors import CheckViolation, InsufficientPrivilege, RaiseException

from customers.ownership.activities import record_activity
from dealers import access, alarms, notices
from dealers.actor import Actor
from dealers.models import AccessAction, NoticeKind
from dealers.walls import roles
from dealers.walls.tables import TABLES
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import OwnerFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

# Nobody who serves requests, in whatever role.
WALLS = [
    "TRUNCATE customers_ownership CASCADE",
    "DROP TABLE customers_ownership CASCADE",
    "ALTER TABLE customers_ownership DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE customers_registration DISABLE TRIGGER ALL",
    "DROP POLICY portal_dealer ON customers_customer",
    "CREATE POLICY more ON customers_customer USING (true)",
    "ALTER TABLE dealers_accesslog DISABLE TRIGGER USER",
    "GRANT portal_definer TO portal_dealer",
    "ALTER ROLE portal_login BYPASSRLS",
    "CREATE ROLE thief SUPERUSER LOGIN",
    "CREATE FUNCTION public.look() RETURNS bigint LANGUAGE sql AS 'SELECT 1'",
    "ALTER FUNCTION who_owns RESET search_path",
    "SET LOCAL session_replication_role = replica",
    "SET LOCAL row_security = off; SELECT id FROM customers_customer",
    "SET LOCAL ROLE portal_definer",
    "SET LOCAL ROLE portal_signer",
    "SET LOCAL ROLE postgres",
    "SET LOCAL ROLE {owner}",
    "SET SESSION AUTHORIZATION {owner}",
    "COPY dealers_region TO PROGRAM 'cat'",
    "COPY dealers_region FROM '/etc/passwd'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT rolpassword FROM pg_authid",
    "SELECT last_value FROM customers_registration_id_seq",
]
# What is only ever added.
HISTORY = [
    "DELETE FROM dealers_accesslog",
    "UPDATE dealers_accesslog SET purpose = 'nothing'",
    "DELETE FROM customers_registration",
    "UPDATE customers_registration SET content = ''",
    "DELETE FROM customers_ownershipevent",
    "DELETE FROM dealers_dealerkey",
    "DELETE FROM dealers_link",
    "DELETE FROM customers_consent",
    "SET LOCAL pgtrigger.ignore = '{{dealers_accesslog:access_log_only_added}}';"
    " DELETE FROM dealers_accesslog",
]
# Another dealer's customers; {me} and {them} are the ids of the two dealers.
FOREIGN = [
    "SELECT id FROM customers_customer WHERE dealer_id = {them}",
    "SELECT phone_sealed FROM customers_customer WHERE dealer_id <> {me}",
    "SELECT receipt FROM customers_registration WHERE dealer_id = {them}",
    "SELECT * FROM customers_ownership WHERE dealer_id = {them}",
    "SELECT fingerprint FROM customers_identity WHERE id IN"
    " (SELECT identity_id FROM customers_ownership WHERE dealer_id = {them})",
    "SELECT * FROM customers_identity WHERE id = {person}",
    "SELECT note_sealed FROM customers_activity WHERE dealer_id = {them}",
    "SELECT wrapped FROM dealers_dealerkey WHERE dealer_id = {them}",
    "SELECT * FROM dealers_accesslog WHERE dealer_id = {them}",
    "SELECT * FROM dealers_canary WHERE dealer_id = {them}",
    "SELECT l.* FROM customers_ownershipevent AS l JOIN customers_ownership AS o"
    " ON o.id = l.ownership_id WHERE o.dealer_id = {them}",
    "SELECT * FROM dealers_membership WHERE dealer_id = {them}",
    "SELECT * FROM reveal_read({grant})",
    "UPDATE customers_ownership SET dealer_id = {me} WHERE dealer_id = {them}",
    "UPDATE customers_customer SET dealer_id = {me} WHERE dealer_id = {them}",
    "UPDATE dealers_dealerkey SET wrapped = '', destroyed_at = now()",
    "UPDATE dealers_portalkey SET wrapped = ''",
    "INSERT INTO dealers_keycheck VALUES ('PORTAL_FINGERPRINT_KEY 2', '')",
    "INSERT INTO dealers_keyrotation (kind, done, total, started_at)"
    " VALUES ('fingerprint', 0, 0, now())",
    "INSERT INTO customers_erasure (identity_id, reason, at) VALUES ({person}, 'none', now())",
    "INSERT INTO dealers_sharing (dealer_id, level, at) VALUES ({them}, 3, now())",
    "CREATE TEMPORARY TABLE dealers_membership (id bigint)",
]
# What opens an account, which is for the door alone.
WAYS_IN = [
    "SELECT session_key FROM django_session",
    "UPDATE django_session SET session_data = ''",
    "SELECT password FROM dealers_user",
    "UPDATE dealers_user SET password = ''",
    "SELECT * FROM dealers_signintry",
]
STAFF = ["SELECT email FROM dealers_user WHERE id = {their_owner}"]
POSTS = [
    "INSERT INTO dealers_membership (user_id, role, dealer_id, starts_at)"
    " VALUES ({thief}, 'owner', {them}, now())",
    "UPDATE dealers_user SET is_superuser = true, is_staff = true WHERE id = {thief}",
    "INSERT INTO dealers_user_groups (user_id, group_id) SELECT {thief}, id FROM auth_group",
]
# What a dealer's own people see of it, and whoever is outside does not.
SEALED = [
    "SELECT phone_sealed FROM customers_customer",
    "SELECT name_sealed FROM customers_customer WHERE dealer_id = {me}",
    "SELECT search_tokens FROM customers_customer",
    "SELECT customers_customer FROM customers_customer",
    "SELECT 1 FROM customers_customer WHERE phone_sealed > ''",
    "SELECT note_sealed FROM customers_activity",
    "UPDATE customers_customer SET name_sealed = name_sealed",
    "COPY customers_customer (phone_sealed) TO STDOUT",
]
OWNERS_ALONE = [
    "SELECT * FROM dealers_canary",
    "SELECT * FROM dealers_accessalarm",
    "SELECT * FROM incentives_sharingtrial",
    "SELECT * FROM dealers_notice",
    "INSERT INTO dealers_sharing (dealer_id, level, at) VALUES ({them}, 3, now())",
    "SELECT * FROM reveal_read({grant})",
    "SELECT * FROM who_owns((SELECT ''::bytea), now())",
    "SELECT end_ownership(1, 1)",
    "CREATE TEMPORARY TABLE dealers_membership (id bigint)",
]
TRIED = {
    roles.DEALER: [*FOREIGN, *WAYS_IN, *POSTS, *STAFF],
    roles.LOOKER: [
        *FOREIGN, *SEALED, *WAYS_IN, *POSTS, *STAFF,
        "UPDATE customers_ownership SET protected_until = now() WHERE dealer_id = {me}",
        "INSERT INTO dealers_invitation (dealer_id) VALUES ({me})",
    ],
    roles.REGION: [*FOREIGN, *SEALED, *WAYS_IN, *POSTS, *STAFF],
    roles.HQ: [*SEALED, *OWNERS_ALONE, *WAYS_IN],
    roles.WORKER: [
        "SELECT password FROM dealers_user",
        "UPDATE dealers_user SET password = ''",
        "SELECT * FROM reveal_read({grant})",
    ],
    roles.DOOR: [*FOREIGN, *SEALED, *OWNERS_ALONE, *POSTS],
    roles.PUBLIC: [*FOREIGN, *SEALED, *OWNERS_ALONE, *WAYS_IN, *POSTS, *STAFF,
                   "SELECT * FROM customers_pageentry"],
    # The login itself, which is in no role until it takes one.
    "none": [*FOREIGN, *SEALED, *OWNERS_ALONE, *WAYS_IN, *POSTS, *STAFF],
}  # fmt: skip
# Of these nothing is there to be read, or not by who owns the tables either.
NOTHING_THERE = ("dealers_accessalarm", "sharingtrial", "dealers_signintry", "pageentry",
                 "who_owns", "end_ownership", "reveal_read")  # fmt: skip


@pytest.fixture
def names(clerk, rival, hq, region_manager, client):
    """Two dealers with a customer each, all that is worth something, and who looks for it."""
    RulebookFactory()
    mine, theirs = (
        registered(post.store, name="陈敏", staff=post.user).ownership for post in (clerk, rival)
    )
    for held, post in ((mine, clerk), (theirs, rival)):
        record_activity(
            held.customer, by=Actor.of(post), kind="call", outcome="reached", note="周末来看",
            at=timezone.now(),
        )  # fmt: skip
        access.note(
            AccessAction.LOOK, by=Actor.hq(hq), dealer_id=held.dealer_id, fields="all",
            at=timezone.now(), purpose="why", count=0,
        )  # fmt: skip
    owner = OwnerFactory(dealer=rival.dealer)
    alarms.plant(theirs.customer_id, by=Actor.of(owner), at=timezone.now())
    notices.tell([owner.user], NoticeKind.VOID, "said", to="/", at=timezone.now())
    client.force_login(owner.user)
    grant = access.note(
        AccessAction.REVEAL, by=Actor.hq(hq), dealer_id=theirs.dealer_id, fields="phone",
        customer=theirs.customer_id, purpose="service", at=timezone.now(),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (tables_owner,) = cursor.fetchone()
    return {
        "me": mine.dealer_id, "them": theirs.dealer_id, "person": theirs.identity_id,
        "region": clerk.dealer.region_id, "their_owner": owner.user_id, "grant": grant.pk,
        "thief": UserFactory().pk, "owner": tables_owner,
    }  # fmt: skip


@pytest.fixture
def by_hand():
    """A session of the login that serves requests, past the portal."""
    params = connection.get_connection_params()
    place = {name: params[name] for name in ("host", "port", "dbname") if name in params}
    with psycopg.connect(**place, user=roles.LOGIN) as session:
        yield session


def got(session, role, names, statement):
    """What a role gets by a statement; nothing where the database refuses it."""
    context = {
        "app.actor_id": names["thief"], "app.dealer_id": names["me"], "role": role,
        "app.region_id": names["region"], "app.role": "owner" if role == roles.DEALER else "hq",
    }  # fmt: skip
    with session.transaction(force_rollback=True):
        for name, value in context.items():
            session.execute("SELECT set_config(%s, %s, true)", [name, str(value)])
        try:
            if statement.startswith("COPY") and statement.endswith("STDOUT"):
                with session.cursor().copy(statement) as copied:
                    return list(copied)
            answer = session.execute(statement)
            while answer.nextset():
                pass
            return answer.fetchall() if answer.description else answer.rowcount
        except (InsufficientPrivilege, RaiseException, CheckViolation):
            return None


@pytest.mark.parametrize("role", TRIED)
def test_what_a_thief_would_ask(role, names, by_hand):
    asked = [each.format(**names) for each in dict.fromkeys([*WALLS, *HISTORY, *TRIED[role]])]
    assert len(asked) >= 20

    found = {each: got(by_hand, role, names, each) for each in asked}

    assert {each: what for each, what in found.items() if what} == {}


def test_there_is_something_to_steal(names):
    """Or an empty answer would say nothing."""
    reads = {each for tried in TRIED.values() for each in tried if each.startswith("SELECT")}
    for statement in sorted(reads):
        if not any(word in statement for word in NOTHING_THERE):
            with connection.cursor() as cursor:
                cursor.execute(statement.format(**names))
                assert cursor.fetchall(), statement


@pytest.mark.parametrize("role", [roles.SIGNER, roles.LOGIN])
def test_who_signs_receipts_and_the_login_itself_may_nothing_with_a_table(role):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) AS name WHERE has_any_column_privilege"
            "(%s, name, 'SELECT, INSERT, UPDATE') OR has_table_privilege(%s, name, 'DELETE')",
            [[*TABLES], role, role],
        )
        assert cursor.fetchall() == []


def test_the_login_takes_the_roles_of_requests_and_no_other():
    """What whoever steals it has: all that requests and tasks may do, and nothing sealed open."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname FROM pg_roles WHERE pg_has_role(%s, oid, 'MEMBER') AND rolname <> %s",
            [roles.LOGIN, roles.LOGIN],
        )
        assert {name for (name,) in cursor.fetchall()} == set(roles.TAKEN)
