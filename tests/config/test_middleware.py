"""One request, one transaction, one actor."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest
from django.contrib.auth.decorators import login_not_required
from django.db import connection, transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import include, path

from config.logs import Formatter
from dealers.actor import Actor, acting
from dealers.models import Membership, Region
from incentives.payouts import left
from tests.factories.dealers import (
    MembershipFactory,
    OwnerFactory,
    RegionalManagerFactory,
    RegionFactory,
)

SETTINGS = ("actor_id", "role", "dealer_id", "region_id")


def actor():
    """What the database knows about the actor."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select "
            + ", ".join(f"coalesce(current_setting('app.{s}', true), '')" for s in SETTINGS)
        )
        return dict(zip(SETTINGS, cursor.fetchone(), strict=True))


def write(request):
    with acting(Actor.worker("write")):
        RegionFactory(code="written")
    match request.GET.get("then"):
        case "fail":
            raise ValueError("broken")
        case "missing":
            raise Http404
        case "refuse":
            return HttpResponse("refused", status=422)
        case "500":
            return HttpResponse(status=500)
    return HttpResponse("done")


def lazily(request):
    """A page whose context is read by the template, as querysets are."""
    page = engines["django"].from_string("{{ seen.actor_id }}|{{ seen.role }}|{{ atomic }}")
    context = {"seen": actor, "atomic": lambda: connection.in_atomic_block}
    return TemplateResponse(request, page, context)


def who(request):
    return HttpResponse(f"{actor()['actor_id']}|{request.membership}")


@login_not_required
def stream(request):
    return StreamingHttpResponse(iter([b"x"]))


@login_not_required
def broken(request):
    return TemplateResponse(request, "no-such-page.html")


@login_not_required
def waits(request):
    with acting(Actor.worker("waits")):
        left.take_turn()
    return HttpResponse("done")


urlpatterns = [
    path("waits/", waits),
    path("write/", login_not_required(write)),
    path("lazily/", lazily),
    path("who/", who),
    path("stream/", stream),
    path("broken/", broken),
    path("", include("config.urls")),
]
handler403 = handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"

own_urls = pytest.mark.urls(__name__)


@pytest.mark.django_db(transaction=True)
@own_urls
@pytest.mark.parametrize(
    ("then", "status", "kept"),
    [("", 200, 1), ("refuse", 422, 1), ("fail", 500, 0), ("missing", 404, 0), ("500", 500, 0)],
)
def test_what_fails_leaves_nothing(then, status, kept):
    client = Client(raise_request_exception=False)
    assert client.get("/write/", {"then": then}).status_code == status
    assert Region.objects.count() == kept


@contextmanager
def turn_of_another():
    """Somebody makes a batch of payouts meanwhile, for as long as it takes."""
    taken, over = Event(), Event()

    def hold():
        try:
            with transaction.atomic():
                left.take_turn()
                taken.set()
                over.wait(20)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(hold)
        assert taken.wait(10)
        try:
            yield
        finally:
            over.set()


@pytest.mark.django_db(transaction=True)
@own_urls
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_held_up_by_others_reads_so_within_two_seconds(method):
    """Whichever lock it is: nobody who asks for one has to say how long."""
    client = Client(raise_request_exception=False)
    with turn_of_another():
        began = time.monotonic()
        page = getattr(client, method)("/waits/", headers={"accept-language": "en"})
        took = time.monotonic() - began

    assert page.status_code == 503
    assert "Somebody else is recording" in page.text
    assert "does not get through" not in page.text
    assert ("Open the page again" in page.text) == (method == "get")
    assert ("send it again" in page.text) == (method == "post")
    assert took < 2
    assert client.get("/waits/").text == "done"


@pytest.mark.django_db(transaction=True)
def test_a_task_waits_as_long_as_it_takes():
    with ThreadPoolExecutor(1) as pool:
        with turn_of_another():
            waiting = pool.submit(a_turn)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=1.2)
        assert waiting.result(timeout=10)


