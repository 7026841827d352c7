"""The catalogue, and orders, which are recorded here by hand if need be."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import (
    BY_HAND,
    Attribution,
    Category,
    Order,
    OrderKind,
    OrderLine,
    Product,
    SoldBy,
)
from customers.orders import recording
from dealers.actor import Actor
from dealers.admin import (
    MOST_FOUND,
    NeverDeletedAdmin,
    PortalAdmin,
    ReadOnlyInline,
    SharesRead,
    WithPickers,
)
from dealers.models import Dealer
from dealers.phones import PhoneNotValid, normalise


@admin.register(Category)
class CategoryAdmin(NeverDeletedAdmin):
    list_display = ("code", "name")
    search_fields = ("code", "name")

    def get_readonly_fields(self, request, obj=None):
        return ("code",) if obj else ()


@admin.register(Product)
class ProductAdmin(NeverDeletedAdmin):
    list_display = ("code", "name", "category")
    list_filter = ("category",)
    list_select_related = ("category",)
    search_fields = ("code", "name")
    autocomplete_fields = ("category",)

    def get_readonly_fields(self, request, obj=None):
        return ("code",) if obj else ()


class OrderForm(forms.ModelForm):
    """A sale, or with ``sale`` the return of its lines; the domain checks and attributes it."""

    phone = forms.CharField(
        label=gettext_lazy("Customer's mobile number"),
        required=False,
        help_text=gettext_lazy("Only its fingerprint is kept. Empty: unknown."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "maxlength": 24}),
    )

    class Meta:
        model = Order
        fields = ("external_id", "ordered_at", "store", "sale")
        labels = {"sale": gettext_lazy("Returns the sale")}
        help_texts = {"sale": gettext_lazy("Empty: this is a sale.")}

    def clean(self):
        found = super().clean()
        kind = OrderKind.RETURN if found.get("sale") else OrderKind.SALE
        same = Order.objects.filter(source=BY_HAND, external_id=found.get("external_id"))
        if same.filter(kind=kind).exists():
            raise ValidationError(_("This order is on file already."))
        return found

    def clean_phone(self):
        try:
            return normalise(self.cleaned_data["phone"]) if self.cleaned_data["phone"] else ""
        except PhoneNotValid as invalid:
            raise ValidationError(str(invalid)) from invalid

    def clean_ordered_at(self):
        if self.cleaned_data["ordered_at"] > timezone.now():
            raise ValidationError(_("This is in the future."))
        return self.cleaned_data["ordered_at"]


class OrderLineForm(forms.ModelForm):
    takes_back = forms.IntegerField(
        label=gettext_lazy("takes back line"), required=False, min_value=1
    )

    class Meta:
        model = OrderLine
        fields = ("number", "category", "product", "quantity", "gross", "discount", "net")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # The column's head is not theirs to read aloud.
            field.widget.attrs["aria-label"] = field.label
            field.short_description = field.label  # and else made of the field's name, in English


class OrderLineFormSet(forms.BaseInlineFormSet):
    """Records the order once everything else is right, so that a refusal is shown on the form."""

    def is_valid(self):
        # The admin says so when the order's own fields are right.
        if not super().is_valid() or not getattr(self.instance, "checked", False):
            return False
        if self.instance.recorded is None:
            try:
                self.instance.recorded = self.record()
            except (recording.OrderRefused, PhoneNotValid) as refused:
                self._non_form_errors.append(str(refused))
                return False
        self.instance.pk = self.instance.recorded.pk
        return True

    def record(self) -> Order:
        order = self.instance
        return recording.record_order(
            source=BY_HAND,
            external_id=order.external_id,
            ordered_at=order.ordered_at,
            store=order.store,
            phone=order.phone,
            returns=order.sale,
            by=order.author,
            told_at=timezone.now(),
            lines=[
                recording.GivenLine(
                    number=form.cleaned_data["number"],
                    category=form.cleaned_data["category"],
                    product=form.cleaned_data.get("product"),
                    quantity=form.cleaned_data["quantity"],
                    gross=form.cleaned_data["gross"],
                    discount=form.cleaned_data["discount"],
                    net=form.cleaned_data["net"],
                    returns=form.cleaned_data.get("takes_back"),
                )
                for form in self.forms
                if form.has_changed()
            ],
        )


class OrderLineInline(WithPickers, admin.TabularInline):
    model = OrderLine
    form = OrderLineForm
    formset = OrderLineFormSet
    extra = 1
    can_delete = False
    autocomplete_fields = ("category", "product")

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        for button in ("add", "change", "view"):
            setattr(field.widget, f"can_{button}_related", False)
        return field

    def get_fields(self, request, obj=None):
        fields = ("number", "category", "product", "quantity", "gross", "discount", "net")
        return (*fields, "taken_back") if obj else (*fields, "takes_back")

    def get_readonly_fields(self, request, obj=None):
        return ("taken_back",) if obj else ()

    def get_queryset(self, request):
        lines = super().get_queryset(request)
        return lines.select_related("order", "category", "product", "returns")

    def has_change_permission(self, request, obj=None):
        return False

    def has_add_permission(self, request, obj):
        return obj is None and super().has_add_permission(request, obj)

    @admin.display(description=gettext_lazy("takes back line"))
    def taken_back(self, line):
        return line.returns.number if line.returns else "-"


class ReturnInline(ReadOnlyInline):
    model = Order
    fk_name = "sale"
    verbose_name_plural = gettext_lazy("returns")
    fields = ("external_id", "source", "ordered_at", "quantity", "net")
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).defer("content")


class AttributionInline(SharesRead, ReadOnlyInline):
    model = Attribution
    fk_name = "order"
    verbose_name_plural = gettext_lazy("attributions")
    fields = ("version", "holder", "dealer", "store", "share_read", "sold_by", "counts_on",
              "rulebook", "cause", "recorded_at")  # fmt: skip
    readonly_fields = ("share_read",)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("dealer", "store", "rulebook")


class SoldByFilter(admin.SimpleListFilter):
    title = gettext_lazy("sold by")
    parameter_name = "sold_by"

    def lookups(self, request, model_admin):
        return SoldBy.choices

    def queryset(self, request, queryset):
        match self.value():
            case None:
                return queryset
            case SoldBy.NONE:
                return queryset.without_owner()
            case place:
                held = Attribution.objects.owners().current()
                return queryset.filter(Exists(held.filter(order=OuterRef("pk"), sold_by=place)))


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        return OrderKind.choices

    def queryset(self, request, queryset):
        match self.value():
            case OrderKind.SALE:
                return queryset.sales()
            case OrderKind.RETURN:
                # A return is what names a sale, and that has an index.
                return queryset.filter(sale__isnull=False)
            case _:
                return queryset


@admin.register(Order)
class OrderAdmin(PortalAdmin):
    list_display = ("external_id", "source", "kind", "placed_on", "store", "net", "sold_by",
                    "owner", "counts_on")  # fmt: skip
    list_filter = (("placed_on", admin.DateFieldListFilter), KindFilter, SoldByFilter)
    list_select_related = ("store",)
    search_fields = ("external_id", "store__code", "store__name")
    search_help_text = gettext_lazy(
        "Order number or code written in full, or a part of the name of a store or owner."
    )
    search_exactly = True
    # By an index; the moment has none.
    ordering = ("-placed_on", "-id")
    sortable_by = ()
    autocomplete_fields = ("store", "sale")
    inlines = (OrderLineInline, AttributionInline, ReturnInline)
    form = OrderForm

    def get_queryset(self, request):
        held = Attribution.objects.select_related("dealer")
        orders = super().get_queryset(request).defer("content")
        return orders.prefetch_related(Prefetch("attributions", held))

    @admin.display(description=gettext_lazy("sold by"))
    def sold_by(self, order):
        return order.sold_by.label

    @admin.display(description=gettext_lazy("owner"))
    def owner(self, order):
        return order.owned and order.owned.dealer

    @admin.display(description=gettext_lazy("counts on"))
    def counts_on(self, order):
        return order.owned and order.owned.counts_on

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_inlines(self, request, obj):
        if obj is None:
            return (OrderLineInline,)
        if obj.kind == OrderKind.SALE:
            return self.inlines
        return (OrderLineInline, AttributionInline)

    def get_fields(self, request, obj=None):
        if obj is None:
            return ("external_id", "ordered_at", "store", "phone", "sale")
        return ("source", "external_id", "kind", "sale", "ordered_at", "placed_on", "store",
                "quantity", "net", "recorded_at", "recorded_by")  # fmt: skip

    def get_search_results(self, request, queryset, search_term):
        # The picker of a return looks for sales only.
        if request.GET.get("field_name") == "sale":
            queryset = queryset.filter(kind=OrderKind.SALE)
        found, distinct = super().get_search_results(request, queryset, search_term)
        if term := search_term.strip():
            owners = Dealer.objects.filter(Q(code=term) | Q(name__icontains=term))
            if keys := list(owners.values_list("pk", flat=True)[:MOST_FOUND]):
                held = Attribution.objects.owners().filter(dealer__in=keys, order=OuterRef("pk"))
                found |= queryset.filter(Exists(held))
        return found, distinct

    # The formset records the order with its lines; the form has nothing left to save.

    def save_form(self, request, form, change):
        order = form.instance
        order.checked, order.recorded, order.phone = True, None, form.cleaned_data["phone"]
        order.author = Actor.hq(request.user)
        return order

    def save_model(self, request, obj, form, change):
        """Nothing: recorded."""

    def save_related(self, request, form, formsets, change):
        """Nothing: recorded."""

    def construct_change_message(self, request, form, formsets, add=False):
        return super().construct_change_message(request, form, None, add)
