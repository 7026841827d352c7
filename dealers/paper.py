"""What papers share: the typesetter with its fonts, and QR codes."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from threading import Lock
from typing import Any

import segno
from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

FONTS = (
    "NotoSansSC-Regular.ttf", "NotoSansSC-Rare.woff2", "NotoSansSC-Rarer.woff2",
    "NotoSansHK-Rare.woff2", "NotoSansJP-Rare.woff2",
    "NotoSans-Regular.woff2", "NotoSansKR-Regular.woff2", "NotoSansThai-Regular.woff2",
    "NotoSansArabic-Regular.woff2", "NotoEmoji-Regular.woff2",
)  # fmt: skip
# The light colours of the pages, by which drawings are shared: ink follows no theme.
INK = {
    "page": "#F3F6F8", "surface": "#FFFFFF", "sunken": "#E9EEF2", "line": "#DCE3E8",
    "line-2": "#C9D2D9", "control": "#75838F", "ink": "#16222B", "ink-2": "#43525F",
    "ink-3": "#5B6975", "brand": "#0B5A73", "brand-strong": "#08455A", "on-brand": "#FFFFFF",
    "bad": "#B3261E",
}  # fmt: skip
_COLOUR = re.compile(r"var\(--([a-z0-9-]+)\)")
_DRAWING = re.compile(r"<svg ([^>]*?)aria-label=\"([^\"]*)\"([^>]*)>")
_typesetting = Lock()  # the fonts are one process's, and not made for several threads
JOINERS = "\u200c\u200d"  # without them letters of some scripts take another shape


def issuer() -> str:
    """Who issues a paper, in the current language."""
    return settings.PORTAL_ISSUER or settings.PORTAL_NAME or _("Dealer Portal")


def in_groups(digest: str) -> str:
    """A hash in groups, so that its line breaks between them."""
    return " ".join(digest[at : at + 16] for at in range(0, len(digest), 16))


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

    ``style_sheets`` are names in ``static/css``, ``variant`` a standard such as ``pdf/ua-1``. The
    portal's own fonts are all that is used, so that a paper is the same everywhere; whatever else
    the page names is fetched neither from files nor from the network.
    """
    # Loading the typesetter takes a second that other work need not wait for.
    from weasyprint import CSS, HTML  # noqa: PLC0415
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    options: dict[str, Any] = {"pdf_variant": variant, "pdf_tags": True}
    html = printable(html)
    page = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=()))
    with _typesetting:
        sheets = [
            CSS(filename=finders.find(f"css/{name}.css"), font_config=_fonts())
            for name in (fonts_for(html), *style_sheets)
        ]
        laid_out = page.render(stylesheets=sheets, font_config=_fonts(), **options)
        return laid_out.write_pdf(**options), len(laid_out.pages)


def drawn(html: str) -> str:
    """A page's drawings for paper: in its ink, its font, and with their words for who cannot see.

    The typesetter takes the words of a drawing from its title, and its font from nowhere else.
    """
    html = _COLOUR.sub(lambda name: INK[name[1]], html)
    return _DRAWING.sub(r'<svg font-family="PortalSC" \1\3><title>\2</title>', html)


def printable(text: str) -> str:
    """The text as paper can show it: nothing invisible, and no character without a sign.

    A control of direction could turn a name around an amount, so all of them go. A character that
    no font has is named by its code, 〔U+2EBE0〕, instead of an empty box.
    """
    if text.isascii():
        return text
    return "".join(sign if sign.isascii() else _shown(sign) for sign in text)


@lru_cache(maxsize=10_000)
def _shown(sign: str) -> str:
    if ord(sign) in _in_fonts() or sign in JOINERS:
        return sign
    category = unicodedata.category(sign)
    if category in ("Cc", "Cf") or unicodedata.name(sign, "").startswith("VARIATION SELECTOR"):
        return ""
    return f"〔U+{ord(sign):04X}〕"


def fonts_for(text: str) -> str:
    """The style sheet with the fonts that a paper needs: the first one alone loads at once."""
    shown = {ord(sign) for sign in text if not sign.isspace()}  # no font has the end of a line
    usual = text.isascii() or shown <= _characters_of(FONTS[0])
    return "print-font" if usual else "print-fonts"


@cache
def _in_fonts() -> frozenset[int]:
    """The characters that the fonts of paper have, without those that steer and are not seen."""
    found = frozenset[int]().union(*map(_characters_of, FONTS))
    return frozenset(code for code in found if unicodedata.category(chr(code)) not in ("Cc", "Cf"))


@cache
def _characters_of(font: str) -> frozenset[int]:
    from fontTools.ttLib import TTFont  # noqa: PLC0415 -- comes with the typesetter

    with TTFont(finders.find(f"fonts/{font}"), lazy=True) as opened:
        return frozenset(opened.getBestCmap())


@cache
def _fonts() -> object:
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    return FontConfiguration()
