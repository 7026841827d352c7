"""Who follows up customers, and which post somebody has, from now on."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dealers import invitations
from dealers.bounds import validate_moment
from dealers.models import Membership, Store


class FollowerForm(forms.Form):
    """Who follows up customers from now on; the posts that may are given, or nobody."""

    NOBODY = "0"
    to = forms.ChoiceField(
        label=_("Who follows up from now on"),
        error_messages={
            "required": _("Choose who follows up."),
            "invalid_choice": _("Choose one of the people shown."),
        },
    )

    def __init__(self, *args, posts, **kwargs):
        super().__init__(*args, **kwargs)
        self.posts = {str(post.pk): post for post in posts}
        named = [(pk, f"{post.user} · {post.scope}") for pk, post in self.posts.items()]
        nobody = _("Nobody yet: they stand under “Nobody” in the list of customers")
        self.fields["to"].choices = [("", _("Please choose")), *named, (self.NOBODY, nobody)]

    def clean_to(self) -> Membership | None:
        return self.posts.get(self.cleaned_data["to"])


class ChangePostForm(forms.Form):
    """Another role or store of a person, and from which day on."""

    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)
    store = forms.ModelChoiceField(
        label=_("Store"), queryset=Store.objects.none(), empty_label=None
    )
    on = forms.DateField(
        label=_("From"),
        validators=[validate_moment],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter the day like 2026-10-31.")},
    )

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        roles = invitations.roles_for(by)
        stores = Store.objects.open(timezone.now())
        self.fields["role"].choices = [(role.value, role.label) for role in roles]
        self.fields["store"].queryset = stores.of_post(by.dealer_id, by.store_id)
