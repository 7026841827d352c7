"""Who decides a case, by when, and what both sides and the one who decides read."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from config.home import waiting
from config.home.known import Known
from customers.cases import blind, called, deciding, effects, holds
from customers.cases.terms import CaseRefused
from customers.models import (
    Act,
    ActKind,
    Case,
    CaseOutcome,
    CaseReview,
    CaseRuling,
    CaseStage,
    Ownership,
    Precedent,
)
from dealers.actor import Actor
from tests.customers.cases.disputed import (
    APPEAL_OVER,
    BEGAN,
    DAY,
    DECIDED_BY,
    EVIDENCE_OVER,
    again,
    decided,
    shares,
)
from tests.factories.dealers import (
    MembershipFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def test_silence_means_the_proposal_whenever_the_job_runs(dispute):
    sale = dispute.sell(None)
    case = dispute.open()
    assert deciding.settle_all(EVIDENCE_OVER - timedelta(microseconds=1)) == 0
    deciding.settle_all(EVIDENCE_OVER)
    first = again(case)
    assert (first.stage, first.decide_by, first.reviewer) == (
        CaseStage.REVIEW,
        DECIDED_BY,
        dispute.manager.user,
    )
    assert (case.proposal.outcome, case.proposal.rules) == (CaseOutcome.KEEP, ["R3", "E5"])
    assert holds.held(dispute.a.dealer_id) == {sale.pk: case.code}
    deciding.settle_all(APPEAL_OVER + 5 * DAY)  # late: all is done as of when it was due
    deciding.settle_all(APPEAL_OVER + 5 * DAY)
    closed = again(case)
    ruling = CaseRuling.objects.get()
    assert (ruling.by, ruling.outcome, ruling.at) == (None, CaseOutcome.KEEP, DECIDED_BY)
    assert (closed.stage, closed.appeal_until, closed.closed_at) == (
        CaseStage.CLOSED,
        APPEAL_OVER,
        APPEAL_OVER,
    )
    assert holds.held(dispute.a.dealer_id) == {}
    assert shares(sale) == {dispute.a.dealer_id: 1}
    taught = Precedent.objects.get()
    assert (taught.outcome, taught.by_silence, taught.as_proposed, taught.evidence_a) == (
        CaseOutcome.KEEP,
        True,
        True,
        5,
    )


def test_no_dealer_learns_who_decided(dispute):
    decided(dispute, CaseOutcome.MOVE)
    deciding.settle_all(APPEAL_OVER)
    assert {act.by for act in Act.objects.filter(kind=ActKind.RULED)} == {None}
    assert CaseRuling.objects.get().by == dispute.manager.user


def test_who_has_a_part_in_it_by_now_decides_no_more(dispute):
    dispute.open()
    deciding.settle_all(EVIDENCE_OVER)
    case = Case.objects.get()
    MembershipFactory(user=dispute.manager.user, store=dispute.b)
    by, at = Actor.of(dispute.manager), EVIDENCE_OVER + DAY
    with pytest.raises(CaseRefused, match="step aside"):
        deciding.decide(case, outcome=CaseOutcome.KEEP, share=None, reason="x", by=by, at=at)
    deciding.step_aside(case, by=by, at=at)
    assert again(case).reviewer == dispute.second.user


def test_instead_of_who_leaves_before_deciding_somebody_else_is_asked(dispute):
    case = dispute.open()
    deciding.settle_all(EVIDENCE_OVER)
    assert again(case).reviewer == dispute.manager.user
    dispute.manager.ends_at = EVIDENCE_OVER + DAY
    dispute.manager.save(update_fields=["ends_at"])
    assert deciding.settle_all(EVIDENCE_OVER + DAY - timedelta(microseconds=1)) == 0
    assert again(case).reviewer == dispute.manager.user
    for _twice in range(2):
        assert deciding.settle_all(EVIDENCE_OVER + DAY) == 0
    assert again(case).reviewer == dispute.second.user
    assert CaseReview.objects.get(user=dispute.manager.user).left_at == EVIDENCE_OVER + DAY


def test_who_once_worked_at_a_side_is_not_asked(dispute):
    MembershipFactory(user=dispute.manager.user, store=dispute.b, ends_at=BEGAN)
    case = dispute.open()
    deciding.settle_all(EVIDENCE_OVER)
    assert again(case).reviewer == dispute.second.user


def test_on_appeal_the_first_reason_names_nobody(dispute):
    case = decided(dispute, CaseOutcome.KEEP, reason="永康街店 was first, call 13800000000.")
    deciding.appeal(case, "No.", by=Actor.of(dispute.owner_b), at=EVIDENCE_OVER + 2 * DAY)
    seen = blind.of(again(case), by=Actor.of(dispute.second), at=timezone.now())
    assert seen.why == "▇▇ was first, call ▇▇."


def test_a_sides_contact_person_is_not_told_by_half_a_name_either(dispute):
    dispute.a.dealer.contact = "陈建国"
    dispute.a.dealer.save(update_fields=["contact"])
    case = decided(dispute, CaseOutcome.KEEP, reason="陈总 was first, call 13800000000.")
    deciding.appeal(case, "No.", by=Actor.of(dispute.owner_b), at=EVIDENCE_OVER + 2 * DAY)
    seen = blind.of(again(case), by=Actor.of(dispute.second), at=timezone.now())
    assert seen.why == "▇▇ was first, call ▇▇."


def test_headquarters_is_told_what_stays_as_paid(dispute, hq, login, monkeypatch):
    monkeypatch.setattr(effects, "carry_out", lambda *_: 2)
    case = decided(dispute, CaseOutcome.MOVE)
    deciding.settle_all(case.appeal_until)
    [told] = [
        each
        for each in waiting.waiting_for(hq, Known(case.appeal_until + DAY))
        if "customers/case" in each.url
    ]
    assert told.title == "1 case left orders of closed months as paid"
    assert told.detail.startswith("2 orders")
    assert case.code in login(hq).get(told.url).text
    assert waiting.waiting_for(dispute.owner_a.user, Known(case.appeal_until + DAY)) == []


def test_whoever_decides_reads_days_and_no_numbers(dispute):
    text = "On 2026-03-01 10:30 she called from 138 - 1234 - 5678 or 020·8888·7777."
    shown = blind._Clearer(["x9"])(text)
    assert shown == "On 2026-03-01 10:30 she called from ▇▇ or ▇▇."


@pytest.mark.parametrize(
    "said",
    [
        "林美玲", "林 美玲", "林·美玲", "美玲", "林小姐", "林女士", "小林", "王女士", "王总",
        "欧阳小姐", "晓东", "永康街店", "永康街", "杭州永康净水有限公司", "杭州永康净水", "S００１",
        "s001", "一三八零零零零一二三四", "138零零零零1234", "１３８００００１２３４", "a＠b.cn",
        "Ann Lee", "AnnLee", "Ms Chen", "Chen", "长孙女士", "无忌", "阿依古丽·买买提",
        "阿依古丽买买提", "阿依古丽", "𠮷小姐", "ＡＢＣ门窗", "ABC门窗",
    ],
)  # fmt: skip
def test_names_are_cleared_as_people_write_them(said):
    names = [
        *called.person("林美玲"), *called.person("王女士"), *called.person("Ann Lee"),
        *called.person("欧阳晓东"), *called.person("Ms Chen"), *called.person("长孙无忌"),
        *called.person("阿依古丽·买买提"), *called.person("𠮷建国"), *called.firm("ＡＢＣ门窗"),
        *called.firm("杭州永康净水有限公司"), *called.store("永康街店"), "S001",
    ]  # fmt: skip
    shown = blind._Clearer(names)(f"问 {said} 吧")
    assert shown == "问 ▇▇ 吧"


def test_a_text_without_names_stays_as_it_is():
    text = "2026年11月2日，顾客二〇二六年先来，付了 1,200 元：A 店的小票有三张。"
    assert blind._Clearer([*called.person("林美玲"), *called.store("永康街店")])(text) == text


@pytest.mark.parametrize(
    "said",
    [
        "她第一次来就登记了", "客服中心在2026年回了电话", "她在小程序下单", "等了24小时",
        "完成工作后", "施工两天", "we should deliver", "那位女士 (Ms) 来过",
    ],
)  # fmt: skip
def test_words_that_name_nobody_stay(said):
    names = [
        *called.store("中心店"), *called.store("第一店"), *called.person("程建国"), "SH", "Li",
        *called.person("时美玲"), *called.person("成晓东"), *called.person("施晓东"),
        *called.person("女士"), *called.person("Ms"),
    ]  # fmt: skip
    assert blind._Clearer(names)(said) == said


@pytest.mark.parametrize("said", ["中心店", "第一店", "小程", "施总", "成工", "SH", "li"])
def test_the_same_as_names_are_cleared(said):
    names = [
        *called.store("中心店"), *called.store("第一店"), *called.person("程建国"), "SH", "Li",
        *called.person("成晓东"), *called.person("施晓东"),
    ]  # fmt: skip
    assert blind._Clearer(names)(f"问{said}吧") == "问▇▇吧"


def test_an_address_takes_no_words_with_it():
    said = "邮箱lin@x.example，我们第一天就登记了，店长@她也没有回"
    assert blind._Clearer(["S001"])(said) == "邮箱▇▇，我们第一天就登记了，店长@她也没有回"


def test_one_appeal_in_seven_days_and_somebody_else_decides(dispute):
    case = decided(dispute, CaseOutcome.MOVE)
    by = Actor.of(dispute.owner_a)
    with pytest.raises(CaseRefused, match="one appeal"):
        deciding.appeal(case, "No.", by=by, at=case.appeal_until)
    deciding.appeal(case, "We have her since March.", by=by, at=case.appeal_until - DAY)
    case = again(case)
    first = CaseReview.objects.get(instance=1)
    assert (case.stage, case.reviewer) == (CaseStage.APPEAL, dispute.second.user)
    assert first.user == dispute.manager.user
    with pytest.raises(CaseRefused, match="one appeal"):
        deciding.appeal(case, "Again.", by=Actor.of(dispute.owner_b), at=case.appeal_until - DAY)
    with pytest.raises(CaseRefused, match="does not wait for you"):
        deciding.decide(
            case, outcome=CaseOutcome.KEEP, share=None, reason="x",
            by=Actor.of(dispute.manager), at=case.appeal_until,
        )  # fmt: skip
    deciding.decide(
        case, outcome=CaseOutcome.KEEP, share=None, reason="A was first.",
        by=Actor.of(dispute.second), at=case.appeal_until,
    )  # fmt: skip
    assert again(case).stage == CaseStage.CLOSED
    assert Ownership.objects.running(case.appeal_until).get().dealer == dispute.a.dealer
    assert Precedent.objects.get().appealed


def test_who_has_a_part_in_it_steps_aside_and_with_nobody_left_silence_decides(dispute):
    case = dispute.open()
    deciding.settle_all(EVIDENCE_OVER)
    for manager in (dispute.manager, dispute.second):
        deciding.step_aside(again(case), by=Actor.of(manager), at=EVIDENCE_OVER + DAY)
    assert again(case).reviewer is None
    deciding.settle_all(DECIDED_BY)
    assert CaseRuling.objects.get().by is None


def test_what_was_decided_is_never_changed(dispute):
    case = decided(dispute, CaseOutcome.KEEP)
    deciding.settle_all(case.appeal_until)
    for rows, change in [
        (CaseRuling.objects.all(), {"outcome": CaseOutcome.MOVE}),
        (Case.objects.all(), {"stage": CaseStage.APPEAL}),
        (Precedent.objects.all(), {"by_silence": True}),
    ]:
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
