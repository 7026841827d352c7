import html
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from customers.closings import plan
from customers.dispatch import leads, offers
from customers.models import (
    Act,
    Activity,
    ActKind,
    Campaign,
    Case,
    DispatchStore,
    DispatchTerms,
    Lead,
    LeadSource,
    Order,
    PageWords,
    PlantedNumber,
    Precedent,
    Product,
    Registration,
    Retention,
    SoldBy,
)
from customers.ownership import planted
from dealers.actor import Actor
from dealers.admin import NearPaginator, OneRowAdmin
from dealers.models import (
    AccessLog,
    CalendarDay,
    DailyRoot,
    Emergency,
    FileImport,
    ImportState,
    Invitation,
    KeyRotation,
    OutboxTask,
    Role,
    RotationKind,
)
from dealers.months import add_months
from incentives.books import adjustments
from incentives.books.adjustments import Wanted
from incentives.models import (
    AccountCode,
    BankFileColumn,
    Cohort,
    Line,
    Metric,
    Plan,
    Program,
    Result,
    RewardKind,
    Season,
    Statement,
)
from incentives.rewards import settling
from tests.factories import rewards
from tests.factories.agreements import published as agreement
from tests.factories.agreements import signed
from tests.factories.budgets import budget_of
from tests.factories.closings import offered
from tests.factories.coaching import coached
from tests.factories.customers import (
    CategoryFactory,
    RulebookFactory,
    StoryFactory,
    phone_number,
    registered,
)
from tests.factories.dealers import (
    MembershipFactory,
    OwnerFactory,
    RegionalManagerFactory,
    StoreFactory,
    UserFactory,
    shared,
)
from tests.factories.disputes import dispute_of
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    close_period,
    per_registration,
    percent,
    published,
    sale,
)
from tests.factories.payouts import approved, give_account
from tests.factories.seasons import combined_of, season_of
from tests.factories.sessions import planned, seated
from tests.factories.stamps import rooted, stamped
from tests.factories.stories import drafted as story_drafted
from tests.factories.training import (
    MONDAY,
    CourseFactory,
    LessonFactory,
    VersionFactory,
    begun,
    read,
    take,
)
from training import authoring
from training.models import Irregularity, Track

NAME = "欧阳清源"


MODELS = sorted((model._meta.label_lower for model in admin.site._registry), key=str)


JANUARY_10 = datetime(2026, 1, 10, 2, tzinfo=UTC)


def address(label: str, page: str, *args) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{page}", args=args)


