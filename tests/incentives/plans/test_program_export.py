"""A program that was exported is imported as the same: rulebook, plans and cohorts."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Rulebook
from dealers.actor import Actor
from dealers.triggers import lifted
from incentives.engine.program import parse
from incentives.models import Cohort, Component, Plan, PlanVersion, Program, RateRow
from incentives.plans import program_export, program_file
from tests.factories.dealers import RegionFactory
from tests.factories.incentives import per_registration, percent, published, tiers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def store(data, *, publish=True):
    return program_file.store(data, publish=publish, by=Actor.worker("tests"), at=NOW)


@pytest.fixture
def program(db):
    """Two versions of a plan, fees of another, a rulebook with its rules off, and a cohort."""
    RegionFactory(code="HD")
    store({
        "currency": "CNY",
        "rulebook": {
            "name": "规则", "from": "2025-06-01", "caps": None, "owner_share": "0.25",
            "warning_days": [30, 7], "grace_days": 0, "max_days_without_sale": None,
            "notice_days": 30, "visit_qualifies": False,
        },
        "cohorts": [
            {"code": "all", "name": "全部", "unit": "dealer"},
            {"code": "a", "name": "大店", "name_en": "Large", "unit": "store",
             "size_classes": ["A"], "opened_from": "2020-01-01", "regions": ["HD"]},
        ],
    })  # fmt: skip
    published(
        tiers(code="own", name="成交", name_en="Sales", period_cap=Decimal("6000.00")),
        percent("0.333333", by_share=True, to="seller", code="sold"),
        code="sales", name_en="Sales", text="说明", text_en="Text", budget=Decimal("90000.00"),
    )  # fmt: skip
    published(
        tiers("tiers_whole", clawback="original_rate", clawback_days=30),
        starts_on=date(2026, 4, 1), code="sales",
    )  # fmt: skip
    published(
        per_registration("2.50"), ends_on=date(2027, 1, 1), code="fee", direction="dealer_pays"
    )


def rows(version):
    return [
        (component.code, component.places, row.starts_at, row.rate)
        for component in version.components.order_by("position")
        for row in component.rows.order_by("starts_at")
    ]


def test_what_was_exported_is_there_already(program):
    again = store(json.loads(json.dumps(program_export.program())))
    assert (again.changes, again.same) == ([], 7)


def test_places_may_be_named_in_any_order(db):
    plan = {"code": "p", "name": "p", "from": "2026-01-01", "components": [
        {"code": "c", "event": "paid_sale", "place": ["sister", "own"], "kind": "percent",
         "rows": [{"rate": "0.01"}]}
    ]}  # fmt: skip
    store({"currency": "CNY", "plans": [plan]})
    assert store(program_export.program()).changes == []


def test_an_empty_portal_becomes_the_same_by_the_file(program, tmp_path):
    path = tmp_path / "program.json"
    call_command("export_program", path)
    written = path.read_text()
    before = [rows(version) for version in PlanVersion.objects.order_by("plan__code", "starts_on")]

    empty()
    call_command("import_program", path, "--publish")

    after = [rows(version) for version in PlanVersion.objects.order_by("plan__code", "starts_on")]
    assert after == before
    assert Plan.objects.get(code="sales").budget == Decimal("90000.00")
    assert Rulebook.objects.get().notice_days == 30
    call_command("export_program", path)
    assert path.read_text() == written


def empty():
    """Nothing published is ever deleted but by the owner of the tables."""
    Cohort.objects.all().delete()
    with lifted(RateRow, Component, PlanVersion, Rulebook):
        RateRow.objects.all().delete()
        Component.objects.all().delete()
        PlanVersion.objects.all().delete()
        Plan.objects.all().delete()
        Rulebook.objects.all().delete()


def test_the_engine_reads_the_file_as_well(program):
    found = parse(program_export.program())
    assert [each.values["code"] for each in found.components] == [
        "registered",
        "own",
        "sold",
        "own",
    ]


def test_drafts_are_exported_only_on_demand(db):
    store(
        {"plans": [{"code": "p", "name": "p", "from": "2026-01-01", "components": [
            {"code": "c", "event": "registration", "kind": "flat", "rows": [{"rate": 15}]}
        ]}]},
        publish=False,
    )  # fmt: skip
    assert program_export.program()["plans"] == []
    assert [each["code"] for each in program_export.program(drafts=True)["plans"]] == ["p"]


def test_a_folder_that_is_not_there_is_named(db, tmp_path):
    with pytest.raises(CommandError, match="nowhere") as stopped:
        call_command("export_program", tmp_path / "nowhere" / "program.json")
    assert stopped.value.returncode == 2


@settings(
    max_examples=25, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    kind=st.sampled_from(["tiers_marginal", "tiers_whole"]),
    steps=st.lists(
        st.integers(min_value=1, max_value=10**12), max_size=5, unique=True
    ),
    rates=st.lists(st.integers(min_value=0, max_value=10**6), min_size=6, max_size=6),
    cap=st.none() | st.integers(min_value=1, max_value=10**13),
    days=st.integers(min_value=0, max_value=366),
    places=st.sets(st.sampled_from(["own", "sister", "other", "online"])),
)  # fmt: skip
def test_any_table_of_rates_survives_the_file(db, *, kind, steps, rates, cap, days, places):
    table = [(Decimal(0), rates[0]), *zip(sorted(steps), rates[1:], strict=False)]
    component = tiers(
        kind,
        rows=[(Decimal(start).scaleb(-2), Decimal(rate).scaleb(-6)) for start, rate in table],
        places=sorted(places), period_cap=cap and Decimal(cap).scaleb(-2), clawback_days=days,
    )  # fmt: skip
    with transaction.atomic():
        Program.objects.get_or_create(pk=1)
        published(component)
        again = store(json.loads(json.dumps(program_export.program())))
        assert again.changes == []
        transaction.set_rollback(True)


def test_gates_come_back_in_their_order_and_once(db):
    plan = {"code": "p", "name": "p", "from": "2026-01-01", "components": [
        {"code": "c", "event": "paid_sale", "kind": "percent", "rows": [{"rate": "0.01"}],
         "gate": ["data_complete", "certified", "data_complete"]},
        {"code": "d", "event": "paid_sale", "kind": "percent", "rows": [{"rate": "0.01"}],
         "gate": "agreement_signed"},
        {"code": "e", "event": "paid_sale", "kind": "percent", "rows": [{"rate": "0.01"}],
         "gate": "agreement_signed", "agreement_from": "2026-02-01"},
    ]}  # fmt: skip
    store({"currency": "CNY", "plans": [plan]})

    assert [each.gates for each in Component.objects.order_by("code")] == [
        ["data_complete", "certified"],
        ["agreement_signed"],
        ["agreement_signed"],
    ]
    versions = [None, None, date(2026, 2, 1)]
    assert [each.agreement_from for each in Component.objects.order_by("code")] == versions
    written = program_export.program()
    assert "agreement_from" not in written["plans"][0]["components"][1]
    assert store(json.loads(json.dumps(written))).changes == []
    assert [each.gates for each in parse(written).components] == [
        ["data_complete", "certified"],
        ["agreement_signed"],
        ["agreement_signed"],
    ]
    assert [each.values["agreement_from"] for each in parse(written).components] == versions


def test_a_version_of_the_agreement_is_named_with_its_gate_alone(db):
    component = {"code": "c", "event": "paid_sale", "kind": "percent", "rows": [{"rate": "0.01"}],
                 "gate": "certified", "agreement_from": "2026-02-01"}  # fmt: skip
    plan = {"code": "p", "name": "p", "from": "2026-01-01", "components": [component]}
    with pytest.raises(program_file.ProgramNotValid, match=r"协议版本|version of the agreement"):
        store({"currency": "CNY", "plans": [plan]})
    component |= {"gate": "agreement_signed"}
    store({"currency": "CNY", "plans": [plan]})
    refused = pytest.raises(IntegrityError, match="component_agreement_is")
    with refused, transaction.atomic(), lifted(Component):
        Component.objects.update(gates=["certified"])


def test_leads_of_headquarters_come_back_and_no_other_filter_is_taken(db):
    component = {"code": "c", "event": "paid_sale", "kind": "percent", "rows": [{"rate": "0.01"}],
                 "filter": {"source": ["dispatch"]}}  # fmt: skip
    plan = {"code": "p", "name": "p", "from": "2026-01-01", "components": [component]}
    store({"currency": "CNY", "plans": [plan]})

    assert Component.objects.get().of_leads
    written = program_export.program()
    assert store(json.loads(json.dumps(written))).changes == []
    assert parse(written).components[0].filters == [("source", "dispatch")]
    for other in ({"source": ["walk-in"]}, {"category": ["A"]}, "dispatch"):
        component["filter"] = other
        with pytest.raises(program_file.ProgramNotValid, match="filter"):
            store({"currency": "CNY", "plans": [plan]})


def test_an_unknown_gate_is_refused_with_those_there_are(db):
    plan = {"code": "p", "name": "p", "from": "2026-01-01", "components": [
        {"code": "c", "event": "paid_sale", "kind": "percent", "rows": [{"rate": "0.01"}],
         "gate": ["signed"]}
    ]}  # fmt: skip
    with pytest.raises(program_file.ProgramNotValid) as refused:
        store({"currency": "CNY", "plans": [plan]})
    assert "agreement_signed, certified, data_complete" in str(refused.value)
