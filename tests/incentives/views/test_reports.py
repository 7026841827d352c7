"""Reports on one page: for whom they are, and of what."""

import io

import pypdf
import pytest
from django.utils import timezone

from dealers.models import Role
from tests.factories.dealers import MembershipFactory, StoreFactory


@pytest.fixture
def address():
    return f"/ranking/{timezone.localdate():%Y-%m}/registrations/report.pdf"


def test_a_store_prints_its_report_and_the_page_leads_to_it(login, clerk, address):
    browser = login(clerk)

    answer = browser.get(address)

    assert answer["content-type"] == "application/pdf"
    assert f"report-{clerk.store.code}-" in answer["content-disposition"]
    assert len(pypdf.PdfReader(io.BytesIO(answer.content)).pages) == 1
    assert address not in browser.get(address.removesuffix("report.pdf") + "?board=new").text


def test_an_owner_prints_the_dealer_or_one_of_its_stores(login, owner, store, address):
    browser = login(owner)

    assert owner.dealer.code in browser.get(address)["content-disposition"]
    assert store.code in browser.get(f"{address}?unit={store.pk}")["content-disposition"]
    assert browser.get(f"{address}?unit={StoreFactory().pk}").status_code == 404
    assert (
        f"{address}?unit={store.pk}"
        in browser.get(address.removesuffix("report.pdf") + f"?unit={store.pk}").text
    )


@pytest.mark.parametrize(
    "path", ["2026-W40/registrations", "2026-10/nothing", "2026-10/earned", "2999-01/registrations"]
)
def test_there_is_a_report_of_a_month_and_a_figure_that_is_shown(login, clerk, path):
    assert login(clerk).get(f"/ranking/{path}/report.pdf").status_code == 404


def test_a_board_of_some_has_no_report(login, clerk, address):
    assert login(clerk).get(f"{address}?board=improved").status_code == 404


def test_a_regional_manager_prints_the_stores_of_the_own_region(login, region_manager, store):
    browser = login(region_manager)

    answer = browser.get(f"/region/stores/{store.code}/report.pdf")

    assert answer["content-type"] == "application/pdf"
    assert browser.get(f"/region/stores/{StoreFactory().code}/report.pdf").status_code == 404
    manager = MembershipFactory(store=store, role=Role.STORE_MANAGER)
    assert login(manager).get(f"/region/stores/{store.code}/report.pdf").status_code == 404
