"""Files brought in the browser: recognised, checked, imported once somebody said yes."""

import csv
import io
from datetime import timedelta

import pytest
import xlsxwriter
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from customers.models import Order, Ownership, Product, Registration
from dealers import outbox
from dealers.actor import Actor
from dealers.imports import keeping, uploads, workbook
from dealers.imports.kinds import KINDS, open_to
from dealers.models import (
    FileImport,
    Invitation,
    Notice,
    OutboxTask,
    Role,
    Store,
    Upload,
    UploadState,
)
from dealers.tasks import store_upload
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db

BY_HAND = """永康街店 顾客名单,,,,
,,,,
姓名,手机号,日期,同意,备注
王小一,138 0013 8001,2026/11/20,是,喜欢蓝色
李小二,13800138002,2026年11月21日,同意,
张小三,1380013800,2026-11-21,是,
赵小四,13800138004,2026-11-22,否,
"""


@pytest.fixture(autouse=True)
def _rulebook():
    RulebookFactory()


@pytest.fixture
def bring(django_capture_on_commit_callbacks):
    """Send a file as a person does, and let the worker look at it."""

    def bring(client, content, name="顾客名单.csv", **data):
        files = content if isinstance(content, list) else [(name, content)]
        sent = [
            SimpleUploadedFile(each, text if isinstance(text, bytes) else text.encode())
            for each, text in files
        ]
        with django_capture_on_commit_callbacks(execute=True):
            response = client.post("/imports/", {"files": sent, **data})
        assert response.status_code == 302, response.content.decode()
        return Upload.objects.get(pk=response["Location"].split("/")[-2])

    return bring


@pytest.fixture
def say_yes(django_capture_on_commit_callbacks):
    def say_yes(client, upload):
        with django_capture_on_commit_callbacks(execute=True):
            client.post(f"{upload.get_absolute_url()}confirm/")
        upload.refresh_from_db()
        return upload

    return say_yes


