"""Certificates: issuing one, its paper, and what the public may check."""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dealers import notices, sayings
from dealers.actor import Actor, acting
from dealers.codes import numbered
from dealers.models import NoticeKind, User
from dealers.months import add_months, hq_day, hq_midnight
from dealers.paper import qr_code, typeset
from dealers.words import mask_name
from training.models import (
    Attempt,
    Certificate,
    CourseVersion,
    Enrollment,
    Lesson,
    Withdrawal,
)

WITHDRAWN = gettext_noop("Withdrawn, with its certificates: %(course)s")


class CertificateRefused(Exception):
    """The message is written for the person who asked."""


@dataclass(frozen=True)
class PublicFacts:
    """All that a stranger who holds the code learns."""

    code: str
    holder: str  # masked
    course: str
    issued_on: date
    valid_through: date | None
    version: int
    valid: bool
    revoked_on: date | None  # the day on which the version was withdrawn


def _new_code(at: datetime) -> str:
    return numbered(f"C-{hq_day(at):%y-%m}")


def _valid_until(months: int | None, at: datetime) -> datetime | None:
    """The moment at which a certificate issued at ``at`` ends: a midnight, ``months`` later."""
    if months is None:
        return None
    return hq_midnight(add_months(hq_day(at), months))


@transaction.atomic
def issue(enrollment: Enrollment, *, at: datetime) -> Certificate:
    """The certificate of a passed enrollment; asked again it is the same one.

    Raises CertificateRefused when the quiz was not passed.
    """
    enrollment = (
        Enrollment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("user", "version__course")
        .get(pk=enrollment.pk)
    )
    if enrollment.passed_at is None:
        raise CertificateRefused(_("The quiz is not passed yet."))
    existing = Certificate.objects.filter(enrollment=enrollment).first()
    if existing is not None:
        return existing
    return Certificate.objects.create(
        enrollment=enrollment,
        code=_new_code(at),
        holder=str(enrollment.user),
        issued_at=at,
        valid_until=_valid_until(enrollment.version.course.certificate_months, at),
    )


def normalized(code: str) -> str:
    """A code as a person typed it, as it is stored: capitals, half-width, without blanks."""
    return "".join(unicodedata.normalize("NFKC", code).upper().split())[:40]


@acting(Actor.worker("check certificate"))  # whoever asks works nowhere
def public_facts(code: str, *, at: datetime) -> PublicFacts | None:
    """What the public check shows for ``code`` at ``at``; nothing for a code never issued."""
    certificate = (
        Certificate.objects.select_related(
            "enrollment__version__course", "enrollment__version__withdrawal"
        )
        .filter(code=normalized(code))
        .first()
    )
    if certificate is None:
        return None
    return PublicFacts(
        code=certificate.code,
        holder=mask_name(certificate.holder),
        course=certificate.enrollment.version.course.local_title,
        issued_on=certificate.issued_on,
        valid_through=certificate.valid_through,
        version=certificate.enrollment.version.number,
        valid=certificate.is_valid(at),
        revoked_on=_revoked_on(certificate, at),
    )


def _revoked_on(certificate: Certificate, at: datetime) -> date | None:
    if not certificate.is_revoked(at):
        return None
    withdrawal = certificate.enrollment.version.withdrawal
    return hq_day(withdrawal.at)


@transaction.atomic
def withdraw(version: CourseVersion, *, reason: str, by: Actor, at: datetime) -> int:
    """Teach a published version no more; its certificates are revoked. How many people are told.

    Raises CertificateRefused for a draft, without a reason, and for what is withdrawn already.
    """
    version = CourseVersion.objects.select_for_update(no_key=True, of=("self",)).get(pk=version.pk)
    if not version.is_published:
        raise CertificateRefused(_("A draft is deleted, not withdrawn."))
    if version.is_withdrawn:
        raise CertificateRefused(_("It is withdrawn already."))
    if not reason.strip():
        raise CertificateRefused(_("Say why: everybody who took the version reads it."))
    Withdrawal.objects.create(version=version, at=at, by=by.person, reason=reason.strip())
    return notices.tell(
        User.objects.filter(enrollments__version=version).distinct(),
        NoticeKind.TRAINING,
        sayings.kept(WITHDRAWN, course=[version.course.titles]),
        detail=reason.strip(),
        to=reverse("training:home"),
        about=f"withdrawal:{version.pk}",
        at=at,
    )


def paper(certificate: Certificate, *, check_url: str) -> dict[str, object]:
    """What the certificate says, for its page and its PDF; ``check_url`` goes into the QR code."""
    enrollment = certificate.enrollment
    lessons = Lesson.objects.filter(version=enrollment.version_id).defer("body", "body_en")
    return {
        "issuer": settings.PORTAL_NAME or _("Dealer Portal"),
        "certificate": certificate,
        "course": enrollment.version.course,
        "version": enrollment.version,
        "lessons": lessons.order_by("position"),
        "attempt": Attempt.objects.filter(enrollment=enrollment, passed=True).first(),
        "check_url": check_url,
        "check_address": check_url.split("://", 1)[-1].removesuffix(f"{certificate.code}/"),
        "qr": qr_code(check_url),
    }


def render_pdf(certificate: Certificate, *, check_url: str) -> bytes:
    """The certificate on A4 across, in the current language."""
    html = render_to_string("pdf/certificate.html", paper(certificate, check_url=check_url))
    pdf, _pages = typeset(html, ["print"])
    return pdf
