"""The files about the network and its people that headquarters brings in the browser."""

from functools import cache

from django.utils.translation import gettext_lazy as _

from dealers import network, roster
from dealers.imports import spellings
from dealers.imports.columns import Column, Row, folded
from dealers.imports.csv import CsvFile
from dealers.imports.kinds import Job, Kind
from dealers.imports.reading import Reading
from dealers.models import ImportKind, Role

NETWORK_COLUMNS = (
    Column("region_code", _("Region code"), "R-EAST", also=("大区编号", "区域编码")),
    Column("region_name", _("Region"), _("East China"), also=("大区名称", "区域")),
    Column("dealer_code", _("Dealer code"), "D0001", also=("经销商编号",)),
    Column("dealer_name", _("Dealer"), _("Sample dealer"), also=("经销商名称",)),
    Column("store_code", _("Store code"), "S001", also=("门店编号",)),
    Column("store_name", _("Store"), _("Sample store"), also=("门店名称",)),
    Column("timezone", _("Time zone"), "Asia/Shanghai", needed=False),
    Column("size_class", _("Size class"), "A", also=("等级", "门店等级")),
    Column("opened_on", _("Opened on"), "2020-03-01", also=("开业时间", "开店日期")),
)
ROSTER_COLUMNS = (
    Column("name", _("Name"), _("Zhou Guoliang"), also=("名字",), of_a_person=True),
    Column(
        "email",
        _("E-mail or mobile number"),
        "zhou@example.com",
        also=("邮箱", "邮件", "电子邮件", "手机号", "e-mail"),
    ),
    Column("role", _("Role"), _("Owner"), also=("职务", "岗位")),
    Column("place", _("Dealer or region code"), "D0001", also=("经销商编码", "大区编码")),
)
ROLES = {Role.OWNER: ("老板", "店主"), Role.REGIONAL_MANAGER: ("区域经理", "大区经理")}


def tidy_network(row: Row, _reading: Reading) -> None:
    """Put a row of the network into the importer's words."""
    if not row.get("timezone", "").strip():
        row["timezone"] = "Asia/Shanghai"
    row["size_class"] = row["size_class"].strip().upper()
    row["opened_on"] = spellings.day(row["opened_on"])


def tidy_roster(row: Row, _reading: Reading) -> None:
    """Put a person's row into the importer's words."""
    row["role"] = _roles().get(folded(row["role"]), row["role"])


@cache
def _roles() -> dict[str, str]:
    """The roles by their words in every language."""
    return {
        word: role.value
        for role in Role
        for word in Column(role.value, role.label, also=ROLES.get(role, ())).heads()
    }


def load_network(job: Job) -> list[CsvFile]:
    """Regions, dealers and stores."""
    file = CsvFile.open(job.paths[0], network.COLUMNS)
    network.load(file, job.progress)
    return [file]


def load_roster(job: Job) -> list[CsvFile]:
    """People to invite."""
    file = CsvFile.open(job.paths[0], roster.COLUMNS)
    roster.load(file, job)
    return [file]


KINDS = (
    Kind(
        ImportKind.NETWORK,
        ("dealers.add_region", "dealers.add_dealer", "dealers.add_store"),
        load_network,
        NETWORK_COLUMNS,
        tidy_network,
    ),
    Kind(ImportKind.PEOPLE, ("dealers.add_invitation",), load_roster, ROSTER_COLUMNS, tidy_roster),
)
