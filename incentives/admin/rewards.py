"""Reward programs, from draft to publication; what was settled, and held rewards to decide."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from dealers.actor import Actor
from dealers.admin import PutForwardAdmin, Reading, ReadOnlyAdmin
from dealers.exhibits import LONGEST_REASON
from dealers.months import key as month_key
from dealers.signin import second_factor
from dealers.words import NONE, exact_money
from incentives.models import Reward, RewardProgram, RewardSettlement
from incentives.rewards import editor, reading, reviewing, wording
from incentives.rewards.reading import State
from incentives.rewards.reviewing import ReviewRefused

REVIEWS = "incentives.add_rewardreview"


@admin.register(RewardProgram)
class RewardProgramAdmin(PutForwardAdmin):
    list_display = ("code", "name", "kind", "metric", "unit", "starts_on", "published_at")
    list_filter = (("published_at", admin.EmptyFieldListFilter), "kind", "unit")
    search_fields = ("code", "name", "name_en")
    ordering = ("-starts_on", "-id")
    checked = gettext_lazy("It starts late enough to be announced, and its rules are complete.")
    way = editor.WAY
    fieldsets = (
        (None, {"fields": ("code", "name", "name_en")}),
        (
            gettext_lazy("Board"),
            {"fields": ("metric", "unit", "length", "starts_on", "periods", "cohort")},
        ),
        (gettext_lazy("Who is rewarded"), {"fields": ("kind", "places", "goal", "least")}),
        (
            gettext_lazy("What there is"),
            {
                "fields": ("amounts", "budget", "badge", "badge_en"),
                "description": gettext_lazy(
                    "Money, a badge, or both. Whoever shares a place shares the sum of the places."
                ),
            },
        ),
        (gettext_lazy("Announcement"), {"fields": ("notice_days",)}),
    )

    def warnings(self, draft):
        return editor.warnings(draft)

    def publish_draft(self, draft, by, at):
        return editor.publish(draft, by=by, at=at)

    def reading(self, draft):
        said = wording.parts(draft)
        return Reading(
            time=_("%(figure)s, %(times)s.")
            % {"figure": wording.figure_of(draft), "times": wording.times_of(draft)},
            parts=list(said.values()),
            before="",  # it takes the place of none
            changes=[],
        )


@admin.register(RewardSettlement)
class RewardSettlementAdmin(ReadOnlyAdmin):
    list_display = ("program", "board", "full_money", "money", "settled_at")
    list_filter = ("program",)
    list_select_related = ("program", "board")
    ordering = ("-settled_at", "-id")
    sortable_by = ()
    fields = ("program", "board", "full_money", "money", "settled_at", "given")
    readonly_fields = ("given",)

    @admin.display(description=gettext_lazy("before the budget"))
    def full_money(self, settlement):
        return exact_money(settlement.full, settlement.currency)

    @admin.display(description=gettext_lazy("total"))
    def money(self, settlement):
        return exact_money(settlement.total, settlement.currency)

    @admin.display(description=pgettext_lazy("what boards gave", "rewards"))
    def given(self, settlement):
        address = reverse("admin:incentives_reward_changelist")
        return format_html(
            '<a href="{}?settlement__id__exact={}">{}</a>',
            address,
            settlement.pk,
            settlement.rewards.count(),
        )


class HeldFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [(each.value, each.label) for each in (State.HELD, State.REFUSED, State.BOOKED)]

    def queryset(self, request, queryset):
        match self.value():
            case State.HELD:
                return queryset.undecided()
            case State.REFUSED:
                return queryset.refused()
            case State.BOOKED:
                return queryset.booked()
        return queryset


class ReviewForm(forms.Form):
    """What somebody at headquarters says of a held reward."""

    answer = forms.ChoiceField(
        label=gettext_lazy("Your decision"),
        choices=[
            ("release", gettext_lazy("Release it: it is booked in the open month")),
            ("refuse", gettext_lazy("Refuse it: it is never booked")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST_REASON}),
        help_text=gettext_lazy("Whoever the reward is for reads it."),
    )


@admin.register(Reward)
class RewardAdmin(ReadOnlyAdmin):
    list_display = ("code", "settlement", "whose", "place", "money", "state")
    list_filter = (HeldFilter, ("settlement__program", admin.RelatedOnlyFieldListFilter))
    search_fields = ("code", "dealer__code", "dealer__name", "store__code")
    search_exactly = True
    search_help_text = gettext_lazy(
        "Number or code written in full, or a part of the name of a dealer."
    )
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        "code", "settlement", "whose", "dealer", "cohort", "place", "value", "full", "money", "why",
        "state", "booked_in", "suspicions", "reviews", "what_next",
    )  # fmt: skip
    readonly_fields = ("suspicions", "reviews", "what_next")

    def get_fields(self, request, obj=None):
        return self.fields if request.user.has_perm(REVIEWS) else self.fields[:-1]

    def get_queryset(self, request):
        found = super().get_queryset(request).with_state()
        return found.select_related("dealer", "store", "person", "region")

    @admin.display(description=gettext_lazy("whose"))
    def whose(self, reward):
        return reading.whose(reward)

    @admin.display(description=gettext_lazy("amount"))
    def money(self, reward):
        return exact_money(reward.amount, reward.settlement.currency)

    @admin.display(description=gettext_lazy("state"))
    def state(self, reward):
        return reading.state_of(reward).label

    @admin.display(description=gettext_lazy("booked in"))
    def booked_in(self, reward):
        return NONE if reward.month is None else month_key(reward.month)

    @admin.display(description=gettext_lazy("reason"))
    def why(self, reward):
        return reading.why(reward)

    @admin.display(description=gettext_lazy("held because of"))
    def suspicions(self, reward):
        said = [
            (f"{each.sign}: {each.why}", ", ".join([*each.orders, *each.registrations]) or NONE)
            for each in reading.held(reward)
        ]
        return format_html_join("", "<div>{}<br>{}</div>", said) or NONE

    @admin.display(description=gettext_lazy("second person"))
    def reviews(self, reward):
        said = [
            (each.by, _("released") if each.released else _("refused"), each.reason)
            for each in reward.reviews.select_related("by").order_by("at", "pk")
        ]
        return format_html_join("", "<div>{} · {} · {}</div>", said) or NONE

    @admin.display(description=gettext_lazy("what comes next"))
    def what_next(self, reward):
        if reading.state_of(reward) != State.HELD:
            return NONE
        address = reverse("admin:incentives_reward_review", args=[reward.pk])
        return format_html('<a href="{}">{}</a>', address, _("Release or refuse it"))

    def get_urls(self):
        return [
            path(
                "<int:pk>/review/",
                self.admin_site.admin_view(self.review),
                name="incentives_reward_review",
            ),
            *super().get_urls(),
        ]

    def review(self, request, pk):
        """Release or refuse a held reward, with the reason; above the limit two people do."""
        if not request.user.has_perm(REVIEWS):
            raise PermissionDenied
        found = get_object_or_404(self.get_queryset(request), pk=pk)
        if reading.state_of(found) != State.HELD:
            raise Http404
        if request.method == "POST" and not second_factor.is_fresh(request):
            return second_factor.ask_again(request)
        form = ReviewForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                decided = reviewing.review(
                    found,
                    released=form.cleaned_data["answer"] == "release",
                    reason=form.cleaned_data["reason"],
                    by=Actor.hq(request.user),
                    at=timezone.now(),
                )
            except ReviewRefused as refused:
                form.add_error(None, str(refused))
            else:
                said = _("Your decision is on file.")
                if decided is None:
                    said = _("It is on file. Above the limit another person has to say the same.")
                self.message_user(request, said)
                return redirect("admin:incentives_reward_change", pk)
        question = _("%(code)s for %(whose)s: %(amount)s. %(reason)s") % {
            "code": found.code,
            "whose": reading.whose(found),
            "amount": exact_money(found.amount, found.settlement.currency),
            "reason": reading.why(found),
        }
        reasons = [each.why for each in reading.held(found)]
        return self.asking(request, _("Held reward"), question, objects=reasons, form=form)
