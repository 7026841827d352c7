"""A certificate for its holder, and the public check of certificates."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dealers import site
from dealers.spreadsheets import download
from training import certification
from training.models import Certificate


def _own_certificate(request, code):
    rows = Certificate.objects.visible_to(request.user).select_related(
        "enrollment__version__course", "enrollment__version__withdrawal"
    )
    return get_object_or_404(rows, code=code)


def _check_url(request, held):
    return site.address(request) + reverse("training:verify", args=[held.code])


@require_safe
def certificate(request, code):
    held = _own_certificate(request, code)
    context = certification.paper(held, check_url=_check_url(request, held))
    context["valid"] = held.is_valid(timezone.now())
    context["revoked"] = held.is_revoked(timezone.now())
    return render(request, "training/certificate.html", context)


@require_safe
def certificate_pdf(request, code):
    held = _own_certificate(request, code)
    pdf = certification.render_pdf(held, check_url=_check_url(request, held))
    return download(pdf, f"{held.code}.pdf")


@login_not_required
@require_safe
def verify(request, code=""):
    """Whoever holds a certificate may check it; every unknown code gets the same words."""
    now = timezone.now()
    code = certification.normalized(code or request.GET.get("code", ""))
    facts = certification.public_facts(code, at=now) if code else None
    context = {"code": code, "facts": facts, "now": now}
    return render(
        request, "training/verify.html", context, status=404 if code and not facts else 200
    )
