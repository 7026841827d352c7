"""Templates read like code: one element per line, and no line that a reader has to scroll."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
WIDEST = 160
BLOCKS = (
    "article|aside|dd|div|dl|dt|fieldset|figure|footer|form|h[1-6]|header|li|main|nav|ol|p|section"
    "|table|tbody|td|th|thead|tr|ul"
)
# The end of one block and the beginning of the next, or of one inside the other.
CROWDED = re.compile(rf"</(?:{BLOCKS})>\s*<(?:{BLOCKS})\b|<(?:{BLOCKS})\b[^<>]*>\s*<(?:{BLOCKS})\b")


@pytest.mark.parametrize(
    "template", TEMPLATES, ids=[str(each.relative_to(ROOT)) for each in TEMPLATES]
)
def test_one_block_is_on_a_line_and_the_line_fits(template):
    lines = template.read_text().splitlines()

    assert [line for line in lines if len(line) > WIDEST] == []
    assert [line for line in lines if CROWDED.search(line)] == []
