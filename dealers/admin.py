"""The network, its people and what was looked at, as headquarters sees them."""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import ActionLocation
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dealers import invitations, people
from dealers.models import (
    AccessLog,
    Dealer,
    FileImport,
    ImportState,
    Invitation,
    Membership,
    MembershipQuerySet,
    Region,
    Store,
    User,
)

EVERYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]
RECENT = timedelta(days=14)

# What the groups may do is written in a migration, so that every installation has the same ones;
# who is in which is said on a person's page.
GROUP_NAMES = {
    "program": gettext_lazy("Program team"),
    "incentives": gettext_lazy("Incentives team"),
    "training": gettext_lazy("Training team"),
    "adjudication": gettext_lazy("Adjudication team"),
    "audit": gettext_lazy("Audit team"),
    "support": gettext_lazy("Support team"),
}

# Accounts have one page, ours; what the login keeps about them is no business of an admin.
for model in (Group, EmailAddress, UserSession, Authenticator):
    admin.site.unregister(model)


class NearPaginator(Paginator):
    """Counts and reaches the first rows of a long list only; the rest is a search away."""

    REACHABLE = 10_000
    object_list: Any  # a queryset, whose query the stubs leave untyped

    @cached_property
    def found(self) -> int:
        """How many rows there are, as far as it matters: at most one more than can be reached."""
        return self.object_list.order_by()[: self.REACHABLE + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self.found, self.REACHABLE)

    @property
    def more(self) -> bool:
        return self.found > self.REACHABLE

    def estimate(self) -> int | None:
        """About how long the whole table is, by the planner's statistics; None if it is filtered"""
        query = self.object_list.query
        if query.where:
            return None
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass",
                [query.model._meta.db_table],  # noqa: SLF001 - Django's documented interface
            )
            (estimate,) = cursor.fetchone()
        # Where statistics were never taken it is -1.
        return estimate if estimate > self.REACHABLE else None


class PortalAdmin(admin.ModelAdmin):
    """A list that stays quick with a million rows."""

    paginator = NearPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    view_on_site = False  # a dealer's page of it is nobody else's
    # Words are looked up whole, in indexed columns: "code", or "store__code" of a small table.
    search_exactly = False

    def get_search_results(self, request, queryset, search_term):
        if not self.search_exactly:
            return super().get_search_results(request, queryset, search_term)
        for word in search_term.split():
            queryset = queryset.filter(self.whole(word))
        return queryset, False

    def whole(self, word: str) -> Q:
        """The rows that this word names. Rows of other tables are found first: an OR over joined
        tables could use no index.
        """
        spellings = [word, word.upper()]
        found = Q(pk__in=[])
        for path in self.search_fields:
            column, __, of_related = path.partition("__")
            field: Any = self.opts.get_field(column)
            if of_related:
                related = field.related_model.objects.filter(**{f"{of_related}__in": spellings})
                if keys := list(related.values_list("pk", flat=True)[:100]):
                    found |= Q(**{f"{column}__in": keys})
                continue
            try:
                field.to_python(word)
            except ValidationError:
                continue
            found |= Q(**{f"{column}__in": spellings})
        return found

    def get_actions(self, request, action_location=ActionLocation.CHANGE_LIST):
        actions = super().get_actions(request, action_location=action_location)
        # Deleting many at once would stop half way at one that is published or referred to.
        actions.pop("delete_selected", None)
        return actions

    def ask_first(self, request, queryset, question: str) -> TemplateResponse | None:
        """The page that asks whether to go on with an action; None once the answer is yes."""
        if "confirmed" in request.POST:
            return None
        names = [name for name in request.POST if name.split("-")[-1] in {"action", "index"}]
        return TemplateResponse(
            request,
            "admin/confirm_action.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Are you sure?"),
                "opts": self.opts,
                "question": question,
                "objects": queryset[:100],
                "fields": [
                    *((name, request.POST[name]) for name in names),
                    *((ACTION_CHECKBOX_NAME, each.pk) for each in queryset),
                ],
            },
        )


class ReadOnlyAdmin(PortalAdmin):
    """Look, don't edit: a correction is made where the rules are."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class NeverDeletedAdmin(PortalAdmin):
    """Rows that others refer to for ever."""

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnlyInline(admin.TabularInline):
    """Rows that belong to the one above, to look at."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Region)
class RegionAdmin(NeverDeletedAdmin):
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


