"""Values as people and spreadsheets write them, turned into the words of the importers.

What is not understood stays as it is, so that the importer says what would be right.
"""

import re
import unicodedata
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

ANSWERS = {
    **dict.fromkeys(("yes", "y", "true", "1", "是", "有", "同意", "已同意", "√", "✓", "✔"), "yes"),
    **dict.fromkeys(("no", "n", "false", "0", "否", "无", "不同意", "未同意", "×", "✗", "x"), "no"),
}
_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?",
    re.ASCII,
)
_AMOUNT = re.compile(r"-?\d{1,3}(?:,\d{3})*(?:\.\d+)?|-?\d+(?:\.\d+)?", re.ASCII)


def answer(text: str) -> str:
    """Yes or no."""
    return ANSWERS.get(unicodedata.normalize("NFKC", text).strip().casefold(), text)


def day(text: str) -> str:
    """A day as 2026-03-01, of 2026/3/1, 2026年3月1日 or 2026-03-01 00:00:00."""
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if not found:
        return text
    try:
        return date(*(int(part) for part in found.group(1, 2, 3))).isoformat()
    except ValueError:
        return text


def moment(text: str, zone: ZoneInfo) -> str:
    """A time with its offset; without one it is the clock of ``zone``, and a day is its noon."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _DAY.fullmatch(plain)
    if not found:
        return plain or text
    try:
        on = date(*(int(part) for part in found.group(1, 2, 3)))
        hour, minute, second = (int(part or 0) for part in found.group(4, 5, 6))
        fraction = int((found[7] or "")[:6].ljust(6, "0"))
        at = time(hour, minute, second, fraction) if found[4] else time(12)
        return datetime.combine(on, at, zone).isoformat()
    except (ValueError, OverflowError):
        return text


def amount(text: str) -> str:
    """An amount as 1234.50, of ¥1,234.5."""
    plain = unicodedata.normalize("NFKC", text).strip().removeprefix("¥").removesuffix("元")
    return plain.replace(",", "").strip() if _AMOUNT.fullmatch(plain.strip()) else text


def whole(text: str) -> str:
    """A whole number without the decimals that tills give it: 2 of 2.000."""
    found = re.fullmatch(r"([0-9]+)\.0+", unicodedata.normalize("NFKC", text).strip())
    return found[1] if found else text


def added(*texts: str) -> str:
    """The sum of amounts; empty where one of them is none."""
    try:
        return str(sum((Decimal(text) for text in texts), Decimal("0.00")))
    except InvalidOperation:
        return ""


def is_rewritten(cell: str, example: str) -> bool:
    """Whether a value is the example's, as it is or as spreadsheets write it anew.

    They write 400 of 400.00, and the parts of a moment in the order of their country.
    """
    cell = cell.strip()
    if cell == example:
        return True
    if _DAY.fullmatch(example):
        return _parts(cell) == _parts(example)
    try:
        return bool(_AMOUNT.fullmatch(example)) and Decimal(cell) == Decimal(example)
    except InvalidOperation:
        return False


def _parts(moment: str) -> list[int]:
    return sorted(int(part) for part in re.findall(r"[0-9]+", moment) if int(part))
