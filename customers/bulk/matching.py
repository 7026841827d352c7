"""Staged orders beside each other and beside the books: which are the same, and which cannot be."""

from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from customers.bulk.staging import Batch, empty, stream
from customers.models import LARGEST_AMOUNT, LARGEST_QUANTITY
from customers.orders.returns import Left, NotLeft, take_back
from dealers.imports.csv import CsvFile
from dealers.imports.reading import prefixes
from dealers.models import Dealer


def match(file: CsvFile, dealer: Dealer | None = None, *, counted: bool = False) -> None:
    """Sort out what is on file already, what does not fit together, and bad returns.

    A sale that both the dealer's owner and headquarters bring counts once. What a ``dealer`` brings
    is left out where headquarters' tills have brought an order of the store with its number. What
    headquarters brings of an owner's order is the same if it says the same, and else rejected.
    Where lines may have been ``counted``, they need not have the numbers that they have on file.
    """
    empty("scattered", "totals", "taken_back")
    with connection.cursor() as cursor:
        cursor.execute(SCATTERED)
        _drop(file, DIFFERENT)
        for statement in JOIN_RUNS:
            cursor.execute(statement)
        _drop(file, SPOILT)
        cursor.execute(REPEATED_LINES)
        file.repeated += cursor.rowcount
        _drop(file, LINE_TWICE)
        cursor.execute(TOTALS)
        _drop(file, TOO_LARGE, {"quantity": LARGEST_QUANTITY, "net": LARGEST_AMOUNT})
        cursor.execute(ON_FILE)
        file.repeated += _remove()
        if counted:
            cursor.execute(ON_FILE_COUNTED)
            file.repeated += _remove()
        _drop(file, ON_FILE_OTHERWISE)
        if dealer is not None:
            _drop(file, ON_FILE_BY_OTHERS, {"own": prefixes(dealer)})
        else:
            owners = _owners()
            _drop(file, ON_FILE_BY_OWNER, owners)
            cursor.execute(SOLD_BY_OWNER, owners)
        cursor.execute(TAKEN_BACK)
        _drop(file, NOT_RETURNABLE)
        _mark_too_much_back()
        _drop(file)


def _owners() -> dict[str, list[Any]]:
    """What stands before the numbers that the dealers of stores gave: ``prefixes`` of each."""
    own = [(dealer.pk, prefix) for dealer in Dealer.objects.all() for prefix in prefixes(dealer)]
    return {"dealers": [dealer for dealer, _ in own], "prefixes": [prefix for _, prefix in own]}


def _mark_too_much_back() -> None:
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


def _drop(file: CsvFile, marking: str = "", values: Mapping[str, Any] | None = None) -> None:
    """Reject all rows of the orders that are marked, or that a statement marks now.

    Those that are marked without a reason are on file already.
    """
    if marking:
        with connection.cursor() as cursor:
            cursor.execute(marking, values)
    reasons = _reasons()
    for line, reason, cause, problem, external_id, sale in stream(DROPPED):
        if reason is None:
            file.repeated += 1
            continue
        column, remedy = reasons[reason]
        value = {"external_id": external_id, "returns_external_id": sale}.get(column, "")
        told = remedy % {"line": cause, "problem": problem}
        file.reject(line, column if value else "", value, told)
    _remove()


def _remove() -> int:
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
        "others": (
            "external_id",
            _("Headquarters has an order of this store with this number already."),
        ),
        "owner": (
            "external_id",
            _(
                "The store's owner has brought an order with this number, with other content"
                " (till: %(problem)s). A sale counts once: leave it out, or give another one its"
                " own number."
            ),
        ),
        "sale": (
            "returns_external_id",
            _("No such sale is on file or in this file; import it first."),
        ),
        "line": ("returns_external_id", _("The sale has no such line.")),
        "time": ("returns_external_id", _("A return does not come before its sale.")),
        "quantity": ("", _("The sale's line has less left than this takes back.")),
        "large": ("", _("The whole order comes to more than %s.") % LARGEST_AMOUNT),
    }


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
    AND (again.category_id, again.product_id, again.quantity, again.gross, again.discount,
        again.net, again.returns)
    IS NOT DISTINCT FROM
    (first.category_id, first.product_id, first.quantity, first.gross, first.discount,
        first.net, first.returns)
