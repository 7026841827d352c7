"""Who looked at a dealer's customers, for its owner."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from dealers import exports, spreadsheets
from dealers.models import AccessLog, Role
from dealers.signin.second_factor import fresh_secret

PER_PAGE = 50
LARGEST_FILE = 10_000  # the newest entries


@fresh_secret(exports.takes_file)
def access_log(request):
    """Every look at the dealer's customers, the newest first; all of them, or by others only."""
    membership = request.membership
    if membership is None or membership.role != Role.OWNER:
        raise Http404
    others = request.GET.get("by") == "others"
    entries = AccessLog.objects.visible_to(membership).select_related("user")
    if others:
        entries = entries.by_others()
    entries = entries.order_by("-at", "-id")
    if kind := exports.kind_asked(request.GET):
        content = spreadsheets.made(sheet_rows(entries[:LARGEST_FILE]), kind)
        return spreadsheets.download(content, f"access-log.{kind}")
    narrowed = "by=others&" if others else ""
    context = {
        "page": Paginator(entries, PER_PAGE).get_page(request.GET.get("page")),
        "others": others,
        "exports": [
            (name, f"?{narrowed}export={kind}") for kind, name in spreadsheets.NAMES.items()
        ],
    }
    return render(request, "dealers/access_log.html", context)


def sheet_rows(entries):
    """The log as rows of a file, a header before them."""
    yield [_("Time"), _("Name"), _("Role"), _("Why"), _("Customers")]
    for entry in entries:
        at = timezone.localtime(entry.at).replace(tzinfo=None)
        yield [f"{at:%Y-%m-%d %H:%M}", entry.user.name, entry.role_name, entry.why, entry.count]
