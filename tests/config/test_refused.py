"""What the database itself refuses to the portal's own role, act by act, whatever a page thinks.

Some acts stay with whoever owns the tables: to switch a trigger off or drop it, to drop a
constraint or a table; and nothing tells a row that was made up, with all that belongs to it, from
one that a page has made.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from customers.numbers import change_number
from customers.orders.recording import GivenLine, record_order
from customers.ownership.activities import record_activity
from customers.ownership.voids import void
from dealers import vault
from dealers.actor import Actor
from dealers.keys import held
from dealers.models import AccessLog, FileImport, ImportState, Invitation, Role
from incentives.models import Cohort, Program
from incentives.plans.versions import new_version
from tests.factories.customers import (
    CategoryFactory,
    RulebookFactory,
    number_of,
    phone_number,
    registered,
)
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory, UserFactory
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
)
from tests.factories.stories import owner_of
from tests.factories.training import begun, read, take
from tests.factories.training import published as published_course

pytestmark = pytest.mark.django_db


def outcome(sql: str, named: dict) -> str:
    """What the database says to an act, also at the commit; nothing of it stays."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.format_map(named))
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)
    except DatabaseError as refused:
        return str(refused)
    return f"done to {cursor.rowcount}"


def let_through(acts: dict[str, str], named: dict) -> dict[str, str]:
    """The acts that are not refused by the rule named beside them, with what happened instead."""
    with connection.cursor() as cursor:  # what waits for the commit stands in the way of TRUNCATE
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    said = {act: outcome(act, named) for act in acts}
    return {act: said[act] for act, rule in acts.items() if rule not in said[act]}


