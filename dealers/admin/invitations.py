"""Invitations by headquarters."""

from functools import partial

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from dealers import invitations, site
from dealers.actor import Actor
from dealers.admin.acting import EVERYWHERE
from dealers.admin.base import NeverDeletedAdmin
from dealers.models import Invitation


class InvitationForm(ModelForm):
    """Invites once everything else is right, so that a refusal is shown on the form."""

    class Meta:
        model = Invitation
        fields = ("name", "email", "role", "dealer", "region")

    def clean_email(self):
        if not (email := self.cleaned_data["email"]):
            raise ValidationError(self.fields["email"].error_messages["required"], code="required")
        return email

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
                    by=Actor.hq(self.request.user),
                    at=timezone.now(),
                    site=site.address(self.request),
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


class InvitationState(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("open", _("Open")), ("consent", _("Waits for consent"))]

    def queryset(self, request, queryset):
        match self.value():
            case "open":
                return queryset.open(timezone.now())
            case "consent":
                return queryset.waiting_for_consent(timezone.now())
        return queryset


@admin.register(Invitation)
class InvitationAdmin(NeverDeletedAdmin):
    list_display = ("name", "address", "role", "place", "invited_by", "expires_at", "state")
    list_filter = (InvitationState, "role")
    list_select_related = ("dealer", "region", "store", "invited_by")
    search_fields = ("email", "phone", "name")
    autocomplete_fields = ("dealer", "region")
    form = InvitationForm
    actions = ("consent", "revoke")

    def get_fields(self, request, obj=None):
        if obj is None:
            return InvitationForm.Meta.fields
        fields = ("name", "email", "phone", "role", "place", "invited_by", "invited_at",
                  "consented_by", "consented_at", "expires_at", "state")  # fmt: skip
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
                _(
                    "Invited. An owner of the dealer or another person of headquarters has to"
                    " agree; then the link is mailed:"
                )
                if obj.needs_consent
                else _("Invited. The link was mailed and is valid for 7 days:"),
                invitations.link(obj, site.address(request)),
            ),
            messages.SUCCESS,
        )
        return redirect("admin:dealers_invitation_changelist")

    @admin.display(description=gettext_lazy("e-mail or mobile number"))
    def address(self, invitation):
        return invitation.address

    @admin.display(description=gettext_lazy("scope"))
    def place(self, invitation):
        return invitation.scope

    @admin.display(description=gettext_lazy("state"))
    def state(self, invitation):
        if invitation.accepted_at:
            return _("Accepted")
        if invitation.revoked_at:
            return _("Revoked")
        if invitation.expires_at <= timezone.now():
            return _("Expired")
        return _("Waits for consent") if invitation.waits_for_consent else _("Open")

    @admin.display(description=gettext_lazy("link"))
    def link(self, invitation):
        if invitations.why_closed(invitation, timezone.now()):
            return "-"
        return format_html('<a href="{0}">{0}</a>', invitations.link(invitation, ""))

    @admin.action(
        description=gettext_lazy("Agree to a dealer's further owner"),
        permissions=["change"],
        location=EVERYWHERE,
    )
    def consent(self, request, queryset: QuerySet[Invitation]):
        question = _("These people become owners, who see the dealer's customers and earnings.")
        if asked := self.ask_first(request, queryset, question):
            return asked
        agree = partial(
            invitations.consent, by=Actor.hq(request.user), at=timezone.now(),
            site=site.address(request),
        )  # fmt: skip
        self.act_on_each(
            request, queryset, agree, refused=invitations.InvitationRefused,
            log=gettext_noop("Agreed."), done=_("Agreed: %s"),
        )  # fmt: skip
        return None

    @admin.action(description=gettext_lazy("Revoke"), permissions=["change"], location=EVERYWHERE)
    def revoke(self, request, queryset: QuerySet[Invitation]):
        question = _("The links of these invitations stop working.")
        if asked := self.ask_first(request, queryset, question):
            return asked
        revoke = partial(invitations.revoke, by=Actor.hq(request.user), at=timezone.now())
        self.act_on_each(
            request, queryset, revoke, refused=invitations.InvitationRefused,
            log=gettext_noop("Revoked."), done=_("Revoked: %s"),
        )  # fmt: skip
        return None
