"""Accounts, the groups of headquarters, and posts."""

from functools import partial

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from dealers import door, people
from dealers.actor import Actor
from dealers.admin.acting import EVERYWHERE
from dealers.admin.base import NeverDeletedAdmin, ReadOnlyInline
from dealers.models import Membership, MembershipQuerySet, User

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


class GroupFilter(admin.SimpleListFilter):
    title = gettext_lazy("group")
    parameter_name = "group"

    def lookups(self, request, model_admin):
        return GROUP_NAMES.items()

    def queryset(self, request, queryset):
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


class NewPersonForm(BaseUserCreationForm):
    """The one time that headquarters sets a password: for a colleague of its own."""

    class Meta:
        model = User
        fields = ("email", "name")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True  # only the network's people may have none

    def clean_email(self):
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exists():
            raise ValidationError(_("This e-mail address has an account already."))
        return email

    def save(self, commit=True):
        self.instance.is_staff = True
        return super().save(commit)


class PersonForm(ModelForm):
    """Who comes to headquarters, and what they may do there."""

    def clean(self):
        cleaned = super().clean()
        comes = cleaned.get("is_staff")
        posts = self.instance.memberships.exclude(dealer=None)
        if comes and posts.held(timezone.now()).exists():
            raise ValidationError(
                _("This person holds a post inside a dealer. End it first: headquarters has none.")
            )
        return cleaned


class MembershipInline(ReadOnlyInline):
    model = Membership
    fields = ("role", "store", "dealer", "region", "starts_at", "ends_at")
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).with_scope()


@admin.register(User)
class UserAdmin(NeverDeletedAdmin):
    list_display = ("email", "name", "phone", "is_staff", "is_active", "last_login")
    list_display_links = ("email", "name")
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
    add_fieldsets = ((None, {"fields": ("email", "name", "password1", "password2")}),)
    form = PersonForm
    # Who could change where codes and new passwords go could sign in as anybody: people do that
    # themselves, on their own page, and who works at a dealer says what they are called. All rights
    # come with a new account only, by `manage.py createsuperuser`.
    readonly_fields = (
        "email", "phone", "name", "language", "is_superuser", "is_active", "last_login",
        "date_joined",
    )  # fmt: skip
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
        if obj is None:
            return ()
        named_here = people.named_by_headquarters(obj, timezone.now())
        return [each for each in self.readonly_fields if each != "name" or not named_here]

    def has_add_permission(self, request):
        # The network's people join by invitation, so that nobody else knows their password.
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None):
        # All that is left to change is who is of headquarters: nobody makes themselves, or anybody,
        # all-powerful by it.
        if obj is not None and not request.user.is_superuser:
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
            # Who signs in first shows by a code that the address is theirs.
            with door.opened():
                EmailAddress.objects.create(user=obj, email=obj.email, verified=False, primary=True)

    @admin.action(
        description=gettext_lazy("Close the account and end all sessions"),
        permissions=["change"],
        location=EVERYWHERE,
    )
    def deactivate(self, request, queryset: QuerySet[User]):
        question = _("These people are signed out everywhere at once and can no longer sign in.")
        if asked := self.ask_first(request, queryset, question):
            return asked
        actor, now = Actor.hq(request.user), timezone.now()

        def close(user: User) -> None:
            self.refuse_headquarters(request, user)
            people.deactivate(user, by=actor, at=now)

        self.act_on_each(
            request, queryset, close, refused=people.PeopleRefused,
            log=gettext_noop("Closed the account."), done=_("%s is signed out everywhere."),
        )  # fmt: skip
        return None

    def refuse_headquarters(self, request, user: User) -> None:
        if user.is_staff and not request.user.is_superuser:
            raise people.PeopleRefused(_("Only administrators change accounts of headquarters."))

    @admin.action(
        description=gettext_lazy("Open the account again"),
        permissions=["change"],
        location=EVERYWHERE,
    )
    def reactivate(self, request, queryset: QuerySet[User]):
        actor, now = Actor.hq(request.user), timezone.now()

        def open_again(user: User) -> None:
            self.refuse_headquarters(request, user)
            people.reactivate(user, by=actor, at=now)

        self.act_on_each(
            request, queryset, open_again, refused=people.PeopleRefused,
            log=gettext_noop("Opened the account again."), done=_("%s can sign in again."),
        )  # fmt: skip

    @admin.action(
        description=gettext_lazy("Forget the second factors (lost phone or key)"),
        permissions=["supreme"],
        location=EVERYWHERE,
    )
    def forget_second_factors(self, request, queryset: QuerySet[User]):
        question = _("These people sign in without a second factor until they set up a new one.")
        if asked := self.ask_first(request, queryset, question):
            return asked
        forget = partial(people.forget_second_factors, by=Actor.hq(request.user), at=timezone.now())
        self.act_on_each(
            request, queryset, forget,
            log=gettext_noop("Forgot the second factors."), done=_("%s is signed out everywhere."),
        )  # fmt: skip
        return None


@admin.register(Membership)
class MembershipAdmin(NeverDeletedAdmin):
    list_display = ("user", "role", "store", "dealer", "region", "starts_at", "ends_at")
    list_filter = ("role", ("ends_at", admin.EmptyFieldListFilter))
    list_select_related = ("user", "store", "dealer", "region")
    search_fields = ("user__email", "user__name", "store__code", "dealer__code", "region__code")
    actions = ("end", "let_register_again")
    fields = ("user", "role", "store", "dealer", "region", "starts_at", "ends_at", "reviewed_at")

    def has_add_permission(self, request):
        return False  # a post is taken by who was invited, never given to them

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
        end = partial(people.end_membership, by=Actor.hq(request.user), at=timezone.now())
        self.act_on_each(
            request, queryset.select_related("user").with_scope(), end,
            refused=people.PeopleRefused, log=gettext_noop("Ended the post."), done=_("Ended: %s"),
        )  # fmt: skip
        return None

    @admin.action(
        description=gettext_lazy("Reviewed: let register again"),
        permissions=["review"],
        location=EVERYWHERE,
    )
    def let_register_again(self, request, queryset: MembershipQuerySet):
        review = partial(people.let_register_again, by=Actor.hq(request.user), at=timezone.now())
        self.act_on_each(
            request, queryset.with_scope(), review,
            log=gettext_noop("Reviewed the registrations."), done="",
        )  # fmt: skip
        self.message_user(
            request,
            _("Registrations until now no longer count towards the pause."),
            messages.SUCCESS,
        )