def columns(table: str, **changed: str) -> str:
    """A copy of a table's rows with other values in these columns and a key of its own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped AND attgenerated = ''",
            [table],
        )
        names = [row[0] for row in cursor.fetchall() if row[0] != "id" or "id" in changed]
    values = ", ".join(changed.get(name, f't."{name}"') for name in names)
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table} ({quoted}) SELECT {values} FROM {table} AS t"


def sold(store, customer, day, external_id, returns=None):
    """An order of two lines, of 300.00 together, or the return of its first line."""
    given = [(1, "100.00"), (2, "200.00")] if returns is None else [(1, "100.00")]
    lines = [
        GivenLine(number, CategoryFactory(), 1, Decimal(net), Decimal(0), Decimal(net),
             returns=number if returns else None)
        for number, net in given
    ]  # fmt: skip
    return record_order(
        source="pos", external_id=external_id, ordered_at=datetime(2026, 1, day, 4, tzinfo=UTC),
        lines=lines, store=store, phone=number_of(customer.customer) if not returns else "",
        returns=returns,
    )  # fmt: skip


def test_customers_and_orders():
    RulebookFactory()
    store, foreign = StoreFactory(), StoreFactory()
    mine, theirs = owned_customer(store), owned_customer(foreign)
    record_activity(
        mine.customer, by=Actor.of(MembershipFactory(store=store)), kind="visit",
        at=datetime(2026, 1, 3, 4, tzinfo=UTC),
    )  # fmt: skip
    sale = sold(store, mine, 5, "S1")
    sold(store, mine, 6, "R1", returns=sale)
    named = {
        "store": store.pk, "foreign": foreign.pk, "other": foreign.dealer_id,
        "mine": mine.pk, "card": mine.customer_id, "their_card": theirs.customer_id,
        "owned": mine.ownership_id, "sale": sale.pk, "back": sale.returns.get().pk,
        "line": sale.lines.get(number=1).pk, "draft": RulebookFactory(published_at=None).pk,
    }  # fmt: skip
    registration = partial(
        columns, "customers_registration", receipt="'NEW'", key="'new'", received_on="'2026-01-09'"
    )
    owning = partial(
        columns,
        "customers_ownership",
        period="tstzrange(upper(period), upper(period) + interval '9 days')",
        protected_until="upper(period)",
    )
    order = partial(columns, "customers_order", id="gen_random_uuid()", external_id="'new'")
    is_mine, is_sale, is_back = " WHERE id = {mine}", " WHERE id = '{sale}'", " WHERE id = '{back}'"
    is_owned = " WHERE id = {owned}"
    keeps, says = "ownership_stays_the_same_owners", "ownership_ends_where_its_events_say"
    clock = "ownership_contact_clock_moves_for_a_reason"
    line = partial(columns, "customers_orderline", number="9")
    whole = "_the_sum"  # whichever of the two comes first

    wrong = registered(store, at=datetime(2026, 1, 7, 4, tzinfo=UTC))
    void(wrong, reason="tried", by=Actor.of(owner_of(wrong.store)), at=timezone.now())
    other_number = change_number(
        registered(store, at=timezone.now()).customer, phone=phone_number(),
        by=Actor.of(MembershipFactory(store=store)), at=timezone.now(),
    )  # fmt: skip
    named |= {"wrong": wrong.pk, "voided": wrong.ownership_id, "person": other_number.identity_id}
    ends = "UPDATE customers_ownership SET protected_until = lower(period), period"

    publish = (
        "UPDATE customers_rulebook SET published_at = now(), approved_at = now(), tested_at = now()"
    )
    two = (
        ", tested_by_id = (SELECT min(id) FROM dealers_user)"
        ", approved_by_id = (SELECT max(id) FROM dealers_user)"
    )
    acts = {
        "UPDATE customers_void SET reason = 'undone'": "void_only_added",
        "DELETE FROM customers_void": "void_only_added",
        "TRUNCATE customers_void CASCADE": "never_emptied",
        f"{ends} = tstzrange(lower(period), lower(period) + interval '1 microsecond'){is_owned}":
            says,
        "UPDATE customers_ownership SET protected_until = lower(period) + interval '90 days',"
        " period = tstzrange(lower(period), lower(period) + interval '93 days')"
        " WHERE id = {voided}": says,
        columns("customers_registration", receipt="'NEW'", key="'new'", corrects_id="{mine}")
        + is_mine: "registration_corrects_a_voided_one",
        "UPDATE customers_numberchange SET before = after": "number_change_only_renewed",
        "UPDATE customers_numberchange SET number_sealed = ''": "number_change_only_resealed",
        "UPDATE customers_numberchange SET at = now()": "number_change_only_added",
        "DELETE FROM customers_numberchange": "number_change_never_deleted",
        "TRUNCATE customers_numberchange": "number_change_never_emptied",
        "UPDATE customers_identity SET fingerprint = (SELECT before FROM customers_numberchange)"
        " WHERE id = {person}": "fingerprint_never",
        "UPDATE customers_customer SET dealer_id = {other}": "customer_stays_with",
        "UPDATE customers_customer SET identity_id = identity_id + 1": "customer_stays_with",
        "UPDATE customers_identity SET fingerprint = sha256(fingerprint)": "fingerprint_never",
        registration(store_id="{foreign}") + is_mine: "registration_store_is_the_dealers",
        registration(customer_id="'{their_card}'") + is_mine: "registration_card_is_the_dealers",
        registration(dealer_id="{other}") + is_mine: "is_the_dealers",
        registration(identity_id="t.identity_id + 1") + is_mine: "registration_card_is_the",
        "UPDATE customers_registration SET store_id = {foreign}": "registration_only_added",
        "UPDATE customers_registration SET content = ''": "registration_content_only_erased",
        "DELETE FROM customers_registration": "registration_never_deleted",
        owning(store_id="{foreign}") + is_owned: "ownership_store_is_the_dealers",
        owning(customer_id="'{their_card}'") + is_owned: "ownership_card_is_the_dealers",
        owning(dealer_id="{other}") + is_owned: "is_the_dealers",
        f"UPDATE customers_ownership SET store_id = {{foreign}}, dealer_id = {{other}}{is_owned}":
            keeps,
        f"UPDATE customers_ownership SET customer_id = '{{their_card}}'{is_owned}": keeps,
        f"UPDATE customers_ownership SET contact_due_at = NULL{is_owned}": clock,
        f"UPDATE customers_ownership SET contact_due_at = now(){is_owned}": clock,
        f"UPDATE customers_ownership SET release_at = now(){is_owned}": clock,
        "UPDATE customers_ownership SET period"
        f" = tstzrange(lower(period) - interval '1 day', upper(period)){is_owned}": keeps,
        "UPDATE customers_ownership SET period"
        f" = tstzrange(lower(period), upper(period) + interval '10 years'){is_owned}": says,
        "UPDATE customers_ownership SET protected_until = protected_until + interval '10 years',"
        " period = tstzrange(lower(period), upper(period) + interval '10 years')" + is_owned: says,
        "UPDATE customers_ownership SET protected_until = lower(period) + interval '1 day',"
        " period = tstzrange(lower(period), lower(period) + interval '1 day')" + is_owned: says,
        f"UPDATE customers_ownership SET protected_until = lower(period){is_owned}": says,
        "UPDATE customers_ownership SET period"
        f" = tstzrange(lower(period), upper(period) - interval '1 hour'){is_owned}": says,
        "DELETE FROM customers_ownership": "ownership_never_deleted",
        columns("customers_activity", store_id="{foreign}", registration_id="NULL"):
            "activity_store_is_the_dealers",
        columns("customers_activity", customer_id="'{their_card}'", registration_id="NULL"):
            "activity_card_is_the_dealers",
        columns("customers_attribution", store_id="{foreign}", version="t.version + 1"):
            "attribution_store_is_the_dealers",
        order() + is_sale: whole,
        order(quantity="0", net="0") + is_sale: whole,
        order(net="-1") + is_sale: "order_net_is_not_negative",
        "WITH made AS (" + line(order_id="'{new}'", returns_id="t.id")
        + " WHERE order_id = '{back}') "
        + order(id="'{new}'", sale_id="t.id") + is_back: "order_return_is_of_a_sale",
        "WITH made AS (" + line(order_id="'{new}'") + " WHERE id = {line}) "
        + order(id="'{new}'", net="99.99", quantity="1") + is_sale: whole,
        # A sale takes nothing back.
        "WITH made AS (" + line(order_id="'{new}'", returns_id="{line}") + " WHERE id = {line}) "
        + order(id="'{new}'", net="100", quantity="1") + is_sale: whole,
        line() + " WHERE id = {line}": "order_line_keeps_the_sum",
        "WITH made AS (" + line(order_id="'{new}'", returns_id="{line}") + " WHERE id = {line}) "
        + order(id="'{new}'", net="100", quantity="1") + is_back:
            "order_line_returned_up_to_what_was_sold",
        "UPDATE customers_order SET net = 1": "order_only_added",
        "UPDATE customers_order SET content = ''": "order_content_only_erased",
        "DELETE FROM customers_order": "order_never_deleted",
        "TRUNCATE customers_order CASCADE": "never_emptied",
        publish + ", starts_on = '2199-01-01' WHERE id = {draft}":
            "rulebook_approved_by_somebody_else",
        publish + two + ", starts_on = '2026-01-02' WHERE id = {draft}":
            "rulebook_published_after_the_last_decision",
        "UPDATE customers_rulebook SET tested_at = now() WHERE id = {draft};"
        "UPDATE customers_rulebook SET grace_days = 9 WHERE id = {draft}":
            "rulebook_tested_as_it_is",
    }  # fmt: skip
    named["new"] = uuid4()
    assert let_through(acts, named) == {}


def test_plans_and_closed_months():
    RulebookFactory()
    store = StoreFactory()
    mine = owned_customer(store)
    version = published(percent(places=["own"]), per_registration())
    draft = new_version(version, by=Actor.worker("tests"), at=timezone.now())
    sale(mine, "1000.00", date(2026, 1, 10))
    Cohort.objects.create(code="all", name="全部", unit="store")
    run = close_period(JANUARY)
    named = {"run": run.pk, "version": version.pk, "draft": draft.pk, "mine": mine.pk}
    named["person"] = UserFactory().pk
    publish = (
        "UPDATE incentives_planversion SET published_at = now(), approved_at = now(),"
        " tested_at = now()"
    )
    result = partial(columns, "incentives_result", id="gen_random_uuid()")
    statement = partial(columns, "incentives_statement", number="'new'", code="'new'")
    # Somebody who closes February by hand, with a statement that the books do not have.
    february = (
        "WITH r AS ("
        + columns("incentives_run", month="'2026-02-01'", closed_at="now()")
        + " RETURNING id) "
    )
    earned = february[:-1] + ", x AS (" + result(run_id="(SELECT id FROM r)") + " RETURNING id) "
    result_of_february = "(SELECT id FROM x LIMIT 1)"

    acts = {
        "INSERT INTO customers_void (registration_id, reason, voided_by_id, role, at, recorded_at)"
        " VALUES ({mine}, 'tried', {person}, 'owner', now(), now())":
            "void_by_a_dealer_in_an_open_month",
        columns("customers_attribution", version="2", holder="'nobody'", cause="'void'"):
            "attribution_voided_in_an_open_month",
        columns("incentives_journal", key="'new'"): "journal_in_an_open_period",
        columns("incentives_entry"): "entry_booked_with_its_journal",
        result(adjustment="true"): "result_in_an_open_run",
        columns("incentives_line"): "line_in_an_open_run",
        earned + columns("incentives_line", result_id=result_of_february, registration_id="0",
            order_id="NULL"): "line_of_a_result_and_an_event",
        columns("incentives_line", result_id="gen_random_uuid()"): "line_of_a_result_and_an_event",
        statement(): "statement",
        february + statement(run_id="(SELECT id FROM r)", journal_id="NULL"): "statement_",
        february + "SELECT 1": "run_closes_its_period",
        columns("incentives_run", month="'2026-03-01'"): "run_follows_the_month_before",
        columns("incentives_run", month="'2026-02-01'", closed_at="'2026-02-27'"):
            "run_after_its_month_has_ended",
        columns("incentives_run", month="'2026-02-01'", closed_at="'2099-01-01'"):
            "run_after_its_month_has_ended",
        publish + ", starts_on = '2026-01-31', ends_on = '2026-03-01' WHERE id = {draft}":
            "plan_version_published_after_the_closed_months",
        "DELETE FROM incentives_raterow WHERE component_id IN (SELECT id FROM incentives_component"
        " WHERE version_id = {draft}); " + publish + " WHERE id = {draft}":
            "plan_version_published_with_its_rates",
        "UPDATE incentives_raterow SET starts_at = 1 WHERE component_id IN (SELECT id"
        " FROM incentives_component WHERE version_id = {draft}); " + publish
        + " WHERE id = {draft}": "plan_version_published_with_its_rates",
        columns("incentives_planversion", number="9", starts_on="'2027-01-01'")
        + " WHERE id = {version}": "plan_version_published_with_its_rates",
        "UPDATE incentives_planversion SET ends_on = '2026-01-31' WHERE id = {version}":
            "plan_version_ends_after_the_closed_months",
        "UPDATE incentives_plan SET direction = 'dealer_pays'": "plan_published_keeps_its",
        "UPDATE incentives_program SET currency = 'USD'": "currency_of_its_books",
        "DELETE FROM incentives_program": "program_never_deleted",
        "TRUNCATE incentives_program": "program_never_emptied",
        "UPDATE incentives_cohort SET code = 'other'": "cohort_of_a_board_keeps_its_code",
        "DELETE FROM incentives_cohort": "cohort_of_a_board_keeps_its_code",
        columns(
            "customers_registration", receipt="'NEW'", key="'new'", received_on="'2026-01-31'"
        ) + " WHERE id = {mine}": "registration_counter_in_an_open_month",
        "TRUNCATE incentives_raterow": "rate_row_never_emptied",
        "TRUNCATE incentives_statementdocument": "statement_document_never_emptied",
    }  # fmt: skip
    Program.objects.get_or_create()
    assert let_through(acts, named) == {}


def test_courses():
    version = published_course()
    enrollment = begun(version)
    read(enrollment)
    take(enrollment)

    acts = {
        "UPDATE training_certificate SET holder = ''": "certificate_only_added",
        "TRUNCATE training_certificate": "certificate_never_emptied",
        "TRUNCATE training_attempt": "attempt_never_emptied",
        "TRUNCATE training_courseversion CASCADE": "never_emptied",
        "TRUNCATE training_course CASCADE": "never_emptied",
    }
    assert let_through(acts, {}) == {}


def test_network_and_people():
    store, foreign = StoreFactory(), StoreFactory()
    clerk, owner = MembershipFactory(store=store), OwnerFactory(dealer=store.dealer)
    invited = {
        "role": Role.ASSOCIATE, "store": store, "dealer": store.dealer, "name": "新人",
        "invited_by": owner.user, "expires_at": timezone.now() + timedelta(days=7),
    }  # fmt: skip
    used = Invitation.objects.create(
        email="used@example.com", accepted_at=timezone.now(), accepted_by=clerk.user, **invited
    )
    opened = Invitation.objects.create(email="open@example.com", **invited)
    vault.keys_of(store.dealer_id)
    held.check()
    AccessLog.objects.create(
        dealer=store.dealer, user=owner.user, role="owner", action="reveal", fields="phone",
        purpose="回访",
    )  # fmt: skip
    FileImport.objects.create(
        kind="orders", name="a.csv", sha256="0" * 64, state=ImportState.DONE,
        started_at=timezone.now(),
    )  # fmt: skip
    UserFactory(email="hq@example.com", is_staff=True)
    LogEntry.objects.log_actions(owner.user_id, [store], CHANGE, "Changed.", single_object=True)
    named = {
        "store": store.pk, "foreign": foreign.pk, "other": foreign.dealer_id,
        "clerk": clerk.pk, "used": used.pk, "open": opened.pk,
    }  # fmt: skip
    log = "dealers_accesslog"

    acts = {
        "UPDATE dealers_store SET dealer_id = {other} WHERE id = {store}": "store_stays_with",
        "UPDATE dealers_membership SET store_id = {foreign} WHERE id = {clerk}": "same_post",
        "UPDATE dealers_membership SET role = 'store_manager' WHERE id = {clerk}": "same_post",
        "UPDATE dealers_membership SET starts_at = '2000-01-01'": "same_post",
        columns("dealers_membership", dealer_id="{other}", ends_at="now()")
        + " WHERE id = {clerk}": "membership_store_is_the_dealers",
        "DELETE FROM dealers_membership": "membership_never_deleted",
        "TRUNCATE dealers_membership CASCADE": "never_emptied",
        columns("dealers_invitation", dealer_id="{other}", token="gen_random_uuid()")
        + " WHERE id = {used}": "invitation_store_is_the_dealers",
        "UPDATE dealers_invitation SET accepted_at = NULL, accepted_by_id = NULL"
        " WHERE id = {used}": "invitation_used_never_reopened",
        "UPDATE dealers_invitation SET expires_at = '2099-01-01' WHERE id = {used}": "reopened",
        "UPDATE dealers_invitation SET role = 'store_manager' WHERE id = {open}": "same_post",
        "UPDATE dealers_invitation SET email = 'me@example.com' WHERE id = {open}": "same_post",
        "DELETE FROM dealers_invitation": "invitation_never_deleted",
        "TRUNCATE dealers_invitation": "invitation_never_emptied",
        "UPDATE dealers_user SET is_superuser = true"
        " WHERE email = 'hq@example.com'": "user_never_becomes_superuser",
        columns("dealers_user", email="upper(t.email)", phone="NULL"): "once_in_any_case",
        "UPDATE dealers_dealerkey SET wrapped = '\\x00'": "dealer_key_only_rewrapped",
        "UPDATE dealers_dealerkey SET wrapped = ''": "dealer_key_only_rewrapped",
        "UPDATE dealers_dealerkey SET wrapped = '', master_key_id = ''": "key_destroyed_is_empty",
        "UPDATE dealers_dealerkey SET dealer_id = {other}": "dealer_key_stays_its_dealers",
        "DELETE FROM dealers_dealerkey": "dealer_key_never_deleted",
        "DELETE FROM dealers_portalkey": "portal_key_never_deleted",
        "TRUNCATE dealers_portalkey": "portal_key_never_emptied",
        "TRUNCATE dealers_dealerkey": "dealer_key_never_emptied",
        "UPDATE dealers_keycheck SET value = '\\x00'": "key_check_only_added",
        "TRUNCATE dealers_keycheck": "key_check_never_emptied",
        columns(log, at="now() - interval '1 day'"): "access_log_at_the_moment",
        columns(log, at="now() + interval '1 day'"): "access_log_at_the_moment",
        f"DELETE FROM {log}": "access_log_only_added",
        f"UPDATE {log} SET purpose = ''": "access_log_only_added",
        f"TRUNCATE {log} CASCADE": "never_emptied",
        "DELETE FROM dealers_fileimport": "file_import_only_added",
        "TRUNCATE dealers_fileimport CASCADE": "file_import_never_emptied",
        "DELETE FROM django_admin_log": "admin_log_only_added",
        "UPDATE django_admin_log SET change_message = ''": "admin_log_only_added",
        "TRUNCATE django_admin_log": "admin_log_never_emptied",
    }
    assert let_through(acts, named) == {}
