"""Lists of the admin that leave as files: at once, or made by the worker where they are long."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dealers import exports, sayings, spreadsheets
from dealers.actor import Actor
from dealers.admin import sheets
from dealers.signin import second_factor


class TakenAway(admin.ModelAdmin):
    """A list whose rows leave as a file, with who asked for it on record."""

    def changelist_view(self, request, extra_context=None):
        kind = exports.kind_asked(request.GET)
        if "export" in request.GET:  # which no filter of the list is called
            request.GET = request.GET.copy()
            del request.GET["export"]
        if not kind:
            return super().changelist_view(request, extra_context)
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if not second_factor.is_fresh(request):
            return second_factor.ask_again(request)
        try:
            rows = self.listed(request)
        except IncorrectLookupParameters:
            return redirect(request.path)
        name, count = f"{self.opts.model_name}.{kind}", rows.found.order_by().count()
        if kind == "xlsx" and count > spreadsheets.MOST_ROWS:
            self.message_user(
                request,
                _("Excel takes %(most)s rows, and here are %(count)s. Take it as CSV.")
                % {"most": intcomma(spreadsheets.MOST_ROWS), "count": intcomma(count)},
                messages.WARNING,
            )
            return redirect(f"{request.path}?{request.GET.urlencode()}")
        if count <= exports.MANY:
            return spreadsheets.download(spreadsheets.made(rows, kind), name)
        return redirect(
            exports.ask(
                "dealers.tasks.write_list",
                {"model": self.opts.label_lower, "query": request.GET.urlencode()},
                title=sayings.kept(
                    gettext_noop("Admin: %(what)s"),
                    what=[sayings.untranslated(lambda: str(self.opts.verbose_name_plural))],
                ),
                name=name,
                rows=count,
                by=request.actor,
                at=timezone.now(),
            )
        )

    def listed(self, request) -> sheets.Listed:
        """All rows that a list finds, as they leave in a file."""
        listed = self.get_changelist_instance(request)
        names: Any = listed.list_display
        return sheets.Listed(self, request, names, listed.queryset)

    def listed_for(self, export) -> sheets.Listed:
        """The rows of the list that somebody asked for, as they may see it now.

        Raises PermissionDenied.
        """
        request: Any = HttpRequest()
        request.method, request.GET = "GET", QueryDict(export.arguments["query"])
        request.user, request.actor, request.membership = export.by, Actor.hq(export.by), None
        may = export.by.is_active and export.by.is_staff
        if not (may and self.has_view_or_change_permission(request)):
            raise PermissionDenied
        return self.listed(request)

    def taken(self, request, rows):
        """Note that these rows of a list leave as a file."""
