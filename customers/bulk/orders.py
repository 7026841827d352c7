"""A file of orders and returns: what its rows have to be, alone, together and beside the books."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import count, groupby
from operator import itemgetter
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from customers.bulk.people import People
from customers.bulk.staging import NULL, Batch, nullable, plain, stream
from customers.models import LARGEST_AMOUNT, LARGEST_QUANTITY, Category, OrderKind
from customers.orders.returns import Left, NotLeft, take_back
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
from dealers.models import Store

ORDER_COLUMNS = (
    "source", "external_id", "kind", "ordered_at", "place", "phone", "returns_external_id",
    "line", "category", "quantity", "gross", "discount", "net", "returns_line",
)  # fmt: skip
WIDTH = len(ORDER_COLUMNS)
CURRENCY = "currency"  # may follow them, and has to be the program's
HEAD = 7  # of the order's columns are the same in all rows of an order
LARGEST_NUMBER = 2_147_483_647  # of a line
LARGEST_CENTS = int(LARGEST_AMOUNT * 100)
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
    ) -> None:
        self.file, self.people, self.stores, self.latest = file, people, stores, latest
        self.categories = dict(Category.objects.values_list("code", "pk"))
        self.amounts: dict[str, int] = {}  # cents
        self.currency = currencies.of_program()

    def stage(self, progress: Progress) -> None:
        """Check the rows, and copy the good ones into temporary tables."""
        file = self.file
        progress.start(_("Reading %(name)s") % {"name": file.path.name}, file.size)
        if CURRENCY in file.header:
            file.columns = (*file.columns, CURRENCY)
        orders = Batch("staged_order", "run, source, external_id, kind, at, store_id, person, sale")
        lines = Batch(
            "staged_line",
            "run, line, number, category_id, quantity, gross, discount, net, returns",
        )
        spoilt = Batch("spoilt", "run, source, external_id, kind, line, problem")
        runs = count(1)
        run, head, returns = 0, None, False
        wrong: RowProblem | None = None
        for line, values in file.rows(progress):
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
                file.reject(line, problem.column, problem.value, problem.remedy)
                continue
            try:
                lines.add(self._line(run, line, values, returns=returns))
            except RowProblem as problem:
                spoilt.add(f"{run}\t{NULL}\t{NULL}\t{NULL}\t{line}\t{plain(str(problem))}\n")
                file.reject(line, problem.column, problem.value, problem.remedy)
        for batch in (orders, lines, spoilt):
            batch.flush()

    def _head(self, run: int, head: Sequence[str]) -> str:
        source, external_id, kind, ordered_at, place, phone, sale = head
        source = identifier("source", source, 40)
        external_id = identifier("external_id", external_id, 80)
        if kind not in KINDS:
            raise RowProblem("kind", kind, _("Write sale or return."))
        at = moment("ordered_at", ordered_at, self.latest)
        store = None
        if place.strip() != ONLINE:
            store = self.stores.get(place) or self.stores.get(cleaned(place))
            if store is None:
                raise RowProblem("place", place, _("Write the code of a store on file, or ONLINE."))
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

    def _line(self, run: int, line: int, values: Sequence[str], *, returns: bool) -> str:
        number, category, quantity, gross, discount, net, back = values[HEAD:WIDTH]
        if len(values) > WIDTH:
            currency(values[WIDTH], self.currency)
        amounts = self.amounts
        try:
            cents = amounts[gross] - amounts[discount] - amounts[net]
        except KeyError:
            for column, value in (("gross", gross), ("discount", discount), ("net", net)):
                self._amount(column, value)
            cents = amounts[gross] - amounts[discount] - amounts[net]
        if cents:
            raise RowProblem("net", net, _("Net has to be gross less discount."))
        if "-" in (gross[0], discount[0], net[0]):
            column, value = next(
                (column, value)
                for column, value in (("gross", gross), ("discount", discount), ("net", net))
                if value[0] == "-"
            )
            raise RowProblem(column, value, _("Amounts are not negative, also in a return."))
        category_id = self.categories.get(category) or self._category(category)
        pieces, taken = _pieces(quantity, money_back=returns and amounts[net] > 0), NULL
        if returns:
            taken = _number("returns_line", back)
        elif back.strip():
            raise RowProblem("returns_line", back, _("Only a return fills this in."))
        return (
            f"{run}\t{line}\t{_number('line', number)}\t{category_id}"
            f"\t{pieces}\t{gross}\t{discount}\t{net}\t{taken}\n"
        )

    def _amount(self, column: str, value: str) -> None:
        whole, point, cents = value.removeprefix("-").partition(".")
        fits = whole.isdecimal() and whole.isascii() and len(whole) <= 12
        if not fits or (point and not (cents.isdecimal() and cents.isascii() and len(cents) <= 2)):
            raise RowProblem(column, value, _("Write an amount like 1234.50."))
        if len(self.amounts) > REMEMBERED:
            self.amounts.clear()
        amount = int(whole) * 100 + int(cents.ljust(2, "0"))
        if amount > LARGEST_CENTS:
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

    # What needs the other rows, or what is on file

    def match(self) -> None:
        """Sort out what is on file already, what does not fit together, and bad returns."""
        with connection.cursor() as cursor:
            cursor.execute(SCATTERED)
            self._drop(DIFFERENT)
            for statement in JOIN_RUNS:
                cursor.execute(statement)
            self._drop(SPOILT)
            cursor.execute(REPEATED_LINES)
            self.file.repeated += cursor.rowcount
            self._drop(LINE_TWICE)
            cursor.execute(TOTALS)
            self._drop(TOO_LARGE, {"quantity": LARGEST_QUANTITY, "net": LARGEST_AMOUNT})
            cursor.execute(ON_FILE)
            self.file.repeated += self._remove()
            self._drop(ON_FILE_OTHERWISE)
            cursor.execute(TAKEN_BACK)
            self._drop(NOT_RETURNABLE)
            self._mark_too_much_back()
            self._drop()

    def _mark_too_much_back(self) -> None:
        """Of a sale's returns, in order of time, each that takes more than the ones before left."""
        too_much: list[int] = []
        for _sale, rows in groupby(stream(TOO_MUCH_BACK), itemgetter(0)):
            left: dict[int, Left] = {}
            for run, lines in groupby(rows, itemgetter(1)):
                taken = []
                for _s, _r, sold, quantity, net, quantity_left, net_left in lines:
                    left.setdefault(sold, Left(quantity_left, net_left))
                    taken.append((sold, quantity, net))
                try:
                    left = take_back(left, taken)
                except NotLeft:
                    too_much.append(run)
        marked = Batch("dropped", "run, reason")
        for run in too_much:
            marked.add(f"{run}\tquantity\n")
        marked.flush()

    def _drop(self, marking: str = "", values: Mapping[str, Any] | None = None) -> None:
        """Reject all rows of the orders that are marked, or that a statement marks now."""
        if marking:
            with connection.cursor() as cursor:
                cursor.execute(marking, values)
        reasons = _reasons()
        for line, reason, cause, problem, external_id, sale in stream(DROPPED):
            column, remedy = reasons[reason]
            value = {"external_id": external_id, "returns_external_id": sale}.get(column, "")
            told = remedy % {"line": cause, "problem": problem}
            self.file.reject(line, column if value else "", value, told)
        self._remove()

    def _remove(self) -> int:
        """Take the marked orders out of the load; the number of their rows."""
        with connection.cursor() as cursor:
            for table in ("staged_order", "taken_back", "staged_line"):
                cursor.execute(
                    f"DELETE FROM {table} AS t USING dropped AS d WHERE t.run = d.run"  # noqa: S608
                )
            rows = cursor.rowcount
            cursor.execute("TRUNCATE dropped")
        return rows