def a_turn():
    try:
        with acting(Actor.worker("batches")), transaction.atomic():
            left.take_turn()
        return True
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@own_urls
def test_a_page_is_rendered_inside_the_transaction_with_its_actor(login):
    clerk = MembershipFactory()
    answer = login(clerk).get("/lazily/")
    assert answer.content.decode() == f"{clerk.user_id}|associate|True"


@pytest.mark.django_db(transaction=True)
@own_urls
def test_the_database_forgets_the_actor_after_the_request(login):
    owner = OwnerFactory()
    assert login(owner).get("/who/").content.decode().startswith(f"{owner.user_id}|")
    assert set(actor().values()) == {""}


@pytest.mark.django_db(transaction=True)
@own_urls
def test_a_failing_template_is_a_500_and_a_stream_is_refused():
    client = Client(raise_request_exception=False)
    assert client.get("/broken/").status_code == 500
    assert client.get("/stream/").status_code == 500


@pytest.mark.django_db(transaction=True)
@own_urls
def test_the_page_of_an_error_has_a_reference_that_the_log_has_too(caplog):
    client = Client(raise_request_exception=False)

    page = client.get("/write/", {"then": "fail"}, headers={"accept-language": "en"})

    (reference,) = re.findall(r"<code[^>]*>(\w{8})</code>", page.text)
    (record,) = [each for each in caplog.records if each.name == "django.request"]
    assert Formatter("{message}", style="{").format(record).startswith(f"{reference} ")
    assert "nothing was changed" in page.text
    assert "nothing was saved" not in page.text


@pytest.mark.django_db(transaction=True)
@own_urls
def test_a_form_that_failed_says_that_nothing_was_saved():
    client = Client(raise_request_exception=False)

    page = client.post("/write/?then=fail", headers={"accept-language": "en"})

    assert "nothing was saved" in page.text


@pytest.mark.django_db
def test_whoever_holds_several_posts_reads_where_a_page_may_be_that_is_not_found(login, clerk):
    nowhere = {"path": "/capture/r/none/", "headers": {"accept-language": "en"}}
    assert "several posts" not in login(clerk).get(**nowhere).text

    MembershipFactory(user=clerk.user)
    answer = login(clerk).get(**nowhere)

    assert answer.status_code == 404
    assert "You hold several posts" in answer.text


@pytest.mark.django_db
@own_urls
def test_the_chosen_post_counts_until_it_ends(login, clerk):
    other = MembershipFactory(user=clerk.user)
    client = login(clerk)
    assert client.get("/who/").content.decode().endswith(str(clerk))
    assert client.post("/me/post/", {"membership": other.pk}).status_code == 302
    assert client.get("/who/").content.decode().endswith(str(other))
    Membership.objects.filter(pk=other.pk).update(ends_at="2020-01-01T00:00Z")
    assert client.get("/who/").content.decode().endswith(str(clerk))


@pytest.mark.django_db
def test_headquarters_is_chosen_like_a_post_by_its_people_alone(login, hq, clerk):
    post = RegionalManagerFactory(user=hq)
    client = login(hq)
    page = client.get("/me/")
    assert page.wsgi_request.membership == post
    assert 'value="hq"' in page.text
    assert 'href="/imports/"' not in page.text
    assert client.post("/me/post/", {"membership": "hq"}).url == "/"
    assert client.get("/").url == "/admin/"
    page = client.get("/imports/")
    assert page.wsgi_request.actor.at_hq
    assert f'value="{post.pk}"' in page.text
    assert f'value="{post.pk}"' in client.get("/admin/").text
    client.post("/me/post/", {"membership": post.pk})
    assert client.get("/me/").wsgi_request.actor == Actor.of(post)

    assert login(clerk).post("/me/post/", {"membership": "hq"}).status_code == 404
    assert 'value="hq"' not in login(clerk).get("/me/").text


