"""Who looked at a dealer's customers, for its owner."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers import looks
from customers.filters import LooksFilter
from customers.models import Customer
from dealers import alarms, exports, spreadsheets
from dealers.bounds import key
from dealers.models import AccessLog, RefusedAct, Role
from dealers.signin.second_factor import fresh_secret
from dealers.views import post_of_owner

PER_PAGE = 50
LARGEST_FILE = 10_000  # the newest entries
REFUSED_SHOWN = 20  # the newest forbidden acts


@require_safe
@fresh_secret(exports.takes_file)
def access_log(request):
    """Every look at the dealer's customers, the newest first, narrowed as the address says."""
    membership = post_of_owner(request)
    now, today = timezone.now(), timezone.localdate()
    narrow = LooksFilter(request.GET, today=today)
    log = AccessLog.objects.visible_to(membership).select_related("user")
    log = narrow.apply(log, membership, now).order_by("-at", "-id")
    if kind := exports.kind_asked(request.GET):
        content = spreadsheets.made(sheet_rows(log, request.actor), kind)
        return spreadsheets.download(content, f"access-log.{kind}")
    page = Paginator(log, PER_PAGE).get_page(request.GET.get("page"))
    asked = f"{narrow.query}&" if narrow.query else ""
    context = {
        "page": page,
        "entries": looks.entries(list(page), by=request.actor),
        "filter": narrow,
        "figures": looks.figures(membership, today),
        "leavers": looks.leavers(membership, now),
        "alarms": looks.alarms(membership, now),
        "canaries": looks.canaries(by=request.actor),
        "refused_acts": RefusedAct.objects.visible_to(membership)[:REFUSED_SHOWN],
        "exports": [(name, f"?{asked}export={kind}") for kind, name in spreadsheets.NAMES.items()],
    }
    return render(request, "customers/access_log.html", context)


@require_safe
def look(request, look):
    """One entry, and the signed receipt of the place where it stands in the dealer's chain."""
    membership = post_of_owner(request)
    log = AccessLog.objects.visible_to(membership).select_related("user")
    found = get_object_or_404(log, pk=key(look))
    (entry,) = looks.entries([found], by=request.actor)
    receipt = looks.receipt(found, timezone.now())
    return render(request, "customers/look.html", {"entry": entry, "receipt": receipt})


@require_POST
def plant(request, pk):
    """Make a customer of the owner's dealer a test: whoever touches it, the owner is told."""
    customer = get_object_or_404(Customer.objects.visible_to(request.membership), pk=pk)
    return _done(request, alarms.plant, customer.pk, at=timezone.now())


@require_POST
def uproot(request, pk):
    """Let a test customer be one like all others again."""
    return _done(request, alarms.uproot, key(pk), at=timezone.now())


def _done(request, change, what, **when):
    """What an owner changes about the test customers; for all others there are none."""
    if request.membership is None or request.actor.role != Role.OWNER:
        raise Http404
    try:
        change(what, by=request.actor, **when)
    except alarms.CanaryRefused as refused:
        messages.warning(request, str(refused))
    return redirect(reverse("customers:access-log") + "#tests")


def sheet_rows(log, by):
    """The log as rows of a file, a header before them; a long one says that it is cut."""
    found = list(log[: LARGEST_FILE + 1])
    yield [_("Time"), _("Name"), _("Role"), _("Why"), _("What"), _("Customer"),
           _("Customers concerned")]  # fmt: skip
    for entry in looks.entries(found[:LARGEST_FILE], by=by):
        at = timezone.localtime(entry.log.at).replace(tzinfo=None)
        yield [
            f"{at:%Y-%m-%d %H:%M}", entry.log.who, entry.log.role_name, entry.log.why,
            entry.log.what, entry.about, entry.log.count,
        ]  # fmt: skip
    if len(found) > LARGEST_FILE:
        yield spreadsheets.left_out(LARGEST_FILE)
