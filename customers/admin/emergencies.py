"""Break-glass at headquarters: asked by one, answered by another; and who shares how much."""

from functools import partial

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from customers import cards
from customers.models import Customer, Registration
from dealers import emergencies
from dealers.admin import NotedAdmin, ReadOnlyAdmin
from dealers.bounds import key, validate_name
from dealers.emergencies import EmergencyRefused
from dealers.models import Emergency, Purpose, Sharing
from dealers.signin import second_factor


class EmergencyForm(forms.ModelForm):
    """Whose number, by the receipt of a registration, and what the emergency is."""

    receipt = forms.CharField(
        label=gettext_lazy("Receipt of a registration of the customer"), max_length=20
    )
    reason = forms.CharField(
        label=gettext_lazy("What the emergency is"),
        max_length=300,
        validators=[validate_name],
        help_text=gettext_lazy("The dealer's owner reads it. Write no name and no number."),
    )

    class Meta:
        model = Emergency
        fields = ("reason",)

    def clean_receipt(self):
        typed = self.cleaned_data["receipt"].strip().upper()
        found = Registration.objects.filter(receipt=typed).first()
        if found is None or found.customer_id is None:
            raise ValidationError(_("There is no registration with this receipt."))
        return found

    def clean_reason(self):
        reason = self.cleaned_data["reason"].strip()
        if len(reason) < emergencies.REASON:
            raise ValidationError(_("Say in a sentence what the emergency is."))
        return reason


@admin.register(Emergency)
class EmergencyAdmin(NotedAdmin, ReadOnlyAdmin):
    """Who asks and who answers are two people; the number is shown for thirty minutes."""

    form = EmergencyForm
    card = "customer"
    list_display = ("id", "dealer", "asked_by", "asked_at", "answered_by", "answered_at", "granted")
    list_filter = ("granted",)
    list_select_related = ("dealer", "asked_by", "answered_by")
    search_fields = ("dealer__code", "dealer__name")
    search_exactly = True
    ordering = ("-id",)
    sortable_by = ()
    fields = ("dealer", "customer", "reason", "asked_by", "asked_at", "answered_by", "answered_at",
              "granted")  # fmt: skip
    actions = ("grant", "decline")
    change_form_template = "admin/customers/emergency/change_form.html"

    def get_fields(self, request, obj=None):
        return ("receipt", "reason") if obj is None else self.fields

    def has_add_permission(self, request, obj=None):
        allowed = request.user.has_perm("dealers.add_emergency")
        return allowed and emergencies.may(request.actor)

    def has_answer_permission(self, request):
        allowed = request.user.has_perm("dealers.change_emergency")
        return allowed and emergencies.may(request.actor)

    def save_model(self, request, obj, form, change):
        about = form.cleaned_data["receipt"]
        asked = emergencies.ask(
            about.customer_id, about.dealer_id, reason=obj.reason, by=request.actor,
            at=timezone.now(),
        )  # fmt: skip
        obj.pk, obj.dealer_id, obj.customer = asked.pk, asked.dealer_id, asked.customer

    @admin.action(permissions=["answer"], description=gettext_lazy("Grant the emergency"))
    def grant(self, request, queryset):
        if not second_factor.is_fresh(request):
            return second_factor.ask_again(request)
        question = _(
            "Whoever asked is shown name and number for thirty minutes. The dealer's owner reads"
            " your name, theirs and the reason, and every dealer that it happened."
        )
        if page := self.ask_first(request, queryset, question):
            return page
        return self._answer(request, queryset, granted=True)

    @admin.action(permissions=["answer"], description=gettext_lazy("Refuse the emergency"))
    def decline(self, request, queryset):
        question = _("Whoever asked is shown nothing.")
        if page := self.ask_first(request, queryset, question):
            return page
        return self._answer(request, queryset, granted=False)

    def _answer(self, request, queryset, *, granted):
        answer = partial(emergencies.answer, granted=granted, by=request.actor, at=timezone.now())
        self.act_on_each(
            request, queryset, answer, refused=EmergencyRefused,
            log=gettext_noop("Answered."), done=_("Answered: %s"),
        )  # fmt: skip

    def get_urls(self):
        return [
            path(
                "<str:pk>/number/",
                self.admin_site.admin_view(self.number),
                name="dealers_emergency_number",
            ),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        found = Emergency.objects.filter(pk=key(object_id)).first()
        shown = found is not None and self._open(request, found)
        context = {"may_see_number": shown, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def _open(self, request, found: Emergency) -> bool:
        return emergencies.open_for(found.customer, by=request.actor, at=timezone.now()) is not None

    def number(self, request, pk):
        """Note the look in the dealer's log; when that is committed, another request reads."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_add_permission(request):
            raise PermissionDenied
        found = get_object_or_404(Emergency, pk=key(pk))
        if not second_factor.is_fresh(request):
            return second_factor.ask_again(request)
        card = Customer(pk=found.customer, dealer_id=found.dealer_id)
        try:
            given = cards.grant(
                card, by=request.actor, purpose=Purpose.EMERGENCY, at=timezone.now()
            )
        except cards.CardRefused as refused:
            self.message_user(request, str(refused), "warning")
            return redirect("admin:dealers_emergency_change", found.pk)
        return redirect("admin:customers_customer_revealed", found.customer, given.pk)


@admin.register(Sharing)
class SharingAdmin(ReadOnlyAdmin):
    """What dealers chose that headquarters may see; only they choose."""

    list_display = ("dealer", "customer", "level", "at", "by")
    list_filter = ("level",)
    list_select_related = ("dealer", "by")
    search_fields = ("dealer__code", "dealer__name")
    search_exactly = True
    ordering = ("-id",)
    sortable_by = ()
    fields = ("dealer", "customer", "level", "at", "by")
