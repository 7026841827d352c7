"""What is said of the columns of the engine's rows is what they have."""

from dataclasses import fields
from datetime import date

import pytest
from django.db import connection

from incentives.engine import run, tables
from incentives.engine.explain import EXPLAIN
from incentives.engine.facts import Fact
from incentives.engine.program import parse
from incentives.engine.recorded import Recorded
from incentives.engine.scope import Scope
from incentives.engine.stage import Chain
from tests.incentives.engine.events import plans

pytestmark = pytest.mark.django_db

PLAIN = {"event": "paid_sale", "kind": "flat", "rows": [{"rate": "1"}]}
EVERYTHING = PLAIN | {
    "kind": "first_n", "n": 1, "group": "g", "gate": "certified", "period_cap": "5.00",
    "line_cap": "4.00", "order_cap": "4.00", "multipliers": [{"factor": "2"}], "withhold": "0.1",
}  # fmt: skip
OF_A_PERIOD = {"event": "paid_sale", "kind": "tiers_marginal", "rows": [{"rate": "0.01"}]}
OF_A_RETURN = PLAIN | {"event": "return"}
CAPS = {"beneficiary_cap": "9.00", "budget_cap": "9.00"}


def columns(chain, query):
    with connection.cursor() as cursor:
        cursor.execute(chain.reading(query), chain.values)
        return [column.name for column in cursor.description]


@pytest.mark.parametrize(
    ("components", "caps", "everything"),
    [([PLAIN], {}, False), ([EVERYTHING, OF_A_PERIOD, OF_A_RETURN], CAPS, True)],
)
def test_each_stage_has_the_columns_that_it_names(components, caps, everything):
    program = parse({"plans": plans(components, **caps)})
    assert all(stage.wanted(program.components) for stage in run.STAGES) is everything

    chain = run.through(program.components, tables.Given([]), program.currency, keep=True)

    for stage in run.STAGES:
        assert columns(chain, f"SELECT * FROM {stage.name}") == list(stage.columns), stage.name
    assert columns(chain, EXPLAIN.query) == list(EXPLAIN.columns)
    assert [each.name for each in fields(run.RunLine)] == list(EXPLAIN.columns)


@pytest.mark.parametrize("dealer", [None, 1])
def test_what_is_on_record_comes_as_from_a_file(dealer):
    month = date(2026, 1, 1)
    scope = Scope(month, None, month, month, None, "CNY", dealer_id=dealer)

    chain = run.through([], Recorded(scope, []), scope.currency, keep=dealer is None)

    for name, described in (
        ("engine_fact", tables.FACT),
        ("engine_booked", tables.BOOKED),
        ("engine_booked_event", tables.BOOKED_EVENT),
    ):
        assert columns(chain, f"SELECT * FROM {name}") == list(described), name
    for stage in run.STAGES:
        assert columns(chain, f"SELECT * FROM {stage.name}") == list(stage.columns), stage.name
    assert Fact.columns() == list(tables.FACT)


def test_a_statement_names_only_what_it_reads():
    chain = Chain({}, tables=False)
    chain.add("engine_a", "SELECT 1 AS x")
    chain.add("engine_b", "SELECT x FROM engine_a")
    chain.add("engine_c", "SELECT 2 AS x")

    read = chain.reading("SELECT x FROM engine_b")

    assert "engine_a AS" in read
    assert "engine_b AS" in read
    assert "engine_c" not in read
    assert chain.reading("SELECT 1") == "SELECT 1"
