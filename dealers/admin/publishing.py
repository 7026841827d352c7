"""The page that publishes: it reads a draft back, says what it changes, and asks."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.contrib import messages
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from dealers import forbidden, sayings
from dealers.actor import Actor
from dealers.admin.base import PortalAdmin
from dealers.forms.figures import NumbersField
from dealers.models import ForbiddenAct
from dealers.publication import (
    STEPS,
    WRITING,
    Change,
    PublicationRefused,
    TwoPeople,
    forget_steps,
    written,
)
from dealers.signin import second_factor
from dealers.words import sentences

# Who did what to something published, and when, in its order.
WHO_AND_WHEN = tuple(f"{each}_{what}" for each in (*WRITING, *STEPS) for what in ("at", "by"))
TAKEN = {"tested": gettext_noop("Tested."), "approved": gettext_noop("Approved.")}


@dataclass(frozen=True, slots=True)
class Reading:
    """A draft in words: its time, what each part says, and what it changes.

    ``before`` names what is in force until then, nothing if there is none; ``changes`` are the
    differences to that.
    """

    time: str
    parts: list[tuple[str, str]]
    before: str
    changes: list[Change]

    def of(self, draft: Any) -> str:
        """What is another once the draft says something else, or was tested anew."""
        said = [self.time, *chain.from_iterable(self.parts), draft.tested_at]
        return hashlib.sha256("\n".join(map(str, said)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Step:
    """A step before publishing: who took it, or what its button says and what blocks it."""

    name: str
    key: str
    taken: str
    button: str
    blocked: list[str]


def taken(draft: Any, step: str) -> str:
    """Who took a step of a draft, and when."""
    return _said(draft, step, _("%(who)s, %(at)s."))


def authors(draft: Any) -> str:
    """Who wrote a draft first, and who last, in sentences; empty where nobody was noted."""
    found = [_said(draft, "drafted", _("Drafted by %(who)s, %(at)s."))]
    if draft.edited_at != draft.drafted_at:
        found.append(_said(draft, "edited", _("Last edited by %(who)s, %(at)s.")))
    return sentences(*filter(None, found))


def _said(draft: Any, what: str, sentence: str) -> str:
    """A sentence of who did something to a draft and when; empty where nobody has."""
    at = getattr(draft, f"{what}_at")
    if at is None:
        return ""
    return sentence % {
        "who": getattr(draft, f"{what}_by") or "–",
        "at": date_format(timezone.localtime(at), "DATETIME_FORMAT"),
    }


def approval(draft: Any, blocked: list[str]) -> Step:
    """The step of the second person, or what blocks it."""
    button = "" if draft.approved_at else _("Approve it")
    return Step(_("Approval"), "approved", taken(draft, "approved"), button, blocked)


class PublishingAdmin(PortalAdmin):
    """Drafts that are published on a page of their own, and from then on only looked at."""

    change_form_template = "admin/publishing_change_form.html"
    publish_template = "admin/publish.html"
    checked: Any = ""  # what the page says where nothing stands against the draft
    by_two: Any = gettext_lazy("Tested by one, approved by another")
    logged = TAKEN  # what the history says of each step
    forgotten: Any = ""  # what is said of a draft that was tested and is edited
    promises = False  # whether it promises dealers something, so that a try to change it is noted
    formfield_overrides = {ArrayField: {"form_class": NumbersField}}

    def reading(self, draft: Any) -> Reading:
        """What the page that publishes says of a draft."""
        raise NotImplementedError

    def problems(self, draft: Any, at: datetime) -> list[str]:
        """What stands against publishing a draft at ``at``, in sentences."""
        raise NotImplementedError

    def problems_beside(self, draft: Any, at: datetime) -> list[str]:
        """Those of them that are said beside the form of the draft already."""
        return self.problems(draft, at)

    def warnings(self, draft: Any) -> list[str]:
        """What does not stop it, and should be known."""
        return []

    def publish_draft(self, draft: Any, by: Actor, at: datetime) -> object:
        """Publish it. Raises PublicationRefused."""
        raise NotImplementedError

    def steps(self, draft: Any, by: Actor, at: datetime) -> list[Step]:
        """What somebody has to do before it is published; none: who publishes does all of it."""
        return []

    def take_step(self, draft: Any, step: str, by: Actor, at: datetime) -> str:
        """Take one of the steps; what was done, in words. Raises PublicationRefused."""
        raise NotImplementedError

    def beside_steps(self, draft: Any) -> dict[str, Any]:
        """What the page shows of them, for a template of its own."""
        return {}

    def has_change_permission(self, request, obj=None):
        return not (obj and obj.published_at) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return not (obj and obj.published_at) and super().has_delete_permission(request, obj)

    def save_model(self, request, obj, form, change):
        """Name who wrote the draft; what was tested is then to be tested anew."""
        if not change or form.changed_data:
            if obj.tested_at is not None:
                forget_steps(obj)
                if self.forgotten:
                    self.say(request, [self.forgotten], messages.WARNING)
            written(obj, by=Actor.hq(request.user), at=timezone.now())
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        # A part that changes has made its draft forget its steps by now.
        if change and any(formset.has_changed() for formset in formsets):
            fields = written(form.instance, by=Actor.hq(request.user), at=timezone.now())
            form.instance.save(update_fields=fields)

    @property
    def publish_url(self) -> str:
        """The name of the address of the page that publishes."""
        return f"{self.opts.app_label}_{self.opts.model_name}_publish"

    def change_view(self, request, object_id, form_url="", extra_context=None):
        draft = self.get_object(request, object_id)
        self._note_change(request, draft)
        context = {}
        if draft and not draft.published_at:
            context = {
                "authors": authors(draft),
                "problems": self.problems_beside(draft, timezone.now()),
                "warnings": self.warnings(draft),
                "checked": self.checked,
                "may_publish": self.has_change_permission(request, draft),
                "publish_url": f"admin:{self.publish_url}",
            }
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )

    def delete_view(self, request, object_id, extra_context=None):
        self._note_change(request, self.get_object(request, object_id))
        return super().delete_view(request, object_id, extra_context)

    def _note_change(self, request, draft):
        """Note for all dealers that what is published was to be changed; the page refuses it."""
        if self.promises and request.method == "POST" and draft and draft.published_at:
            said = sayings.kept(forbidden.CHANGED)
            forbidden.note(ForbiddenAct.SHARE, said, by=request.actor, at=timezone.now())

    def get_urls(self):
        return [
            path(
                "<int:object_id>/publish/",
                self.admin_site.admin_view(self.publish),
                name=self.publish_url,
            ),
            *super().get_urls(),
        ]

    def publish(self, request, object_id):
        """Read back what will apply; published once the reader says that this is what is meant."""
        draft = get_object_or_404(self.get_queryset(request), pk=object_id)
        if not self.has_change_permission(request, draft):
            raise PermissionDenied
        if request.method == "POST" and not second_factor.is_fresh(request):
            return second_factor.ask_again(request)
        by, at = Actor.hq(request.user), timezone.now()
        steps, problems = self.steps(draft, by, at), []
        if request.method == "POST":
            try:
                return self._decided(request, draft, steps, by, at)
            except PublicationRefused as refused:
                problems = refused.sentences
        reading = self.reading(draft)
        return TemplateResponse(
            request,
            self.publish_template,
            {
                **self.admin_site.each_context(request),
                "title": _("Publish %s") % draft,
                "opts": self.opts,
                "draft": draft,
                "authors": authors(draft),
                "reading": reading,
                "reading_of": reading.of(draft),
                "steps": steps,
                "by_two": self.by_two,
                **self.beside_steps(draft),
                "problems": problems or self.problems(draft, at),
                "warnings": self.warnings(draft),
                "checked": self.checked,
            },
        )

    def _decided(self, request, draft, steps, by, at):
        """Take the step that was asked for, or publish. Raises PublicationRefused."""
        wanted, read = request.POST.get("step"), request.POST.get("reading")
        if read is not None and read != self.reading(draft).of(draft):
            raise PublicationRefused(
                [_("The draft was changed since you opened this page. Read it once more.")]
            )
        if wanted in {step.key for step in steps if step.button}:
            done = self.take_step(draft, wanted, by, at)
            self.log_change(request, draft, self.logged[wanted])
            self.say(request, [done], messages.SUCCESS)
            return redirect(f"admin:{self.publish_url}", draft.pk)
        if "read" not in request.POST:
            raise PublicationRefused([_("Read the sentences and tick the box below them.")])
        self.publish_draft(draft, by, at)
        self.log_change(request, draft, gettext_noop("Published."))
        done = _("%(draft)s is published and applies from %(day)s.") % {
            "draft": draft,
            "day": draft.starts_on.isoformat(),
        }
        self.say(request, [done], messages.SUCCESS)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", draft.pk)


class PutForwardAdmin(PublishingAdmin):
    """Drafts that one person puts forward and another approves."""

    way: TwoPeople[Any]
    by_two = gettext_lazy("Put forward by one, approved by another")
    logged = TAKEN | {"tested": gettext_noop("Put forward.")}
    forgotten = gettext_lazy(
        "It was put forward before: now it is to be put forward and approved anew."
    )
    of_published: tuple[str, ...] = WHO_AND_WHEN  # fields that a draft does not have yet

    def get_fieldsets(self, request, obj=None):
        if obj is None or obj.published_at is None:
            return self.fieldsets
        return (*self.fieldsets, (gettext_lazy("Published"), {"fields": self.of_published}))

    def get_readonly_fields(self, request, obj=None):
        return self.of_published if obj and obj.published_at else ()

    def problems(self, draft, at):
        return self.way.all_problems(draft, at)

    def problems_beside(self, draft, at):
        return self.way.problems(draft, at)

    def steps(self, draft, by, at):
        if not self.way.needed():
            return []
        against = self.way.problems(draft, at)
        not_yet = [] if draft.approved_at else self.way.not_approvable(draft, by.user_id)
        button = "" if draft.tested_at else _("Put it forward")
        return [
            Step(_("Put forward"), "tested", taken(draft, "tested"), button, against),
            approval(draft, not_yet or against),
        ]

    def take_step(self, draft, step, by, at):
        if step == "tested":
            self.way.put_forward(draft, by=by, at=at)
            return _("It is put forward. Somebody else approves it.")
        self.way.approve(draft, by=by, at=at)
        return _("It is approved.")
