"""Claims, ownership and follow-ups, to look at; and claims to void."""

from functools import partial

from django.contrib import admin
from django.db.models import QuerySet
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from customers.admin import pauses
from customers.forms.extensions import WhyNotForm
from customers.forms.voids import VoidForm
from customers.models import (
    Act,
    Activity,
    ActKind,
    Customer,
    Ownership,
    OwnershipEvent,
    Registration,
)
from customers.ownership import extensions, reviewing, voids
from customers.ownership.rulebook import last_day
from dealers.actor import Actor
from dealers.admin import EVERYWHERE, NotedAdmin, ReadOnlyAdmin, ReadOnlyInline
from dealers.sealed import sealed_fields


class AboutCustomers(NotedAdmin, ReadOnlyAdmin):
    """Rows with a card, of which no more than its id is read, and nothing that is sealed."""

    def get_queryset(self, request):
        sealed = [field.name for field in sealed_fields(self.model)]
        return super().get_queryset(request).defer(*sealed)

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found is not None and found.customer_id:
            card = Customer.objects.faceless().filter(pk=found.customer_id).first()
            # Of a card that its dealer shares as a fingerprint only, there is its id and no more.
            found.customer = card or Customer(pk=found.customer_id, dealer_id=found.dealer_id)
        return found


@admin.register(Registration)
class RegistrationAdmin(AboutCustomers):
    list_display = ("receipt", "received_at", "store", "staff", "answer", "rule",
                    "last_day")  # fmt: skip
    list_filter = (("received_on", admin.DateFieldListFilter), "answer", "rule", "channel")
    list_select_related = ("store", "staff")
    actions = ("void",)
    search_fields = (
        "receipt", "store__code", "store__name", "dealer__code", "dealer__name", "staff__email",
        "staff__name",
    )  # fmt: skip
    search_help_text = gettext_lazy(
        "Receipt, code or e-mail written in full, or a part of the name of a store, dealer or"
        " person."
    )
    search_exactly = True
    ordering = ("-id",)
    sortable_by = ()
    fields = ("receipt", "received_at", "received_on", "recorded_at", "phone_clock", "dealer",
              "store", "staff", "source", "channel", "answer", "rule", "rulebook", "ownership",
              "protected_until", "customer", "consent_service", "consent_marketing",
              "consent_text", "corrects", "voided")  # fmt: skip
    readonly_fields = ("voided",)

    def has_void_permission(self, request):
        return request.user.has_perm("customers.add_void")

    def get_urls(self):
        paused = self.admin_site.admin_view(partial(pauses.page, self))
        return [path("paused/", paused, name="customers_registration_paused"), *super().get_urls()]

    @admin.action(
        description=gettext_lazy("Void: it was a mistake"),
        permissions=["void"],
        location=EVERYWHERE,
    )
    def void(self, request, queryset: QuerySet[Registration]):
        form = VoidForm(request.POST if "confirmed" in request.POST else None)
        question = _(
            "What these registrations won ends as if never given: protection, reward and place on"
            " the board. A closed month stays as it is; what it paid comes back in the open one."
            " Those that protect a customer are refused: the dealer voids them or lets the customer"
            " go, or a case decides, and the owner reads that it was tried. Each owner is told, and"
            " each void counts on the public scorecard."
        )
        if asked := self.ask_first(request, queryset, question, form):
            return asked
        void = partial(
            voids.void,
            reason=form.cleaned_data["reason"],
            by=Actor.hq(request.user),
            at=timezone.now(),
        )
        self.act_on_each(
            request, queryset, void, refused=voids.VoidRefused,
            log=gettext_noop("Voided."), done=_("Voided: %s"),
        )  # fmt: skip
        return None

    @admin.display(description=gettext_lazy("voided"))
    def voided(self, registration):
        void = getattr(registration, "void", None)
        if void is None:
            return "-"
        return f"{void.get_reason_display()} · {void.voided_by} · {void.at:%Y-%m-%d %H:%M}"

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
class OwnershipAdmin(AboutCustomers):
    list_display = ("id", "dealer", "store", "staff", "protected_until", "sold_at", "channel")
    list_filter = ("channel",)
    list_select_related = ("dealer", "store", "staff")
    search_fields = ("store__code", "store__name", "dealer__code", "dealer__name", "customer")
    search_help_text = gettext_lazy(
        "Code or card id written in full, or a part of the name of a store or dealer."
    )
    search_exactly = True
    ordering = ("-id",)
    sortable_by = ()
    fields = ("customer", "dealer", "store", "staff", "period", "protected_until", "channel",
              "contacted_at", "sold_at", "renewed_on", "last_activity_at")  # fmt: skip
    inlines = (OwnershipEventInline,)


