"""A file of orders and returns: what its rows have to be, alone, together and beside the books."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from customers.history.staging import NULL, Batch, nullable, plain
from customers.models import Category, OrderKind
from dealers.imports import CsvFile, RowProblem, moment, optional_text, text

if TYPE_CHECKING:
    from customers.history.load import Load

ORDER_COLUMNS = (
    "source", "external_id", "kind", "ordered_at", "place", "phone", "returns_external_id",
    "line", "category", "quantity", "gross", "discount", "net", "returns_line",
)  # fmt: skip
HEAD = 7  # of the order's columns are the same in all rows of an order
ONLINE = "ONLINE"
LARGEST = 2_147_483_647
KINDS = frozenset(OrderKind.values)
REMEMBERED = 1_000_000  # amounts


class Orders:
    """A file of orders in a load. The rows of one order that follow each other are a run."""

    def __init__(self, load: "Load", file: CsvFile) -> None:
        self.load = load
        self.file = file
        self.bad: dict[int, int] = {}  # run to the line that spoils it
        self.spoilt: dict[tuple[str, str], int] = {}  # the same, of what has no run
        self.categories = dict(Category.objects.values_list("code", "pk"))
        self.amounts: dict[str, int] = {}  # cents

    def stage(self) -> None:
        file, progress = self.file, self.load.progress
        progress.start(_("Reading %(name)s") % {"name": file.path.name}, file.size)
        orders = Batch("staged_order", "run, source, external_id, kind, at, store_id, person, sale")
        lines = Batch(
            "staged_line",
            "run, line, number, category_id, quantity, gross, discount, net, returns",
        )
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
                wrong = problem
                self.spoilt.setdefault((values[0].strip(), values[1].strip()), line)
                file.reject(line, problem.column, problem.value, problem.remedy)
                continue
            try:
                lines.add(self._line(run, line, values, returns=returns))
            except RowProblem as problem:
                self.bad.setdefault(run, line)
                file.reject(line, problem.column, problem.value, problem.remedy)
        orders.flush()
        lines.flush()

    def _head(self, run: int, head: Sequence[str]) -> str:
        source, external_id, kind, ordered_at, place, phone, sale = head
        source = text("source", source, 40)
        external_id = text("external_id", external_id, 80)
        if kind not in KINDS:
            raise RowProblem("kind", kind, _("Write sale or return."))
        at = moment("ordered_at", ordered_at, self.load.latest)
        store = None
        if place.strip() != ONLINE:
            store = self.load.stores.get(place.strip())
            if store is None:
                raise RowProblem("place", place, _("Write the code of a store on file, or ONLINE."))
        person = self.load.person(phone) if phone.strip() else None
        sale = optional_text("returns_external_id", sale, 80)
        if kind == OrderKind.RETURN and not sale:
            raise RowProblem("returns_external_id", sale, _("A return names its sale here."))
        if kind == OrderKind.SALE and sale:
            raise RowProblem("returns_external_id", sale, _("Only a return fills this in."))
        return (
            f"{run}\t{plain(source)}\t{plain(external_id)}\t{kind}\t{at}"
            f"\t{store.pk if store else NULL}\t{nullable(person)}\t{plain(sale) or NULL}\n"
        )

    def _line(self, run: int, line: int, values: Sequence[str], *, returns: bool) -> str:
        number, category, quantity, gross, discount, net, back = values[HEAD:]
        amounts = self.amounts
        try:
            cents = amounts[gross] - amounts[discount] - amounts[net]
        except KeyError:
            for column, value in (("gross", gross), ("discount", discount), ("net", net)):
                self._amount(column, value)
            cents = amounts[gross] - amounts[discount] - amounts[net]
        if cents:
            raise RowProblem("net", net, _("Net has to be gross less discount."))
        if gross[0] == "-" or net[0] == "-":
            raise RowProblem("net", net, _("Amounts are not negative, also in a return."))
        category_id = self.categories.get(category) or self._category(category)
        taken = NULL
        if returns:
            taken = _whole("returns_line", back)
        elif back.strip():
            raise RowProblem("returns_line", back, _("Only a return fills this in."))
        return (
            f"{run}\t{line}\t{_whole('line', number)}\t{category_id}"
            f"\t{_whole('quantity', quantity)}\t{gross}\t{discount}\t{net}\t{taken}\n"
        )

    def _amount(self, column: str, value: str) -> None:
        whole, point, cents = value.removeprefix("-").partition(".")
        fits = whole.isdecimal() and whole.isascii() and len(whole) <= 12
        if not fits or (point and not (cents.isdecimal() and cents.isascii() and len(cents) <= 2)):
            raise RowProblem(column, value, _("Write an amount like 1234.50."))
        if len(self.amounts) > REMEMBERED:
            self.amounts.clear()
        amount = int(whole) * 100 + int(cents.ljust(2, "0"))
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
        self._join_runs()
        for key, line in self.spoilt.items():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT run FROM staged_order WHERE source = %s AND external_id = %s", key
                )
                self.bad.update((run, line) for (run,) in cursor.fetchall())
        for run, line in self.bad.items():
            self._drop(
                [run],
                _("Line %(line)d of the file, of the same order, is rejected.") % {"line": line},
            )
        self._drop_repeated_lines()
        with connection.cursor() as cursor:
            cursor.execute(TOTALS)
            cursor.execute(ALREADY_ORDERED)
            known = cursor.fetchall()
        for same in (True, False):
            runs = [run for run, equal in known if equal is same]
            if same:
                self.file.repeated += self._remove(runs)
            else:
                self._drop(runs, _("This order is on file with other content."), "external_id")
        self._check_returns()

    def _join_runs(self) -> None:
        """Rows of one order that do not follow each other become one run."""
        with connection.cursor() as cursor:
            cursor.execute(SCATTERED)
            for runs, heads in cursor.fetchall():
                if heads > 1:
                    self._drop(
                        runs,
                        _("The rows of this order differ in kind, time, place, phone or sale."),
                        "external_id",
                    )
                    continue
                spoilt = [self.bad.pop(run) for run in runs if run in self.bad]
                if spoilt:
                    self.bad[runs[0]] = min(spoilt)
                cursor.execute(
                    "UPDATE staged_line SET run = %s WHERE run = ANY(%s)", [runs[0], runs[1:]]
                )
                cursor.execute("DELETE FROM staged_order WHERE run = ANY(%s)", [runs[1:]])

    def _drop_repeated_lines(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(REPEATED_LINES)
            self.file.repeated += cursor.rowcount
            cursor.execute(LINE_TWICE)
            runs = [run for (run,) in cursor.fetchall()]
        self._drop(runs, _("The order has this line number twice."), "line")

    def _check_returns(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(TAKEN_BACK)
            cursor.execute(NOT_RETURNABLE)
            found = cursor.fetchall()
        reasons = {
            "sale": _("No such sale is on file or in this file; import it first."),
            "line": _("The sale has no such line."),
            "time": _("A return does not come before its sale."),
        }
        for reason, sentence in reasons.items():
            self._drop(
                [run for run, why in found if why == reason],
                sentence,
                "ordered_at" if reason == "time" else "returns_external_id",
            )
        while more := self._too_much_back():
            self._drop(more, _("The sale's line has less left than this takes back."), "quantity")

    def _too_much_back(self) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(TOO_MUCH_BACK)
            return [run for (run,) in cursor.fetchall()]

    def _drop(self, runs: Sequence[int], remedy: str, column: str = "") -> None:
        """Reject all rows of some orders."""
        if not runs:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT l.line, o.external_id FROM staged_line l JOIN staged_order o USING (run)"
                " WHERE run = ANY(%s)",
                [list(runs)],
            )
            for line, external_id in cursor.fetchall():
                value = external_id if column == "external_id" else ""
                self.file.reject(line, column if value else "", value, remedy)
        self._remove(runs)

    def _remove(self, runs: Sequence[int]) -> int:
        if not runs:
            return 0
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM staged_order WHERE run = ANY(%s)", [list(runs)])
            cursor.execute("DELETE FROM taken_back WHERE run = ANY(%s)", [list(runs)])
            cursor.execute("DELETE FROM staged_line WHERE run = ANY(%s)", [list(runs)])
            return cursor.rowcount


@lru_cache(maxsize=10_000)
def _whole(column: str, value: str) -> str:
    """A positive whole number. Raises RowProblem."""
    digits = value.strip()
    if not (digits.isdecimal() and digits.isascii() and len(digits) <= 10):
        raise RowProblem(column, value, _("Write a whole number of 1 or more."))
    if not 1 <= int(digits) <= LARGEST:
        raise RowProblem(column, value, _("Write a whole number of 1 or more."))
    return digits


SCATTERED = """
SELECT array_agg(run ORDER BY run), count(DISTINCT (kind, at, store_id, person, sale))
FROM staged_order JOIN (
    SELECT source, external_id FROM staged_order GROUP BY 1, 2 HAVING count(*) > 1
) AS scattered USING (source, external_id)
GROUP BY source, external_id
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
LINE_TWICE = "SELECT DISTINCT run FROM staged_line GROUP BY run, number HAVING count(*) > 1"
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
ALREADY_ORDERED = """
SELECT o.run, o.kind = e.kind AND t.content = e.content
FROM staged_order AS o
JOIN totals AS t USING (run)
JOIN customers_order AS e USING (source, external_id)
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
SELECT run, CASE WHEN bool_or(sale_id IS NULL) THEN 'sale' WHEN bool_or(sold_id IS NULL) THEN 'line'
    ELSE 'time' END
FROM taken_back GROUP BY run
HAVING bool_or(sale_id IS NULL OR sold_id IS NULL OR at < sold_at)
"""
# One order at a time for each sale: without it, what comes after may fit.
TOO_MUCH_BACK = """
SELECT DISTINCT ON (sale_id) run FROM (
    SELECT run, at, sale_id,
        sum(quantity) OVER sofar > quantity_left OR sum(net) OVER sofar > net_left AS too_much
    FROM taken_back
    WINDOW sofar AS (PARTITION BY sold_id ORDER BY at, run, id)
) AS returns
WHERE too_much ORDER BY sale_id, at, run
"""
