"""Lists that stay quick with a million rows: counted no further than matters, searched by index."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Q
from django.utils.functional import cached_property

MOST_FOUND = 500  # rows of a small table, whose names hold a word that is looked up


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


class LongList(admin.ModelAdmin):
    """A list of the admin that may be long."""

    paginator = NearPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    # Words are looked up whole, in indexed columns: "code", or "store__code" of a small table, of
    # whose names a part is enough: "store__name".
    search_exactly = False

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
