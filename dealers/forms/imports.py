"""What people bring of other systems: files, and what is in them."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from dealers.forms.base import SeveralFilesField
from dealers.models import Store


class UploadForm(forms.Form):
    """A file to import, and what is in it."""

    files = SeveralFilesField(  # type: ignore[assignment]  # the stubs say: what was sent
        label=_("File"),
        error_messages={"required": _("Choose a file first.")},
    )
    kind = forms.ChoiceField(label=_("What is in it"), required=False)
    store = forms.ModelChoiceField(
        Store.objects.none(),
        label=_("Store"),
        required=False,
        empty_label=_("As each row says"),
        help_text=_("For rows that name no store."),
    )
    historical = forms.BooleanField(
        label=_("First load of the past"),
        required=False,
        help_text=_("The rows' own times count for who owns whom, not the time of the import."),
    )
    publish = forms.BooleanField(
        label=_("Put the program in force"),
        required=False,
        help_text=_("Rulebook and plans are published at once, and then never change."),
    )

    def __init__(self, *args, allowed, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["files"].widget.attrs["accept"] = ".csv,.txt,.xlsx,.xls,.ods,.json"
        self.fields["kind"].choices = [
            ("", _("Find out by itself")),
            *((kind.value.value, kind.value.label) for kind in allowed),
        ]
        help_text = _("CSV or Excel; %(most)d MB at most.")
        if by.at_hq:
            help_text = _(
                "CSV, Excel or, for a program, JSON; %(most)d MB at most. A history is two files at"
                " once: registrations and orders."
            )
        self.fields["files"].help_text = help_text % {"most": settings.PORTAL_UPLOAD_MB}
        if by.at_hq:
            del self.fields["store"]
        else:
            del self.fields["historical"]
            stores = Store.objects.filter(dealer=by.dealer_id)
            if len(stores) > 1:
                self.fields["store"].queryset = stores
            else:
                del self.fields["store"]
        if not any(kind.may_publish(by) for kind in allowed):
            del self.fields["publish"]
