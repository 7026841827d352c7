"""How headquarters writes plans, reads them back and publishes them."""

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone, translation

from dealers.actor import Actor
from dealers.models import ForbiddenAct, RefusedAct
from incentives.models import (
    ENGINE,
    Clawback,
    Component,
    Direction,
    Kind,
    Period,
    Plan,
    PlanVersion,
    Run,
)
from incentives.plans import versions
from incentives.plans.readback import read_back
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import member_of
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    per_registration,
    percent,
    published,
)

pytestmark = pytest.mark.django_db

RUNS = reverse("admin:incentives_run_changelist")


def page_of(model, pk, page="change"):
    return reverse(f"admin:incentives_{model}_{page}", args=[pk])


@pytest.fixture
def draft(db):
    data = {"code": "own", "name": "转化分成", "starts_on": MARCH, "components": []}
    return versions.create_plan(data, by=Actor.worker("tests"), at=timezone.now())


def typed(*components, starts_on=MARCH, ends_on="", saved=0, **changes):
    data = {
        "starts_on": starts_on.isoformat(), "ends_on": ends_on, "notice_days": 14,
        "components-TOTAL_FORMS": len(components), "components-INITIAL_FORMS": saved,
    }  # fmt: skip
    for row, component in enumerate(components):
        whole = {
            "code": f"c{row}", "position": row + 1, "name": "成交分成", "name_en": "Sales",
            "event": "paid_sale", "to": "owner", "kind": "tiers_marginal", "period_cap": "",
            "clawback": "recompute", "clawback_days": 180, "return_window_days": 15,
            "rates": [("0", "2%"), ("100,000", "3%")], **component,
        }  # fmt: skip
        for number, (start, rate) in enumerate(whole.pop("rates")):
            data[f"components-{row}-rates-{number}-from"] = start
            data[f"components-{row}-rates-{number}-rate"] = rate
        data |= {f"components-{row}-{name}": value for name, value in whole.items()}
    return {**data, **changes}


# Writing terms


def test_terms_are_typed_on_one_page_and_read_back(draft, login, author):
    client = login(author)
    page = page_of("planversion", draft.pk)
    component = {"places": ["own", "sister"], "period_cap": "20000"}
    answer = client.post(page, {**typed(component), "_continue": "1"}, follow=True)
    assert "errors" not in answer.context or not answer.context["errors"]
    saved = Component.objects.get()
    assert (saved.base, saved.places) == ("net", ["own", "sister"])
    assert [(row.starts_at, row.rate) for row in saved.rows.all()] == [
        (Decimal("0.00"), Decimal("0.020000")),
        (Decimal("100000.00"), Decimal("0.030000")),
    ]
    assert LogEntry.objects.count() == 1
    english = client.get(page, headers={"accept-language": "en"}).text
    assert "2% below CNY\u00a0100,000.00; 3% from CNY\u00a0100,000.00 on" in english
    assert "At most CNY\u00a020,000.00 per month and dealer." in english
    assert 'value="3%"' in english

    again = typed({"rates": [("0", "4%")], "kind": "percent", "clawback": "original_rate",
                   "id": saved.pk}, saved=1)  # fmt: skip
    client.post(page, again)
    saved.refresh_from_db()
    assert [row.rate for row in saved.rows.all()] == [Decimal("0.040000")]
    draft.refresh_from_db()
    assert (draft.drafted_by, draft.edited_by) == (None, author)


def test_a_bonus_is_typed_from_its_first_threshold_on(draft, login, author):
    component = {"kind": "threshold_bonus", "rates": [("1,000", "50"), ("3,000", "200")]}

    answer = login(author).post(page_of("planversion", draft.pk), typed(component))

    assert answer.status_code == 302
    assert [(row.starts_at, row.rate) for row in Component.objects.get().rows.all()] == [
        (0, 0), (1000, 50), (3000, 200),
    ]  # fmt: skip


def test_a_table_that_a_file_brought_is_typed_as_it_is(draft, login, author):
    rates = [(str(start * 10**8), f"{start + 1}%") for start in range(25)]

    answer = login(author).post(
        page_of("planversion", draft.pk), typed({"rates": rates, "places": ["own"]})
    )

    assert answer.status_code == 302
    rows = Component.objects.get().rows.order_by("starts_at")
    assert [(row.starts_at, row.rate) for row in rows] == [
        (Decimal(start * 10**8), Decimal(start + 1) / 100) for start in range(25)
    ]


