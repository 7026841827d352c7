"""Customer cards, to look at without a name; a number is shown in two steps, with a reason."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from customers import cards, sharing
from customers.cases import sensor
from customers.cases.terms import CaseRefused
from customers.erasure import ErasureRefused
from customers.forms.customer import RevealForm
from customers.models import Customer
from customers.rights import own
from dealers.admin import NotedAdmin, ReadOnlyAdmin
from dealers.bounds import key, validate_name
from dealers.signin import second_factor


class ErasureForm(forms.Form):
    """Why a person is erased, for those who look into it later."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        validators=[validate_name],
        help_text=_("It stays on record: write no name and no number."),
    )


@admin.register(Customer)
class CustomerAdmin(NotedAdmin, ReadOnlyAdmin):
    card = "pk"
    list_display = ("id", "dealer", "created_at")
    list_select_related = ("dealer",)
    search_fields = ("id", "dealer__code", "dealer__name")
    search_help_text = gettext_lazy(
        "Card id, code or name of a dealer. Names and numbers of customers are the dealer's."
    )
    search_exactly = True
    ordering = ("id",)
    sortable_by = ()
    fields = ("id", "dealer", "created_at")
    change_form_template = "admin/customers/customer/change_form.html"

    def get_queryset(self, request):
        return super().get_queryset(request).faceless()

    def change_view(self, request, object_id, form_url="", extra_context=None):
        context = {
            "may_reveal": self.may_reveal(request),
            "may_erase": self.may_erase(request),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)

    def may_reveal(self, request) -> bool:
        return request.actor.at_hq and request.user.has_perm("customers.reveal_customer")

    def get_urls(self):
        return [
            path(
                "<uuid:pk>/reveal/",
                self.admin_site.admin_view(self.reveal),
                name="customers_customer_reveal",
            ),
            path(
                "<uuid:pk>/reveal/<str:grant>/",
                self.admin_site.admin_view(self.revealed),
                name="customers_customer_revealed",
            ),
            path(
                "<uuid:pk>/erase/",
                self.admin_site.admin_view(self.erase),
                name="customers_customer_erase",
            ),
            *super().get_urls(),
        ]

    def erase(self, request, pk):
        """Destroy what is known of a person who asked for it elsewhere; it cannot be undone."""
        if not self.may_erase(request):
            raise PermissionDenied
        customer = get_object_or_404(Customer.objects.faceless().select_related("identity"), pk=pk)
        if not second_factor.is_fresh(request):
            return second_factor.ask_again(request)
        form = ErasureForm(request.POST or None)
        if form.is_valid():
            try:
                own.erase(
                    customer.identity, reason=form.cleaned_data["reason"], by=request.actor,
                    at=timezone.now(),
                )  # fmt: skip
            except ErasureRefused as refused:
                form.add_error(None, str(refused))
            else:
                self.log_change(request, customer, gettext_noop("Erased the person."))
                self.message_user(request, _("What was known of this person is destroyed."))
                return redirect("admin:customers_customer_change", pk)
        question = _(
            "Number, name, notes and fingerprint are destroyed at every dealer that has this"
            " person. What was earned, counted and answered stays. Nobody can bring it back."
        )
        back = reverse("admin:customers_customer_change", args=[customer.pk])
        return self.asking(
            request, _("Erase the person"), question, back=back, objects=[customer], form=form
        )

    def may_erase(self, request) -> bool:
        return request.actor.at_hq and request.user.has_perm("customers.delete_customer")

    def reveal(self, request, pk):
        """Ask what for and note it; when that is committed, another request reads."""
        customer = self._card(request, pk)
        if not second_factor.is_fresh(request):
            return second_factor.ask_again(request)
        form = RevealForm(request.POST or None)
        if form.is_valid():
            purpose, now = form.cleaned_data["purpose"], timezone.now()
            try:
                if sharing.why_not(customer, purpose, by=request.actor, at=now):
                    cards.grant(customer, by=request.actor, purpose=purpose, at=now)  # refuses
                # The owner is told before anybody is shown anything; who is refused touches nobody.
                with transaction.atomic():
                    sensor.called(customer, by=request.actor, at=now)
                    given = cards.grant(customer, by=request.actor, purpose=purpose, at=now)
            except (cards.CardRefused, CaseRefused) as refused:
                form.add_error(None, str(refused))
            else:
                return redirect("admin:customers_customer_revealed", pk, given.pk)
        return self._page(request, customer, form=form)

    def revealed(self, request, pk, grant):
        """What was granted a moment ago; nothing of a grant of somebody else."""
        if not self.may_reveal(request):
            raise PermissionDenied
        # Of a card that the dealer hides there is no page: an emergency leads here.
        seen = Customer.objects.filter(pk=pk).exists()
        try:
            shown = cards.revealed(key(grant))
        except cards.CardRefused as refused:
            self.message_user(request, str(refused), "warning")
            if not seen:
                return redirect("admin:dealers_emergency_changelist")
            return redirect("admin:customers_customer_reveal", pk)
        if shown.customer.pk != pk:
            raise Http404
        return self._page(request, shown.customer, revealed=shown, seen=seen)

    def _card(self, request, pk) -> Customer:
        if not self.may_reveal(request):
            raise PermissionDenied
        return get_object_or_404(Customer.objects.faceless().select_related("dealer"), pk=pk)

    def _page(self, request, customer, **context):
        return TemplateResponse(
            request,
            "admin/customers/customer/reveal.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Show the number"),
                "opts": self.opts,
                "customer": customer,
                "dealer": customer.dealer,
                "seen": True,
                **context,
            },
        )
