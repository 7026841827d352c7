"""The pages of boards of several figures: where they are defined, and who sees what of them."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from dealers.months import add_months
from incentives.boards import times
from incentives.models import CombinedBoard, Length, Metric, Naming, Unit
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, StoreFactory, member_of
from tests.factories.incentives import unattributed
from tests.factories.seasons import combined_of

LIST = "/admin/incentives/combinedboard/"
HALVES = {Metric.REGISTRATIONS: 50, Metric.NET_SALES: 50}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def _rulebook(db):
    RulebookFactory(
        starts_on=date(2025, 1, 1),
        published_at=datetime(2025, 1, 1, tzinfo=UTC),
        person_cap=None, store_cap=None, store_daily_limit=None, person_minute_limit=None,
    )  # fmt: skip


class TestInTheAdmin:
    @pytest.fixture
    def this(self):
        return timezone.localdate().replace(day=1)

    @pytest.fixture
    def form(self, this):
        return {
            "code": "all-round", "name": "综合榜", "name_en": "All-round", "unit": "store",
            "first": f"{this:%Y-%m}", "last": "", "registrations": "60", "conversion": "40",
            "contact": "0", "dispatch": "0", "training": "0", "net_sales": "0",
            "owned_sales": "0",
        }  # fmt: skip

    @pytest.mark.parametrize("group", ["incentives", "program"])
    def test_it_is_defined_read_and_ended(self, login, group, form, this):
        client = login(member_of(group))
        assert client.post(f"{LIST}add/", form).status_code == 302
        board = CombinedBoard.objects.get()

        page = client.get(f"{LIST}{board.pk}/change/")
        assert "Valid registrations 60%, Conversion 40%" in page.text
        assert client.post(f"{LIST}{board.pk}/delete/", {"post": "yes"}).status_code == 404
        act = {"action": "end", "_selected_action": [board.pk], "confirmed": "1"}
        assert client.post(LIST, act).status_code == 302
        board.refresh_from_db()
        assert board.ends_on == add_months(this, 1)

    def test_one_to_come_is_deleted(self, login, form, this):
        client = login(member_of("program"))
        client.post(f"{LIST}add/", form | {"first": f"{add_months(this, 2):%Y-%m}"})
        board = CombinedBoard.objects.get()
        assert client.post(f"{LIST}{board.pk}/delete/", {"post": "yes"}).status_code == 302
        assert not CombinedBoard.objects.exists()

    def test_a_mistake_is_said_with_what_was_typed(self, login, form):
        client = login(member_of("program"))
        page = client.post(f"{LIST}add/", form | {"conversion": "30"})
        assert "add up to 90, not to 100" in page.text
        assert 'value="all-round"' in page.text

    def test_who_only_looks_on_defines_and_ends_none(self, login):
        board = combined_of(HALVES)
        client = login(member_of("audit"))
        assert client.get(LIST).status_code == 200
        assert client.get(f"{LIST}add/").status_code == 404
        client.post(LIST, {"action": "end", "_selected_action": [board.pk], "confirmed": "1"})
        board.refresh_from_db()
        assert board.ends_on is None


@pytest.mark.usefixtures("board")
class TestThePage:
    @pytest.fixture
    def this(self):
        return timezone.localdate().replace(day=1)

    @pytest.fixture
    def board(self, this):
        return combined_of(HALVES, this, code="all-round")

    @pytest.fixture
    def address(self, this):
        return f"/ranking/{this:%Y-%m}/combined/all-round/"

    @pytest.fixture
    def others(self, store):
        """Seven stores: the own one is third by both figures."""
        found = [StoreFactory(dealer__region=store.dealer.region) for _ in range(6)]
        order = [*found[:4], store, *found[4:]]
        for count, each in enumerate(order, 1):
            for _ in range(count):
                registered(each, at=timezone.now())
            unattributed(each, str(100 * count), timezone.localdate())
        return found

    def test_a_store_sees_its_place_what_it_is_made_of_and_no_others_name(
        self, login, clerk, others, address
    ):
        client = login(clerk)
        month = client.get(address.replace("combined/all-round", "registrations"))
        page = client.get(address)
        text = " ".join(page.text.split())

        assert f'href="{address}"' in month.text
        assert (page.context["me"].rank, page.context["standing"].of) == (3, 7)
        assert "( 50 × 66.67 + 50 × 66.67 ) ÷ 100 = <b>66.7" in text
        assert [row.rank for row in page.context["rows"] if not row.gap] == [1, 2, 3, 4, 5]
        for other in others:
            assert other.name not in page.text
        assert "All-round" in client.get("/ranking/rules/").text

    def test_who_agreed_is_named_among_the_first_and_reads_what_others_read(
        self, login, clerk, others, address
    ):
        first = others[-1]
        Naming.objects.create(
            dealer=first.dealer, store=first, agreed=True, at=timezone.now(),
            by=MembershipFactory(role="owner", dealer=first.dealer, store=None).user,
        )  # fmt: skip
        page = login(clerk).get(address)
        assert [row.name for row in page.context["rows"] if row.benchmark] == [first.name]

        seen = login(clerk).get("/ranking/seen/").context["boards"][-1]
        assert (seen["name"], seen["seen"].row.rank, seen["seen"].row.name) == ("All-round", 3, "")
        assert (seen["seen"].near, seen["seen"].all) == (4, 6)

    @pytest.mark.usefixtures("others")
    def test_the_regions_manager_sees_all_stores_of_the_region_and_no_other(
        self, login, region_manager, address
    ):
        stranger = StoreFactory()
        registered(stranger, at=timezone.now())

        page = login(region_manager).get(address)

        assert len(page.context["places"]) == 7
        assert stranger.name not in page.text

    @pytest.mark.usefixtures("others")
    def test_the_regions_manager_goes_from_the_stores_to_the_region_and_back(
        self, login, region_manager, address, this
    ):
        combined_of(HALVES, this, unit=Unit.REGION, code="regions")
        regions = address.replace("all-round", "regions")
        client = login(region_manager)

        for here in (address, regions, address.replace("combined/all-round", "registrations")):
            page = client.get(here)
            for there in (address, regions):
                assert f'href="{there}"' in page.text, (here, there)

    def test_below_five_nothing_of_others_is_shown(self, login, clerk, store, address):
        registered(store, at=timezone.now())
        registered(StoreFactory(), at=timezone.now())

        page = login(clerk).get(address)

        assert not page.context["ranked"]
        assert "rows" not in page.context
        assert "at least 50% of the weights" in page.text

    @pytest.mark.parametrize("length", [Length.WEEK, Length.MONTH, Length.QUARTER])
    def test_every_length_that_begins_in_its_months_has_a_page(self, login, owner, this, length):
        begins = times.start(length, timezone.localdate())

        page = login(owner).get(f"/ranking/{times.key(length, begins)}/combined/all-round/")

        assert page.status_code == (200 if begins >= this else 404)

    def test_what_does_not_stand_for_a_time_or_a_unit_has_no_page(
        self, login, clerk, owner, region_manager, this
    ):
        before = add_months(this, -1)
        combined_of(HALVES, this, unit=Unit.DEALER, code="dealers")
        assert login(clerk).get(f"/ranking/{before:%Y-%m}/combined/all-round/").status_code == 404
        assert login(clerk).get(f"/ranking/{this:%Y-%m}/combined/none/").status_code == 404
        dealers = f"/ranking/{this:%Y-%m}/combined/dealers/"
        assert login(clerk).get(dealers).status_code == 404
        assert login(region_manager).get(dealers).status_code == 404
        assert login(owner).get(dealers).status_code == 200
