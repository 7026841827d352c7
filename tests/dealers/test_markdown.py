import re
from html import unescape

import pytest

from dealers import markdown
from dealers.markdown import Illustration

PICTURES = {"receipt": Illustration("/training/files/picture/7/", "归属凭证", 640, 360)}


def html(text: str) -> str:
    return "".join(section.html for section in markdown.sections(text, PICTURES))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "text <b onclick='x()'>bold</b>",
        "<svg/onload=alert(1)>",
        "<iframe src='https://example.com'></iframe>",
        "<!-- --><style>*{display:none}</style>",
        "```\n</code></pre><script>alert(1)</script>\n```",
        "`<script>`",
        "| a |\n|---|\n| <script>alert(1)</script> |",
        "> <script>alert(1)</script>",
        "## <script>alert(1)</script>\n\n<b>x</b>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "![<script>](receipt)",
        '![" onerror="alert(1)](receipt)',
        '[x](https://example.com/"onmouseover="alert(1))',
        '[x](https://example.com "title\\" onclick=\\"x")',
        "<https://example.com/?a=<script>>",
    ],
)
def test_no_written_html_survives(text):
    tags = re.findall(r"<\s*/?\s*([a-z0-9]+)((?:\"[^\"]*\"|[^>\"])*)>", html(text), re.IGNORECASE)
    allowed = {"p", "h3", "pre", "code", "table", "thead", "tbody", "tr", "th", "td", "div"}
    assert {tag for tag, _rest in tags} <= allowed | {"blockquote", "img", "a"}
    for _tag, rest in tags:
        assert not re.search(r"\son[a-z]+\s*=", re.sub(r'"[^"]*"', '""', rest))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "&#106;avascript:alert(1)",
        "&#x6A&#x61&#x76&#x61script:alert(1)",
        "%6Aavascript:alert(1)",
        "vbscript:msgbox(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "//evil.example/x",
        "/\\evil.example",
        "\\\\evil.example",
    ],
)
def test_links_lead_to_no_script_and_no_other_host_in_disguise(url):
    written = html(f"[x](<{url}>)") + html(f"[x]({url})") + html(f"<{url}>")
    for href in re.findall(r'href="([^"]*)"', written):
        # What is left is a path below this site: neither a scheme nor a host.
        assert not re.match(r"[a-z]+:|//|/?\\\\", unescape(href), re.IGNORECASE), href


@pytest.mark.parametrize(
    "url", ["https://example.com/", "mailto:a@example.com", "tel:+8613800138000", "/customers/"]
)
def test_ordinary_links_work(url):
    assert f'<a href="{url}" rel="noopener noreferrer">x</a>' in html(f"[x]({url})")


def test_a_picture_of_the_course_is_shown_by_its_name():
    shown = html("![](receipt)")
    assert 'src="/training/files/picture/7/" alt="归属凭证" width="640" height="360"' in shown


@pytest.mark.parametrize(
    "source",
    ["unknown", "https://evil.example/pixel.gif", "data:image/png;base64,AA", "../receipt"],
)
def test_other_pictures_leave_only_their_description(source):
    assert "<img" not in html(f"![看不见](<{source}>)")


def test_a_text_is_cut_at_its_headings():
    found = markdown.sections("序\n\n## 一 **二**\n\n正文\n\n### 小标题\n\n## 三\n", {})
    assert [section.title for section in found] == ["", "一 二", "三"]
    assert "<h3>小标题</h3>" in found[1].html


def test_lists_quotes_and_tables_carry_the_classes_of_the_pages():
    shown = html("1. 一\n2. 二\n\n> 您好\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    assert '<ol role="list" class="points">' in shown
    assert '<blockquote class="say">' in shown
    assert '<div class="scrollx" tabindex="0"><table class="dt">' in shown


def test_a_line_break_between_chinese_characters_leaves_no_blank():
    assert html("先收到的\n那一次算数") == "<p>先收到的那一次算数</p>\n"
    assert html("one\ntwo") == "<p>one\ntwo</p>\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**先问，不先卖。**问具体问题", "<strong>先问，不先卖。</strong>问具体问题"),
        ("看**“凭证”**上的号", "看<strong>“凭证”</strong>上的号"),
        ("要**两样**：号码", "要<strong>两样</strong>：号码"),
        ("*一*和**二**", "<em>一</em>和<strong>二</strong>"),
        ("2 ** 3 ** 4", "2 ** 3 ** 4"),
        ("**Ask.** Then", "<strong>Ask.</strong> Then"),
    ],
)
def test_bold_works_between_chinese_characters(text, shown):
    assert html(text) == f"<p>{shown}</p>\n"


def test_the_names_of_pictures_are_found():
    assert markdown.picture_names("![a](one) 和 ![b](two)\n\n> ![c](three)") == {
        "one",
        "two",
        "three",
    }
