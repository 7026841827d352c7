import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_login_page_opens(client):
    assert client.get(reverse("account_login")).status_code == 200


def test_pages(login, clerk, owner, hq):
    for who in (clerk, owner):
        r = login(who).get("/")
        assert r.status_code == 200, r
    r = login(hq).get("/")
    assert r.status_code == 302
    assert login(hq).get("/admin/").status_code == 200
    assert login(hq).get("/me/").status_code == 200
    assert login(clerk).get("/admin/").status_code == 404
    assert login(clerk).get("/admin/login/").status_code == 404
    assert login(clerk).get("/nix/").status_code == 404
