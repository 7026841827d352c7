"""A store's page for everybody, where people register themselves, and its poster."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from customers.models import Retention
from customers.public_forms import CodeForm, RegisterForm
from customers.rights import pages, posters, proofs
from customers.views import person, post_at_dealer
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
    except pages.PageClosed as closed:
        return render(request, "customers/public/closed.html", {"said": str(closed)}, status=410)
    if not sms.available():
        return render(request, "customers/public/closed.html", {"no_codes": True}, status=503)
    if "carried" in request.POST:
        return confirm(request, there, key, now)
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
            return code_page(request, there, CodeForm(initial={"carried": carried}), said["phone"])
    status = 422 if form.errors else 200
    context = {"form": form, "store": there, "months": Retention.current().idle_months}
    return render(request, "customers/public/register.html", context, status=status)


def confirm(request, store: Store, key: str, now):
    """The code: it proves the number, and what was left is put down."""
    form = CodeForm(request.POST)
    form.is_valid()
    carried = form.cleaned_data.get("carried", "")
    try:
        asked = proofs.opened(carried, at=now, of=store.code)
    except proofs.ProofRefused as refused:
        messages.warning(request, str(refused))
        return redirect("customers:page", store.code, key)
    if form.is_valid():
        door = devices.door(request, None, f"code {asked.number}")
        try:
            proof = proofs.confirm(
                carried, form.cleaned_data["code"], of=store.code, door=door, at=now
            )
        except (tries.TooManyTries, proofs.ProofRefused) as refused:
            form.add_error("code", str(refused))
        else:
            pages.put_down(store, proof, at=now)
            done = redirect("customers:page-done", store.code, key)
            return person.remember(done, proof, now)
    return code_page(request, store, form, asked.phone)


def code_page(request, store: Store, form, phone: str):
    status = 422 if form.is_bound else 200
    context = {"form": form, "store": store, "phone": phone}
    return render(request, "customers/public/code.html", context, status=status)


@never_cache
@login_not_required
@require_safe
def done(request, store, key):
    """What was written down, who has it and how one sees it."""
    try:
        there = pages.opened(store, key, at=timezone.now())
    except pages.PageClosed as closed:
        return render(request, "customers/public/closed.html", {"said": str(closed)}, status=410)
    return render(request, "customers/public/done.html", {"store": there})


@needs_store
@require_safe
def codes(request):
    """The codes of one's stores: the page that they open, and the poster to print."""
    now = timezone.now()
    rows = [
        (store, pages.link(store, at=now), address(request, store, now))
        for store in own_stores(request, now)
    ]
    return render(request, "customers/store_codes.html", {"rows": rows})


@require_safe
def poster(request, store):
    """A poster with the code of a store's page."""
    now = timezone.now()
    found = get_object_or_404(own_stores(request, now).select_related("dealer"), code=store)
    pdf = posters.render_pdf(
        found, address=address(request, found, now), until=pages.link(found, at=now).until
    )
    response = HttpResponse(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="poster.pdf"'
    return response


def own_stores(request, now):
    """The stores of the person's post that take customers."""
    membership = post_at_dealer(request)
    stores = Store.objects.open(now).filter(dealer=membership.dealer_id).order_by("code")
    return stores.filter(pk=membership.store_id) if membership.store_id else stores


def address(request, store: Store, now) -> str:
    """The address of a store's page as its code holds it."""
    path = reverse("customers:page", args=[store.code, pages.link(store, at=now).key])
    return site.public_address(request) + path
