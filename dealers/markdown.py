"""Texts as they are written: Markdown to HTML that is safe to show, whatever was written."""

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline, emphasis
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

LINK_SCHEMES = {"http", "https", "mailto", "tel"}


@dataclass(frozen=True)
class Illustration:
    """What stands behind a picture's name in a text."""

    url: str  # empty: its file is not there
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class Section:
    """A part of a text under one heading; the first one may have none."""

    title: str
    html: SafeString


def _safe_link(url: str) -> bool:
    # Browsers drop control characters before they look for a scheme.
    url = re.sub(r"[\x00-\x20]", "", url)
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if not parts.scheme:
        # "//elsewhere.example" is another site in the clothes of a path.
        return not url.startswith(("//", "/\\", "\\"))
    return parts.scheme.lower() in LINK_SCHEMES


class _Renderer(RendererHTML):
    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        name = str(tokens[idx].attrs.get("src", ""))
        written = self.renderInlineAsText(tokens[idx].children or [], options, env)
        picture = env.get("pictures", {}).get(name)
        if picture is None:
            return str(escape(written))
        if not picture.url:
            return format_html(
                '<span class="missing">{}: {}</span>',
                _("This picture is missing"),
                written or picture.alt,
            )
        return format_html(
            '<img class="picture" src="{}" alt="{}" width="{}" height="{}" loading="lazy">',
            picture.url,
            written or picture.alt,
            picture.width,
            picture.height,
        )


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Stars beside Chinese: **不卖。**问 is bold, though no blank follows the full stop."""
    start, known = state.pos, len(state.delimiters)
    if not emphasis.tokenize(state, silent):
        return False
    before, after = state.src[start - 1 : start], state.src[state.pos : state.pos + 1]
    if state.src[start] == "*" and (_wide(before) or _wide(after)):
        for delimiter in state.delimiters[known:]:
            delimiter.open = delimiter.open or bool(after.strip())
            delimiter.close = delimiter.close or bool(before.strip())
    return True


@functools.cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)
    parser.enable("table")
    parser.inline.ruler.at("emphasis", _emphasis)
    parser.validateLink = _safe_link  # type: ignore[method-assign]
    return parser


def _dressed(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens with the classes of our pages, wide tables in a box that scrolls by itself."""
    for token in tokens:
        match token.type:
            case "heading_open" | "heading_close":
                token.tag = "h3"  # the page has h1, the section h2
            case "ordered_list_open":
                token.attrs = {"role": "list", "class": "points"}
            case "blockquote_open":
                token.attrs = {"class": "say"}
            case "table_open":
                token.attrs = {"class": "dt"}
                yield Token("html_block", "", 0, content='<div class="scrollx" tabindex="0">')
            case "inline":
                _dress_inline(token.children or [])
        yield token
        if token.type == "table_close":
            yield Token("html_block", "", 0, content="</div>")


def _dress_inline(tokens: Sequence[Token]) -> None:
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        # Chinese has no blank between words, so a line's end inside a paragraph leaves none.
        if token.type == "softbreak" and _wide(before.content[-1:]) and _wide(after.content[:1]):
            token.type, token.content = "text", ""
    for token in tokens:
        if token.type == "link_open":
            token.attrs = {**token.attrs, "rel": "noopener noreferrer"}


def _wide(letter: str) -> bool:
    return bool(letter) and unicodedata.east_asian_width(letter) in {"W", "F"}


def sections(text: str, pictures: Mapping[str, Illustration]) -> list[Section]:
    """``text`` as HTML, cut at its headings.

    No HTML that was written in it survives, links lead only to web, mail and telephone addresses,
    and only pictures named in ``pictures`` appear; another picture leaves its description.
    """
    parser = _parser()
    renderer: _Renderer = parser.renderer  # type: ignore[assignment]
    env: dict[str, Any] = {"pictures": pictures}
    found: list[Section] = []
    title: str = ""
    part: list[Token] = []

    def close() -> None:
        if title or part:
            html = renderer.render(list(_dressed(part)), parser.options, env)
            found.append(Section(title, mark_safe(html)))  # noqa: S308 - written by our renderer

    tokens = iter(parser.parse(text, env))
    for token in tokens:
        if token.type == "heading_open" and token.level == 0 and token.tag in {"h1", "h2"}:
            close()
            inline = next(tokens)
            title = renderer.renderInlineAsText(inline.children or [], parser.options, env)
            part = []
            next(tokens)
        else:
            part.append(token)
    close()
    return found


def picture_names(text: str) -> set[str]:
    """The names of all pictures that ``text`` shows."""
    return {
        str(child.attrs.get("src", ""))
        for token in _parser().parse(text)
        for child in token.children or []
        if child.type == "image"
    }
