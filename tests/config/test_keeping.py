"""Forms lose nothing: to a refusal, to Back and Reload, to a session that ended."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from customers.models import Activity, Registration
from dealers import typed
from dealers.demo_logins import PASSWORD
from dealers.models import User
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
BROWSER = {"accept": "text/html,*/*", "accept-language": "en"}
NUMBER = "13800138765"


@pytest.fixture(autouse=True)
def rulebook(db):
    return RulebookFactory(person_minute_limit=None)


def fields(page, name="capture"):
    """The fields of a form as a browser sends them, what is ticked included."""
    form = re.search(rf'<form[^>]*(?:id="{name}"|action="[^"]*{name}).*?</form>', page, re.S)[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="([^"]*)"', tag)
        ticked = kind is not None and kind[1] in {"checkbox", "radio"}
        if name and (not ticked or " checked" in tag):
            found[name[1]] = value[1] if value else "on" if ticked else ""
    return found


def test_a_refused_form_has_an_address_and_is_there_again_until_it_is_taken(clerk, login):
    client = login(clerk)
    data = fields(client.get("/capture/").text) | {"phone": "1380013876", "name": "陈敏"}

    refused = client.post("/capture/", data | {"country": "86", "consent": "on"}, headers=BROWSER)
    shown = client.get(refused["Location"], headers=BROWSER)
    again = client.get(refused["Location"], headers=BROWSER)

    assert refused.status_code == 302
    assert "1380013876" not in refused["Location"]
    assert shown.status_code == 200
    assert "The mobile number is 1 digit short" in shown.text
    assert fields(shown.text)["name"] == "陈敏"
    assert "consent" not in fields(shown.text)  # it is asked for each time
    assert again.text == shown.text

    right = fields(shown.text) | {"phone": NUMBER, "country": "86", "consent": "on"}
    assert client.post("/capture/", right, headers=BROWSER)["Location"].startswith("/capture/r/")
    back = client.get(refused["Location"], headers=BROWSER)
    assert back.status_code == 200
    assert "陈敏" not in back.text


def test_a_refused_form_is_nobody_elses(clerk, login):
    refused = login(clerk).post("/capture/", {"phone": "1", "name": "陈敏"}, headers=BROWSER)

    other = login(MembershipFactory()).get(refused["Location"], headers=BROWSER)

    assert "陈敏" not in other.text


def test_what_is_no_browser_gets_the_refusal_itself(clerk, login):
    assert login(clerk).post("/capture/", {}).status_code == 422


def test_an_address_that_takes_forms_only_leads_home(clerk, login):
    answer = login(clerk).get("/me/post/", headers=BROWSER)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def sign_in(client, person, address):
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return client.post(
        urlsplit(address).path,
        {"login": person.email, "password": PASSWORD, "next": next_of(address)},
        headers=BROWSER,
    )


def next_of(address):
    return parse_qs(urlsplit(address).query)["next"][0]


def sent_after_the_session(clerk, login):
    """A registration that is sent when its session is over; the browser, and the answer."""
    client = login(clerk)
    data = fields(client.get("/capture/").text)
    client.cookies.pop("sessionid")
    answer = client.post(
        "/capture/",
        data | {"phone": NUMBER, "country": "86", "name": "陈敏", "consent": "on", "offers": "on"},
        headers=BROWSER | {"referer": "http://testserver/capture/"},
    )
    return client, answer


def test_after_signing_in_again_the_form_is_there_filled_but_not_ticked(clerk, login):
    client, answer = sent_after_the_session(clerk, login)

    assert NUMBER not in answer["Location"]
    page = client.get(answer["Location"], headers=BROWSER)
    assert "You were signed out, so this was not sent." in page.text
    assert not Registration.objects.exists()

    entered = sign_in(client, clerk.user, answer["Location"])
    form = client.get(entered["Location"], headers=BROWSER)
    filled = fields(form.text)

    assert (filled["phone"], filled["name"]) == (NUMBER, "陈敏")
    assert "It is not sent yet" in form.text
    assert {"consent", "offers"}.isdisjoint(filled)
    made = client.post("/capture/", filled | {"country": "86", "consent": "on"}, headers=BROWSER)
    assert made["Location"].startswith("/capture/r/")
    assert NUMBER not in client.get(entered["Location"], headers=BROWSER).text


def test_what_one_person_typed_is_not_shown_to_the_next_on_the_phone(clerk, login):
    client, answer = sent_after_the_session(clerk, login)
    other = MembershipFactory(store=clerk.store)

    entered = sign_in(client, other.user, answer["Location"])

    page = client.get(entered["Location"], headers=BROWSER)
    assert page.status_code == 200
    assert NUMBER not in page.text


def test_a_follow_up_comes_back_on_the_customers_page(clerk, login):
    made = registered(clerk.store, staff=clerk.user, at=timezone.now())
    client, page = login(clerk), f"/customers/{made.customer_id}/"
    data = {"typed_by": fields(client.get(page).text, "follow-up")["typed_by"]}
    client.cookies.pop("sessionid")

    answer = client.post(
        f"{page}follow-up/",
        data | {"kind": "visit", "note": "周末来看"},
        headers=BROWSER | {"referer": f"http://testserver{page}"},
    )
    entered = sign_in(client, clerk.user, answer["Location"])

    assert urlsplit(entered["Location"]).path == page
    assert "周末来看" in client.get(entered["Location"], headers=BROWSER).text
    assert not Activity.objects.exists()


def test_a_page_from_before_signing_in_again_is_not_lost_either(clerk):
    client = Client(enforce_csrf_checks=True)
    client.force_login(clerk.user)

    answer = client.post(
        "/capture/",
        {"typed_by": typed.mark(clerk.user), "phone": NUMBER, "name": "陈敏"},
        headers=BROWSER,
    )

    assert answer.status_code == 302
    assert 'value="陈敏"' in client.get(answer["Location"], headers=BROWSER).text
    forged = {"typed_by": typed.mark(User(pk=0)), "phone": NUMBER}
    assert client.post("/capture/", forged, headers=BROWSER).status_code == 403


@pytest.mark.parametrize("sent", [{}, {"typed_by": "forged"}])
def test_other_forms_say_that_they_were_not_sent(client, sent):
    answer = client.post("/customers/search/", {"q": "x"} | sent, headers=BROWSER)

    assert "Sign in again." in client.get(answer["Location"], headers=BROWSER).text
