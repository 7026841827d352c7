"""What the dealer chose holds headquarters, whichever way it comes, and the dealer reads of it."""

import time
from datetime import timedelta
from io import StringIO

import pytest
from allauth.account.internal.flows import login as flows
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from customers import cards, sharing
from customers.cards import CardRefused
from customers.models import Activity, Case, Consent, ConsentChannel, Customer, Registration
from customers.rights import consent
from dealers import emergencies, looking
from dealers import sharing as of_dealers
from dealers.actor import Actor, acting
from dealers.emergencies import EmergencyRefused
from dealers.models import (
    AccessAction,
    AccessLog,
    BrokenGlass,
    Emergency,
    Level,
    Notice,
    Purpose,
    Sharing,
)
from dealers.sharing import SharingRefused
from dealers.triggers import lifted
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import (
    MembershipFactory,
    OwnerFactory,
    RegionalManagerFactory,
    UserFactory,
    shared,
)

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "+8613800138000"
LOW = [Level.FINGERPRINT, Level.MASKED]
WHY = "净水机增压泵召回，顾客家里可能漏水"


@pytest.fixture
def made(clerk):
    """A customer of today, who agreed that the brand gets their number."""
    RulebookFactory(sharing_days=[0, 15, 30, 30])
    made = registered(clerk.store, name="陈敏", phone=NUMBER, at=timezone.now(), staff=clerk.user)
    agrees(made.customer)
    return made


@pytest.fixture
def card(made):
    return made.customer


def agrees(card, *, withdrawn=False):
    consent.say(
        [card], ["brand"], channel=ConsentChannel.SELF, evidence="code x", at=timezone.now(),
        withdrawn=withdrawn,
    )  # fmt: skip


def outsiders(card, hq):
    """Everybody who is not of the dealer, as the database knows them."""
    region = RegionalManagerFactory(region=card.dealer.region)
    looker = looking.Looking(hq, card.dealer, timezone.now() + timedelta(minutes=5)).actor
    return {"hq": Actor.hq(hq), "region": Actor.of(region), "looking": looker}


def seen_by(actor, model):
    with transaction.atomic(), acting(actor):
        return model.objects.filter(dealer__isnull=False).values_list("pk", flat=True).count()


@pytest.mark.parametrize("level", list(Level))
def test_of_who_is_a_fingerprint_only_nobody_outside_reads_a_row(card, clerk, hq, level):
    Activity.objects.create(
        customer=card, dealer=card.dealer, store=clerk.store, kind="visit", at=timezone.now()
    )
    shared(card.dealer, level)
    rows = int(level > Level.FINGERPRINT)
    for name, actor in outsiders(card, hq).items():
        for model in (Customer, Activity, Consent):
            known = seen_by(actor, model) > 0
            assert known == bool(rows), (name, model)
        assert seen_by(actor, Registration) == 1, name
    assert seen_by(Actor.of(clerk), Customer) == 1


def test_a_customers_own_level_opens_or_shuts_that_card_alone(card, clerk, hq):
    other = registered(clerk.store, at=timezone.now()).customer
    shared(card.dealer, Level.FINGERPRINT)
    shared(card.dealer, Level.MASKED, customer=card.pk)
    for actor in outsiders(card, hq).values():
        with transaction.atomic(), acting(actor):
            assert list(Customer.objects.values_list("pk", flat=True)) == [card.pk]
    shared(card.dealer, Level.MASKED)
    shared(card.dealer, Level.FINGERPRINT, customer=card.pk)
    for actor in outsiders(card, hq).values():
        with transaction.atomic(), acting(actor):
            assert list(Customer.objects.values_list("pk", flat=True)) == [other.pk]
    shared(card.dealer, None, customer=card.pk)
    assert seen_by(Actor.hq(hq), Customer) == 2


