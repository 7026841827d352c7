"""The pages of both sides and of whoever decides."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from psycopg.errors import LockNotAvailable
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    DictionaryObject,
    EncodedStreamObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from customers.cases import deciding
from customers.erasure import erase_person
from customers.models import Case, CaseEvidence, CaseOutcome, CaseRuling, CaseStage
from dealers.actor import Actor
from dealers.models import AccessLog, FactKind, Link, SignedLink
from dealers.tasks import keep_chains
from tests.customers.cases.disputed import Dispute, again, decided
from tests.factories.cases import in_review, photo
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import MembershipFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]

CASES = reverse("customers:cases")
REVIEWS = reverse("customers:reviews")
PRECEDENTS = reverse("customers:precedents")


def paper(says="永康经销商") -> bytes:
    writer, made = PdfWriter(), io.BytesIO()
    page = writer.add_blank_page(200, 200)
    shown = EncodedStreamObject()
    shown._data = photo(says=says)
    told = {"/Subtype": "/Image", "/ColorSpace": "/DeviceRGB", "/Filter": "/DCTDecode"}
    size = {"/Width": 60, "/Height": 40, "/BitsPerComponent": 8}
    shown.update({NameObject(key): NameObject(value) for key, value in told.items()})
    shown.update({NameObject(key): NumberObject(value) for key, value in size.items()})
    named = DictionaryObject({NameObject("/P"): writer._add_object(shown)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): named})
    writer.add_metadata({"/Author": says, "/Title": says})
    writer.add_attachment("永康.txt", says.encode())
    script = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject(f"app.alert('{says}')")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject(key): value for key, value in script.items()}
    )
    writer.write(made)
    return made.getvalue()


def opened(login, dispute) -> Case:
    client = login(dispute.owner_b)
    answer = client.post(
        reverse("customers:open-case", args=[dispute.claim.receipt]),
        {"story": "She asked us in May.", "step": "send"},
    )
    case = Case.objects.get()
    assert answer.url == case.get_absolute_url()
    return case


def test_a_case_is_opened_from_the_receipt(login, dispute):
    client = login(dispute.clerk_b)
    receipt = client.get(dispute.claim.get_absolute_url())
    address = reverse("customers:open-case", args=[dispute.claim.receipt])
    assert address in receipt.text
    assert dispute.claim.receipt in client.get(address).text
    assert "What happened?" in client.get(address, {"story": ""}).text
    empty = client.post(address, {"story": ""})
    assert (empty.status_code, Case.objects.count()) == (422, 0)
    assert empty.text.partition("</title>")[0].count("Error:") == 1
    check = client.post(address, {"story": "She <asked> us."})
    assert "She &lt;asked&gt; us." in check.text
    assert 'name="step" value="send"' in check.text
    again = client.post(address, {"story": "She <asked> us.", "step": "send", "change": "1"})
    assert (again.status_code, Case.objects.count()) == (200, 0)
    assert "<textarea" in again.text
    case = opened(login, dispute)
    shows = '<li aria-current="step">What shows it</li>'
    assert shows in login(dispute.clerk_b).get(case.get_absolute_url()).text
    assert shows not in login(dispute.owner_a).get(case.get_absolute_url()).text
    twice = login(dispute.clerk_b).post(address, {"story": "Again.", "step": "send"})
    assert twice.status_code == 422
    assert "runs already" in twice.text
    listed = login(dispute.clerk_b).get(CASES)
    assert case.code in listed.text


def test_who_has_a_case_that_runs_is_led_to_it_and_nobody_else(login, dispute):
    third, later = MembershipFactory(), dispute.claim.received_at + timedelta(hours=1)
    theirs = registered(third.store, phone=dispute.phone, staff=third.user, at=later)
    case = opened(login, dispute)
    address = reverse("customers:open-case", args=[dispute.claim.receipt])
    for step in ({}, {"story": ""}):
        assert login(dispute.clerk_b).get(address, step).url == case.get_absolute_url()
    of_theirs = reverse("customers:open-case", args=[theirs.receipt])
    assert login(third).get(of_theirs).status_code == 200


def test_a_reason_may_begin_with_a_sentence_that_others_used(login, dispute):
    case = in_review(opened(login, dispute))
    client = login(case.reviewer)
    address = reverse("customers:review-case", args=[case.pk])
    assert "Nothing, I write all of it" in client.get(address).text
    none = client.post(address, {"outcome": "keep", "begins": "", "reason": " "})
    assert none.status_code == 422
    assert "Write the reason" in none.text
    client.post(address, {"outcome": "keep", "begins": "runs", "reason": "The call was on Monday."})
    said = CaseRuling.objects.get().reason
    assert said.startswith("The protection of A was running")
    assert said.endswith("\nThe call was on Monday.")


def test_a_receipt_of_an_own_customer_opens_none(login, dispute):
    address = reverse("customers:open-case", args=[dispute.won.receipt])
    assert login(dispute.owner_a).get(address).status_code == 404
    assert login(dispute.owner_b).get(address).status_code == 404
    assert address not in login(dispute.owner_a).get(dispute.won.get_absolute_url()).text


def test_each_side_sees_its_own_and_nothing_of_the_other(login, dispute):
    case = opened(login, dispute)
    a, b = login(dispute.owner_a), login(dispute.owner_b)
    page = a.get(case.get_absolute_url())
    assert "She asked us in May." not in page.text
    assert "中山" not in page.text
    assert dispute.won.customer.get_absolute_url() in page.text  # whom it is about
    a.post(reverse("customers:add-evidence", args=[case.pk]), {"story": "We fitted her filter."})
    seen = b.get(case.get_absolute_url())
    assert "She asked us in May." in seen.text
    assert "We fitted her filter." not in seen.text
    assert "sees pictures and PDFs as they are" in seen.text
    assert "永康" not in seen.text
    assert str(dispute.won.customer.pk) not in seen.text
    in_review(case)
    judged = b.get(case.get_absolute_url())
    assert "The customer stays with the other side" in judged.text
    assert "just before the protection began" in judged.text
    assert "2026-09-14" not in judged.text  # when A's protection began
    assert "The customer stays with you" in a.get(case.get_absolute_url()).text


def test_each_side_holds_a_receipt_of_the_decision_in_its_own_chain(login, dispute):
    case = decided(dispute, CaseOutcome.KEEP)
    page = login(dispute.owner_a).get(case.get_absolute_url())
    assert "comes in a moment" in page.text

    keep_chains()

    for owner in (dispute.owner_a, dispute.owner_b):
        page = login(owner).get(case.get_absolute_url()).text
        (link,) = Link.objects.filter(dealer=owner.dealer, kind=FactKind.RULING)
        assert SignedLink.objects.get(dealer=owner.dealer, seq=link.seq).line in page
        assert f"at place {link.seq} in the chain of your dealer" in page


@pytest.mark.parametrize(
    "name", ["case", "add-evidence", "appeal-case", "review-case", "step-aside"]
)
def test_others_find_nothing(login, dispute, hq, name):
    case = in_review(opened(login, dispute))
    address = reverse(f"customers:{name}", args=[case.pk])
    for who in (MembershipFactory(), dispute.second, hq):
        client = login(who)
        sent = client.get(address) if name in {"case", "review-case"} else client.post(address)
        assert sent.status_code == 404


def test_pictures_are_made_anew_and_papers_lose_what_is_hidden(login, dispute):
    case = opened(login, dispute)
    client = login(dispute.owner_a)
    address = reverse("customers:add-evidence", args=[case.pk])
    files = {"永康街店.jpg": photo(), "永康.png": photo("PNG"), "林.pdf": paper()}
    for name, content in files.items():
        assert "永康".encode() in content
        sent = client.post(address, {"file": SimpleUploadedFile(name, content)})
        assert sent.status_code == 302, sent.text
    kept = CaseEvidence.objects.filter(side="A").order_by("number")
    assert [each.kind for each in kept] == ["image", "image", "pdf"]
    case = in_review(case)
    reviewer = login(dispute.manager)
    for each in kept:
        own = client.get(reverse("customers:case-file", args=[case.pk, each.number]))
        shown = reviewer.get(reverse("customers:review-file", args=[case.pk, each.pk]))
        assert own.content == shown.content
        assert shown["X-Content-Type-Options"] == "nosniff"
        for word in ("永康", "林"):
            assert word.encode() not in shown.content
            assert word.encode("utf-16-be") not in shown.content
            assert word not in shown["Content-Disposition"]
    assert shown["Content-Disposition"] == 'attachment; filename="A-3.pdf"'
    reader = PdfReader(io.BytesIO(shown.content))
    assert reader.attachments == {}
    (picture,) = reader.pages[0].images
    assert (picture.image.size, dict(picture.image.getexif())) == ((60, 40), {})
    assert not {"/Author", "/Title"} & set(reader.metadata or {})
    assert "/Names" not in reader.root_object
    # The dealer sees who looked, and what for.
    logged = AccessLog.objects.filter(dealer=dispute.a.dealer, user=dispute.manager.user)
    assert logged.count() == 3
    other = reverse("customers:case-file", args=[case.pk, 1])
    assert login(dispute.owner_b).get(other).status_code == 404


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "JPEG or PNG"),
        (b"<html><img src=x></html>", "JPEG or PNG"),
        (b"%PDF-1.7 nothing in it", "cannot be read"),
        (b"\xff\xd8\xff\xe0 no picture", "JPEG or PNG"),
        (b"", "empty"),
    ],
)
def test_what_is_neither_is_refused_in_a_sentence(login, dispute, content, says):
    case = opened(login, dispute)
    address = reverse("customers:add-evidence", args=[case.pk])
    sent = login(dispute.owner_a).post(address, {"file": SimpleUploadedFile("a.png", content)})
    assert sent.status_code == 422
    assert says in sent.text
    assert not CaseEvidence.objects.filter(side="A").exists()


def test_a_bomb_of_pixels_is_refused_before_it_is_unpacked(login, dispute):
    made = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(made, "PNG")
    case = opened(login, dispute)
    address = reverse("customers:add-evidence", args=[case.pk])
    file = SimpleUploadedFile("bomb.png", made.getvalue())
    sent = login(dispute.owner_a).post(address, {"file": file})
    assert "too many pixels" in sent.text


def test_at_most_five_files_of_a_side(login, dispute):
    case = opened(login, dispute)
    client, address = login(dispute.owner_a), reverse("customers:add-evidence", args=[case.pk])
    for _ in range(5):
        client.post(address, {"file": SimpleUploadedFile("a.jpg", photo())})
    more = client.post(address, {"file": SimpleUploadedFile("a.jpg", photo())})
    assert "At most 5 files" in more.text


def test_who_comes_too_late_is_told_so_and_keeps_the_text(login, dispute):
    case = in_review(opened(login, dispute))
    client = login(dispute.owner_a)
    story = {"story": "We fitted her filter."}
    late = client.post(reverse("customers:add-evidence", args=[case.pk]), story)
    assert late.status_code == 422
    assert "The time for evidence is over." in late.text
    assert story["story"] in late.text
    why = {"why": "No: since March."}
    early = client.post(reverse("customers:appeal-case", args=[case.pk]), why)
    assert early.status_code == 422
    assert "in the seven days after the decision" in early.text
    assert why["why"] in early.text


def test_a_text_that_is_refused_keeps_no_file_either(login, dispute):
    case = opened(login, dispute)
    both = {"story": "She came\x01 in May.", "file": SimpleUploadedFile("a.jpg", photo())}
    address = reverse("customers:add-evidence", args=[case.pk])
    sent = login(dispute.owner_a).post(address, both)
    assert sent.status_code == 422
    assert "cannot be seen" in sent.text
    assert not CaseEvidence.objects.filter(side="A").exists()


def test_a_decision_is_made_about_a_and_b(login, dispute):
    case = opened(login, dispute)
    login(dispute.owner_a).post(
        reverse("customers:add-evidence", args=[case.pk]),
        {"story": "林美玲 came to 永康街店, 店员 know her, 13912345678, a.b@example.com"},
    )
    case = in_review(case)
    client = login(dispute.manager)
    assert case.code in client.get(REVIEWS).text
    address = reverse("customers:review-case", args=[case.pk])
    page = client.get(address)
    main = page.text[page.text.index("<main") : page.text.index("</main>")]
    for word in ("永康", "中山", "林", "13912345678", "a.b@example.com"):
        assert word not in main
    assert "came to" in main
    assert client.post(address, {"outcome": "move"}).status_code == 422
    half = client.post(address, {"outcome": "split", "reason": "Both."})
    assert "A&#x27;s part of the money" in half.text
    done = client.post(address, {"outcome": "split", "percent": "62.5", "reason": "Both worked."})
    assert done.url == REVIEWS
    ruling = CaseRuling.objects.get()
    assert (ruling.by, ruling.share * 1000) == (dispute.manager.user, 625)
    for owner, part in ((dispute.owner_a, "62.5%"), (dispute.owner_b, "37.5%")):
        seen = login(owner).get(case.get_absolute_url()).text
        assert "Both worked." in seen
        assert part in seen


def test_an_appeal_goes_to_somebody_else(login, dispute):
    case = in_review(opened(login, dispute))
    client = login(dispute.manager)
    client.post(
        reverse("customers:review-case", args=[case.pk]), {"outcome": "move", "reason": "B first."}
    )
    appeal = reverse("customers:appeal-case", args=[case.pk])
    client = login(dispute.owner_a)
    assert client.post(appeal, {"why": ""}).status_code == 422
    assert client.post(appeal, {"why": "No: since March."}).url == case.get_absolute_url()
    assert again(case).stage == CaseStage.APPEAL
    second = login(dispute.second).get(reverse("customers:review-case", args=[case.pk]))
    assert "No: since March." in second.text
    assert "B first." in second.text
    assert login(dispute.manager).get(REVIEWS).context["cases"] == []


def test_of_who_was_erased_the_page_asks_for_no_words(login, dispute, hq):
    case = opened(login, dispute)
    erase_person(case.identity, reason="Asked", by=Actor.hq(hq), at=timezone.now())
    client = login(dispute.owner_a)
    page = client.get(case.get_absolute_url())
    assert "nothing more is written down about them" in page.text
    assert (page.context["add"], page.context["why"]) == (None, None)
    late = client.post(reverse("customers:add-evidence", args=[case.pk]), {"story": "On Monday."})
    assert (late.status_code, "was erased" in late.text) == (422, True)

    in_review(case)
    login(dispute.manager).post(
        reverse("customers:review-case", args=[case.pk]), {"outcome": "move", "reason": "B first."}
    )
    page = login(dispute.owner_a).get(case.get_absolute_url())
    assert not page.context["why"].fields
    login(dispute.owner_a).post(reverse("customers:appeal-case", args=[case.pk]), {"why": "Her."})
    assert again(case).stage == CaseStage.APPEAL
    assert CaseEvidence.objects.get(kind="appeal").text_sealed is None
    assert login(dispute.second).get(
        reverse("customers:review-case", args=[case.pk])
    ).status_code == 200  # fmt: skip


def busy(*_asked, **_more):
    """Somebody else records something of the person all the time."""
    raise OperationalError("canceled") from LockNotAvailable("canceled")


def test_a_decision_that_somebody_keeps_waiting_is_refused_in_words(login, dispute, monkeypatch):
    case = in_review(opened(login, dispute))
    review = reverse("customers:review-case", args=[case.pk])
    login(dispute.manager).post(review, {"outcome": "move", "reason": "B first."})
    appeal = reverse("customers:appeal-case", args=[case.pk])
    login(dispute.owner_a).post(appeal, {"why": "No: since March."})
    client = login(dispute.second)
    monkeypatch.setattr(deciding, "take_turn", busy)
    sent = client.post(review, {"outcome": "keep", "reason": "A was first."})
    assert sent.status_code == 422
    assert "Try again in a minute" in sent.text
    assert "A was first." in sent.text
    assert again(case).stage == CaseStage.APPEAL


def test_a_case_opens_while_somebody_records_and_takes_no_late_appeal(login, db, monkeypatch):
    RulebookFactory()
    began = timezone.now() - timedelta(days=80)
    dispute = Dispute(began=began)
    case = dispute.open(at=began + timedelta(days=42))
    for _step in ("proposed", "decided by silence"):
        deciding.settle(case.pk, again(case).due_at)
    assert again(case).stage == CaseStage.DECIDED
    client = login(dispute.owner_b)
    with monkeypatch.context() as patched:
        patched.setattr(deciding, "take_turn", busy)
        page = client.get(case.get_absolute_url())
    assert (page.status_code, page.context["why"]) == (200, None)
    client.get(case.get_absolute_url())
    assert again(case).stage == CaseStage.CLOSED


def test_a_deadline_is_kept_by_whoever_looks(login, dispute):
    case = opened(login, dispute)
    with_time = timezone.now() + timedelta(days=60)
    deciding.settle_all(with_time)
    page = login(dispute.owner_a).get(case.get_absolute_url())
    assert "Nobody decided in time" in page.text
    found = login(dispute.clerk_a).get(PRECEDENTS, {"outcome": "keep", "evidence": "5"})
    assert case.code in found.text
    assert re.search(r'<span class="tag info">\w+</span> \w', found.text)  # each with what it says
    assert not any(
        word in found.text[found.text.index("<main") :] for word in ("永康", "中山", "林")
    )
    assert "Nothing matches" in login(dispute.manager).get(PRECEDENTS, {"outcome": "move"}).text
    assert login(dispute.owner_b).get(PRECEDENTS, {"evidence": "x", "q": "C"}).status_code == 200
