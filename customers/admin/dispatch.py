"""Leads as headquarters enters them and follows them, and what stores are for dispatch."""

import uuid
from functools import partial

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from customers.dispatch import contacts, junk, leads, offers, page
from customers.forms.dispatch import StaysForm
from customers.models import Campaign, Candidate, DispatchStore, JunkState, Lead, LeadSource, Offer
from dealers import site
from dealers.actor import Actor
from dealers.admin import (
    MadeByFormAdmin,
    NeverDeletedAdmin,
    PortalAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
)
from dealers.models import CalendarDay
from dealers.phones import PhoneNotValid, normalise
from dealers.words import mask_name, mask_phone


@admin.register(DispatchStore)
class DispatchStoreAdmin(NeverDeletedAdmin):
    list_display = ("store", "weight", "capacity", "takes_leads", "of_brand")
    list_filter = ("takes_leads", "of_brand")
    list_select_related = ("store",)
    search_fields = ("store__code", "store__name")
    autocomplete_fields = ("store",)
    filter_horizontal = ("lines",)

    def get_readonly_fields(self, request, obj=None):
        return ("store",) if obj else ()


@admin.register(Campaign)
class CampaignAdmin(NeverDeletedAdmin):
    list_display = ("name", "pulls", "asks_for")
    list_filter = ("pulls",)
    search_fields = ("name",)
    autocomplete_fields = ("region", "category")
    fields = ("name", "pulls", "asks_for", "region", "category", "address")
    readonly_fields = ("address",)

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.seen_at = site.public_address(request)
        return found

    @admin.display(description=gettext_lazy("address of its page"))
    def address(self, campaign):
        if not campaign.asks_for or not campaign.pk:
            return "–"
        link = page.link(campaign, at=timezone.now())
        where = campaign.seen_at + reverse("customers:campaign", args=[link.key])
        until = date_format(timezone.localtime(link.until), "DATE_FORMAT")
        return format_html(
            '<a href="{}">{}</a><br>{}', where, where, _("Good until %(day)s.") % {"day": until}
        )


@admin.register(CalendarDay)
class CalendarDayAdmin(PortalAdmin):
    list_display = ("day", "region", "works", "why")
    list_filter = ("works", "region")
    list_select_related = ("region",)


