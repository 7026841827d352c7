"""A store's page for everybody, where people register themselves, and its poster."""

from functools import partial

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from customers.forms.public import RegisterForm
from customers.models import PageWords
from customers.rights import pages, posters
from customers.rights.inbox import Link
from customers.views.public import for_everybody, leave
from dealers import site
from dealers.models import Store
from dealers.signin import devices
from dealers.spreadsheets import download
from dealers.views import post_at_dealer
from dealers.views.stores import needs_store


@for_everybody
@require_http_methods(["GET", "HEAD", "POST"])
def register(request, store, key):
    """Number and choices, then the code."""
    now = timezone.now()
    there = pages.opened(store, key, at=now)
    return leave(
        request,
        RegisterForm(request.POST or None),
        "customers/public/register.html",
        of=there.code,
        ask=partial(pages.ask, there, place=devices.of_place(f"page {there.pk}")),
        put_down=partial(pages.put_down, there),
        done=reverse("customers:page-done", args=[store, key]),
        at=now,
        store=there,
        benefit=PageWords.current().local_benefit,
    )


@for_everybody
@require_safe
def done(request, store, key):
    """What was written down, who has it and how one sees it."""
    there = pages.opened(store, key, at=timezone.now())
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
    return download(pdf, "poster.pdf")


def own_stores(request, now):
    """The stores of the person's post that take customers."""
    post = post_at_dealer(request)
    return Store.objects.open(now).of_post(post.dealer_id, post.store_id)


def address(request, store: Store, link: Link) -> str:
    """The address of a store's page as its code holds it."""
    path = reverse("customers:page", args=[store.code, link.key])
    return site.public_address(request) + path