@pytest.mark.parametrize("level", [None, *LOW])
@pytest.mark.parametrize("purpose", ["service", "request", "delivery", "follow-up"])
def test_below_level_2_no_number_leaves_and_the_dealer_reads_of_the_try(
    login, owner, card, level, purpose
):
    hq = UserFactory(is_staff=True, is_superuser=True)
    if level is not None:
        shared(card.dealer, level)
    with transaction.atomic(), acting(Actor.hq(hq)), pytest.raises(CardRefused):
        cards.grant(card, by=Actor.hq(hq), purpose=purpose, at=timezone.now())

    entry = AccessLog.objects.get(action=AccessAction.REFUSED)
    assert (entry.user, entry.customer, entry.purpose) == (hq, card.pk, purpose)
    assert not AccessLog.objects.filter(action=AccessAction.REVEAL).exists()
    assert hq.name in login(owner).get("/access/?by=others").text


@pytest.mark.parametrize(
    ("level", "purpose", "shown"),
    [
        (Level.MASKED, "service", False), (Level.SERVICE, "service", True),
        (Level.SERVICE, "follow-up", False), (Level.TOGETHER, "follow-up", True),
    ],
)  # fmt: skip
def test_the_database_reads_by_level_whatever_the_log_was_made_to_say(
    hq, card, level, purpose, shown
):
    shared(card.dealer, level)
    by = Actor.hq(hq)
    with transaction.atomic(), acting(by):
        forged = AccessLog.objects.create(
            dealer=card.dealer, user=hq, role="hq", action="reveal", customer=card.pk,
            fields="phone", purpose=purpose,
        )  # fmt: skip
    with transaction.atomic(), acting(by):
        if shown:
            assert cards.revealed(forged.pk).number == NUMBER
        else:
            with pytest.raises(CardRefused):
                cards.revealed(forged.pk)


def test_lowered_between_the_two_steps_nothing_is_shown(hq, card):
    shared(card.dealer)
    by = Actor.hq(hq)
    with transaction.atomic(), acting(by):
        given = cards.grant(card, by=by, purpose="service", at=timezone.now())
    shared(card.dealer, Level.MASKED)
    with transaction.atomic(), acting(by), pytest.raises(CardRefused):
        cards.revealed(given.pk)


def test_the_command_line_is_held_to_it_too_and_noted(card):
    with pytest.raises(CommandError):
        call_command("reveal_number", str(card.pk), "--purpose", "delivery", stdout=StringIO())
    assert AccessLog.objects.get(action=AccessAction.REFUSED).agent.startswith("reveal_number (")
    for purpose in ("choice", "emergency"):
        with pytest.raises(CommandError):
            call_command("reveal_number", str(card.pk), "--purpose", purpose)


def test_a_refused_try_opens_no_case_as_nobody_was_touched(login, hq, card):
    page = reverse("admin:customers_customer_reveal", args=[card.pk])
    assert login(hq).post(page, {"purpose": "service"}).status_code == 200
    assert not Case.objects.exists()
    shared(card.dealer)
    assert login(hq).post(page, {"purpose": "service"}).status_code == 302
    assert Case.objects.exists()


def test_the_portal_itself_still_asks_a_customer_which_store_they_want(card):
    shared(card.dealer, Level.FINGERPRINT)
    by = Actor.worker("choice")
    assert cards.hand_out(card, by=by, purpose=Purpose.CHOICE, at=timezone.now()).number == NUMBER


# What the owner chooses


def test_the_owner_alone_chooses(owner, clerk, hq, card):
    for by in (Actor.of(clerk), Actor.hq(hq), Actor.worker("x"), Actor.of(OwnerFactory())):
        with pytest.raises(SharingRefused):
            sharing.choose_for(card, Level.FINGERPRINT, by=by, at=timezone.now())
    for by in (Actor.of(clerk), Actor.hq(hq), Actor.worker("x")):
        with pytest.raises(SharingRefused):
            of_dealers.choose(Level.TOGETHER, by=by, at=timezone.now())
    of_dealers.choose(Level.TOGETHER, by=Actor.of(owner), at=timezone.now())
    with pytest.raises(SharingRefused):
        of_dealers.choose(Level.TOGETHER, by=Actor.of(owner), at=timezone.now())
    assert [each.by for each in of_dealers.chosen(owner.dealer_id)] == [owner.user]


