"""A day of visits: chosen stores in the order of the road, with why, what was agreed, and paper."""

import io

import pypdf
import pytest
from django.utils import timezone

from incentives.desk import visit
from tests.factories.coaching import coached
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import DealerFactory, StoreFactory

ADDRESSES = [
    "浙江省杭州市西湖区文三路 1 号",
    "浙江省宁波市海曙区中山东路 9 号",
    "浙江省杭州市拱墅区莫干山路 2 号",
    "浙江省杭州市西湖区教工路 3 号",
    "",
]


@pytest.fixture
def shops(region_manager):
    RulebookFactory()
    dealer = DealerFactory(region=region_manager.region)
    return [
        StoreFactory(dealer=dealer, name=f"分店{number}", address=address)
        for number, address in enumerate(ADDRESSES)
    ]


@pytest.fixture
def visits(login, region_manager):
    browser = login(region_manager)

    def got(*stores, path="/region/visit/", **more):
        query = {"store": [each.code for each in stores]} | more
        return browser.get(path, query, headers={"accept-language": "en"})

    return got


def names(answer):
    return [stop.row.name for stop in answer.context["stops"]]


@pytest.mark.parametrize(
    ("address", "area"),
    [
        ("浙江省杭州市西湖区文三路 1 号", "浙江省杭州市西湖区"),
        ("新疆维吾尔自治区乌鲁木齐市天山区解放路", "新疆维吾尔自治区乌鲁木齐市天山区"),
        ("北京市朝阳区建国路 1 号", "北京市朝阳区"),
        ("浙江省义乌市工人西路", "浙江省义乌市"),
        ("内蒙古自治区呼伦贝尔市鄂温克族自治旗", "内蒙古自治区呼伦贝尔市鄂温克族自治旗"),
        ("310012 杭州文三路", "310012"),
        ("12 Main Street", ""),
        ("", ""),
    ],
)
def test_an_address_tells_its_part_of_the_town(address, area):
    assert visit.area(address) == area


def test_by_address_stores_of_one_district_come_together(shops, visits):
    assert names(visits(*shops)) == ["分店1", "分店2", "分店3", "分店0", "分店4"]
    assert names(visits(*shops[::-1], order="chosen"))[0] == "分店4"


def test_the_most_urgent_comes_first(shops, visits):
    found = visits(*shops, order="urgency").context["stops"]

    assert [stop.weight for stop in found] == sorted((s.weight for s in found), reverse=True)
    assert found[0].reasons[0].text == "Nobody works here"


def test_beside_a_store_stands_what_was_agreed_last(shops, visits, region_manager):
    at = timezone.now()
    coached(shops[0], region_manager, at=at - timezone.timedelta(days=3), to_do="旧的约定")
    coached(shops[0], region_manager, at=at, to_do="新的约定")

    answer = visits(shops[0])

    assert "新的约定" in answer.text
    assert "旧的约定" not in answer.text


def test_stores_of_other_regions_are_not_found(shops, visits):
    foreign = StoreFactory(name="外区店")

    assert names(visits(shops[0], foreign)) == ["分店0"]
    assert "No store of your region has this name" in visits(add="外区店").text


def test_a_store_is_added_by_name_or_code(shops, visits):
    assert names(visits(add="分店3")) == ["分店3"]
    assert names(visits(shops[1], add=shops[2].code.lower())) == ["分店1", "分店2"]
    several = visits(add="分店")
    assert names(several) == []
    assert len(several.context["found"]) == 5


def test_a_day_has_room_for_twelve(shops, visits, region_manager):
    more = [StoreFactory(dealer=shops[0].dealer) for _ in range(10)]

    answer = visits(*shops, *more)

    assert len(names(answer)) == visit.MOST
    assert answer.context["too_many"]
    assert not visits(*shops, *shops, *shops).context["too_many"]


def test_what_is_named_twice_or_is_not_there_takes_no_room(shops, visits):
    foreign = StoreFactory.create_batch(visit.MOST)

    answer = visits(*[shops[0]] * visit.MOST, *foreign, shops[1])

    assert sorted(names(answer)) == ["分店0", "分店1"]
    assert not answer.context["too_many"]


def test_an_order_that_there_is_not_is_that_of_the_address(shops, visits):
    assert names(visits(*shops, order="nothing")) == names(visits(*shops))


def test_the_list_is_printed_with_room_to_write(shops, visits):
    answer = visits(*shops, path="/region/visit.pdf")

    text = "".join(
        each.extract_text() for each in pypdf.PdfReader(io.BytesIO(answer.content)).pages
    )
    assert answer["content-type"] == "application/pdf"
    assert text.index("分店2") < text.index("分店0")
    assert text.count("What I saw") == 5


def test_nobody_else_plans_visits(login, owner, manager):
    for post in (owner, manager):
        for path in ("/region/visit/", "/region/visit.pdf"):
            assert login(post).get(path).status_code == 404
