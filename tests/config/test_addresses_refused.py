"""Requests that no page sends: each is refused in the way that is meant."""

import pytest
from django.test import RequestFactory

from config.handler import Handler

STATUS = {
    "visitor": {"/verify/?code=%00": 400, "/verify/%00/": 404},
    "clerk": {
        "/certificates/%00/": 404,
        "/certificates/%FF/": 404,
        "/capture/r/%00/": 404,
        "/customers/?after=%00": 400,
        "/customers/?after=garbage": 200,
    },
    "owner": {"/earnings/0000-00/": 404, "/earnings/2017-13/": 404, "/earnings/9999-12/": 404},
    "region_manager": {
        "/region/stores/?per_page=-1": 200,
        "/region/stores/?page=99999999999999999999": 200,
        "/region/stores/a%2Fb/": 404,
    },
    "hq": {
        "/admin/autocomplete/?app_label=customers&term=%00": 400,
        "/admin/dealers/store/add/?dealer=a%2Fb": 200,
        "/admin/customers/order/add/?sale=1&store=x": 200,
        "/admin/dealers/membership/?ends_at=9999-12-31T23%3A59%3A59-23%3A59": 302,
    },
}


@pytest.mark.parametrize("role", STATUS)
def test_what_cannot_be_is_not_there_or_not_understood(role, world, crawl_as):
    crawl = crawl_as(role)

    found = {address: crawl.get(address).status_code for address in STATUS[role]}

    assert found == STATUS[role]


@pytest.mark.parametrize(
    "charset", ["utf-7", "hex", "rot13", "utf-16", "unicode_escape", "latin-1", "no-such"]
)
def test_an_encoding_that_the_request_chooses_is_refused(db, charset):
    # UTF-7 writes half of a pair so, which no UTF-8 and no database holds.
    environ = RequestFactory()._base_environ(
        PATH_INFO="/verify/", QUERY_STRING="code=%2B2AA-",
        CONTENT_TYPE=f"text/plain; charset={charset}",
    )  # fmt: skip
    answers = []

    Handler()(environ, lambda status, _headers: answers.append(status))

    assert answers == ["400 Bad Request"]


@pytest.mark.parametrize("cookie", ["sessionid", "csrftoken", "messages", "django_language"])
def test_a_cookie_that_hides_a_character_is_refused(client, db, cookie):
    response = client.get("/accounts/login/", HTTP_COOKIE=f'{cookie}="\\000aaaaaaaaaaaaaaaaaaa"')

    assert response.status_code == 400


@pytest.mark.parametrize(
    "credential",
    [
        "[" * 100_000, "{}", "[]", "1", "null", '{"response": []}', '{"id": "\\u0000"}',
        '{"id": "", "rawId": "", "type": "public-key", "response": {}}',
        '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "AA",'
        ' "authenticatorData": "AA", "signature": "AA", "userHandle": "AA"}}',
    ],
)  # fmt: skip
def test_a_passkey_that_is_none_is_refused(client, db, credential):
    client.raise_request_exception = False
    client.get("/accounts/2fa/webauthn/login/")

    answer = client.post("/accounts/2fa/webauthn/login/", {"credential": credential})

    assert answer.status_code in {200, 302}
