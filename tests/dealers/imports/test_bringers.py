"""Who may bring which files, and see them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from customers import look_ups
from customers.models import Ownership, Registration
from dealers.actor import Actor, acting
from dealers.imports import carrying_out, uploads
from dealers.imports.kinds import KINDS, open_to
from dealers.models import AccessAction, AccessLog, Upload, UploadState
from dealers.network import COLUMNS
from tests.dealers.imports.brought import BY_HAND, counts
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import OwnerFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rulebook():
    RulebookFactory()


def test_an_upload_for_a_store_is_of_a_dealer(owner, store):
    upload = Upload(by=owner.user, store=store, language="en", brought_at=timezone.now())
    with pytest.raises(IntegrityError, match="upload_for_a_store_is_of_a_dealer"):
        upload.save()


def test_an_owner_imports_for_the_own_stores_only(owner, store, login, bring, say_yes):
    StoreFactory(dealer=store.dealer, code="OWN-2", name="二店")
    foreign = StoreFactory(code="FOREIGN")
    rows = "手机号,日期,同意,门店\n" + "".join(
        f"1380013800{n},2026-11-20,是,{place}\n"
        for n, place in enumerate([store.code, "二店", foreign.code, ""])
    )

    upload = bring(login(owner), rows)

    assert counts(upload) == (4, 2, 0, 2)
    say_yes(login(owner), upload)
    assert set(Ownership.objects.values_list("dealer", flat=True)) == {store.dealer_id}


def test_before_the_yes_an_owner_does_not_learn_who_is_protected_elsewhere(
    owner, store, login, bring, say_yes
):
    registered(StoreFactory(), phone="13800138001", at=timezone.now())
    client = login(owner)
    rows = "手机号,日期,同意\n13800138001,2026-11-20,是\n"
    unknown = bring(client, rows.replace("8001", "8002"))
    taken = bring(client, rows)

    assert taken.effects == unknown.effects
    assert counts(taken) == counts(unknown)
    say_yes(client, taken)
    assert any("其他门店" in each or "别处" in each or "保护" in each for each in taken.effects)
    assert not Ownership.objects.filter(dealer=store.dealer).exists()


def test_checking_whose_a_number_is_leaves_an_entry_found_or_not(
    owner, store, login, bring, say_yes
):
    """Else an owner completes a masked number by files that are checked and then left alone."""
    mine = registered(store, phone="13800138001", at=timezone.now())
    client = login(owner)
    rows = "手机号,日期,同意\n13800138001,2026-11-20,是\n13800138002,2026-11-20,是\n"

    found = bring(client, rows)
    bring(client, rows.replace("8001", "8003"))

    first, second = AccessLog.objects.order_by("pk")
    assert any("1" in each for each in found.effects)
    assert (first.user, first.role, first.dealer) == (owner.user, "owner", store.dealer)
    assert (first.action, first.fields) == (AccessAction.LOOK_UP, "phone")
    assert (first.count, first.customers) == (1, [mine.customer_id])
    assert (second.action, second.count, second.customers) == (AccessAction.LOOK_UP, 0, [])
    say_yes(client, found)  # what is registered is on record by itself
    assert AccessLog.objects.count() == 2


def test_files_are_checked_as_often_as_numbers_are_looked_up(owner, login, bring, monkeypatch):
    monkeypatch.setattr(look_ups, "LOOK_UPS", 1)
    client = login(owner)

    first, second = (
        bring(client, f"手机号,日期,同意\n1380013800{n},2026-11-20,是\n") for n in "12"
    )

    assert (first.state, second.state) == (UploadState.CHECKED, UploadState.REFUSED)
    assert "1" in second.problem
    assert not second.effects
    assert AccessLog.objects.count() == 1


def test_of_a_file_that_is_refused_nothing_is_told(owner, store, login, bring):
    """The entry of its check is taken back with the rest."""
    registered(store, phone="13800138001", at=timezone.now())
    found = bring(login(owner), "手机号,日期,同意\n13800138001,2026-11-20,是\n")
    assert found.effects

    uploads.refuse(found, "The import broke off.", timezone.now())

    found.refresh_from_db()
    assert (found.state, found.effects) == (UploadState.REFUSED, [])


@pytest.mark.django_db(transaction=True)
def test_files_that_are_checked_at_once_are_counted_one_after_the_other(
    owner, login, bring, monkeypatch
):
    client, begin = login(owner), Barrier(2)
    found = [bring(client, f"手机号,日期,同意\n1380013800{n},2026-11-20,是\n") for n in "12"]
    before = AccessLog.objects.count()
    monkeypatch.setattr(look_ups, "LOOK_UPS", before + 1)
    Upload.objects.update(state=UploadState.CHECKING)

    def check(upload):
        try:
            begin.wait()
            with acting(Actor.worker("check_upload")):
                carrying_out.check(str(upload.pk), timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(check, found))

    states = sorted(Upload.objects.values_list("state", flat=True))
    assert states == sorted([UploadState.CHECKED, UploadState.REFUSED])
    assert AccessLog.objects.count() == before + 1


@pytest.mark.parametrize("who", ["clerk", "manager", "region_manager"])
def test_for_others_there_is_no_such_page(who, request, login):
    assert login(request.getfixturevalue(who)).get("/imports/").status_code == 404


def test_nobody_else_sees_an_upload(owner, hq, login, bring):
    upload = bring(login(owner), BY_HAND)
    for other in (OwnerFactory(), hq):
        client = login(other)
        for address in ("", "confirm/", "rejected/1/"):
            answer = (client.post if address == "confirm/" else client.get)(
                f"{upload.get_absolute_url()}{address}"
            )
            assert answer.status_code == 404
    colleague = OwnerFactory(dealer=owner.dealer)
    assert login(colleague).get(upload.get_absolute_url()).status_code == 200


def test_only_an_owner_of_the_dealer_says_yes_or_no_to_its_file(owner, clerk, login, bring, hq):
    upload = bring(login(owner), BY_HAND)
    assert clerk.dealer_id == upload.dealer_id
    for other in (Actor.of(OwnerFactory()), Actor.of(clerk), Actor.hq(hq)):
        with pytest.raises(uploads.UploadRefused):
            uploads.confirm(upload, by=other, at=timezone.now())
        with pytest.raises(uploads.UploadRefused):
            uploads.cancel(upload, by=other, at=timezone.now())

    colleague = OwnerFactory(dealer=owner.dealer)
    uploads.confirm(upload, by=Actor.of(colleague), at=timezone.now())


def test_only_who_brought_it_says_yes_or_no_to_a_file_of_headquarters(hq, login, bring):
    rows = "R-1,华东,D-9,新经销商,S-9,新门店,Asia/Shanghai,a,2020-03-01\n"
    upload = bring(login(hq), ",".join(COLUMNS) + "\n" + rows, kind="network")
    colleague = Actor.hq(UserFactory(is_staff=True, is_superuser=True))

    with pytest.raises(uploads.UploadRefused):
        uploads.confirm(upload, by=colleague, at=timezone.now())
    uploads.cancel(upload, by=Actor.hq(hq), at=timezone.now())
    upload.refresh_from_db()
    assert upload.state == UploadState.CANCELLED


def test_who_is_no_longer_an_owner_imports_nothing(owner, login, bring):
    client = login(owner)
    upload = bring(client, BY_HAND)
    uploads.confirm(upload, by=Actor.of(owner), at=timezone.now())
    type(owner).objects.filter(pk=owner.pk).update(ends_at=timezone.now())

    carrying_out.store(str(upload.pk), timezone.now())

    upload.refresh_from_db()
    assert upload.state == UploadState.REFUSED
    assert not Registration.objects.exists()


@pytest.mark.parametrize("what", ["historical", "publish"])
def test_the_past_and_what_is_in_force_are_headquarters(owner, what):
    file = SimpleUploadedFile("a.csv", BY_HAND.encode())
    by = Actor.of(owner)

    with pytest.raises(uploads.UploadRefused):
        uploads.bring([file], site="", by=by, at=timezone.now(), **{what: True})
    with pytest.raises(IntegrityError, match="of_today"), transaction.atomic():
        Upload.objects.create(
            dealer=owner.dealer, membership=owner, by=owner.user, brought_at=timezone.now(),
            **{what: True},
        )  # fmt: skip


def test_who_left_headquarters_imports_nothing(hq, login, bring):
    upload = bring(login(hq), "code,name\nnorth,North\n", kind="network")
    Upload.objects.update(state=UploadState.CHECKING)
    type(hq).objects.update(is_staff=False, is_superuser=False)

    carrying_out.check(str(upload.pk), timezone.now())

    upload.refresh_from_db()
    assert upload.state == UploadState.REFUSED


def test_who_only_adds_a_program_puts_nothing_in_force(hq):
    program = KINDS["program"]
    adding = UserFactory(is_staff=True)
    adding.user_permissions.set(
        Permission.objects.filter(codename__in=["add_rulebook", "add_planversion", "add_cohort"])
    )

    assert program in open_to(Actor.hq(adding))
    assert not program.may_publish(Actor.hq(adding))
    assert program.may_publish(Actor.hq(hq))


def test_an_owner_brings_no_network(owner, login):
    client = login(owner)
    assert client.get("/imports/templates/network/").status_code == 404
    page = client.post("/imports/", {"files": SimpleUploadedFile("a.csv", b"a"), "kind": "network"})
    assert page.status_code == 200
    assert not Upload.objects.exists()