class GroupFilter(admin.SimpleListFilter):
    title = gettext_lazy("group")
    parameter_name = "group"

    def lookups(self, request, model_admin):
        return GROUP_NAMES.items()

    def queryset(self, request, queryset):
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


class NewPersonForm(BaseUserCreationForm):
    """The one time that headquarters sets a password, for a colleague without an invitation."""

    class Meta:
        model = User
        fields = ("email", "name", "is_staff")

    def clean_email(self):
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exists():
            raise ValidationError(_("This e-mail address has an account already."))
        return email


class MembershipInline(ReadOnlyInline):
    model = Membership
    fields = ("role", "store", "dealer", "region", "starts_at", "ends_at")
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).with_scope()


@admin.register(User)
class UserAdmin(NeverDeletedAdmin):
    list_display = ("email", "name", "phone", "is_staff", "is_active", "last_login")
    list_filter = ("is_active", "is_staff", GroupFilter)
    search_fields = ("email", "name", "phone")
    ordering = ("email",)
    filter_horizontal = ("groups",)
    fieldsets = (
        (None, {"fields": ("email", "phone", "name", "language")}),
        (
            gettext_lazy("Headquarters"),
            {
                "fields": ("is_staff", "groups", "is_superuser"),
                "description": gettext_lazy(
                    "The groups say what a person at headquarters may do. People of the network"
                    " need none: what they may do hangs on their posts."
                ),
            },
        ),
        (gettext_lazy("Dates"), {"fields": ("is_active", "last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "password1", "password2", "is_staff")}),)
    # Who could change where codes and new passwords go could sign in as anybody: people do that
    # themselves, on their own page.
    readonly_fields = ("email", "phone", "is_active", "last_login", "date_joined")
    inlines = (MembershipInline,)
    actions = ("deactivate", "reactivate", "forget_second_factors")

    def get_form(self, request, obj=None, **kwargs):
        if obj is None:
            kwargs |= {"form": NewPersonForm, "fields": NewPersonForm.Meta.fields}
        return super().get_form(request, obj, **kwargs)

    def get_fieldsets(self, request, obj=None):
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def get_inlines(self, request, obj):
        return self.inlines if obj else ()

    def get_readonly_fields(self, request, obj=None):
        own = self.readonly_fields if obj else ()
        # Whoever may edit people must not make themselves, or anybody, all-powerful by it.
        return own if request.user.is_superuser else (*own, "is_staff", "groups", "is_superuser")

    def has_change_permission(self, request, obj=None):
        if obj is not None and obj.is_staff and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_supreme_permission(self, request):
        return request.user.is_superuser

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        field.label_from_instance = lambda group: GROUP_NAMES.get(group.name, group.name)
        return field

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change:
            EmailAddress.objects.create(user=obj, email=obj.email, verified=True, primary=True)

    @admin.action(
        description=gettext_lazy("Close the account and end all sessions"),
        permissions=["change"],
        location=EVERYWHERE,
    )
    def deactivate(self, request, queryset: QuerySet[User]):
        question = _("These people are signed out everywhere at once and can no longer sign in.")
        if asked := self.ask_first(request, queryset, question):
            return asked
        for user in queryset:
            if not self.has_change_permission(request, user):
                refusal = _("Only administrators change accounts of headquarters.")
                self.message_user(request, f"{user}: {refusal}", messages.ERROR)
                continue
            try:
                people.deactivate(user, by=request.user, at=timezone.now())
            except people.PeopleRefused as refused:
                self.message_user(request, f"{user}: {refused}", messages.ERROR)
            else:
                self.log_change(request, user, _("Closed the account."))
                self.message_user(
                    request, _("%s is signed out everywhere.") % user, messages.SUCCESS
                )
        return None

    @admin.action(
        description=gettext_lazy("Open the account again"),
        permissions=["change"],
        location=EVERYWHERE,
    )
    def reactivate(self, request, queryset: QuerySet[User]):
        for user in queryset:
            if self.has_change_permission(request, user):
                people.reactivate(user)
                self.log_change(request, user, _("Opened the account again."))
                self.message_user(request, _("%s can sign in again.") % user, messages.SUCCESS)

    @admin.action(
        description=gettext_lazy("Forget the second factors (lost phone or key)"),
        permissions=["supreme"],
        location=EVERYWHERE,
    )
    def forget_second_factors(self, request, queryset: QuerySet[User]):
        question = _("These people sign in without a second factor until they set up a new one.")
        if asked := self.ask_first(request, queryset, question):
            return asked
        for user in queryset:
            Authenticator.objects.filter(user=user).delete()
            people.end_sessions(user)
            self.log_change(request, user, _("Forgot the second factors."))
            self.message_user(request, _("%s is signed out everywhere.") % user, messages.SUCCESS)
        return None


@admin.register(Membership)
class MembershipAdmin(NeverDeletedAdmin):
    list_display = ("user", "role", "store", "dealer", "region", "starts_at", "ends_at")
    list_filter = ("role", ("ends_at", admin.EmptyFieldListFilter))
    list_select_related = ("user", "store", "dealer", "region")
    search_fields = ("user__email", "user__name", "store__code", "dealer__code", "region__code")
    autocomplete_fields = ("user", "store", "dealer", "region")
    actions = ("end", "let_register_again")

    def get_fields(self, request, obj=None):
        fields = ("user", "role", "store", "dealer", "region", "starts_at", "ends_at")
        return (*fields, "reviewed_at") if obj else fields

    def has_change_permission(self, request, obj=None):
        # Another role or place is another post: this one is ended, and what was done in it stays.
        return obj is None and super().has_change_permission(request, obj)

    def has_end_permission(self, request):
        return request.user.has_perm("dealers.delete_membership")

    def has_review_permission(self, request):
        return request.user.has_perm("dealers.change_membership")

    @admin.action(
        description=gettext_lazy("End the post now"), permissions=["end"], location=EVERYWHERE
    )
    def end(self, request, queryset: MembershipQuerySet):
        question = _("These posts end now, and their people are signed out everywhere.")
        if asked := self.ask_first(request, queryset.with_scope(), question):
            return asked
        for membership in queryset.select_related("user").with_scope():
            try:
                people.end_membership(membership, by=request.user, acting=None, at=timezone.now())
            except people.PeopleRefused as refused:
                self.message_user(
                    request, f"{membership.user} · {membership}: {refused}", messages.ERROR
                )
            else:
                self.log_change(request, membership, _("Ended the post."))
                self.message_user(request, _("Ended: %s") % membership, messages.SUCCESS)
        return None

    @admin.action(
        description=gettext_lazy("Reviewed: let register again"),
        permissions=["review"],
        location=EVERYWHERE,
    )
    def let_register_again(self, request, queryset: MembershipQuerySet):
        for membership in queryset.with_scope():
            membership.reviewed_at = timezone.now()
            membership.save(update_fields=["reviewed_at"])
            self.log_change(request, membership, _("Reviewed the registrations."))
        self.message_user(
            request,
            _("Registrations until now no longer count towards the pause."),
            messages.SUCCESS,
        )


class InvitationForm(ModelForm):
    """Invites once everything else is right, so that a refusal is shown on the form."""

    class Meta:
        model = Invitation
        fields = ("name", "email", "role", "dealer", "region")

    def is_valid(self):
        if not super().is_valid():
            return False
        if self.instance.pk is None:
            try:
                self.instance = invitations.invite(
                    email=self.cleaned_data["email"],
                    name=self.cleaned_data["name"],
                    role=self.cleaned_data["role"],
                    scope=self.cleaned_data["dealer"] or self.cleaned_data["region"],
                    by=self.request.user,
                    membership=None,
                    at=timezone.now(),
                    site=site_of(self.request),
                )
            except invitations.InvitationRefused as refused:
                self.add_error(None, str(refused))
                return False
        return True

    def clean(self):
        super().clean()
        if self.cleaned_data.get("dealer") and self.cleaned_data.get("region"):
            raise ValidationError(_("Name a dealer or a region, not both."))
        return self.cleaned_data


def site_of(request) -> str:
    return f"{request.scheme}://{request.get_host()}"


class InvitationState(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("open", _("Open"))]

    def queryset(self, request, queryset):
        return queryset.open(timezone.now()) if self.value() == "open" else queryset


@admin.register(Invitation)
class InvitationAdmin(NeverDeletedAdmin):
    list_display = ("name", "email", "role", "place", "invited_by", "expires_at", "state")
    list_filter = (InvitationState, "role")
    list_select_related = ("dealer", "region", "store", "invited_by")
    search_fields = ("email", "name")
    autocomplete_fields = ("dealer", "region")
    form = InvitationForm
    actions = ("revoke",)

    def get_fields(self, request, obj=None):
        if obj is None:
            return InvitationForm.Meta.fields
        fields = ("name", "email", "role", "place", "invited_by", "invited_at", "expires_at",
                  "state")  # fmt: skip
        # Who has the link can join by it, so that it is shown to its sender only.
        return (*fields, "link") if obj.invited_by_id == request.user.pk else fields

    def get_readonly_fields(self, request, obj=None):
        return self.get_fields(request, obj) if obj else ()

    def has_change_permission(self, request, obj=None):
        return obj is None and super().has_change_permission(request, obj)

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        form.request = request
        return form

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "role":
            kwargs["choices"] = [
                (role.value, role.label) for role in invitations.INVITED_BY_HEADQUARTERS
            ]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        """Nothing: the form has invited already."""

    def response_add(self, request, obj, post_url_continue=None):
        self.message_user(
            request,
            format_html(
                "{} <code>{}</code>",
                _("Invited. The link was mailed and is valid for 7 days:"),
                invitations.link(obj, site_of(request)),
            ),
            messages.SUCCESS,
        )
        return redirect("admin:dealers_invitation_changelist")

    @admin.display(description=gettext_lazy("scope"))
    def place(self, invitation):
        return invitation.scope

    @admin.display(description=gettext_lazy("state"))
    def state(self, invitation):
        if invitation.accepted_at:
            return _("Accepted")
        if invitation.revoked_at:
            return _("Revoked")
        return _("Expired") if invitation.expires_at <= timezone.now() else _("Open")

    @admin.display(description=gettext_lazy("link"))
    def link(self, invitation):
        if invitations.why_closed(invitation, timezone.now()):
            return "-"
        return format_html('<a href="{0}">{0}</a>', invitations.link(invitation, ""))

    @admin.action(description=gettext_lazy("Revoke"), permissions=["change"], location=EVERYWHERE)
    def revoke(self, request, queryset: QuerySet[Invitation]):
        question = _("The links of these invitations stop working.")
        if asked := self.ask_first(request, queryset, question):
            return asked
        for invitation in queryset:
            try:
                invitations.revoke(invitation, timezone.now())
            except invitations.InvitationRefused as refused:
                self.message_user(request, f"{invitation}: {refused}", messages.ERROR)
            else:
                self.log_change(request, invitation, _("Revoked."))
                self.message_user(request, _("Revoked: %s") % invitation, messages.SUCCESS)
        return None


@admin.register(AccessLog)
class AccessLogAdmin(ReadOnlyAdmin):
    list_display = ("at", "dealer", "user", "role", "action", "purpose", "fields_read", "count")
    list_filter = ("action",)
    list_select_related = ("dealer", "user")
    search_fields = ("dealer__code", "user__email")
    search_help_text = gettext_lazy("Dealer code or e-mail of a person, written in full.")
    search_exactly = True
    ordering = ("-id",)
    sortable_by = ()

    @admin.display(description=gettext_lazy("fields"))
    def fields_read(self, entry):
        return entry.fields


class RecentProblems(admin.SimpleListFilter):
    title = gettext_lazy("problems")
    parameter_name = "problems"

    def lookups(self, request, model_admin):
        return [("recent", _("Of the last 14 days"))]

    def queryset(self, request, queryset):
        return with_problems(queryset) if self.value() == "recent" else queryset


def with_problems(imports: QuerySet[FileImport]) -> QuerySet[FileImport]:
    """Files of the last 14 days that were not taken, or not all of their rows."""
    return imports.filter(
        state__in=[ImportState.REJECTED, ImportState.FAILED],
        started_at__gte=timezone.now() - RECENT,
    )


@admin.register(FileImport)
class FileImportAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "state", "rows", "accepted", "repeated", "rejected",
                    "started_at", "by")  # fmt: skip
    list_filter = (RecentProblems, "state", "kind")
    list_select_related = ("by",)
    search_fields = ("name", "sha256")


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """What people at headquarters did in the admin."""

    list_display = ("action_time", "user", "content_type", "object_repr", "what")
    list_filter = ("action_flag",)
    list_select_related = ("user", "content_type")
    search_fields = ("user__email", "object_id")
    search_help_text = gettext_lazy("E-mail of a person or id of an object, written in full.")
    search_exactly = True
    ordering = ("-id",)
    sortable_by = ()
    fields = ("action_time", "user", "content_type", "object_id", "object_repr", "what")

    @admin.display(description=gettext_lazy("what"))
    def what(self, entry):
        return entry.get_change_message() or entry.get_action_flag_display()