def book(*rows):
    """A workbook with these rows, days as days."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"default_date_format": "yyyy-mm-dd"}) as file:
        sheet = file.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return made.getvalue()


def counts(upload):
    part = upload.files.get()
    return part.rows, part.accepted, part.repeated, part.rejected


def test_a_list_made_by_hand_is_read_checked_and_imported(owner, store, login, bring, say_yes):
    client = login(owner)

    upload = bring(client, BY_HAND.encode("gb18030"))

    assert (upload.state, upload.kind) == (UploadState.CHECKED, "registrations")
    assert counts(upload) == (4, 2, 0, 2)
    assert not Registration.objects.exists()
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "GB18030" in page
    assert "2026-11-20 12:00" in page
    assert "备注" in page
    assert "第 6 行，手机号「1380013800」" in page

    say_yes(client, upload)

    assert upload.state == UploadState.DONE
    assert set(Ownership.objects.values_list("dealer", "store")) == {(store.dealer_id, store.pk)}
    assert Registration.objects.count() == 2
    record = FileImport.objects.get()
    assert (record.by, record.accepted, record.rejected) == (owner.user, 2, 2)


def test_rows_without_a_store_are_of_the_one_that_was_chosen(owner, store, login, bring, say_yes):
    other, stranger = StoreFactory(dealer=store.dealer), StoreFactory()
    client = login(owner)

    asked = bring(client, BY_HAND)
    page = client.get(asked.get_absolute_url()).content.decode()
    assert counts(asked) == (4, 0, 0, 4)
    assert "第 4–7 行，门店「」：没有写是哪家门店" in page

    refused = client.post(
        "/imports/", {"files": SimpleUploadedFile("a.csv", b"a"), "store": stranger.pk}
    )
    assert refused.status_code == 200
    say_yes(client, bring(client, BY_HAND, store=other.pk))
    assert set(Registration.objects.values_list("store", flat=True)) == {other.pk}


def test_an_upload_for_a_store_is_of_a_dealer(owner, store):
    upload = Upload(by=owner.user, store=store, language="en", brought_at=timezone.now())
    with pytest.raises(IntegrityError, match="upload_for_a_store_is_of_a_dealer"):
        upload.save()


def test_numbers_of_lines_name_nobody_and_a_total_is_no_row(owner, store, login, bring, say_yes):
    client = login(owner)
    head, last = "序号,姓名,手机号,日期,同意\n", "合计,2 人,,,\n"
    sheets = [
        f"{head}1,王小一,13800138001,2026-11-20,是\n\n2,李小二,13800138002,2026-11-20,是\n{last}",
        f"{head}1,张小三,13800138003,2026-11-20,是\n2,赵小四,13800138004,2026-11-20,是\n{last}",
    ]

    for sheet in sheets:
        upload = bring(client, sheet)
        assert counts(upload) == (2, 2, 0, 0)
        say_yes(client, upload)

    assert Registration.objects.count() == 4


def test_the_rejected_rows_come_back_with_their_remedy_and_go_in_once_corrected(
    owner, store, login, bring, say_yes
):
    client = login(owner)
    upload = say_yes(client, bring(client, BY_HAND))

    response = client.get(f"{upload.get_absolute_url()}rejected/1/")
    text = response.content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))

    assert len(rows) == 3
    assert rows[0][-1] == "问题"
    assert "手机号" in rows[0]
    again = bring(client, text.replace("1380013800,", "13800138003,").encode("utf-8-sig"))
    assert counts(again) == (2, 1, 0, 1)
    say_yes(client, again)
    assert Registration.objects.count() == 3


def test_the_same_file_again_changes_nothing(owner, store, login, bring, say_yes):
    client = login(owner)
    say_yes(client, bring(client, BY_HAND))

    again = bring(client, BY_HAND)

    assert counts(again) == (4, 0, 2, 2)
    say_yes(client, again)
    assert again.state == UploadState.CHECKED
    assert Registration.objects.count() == 2


def test_a_workbook_is_read_with_its_days_and_numbers(owner, store, login, bring, say_yes):
    client = login(owner)
    content = book(
        ["手机", "同意时间", "同意"],
        [13800138001, timezone.now().date() - timedelta(days=1), "是"],
    )

    upload = bring(client, content, "顾客.xlsx")

    assert counts(upload) == (1, 1, 0, 0)
    assert upload.files.get().encoding == "Excel"
    say_yes(client, upload)
    assert Registration.objects.count() == 1


@pytest.mark.parametrize("content", [b"PK\x03\x04 no workbook", b"\xd0\xcf\x11\xe0 damaged"])
def test_a_damaged_workbook_is_refused_with_a_sentence(owner, login, bring, content):
    upload = bring(login(owner), content, "顾客.xlsx")

    assert upload.state == UploadState.REFUSED
    assert "CSV UTF-8" in upload.problem


def test_a_number_that_a_workbook_rounded_is_not_guessed():
    assert workbook.text_of(2.0201010101e19).endswith(".0")
    assert workbook.text_of(13800138000.0) == "13800138000"


def test_a_missing_column_is_named_with_the_way_out(owner, login, bring):
    upload = bring(login(owner), "手机号,姓名\n13800138001,王\n")

    assert upload.state == UploadState.REFUSED
    assert "同意" in upload.problem


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


def test_ids_of_one_dealer_do_not_meet_those_of_another(owner, store, login, bring, say_yes):
    rows = "编号,手机号,日期,同意\n1,13800138001,2026-11-20,是\n"
    other = OwnerFactory(dealer=StoreFactory().dealer)
    say_yes(login(owner), bring(login(owner), rows))

    upload = bring(login(other), rows.replace("8001", "8002"))

    assert counts(upload) == (1, 1, 0, 0)
    say_yes(login(other), upload)
    assert Registration.objects.count() == 2


def test_an_owner_imports_the_own_tills_orders(owner, store, login, bring, say_yes):
    client = login(owner)
    registered(store, phone="13800138001", at=timezone.now() - timedelta(days=30))
    rows = (
        "单号,销售时间,手机号,品类,数量,实付\n"
        'A-1,2026-11-20 15:30,13800138001,床品,2,"¥1,360.00"\n'
        "A-1,2026-11-20 15:30,13800138001,毛巾,1,20\n"
        "A-2,2026-11-20 16:30,,床品,1,100.00\n"
    )

    upload = bring(client, rows, "订单.csv")

    assert (upload.kind, counts(upload)) == ("orders", (3, 3, 0, 0))
    say_yes(client, upload)
    assert sorted(Order.objects.values_list("external_id", "source", "net")) == [
        ("A-1", f"{store.dealer.code}/till", 1380),
        ("A-2", f"{store.dealer.code}/till", 100),
    ]
    assert counts(bring(client, rows, "订单.csv")) == (3, 0, 3, 0)


def test_a_long_code_leaves_room_for_the_till(login, bring, say_yes):
    stores = [StoreFactory(dealer__code=f"D{number}" + "9" * 38) for number in (1, 2)]
    rows = "单号,销售时间,品类,实付\nA-1,2026-11-20 15:30,床品,100.00\n"

    for store in stores:
        client = login(OwnerFactory(dealer=store.dealer))
        upload = bring(client, rows, "订单.csv")
        assert counts(upload) == (1, 1, 0, 0), upload.files.get().problems
        say_yes(client, upload)
        assert counts(bring(client, rows, "订单.csv")) == (1, 0, 1, 0)

    assert len(set(Order.objects.values_list("source", flat=True))) == 2


def test_an_order_that_headquarters_has_is_not_taken_twice(
    owner, hq, store, *, login, bring, say_yes
):
    order = "单号,销售时间,品类,实付,门店,来源\nA-1,2026-11-20 15:30,床品,100.00,%s,pos\n"
    say_yes(login(hq), bring(login(hq), order % store.code, kind="orders"))

    upload = bring(login(owner), order % store.code, kind="orders")

    assert counts(upload) == (1, 0, 0, 1)
    assert "A-1" in upload.files.get().problems


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


def test_who_is_no_longer_an_owner_imports_nothing(owner, login, bring):
    client = login(owner)
    upload = bring(client, BY_HAND)
    uploads.confirm(upload, at=timezone.now())
    type(owner).objects.filter(pk=owner.pk).update(ends_at=timezone.now())

    uploads.store(str(upload.pk), timezone.now())

    upload.refresh_from_db()
    assert upload.state == UploadState.REFUSED
    assert not Registration.objects.exists()


def test_what_a_worker_left_behind_is_sent_again(owner, login, bring):
    upload = bring(login(owner), BY_HAND)
    uploads.confirm(upload, at=timezone.now())

    assert uploads.sweep(timezone.now() + timedelta(days=2)) == 0
    outbox.sweep(timezone.now() + timedelta(minutes=20))
    uploads.store(str(upload.pk), timezone.now())

    assert Registration.objects.count() == 2
    told = Notice.objects.of(owner.user).values_list("about", flat=True)
    assert set(told) == {f"{upload.pk}:checked", f"{upload.pk}:done"}


def test_an_import_that_kills_its_worker_each_time_ends_with_a_sentence(owner, login, bring):
    upload = bring(login(owner), BY_HAND)
    uploads.confirm(upload, at=timezone.now())
    row = OutboxTask.objects.get(task=uploads.STORE)
    OutboxTask.objects.filter(pk=row.pk).update(tries=3)  # each begun, none done

    store_upload.apply(args=row.args, task_id=f"outbox-{row.pk}-again")

    assert not Registration.objects.exists()
    assert uploads.sweep(timezone.now()) == 1
    upload.refresh_from_db()
    assert upload.state == UploadState.REFUSED
    assert Notice.objects.filter(about=f"{upload.pk}:refused", user=owner.user).exists()


def test_files_are_sealed_and_gone_after_a_week(
    owner, login, bring, django_capture_on_commit_callbacks
):
    upload = bring(login(owner), BY_HAND)
    part = upload.files.get()
    kept = part.file.name
    with part.file.open() as file:
        assert b"13800138002" not in file.read()
    assert b"".join(keeping.pieces_of(kept)).decode() == BY_HAND

    with django_capture_on_commit_callbacks(execute=True):
        uploads.sweep(timezone.now() + timedelta(days=8))

    assert not default_storage.exists(kept)
    upload.refresh_from_db()
    part.refresh_from_db()
    assert (upload.state, part.preview) == (UploadState.CANCELLED, "")


def test_a_file_of_a_confirmed_upload_waits_for_the_worker(owner, login, bring):
    upload = bring(login(owner), BY_HAND)
    Upload.objects.update(brought_at=timezone.now() - timedelta(days=8))
    uploads.confirm(upload, at=timezone.now())

    uploads.sweep(timezone.now())
    uploads.store(str(upload.pk), timezone.now())

    assert Registration.objects.count() == 2


def test_an_upload_whose_file_is_gone_ends_with_a_sentence(owner, login, bring, caplog):
    upload = bring(login(owner), BY_HAND)
    uploads.confirm(upload, at=timezone.now())
    default_storage.delete(upload.files.get().file.name)

    uploads.store(str(upload.pk), timezone.now())

    upload.refresh_from_db()
    assert (upload.state, bool(upload.problem)) == (UploadState.REFUSED, True)
    assert str(upload.pk) in caplog.text
    assert uploads.sweep(timezone.now() + timedelta(hours=1)) == 0


def test_a_file_that_no_row_tells_of_goes(owner, login, bring):
    named = bring(login(owner), BY_HAND).files.get().file.name
    left = keeping.keep("left-behind", [b"13800138002"])

    uploads.sweep(timezone.now())
    assert default_storage.exists(left)  # its row may be on the way
    uploads.sweep(timezone.now() + timedelta(days=2))

    assert not default_storage.exists(left)
    assert default_storage.exists(named)


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

    uploads.check(str(upload.pk), timezone.now())

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


def test_a_kept_file_that_was_cut_does_not_open(settings):
    name = keeping.keep("x", [b"a" * keeping.PIECE, b"b" * 10])
    assert len(b"".join(keeping.pieces_of(name))) == keeping.PIECE + 10
    with default_storage.open(name) as file:
        cut = file.read()[: 12 + 12 + keeping.PIECE + 16]
    with open(default_storage.path(name), "wb") as file:
        file.write(cut)

    with pytest.raises(keeping.vault.VaultError):
        list(keeping.pieces_of(name))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("kind", ["registrations", "orders"])
@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_a_template_is_recognised_and_its_example_is_no_row(
    owner, store, login, bring, *, language, kind, format_
):
    owner.user.language = language
    owner.user.save()
    client = login(owner)
    template = client.get(f"/imports/templates/{kind}/", {"format": format_})

    upload = bring(client, template.content, f"t.{format_}")

    assert (upload.state, upload.kind, counts(upload)) == (UploadState.CHECKED, kind, (0, 0, 0, 0))


def test_an_owner_brings_no_network(owner, login):
    client = login(owner)
    assert client.get("/imports/templates/network/").status_code == 404
    page = client.post("/imports/", {"files": SimpleUploadedFile("a.csv", b"a"), "kind": "network"})
    assert page.status_code == 200
    assert not Upload.objects.exists()


def test_a_large_body_is_taken_here_only_and_from_whom_may(owner, clerk, login):
    from tests.config.test_limits_of_requests import post

    assert post(login(clerk), "/imports/", 2 * 1024 * 1024).status_code == 413
    assert post(login(owner), "/imports/", 300 * 1024 * 1024).status_code == 413
    assert post(login(owner), reverse("dealers:staff"), 2 * 1024 * 1024).status_code == 413
    assert post(login(owner), "/imports/", 150 * 1024 * 1024).status_code != 413


def test_too_many_customers_at_once_are_refused(owner, store, login, bring, monkeypatch):
    rows = "手机号,日期,同意\n" + "".join(f"138001{n:05},2026-11-20,是\n" for n in range(5001))

    upload = bring(login(owner), rows)

    assert upload.state == UploadState.REFUSED
    assert "5000" in upload.problem


def test_the_admin_leads_to_it(hq, login):
    page = login(hq).get(reverse("admin:dealers_fileimport_changelist")).content.decode()
    assert reverse("dealers:imports") in page


def test_a_clerk_of_the_dealer_named_in_a_row_follows_up(owner, store, login, bring, say_yes):
    clerk = MembershipFactory(store=store)
    rows = f"手机号,日期,同意,店员\n13800138001,2026-11-20,是,{clerk.user.email}\n"

    say_yes(login(owner), bring(login(owner), rows))

    assert Ownership.objects.get().staff == clerk.user