def _reasons() -> dict[str, tuple[str, str]]:
    """Column and remedy for each reason that orders are marked with."""
    return {
        "different": (
            "external_id",
            _("The rows of this order differ in time, place, phone or sale."),
        ),
        "spoilt": ("", _("Line %(line)d, of the same order, is rejected: %(problem)s")),
        "twice": ("", _("The order has this line number twice.")),
        "content": ("external_id", _("This order is on file with other content.")),
        "sale": (
            "returns_external_id",
            _("No such sale is on file or in this file; import it first."),
        ),
        "line": ("returns_external_id", _("The sale has no such line.")),
        "time": ("returns_external_id", _("A return does not come before its sale.")),
        "quantity": ("", _("The sale's line has less left than this takes back.")),
        "large": ("", _("The whole order comes to more than %s.") % LARGEST_AMOUNT),
    }


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


# What follows "INSERT INTO dropped" marks orders: run, reason, and the line of the file that is the
# cause.

SCATTERED = """
INSERT INTO scattered
SELECT run, min(run) OVER whole, min(head) OVER whole = max(head) OVER whole
FROM (
    SELECT run, source, external_id, kind, ROW(at, store_id, person, sale)::text AS head
    FROM staged_order JOIN (
        SELECT source, external_id, kind FROM staged_order GROUP BY 1, 2, 3 HAVING count(*) > 1
    ) AS scattered USING (source, external_id, kind)
) AS runs
WINDOW whole AS (PARTITION BY source, external_id, kind)
"""
DIFFERENT = "INSERT INTO dropped SELECT run, 'different' FROM scattered WHERE NOT agree"
# Rows of one order that do not follow each other become one run.
JOIN_RUNS = (
    "DELETE FROM scattered WHERE run = first OR NOT agree",
    "UPDATE staged_line AS l SET run = first FROM scattered AS s WHERE s.run = l.run",
    "UPDATE spoilt AS l SET run = first FROM scattered AS s WHERE s.run = l.run",
    "DELETE FROM staged_order AS o USING scattered AS s WHERE s.run = o.run",
)
SPOILT = """
INSERT INTO dropped
SELECT DISTINCT ON (run) run, 'spoilt', line, problem FROM (
    SELECT run, line, problem FROM spoilt WHERE run IS NOT NULL
    UNION ALL
    SELECT o.run, s.line, s.problem
    FROM spoilt AS s JOIN staged_order AS o USING (source, external_id)
    WHERE s.kind IS NULL OR s.kind = o.kind
) AS spoilt
ORDER BY run, line
"""
REPEATED_LINES = """
DELETE FROM staged_line AS again
USING (
    SELECT run, number, min(id) AS id FROM staged_line GROUP BY 1, 2 HAVING count(*) > 1) AS twice
    JOIN staged_line AS first ON first.id = twice.id
WHERE again.run = twice.run AND again.number = twice.number AND again.id > twice.id
    AND (again.category_id, again.quantity, again.gross, again.discount, again.net, again.returns)
    IS NOT DISTINCT FROM
    (first.category_id, first.quantity, first.gross, first.discount, first.net, first.returns)
"""
LINE_TWICE = """
INSERT INTO dropped
SELECT DISTINCT run, 'twice' FROM staged_line GROUP BY run, number HAVING count(*) > 1
"""
TOTALS = """
INSERT INTO totals
SELECT o.run, l.quantity, l.net, sha256(convert_to(concat_ws('|', o.kind,
    to_char(o.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), coalesce(o.store_id::text, ''),
    coalesce(encode(p.fingerprint, 'hex'), ''), coalesce(o.sale, ''), l.lines), 'UTF8')) AS content
FROM (
    SELECT run, sum(quantity) AS quantity, sum(net) AS net, string_agg(
        concat_ws(',', number, category_id, quantity, gross, discount, net,
            coalesce(returns::text, '')), ';' ORDER BY number) AS lines
    FROM staged_line GROUP BY run
) AS l
JOIN staged_order AS o USING (run)
LEFT JOIN staged_person AS p USING (person)
"""
TOO_LARGE = """
INSERT INTO dropped
SELECT run, 'large' FROM totals WHERE quantity > %(quantity)s OR net > %(net)s
"""
ON_FILE = """
INSERT INTO dropped
SELECT o.run
FROM staged_order AS o
JOIN totals AS t USING (run)
JOIN customers_order AS e USING (source, external_id, kind)
WHERE t.content = e.content
"""
ON_FILE_OTHERWISE = """
INSERT INTO dropped
SELECT o.run, 'content'
FROM staged_order AS o JOIN customers_order AS e USING (source, external_id, kind)
"""
TAKEN_BACK = """
INSERT INTO taken_back
SELECT o.run, o.at, l.id, l.quantity, l.net,
    coalesce(new_sale.id, old_sale.id) AS sale_id,
    coalesce(new_sale.at, old_sale.ordered_at) AS sold_at,
    new_sale.person AS new_person, old_sale.identity_id AS old_identity,
    coalesce(new_line.id, old_line.id) AS sold_id,
    coalesce(new_line.quantity, old_line.quantity) - coalesce(back.quantity, 0) AS quantity_left,
    coalesce(new_line.net, old_line.net) - coalesce(back.net, 0) AS net_left
FROM staged_order AS o
JOIN staged_line AS l USING (run)
LEFT JOIN staged_order AS new_sale
    ON new_sale.source = o.source AND new_sale.external_id = o.sale AND new_sale.kind = 'sale'
LEFT JOIN staged_line AS new_line ON new_line.run = new_sale.run AND new_line.number = l.returns
LEFT JOIN customers_order AS old_sale
    ON old_sale.source = o.source AND old_sale.external_id = o.sale AND old_sale.kind = 'sale'
LEFT JOIN customers_orderline AS old_line
    ON old_line.order_id = old_sale.id AND old_line.number = l.returns
LEFT JOIN LATERAL (
    SELECT sum(quantity) AS quantity, sum(net) AS net
    FROM customers_orderline WHERE returns_id = old_line.id
) AS back ON old_line.id IS NOT NULL
WHERE o.kind = 'return'
"""
NOT_RETURNABLE = """
INSERT INTO dropped
SELECT run, CASE WHEN bool_or(sale_id IS NULL) THEN 'sale' WHEN bool_or(sold_id IS NULL) THEN 'line'
    ELSE 'time' END
FROM taken_back GROUP BY run
HAVING bool_or(sale_id IS NULL OR sold_id IS NULL OR at < sold_at)
"""
# All returns of the sales of which too much comes back.
TOO_MUCH_BACK = """
SELECT sale_id, run, sold_id, quantity, net, quantity_left, net_left
FROM taken_back
WHERE sale_id IN (
    SELECT sale_id FROM taken_back GROUP BY sale_id, sold_id
    HAVING sum(quantity) > min(quantity_left) OR sum(net) > min(net_left))
ORDER BY sale_id, at, run, id
"""
DROPPED = """
SELECT l.line, d.reason, d.cause, d.problem, o.external_id, coalesce(o.sale, '')
FROM dropped AS d JOIN staged_order AS o USING (run) JOIN staged_line AS l USING (run)
"""
