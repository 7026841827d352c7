"""The first page of the admin: what waits for whom, and the figures of the month."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from config.home import figures, waiting
from config.home.known import Known
from customers.ownership import limits
from dealers.actor import Actor
from dealers.models import Level, Score, ScoreFigure, ScoreLength
from incentives.models import StatementDocument
from incentives.plans import versions
from incentives.rewards import editor
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import StoreFactory, shared
from tests.factories.incentives import JANUARY, close_period, per_registration, published
from tests.factories.rewards import drafted, moment
from tests.factories.training import CourseFactory
from training.models import CourseVersion


def test_the_first_page_links_what_waits_to_where_it_is_done(few, login, hq):
    RulebookFactory(name="明年的规则", published_at=None)
    versions.create_plan(
        {"code": "next", "name": "明年", "starts_on": JANUARY, "components": []},
        by=Actor.worker("tests"),
        at=timezone.now(),
    )
    client = login(hq)
    page = client.get("/admin/", headers={"accept-language": "en"})
    waits = {each.title: each for each in page.context["waiting"]}
    assert "1 import with errors" in waits
    assert "1 rulebook draft" in waits
    assert "1 plan draft" in waits
    assert "1 course draft" in waits
    assert any("to close" in title for title in waits)
    for each in waits.values():
        found = client.get(each.url)
        assert found.status_code == 200, each.url
        assert each.url in page.text.replace("&amp;", "&")
    for model in ("rulebook", "plan", "course"):
        found = client.get(waits[f"1 {model} draft"].url)
        assert found.context["cl"].result_count == 1


def test_all_drafts_are_counted(hq):
    for _each in range(21):
        CourseVersion.objects.create(course=CourseFactory(), number=1)
    with override("en"):
        titles = [each.title for each in waiting.waiting_for(hq, Known(timezone.now()))]
    assert "21 course drafts" in titles


def test_statements_without_their_pdf_wait(few, login, hq):
    run = close_period(JANUARY)
    [statement] = run.statements.all()
    client = login(hq)
    waits = waiting.waiting_for(hq, Known(timezone.now()))
    [each] = [each for each in waits if "pdf=missing" in each.url]
    assert client.get(each.url).context["cl"].result_count == 1
    StatementDocument.objects.create(
        statement=statement, language="zh-hans", pdf=b"%PDF-", sha256="0" * 64, pages=1
    )
    assert client.get(each.url).context["cl"].result_count == 0
    assert not [w for w in waiting.waiting_for(hq, Known(timezone.now())) if "pdf=missing" in w.url]


@pytest.mark.parametrize("who", ["clerk", "owner"])
def test_people_whose_registering_is_paused_wait_until_they_are_reviewed(
    request, store, login, hq, who
):
    post = request.getfixturevalue(who)
    RulebookFactory(conflict_percent=4, person_minute_limit=None)
    taken = StoreFactory()
    now = timezone.now()
    for number in range(3):
        registered(taken, phone=f"1381234567{number}", at=now - timedelta(days=2))
        registered(store, phone=f"1381234567{number}", staff=post.user, at=now - timedelta(days=1))
    assert [each.user for each in limits.pauses(now)] == [post.user_id]
    client = login(hq)
    [each] = [each for each in waiting.waiting_for(hq, Known(now)) if "paused" in each.url]
    with override("en"):
        page = client.get(each.url, headers={"accept-language": "en"})
    assert post.user.name in page.text
    assert "3 of the last 50 were protected elsewhere; it pauses above 4 %." in page.text
    [row] = page.context["rows"]
    assert row.post == post

    assert client.post(each.url, {"post": row.post.pk}).url == each.url
    assert limits.pauses(now) == []
    assert client.post(each.url, {"post": row.post.pk}).status_code == 404
    assert registered(store, staff=post.user).answer == "yours"


def test_a_tested_rulebook_waits_for_somebody_else(hq):
    RulebookFactory()
    at = timezone.now()
    draft = RulebookFactory(
        published_at=None, approved_at=None, approved_by=None, tested_at=at - timedelta(days=2),
        tested_by=hq,
    )  # fmt: skip

    (waits,) = waiting.waiting_for(hq, Known(at))

    assert (waits.level, waits.days) == ("warn", 2)
    assert str(draft) in waits.title
    assert hq.name in waits.detail
    assert waits.url.endswith(f"/rulebook/{draft.pk}/change/")


def test_a_reward_program_that_was_put_forward_waits_for_somebody_else(hq):
    RulebookFactory()
    draft = drafted()
    at = moment(draft.starts_on) - timedelta(days=9)
    editor.put_forward(draft, by=Actor.hq(hq), at=at)

    (waits,) = waiting.waiting_for(hq, Known(at + timedelta(days=1)))

    assert (waits.level, waits.days) == ("warn", 1)
    assert str(draft) in waits.title
    assert hq.name in waits.detail
    assert waits.url.endswith(f"/rewardprogram/{draft.pk}/publish/")


def test_without_a_rulebook_the_first_page_says_that_nothing_can_be_registered(hq):
    with override("en"):
        titles = [each.title for each in waiting.waiting_for(hq, Known(timezone.now()))]
    assert titles == ["No rulebook is published"]


def test_the_first_page_takes_few_statements(few, login, hq):
    client = login(hq)
    client.get("/admin/")

    with CaptureQueriesContext(connection) as captured:
        client.get("/admin/")

    asked = [q["sql"] for q in captured if "SAVEPOINT" not in q["sql"]]
    assert len(asked) <= 24


def test_the_figures_count_this_month(store, hq):
    RulebookFactory()
    StoreFactory(dealer=store.dealer)
    StoreFactory(dealer=store.dealer, closed_at=timezone.now() - timedelta(days=40))
    registered(store, phone="13800138000", at=timezone.now())
    registered(store, phone="13800138000", at=timezone.now())  # a visit
    dealers, active, registrations, shares, invitations, closed, paid = figures.figures_for(
        hq, Known(timezone.now())
    )
    assert (dealers.value, active.value) == ("1 / 1", "1 / 2")
    assert registrations.value == "1"
    assert shares.value == "0%"
    assert invitations.value == "0"
    assert (closed.value, paid.value) == ("–", "–")


def test_headquarters_sees_the_health_of_the_program(login, hq, english):
    """Who is active, what is shared, the money of the last month, and what everybody reads."""
    RulebookFactory(person_minute_limit=None)
    published(per_registration())
    store, _silent = StoreFactory.create_batch(2)
    now = timezone.now()
    kept, _shared = registered(store, at=now), registered(store, at=now)
    registered(StoreFactory(), at=now - timedelta(days=45))
    shared(store.dealer, Level.SERVICE)
    shared(store.dealer, Level.MASKED, customer=kept.customer_id)
    ScoreFigure.objects.create(
        score=Score.ROOTS, length=ScoreLength.MONTH, start=now.date().replace(day=1),
        until=now.date(), count=0, of=3,
    )  # fmt: skip
    close_period(JANUARY)

    found = {each.label: each for each in figures.figures_for(hq, Known(timezone.now()))}
    page = login(hq).get("/admin/")

    assert found["Active dealers"].value == "1 / 3"
    assert found["Customers whose contact is shared"].note == "1 of 3 protected ones"
    assert found["Money of the last closed month"].value == "CNY\xa00.00"
    assert "to be paid" in found["Money of the last closed month"].note
    assert [row.score for row, _month in page.context["trust"]] == [Score.ROOTS]
    assert str(Score.ROOTS.label) in page.text


def test_on_the_first_day_there_is_no_figure_to_divide_by(login, hq, english):
    found = {each.label: each.value for each in figures.figures_for(hq, Known(timezone.now()))}

    assert found["Active dealers"] == "0 / 0"
    assert found["Customers whose contact is shared"] == "–"
    assert found["Money of the last closed month"] == "–"
    assert 'id="trust"' not in login(hq).get("/admin/").text
