"""Leads from a file of headquarters."""

import csv
from contextlib import suppress
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from customers.dispatch import contacts, offers
from customers.dispatch.files import COLUMNS
from customers.erasure import erase_person
from customers.models import Identity, Lead, LeadSource
from dealers.actor import Actor
from dealers.imports import sheets
from dealers.models import FileImport, OutboxTask
from tests.factories.customers import CategoryFactory, RulebookFactory, phone_number, registered
from tests.factories.dealers import StoreFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

ROW = {
    "external_id": "L-1", "phone": "138 0013 8000", "name": "吴先生", "wish": "Water filter",
    "region_code": "R-EAST", "category": "", "latitude": "31.2304", "longitude": "121.4737",
    "campaign": "autumn", "consent_service": "yes", "consent_marketing": "no",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


@pytest.fixture
def market():
    return StoreFactory(dealer__region__code="R-EAST")


@pytest.fixture
def load(tmp_path):
    """Import rows, each what it says otherwise than ROW; what the command said, and rejected."""

    def load(*rows, **options):
        path, said = tmp_path / "leads.csv", StringIO()
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ROW)
            writer.writeheader()
            writer.writerows(ROW | row for row in rows)
        with suppress(CommandError):  # rejected rows
            call_command("import_leads", path, stdout=said, **options)
        return said.getvalue()

    return load


def test_leads_come_in_once_and_each_goes_to_a_store(load, market):
    said = load({}, {"external_id": "L-2", "phone": phone_number()})
    assert "2 new" in said
    lead = Lead.objects.get(external_id="L-1")
    assert (lead.source, lead.campaign, str(lead.latitude)) == (
        LeadSource.FILE, "autumn", "31.23040",
    )  # fmt: skip
    assert contacts.opened(lead) == ("+8613800138000", "吴先生")
    due = OutboxTask.objects.get(task="customers.tasks.offer_leads")
    assert set(due.args[0]) == {str(each.pk) for each in Lead.objects.all()}
    assert offers.offer(lead.pk, timezone.now()).store == market


def test_the_same_file_again_changes_nothing(load, market):
    rows = [{"external_id": f"L-{n}", "phone": f"1380013{n:04}"} for n in range(3)]
    load(*rows)
    assert "3 already there" in load(*rows)
    assert Lead.objects.count() == 3
    assert OutboxTask.objects.filter(task="customers.tasks.offer_leads").count() == 1


def test_a_number_with_other_content_is_rejected(load, market):
    load({})
    said = load({"wish": "Lock"}, {"external_id": "L-2"}, {"external_id": "L-2", "name": "王"})
    assert said.count("on file with other content") == 2
    assert Lead.objects.count() == 2


def test_only_checked_nothing_is_written(load, market):
    said = load({}, {"external_id": "L-2", "consent_service": "no"}, dry_run=True)
    assert "1 new" in said
    assert "1 rejected" in said
    assert not Lead.objects.exists()
    assert not Identity.objects.exists()


@pytest.mark.parametrize(
    ("row", "remedy"),
    [
        ({"phone": "12"}, "number"),
        ({"consent_service": "no"}, "Ask the customer first"),
        ({"consent_service": "maybe"}, "Write yes or no"),
        ({"region_code": "R-X"}, "code of a region on file"),
        ({"category": "unknown"}, "code of a category on file"),
        ({"latitude": ""}, "both latitude and longitude"),
        ({"latitude": "90.00001"}, "between -90 and 90"),
        ({"longitude": "NaN"}, "between -180 and 180"),
        ({"wish": ""}, "may not be empty"),
        ({"wish": "x" * 121}, "At most 120"),
        ({"external_id": ""}, "may not be empty"),
    ],
)
def test_a_bad_row_says_where_and_what_would_be_right(row, remedy, load, market, tmp_path):
    said = load(row, {"external_id": "L-9"})
    assert f"line 2, {next(iter(row))}" in said
    assert remedy in said
    assert Lead.objects.get().external_id == "L-9"
    assert "problem" in (tmp_path / "leads.rejected.csv").read_text(encoding="utf-8-sig")
    assert FileImport.objects.get().rejected == 1


def test_the_people_of_a_file_are_those_on_file(load, market):
    known = registered(market, phone="13800138000", at=timezone.now()).identity
    CategoryFactory(code="床品")
    load({"category": "床品"}, {"external_id": "L-2"})
    assert set(Lead.objects.values_list("identity", flat=True)) == {known.pk}
    assert Lead.objects.get(external_id="L-1").category.code == "床品"


def test_who_was_erased_is_somebody_new(load, market):
    load({})
    by = Actor.hq(UserFactory(is_staff=True))
    erase_person(Lead.objects.get().identity, reason="asked for", by=by, at=timezone.now())
    assert "on file with other content" in load({})
    load({"external_id": "L-2"})
    assert Lead.objects.values("identity").distinct().count() == 2


def test_so_many_statements_for_a_file_of_any_length(
    load, market, django_assert_max_num_queries, tmp_path
):
    for count in (2, 40):
        rows = [
            {"external_id": f"{count}-{n}", "phone": f"1390{count:03}{n:04}"} for n in range(count)
        ]
        with django_assert_max_num_queries(45):
            load(*rows)
    assert Lead.objects.count() == 42


@pytest.mark.parametrize("head", ["编号", "序号", "id"])
def test_a_running_number_of_a_sheet_is_no_number_of_a_lead(tmp_path, head):
    sheet = tmp_path / "leads.csv"
    sheet.write_text(f"{head},手机,需求,大区编号,同意\n1,138 0013 8000,净水,R-EAST,是\n", "utf-8")

    found = sheets.look_for(sheet, "utf-8", COLUMNS)

    assert sheets.missing(found, COLUMNS) == ["Lead number"]
    assert found.unread == (head,)


def test_a_file_that_breaks_off_while_it_is_read_is_on_record():
    # It can be opened, and nothing can be read of it.
    with pytest.raises(CommandError) as refused:
        call_command("import_leads", "/proc/self/mem", stdout=StringIO())

    assert "None" not in str(refused.value)
    assert FileImport.objects.get().problems == str(refused.value)
