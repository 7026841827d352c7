"""What the values of all files have in common."""

from datetime import UTC, datetime
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dealers import bounds, codes, spreadsheets
from dealers.imports.problems import RowProblem


def text(column: str, value: str, longest: int) -> str:
    """The value without outer spaces. Raises RowProblem: empty, too long, or with a NUL in it."""
    value = value.strip()
    if not value:
        raise RowProblem(column, value, _("This may not be empty."))
    return optional_text(column, value, longest)


def identifier(column: str, value: str, longest: int) -> str:
    """The number or name of a thing, cleaned. Raises RowProblem: empty, too long, digits lost."""
    return text(column, _identifier(column, value), longest)


def optional_identifier(column: str, value: str, longest: int) -> str:
    return optional_text(column, _identifier(column, value), longest) if value else ""


def _identifier(column: str, value: str) -> str:
    try:
        return spreadsheets.identifier(value)
    except spreadsheets.DigitsLost as lost:
        raise RowProblem(column, value, str(lost)) from None


def cleaned(value: str) -> str:
    """What a value names once it is cleaned; itself where its digits are lost."""
    try:
        return spreadsheets.identifier(value)
    except spreadsheets.DigitsLost:
        return value


def code(column: str, value: str, longest: int) -> str:
    """The code of a region, dealer or store. Raises RowProblem for one that no address can hold."""
    cleaned = identifier(column, value, longest)
    try:
        (codes.validate_store_code if column == "store_code" else codes.validate_code)(cleaned)
    except ValidationError as problem:
        raise RowProblem(column, cleaned, problem.messages[0]) from None
    return cleaned


def currency(value: str, wanted: str) -> None:
    """Amounts are in the program's currency. Raises RowProblem where a row names another one."""
    if value.strip() and value.strip().upper() != wanted:
        raise RowProblem(
            "currency", value, _("The program's currency is %(currency)s.") % {"currency": wanted}
        )


def optional_text(column: str, value: str, longest: int) -> str:
    value = value.strip()
    if len(value) > longest:
        raise RowProblem(
            column,
            value,
            ngettext(
                "At most %(count)d character fits here.",
                "At most %(count)d characters fit here.",
                longest,
            )
            % {"count": longest},
        )
    if "\0" in value:
        raise RowProblem(column, value.replace("\0", "␀"), _("Remove the NUL character."))
    try:
        bounds.validate_name(value)
    except ValidationError as problem:
        raise RowProblem(column, value, problem.messages[0]) from None
    if "\ufffd" in value:
        raise RowProblem(
            column, value, _("The sign � stands for a lost character; write the right one.")
        )
    return value


def moment(column: str, value: str, latest: datetime) -> datetime:
    """An instant. Raises RowProblem for a time without offset or one that has not come yet."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise RowProblem(column, value, _("Write a time like 2017-03-01T09:30:00+08:00.")) from None
    if at.tzinfo is None:
        raise RowProblem(
            column, value, _("Add the offset from UTC, like 2017-03-01T09:30:00+08:00.")
        )
    if not bounds.EARLIEST <= at <= latest:
        raise RowProblem(column, value, _("The time has to lie in the past, after 1990."))
    return at.astimezone(UTC)


@lru_cache(maxsize=64)
def yes_or_no(column: str, value: str) -> bool:
    answer = {"yes": True, "no": False}.get(value.strip().lower())
    if answer is None:
        raise RowProblem(column, value, _("Write yes or no."))
    return answer
