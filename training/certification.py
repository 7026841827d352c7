"""Certificates: issuing one, its paper, and what the public may check."""

import calendar
import functools
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time

import segno
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from training.models import Attempt, Certificate, Enrollment, Lesson

# Without 0, O, 1 and I: what is read from paper is typed right. 32 letters, 7 places.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


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
    valid: bool


def _new_code(at: datetime) -> str:
    letters = "".join(secrets.choice(ALPHABET) for _place in range(7))
    return f"C-{timezone.localdate(at, timezone.get_default_timezone()):%y-%m}-{letters}"


def _add_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _valid_until(months: int | None, at: datetime) -> datetime | None:
    """The moment at which a certificate issued at ``at`` ends: a midnight, ``months`` later."""
    if months is None:
        return None
    zone = timezone.get_default_timezone()
    end = _add_months(timezone.localdate(at, zone), months)
    return datetime.combine(end, time.min, tzinfo=zone)


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


def masked(name: str) -> str:
    """The first letter of each word of a name, the rest as stars."""
    return " ".join(word[0] + "*" * max(1, len(word) - 1) for word in name.split())


def public_facts(code: str, *, at: datetime) -> PublicFacts | None:
    """What the public check shows for ``code`` at ``at``; nothing for a code never issued."""
    certificate = (
        Certificate.objects.select_related("enrollment__version__course")
        .filter(code=normalized(code))
        .first()
    )
    if certificate is None:
        return None
    return PublicFacts(
        code=certificate.code,
        holder=masked(certificate.holder),
        course=certificate.enrollment.version.course.local_title,
        issued_on=certificate.issued_on,
        valid_through=certificate.valid_through,
        valid=certificate.is_valid(at),
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


def qr_code(url: str) -> SafeString:
    """A QR code of ``url`` as an SVG that scales with its style."""
    svg = segno.make(url, error="m", micro=False).svg_inline(
        omitsize=True, svgclass="q", lineclass=None, border=0, dark="#16222B", title=url
    )
    return mark_safe(svg)  # noqa: S308 - drawn by the QR library, the address is only in its dots


def render_pdf(certificate: Certificate, *, check_url: str) -> bytes:
    """The certificate on A4 across, in the current language."""
    # Loading the typesetter takes a second that other pages need not wait for.
    from weasyprint import CSS, HTML  # noqa: PLC0415

    html = render_to_string("pdf/certificate.html", paper(certificate, check_url=check_url))
    sheets = [
        CSS(filename=finders.find(f"css/{name}.css"), font_config=_fonts())
        for name in ("print-fonts", "print")
    ]
    return HTML(string=html).write_pdf(stylesheets=sheets, font_config=_fonts(), pdf_tags=True)


@functools.cache
def _fonts() -> object:
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    return FontConfiguration()
