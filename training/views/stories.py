"""Stories of benchmark stores: reading, writing, agreeing, taking off the pages."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dealers.bounds import key
from dealers.models import Role
from dealers.site import LARGEST_UPLOAD, takes
from dealers.views import post_of_owner, refusals_said
from training import files, stories
from training.forms.stories import FigureForm, NewStoryForm, PictureForm, StoryForm
from training.models import Story
from training.sessions import kudos
from training.stories import StoryRefused
from training.views import in_network, kept_private, take_thanks

SHOWN = 50


def _leads(request):
    """Whether somebody writes stories of a dealer."""
    membership = getattr(request, "membership", None)
    return membership is not None and membership.role in stories.LEADERS


def _writer(request):
    if not _leads(request):
        raise Http404
    return request.actor


def _found(request, pk):
    in_network(request)
    found = stories.visible_to(request.actor).select_related("store", "dealer")
    return get_object_or_404(found, pk=pk)


def _draft(request, pk):
    """A draft of the own dealer; what is published is written no more."""
    own = stories.of_own(_writer(request)).drafts().select_related("store", "dealer")
    return get_object_or_404(own, pk=pk)


@require_safe
def index(request):
    """What benchmark stores tell, and what the own dealer writes."""
    in_network(request)
    shown = Story.objects.shown().select_related("store", "dealer")[:SHOWN]
    own = []
    if _leads(request):
        own = stories.of_own(request.actor).select_related("store", "dealer")
        own = own.order_by("-edited_at", "-pk")[:SHOWN]
    context = {"shown": stories.told(shown, request.actor), "own": own, "writes": _leads(request)}
    return render(request, "training/stories/list.html", context)


@require_safe
def story(request, pk):
    """One story: as everybody reads it, with what its owner may do about it."""
    found = _found(request, pk)
    mine = _leads(request) and found.dealer_id == request.membership.dealer_id
    thanks, thanked = kudos.given(found, request.actor)
    context = {
        "thanks": thanks,
        "thanked": thanked,
        "may_thank": kudos.may_thank(found, by=request.actor, at=timezone.now()),
        "shown": stories.shown(found, request.actor),
        "story": found,
        "mine": mine,
        "writes": mine and not found.is_published,
        "agrees": mine and request.membership.role == Role.OWNER,
        "others_read": stories.name_of(found),
        "teller": found.teller.name,
        "read": _reading(found),
    }
    return render(request, "training/stories/story.html", context)


@takes(LARGEST_UPLOAD, _leads)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    """Begin a story."""
    by = _writer(request)
    form = NewStoryForm(*_posted(request), by=by)
    if request.method == "POST" and form.is_valid():
        try:
            made = stories.write(form.save(commit=False), by=by, at=timezone.now())
        except StoryRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Kept. Add figures and pictures, then read it as others."))
            return redirect("training:story_edit", made.pk)
    return _answer(request, "training/stories/new.html", form, {"form": form})


@takes(LARGEST_UPLOAD, _leads)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, pk):
    """Write on at a draft."""
    draft = _draft(request, pk)
    form = StoryForm(*_posted(request), instance=draft)
    if request.method == "POST" and form.is_valid():
        try:
            stories.write(form.save(commit=False), by=request.actor, at=timezone.now())
        except StoryRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Kept. The owner agrees to it as it now stands."))
            return redirect("training:story_edit", draft.pk)
    return _answer(request, "training/stories/edit.html", form, _writing(draft, form=form))


def _posted(request):
    return (request.POST, request.FILES) if request.method == "POST" else ()


def _writing(draft, **forms):
    return {
        "story": draft,
        "form": StoryForm(instance=draft),
        "picture_form": PictureForm(),
        "figure_form": FigureForm(story=draft),
        "pictures": draft.pictures.all(),
        "figures": draft.figures.all(),
        **forms,
    }


def _answer(request, template, form, context):
    status = 422 if form.is_bound and form.errors else 200
    return render(request, template, context, status=status)


@takes(LARGEST_UPLOAD, _leads)
@require_POST
def part(request, pk):
    """Add a picture or a figure to a draft, or take one out of it."""
    draft = _draft(request, pk)
    match request.POST.get("do"):
        case "picture":
            return _add_picture(request, draft)
        case "figure":
            return _add_figure(request, draft)
    with refusals_said(request, StoryRefused):
        _take_out(draft, request.POST, request.actor, timezone.now())
    return redirect("training:story_edit", draft.pk)


def _add_picture(request, draft):
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        sent = form.cleaned_data
        try:
            stories.add_picture(
                draft, sent["picture"], sent["alt"], by=request.actor, at=timezone.now()
            )
        except StoryRefused as refused:
            form.add_error("picture", str(refused))
        else:
            return redirect("training:story_edit", draft.pk)
    return _answer(request, "training/stories/edit.html", form, _writing(draft, picture_form=form))


def _add_figure(request, draft):
    form = FigureForm(request.POST, story=draft)
    if form.is_valid():
        ranking = form.cleaned_data["ranking"]
        try:
            stories.take_figure(draft, ranking, by=request.actor, at=timezone.now())
        except StoryRefused as refused:
            form.add_error("ranking", str(refused))
        else:
            return redirect("training:story_edit", draft.pk)
    return _answer(request, "training/stories/edit.html", form, _writing(draft, figure_form=form))


def _take_out(draft, sent, by, at):
    for field, act in (("picture", stories.remove_picture), ("figure", stories.drop_figure)):
        if named := key(sent.get(f"remove-{field}", "")):
            act(draft, named, by=by, at=at)


def _reading(story):
    """What tells the page of a draft from that of a later one."""
    return story.edited_at.isoformat() if story.edited_at else ""


def _own(request, pk):
    post_of_owner(request)
    return get_object_or_404(stories.of_own(request.actor), pk=pk)


@require_POST
def agree(request, pk):
    """The owner agrees to a draft as it was read, or takes that back."""
    found = _own(request, pk)
    with refusals_said(request, StoryRefused):
        if request.POST.get("do") == "back":
            stories.take_back(found, by=request.actor)
            messages.success(request, _("Taken back. Nobody outside sees the story."))
        elif request.POST.get("read") != _reading(found):
            raise StoryRefused(_("It was changed since you opened this page. Read it once more."))
        else:
            named = request.POST.get("named") == "yes"
            stories.agree(found, named=named, by=request.actor, at=timezone.now())
            messages.success(
                request, _("Agreed. Headquarters approves it, then it is on the pages.")
            )
    return redirect("training:story", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request, pk):
    """The owner takes a story off all pages, after a question."""
    found = _own(request, pk)
    if request.method != "POST":
        if not found.is_shown:
            return redirect("training:story", found.pk)
        return render(request, "training/stories/withdraw.html", {"story": found})
    with refusals_said(request, StoryRefused):
        stories.withdraw(found, by=request.actor, at=timezone.now())
        messages.success(request, _("It is off all pages. Nobody outside sees it any more."))
    return redirect("training:stories")


@require_POST
def thank(request, pk):
    """Thank for a story, or take the thanks back."""
    found = _found(request, pk)
    take_thanks(request, found)
    return redirect("training:story", found.pk)


@require_safe
def picture(request, pk, number):
    found = get_object_or_404(_found(request, pk).pictures, number=number)
    return kept_private(files.answer(request, found.image))


@require_safe
def story_file(request, pk, part):
    if part not in {"video", "captions"}:
        raise Http404
    stored = getattr(_found(request, pk), part)
    if not stored:
        raise Http404
    return kept_private(files.answer(request, stored))
