"""What should be known of a draft before it is published, and how it differs from another."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils.formats import date_format

from incentives.models import Component, Kind
from incentives.plans.cautions import cautions, cliffs
from tests.factories.agreements import published as agreement
from tests.factories.dealers import UserFactory
from tests.factories.incentives import MARCH, drafted, per_registration, percent, published, tiers
from tests.factories.training import published as course

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.mark.parametrize(
    ("kind", "rows", "words"),
    [
        (Kind.TIERS_MARGINAL, [(0, "0.02"), (1000, "0.03")], []),
        (Kind.TIERS_WHOLE, [(0, "0.02"), (1000, "0.03")],
         ["Own has a cliff: at CNY\u00a01,000.00 a month is worth CNY\u00a030.00, just below it"
          " CNY\u00a020.00."]),
        (Kind.TIERS_WHOLE, [(0, "0.03"), (1000, "0.02"), (5000, "0.02")],
         ["Own punishes growth: at CNY\u00a01,000.00 a month is worth CNY\u00a020.00, just below"
          " it CNY\u00a030.00."]),
        (Kind.TIERS_MARGINAL, [(0, "0.03"), (1000, "0.02")],
         ["Own gives less for more: above CNY\u00a01,000.00 2%, below it 3%."]),
        (Kind.PERCENT, [(0, "0.03")], []),
    ],
)  # fmt: skip
def test_where_a_little_more_changes_a_whole_month(kind, rows, words):
    component = Component(code="own", name="本店", name_en="Own", kind=kind)
    table = [(Decimal(start), Decimal(rate)) for start, rate in rows]
    assert list(cliffs(component, table, "CNY")) == words


def test_what_other_plans_pay_for_as_well_is_named():
    published(percent(places=["own", "online"], name_en="Online"), code="b", name_en="Other")
    published(percent(places=["other"]), code="c")
    published(percent(places=["own"]), code="fee", direction="dealer_pays")
    draft = drafted(
        percent(places=["own"], name="本店", name_en="Own"), code="a", name_en="A", starts_on=MARCH
    )
    assert cautions(draft) == ["Own is paid on top of “Online” of the plan “Other”."]


def test_gates_that_nobody_can_open_are_told():
    gates = ["agreement_signed", "certified", "data_complete"]
    terms = percent(places=["own"], name="本店", name_en="Own", gates=gates)
    draft = drafted(terms, code="a", name_en="A", starts_on=MARCH)
    products = (
        "Own asks for a product on each line. Files of orders name it in a column product; for"
        " orders without it nothing is paid."
    )
    assert cautions(draft) == [
        "No agreement is published that anybody could sign.",
        "No course is published in which anybody could earn a certificate.",
        products,
    ]

    agreement()
    course()
    assert cautions(draft) == [products]


def test_a_version_of_the_agreement_that_nobody_can_sign_is_told():
    version = agreement()
    asked = {"gates": ["agreement_signed"], "agreement_from": version.starts_on}
    terms = percent(places=["own"], name="本店", name_en="Own", **asked)
    draft = drafted(terms, code="a", name_en="A", starts_on=MARCH)
    assert cautions(draft) == []
    later = version.starts_on + timedelta(days=1)
    draft.components.update(agreement_from=later)
    assert cautions(draft) == [
        f"No version of the agreement is published that applies from {date_format(later)} or"
        " later: nobody could sign it."
    ]


def test_what_has_ended_is_not_in_the_way():
    published(per_registration(), code="b", ends_on=MARCH)
    draft = drafted(
        per_registration(name="登记", name_en="Each"), code="a", name_en="A", starts_on=MARCH
    )
    assert cautions(draft) == []


def test_texts_that_are_missing_are_named():
    draft = drafted(tiers(name=""), percent(name="异店"), text="说明")
    assert cautions(draft) == [
        "The plan has no English name.",
        "The text for dealers is not translated into English.",
        "own has no English name.",
        "own has no Chinese name: dealers read its code.",
        "异店 has no English name.",
    ]


@pytest.fixture
def chief(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def page(client, name, version, **query):
    address = reverse(f"admin:incentives_planversion_{name}", args=[version.pk])
    return client.get(address, query)


def test_a_draft_is_read_back_in_both_languages(chief):
    draft = drafted(percent(places=["own"]))
    for name in ("change", "publish"):
        text = page(chief, name, draft).text
        assert "the owner gets 3% of the net amount paid" in text
        assert '<span class="q" lang="zh-hans">' in text


def test_two_versions_stand_side_by_side(chief):
    first = published(percent("0.02"), per_registration(), code="a", notice_days=7)
    second = drafted(percent("0.03"), per_registration(), code="a", starts_on=MARCH)

    rows = page(chief, "compare", second).context["rows"]

    assert [(row.name, row.differs) for row in rows] == [
        ("Time", True), ("Notice", True), ("cross", True), ("registered", False),
    ]  # fmt: skip
    assert "2%" in rows[2].left
    assert "3%" in rows[2].right
    chosen = page(chief, "compare", second, **{"with": first.pk})
    assert chosen.context["other"] == first
    assert page(chief, "compare", second, **{"with": "none"}).context["other"] == first


def test_one_version_alone_has_nothing_beside_it(chief):
    assert "no other version" in page(chief, "compare", drafted(percent())).text
