"""How long people are kept, and the numbers that nobody should know."""

from functools import partial

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from customers.models import PageWords, PlantedNumber, Retention
from customers.ownership import planted
from dealers.actor import Actor
from dealers.admin import EVERYWHERE, MadeByFormAdmin, OneRowAdmin
from dealers.phones import PhoneNotValid


@admin.register(Retention)
class RetentionAdmin(OneRowAdmin):
    list_display = ("id", "idle_months")


@admin.register(PageWords)
class PageWordsAdmin(OneRowAdmin):
    list_display = ("id", "benefit")


class PlantForm(forms.ModelForm):
    """A number to plant; what is stored of it is its fingerprint alone."""

    phone = forms.CharField(
        label=gettext_lazy("Mobile number"),
        max_length=24,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "One that no operator gives out: whoever registers it knows nobody."
        ),
    )

    class Meta:
        model = PlantedNumber
        fields: tuple[str, ...] = ()

    def _post_clean(self):
        """Plant it here, where a refusal still has a place to stand."""
        super()._post_clean()
        if self.errors:
            return
        number = self.cleaned_data["phone"]
        try:
            planted.plant(self.instance, number, by=self.by, at=timezone.now())
        except (PhoneNotValid, planted.NotPlanted) as refused:
            self.add_error("phone", str(refused))


@admin.register(PlantedNumber)
class PlantedNumberAdmin(MadeByFormAdmin):
    form = PlantForm
    list_display = ("id", "planted_at", "planted_by", "ended_at", "hits")
    list_select_related = ("planted_by",)
    list_filter = (("ended_at", admin.EmptyFieldListFilter),)
    ordering = ("-planted_at", "-id")
    sortable_by = ()
    actions = ("end",)
    asked = ("phone",)
    shown = ("planted_at", "planted_by", "ended_at", "hits")

    def has_end_permission(self, request):
        return request.user.has_perm("customers.change_plantednumber")

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(found=Count("hits"))

    @admin.display(description=gettext_lazy("registered or typed"))
    def hits(self, number):
        return number.found

    @admin.action(
        description=gettext_lazy("Plant no more"), permissions=["end"], location=EVERYWHERE
    )
    def end(self, request, queryset: QuerySet[PlantedNumber]):
        end = partial(planted.uproot, by=Actor.hq(request.user), at=timezone.now())
        self.act_on_each(
            request, queryset, end,
            log=gettext_noop("Ended a planted number."), done=_("Ended: %s"),
        )  # fmt: skip
