"""The owner's page: who looked, why, at what, at whom; narrowed, as a file, and who left."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from customers import cards
from customers.models import Act, ActKind
from dealers import access, people
from dealers.actor import Actor
from dealers.models import (
    AccessAction,
    AccessLog,
    FactKind,
    Link,
    Membership,
    Notice,
    NoticeKind,
    SignedLink,
    User,
)
from dealers.tasks import keep_chains
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/access/"


@pytest.fixture
def looked(clerk):
    """One number shown inside, a page of headquarters with three cards, and a task's."""
    RulebookFactory()
    made = [
        registered(clerk.store, name=name, phone=phone).customer
        for name, phone in [
            ("陈敏", "13800138765"), ("王伟", "13800134321"), ("赵六", "13800131111"),
        ]
    ]  # fmt: skip
    now = timezone.now()
    cards.reveal(made[0], by=Actor.of(clerk), purpose="delivery", at=now)
    outsider = UserFactory(name="林外", is_staff=True)
    cards.open(made, by=Actor.hq(outsider), purpose="门店辅导")
    cards.open(made[1:2], by=Actor.worker("print_papers"))
    return made


@pytest.mark.parametrize("action", [AccessAction.REVEAL, AccessAction.VIEW])
def test_each_look_has_its_signed_receipt(login, owner, looked, english, action):
    log = AccessLog.objects.filter(action=action).earliest("pk")
    client = login(owner)
    assert f'href="{PAGE}{log.pk}/"' in client.get(PAGE).text
    assert "comes in a moment" in client.get(f"{PAGE}{log.pk}/").text

    keep_chains()

    page = client.get(f"{PAGE}{log.pk}/")
    (link,) = (
        link
        for link in Link.objects.filter(kind=FactKind.ACCESS, first__lte=log.pk, last__gte=log.pk)
        if link.dealer_id == log.dealer_id
    )
    signed = SignedLink.objects.get(dealer=owner.dealer, seq=link.seq)
    assert signed.line in page.text
    assert "<svg" in page.text
    assert log.who in page.text


def test_nobody_else_reads_an_entry_or_its_receipt(login, owner, clerk, looked):
    log = AccessLog.objects.latest("pk")
    assert login(owner).get(f"{PAGE}{log.pk}/").status_code == 200
    for post in (clerk, OwnerFactory(dealer=StoreFactory().dealer)):
        assert login(post).get(f"{PAGE}{log.pk}/").status_code == 404
    assert login(owner).get(f"{PAGE}{log.pk + 1000}/").status_code == 404
    assert login(owner).get(f"{PAGE}x/").status_code == 404


def shown(page):
    return [entry.log.who for entry in page.context["entries"]]


def test_each_entry_says_who_why_what_and_whom(login, owner, looked, english):
    page = login(owner).get(PAGE)

    for text in ("林外", "门店辅导", "3 customers", "ending in 8765", "no name, no number",
                 "print_papers", "automatic"):  # fmt: skip
        assert text in page.text
    figures = page.context["figures"]
    assert (figures.month, figures.before, figures.customers) == (1, 0, 3)
    assert (figures.numbers, figures.exports) == (0, 0)
    assert "13800138765" not in page.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("evidence", "evidence"),
        ("bank account", "bank account"),
        ("name, phone, wechat, email, notes, manifest 00ff",
         "name, whole number, WeChat ID, e-mail, notes"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("english")
def test_what_was_read_is_said_in_words(login, owner, hq, fields, said):
    access.note(
        AccessAction.VIEW, by=Actor.hq(hq), dealer_id=owner.dealer_id, fields=fields,
        purpose="request", at=timezone.now(),
    )  # fmt: skip
    assert f'<span class="sm">{said}</span>' in login(owner).get(PAGE).text


def test_headquarters_looks_at_no_act_about_a_customer_unnoted(login, owner, hq, looked, clerk):
    owned = looked[0].ownerships.get()
    about = {"identity": owned.identity, "dealer": owned.dealer, "store": owned.store}
    asked = Act.objects.create(
        **about, kind=ActKind.ASKED, note="报价待确认", ownership=owned, by=clerk.user,
        at=timezone.now(), due_at=timezone.now() + timedelta(days=2),
    )  # fmt: skip
    Act.objects.create(**about, kind=ActKind.DECLINED, at=timezone.now(), answers=asked)
    before, client = AccessLog.objects.count(), login(hq)

    for page in ("/admin/customers/act/", f"/admin/customers/act/{asked.pk}/change/"):
        assert client.get(page).status_code == 200

    noted = AccessLog.objects.order_by("-pk")[: AccessLog.objects.count() - before]
    assert [(it.customer, it.count, it.user) for it in noted] == [(looked[0].pk, 1, hq)] * 2


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ("by=own", {"clerk"}),
        ("by=hq", {"林外"}),
        ("by=system", {"print_papers"}),
        ("by=others", {"林外", "print_papers"}),
        ("digits=8765", {"clerk", "林外"}),
        ("digits=4321", {"林外", "print_papers"}),
        ("digits=9999", set()),
        ("time=90", {"clerk", "林外", "print_papers"}),
        ("by=x&time=1066-01&digits=abcd&person=-1", {"clerk", "林外", "print_papers"}),
    ],
)
@pytest.mark.usefixtures("looked")
def test_it_can_be_narrowed(login, owner, clerk, query, who):
    page = login(owner).get(f"{PAGE}?{query}")

    assert {"clerk" if name == clerk.user.name else name for name in shown(page)} == who


