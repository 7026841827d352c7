"""Actions of the admin: asked about first, done row by row, and told in a few sentences."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import ActionLocation
from django.db.models import QuerySet
from django.forms import Form
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

EVERYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]
SHOWN = 100  # rows that an action names before it is done
SAID = 10  # sentences of one kind that a page shows one by one


class Acting(admin.ModelAdmin):
    """Rows that actions act on, one by one or all that a search found."""

    def get_actions(self, request, action_location=ActionLocation.CHANGE_LIST):
        actions = super().get_actions(request, action_location=action_location)
        # Deleting many at once would stop half way at one that is published or referred to.
        actions.pop("delete_selected", None)
        return actions

    def ask_first(
        self, request, queryset, question: str, form: Form | None = None
    ) -> TemplateResponse | None:
        """The page that asks whether to go on with an action; None once the answer is yes.

        ``form`` asks for what the action needs beside that; it is bound once that was sent.

        Where all rows of a search were chosen, they are chosen by the search again and not one by
        one, or the answer would have more fields than a form may. If their number is another by
        then, the question is asked again.
        """
        everything = request.POST.get("select_across") == "1"
        found = str(queryset.count()) if everything else ""
        answered = "confirmed" in request.POST and request.POST.get("found", "") == found
        if answered and (form is None or form.is_valid()):
            return None
        names = [name for name in request.POST if name.split("-")[-1] in {"action", "index"}]
        chosen = queryset[:1] if everything else queryset
        return self.asking(
            request,
            _("Are you sure?"),
            question,
            form=form,
            objects=queryset[:SHOWN],
            more=int(found or 0) - SHOWN,
            fields=[
                *((name, request.POST[name]) for name in names),
                ("select_across", "1" if everything else "0"),
                ("found", found),
                *((ACTION_CHECKBOX_NAME, each.pk) for each in chosen),
            ],
        )

    def asking(self, request, title: str, question: str, **shown: Any) -> TemplateResponse:
        """The page that asks whether to go on; with ``back``, where else to go from it."""
        context = {
            **self.admin_site.each_context(request),
            "title": title, "opts": self.opts, "question": question, **shown,
        }  # fmt: skip
        return TemplateResponse(request, "admin/confirm_action.html", context)

    def act_on_each(
        self,
        request,
        queryset: QuerySet,
        act: Callable[[Any], object],
        *,
        log: str,
        done: str,
        refused: type[Exception] | tuple[type[Exception], ...] = (),
    ) -> None:
        """Act on each of the rows, however many, and say in a few sentences how that went.

        ``act`` raises ``refused`` for a row that stays as it is; ``log`` is what the history says
        of the others, untranslated (see ``said_of``), ``done`` what the page says, with the row in
        place of %s; empty: nothing.
        """
        acted: list[Any] = []
        refusals: list[str] = []
        for row in queryset.iterator(chunk_size=200):
            try:
                act(row)
            except refused as refusal:
                sentences = getattr(refusal, "sentences", [str(refusal)])
                refusals += [f"{row}: {sentence}" for sentence in sentences]
            else:
                acted.append(row)
        LogEntry.objects.log_actions(request.user.pk, acted, CHANGE, log)
        self.say(request, refusals, messages.ERROR)
        self.say(request, [done % row for row in acted if done], messages.SUCCESS)

    def say(self, request, sentences: Sequence[str], level: int) -> None:
        """Show the first of these sentences, and how many more there are."""
        for sentence in sentences[:SAID]:
            self.message_user(request, sentence, level)
        if more := len(sentences[SAID:]):
            summary = ngettext("and %(count)d more like it", "and %(count)d more like these", more)
            self.message_user(request, summary % {"count": more}, level)
