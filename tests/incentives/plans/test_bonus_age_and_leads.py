"""Bonuses, shares by age and leads as headquarters writes, reads, tries and simulates them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from dealers.actor import Actor
from incentives.engine.program import parse
from incentives.forms.whatif import SolveForm
from incentives.models import Component, Kind
from incentives.plans import program_export, program_file, solve
from incentives.plans.cautions import cliffs, overlaps
from incentives.plans.program_file import ProgramNotValid
from incentives.plans.reading import parts_of
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import StoreFactory
from tests.factories.incentives import (
    JANUARY,
    MARCH,
    close_period,
    drafted,
    owned_customer,
    per_registration,
    percent,
    published,
    sale,
    simulated,
)
from tests.incentives.engine.test_bonus_age_and_leads import bonus, by_age, per_lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
NOW = datetime(2025, 12, 1, tzinfo=UTC)
OF_FILE = {
    "bonus": {
        "event": "paid_sale", "place": "own", "kind": "threshold_bonus",
        "rows": [{"from": 1000, "rate": "50"}, {"from": 3000, "rate": "200"}],
    },
    "age": {
        "event": "online_sale", "kind": "decay",
        "rows": [{"from": 0, "rate": "0.05"}, {"from": 30, "rate": "0.03"}],
    },
    "lead": {"event": "dispatch", "kind": "flat", "rows": [{"from": 0, "rate": "20"}]},
}  # fmt: skip


def plans(components):
    listed = [{"code": code, **each} for code, each in components.items()]
    return {"plans": [{"code": "p", "name": "P", "from": "2026-01-01", "components": listed}]}


def store(data):
    return program_file.store(data, publish=True, by=Actor.worker("tests"), at=NOW)


def test_a_file_brings_them_and_takes_them_out_again():
    store(plans(OF_FILE))

    assert store(plans(OF_FILE)).changes == []
    found = {each.code: each for each in Component.objects.all()}
    assert [(row.starts_at, row.rate) for row in found["bonus"].rows.all()] == [
        (0, 0), (1000, 50), (3000, 200),
    ]  # fmt: skip
    assert (found["bonus"].clawback, found["age"].clawback) == ("recompute", "original_rate")
    assert (found["age"].event, found["age"].places) == ("paid_sale", ["online"])
    written = program_export.program()
    assert store({"plans": written["plans"]}).changes == []
    assert len(parse(written).components) == 3


@pytest.mark.parametrize(
    ("code", "change", "problem"),
    [
        ("bonus", {"rows": []}, "components[0]: The rates must start at 0."),
        ("bonus", {"rows": [{"from": 5, "rate": "1.005"}]}, "An amount of CNY has at most 2"),
        ("bonus", {"by_share": True}, "Only what is paid per sale is split by share"),
        ("bonus", {"pays_zero": True}, "Only what is paid per sale or unit"),
        ("age", {"rows": [{"from": 30, "rate": "0.03"}]}, "components[0]: The rates must start"),
        ("age", {"rows": [{"from": 0, "rate": "5"}]}, "A rate of 5 is 500% of the base"),
        ("age", {"rows": [{"from": 0, "rate": "1"}, {"from": "1.5", "rate": "0"}]},
         "components[0]: The age of a protection is a whole number of days."),
        ("age", {"to": "seller"}, "Only the owner of a customer has a protection."),
        ("age", {"clawback": "recompute"}, "Only what is paid by month is recomputed."),
        ("age", {"place": "own"}, 'components[0].place = "own": leave it out: it is made online'),
        ("lead", {"kind": "percent"}, "A registration, lead or first contact is paid flat"),
        ("lead", {"place": "own"}, "A registration, lead or first contact is paid flat"),
    ],
)  # fmt: skip
def test_what_they_cannot_be_is_told_with_its_place(code, change, problem):
    with pytest.raises(ProgramNotValid) as refused:
        store(plans({code: OF_FILE[code] | change}))
    assert problem in str(refused.value)
    assert "plans[0].components[0]" in str(refused.value)


def test_a_bonus_is_by_whole_months():
    data = plans({"bonus": OF_FILE["bonus"]})
    data["plans"][0]["from"] = "2026-01-02"
    with pytest.raises(ProgramNotValid, match="Tiers and bonuses are measured by month"):
        store(data)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", {
            "bonus": "By a dealer's net sales of a month at the own store, the owner gets an"
            " amount, once for the month: CNY\u00a050.00 from CNY\u00a01,000.00 to below"
            " CNY\u00a03,000.00; CNY\u00a0200.00 from CNY\u00a03,000.00 on. A return within 180"
            " days has its month computed again.",
            "age": "Of each sale at the own store, the owner gets a share of the net amount paid,"
            " by how long the protection has run, whose first day is day 0: 5% from day 0 to day"
            " 29; 3% from day 30 to day 59; 1% from day 60 on. A return within 180 days takes back"
            " what its part was paid.",
            "lead": "For each lead of headquarters that is accepted, the owner gets"
            " CNY\u00a020.00.",
        }),
        ("zh-hans", {
            "bonus": "每月只计一次：¥1,000.00 起、不满 ¥3,000.00 为 ¥50.00；¥3,000.00 起为 ¥200.00",
            "age": "第 0 天至第 29 天 5%；第 30 天至第 59 天 3%；第 60 天起 1%",
            "lead": "每接下一条总部派单，归属方得 ¥20.00",
        }),
    ],
)  # fmt: skip
def test_they_read_themselves_back(language, said):
    draft = drafted(bonus(), by_age(), per_lead())
    with translation.override(language):
        found = {code: sentence for code, (_name, sentence) in parts_of(draft).items()}
    for code, sentence in said.items():
        assert sentence in found[code]


def test_a_bonus_is_a_cliff():
    rows = [(Decimal(0), Decimal(0)), (Decimal(1000), Decimal(50)), (Decimal(3000), Decimal(20))]
    component = Component(code="b", name_en="Bonus", kind=Kind.THRESHOLD_BONUS)
    assert list(cliffs(component, rows, "CNY")) == [
        "Bonus has a cliff: at CNY\u00a01,000.00 a month is worth CNY\u00a050.00, just below it"
        " CNY\u00a00.00.",
        "Bonus punishes growth: at CNY\u00a03,000.00 a month is worth CNY\u00a020.00, just below"
        " it CNY\u00a050.00.",
    ]


def test_a_lead_is_paid_on_top_of_a_registration():
    published(per_registration(name_en="Each"), code="b", name_en="Other")
    draft = drafted(per_lead(name_en="Lead"), code="a", starts_on=MARCH)
    assert list(overlaps(draft, list(draft.components.all()))) == [
        "Lead is paid on top of “Each” of the plan “Other”."
    ]


@pytest.fixture
def month():
    """January: 1,200.00 on day 9 of the protection, 1,700.00 on day 30; 2 % were paid."""
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    customer = owned_customer(StoreFactory())
    published(percent("0.02", places=["own"], code="own"))
    sale(customer, "1200.00", date(2026, 1, 10))
    sale(customer, "1700.00", date(2026, 1, 31))
    close_period(JANUARY)


@pytest.mark.parametrize(
    ("component", "after", "near"),
    [
        (bonus(), "50.00", [["bonus", "3000", 1]]),  # 2,900.00 are close to 3,000.00
        (by_age(), "111.00", []),  # 5 % of 1,200.00 and 3 % of 1,700.00
    ],
    ids=["bonus", "age"],
)
@pytest.mark.usefixtures("month")
def test_a_draft_is_replayed_over_a_closed_month(component, after, near):
    draft = drafted(component, starts_on=MARCH)

    found = simulated(draft, datetime(2026, 2, 10, tzinfo=UTC), JANUARY)

    assert (found.before, found.after) == (Decimal("58.00"), Decimal(after))
    assert found.found["near"] == near


@pytest.mark.usefixtures("month")
def test_which_rate_spends_a_budget_is_found_for_a_row():
    draft = drafted(bonus(), by_age(), starts_on=MARCH)
    bonus_row = draft.components.get(code="bonus").rows.get(starts_at=1000)
    age_row = draft.components.get(code="age").rows.get(starts_at=30)
    choices = dict(SolveForm(draft).fields["row"].choices)
    assert choices[str(age_row.pk)] == "age, from day 30 on"

    # 60.00 and 51.00 by age: 150.00 leave 39.00 for the bonus. With the bonus of 50.00, 40.00
    # are left for 1,700.00 of day 30: 2.35 % are 39.95, and 2.36 % are 40.12.
    found = solve.solve(bonus_row, [JANUARY], Decimal("150.00"))
    assert (found.rate, found.exact) == (Decimal("39.00"), True)
    found = solve.solve(age_row, [JANUARY], Decimal("150.00"))
    assert (found.rate, found.spent) == (Decimal("0.0235"), Decimal("149.95"))