@pytest.mark.django_db
def test_who_leaves_headquarters_acts_in_their_post_again(login, hq):
    post = RegionalManagerFactory(user=hq)
    client = login(hq)
    client.post("/me/post/", {"membership": "hq"})
    type(hq).objects.filter(pk=hq.pk).update(is_staff=False, is_superuser=False)
    assert client.get("/me/").wsgi_request.membership == post


@pytest.mark.django_db
def test_nobody_acts_in_the_post_of_another(login, clerk, rival):
    assert login(clerk).post("/me/post/", {"membership": rival.pk}).status_code == 404
    assert login(clerk).post("/me/post/", {"membership": "x"}).status_code == 404


@pytest.mark.django_db
@own_urls
def test_a_request_asks_the_database_four_times(login, clerk, django_assert_num_queries):
    client = login(clerk)
    client.get("/who/")
    # Savepoint, door, session, person with posts, actor; the view's own question; release.
    with django_assert_num_queries(7):
        client.get("/who/")


@pytest.mark.django_db
def test_personal_pages_are_neither_kept_nor_found(login, clerk, client):
    answer = login(clerk).get("/me/")
    assert answer["Cache-Control"] == "no-store, private"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "X-Robots-Tag" not in client.get("/accounts/login/")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cookie", "header", "language"),
    [
        ("", "", "zh-Hans"),
        ("", "fr", "zh-Hans"),
        ("", "zh-TW,zh;q=0.9", "zh-Hans"),
        ("", "en-GB", "en"),
        ("en", "zh-CN", "en"),
    ],
)
def test_visitors_read_the_language_of_cookie_then_browser(client, cookie, header, language):
    if cookie:
        client.cookies["language"] = cookie
    answer = client.get("/accounts/login/", headers={"accept-language": header})
    assert f'<html lang="{language}"' in answer.content.decode()


@pytest.mark.django_db
def test_the_choice_of_a_person_outweighs_the_browser(login, clerk):
    client = login(clerk)
    answer = client.post("/language/", {"language": "en", "next": "/me/"})
    assert answer.url == "/me/"
    clerk.user.refresh_from_db()
    assert clerk.user.language == "en"
    client.cookies["language"] = "zh-hans"
    assert '<html lang="en"' in client.get("/me/").content.decode()


@pytest.mark.django_db
def test_a_choice_never_leads_to_another_site(client):
    for elsewhere in ("https://evil.example/", "//evil.example", ""):
        assert client.post("/theme/", {"theme": "dark", "next": elsewhere}).url == "/"
    assert client.post("/theme/", {"theme": "pink"}).status_code == 400
    assert client.post("/language/", {"language": "xx"}).status_code == 400


@pytest.mark.django_db
def test_the_theme_is_set_by_the_server(client):
    client.post("/theme/", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/accounts/login/").content.decode()


@pytest.mark.django_db
def test_missing_and_forbidden_are_the_same_to_the_byte(login, clerk, hq):
    client = login(clerk)
    missing, forbidden = client.get("/nothing/here/"), client.get("/admin/login/")
    also_forbidden = client.get("/admin/dealers/")
    assert missing.status_code == forbidden.status_code == also_forbidden.status_code == 404
    assert missing.content == forbidden.content == also_forbidden.content


@pytest.mark.django_db
def test_an_old_form_gets_a_page_that_says_what_to_do():
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/theme/", {"theme": "dark"})
    assert answer.status_code == 403
    assert b"<h1>" in answer.content


@pytest.mark.django_db
def test_the_health_page_answers_visitors(client):
    answer = client.get("/healthz", headers={"host": "10.0.0.7"})
    assert answer.content.startswith(b"ok\n")
    assert "sessionid" not in answer.cookies


@pytest.mark.django_db
def test_headquarters_needs_a_second_factor_outside_demo_mode(login, hq, settings):
    client = login(hq)
    assert client.get("/admin/").status_code == 200
    settings.PORTAL_SECOND_FACTOR = True
    assert client.get("/admin/").url == "/accounts/2fa/"
    hq.authenticator_set.create(type="totp", data={"secret": "x"})
    assert client.get("/admin/").status_code == 200
