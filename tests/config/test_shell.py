"""The shell in a real browser: readable by everybody, on every width, in both themes."""

import django_tables2 as tables
import pytest
from allauth.account.models import EmailAddress
from axe_playwright_python.sync_playwright import Axe
from django.template import engines
from django.test import RequestFactory
from django.urls import reverse

from dealers.models import Store
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory


class StoreTable(tables.Table):
    code = tables.Column()
    opened_on = tables.Column(orderable=False)

    class Meta:
        model = Store
        fields = ("code", "opened_on")
        order_by = ("code",)


@pytest.mark.django_db
def test_a_table_is_rows_or_cards_with_links_to_sort_and_turn_pages():
    for code in ("B", "A", "C"):
        StoreFactory(code=code)
    request = RequestFactory().get("/?sort=-code&q=x")
    table = StoreTable(Store.objects.all())
    tables.RequestConfig(
        request, paginate={"per_page": 2, "paginator_class": tables.LazyPaginator}
    ).configure(table)
    source = '{% include "partials/table.html" %}'
    page = engines["django"].from_string(source).render({"table": table}, request)
    assert 'aria-sort="descending"' in page
    assert page.index("<span>C</span>") < page.index("<span>B</span>")
    assert "<span>A</span>" not in page
    assert 'href="?sort=-code&amp;q=x&amp;page=2"' in page


def problems(page):
    """What axe finds, plus how far the page is wider than the window."""
    found = Axe().run(page).response["violations"]
    wider = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return [violation["id"] for violation in found] + ([f"{wider}px wider"] if wider > 0 else [])


@pytest.fixture
def errors(page):
    """Errors of scripts and of the content security policy."""
    found = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on(
        "console",
        lambda message: found.append(message.text) if message.type == "error" else None,
    )
    return found


@pytest.fixture
def enter(page, live_server):
    """Sign a person in through the login page."""

    def signed_in(membership):
        user = membership.user
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        page.goto(live_server.url + reverse("account_login"))
        page.fill("#id_login", user.email)
        page.fill("#id_password", "portal")
        page.click("main form .btn.primary")
        page.wait_for_url(live_server.url + "/")

    return signed_in


def look(page, live_server, path):
    found = {}
    for theme, width in (("light", 320), ("dark", 1280)):
        page.context.add_cookies([{"name": "theme", "value": theme, "url": live_server.url}])
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(live_server.url + path)
        if problem := problems(page):
            found[theme, width] = problem
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/login/code/"])
def test_the_login_pages_are_sound(page, live_server, errors, path):
    assert look(page, live_server, path) == {}
    assert errors == []


@pytest.mark.django_db(transaction=True)
def test_the_pages_of_a_person_are_sound(page, live_server, errors, enter):
    owner = OwnerFactory()
    MembershipFactory(store=StoreFactory(dealer=owner.dealer))
    MembershipFactory(user=owner.user, store__name="一家名字特别特别长的门店，在很远很远的地方")
    enter(owner)
    for path in ("/me/", "/staff/", "/staff/invite/", "/accounts/sessions/", "/accounts/2fa/"):
        assert look(page, live_server, path) == {}, path
    assert errors == []


@pytest.mark.django_db(transaction=True)
def test_menus_open_one_at_a_time_and_close_with_escape(page, live_server, enter):
    clerk = MembershipFactory()
    MembershipFactory(user=clerk.user)
    enter(clerk)
    page.click(".menu.posts summary")
    page.click(".menu:not(.posts) summary")
    assert page.locator(".menu[open]").count() == 1
    assert problems(page) == []
    page.keyboard.press("Escape")
    assert page.locator(".menu[open]").count() == 0


@pytest.mark.django_db(transaction=True)
def test_what_is_wrong_with_a_form_gets_the_focus(page, live_server, enter):
    enter(MembershipFactory())
    page.goto(live_server.url + "/me/")
    page.fill("#id_name", "   ")
    page.click("main form .btn.primary")
    page.wait_for_selector(".errsum")
    assert page.evaluate("document.activeElement.className") == "errsum"
    assert problems(page) == []
