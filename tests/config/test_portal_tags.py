"""How amounts, dates and numbers look to Chinese and English readers."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import engines
from django.utils import timezone, translation

from config.templatetags import portal
from config.templatetags.icons import ICONS

MOMENT = datetime(2026, 10, 23, 6, 32, 8, tzinfo=UTC)


def render(source, **context):
    return engines["django"].from_string(source).render(context)


def test_a_moment_is_shown_on_the_clock_of_its_place():
    with translation.override("zh-hans"), timezone.override("Asia/Shanghai"):
        assert (
            portal.store_time(MOMENT)
            == '<time datetime="2026-10-23T06:32:08Z">2026年10月23日 14:32</time>'
        )
    with translation.override("en"):
        assert ">23 Oct 2026, 12:02</time>" in portal.store_time(MOMENT, "Asia/Kolkata")


def test_a_day_is_that_of_its_place():
    late = datetime(2026, 10, 23, 20, 0, tzinfo=UTC)
    with translation.override("zh-hans"), timezone.override("Asia/Shanghai"):
        assert portal.local_date(late) == '<time datetime="2026-10-24">2026年10月24日</time>'
        assert ">2026年10月23日<" in portal.local_date(late, "UTC")
        assert ">2026年4月1日<" in portal.local_date(date(2026, 4, 1))
    assert portal.local_date(None) == portal.store_time(None) == "–"


@pytest.mark.parametrize(
    ("share", "width"), [(33.333, "33.3"), (Decimal(100), "100"), (140, "100"), (-3, "0")]
)
def test_a_bar_stays_within_its_frame(share, width):
    assert f'<rect width="{width}%"' in portal.bar(share, "ok")


def test_every_icon_is_a_drawing():
    for name in ICONS:
        assert render("{% icon name %}", name=name).startswith('<svg class="i" viewBox="0 0 24 24"')


def test_text_of_people_is_escaped_in_empty_states():
    page = render('{% empty title icon="user" %}', title="<script>")
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130 MicroMessenger/8.0", "WeChat · Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130 Safari/537.36 Edg/130", "Edge · Windows"),
        ("curl/8", "curl/8"),
        ("", "–"),
    ],
)
def test_a_device_has_a_name_people_know(agent, name):
    assert portal.device(agent) == name


def test_steps_say_which_are_done_and_which_is_now():
    shown = " ".join(render('{% stepper 2 "Choose" it "Import" %}', it="Check <it>").split())

    assert shown == (
        '<ol role="list" class="stepper"> <li class="done">Choose</li>'
        ' <li aria-current="step">Check &lt;it&gt;</li> <li>Import</li> </ol>'
    )
