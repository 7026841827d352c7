"""A dispute in three taps, followed to its decision; and nothing of it for anybody else."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from customers.erasure import erase_person
from customers.models import Registration
from dealers.actor import Actor
from dealers.models import Role
from incentives.books import adjustments
from incentives.books.adjustments import Wanted
from incentives.disputes import deciding
from incentives.disputes.deciding import Decision
from incentives.models import Adjustment, Dispute, Line, Plan, Statement
from incentives.payouts import batches
from incentives.statements import release
from tests.factories.cases import photo
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import DealerFactory, MembershipFactory, UserFactory
from tests.factories.disputes import dispute_of
from tests.factories.incentives import (
    JANUARY,
    close_period,
    give_back,
    owned_customer,
    percent,
    published,
    sale,
    tiers,
)
from tests.factories.payouts import give_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def sold(owner, store):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    customer = owned_customer(store)
    published(percent("0.10", places=["own"], code="own"), tiers(code="steps"))
    sold = sale(customer, "6000.00", date(2026, 1, 10))
    give_back(sold, "50.00", date(2026, 1, 12))
    close_period(JANUARY)
    return sold


def page_of(sold, code="own") -> str:
    return f"/earnings/2026-01/lines/{code}/{sold.pk}/"


def taps(client, sold, **fields):
    """The three pages, one after the other; the answer to the last."""
    page = page_of(sold) + "dispute/"
    assert client.get(page).status_code == 200
    assert client.get(page, {"kind": "base"}).status_code == 200
    said = {"kind": "base", "text": "The coupon was the brand's", "expected": "650.00", **fields}
    checked = client.post(page, {**said, "step": "check"})
    assert checked.status_code == 200
    assert "The coupon was the brand" in checked.text
    files = [SimpleUploadedFile(f"{n}.jpg", photo(), "image/jpeg") for n in range(2)]
    return client.post(page, {**said, "step": "send", "files": files})


def test_three_taps_from_the_line_to_its_dispute(login, owner, sold):
    client = login(owner)
    line = client.get(page_of(sold))
    assert page_of(sold) + "dispute/" in line.text

    sent = taps(client, sold)

    made = Dispute.objects.get()
    assert sent.url == made.get_absolute_url()
    page = client.get(sent.url)
    assert "The coupon was the brand" in page.text
    assert made.expected == 650
    picture = client.get(reverse("incentives:dispute-exhibit", args=[made.pk, 2]))
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert f"{made.code}-2.jpg" in picture.headers["Content-Disposition"]
    assert made.code in client.get("/disputes/").text


def test_a_line_of_which_nothing_is_held_is_not_said_to_be_held(login, owner, sold):
    page = login(owner).get(page_of(sold, "steps") + "dispute/").text

    assert "The rest of" in page
    assert "Only this line is held" not in page


def test_a_line_of_a_statement_that_pays_nothing_is_not_said_to_be_paid(login, owner, store):
    RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
    plan = published(percent("0.10", places=["own"], code="own")).plan
    sold = sale(owned_customer(store), "100.00", date(2026, 1, 10))
    wanted = Wanted(store.dealer, plan, Decimal("-50.00"), "Display stand")
    by, day = Actor.hq(UserFactory(is_staff=True)), datetime(2026, 1, 20, 4, tzinfo=UTC)
    adjustments.propose(wanted, key="stand", by=by, at=day)
    close_period(JANUARY)
    client, said = login(owner), {"kind": "base", "text": "The coupon", "expected": "12.00"}

    checked = client.post(page_of(sold) + "dispute/", {**said, "step": "check"}).text
    made = dispute_of(owner, timezone.now(), files=0)

    assert "Nothing of the statement is held" in checked
    for page in (checked, client.get(page_of(sold)).text, client.get(made.get_absolute_url()).text):
        assert "It was paid, or" not in page


def test_what_was_said_is_changed_before_it_is_sent_and_not_lost(login, owner, sold):
    client, page = login(owner), page_of(sold) + "dispute/"
    said = {"kind": "base", "text": "The coupon was the brand's", "expected": "650.00"}
    assert 'name="change"' in client.post(page, {**said, "step": "check"}).text

    again = client.post(page, {**said, "step": "send", "change": "1"})

    assert again.status_code == 200
    assert again.context["form"]["text"].value() == said["text"]
    assert again.context["form"]["expected"].value() == said["expected"]
    assert not Dispute.objects.exists()


def test_of_who_was_erased_nothing_has_to_be_written_when_it_is_changed(login, owner, sold):
    person = sold.identity
    by = Actor.hq(UserFactory())
    erase_person(person, reason="asked for it", by=by, at=timezone.now())
    client, page = login(owner), page_of(sold) + "dispute/"

    again = client.post(page, {"kind": "base", "text": "", "step": "send", "change": "1"})

    assert again.status_code == 200
    assert again.context["form"].errors == {}
    assert not again.context["form"].fields["text"].required


def test_the_line_is_held_on_every_page_and_nothing_else(login, owner, sold):
    client = login(owner)
    taps(client, sold)

    line = client.get(page_of(sold))
    assert line.context["state"].state == "held"
    month = client.get("/earnings/2026-01/")
    assert sorted(each.state for each in month.context["lines"]) == [
        "held", "on_statement", "on_statement", "on_statement",
    ]  # fmt: skip
    statement = client.get("/earnings/2026-01/statement/")
    issued = Statement.objects.get(dealer=owner.dealer)
    left = statement.context["progress"].left
    assert (left.held, left.due) == (600, issued.payable - 600)
    assert month.context["month"].total == issued.total


def test_a_wrong_answer_stands_on_its_page_with_what_was_typed(login, owner, sold):
    client, page = login(owner), page_of(sold) + "dispute/"

    assert client.get(page, {"kind": "x"}).status_code == 422
    empty = client.post(page, {"kind": "base", "text": "", "step": "check"})
    assert (empty.status_code, "Write what happened" in empty.text) == (422, True)
    same = client.post(page, {"kind": "base", "text": "Why", "expected": "600.00", "step": "send"})
    assert (same.status_code, "comes to already" in same.text) == (422, True)
    fine = {"kind": "base", "text": "Why", "expected": "600.001", "step": "check"}
    small = client.post(page, fine)
    assert (small.status_code, "no unit as small" in small.text) == (422, True)
    bad = client.post(
        page,
        {"kind": "base", "text": "Why", "step": "send",
         "files": [SimpleUploadedFile("a.jpg", b"none")]},
    )  # fmt: skip
    assert (bad.status_code, "JPEG or PNG" in bad.text) == (422, True)
    assert not Dispute.objects.exists()


def test_again_it_says_that_it_was_disputed(login, owner, sold):
    client = login(owner)
    taps(client, sold)

    again = client.get(page_of(sold) + "dispute/")
    assert "disputed already" in again.text
    post = client.post(page_of(sold) + "dispute/", {"kind": "base", "text": "x", "step": "send"})
    assert post.status_code == 422
    assert Dispute.objects.count() == 1


def test_a_line_of_a_month_paid_as_a_whole_holds_nothing(login, owner, sold):
    client = login(owner)
    page = page_of(sold, "steps") + "dispute/"
    client.post(page, {"kind": "missing", "text": "Two orders are missing", "step": "send"})

    made = Dispute.objects.get()
    shown = client.get(made.get_absolute_url())
    assert shown.context["standing"].held is None
    assert client.get("/earnings/2026-01/statement/").context["progress"].left.held == 0


@pytest.mark.usefixtures("sold")
def test_an_open_month_has_no_line_to_dispute_yet(login, owner):
    fresh = sale(Registration.objects.get(), "70.00", timezone.localdate())
    month = f"{timezone.localdate():%Y-%m}"

    page = login(owner).get(f"/earnings/{month}/lines/own/{fresh.pk}/dispute/")

    assert "once its month is closed" in page.text


def test_the_decision_its_reason_and_its_adjustment_are_told(login, owner, sold):
    client = login(owner)
    taps(client, sold)
    made = Dispute.objects.get()
    by = Actor.hq(UserFactory(is_staff=True, is_superuser=True))
    deciding.decide(
        made, Decision("upheld", "The coupon was ours", Decimal(50)), by=by, at=timezone.now()
    )

    page = client.get(made.get_absolute_url())
    given = Adjustment.objects.get()
    assert "The coupon was ours" in page.text
    assert given.code in page.text
    month = client.get(f"/earnings/{timezone.localdate():%Y-%m}/")
    assert "The coupon was ours" in month.text
    assert made.get_absolute_url() in month.text

    again = client.post(
        reverse("incentives:reopen-dispute", args=[made.pk]), {"text": "Still too little"}
    )
    assert again.url == made.get_absolute_url()
    assert client.get(made.get_absolute_url()).context["standing"].stage == "checking"


def test_nobody_else_sees_anything_of_it(  # noqa: PLR0917
    login, owner, sold, manager, clerk, region_manager
):
    made = dispute_of(owner, timezone.now())
    stranger = MembershipFactory(role=Role.OWNER, store=None, dealer=DealerFactory())

    for person in (stranger, manager, clerk, region_manager):
        client = login(person)
        for path in (
            made.get_absolute_url(),
            reverse("incentives:dispute-exhibit", args=[made.pk, 2]),
            page_of(sold) + "dispute/",
        ):
            assert client.get(path).status_code == 404, (person, path)
        assert client.post(
            reverse("incentives:reopen-dispute", args=[made.pk]), {"text": "x"}
        ).status_code == 404  # fmt: skip


@pytest.mark.usefixtures("sold")
class TestAdmin:
    def test_headquarters_reads_begins_and_decides(self, login, owner, hq):
        made = dispute_of(owner, timezone.now(), line=Line.objects.get(amount=600))
        client = login(hq)
        page = reverse("admin:incentives_dispute_decide", args=[made.pk])

        assert "The coupon was the brand" in client.get(page).text
        picture = client.get(reverse("admin:incentives_dispute_file", args=[made.pk, 2]))
        assert picture.headers["Content-Type"] == "image/jpeg"
        assert client.post(page, {"begin": "1"}).status_code == 302
        wrong = client.post(page, {"decide": "1", "outcome": "upheld", "reason": "x"})
        assert "Say the amount" in wrong.text
        done = client.post(
            page, {"decide": "1", "outcome": "partial", "amount": "20.00", "reason": "A part"}
        )
        assert done.status_code == 302
        assert made.rulings.get().adjustment.amount == 20
        assert "A part" in client.get(page).text

    def test_money_asks_for_the_second_factor_again(self, login, owner, hq, settings):
        settings.PORTAL_SECOND_FACTOR = True
        made = dispute_of(owner, timezone.now(), line=Line.objects.get(amount=600))
        other = UserFactory(is_staff=True, is_superuser=True)
        proposed = adjustments.propose(
            Wanted(owner.dealer, Plan.objects.first(), Decimal(6000), "A bill"),
            key="asked", by=Actor.hq(other), at=timezone.now(),
        )  # fmt: skip
        TOTP.activate(hq, "JBSWY3DPEHPK3PXP")
        client = login(hq)
        decide = reverse("admin:incentives_dispute_decide", args=[made.pk])
        approve = reverse("admin:incentives_adjustment_decide", args=[proposed.pk])
        given = {"decide": "1", "outcome": "partial", "amount": "20.00", "reason": "A part"}

        for page, said in ((decide, given), (approve, {"answer": "approve"})):
            asked = client.post(page, said)
            assert (asked.status_code, "reauthenticate" in asked.url) == (302, True)
        assert not made.rulings.exists()
        assert Adjustment.objects.waiting().get() == proposed

        # What moves no money is decided as before.
        client.post(decide, {"decide": "1", "outcome": "refused", "reason": "As sold"})
        assert made.rulings.get().outcome == "refused"

    def test_who_only_looks_does_not_decide(self, login, owner):
        made = dispute_of(owner, timezone.now())
        client = login(UserFactory(is_staff=True))

        for path in ("decide/", "files/2/"):
            assert client.get(f"/admin/incentives/dispute/{made.pk}/{path}").status_code == 404

    def test_an_adjustment_is_proposed_approved_and_taken_back(self, login, owner, hq):
        plan = Line.objects.first().result.component.version.plan
        first, second = login(UserFactory(is_staff=True, is_superuser=True)), login(hq)
        add = reverse("admin:incentives_adjustment_add")
        form = {"dealer": owner.dealer.pk, "plan": plan.pk, "amount": "5000.01",
                "reason": "Agreed", "token": "t1"}  # fmt: skip

        assert first.post(add, form).status_code == 302
        assert first.post(add, form).status_code == 302
        made = Adjustment.objects.get()
        decide = reverse("admin:incentives_adjustment_decide", args=[made.pk])
        assert "You proposed it" in first.post(decide, {"answer": "approve"}).text
        assert second.post(decide, {"answer": "approve"}).status_code == 302
        again = second.post(decide, {"answer": "approve"}, follow=True)
        assert again.status_code == 200
        assert "It is booked already. Take it back instead." in again.text
        back = reverse("admin:incentives_adjustment_reverse", args=[made.pk])
        assert second.post(back, {"reason": "A mistake"}).status_code == 302
        assert [each.amount for each in Adjustment.objects.order_by("pk")] == [
            Decimal("5000.01"), Decimal("-5000.01"),
        ]  # fmt: skip
        again = second.post(back, {"reason": "A mistake"}, follow=True)
        assert "Taking it back waits for a second person already." in again.text
        taken = Adjustment.objects.get(reverses=made)
        decide = reverse("admin:incentives_adjustment_decide", args=[taken.pk])
        no = {"answer": "decline", "reason": "It is right"}
        assert first.post(decide, no).status_code == 302
        assert "Somebody has decided about it already." in first.post(decide, no, follow=True).text
        assert second.post(back, {"reason": "It is not"}).status_code == 302
        assert Adjustment.objects.filter(reverses=made).count() == 2
        last = Adjustment.objects.filter(reverses=made).latest("pk")
        decide = reverse("admin:incentives_adjustment_decide", args=[last.pk])
        assert first.post(decide, {"answer": "approve"}).status_code == 302
        again = second.post(back, {"reason": "It is not"}, follow=True)
        assert "It was taken back already." in again.text


def test_the_last_day_is_said_on_the_line(login, owner, sold):
    statement = Statement.objects.get(dealer=owner.dealer)
    client = login(owner)
    assert "15 days after a second person approved" in client.get(page_of(sold)).text
    at = timezone.now()
    release.release(statement.run, by=Actor.hq(UserFactory(is_staff=True)), at=at)

    page = client.get(page_of(sold))

    assert page.context["dispute"].until == timezone.localdate(at) + timedelta(days=15)


def test_what_is_never_paid_is_said_where_it_was_to_be_paid(login, owner, hq, sold):
    line = Line.objects.get(amount=600)
    made = dispute_of(owner, timezone.now(), line=line, kind="not_mine", files=0)
    decision = Decision("partial", "Half of it", Decimal("-300.00"))
    deciding.decide(made, decision, by=Actor.hq(hq), at=timezone.now())
    client = login(owner)

    statement = client.get("/earnings/2026-01/statement/")
    dispute = client.get(made.get_absolute_url())

    assert "300.00 is never paid" in statement.text
    assert "300.00 is never paid" in dispute.text
    assert statement.context["progress"].left.never == 300
    assert client.get("/earnings/2026-01/").status_code == 200
    assert client.get(page_of(sold)).status_code == 200


def test_a_batch_says_what_it_leaves_out(login, owner, hq, sold):
    statement = Statement.objects.get(dealer=owner.dealer)
    by = Actor.hq(UserFactory(is_staff=True))
    release.release(statement.run, by=by, at=timezone.now())
    give_account(owner)
    client = login(hq)
    batch = batches.make(by=by, at=timezone.now())
    dispute_of(owner, timezone.now(), line=Line.objects.get(amount=600), files=0)

    change = reverse("admin:incentives_payoutbatch_change", args=[batch.pk])
    approve = reverse("admin:incentives_payoutbatch_approve", args=[batch.pk])

    assert "came into dispute since it was made" in client.get(change).text
    assert "lines of it came into dispute" in client.post(approve, follow=True).text
    batches.withdraw(batch, by=by, at=timezone.now())
    listed = client.get(reverse("admin:incentives_payoutbatch_changelist")).text
    assert "600.00 of 1 statement waits for the decision of disputes" in listed
    made = client.get(reverse("admin:incentives_payoutbatch_make")).text
    assert statement.number in made
