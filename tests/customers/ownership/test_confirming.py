"""Where the answer comes after the customer confirmed: nothing is told before, and once is once."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers.erasure import ErasureRefused
from customers.identity import either, fingerprint
from customers.models import (
    Answer,
    Channel,
    ConfirmedBy,
    Consent,
    Identity,
    PlantedHit,
    PlantedNumber,
    Registration,
    Rule,
    Unconfirmed,
)
from customers.ownership import confirming, planted
from customers.ownership.confirming import ConfirmationRefused
from customers.rights import own, pages
from dealers.actor import Actor, acting
from dealers.models import Notice
from tests.factories.customers import RulebookFactory, card_of, registered
from tests.factories.dealers import MembershipFactory, StoreFactory, UserFactory, keys_are_committed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

FREE, TAKEN = "13800138101", "13800138102"
CAPTURE = "/capture/"
HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def rules():
    keys_are_committed()
    return RulebookFactory(answer_mode="after_confirmation")


@pytest.fixture
def client(login, clerk):
    return login(clerk)


def typed(**changes):
    return {
        "key": str(uuid4()), "country": "86", "phone": FREE, "name": "陈", "title": "ms",
        "consent": "on",
    } | changes  # fmt: skip


def claimed(post, *, phone=FREE, at=None, **said):
    said = {"key": str(uuid4()), "consent_service": True} | said
    return confirming.claim(
        Registration(store=post.store, **said),
        phone=phone,
        name="陈女士",
        by=Actor.of(post),
        at=at or timezone.now(),
        site="https://portal.example",
    )


def code_of(texts):
    return re.search(r"the code (\d{6})", texts[0])[1]


def link_of(texts):
    return re.search(r"open \S+?(/c/\S+)", texts[0])[1]


def test_the_store_waits_and_the_code_brings_the_answer(client, clerk, sent):
    answer, texts = sent(client, CAPTURE, typed(offers="on"))

    waiting = Unconfirmed.objects.get()
    assert answer.url == waiting.get_absolute_url()
    assert not Registration.objects.exists()
    assert not Identity.objects.exists()
    assert "138****8101" in client.get(CAPTURE).text
    wrong = client.post(answer.url, {"code": "12"})
    assert (wrong.status_code, "This code is not right" in wrong.text) == (422, True)

    right = client.post(answer.url, {"code": code_of(texts)})

    made = Registration.objects.get()
    assert right.url == made.get_absolute_url() == client.get(answer.url).url
    assert (made.answer, made.rule, made.channel) == (Answer.YOURS, Rule.R7, Channel.CONFIRMED)
    assert (made.staff, made.consent_marketing) == (clerk.user, True)
    assert made.received_at > waiting.received_at
    assert card_of(made.customer).name == "陈女士"
    waiting.refresh_from_db()
    assert (waiting.ended, bytes(waiting.contact)) == (ConfirmedBy.CODE, b"")
    assert set(Consent.objects.values_list("channel", flat=True)) == {"confirmed"}
    assert "the code, told in the store" in client.get(made.get_absolute_url()).text
    assert "138****8101" not in client.get(CAPTURE).text


def test_the_customer_agrees_by_the_link_and_who_typed_is_told(client, clerk, sent):
    _answer, texts = sent(client, CAPTURE, typed())
    client.logout()
    page = client.get(link_of(texts))
    assert "Shall" in page.text
    assert FREE not in page.text
    for _time in range(2):
        assert client.post(link_of(texts), {"answer": "yes"}).status_code == 302
    assert "You have agreed" in client.get(link_of(texts)).text
    made = Registration.objects.get()
    assert (made.answer, made.unconfirmed.ended) == (Answer.YOURS, ConfirmedBy.LINK)
    told = Notice.objects.get()
    assert (told.user, told.to) == (clerk.user, made.get_absolute_url())


def test_a_customer_who_says_no_is_registered_nowhere(client, clerk, sent):
    answer, texts = sent(client, CAPTURE, typed())
    customer = type(client)()
    customer.post(link_of(texts), {"answer": "no"})
    customer.post(link_of(texts), {"answer": "yes"})  # too late
    assert "Nothing is registered" in customer.get(link_of(texts)).text
    assert not Registration.objects.exists()
    assert "did not agree" in client.get(answer.url).text
    assert Notice.objects.get().user == clerk.user


def test_a_customer_who_scans_confirms_what_waits_there(clerk, client, sent):
    sent(client, CAPTURE, typed(name="", title=""))
    key = pages.link(clerk.store, at=timezone.now()).key
    where = reverse("customers:page", args=[clerk.store.code, key])
    customer = type(client)()
    said = {"country": "86", "phone": FREE, "name": "陈诗涵", "service": "on", "brand": "on"}
    answer, texts = sent(customer, where, said)
    carried = re.search(r'name="carried" value="([^"]+)"', answer.text)[1]
    code = re.search(r"code is (\d{6})", texts[0])[1]
    sent(customer, where, {"carried": carried, "code": code})
    made = Registration.objects.get()
    assert (made.staff, made.unconfirmed.ended) == (clerk.user, ConfirmedBy.SCAN)
    assert card_of(made.customer).name == "陈诗涵"
    assert set(Consent.objects.values_list("purpose", flat=True)) == {"service", "brand"}


@pytest.mark.parametrize(
    ("how", "ticked", "agreed"),
    [
        (ConfirmedBy.CODE, False, True),
        (ConfirmedBy.LINK, False, False),
        (ConfirmedBy.LINK, True, True),
        (ConfirmedBy.SCAN, False, False),
    ],
)
def test_on_a_page_of_their_own_customers_agree_to_offers_themselves(clerk, how, ticked, agreed):
    waiting = claimed(clerk, consent_marketing=True)
    made = confirming.answer(waiting.pk, how, at=timezone.now(), offers=ticked)
    assert made.consent_marketing is agreed


def test_the_link_asks_for_offers_and_takes_what_was_ticked(client, clerk, sent):
    _answer, texts = sent(client, CAPTURE, typed(offers="on"))
    customer = type(client)()
    assert 'name="offers"' in customer.get(link_of(texts)).text
    customer.post(link_of(texts), {"answer": "yes"})
    assert not Registration.objects.get().consent_marketing


def shown(page, *numbers):
    drawn = rb'value="[^"]{30,}"|nonce="[^"]+"|"x-csrftoken": "[^"]+"'  # anew each time
    text = re.sub(drawn, b"", page.content)
    text = re.sub(rb"[0-9a-f-]{36}|<svg.*?</svg>|T[\d:]+Z|\d\d:\d\d", b"", text, flags=re.DOTALL)
    for number in numbers:
        text = text.replace(number[-4:].encode(), b"")
    return page.status_code, text


def test_a_free_and_a_taken_number_get_the_same_page_and_the_same_statements(clerk, client, sent):
    registered(StoreFactory(), phone=TAKEN, at=timezone.now(), channel=Channel.CONFIRMED)
    seen, counts = [], []
    sent(client, CAPTURE, typed(phone="13800138103"))  # what is read once is read
    for number in (FREE, TAKEN):
        with CaptureQueriesContext(connection) as asked:
            answer, texts = sent(client, CAPTURE, typed(phone=number))
        counts.append([re.sub(r"'[^']*'|\d+|E'.*?'", "?", it["sql"]) for it in asked][:14])
        assert len(texts) == 1
        seen.append(shown(client.get(answer.url), FREE, TAKEN))
    lines = [text.splitlines() for _status, text in seen]
    assert [pair for pair in zip(*lines, strict=True) if pair[0] != pair[1]] == []
    assert counts[0] == counts[1]
    assert not any("who_owns" in each for each in counts[0])


def test_of_two_stores_the_first_yes_counts_and_not_the_first_to_type(clerk, rival):
    now = timezone.now()
    mine, theirs = claimed(clerk, at=now), claimed(rival, at=now + HOUR)
    theirs = confirming.answer(theirs.pk, ConfirmedBy.LINK, at=now + 2 * HOUR)
    mine = confirming.answer(mine.pk, ConfirmedBy.LINK, at=now + 3 * HOUR)
    assert (theirs.answer, mine.answer) == (Answer.YOURS, Answer.PROTECTED)
    assert theirs.ownership.period.lower == now + 2 * HOUR


@pytest.mark.parametrize(("early", "confirmed"), [(MICROSECOND, True), (timedelta(0), False)])
def test_it_can_be_confirmed_until_just_before_it_lapses(clerk, early, confirmed):
    now = timezone.now()
    waiting = claimed(clerk, at=now)
    assert waiting.until == now + 72 * HOUR
    if confirmed:
        assert confirming.answer(waiting.pk, ConfirmedBy.LINK, at=waiting.until - early)
    else:
        with pytest.raises(ConfirmationRefused):
            confirming.answer(waiting.pk, ConfirmedBy.LINK, at=waiting.until - early)
    assert Registration.objects.exists() is confirmed


def test_what_nobody_confirmed_is_thrown_away_however_late_the_job(clerk, client):
    waiting = claimed(clerk)
    assert confirming.lapse(waiting.until - MICROSECOND) == 0
    assert [confirming.lapse(waiting.until + 9 * HOUR) for _time in range(2)] == [1, 0]
    waiting.refresh_from_db()
    assert (waiting.ended, waiting.ended_at) == (ConfirmedBy.LAPSED, waiting.until)
    assert bytes(waiting.contact) == b""
    assert "Not confirmed in time" in client.get(waiting.get_absolute_url()).text


def test_the_same_key_is_the_same_and_with_other_content_refused(client, sent):
    data = typed()
    first, texts = sent(client, CAPTURE, data)
    again, none = sent(client, CAPTURE, data)
    assert (again.url, none) == (first.url, [])
    assert sent(client, CAPTURE, data | {"phone": TAKEN})[0].status_code == 422
    client.post(first.url, {"code": code_of(texts)})
    answered, _texts = sent(client, CAPTURE, data)
    assert answered.url == Registration.objects.get().get_absolute_url()


def test_what_is_typed_counts_towards_the_limits_and_what_is_confirmed_not_again(clerk, rules):
    now = timezone.now()
    rows = [claimed(clerk, phone=f"138001382{n:02}", at=now) for n in range(10)]
    with pytest.raises(confirming.RegistrationRefused, match="10 customers in the last minute"):
        claimed(clerk, at=now)
    for row in rows:
        confirming.answer(row.pk, ConfirmedBy.LINK, at=now)
    colleague = MembershipFactory(store=clerk.store)
    assert claimed(colleague, at=now).waits(now)
    assert claimed(clerk, at=now + timedelta(minutes=2))


def test_a_number_gets_few_messages_whoever_asks_and_nobody_is_told(clerk, client, sent):
    now = timezone.now()
    for n in range(6):
        claimed(MembershipFactory(), at=now - n * HOUR)
    answer, texts = sent(client, CAPTURE, typed())
    assert (texts, answer.status_code) == ([], 302)


def test_a_message_is_sent_again_three_times_at_most_and_only_its_code_is_good(client, clerk, sent):
    answer, first = sent(client, CAPTURE, typed())
    again = reverse("customers:send-again", args=[Unconfirmed.objects.get().pk])
    assert sent(client, again, {})[1] == []  # a minute is not over
    Unconfirmed.objects.update(sent_at=timezone.now() - HOUR)
    _page, second = sent(client, again, {})
    assert client.post(answer.url, {"code": code_of(first)}).status_code == 422
    Unconfirmed.objects.update(sent_at=timezone.now() - HOUR, sent=3)
    assert sent(client, again, {})[1] == []
    assert "Three messages were sent" in client.get(answer.url).text
    assert client.post(answer.url, {"code": code_of(second)}).status_code == 302


def test_codes_are_not_tried_out(client, sent):
    answer, texts = sent(client, CAPTURE, typed())
    for _time in range(5):
        client.post(answer.url, {"code": "0"})
    assert client.post(answer.url, {"code": code_of(texts)}).status_code == 422


@pytest.mark.parametrize("stranger", ["rival", "region_manager", "hq"])
def test_others_see_nothing_of_what_waits(request, login, clerk, stranger):
    waiting = claimed(clerk)
    other = login(request.getfixturevalue(stranger))
    assert other.get(waiting.get_absolute_url()).status_code in {302, 403, 404}
    assert other.post(waiting.get_absolute_url(), {"code": "1"}).status_code in {302, 403, 404}
    assert not Registration.objects.exists()


def test_a_rival_sees_no_row_and_headquarters_no_contact(clerk, rival):
    claimed(clerk)
    with acting(Actor.of(rival)):
        assert not Unconfirmed.objects.exists()
    with acting(Actor.of(clerk)):
        assert Unconfirmed.objects.count() == 1


def test_a_planted_number_is_told_of_as_it_is_typed(clerk):
    with acting(Actor.worker("test")):
        planted.plant(
            PlantedNumber(), FREE, by=Actor(user=UserFactory(is_staff=True)), at=timezone.now()
        )
    waiting = claimed(clerk)
    assert [confirming.look(waiting.pk), PlantedHit.objects.get().unconfirmed] == [1, waiting]
    assert planted.tell(timezone.now()) == 1


def test_whoever_has_everything_deleted_is_waited_for_no_more(clerk):
    waiting = claimed(clerk)
    other = claimed(clerk, phone=TAKEN)
    own.delete("+86" + FREE, at=timezone.now())
    waiting.refresh_from_db(), other.refresh_from_db()
    assert (waiting.ended, other.ended) == (ConfirmedBy.FORGOTTEN, "")


def test_what_waits_for_a_person_goes_with_whoever_headquarters_erases(clerk, hq):
    registered(StoreFactory(), phone=TAKEN, at=timezone.now(), channel=Channel.CONFIRMED)
    theirs, other = claimed(clerk, phone=TAKEN), claimed(clerk)
    person = Identity.objects.get(fingerprint__in=either(fingerprint("+86" + TAKEN)))
    with pytest.raises(ErasureRefused):
        own.erase(person, reason=" ", by=Actor.hq(hq), at=timezone.now())
    theirs.refresh_from_db()
    assert theirs.ended == ""
    own.erase(person, reason="a letter of 3 May", by=Actor.hq(hq), at=timezone.now())
    theirs.refresh_from_db(), other.refresh_from_db()
    assert (theirs.ended, other.ended) == (ConfirmedBy.FORGOTTEN, "")


def test_who_has_left_follows_nobody_up(clerk):
    waiting = claimed(clerk)
    clerk.ends_at = timezone.now()
    clerk.save(update_fields=["ends_at"])
    made = confirming.answer(waiting.pk, ConfirmedBy.LINK, at=timezone.now())
    assert (made.answer, made.staff, made.ownership.staff) == (Answer.YOURS, None, None)


def test_where_who_typed_has_left_who_answers_for_the_store_is_told(clerk, manager):
    waiting = claimed(clerk)
    clerk.ends_at = timezone.now()
    clerk.save(update_fields=["ends_at"])
    confirming.refuse(waiting.pk, at=timezone.now())
    assert Notice.objects.get().user == manager.user


def test_at_once_nothing_changes(clerk, rules):
    RulebookFactory(starts_on=timezone.localdate())
    assert claimed(clerk).answer == Answer.YOURS
    assert not Unconfirmed.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE customers_unconfirmed SET until = until + interval '1 day'",
        "DELETE FROM customers_unconfirmed",
        "UPDATE customers_unconfirmed SET ended = 'lapsed', ended_at = until",  # keeps the contact
        "UPDATE customers_unconfirmed SET ended = 'link', ended_at = until, contact = ''",
    ],
)
def test_the_database_keeps_what_was_typed_and_no_longer_than_it_may(clerk, change):
    claimed(clerk)
    with pytest.raises(Exception, match="unconfirmed"), transaction.atomic():
        connection.cursor().execute(change)
