"""Cards, claims, ownership and follow-ups, to look at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from customers.models import Activity, Customer, Ownership, OwnershipEvent, Registration
from customers.ownership.rulebook import last_day
from dealers.admin import ReadOnlyAdmin, ReadOnlyInline


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ("id", "dealer", "created_at")
    list_select_related = ("dealer",)
    search_fields = ("id", "dealer__code")
    search_help_text = gettext_lazy("Card id or dealer code. Names and numbers are the dealer's.")
    search_exactly = True
    ordering = ("id",)
    sortable_by = ()
    fields = ("id", "dealer", "created_at")


@admin.register(Registration)
class RegistrationAdmin(ReadOnlyAdmin):
    list_display = ("receipt", "received_at", "store", "staff", "answer", "short_rule",
                    "last_day")  # fmt: skip
    list_filter = (("received_on", admin.DateFieldListFilter), "answer", "rule", "channel")
    list_select_related = ("store", "staff")
    search_fields = ("receipt", "store__code", "dealer__code", "staff__email")
    search_help_text = gettext_lazy(
        "Receipt, store code, dealer code or e-mail of a person, written in full."
    )
    search_exactly = True
    ordering = ("-id",)
    sortable_by = ()
    fields = ("receipt", "received_at", "received_on", "recorded_at", "phone_clock", "dealer",
              "store", "staff", "source", "channel", "answer", "rule", "rulebook", "ownership",
              "protected_until", "customer", "consent_service", "consent_marketing",
              "consent_text")  # fmt: skip

    @admin.display(description=gettext_lazy("rule"))
    def short_rule(self, registration):
        return registration.rule

    @admin.display(description=gettext_lazy("protected until"))
    def last_day(self, registration):
        if registration.protected_until is None:
            return "-"
        return last_day(registration.protected_until, registration.store.tz).isoformat()

    def get_queryset(self, request):
        return super().get_queryset(request).defer("content")


class OwnershipEventInline(ReadOnlyInline):
    model = OwnershipEvent
    fields = ("at", "kind", "protected_until", "rulebook", "recorded_at")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("rulebook")


@admin.register(Ownership)
class OwnershipAdmin(ReadOnlyAdmin):
    list_display = ("id", "dealer", "store", "staff", "protected_until", "sold_at", "channel")
    list_filter = ("channel",)
    list_select_related = ("dealer", "store", "staff")
    search_fields = ("store__code", "dealer__code", "customer")
    search_help_text = gettext_lazy("Store code, dealer code or card id, written in full.")
    search_exactly = True
    ordering = ("-id",)
    sortable_by = ()
    fields = ("customer", "dealer", "store", "staff", "period", "protected_until", "channel",
              "contacted_at", "sold_at", "renewed_on", "last_activity_at")  # fmt: skip
    inlines = (OwnershipEventInline,)


@admin.register(Activity)
class ActivityAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "outcome", "dealer", "store", "staff")
    list_filter = ("kind", "outcome")
    list_select_related = ("dealer", "store", "staff")
    search_fields = ("store__code", "customer")
    search_help_text = gettext_lazy("Store code or card id, written in full.")
    search_exactly = True
    ordering = ("-id",)
    sortable_by = ()
    fields = ("at", "recorded_at", "kind", "outcome", "customer", "dealer", "store", "staff",
              "follow_up_on", "registration")  # fmt: skip
