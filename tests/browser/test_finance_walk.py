"""Finance takes a month from the draft of its plan to the bank's last answer, by two people.

What owners and an associate see of it is held against it at each step, to the fen.
"""

import csv
import hashlib
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pypdf
import pytest
from django.utils import timezone
from playwright.sync_api import expect

from dealers import clock as server_clock
from incentives.models import (
    Adjustment,
    Dispute,
    Metric,
    PayoutBatch,
    PlanVersion,
    Program,
    RewardKind,
    Run,
    Statement,
    Unit,
)
from incentives.tasks import render_statement
from tests.factories.customers import RulebookFactory, phone_number, registered
from tests.factories.dealers import MembershipFactory, OwnerFactory, StoreFactory, UserFactory
from tests.factories.incentives import (
    FEBRUARY,
    JANUARY,
    MARCH,
    close_period,
    percent,
    published,
    sale,
)
from tests.factories.payouts import give_account
from tests.factories.rewards import promised

pytestmark = pytest.mark.django_db(transaction=True)

PUBLISHED = datetime(2026, 2, 10, 4, tzinfo=UTC)  # when the two write and publish the new rate
ORDERS = (
    "source,external_id,kind,ordered_at,place,phone,returns_external_id,line,category,quantity,"
    "gross,discount,net,returns_line\n"
    "pos,M1,sale,2026-03-10T11:00:00+08:00,{ours},{phone},,1,C1,2,2000.00,0.00,2000.00,\n"
    "pos,M2,sale,2026-03-12T15:00:00+08:00,{ours},{phone},,1,C1,1,900.00,11.12,888.88,\n"
    "pos,M3,sale,2026-03-12T16:00:00+08:00,{theirs},{other},,1,C1,1,300.00,0.00,300.00,\n"
    "pos,M1-R,return,2026-03-20T10:00:00+08:00,{ours},{phone},M1,1,C1,1,500.00,0.00,500.00,1\n"
)
# January as it was booked at 3 %, and as the draft at 5 % would have been.
BOOKED, WOULD_BE = ("149.42", "6.00", "155.42"), ("249.03", "10.00", "259.03")
# March at 5 %: 100.00 and 44.44 less 25.00 that came back, and 15.00 of the other dealer.
OURS, THEIRS, ALL = "119.44", "15.00", "134.44"
DISPUTED, FREE, FIRST_BATCH = "44.44", "75.00", "90.00"
MORE, IN_PART = "8.00", "6.00"  # what the owner asks for beside, and what of it is found right
DISPLAY = "7.50"  # for a display stand of the other dealer; both are above the limit of one person
LAST_BATCH = "59.44"  # the line that waited, and what the bank had sent back
OF_A_PERSON = "30.00"  # what a board gives an associate


@pytest.fixture
def clock(monkeypatch):
    """``clock(moment)`` sets the portal's clock; without one it tells the real time again.

    The database's goes on, so the portal is to bear that they differ.
    """
    real, bears = timezone.now, server_clock.TOLERANCE

    def at(moment=None):
        monkeypatch.setattr(server_clock, "TOLERANCE", timedelta(days=3650) if moment else bears)
        monkeypatch.setattr(timezone, "now", (lambda: moment) if moment else real)

    return at


class Walk:
    """Two people of finance, two dealers with an owner each, and an associate of the first."""

    def __init__(self, browse, sound, folder):
        self.browse, self.sound, self.folder = browse, sound, folder
        RulebookFactory(starts_on=date(2025, 1, 1), published_at=datetime(2025, 1, 1, tzinfo=UTC))
        Program.objects.update_or_create(defaults={"currency": "CNY", "adjustment_limit": 5})
        plan = percent("0.03", code="own", name="顾客成交", places=["own"])
        published(plan, code="sales", name="成交奖励")
        self.first, self.second = (
            UserFactory(is_staff=True, is_superuser=True, name=name) for name in ("赵宁", "孙悦")
        )
        self.store, self.rivals = StoreFactory(name="永康街店"), StoreFactory(name="城南店")
        self.owner, self.rival = (
            OwnerFactory(dealer=store.dealer) for store in (self.store, self.rivals)
        )
        self.phones = [phone_number(), phone_number()]
        at = datetime(2026, 1, 5, 2, tzinfo=UTC)
        mine, theirs = (
            registered(store, phone=phone, at=at, name="林女士")
            for store, phone in zip((self.store, self.rivals), self.phones, strict=True)
        )
        sale(mine, "1000.00", date(2026, 1, 20))
        sale(mine, "3980.55", date(2026, 1, 21))
        sale(theirs, "200.00", date(2026, 1, 22))
        close_period(JANUARY, at=datetime(2026, 2, 3, tzinfo=UTC))
        for owner in (self.owner, self.rival):
            give_account(owner)
        self.clerk = MembershipFactory(store=self.store, user=UserFactory(name="周晓"))
        registered(self.store, staff=self.clerk.user, at=datetime(2026, 3, 5, 2, tzinfo=UTC))
        promised(
            name="三月登记奖", kind=RewardKind.THRESHOLD, metric=Metric.REGISTRATIONS,
            unit=Unit.STAFF, places=None, goal=1, amounts=[Decimal(OF_A_PERSON)],
            budget=Decimal(OF_A_PERSON), starts_on=MARCH,
        )  # fmt: skip

    def at_desk(self, person):
        """A page of somebody of finance, where the worker does its part before it comes."""
        page = self.browse(person)
        page.set_default_timeout(60_000)
        return page

    def on_phone(self, post):
        return self.browse(post, width=390, touch=True)


