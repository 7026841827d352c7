"""Columns of the table of stores, and views that a regional manager keeps."""

import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils import timezone

from dealers.actor import Actor
from incentives.desk import kept_views
from incentives.desk.kept_views import ViewRefused
from incentives.models import StoreView
from incentives.tables.region import StoreTable
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import RegionalManagerFactory, UserFactory

STORES = "/region/stores/"


@pytest.fixture
def desk(login, region_manager):
    RulebookFactory()
    return login(region_manager)


def shown(page):
    return [column.name for column in page.context["table"].columns]


def keep(desk, name="我的", query="view=late&col=staff"):
    return desk.post("/region/views/", {"name": name, "query": query})


def test_the_usual_columns_are_shown_and_ticked_unless_others_are_chosen(desk):
    page = desk.get(STORES)

    assert shown(page) == ["name", *StoreTable.usual()]
    assert "size" not in shown(page)
    assert shown(desk.get(f"{STORES}?col=size&col=sold")) == ["name", "size", "sold"]
    assert not desk.get(f"{STORES}?col=size").context["narrowed"]


def test_a_column_that_there_is_not_changes_nothing(desk):
    assert shown(desk.get(f"{STORES}?col=secret")) == shown(desk.get(STORES))


def test_a_view_with_a_column_that_is_gone_still_narrows(desk, store):
    page = desk.get(f"{STORES}?col=staff&col=gone&q=no-store-is-called-so")

    assert shown(page) == ["name", "staff"]
    assert page.context["count"] == 0
    assert not page.context["filter"].errors


def test_a_view_of_what_is_there_no_more_says_so_and_keeps_its_columns(desk):
    page = desk.get(f"{STORES}?col=staff&dealer=gone")

    assert shown(page) == ["name", "staff"]
    assert page.context["filter"].errors["dealer"]
    assert page.text.count('id="id_dealer_error"') == 1


def test_columns_stay_through_views_and_sorting(desk):
    page = desk.get(f"{STORES}?col=size&col=staff&sort=-staff")

    late = next(view for view in page.context["views"] if "view=late" in view["url"])
    assert "col=size&col=staff" in late["url"]


def test_a_view_is_kept_and_leads_back_to_the_same_table(desk, region_manager):
    answer = keep(desk, query="sort=-staff&col=staff&view=late&page=3&evil=1")

    made = StoreView.objects.get()
    assert (made.user, made.query) == (region_manager.user, "view=late&col=staff&sort=-staff")
    assert answer.url == f"{STORES}?{made.query}"
    page = desk.get(answer.url)
    assert [(view.name, current) for view, _url, current in page.context["own_views"]] == [
        ("我的", True)
    ]
    assert shown(page) == ["name", "staff"]


def test_the_same_name_replaces_and_a_view_is_removed(desk):
    keep(desk)
    keep(desk, query="view=new")

    made = StoreView.objects.get()
    assert made.query == "view=new"
    desk.post(f"/region/views/{made.pk}/remove/")
    assert not StoreView.objects.exists()
    assert desk.post(f"/region/views/{made.pk}/remove/").status_code == 404


@pytest.mark.parametrize("name", ["", " ", "x" * 41, "a\u202eb"])
def test_a_name_that_cannot_be_shown_is_refused(desk, name):
    keep(desk, name=name)

    assert not StoreView.objects.exists()


def test_views_of_others_are_neither_shown_nor_removed(desk, login, region_manager):
    keep(desk)
    colleague = RegionalManagerFactory(region=region_manager.region)
    other = login(colleague)

    assert other.get(STORES).context["own_views"] == []
    assert other.post(f"/region/views/{StoreView.objects.get().pk}/remove/").status_code == 404
    assert StoreView.objects.exists()


def test_there_are_twenty_at_most(region_manager):
    by, at = Actor.of(region_manager), timezone.now()
    for number in range(kept_views.MOST):
        kept_views.keep(str(number), QueryDict("view=new"), by=by, at=at)

    with pytest.raises(ViewRefused, match=r"."):
        kept_views.keep("more", QueryDict("view=new"), by=by, at=at)
    kept_views.keep("3", QueryDict("view=late"), by=by, at=at)
    with pytest.raises(ViewRefused, match=r"."):
        kept_views.keep("3", QueryDict("q=" + "x" * 1100), by=by, at=at)


@pytest.mark.django_db
def test_the_database_keeps_one_view_a_name():
    user, at = UserFactory(), timezone.now()
    StoreView.objects.create(user=user, name="a", query="", at=at)

    for fields in ({"name": "a"}, {"name": ""}, {"name": "b\u202e"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            StoreView.objects.create(user=user, query="", at=at, **fields)


def test_nobody_else_keeps_views(login, owner, clerk):
    for post in (owner, clerk):
        assert keep(login(post)).status_code == 404
