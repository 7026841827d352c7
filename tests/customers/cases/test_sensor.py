"""What headquarters does to a protected customer opens a case, and the owner is told first."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from customers.cases import deciding, holds, sensor
from customers.models import Case, CaseOutcome, CaseSource, CaseStage, DispatchStore, Ownership
from dealers.actor import Actor
from dealers.models import AccessLog, Notice, NoticeKind
from dealers.triggers import lifted
from tests.customers.cases.disputed import BEGAN, DAY, SOLD, again, shares
from tests.factories.cases import in_review
from tests.factories.dealers import RegionalManagerFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def test_a_sale_of_the_brands_own_store_is_the_owners_unless_the_customer_wanted_it(dispute):
    DispatchStore.objects.create(store=dispute.b, of_brand=True)
    sale = dispute.sell(dispute.b)
    other = dispute.sell(dispute.a, "S2")
    now = timezone.now()
    assert sensor.look(now) == 1
    assert sensor.look(now) == 0
    case = Case.objects.get()
    assert (case.source, case.since, case.order) == (CaseSource.SENSOR, SOLD, sale)
    assert [side.dealer for side in case.sides.all()] == [dispute.a.dealer]
    told = Notice.objects.filter(kind=NoticeKind.CASE).values_list("user", flat=True)
    assert dispute.owner_a.user_id in told
    assert holds.held(dispute.a.dealer_id) == {sale.pk: case.code}
    assert holds.held(dispute.a.dealer_id, [other.pk]) == {}
    deciding.settle_all(now + 60 * DAY)
    assert (case.proposal.outcome, case.proposal.share, case.proposal.rules) == (
        CaseOutcome.SPLIT,
        1,
        ["NP", "R3"],
    )
    assert shares(sale) == {dispute.a.dealer_id: 1, dispute.b.dealer_id: 0}


def test_nobody_of_the_region_of_the_brands_store_decides(dispute):
    DispatchStore.objects.create(store=dispute.b, of_brand=True)
    RegionalManagerFactory(region=dispute.b.dealer.region)
    for each in (dispute.manager, dispute.second):
        each.user.is_active = False
        each.user.save()
    dispute.sell(dispute.b)
    sensor.look(timezone.now())
    case = in_review(Case.objects.get())
    assert (case.stage, case.reviewer) == (CaseStage.REVIEW, None)


def test_a_sale_while_another_case_runs_has_its_own_once_that_is_closed(dispute):
    DispatchStore.objects.create(store=dispute.b, of_brand=True)
    running = dispute.open()
    sale = dispute.sell(dispute.b)
    now = timezone.now()
    assert sensor.look(now) == 0
    deciding.settle_all(now + 40 * DAY)
    assert again(running).closed_at is not None
    assert sensor.look(now + 40 * DAY) == 1
    assert Case.objects.exclude(pk=running.pk).get().order == sale


def test_a_sale_of_another_dealer_is_none_of_headquarters(dispute):
    dispute.sell(dispute.b)
    assert sensor.look(timezone.now()) == 0


def test_the_owner_is_told_before_a_number_is_shown(dispute):
    at = BEGAN + DAY
    case = sensor.called(dispute.won.customer, by=Actor.hq(UserFactory(is_staff=True)), at=at)
    assert again(case).since == at
    assert sensor.called(dispute.won.customer, by=Actor.worker("x"), at=at) is None  # it runs
    unprotected = datetime(2030, 1, 1, tzinfo=UTC)
    assert sensor.called(dispute.claim.customer, by=Actor.worker("x"), at=unprotected) is None


def test_the_owner_is_told_whichever_dealers_card_the_number_is_shown_from(dispute):
    """Another dealer that registered the customer has a card with the same number."""
    by, at = Actor.hq(UserFactory(is_staff=True)), BEGAN + DAY
    case = sensor.called(dispute.claim.customer, by=by, at=at)
    assert [side.dealer for side in again(case).sides.all()] == [dispute.a.dealer]
    told = Notice.objects.filter(kind=NoticeKind.CASE).values_list("user", flat=True)
    assert dispute.owner_a.user_id in told


def test_headquarters_opens_a_case_for_a_store_and_reads_nothing_of_it(login, hq, dispute):
    hq.user_permissions.add(*Permission.objects.filter(codename__in=["add_case", "view_case"]))
    client = login(hq)
    address = reverse("admin:customers_case_add")
    wrong = client.post(address, {"receipt": dispute.won.receipt})
    assert "protected elsewhere" in wrong.text
    assert "no registration" in client.post(address, {"receipt": "R-1"}).text
    # The fixture's registrations are of September: their protection still runs in November.
    made = client.post(address, {"receipt": dispute.claim.receipt.lower()})
    assert made.status_code == 302, made.text
    case = Case.objects.get()
    assert case.source == CaseSource.HQ
    before = AccessLog.objects.count()
    page = client.get(reverse("admin:customers_case_change", args=[case.pk]))
    assert case.code in page.text
    assert "林" not in page.text
    # And each side's dealer reads that it was looked at.
    noted = AccessLog.objects.order_by("pk")[before:]
    assert {(it.dealer_id, it.customer, it.user) for it in noted} == {
        (dispute.a.dealer_id, dispute.won.customer_id, hq),
        (dispute.b.dealer_id, dispute.claim.customer_id, hq),
    }


def test_whom_time_has_let_go_is_nobodys_whether_the_job_came_or_not(dispute):
    owned = Ownership.objects.get()
    with lifted(Ownership):
        Ownership.objects.update(contacted_at=None, release_at=BEGAN + DAY)
    at = BEGAN + 2 * DAY
    assert sensor.called(dispute.won.customer, by=Actor.worker("x"), at=at) is None
    owned.refresh_from_db()
    assert owned.period.upper == BEGAN + DAY
    assert not Case.objects.exists()
