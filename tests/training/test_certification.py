import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import translation
from pypdf import PdfReader

from dealers.actor import Actor
from tests.factories.training import MONDAY, begun, person, published, read, take
from training import certification, learning
from training.models import Certificate, Enrollment

pytestmark = pytest.mark.django_db


def passed(at=MONDAY, **fields):
    """The certificate of a person who just passed."""
    membership = person()
    membership.user.name = fields.pop("name", "李敏")
    membership.user.save()
    enrollment = learning.enroll(
        membership.user, published(at, **fields), by=Actor.of(membership), at=at
    )
    read(enrollment, at)
    take(enrollment, at)
    return Certificate.objects.select_related("enrollment__version__course").get()


def test_a_certificate_names_its_holder_code_and_validity():
    certificate = passed()
    assert certificate.holder == "李敏"
    assert certificate.code.startswith("C-26-10-")
    assert certificate.issued_on == date(2026, 10, 19)
    assert certificate.valid_through == date(2027, 10, 18)


def test_it_is_valid_through_its_last_day_in_shanghai():
    certificate = passed()
    assert certificate.is_valid(datetime(2027, 10, 18, 15, 59, tzinfo=UTC))
    assert not certificate.is_valid(datetime(2027, 10, 18, 16, 0, tzinfo=UTC))


def test_months_end_with_the_month():
    certificate = passed(datetime(2026, 8, 31, 2, tzinfo=UTC), course__certificate_months=6)
    assert certificate.valid_through == date(2027, 2, 27)


def test_without_months_it_does_not_expire():
    certificate = passed(course__certificate_months=None)
    assert certificate.valid_through is None
    assert certificate.is_valid(MONDAY + timedelta(days=36500))


def test_issuing_again_gives_the_same_certificate():
    certificate = passed()
    again = certification.issue(certificate.enrollment, at=MONDAY + timedelta(days=9))
    assert again == certificate
    assert again.issued_at == certificate.issued_at


def test_no_certificate_before_passing():
    enrollment = begun(published())
    with pytest.raises(certification.CertificateRefused):
        certification.issue(enrollment, at=MONDAY)


def test_the_database_keeps_certificates():
    certificate = passed()
    with pytest.raises(DatabaseError), transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(holder="别人")
    with pytest.raises(DatabaseError), transaction.atomic():
        certificate.delete()


@pytest.mark.django_db(transaction=True)
def test_two_that_issue_at_once_give_one_certificate():
    enrollment = begun(published())
    Enrollment.objects.filter(pk=enrollment.pk).update(passed_at=MONDAY)

    def issue():
        try:
            return certification.issue(enrollment, at=MONDAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            first = certification.issue(enrollment, at=MONDAY)
            waiting = pool.submit(issue)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.5)
        assert waiting.result(timeout=5) == first


def test_the_public_learns_name_masked_course_and_validity_only():
    certificate = passed()
    facts = certification.public_facts(certificate.code, at=MONDAY)
    assert facts == certification.PublicFacts(
        code=certificate.code,
        holder="李*",
        course=certificate.enrollment.version.course.title,
        issued_on=date(2026, 10, 19),
        valid_through=date(2027, 10, 18),
        version=1,
        valid=True,
        revoked_on=None,
    )
    assert not certification.public_facts(certificate.code, at=MONDAY + timedelta(days=400)).valid


def test_a_code_may_be_typed_small_with_blanks_and_full_width():
    code = passed().code
    typed = " " + code.lower().replace("-", " - ") + " "
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    assert certification.public_facts(typed, at=MONDAY).code == code
    assert certification.public_facts(wide, at=MONDAY).code == code


@pytest.mark.parametrize("code", ["C-26-10-AAAAAAA", "x", "'; drop table", "C" * 500, "编号"])
def test_an_unknown_code_says_nothing(code):
    assert certification.public_facts(code, at=MONDAY) is None


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-hans", ["2026年10月19日", "2027年10月18日"]), ("en", ["19 Oct 2026", "18 Oct 2027"])],
)
def test_the_pdf_is_one_tagged_page_across_with_name_course_and_code(language, words):
    certificate = passed(name="王喆镕")
    course = certificate.enrollment.version.course
    with translation.override(language):
        title = course.local_title
        pdf = certification.render_pdf(certificate, check_url="https://portal.example/verify/X/")
    reader = PdfReader(io.BytesIO(pdf))
    (page,) = reader.pages
    text = page.extract_text()
    for expected in ("王喆镕", title, certificate.code, "portal.example/verify/", *words):
        assert expected in text
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (842, 595)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert len(pdf) < 60_000  # fonts are cut to the letters used
