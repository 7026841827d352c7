"""The list of one's customers."""

from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST, require_safe

from customers import cards, look_ups, portfolio
from customers.filters import UPTO, CustomerFilter, SearchForm, listed_as, narrowed
from customers.models import Customer, Ownership
from customers.portfolio import Cursor, View
from customers.tables import rows_of, sheet_rows
from dealers import exports, invitations, sayings, spreadsheets
from dealers.actor import Actor
from dealers.bounds import key
from dealers.signin.second_factor import fresh_secret
from dealers.views import post_at_dealer
from dealers.words import sentences

OTHERS = 10
COLUMNS = "name, phone (masked), store, staff, protection, activity, follow-up, sale"


@require_safe
@fresh_secret(exports.takes_file)
def customers(request):
    """Who ends soon, who is to be followed up, or all; narrowed, a page at a time or as CSV."""
    membership = post_at_dealer(request)
    now, today = timezone.now(), timezone.localdate()
    narrow, rows = narrowed(request.GET, membership, now, today)
    summary, view = narrow.summary, narrow.current
    if kind := exports.kind_asked(request.GET):
        return export(request, rows, narrow, now=now, kind=kind)
    after = Cursor.parse(request.GET.get("after", ""))
    upto = min(max(key(request.GET.get(UPTO, "")), portfolio.PER_PAGE), portfolio.MOST)
    page = portfolio.page(rows, view, after, portfolio.PER_PAGE if after else upto)
    shown = page.shown if portfolio.PER_PAGE < page.shown <= portfolio.MOST else None
    as_it_is = listed_as(address(request, **{UPTO: shown})[1:])
    context = {
        "rows": rows_of(page.ownerships, by=request.actor, at=now),
        "page": page,
        "after": after,
        "more_url": page.next and address(request, after=str(page.next), **{UPTO: None}),
        "kept_url": page.next and address(request, **{UPTO: page.shown + portfolio.PER_PAGE}),
        "keep": f"?{urlencode({'list': as_it_is})}" if as_it_is else "",
        "view_name": View(view).label,
        "several_stores": len(summary.stores) > 1 and not membership.is_store_post,
    }
    if request.htmx:
        return render(request, "customers/list.html#rows", context)
    return render(
        request,
        "customers/list.html",
        context
        | {
            "filter": narrow,
            "view": view,
            "tabs": [
                {
                    "label": choice.label,
                    "count": summary.count(choice),
                    "url": f"?view={choice.value}",
                    "current": choice == view and not narrow.chosen["q"],
                }
                for choice in View
            ],
            "pills": [
                {"label": narrow.words(name), "url": address(request, **{name: None})}
                for name in narrow.active
            ],
            "protected": summary.protected,
            "anybody": bool(summary.groups),
            "exports": [
                (name, address(request, export=kind)) for kind, name in spreadsheets.NAMES.items()
            ],
            "hand_over_url": reverse("customers:hand-over") + address(request)
            if invitations.roles_for(request.actor)
            else "",
            "start_url": address(request),
            "others": others(narrow, request) if narrow.chosen["q"] and not after else [],
        },
    )


@require_POST
def search(request):
    """Narrow the list to a name or last digits; a whole number leads to its customer, and is noted.

    A number stands in no address: those are kept by proxies and browsers.
    """
    post_at_dealer(request)
    form = SearchForm(request.POST)
    if not form.is_valid():
        messages.warning(request, sentences(*form.errors["q"]))
        return redirect("customers:list")
    if form.number is None:
        asked = form.cleaned_data["q"]
        return redirect(f"{reverse('customers:list')}?{urlencode({'q': asked} if asked else {})}")
    try:
        found = look_ups.look_up(form.number, by=request.actor, at=timezone.now())
    except cards.CardRefused as refused:
        messages.warning(request, str(refused))
    else:
        if found:
            return redirect(found)
        messages.info(request, _("Nobody among your customers has this number."))
    return redirect("customers:list")


def others(narrow: CustomerFilter, request) -> list[cards.Card]:
    """Cards that a search finds but that no ownership of this post is about."""
    membership = request.membership
    owned = Ownership.objects.given().visible_to(membership).filter(customer=OuterRef("pk"))
    registered = Customer.objects.visible_to(membership).meant().exclude(Exists(owned))
    found = narrow.found(registered, membership).order_by("-created_at", "pk")
    return cards.open(found[:OTHERS], by=request.actor)


def address(request, **changes) -> str:
    """This list with some of its parameters changed or, with None, left out."""
    query = request.GET.copy()
    for gone in ("after", "export"):
        query.pop(gone, None)
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"


def export(request, rows, narrow, *, now, kind):
    """The whole list as a file, after the access log says who took it; a long one by the worker."""
    try:
        cards.may_take(by=request.actor, at=now)
    except cards.CardRefused as refused:
        messages.warning(request, str(refused))
        return redirect("customers:list")
    title = sayings.untranslated(lambda: _title(narrow))
    name, count, by = f"customers.{kind}", rows.count(), Actor.of(request.membership)
    if count > exports.MANY:
        return redirect(
            exports.ask(
                "customers.tasks.write_customers",
                {
                    "query": request.GET.urlencode(),
                    "today": timezone.localdate().isoformat(),
                    exports.LIMITED: True,
                },
                title=title,
                name=name,
                rows=count,
                fields=COLUMNS,
                by=by,
                at=now,
            )
        )
    taken = list(rows.values_list("customer_id", flat=True))
    cards.log_export(by=by, fields=COLUMNS, purpose=title, count=count, at=now, customers=taken)
    content = sheet_rows(portfolio.ordered(rows, narrow.current), now, by=by)
    return spreadsheets.download(spreadsheets.made(content, kind), name)


def _title(narrow: CustomerFilter) -> str:
    """What a file of the list holds, as it is kept for readers of any language."""
    asked = [str(View(narrow.current).label), *map(narrow.words, narrow.active)]
    if narrow.chosen["q"]:
        asked.append(gettext_noop("a search"))
    return sayings.kept(gettext_noop("Customer list: %(what)s"), what=asked)
