"""A store's page for everybody, where people register themselves, and its poster."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from customers.forms.public import RegisterForm
from customers.models import PageWords, Retention
from customers.rights import pages, posters
from customers.rights.inbox import Link, PageClosed
from customers.rights.proofs import Proof
from customers.views import post_at_dealer, proving
from dealers import site, sms
from dealers.models import Store
from dealers.signin import devices, tries
from dealers.views.stores import needs_store


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def register(request, store, key):
    """Number and choices, then the code; the answer is the same to everybody."""
    now = timezone.now()
    try:
        there = pages.opened(store, key, at=now)
    except PageClosed as closed:
        return render(request, "customers/public/closed.html", {"said": str(closed)}, status=410)
    if not sms.available():
        return render(request, "customers/public/closed.html", {"no_codes": True}, status=503)
    if "carried" in request.POST:
        return put_down(request, there, key, now)
    form = RegisterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            carried = pages.ask(
                there,
                said["phone"],
                {name: said[name] for name in ("name", "offers", "brand")},
                place=devices.of_place(f"page {there.pk}"),
                door=devices.door(request, None, said["phone"]),
                at=now,
            )
        except tries.TooManyTries as refused:
            form.add_error(None, str(refused))
        else:
            return proving.code_page(request, carried, said["phone"], store=there)
    status = 422 if form.errors else 200
    context = {
        "form": form,
        "store": there,
        "months": Retention.current().idle_months,
        "benefit": PageWords.current().local_benefit,
    }
    return render(request, "customers/public/register.html", context, status=status)


def put_down(request, store: Store, key: str, now):
    """The code: it proves the number, and what was left is put down."""

    def left(proof: Proof) -> str:
        pages.put_down(store, proof, at=now)
        return reverse("customers:page-done", args=[store.code, key])

    return proving.confirm(request, left, of=store.code, store=store, at=now)


@never_cache
@login_not_required
@require_safe
def done(request, store, key):
    """What was written down, who has it and how one sees it."""
    try:
        there = pages.opened(store, key, at=timezone.now())
    except PageClosed as closed:
        return render(request, "customers/public/closed.html", {"said": str(closed)}, status=410)
    context = {"store": there, "benefit": PageWords.current().local_benefit}
    return render(request, "customers/public/done.html", context)


@needs_store
@require_safe
def codes(request):
    """The codes of one's stores: the page that they open, and the poster to print."""
    now = timezone.now()
    links = [(store, pages.link(store, at=now)) for store in own_stores(request, now)]
    rows = [(store, link, address(request, store, link)) for store, link in links]
    return render(request, "customers/store_codes.html", {"rows": rows})


@require_safe
def poster(request, store):
    """A poster with the code of a store's page."""
    now = timezone.now()
    found = get_object_or_404(own_stores(request, now).select_related("dealer"), code=store)
    link = pages.link(found, at=now)
    pdf = posters.render_pdf(found, address=address(request, found, link), until=link.until)
    response = HttpResponse(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="poster.pdf"'
    return response


def own_stores(request, now):
    """The stores of the person's post that take customers."""
    post = post_at_dealer(request)
    return Store.objects.open(now).of_post(post.dealer_id, post.store_id)


def address(request, store: Store, link: Link) -> str:
    """The address of a store's page as its code holds it."""
    path = reverse("customers:page", args=[store.code, link.key])
    return site.public_address(request) + path
