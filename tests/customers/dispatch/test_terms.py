"""Terms of dispatch: headquarters sets them for days to come; what was offered keeps its own."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from customers.dispatch import choices, contacts, editor, junk, offers, together
from customers.dispatch.offers import DispatchRefused
from customers.dispatch.terms import TERMS, Terms, in_force
from customers.models import Candidate, DispatchTerms, Lead, Offer, WhyNot
from customers.orders.recording import GivenLine, record_order
from customers.ownership.activities import record_activity
from customers.verification import checks
from dealers import publication
from dealers.actor import Actor
from dealers.publication import PublicationRefused
from tests.customers.dispatch.brought import HOUR, NOW, lead_of, near, other_store
from tests.factories.customers import CategoryFactory, RulebookFactory, phone_number, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, UserFactory
from tests.factories.training import published as course_published
from tests.factories.training import read, take
from training import learning

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

TOMORROW = date(2026, 10, 24)


@pytest.fixture(autouse=True)
def _rules(db):
    RulebookFactory()


@pytest.fixture
def region(store):
    return store.dealer.region


def somebody():
    return Actor.hq(UserFactory(is_staff=True))


def published(starts_on=TOMORROW, *, at=NOW, **said):
    draft = DispatchTerms.objects.create(name=f"from {starts_on}", starts_on=starts_on, **said)
    if editor.relied_on():
        editor.put_forward(draft, by=somebody(), at=at)
        editor.approve(draft, by=somebody(), at=at)
    return editor.publish(draft, by=somebody(), at=at)


def test_a_draft_says_what_applies_without_any():
    assert Terms.of(DispatchTerms()) == TERMS == in_force(NOW)


def test_terms_apply_from_the_first_instant_of_their_day_at_headquarters():
    published(hops=1, contact_hours=48)
    begins = datetime(2026, 10, 23, 16, tzinfo=UTC)  # midnight in Shanghai
    assert in_force(begins - timedelta(microseconds=1)) == TERMS
    assert (in_force(begins).hops, in_force(begins).contact_hours) == (1, 48)


@pytest.mark.parametrize("days", [0, -1, -400])
def test_nothing_is_published_into_the_past(days):
    with pytest.raises(PublicationRefused, match="has begun"):
        published(date(2026, 10, 23) + timedelta(days=days))
    draft = DispatchTerms.objects.latest("pk")
    draft.tested_at = draft.approved_at = draft.published_at = NOW + timedelta(days=2)
    with pytest.raises(DatabaseError), transaction.atomic():
        draft.save()


@pytest.fixture
def offered(region, store):
    """Stores rely on the terms that are in force."""
    return offers.offer(lead_of(region).pk, NOW)


def drafted(**said):
    return DispatchTerms.objects.create(name="冬季", starts_on=TOMORROW, **said)


@pytest.mark.usefixtures("offered")
def test_somebody_else_than_who_put_them_forward_approves_them():
    draft, first, second = drafted(), somebody(), somebody()
    with pytest.raises(PublicationRefused) as refused:
        editor.publish(draft, by=first, at=NOW)
    assert refused.value.sentences == [
        "Nobody has put it forward yet.",
        "Nobody has approved it yet.",
    ]
    with pytest.raises(PublicationRefused, match="Nobody has put it forward"):
        editor.approve(draft, by=second, at=NOW)
    editor.put_forward(draft, by=first, at=NOW)
    with pytest.raises(PublicationRefused, match="You put it forward yourself"):
        editor.approve(draft, by=first, at=NOW)
    editor.approve(draft, by=second, at=NOW)
    editor.publish(draft, by=first, at=NOW)
    assert (draft.tested_by, draft.approved_by) == (first.user, second.user)


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize("approver", ["nobody", "the same"])
def test_the_database_wants_two_people(approver):
    one = somebody().user
    draft = drafted()
    draft.tested_at = draft.approved_at = draft.published_at = NOW
    draft.tested_by = draft.published_by = one
    draft.approved_by = one if approver == "the same" else None
    with pytest.raises(DatabaseError, match="approved_by_somebody_else"), transaction.atomic():
        draft.save()


@pytest.mark.usefixtures("offered")
def test_what_was_put_forward_stays_as_it_is():
    draft = drafted()
    editor.put_forward(draft, by=somebody(), at=NOW)
    draft.hops = 9
    with pytest.raises(DatabaseError, match="tested_as_they_are"), transaction.atomic():
        draft.save()


def test_terms_that_others_overtook_at_the_same_moment_are_refused_in_words():
    published()
    with pytest.raises(PublicationRefused, match="Published terms already start on that day"):
        publication.publish(drafted(), by=somebody(), at=NOW, problems=lambda _draft: [])


def test_before_anything_was_offered_one_person_publishes():
    assert editor.publish(drafted(), by=somebody(), at=NOW).is_published


def test_a_day_has_one_and_what_is_published_never_changes():
    kept = published()
    with pytest.raises(PublicationRefused, match="choose another day"):
        published()
    for change in (kept.delete, lambda: DispatchTerms.objects.update(hops=9)):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ({"bands": [3000, 3000]}, "distance bands rising"),
        ({"bands": [9000, 3000]}, "distance bands rising"),
        ({"conversion_bands": [15, 30]}, "conversion bands falling"),
    ],
)
def test_bands_have_an_order(said, remedy):
    with pytest.raises(PublicationRefused, match=remedy):
        published(**said)


def test_what_was_offered_keeps_its_terms(region, store, clerk):
    published(contact_hours=48, answer_hours=1, junk_hours=1, hops=1)
    by, other = Actor.of(clerk), other_store(region)
    before = offers.offer(lead_of(region).pk, NOW)
    late = NOW + timedelta(days=3)  # a Monday
    offers.accept(before, by=by, at=NOW + HOUR)
    before.refresh_from_db()
    assert before.contact_due_at == NOW + 25 * HOUR
    assert junk.may_return(before, NOW + 72 * HOUR)
    lead = lead_of(region, at=late)
    after = offers.offer(lead.pk, late)
    assert (after.store, after.due_at) == (other, late + HOUR)
    Offer.objects.filter(pk=after.pk).update(answer="missed", answered_at=after.due_at)
    assert offers.offer(lead.pk, late + 2 * HOUR) is None  # one store, then the region


@pytest.mark.parametrize(
    ("rulebook_hours", "called_after", "share"),
    [(48, 60, "0.3"), (48, 71, "0.3"), (None, None, "0"), (None, 1, "0.3")],
    ids=["after the rulebook's hours", "just in time", "never", "where no rulebook asks for it"],
)
def test_a_sale_elsewhere_counts_by_the_terms_of_the_lead(
    region, clerk, *, rulebook_hours, called_after, share
):
    RulebookFactory(starts_on=TOMORROW, first_contact_hours=rulebook_hours)
    published(date(2026, 10, 25), contact_hours=72)
    offered = datetime(2026, 10, 26, 2, tzinfo=UTC)
    made = offers.offer(lead_of(region, at=offered).pk, offered)
    card = offers.accept(made, by=Actor.of(clerk), at=offered).customer
    if called_after is not None:
        at = offered + called_after * HOUR
        record_activity(card, kind="call", outcome="reached", by=Actor.of(clerk), at=at)

    price = Decimal("100.00")
    order = record_order(
        source="pos", external_id="1", ordered_at=offered + 71.5 * HOUR,
        store=other_store(region), phone=contacts.opened(made.lead)[0],
        lines=[GivenLine(1, CategoryFactory(), 1, price, Decimal(0), price)],
    )  # fmt: skip

    assert order.owned.share == Decimal(share)
    assert [name for name, holds, _detail in checks() if not holds] == []


def test_a_choice_is_computed_anew_by_the_terms_of_its_day(region, store, clerk):
    lead = lead_of(region)
    offers.offer(lead.pk, NOW)
    published(bands=[1], conversion_bands=[99], mature_least=1)
    assert choices.of(lead.pk, 1, clerk).agrees


@pytest.mark.usefixtures("offered")
def test_headquarters_has_a_draft_put_forward_and_approved(login, hq):
    day = timezone.localdate() + timedelta(days=2)
    draft = DispatchTerms.objects.create(name="冬季", starts_on=day)
    client, second = login(hq), login(UserFactory(is_staff=True, is_superuser=True))
    page = reverse("admin:customers_dispatchterms_publish", args=[draft.pk])
    change = reverse("admin:customers_dispatchterms_change", args=[draft.pk])
    shown = client.get(page)
    assert "Put forward by one, approved by another" in shown.text
    assert "Nobody has put it forward yet." in client.post(page, {"read": "1"}).text

    assert client.post(page, {"step": "tested"}).status_code == 302

    waits = f"Put forward by {hq}; somebody else approves it."
    assert waits in client.get(reverse("admin:index")).text
    assert "You put it forward yourself" in client.post(page, {"step": "approved"}).text
    form = client.get(change).context["adminform"].form
    said = {name: form[name].value() for name in form.fields} | {"online_region": ""}
    edited = client.post(change, said | {"hops": "2"}, follow=True).text
    assert "now it is to be put forward and approved anew" in edited
    assert client.post(page, {"step": "tested"}).status_code == 302
    assert second.post(page, {"step": "approved"}).status_code == 302
    assert client.post(page, {"read": "1"}).status_code == 302

    draft.refresh_from_db()
    assert (draft.hops, draft.tested_by, draft.published_by) == (2, hq, hq)
    assert draft.approved_by not in {None, hq}
    assert waits not in client.get(reverse("admin:index")).text
    history = client.get(reverse("admin:customers_dispatchterms_history", args=[draft.pk])).text
    assert all(said in history for said in ("Put forward.", "Approved.", "Published."))


def test_headquarters_drafts_reads_and_publishes(login, hq):
    client, day = login(hq), timezone.localdate() + timedelta(days=2)
    form = {
        "name": "冬季", "starts_on": day.isoformat(), "answer_hours": 2, "contact_hours": 12,
        "hops": 3, "bands": "3000,10000", "counted_days": 90, "conversion_bands": "30,15",
        "mature_least": 30, "mature_after_days": 90, "mature_until_days": 270, "junk_hours": 72,
        "junk_percent": 15, "online_region": "",
    }  # fmt: skip
    add = reverse("admin:customers_dispatchterms_add")
    assert client.post(add, form | {"mature_until_days": 30}).status_code == 200
    assert client.post(add, form).status_code == 302
    draft = DispatchTerms.objects.get()
    page = client.get(reverse("admin:customers_dispatchterms_publish", args=[draft.pk]))
    assert "calls within 12 hours" in page.text
    assert "while nothing is published" in page.text
    client.post(reverse("admin:customers_dispatchterms_publish", args=[draft.pk]), {"read": "1"})
    draft.refresh_from_db()
    assert draft.published_at
    assert client.get(
        reverse("admin:customers_dispatchterms_change", args=[draft.pk])
    ).status_code == 200  # fmt: skip


@pytest.fixture
def certified(region):
    """Another store of the region, at whose dealer somebody holds a certificate."""
    post = MembershipFactory(store=other_store(region))
    enrollment = learning.enroll(
        post.user, course_published(), by=Actor.of(post), at=NOW - 3 * HOUR
    )
    read(enrollment, NOW - 3 * HOUR)
    take(enrollment, NOW - 2 * HOUR)
    return post.store


def later(days):
    return NOW + timedelta(days=days)


@pytest.mark.parametrize("many", [False, True])
def test_only_stores_of_certified_dealers_are_asked_where_the_terms_say_so(
    region, store, certified, many
):
    published(certified_only=True)
    lead = lead_of(region, at=later(3))
    if many:
        together.offer_all([lead.pk], later(3))
    else:
        offers.offer(lead.pk, later(3))
    assert lead.offers.get().store == certified
    kept = Candidate.objects.get(lead=lead, store=store)
    assert (kept.why_not, kept.place) == (WhyNot.UNCERTIFIED, None)
    choice = choices.of(lead.pk, 1, OwnerFactory(dealer=store.dealer))
    assert choice.agrees
    assert "uncertified" in {each["why_not"] for each in choices.data(choice)["stores"]}


def test_who_chooses_a_store_by_hand_is_held_to_the_certificates_as_well(
    region, store, certified, region_manager
):
    published(certified_only=True)
    lead, by = lead_of(region, at=later(3)), Actor.of(region_manager)
    Lead.objects.filter(pk=lead.pk).update(queued_at=later(3))
    with pytest.raises(DispatchRefused, match="nobody there holds a certificate"):
        offers.choose(lead, store, by=by, at=later(3))
    assert not lead.offers.exists()
    assert offers.choose(lead, certified, by=by, at=later(3)).by_hand


def test_a_store_that_has_enough_in_hand_may_be_chosen_and_one_that_sells_it_not_may_not(
    region, store, region_manager
):
    by, said = Actor.of(region_manager), near(store, capacity=0)
    other = CategoryFactory()
    one, two = lead_of(region), lead_of(region, category=CategoryFactory())
    Lead.objects.update(queued_at=NOW)
    assert offers.choose(one, store, by=by, at=NOW).by_hand
    said.lines.add(other)
    with pytest.raises(DispatchRefused, match="does not sell what is wanted"):
        offers.choose(two, store, by=by, at=NOW)


def test_without_that_condition_and_to_the_owner_leads_go_as_before(region, store, certified):
    mine = phone_number()
    registered(store, phone=mine, at=NOW)
    assert offers.offer(lead_of(region).pk, NOW).store == store
    published(certified_only=True)
    made = offers.offer(lead_of(region, phone=mine, at=later(3)).pk, later(3))
    assert (made.store, made.to_owner) == (store, True)


def test_the_terms_say_whether_certificates_count():
    said = [editor.parts(DispatchTerms(certified_only=it))["certified"][1] for it in (True, False)]
    assert "Only stores are asked at whose dealer" in said[0]
    assert "whether or not" in said[1]