def says(page, *amounts, where="main"):
    """Whether all of these amounts stand on the page."""
    for amount in amounts:
        expect(page.locator(where).first).to_contain_text(f"¥{Decimal(amount):,.2f}")


def press(page, target):
    page.locator(target).first.click()
    page.wait_for_load_state()


def yes(page):
    """Say yes to what a page of the admin asks."""
    press(page, "input.default")
    expect(page.locator(".messagelist .success, .messagelist .info").first).to_be_visible()


def draft_and_try(walk):
    """The first person writes a higher rate and sees what January would have come to."""
    page = walk.at_desk(walk.first)
    page.goto("/admin/incentives/plan/")
    press(page, "#result_list tbody th a")
    press(page, ".object-tools form button")
    page.wait_for_url("**/planversion/*/change/**")
    page.locator("[name=starts_on]").fill("2026-03-01")
    page.locator("[name=components-0-rates-0-rate]").fill("5%")
    press(page, "[name=_continue]")
    expect(page.locator("span.readback").first).to_contain_text("5%")
    walk.sound(page)
    press(page, ".object-tools a[href$='/whatif/']")
    press(page, "input.default")
    page.locator(".split3").wait_for()
    says(page, BOOKED[2], WOULD_BE[2], where=".split3")
    says(page, *BOOKED, *WOULD_BE)
    walk.sound(page)
    page.get_by_role("link", name=walk.store.dealer.name).click()
    says(page, BOOKED[0], WOULD_BE[0])
    walk.sound(page)
    return page


def approve_and_publish(walk):
    """The second person reads the same amounts, approves, and puts it in force."""
    draft = PlanVersion.objects.drafts().get()
    page = walk.at_desk(walk.second)
    page.goto(f"/admin/incentives/planversion/{draft.pk}/publish/")
    says(page, BOOKED[2], WOULD_BE[2])
    walk.sound(page)
    press(page, "button[value=approved]")
    page.locator("[name=read]").check()
    yes(page)
    draft.refresh_from_db()
    assert (draft.approved_by, draft.published_by) == (walk.second, walk.second)
    return page