class LeadForm(forms.ModelForm):
    """A lead that headquarters enters; the domain seals its contact."""

    phone = forms.CharField(
        label=gettext_lazy("Customer's mobile number"),
        max_length=24,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    name = forms.CharField(label=gettext_lazy("Customer's name"), max_length=60, required=False)
    consent = forms.BooleanField(
        label=gettext_lazy("The customer agrees that a store calls"),
        required=False,
    )

    class Meta:
        model = Lead
        fields = (
            "external_id", "campaign", "wish", "category", "region", "latitude", "longitude",
            "consent_marketing",
        )  # fmt: skip

    token = forms.UUIDField(widget=forms.HiddenInput, required=False, label="")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Sent twice, the customer is called once: it is the lead's own key.
        self.fields["token"].initial = uuid.uuid4()

    def clean_phone(self):
        try:
            return normalise(self.cleaned_data["phone"])
        except PhoneNotValid as invalid:
            raise ValidationError(str(invalid)) from invalid

    def clean_consent(self):
        if not self.cleaned_data["consent"]:
            raise ValidationError(leads.not_asked())
        return True

    def _post_clean(self):
        """Take it in here, where a refusal still has a place to stand."""
        super()._post_clean()
        if self.errors:
            return
        said = self.cleaned_data
        self.instance.pk = said["token"] or self.instance.pk
        self.instance.source = LeadSource.HQ
        try:
            leads.receive(
                self.instance,
                phone=said["phone"],
                name=said["name"],
                consent=said["consent"],
                by=self.by,
                at=timezone.now(),
            )
        except leads.LeadRefused as refused:
            self.add_error(None, str(refused))


class OfferInline(ReadOnlyInline):
    model = Offer
    fields = (
        "hop", "store", "offered_at", "due_at", "answer", "reason", "answered_at", "passed_on_at",
        "junk_state", "stays_because",
    )  # fmt: skip

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("store").order_by("hop")


class CandidateInline(ReadOnlyInline):
    model = Candidate
    fields = (
        "hop", "place", "store", "why_not", "metres", "band", "received", "weight", "converted",
        "mature", "conversion_band",
    )  # fmt: skip

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("store").order_by("hop", "place", "pk")


@admin.register(Lead)
class LeadAdmin(MadeByFormAdmin):
    """Entered here; afterwards to look at: what becomes of it is the stores' to say."""

    form = LeadForm
    list_display = ("wish", "region", "received_at", "state", "campaign")
    list_filter = ("region", "source")
    list_select_related = ("region",)
    search_fields = ("external_id", "campaign")
    search_exactly = True
    ordering = ("-received_at", "-id")
    sortable_by = ()
    autocomplete_fields = ("category", "region")
    inlines = (OfferInline, CandidateInline)
    asked = ("phone", "name", "consent", *LeadForm.Meta.fields, "token")
    shown = (
        "who", *LeadForm.Meta.fields, "source", "received_at", "by", "queued_at", "closed_at",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("customer"))
    def who(self, lead):
        number, name = contacts.opened(lead)
        return f"{mask_name(name)} {mask_phone(number)}"

    @admin.display(description=gettext_lazy("state"))
    def state(self, lead):
        if lead.closed_at:
            return _("closed")
        if lead.queued_at:
            return _("with the region")
        made = lead.latest[0] if lead.latest else None
        if made is None and lead.open_until:
            return _("open to the stores")
        if made is None:
            return _("not offered yet")
        return made.said or _("offered to %(store)s") % {"store": made.store}

    def get_queryset(self, request):
        newest = Offer.objects.select_related("store").order_by("lead", "-hop")
        return (
            super()
            .get_queryset(request)
            .prefetch_related(Prefetch("offers", newest, to_attr="latest"))
        )


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    """Offers, and the leads that stores returned."""

    list_display = (
        "store", "offered_at", "answer", "junk_reason", "junk_state", "return_due_at",
    )  # fmt: skip
    list_filter = ("answer", "junk_state")
    list_select_related = ("store",)
    search_fields = ("store__code", "store__name")
    search_exactly = True
    ordering = ("-offered_at", "-id")
    sortable_by = ()
    fields = (
        "lead", "hop", "store", "to_owner", "by_hand", "offered_at", "due_at", "answer", "reason",
        "answered_at", "contact_due_at", "passed_on_at", "junk_reason", "junk_state", "returned_at",
        "returned_by", "return_due_at", "reviewed_at", "stays_because",
    )  # fmt: skip
    actions = ("take_back", "leave_there")

    def has_review_permission(self, request):
        return request.user.has_perm("customers.change_offer")

    @admin.action(permissions=["review"], description=gettext_lazy("Take the returned lead back"))
    def take_back(self, request, queryset):
        question = _(
            "These leads end for their stores, without counting against them; what accepting won is"
            " as if never given. The stores are told."
        )
        if page := self.ask_first(request, queryset, question):
            return page
        return self._review(
            request, queryset, JunkState.TAKEN, gettext_noop("Taken back."), _("Taken back: %s")
        )

    @admin.action(
        permissions=["review"], description=gettext_lazy("Leave the returned lead with the store")
    )
    def leave_there(self, request, queryset):
        form = StaysForm(request.POST if "confirmed" in request.POST else None)
        question = _(
            "These leads stay with their stores, which read why and call in the time that was left"
            " when they returned them."
        )
        if page := self.ask_first(request, queryset, question, form):
            return page
        return self._review(
            request, queryset, JunkState.REFUSED, gettext_noop("Left there."), _("Left there: %s"),
            because=form.cleaned_data["because"],
        )  # fmt: skip

    def _review(self, request, queryset, state, log, done, *, because=""):
        review = partial(
            junk.review,
            state=state,
            because=because,
            by=Actor.hq(request.user),
            at=timezone.now(),
        )
        self.act_on_each(
            request, queryset, review, refused=offers.DispatchRefused, log=log, done=done
        )