def test_the_database_lets_nobody_else_choose(clerk, hq, card):
    manager = MembershipFactory(store=clerk.store, role="store_manager")
    for by in (*outsiders(card, hq).values(), Actor.of(clerk), Actor.of(manager)):
        with pytest.raises(DatabaseError), transaction.atomic(), acting(by):
            Sharing.objects.create(dealer=card.dealer, level=Level.TOGETHER)
    rival = Actor.of(OwnerFactory())
    with pytest.raises(DatabaseError), transaction.atomic(), acting(rival):
        Sharing.objects.create(dealer=card.dealer, level=Level.TOGETHER)
    assert not Sharing.objects.exists()


def test_what_was_chosen_never_changes_and_is_not_dated_back(owner):
    first = shared(owner.dealer, Level.SERVICE)
    for change in (
        lambda: Sharing.objects.update(level=0),
        lambda: Sharing.objects.all().delete(),
        lambda: shared(owner.dealer, 1, at=first.at - timedelta(days=1)),
        lambda: shared(owner.dealer, 4),
        lambda: shared(owner.dealer, None),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_one_customer_is_lowered_at_once_and_raised_with_their_consent(owner, card):
    by = Actor.of(owner)
    sharing.choose_for(card, Level.FINGERPRINT, by=by, at=timezone.now())
    assert sharing.level_of(card, timezone.now()) == Level.FINGERPRINT
    agrees(card, withdrawn=True)
    for level in (Level.MASKED, Level.TOGETHER, None):
        with pytest.raises(SharingRefused):
            sharing.choose_for(card, level, by=by, at=timezone.now())
        with pytest.raises(DatabaseError), transaction.atomic(), acting(by):
            Sharing.objects.create(dealer=card.dealer, customer=card.pk, level=level)
    agrees(card)
    sharing.choose_for(card, Level.TOGETHER, by=by, at=timezone.now())
    assert sharing.level_of(card, timezone.now()) == Level.TOGETHER
    sharing.choose_for(card, None, by=by, at=timezone.now())
    assert sharing.level_of(card, timezone.now()) == Level.MASKED


def test_a_consent_taken_back_shuts_the_number_whatever_the_level(hq, card):
    shared(card.dealer)
    agrees(card, withdrawn=True)
    with pytest.raises(CardRefused):
        cards.grant(card, by=Actor.hq(hq), purpose="service", at=timezone.now())


def test_a_level_names_a_card_of_the_dealers_own(owner, card):
    with pytest.raises(DatabaseError), transaction.atomic():
        shared(OwnerFactory().dealer, 0, customer=card.pk)


# Emergencies


@pytest.fixture
def second():
    return UserFactory(is_staff=True, is_superuser=True, name="第二人")


def asked(card, hq):
    return emergencies.ask(card.pk, card.dealer_id, reason=WHY, by=Actor.hq(hq), at=timezone.now())


def read_in_emergency(card, by):
    with transaction.atomic(), acting(by):
        given = cards.grant(card, by=by, purpose=Purpose.EMERGENCY, at=timezone.now())
    with transaction.atomic(), acting(by):
        return cards.revealed(given.pk).number


def test_a_second_press_asks_nobody_again(hq, owner, card):
    one = asked(card, hq)
    told = Notice.objects.filter(user=owner.user).count()
    assert told
    assert asked(card, hq).pk == one.pk
    assert Notice.objects.filter(user=owner.user).count() == told
    by, at = Actor.hq(hq), timezone.now()
    other = emergencies.ask(card.pk, card.dealer_id, reason=f"{WHY}!", by=by, at=at)
    assert other.pk != one.pk


@pytest.mark.parametrize("level", LOW)
def test_in_an_emergency_a_second_person_opens_a_number_for_who_asked(
    hq, second, owner, card, level
):
    shared(card.dealer, level)
    one = asked(card, hq)
    with pytest.raises(CardRefused):
        read_in_emergency(card, Actor.hq(hq))
    with pytest.raises(EmergencyRefused):
        emergencies.answer(one, granted=True, by=Actor.hq(hq), at=timezone.now())
    emergencies.answer(one, granted=True, by=Actor.hq(second), at=timezone.now())

    assert read_in_emergency(card, Actor.hq(hq)) == NUMBER
    with pytest.raises(CardRefused):
        read_in_emergency(card, Actor.hq(second))
    told = Notice.objects.filter(user=owner.user, kind="look")
    assert [each.detail for each in told] == [WHY, WHY]
    assert all(hq.name in each.said for each in told)
    assert second.name in told.first().said
    assert emergencies.published(timezone.now()).month == BrokenGlass.objects.count() == 1


def test_the_number_is_shown_for_thirty_minutes(hq, second, card):
    one = asked(card, hq)
    emergencies.answer(one, granted=True, by=Actor.hq(second), at=timezone.now())
    with lifted(Emergency):
        ago = timezone.now() - timedelta(minutes=30, seconds=1)
        Emergency.objects.update(asked_at=ago, answered_at=ago)
    with pytest.raises(CardRefused):
        read_in_emergency(card, Actor.hq(hq))
    with transaction.atomic(), acting(Actor.hq(hq)):
        forged = AccessLog.objects.create(
            dealer=card.dealer, user=hq, role="hq", action="reveal", customer=card.pk,
            fields="phone", purpose="emergency",
        )  # fmt: skip
    with transaction.atomic(), acting(Actor.hq(hq)), pytest.raises(CardRefused):
        cards.revealed(forged.pk)


def test_two_people_and_one_answer_are_the_databases_own_truth(hq, second, owner, card):
    one = asked(card, hq)
    now = timezone.now()
    for answer in (
        {"answered_by": hq, "answered_at": now, "granted": True},
        {"answered_by": second, "answered_at": None, "granted": True},
        {"answered_by": second, "answered_at": now + timedelta(days=2), "granted": True},
        {"reason": "anders"},
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), acting(Actor.hq(hq)):
            Emergency.objects.filter(pk=one.pk).update(**answer)
    with pytest.raises(DatabaseError), transaction.atomic(), acting(Actor.hq(hq)):
        Emergency.objects.create(
            dealer=card.dealer, customer=card.pk, reason=WHY, asked_by=hq, answered_by=second,
            answered_at=now, granted=True,
        )  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic(), acting(Actor.of(owner)):
        Emergency.objects.filter(pk=one.pk).update(reason="x" * 20)
    emergencies.answer(one, granted=False, by=Actor.hq(second), at=now)
    with pytest.raises(EmergencyRefused):
        emergencies.answer(one, granted=True, by=Actor.hq(second), at=now)
    with pytest.raises(DatabaseError), transaction.atomic(), acting(Actor.hq(hq)):
        Emergency.objects.filter(pk=one.pk).update(granted=True)
    assert emergencies.published(timezone.now()).ever == 0


def test_an_emergency_says_why_and_is_headquarters(hq, owner, card):
    for by, reason in (
        (Actor.hq(hq), "dringend"),
        (Actor.of(owner), WHY),
        (Actor.worker("x"), WHY),
    ):
        with pytest.raises(EmergencyRefused):
            emergencies.ask(card.pk, card.dealer_id, reason=reason, by=by, at=timezone.now())


# Pages


def fresh(client):
    session = client.session
    shown = [{"method": "mfa", "at": time.time()}, {"method": "password", "at": time.time()}]
    session[flows.AUTHENTICATION_METHODS_SESSION_KEY] = shown
    session[flows._AUTHENTICATION_METHODS_USER_SESSION_KEY] = session["_auth_user_id"]
    session.save()
    return client


def test_the_owner_chooses_on_the_page_and_reads_what_it_means(login, owner, card):
    client = login(owner)
    page = client.get("/sharing/")
    assert page.status_code == 200
    assert "+15" in page.text
    assert "120" in page.text
    assert client.post("/sharing/", {"level": "3"}, follow=True).status_code == 200
    assert of_dealers.default(owner.dealer_id, timezone.now()) == Level.TOGETHER
    assert client.post("/sharing/", {"level": "3"}).status_code == 422
    for level in ("", "4", "-1", "x", "٣", "9" * 5000):
        assert client.post("/sharing/", {"level": level}).status_code == 422
    text = client.get("/sharing/").text
    assert owner.user.name in text


def test_raising_wants_a_fresh_secret_and_lowering_none(login, owner, card, settings):
    settings.PORTAL_SECOND_FACTOR = True
    TOTP.activate(owner.user, "JBSWY3DPEHPK3PXP")
    client = login(owner)
    assert client.post("/sharing/", {"level": "2"}).url.startswith(reverse("mfa_reauthenticate"))
    assert not Sharing.objects.exists()
    assert client.post("/sharing/", {"level": "0"}).url == "/sharing/"
    assert fresh(client).post("/sharing/", {"level": "2"}).url == "/sharing/"
    assert of_dealers.default(owner.dealer_id, timezone.now()) == Level.SERVICE


def test_one_customer_is_chosen_on_their_page(login, owner, clerk, card):
    page = reverse("customers:share", args=[card.pk])
    assert login(clerk).post(page, {"level": "0"}).status_code == 404
    assert login(OwnerFactory()).post(page, {"level": "0"}).status_code == 404
    client = login(owner)
    assert client.post(page, {"level": "7"}, follow=False).status_code == 302
    assert not Sharing.objects.exists()
    client.post(page, {"level": "0"})
    assert sharing.level_of(card, timezone.now()) == Level.FINGERPRINT
    assert "L0" in client.get(card.get_absolute_url()).text
    client.post(page, {"level": "default"})
    assert sharing.own(card, timezone.now()) is None


def test_headquarters_pages_of_a_hidden_customer_stay_pages(login, hq, owner, made):
    shared(made.dealer, Level.FINGERPRINT)
    client = login(hq)
    assert (
        client.get(reverse("admin:customers_customer_change", args=[made.customer_id])).status_code
        == 404
    )
    assert (
        client.get(reverse("admin:customers_customer_reveal", args=[made.customer_id])).status_code
        == 404
    )
    for name, pk in (("registration", made.pk), ("ownership", made.ownership_id)):
        page = client.get(reverse(f"admin:customers_{name}_change", args=[pk]))
        assert page.status_code == 200, name
        assert client.get(reverse(f"admin:customers_{name}_changelist")).status_code == 200
    assert str(made.customer_id)[:8] not in client.get(
        reverse("admin:customers_customer_changelist")
    ).text  # fmt: skip


def test_an_emergency_walks_through_the_admin(login, second, owner, made, settings):
    hq = UserFactory(is_staff=True, is_superuser=True)
    settings.PORTAL_SECOND_FACTOR = True
    for user in (hq, second):
        TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    shared(made.dealer, Level.FINGERPRINT)
    mine, theirs = fresh(login(hq)), fresh(login(second))
    add = reverse("admin:dealers_emergency_add")
    for wrong in ({"receipt": "R-0", "reason": WHY}, {"receipt": made.receipt, "reason": "kurz"}):
        assert mine.post(add, wrong).status_code == 200
    assert not Emergency.objects.exists()
    typed = made.receipt.lower()
    assert mine.post(add, {"receipt": typed, "reason": WHY}).status_code == 302
    one = Emergency.objects.get()
    yes = {"action": "grant", "_selected_action": [str(one.pk)], "confirmed": "1"}
    listed = reverse("admin:dealers_emergency_changelist")
    mine.post(listed, yes)
    one.refresh_from_db()
    assert one.granted is None
    theirs.post(listed, yes)
    one.refresh_from_db()
    assert one.granted

    change = reverse("admin:dealers_emergency_change", args=[one.pk])
    number = reverse("admin:dealers_emergency_number", args=[one.pk])
    assert number in mine.get(change).text
    assert number not in theirs.get(change).text
    assert mine.get(number).status_code == 405
    granted = mine.post(number)
    assert NUMBER in mine.get(granted.url).text
    assert theirs.post(number).url == change
    text = login(owner).get("/sharing/").text
    assert WHY in text
    assert second.name in text
    assert "1" in login(OwnerFactory()).get("/sharing/").text
