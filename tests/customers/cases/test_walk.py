"""Twenty cases from opening to appeal, half of them by silence; who decides learns no name."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfReader

from customers import verification
from customers.cases import deciding, evidence
from customers.models import (
    Case,
    CaseOutcome,
    CaseRuling,
    CaseStage,
    Ownership,
    Precedent,
)
from dealers import outbox
from dealers.actor import Actor
from dealers.models import AccessLog, Notice
from tests.customers.cases.disputed import DAY, EVIDENCE_OVER, OPENED, SOLD, Dispute, again
from tests.customers.cases.test_pages import paper
from tests.factories.cases import photo
from tests.factories.customers import RulebookFactory
from tests.factories.dealers import RegionalManagerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

CASES = 20
WAYS = (CaseOutcome.KEEP, CaseOutcome.MOVE, CaseOutcome.SPLIT, CaseOutcome.VOID)


class Reader:
    """Whoever decides: every byte that they get, by page, file or mail, is kept."""

    def __init__(self, client, post):
        self.client, self.post, self.got = client, post, []

    def get(self, address, **query):
        answer = self.client.get(address, query)
        assert answer.status_code == 200
        self.got.append(answer.content)
        self.got += [f"{name}: {value}".encode() for name, value in answer.headers.items()]
        return answer

    def read(self):
        """Everything that waits for them, with all its files; the cases."""
        listed = self.get(reverse("customers:reviews"))
        for case in listed.context["cases"]:
            page = self.get(reverse("customers:review-case", args=[case.pk]))
            for address in re.findall(rf'href="(/cases/review/{case.pk}/\d+/)"', page.text):
                file = self.get(address)
                if file.content.startswith(b"%PDF"):
                    shown = PdfReader(io.BytesIO(file.content))
                    self.got.append(repr([dict(shown.root_object), shown.metadata]).encode())
        self.get(reverse("customers:precedents"))
        return listed.context["cases"]

    def decide(self, case, outcome, share=""):
        sent = self.client.post(
            reverse("customers:review-case", args=[case.pk]),
            {"outcome": outcome, "percent": share, "reason": f"As the facts of {case.code} say."},
        )
        assert sent.status_code == 302


def names_of(disputes) -> set[str]:
    """Whatever tells who the sides, their people and the customer are."""
    found = {"林美玲", "林小姐", "永康", "中山"}
    for each in disputes:
        posts = (each.owner_a, each.owner_b, each.clerk_a, each.clerk_b)
        found |= {post.user.name for post in posts} | {post.user.email for post in posts}
        found |= {each.phone, each.won.receipt, each.claim.receipt}
        for store in (each.a, each.b):
            found |= {store.name, store.dealer.name, store.dealer.region.name}
            found |= {f">{store.code}<", f" {store.code} ", f" {store.dealer.code} "}
    return found


def opened(dispute, number) -> Case:
    """A case with a story and files that are full of names."""
    dispute.sell(dispute.b, f"S{number}", at=SOLD)
    case, by = dispute.open(), Actor.of(dispute.owner_a)
    story = (
        f"{dispute.a.dealer.name} and {dispute.a.name} ({dispute.a.code}): 林美玲,"
        f" {dispute.phone}, {dispute.clerk_a.user.name}, {dispute.clerk_a.user.email}"
    )
    evidence.say(case, story, by=by, at=OPENED + DAY)
    for name, content in {"永康.jpg": photo(), "林.pdf": paper()}.items():
        evidence.show(case, SimpleUploadedFile(name, content), by=by, at=OPENED + DAY)
    return case


def appeal(case, dispute) -> None:
    """Whoever lost says why, again with names."""
    moved = case.rulings.get().outcome == CaseOutcome.MOVE
    loser = dispute.owner_a if moved else dispute.owner_b
    text = f"No: {dispute.a.name} and {dispute.b.dealer.name} know, ask {loser.user.name}."
    at = again(case).appeal_until - DAY
    deciding.appeal(case, text, by=Actor.of(loser), at=at)


def everything_of(reader, mailoutbox) -> bytes:
    """Every byte that somebody who decides got."""
    reader.read()
    reader.get(reverse("dealers:notices"))
    told = Notice.objects.filter(user=reader.post.user)
    mails = [mail for mail in mailoutbox if mail.to == [reader.post.user.email]]
    assert told.exists()
    assert mails
    reader.got += [f"{it.title} {it.more} {it.to}".encode() for it in told]
    reader.got += [mail.message().as_bytes() for mail in mails]
    return b"\n".join(reader.got)


def test_twenty_cases_walked_from_opening_to_appeal(login, mailoutbox):
    RulebookFactory()
    readers = [Reader(login(post), post) for post in (RegionalManagerFactory() for _ in "12")]
    disputes = [Dispute([it.post for it in readers], nth) for nth in range(CASES)]
    cases = [opened(each, nth) for nth, each in enumerate(disputes)]
    deciding.settle_all(EVIDENCE_OVER)

    # For the pages, which know the clock, nothing is due before today is over.
    Case.objects.update(decide_by=EVIDENCE_OVER + 90 * DAY)
    waiting = {case.pk: reader for reader in readers for case in reader.read()}
    assert set(waiting) == {case.pk for case in cases}
    decided = cases[: CASES // 2]  # the other half nobody decides
    for nth, case in enumerate(decided):
        outcome = WAYS[nth % len(WAYS)]
        waiting[case.pk].decide(case, outcome, "40" if outcome == CaseOutcome.SPLIT else "")
    appealed = [*decided[:4], *cases[-4:]]
    for case in appealed[:4]:
        appeal(case, disputes[cases.index(case)])
    running = Case.objects.filter(stage=CaseStage.APPEAL)
    running.update(final_by=EVIDENCE_OVER + 200 * DAY)
    deciding.settle_all(EVIDENCE_OVER + 90 * DAY)
    assert CaseRuling.objects.filter(by=None).count() == CASES - len(decided)
    for case in appealed[4:]:
        appeal(case, disputes[cases.index(case)])
    running.update(final_by=EVIDENCE_OVER + 200 * DAY)
    anew = {case.pk: reader for reader in readers for case in reader.read()}
    assert set(anew) == {case.pk for case in appealed}
    for case in decided[:4]:
        assert anew[case.pk] is not waiting[case.pk]
        anew[case.pk].decide(case, CaseOutcome.KEEP)
    deciding.settle_all(EVIDENCE_OVER + 300 * DAY)

    assert set(Case.objects.values_list("stage", flat=True)) == {CaseStage.CLOSED}
    assert Precedent.objects.count() == CASES
    assert Precedent.objects.filter(appealed=True).count() == len(appealed)
    for case, each in zip(cases, disputes, strict=True):
        outcome = case.rulings.latest("instance").outcome
        owned = Ownership.objects.given().filter(identity__cases=case).order_by("period").last()
        wins = {CaseOutcome.MOVE: each.b, CaseOutcome.VOID: None}.get(outcome, each.a)
        assert (owned.store if owned else None) == wins
    assert {name: said for name, holds, said in verification.checks() if not holds} == {}

    outbox.sweep(EVIDENCE_OVER + 301 * DAY)
    for reader in readers:
        everything, post = everything_of(reader, mailoutbox), reader.post
        for name in names_of(disputes) - {post.user.name, post.user.email, post.region.name}:
            for encoding in ("utf-8", "utf-16-be", "utf-16-le"):
                assert name.encode(encoding) not in everything, name
        assert post.user.name.encode() in everything  # what is there is found
    looked = AccessLog.objects.filter(fields="evidence").values("dealer").distinct()
    assert looked.count() == 2 * CASES  # each dealer sees who looked
