"""Having a store or a dealer close: told before, and taken back until then."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from customers.closings import going_on, plan
from customers.closings.plan import ClosingRefused
from customers.models import Closing, StepKind
from customers.ownership.settings import RegistrationRefused
from dealers.actor import Actor
from dealers.models import Notice, NoticeKind, Role, Store
from tests.factories.closings import offered
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


@pytest.fixture
def sister(store):
    return StoreFactory(dealer=store.dealer)


def today(store, days=0):
    return timezone.now().astimezone(store.tz).date() + timedelta(days=days)


def close(store, sister, owner, *, days=3, reason="The lease ends"):
    return plan.close_store(
        store, to=sister, on=today(store, days), reason=reason, by=Actor.of(owner),
        at=timezone.now(),
    )  # fmt: skip


def end_work(dealer, hq, *, days=20):
    store = dealer.stores.first()
    offered(dealer)
    return plan.close_dealer(
        dealer, on=today(store, days), reason="Contract ends", by=Actor.hq(hq), at=timezone.now()
    )


def test_a_closing_is_told_at_once_to_whoever_it_concerns(store, sister, owner, clerk, manager):
    elsewhere = MembershipFactory(store=sister)
    made = close(store, sister, owner)
    told = Notice.objects.filter(kind=NoticeKind.CLOSES)
    assert {each.user for each in told} == {owner.user, clerk.user, manager.user}
    assert elsewhere.user not in {each.user for each in told}
    assert told.get(user=owner.user).to == made.get_absolute_url()
    step = made.steps.get(kind=StepKind.TOLD)
    assert (step.done, step.done_at is not None) == (3, True)


def test_until_it_takes_effect_nothing_changes_and_after_it_nobody_registers(store, sister, owner):
    made = close(store, sister, owner)
    moment = timedelta(microseconds=1)
    assert registered(store, at=made.due_at - moment).answer == "yours"
    with pytest.raises(RegistrationRefused, match="closed"):
        registered(store, at=made.due_at)
    assert registered(sister, at=made.due_at).answer == "yours"


def test_the_database_refuses_a_registration_in_a_closed_store(store, sister, owner):
    made = close(store, sister, owner)
    Store.objects.filter(pk=store.pk).update(closed_at=None)
    found = registered(store, at=made.due_at)
    Store.objects.filter(pk=store.pk).update(closed_at=made.due_at)
    found.pk, found.key, found.receipt = None, "another", "R-OTHER"
    with (
        pytest.raises(IntegrityError, match="registration_store_is_not_closed"),
        transaction.atomic(),
    ):
        found.save(force_insert=True)


def test_it_can_be_taken_back_until_it_takes_effect(store, sister, owner, clerk):
    made = close(store, sister, owner)
    for _twice in range(2):
        plan.take_back(made, by=Actor.of(owner), at=timezone.now())
    store.refresh_from_db()
    assert store.closed_at is None
    assert registered(store, at=made.due_at).answer == "yours"
    assert not list(going_on.go_on(Closing.objects.get(pk=made.pk), made.due_at))
    stays = Notice.objects.filter(user=clerk.user, about=f"stays:{made.pk}")
    assert stays.count() == 1
    again = close(store, sister, owner)
    with pytest.raises(ClosingRefused, match="taken effect"):
        plan.take_back(again, by=Actor.of(owner), at=again.due_at)


def test_a_store_that_has_closed_stays_closed(store):
    Store.objects.filter(pk=store.pk).update(closed_at=timezone.now())
    with pytest.raises(DatabaseError, match="store_once_closed_stays_closed"), transaction.atomic():
        Store.objects.filter(pk=store.pk).update(closed_at=None)


@pytest.mark.parametrize("days", [0, -1, 500])
def test_everybody_is_told_a_day_before_and_within_a_year(store, sister, owner, days):
    with pytest.raises(ClosingRefused, match="Choose a day"):
        close(store, sister, owner, days=days)
    assert not Closing.objects.exists()


def test_the_sister_store_is_another_open_one_of_the_dealer(store, sister, owner):
    by = Actor.of(owner)
    for wrong in (store, StoreFactory()):
        with pytest.raises(ClosingRefused, match="another store of yours"):
            plan.close_store(
                store, to=wrong, on=today(store, 3), reason="x", by=by, at=timezone.now()
            )
    close(store, sister, owner)
    with pytest.raises(ClosingRefused, match="is to go on"):
        close(sister, StoreFactory(dealer=store.dealer), owner)
    with pytest.raises(ClosingRefused, match="closes as well"):
        close(StoreFactory(dealer=store.dealer), store, owner)
    with pytest.raises(ClosingRefused, match="closes already"):
        close(store, sister, owner)


def test_only_the_owner_closes_a_store_and_only_headquarters_a_dealer(  # noqa: PLR0917
    store, sister, owner, manager, hq, rival
):
    rival_owner = OwnerFactory(dealer=rival.dealer)
    for who in (manager, rival_owner):
        with pytest.raises(ClosingRefused, match="owner"):
            close(store, sister, who)
    with pytest.raises(ClosingRefused, match="headquarters"):
        plan.close_dealer(
            store.dealer, on=today(store, 20), reason="x", by=Actor.of(owner), at=timezone.now()
        )
    made = end_work(store.dealer, hq)
    with pytest.raises(ClosingRefused, match="headquarters"):
        plan.take_back(made, by=Actor.of(owner), at=timezone.now())


def test_a_dealer_is_told_two_weeks_before(store, sister, owner, hq):
    with pytest.raises(ClosingRefused, match="Choose a day"):
        end_work(store.dealer, hq, days=13)
    made = end_work(store.dealer, hq, days=14)
    assert Notice.objects.get(user=owner.user).to == made.get_absolute_url()
    assert set(Store.objects.values_list("closed_at", flat=True)) == {made.due_at}
    plan.take_back(made, by=Actor.hq(hq), at=timezone.now())
    assert set(Store.objects.values_list("closed_at", flat=True)) == {None}


def test_a_dealer_does_not_close_while_a_store_of_it_does(store, sister, owner, hq):
    close(store, sister, owner)
    with pytest.raises(ClosingRefused, match="is being closed"):
        end_work(store.dealer, hq)


PAGES = ["stores", "closing", "take-back-closing", "everything-taken"]


def test_only_the_owner_sees_the_pages(login, store, sister, owner, manager, rival, hq):  # noqa: PLR0917
    made = close(store, sister, owner)
    rival_owner = OwnerFactory(dealer=rival.dealer)
    ours = [reverse("customers:closing", args=[made.pk])]
    ours += [reverse("customers:close-store", args=[sister.code]), reverse("customers:stores")]
    for address in ours:
        assert login(owner).get(address).status_code == 200
        for who in (manager, rival, hq):
            assert login(who).get(address).status_code == 404
    for address in ours[:2]:
        assert login(rival_owner).get(address).status_code == 404


def test_an_owner_closes_a_store_reads_what_happens_and_takes_it_back(login, store, sister, owner):
    one = registered(store, at=timezone.now())
    assert one.answer == "yours"
    client = login(owner)
    page = client.get(reverse("customers:close-store", args=[store.code]))
    assert "1 customer is protected there now" in page.text
    sent = {"to": sister.pk, "on": today(store, 2), "reason": "The lease ends"}
    answer = client.post(page.request["PATH_INFO"], sent)
    assert answer.status_code == 302
    checklist = client.get(answer.url)
    assert [line.step.kind for line in checklist.context["lines"]] == [
        "told", "shut", "posts", "moved", "leads", "checked",
    ]  # fmt: skip
    assert checklist.context["may_take_back"]
    assert "The lease ends" in checklist.text
    assert client.post(f"{answer.url}take-back/").url == answer.url
    assert not client.get(answer.url).context["may_take_back"]
    assert Store.objects.get(pk=store.pk).closed_at is None


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"to": "", "on": "2030-01-01", "reason": "x"}, "Choose the store"),
        ({"on": "never", "reason": "x"}, "Enter the day"),
        ({"on": "2020-01-01", "reason": "x"}, "Choose a day"),
        ({"on": "2030-01-01", "reason": ""}, "required"),
    ],
)
def test_a_mistake_is_said_on_the_form(login, store, sister, owner, sent, said):  # noqa: PLR0917
    page = login(owner).post(
        reverse("customers:close-store", args=[store.code]), {"to": sister.pk} | sent
    )
    assert page.status_code == 422
    assert said in page.text


def test_the_last_open_store_is_not_closed_by_its_owner(login, store, owner):
    client = login(owner)
    assert "last open store" in client.get(reverse("customers:stores")).text
    page = client.get(reverse("customers:close-store", args=[store.code]))
    assert "no other open store" in page.text


def test_headquarters_begins_a_dealers_closing_in_the_admin(login, store, owner, hq):
    client = login(hq)
    add = reverse("admin:customers_closing_add")
    offered(store.dealer)
    sent = {"dealer": store.dealer.pk, "on": today(store, 5), "reason": "Contract ends"}
    page = client.post(add, sent)
    assert page.status_code == 200
    assert "everybody concerned is told before" in page.text
    answer = client.post(add, sent | {"on": today(store, 15)})
    assert answer.status_code == 302
    made = Closing.objects.get()
    assert (made.dealer, made.by, made.kind) == (store.dealer, hq, "dealer")
    shown = client.get(reverse("admin:customers_closing_change", args=[made.pk]))
    assert "Contract ends" in shown.text
    page = login(owner).get(made.get_absolute_url())
    assert "Everything of yours, to download" in page.text
    assert "tell headquarters now" in page.text


def test_a_closing_that_somebody_began_meanwhile_is_refused_on_the_form(
    login, store, hq, monkeypatch
):
    def late(*_dealer, **_said):
        raise ClosingRefused("It was begun meanwhile.")

    monkeypatch.setattr(plan, "close_dealer", late)
    sent = {"dealer": store.dealer.pk, "on": today(store, 15), "reason": "Contract ends"}
    page = login(hq).post(reverse("admin:customers_closing_add"), sent)
    assert page.status_code == 200
    assert "It was begun meanwhile." in page.text


def test_posts_of_the_store_go_on_at_the_sister_store(  # noqa: PLR0917
    store, sister, owner, clerk, manager, django_capture_on_commit_callbacks
):
    there = MembershipFactory(user=manager.user, store=sister, role=Role.STORE_MANAGER)
    made = close(store, sister, owner)
    at = made.due_at + timedelta(minutes=1)
    with django_capture_on_commit_callbacks(execute=False):
        for _step in going_on.go_on(made, at):
            pass
    now = clerk.user.memberships.current(at + timedelta(seconds=1))
    assert [(each.store, each.role) for each in now] == [(sister, Role.ASSOCIATE)]
    assert list(manager.user.memberships.current(at + timedelta(seconds=1))) == [there]
