"""Rows about customers, whose dealers are told who at headquarters had them open."""

from typing import Any

from django.utils.translation import gettext_noop

from dealers import access, sayings
from dealers.admin.base import PortalAdmin
from dealers.models import AccessAction


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
        """Note that these rows are shown, at each dealer; who has no card yet is nobody's."""
        cards: dict[int, list[Any]] = {}
        for row in rows:
            if (card := getattr(row, self.card)) is not None:
                cards.setdefault(row.dealer_id, []).append(card)
        listed = sayings.untranslated(lambda: str(self.opts.verbose_name_plural))
        purpose = sayings.kept(gettext_noop("Admin: %(what)s"), what=[listed])
        for dealer_id, found in cards.items():
            access.seen(
                found, by=request.actor, dealer_id=dealer_id, fields=self.noted,
                purpose=purpose, action=action,
            )  # fmt: skip
