"""Rulebooks, registrations, ownership and orders, as headquarters sees them.

No list, search or page here decrypts anything: headquarters sees that a customer exists and what
happened, never who it is.
"""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import orders, rulebooks
from customers.identity import PhoneNotValid, normalise
from customers.models import (
    Activity,
    Category,
    Customer,
    Order,
    OrderKind,
    OrderLine,
    Ownership,
    OwnershipEvent,
    Product,
    Registration,
    Rulebook,
)
from customers.rulebook import RegistrationRefused, last_day
from dealers.admin import EVERYWHERE, NeverDeletedAdmin, PortalAdmin, ReadOnlyAdmin, ReadOnlyInline


@admin.register(Rulebook)
class RulebookAdmin(PortalAdmin):
    list_display = ("name", "starts_on", "protection_days", "grace_days", "published_at")
    list_filter = (("published_at", admin.EmptyFieldListFilter),)
    search_fields = ("name",)
    actions = ("publish", "copy_as_draft")
    fieldsets = (
        (None, {"fields": ("name", "starts_on", "answer_mode")}),
        (
            gettext_lazy("Protection"),
            {
                "fields": (
                    "protection_days", "activity_renews_days", "visit_qualifies",
                    "sale_renews_days", "max_days_without_sale", "grace_days", "warning_days",
                    "extension_days", "extensions",
                ),
                "description": gettext_lazy("An empty setting is switched off."),
            },
        ),
        (
            gettext_lazy("Duties and the pool"),
            {
                "fields": (
                    "first_contact_hours", "release_after_days", "pool_claims_per_day",
                    "pool_cooldown_days",
                )
            },
        ),
        (
            gettext_lazy("Caps and limits"),
            {
                "fields": (
                    "person_cap", "store_cap", "person_daily_limit", "person_minute_limit",
                    "store_daily_limit", "conflict_percent",
                )
            },
        ),
        (gettext_lazy("Shares"), {"fields": ("owner_share",)}),
    )  # fmt: skip

    def get_fieldsets(self, request, obj=None):
        if obj is None or obj.published_at is None:
            return self.fieldsets
        published = {"fields": ("published_at", "published_by")}
        return (*self.fieldsets, (gettext_lazy("Published"), published))

    def get_readonly_fields(self, request, obj=None):
        return ("published_at", "published_by") if obj and obj.published_at else ()

    def has_change_permission(self, request, obj=None):
        return not (obj and obj.published_at) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return not (obj and obj.published_at) and super().has_delete_permission(request, obj)

    @admin.action(description=gettext_lazy("Publish"), permissions=["change"], location=EVERYWHERE)
    def publish(self, request, queryset: QuerySet[Rulebook]):
        question = _(
            "A published rulebook never changes. It applies from its first day to what happens"
            " then; no running protection gets shorter."
        )
        if asked := self.ask_first(request, queryset, question):
            return asked
        for rulebook in queryset:
            if rulebook.published_at:
                self.message_user(request, _("%s is published already.") % rulebook)
                continue
            try:
                rulebooks.publish_rulebook(rulebook, request.user)
            except (ValidationError, RegistrationRefused, rulebooks.RulebookNotValid) as refused:
                for sentence in getattr(refused, "messages", [str(refused)]):
                    self.message_user(request, f"{rulebook}: {sentence}", messages.ERROR)
            else:
                self.log_change(request, rulebook, _("Published."))
                self.message_user(
                    request,
                    _("%(name)s applies from %(day)s.")
                    % {"name": rulebook, "day": rulebook.starts_on.isoformat()},
                    messages.SUCCESS,
                )
        return None

    @admin.action(
        description=gettext_lazy("Copy as a new draft"), permissions=["add"], location=EVERYWHERE
    )
    def copy_as_draft(self, request, queryset: QuerySet[Rulebook]):
        for rulebook in queryset:
            rulebook.pk, rulebook.published_at, rulebook.published_by = None, None, None
            rulebook.name = (_("%s (draft)") % rulebook.name)[:120]
            rulebook._state.adding = True  # noqa: SLF001 - Django's documented way to copy a row
            rulebook.save()
            self.log_addition(request, rulebook, _("Copied."))
            self.message_user(
                request,
                _("%s is a draft now. Change it, give it its first day, then publish it.")
                % rulebook,
                messages.SUCCESS,
            )


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
        fields = ("source", "external_id", "ordered_at", "store", "sale")
        labels = {"sale": gettext_lazy("Returns the sale")}
        help_texts = {"sale": gettext_lazy("Empty: this is a sale.")}

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


class OrderLineFormSet(forms.BaseInlineFormSet):
    """Records the order once everything else is right, so that a refusal is shown on the form."""

    def is_valid(self):
        # The admin says so when the order's own fields are right.
        if not super().is_valid() or not getattr(self.instance, "checked", False):
            return False
        if self.instance.recorded is None:
            try:
                self.instance.recorded = self.record()
            except (orders.OrderRefused, PhoneNotValid) as refused:
                self._non_form_errors.append(str(refused))
                return False
        self.instance.pk = self.instance.recorded.pk
        return True

    def record(self) -> Order:
        order = self.instance
        return orders.record_order(
            source=order.source,
            external_id=order.external_id,
            ordered_at=order.ordered_at,
            store=order.store,
            phone=order.phone,
            returns=order.sale,
            lines=[
                orders.Line(
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


class OrderLineInline(admin.TabularInline):
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
    list_display = ("external_id", "source", "kind", "placed_on", "store", "net", "case",
                    "owner_dealer", "owned_on")  # fmt: skip
    list_filter = (("placed_on", admin.DateFieldListFilter), KindFilter, "case")
    list_select_related = ("store", "owner_dealer")
    search_fields = ("external_id", "store__code", "owner_dealer__code")
    search_help_text = gettext_lazy("Order number, store code or owner's code, written in full.")
    search_exactly = True
    # By an index; the moment has none.
    ordering = ("-placed_on", "-id")
    sortable_by = ()
    autocomplete_fields = ("store", "sale")
    inlines = (OrderLineInline, ReturnInline)
    form = OrderForm

    def get_queryset(self, request):
        return super().get_queryset(request).defer("content")

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_inlines(self, request, obj):
        if obj is None:
            return (OrderLineInline,)
        return self.inlines if obj.kind == OrderKind.SALE else (OrderLineInline,)

    def get_fields(self, request, obj=None):
        if obj is None:
            return ("source", "external_id", "ordered_at", "store", "phone", "sale")
        return ("source", "external_id", "kind", "sale", "ordered_at", "placed_on", "store",
                "quantity", "net", "case", "owner_dealer", "owner_store", "owned_on",
                "owner_share", "rulebook", "recorded_at", "attributed_at")  # fmt: skip

    def get_changeform_initial_data(self, request):
        return {"source": "admin", **super().get_changeform_initial_data(request)}

    def get_search_results(self, request, queryset, search_term):
        # The picker of a return looks for sales only.
        if request.GET.get("field_name") == "sale":
            queryset = queryset.filter(kind=OrderKind.SALE)
        return super().get_search_results(request, queryset, search_term)

    # The formset records the order with its lines; the form has nothing left to save.

    def save_form(self, request, form, change):
        order = form.instance
        order.checked, order.recorded, order.phone = True, None, form.cleaned_data["phone"]
        return order

    def save_model(self, request, obj, form, change):
        """Nothing: recorded."""

    def save_related(self, request, form, formsets, change):
        """Nothing: recorded."""

    def construct_change_message(self, request, form, formsets, add=False):
        return super().construct_change_message(request, form, None, add)
