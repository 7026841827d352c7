"""Adjustments as headquarters proposes, approves and takes them back."""

import uuid

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers.actor import Actor
from dealers.admin import MadeByFormAdmin
from dealers.exhibits import LONGEST_REASON
from dealers.forms.base import MadeForm
from dealers.months import key as month_key
from dealers.signin import second_factor
from dealers.words import NONE, exact_money
from incentives.books import adjustments
from incentives.books.adjustments import AdjustmentRefused, Wanted
from incentives.disputes import deciding
from incentives.earnings import adjusted
from incentives.models import Adjustment

PROPOSES, DECIDES = "incentives.add_adjustment", "incentives.add_adjustmentdecision"
_REASON = forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST_REASON})


class ProposalForm(MadeForm):
    """An adjustment that somebody proposes; up to the limit it is booked at once."""

    class Meta:
        model = Adjustment
        fields = ("dealer", "plan", "amount", "reason", "case")
        widgets = {"reason": _REASON}
        help_texts = {
            "plan": gettext_lazy("Whose cost or income it is."),
            "amount": gettext_lazy("What the dealer gets; with a minus, what is taken off."),
            "reason": gettext_lazy("The dealer reads it on the statement."),
            "case": gettext_lazy("The number of the case that it comes from, if one does."),
        }

    token = forms.CharField(widget=forms.HiddenInput, max_length=60, required=False, label="")
    refusal = AdjustmentRefused

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Sent twice, it is booked once.
        self.fields["token"].initial = uuid.uuid4().hex

    def make(self, said, at):
        wanted = Wanted(
            said["dealer"], said["plan"], said["amount"], said["reason"], case=said["case"]
        )
        key = f"admin:{said['token'] or uuid.uuid4().hex}"
        return adjustments.propose(wanted, key=key, by=self.by, at=at)


