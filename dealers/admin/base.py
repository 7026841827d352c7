"""What the lists and pages of all apps have in common."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import ActionLocation, IncorrectLookupParameters
from django.contrib.admin.utils import flatten, flatten_fieldsets
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Field, FileField, ImageField, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.forms import Form
from django.http import Http404, HttpRequest, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from dealers import access, exports, sayings, spreadsheets
from dealers.actor import Actor
from dealers.admin import kept_files, sheets
from dealers.forms.base import KeptFile
from dealers.models import AccessAction
from dealers.signin import second_factor
from dealers.words import said_of

EVERYWHERE = [ActionLocation.CHANGE_LIST, ActionLocation.CHANGE_FORM]
SHOWN = 100  # rows that an action names before it is done
MOST_FOUND = 500  # rows of a small table, whose names hold a word that is looked up
SAID = 10  # sentences of one kind that a page shows one by one
Widgets = Mapping[type[Field], Mapping[str, Any]]  # of a model's fields, by their kind
FILE_WIDGETS: Widgets = {kind: {"widget": KeptFile} for kind in (FileField, ImageField)}


class NearPaginator(Paginator):
    """Counts and reaches the first rows of a long list only; the rest is a search away."""

    REACHABLE = 10_000
    object_list: Any  # a queryset, whose query the stubs leave untyped

    @cached_property
    def found(self) -> int:
        """How many rows there are, as far as it matters: at most one more than can be reached."""
        return self.object_list.order_by()[: self.REACHABLE + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self.found, self.REACHABLE)

    @property
    def more(self) -> bool:
        return self.found > self.REACHABLE

    def estimate(self) -> int | None:
        """About how long the whole table is, by the planner's statistics; None if it is filtered"""
        query = self.object_list.query
        if query.where:
            return None
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass",
                [query.model._meta.db_table],
            )
            (estimate,) = cursor.fetchone()
        # Where statistics were never taken it is -1.
        return estimate if estimate > self.REACHABLE else None


class OfKeys:
    """Shows what was picked; what is no key names nothing, and cannot be looked up either."""

    def optgroups(self, name, value, attr=None):
        widget: Any = self
        key = widget.field.target_field
        keys = [each for each in value if _fits(key, each)]
        return super().optgroups(name, keys, attr)


class Picker(OfKeys, AutocompleteSelect):
    """Of one row."""


class PickerOfSeveral(OfKeys, AutocompleteSelectMultiple):
    """Of rows that are pointed at."""


def _fits(field: Field, value: Any) -> bool:
    try:
        field.to_python(value)
    except ValidationError:
        return False
    return True


def _read(field: Field, text: str) -> Any:
    """The value that a form would take this text for; raises what forms and parsers raise."""
    as_typed = field.formfield()
    if as_typed is None:
        return text
    value = as_typed.clean(text)
    field.run_validators(value)
    return value