def network(count: int, month: date = JANUARY) -> None:
    """``count`` rows of everything that headquarters looks at, each with a dealer of its own.

    Their customers register and buy in ``month``, which is not closed yet.
    """
    by = UserFactory(is_staff=True)
    for _row in range(count):
        store = StoreFactory()
        clerk = MembershipFactory(store=store)
        Invitation.objects.create(
            email=f"{store.code}@example.com",
            name="新店主",
            role=Role.OWNER,
            dealer=store.dealer,
            invited_by=by,
            expires_at=timezone.now() + timedelta(days=7),
        )
        AccessLog.objects.create(
            dealer=store.dealer, user=clerk.user, role="owner", action="reveal", fields="phone",
            purpose="回访",
        )  # fmt: skip
        FileImport.objects.create(
            kind="orders", name=f"{store.code}.csv", sha256="0" * 64, state=ImportState.REJECTED,
            rows=2, accepted=1, rejected=1, problems="line 2", started_at=timezone.now(), by=by,
        )  # fmt: skip
        now = timezone.now()
        KeyRotation.objects.create(
            kind=RotationKind.DEALER, dealer=store.dealer, started_at=now, finished_at=now
        )
        CalendarDay.objects.create(
            day=JANUARY + timedelta(days=CalendarDay.objects.count()), works=False
        )
        DispatchStore.objects.create(store=store)
        DispatchTerms.objects.create(name="派单", starts_on=JANUARY)
        Campaign.objects.create(name=f"秋季 {store.code}", asks_for="净水器")
        planted.plant(PlantedNumber(), phone_number(), by=Actor.hq(by), at=now)
        Retention.objects.get_or_create(pk=1), PageWords.objects.get_or_create(pk=1)
        lead = leads.receive(
            Lead(source=LeadSource.HQ, wish="净水机安装", region=store.dealer.region),
            phone=phone_number(), name=NAME, consent=True, by=Actor.hq(by), at=now,
        )  # fmt: skip
        offers.offer(lead.pk, now)
        Precedent.objects.create(
            code=f"C-{store.pk}", month=JANUARY, source="dealer", outcome="keep", rules=["R3"],
            as_proposed=True, by_silence=False, appealed=False,
        )  # fmt: skip
        ending = StoreFactory().dealer
        offered(ending, now)
        plan.close_dealer(
            ending, on=timezone.localdate() + timedelta(days=20), reason="x",
            by=Actor.hq(by), at=now,
        )  # fmt: skip
        shared(store.dealer)
        version = agreement(f"v-{store.pk}", date(2100, 1, 1) + timedelta(days=store.pk % 9000))
        signed(version, OwnerFactory(dealer=store.dealer))
        Emergency.objects.create(
            dealer=store.dealer, customer=uuid4(), reason="召回通知", asked_by=by, asked_at=now
        )
        OutboxTask.objects.create(task="dealers.tasks.sweep_outbox", at=now, due_at=now)
        stamped(rooted(JANUARY + timedelta(days=DailyRoot.objects.count())))
        LogEntry.objects.log_actions(by.pk, [store], CHANGE, "Changed.", single_object=True)
        trade(store, clerk, month)
        won = Registration.objects.filter(store=store).latest("pk")
        case = Case.objects.create(
            source="hq", identity_id=won.identity_id, since=now, opened_at=now,
            evidence_until=now + timedelta(days=3),
        )  # fmt: skip
        case.sides.create(side="A", dealer=store.dealer, store=store, ownership_id=won.ownership_id)
        coached(store, RegionalManagerFactory(region=store.dealer.region), at=now)
        rewards.drafted(code=f"stars-{store.pk}")
        Cohort.objects.create(code=f"c-{store.pk}", name="组", unit="store")
        if not AccountCode.objects.exists():
            AccountCode.objects.create(kind="own", holder="bank", code="1002", name="银行存款")
        BankFileColumn.objects.create(
            position=BankFileColumn.objects.count(), heading="账号", cell="number"
        )
        draft = VersionFactory(course=CourseFactory())
        LessonFactory(version=draft, position=3, packaged=True)
        version = authoring.publish(draft, by=Actor.hq(by), at=MONDAY)
        enrollment = begun(version)
        read(enrollment)
        take(enrollment)
        VersionFactory(course=version.course, number=2)
        Irregularity.objects.note(enrollment, "ahead", at=MONDAY)
        story_drafted(store, by=Actor.hq(by))
        seated(planned(dealer=store.dealer, store=store))
        way = Track.objects.create(title="入门", role="associate")
        way.steps.create(course=version.course, role="associate", position=1)


def trade(store, clerk, month: date) -> None:
    tenth = JANUARY_10.replace(month=month.month)
    category = CategoryFactory()
    StoryFactory()
    Product.objects.create(code=f"P{store.code}", name="净水机", category=category)
    customer = registered(store, staff=clerk.user, at=tenth, name=NAME)
    Activity.objects.create(
        customer_id=customer.customer_id, dealer=store.dealer, store=store, staff=clerk.user,
        kind="visit", at=tenth,
    )  # fmt: skip
    Act.objects.create(
        kind=ActKind.ASKED, note="报价待确认", identity_id=customer.identity_id,
        dealer=store.dealer, store=store, ownership=customer.ownership, by=clerk.user, at=tenth,
        due_at=tenth + timedelta(days=2),
    )  # fmt: skip
    sale(customer, "100.00", month.replace(day=20))
    sale(customer, "200.00", month.replace(day=21), at=StoreFactory(), sold_by=SoldBy.OTHER)
    later = add_months(date(2030, 1, 1), Season.objects.count())
    season_of(later, later)
    combined_of({Metric.REGISTRATIONS: 60, Metric.CONVERSION: 40})


def close_and_pay(month: date) -> None:
    """Close a month, and make a batch of what it pays, a month's each."""
    run = close_period(month)
    budget_of(Plan.objects.earliest("pk"), "10.00", month, month, counted_at=timezone.now())
    for statement in run.statements.select_related("dealer"):
        give_account(OwnerFactory(dealer=statement.dealer))
    first, second = (Actor.hq(UserFactory(is_staff=True)) for _person in range(2))
    approved(run, first, second)
    settling.settle_due(timezone.now())


