"""Fields and a form that the forms of all apps build on."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms.renderers import TemplatesSetting
from django.utils import timezone

from dealers.actor import Actor
from dealers.bounds import validate_name


class OneLine(forms.CharField):
    """A text that may be typed over several lines and is kept as one."""

    default_validators = [validate_name]

    def __init__(self, **kwargs):
        super().__init__(widget=forms.Textarea(attrs={"rows": 2}), **kwargs)

    def to_python(self, value):
        return " ".join(super().to_python(value).split())


class MadeForm(forms.ModelForm):
    """A form that has the domain make its row, where a refusal still has a place to stand."""

    by: Actor  # who makes it; the admin says so
    refusal: type[Exception]  # what the domain raises, with a sentence for the reader

    def make(self, said: dict[str, Any], at: datetime) -> Model:
        """The row of what was entered."""
        raise NotImplementedError

    def clean(self):
        said = super().clean()
        if self.errors:
            return said
        try:
            self.instance = self.make(said, timezone.now())
        except self.refusal as refused:
            raise ValidationError(str(refused)) from refused
        return said

    def _post_clean(self):
        """Made already: what is on file is not filled anew."""


class KeptFile(forms.ClearableFileInput):
    """Names the file that is kept, without a link: no address answers with stored files."""

    template_name = "partials/kept_file.html"

    def render(self, name, value, attrs=None, renderer=None):  # noqa: ARG002
        # Django's renderer of forms looks into no folder of ours.
        return super().render(name, value, attrs, TemplatesSetting())


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """One file or more."""

    widget = SeveralFiles

    def clean(self, data, initial=None):
        files = data if isinstance(data, list | tuple) else [data]
        return [super(SeveralFilesField, self).clean(each, initial) for each in files or [None]]