"""
LINE_TWICE = """
INSERT INTO dropped
SELECT DISTINCT run, 'twice' FROM staged_line GROUP BY run, number HAVING count(*) > 1
"""
# What an order says, the same as ``order_content`` makes of it: without a product as before there
# were any.
_CONTENT = """sha256(convert_to(concat_ws('|', o.kind,
    to_char(o.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), coalesce(o.store_id::text, ''),
    coalesce(encode(p.said, 'hex'), ''), coalesce(o.sale, ''), l.lines), 'UTF8'))"""
_LINES = """string_agg(
        concat_ws(',', {number}, l.category_id, l.quantity, l.gross, l.discount, l.net,
            coalesce(l.returns::text, ''), l.product_id), ';' ORDER BY l.number) AS lines"""
TOTALS = f"""
INSERT INTO totals
SELECT o.run, l.quantity, l.net, {_CONTENT} AS content
FROM (
    SELECT run, sum(quantity) AS quantity, sum(net) AS net, {_LINES.format(number="l.number")}
    FROM staged_line AS l GROUP BY run
) AS l
JOIN staged_order AS o USING (run)
LEFT JOIN staged_person AS p USING (person)
"""  # noqa: S608 -- put together from our own text
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
# Lines numbered 1, 2, 3 by counting them are those on file in the order of their numbers there.
ON_FILE_COUNTED = f"""
INSERT INTO dropped
SELECT o.run
FROM staged_order AS o
JOIN customers_order AS e USING (source, external_id, kind)
JOIN (
    SELECT run, {_LINES.format(number="there.number")}
    FROM staged_line AS l
    JOIN staged_order AS o USING (run)
    JOIN customers_order AS e USING (source, external_id, kind)
    LEFT JOIN LATERAL (
        SELECT number FROM customers_orderline WHERE order_id = e.id
        ORDER BY number OFFSET l.number - 1 LIMIT 1
    ) AS there ON true
    GROUP BY run HAVING max(l.number) = count(*)
) AS l USING (run)
LEFT JOIN staged_person AS p USING (person)
WHERE {_CONTENT} = e.content
"""  # noqa: S608 -- put together from our own text
ON_FILE_OTHERWISE = """
INSERT INTO dropped
SELECT o.run, 'content'
FROM staged_order AS o JOIN customers_order AS e USING (source, external_id, kind)
"""
ON_FILE_BY_OTHERS = """
INSERT INTO dropped
SELECT o.run, 'others'
FROM staged_order AS o JOIN customers_order AS e USING (store_id, external_id, kind)
WHERE NOT EXISTS (SELECT FROM unnest(%(own)s::text[]) AS own WHERE starts_with(e.source, own))
"""
# Whether a source is one that the dealer of a store gave.
_OWN = """
WITH own AS (
    SELECT * FROM unnest(%(dealers)s::bigint[], %(prefixes)s::text[]) AS own (dealer_id, prefix))
"""
_OF_OWNER = """EXISTS (
        SELECT FROM own WHERE own.dealer_id = s.dealer_id AND starts_with(e.source, own.prefix))
    AND NOT EXISTS (
        SELECT FROM own WHERE own.dealer_id = s.dealer_id AND starts_with(o.source, own.prefix))"""
# An owner's tills may have one number twice: it is the same as the one that says the same.
ON_FILE_BY_OWNER = f"""
{_OWN}
INSERT INTO dropped
SELECT o.run, CASE WHEN bool_or(t.content = e.content) THEN NULL ELSE 'owner' END, NULL::int,
    min(e.source)
FROM staged_order AS o
JOIN totals AS t USING (run)
JOIN customers_order AS e USING (store_id, external_id, kind)
JOIN dealers_store AS s ON s.id = o.store_id
WHERE {_OF_OWNER}
GROUP BY o.run
"""  # noqa: S608 -- put together from our own text
# Such a sale is on file by the owner's source alone; what comes back of it is of that one.
SOLD_BY_OWNER = f"""
{_OWN}
UPDATE staged_order AS back SET sale_source = found.source
FROM (
    SELECT o.run, min(e.source) AS source
    FROM staged_order AS o
    JOIN customers_order AS e
        ON e.store_id = o.store_id AND e.external_id = o.sale AND e.kind = 'sale'
    JOIN dealers_store AS s ON s.id = o.store_id
    WHERE o.kind = 'return' AND {_OF_OWNER} AND NOT EXISTS (
        SELECT FROM customers_order AS same WHERE same.source = o.source
            AND same.external_id = o.sale AND same.kind = 'sale')
    GROUP BY o.run HAVING count(*) = 1
) AS found
WHERE found.run = back.run
"""  # noqa: S608 -- put together from our own text
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
    ON old_sale.source = coalesce(o.sale_source, o.source) AND old_sale.external_id = o.sale
    AND old_sale.kind = 'sale'
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