class DecisionForm(forms.Form):
    """What a second person says."""

    answer = forms.ChoiceField(
        label=gettext_lazy("Your decision"),
        choices=[
            ("approve", gettext_lazy("Approve it: it is booked in the open month")),
            ("decline", gettext_lazy("Decline it: it is never booked")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Why, if you decline it"),
        required=False,
        max_length=LONGEST_REASON,
        widget=_REASON,
    )


class ReversalForm(forms.Form):
    """Why a booked adjustment is taken back."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        widget=_REASON,
        help_text=gettext_lazy("The dealer reads it on the statement."),
    )


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [
            ("waiting", _("Waits for a second person")),
            ("booked", _("Booked")),
            ("declined", _("Declined")),
        ]

    def queryset(self, request, queryset):
        match self.value():
            case "waiting":
                return queryset.waiting()
            case "booked":
                return queryset.booked()
            case "declined":
                return queryset.filter(decision__approved=False)
        return queryset


@admin.register(Adjustment)
class AdjustmentAdmin(MadeByFormAdmin):
    form = ProposalForm
    list_display = ("code", "dealer", "money", "state", "proposed_by", "proposed_at")
    list_filter = (StateFilter,)
    list_select_related = ("dealer", "proposed_by", "decision")
    search_fields = ("code", "dealer__code", "dealer__name")
    search_exactly = True
    search_help_text = gettext_lazy(
        "Number or code of a dealer written in full, or a part of its name."
    )
    ordering = ("-proposed_at", "-pk")
    sortable_by = ()
    autocomplete_fields = ("dealer",)
    raw_id_fields = ("case",)
    asked = ("dealer", "plan", "amount", "reason", "case", "token")
    shown = (
        "code", "dealer", "plan", "money", "why", "state", "booked_in", "dispute", "case",
        "reverses", "follows", "because", "proposed_by", "proposed_at", "decided", "what_next",
    )  # fmt: skip

    def get_queryset(self, request):
        return super().get_queryset(request).with_booking().defer("content")

    def get_fields(self, request, obj=None):
        fields = super().get_fields(request, obj)
        if obj is None or any(map(request.user.has_perm, (PROPOSES, DECIDES))):
            return fields
        return [name for name in fields if name != "what_next"]

    @admin.display(description=gettext_lazy("amount"))
    def money(self, adjustment):
        return exact_money(adjustment.amount, adjustment.currency)

    @admin.display(description=gettext_lazy("state"))
    def state(self, adjustment):
        if adjustment.month is not None:
            return _("Booked")
        decision = getattr(adjustment, "decision", None)
        return _("Declined") if decision is not None else _("Waits for a second person")

    @admin.display(description=gettext_lazy("booked in"))
    def booked_in(self, adjustment):
        return NONE if adjustment.month is None else month_key(adjustment.month)

    @admin.display(description=gettext_lazy("dispute"))
    def dispute(self, adjustment):
        found = adjusted.dispute_of(adjustment)
        if found is None:
            return NONE
        address = reverse("admin:incentives_dispute_change", args=[found.pk])
        return format_html('<a href="{}">{}</a>', address, found.code)

    @admin.display(description=gettext_lazy("reason"))
    def why(self, adjustment):
        return adjustment.why

    @admin.display(description=gettext_lazy("because of the line"))
    def because(self, adjustment):
        if adjustment.line is None:
            return NONE
        address = reverse("admin:incentives_line_change", args=[adjustment.line_id])
        about = adjustment.line.order or adjustment.line.registration
        return format_html('<a href="{}">{}</a> · {}', address, adjustment.line, about)

    @admin.display(description=gettext_lazy("second person"))
    def decided(self, adjustment):
        decision = getattr(adjustment, "decision", None)
        if decision is None:
            return NONE
        said = _("approved") if decision.approved else _("declined: %s") % decision.reason
        return f"{decision.by} · {said}"

    @admin.display(description=gettext_lazy("what comes next"))
    def what_next(self, adjustment):
        name, said = "", NONE
        if adjustment.month is None and getattr(adjustment, "decision", None) is None:
            name, said = "decide", _("Approve or decline it, as the second person")
        elif adjustment.month is not None and adjustments.may_be_reversed(adjustment):
            name, said = "reverse", _("Take it back by another adjustment")
        if not name:
            return said
        address = reverse(f"admin:incentives_adjustment_{name}", args=[adjustment.pk])
        return format_html('<a href="{}">{}</a>', address, said)

    def get_urls(self):
        return [
            path(
                "<int:pk>/decide/",
                self.admin_site.admin_view(self.decide),
                name="incentives_adjustment_decide",
            ),
            path(
                "<int:pk>/reverse/",
                self.admin_site.admin_view(self.reverse),
                name="incentives_adjustment_reverse",
            ),
            *super().get_urls(),
        ]

    def _found(self, request, pk, permission):
        if not request.user.has_perm(permission):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request).select_related("dealer"), pk=pk)

    def _over(self, request, found, check):
        """Back to an adjustment that somebody else was faster with, or that was pressed twice."""
        try:
            check(found)
        except AdjustmentRefused as refused:
            self.message_user(request, str(refused), messages.WARNING)
            return redirect("admin:incentives_adjustment_change", found.pk)
        return None

    def decide(self, request, pk):
        """Approve or decline it: another person than the one who proposed it."""
        found = self._found(request, pk, DECIDES)
        if over := self._over(request, found, adjustments.check_undecided):
            return over
        if request.method == "POST" and not second_factor.is_fresh(request):
            return second_factor.ask_again(request)
        form = DecisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            by, now = Actor.hq(request.user), timezone.now()
            try:
                if form.cleaned_data["answer"] == "approve":
                    deciding.approve(found, by=by, at=now)
                else:
                    deciding.decline(found, reason=form.cleaned_data["reason"], by=by, at=now)
            except AdjustmentRefused as refused:
                form.add_error(None, str(refused))
            else:
                self.message_user(request, _("Your decision is on file."))
                return redirect("admin:incentives_adjustment_change", pk)
        question = _("%(code)s for %(dealer)s: %(amount)s. %(reason)s") % {
            "code": found.code,
            "dealer": found.dealer,
            "amount": exact_money(found.amount, found.currency),
            "reason": found.reason,
        }
        return self.asking(request, _("Second person"), question, objects=[found], form=form)

    def reverse(self, request, pk):
        """Take a booked one back by another."""
        found = self._found(request, pk, PROPOSES)
        if over := self._over(request, found, adjustments.check_reversible):
            return over
        if request.method == "POST" and not second_factor.is_fresh(request):
            return second_factor.ask_again(request)
        form = ReversalForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                made = adjustments.reverse(
                    found, reason=form.cleaned_data["reason"], key=self._key(found),
                    by=Actor.hq(request.user), at=timezone.now(),
                )  # fmt: skip
            except AdjustmentRefused as refused:
                form.add_error(None, str(refused))
            else:
                self.message_user(request, _("What takes it back is on file."))
                return redirect("admin:incentives_adjustment_change", made.pk)
        question = _("The same amount is booked the other way round; both stay to be seen.")
        return self.asking(request, _("Take it back"), question, objects=[found], form=form)

    def _key(self, found):
        # Sent twice, it is booked once; after it was declined, anew.
        declined = found.reversals.count()
        return f"back:{found.code}" + (f":{declined}" if declined else "")
