"""What goes into the engine: terms and facts as rows, in tables of the transaction."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from incentives.engine.component import Component
from incentives.engine.facts import Fact

_TEXT, _DAY, _NUMBER, _FLAG, _COUNT = "text", "date", "numeric", "boolean", "integer"

# One row a component. The kind enters as ``measure``, ``gives`` and ``period`` (``registry.Kind``).
COMPONENT = {
    "id": _COUNT, "plan": _TEXT, "code": _TEXT, "position": _COUNT, "kind": _TEXT,
    "audience": _TEXT, "sign": _COUNT, "starts_on": _DAY, "ends_on": _DAY, "began_on": _DAY,
    "fact": _TEXT, "only_sold_by": _TEXT, "only_repeat": _FLAG, "places": "text[]",
    "by_anchor": _FLAG, "stack": _TEXT, "priority": _COUNT, "pays_zero": _FLAG,
    "to_seller": _FLAG, "by_share": _FLAG, "base": _TEXT, "measure": _TEXT, "gives": _TEXT,
    "period": _FLAG, "first_n": _COUNT, "first_of_all": _FLAG, "months": _COUNT,
    "line_cap": _NUMBER, "line_floor": _NUMBER, "order_cap": _NUMBER, "order_floor": _NUMBER,
    "period_cap": _NUMBER, "period_floor": _NUMBER, "beneficiary_cap": _NUMBER,
    "budget_cap": _NUMBER, "withhold": _NUMBER, "recompute": _FLAG, "clawback_days": _COUNT,
}  # fmt: skip
RATE = {"component_id": _COUNT, "starts_at": _NUMBER, "ends_at": _NUMBER, "level": _TEXT,
        "category": _TEXT, "rate": _NUMBER}  # fmt: skip
FACTOR = {"component_id": _COUNT, "level": _TEXT, "category": _TEXT, "region": _TEXT,
          "starts_on": _DAY, "ends_on": _DAY, "factor": _NUMBER}  # fmt: skip
FILTER = {"component_id": _COUNT, "name": _TEXT, "value": _TEXT}
GATE = {"component_id": _COUNT, "position": _COUNT, "gate": _TEXT}
TARGET = {"component_id": _COUNT, "beneficiary": _TEXT, "amount": _NUMBER}
# One row a line of an event (``facts.Fact``).
FACT = {
    "line": _COUNT, "kind": _TEXT, "external_id": _TEXT, "at": "timestamptz", "day": _DAY,
    "month": _DAY, "closing": _DAY, "dealer": _TEXT, "store": _TEXT, "staff": _TEXT,
    "region": _TEXT, "level": _TEXT, "sold_by": _TEXT, "category": _TEXT, "quantity": _NUMBER,
    "net": _NUMBER, "margin": _NUMBER, "owner_share": _NUMBER, "owned_on": _DAY, "returns": _TEXT,
    "seller": _TEXT, "customer": _TEXT, "source": _TEXT, "agreement_signed": _FLAG,
    "data_complete": _FLAG,
}  # fmt: skip

# What a fact looks for among the others: earlier sales to a customer, certificates.
_LOOKED_UP = (
    ("customer", "customer IS NOT NULL"),
    ("staff", "kind = 'certificate'"),
    ("dealer", "kind = 'certificate'"),
)


def load(components: Iterable[Component], facts: Iterable[Fact]) -> None:
    """Put terms and facts where the stages find them."""
    terms = [(each.values["id"], each) for each in components]
    _fill("engine_component", COMPONENT, (
        [each.values[name] for name in COMPONENT] for _id, each in terms
    ))  # fmt: skip
    _fill("engine_rate", RATE, ((id_, *row) for id_, each in terms for row in each.rows))
    _fill("engine_factor", FACTOR, ((id_, *row) for id_, each in terms for row in each.factors))
    _fill("engine_filter", FILTER, ((id_, *row) for id_, each in terms for row in each.filters))
    _fill("engine_gate", GATE, (
        (id_, n, gate) for id_, each in terms for n, gate in enumerate(each.gates)
    ))  # fmt: skip
    _fill("engine_target", TARGET, ((id_, *row) for id_, each in terms for row in each.targets))
    _fill("engine_fact", FACT, (fact.values for fact in facts))
    with connection.cursor() as cursor:
        for column, only in _LOOKED_UP:
            cursor.execute(f"CREATE INDEX ON engine_fact ({column}) WHERE {only}")
        cursor.execute("DROP AGGREGATE IF EXISTS pg_temp.product(numeric)")
        cursor.execute(
            "CREATE AGGREGATE pg_temp.product(numeric)"
            " (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1')"
        )


def _fill(table: str, columns: dict[str, str], rows: Iterable[Any]) -> None:
    described = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
        cursor.execute(f"CREATE TEMP TABLE {table} ({described}) ON COMMIT DROP")
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"ANALYZE {table}")