def dispute_and_adjust(by) -> None:
    """A dispute about a line of a closed month, and an adjustment."""
    line = Line.objects.select_related("result__dealer", "result__component__version__plan")[0]
    owner = MembershipFactory(role=Role.OWNER, store=None, dealer=line.result.dealer)
    dispute_of(owner, timezone.now(), line=line)
    adjustments.propose(
        Wanted(owner.dealer, line.result.component.version.plan, Decimal(7), "x"),
        key="x", by=Actor.hq(by), at=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def few(db):
    Program.objects.create()
    RulebookFactory()
    published(per_registration(), percent())
    rewards.promised(
        code="reached", kind=RewardKind.THRESHOLD, places=None, goal=1, amounts=[Decimal(9)],
        periods=2,
    )  # fmt: skip
    network(1)


def queries(client, path: str) -> list[str]:
    cache.clear()
    ContentType.objects.clear_cache()
    client.get(path)  # whatever is remembered, is
    cache.delete("waiting:pauses")
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def test_every_list_takes_the_same_queries_for_five_rows_as_for_one(few, login, hq):
    client = login(hq)
    paths = ["/admin/", *(address(label, "changelist") for label in MODELS)]
    once = {path: queries(client, path) for path in paths}
    network(4)
    for path in paths:
        now = queries(client, path)
        assert len(now) == len(once[path]), (path, now)
        # The first page has the program's figures, deadlines and what waits, each with its age.
        assert len(now) <= (54 if path == "/admin/" else 30), path


def test_lists_of_what_a_month_brings_take_the_same_queries_for_five_dealers(few, login, hq):
    client = login(hq)
    close_and_pay(JANUARY)
    paths = [address(label, "changelist") for label in MODELS if label.startswith("incentives.")]
    once = {path: queries(client, path) for path in paths}
    network(4, FEBRUARY)
    close_and_pay(FEBRUARY)
    for path in paths:
        now = queries(client, path)
        assert len(now) == len(once[path]), (path, now)


def test_every_model_has_a_list_a_search_a_page_and_a_history(few, login, hq):
    client = login(hq)
    close_and_pay(JANUARY)
    dispute_and_adjust(hq)
    request = client.get("/admin/").wsgi_request
    for label in MODELS:
        model = apps.get_model(label)
        assert client.get(address(label, "changelist")).status_code == 200, label
        assert client.get(address(label, "changelist"), {"q": "2026 x"}).status_code == 200, label
        row = model._default_manager.first()
        assert row is not None, label
        page = client.get(address(label, "change", row.pk))
        assert page.status_code == 200, label
        assert client.get(address(label, "history", row.pk)).status_code == 200, label
        known = admin.site._registry[model]
        if isinstance(known, OneRowAdmin):
            assert client.get(address(label, "add")).url == address(label, "change", row.pk), label
        elif known.has_add_permission(request):
            assert client.get(address(label, "add")).status_code == 200, label


# A second head without a class is the name of a row, which may be a code.
WORDS = re.compile(r"<(th|label|legend|summary|h2(?= ))\b[^>]*>(.*?)</\1>", re.S)
TYPED = re.compile(
    r"<(textarea|script|select)\b.*?</\1>|<(?:td|th)[^>]*class=\"field-.*?</t[dh]>", re.S
)
LEFT_IN_LATIN = {"CSV", "SHA", "Excel", "JSON", "Markdown", "PDF", "ID", "SCORM", "SCO", "ZIP"}


def test_no_page_is_in_english_or_in_the_language_of_programs(few, login, hq):
    client = login(hq)
    close_and_pay(JANUARY)
    dispute_and_adjust(hq)
    request = client.get("/admin/").wsgi_request
    for label in MODELS:
        model = apps.get_model(label)
        pages = [address(label, "changelist"), address(label, "change", model.objects.first().pk)]
        if admin.site._registry[model].has_add_permission(request):
            pages.append(address(label, "add"))
        for page in pages:
            text = client.get(page).text
            assert not re.search(r"<[^<>]+ style=", text), page  # which the policy forbids
            shown = TYPED.sub("", text)
            heads = [re.sub(r"<[^>]+>", " ", head) for _tag, head in WORDS.findall(shown)]
            english = {word for head in heads for word in re.findall(r"[A-Za-z]{3,}", head)}
            assert english <= LEFT_IN_LATIN, (page, english)
            text = html.unescape(re.sub(r"<[^>]+>", " ", shown))
            assert not re.search(r"""[{\[]['"]\w+['"] ?[:,\]]|\bNone\b""", text), page


@pytest.mark.parametrize(
    ("typed", "proposed"),
    [
        ("2026-01-20T12:00:00Z", datetime(2026, 1, 20, 12, tzinfo=UTC)),
        ("9999-12-31T23:59:59-23:59", None),
        ("'\";)--<", None),
        ("", None),
    ],
)
def test_an_address_proposes_what_a_field_can_read(typed, proposed, login, hq):
    page = login(hq).get(address("customers.order", "add"), {"ordered_at": typed, "store": "x"})

    assert page.status_code == 200
    assert page.context["adminform"].form.initial.get("ordered_at") == proposed


def test_lists_find_by_the_names_of_stores_and_dealers(few, login, hq):
    store = StoreFactory(name="永康街旗舰店", dealer__name="恒益家居有限公司")
    registered(store, at=JANUARY_10)
    close_period(JANUARY)
    client = login(hq)
    found = {
        label: client.get(address(label, "changelist"), {"q": word}).context["cl"].result_count
        for label, word in (
            ("customers.registration", "永康街"),
            ("customers.ownership", "恒益"),
            ("customers.customer", "恒益"),
            ("incentives.statement", Statement.objects.first().dealer.name[:3]),
            ("incentives.result", Result.objects.first().dealer.name[:3]),
            ("customers.order", Order.objects.first().store.name[:3]),
        )
    }
    assert all(found.values()), found
    for label in found:
        nothing = client.get(address(label, "changelist"), {"q": "没有这家"})
        assert nothing.context["cl"].result_count == 0, label


def test_the_history_speaks_the_readers_language(login, hq):
    draft = RulebookFactory(published_at=None)
    client = login(hq)
    client.post(reverse("admin:customers_rulebook_publish", args=[draft.pk]), {"read": "1"})
    history = address("customers.rulebook", "history", draft.pk)
    for language, said in (("en", "Published."), ("zh-hans", "已发布。")):
        hq.language = language
        hq.save()
        for page in (history, address("admin.logentry", "changelist"), "/admin/"):
            assert said in client.get(page).text, (language, page)


def test_a_result_explains_itself_in_sentences(few, login, hq):
    close_period(JANUARY)
    result = Result.objects.first()

    page = login(hq).get(address("incentives.result", "change", result.pk))

    assert "每笔各有明细" in page.text
    assert "{&#x27;" not in page.text
    assert '{"' not in page.text


def test_no_page_names_a_customer_or_finds_one_by_name_or_number(few, login, hq):
    client = login(hq)
    phone = "13912345678"
    customer = registered(StoreFactory(), phone=phone, name=NAME, at=JANUARY_10)
    rows = {
        "customers.customer": customer.customer_id,
        "customers.registration": customer.pk,
        "customers.ownership": customer.ownership_id,
        "customers.activity": Activity.objects.first().pk,
    }
    for label, pk in rows.items():
        pages = [client.get(address(label, "changelist")), client.get(address(label, "change", pk))]
        for word in (NAME, phone, phone[-4:]):
            found = client.get(address(label, "changelist"), {"q": word})
            assert found.context["cl"].result_count == 0
        for page in pages:
            assert NAME not in page.text
            assert phone not in page.text


def test_long_lists_reach_their_first_rows_and_say_so(few, login, hq, monkeypatch):
    network(4)
    monkeypatch.setattr(NearPaginator, "REACHABLE", 2)
    page = login(hq).get(address("customers.registration", "changelist"))
    assert page.context["cl"].result_count == 2
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_registration")
    with override("en"):
        page = login(hq).get(
            address("customers.registration", "changelist"), headers={"accept-language": "en"}
        )
    assert f"The first 2 of about {Registration.objects.count()}." in page.text
    page = login(hq).get(
        address("customers.registration", "changelist"),
        {"answer__exact": "yours"},
        headers={"accept-language": "en"},
    )
    assert "The first 2; there are more." in page.text
