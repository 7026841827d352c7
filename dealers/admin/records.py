"""What was looked at, which files were taken, and what headquarters did."""

from functools import partial

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from dealers import outbox
from dealers.actor import Actor
from dealers.admin.base import ReadOnlyAdmin
from dealers.keys import rotation
from dealers.models import AccessLog, FileImport, KeyRotation, OutboxTask, StampAttempt
from dealers.words import said_of


@admin.register(AccessLog)
class AccessLogAdmin(ReadOnlyAdmin):
    list_display = (
        "at",
        "dealer",
        "who",
        "role_name",
        "action",
        "why",
        "fields_read",
        "count",
    )
    list_filter = ("action",)
    list_select_related = ("dealer", "user")
    search_fields = ("dealer__code", "dealer__name", "user__email", "user__name")
    search_help_text = gettext_lazy(
        "Code or e-mail written in full, or a part of the name of a dealer or person."
    )
    search_exactly = True
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        "at", "dealer", "who", "agent", "role_name", "action", "why", "fields_read", "customer",
        "count",
    )  # fmt: skip

    def get_queryset(self, request):
        # What a dealer's own people look at is its owner's to know.
        return super().get_queryset(request).by_others()

    @admin.display(description=gettext_lazy("person"))
    def who(self, entry):
        return entry.who

    @admin.display(description=gettext_lazy("role"))
    def role_name(self, entry):
        return entry.role_name

    @admin.display(description=gettext_lazy("purpose"))
    def why(self, entry):
        return entry.why

    @admin.display(description=gettext_lazy("fields"))
    def fields_read(self, entry):
        return entry.what


class RecentProblems(admin.SimpleListFilter):
    title = gettext_lazy("problems")
    parameter_name = "problems"

    def lookups(self, request, model_admin):
        return [("recent", _("Of the last 14 days"))]

    def queryset(self, request, queryset):
        if self.value() == "recent":
            return queryset.with_recent_problems(timezone.now())
        return queryset


@admin.register(FileImport)
class FileImportAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "state", "rows", "accepted", "repeated", "rejected",
                    "started_at", "by")  # fmt: skip
    list_filter = (RecentProblems, "state", "kind")
    list_select_related = ("by",)
    search_fields = ("name", "sha256")


class TaskState(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("waiting", _("Still waiting")), ("given_up", _("Given up"))]

    def queryset(self, request, queryset):
        match self.value():
            case "waiting":
                return queryset.to_do()
            case "given_up":
                return queryset.given_up()
        return queryset


@admin.register(OutboxTask)
class OutboxTaskAdmin(ReadOnlyAdmin):
    """What the worker was asked to do. Its arguments are not shown: a link may be among them."""

    list_display = ("task", "at", "done_at", "tries", "given_up_at", "problem")
    list_filter = (TaskState,)
    search_fields = ("task",)
    search_help_text = gettext_lazy("Name of a task, written in full.")
    search_exactly = True
    sortable_by = ()
    fields = ("task", "at", "sent_at", "due_at", "tries", "problem", "done_at", "given_up_at")
    actions = ("send_again",)

    def has_send_again_permission(self, request):
        return request.user.has_perm("dealers.change_outboxtask")

    @admin.action(description=gettext_lazy("Hand over again"), permissions=["send_again"])
    def send_again(self, request, queryset):
        self.act_on_each(
            request, queryset,
            partial(outbox.send_again, by=request.actor, at=timezone.now()),
            log=gettext_noop("Handed over again."), done=_("%s is handed over again."),
            refused=outbox.Forgotten,
        )  # fmt: skip


@admin.register(StampAttempt)
class StampAttemptAdmin(ReadOnlyAdmin):
    """Every try to have the root of a day time-stamped, and what came of it."""

    list_display = ("at", "root", "service", "local", "outcome", "detail", "stamped_at")
    list_filter = ("outcome", "local")
    list_select_related = ("root",)
    sortable_by = ()
    fields = (
        "root", "at", "service", "local", "outcome", "detail", "stamped_at", "stamped_by",
        "certificates", "command",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("how to check it"))
    def command(self, attempt):
        return attempt.command if attempt.stamped_at else "–"


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """What people at headquarters did in the admin."""

    list_display = ("action_time", "user", "content_type", "object_repr", "what")
    list_filter = ("action_flag",)
    list_select_related = ("user", "content_type")
    search_fields = ("user__email", "object_id")
    search_help_text = gettext_lazy("E-mail of a person or id of an object, written in full.")
    search_exactly = True
    ordering = ("-id",)
    sortable_by = ()
    fields = ("action_time", "user", "content_type", "object_id", "object_repr", "what")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        # An entry's own name has our words as they are kept, untranslated.
        entry = self.get_object(request, object_id)
        named = {"subtitle": entry.object_repr if entry else None}
        return super().change_view(request, object_id, form_url, named | (extra_context or {}))

    @admin.display(description=gettext_lazy("what"))
    def what(self, entry):
        return said_of(entry)


class KeyRotationForm(forms.ModelForm):
    """Which key is to be replaced."""

    def clean(self):
        found = super().clean()
        if dealer := found.get("dealer"):
            try:
                rotation.check(dealer)
            except rotation.RotationRefused as refused:
                raise ValidationError({"dealer": str(refused)}) from None
        return found


@admin.register(KeyRotation)
class KeyRotationAdmin(ReadOnlyAdmin):
    """How far the changes of keys are; whoever may do everything begins one here."""

    form = KeyRotationForm
    list_display = ("started_at", "kind", "dealer", "progress", "finished_at", "asked_by")
    list_filter = ("kind",)
    list_select_related = ("dealer", "asked_by")
    fields = ("kind", "dealer")
    autocomplete_fields = ("dealer",)
    ordering = ("-id",)

    def has_add_permission(self, request, obj=None):
        return request.user.is_superuser

    @admin.display(description=gettext_lazy("how far"))
    def progress(self, change):
        if not change.total:
            return "–"
        return f"{min(change.done * 100 // change.total, 100)} %"

    def save_model(self, request, obj, form, change):
        begun = rotation.begin(
            obj.kind, by=Actor.hq(request.user), at=timezone.now(), dealer=obj.dealer
        )
        obj.pk = begun.pk