def test_months_are_those_of_the_wall(login, owner, looked):
    this, old = timezone.localdate(), "2020-01"
    client = login(owner)

    assert len(shown(client.get(f"{PAGE}?time={this:%Y-%m}"))) == 3
    assert len(shown(client.get(f"{PAGE}?time={old}"))) == 3  # no month of the list: everything


def test_a_narrowed_log_leaves_as_a_file(login, owner, looked):
    rows = login(owner).get(f"{PAGE}?by=hq&export=csv").content.decode("utf-8-sig").splitlines()

    assert len(rows) == 2
    assert "林外" in rows[1]
    assert "门店辅导" in rows[1]


def test_a_file_without_the_oldest_entries_says_so(login, owner, looked, english, monkeypatch):
    client = login(owner)
    assert "Only the newest" not in client.get(f"{PAGE}?export=csv").content.decode()
    monkeypatch.setattr("customers.views.access.LARGEST_FILE", 2)

    rows = client.get(f"{PAGE}?export=csv").content.decode("utf-8-sig").splitlines()

    assert len(rows) == 4
    assert rows[3].startswith("Only the newest 2 are in this file")


def test_a_page_asks_the_same_however_long_the_log(
    login, owner, clerk, looked, django_assert_max_num_queries
):
    client = login(owner)
    client.get(PAGE)
    for customer in looked * 3:
        cards.reveal(customer, by=Actor.of(clerk), purpose="delivery", at=timezone.now())
    with django_assert_max_num_queries(20):
        assert client.get(PAGE).status_code == 200


def test_who_left_shows_with_what_they_looked_at(login, owner, store, looked, english):
    gone, now = MembershipFactory(store=store), timezone.now()
    for customer in looked[:2]:
        cards.reveal(customer, by=Actor.of(gone), purpose="delivery", at=now)
    access.note(
        AccessAction.EXPORT, by=Actor.of(gone), dealer_id=store.dealer_id, fields="name",
        purpose="x", count=3, at=now,
    )  # fmt: skip
    people.end_membership(gone, by=Actor.of(owner), at=timezone.now())
    client = login(owner)

    page = client.get(PAGE)
    assert "numbers shown or looked up: 2 · files: 1" in page.text
    assert set(shown(client.get(f"{PAGE}?person={gone.user_id}"))) == {gone.user.name}

    (told,) = Notice.objects.filter(user=owner.user, kind=NoticeKind.LEAVER)
    assert told.title.endswith("numbers shown or looked up 2, files 1.")

    long_ago = now - timedelta(days=60)
    gone = MembershipFactory(store=store, starts_at=long_ago, ends_at=now - timedelta(days=31))
    assert gone not in login(owner).get(PAGE).context["leavers"]


def test_who_looked_keeps_the_name_that_they_had_then(login, owner, clerk, looked, english):
    called, client = clerk.user.name, login(owner)
    User.objects.filter(pk=clerk.user_id).update(name="张三")
    assert set(shown(client.get(f"{PAGE}?by=own"))) == {called}
    assert called in client.get(f"{PAGE}?by=own&export=csv").content.decode("utf-8-sig")
    assert called in client.get(f"/customers/{looked[0].pk}/").text
    Membership.objects.filter(pk=clerk.pk).update(ends_at=timezone.now())
    [left] = client.get(PAGE).context["leavers"]
    assert left.called == called
    assert "张三" not in client.get(PAGE).text

    User.objects.filter(name="林外").update(name="李四")
    assert set(shown(client.get(f"{PAGE}?by=hq"))) == {"林外"}


def test_nobody_writes_another_name_into_the_log(clerk, looked):
    before = AccessLog.objects.count()
    AccessLog.objects.create(
        dealer=clerk.dealer, user=clerk.user, name="张三", role=clerk.role,
        action=AccessAction.LOOK_UP, fields="phone", purpose="1234",
    )  # fmt: skip
    assert AccessLog.objects.count() == before + 1
    assert not AccessLog.objects.filter(name="张三").exists()
    with pytest.raises(DatabaseError), transaction.atomic():
        AccessLog.objects.update(name="张三")


def test_headquarters_reads_what_its_own_people_looked_at_and_not_what_the_dealers_did(
    login, hq, clerk, looked
):
    page = login(hq).get("/admin/dealers/accesslog/").text

    assert "林外" in page
    assert clerk.user.name not in page
    assert AccessLog.objects.filter(user=clerk.user).exists()
