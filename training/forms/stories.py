"""What a store writes of how it did it."""

from pathlib import Path

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from dealers.bounds import validate_name
from dealers.forms.base import KeptFile
from dealers.models import Store
from training import stories
from training.models import Story

VIDEOS = {".mp4": (4, b"ftyp"), ".webm": (0, b"\x1a\x45\xdf\xa3")}  # where and how each begins


class StoryForm(forms.ModelForm):
    """The text of a story, and its video."""

    class Meta:
        model = Story
        fields = ("title", "title_en", "body", "body_en", "video", "captions")
        widgets = {
            "body": forms.Textarea(attrs={"rows": 12, "maxlength": stories.LONGEST}),
            "body_en": forms.Textarea(attrs={"rows": 6, "maxlength": stories.LONGEST}),
            "video": KeptFile(attrs={"accept": ".mp4,.webm"}),
            "captions": KeptFile(attrs={"accept": ".vtt"}),
        }
        help_texts = {
            "body": _(
                "What you did, step by step. Two number signs begin a heading, a hyphen a list;"
                " ![what it shows](1) shows the first picture. Leave out names and numbers of"
                " customers."
            ),
            "body_en": _("Where it is empty, English readers get the Chinese text."),
            "video": _("MP4 or WebM, at most 60 MB."),
            "captions": _("A WebVTT file: a video without captions is not taken."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Who may only look at it has a form without fields.
        for name in {"body", "body_en"} & self.fields.keys():
            self.fields[name].max_length = stories.LONGEST
            self.fields[name].validators.append(MaxLengthValidator(stories.LONGEST))

    def clean_video(self):
        """A file that is what its name says."""
        video = self.cleaned_data["video"]
        if video and hasattr(video, "content_type"):
            at, start = VIDEOS.get(Path(video.name).suffix.lower(), (0, b""))
            head = video.read(16)
            video.seek(0)
            if not head[at:].startswith(start):
                raise forms.ValidationError(_("This is not a video that browsers play."))
        return video

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("video") and not cleaned.get("captions"):
            self.add_error("captions", _("Add the captions: not everybody hears a video."))
        return cleaned


class NewStoryForm(StoryForm):
    """A new story: also whose it is."""

    teller = forms.ChoiceField(label=_("Whose story it is"))
    field_order = ("teller",)

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.tellers = {
            f"store-{each.pk}" if isinstance(each, Store) else "dealer": each
            for each in stories.tellers(by)
        }
        field = self.fields["teller"]
        field.choices = [(key, each.name) for key, each in self.tellers.items()]
        if len(self.tellers) == 1:
            field.initial = next(iter(self.tellers))
            field.widget = forms.HiddenInput()

    def clean(self):
        cleaned = super().clean()
        teller = self.tellers.get(cleaned.get("teller", ""))
        if teller is not None:
            of_store = isinstance(teller, Store)
            self.instance.store = teller if of_store else None
            self.instance.dealer_id = teller.dealer_id if of_store else teller.pk
        return cleaned


class PictureForm(forms.Form):
    """A picture, and what it shows for those who do not see it."""

    picture = forms.FileField(
        label=_("Picture"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}),
        help_text=_("JPEG or PNG, at most 10 MB. Where and by what it was taken is not kept."),
        error_messages={"required": _("Choose a picture first.")},
    )
    alt = forms.CharField(
        label=_("What it shows"),
        max_length=200,
        validators=[validate_name],
        error_messages={"required": _("Say in a few words what it shows.")},
    )


class FigureForm(forms.Form):
    """A place on a frozen board."""

    ranking = forms.TypedChoiceField(
        label=_("Figure from a frozen board"),
        coerce=int,
        error_messages={
            "required": _("Choose one of the frozen boards."),
            "invalid_choice": _("Choose one of the frozen boards."),
        },
    )

    def __init__(self, *args, story, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["ranking"].choices = [
            (result.ranking, result.sentence) for result in stories.offered(story)
        ]
