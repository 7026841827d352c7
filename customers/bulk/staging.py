"""The temporary tables of a load, and how rows get into them."""

import re
from collections.abc import Iterator

from django.db import connection

BATCH = 10_000  # rows held in memory before they are copied
NULL = r"\N"

# With the decimals of an amount, ``places``.
STAGING = """
CREATE TEMP TABLE staged_person (person int, said bytea, fingerprint bytea, renewed bytea)
    ON COMMIT DROP;
CREATE TEMP TABLE staged_card (person int, dealer_id bigint, line int, id uuid, phone bytea,
    name bytea, tokens bigint[]) ON COMMIT DROP;
CREATE TEMP TABLE staged_registration (
    id bigint DEFAULT nextval('customers_registration_id_seq'), line int, key text, content bytea,
    first_content bytea, person int, store_id bigint, source text, at timestamptz,
    phone_clock timestamptz, marketing boolean, staff_id bigint, numbered text) ON COMMIT DROP;
CREATE TEMP TABLE staged_activity (id bigint, person int, dealer_id bigint, store_id bigint,
    staff_id bigint, kind text, outcome text, at timestamptz, note bytea, follow_up_on date)
    ON COMMIT DROP;
CREATE TEMP TABLE staged_order (run int, source text, external_id text, kind text,
    at timestamptz, store_id bigint, person int, sale text, sale_source text,
    id uuid DEFAULT gen_random_uuid()) ON COMMIT DROP;
CREATE TEMP TABLE staged_line (id bigint DEFAULT nextval('customers_orderline_id_seq'),
    run int, line int, number int, category_id bigint, product_id bigint, quantity int,
    gross numeric(16,{places}), discount numeric(16,{places}), net numeric(16,{places}),
    returns int) ON COMMIT DROP;
CREATE TEMP TABLE spoilt (run int, source text, external_id text, kind text, line int,
    problem text) ON COMMIT DROP;
CREATE TEMP TABLE scattered (run int, first int, agree boolean) ON COMMIT DROP;
CREATE TEMP TABLE dropped (run int, reason text, cause int, problem text) ON COMMIT DROP;
CREATE TEMP TABLE totals (run int, quantity bigint, net numeric, content bytea) ON COMMIT DROP;
CREATE TEMP TABLE taken_back (run int, at timestamptz, id bigint, quantity bigint, net numeric,
    sale_id uuid, sold_at timestamptz, new_person int, old_identity bigint, sold_id bigint,
    quantity_left bigint, net_left numeric) ON COMMIT DROP;
CREATE TEMP TABLE answered (id bigint, receipt text, answer text, rule text, rulebook_id bigint,
    ownership_id bigint, protected_until timestamptz) ON COMMIT DROP;
CREATE TEMP TABLE owned (id bigint, is_new boolean, person int, dealer_id bigint, store_id bigint,
    staff_id bigint, starts_at timestamptz, ends_at timestamptz, protected_until timestamptz,
    channel text, contact_due_at timestamptz, contacted_at timestamptz, sold_at timestamptz,
    renewed_on date, last_activity_at timestamptz, follow_up_on date,
    release_at timestamptz) ON COMMIT DROP;
CREATE TEMP TABLE attributed (order_id uuid, holder text, dealer_id bigint, store_id bigint,
    ownership_id bigint, share numeric(9,6), sold_by text, counts_on date, rulebook_id bigint,
    cause text) ON COMMIT DROP;
CREATE TEMP TABLE visited (id bigint, registration_id bigint, at timestamptz) ON COMMIT DROP;
CREATE TEMP TABLE happened (ownership_id bigint, kind text, at timestamptz,
    protected_until timestamptz, rulebook_id bigint, registration_id bigint, activity_id bigint,
    order_id uuid) ON COMMIT DROP;
CREATE TEMP TABLE known_person (person int, identity_id bigint) ON COMMIT DROP;
CREATE INDEX ON known_person (identity_id);
CREATE TEMP TABLE answered_from (what text) ON COMMIT DROP;
"""


STAGED = tuple(re.findall(r"CREATE TEMP TABLE (\w+)", STAGING))


class Batch:
    """Rows on their way into a temporary table, copied a few thousand at a time."""

    def __init__(self, table: str, columns: str = "") -> None:
        self.statement = f"COPY {table}{f' ({columns})' if columns else ''} FROM STDIN"
        self.rows: list[str] = []

    def add(self, row: str) -> None:
        """A row in COPY's text format, with its newline."""
        self.rows.append(row)
        if len(self.rows) >= BATCH:
            self.flush()

    def flush(self) -> None:
        if self.rows:
            with connection.cursor() as cursor, cursor.copy(self.statement) as copy:
                copy.write("".join(self.rows))
            self.rows.clear()


def plain(value: str) -> str:
    """A text for COPY's text format."""
    if "\\" in value or "\t" in value or "\n" in value or "\r" in value:
        value = value.replace("\\", r"\\").replace("\t", r"\t")
        return value.replace("\n", r"\n").replace("\r", r"\r")
    return value


def nullable(value: object) -> str:
    return NULL if value is None else str(value)


def binary(value: bytes | None) -> str:
    return NULL if value is None else rf"\\x{value.hex()}"


def ids(sequence: str) -> Iterator[int]:
    """Numbers of a table's sequence, taken from it a thousand at a time."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval(%s) FROM generate_series(1, 1000)", [sequence])
            rows = cursor.fetchall()
        for (number,) in rows:
            yield number


def empty(*tables: str) -> None:
    """Take everything out of temporary tables."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)}")


def stream(query: str) -> Iterator[tuple]:
    """The rows of a query one after the other, however many they are.

    Until the last one nothing else may use the connection, a batch that copies neither.
    """
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        yield from cursor.stream(query)
