import json

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from training.answers import QuizRefused
from training.models import QuestionKind, Withdrawal
from training.scorm import package
from training.scorm.manifest import MOST


class AssignmentForm(forms.ModelForm):
    """Whether it stands already is asked with its track, which no field names."""

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() - {"track"}


class OnceFormSet(forms.BaseInlineFormSet):
    """No two rows of a page are about the same course and people."""

    def clean(self):
        super().clean()
        names = ("course", "role", "region", "store", "joined_from", "joined_until")
        names, seen = [name for name in names if name != self.fk.name], set()
        for form in self.forms:
            if form.errors or not form.cleaned_data or form.cleaned_data.get("DELETE"):
                continue
            row = tuple(form.cleaned_data.get(name) for name in names)
            if row in seen:
                raise forms.ValidationError(_("The same stands here twice."))
            seen.add(row)


class AnswerForm(forms.Form):
    """The answer to one question; whether it fits, the quiz decides.

    An order has a field of its place for every answer, pairs one of the other side: the ``rows``.
    They and what they offer are numbered as shown: ids would tell what was written beside what.
    """

    def __init__(self, *args, item, **kwargs):
        super().__init__(*args, **kwargs)
        self.item = item
        match item.question.kind:
            case QuestionKind.ORDER:
                self._ask_order()
            case QuestionKind.MATCH:
                self._ask_pairs()
            case _:
                self._ask_choices()

    def _ask_choices(self):
        several = self.item.question.kind == QuestionKind.MULTIPLE
        picked = [choice.pk for choice in self.item.chosen]
        common = {
            "choices": [(choice.pk, choice.local_text) for choice in self.item.choices],
            "coerce": int,
            "error_messages": {
                "invalid_choice": _("Choose one of the answers shown."),
                "required": _("Choose an answer."),
            },
        }
        if several:
            self.fields["answer"] = forms.TypedMultipleChoiceField(
                initial=picked, widget=forms.CheckboxSelectMultiple, **common
            )
        else:
            self.fields["answer"] = forms.TypedChoiceField(
                initial=picked[0] if picked else None, widget=forms.RadioSelect, **common
            )

    def _ask_order(self):
        places = [("", "–"), *((place, place) for place in range(1, len(self.item.choices) + 1))]
        given = {choice.pk: place for place, choice in enumerate(self.item.chosen, start=1)}
        for number, choice in enumerate(self.item.choices, start=1):
            self.fields[f"row-{number}"] = _row(
                choice.local_text, places, given.get(choice.pk), _("Give every place once.")
            )

    def _ask_pairs(self):
        shown = self.item.choices
        sides = [
            ("", "–"),
            *((place, each.local_pair) for place, each in enumerate(shown, start=1)),
        ]
        given = [shown.index(choice) + 1 for choice in self.item.chosen]
        for number, choice in enumerate(self.item.written, start=1):
            self.fields[f"row-{number}"] = _row(
                choice.local_text,
                sides,
                given[number - 1] if given else None,
                _("Find the other side of every line."),
            )

    @property
    def rows(self):
        """The fields of an order or of pairs."""
        return [self[name] for name in self.fields if name.startswith("row-")]

    @property
    def sentences(self):
        """What is wrong, each once."""
        return list(dict.fromkeys(str(each) for found in self.errors.values() for each in found))

    def chosen(self) -> list[int]:
        """The ids of the answers: in their order, or beside each of those written."""
        ids = [choice.pk for choice in self.item.choices]
        places = [self.cleaned_data[row.name] for row in self.rows]
        match self.item.question.kind:
            case QuestionKind.ORDER:
                if len(set(places)) < len(places):
                    raise QuizRefused(_("Give every place once."))
                return [pk for _place, pk in sorted(zip(places, ids, strict=True))]
            case QuestionKind.MATCH:
                return [ids[place - 1] for place in places]
        answer = self.cleaned_data["answer"]
        return answer if isinstance(answer, list) else [answer]


def _row(label, choices, initial, missing):
    return forms.TypedChoiceField(
        label=label,
        choices=choices,
        coerce=int,
        initial=initial,
        widget=forms.Select(attrs={"class": "input"}),
        error_messages={"invalid_choice": missing, "required": missing},
    )


class WithdrawalForm(forms.ModelForm):
    """Why a version is withdrawn."""

    class Meta:
        model = Withdrawal
        fields = ("reason",)


class PlaceForm(forms.Form):
    """Where a video was left, in seconds."""

    seconds = forms.IntegerField(min_value=0, max_value=24 * 3600)


class LessonForm(forms.ModelForm):
    """A lesson; the package that it brings is looked through before it is kept."""

    def clean_package(self):
        brought = self.cleaned_data["package"]
        if isinstance(brought, UploadedFile):
            try:
                package.check(brought)
            except package.PackageRefused as refused:
                raise forms.ValidationError(str(refused)) from refused
        return brought


class PartForm(forms.Form):
    """Which part of a package is meant, counted from 1; the only one where nothing is said."""

    part = forms.IntegerField(min_value=1, max_value=MOST, required=False)

    def clean_part(self):
        return self.cleaned_data["part"] or 1


class ReportForm(PartForm):
    """What a part of a package reports, as the page around it sends it on."""

    opening = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    number = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    said = forms.CharField(max_length=900_000, strip=False)
    ended = forms.BooleanField(required=False)

    def clean_said(self):
        try:
            return json.loads(self.cleaned_data["said"])
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError("no JSON", code="invalid") from error


class QuestionForm(forms.ModelForm):
    """A question is a sentence or two, its explanation as well."""

    statement = forms.ChoiceField(
        label=_("the statement is"),
        choices=[("", "–"), ("true", _("true")), ("false", _("false"))],
        required=False,
        help_text=_("Only for true or false: the two answers are made of it."),
    )

    class Meta:
        widgets = dict.fromkeys(
            ("text", "text_en", "feedback", "feedback_en"),
            forms.Textarea(attrs={"rows": 2, "cols": 60}),
        )
