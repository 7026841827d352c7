"""Courses and quizzes as files: taken out of the admin, and brought back in."""

from pathlib import Path
from tempfile import TemporaryDirectory

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.validators import FileExtensionValidator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from dealers.imports import encodings
from dealers.imports.problems import WrongUse
from dealers.site import takes_files
from dealers.spreadsheets import download
from training import authoring
from training.authoring import parcel, quiz_file


class ParcelForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("ZIP archive"),
        validators=[FileExtensionValidator(["zip"])],
        help_text=gettext_lazy("The folder of one course, as the portal gives it out."),
    )


class QuizFileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSV file"), validators=[FileExtensionValidator(["csv"])]
    )
    instead = forms.ChoiceField(
        label=gettext_lazy("the questions of the draft"),
        choices=[
            ("no", gettext_lazy("stay, those of the file come behind them")),
            ("yes", gettext_lazy("are deleted, those of the file take their place")),
        ],
        initial="no",
        widget=forms.RadioSelect,
    )


def _text(uploaded):
    """The file's text, in UTF-8 or the encoding of a Chinese spreadsheet. Raises WrongUse."""
    with TemporaryDirectory() as place:
        path = Path(place, uploaded.name[-60:])  # a refusal names it; a folder has 255 bytes for it
        path.write_bytes(uploaded.read())
        return path.read_bytes().decode(encodings.detect(path))


class ParcelsIn:
    """Brings a course in as a draft; mixed into the admin of courses."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("bring/", view(self.bring), name="training_course_bring"),
            *super().get_urls(),
        ]

    @takes_files
    def bring(self, request):
        """Asks for the archive of a course, and leads to the draft that was made of it."""
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        form = ParcelForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            uploaded = form.cleaned_data["file"]
            try:
                draft = parcel.unpack(uploaded, uploaded.name, by=request.actor, at=timezone.now())
            except authoring.FolderRefused as refused:
                form.add_error("file", refused.sentences)
            except authoring.NewVersionRefused as refused:
                form.add_error("file", str(refused))
            else:
                self.log_addition(request, draft.course, [{"added": {}}])
                self.message_user(
                    request,
                    _("%(version)s is a draft now. Look at it before you publish it.")
                    % {"version": draft},
                    messages.SUCCESS,
                )
                return redirect("admin:training_courseversion_change", draft.pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Bring in a course"),
            "form": form,
            "back": reverse("admin:training_course_changelist"),
            "hint": _(
                "A new course comes with its titles and who takes it. One that is there keeps its"
                " own and gets a draft of its next version; what is published stays as it is."
            ),
        }
        status = 422 if form.errors else 200
        return render(request, "admin/training/bring.html", context, status=status)


class ParcelsOut:
    """Gives a version out as files, and takes questions in; mixed into the admin of versions."""

    def get_urls(self):
        view = self.admin_site.admin_view
        name = "training_courseversion_{}".format
        return [
            path("<int:pk>/folder/", view(self.folder), name=name("folder")),
            path("<int:pk>/quiz.csv", view(self.quiz), name=name("quiz")),
            path("<int:pk>/quiz/", view(self.bring_quiz), name=name("bring_quiz")),
            *super().get_urls(),
        ]

    def folder(self, request, pk):
        """The course with this version's content, as an archive."""
        version = self._version(request, pk)
        try:
            content = parcel.pack(version)
        except FileNotFoundError:
            self.message_user(
                request, _("A file of this version is missing on the server."), messages.ERROR
            )
            return redirect("admin:training_courseversion_change", pk)
        return download(content, f"{version.course.slug}.zip")

    def quiz(self, request, pk):
        """The questions of this version, as a table."""
        version = self._version(request, pk)
        name = f"{version.course.slug}-{version.number}-quiz.csv"
        return download(quiz_file.write(version), name)

    @takes_files
    def bring_quiz(self, request, pk):
        """Asks for a table of questions, and leads back to the draft that has them."""
        version = self._version(request, pk, change=True)
        if version.is_published:
            raise Http404
        form = QuizFileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            uploaded = form.cleaned_data["file"]
            try:
                count = quiz_file.take(
                    version,
                    _text(uploaded),
                    name=uploaded.name,
                    instead=form.cleaned_data["instead"] == "yes",
                    by=request.actor,
                    at=timezone.now(),
                )
            except authoring.QuizFileRefused as refused:
                form.add_error("file", refused.sentences)
            except WrongUse as refused:
                form.add_error("file", str(refused))
            else:
                self.log_change(request, version, [{"changed": {"fields": ["questions"]}}])
                done = ngettext("%d question was read.", "%d questions were read.", count)
                self.message_user(request, done % count, messages.SUCCESS)
                return redirect(
                    reverse("admin:training_courseversion_change", args=[pk]) + "#questions-group"
                )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Read questions from a file"),
            "form": form,
            "back": reverse("admin:training_courseversion_change", args=[pk]),
            "hint": _(
                "A row per question. Take out the questions of this version to see the columns;"
                " a spreadsheet opens them, and saves them as CSV again."
            ),
            "example": reverse("admin:training_courseversion_quiz", args=[pk]),
        }
        status = 422 if form.errors else 200
        return render(request, "admin/training/bring.html", context, status=status)
