"""What headquarters brings in the browser: network, people, products, a past, a program."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.models import Order, Ownership, Product
from dealers.models import (
    AccessAction,
    AccessLog,
    FileImport,
    Invitation,
    Role,
    Store,
    UploadState,
)
from tests.dealers.imports.brought import counts
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rulebook():
    RulebookFactory()


def test_headquarters_sees_whose_ownership_would_change(hq, login, bring):
    first, second = StoreFactory(), StoreFactory()
    registered(first, phone="13800138001", at=timezone.now() - timedelta(days=300))
    rows = (
        "external_id,store_code,phone,name,registered_at,source,consent_service,consent_marketing\n"
        f"1,{second.code},13800138001,,2026-11-20T10:00:00+08:00,pos,yes,no\n"
    )

    upload = bring(login(hq), rows)

    assert counts(upload) == (1, 1, 0, 0)
    assert any(first.dealer.name in each and second.dealer.name in each for each in upload.effects)
    assert Ownership.objects.count() == 1


def test_a_dealer_reads_that_headquarters_asked_whose_its_customer_is(hq, login, bring):
    first, second = StoreFactory(), StoreFactory()
    card = registered(first, phone="13800138001", at=timezone.now() - timedelta(days=300))
    rows = (
        "external_id,store_code,phone,name,registered_at,source,consent_service,consent_marketing\n"
        f"1,{second.code},13800138001,,2026-11-20T10:00:00+08:00,pos,yes,no\n"
        f"2,{second.code},13800138002,,2026-11-20T10:00:00+08:00,pos,yes,no\n"
    )

    bring(login(hq), rows)

    entry = AccessLog.objects.get()
    assert (entry.dealer, entry.user, entry.action) == (first.dealer, hq, AccessAction.LOOK_UP)
    assert (entry.count, entry.customers) == (1, [card.customer_id])


def test_headquarters_brings_network_people_and_products(hq, login, bring, say_yes):
    client = login(hq)
    network = (
        "大区编码,大区,经销商编码,经销商,门店编码,门店,规模等级,开业日期\n"
        "R-1,华东,D-9,新经销商,S-9,新门店,a,2020/3/1\n"
    )
    say_yes(client, bring(client, network))
    people = "姓名,邮箱,角色,经销商或大区编码\n周国梁,zhou@example.com,店主,D-9\n"
    invited = bring(client, people)
    assert (invited.kind, invited.problem, counts(invited)) == ("people", "", (1, 1, 0, 0))
    say_yes(client, invited)
    goods = "商品编码,商品,品类\nP-1,四件套,床品\nP-1,六件套,床品\n"
    upload = say_yes(client, bring(client, goods))

    assert Store.objects.get(code="S-9").dealer.code == "D-9"
    assert Invitation.objects.get().role == Role.OWNER
    assert Product.objects.get().category.name == "床品"
    assert counts(upload) == (2, 1, 0, 1)
    assert counts(bring(client, people)) == (1, 0, 1, 0)


def test_a_history_is_two_files(hq, store, login, bring, say_yes):
    client = login(hq)
    people = (
        "external_id,store_code,phone,name,registered_at,source,consent_service,consent_marketing\n"
        f"1,{store.code},13800138001,,2026-11-01T10:00:00+08:00,pos,yes,no\n"
    )
    orders = (
        "source,external_id,kind,ordered_at,place,phone,line,category,quantity,gross,discount,net,"
        "returns_external_id,returns_line\n"
        f"pos,9,sale,2026-11-02T10:00:00+08:00,{store.code},13800138001,1,A,1,5.00,0.00,5.00,,\n"
    )

    upload = bring(client, [("orders.csv", orders), ("people.csv", people)])

    assert (upload.state, upload.kind) == (UploadState.CHECKED, "history")
    say_yes(client, upload)
    assert Order.objects.get().attributions.count() == 1
    assert FileImport.objects.count() == 2


def test_a_program_is_checked_and_then_stored(hq, login, bring, say_yes):
    client = login(hq)
    upload = bring(client, '{"currency": "CNY", "plans": []}', "program.json")

    assert (upload.state, upload.kind) == (UploadState.CHECKED, "program")
    assert counts(upload)[1] == 1
    say_yes(client, upload)
    assert FileImport.objects.get().kind == "program"


def test_a_wrong_program_says_where(hq, login, bring):
    upload = bring(login(hq), '{"currency": "money"}', "program.json")

    assert upload.state == UploadState.REFUSED
    assert "currency" in upload.problem


def test_the_admin_leads_to_it(hq, login):
    page = login(hq).get(reverse("admin:dealers_fileimport_changelist")).content.decode()
    assert reverse("dealers:imports") in page
