"""What goes into the engine: terms and facts as rows, in tables of the transaction."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from django.db import connection

from incentives.engine.component import Component
from incentives.engine.facts import Fact
from incentives.engine.stage import Chain

# Codes are compared by their bytes: sorted by the rules of a language they cost five times as much.
_TEXT = 'text COLLATE "C"'
_DAY, _NUMBER, _FLAG, _COUNT = "date", "numeric", "boolean", "integer"

# One row per component. The kind enters as ``measure``, ``gives`` and ``period``, as
# ``registry.Kind`` has them; ``gated`` and ``filtered`` say whether it has rows in those tables,
# ``only_rate`` is the rate where one row stands for all.
COMPONENT = {
    "id": _COUNT, "plan": _TEXT, "code": _TEXT, "audience": _TEXT, "sign": _NUMBER,
    "starts_on": _DAY, "ends_on": _DAY, "began_on": _DAY,
    "fact": _TEXT, "only_sold_by": _TEXT, "only_repeat": _FLAG, "places": "text[]",
    "by_anchor": _FLAG, "stack": _TEXT, "priority": _COUNT, "pays_zero": _FLAG,
    "to_seller": _FLAG, "by_share": _FLAG, "base": _TEXT, "measure": _TEXT, "gives": _TEXT,
    "period": _FLAG, "first_n": _COUNT, "first_of_all": _FLAG, "months": _COUNT,
    "line_cap": _NUMBER, "line_floor": _NUMBER, "order_cap": _NUMBER, "order_floor": _NUMBER,
    "period_cap": _NUMBER, "period_floor": _NUMBER, "beneficiary_cap": _NUMBER,
    "budget_cap": _NUMBER, "withhold": _NUMBER, "recompute": _FLAG, "clawback_days": _COUNT,
    "agreement_from": _DAY, "gated": _FLAG, "filtered": _FLAG, "only_rate": _NUMBER,
}  # fmt: skip
RATE = {"component_id": _COUNT, "starts_at": _NUMBER, "ends_at": _NUMBER, "level": _TEXT,
        "category": _TEXT, "rate": _NUMBER}  # fmt: skip
FACTOR = {"component_id": _COUNT, "level": _TEXT, "category": _TEXT, "region": _TEXT,
          "starts_on": _DAY, "ends_on": _DAY, "factor": _NUMBER}  # fmt: skip
FILTER = {"component_id": _COUNT, "name": _TEXT, "value": _TEXT}
GATE = {"component_id": _COUNT, "position": _COUNT, "gate": _TEXT}
TARGET = {"component_id": _COUNT, "beneficiary": _TEXT, "amount": _NUMBER}
# One row for each line of an event (``facts.Fact``), as a file says it. On record events are told
# by uuid and who takes part by number, which are sorted and copied for less; the stages take
# either.
FACT = {
    "line": _COUNT, "lines": _COUNT, "kind": _TEXT, "external_id": _TEXT,
    "at": "timestamptz", "day": _DAY,
    "month": _DAY, "closing": _DAY, "known": _FLAG, "back": _FLAG,
    "dealer": _TEXT, "store": _TEXT, "staff": _TEXT,
    "region": _TEXT, "level": _TEXT, "sold_by": _TEXT, "category": _TEXT, "quantity": _NUMBER,
    "net": _NUMBER, "margin": _NUMBER, "owner_share": _NUMBER, "owned_on": _DAY, "returns": _TEXT,
    "seller": _TEXT, "customer": _TEXT, "source": _TEXT, "agreement_signed": _FLAG,
    "data_complete": _FLAG, "certified": _FLAG, "agreement_from": _DAY,
}  # fmt: skip

# What earlier closings booked, a row per component, beneficiary and period: what was sold in it,
# what came back, and what it was worth before and after the caps.
BOOKED = {"component_id": _COUNT, "beneficiary": _TEXT, "period": _DAY, "month": _DAY,
          "sold": _NUMBER, "returned": _NUMBER, "worth": _NUMBER, "amount": _NUMBER}  # fmt: skip
# And a row per component and event, of the sales of which something comes back and their returns.
BOOKED_EVENT = {"component_id": _COUNT, "beneficiary": _TEXT, "sale": _TEXT, "event": _TEXT,
                "base": _NUMBER, "worth": _NUMBER}  # fmt: skip

# What a fact looks for among the others: earlier sales to a customer, certificates.
_LOOKED_UP = (
    ("customer", "customer IS NOT NULL"),
    ("staff", "kind = 'certificate'"),
    ("dealer", "kind = 'certificate'"),
)


def terms(chain: Chain, components: Iterable[Component]) -> None:
    """Put terms where the stages find them."""
    each = [(found.values["id"], found) for found in components]
    fill(chain, "engine_component", COMPONENT, (
        [found.column(name) for name in COMPONENT] for _id, found in each
    ))  # fmt: skip
    if chain.tables:
        # Stages that are one statement each look for a component: known as one row, once is enough.
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE engine_component ADD PRIMARY KEY (id)")
    fill(chain, "engine_rate", RATE, ((id_, *row) for id_, found in each for row in found.rows))
    fill(chain, "engine_factor", FACTOR, (
        (id_, *row) for id_, found in each for row in found.factors
    ))  # fmt: skip
    fill(chain, "engine_filter", FILTER, (
        (id_, *row) for id_, found in each for row in found.filters
    ))  # fmt: skip
    fill(chain, "engine_gate", GATE, (
        (id_, n, gate) for id_, found in each for n, gate in enumerate(found.gates)
    ))  # fmt: skip
    fill(chain, "engine_target", TARGET, (
        (id_, *row) for id_, found in each for row in found.targets
    ))  # fmt: skip


class Source(Protocol):
    """Where facts come from, and what was booked before: what ``FACT`` and ``BOOKED`` describe."""

    one_line: ClassVar[bool]  # no event has several

    def add_to(self, chain: Chain) -> None:
        """Name ``engine_fact``, ``engine_booked`` and ``engine_booked_event``."""


@dataclass(frozen=True)
class Given:
    """Facts that are at hand; nothing was booked before."""

    facts: Iterable[Fact]
    one_line: ClassVar[bool] = False

    def add_to(self, chain: Chain) -> None:
        fill(chain, "engine_fact", FACT, (fact.values for fact in self.facts))
        fill(chain, "engine_booked", BOOKED, ())
        fill(chain, "engine_booked_event", BOOKED_EVENT, ())
        with connection.cursor() as cursor:
            for column, only in _LOOKED_UP:
                cursor.execute(f"CREATE INDEX ON engine_fact ({column}) WHERE {only}")


def fill(chain: Chain, name: str, columns: dict[str, str], rows: Iterable[Iterable[Any]]) -> None:
    """Put rows where the stages find them: in a table, or as a value of the one statement."""
    described = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    if not chain.tables:
        chain.values[name] = json.dumps(
            [dict(zip(columns, row, strict=True)) for row in rows], default=str
        )
        chain.add(name, f"SELECT * FROM jsonb_to_recordset(%({name})s::jsonb) AS t ({described})")
        return
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
        cursor.execute(f"CREATE TEMP TABLE {name} ({described}) ON COMMIT DROP")
        with cursor.copy(f"COPY {name} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(list(row))
        cursor.execute(f"ANALYZE {name}")
    chain.kept.append(name)
