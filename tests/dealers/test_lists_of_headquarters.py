"""Lists of the admin as files, whole: long ones are made by the worker, for who asked."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from customers.models import Registration
from dealers import exports, spreadsheets
from dealers.actor import Actor
from dealers.admin import NearPaginator, sheets
from dealers.models import AccessAction, AccessLog, Export, ExportState, Notice, Store
from dealers.tasks import write_list
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import RegionalManagerFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db
STORES = reverse("admin:dealers_store_changelist")


@pytest.fixture(autouse=True)
def _stores(store, monkeypatch):
    monkeypatch.setattr(exports, "MANY", 2)
    monkeypatch.setattr(NearPaginator, "REACHABLE", 1)
    for n in range(3):
        StoreFactory(name=f"临江{n}店")


@pytest.fixture
def take(django_capture_on_commit_callbacks):
    """Ask for a list as a file and let the worker make it."""

    def take(client, address, **query):
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.get(address, {"export": "csv", **query})
        assert answer.status_code == 302
        return Export.objects.get()

    return take


def read(answer):
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_long_list_comes_whole_and_as_a_short_one_does(hq, login, take, monkeypatch):
    client = login(hq)

    export = take(client, STORES, q="临江")
    made = client.get(f"{export.get_absolute_url()}file/")

    assert "文件已准备好" in client.get(export.get_absolute_url()).text
    assert made["Content-Disposition"] == 'attachment; filename="store.csv"'
    rows = read(made)
    monkeypatch.setattr(exports, "MANY", 3)
    assert rows == read(client.get(STORES, {"export": "csv", "q": "临江"}))
    assert len(rows) == 4
    assert Notice.objects.filter(user=hq, about=str(export.pk)).exists()
    with default_storage.open(export.file.name) as kept:
        assert "临江".encode() not in kept.read()


def test_what_somebody_wrote_is_whole_and_what_is_html_a_text(hq, login, monkeypatch):
    monkeypatch.setattr(exports, "MANY", 100)
    StoreFactory(name="买<5>送1 & 礼")

    names = [row[1] for row in read(login(hq).get(STORES, {"export": "csv"}))]

    assert "买<5>送1 & 礼" in names
    assert sheets._plain(None, format_html('<a href="/">{}</a>', "A & B <C>")) == "A & B <C>"


def test_it_is_in_the_words_of_who_asked(hq, login, take):
    hq.language = "en"
    hq.save()
    client = login(hq)
    export = take(client, STORES)
    assert read(client.get(f"{export.get_absolute_url()}file/"))[0][:2] == ["Code", "Name"]


def test_a_workbook_is_made_as_well(hq, login, take):
    client = login(hq)
    export = take(client, STORES, export="xlsx")
    made = client.get(f"{export.get_absolute_url()}file/")
    assert b"".join(made.streaming_content).startswith(b"PK")


def test_what_excel_does_not_take_is_offered_as_csv(hq, login, monkeypatch):
    monkeypatch.setattr(spreadsheets, "MOST_ROWS", 3)
    page = login(hq).get(STORES, {"export": "xlsx"}, follow=True)
    assert "CSV" in str(next(iter(page.context["messages"])))
    assert not Export.objects.exists()


def test_nobody_else_gets_it(hq, owner, login, take):
    export = take(login(hq), STORES)
    for other in (owner, UserFactory(is_staff=True, is_superuser=True)):
        assert login(other).get(export.get_absolute_url()).status_code == 404
        assert login(other).get(f"{export.get_absolute_url()}file/").status_code == 404


def test_who_manages_a_region_too_gets_what_they_asked_for_at_headquarters(hq, login, take):
    post = RegionalManagerFactory(user=hq)
    client = login(hq)
    address = take(client, STORES).get_absolute_url()
    assert client.get(address).status_code == 200
    client.post("/me/post/", {"membership": post.pk})
    assert client.get(address).wsgi_request.membership == post
    answer = client.get(f"{address}file/")
    assert len(read(answer)) == Store.objects.count() + 1
    assert login(RegionalManagerFactory(region=post.region)).get(address).status_code == 404


def test_who_may_not_see_the_list_any_more_gets_none(hq, login, take):
    export = take(login(hq), STORES)
    Export.objects.update(state=ExportState.WAITING, file="")
    type(hq).objects.filter(pk=hq.pk).update(is_superuser=False)

    write_list(str(export.pk))

    export.refresh_from_db()
    assert export.state == ExportState.FAILED


def test_a_file_that_is_made_is_not_fetched_without_the_right_to_its_list(hq, login, take):
    client = login(hq)
    address = f"{take(client, STORES).get_absolute_url()}file/"
    type(hq).objects.filter(pk=hq.pk).update(is_superuser=False)
    assert client.get(address).status_code == 404
    hq.user_permissions.add(Permission.objects.get(codename="view_store"))
    assert client.get(address).status_code == 200


def test_whose_customers_leave_is_in_their_dealers_access_logs(hq, clerk, login, take):
    RulebookFactory()
    other = StoreFactory()
    for place in (clerk.store, clerk.store, other):
        registered(place, at=timezone.now())

    take(login(hq), reverse("admin:customers_registration_changelist"))

    noted = AccessLog.objects.filter(action=AccessAction.EXPORT, user=hq)
    assert {each.dealer_id: each.count for each in noted} == {
        clerk.store.dealer_id: 2, other.dealer_id: 1,
    }  # fmt: skip
    assert Registration.objects.count() == 3


def test_after_a_day_it_is_gone(hq, login, take):
    kept = take(login(hq), STORES).file.name
    exports.sweep(timezone.now() + timedelta(days=2))
    assert not default_storage.exists(kept)
    assert not Export.objects.exists()


def test_a_file_is_of_a_post_or_of_somebody_at_headquarters(hq, owner):
    at = timezone.now()
    export = exports.ask("x", {}, title="", name="a.csv", rows=1, by=Actor.of(owner), at=at)
    with pytest.raises(IntegrityError, match="of_somebody_at_headquarters"), transaction.atomic():
        Export.objects.filter(pk=export.pk).update(by=hq)
    with pytest.raises(IntegrityError, match="of_somebody_at_headquarters"), transaction.atomic():
        Export.objects.filter(pk=export.pk).update(dealer=None, membership=None)