class WithPickers:
    """Pages and rows of the admin whose pickers bear whatever is sent as a choice."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        site: Any = self
        if db_field.name in site.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Picker(db_field, site.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        site: Any = self
        if db_field.name in site.get_autocomplete_fields(request):
            kwargs.setdefault("widget", PickerOfSeveral(db_field, site.admin_site))
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class PortalAdmin(WithPickers, admin.ModelAdmin):
    """A list that stays quick with a million rows."""

    paginator = NearPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    formfield_overrides = FILE_WIDGETS
    view_on_site = False  # a dealer's page of it is nobody else's
    # Words are looked up whole, in indexed columns: "code", or "store__code" of a small table, of
    # whose names a part is enough: "store__name".
    search_exactly = False

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        # What is missing is answered like what one may not see, or ids could be tried out.
        raise Http404

    def lookup_allowed(self, lookup, value, request):
        # An address can ask for any column, and the rows that are found would tell one that no page
        # shows, character by character.
        try:
            column = self.opts.get_field(lookup.partition(LOOKUP_SEP)[0])
        except FieldDoesNotExist:
            visible = True  # the list says that there is none
        else:
            visible = column.name in self.visible_columns(request)
        return visible and super().lookup_allowed(lookup, value, request)

    def visible_columns(self, request) -> set[Any]:
        """The names of what the list and the pages of its rows show, and what it is filtered by."""
        filters: Any = self.get_list_filter(request)
        names = [each[0] if isinstance(each, tuple) else each for each in filters]
        asked = [each if isinstance(each, str) else each.parameter_name for each in names]
        return {
            self.opts.pk.name,
            *self.get_list_display(request),
            *(each.partition(LOOKUP_SEP)[0] for each in asked),
            *flatten_fieldsets(self.get_fieldsets(request)),
            *flatten(self.fields or ()),
        }

    def kept_at(self, row, column) -> str:
        """The page that answers with a stored file of a row; where none does, it is only named."""
        return ""

    def render_change_form(self, request, context, *args, **kwargs):
        kept_files.tell(context["adminform"], self.model)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_inline_formsets(self, *args, **kwargs):
        rows = super().get_inline_formsets(*args, **kwargs)
        return [kept_files.TellingFormSet.of(each) for each in rows]

    def get_changeform_initial_data(self, request):
        # What an address proposes for a new row is text. A widget may need the value that is meant
        # by it, a moment for one, and what its field cannot read is not proposed at all.
        initial = super().get_changeform_initial_data(request)
        for field in self.opts.concrete_fields:
            if field.is_relation or field.name not in initial:
                continue
            try:
                initial[field.name] = _read(field, initial[field.name])
            except (ValidationError, ValueError, RecursionError):
                del initial[field.name]
        return initial

    def get_search_results(self, request, queryset, search_term):
        if not self.search_exactly:
            return super().get_search_results(request, queryset, search_term)
        for word in search_term.split():
            queryset = queryset.filter(self.whole(word))
        return queryset, False

    def whole(self, word: str) -> Q:
        """The rows that this word names. Rows of other tables are found first: an OR over joined
        tables could use no index.
        """
        spellings = [word, word.upper()]
        found = Q(pk__in=[])
        for path in self.search_fields:
            column, __, of_related = path.partition("__")
            field: Any = self.opts.get_field(column)
            if of_related:
                named = (
                    {f"{of_related}__icontains": word}
                    if of_related == "name"
                    else {f"{of_related}__in": spellings}
                )
                related = field.related_model.objects.filter(**named)
                if keys := list(related.values_list("pk", flat=True)[:MOST_FOUND]):
                    found |= Q(**{f"{column}__in": keys})
                continue
            try:
                field.to_python(word)
            except ValidationError:
                continue
            found |= Q(**{f"{column}__in": spellings})
        return found

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

    def log_change(self, request, obj, message):
        # A page that is saved as it was changes nothing.
        return super().log_change(request, obj, message) if message else None

    def history_view(self, request, object_id, extra_context=None):
        response = super().history_view(request, object_id, extra_context)
        for entry in response.context_data["action_list"]:
            entry.change_message = said_of(entry)
        return response

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


class NotedAdmin(PortalAdmin):
    """Rows about customers: their dealers' access logs say who had them open, and took them away.

    ``noted`` is what the log says was read, and ``card`` the column with the customer's card.
    """

    noted = "no name"
    card = "customer_id"

    def changelist_view(self, request, extra_context=None):
        response = super().changelist_view(request, extra_context)
        listed = getattr(response, "context_data", None) or {}
        if "cl" in listed:
            self.note(request, listed["cl"].result_list)
        return response

    def taken(self, request, rows):
        self.note(request, rows, AccessAction.EXPORT)

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            self.note(request, [found])
        return found

    def note(self, request, rows, action: AccessAction = AccessAction.VIEW) -> None:
        """Note that these rows are shown, at each dealer."""
        cards: dict[int, list[Any]] = {}
        for row in rows:
            cards.setdefault(row.dealer_id, []).append(getattr(row, self.card))
        listed = sayings.untranslated(lambda: str(self.opts.verbose_name_plural))
        purpose = sayings.kept(gettext_noop("Admin: %(what)s"), what=[listed])
        for dealer_id, found in cards.items():
            access.seen(
                found, by=request.actor, dealer_id=dealer_id, fields=self.noted,
                purpose=purpose, action=action,
            )  # fmt: skip


class ReadOnlyAdmin(PortalAdmin):
    """Look, don't edit: a correction is made where the rules are."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class NeverDeletedAdmin(PortalAdmin):
    """Rows that others refer to for ever."""

    def has_delete_permission(self, request, obj=None):
        return False


class MadeByFormAdmin(NeverDeletedAdmin):
    """Rows that a form has the domain make, where a refusal still has a place to stand.

    The form does so as ``by``, its attribute. Afterwards they are to look at, as ``shown``.
    """

    asked: Sequence[str] = ()  # the fields of the form
    shown: Sequence[str] = ()

    def get_fields(self, request, obj=None):
        return self.asked if obj is None else self.shown

    def get_inlines(self, request, obj):
        return () if obj is None else self.inlines

    def has_change_permission(self, request, obj=None):
        return False

    def visible_columns(self, request):
        return super().visible_columns(request) | {*self.shown}

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        form.by = Actor.hq(request.user)
        return form

    def save_model(self, request, obj, form, change):
        """Made already, by the form."""


class ReadOnlyInline(admin.TabularInline):
    """Rows that belong to the one above, to look at by whoever may look at that one."""

    extra = 0
    can_delete = False
    view_on_site = False

    def has_view_permission(self, request, obj=None):
        return True

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False
