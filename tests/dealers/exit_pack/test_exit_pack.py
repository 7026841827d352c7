"""Everything of a dealer in one file: complete, in the clear, and of nobody else."""

import csv
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers.cards import update_card
from customers.orders.recording import GivenLine, record_order
from customers.ownership.activities import record_activity
from dealers.actor import Actor, acting
from dealers.exit_pack import asking, parts
from dealers.models import AccessLog, Export, ExportState, Link
from dealers.receipts import root
from dealers.tasks import keep_chains, write_exit_pack
from tests.factories.cases import case_of
from tests.factories.customers import CategoryFactory, RulebookFactory, number_of, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory
from tests.factories.stamps import stamped

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory()


def made(client) -> zipfile.ZipFile:
    """The pack as its owner downloads it."""
    asked = client.post(reverse("dealers:make-exit-pack"))
    export = Export.objects.latest("asked_at")
    assert asked.url == export.get_absolute_url()
    write_exit_pack(str(export.pk))
    answer = client.get(f"{export.get_absolute_url()}file/")
    assert answer["Content-Type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(b"".join(answer)))


def table(pack, name):
    """A table by its CSV, after its JSON said the same."""
    text = pack.read(f"data/{name}.csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    as_json = json.loads(pack.read(f"data/{name}.json"))
    assert len(as_json) == len(rows)
    for row, same in zip(rows, as_json, strict=True):
        assert [str(parts.plain(cell)) for cell in same.values()] == [
            cell.removeprefix("'") for cell in row.values()
        ]
    return as_json


def sold(store, customer, number, source="till"):
    net = Decimal("199.90")
    return record_order(
        source=source, external_id=number, ordered_at=timezone.now(), store=store,
        phone=number_of(customer), lines=[GivenLine(1, CategoryFactory(), 1, net, Decimal(0), net)],
    )  # fmt: skip


def test_an_owner_has_every_record_in_the_clear(store, owner, clerk, login):
    one = registered(store, name="王小明", staff=clerk.user, at=timezone.now())
    update_card(one.customer, by=Actor.of(owner), at=timezone.now(), wechat="wang-88", notes="=1+1")
    record_activity(
        one.customer,
        kind="call",
        outcome="reached",
        note="周末来量尺寸",
        by=Actor.of(clerk),
        at=timezone.now(),
    )
    pack = made(login(owner))

    (customer,) = table(pack, "customers")
    (registration,) = table(pack, "registrations")
    (protection,) = table(pack, "protections")
    assert (customer["name"], customer["wechat"], customer["notes"]) == (
        "王小明",
        "wang-88",
        "=1+1",
    )
    assert customer["phone"] == number_of(one.customer)
    assert registration["receipt"] == one.receipt
    assert registration["customer"] == protection["customer"] == customer["customer"]
    assert (registration["answer"], registration["registered_by"]) == ("yours", clerk.user.name)
    assert table(pack, "follow_ups")[0]["note"] == "周末来量尺寸"
    assert [row["event"] for row in table(pack, "protection_history")] == ["started"]
    assert {row["purpose"] for row in table(pack, "consents")} >= {"service"}
    assert {row["person"] for row in table(pack, "people")} == {owner.user.name, clerk.user.name}
    assert b"'=1+1" in pack.read("data/customers.csv")
    assert b"'=1+1" not in pack.read("data/customers.json")


def test_the_manifest_names_each_file_and_the_access_log_the_manifest(store, owner, login):
    for _ in range(3):
        registered(store)
    pack = made(login(owner))

    manifest = json.loads(pack.read("manifest.json"))
    named = {file["name"]: file for file in manifest["files"]}
    assert set(named) == set(pack.namelist()) - {"manifest.json"}
    for name, file in named.items():
        content = pack.read(name)
        assert (file["bytes"], file["sha256"]) == (
            len(content),
            hashlib.sha256(content).hexdigest(),
        )
    entry = AccessLog.objects.get(action="export")
    digest = hashlib.sha256(pack.read("manifest.json")).hexdigest()
    assert entry.fields.startswith("name, phone, wechat, email, notes")
    assert entry.fields.endswith(f"manifest {digest}")
    assert (entry.count, entry.user) == (3, owner.user)
    keep_chains()
    assert digest in Link.objects.filter(kind="access").latest("seq").body


def test_each_file_and_column_is_explained_in_both_languages(store, owner, login):
    pack = made(login(owner))
    for name in ("README.zh.txt", "README.en.txt"):
        text = pack.read(name).decode("utf-8-sig")
        for each in parts.tables():
            assert f"data/{each.name}.csv" in text
            for column in each.columns:
                assert f"  {column.name}: " in text
        assert "verify_receipt.py" in text
    assert "Customers with their numbers and notes" in pack.read("README.en.txt").decode()
    assert "Customers with" not in pack.read("README.zh.txt").decode()


def test_the_verifier_in_the_pack_proves_it_without_the_portal(store, owner, login, tmp_path):
    registered(store)
    registered(StoreFactory())
    keep_chains()
    day = root.close_yesterday(timezone.now() + timedelta(days=1))
    stamp = stamped(day)
    made(login(owner)).extractall(tmp_path)
    assert (tmp_path / "proof" / f"root-{day}.tsr").read_bytes() == stamp.content

    def verified():
        return subprocess.run(
            [sys.executable, "-I", "-S", "verify_receipt.py"], cwd=tmp_path / "proof",
            capture_output=True, check=False,
        )  # fmt: skip

    found = verified()
    assert found.returncode == 0, found.stdout.decode()
    assert "prove nothing against the brand" in found.stdout.decode()
    chain = tmp_path / "proof" / "chain.csv"
    chain.write_bytes(chain.read_bytes().replace(b"yours", b"protected"))
    assert verified().returncode == 1


@pytest.mark.parametrize("name", ["case_evidence", "dispute_evidence"])
def test_what_was_said_is_read_without_the_files_beside_it(owner, name):
    by = Actor.of(owner)
    with acting(by), CaptureQueriesContext(connection) as asked:
        list(parts.PARTS[name].rows(owner.dealer_id, by))
    said = [each["sql"] for each in asked if "text_sealed" in each["sql"]]
    assert len(said) == 1
    assert "file_sealed" not in said[0]


def test_nothing_of_another_dealer_is_in_it(store, owner, clerk, login):
    now = timezone.now()
    theirs = StoreFactory(name="竞争门店", code="RIVAL-STORE", dealer__name="竞争公司")
    their_owner = OwnerFactory(dealer=theirs.dealer, user__name="竞争老板")
    their_clerk = MembershipFactory(store=theirs, user__name="竞争店员").user
    rival = registered(theirs, name="金丝雀小姐", staff=their_clerk, at=now)
    update_card(rival.customer, by=Actor.of(their_owner), at=now, notes="金丝雀备注")
    mine = registered(store, name="王小明", staff=clerk.user, at=now)
    # Each one's customer buys at the other's till, and the dealers meet at one person.
    away, here = (
        sold(theirs, mine.customer, "M-1", "rival-till"),
        sold(store, rival.customer, "M-2"),
    )
    both = registered(
        store, phone=number_of(rival.customer), name="同一人", staff=clerk.user, at=now
    )
    case_of(clerk, theirs, now)
    for its_owner in (owner, their_owner):
        pack = made(login(its_owner))
        content = {name: pack.read(name) for name in pack.namelist()}
        text = b"\n".join(content.values()).decode("utf-8", "replace")
        secrets = {
            theirs.code, theirs.name, theirs.dealer.name, theirs.dealer.code, their_owner.user.name,
            their_clerk.name, "金丝雀小姐", "金丝雀备注", rival.receipt, "rival-till",
            str(rival.customer_id),
        }  # fmt: skip
        if its_owner == their_owner:
            assert {secret for secret in secrets if secret in text} == secrets
            continue
        assert not {secret for secret in secrets if secret in text}
        orders = {row["order"]: row for row in table(pack, "orders")}
        assert (orders[str(away.pk)]["store"], orders[str(away.pk)]["source"]) == ("", "")
        assert orders[str(here.pk)]["store"] == store.code
        lines = {row["order"]: row for row in table(pack, "order_lines")}
        assert (lines[str(away.pk)]["gross"], lines[str(away.pk)]["discount"]) == (None, None)
        assert lines[str(away.pk)]["net"] is not None
        assert lines[str(here.pk)]["gross"] is not None
        (claimed,) = [r for r in table(pack, "registrations") if r["receipt"] == both.receipt]
        assert claimed["answer"] == "protected"


def test_returns_are_taken_off_in_orders_as_in_their_lines(store, owner, clerk, login):
    mine = registered(store, staff=clerk.user, at=timezone.now())
    for nth, place in enumerate([store, StoreFactory()]):
        sale = sold(place, mine.customer, f"R-{nth}")
        line = sale.lines.get()
        part = Decimal("99.95")
        record_order(
            source="till", external_id=f"R-{nth}", ordered_at=timezone.now(), store=place,
            returns=sale, lines=[GivenLine(1, line.category, 1, part, Decimal(0), part, returns=1)],
        )  # fmt: skip
    pack = made(login(owner))

    orders = {row["order"]: row for row in table(pack, "orders")}
    lines = table(pack, "order_lines")
    assert len(orders) == len(lines) == 4
    for line in lines:
        order, sign = orders[line["order"]], -1 if line["kind"] == "return" else 1
        told = (line["kind"], line["quantity"], line["net"])
        assert told == (order["kind"], order["quantity"], order["net"])
        assert line["quantity"] == sign
        assert line["net"] == ("-99.95" if sign < 0 else "199.90")
        assert line["gross"] in (None, line["net"])  # of another dealer's price nothing is told
    assert sum(Decimal(line["net"]) for line in lines) == Decimal("199.90")
    for name in ("orders", "order_lines"):
        sheet = pack.read(f"data/{name}.csv")
        assert b",-99.95" in sheet  # a number for spreadsheets, not a text
        assert b"'-" not in sheet
    said = pack.read("README.en.txt").decode()
    assert "the amounts and numbers of pieces of a return are negative" in said
    assert "退货的金额和件数都是负数" in pack.read("README.zh.txt").decode()


def test_amounts_are_written_out():
    written = [str(parts.cell(Decimal(text))) for text in ("-0.0000000001", "1E+3", "-99.90")]
    assert written == ["-0.0000000001", "1000", "-99.90"]


def test_only_owners_have_it_and_after_their_second_factor(store, owner, clerk, manager, login):
    for who in (clerk, manager):
        client = login(who)
        assert client.get(reverse("dealers:exit-pack")).status_code == 404
        assert client.post(reverse("dealers:make-exit-pack")).status_code == 404
        with pytest.raises(asking.NotYours):
            asking.ask(by=Actor.of(who), at=timezone.now())
    client = login(owner)
    assert "None yet" in client.get(reverse("dealers:exit-pack")).text
    assert not Export.objects.exists()


def test_the_page_says_how_far_it_is_and_what_is_there(store, owner, login):
    client = login(owner)
    client.post(reverse("dealers:make-exit-pack"))
    again = client.post(reverse("dealers:make-exit-pack"))
    export = Export.objects.get()
    assert again.url == export.get_absolute_url()
    assert "being made: 0 %" in client.get(reverse("dealers:exit-pack")).text
    write_exit_pack(str(export.pk))
    assert "It is deleted on" in client.get(reverse("dealers:exit-pack")).text
    Export.objects.update(state=ExportState.FAILED)
    assert "could not be made" in client.get(reverse("dealers:exit-pack")).text
