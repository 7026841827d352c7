"""Leads from a file that headquarters brings: checked row by row, stored together."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from itertools import batched
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from customers.dispatch import contacts, leads
from customers.models import Category, Lead, LeadSource
from dealers.imports import spellings
from dealers.imports.columns import Column, Row
from dealers.imports.csv import CsvFile
from dealers.imports.kinds import Job, Kind
from dealers.imports.problems import RowProblem
from dealers.imports.reading import Reading
from dealers.imports.values import identifier, optional_identifier, optional_text, text
from dealers.models import ImportKind, Region
from dealers.phones import PhoneNotValid, normalise

COLUMNS = (
    # “编号” alone is a sheet's running number, as in the other files.
    Column("external_id", gettext_lazy("Lead number"), "L-0001", also=("线索号", "线索编号")),
    Column("phone", gettext_lazy("Mobile number"), "138 0000 0000",
           also=("手机", "手机号", "手机号码", "电话", "联系电话", "tel", "mobile"),
           of_a_person=True),
    Column("name", gettext_lazy("Name"), gettext_lazy("Lin Xiaoyu"),
           also=("顾客", "客户", "顾客姓名", "客户姓名", "称呼"), needed=False, of_a_person=True),
    Column("wish", gettext_lazy("What for"), gettext_lazy("Water filter"),
           also=("需求", "意向", "留言"), of_a_person=True),
    Column("region_code", gettext_lazy("Region code"), "R-EAST", also=("大区编号", "区域编码")),
    Column("category", gettext_lazy("Category"), "", also=("类别", "商品类别", "品类"),
           needed=False),
    Column("latitude", gettext_lazy("Latitude"), "31.23040", also=("纬度",), needed=False,
           of_a_person=True),
    Column("longitude", gettext_lazy("Longitude"), "121.47370", also=("经度",), needed=False,
           of_a_person=True),
    Column("campaign", gettext_lazy("Campaign"), "", also=("活动", "来源活动"), needed=False),
    Column("consent_service", gettext_lazy("Agrees that a store calls"), gettext_lazy("yes"),
           also=("同意", "是否同意", "同意联系", "consent")),
    Column("consent_marketing", gettext_lazy("Agrees to offers"), gettext_lazy("no"),
           also=("同意营销", "营销同意"), needed=False),
)  # fmt: skip
NAMES = [column.name for column in COLUMNS]
DEGREES = Decimal("0.00001")


def tidy(row: Row, _reading: Reading) -> None:
    """Put a lead's row into the importer's words."""
    row["consent_service"] = spellings.answer(row["consent_service"])
    row["consent_marketing"] = spellings.answer(row.get("consent_marketing") or "no")


class _Line(NamedTuple):
    """A row that can be taken, if nothing on file is against it."""

    line: int
    received: leads.Received


def load(job: Job) -> list[CsvFile]:
    """Leads, each of which goes to a store; the same again changes nothing. Raises WrongUse."""
    file = CsvFile.open(job.paths[0], NAMES)
    job.progress.start(_("Reading %(name)s") % {"name": file.name}, file.size)
    new = _new(file, _read(file, job))
    count = leads.receive_all(new, by=job.by, at=job.at) if job.store else len(list(new))
    job.effects.append(
        ngettext(
            "%(count)d lead goes to a store, the customer's own first.",
            "%(count)d leads go to stores, the customer's own first.",
            count,
        )
        % {"count": count}
    )
    return [file]


def _read(file: CsvFile, job: Job) -> Iterable[_Line]:
    """The rows that are good by themselves."""
    regions = dict(Region.objects.values_list("code", "pk"))
    categories = dict(Category.objects.values_list("code", "pk"))
    for line, values in file.rows(job.progress):
        try:
            row = dict(zip(NAMES, values, strict=True))
            yield _Line(line, _lead(row, regions, categories))
        except RowProblem as problem:
            file.reject_for(line, problem)


def _lead(
    row: Mapping[str, str], regions: Mapping[str, int], categories: Mapping[str, int]
) -> leads.Received:
    number = identifier("external_id", row["external_id"], 80)
    try:
        phone = normalise(row["phone"])
    except PhoneNotValid as problem:
        raise RowProblem("phone", row["phone"], str(problem)) from None
    if not _answer(row, "consent_service"):
        raise RowProblem("consent_service", row["consent_service"], leads.not_asked())
    region = regions.get(row["region_code"].strip())
    if region is None:
        remedy = _("Write the code of a region on file.")
        raise RowProblem("region_code", row["region_code"], remedy)
    code = optional_identifier("category", row["category"], 80)
    if code and code not in categories:
        remedy = _("Write the code of a category on file, or leave it empty.")
        raise RowProblem("category", code, remedy)
    latitude, longitude = _degrees(row, "latitude", 90), _degrees(row, "longitude", 180)
    if (latitude is None) is not (longitude is None):
        missing = "latitude" if latitude is None else "longitude"
        raise RowProblem(missing, "", _("Give both latitude and longitude, or neither."))
    lead = Lead(
        source=LeadSource.FILE,
        external_id=number,
        campaign=optional_text("campaign", row["campaign"], 80),
        wish=text("wish", row["wish"], 120),
        category_id=categories.get(code),
        region_id=region,
        latitude=latitude,
        longitude=longitude,
        consent_marketing=_answer(row, "consent_marketing"),
    )
    return leads.Received(lead, phone, optional_text("name", row["name"], 60))


def _answer(row: Mapping[str, str], column: str) -> bool:
    said = row[column].strip()
    if said not in {"yes", "no"}:
        raise RowProblem(column, said, _("Write yes or no."))
    return said == "yes"


def _degrees(row: Mapping[str, str], column: str, most: int) -> Decimal | None:
    said = row[column].strip()
    if not said:
        return None
    try:
        found = Decimal(said)
        if not abs(found) <= most:  # also what is no number
            raise InvalidOperation
        return found.quantize(DEGREES)
    except InvalidOperation:
        remedy = _("Write degrees between -%(most)d and %(most)d, like 31.23040.")
        raise RowProblem(column, said, remedy % {"most": most}) from None


def _new(file: CsvFile, lines: Iterable[_Line]) -> Iterable[leads.Received]:
    """Those that are not on file; the same again is repeated, another one is rejected."""
    said: dict[str, tuple[Any, ...]] = {}
    for some in batched(lines, leads.PORTION, strict=False):
        numbers = {each.received.lead.external_id for each in some} - said.keys()
        on_file = Lead.objects.filter(source=LeadSource.FILE, external_id__in=numbers)
        for lead in on_file:
            said[lead.external_id] = _content(leads.Received(lead, *contacts.opened(lead)))
        for line, received in some:
            number, content = received.lead.external_id, _content(received)
            if number not in said:
                said[number] = content
                yield received
            elif said[number] == content:
                file.repeated += 1
            else:
                remedy = _("This number is on file with other content. Give the lead a new one.")
                file.reject(line, "external_id", number, remedy)


def _content(received: leads.Received) -> tuple[Any, ...]:
    lead, number, name = received
    return (
        number, name, lead.wish, lead.campaign, lead.category_id, lead.region_id, lead.latitude,
        lead.longitude, lead.consent_marketing,
    )  # fmt: skip


KINDS = (Kind(ImportKind.LEADS, ("customers.add_lead",), load, COLUMNS, tidy),)
