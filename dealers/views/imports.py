"""Files brought in the browser: by owners for their own stores, by headquarters for the network."""

from functools import wraps

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dealers import site, spreadsheets
from dealers.forms.imports import UploadForm
from dealers.imports import columns, keeping, kinds, previews, stages, uploads
from dealers.imports.kinds import KINDS
from dealers.models import Role, Upload, UploadState
from dealers.signin.second_factor import fresh_secret, lacks_second_factor

SHOWN = 50  # uploads of the history


def largest_body() -> int:
    """Bytes of a request with files, and of the fields around them."""
    return uploads.largest() + site.LARGEST_FORM


def brings_files(request) -> bool:
    """Whether this person may bring files: an owner, or somebody at headquarters."""
    if not request.user.is_authenticated:
        return False
    if request.membership is not None:
        return request.membership.role == Role.OWNER
    return request.user.is_staff


def for_bringers(view):
    """For all others the page does not exist."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not brings_files(request) or not kinds.open_to(request.actor):
            raise Http404
        if request.membership is None and lacks_second_factor(request):
            messages.warning(
                request, _("Set up a second factor first: the admin needs it at headquarters.")
            )
            return redirect("mfa_index")
        return view(request, *args, **kwargs)

    return guarded


def _own(request):
    """The uploads of the person's dealer, or their own at headquarters."""
    if request.membership is not None:
        found = Upload.objects.visible_to(request.membership)
    else:
        found = Upload.objects.at_headquarters(request.user)
    return found.select_related("by").prefetch_related("files")


@site.takes(largest_body, brings_files)
@require_http_methods(["GET", "HEAD", "POST"])
@for_bringers
def imports(request):
    """Choose a file, take a template, see what was brought before."""
    allowed = kinds.open_to(request.actor)
    form = UploadForm(
        request.POST or None, request.FILES or None, allowed=allowed, by=request.actor
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            upload = uploads.bring(
                data["files"],
                kind=data["kind"],
                store=data.get("store"),
                historical=data.get("historical", False),
                publish=data.get("publish", False),
                site=site.address(request),
                by=request.actor,
                at=timezone.now(),
            )
        except uploads.UploadRefused as refused:
            form.add_error("files", str(refused))
        else:
            return redirect(upload)
    context = {
        "form": form,
        "templates": [kind for kind in allowed if kind.columns],
        "uploads": _own(request)[:SHOWN],
        "at_dealer": request.membership is not None,
    }
    return render(request, "dealers/imports/list.html", context)


@require_safe
@for_bringers
def upload(request, pk):
    """How far an upload is, what is in it, and what became of it."""
    found = get_object_or_404(_own(request), pk=pk)
    parts = [(part, previews.preview(part)) for part in found.files.all()]
    step = {
        UploadState.CHECKING: 2,
        UploadState.CHECKED: 2,
        UploadState.CONFIRMED: 3,
        UploadState.REFUSED: 2,
        UploadState.CANCELLED: 2,
    }.get(UploadState(found.state), 4)
    return render(
        request,
        "dealers/imports/upload.html",
        {
            "upload": found,
            "parts": parts,
            "stage": stages.stage_of(found) if found.under_way else "",
            "step": step,
        },
    )


@require_POST
@for_bringers
def confirm(request, pk):
    """Say yes to what was checked."""
    found = get_object_or_404(_own(request), pk=pk)
    try:
        uploads.confirm(found, by=request.actor, at=timezone.now())
    except uploads.UploadRefused as refused:
        messages.warning(request, str(refused))
    return redirect(found)


@require_POST
@for_bringers
def cancel(request, pk):
    """Leave a checked file alone."""
    found = get_object_or_404(_own(request), pk=pk)
    try:
        uploads.cancel(found, by=request.actor, at=timezone.now())
    except uploads.UploadRefused as refused:
        messages.warning(request, str(refused))
        return redirect(found)
    messages.success(request, _("Nothing was imported."))
    return redirect("dealers:imports")


@require_safe
@for_bringers
@fresh_secret()
def rejected(request, pk, number):
    """The rejected rows of a file, each with its remedy."""
    found = get_object_or_404(_own(request), pk=pk)
    part = next((each for each in found.files.all() if each.number == number), None)
    if part is None or not keeping.is_there(part.rejected_file.name):
        raise Http404
    name = f"{part.name.rpartition('.')[0] or part.name}.rejected.csv"
    return spreadsheets.download(uploads.rejected_rows(part), name)


@require_safe
@for_bringers
def template(request, kind):
    """An empty file of a kind: its columns and an example, in the reader's language."""
    found = KINDS.get(kind)
    if found is None or found not in kinds.open_to(request.actor) or not found.columns:
        raise Http404
    rows = [list(row) for row in columns.template(found.columns)]
    wanted = "csv" if request.GET.get("format") == "csv" else "xlsx"
    return spreadsheets.download(spreadsheets.made(rows, wanted), f"{kind}.{wanted}")
