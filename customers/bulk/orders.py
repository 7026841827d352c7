"""A file of orders and returns: what its rows have to be, alone, together and beside the books."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from itertools import count

from django.utils.translation import gettext as _

from customers.bulk import matching
from customers.bulk.people import People
from customers.bulk.staging import NULL, Batch, nullable, plain
from customers.models import (
    BY_HAND,
    LARGEST_AMOUNT,
    LARGEST_QUANTITY,
    Category,
    OrderKind,
    Product,
)
from dealers import currencies
from dealers.codes import ONLINE
from dealers.imports.csv import CsvFile
from dealers.imports.problems import RowProblem
from dealers.imports.progress import Progress
from dealers.imports.values import (
    cleaned,
    currency,
    identifier,
    moment,
    optional_identifier,
    text,
)
from dealers.models import Dealer, Store

ORDER_COLUMNS = (
    "source", "external_id", "kind", "ordered_at", "place", "phone", "returns_external_id",
    "line", "category", "quantity", "gross", "discount", "net", "returns_line",
)  # fmt: skip
WIDTH = len(ORDER_COLUMNS)
CURRENCY = "currency"  # may be among them, and has to be the program's
PRODUCT = "product"  # may be among them, and names what the catalogue has; empty where unknown
FURTHER = (CURRENCY, PRODUCT)
HEAD = 7  # of the order's columns are the same in all rows of an order
LARGEST_NUMBER = 2_147_483_647  # of a line
KINDS = frozenset(OrderKind.values)
REMEMBERED = 1_000_000  # amounts


class Orders:
    """A file of orders in a load. The rows of one order that follow each other are a run."""

    def __init__(
        self,
        file: CsvFile,
        people: People,
        stores: Mapping[str, Store],
        latest: datetime,
        *,
        dealer: Dealer | None = None,
    ) -> None:
        self.file, self.people, self.stores, self.latest = file, people, stores, latest
        self.dealer = dealer
        self.categories = dict(Category.objects.values_list("code", "pk"))
        self.currency = currencies.of_program()
        self.decimals = currencies.decimals(self.currency)
        self.places = currencies.kept_decimals(self.currency)
        self.further = [name for name in FURTHER if name in file.header]
        self.products: dict[str, Product] = {}
        if PRODUCT in self.further:
            self.products = {each.code: each for each in Product.objects.select_related("category")}
        self.amounts: dict[str, int] = {}  # each of them without its point

    def stage(self, progress: Progress) -> None:
        """Check the rows, and copy the good ones into temporary tables."""
        file = self.file
        progress.start(_("Reading %(name)s") % {"name": file.name}, file.size)
        file.columns = (*file.columns, *self.further)
        orders = Batch("staged_order", "run, source, external_id, kind, at, store_id, person, sale")
        lines = Batch(
            "staged_line",
            "run, line, number, category_id, product_id, quantity, gross, discount, net, returns",
        )
        spoilt = Batch("spoilt", "run, source, external_id, kind, line, problem")
        runs = count(1)
        run, head, returns = 0, None, False
        wrong: RowProblem | None = None

        def malformed(line: int, values: Sequence[str], remedy: str) -> None:
            spoilt.add(_named(values, line, RowProblem("", "", remedy)))

        for line, values in file.rows(progress, malformed):
            try:
                if values[:HEAD] != head:
                    head, wrong, run = values[:HEAD], None, next(runs)
                    returns = values[2] == OrderKind.RETURN
                    orders.add(self._head(run, head))
                if wrong:
                    raise wrong
            except RowProblem as problem:
                if not wrong:
                    spoilt.add(_named(values, line, problem))
                wrong = problem
                file.reject_for(line, problem)
                continue
            try:
                lines.add(self._line(run, line, values, returns=returns))
            except RowProblem as problem:
                spoilt.add(f"{run}\t{NULL}\t{NULL}\t{NULL}\t{line}\t{plain(str(problem))}\n")
                file.reject_for(line, problem)
        for batch in (orders, lines, spoilt):
            batch.flush()

    def _head(self, run: int, head: Sequence[str]) -> str:
        source, external_id, kind, ordered_at, place, phone, sale = head
        source = identifier("source", source, 40)
        if source == BY_HAND:
            raise RowProblem("source", source, _("Name the till or shop; this means by hand."))
        external_id = identifier("external_id", external_id, 80)
        if kind not in KINDS:
            raise RowProblem("kind", kind, _("Write sale or return."))
        at = moment("ordered_at", ordered_at, self.latest)
        store = None
        if place.strip() != ONLINE or self.dealer is not None:
            store = self.stores.get(place) or self.stores.get(cleaned(place))
            if store is None:
                raise RowProblem("place", place, self._no_place())
        person = self.people.named(phone) if phone.strip() else None
        sale = optional_identifier("returns_external_id", sale, 80)
        if kind == OrderKind.RETURN and not sale:
            raise RowProblem("returns_external_id", sale, _("A return names its sale here."))
        if kind == OrderKind.SALE and sale:
            raise RowProblem("returns_external_id", sale, _("Only a return fills this in."))
        return (
            f"{run}\t{plain(source)}\t{plain(external_id)}\t{kind}\t{at}"
            f"\t{store.pk if store else NULL}\t{nullable(person)}\t{plain(sale) or NULL}\n"
        )

    def _no_place(self) -> str:
        if self.dealer is not None:
            return _("Write the code of one of your stores; others bring their own orders.")
        return _("Write the code of a store on file, or ONLINE.")

    def _line(self, run: int, line: int, values: Sequence[str], *, returns: bool) -> str:
        number, category, quantity, gross, discount, net, back = values[HEAD:WIDTH]
        more = dict(zip(self.further, values[WIDTH:], strict=True)) if self.further else {}
        if CURRENCY in more:
            currency(more[CURRENCY], self.currency)
        amounts = self.amounts
        try:
            rest = amounts[gross] - amounts[discount] - amounts[net]
        except KeyError:
            if len(amounts) > REMEMBERED:
                amounts.clear()
            for column, value in (("gross", gross), ("discount", discount), ("net", net)):
                self._amount(column, value)
            rest = amounts[gross] - amounts[discount] - amounts[net]
        if rest:
            raise RowProblem("net", net, _("Net has to be gross less discount."))
        if "-" in (gross[0], discount[0], net[0]):
            column, value = next(
                (column, value)
                for column, value in (("gross", gross), ("discount", discount), ("net", net))
                if value[0] == "-"
            )
            raise RowProblem(column, value, _("Amounts are not negative, also in a return."))
        category_id = self.categories.get(category) or self._category(category)
        product_id = self._product(more.get(PRODUCT, ""), category_id)
        pieces, taken = _pieces(quantity, money_back=returns and amounts[net] > 0), NULL
        if returns:
            taken = _number("returns_line", back)
        elif back.strip():
            raise RowProblem("returns_line", back, _("Only a return fills this in."))
        return (
            f"{run}\t{line}\t{_number('line', number)}\t{category_id}"
            f"\t{nullable(product_id)}\t{pieces}\t{gross}\t{discount}\t{net}\t{taken}\n"
        )

    def _amount(self, column: str, value: str) -> None:
        whole, point, parts = value.removeprefix("-").partition(".")
        fits = whole.isdecimal() and whole.isascii() and len(whole) <= 12
        if point:
            fits = fits and parts.isdecimal() and parts.isascii() and len(parts) <= self.places
        if not fits or parts[self.decimals :].strip("0"):
            example = f"{Decimal('1234.5'):.{self.decimals}f}" if self.decimals else "1234"
            raise RowProblem(column, value, _("Write an amount like %s.") % example)
        amount = int(whole + parts.ljust(self.places, "0"))
        if amount > LARGEST_AMOUNT.scaleb(self.places):
            raise RowProblem(column, value, _("Write an amount of at most %s.") % LARGEST_AMOUNT)
        self.amounts[value] = -amount if value[0] == "-" else amount

    def _category(self, code: str) -> int:
        """The id of a category; the till's new one is put on file."""
        code = text("category", code, 80)
        known = self.categories.get(code)
        if known is None:
            made, _new = Category.objects.get_or_create(code=code, defaults={"name": code})
            known = self.categories[code] = made.pk
        return known

    def _product(self, code: str, category_id: int) -> int | None:
        """The id of a product of the catalogue that is of this category; none where none is named.

        Raises RowProblem.
        """
        if not code.strip():
            return None
        code = identifier(PRODUCT, code, 80)
        known = self.products.get(code)
        if known is None:
            remedy = _(
                "The catalogue has no such product. Bring it with a file of products first, or"
                " leave this empty."
            )
            raise RowProblem(PRODUCT, code, remedy)
        if known.category_id != category_id:
            remedy = _("In the catalogue it is of the category “%(category)s”. Write that one.")
            raise RowProblem(PRODUCT, code, remedy % {"category": known.category.code})
        return known.pk

    def match(self, *, counted: bool) -> None:
        """Sort out what is on file already, what does not fit together, and bad returns."""
        matching.match(self.file, self.dealer, counted=counted)


