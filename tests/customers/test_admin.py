from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from customers.models import BY_HAND, Order, OrderLine, Registration, Rulebook, SoldBy
from customers.ownership import trials
from customers.ownership.rulebook import last_day
from dealers.models import AccessAction, AccessLog, OutboxTask
from dealers.triggers import lifted
from tests.factories.customers import CategoryFactory, RulebookFactory, registered
from tests.factories.dealers import StoreFactory, UserFactory

pytestmark = pytest.mark.django_db

RULEBOOKS = reverse("admin:customers_rulebook_changelist")
ADD = reverse("admin:customers_order_add")
PHONE = "13912345678"


# Rulebooks


def act(client, action, rulebook, **more):
    data = {"action": action, "_selected_action": rulebook.pk, **more}
    return client.post(RULEBOOKS, data, follow=True)


def publish_page(rulebook):
    return reverse("admin:customers_rulebook_publish", args=[rulebook.pk])


def test_publishing_needs_the_sentences_read_and_is_final(login, hq):
    draft = RulebookFactory(published_at=None)
    client = login(hq)
    assert client.get(publish_page(draft)).status_code == 200
    assert client.post(publish_page(draft)).context["problems"]
    draft.refresh_from_db()
    assert draft.published_at is None
    assert client.post(publish_page(draft), {"read": "1"}).status_code == 302
    draft.refresh_from_db()
    assert draft.published_by == hq

    page = reverse("admin:customers_rulebook_change", args=[draft.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"name": "anders"}).status_code == 404
    delete = reverse("admin:customers_rulebook_delete", args=[draft.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 404
    assert client.get(publish_page(draft)).status_code == 404


def test_a_rulebook_is_tested_by_one_and_approved_by_another(login, hq):
    RulebookFactory(starts_on=date(2016, 1, 1))
    registered(StoreFactory(), at=timezone.now() - timedelta(days=3))
    draft = RulebookFactory(
        starts_on=date(2199, 1, 1), published_at=None, protection_days=30, name="明年的规则"
    )
    client, second = login(hq), login(UserFactory(is_staff=True, is_superuser=True))
    page, english = publish_page(draft), {"headers": {"accept-language": "en"}}

    assert "It is not tested yet." in client.get(page, **english).text
    assert client.post(page, {"read": "1"}).context["problems"]
    assert client.post(page, {"step": "approved"}).context["problems"]
    assert client.post(page, {"step": "tested"}).status_code == 302
    assert "Being worked out: 0 of 0" in client.get(page, **english).text
    OutboxTask.objects.filter(task=trials.TASK).update(given_up_at=timezone.now())
    assert "It could not be worked out. Test the draft" in client.get(page, **english).text
    trials.find(draft.trials.get().pk, timezone.now())
    shown = client.get(page, **english).text
    assert "Of 1 registrations of the last 90 days 1 would have got another answer." in shown
    assert "You tested it yourself: somebody else approves it." in shown
    made = Registration.objects.get()
    with override("en"):
        day = date_format(last_day(made.protected_until, made.store.tz), "SHORT_DATE_FORMAT")
    assert made.receipt in shown
    assert f"until {day}" in shown
    assert second.post(page, {"step": "approved"}).status_code == 302
    assert client.post(page, {"step": "nonsense"}).status_code == 200
    assert client.post(page, {"read": "1"}).status_code == 302
    draft.refresh_from_db()
    assert draft.published_by == draft.tested_by == hq
    assert draft.approved_by != hq
    change = reverse("admin:customers_rulebook_change", args=[draft.pk])
    assert "would have got another answer" in client.get(change, **english).text
    history = client.get(reverse("admin:customers_rulebook_history", args=[draft.pk])).text
    assert all(said in history for said in ("已测试。", "已批准。", "已发布。"))


def test_what_became_another_since_it_was_read_is_read_once_more(login, hq):
    draft = RulebookFactory(published_at=None)
    client, page = login(hq), publish_page(draft)
    opened = client.get(page).context["reading_of"]
    Rulebook.objects.filter(pk=draft.pk).update(protection_days=30)

    stale = client.post(page, {"read": "1", "reading": opened}, headers={"accept-language": "en"})

    assert "The draft was changed since you opened this page." in stale.text
    draft.refresh_from_db()
    assert draft.published_at is None
    read = {"read": "1", "reading": stale.context["reading_of"]}
    assert client.post(page, read, headers={"accept-language": "en"}).status_code == 302


def test_nobody_approves_what_was_tested_anew_since_they_read_it(login, hq):
    RulebookFactory(starts_on=date(2016, 1, 1))
    registered(StoreFactory())
    draft = RulebookFactory(starts_on=date(2199, 1, 1), published_at=None)
    author, page = login(hq), publish_page(draft)
    second = login(UserFactory(is_staff=True, is_superuser=True))
    author.post(page, {"step": "tested"})
    opened = second.get(page).context["reading_of"]
    author.post(page, {"step": "tested"})
    trials.find(draft.trials.latest("pk").pk, timezone.now())

    assert second.post(page, {"step": "approved", "reading": opened}).context["problems"]

    draft.refresh_from_db()
    assert draft.approved_at is None


def test_a_tested_rulebook_that_is_changed_is_tested_anew(login, hq):
    RulebookFactory(starts_on=date(2016, 1, 1))
    registered(StoreFactory())
    draft = RulebookFactory(starts_on=date(2199, 1, 1), published_at=None)
    client = login(hq)
    client.post(publish_page(draft), {"step": "tested"})
    page = reverse("admin:customers_rulebook_change", args=[draft.pk])
    form = client.get(page).context["adminform"].form
    data = {
        name: "" if form[name].value() is None else form[name].value()
        for name in form.fields
        if name != "visit_qualifies"
    }
    assert client.post(page, {**data, "grace_days": "5"}).status_code == 302
    draft.refresh_from_db()
    assert (draft.grace_days, draft.tested_at, draft.edited_by) == (5, None, hq)


def test_two_rulebooks_of_one_day_are_refused_with_a_sentence(login, hq):
    RulebookFactory(starts_on=date(2027, 1, 1))
    draft = RulebookFactory(starts_on=date(2027, 1, 1), published_at=None)
    page = login(hq).post(publish_page(draft), {"read": "1"})
    assert "2027-01-01" in page.text
    assert Rulebook.objects.drafts().get() == draft
    assert not LogEntry.objects.exists()


def test_before_it_is_published_a_rulebook_says_what_it_changes(login, hq):
    in_force = RulebookFactory(starts_on=date(2026, 1, 1), protection_days=90)
    draft = RulebookFactory(
        starts_on=date(2027, 1, 1), protection_days=30, owner_share="0.35", published_at=None
    )
    english = {"headers": {"accept-language": "en"}}

    page = login(hq).get(publish_page(draft), **english)

    changes = page.context["reading"].changes
    assert in_force.name in page.context["reading"].before
    assert [change.name for change in changes] == ["Protection", "Shares"]
    assert "for 90 days" in changes[0].before
    assert "for 30 days" in changes[0].after
    assert "30%" in changes[1].before
    assert "35%" in changes[1].after


def test_a_rulebook_without_a_change_says_so(login, hq):
    RulebookFactory(starts_on=date(2026, 1, 1))
    draft = RulebookFactory(starts_on=date(2027, 1, 1), published_at=None)

    page = login(hq).get(publish_page(draft))

    assert page.context["reading"].changes == []
    assert "没有变化" in page.text


def test_a_published_rulebook_is_copied_as_a_draft(login, hq):
    published = RulebookFactory(protection_days=45)
    act(login(hq), "copy_as_draft", published)
    draft = Rulebook.objects.drafts().get()
    assert (draft.protection_days, draft.drafted_by, draft.edited_by) == (45, hq, hq)
    assert draft.tested_by is draft.published_by is None
    assert Rulebook.objects.published().get() == published


def test_a_rulebooks_share_is_typed_in_percent(login, hq):
    draft = RulebookFactory(published_at=None)
    client = login(hq)
    page = reverse("admin:customers_rulebook_change", args=[draft.pk])
    form = client.get(page).context["adminform"].form
    assert 'value="30%"' in str(form["owner_share"])
    data = {name: "" if form[name].value() is None else form[name].value() for name in form.fields}

    wrong = client.post(page, {**data, "owner_share": "viel"})
    assert client.post(page, {**data, "owner_share": "35 %"}).status_code == 302

    assert "30%" in str(wrong.context["adminform"].form.errors["owner_share"])
    draft.refresh_from_db()
    assert draft.owner_share == Decimal("0.35")


def test_several_days_are_typed_with_commas_of_any_kind(login, hq):
    draft = RulebookFactory(published_at=None)
    client = login(hq)
    page = reverse("admin:customers_rulebook_change", args=[draft.pk])
    form = client.get(page).context["adminform"].form
    assert "30，7，1" in str(form["warning_days"].help_text)
    data = {name: "" if form[name].value() is None else form[name].value() for name in form.fields}

    wrong = client.post(page, {**data, "warning_days": "30，bald"})
    assert client.post(page, {**data, "warning_days": "45，14、3"}).status_code == 302

    (said,) = wrong.context["adminform"].form.errors["warning_days"]
    assert said.startswith("第 2 个数：")
    draft.refresh_from_db()
    assert draft.warning_days == [45, 14, 3]


def test_a_draft_is_changed_and_deleted(login, hq):
    draft = RulebookFactory(published_at=None)
    client = login(hq)
    page = reverse("admin:customers_rulebook_change", args=[draft.pk])
    form = client.get(page).context["adminform"].form
    data = {
        name: "" if form[name].value() is None else form[name].value()
        for name in form.fields
        if name != "visit_qualifies"
    }
    assert client.post(page, {**data, "grace_days": "5", "person_cap": ""}).status_code == 302
    draft.refresh_from_db()
    assert (draft.grace_days, draft.person_cap) == (5, None)
    assert LogEntry.objects.count() == 1
    client.post(reverse("admin:customers_rulebook_delete", args=[draft.pk]), {"post": "yes"})
    assert not Rulebook.objects.exists()


# Orders by hand


@pytest.fixture
def category():
    return CategoryFactory()


def typed(category, *lines, **changes):
    lines = lines or ({},)
    data = {
        "external_id": "H-1", "ordered_at_0": "2026-01-20",
        "ordered_at_1": "10:00:00", "store": "", "phone": "", "sale": "",
        "lines-TOTAL_FORMS": len(lines), "lines-INITIAL_FORMS": 0,
    }  # fmt: skip
    for row, line in enumerate(lines):
        whole = {
            "number": row + 1, "category": category.pk, "product": "", "quantity": 1,
            "gross": "120.00", "discount": "20.00", "net": "100.00", "takes_back": "",
        }  # fmt: skip
        data |= {f"lines-{row}-{name}": value for name, value in {**whole, **line}.items()}
    return {**data, **changes}


def test_an_order_by_hand_is_attributed_and_recorded_once_with_its_log_entry(
    store, category, login, hq
):
    RulebookFactory()
    registered(store, phone=PHONE, at=datetime(2026, 1, 5, tzinfo=UTC))
    client = login(hq)
    data = typed(category, {}, {"quantity": 2}, store=store.pk, phone="139 1234 5678")
    answer = client.post(ADD, data)
    assert answer.status_code == 302, answer.context["errors"]
    order = Order.objects.get()
    assert (order.sold_by, order.owned.dealer, order.net) == (
        SoldBy.OWN,
        store.dealer,
        Decimal(200),
    )
    assert OrderLine.objects.count() == 2
    entry = LogEntry.objects.get()
    assert entry.object_id == str(order.pk)
    assert PHONE not in entry.change_message + entry.object_repr

    again = client.post(ADD, data)
    assert again.status_code == 200
    assert again.context["errors"]
    assert Order.objects.count() == 1
    assert LogEntry.objects.count() == 1


@pytest.mark.usefixtures("english")
def test_whoever_types_numbers_into_orders_is_limited_and_the_owner_reads_of_it(
    store, category, login, hq
):
    """An online order tells whose the customer is, without a case that the owner would hear of."""
    RulebookFactory(person_minute_limit=2)
    card = registered(store, phone=PHONE, at=datetime(2026, 1, 5, tzinfo=UTC)).customer_id
    client = login(hq)
    assert client.post(ADD, typed(category, phone=PHONE)).status_code == 302
    entry = AccessLog.objects.get()
    assert (entry.action, entry.dealer, entry.user) == (AccessAction.LOOK_UP, store.dealer, hq)
    assert entry.customer == card
    stranger = typed(category, phone="13600000001", external_id="H-2")
    assert client.post(ADD, stranger).status_code == 302
    assert AccessLog.objects.count() == 1
    third = client.post(ADD, typed(category, phone="13600000002", external_id="H-3"))
    assert "You typed 2 numbers in the last minute" in third.text
    without = typed(category, phone="", external_id="H-4")
    assert client.post(ADD, without).status_code == 302
    assert Order.objects.count() == 3


@pytest.mark.parametrize(
    ("line", "changes"),
    [
        ({"net": "99.00"}, {}),
        ({"quantity": 0}, {}),
        ({"takes_back": 1}, {}),
        ({}, {"phone": "12"}),
        ({}, {"phone": "02112345678"}),
        ({}, {"ordered_at_0": "2999-01-01"}),
        ({}, {"external_id": ""}),
        ({"category": ""}, {}),
        ({}, {"lines-TOTAL_FORMS": 0}),
    ],
)
def test_a_refused_order_is_shown_on_the_form_and_nothing_is_recorded(
    line, changes, category, login, hq
):
    RulebookFactory()
    page = login(hq).post(ADD, typed(category, line, **changes))
    assert page.status_code == 200
    assert page.context["errors"]
    assert "errorlist" in page.text
    assert not Order.objects.exists()
    assert not LogEntry.objects.exists()


def test_a_return_by_hand_takes_back_no_more_than_was_sold(category, login, hq):
    RulebookFactory()
    client = login(hq)
    client.post(ADD, typed(category))
    sale = Order.objects.get()
    back = {"external_id": "H-2", "sale": sale.pk, "ordered_at_0": "2026-01-25"}
    unnamed = client.post(ADD, typed(category, **back))
    assert unnamed.context["errors"]
    answer = client.post(ADD, typed(category, {"takes_back": 1}, **back))
    assert answer.status_code == 302, answer.context["errors"]
    assert Order.objects.returns().get().sale == sale
    orders = reverse("admin:customers_order_changelist")
    for kind in ("sale", "return"):
        assert client.get(orders, {"kind": kind}).context["cl"].result_count == 1
    more = client.post(ADD, typed(category, {"takes_back": 1}, **{**back, "external_id": "H-3"}))
    assert more.context["errors"]
    assert Order.objects.count() == 2


def test_an_order_by_hand_says_so_and_by_whom(category, login, hq):
    RulebookFactory()

    login(hq).post(ADD, typed(category, source="pos"))

    order = Order.objects.get()
    assert (order.source, order.recorded_by) == (BY_HAND, hq)


def test_an_order_of_no_known_author_is_none_by_hand(category, login, hq):
    RulebookFactory()
    login(hq).post(ADD, typed(category))

    with pytest.raises(IntegrityError, match="order_by_hand"), lifted(Order):
        Order.objects.update(recorded_by=None)


@pytest.mark.parametrize("day", ["0001-01-01", "0001-01-02", "1989-12-31"])
def test_an_order_of_another_age_is_refused_on_the_form(day, category, login, hq):
    RulebookFactory()

    page = login(hq).post(ADD, typed(category, ordered_at_0=day))

    assert page.status_code == 200
    assert "ordered_at" in page.context["adminform"].form.errors
    assert not Order.objects.exists()


def test_an_order_is_looked_at_and_never_changed(category, login, hq):
    RulebookFactory()
    client = login(hq)
    client.post(ADD, typed(category))
    page = reverse("admin:customers_order_change", args=[Order.objects.get().pk])
    assert client.get(page).status_code == 200
    assert client.post(page, typed(category, external_id="H-9")).status_code == 404


def test_the_picker_of_a_return_finds_sales_by_their_whole_number(category, login, hq):
    RulebookFactory()
    client = login(hq)
    client.post(ADD, typed(category))
    picker = {"app_label": "customers", "model_name": "order", "field_name": "sale"}
    found = client.get(reverse("admin:autocomplete"), {**picker, "term": "h-1"}).json()
    assert len(found["results"]) == 1
    assert (
        client.get(reverse("admin:autocomplete"), {**picker, "term": "H"}).json()["results"] == []
    )


def test_an_orders_page_takes_the_same_queries_for_five_lines_as_for_one(category, login, hq):
    RulebookFactory()
    client = login(hq)
    client.post(ADD, typed(category))
    client.post(ADD, typed(category, *[{}] * 5, external_id="H-5"))
    counts = []
    for number in ("H-1", "H-5"):
        order = Order.objects.get(external_id=number)
        page = reverse("admin:customers_order_change", args=[order.pk])
        client.get(page)
        with CaptureQueriesContext(connection) as captured:
            client.get(page)
        counts.append(len(captured))
    assert counts[0] == counts[1]
