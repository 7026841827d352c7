"""The paper of what an owner signed: made once, kept with its hash."""

import hashlib

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from dealers import markdown
from dealers.models import AgreementAnswer, AgreementPaper
from dealers.paper import in_groups, issuer, qr_code, typeset


def keep(answer_id: int, site: str) -> AgreementPaper:
    """Make and keep the PDF of a signature; the one that is there already is returned as it is.

    ``site`` is the address of the portal for the paper's link.
    """
    if found := AgreementPaper.objects.filter(answer=answer_id).first():
        return found
    answer = AgreementAnswer.objects.signed().select_related("version", "dealer").get(pk=answer_id)
    pdf, pages = render(answer, site or settings.PORTAL_ADDRESS)
    # Two workers may have made it at once: the first one's is kept.
    paper = AgreementPaper(
        answer=answer, pdf=pdf, sha256=hashlib.sha256(pdf).hexdigest(), pages=pages
    )
    AgreementPaper.objects.bulk_create([paper], ignore_conflicts=True)
    return AgreementPaper.objects.get(answer=answer_id)


def render(answer: AgreementAnswer, site: str) -> tuple[bytes, int]:
    """A signature with all that was signed, in the language in which it was; how many pages."""
    with translation.override(answer.language):
        html = render_to_string("pdf/agreement.html", _context(answer, site))
        english = answer.language == "en"
        style_sheets = ["print"] + (["print-en"] if english else [])
        return typeset(html, style_sheets, variant="pdf/ua-1")


def _context(answer: AgreementAnswer, site: str) -> dict:
    version = answer.version
    address = f"{site}{reverse('dealers:agreement-version', args=[version.pk])}"
    return {
        "issuer": issuer(),
        "answer": answer,
        "dealer": answer.dealer,
        "version": version,
        "sections": markdown.sections(version.local_text, {}),
        "digest": in_groups(answer.sha256),
        "address": address,
        "qr": qr_code(address),
    }