def test_digits_and_signs_may_be_as_wide_as_an_input_method_writes_them(draft, login, author):
    component = {"rates": [("０", "２％"), ("￥１００，０００", "３％")], "places": ["own"]}

    login(author).post(page_of("planversion", draft.pk), typed(component))

    rows = Component.objects.get().rows.order_by("starts_at")
    assert [(row.starts_at, row.rate) for row in rows] == [
        (Decimal(0), Decimal("0.02")), (Decimal(100_000), Decimal("0.03")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "component",
    [
        {"rates": []},
        {"rates": [("100", "2%")]},
        {"rates": [("0", "2%"), ("0", "3%")]},
        {"rates": [("0", "2%"), ("1000.00", "3%"), ("1,000", "4%")]},
        {"rates": [("0", "2%"), ("1000", "")]},
        {"rates": [("0", "two")]},
        {"rates": [("0", "nan")]},
        {"rates": [("0", "1,5%")]},
        {"rates": [("0", "2%"), ("10,00", "3%")]},
        {"rates": [("0", "-2%")]},
        {"rates": [("0", "2")]},
        {"rates": [("0", "0.0000001%")]},
        {"rates": [("0", "2%"), ("100", "3%")], "kind": "percent", "clawback": "original_rate"},
        {"kind": "per_unit", "rates": [("0", "2%")], "clawback": "original_rate"},
        {"kind": "percent", "rates": [("0", "2%")]},
        {"event": "registration"},
        {"event": "registration", "kind": "flat", "rates": [("0", "15")], "places": ["own"],
         "clawback": "original_rate"},
        {"by_share": "on"},
        {"period_cap": "0"},
        {"period_cap": "1,5"},
        {"code": ""},
    ],
)  # fmt: skip
def test_what_could_not_be_computed_cannot_be_saved(component, draft, login, author):
    page = login(author).post(page_of("planversion", draft.pk), typed(component))
    assert page.status_code == 200
    assert page.context["errors"]
    assert not Component.objects.exists()
    assert not LogEntry.objects.exists()


@pytest.mark.usefixtures("english")
def test_a_rate_above_one_is_taken_once_it_is_confirmed_in_words(draft, login, author):
    client, page = login(author), page_of("planversion", draft.pk)
    component = {"rates": [("0", "200%")], "places": ["own"]}

    for words in ("", " "):
        refused = client.post(page, typed(component | {"rate_above_one": words}))
        assert "A rate of 2 is 200% of the base." in refused.text
    confirmed = component | {"rate_above_one": "twice the price, as agreed"}
    assert client.post(page, typed(confirmed)).status_code == 302

    saved = Component.objects.get()
    assert (saved.rows.get().rate, saved.rate_above_one) == (2, "twice the price, as agreed")


def test_two_components_of_one_code_cannot_be_saved(draft, login, author):
    page = login(author).post(
        page_of("planversion", draft.pk), typed({"code": "same"}, {"code": "same"})
    )
    assert page.context["errors"]
    assert not Component.objects.exists()


def test_tiers_start_with_a_month(draft, login, author):
    page = login(author).post(
        page_of("planversion", draft.pk), typed({}, starts_on=date(2026, 3, 2))
    )
    assert page.context["errors"]
    assert not Component.objects.exists()


def test_a_draft_cannot_be_saved_for_a_time_that_is_taken_or_closed(login, author, store):
    RulebookFactory()
    first = published(percent(), starts_on=MARCH)
    draft = versions.new_version(first, by=Actor.worker("tests"), at=timezone.now())
    client = login(author)
    for day in (MARCH, FEBRUARY):
        page = client.post(page_of("planversion", draft.pk), typed(starts_on=day))
        assert page.context["errors"]
    month = date(2026, 6, 1)
    run = Run.objects.create(
        month=month, known_until=timezone.now(), inputs_hash="0", engine=ENGINE
    )
    Period.objects.create(month=month, closed_run=run)
    page = client.post(page_of("planversion", draft.pk), typed(starts_on=date(2026, 5, 1)))
    assert page.context["errors"]
    draft.refresh_from_db()
    assert draft.starts_on == date(2026, 4, 1)


def test_a_plan_gets_its_first_version_and_later_ones_from_the_last(login, author):
    client = login(author)
    add = {"code": "online", "direction": "brand_pays", "name": "线上", "name_en": "", "text": "",
           "text_en": ""}  # fmt: skip
    saved = client.post(reverse("admin:incentives_plan_add"), {**add, "_save": "1"})
    plan = Plan.objects.get()
    assert saved.url == f"{reverse('admin:incentives_planversion_add')}?plan={plan.pk}"
    new = page_of("plan", plan.pk, "new_version")
    assert client.get(new).status_code == 405
    answer = client.post(new)
    assert answer.url.endswith(f"?plan={plan.pk}")
    first = typed({"code": "online", "rates": [("0", "5%")]}, plan=plan.pk)
    answer = client.post(reverse("admin:incentives_planversion_add"), first)
    assert answer.status_code == 302, answer.context["errors"]
    version = PlanVersion.objects.get()
    assert version.number == 1

    versions.publish(version, by=Actor.worker("tests"), at=timezone.now())
    client.post(new)
    copied = PlanVersion.objects.drafts().get()
    assert copied.number == 2
    assert copied.components.get().rows.get().rate == Decimal("0.05")
    assert copied.starts_on > timezone.localdate()
    client.post(new)
    assert PlanVersion.objects.count() == 2


def test_a_published_plan_keeps_code_and_direction(login, author):
    plan = published(percent()).plan
    data = {"code": "other", "direction": "dealer_pays", "name": "新名", "name_en": "", "text": "",
            "text_en": "", "versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}  # fmt: skip
    assert login(author).post(page_of("plan", plan.pk), data).status_code == 302
    plan.refresh_from_db()
    assert (plan.code, plan.direction, plan.name) == ("plan", Direction.BRAND_PAYS, "新名")


# Publishing


def test_publishing_needs_the_sentences_read_and_is_final(draft, login, author):
    client = login(author)
    client.post(page_of("planversion", draft.pk), typed({}))
    publish = page_of("planversion", draft.pk, "publish")
    english = {"headers": {"accept-language": "en"}}
    assert "each part counts at its own rate" in client.get(publish, **english).text
    assert client.post(publish).context["problems"]
    draft.refresh_from_db()
    assert draft.published_at is None

    assert client.post(publish, {"read": "1"}).status_code == 302
    draft.refresh_from_db()
    assert draft.published_by == author
    assert LogEntry.objects.count() == 2

    assert client.get(publish).status_code == 404
    page = page_of("planversion", draft.pk)
    shown = client.get(page, **english)
    assert "each part counts at its own rate" in shown.text
    assert '<input type="submit"' not in shown.text
    assert client.post(page, typed({})).status_code == 404
    assert (
        client.post(page_of("planversion", draft.pk, "delete"), {"post": "yes"}).status_code == 404
    )


def test_before_it_is_published_a_version_says_what_it_changes(login, author):
    first = published(per_registration(), percent(), starts_on=JANUARY)
    draft = versions.new_version(first, MARCH, by=Actor.worker("tests"), at=timezone.now())
    component = draft.components.get(kind=Kind.PERCENT)
    component.rows.update(rate=Decimal("0.035"))
    draft.components.get(event="registration").delete()
    publish = page_of("planversion", draft.pk, "publish")

    page = login(author).get(publish, headers={"accept-language": "en"})

    reading = page.context["reading"]
    assert "version 1" in reading.before
    changed, gone = reading.changes
    assert (changed.name, gone.after) == (component.local_name, "")
    assert "3.5%" in changed.after
    assert "3.5%" not in changed.before
    assert gone.before


def test_a_version_without_components_is_not_published(draft, login, author):
    client = login(author)
    assert client.get(page_of("planversion", draft.pk, "publish")).context["problems"]
    page = client.post(page_of("planversion", draft.pk, "publish"), {"read": "1"})
    assert page.context["problems"]
    draft.refresh_from_db()
    assert draft.published_at is None


def test_who_only_looks_publishes_and_closes_nothing(draft, login):
    user = member_of("audit")
    client = login(user)
    assert client.get(page_of("planversion", draft.pk)).status_code == 200
    assert client.post(page_of("planversion", draft.pk, "publish"), {"read": 1}).status_code == 404
    assert client.post(page_of("plan", draft.plan_id, "new_version")).status_code == 404
    assert client.post(reverse("admin:incentives_run_close", args=[2026, 1])).status_code == 404


def test_gates_are_ticked_and_keep_the_order_of_a_file(draft, login, author):
    client, page = login(author), page_of("planversion", draft.pk)
    client.post(page, typed({"gates": ["agreement_signed", "certified"]}))
    component = Component.objects.get()
    assert component.gates == ["agreement_signed", "certified"]
    text = client.get(page).content.decode()
    assert "仅计经销商老板签署协议之后发生的。" in text
    assert "Only while somebody who works there holds a valid certificate." in text

    Component.objects.filter(pk=component.pk).update(gates=["certified", "agreement_signed"])
    component = {"id": component.pk, "gates": ["agreement_signed", "certified"]}
    client.post(page, typed(component, saved=1))
    assert Component.objects.get().gates == ["certified", "agreement_signed"]
    # Nothing was changed: what is simulated stays so.
    assert LogEntry.objects.count() == 1

    named = component | {"agreement_from": "2026-03-01"}
    client.post(page, typed(named, saved=1))
    assert Component.objects.get().agreement_from == MARCH
    text = client.get(page).text
    assert "signed the agreement that applies from 1 Mar 2026, or a later version." in text
    client.post(page, typed(named | {"gates": ["certified"]}, saved=1))
    assert Component.objects.get().gates == ["certified", "agreement_signed"]

    client.post(page, typed({"id": component["id"], "gates": []}, saved=1))
    assert Component.objects.get().gates == []


def test_an_unknown_gate_is_refused(draft, login, author):
    page = login(author).post(page_of("planversion", draft.pk), typed({"gates": ["rich"]}))
    assert page.status_code == 200
    assert not Component.objects.exists()


@pytest.mark.parametrize(
    "gates", [["rich"], ["certified", "certified"], ["certified", "data_complete", "rich"]]
)
def test_the_database_stores_only_gates_that_there_are_and_each_once(draft, gates):
    with pytest.raises(IntegrityError, match="component_gates_are_known_and_named_once"):
        Component.objects.create(version=draft, kind="flat", base="count", event="registration",
                                 gates=gates)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "rows", "fields", "words"),
    [
        (Kind.PERCENT, [(0, "0.03")], {"event": "paid_sale", "places": ["other"]},
         ["Of each sale at another dealer, the owner gets 3% of the net amount paid."]),
        (Kind.FLAT, [(0, "15")], {"event": "registration"},
         ["For each valid registration, the owner gets CNY\u00a015.00."]),
        (Kind.PER_UNIT, [(0, "0.125")], {"event": "paid_sale", "to": "seller"},
         ["For each unit sold anywhere, the store that sold gets CNY\u00a00.125."]),
        (Kind.TIERS_WHOLE, [(0, "0.02"), (100, "0.065")],
         {"event": "paid_sale", "clawback": Clawback.RECOMPUTE},
         ["2% below CNY\u00a0100.00; 6.5% from CNY\u00a0100.00 on",
          "has its month computed again"]),
        (Kind.PERCENT, [(0, "0.03")], {"event": "paid_sale", "by_share": True, "period_cap": 50},
         ["multiplied by its share", "At most CNY\u00a050.00 per month"]),
        (Kind.PERCENT, [(0, "0.03")],
         {"event": "paid_sale", "gates": ["agreement_signed", "certified", "data_complete"]},
         ["Only from when on an owner has signed the agreement.",
          "Only while somebody who works there holds a valid certificate.",
          "Only sales that name their customer, and a product on each line, count.",
          "What comes before it is so is paid nothing, and not made up for later."]),
        (Kind.PERCENT, [(0, "0.03")],
         {"event": "paid_sale", "gates": ["agreement_signed"], "agreement_from": MARCH},
         ["Only from when on an owner has signed the agreement that applies from 1 Mar 2026, or"
          " a later version."]),
        (Kind.FLAT, [(0, "15")], {"event": "registration", "gates": ["data_complete"]},
         ["Only registrations that name who made them, with the customer's consent to service"]),
    ],
)  # fmt: skip
def test_a_component_reads_as_what_it_does(kind, rows, fields, words):
    component = Component(kind=kind, **fields)
    rates = [(Decimal(start), Decimal(rate)) for start, rate in rows]
    with translation.override("en"):
        sentence = read_back(component, rates, Direction.BRAND_PAYS, "CNY")
        charged = read_back(component, rates, Direction.DEALER_PAYS, "CNY")
    for word in words:
        assert word in sentence
    assert " pays " in charged
    assert "paid nothing" not in charged
    assert ("nothing is charged" in charged) == bool(component.gates)


@pytest.mark.parametrize("what", ["change", "delete"])
def test_who_tries_to_change_what_is_published_is_refused_and_every_dealer_reads_it(
    login, author, owner, english, what
):
    version = published(percent(), starts_on=MARCH)
    page = reverse(f"admin:incentives_planversion_{what}", args=[version.pk])

    answer = login(author).post(page, {"starts_on": "2026-04-01", "post": "yes"})

    assert answer.status_code == 404
    act = RefusedAct.objects.get()
    assert (act.act, act.dealer, act.user) == (ForbiddenAct.SHARE, None, author)
    assert "A promised share changed" in login(owner).get("/access/").text


def test_reading_what_is_published_is_no_forbidden_act(login, author):
    version = published(percent(), starts_on=MARCH)

    assert login(author).get(page_of("planversion", version.pk)).status_code == 200
    assert not RefusedAct.objects.exists()
