"""The agreement, as its owner reads, signs or refuses it, and takes it away."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dealers import markdown, spreadsheets
from dealers.agreements import benefits, differences, publishing, signing
from dealers.forms.agreements import SignForm
from dealers.models import AgreementAnswer, AgreementVersion
from dealers.signin import second_factor
from dealers.site import public_address
from dealers.views import post_of_owner


@require_safe
def newest(request):
    """The newest version that the owner may sign; without any, a page that says so."""
    post_of_owner(request)
    offered = signing.offered(signing.today(timezone.now()))
    if not offered:
        return render(request, "dealers/agreement/none.html")
    return _page(request, offered[0])


@require_safe
def version(request, agreement):
    """One version, be it old, in force or still to come."""
    post_of_owner(request)
    return _page(request, _published(agreement))


@require_POST
def sign(request, agreement):
    """Sign a version, with a second factor that has just been shown."""
    membership, wanted = post_of_owner(request), _published(agreement)
    form = SignForm(request.POST)
    if second_factor.lacks_second_factor(request):
        form.add_error(None, _("Set up a second factor first, then sign."))
    elif form.is_valid():
        if not second_factor.is_fresh(request, second=True):
            return second_factor.ask_again(request)
        try:
            answer = signing.sign(
                wanted,
                name=form.cleaned_data["name"],
                language=get_language() or settings.LANGUAGE_CODE,
                second_factor=settings.PORTAL_SECOND_FACTOR,
                by=request.actor,
                at=timezone.now(),
                site=public_address(request),
            )
        except signing.AgreementRefused as refused:
            form.add_error(None, str(refused))
        else:
            said = _("Signed for %(dealer)s. The paper is there in a moment.")
            messages.success(request, said % {"dealer": membership.dealer.name})
            return redirect("dealers:agreement-version", answer.version_id)
    return _page(request, wanted, form)


@require_POST
def refuse(request, agreement):
    """Say no to a version: nothing ends by it."""
    post_of_owner(request)
    try:
        signing.refuse(
            _published(agreement),
            language=get_language() or settings.LANGUAGE_CODE,
            by=request.actor,
            at=timezone.now(),
        )
    except signing.AgreementRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("You said no. Nothing ends by it, and you may still sign."))
    return redirect("dealers:agreement-version", agreement)


@require_safe
def paper(request, agreement):
    """The PDF of what was signed; until the worker has made it, a page that waits for it."""
    membership = post_of_owner(request)
    signed = AgreementAnswer.objects.of(membership.dealer_id).signed().select_related("paper")
    answer = get_object_or_404(signed, version=agreement)
    if not hasattr(answer, "paper"):
        return render(request, "dealers/agreement/wait.html", {"agreement": agreement}, status=202)
    return spreadsheets.download(bytes(answer.paper.pdf), f"agreement-{answer.version.name}.pdf")


@require_safe
def words(request, agreement):
    """The very words that are signed, for the program that checks the chain."""
    post_of_owner(request)
    wanted = _published(agreement)
    return spreadsheets.download(f"{wanted.line}\n", f"agreement-{wanted.name}.txt")


def _published(pk):
    return get_object_or_404(AgreementVersion.objects.published(), pk=pk)


def _page(request, shown, form=None):
    """A version with what it changes, what the owner answered, and what stands for the dealer."""
    dealer, now = request.membership.dealer, timezone.now()
    day = signing.today(now)
    answers = list(AgreementAnswer.objects.of(dealer.pk))
    signed = next((it for it in answers if it.version_id == shown.pk and it.signed), None)
    refused = next((it for it in answers if it.version_id == shown.pk and not it.signed), None)
    history = signing.history(dealer.pk)
    compared = _compared(shown, history)
    offered = signing.offered(day)
    signed_from = max((it.answer.version.starts_on for it in history), default=None)
    may_sign = signed is None and shown in offered
    context = {
        "shown": shown,
        "dealer": dealer,
        "signed": signed,
        "refused": refused,
        "receipt": signing.receipt(signed or refused, now) if signed or refused else None,
        "standing": signing.standing(history, day),
        "history": history[::-1],
        "may_sign": may_sign,
        "without": benefits.without(shown, signed_from, day) if may_sign else [],
        "newest": offered[0] if offered else None,
        "needed": signing.needed(dealer.pk, now),
        "form": form or SignForm(),
        "lacks": second_factor.lacks_second_factor(request),
        "compared": compared,
        "changes": differences.between(compared, shown) if compared else [],
        "changes_elsewhere": _changes_elsewhere(compared, shown) if compared else [],
        "sections": markdown.sections(shown.local_text, {}),
        "versions": AgreementVersion.objects.published(),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "dealers/agreement/agreement.html", context, status=status)


def _changes_elsewhere(compared, shown):
    """What is different in the language that the reader does not read: they sign it as well."""
    with translation.override("zh-hans" if get_language() == "en" else "en"):
        return differences.between(compared, shown)


def _compared(shown, history):
    """The version that another one is held against: what was signed before it, else offered."""
    own = [it.answer.version for it in history if it.answer.version.starts_on < shown.starts_on]
    if own:
        return own[-1]
    return publishing.before(shown.starts_on)