def bring_trade(walk):
    """March's orders come in by a file, seen before they are kept."""
    page = walk.at_desk(walk.first)
    page.goto("/imports/")
    text = ORDERS.format(
        ours=walk.store.code, theirs=walk.rivals.code, phone=f"+86{walk.phones[0]}",
        other=f"+86{walk.phones[1]}",
    )  # fmt: skip
    page.set_input_files(
        "[name=files]", {"name": "三月订单.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="上传并检查").click()
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.get_by_role("heading", name="导入结果")).to_be_visible()
    expect(page.locator("dl.stats dd").nth(1)).to_have_text("4")
    walk.sound(page)
    return page


def close(walk):
    """The first person closes March from the page of closed months, and reads what it made."""
    page = walk.at_desk(walk.first)
    page.goto("/admin/incentives/run/")
    press(page, ".checks a[href$='/close/2026-3/']")
    expect(page.locator(".readback")).to_contain_text("4")
    walk.sound(page)
    yes(page)
    press(page, f"#result_list a[href*='run__id__exact={Run.objects.get(month=MARCH).pk}']")
    for number in (f"ST-2026-03-{store.dealer.code}" for store in (walk.store, walk.rivals)):
        expect(page.locator("#result_list")).to_contain_text(number)
    walk.sound(page)
    return page


def review_and_release(walk):
    """The second person sees that nothing is left over, and approves the same total."""
    page = walk.at_desk(walk.second)
    page.goto("/admin/incentives/account/zero/")
    expect(page.locator(".pill.bad")).to_have_count(0)
    walk.sound(page)
    page.goto("/admin/incentives/statementrelease/")
    page.locator(".checks li", has_text="2026-03").locator("a").click()
    says(page, ALL)
    walk.sound(page)
    yes(page)
    return page


def read_statement(walk):
    """The owner sees one amount on the month, the statement, its PDF, its CSV and its lines."""
    page = walk.on_phone(walk.owner)
    page.goto("/earnings/2026-03/")
    says(page, OURS, where=".hero-amt")
    walk.sound(page)
    page.goto("/earnings/2026-03/statement/")
    says(page, OURS, where="section[aria-labelledby=sum]")
    says(page, "100.00", DISPUTED, "25.00", where="#lines")
    says(page, OURS, where="section[aria-labelledby=pay]")
    walk.sound(page)
    taken = {}
    statement = Statement.objects.get(run__month=MARCH, dealer=walk.owner.dealer)
    render_statement(statement.pk, "zh-hans")  # as the worker does
    for name in ("CSV", "PDF"):
        with page.expect_download() as download:
            page.locator(f".pagehead a[href$='.{name.lower()}']").click()
        taken[name] = download.value.path().read_bytes()
    rows = list(csv.DictReader(io.StringIO(taken["CSV"].decode("utf-8-sig"))))
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal(OURS)
    pages = pypdf.PdfReader(io.BytesIO(taken["PDF"])).pages
    paper = "\n".join(each.extract_text() for each in pages)
    assert f"¥{OURS}" in paper
    assert hashlib.sha256(taken["CSV"]).hexdigest() in re.sub(r"\s", "", paper)
    return page


def dispute(walk, page):
    """The owner disputes one line in three taps; that line waits, and nothing else."""
    press(page, "#lines a.line:has-text('03-12')")
    says(page, DISPUTED, where=".calc .sum")
    walk.sound(page)
    press(page, "a[href$='/dispute/']")
    press(page, "form button.primary")
    page.locator("[name=text]").fill("优惠券是品牌方发的，不应从成交额里扣。")
    page.locator("[name=expected]").fill(str(Decimal(DISPUTED) + Decimal(MORE)))
    press(page, "form button.primary")
    says(page, DISPUTED)
    walk.sound(page)
    press(page, "form button.primary")
    page.wait_for_url("**/disputes/**")
    says(page, DISPUTED, where="section[aria-labelledby=money]")
    walk.sound(page)
    page.goto("/earnings/2026-03/statement/")
    says(page, OURS, DISPUTED, where="section[aria-labelledby=sum]")
    says(page, FREE, DISPUTED, where="section[aria-labelledby=pay]")
    walk.sound(page)


def pay(walk, total, *held, refused=()):
    """The first person makes a batch, the second approves it and reads the bank's answer."""
    page = walk.at_desk(walk.first)
    page.goto("/admin/incentives/payoutbatch/")
    says(page, total, *held, where="section[aria-labelledby=due]")
    walk.sound(page)
    press(page, "a[href$='/payoutbatch/make/']")
    says(page, total)
    walk.sound(page)
    yes(page)
    says(page, total)
    batch = PayoutBatch.objects.latest("pk")
    page = walk.at_desk(walk.second)
    page.goto(f"/admin/incentives/payoutbatch/{batch.pk}/change/")
    says(page, total)
    walk.sound(page)
    press(page, ".object-tools a[href$='/approve/']")
    says(page, total)
    walk.sound(page)
    press(page, "input.default")
    with page.expect_download() as taken:
        page.locator(".object-tools a[href$='/file/']").click()
    rows = list(csv.reader(io.StringIO(taken.value.path().read_text("utf-8-sig"))))[1:]
    assert sum(
        Decimal(cell) for row in rows for cell in row if re.fullmatch(r"\d+\.\d\d", cell)
    ) == Decimal(total)
    on_the_way = walk.on_phone(walk.owner)
    on_the_way.goto("/earnings/2026-03/statement/")
    expect(on_the_way.locator("section[aria-labelledby=pay]")).to_contain_text(batch.number)
    walk.sound(on_the_way)
    answer(walk, page, batch, refused)


def answer(walk, page, batch, refused):
    day = timezone.localdate().isoformat()
    payouts = list(batch.payouts.order_by("reference"))
    rows = [
        f"{each.reference},失败,{day},账号与户名不符"
        if each.dealer in refused
        else f"{each.reference},成功,{day},"
        for each in payouts
    ]
    file = walk.folder / f"{batch.number}.csv"
    file.write_text("\n".join(["reference,state,date,reason", *rows, ""]), encoding="utf-8")
    press(page, ".object-tools a[href$='/answer/']")
    page.locator("[name=file]").set_input_files(file)
    press(page, "input.default")
    expect(page.locator(".readback li").nth(0)).to_contain_text(str(len(rows) - len(refused)))
    expect(page.locator(".readback li").nth(1)).to_contain_text(str(len(refused)))
    walk.sound(page)


def read_own_reward(walk):
    """The associate reads what is their own, and nothing of the dealer's money."""
    page = walk.on_phone(walk.clerk)
    page.goto("/ranking/")
    press(page, "a[href='/rewards/']")
    says(page, OF_A_PERSON, where="section[aria-labelledby=given]")
    walk.sound(page)
    page.locator("article.card a, section[aria-labelledby=over] a").first.click()
    says(page, OF_A_PERSON, where="section[aria-labelledby=given]")
    walk.sound(page)
    for address in ("/earnings/2026-03/", "/earnings/2026-03/statement/", "/disputes/"):
        assert page.request.get(address).status == 404


def decide(walk):
    """The first person begins to check, and finds the owner right in part."""
    page = walk.at_desk(walk.first)
    page.goto("/admin/incentives/dispute/")
    press(page, "#result_list tbody th a")
    press(page, f"a[href$='/{Dispute.objects.get().pk}/decide/']")
    press(page, "button[name=begin]")
    says(page, DISPUTED, MORE)
    walk.sound(page)
    page.locator("[name=outcome][value=partial]").check()
    page.locator("[name=amount]").fill(IN_PART)
    page.locator("[name=reason]").fill("其中一张优惠券由品牌方承担，另一张由门店承担。")
    press(page, "input[name=decide]")
    expect(page.locator(".messagelist li")).to_be_visible()
    walk.sound(page)
    owner = walk.on_phone(walk.owner)
    owner.goto(Dispute.objects.get().get_absolute_url())
    expect(owner.locator("#ruling-1")).to_have_count(0)  # it is not in effect yet


def propose(walk):
    """The first person proposes an amount for the other dealer, which no dispute is about."""
    page = walk.at_desk(walk.first)
    page.goto("/admin/incentives/adjustment/add/")
    page.locator("#id_dealer + .select2").click()
    page.locator(".select2-search__field").fill(walk.rivals.dealer.code)
    page.locator(".select2-results__option--highlighted", has_text=walk.rivals.dealer.name).click()
    page.locator("[name=plan]").select_option(index=1)
    page.locator("[name=amount]").fill(DISPLAY)
    page.locator("[name=reason]").fill("三月展架补贴")
    press(page, "[name=_save]")
    says(page, DISPLAY, where="#result_list")
    walk.sound(page)


def agree(walk, amount):
    """Nobody approves what they proposed themselves; the second person does."""
    made = Adjustment.objects.get(amount=Decimal(amount))
    for person in (walk.first, walk.second):
        page = walk.at_desk(person)
        page.goto(f"/admin/incentives/adjustment/{made.pk}/change/")
        press(page, f"a[href$='/{made.pk}/decide/']")
        says(page, amount)
        page.locator("[name=answer][value=approve]").check()
        if person == walk.first:
            press(page, "input.default")
            expect(page.locator(".errorlist").first).to_be_visible()
            walk.sound(page)
    yes(page)
    says(page, amount)
    walk.sound(page)


def read_decision(walk):
    """The owner reads the decision and its amount; each dealer reads its own in the open month."""
    page = walk.on_phone(walk.owner)
    page.goto(Dispute.objects.get().get_absolute_url())
    says(page, IN_PART, where="section[aria-labelledby=ruling-1]")
    walk.sound(page)
    for owner, amount in ((walk.owner, IN_PART), (walk.rival, DISPLAY)):
        page = walk.on_phone(owner)
        page.goto("/earnings/")
        says(page, amount, where="section[aria-labelledby=adjusted]")
        walk.sound(page)


def read_paid(walk):
    """The owner reads both payments, and finance that nothing is left over."""
    page = walk.on_phone(walk.owner)
    page.goto("/earnings/2026-03/statement/")
    says(page, FREE, DISPUTED, where="section[aria-labelledby=pay]")
    expect(page.locator("section[aria-labelledby=pay] li.now")).to_have_count(0)
    page = walk.at_desk(walk.first)
    page.goto("/admin/incentives/account/zero/")
    expect(page.locator(".pill.ok").first).to_be_visible()
    expect(page.locator(".pill.bad")).to_have_count(0)


def test_a_month_from_the_draft_to_the_bank(browse, sound, clock, tmp_path, settings):
    settings.PORTAL_PAPERS_AHEAD = False  # statements are set when somebody asks for them
    walk = Walk(browse, sound, tmp_path)
    clock(PUBLISHED)
    draft_and_try(walk)
    approve_and_publish(walk)
    clock()
    close_period(FEBRUARY)
    bring_trade(walk)
    close(walk)
    review_and_release(walk)
    dispute(walk, read_statement(walk))
    read_own_reward(walk)
    pay(walk, FIRST_BATCH, DISPUTED, refused=[walk.rival.dealer])
    decide(walk)
    agree(walk, IN_PART)
    propose(walk)
    agree(walk, DISPLAY)
    read_decision(walk)
    pay(walk, LAST_BATCH)
    read_paid(walk)
