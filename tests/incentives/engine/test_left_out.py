"""What a component does not count is left out for a reason, and what it counts for none."""

import pytest
from django.db import connection

from incentives.engine import fact_file, facts, run
from incentives.engine.events import LEFT_OUT
from incentives.engine.program import parse
from incentives.engine.tables import Given
from incentives.plans import program_file
from tests.incentives.engine.events import plans

pytestmark = pytest.mark.django_db

FLAT = {"event": "paid_sale", "kind": "flat", "rows": [{"rate": "1"}]}
COMPONENTS = {
    "counts": {},
    "online": {"place": "online"},
    "sellers": {"to": "seller", "by_share": True},
    "again": {"event": "repeat_sale"},
    "tables": {"filter": {"category": ["table"]}},
}
SALE = {
    "kind": "sale", "external_id": "S", "at": "2026-01-10T10:00:00+08:00", "dealer": "d1",
    "store": "s1", "sold_by": "own", "category": "chair", "quantity": "1", "net": "100",
    "customer": "c",
}  # fmt: skip


@pytest.fixture
def asked(files):
    """By component code, why it leaves out what a file has; and which ones have an event of it."""

    def ask(components, *events, **plan):
        path, rows = files({"plans": plans(components, **plan)}, events)
        program = parse(program_file.read(path))
        found, file = fact_file.read(rows, program.timezone)
        assert not list(map(str, file.problems))
        chain = run.through(program.components, Given(found), program.currency, keep=True)
        LEFT_OUT.add_to(chain, program.components)
        with connection.cursor() as cursor:
            cursor.execute(
                chain.reading(
                    """SELECT c.code, l.event, l.left_out, e.component_id IS NOT NULL
                    FROM engine_left_out l JOIN engine_component c ON c.id = l.component_id
                    LEFT JOIN engine_event e
                        ON e.component_id = l.component_id AND e.event = l.event"""
                ),
                chain.values,
            )
            return cursor.fetchall()

    return ask


def test_each_reason_is_the_one_that_leaves_it_out(asked):
    components = [FLAT | {"code": code} | more for code, more in COMPONENTS.items()]

    rows = asked(components, SALE)

    assert {code: why for code, _event, why, _counted in rows} == {
        "counts": None,
        "online": "elsewhere",
        "sellers": "all_the_owners",
        "again": "first_sale",
        "tables": "filtered",
    }


def test_who_is_not_there_is_somebody_else(asked):
    sold = SALE | {"dealer": "", "seller": "d2", "sold_by": "other", "owner_share": "0.3"}
    components = [FLAT | {"code": "owners"}, FLAT | {"code": "sellers", "to": "seller"}]
    rows = asked(components, sold)
    assert {code: why for code, _event, why, _counted in rows} == {
        "owners": "for_another", "sellers": None,
    }  # fmt: skip


def test_what_has_an_event_has_no_reason_and_the_other_way_round(asked):
    components = [FLAT | {"code": code} | more for code, more in COMPONENTS.items()]
    events = [
        SALE
        | {
            "external_id": f"S{n}", "at": f"2026-{month:02}-10T10:00:00+08:00",
            "sold_by": sold_by, "category": category, "dealer": dealer,
            "seller": "" if sold_by in ("own", "sister") else "d2",
            "owner_share": share, "customer": customer,
        }
        for n, (month, sold_by, category, dealer, share, customer) in enumerate(
            (month, sold_by, category, dealer, share, customer)
            for month in (1, 5)
            for sold_by in facts.SOLD_BY
            for category in ("chair", "table", "")
            for dealer in ("d1", "")
            for share in ("1", "0.3", "0")
            for customer in ("c", "")
        )
    ]  # fmt: skip

    rows = asked(components, *events)

    assert len(rows) == len(components) * len(events)
    assert [row for row in rows if (row[2] is None) != row[3]] == []
    assert {row[2] for row in rows} >= {None, "elsewhere", "for_another", "first_sale", "filtered"}
