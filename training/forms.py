from django import forms
from django.utils.translation import gettext_lazy as _

from training.models import QuestionKind


class AnswerForm(forms.Form):
    """The answers of one question; whether they fit it, the quiz decides."""

    answer = forms.CharField(required=False)

    def __init__(self, *args, item, **kwargs):
        super().__init__(*args, **kwargs)
        several = item.question.kind == QuestionKind.MULTIPLE
        choices = [(choice.pk, choice.local_text) for choice in item.choices]
        initial = [choice.pk for choice in item.chosen]
        errors = {"invalid_choice": _("Choose one of the answers shown.")}
        if several:
            self.fields["answer"] = forms.TypedMultipleChoiceField(
                choices=choices,
                coerce=int,
                initial=initial,
                widget=forms.CheckboxSelectMultiple,
                error_messages={**errors, "required": _("Choose an answer.")},
            )
        else:
            self.fields["answer"] = forms.TypedChoiceField(
                choices=choices,
                coerce=int,
                initial=initial[0] if initial else None,
                widget=forms.RadioSelect,
                error_messages={**errors, "required": _("Choose an answer.")},
            )

    def chosen(self) -> list[int]:
        answer = self.cleaned_data["answer"]
        return answer if isinstance(answer, list) else [answer]


class PlaceForm(forms.Form):
    """Where a video was left, in seconds."""

    seconds = forms.IntegerField(min_value=0, max_value=24 * 3600)


class QuestionForm(forms.ModelForm):
    """A question is a sentence or two, its explanation as well."""

    class Meta:
        widgets = dict.fromkeys(
            ("text", "text_en", "feedback", "feedback_en"),
            forms.Textarea(attrs={"rows": 2, "cols": 60}),
        )
