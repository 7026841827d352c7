"""A month as it is typed at a command line."""

from datetime import date

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from dealers.months import parse


def month_of(text: str) -> date:
    """The first day of a month such as 2017-03. Raises CommandError with exit status 2."""
    try:
        return parse(text)
    except ValueError:
        raise CommandError(
            _("%(text)s is not a month; write it like 2017-03.") % {"text": text}, returncode=2
        ) from None
