"""Sharing sessions: planned, changed and cancelled by headquarters."""

from functools import partial

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.forms.utils import from_current_timezone
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from dealers.actor import Actor
from dealers.admin import NeverDeletedAdmin
from dealers.admin.base import ReadOnlyInline
from dealers.models.network import timezones
from dealers.site import takes_files
from training.models import Seat, SessionQuestion, SharingSession
from training.sessions import SessionRefused, planning


class SeatInline(ReadOnlyInline):
    model = Seat
    fields = readonly_fields = ("user", "joined_at", "placed_at", "left_at", "attended_at")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user")


class QuestionInline(ReadOnlyInline):
    """Without who asked: that the host alone reads."""

    model = SessionQuestion
    fields = readonly_fields = ("text", "at", "answer", "answered_at")


class SessionForm(forms.ModelForm):
    """A session; what stands against keeping it is said beside the form."""

    by: Actor

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in planning.TIMES:
            if name in self.fields:
                self.fields[name].help_text = _("By the clock of the time zone below.")
            if self.instance.pk is not None:
                there = getattr(self.instance, name).astimezone(self.instance.tz)
                self.initial[name] = there.replace(tzinfo=None)

    def clean(self):
        cleaned = super().clean()
        self._read_the_clock_there(cleaned)
        store, dealer = cleaned.get("store"), cleaned.get("dealer")
        if store is not None and dealer is None:
            cleaned["dealer"] = store.dealer
        elif store is not None and store.dealer_id != dealer.pk:
            self.add_error("store", _("The store belongs to another dealer."))
        return cleaned

    def _read_the_clock_there(self, cleaned):
        """Have the times be those of the session's zone, not of whoever types them."""
        zone = cleaned.get("timezone")
        if zone not in timezones():
            return  # which the model says
        for name in planning.TIMES:
            if cleaned.get(name) is None:
                continue
            typed = timezone.make_naive(cleaned[name])
            try:
                with timezone.override(zone):
                    cleaned[name] = from_current_timezone(typed)
            except ValidationError as error:  # an hour that the change of clocks left out
                self.add_error(name, error)

    def _post_clean(self):
        super()._post_clean()
        if self.errors:
            return
        try:
            planning.check(self.instance, by=self.by, at=timezone.now())
        except SessionRefused as refused:
            self.add_error(None, ValidationError(str(refused)))


@admin.register(SharingSession)
class SharingSessionAdmin(NeverDeletedAdmin):
    """What people are told of changes, the domain tells."""

    form = SessionForm
    list_display = ("title", "starts_at", "state", "taken", "waiting", "there")
    search_fields = ("title", "title_en")
    autocomplete_fields = ("host", "dealer", "store", "story")
    actions = ("cancel",)
    ordering = ("-starts_at", "-pk")
    fields = (
        *("title", "title_en", "about", "about_en", "language"),
        *("starts_at", "ends_at", "timezone", "place", "link", "capacity", "host"),
        *("dealer", "store", "story", "recording", "recording_link", "state", "page"),
    )
    readonly_fields = ("state", "page")
    add_view = takes_files(NeverDeletedAdmin.add_view)
    change_view = takes_files(NeverDeletedAdmin.change_view)

    def get_queryset(self, request):
        kept = Q(seats__left_at__isnull=True)
        placed = kept & Q(seats__placed_at__isnull=False)
        there = kept & Q(seats__attended_at__isnull=False)
        return (
            super()
            .get_queryset(request)
            .annotate(
                now_taken=Count("seats", filter=placed),
                now_waiting=Count("seats", filter=kept) - Count("seats", filter=placed),
                were_there=Count("seats", filter=there),
            )
        )

    def get_inlines(self, request, obj):
        return (SeatInline, QuestionInline) if obj else ()

    def kept_at(self, row, column):
        return "" if row.is_cancelled else reverse("training:session_recording", args=[row.pk])

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        form.by = Actor.hq(request.user)
        return form

    def save_model(self, request, obj, form, change):
        if not change or form.changed_data:
            planning.save(obj, by=Actor.hq(request.user), at=timezone.now())

    @admin.display(description=gettext_lazy("state"))
    def state(self, session):
        if session.pk is None:
            return "–"
        if session.is_cancelled:
            return _("Cancelled")
        return _("Over") if session.ends_at < timezone.now() else _("Planned")

    @admin.display(description=gettext_lazy("places taken"))
    def taken(self, session):
        return f"{session.now_taken} / {session.capacity}"

    @admin.display(description=gettext_lazy("wait for one"))
    def waiting(self, session):
        return session.now_waiting

    @admin.display(description=gettext_lazy("were there"))
    def there(self, session):
        return session.were_there

    @admin.display(description=gettext_lazy("page"))
    def page(self, session):
        if session.pk is None:
            return "–"
        where = reverse("training:session", args=[session.pk])
        return format_html('<a href="{}">{}</a>', where, _("As others will read it"))

    @admin.action(permissions=["change"], description=gettext_lazy("Cancel the session"))
    def cancel(self, request, queryset):
        question = _("Cancel these sessions? Everybody who has a place or waits is told.")
        if page := self.ask_first(request, queryset, question):
            return page
        self.act_on_each(
            request,
            queryset,
            partial(planning.cancel, by=Actor.hq(request.user), at=timezone.now()),
            refused=SessionRefused,
            log=gettext_noop("Cancelled."),
            done=_("%s is cancelled; who had a place is told."),
        )
        return None
