"""Rulebooks, from draft to publication."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, LogEntry
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from customers.models import Answer, Rulebook, RulebookTrial, Story
from customers.ownership import bench_file, editor, readback, stories, trials
from customers.ownership.bench_file import CasesNotValid
from customers.ownership.rulebook import last_day
from customers.receipts import receipt
from dealers import outbox
from dealers.admin import EVERYWHERE, PortalAdmin, PublishingAdmin, Reading
from dealers.admin.publishing import WHO_AND_WHEN, Step, approval, taken
from dealers.forms.figures import PercentField
from dealers.models import Dealer, Store
from dealers.publication import forget_steps, written
from dealers.words import exact_percent, sentences

LONGEST_STORY = 200  # events
PUBLISHED_FIELDS = (*WHO_AND_WHEN, "tried")


class RulebookForm(forms.ModelForm):
    """A draft; the share is typed in percent, as the sentences say it."""

    class Meta:
        field_classes: ClassVar = {"owner_share": PercentField}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "owner_share" in self.fields:
            share = self.initial.get("owner_share", self.fields["owner_share"].initial)
            self.initial["owner_share"] = Decimal(share)


@admin.register(Rulebook)
class RulebookAdmin(PublishingAdmin):
    promises = True
    list_display = ("name", "starts_on", "protection_days", "grace_days", "published_at")
    list_filter = (("published_at", admin.EmptyFieldListFilter),)
    search_fields = ("name",)
    form = RulebookForm
    publish_template = "admin/customers/rulebook/publish.html"
    actions = ("copy_as_draft",)
    checked = gettext_lazy("No other rulebook starts on that day, and no day behind us changes.")
    forgotten = gettext_lazy("It was tested before: now it is to be tested and approved anew.")
    fieldsets = (
        (None, {"fields": ("name", "starts_on", "notice_days")}),
        (
            gettext_lazy("Protection"),
            {
                "fields": (
                    "protection_days", "activity_renews_days", "visit_qualifies",
                    "sale_renews_days", "max_days_without_sale", "grace_days", "sharing_days",
                ),
                "description": gettext_lazy("An empty setting is switched off."),
            },
        ),
        (
            gettext_lazy("Duties"),
            {"fields": ("first_contact_hours", "release_after_days", "warning_days")},
        ),
        (
            gettext_lazy("More time, and the pool"),
            {
                "fields": (
                    "extension_days", "extensions", "pool_claims_per_day", "pool_cooldown_days",
                )
            },
        ),
        (
            gettext_lazy("Caps and limits"),
            {
                "fields": (
                    "person_cap", "store_cap", "person_daily_limit", "person_minute_limit",
                    "store_daily_limit", "conflict_percent",
                )
            },
        ),
        (
            gettext_lazy("Answer"),
            {
                "fields": ("answer_mode", "confirmation_hours"),
                "description": gettext_lazy(
                    "After the customer confirmed: at the counter nobody is looked up, and a short"
                    " message asks the customer first."
                ),
            },
        ),
        (gettext_lazy("Shares"), {"fields": ("owner_share",)}),
    )  # fmt: skip

    def get_fieldsets(self, request, obj=None):
        if obj is None or obj.published_at is None:
            return self.fieldsets
        return (
            *self.fieldsets[:-1],
            (gettext_lazy("Shares"), {"fields": ("owner_share_read",)}),
            (gettext_lazy("Published"), {"fields": PUBLISHED_FIELDS}),
        )

    def get_readonly_fields(self, request, obj=None):
        published = (*PUBLISHED_FIELDS, "owner_share_read")
        return published if obj and obj.published_at else ()

    @admin.display(description=gettext_lazy("owner's share when another dealer sells"))
    def owner_share_read(self, rulebook):
        return exact_percent(rulebook.owner_share)

    @admin.display(description=gettext_lazy("what it would have changed"))
    def tried(self, rulebook):
        found = trials.of(rulebook)
        return "–" if found is None else _summary(found)

    def problems(self, draft, at):
        return [*editor.problems(draft, at), *editor.missing(draft)]

    def problems_beside(self, draft, at):
        return editor.problems(draft, at)

    def steps(self, draft, by, at):
        if editor.last_decision() is None:
            return []
        against = editor.problems(draft, at)
        not_yet = [] if draft.approved_at else editor.not_approvable(draft, by.user_id)
        again = _("Test it anew") if draft.tested_at else _("Test it")
        return [
            Step(_("Test"), "tested", taken(draft, "tested"), again, against),
            approval(draft, not_yet or against),
        ]

    def take_step(self, draft, step, by, at):
        if step == "tested":
            editor.try_out(draft, by=by, at=at)
            return _("It is tested. What it would have changed is being worked out.")
        editor.approve_rulebook(draft, by=by, at=at)
        return _("It is approved.")

    def beside_steps(self, draft):
        trial = trials.latest(draft)
        if trial is None:
            return {}
        return {"trial": trial, "summary": _summary(trial), **_found(trial)}

    def publish_draft(self, draft, by, at):
        return editor.publish_rulebook(draft, by=by, at=at)

    def reading(self, draft):
        before, following = readback.predecessor(draft), readback.successor(draft)
        return Reading(
            time=sentences(*_time(draft, following)),
            parts=list(readback.parts(draft).values()),
            before=_("Compared with “%(name)s”, in force since %(day)s.")
            % {"name": before, "day": date_format(before.starts_on, "DATE_FORMAT")}
            if before
            else "",
            changes=readback.differences(before, draft) if before else [],
        )

    @admin.action(
        description=gettext_lazy("Copy as a new draft"), permissions=["add"], location=EVERYWHERE
    )
    def copy_as_draft(self, request, queryset: QuerySet[Rulebook]):
        drafts = list(queryset)
        for rulebook in drafts:
            rulebook.pk = None
            forget_steps(rulebook)
            written(rulebook, by=request.actor, at=timezone.now())
            rulebook.name = (_("%s (draft)") % rulebook.name)[:120]
            rulebook._state.adding = True  # noqa: SLF001 - Django's documented way to copy a row
        Rulebook.objects.bulk_create(drafts)
        LogEntry.objects.log_actions(request.user.pk, drafts, ADDITION, gettext_noop("Copied."))
        done = _("%s is a draft now. Change it, give it its first day, then publish it.")
        self.say(request, [done % rulebook for rulebook in drafts], messages.SUCCESS)


def _summary(trial: RulebookTrial) -> str:
    """What a trial has found, or how far it is, in sentences."""
    if trial.finished_at is None and outbox.gave_up(trials.TASK, trial.pk):
        return _("It could not be worked out. Test the draft anew.")
    if trial.finished_at is None:
        return _("Being worked out: %(done)s of %(total)s events. Load the page once more.") % {
            "done": f"{trial.done:,}",
            "total": f"{trial.total:,}",
        }
    said = _(
        "Of %(compared)s registrations of the last %(days)d days %(changed)s would have got another"
        " answer."
    )
    left = _("Left out, since people decided beside the rules: %(count)s.")
    return sentences(
        said
        % {
            "compared": f"{trial.compared:,}",
            "days": trials.DAYS,
            "changed": f"{trial.changed:,}",
        },
        left % {"count": f"{trial.left_out:,}"},
    )


def _found(trial: RulebookTrial) -> dict[str, Any]:
    """What a trial has found, with the names of dealers and stores."""
    names = dict(
        Dealer.objects.filter(pk__in=[row[0] for row in trial.dealers]).values_list("pk", "name")
    )
    stores = Store.objects.in_bulk({row[2] for row in trial.lines})
    owners = dict(
        Dealer.objects.filter(pk__in=[row[6] for row in trial.lines if row[6]]).values_list(
            "pk", "name"
        )
    )
    words = {"better": _("better"), "worse": _("worse"), "": "–"}
    return {
        "by_dealer": [(names.get(dealer, "–"), *counts) for dealer, *counts in trial.dealers],
        "by_line": [
            {
                "receipt": receipt(number), "at": datetime.fromisoformat(at),
                "store": stores[store].name, "before": _answer(before, stores[store]),
                "after": _answer(after, stores[store]), "claimant": words[claimant],
                "owner": owners.get(owner, ""), "for_owner": words[for_owner],
            }
            for number, at, store, before, after, claimant, owner, for_owner in trial.lines
        ],
        "more": max(trial.changed - len(trial.lines), 0),
    }  # fmt: skip


def _answer(said: list, store: Store) -> str:
    """An answer with the last day that it protects, as the receipt says it."""
    answer, rule, until = said
    words = f"{Answer(answer).label} ({rule})"
    if until is None:
        return words
    last = last_day(datetime.fromisoformat(until), store.tz)
    day = date_format(last, "SHORT_DATE_FORMAT")
    return _("%(answer)s, until %(day)s") % {"answer": words, "day": day}


def _time(draft: Rulebook, following: Rulebook | None) -> list[str]:
    """From when until when a draft would apply, and to what."""
    words = {"first": date_format(draft.starts_on, "DATE_FORMAT")}
    if following is None:
        said = _("Applies from %(first)s on, until a later rulebook takes over.") % words
    else:
        words |= {"last": date_format(following.starts_on, "DATE_FORMAT"), "name": str(following)}
        said = (
            _("Applies from %(first)s until before %(last)s, when “%(name)s” takes over.") % words
        )
    running = _(
        "It applies to new registrations; to a protection that runs only where it is better for its"
        " owner."
    )
    return [said, running]


class StoryField(forms.CharField):
    """JSON that can be stored: no depth without end, no number or letter that is none."""

    widget = forms.Textarea

    def to_python(self, value):
        text = super().to_python(value)
        try:
            read = json.loads(text) if text else None
            stored = json.dumps(read, ensure_ascii=False, allow_nan=False).encode()
        except (RecursionError, ValueError):
            stored = b"\\u0000"
        if b"\\u0000" in stored:
            raise forms.ValidationError(_("This is no JSON that can be kept."))
        return read

    def prepare_value(self, value):
        if value is None or isinstance(value, str):
            return value
        return json.dumps(value, ensure_ascii=False, indent=1)


class StoryForm(forms.ModelForm):
    """A story that can be told: its stores are known, its times do not go back."""

    story = StoryField(
        label=Story._meta.get_field("story").verbose_name,
        help_text=Story._meta.get_field("story").help_text,
    )

    def clean_story(self):
        story = self.cleaned_data["story"]
        try:
            case = bench_file.case_in(story, _("story"))
        except CasesNotValid as problem:
            raise forms.ValidationError(str(problem)) from None
        if len(case.events) > LONGEST_STORY:
            raise forms.ValidationError(
                _("A story has at most %(count)d events; write two.") % {"count": LONGEST_STORY}
            )
        return story


@admin.register(Story)
class StoryAdmin(PortalAdmin):
    list_display = ("name", "in_use")
    list_filter = ("in_use",)
    search_fields = ("name",)
    form = StoryForm
    fields = ("name", "in_use", "story")

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        for rulebook in Rulebook.objects.published().order_by("-starts_on")[:1]:
            found = stories.told(obj, rulebook)
            if found:
                self.say(request, list(map(stories.sentence, found)), messages.WARNING)
            else:
                met = _("“%(rulebook)s” answers this story as expected.") % {"rulebook": rulebook}
                self.say(request, [met], messages.SUCCESS)
