"""The files about customers and orders that people bring in the browser."""

import hmac
from functools import partial

from django.utils.translation import gettext_lazy as _

from customers import look_ups
from customers.bulk.effects import known, sentences
from customers.bulk.load import Load
from customers.bulk.orders import CURRENCY, FURTHER, ORDER_COLUMNS, PRODUCT
from customers.bulk.registrations import REGISTRATION_COLUMNS, ROW, STAFF
from customers.cards import CardRefused
from customers.cutoff import busy_as
from customers.models import OrderKind, TypedInto
from customers.ownership import limits, planted
from customers.ownership.settings import RegistrationRefused
from customers.products import PRODUCT_COLUMNS, load_products
from dealers.codes import ONLINE
from dealers.imports import spellings
from dealers.imports.columns import Column, Row, folded
from dealers.imports.csv import CsvFile
from dealers.imports.kinds import Job, Kind
from dealers.imports.problems import WrongUse
from dealers.imports.reading import Reading, counts_rows, prefixes
from dealers.keys import envelopes
from dealers.models import ImportKind

SOURCE, TILL = "list", "till"  # of rows that name none
SOURCE_LENGTH = 40  # characters of an order's source
OWNERS_ROWS = 5000  # registrations that an owner brings at once

REGISTRATIONS = (
    Column("external_id", _("Registration number"), also=("登记号",), needed=False, offered=False),
    Column(ROW, _("Row number"), "1", also=("编号", "id"), needed=False),
    Column("store_code", _("Store"), "S001", also=("门店编号", "门店编码", "门店名称", "店铺"),
           needed=False),
    Column("phone", _("Mobile number"), "138 0000 0000",
           also=("手机", "手机号", "手机号码", "电话", "联系电话", "电话号码", "tel", "mobile"),
           of_a_person=True),
    Column("name", _("Name"), _("Lin Xiaoyu"),
           also=("顾客", "客户", "顾客姓名", "客户姓名", "称呼"), needed=False, of_a_person=True),
    Column("registered_at", _("Agreed on"), "2026-11-20 15:30",
           also=("登记时间", "登记日期", "同意时间", "日期", "时间", "date")),
    Column("source", _("Source"), _("Store visit"), also=("渠道",), needed=False),
    Column("consent_service", _("Agrees to be served"), _("yes"),
           also=("同意", "是否同意", "同意服务", "consent")),
    Column("consent_marketing", _("Agrees to offers"), _("no"), also=("同意营销", "营销同意"),
           needed=False),
    Column(STAFF, _("Registered by (e-mail)"), "", also=("店员", "店员邮箱"), needed=False),
)  # fmt: skip
ORDERS = (
    Column("source", _("Till"), "till 1", also=("来源", "收银机"), needed=False),
    Column("external_id", _("Order number"), "2611-0001",
           also=("单号", "订单编号", "小票号", "order")),
    Column("kind", _("Sale or return"), _("sale"), also=("类型", "单据类型"), needed=False),
    Column("ordered_at", _("Time of the sale"), "2026-11-20 15:30",
           also=("下单时间", "销售时间", "销售日期", "日期", "时间", "date")),
    Column("place", _("Store"), "S001", also=("门店编号", "门店编码", "门店名称"), needed=False),
    Column("phone", _("Mobile number"), "138 0000 0000",
           also=("手机", "手机号", "手机号码", "电话", "会员手机"), needed=False, of_a_person=True),
    Column("returns_external_id", _("Returned order"), "", also=("原单号",), needed=False),
    Column("line", _("Line"), "1", also=("行",), needed=False),
    Column("category", _("Category"), _("Home textiles"),
           also=("类别", "商品类别", "品类", "分类")),
    Column(PRODUCT, _("Product code"), "", also=("商品编号",), needed=False),
    Column("quantity", _("Quantity"), "2", also=("件数",), needed=False),
    Column("gross", _("Amount before discount"), "400.00", also=("原价", "应收"), needed=False),
    Column("discount", _("Discount"), "40.00", also=("优惠",), needed=False),
    Column("net", _("Amount paid"), "360.00", also=("实收", "实付", "金额")),
    Column("returns_line", _("Returned line"), "", also=("原行号",), needed=False),
    Column(CURRENCY, _("Currency"), "CNY", also=("币别",), needed=False),
)  # fmt: skip
KIND_WORDS = {
    **dict.fromkeys(("sale", "sold", "销售", "销售单", "出货"), OrderKind.SALE.value),
    **dict.fromkeys(("return", "refund", "退货", "退款", "退货单"), OrderKind.RETURN.value),
}
ONLINE_WORDS = frozenset(map(folded, (ONLINE, "网店", "线上", "官网", "官方商城")))


