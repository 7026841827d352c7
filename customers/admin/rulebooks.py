"""Rulebooks, from draft to publication."""

from functools import partial

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, LogEntry
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Rulebook
from customers.ownership import editor
from dealers.actor import Actor
from dealers.admin import EVERYWHERE, PortalAdmin
from dealers.publication import STEPS, PublicationRefused


@admin.register(Rulebook)
class RulebookAdmin(PortalAdmin):
    list_display = ("name", "starts_on", "protection_days", "grace_days", "published_at")
    list_filter = (("published_at", admin.EmptyFieldListFilter),)
    search_fields = ("name",)
    actions = ("publish", "copy_as_draft")
    fieldsets = (
        (None, {"fields": ("name", "starts_on")}),
        (
            gettext_lazy("Protection"),
            {
                "fields": (
                    "protection_days", "activity_renews_days", "visit_qualifies",
                    "sale_renews_days", "max_days_without_sale", "grace_days",
                ),
                "description": gettext_lazy("An empty setting is switched off."),
            },
        ),
        (
            gettext_lazy("Duties"),
            {"fields": ("first_contact_hours",)},
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
        (gettext_lazy("Shares"), {"fields": ("owner_share",)}),
    )  # fmt: skip

    def get_fieldsets(self, request, obj=None):
        if obj is None or obj.published_at is None:
            return self.fieldsets
        published = {"fields": ("published_at", "published_by")}
        return (*self.fieldsets, (gettext_lazy("Published"), published))

    def get_readonly_fields(self, request, obj=None):
        return ("published_at", "published_by") if obj and obj.published_at else ()

    def has_change_permission(self, request, obj=None):
        return not (obj and obj.published_at) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return not (obj and obj.published_at) and super().has_delete_permission(request, obj)

    @admin.action(description=gettext_lazy("Publish"), permissions=["change"], location=EVERYWHERE)
    def publish(self, request, queryset: QuerySet[Rulebook]):
        question = _(
            "A published rulebook never changes. It applies from its first day to what happens"
            " then; no running protection gets shorter."
        )
        if asked := self.ask_first(request, queryset, question):
            return asked
        publish = partial(editor.publish_rulebook, by=Actor.hq(request.user), at=timezone.now())
        self.act_on_each(
            request, queryset, publish, refused=PublicationRefused,
            log=_("Published."), done=_("Published: %s"),
        )  # fmt: skip
        return None

    @admin.action(
        description=gettext_lazy("Copy as a new draft"), permissions=["add"], location=EVERYWHERE
    )
    def copy_as_draft(self, request, queryset: QuerySet[Rulebook]):
        drafts = list(queryset)
        for rulebook in drafts:
            rulebook.pk = None
            for step in STEPS:
                setattr(rulebook, f"{step}_at", None)
                setattr(rulebook, f"{step}_by", None)
            rulebook.name = (_("%s (draft)") % rulebook.name)[:120]
            rulebook._state.adding = True  # noqa: SLF001 - Django's documented way to copy a row
        Rulebook.objects.bulk_create(drafts)
        LogEntry.objects.log_actions(request.user.pk, drafts, ADDITION, _("Copied."))
        done = _("%s is a draft now. Change it, give it its first day, then publish it.")
        self.say(request, [done % rulebook for rulebook in drafts], messages.SUCCESS)
