"""Programs from files: once, in full, and with the place of what is wrong."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command

from customers.models import Rulebook
from dealers.actor import Actor
from dealers.models import FileImport
from incentives.models import Cohort, Component, Plan, PlanVersion, Program
from incentives.plans import program_file, versions
from incentives.plans.program_file import ProgramNotValid
from tests.factories.dealers import RegionFactory, UserFactory

NOW = datetime(2026, 11, 1, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def store(data, *, publish):
    return program_file.store(data, publish=publish, by=Actor.worker("tests"), at=NOW)


@pytest.fixture
def data() -> dict:
    return {
        "currency": "CNY",
        "rulebook": {"name": "Retail", "from": "2017-01-01", "protection_days": 90, "caps": None},
        "plans": [
            {
                "code": "own", "name": "Sales", "from": "2017-01-01",
                "components": [
                    {
                        "code": "own-tiers", "event": "paid_sale", "place": "own_or_sister",
                        "to": "owner", "kind": "tiers_marginal", "base": "net",
                        "window": "month", "per": "dealer",
                        "rows": [{"from": 0, "rate": "0.01"}, {"from": 2000, "rate": "0.015"}],
                        "period_cap": "150.00", "clawback": "recompute", "return_window_days": 0,
                    }
                ],
            }
        ],
    }  # fmt: skip


@pytest.fixture
def file(tmp_path):
    def write(data) -> str:
        path = tmp_path / "program.json"
        path.write_text(data if isinstance(data, str) else json.dumps(data))
        return str(path)

    return write


def component(data) -> dict:
    return data["plans"][0]["components"][0]


def test_everything_is_stored_and_published(data, file):
    RegionFactory(code="R1")
    data["cohorts"] = [{"code": "big", "name": "大", "size_classes": ["A"], "regions": ["R1"]}]

    call_command("import_program", file(data), "--publish")

    assert Program.current().currency == "CNY"
    assert Rulebook.objects.get().published_at
    version = PlanVersion.objects.get()
    assert (version.plan.code, version.number, bool(version.published_at)) == ("own", 1, True)
    stored = Component.objects.get()
    assert (stored.places, stored.period_cap) == (["own", "sister"], Decimal("150.00"))
    assert [(row.starts_at, row.rate) for row in stored.rows.all()] == [
        (0, Decimal("0.010000")),
        (2000, Decimal("0.015000")),
    ]
    assert [r.code for r in Cohort.objects.get(code="big").regions.all()] == ["R1"]
    assert FileImport.objects.get().state == "done"


def test_the_same_file_again_changes_nothing(data, file, capsys):
    call_command("import_program", file(data), "--publish")
    before = list(PlanVersion.objects.values())
    capsys.readouterr()

    call_command("import_program", file(data), "--publish")

    assert capsys.readouterr().out == "0 new, 3 already there\n"
    assert list(PlanVersion.objects.values()) == before
    assert Rulebook.objects.count() == 1


@pytest.mark.parametrize("publish", [True, False])
def test_words_and_budget_of_a_plan_on_file_are_no_terms(data, publish, hq):
    del data["rulebook"]
    plan = data["plans"][0]
    plan |= {"name_en": "Sales", "text": "旧"}
    store(data, publish=publish)
    number = PlanVersion.objects.get().pk
    plan |= {"name": "新", "text": "新的说明", "text_en": "New", "budget": "90000"}
    del plan["name_en"]  # what the file does not say stays

    outcome = program_file.store(data, publish=publish, by=Actor.hq(hq), at=NOW)

    kept = Plan.objects.get()
    assert (kept.name, kept.name_en, kept.text, kept.text_en) == ("新", "Sales", "新的说明", "New")
    assert kept.budget == Decimal(90000)
    assert outcome.changes == ["Plan own, changed: name, text, text_en, budget"]
    assert PlanVersion.objects.get().pk == number
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.action_time) == (hq, str(kept.pk), NOW)
    assert store(data, publish=publish).changes == []
    plan["budget"] = None
    assert store(data, publish=publish).changes == ["Plan own, changed: budget"]


def test_of_several_versions_the_newest_names_the_plan(data):
    del data["rulebook"]
    first = data["plans"][0]
    second = first | {"from": "2018-01-01", "name": "Newer"}
    data["plans"] = [second, first]

    store(data, publish=False)

    assert Plan.objects.get().name == "Newer"
    assert store(data, publish=False).changes == []


def test_who_may_only_add_versions_renames_no_plan(data):
    store(data, publish=True)
    adding = UserFactory(is_staff=True)
    data["plans"][0]["name"] = "Other"

    with pytest.raises(ProgramNotValid, match=r"plans\[0\]: own is on file with another name"):
        program_file.store(data, publish=False, by=Actor.hq(adding), at=NOW)
    assert Plan.objects.get().name == "Sales"


def test_who_may_only_add_changes_no_draft_cohort_or_currency_of_somebody_else(data):
    del data["rulebook"]
    data["cohorts"] = [{"code": "big", "name": "大", "size_classes": ["A"]}]
    store(data, publish=False)
    draft = PlanVersion.objects.get()
    adding = Actor.hq(UserFactory(is_staff=True))
    assert program_file.store(data, publish=False, by=adding, at=NOW).changes == []
    component(data)["period_cap"] = "151.00"
    data["cohorts"][0]["size_classes"] = ["B"]

    with pytest.raises(ProgramNotValid) as refused:
        program_file.store(data, publish=False, by=adding, at=NOW)
    with pytest.raises(ProgramNotValid, match='currency = "USD": you may not change it'):
        program_file.store({"currency": "USD"}, publish=False, by=adding, at=NOW)

    assert refused.value.problems == [
        "plans[0]: version 1 of own is a draft for 2017-01-01 with other terms, and you may not"
        " change it.",
        "cohorts[0]: big is on file with other content, and you may not change it.",
    ]
    assert PlanVersion.objects.get() == draft
    assert Cohort.objects.get().size_classes == ["A"]
    assert Program.current().currency == "CNY"


def test_a_code_stands_once_in_a_file(data):
    plan = data["plans"][0]
    plan["components"].append(component(data) | {"period_cap": "151.00"})
    data["cohorts"] = [{"code": "big", "name": "大"}, {"code": "big", "name": "小"}]

    with pytest.raises(ProgramNotValid) as refused:
        store(data, publish=False)

    assert refused.value.problems == [
        'cohorts[1].code = "big": give each its own code',
        'plans[0].components[1].code = "own-tiers": give each its own code',
    ]


def test_other_terms_from_a_later_day_end_what_ran_before(data):
    store(data, publish=True)
    data["plans"][0]["from"] = "2017-04-01"
    component(data)["rows"] = [{"from": 0, "rate": "0.02"}]

    store(data, publish=True)

    assert [str(v.ends_on) for v in PlanVersion.objects.order_by("number")] == [
        "2017-04-01",
        "None",
    ]


def test_other_terms_for_what_is_published_are_refused(data):
    store(data, publish=True)
    component(data)["period_cap"] = "151.00"

    with pytest.raises(ProgramNotValid, match="version 1 of own starts on 2017-01-01 already"):
        store(data, publish=True)


def test_a_draft_is_replaced(data):
    store(data, publish=False)
    component(data)["period_cap"] = "151.00"

    store(data, publish=False)

    assert Component.objects.get().period_cap == Decimal("151.00")
    assert not PlanVersion.objects.get().published_at


def test_a_draft_beside_what_is_published_is_left_alone(data):
    store(data, publish=True)
    draft = versions.new_version(
        PlanVersion.objects.get(), date(2017, 1, 1), by=Actor.worker("tests"), at=NOW
    )
    draft.components.update(period_cap=Decimal("151.00"))

    outcome = store(data, publish=True)

    assert outcome.changes == []
    assert draft.components.get().period_cap == Decimal("151.00")


def test_a_draft_loses_an_end_that_the_file_says_no_more(data):
    data["plans"][0]["until"] = "2017-07-01"
    store(data, publish=False)
    del data["plans"][0]["until"]

    store(data, publish=False)

    assert PlanVersion.objects.get().ends_on is None


def test_an_end_that_was_published_is_not_dropped_unsaid(data):
    data["plans"][0]["until"] = "2017-07-01"
    store(data, publish=True)
    del data["plans"][0]["until"]

    with pytest.raises(ProgramNotValid, match="version 1 of own starts on 2017-01-01 already"):
        store(data, publish=True)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"kind": "tier"}, 'plans[0].components[0].kind = "tier": write one of: flat, percent'),
        ({"rows": [{"from": 5, "rate": "1"}]}, "plans[0].components[0]: The rates must start at 0"),
        ({"rows": []}, "plans[0].components[0]: The rates must start at 0"),
        ({"rows": [{"from": 0, "rate": "1%"}]}, 'rows[0].rate = "1%": write a number'),
        ({"rows": [{"from": 0, "rate": True}]}, "rows[0].rate = true: write a number"),
        ({"rows": [{"from": 0, "rate": "0.0000001"}]}, "at most 6 decimals"),
        (
            {"rows": [{"from": 0, "rate": "1"}, {"from": 0, "rate": "2"}]},
            "Two rate rows start at the same base",
        ),
        ({"rows": [{"from": 0, "rate": "3"}]}, "A rate of 3 is 300% of the base"),
        ({"rows": [{"from": 0, "rate": "3"}], "rate_above_one": " "}, "A rate of 3 is 300%"),
        ({"rows": [{"from": 0, "rate": "1.004"}]}, "A rate of 1.004 is 100.4% of the base"),
        ({"rows": [{"from": 0, "rate": "-0.01"}]}, 'rows[0].rate = "-0.01": write a number'),
        ({"rows": [{"from": 0, "rate": "1e-2"}]}, 'rows[0].rate = "1e-2": write a number'),
        ({"rows": [{"from": 0, "rate": "NaN"}]}, 'rows[0].rate = "NaN": write a number'),
        ({"rows": [{"from": 0, "rate": "Infinity"}]}, 'rows[0].rate = "Infinity": write'),
        ({"rows": [{"from": 0, "rate": float("nan")}]}, 'rows[0].rate = "NaN": write a number'),
        ({"rows": [{"from": 0, "rate": 1e-7}]}, 'rows[0].rate = "1e-07": write a number'),
        ({"window": "week"}, 'components[0].window = "week": write one of: month'),
        ({"per": "store"}, 'components[0].per = "store": write one of: dealer'),
        ({"period_cap": "0"}, "A cap is more than zero"),
        ({"period_cap": "1.005"}, 'period_cap = "1.005": write a number'),
        ({"pays_zero": True}, "Only what is paid per sale or unit can count sales of nothing"),
        ({"kind": "percent", "clawback": "original_rate"}, "This kind takes exactly one rate row"),
        ({"place": "moon"}, 'plans[0].components[0].place = "moon": write one of: own, sister'),
        ({"base": "units"}, "Flat counts events, per unit counts units"),
        ({"cap": 1}, "plans[0].components[0].cap is not known; known are: agreement_from, base"),
        ({"code": ""}, "plans[0].components[0].code"),
        ({"clawback_days": 1.5}, 'plans[0].components[0].clawback_days = "1.5": write a whole'),
    ],
)
def test_problems_name_their_place_and_what_would_be_right(data, file, change, problem):
    component(data).update(change)

    with pytest.raises(CommandError) as refused:
        call_command("import_program", file(data))

    assert problem in str(refused.value)
    assert refused.value.returncode == 1
    assert not PlanVersion.objects.exists()
    assert not Rulebook.objects.exists()
    assert FileImport.objects.get().state == "failed"


def test_a_rate_above_one_that_is_meant_is_taken(data):
    component(data).update(rows=[{"from": 0, "rate": "3"}], rate_above_one="yes, three times it")

    store(data, publish=True)

    assert Component.objects.get().rows.get().rate == 3


def test_a_cap_has_the_decimals_of_the_currency(data):
    data["currency"] = "KWD"
    component(data).update(period_cap="1.005")

    store(data, publish=True)

    assert Component.objects.get().period_cap == Decimal("1.005")


def test_what_follows_tiers_starts_with_a_month(data):
    store(data, publish=True)
    data["plans"][0]["from"] = "2017-03-16"
    component(data).update(
        kind="percent", rows=[{"from": 0, "rate": "0.02"}], clawback="original_rate"
    )

    with pytest.raises(ProgramNotValid, match="The version before pays by month"):
        store(data, publish=True)


@pytest.mark.parametrize("day", ["2017-1-1", "20170101", "２０１７-０１-０１", 20170101])
def test_a_day_is_written_in_one_way(data, day):
    data["plans"][0]["from"] = day

    with pytest.raises(ProgramNotValid, match="write a day such as 2017-01-31"):
        store(data, publish=False)


def test_tiers_start_on_the_first_of_a_month(data):
    data["plans"][0]["from"] = "2017-01-02"

    with pytest.raises(ProgramNotValid, match="must start on the first of a month"):
        store(data, publish=True)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "line 1, column 2: this is not JSON"),
        pytest.param('{"plans":' + "[" * 100_000, "nested too deeply", id="nested"),
        ("[]", "write an object"),
        ('{"plan": []}', r"\$.plan is not known"),
        ('{"currency": "yuan"}', "three capital letters"),
        ('{"currency": "A1B"}', "three capital letters"),
        ('{"plans": [{"from": 1, "from": 2}]}', "from stands twice in one object"),
        ('{"plans": {}}', r"plans = \{\}: write a list"),
        ('{"plans": [1]}', r"plans\[0\] = 1: write an object"),
        ('{"rulebook": 1}', "rulebook: write an object"),
        ('{"cohorts": [{"code": "a", "name": "a", "size_classes": ["Z"]}]}', "write one of: A, B"),
    ],
)
def test_what_is_no_program_is_refused(file, text, problem):
    with pytest.raises(CommandError, match=problem):
        call_command("import_program", file(text))


def test_a_file_that_is_not_there_is_wrong_use(tmp_path):
    with pytest.raises(CommandError) as misused:
        call_command("import_program", str(tmp_path / "no.json"))
    assert misused.value.returncode == 2