@admin.register(Act)
class ActAdmin(NotedAdmin, ReadOnlyAdmin):
    """What was done to ownerships; requests for more time are answered here too."""

    card = "card_id"  # a possible match is about no ownership, and names none
    list_display = ("at", "kind", "dealer", "store", "by", "due_at", "answered")
    list_filter = ("kind", ("due_at", admin.EmptyFieldListFilter))
    list_select_related = ("dealer", "store", "by", "answered_by", "ownership")
    search_fields = ("store__code", "store__name", "dealer__code", "dealer__name")
    search_exactly = True
    ordering = ("-id",)
    sortable_by = ()
    fields = ("kind", "reason", "note", "dealer", "store", "ownership", "by", "at", "recorded_at",
              "due_at", "answers")  # fmt: skip
    actions = ("extend", "decline", "somebody_else", "same_person")

    def has_review_permission(self, request):
        return request.user.has_perm("customers.add_act")

    @admin.display(description=gettext_lazy("answer"))
    def answered(self, act):
        answer = getattr(act, "answered_by", None)
        return answer.get_kind_display() if answer else "-"

    @admin.action(permissions=["review"], description=gettext_lazy("Give more time"))
    def extend(self, request, queryset):
        question = _("Let these protections run longer, as the rulebook says?")
        if page := self.ask_first(request, queryset, question):
            return page
        return self._answer(request, queryset, granted=True, note="")

    @admin.action(permissions=["review"], description=gettext_lazy("Give no more time"))
    def decline(self, request, queryset):
        form = WhyNotForm(request.POST if "confirmed" in request.POST else None)
        question = _("These protections end as they would have ended. The stores read why.")
        if page := self.ask_first(request, queryset, question, form):
            return page
        return self._answer(request, queryset, granted=False, note=form.cleaned_data["note"])

    @admin.action(permissions=["review"], description=gettext_lazy("Possible match: somebody else"))
    def somebody_else(self, request, queryset):
        return self._decide(request, queryset, same=False)

    @admin.action(
        permissions=["review"], description=gettext_lazy("Possible match: the same person")
    )
    def same_person(self, request, queryset):
        return self._decide(request, queryset, same=True)

    def _decide(self, request, queryset, *, same):
        kind = ActKind.MATCHED if same else ActKind.REVIEWED
        if page := self.ask_first(request, queryset, str(kind.label)):
            return page
        decide = partial(reviewing.decide, same=same, by=Actor.hq(request.user), at=timezone.now())
        return self.act_on_each(
            request, queryset, decide, refused=reviewing.ReviewRefused,
            log=gettext_noop("Answered."), done=_("Answered: %s"),
        )  # fmt: skip

    def _answer(self, request, queryset, *, granted, note):
        answer = partial(
            extensions.answer,
            granted=granted,
            note=note,
            by=Actor.hq(request.user),
            at=timezone.now(),
        )
        self.act_on_each(
            request, queryset, answer, refused=extensions.ExtensionRefused,
            log=gettext_noop("Answered."), done=_("Answered: %s"),
        )  # fmt: skip


@admin.register(Activity)
class ActivityAdmin(AboutCustomers):
    list_display = ("at", "kind", "outcome", "dealer", "store", "staff")
    list_filter = ("kind", "outcome")
    list_select_related = ("dealer", "store", "staff")
    search_fields = ("store__code", "store__name", "customer")
    search_help_text = gettext_lazy(
        "Store code or card id written in full, or a part of the name of a store."
    )
    search_exactly = True
    ordering = ("-id",)
    sortable_by = ()
    fields = ("at", "recorded_at", "kind", "outcome", "customer", "dealer", "store", "staff",
              "follow_up_on", "registration")  # fmt: skip
