"""Reward programs: drafted by one, approved by another, published with notice, and then kept."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction

from dealers.actor import Actor
from dealers.models import Notice, NoticeKind
from dealers.publication import PublicationRefused
from incentives.models import Cohort, Length, Metric, RewardKind, RewardProgram, Unit
from incentives.rewards import editor, wording
from tests.factories.dealers import (
    MembershipFactory,
    OwnerFactory,
    RegionalManagerFactory,
    UserFactory,
)
from tests.factories.incentives import JANUARY
from tests.factories.rewards import drafted, moment, promised

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

BEFORE = moment(JANUARY) - timedelta(days=8)


def hq():
    return Actor.hq(UserFactory(is_staff=True))


def refused(**fields) -> str:
    """What stands against putting such a draft forward."""
    with pytest.raises(PublicationRefused) as found:
        editor.put_forward(drafted(**fields), by=hq(), at=BEFORE)
    return str(found.value)


class TestTwoPeople:
    def test_who_put_it_forward_does_not_approve_it(self):
        draft, first = drafted(), hq()
        editor.put_forward(draft, by=first, at=BEFORE)

        with pytest.raises(PublicationRefused, match="somebody else approves it"):
            editor.approve(draft, by=first, at=BEFORE)

    def test_nobody_publishes_what_nobody_approved(self):
        draft, first = drafted(), hq()
        with pytest.raises(PublicationRefused, match="Nobody has put it forward"):
            editor.publish(draft, by=first, at=BEFORE)
        editor.put_forward(draft, by=first, at=BEFORE)
        with pytest.raises(PublicationRefused, match="Nobody has approved"):
            editor.publish(draft, by=first, at=BEFORE)

    def test_the_database_wants_two_as_well(self):
        draft, user = drafted(), UserFactory(is_staff=True)
        RewardProgram.objects.filter(pk=draft.pk).update(tested_at=BEFORE, tested_by=user)
        with pytest.raises(IntegrityError), transaction.atomic():
            RewardProgram.objects.filter(pk=draft.pk).update(
                approved_at=BEFORE, approved_by=user, published_at=BEFORE
            )

    def test_a_change_after_it_was_put_forward_is_put_forward_anew(self):
        draft = drafted()
        editor.put_forward(draft, by=hq(), at=BEFORE)
        with pytest.raises(IntegrityError), transaction.atomic():
            RewardProgram.objects.filter(pk=draft.pk).update(budget=7000)

    def test_what_is_published_never_changes(self):
        program = promised()
        with pytest.raises(DatabaseError), transaction.atomic():
            RewardProgram.objects.filter(pk=program.pk).update(budget=1)
        with pytest.raises(DatabaseError), transaction.atomic():
            program.delete()


class TestNotice:
    def test_it_is_published_so_many_days_before_it_starts(self):
        draft, first, second = drafted(), hq(), hq()
        on_the_day = moment(JANUARY) - timedelta(days=7)
        late = on_the_day + timedelta(days=1)
        editor.put_forward(draft, by=first, at=on_the_day)
        editor.approve(draft, by=second, at=on_the_day)

        with pytest.raises(PublicationRefused, match="start on 2026-01-02 at the earliest"):
            editor.publish(draft, by=second, at=late)
        assert editor.publish(draft, by=second, at=on_the_day).is_published

    def test_the_database_lets_nobody_publish_it_into_the_past(self):
        draft = drafted()
        late = moment(date(2026, 1, 20))
        with pytest.raises(IntegrityError), transaction.atomic():
            RewardProgram.objects.filter(pk=draft.pk).update(
                tested_at=late, tested_by=UserFactory(), approved_at=late,
                approved_by=UserFactory(), published_at=late,
            )  # fmt: skip

    def test_those_whom_it_is_for_are_told_once(self):
        owner, manager = OwnerFactory(), MembershipFactory(role="store_manager")
        associate, region = MembershipFactory(role="associate"), RegionalManagerFactory()

        promised()

        told = set(Notice.objects.filter(kind=NoticeKind.REWARD).values_list("user", flat=True))
        assert {owner.user_id, manager.user_id} <= told
        assert not {associate.user_id, region.user_id} & told


class TestComplete:
    def test_both_languages(self):
        assert "in English" in refused(name_en="")
        assert "both languages" in refused(code="two", badge_en="")

    def test_amounts_by_place(self):
        assert "more amounts than places" in refused(places=2)
        falling = [Decimal(1), Decimal(2)]
        assert "falling" in refused(code="two", amounts=falling)
        assert "no unit as small" in refused(code="three", amounts=[Decimal("1.005")])

    def test_a_figure_to_reach_that_not_everybody_has(self):
        reached = {"kind": RewardKind.THRESHOLD, "places": None, "goal": Decimal(0)}
        assert "above zero" in refused(**reached, amounts=[], budget=Decimal(0))

    def test_a_board_that_there_is(self):
        assert "no board" in refused(unit=Unit.STAFF)
        assert "no cohort" in refused(code="two", cohort="nowhere")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"starts_on": date(2026, 1, 2)},
            {"length": Length.WEEK, "starts_on": date(2026, 1, 6)},
            {"length": Length.QUARTER, "starts_on": date(2026, 2, 1)},
            {"unit": Unit.REGION},
            {"kind": RewardKind.LIFT, "goal": 1, "places": None},
            {"kind": RewardKind.FIRST, "goal": 1},
            {"kind": RewardKind.THRESHOLD, "places": None},
            {"places": None},
            {"goal": 5},
            {"metric": Metric.EARNED, "unit": Unit.DEALER},
            {"amounts": []},
            {"budget": 0},
            {"amounts": [], "budget": 0, "badge": "", "badge_en": ""},
            {"amounts": [Decimal(-1)]},
        ],
    )
    def test_the_form_and_the_database_refuse_what_means_nothing(self, wrong):
        usual = {"code": "wrong", "name": "x", "kind": RewardKind.TOP, "metric": Metric.NET_SALES,
                 "unit": Unit.STORE, "starts_on": JANUARY, "places": 3, "amounts": [Decimal(1)],
                 "budget": 5, "badge": "x", "badge_en": "x"}  # fmt: skip
        with pytest.raises(ValidationError):
            RewardProgram(**usual | wrong).full_clean()
        with pytest.raises(DatabaseError), transaction.atomic():
            RewardProgram.objects.create(**usual | wrong)


def test_it_reads_itself_back_in_sentences():
    said = "\n".join(sentence for _name, sentence in wording.parts(drafted()).values())

    assert "The first 3 places of each cohort." in said
    assert "place 1: CNY\u00a03,000.00, place 2: CNY\u00a02,000.00" in said
    assert "no more than CNY\u00a06,000.00" in said
    assert "The badge “Star”." in said


def test_a_budget_below_the_places_is_warned_of():
    assert editor.warnings(drafted()) == []
    assert "everybody gets less" in editor.warnings(drafted(code="two", budget=Decimal(5999)))[0]


def test_each_cohort_has_places_that_the_budget_has_to_be_enough_for():
    for code in ("a", "b"):
        Cohort.objects.create(code=code, name=code, unit=Unit.STORE)
    assert "of 2 cohorts come to CNY\u00a012,000.00" in editor.warnings(drafted())[0]
    assert editor.warnings(drafted(code="two", cohort="a")) == []
