"""The pages of sharing sessions: what each role reads and does there."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from dealers.actor import Actor
from tests.factories.dealers import StoreFactory
from tests.factories.sessions import planned, seated
from tests.factories.stories import shared
from training.models import Seat, SessionQuestion, SharingSession
from training.sessions import attendance, planning

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def url(name, *args):
    return reverse(f"training:{name}", args=args)


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


@pytest.fixture
def running():
    """A session that began ten minutes ago."""
    before = timezone.now() - timedelta(days=3)
    return planned(at=before, starts_at=timezone.now() - timedelta(minutes=10))


def test_one_tap_gives_a_place_and_one_gives_it_up(clerk, login):
    session = planned(link="https://meet.example.com/x")
    client, page = login(clerk), url("session", session.pk)
    assert "https://meet.example.com/x" not in client.get(page).text

    client.post(url("session_register", session.pk))
    shown = client.get(page)
    assert "You have a place" in words(shown)
    assert "https://meet.example.com/x" in shown.text
    client.post(url("session_leave", session.pk))
    assert "1 place left" not in words(client.get(page))
    assert "2 places left" in words(client.get(page))


def test_who_waits_reads_how_many_are_before(clerk, login):
    session = planned(capacity=1)
    seated(session)
    seated(session)
    client = login(clerk)
    client.post(url("session_register", session.pk))

    assert "1 person waits before you" in words(client.get(url("session", session.pk)))


def test_no_page_tells_who_else_has_a_place(clerk, rival, region_manager, login):
    session = planned(capacity=5)
    seat = seated(session)
    asked = SessionQuestion.objects.create(
        session=session, user=seat.user, text="怎么开口？", at=timezone.now()
    )
    for who in (clerk, rival, region_manager):
        for page in (url("session", session.pk), url("sessions")):
            answer = login(who).get(page)
            assert seat.user.name not in answer.text
            assert seat.user.email not in answer.text
        assert asked.text in login(who).get(url("session", session.pk)).text
        assert login(who).get(url("session_host", session.pk)).status_code == 404


def test_the_host_of_a_store_shows_the_code_and_people_are_counted(owner, clerk, login, running):
    running.host = owner.user
    running.save(update_fields=["host"])
    host = login(owner)
    host.post(url("session_code", running.pk))
    code = re.search(r">(\d{6})<", host.get(url("session_host", running.pk)).text)[1]
    guest = login(clerk)
    wrong = guest.post(url("session_attend", running.pk), {"code": "12"})
    assert wrong.status_code == 422
    assert "not the code" in words(wrong)
    guest.post(url("session_attend", running.pk), {"code": code})

    assert Seat.objects.get(user=clerk.user).attended_at
    assert "You were there" in words(guest.get(url("session", running.pk)))
    page = words(host.get(url("session_host", running.pk)))
    assert f"{clerk.user.name} came without registering" in page


def test_wrong_codes_are_counted_in_the_browser(clerk, login, running):
    attendance.show_code(running, by=Actor.signed_in(running.host), at=timezone.now())
    client = login(clerk)
    for _try in range(attendance.TRIES):
        client.post(url("session_attend", running.pk), {"code": "x"})

    assert "Too many" in words(client.post(url("session_attend", running.pk), {"code": "x"}))


def test_a_question_is_asked_and_answered(owner, clerk, login):
    session = planned(host=owner.user)
    client, host = login(clerk), login(owner)
    client.post(url("session_register", session.pk))
    empty = client.post(url("session_ask", session.pk), {"text": " "})
    assert empty.status_code == 422
    client.post(url("session_ask", session.pk), {"text": "怎么开口？", "anonymous": "on"})
    client.post(url("session_ask", session.pk), {"text": "几点打？"})
    page = words(host.get(url("session_host", session.pk)))
    assert "怎么开口？ without a name" in page
    assert f"几点打？ {clerk.user.name}" in page

    asked = SessionQuestion.objects.get(text="几点打？")
    host.post(url("session_answer", session.pk, asked.pk), {"answer": "<b>十点</b>"})
    assert "&lt;b&gt;十点" in client.get(url("session", session.pk)).text


def test_the_calendar_file_has_the_link_for_who_has_a_place(clerk, rival, login):
    session = planned(link="https://meet.example.com/x")
    client = login(clerk)
    client.post(url("session_register", session.pk))
    page = url("session_calendar", session.pk)

    mine, theirs = client.get(page), login(rival).get(page)
    assert mine.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert b"https://meet.example.com/x" in mine.content.replace(b"\r\n ", b"")
    assert b"meet.example.com" not in theirs.content.replace(b"\r\n ", b"")
    assert b"URL:http://testserver/sharing-sessions/" in mine.content.replace(b"\r\n ", b"")


def test_who_tells_is_named_once_the_owner_says_so(rival, login, request):
    store = StoreFactory(name="永康街旗舰店", dealer__name="恒益家居")
    session = planned(dealer=store.dealer, store=store)
    request.getfixturevalue("owner")
    owner = shared(store).tested_by
    page, client = url("session", session.pk), login(rival)
    assert "永康街" not in client.get(page).text
    assert "永康街" not in client.get(url("sessions")).text

    login(owner).post(url("session_name", session.pk), {"agree": "yes"})
    assert "永康街旗舰店" in words(client.get(page))
    assert client.post(url("session_name", session.pk), {"agree": "yes"}).status_code == 404


def test_afterwards_there_are_thanks_and_the_recording(clerk, login):
    before = timezone.now() - timedelta(days=9)
    session = planned(
        at=before, starts_at=before + timedelta(days=1),
        recording=ContentFile(b"0123456789", "a.mp4"),
        recording_link="https://video.example.com/a",
    )  # fmt: skip
    client, page = login(clerk), url("session", session.pk)
    client.post(url("session_thank", session.pk))
    shown = client.get(page)
    assert "1 person says thank you" in words(shown)
    assert "https://video.example.com/a" in shown.text
    part = client.get(url("session_recording", session.pk), headers={"range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, b"234")
    assert part.headers["Cache-Control"] == "private, no-cache"
    client.post(url("session_thank", session.pk), {"do": "back"})
    assert "0 people say thank you" in words(client.get(page))


def test_a_regional_manager_reads_who_came(clerk, region_manager, login, running):
    code = attendance.show_code(running, by=Actor.signed_in(running.host), at=timezone.now()).code
    page = url("session_who_came")
    assert "Nobody of your region" in login(region_manager).get(page).text
    attendance.attend(running, code, by=Actor.of(clerk), at=timezone.now())

    assert clerk.user.name in login(region_manager).get(page).text
    assert login(clerk).get(page).status_code == 404


def test_nothing_planned_is_said(clerk, login):
    assert "No session is planned" in login(clerk).get(url("sessions")).text


@pytest.mark.parametrize("count", [1, 4])
def test_a_list_takes_the_same_queries_for_more(count, clerk, login, django_assert_max_num_queries):
    for _session in range(count):
        seated(planned())
    client = login(clerk)
    client.get(url("sessions"))
    with django_assert_max_num_queries(15):
        client.get(url("sessions"))


def test_a_host_of_a_store_is_not_named_before_the_owner_agreed(owner, rival, login):
    session = planned(host=owner.user, dealer=owner.dealer)
    client, page = login(rival), url("session", session.pk)

    assert owner.user.name not in client.get(page).text
    login(owner).post(url("session_name", session.pk), {"agree": "yes"})
    assert owner.user.name in client.get(page).text


@pytest.mark.parametrize("named", [True, False])
def test_a_story_tells_no_name_that_its_session_keeps(named, store, owner, rival, login):
    story, by = shared(store, named=named), Actor.of(owner)
    session = planned(dealer=store.dealer, store=store, story=story)
    planning.name(session, not named, by=by, at=timezone.now())
    page, link = url("session", session.pk), url("story", story.pk)
    assert link not in login(rival).get(page).text
    assert link in login(owner).get(page).text

    planning.name(session, named, by=by, at=timezone.now())
    assert link in login(rival).get(page).text


def test_who_would_thank_themselves_has_no_button_for_it(store, clerk, rival, login):
    now = timezone.now()
    session = planned(
        at=now - timedelta(days=3), starts_at=now - timedelta(minutes=10),
        dealer=store.dealer, store=store,
    )  # fmt: skip
    for page in (url("session", session.pk), url("story", shared(store).pk)):
        assert "Say thank you" not in words(login(clerk).get(page))
        assert "Say thank you" in words(login(rival).get(page))


# Headquarters


def test_headquarters_does_not_read_that_a_named_question_has_no_name(hq, login):
    session = planned()
    asker = seated(session).user
    session.questions.create(user=asker, text="几点打？", at=timezone.now())
    page = words(login(hq).get(url("session_host", session.pk)))

    assert "几点打？" in page
    assert "without a name" not in page


def test_times_are_typed_as_the_clock_of_the_place_shows_them(hq, login):
    client, model = login(hq), planned()
    berlin = {
        "title": "柏林", "timezone": "Europe/Berlin", "starts_at_0": "2027-01-20",
        "starts_at_1": "15:00:00", "ends_at_0": "2027-01-20", "ends_at_1": "16:00:00",
    }  # fmt: skip
    client.post(reverse("admin:training_sharingsession_add"), sent(model, **berlin))
    session = SharingSession.objects.get(title="柏林")
    assert session.starts_at == datetime(2027, 1, 20, 14, tzinfo=UTC)

    change = reverse("admin:training_sharingsession_change", args=[session.pk])
    form = client.get(change).context["adminform"].form
    assert form["starts_at"].value() == datetime(2027, 1, 20, 15)  # noqa: DTZ001 -- as typed
    # In that night the clock goes from two to three.
    left_out = berlin | {
        "starts_at_0": "2027-03-28", "starts_at_1": "02:30:00", "ends_at_0": "2027-03-28",
    }  # fmt: skip
    assert client.post(change, sent(session, **left_out)).status_code == 200


def sent(session, **fields):
    local = timezone.localtime(session.starts_at)
    end = timezone.localtime(session.ends_at)
    return {
        "title": session.title, "title_en": "", "about": "", "about_en": "",
        "language": "zh-hans", "timezone": "Asia/Shanghai", "place": session.place, "link": "",
        "capacity": session.capacity, "host": session.host_id, "recording_link": "",
        "starts_at_0": f"{local:%Y-%m-%d}", "starts_at_1": f"{local:%H:%M:%S}",
        "ends_at_0": f"{end:%Y-%m-%d}", "ends_at_1": f"{end:%H:%M:%S}", **fields,
        **{
            f"{prefix}-{name}": 0
            for prefix in ("seats", "questions")
            for name in ("TOTAL_FORMS", "INITIAL_FORMS")
        },
    }  # fmt: skip


def test_headquarters_plans_changes_and_cancels(hq, login):
    client = login(hq)
    model = planned()
    answer = client.post(reverse("admin:training_sharingsession_add"), sent(model, title="新的"))
    assert answer.status_code == 302, answer.context["errors"]
    session = SharingSession.objects.get(title="新的")
    seated(session)
    seated(session)
    change = reverse("admin:training_sharingsession_change", args=[session.pk])
    for wrong, said in (
        ({"capacity": 1}, "taken already"),
        ({"link": "http://a.example"}, "begins with https"),
        ({"ends_at_0": "2020-01-01"}, "ends after"),
        ({"place": ""}, "place or a link"),
    ):
        answer = client.post(change, sent(session, **wrong))
        assert answer.status_code == 200
        assert said in words(answer)
    assert client.post(change, sent(session, place="5 楼")).status_code == 302
    session.refresh_from_db()
    assert (session.place, session.sequence) == ("5 楼", 1)
    chosen = {"action": "cancel", "_selected_action": session.pk, "confirmed": "1", "found": ""}
    client.post(reverse("admin:training_sharingsession_changelist"), chosen)
    session.refresh_from_db()
    assert session.is_cancelled
