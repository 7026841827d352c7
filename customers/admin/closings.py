"""Closings of stores and dealers: headquarters ends the work with a dealer here."""

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from customers.closings import offering, plan
from customers.models import Closing, ClosingStep, ExitOffer
from dealers.actor import Actor
from dealers.admin import MadeByFormAdmin, ReadOnlyInline
from dealers.bounds import validate_moment
from dealers.forms.base import MadeForm


class ClosingForm(MadeForm):
    """A dealer that closes, from which day on and why; its owner reads all of it at once."""

    on = forms.DateField(
        label=gettext_lazy("First day on which it is closed"),
        validators=[validate_moment],
        widget=forms.DateInput(attrs={"type": "date", "class": "vDateField"}, format="%Y-%m-%d"),
        help_text=gettext_lazy(
            "At least 14 days ahead. The dealer's owners are told at once; until that day it can be"
            " taken back. Before, the dealer has to have been offered everything that is its own:"
            " see “Offered packs”."
        ),
    )
    refusal = plan.ClosingRefused

    class Meta:
        model = Closing
        fields = ("dealer", "reason")

    def make(self, said, at):
        return plan.close_dealer(
            said["dealer"], on=said["on"], reason=said["reason"], by=self.by, at=at
        )


class ExitOfferForm(MadeForm):
    """A dealer that headquarters means to close is offered everything of it first."""

    refusal = plan.ClosingRefused

    class Meta:
        model = ExitOffer
        fields = ("dealer",)

    def make(self, said, at):
        return offering.offer(said["dealer"], by=self.by, at=at)


@admin.register(ExitOffer)
class ExitOfferAdmin(MadeByFormAdmin):
    """The pack that a dealer's owner has to have been offered before its closing begins.

    Whoever may begin a closing offers it.
    """

    form = ExitOfferForm
    list_display = ("__str__", "to", "by", "offered_at", "ready_at", "closing")
    list_select_related = ("dealer", "to", "by", "closing__dealer")
    search_fields = ("dealer__code", "dealer__name")
    search_exactly = True
    ordering = ("-offered_at", "-id")
    sortable_by = ()
    autocomplete_fields = ("dealer",)
    asked = ("dealer",)
    shown = ("dealer", "to", "by", "offered_at", "ready_at", "manifest", "closing")

    @admin.display(description=gettext_lazy("closing"))
    def closing(self, offer):
        return getattr(offer, "closing", None)

    def has_add_permission(self, request):
        return request.user.has_perm("customers.add_closing")

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("customers.view_closing")


class StepInline(ReadOnlyInline):
    model = ClosingStep
    fields = ("number", "kind", "due_at", "started_at", "done", "total", "done_at")

    def get_queryset(self, request):
        return super().get_queryset(request).order_by("number")


@admin.register(Closing)
class ClosingAdmin(MadeByFormAdmin):
    """A dealer's closing begins here, a store's with its owner; afterwards to look at."""

    form = ClosingForm
    list_display = ("__str__", "kind", "due_at", "finished_at", "cancelled_at")
    list_filter = ("kind",)
    list_select_related = ("store", "dealer")
    search_fields = ("dealer__code", "dealer__name")
    search_exactly = True
    ordering = ("-begun_at", "id")
    sortable_by = ()
    autocomplete_fields = ("dealer",)
    actions = ("take_back",)
    inlines = (StepInline,)
    asked = ("dealer", "on", "reason")
    shown = (
        "kind", "dealer", "store", "to", "reason", "by", "begun_at", "due_at", "cancelled_at",
        "cancelled_by", "finished_at", "pack",
    )  # fmt: skip

    def has_take_back_permission(self, request):
        return request.user.has_perm("customers.add_closing")

    @admin.action(permissions=["take_back"], description=gettext_lazy("Take a closing back"))
    def take_back(self, request, queryset):
        question = _("Have these stay open after all?")
        if page := self.ask_first(request, queryset, question):
            return page
        self.act_on_each(
            request,
            queryset,
            lambda each: plan.take_back(each, by=Actor.hq(request.user), at=timezone.now()),
            refused=plan.ClosingRefused,
            log=gettext_noop("Taken back."),
            done=_("Taken back: %s"),
        )
        return None