def _named(values: Sequence[str], line: int, problem: RowProblem) -> str:
    """A rejected row for ``spoilt``, by the order that it names; of a kind unknown, either's."""
    source, external_id, kind = (cleaned(value).replace("\0", "") for value in values[:3])
    return (
        f"{NULL}\t{plain(source)}\t{plain(external_id)}\t{kind if kind in KINDS else NULL}"
        f"\t{line}\t{plain(str(problem).replace(chr(0), ''))}\n"
    )


@lru_cache(maxsize=10_000)
def _number(column: str, value: str) -> str:
    """The number of a line, 1 or more. Raises RowProblem."""
    digits = value.strip()
    fits = digits.isdecimal() and digits.isascii() and len(digits) <= 10
    if not (fits and 1 <= int(digits) <= LARGEST_NUMBER):
        raise RowProblem(column, value, _("Write a whole number of 1 or more."))
    return digits


@lru_cache(maxsize=10_000)
def _pieces(value: str, *, money_back: bool) -> str:
    """How many pieces; 0 only where a return gives nothing but money back. Raises RowProblem."""
    digits = value.strip()
    fits = digits.isdecimal() and digits.isascii() and len(digits) <= 10
    if not fits or not int(digits) <= LARGEST_QUANTITY:
        raise RowProblem(
            "quantity", value, _("Write a whole number from 1 to %d.") % LARGEST_QUANTITY
        )
    if not int(digits) and not money_back:
        raise RowProblem("quantity", value, _("Only a return of money has a quantity of 0."))
    return digits
