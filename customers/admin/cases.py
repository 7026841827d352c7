"""Cases as headquarters opens them for a store, and follows them to their decision."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.cases import opening, words
from customers.cases.terms import CaseRefused
from customers.models import (
    Case,
    CaseEvidence,
    CaseProposal,
    CaseReview,
    CaseRuling,
    CaseSide,
    Precedent,
    Registration,
)
from dealers.admin import MadeByFormAdmin, NotedAdmin, ReadOnlyAdmin, ReadOnlyInline, SharesRead
from dealers.forms.base import MadeForm
from dealers.models import AccessAction
from dealers.words import aside, listed


class CaseForm(MadeForm):
    """A case that headquarters opens for the store of a receipt."""

    receipt = forms.CharField(
        label=gettext_lazy("Receipt"),
        max_length=16,
        help_text=gettext_lazy(
            "Of a registration that was answered: protected elsewhere. Its store is heard as B."
        ),
    )
    refusal = CaseRefused

    class Meta:
        model = Case
        fields = ()

    def clean_receipt(self):
        typed = self.cleaned_data["receipt"].strip().upper()
        found = Registration.objects.filter(receipt=typed).select_related("void").first()
        if found is None:
            raise ValidationError(_("There is no registration with this receipt."))
        return found

    def make(self, said, at):
        return opening.open_for(said["receipt"], by=self.by, at=at)


class SideInline(ReadOnlyInline):
    model = CaseSide
    fields = ("side", "dealer", "store", "ownership", "registration")

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.select_related("dealer", "store", "ownership__store", "registration")


class EvidenceInline(ReadOnlyInline):
    """That something was said or shown; what it is, only whoever decides reads."""

    model = CaseEvidence
    fields = ("side", "number", "kind", "size", "at")

    def get_queryset(self, request):
        return super().get_queryset(request).defer("text_sealed", "file_sealed")


def rules_in_words(ids):
    """The rules of a proposal or precedent, each with what it says, a line each."""
    said = words.rules(ids)
    return format_html_join("", "<div>{}{}</div>", ((key, aside(text)) for key, text in said))


class ProposalInline(SharesRead, ReadOnlyInline):
    model = CaseProposal
    fields = ("outcome", "share_read", "rules_said", "turn", "similar", "at")
    readonly_fields = ("share_read", "rules_said", "turn", "similar")

    @admin.display(description=gettext_lazy("rules"))
    def rules_said(self, proposal):
        return rules_in_words(proposal.rules)

    @admin.display(description=gettext_lazy("similar cases"))
    def similar(self, proposal):
        return listed(proposal.precedents) or "–"

    @admin.display(description=gettext_lazy("what would turn it"))
    def turn(self, proposal):
        return words.turn(proposal)


class RulingInline(SharesRead, ReadOnlyInline):
    model = CaseRuling
    fields = ("instance", "outcome", "share_read", "reason", "by", "at")
    readonly_fields = ("share_read",)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("by")


class ReviewInline(ReadOnlyInline):
    model = CaseReview
    fields = ("instance", "user", "at", "left_at")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user")


class LeftPaidFilter(admin.SimpleListFilter):
    """Cases whose decision left orders of closed months as they were paid."""

    title = gettext_lazy("orders of closed months")
    parameter_name = "left_paid"

    def lookups(self, request, model_admin):
        return [("some", _("Left as paid"))]

    def queryset(self, request, queryset):
        return queryset.filter(left_paid__gt=0) if self.value() else queryset


@admin.register(Case)
class CaseAdmin(NotedAdmin, MadeByFormAdmin):
    """Opened here for a store; afterwards to look at: nobody at headquarters decides."""

    form = CaseForm
    card = "card_id"
    list_display = ("code", "source", "stage", "opened_at", "due", "reviewer", "left_paid")
    list_filter = ("stage", "source", LeftPaidFilter)
    list_select_related = ("reviewer",)
    search_fields = ("code",)
    search_exactly = True
    ordering = ("-opened_at", "-id")
    sortable_by = ()
    inlines = (SideInline, EvidenceInline, ProposalInline, RulingInline, ReviewInline)
    asked = ("receipt",)
    shown = (
        "code", "source", "stage", "since", "order", "opened_at", "by", "evidence_until",
        "decide_by", "reviewer", "appeal_until", "final_by", "closed_at", "left_paid",
    )  # fmt: skip

    def note(self, request, rows, action=AccessAction.VIEW):
        # A case is about a card of each side, whose dealer reads of the look.
        sides = CaseSide.objects.filter(case__in=[case.pk for case in rows])
        sides = sides.select_related("ownership", "registration").order_by("case", "side")
        super().note(request, sides, action)

    @admin.display(description=gettext_lazy("due at"))
    def due(self, case):
        return case.due_at


@admin.register(Precedent)
class PrecedentAdmin(SharesRead, ReadOnlyAdmin):
    list_display = ("code", "month", "source", "outcome", "share_read", "as_proposed", "by_silence")
    list_filter = ("outcome", "source")
    search_fields = ("code",)
    search_exactly = True
    ordering = ("-month", "code")
    sortable_by = ()
    fields = (
        "code", "month", "source", "outcome", "share_read", "rules_said", "evidence_a",
        "evidence_b", "as_proposed", "by_silence", "appealed",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("rules"))
    def rules_said(self, precedent):
        return rules_in_words(precedent.rules)
