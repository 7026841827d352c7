"""Regions, dealers and stores."""

from django.contrib import admin
from django.db.models import Count
from django.utils.translation import gettext_lazy

from dealers.admin.base import NeverDeletedAdmin, ReadOnlyInline
from dealers.models import Dealer, Region, Store


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


class StoreInline(ReadOnlyInline):
    model = Store
    fields = ("code", "name", "size_class", "opened_on")
    show_change_link = True


@admin.register(Dealer)
class DealerAdmin(NeverDeletedAdmin):
    list_display = ("code", "name", "region")
    list_filter = ("region",)
    list_select_related = ("region",)
    search_fields = ("code", "name")
    autocomplete_fields = ("region",)
    inlines = (StoreInline,)

    def get_inlines(self, request, obj):
        return self.inlines if obj else ()

    def get_readonly_fields(self, request, obj=None):
        # Files of other systems name it by its code.
        return ("code",) if obj else ()


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
