"""How figures read: counts with separators, changes with their sign, amounts on an axis."""

from decimal import Decimal

from django import template
from django.utils.translation import get_language, ngettext

from dealers.words import MINUS, NONE, count, figure, points, rounded, sign, signed
from incentives.figures import DEFINITIONS, Key

register = template.Library()


@register.inclusion_tag("incentives/computed.html")
def computed(*keys):
    """How the figures beside it are computed, each in its one sentence, folded away."""
    return {"definitions": [DEFINITIONS[Key(key)] for key in keys]}


register.filter(signed)
register.filter(points)


@register.filter
def number(value) -> str:
    """A whole number with separators: 3,268."""
    return NONE if value is None else f"{value:,.0f}".replace("-", MINUS)


@register.filter
def counted(value) -> str:
    """A number of pieces, of which a return takes a part: 3,268, −0.33."""
    return NONE if value is None else count(rounded(Decimal(value), 2))


@register.filter
def plain(value, kind) -> str:
    """A value that is neither money nor a share: points with their decimal, all else a number."""
    return counted(value) if kind == "points" else number(value)


@register.filter
def pieces(value) -> str:
    """``counted`` in words: 3,268 pieces, −0.33 pieces."""
    if value is None:
        return NONE
    one = abs(rounded(Decimal(value), 2)) == 1
    several = ngettext("%(number)s piece", "%(number)s pieces", 1 if one else 2)
    return several % {"number": counted(value)}


@register.filter
def change(share) -> str:
    """A relative change with its sign and one decimal: 0.11 is +11.0%."""
    if share is None:
        return NONE
    value = rounded(Decimal(share) * 100, 1)
    return f"{sign(value)}{abs(value):,}%"


@register.filter
def size(amount):
    """The amount without its sign, where the words around it say which way it goes."""
    return None if amount is None else abs(amount)


@register.filter
def axis(amount) -> str:
    """An amount in the unit of an axis: ten thousands for Chinese readers, thousands else."""
    amount = Decimal(amount)
    if (get_language() or "").startswith("zh"):
        return figure(amount / 10_000, 2)
    return f"{figure(amount / 1_000, 1)}k"
