"""What papers share: the typesetter with its fonts, and QR codes."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import segno
from django.contrib.staticfiles import finders
from django.utils.safestring import SafeString, mark_safe


def qr_code(address: str) -> SafeString:
    """A QR code of an address as an SVG that scales with its style."""
    svg = segno.make(address, error="m", micro=False).svg_inline(
        omitsize=True, svgclass="q", lineclass=None, border=0, dark="#16222B", title=address
    )
    return mark_safe(svg)  # noqa: S308 -- drawn by the QR library, the address is only in its dots


def typeset(
    html: str, style_sheets: Sequence[str], *, variant: str | None = None
) -> tuple[bytes, int]:
    """A tagged PDF of a page in HTML, and how many pages it has.

    ``style_sheets`` are names in ``static/css``, ``variant`` a standard such as ``pdf/ua-1``.
    """
    # Loading the typesetter takes a second that other work need not wait for.
    from weasyprint import CSS, HTML  # noqa: PLC0415

    sheets = [
        CSS(filename=finders.find(f"css/{name}.css"), font_config=_fonts()) for name in style_sheets
    ]
    options: dict[str, Any] = {"pdf_variant": variant, "pdf_tags": True}
    laid_out = HTML(string=html).render(stylesheets=sheets, font_config=_fonts(), **options)
    return laid_out.write_pdf(**options), len(laid_out.pages)


@cache
def _fonts() -> object:
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    return FontConfiguration()