def tidy_registration(row: Row, reading: Reading) -> None:
    """Put a registration's row into the importer's words."""
    store = row["store_code"] = reading.store(row.get("store_code", ""))
    row["registered_at"] = spellings.moment(row["registered_at"], reading.zone(store))
    row["consent_service"] = spellings.answer(row["consent_service"])
    row["consent_marketing"] = spellings.answer(row.get("consent_marketing") or "no")
    row["source"] = row.get("source", "").strip() or SOURCE
    number, listed = row.get("external_id", "").strip(), row.get(ROW, "").strip()
    if reading.dealer is not None:  # as it stands in a file of rejected rows from before
        listed = listed.removeprefix(prefixes(reading.dealer)[0])
    row[ROW] = listed if counts_rows(listed) else ""
    if not number and not row[ROW]:
        number = listed
    if not number:
        # The same row again is the same registration. What it is made of tells nobody a number.
        said = f"{row['phone']}|{store}|{row['registered_at']}".encode()
        number = hmac.digest(envelopes.lasting_key(envelopes.IMPORTED_ROWS), said, "sha256").hex()[
            :20
        ]
    row["external_id"] = reading.own(number)


def tidy_order(row: Row, reading: Reading) -> None:
    """Put an order's row into the importer's words."""
    place = row.get("place", "")
    online = folded(place) in ONLINE_WORDS and place.strip()
    place = row["place"] = ONLINE if online else reading.store(place)
    row["ordered_at"] = spellings.moment(row["ordered_at"], reading.zone(place))
    row["source"] = reading.own(row.get("source", "").strip() or TILL, SOURCE_LENGTH)
    kind = row.get("kind", "").strip() or OrderKind.SALE.value
    row["kind"] = KIND_WORDS.get(folded(kind), kind)
    if not row.get("line", "").strip():
        order = (row["source"], row["kind"], row["external_id"])
        reading.lines[order] = reading.lines.get(order, 0) + 1
        row["line"] = str(reading.lines[order])
    row["quantity"] = spellings.whole(row.get("quantity", "").strip() or "1")
    row["net"] = spellings.amount(row["net"])
    row["discount"] = spellings.amount(row.get("discount", "").strip() or "0")
    row["gross"] = spellings.amount(row.get("gross", "").strip()) or spellings.added(
        row["net"], row["discount"]
    )


def load_registrations(job: Job) -> list[CsvFile]:
    """Registrations, each answered by the rulebook."""
    if job.dealer is not None:
        try:
            limits.check_files(job.dealer, job.at)
        except RegistrationRefused as refused:
            raise WrongUse(str(refused)) from None
    file = CsvFile.open(job.paths[0], REGISTRATION_COLUMNS)
    load = _load(job)
    load.stage_registrations(file)
    return _finished(job, load, file)


def load_orders(job: Job) -> list[CsvFile]:
    """Orders and returns, attributed at their own time."""
    file = CsvFile.open(job.paths[0], ORDER_COLUMNS, FURTHER)
    load = _load(job)
    load.stage_orders(file)
    return _finished(job, load, file)


def load_history(job: Job) -> list[CsvFile]:
    """A network's past: registrations and orders together, in order of time."""
    registrations = CsvFile.open(job.paths[0], REGISTRATION_COLUMNS)
    orders = CsvFile.open(job.paths[1], ORDER_COLUMNS, FURTHER)
    load = _load(job)
    load.stage_registrations(registrations)
    load.stage_orders(orders)
    return _finished(job, load, registrations, orders)


def _load(job: Job) -> Load:
    return Load(
        job.progress, at=job.at, historical=job.historical, dealer=job.dealer, sheets=job.sheets
    )


def _finished(job: Job, load: Load, *files: CsvFile) -> list[CsvFile]:
    load.answer()
    if job.store:  # what is told is then what is stored
        load.hold()
    # What an owner's file was only checked for, tells them of nobody.
    if job.store or job.dealer is None:
        found = load.planted(stored=job.store)
        job.lasting.append(partial(planted.note, found, TypedInto.FILE, by=job.by, at=job.at))
    job.effects += sentences(job.dealer, stored=job.store, at=job.at)
    if job.store:
        load.store()
    else:
        job.known += known(job.dealer, at=job.at)
    return list(files)


def may_ask(job: Job) -> None:
    """Raise WrongUse where who brings a dealer's file has asked whose numbers are often enough.

    From then on until the transaction ends nobody else counts what this person looked up.
    """
    if job.dealer is None:
        return
    try:
        with busy_as(CardRefused):
            look_ups.check(job.by, job.at)
    except CardRefused as refused:
        raise WrongUse(str(refused)) from None


KINDS = (
    Kind(
        ImportKind.REGISTRATIONS,
        ("dealers.add_fileimport", "customers.add_order"),
        load_registrations,
        REGISTRATIONS,
        tidy_registration,
        by_owners=True,
        owners_rows=OWNERS_ROWS,
        may_be_historical=True,
        may_ask=may_ask,
    ),
    Kind(
        ImportKind.ORDERS,
        ("dealers.add_fileimport", "customers.add_order"),
        load_orders,
        ORDERS,
        tidy_order,
        by_owners=True,
        may_be_historical=True,
        may_ask=may_ask,
    ),
    Kind(
        ImportKind.HISTORY,
        ("dealers.add_fileimport", "customers.add_order"),
        load_history,
        parts=(ImportKind.REGISTRATIONS, ImportKind.ORDERS),
        may_be_historical=True,
    ),
    Kind(ImportKind.PRODUCTS, ("customers.add_product",), load_products, PRODUCT_COLUMNS),
)
