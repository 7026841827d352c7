"""Regions, dealers and stores from a file."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from dealers import vault
from dealers.bounds import validate_moment
from dealers.imports.csv import CsvFile
from dealers.imports.problems import RowProblem
from dealers.imports.progress import Progress
from dealers.imports.values import code, text
from dealers.models import Dealer, Region, SizeClass, Store, validate_timezone

COLUMNS = (
    "region_code", "region_name", "dealer_code", "dealer_name", "store_code", "store_name",
    "timezone", "size_class", "opened_on",
)  # fmt: skip


def load(file: CsvFile, progress: Progress) -> None:
    """Store what is new, inside the caller's transaction; what is on file otherwise is rejected."""
    progress.start(_("Reading %(name)s") % {"name": file.name}, file.size)
    network = _Network()
    for line, values in file.rows(progress):
        try:
            if not network.take(dict(zip(file.columns, values, strict=True))):
                file.repeated += 1
        except RowProblem as problem:
            file.reject_for(line, problem)
    Store.objects.bulk_create(network.new_stores)
    for dealer in network.new_dealers:
        vault.keys_of(dealer.pk)


class _Network:
    """The network as it is on file, by code, growing with the rows."""

    def __init__(self) -> None:
        self.regions = {region.code: region for region in Region.objects.all()}
        self.dealers = {d.code: d for d in Dealer.objects.select_related("region")}
        self.stores = {s.code: s for s in Store.objects.select_related("dealer")}
        self.new_dealers: list[Dealer] = []
        self.new_stores: list[Store] = []

    def take(self, row: dict[str, str]) -> bool:
        """Take in one row; False if all of it is on file. Raises RowProblem."""
        size = text("size_class", row["size_class"], 20)
        if size not in SizeClass.values:
            raise RowProblem("size_class", size, _("Write A, B or C."))
        zone = text("timezone", row["timezone"], 64)
        try:
            validate_timezone(zone)
        except ValidationError as problem:
            raise RowProblem("timezone", zone, problem.messages[0]) from None
        codes = {
            name: code(name, row[name], 40) for name in ("region_code", "dealer_code", "store_code")
        }
        names = {
            name: text(name, row[name], 120)
            for name in ("region_name", "dealer_name", "store_name")
        }
        details = {"timezone": zone, "size_class": size, "opened_on": _day(row["opened_on"])}
        # Checked from the bottom up before anything is stored, so that a bad row leaves nothing.
        region = self.regions.get(codes["region_code"])
        dealer = self.dealers.get(codes["dealer_code"])
        store = self.stores.get(codes["store_code"])
        _same(region, "name", "region_name", names["region_name"])
        _same(dealer, "name", "dealer_name", names["dealer_name"])
        if dealer and dealer.region.code != codes["region_code"]:
            raise _other("region_code", codes["region_code"], dealer.region.code)
        _same(store, "name", "store_name", names["store_name"])
        if store:
            if store.dealer.code != codes["dealer_code"]:
                raise _other("dealer_code", codes["dealer_code"], store.dealer.code)
            for column, value in details.items():
                _same(store, column, column, value)
            return False
        if region is None:
            region = Region.objects.create(code=codes["region_code"], name=names["region_name"])
            self.regions[region.code] = region
        if dealer is None:
            dealer = Dealer.objects.create(
                code=codes["dealer_code"], name=names["dealer_name"], region=region
            )
            self.dealers[dealer.code] = dealer
            self.new_dealers.append(dealer)
        store = Store(code=codes["store_code"], name=names["store_name"], dealer=dealer, **details)
        self.stores[store.code] = store
        self.new_stores.append(store)
        return True


def _same(known: Any, attribute: str, column: str, value: Any) -> None:
    """Raise RowProblem where what is on file says something else."""
    if known is not None and getattr(known, attribute) != value:
        raise _other(column, str(value), str(getattr(known, attribute)))


def _other(column: str, value: str, known: str) -> RowProblem:
    return RowProblem(
        column,
        value,
        _("On file is “%(known)s”. Correct the row, or change it in the admin.") % {"known": known},
    )


def _day(value: str) -> date:
    try:
        day = date.fromisoformat(value.strip())
    except ValueError:
        raise RowProblem("opened_on", value, _("Write a day like 2017-03-01.")) from None
    try:
        validate_moment(day)
    except ValidationError as problem:
        raise RowProblem("opened_on", value, problem.messages[0]) from None
    return day
