"""Calendar files, as RFC 5545 has them."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from dealers.actor import Actor
from tests.factories.dealers import UserFactory
from tests.factories.sessions import planned
from training.sessions import calendar_file, planning

pytestmark = pytest.mark.django_db
STARTS = datetime(2027, 3, 1, 7, 30, tzinfo=UTC)
MADE = datetime(2027, 2, 1, 9, tzinfo=UTC)


def lines(content: bytes) -> list[str]:
    """The lines of a calendar file, unfolded."""
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    return content.decode().replace("\r\n ", "").split("\r\n")[:-1]


def written(session, location="总部"):
    page = "https://portal.example/s/1/"
    return calendar_file.written(session, url=page, location=location, at=MADE)


def test_an_event_has_what_calendars_need():
    session = planned(starts_at=STARTS)
    found = dict(line.split(":", 1) for line in lines(written(session))[1:-1])

    assert found["UID"] == str(session.uid)
    # With a METHOD it is the moment of the file: the later of two is taken.
    assert found["DTSTAMP"] == "20270201T090000Z"
    assert found["DTSTART"] == "20270301T073000Z"
    assert found["DTEND"] == "20270301T083000Z"
    assert (found["SEQUENCE"], found["STATUS"]) == ("0", "CONFIRMED")
    assert found["METHOD"] == "PUBLISH"
    assert found["URL"] == "https://portal.example/s/1/"


def test_a_change_is_the_same_event_once_more():
    session = planned(starts_at=STARTS)
    by, uid = Actor.hq(UserFactory(is_staff=True)), session.uid
    session.place = "别处"
    planning.save(session, by=by, at=timezone.now())
    cancelled = planning.cancel(session, by=by, at=timezone.now())
    found = dict(line.split(":", 1) for line in lines(written(cancelled))[1:-1])

    assert found["UID"] == str(uid)
    assert (found["SEQUENCE"], found["STATUS"], found["METHOD"]) == ("2", "CANCELLED", "CANCEL")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b;c\\d", "a\\,b\\;c\\\\d"),
        ("第一行\n第二行", "第一行\\n第二行"),
        ("x\r\nATTACH:https://evil.example", "x\\nATTACH:https://evil.example"),
        ("a\u2028b\x85c\x00d", "a\\nb\\ncd"),
    ],
)
def test_no_text_begins_a_property_of_its_own(text, said):
    assert calendar_file.escaped(text) == said


@pytest.mark.parametrize("text", ["总部　三楼", "10\xa0min", "甲\t乙"])
def test_blanks_of_every_script_stay(text):
    assert calendar_file.escaped(text) == text


@pytest.mark.parametrize("letter", ["a", "回", "😀", "é"])
def test_long_lines_are_folded_between_letters(letter):
    line = "SUMMARY:" + letter * 200
    folded = calendar_file.folded(line)

    assert all(len(part) <= 75 for part in folded.split(b"\r\n"))
    assert all(part.decode() for part in folded.split(b"\r\n")[:-1])
    assert folded.decode().replace("\r\n ", "") == line + "\r\n"
    # As much as fits stands in a line.
    assert len(folded.split(b"\r\n")[0]) > 75 - len(letter.encode())


def test_a_long_description_survives():
    session = planned(about="先问；再听，再说。\n" * 300)
    (found,) = [line for line in lines(written(session)) if line.startswith("DESCRIPTION:")]

    # The sign of the RFC alone is escaped, not the Chinese one.
    assert found.count("先问；再听，再说。\\n") == 299
