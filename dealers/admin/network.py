"""Regions, dealers and stores."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers import looking
from dealers.actor import Actor
from dealers.admin.base import NeverDeletedAdmin, ReadOnlyInline
from dealers.agreements import signing
from dealers.models import Dealer, Region, Store, signatures


@admin.register(Region)
class RegionAdmin(NeverDeletedAdmin):
    ordering = ("code",)  # of its own: counting takes away the model's
    list_display = ("code", "name", "dealer_count")
    search_fields = ("code", "name")

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(dealer_count=Count("dealers"))

    def get_readonly_fields(self, request, obj=None):
        return ("code",) if obj else ()

    @admin.display(description=gettext_lazy("dealers"), ordering="dealer_count")
    def dealer_count(self, region):
        return region.dealer_count


class LookForm(forms.Form):
    """Why somebody of headquarters looks at a dealer's pages; the dealer reads it."""

    purpose = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("The dealer reads this in the access log."),
    )


class StoreInline(ReadOnlyInline):
    model = Store
    fields = ("code", "name", "size_class", "opened_on")
    show_change_link = True


class AgreementFilter(admin.SimpleListFilter):
    """Dealers by whether an owner has signed the agreement that is in force, or any."""

    title = gettext_lazy("agreement")
    parameter_name = "agreement"

    def lookups(self, request, model_admin):
        return [
            ("current", _("signed as in force")),
            ("older", _("signed another version")),
            ("none", _("signed nothing")),
        ]

    def queryset(self, request, queryset):
        version = signing.in_force(signing.today(timezone.now()))
        signed = signatures("pk")
        current, any_version = Exists(signed.filter(version=version)), Exists(signed)
        match self.value():
            case "current":
                return queryset.filter(current)
            case "older":
                return queryset.filter(any_version).exclude(current)
            case "none":
                return queryset.exclude(any_version)
        return queryset


@admin.register(Dealer)
class DealerAdmin(NeverDeletedAdmin):
    list_display = ("code", "name", "region")
    list_filter = ("region", AgreementFilter)
    list_select_related = ("region",)
    search_fields = ("code", "name")
    autocomplete_fields = ("region",)
    inlines = (StoreInline,)
    change_form_template = "admin/dealers/dealer/change_form.html"

    def get_inlines(self, request, obj):
        return self.inlines if obj else ()

    def get_readonly_fields(self, request, obj=None):
        # Files of other systems name it by its code.
        return ("code",) if obj else ()

    def change_view(self, request, object_id, form_url="", extra_context=None):
        context = {"may_look": looking.may_look(request.user)}
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )

    def get_urls(self):
        return [
            path(
                "<int:object_id>/look/",
                self.admin_site.admin_view(self.look),
                name="dealers_dealer_look",
            ),
            *super().get_urls(),
        ]

    def look(self, request, object_id):
        """Ask why, then show the dealer's pages as its owner sees them."""
        dealer = get_object_or_404(Dealer, pk=object_id)
        if not looking.may_look(request.user):
            raise PermissionDenied
        form = LookForm(request.POST or None)
        if form.is_valid():
            request.session[looking.KEY] = looking.start(
                dealer,
                purpose=form.cleaned_data["purpose"],
                by=Actor.hq(request.user),
                at=timezone.now(),
            )
            return redirect("home")
        return TemplateResponse(
            request,
            "admin/dealers/dealer/look.html",
            {
                **self.admin_site.each_context(request),
                "title": _("View as this dealer"),
                "opts": self.opts,
                "dealer": dealer,
                "form": form,
            },
        )


@admin.register(Store)
class StoreAdmin(NeverDeletedAdmin):
    list_display = ("code", "name", "dealer", "size_class", "timezone", "opened_on")
    list_filter = ("size_class", "dealer__region")
    list_select_related = ("dealer",)
    search_fields = ("code", "name", "dealer__code", "dealer__name")
    autocomplete_fields = ("dealer",)

    def get_readonly_fields(self, request, obj=None):
        # A store that moved would take its past with it; closing and opening are the way.
        return ("code", "dealer", "timezone") if obj else ()
