"""Each act that the agreement forbids, tried each way: refused, and read by whom it concerns.

By a page of the admin, by a command, by a task, and by SQL of headquarters' own role within a
request. What refuses stands below all of them, so a command or a task that is written for it does
no more. A session of one's own at the database leaves no more than the server's log: SECURITY.md.
"""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from config.celery import PortalTask, app
from customers import cards
from customers.cards import CardRefused
from customers.cases import deciding
from customers.models import (
    CaseOutcome,
    CaseRuling,
    Closing,
    Ownership,
    Rulebook,
    Void,
    VoidReason,
)
from customers.ownership.voids import VoidRefused, void
from dealers import forbidden
from dealers.actor import Actor, acting
from dealers.commands import PortalCommand
from dealers.models import Dealer, Fact, FactKind, ForbiddenAct, Level, RefusedAct
from incentives.disputes import deciding as disputes
from incentives.models import DisputeRuling, RateRow
from incentives.plans import program_file
from tests.customers.cases.disputed import DECIDED_BY, EVIDENCE_OVER, Dispute, again, decided
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import OwnerFactory, StoreFactory, UserFactory, shared
from tests.factories.disputes import dispute_of
from tests.factories.incentives import (
    JANUARY,
    close_period,
    owned_customer,
    percent,
    published,
    sale,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def outsider(db):
    """Somebody of headquarters who may do everything there is."""
    return UserFactory(name="林外", is_staff=True, is_superuser=True)


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory()


def sql(statement, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


class Shortened:
    act = ForbiddenAct.PROTECTION

    def __init__(self, _user):
        store = StoreFactory()
        self.owner = OwnerFactory(dealer=store.dealer)
        self.owned = Ownership.objects.get(customer=registered(store).customer)

    def tried(self):
        sql(
            "UPDATE customers_ownership SET protected_until = protected_until - interval '9 days',"
            " period = tstzrange(lower(period), upper(period) - interval '9 days') WHERE id = %s",
            self.owned.pk,
        )

    def state(self):
        self.owned.refresh_from_db()
        return self.owned.protected_until, self.owned.period


class Voided:
    """By headquarters, of itself."""

    act = ForbiddenAct.PROTECTION

    def __init__(self, user):
        store = StoreFactory()
        self.owner, self.user = OwnerFactory(dealer=store.dealer), user
        self.made = registered(store, at=timezone.now())

    def tried(self):
        said = {"reason": VoidReason.TRIED, "at": timezone.now()}
        with transaction.atomic():
            void(self.made, by=Actor.hq(self.user), **said)

    def state(self):
        return Void.objects.exists()


class Lowered:
    act = ForbiddenAct.SHARE

    def __init__(self, _user):
        self.owner = OwnerFactory()
        published(percent("0.03"))

    def tried(self):
        sql("UPDATE incentives_raterow SET rate = rate / 2")

    def state(self):
        return list(RateRow.objects.values_list("rate", flat=True))


class RulebookLowered:
    act = ForbiddenAct.SHARE

    def __init__(self, _user):
        self.owner = OwnerFactory()

    def tried(self):
        sql("UPDATE customers_rulebook SET protection_days = 1")

    def state(self):
        return list(Rulebook.objects.values_list("protection_days", flat=True))


class DecidedTwice:
    act = ForbiddenAct.TWICE

    def __init__(self, user):
        dispute, self.user = Dispute(), user
        self.owner = dispute.owner_a
        self.case = decided(dispute, CaseOutcome.KEEP)

    def tried(self):
        sql(
            "INSERT INTO customers_caseruling (case_id, instance, outcome, reason, by_id, at,"
            " recorded_at) VALUES (%s, 1, 'move', 'x', %s, now(), now())",
            self.case.pk, self.user.pk,
        )  # fmt: skip

    def state(self):
        return list(CaseRuling.objects.values_list("case", "instance", "outcome"))


class DecidedLate(DecidedTwice):
    """After the time was over, and the proposal took effect."""

    def __init__(self, user):
        dispute, self.user = Dispute(), user
        self.owner = dispute.owner_a
        self.case = dispute.open()
        deciding.settle_all(EVIDENCE_OVER)
        deciding.settle_all(DECIDED_BY + timedelta(hours=1))


class LineDecidedTwice:
    """About a line of a statement, by the same person or another one."""

    act = ForbiddenAct.TWICE

    def __init__(self, user):
        store, self.user = StoreFactory(), user
        self.owner = OwnerFactory(dealer=store.dealer)
        published(percent("0.03", places=["own"]))
        sale(owned_customer(store), "1000.00", date(2026, 1, 5))
        close_period(JANUARY)
        self.disputed = dispute_of(self.owner, timezone.now(), files=0)
        decision = disputes.Decision("refused", "The line is right.")
        disputes.decide(self.disputed, decision, by=Actor.hq(user), at=timezone.now())

    def tried(self):
        sql(
            "INSERT INTO incentives_disputeruling (dispute_id, instance, number, outcome, reason,"
            " by_id, at, recorded_at) VALUES (%s, 1, 2, 'upheld', 'x', %s, now(), now())",
            self.disputed.pk, self.user.pk,
        )  # fmt: skip

    def state(self):
        return list(DisputeRuling.objects.values_list("dispute", "instance", "outcome"))


class Closed:
    act = ForbiddenAct.CLOSING

    def __init__(self, user):
        self.owner, self.user = OwnerFactory(), user

    def tried(self):
        now = timezone.now()
        with transaction.atomic():
            Closing.objects.create(
                kind="dealer", dealer=self.owner.dealer, reason="x", by=self.user, begun_at=now,
                due_at=now + timedelta(days=20),
            )  # fmt: skip

    def state(self):
        return Closing.objects.count()


ACTS = (
    Shortened, Voided, Lowered, RulebookLowered, DecidedTwice, DecidedLate, LineDecidedTwice,
    Closed,
)  # fmt: skip


def in_a_request(user, tried):
    """As the middleware around a view that asks headquarters' own role for it."""
    by = Actor.hq(user)
    with forbidden.noted(), acting(by):
        try:
            tried()
        except DatabaseError as refused:
            forbidden.refused_by_rule(refused, by=by, at=timezone.now())
            raise


def by_a_command(_user, tried):
    class Command(PortalCommand):
        def handle(self, *_args, **_options):
            tried()

    call_command(Command())


def by_a_task(_user, tried):
    class Attempt(PortalTask):
        name = "tests.forbidden"

        def run(self):
            tried()

    Attempt.bind(app)
    Attempt()()


WAYS = (in_a_request, by_a_command, by_a_task)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("act", ACTS)
def test_it_is_refused_whichever_way_it_comes_and_the_owner_reads_it(outsider, login, act, way):
    world = act(outsider)
    before = world.state()

    with pytest.raises((DatabaseError, VoidRefused)):
        way(outsider, world.tried)

    assert world.state() == before
    (found,) = RefusedAct.objects.visible_to(world.owner)
    assert found.act == world.act
    assert found.get_act_display() in login(world.owner).get("/access/").text


def test_a_task_that_is_tried_again_is_told_to_all_dealers_once_a_day(outsider):
    """Each try would be a link in the chain of every dealer."""
    world = Lowered(outsider)
    OwnerFactory()
    for _try in range(3):
        with pytest.raises(DatabaseError):
            by_a_task(None, world.tried)

    found = RefusedAct.objects.get()
    told = Fact.objects.filter(kind=FactKind.REFUSED)
    assert told.count() == Dealer.objects.count() > 1

    said = {"by": Actor.worker(found.agent), "at": found.at + timedelta(days=1)}
    for act, words in ((found.act, found.said), (ForbiddenAct.TWICE, "x"), (found.act, found.said)):
        forbidden.note(act, words, **said)
    assert RefusedAct.objects.count() == 3


def test_what_a_person_tries_again_is_told_again(outsider):
    world = Lowered(outsider)
    for _try in range(2):
        with pytest.raises(DatabaseError):
            in_a_request(outsider, world.tried)

    assert RefusedAct.objects.count() == 2


def contact_of_headquarters(user, customer):
    cards.grant(customer, by=Actor.hq(user), purpose="follow-up", at=timezone.now())


def contact_by_a_task(_user, customer):
    by_a_task(
        None,
        lambda: cards.hand_out(
            customer, by=Actor.worker("tests.forbidden"), purpose="follow-up", at=timezone.now()
        ),
    )


def contact_by_a_command(_user, customer):
    call_command("reveal_number", str(customer.pk), purpose="follow-up")


@pytest.mark.parametrize("level", [Level.FINGERPRINT, Level.MASKED])
@pytest.mark.parametrize("way", [contact_of_headquarters, contact_by_a_task, contact_by_a_command])
def test_nobody_at_headquarters_is_given_a_number_beyond_the_level(  # noqa: PLR0917
    outsider, login, store, owner, way, level
):
    customer = registered(store).customer
    shared(store.dealer, level)

    with pytest.raises((CardRefused, CommandError)):
        way(outsider, customer)

    (found,) = RefusedAct.objects.visible_to(owner)
    assert (found.act, found.customer) == (ForbiddenAct.CONTACT, customer.pk)
    assert found.get_act_display() in login(owner).get("/access/").text


def test_the_admins_page_gives_no_number_beyond_the_level(outsider, login, store, owner):
    customer = registered(store, phone="13800138000").customer
    shared(store.dealer, Level.MASKED)
    page = reverse("admin:customers_customer_reveal", args=[customer.pk])

    answer = login(outsider).post(page, {"purpose": "follow-up"})

    assert answer.status_code == 200
    assert "13800138000" not in answer.text
    assert RefusedAct.objects.visible_to(owner).get().act == ForbiddenAct.CONTACT


@pytest.mark.parametrize("column", ["phone_sealed", "name_sealed", "*"])
def test_headquarters_own_role_reads_nothing_sealed_by_sql(outsider, store, column):
    registered(store)

    with (
        acting(Actor.hq(outsider)),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
    ):
        sql(f"SELECT {column} FROM customers_customer")


def test_a_decision_sent_late_is_refused_by_its_page_and_both_sides_read_it(login):
    dispute = Dispute()
    case = dispute.open()
    deciding.settle_all(EVIDENCE_OVER)
    reviewer = again(case).reviewer

    deciding.came_too_late(
        case.pk, by=Actor.of(reviewer.memberships.get()), at=DECIDED_BY + timedelta(hours=1)
    )

    for owner in (dispute.owner_a, dispute.owner_b):
        (found,) = RefusedAct.objects.visible_to(owner)
        assert found.act == ForbiddenAct.LATE
        assert found.get_act_display() in login(owner).get("/access/").text


def test_a_program_file_that_changes_what_is_promised_is_refused_and_all_dealers_read_it(
    outsider, tmp_path, owner
):
    version = published(percent("0.03"), code="cross")
    data = {
        "currency": "CNY",
        "plans": [{
            "code": "cross", "name": version.plan.name, "audience": "dealer",
            "direction": "brand_pays", "from": str(version.starts_on),
            "components": [{
                "code": "cross", "event": "paid_sale", "place": "other", "to": "owner",
                "kind": "percent", "base": "net", "rows": [{"from": 0, "rate": "0.01"}],
            }],
        }],
    }  # fmt: skip

    with forbidden.noted(), pytest.raises(program_file.ProgramNotValid, match="never changes"):
        program_file.store(data, publish=True, by=Actor.hq(outsider), at=timezone.now())

    assert RefusedAct.objects.visible_to(owner).get().act == ForbiddenAct.SHARE
    assert str(RateRow.objects.get().rate) == "0.030000"
