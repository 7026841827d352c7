"""The drawings: marks lie where the numbers say, and each drawing says them in words."""

import itertools
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.template import Context, Template
from django.utils.translation import override

from dealers.paper import printable
from incentives.desk.charts import Band, Bump, Pace, Trend, spark, widths
from incentives.templatetags.figures import axis

SVG = "{http://www.w3.org/2000/svg}"


def drawn(source: str, **context):
    """The SVG that a chart's tag writes."""
    html = Template("{% load charts %}" + source).render(Context(context)).strip()
    return ElementTree.fromstring(html.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"'))


def trend(*values):
    return Trend.of([(f"{month}月", Decimal(value)) for month, value in enumerate(values, 5)])


def test_columns_are_as_high_as_their_share_of_the_highest():
    heights = [column.height for column in trend("50", "100", "25").columns]

    assert heights == [43.0, 86.0, 21.5]


def test_a_negative_month_hangs_below_the_zero_line():
    chart = trend("100", "-50")
    up, down = chart.columns

    assert up.y + up.height == pytest.approx(chart.zero, abs=0.1)
    assert down.y == pytest.approx(chart.zero, abs=0.1)
    assert down.y + down.height <= 112


def test_a_trend_of_nothing_is_not_drawn():
    assert trend("0", "0.00") is None


def test_what_is_nothing_in_the_unit_of_an_axis_has_no_sign():
    with override("zh-hans"):
        assert [axis(amount) for amount in ("-20", "-200", "12174.40")] == ["0.00", "−0.02", "1.22"]
    with override("en"):
        assert [axis(amount) for amount in ("-20", "12174.40")] == ["0.0k", "12.2k"]


def test_only_the_newest_month_is_marked():
    assert [column.current for column in trend("1", "2", "3").columns] == [False, False, True]


def test_the_trend_says_its_months_in_words():
    with override("en"):
        svg = drawn("{% trend_chart chart title %}", chart=trend("1", "2"), title="Lately")

    assert (svg.get("role"), svg.get("aria-label")) == ("img", "Lately: 5月 1, 6月 2")
    assert [(text.text or "").strip() for text in svg.iter(f"{SVG}text")] == [
        "1",
        "5月",
        "2",
        "6月",
    ]


def test_amounts_are_exact_in_words_and_short_in_the_drawing():
    with override("en"):
        svg = drawn("{% trend_chart chart 'Lately' 'money' %}", chart=trend("12174.40"))

    assert svg.get("aria-label") == "Lately: 5月 CNY\u00a012,174.40"
    assert next(svg.iter(f"{SVG}text")).text.strip() == "12.2k"


def test_no_chart_needs_inline_style_or_script():
    charts = {
        "trend": Trend.of([("5月", 1)]),
        "pace": Pace.of([("周一", 2), ("今天", 1)], Decimal("1.5")),
        "band": Band.of(lower=1, median=2, upper=3, mine=4),
        "bump": Bump.of(["5月", "6月"], [("第 1", False, [1, 1]), ("本店", True, [3, 2])]),
    }
    for name, chart in charts.items():
        svg = drawn(
            "{% " + name + "_chart chart 'in words' 'mine' %}"
            if name == "band"
            else "{% " + name + "_chart chart 'in words' %}",
            chart=chart,
        )
        assert svg.get("aria-label").startswith("in words")
        assert len(svg.get("aria-label")) > len("in words")
        assert not any(element.get("style") for element in svg.iter())
        assert not list(svg.iter(f"{SVG}script"))


def test_the_places_of_a_line_are_listed_in_signs_that_paper_has(english):
    """An arrow became 〔U+2192〕 in the words of the drawing on a report."""
    bump = Bump.of(["5月", "6月"], [("place 1", False, [3, 1]), ("place 2 you", True, [1, 2])])

    said = drawn("{% bump_chart chart 'Places' %}", chart=bump).get("aria-label")

    assert said == "Places: place 2 you: 1, 2; place 1: 3, 1"
    assert printable(said) == said


def test_figures_in_a_drawing_keep_their_point_in_every_language(settings, english):
    settings.USE_THOUSAND_SEPARATOR = True

    svg = drawn("{% trend_chart chart 'x' %}", chart=trend("3", "7"))

    assert [rect.get("height") for rect in svg.iter(f"{SVG}rect")] == ["36.9", "86.0"]


def test_a_persons_own_pace_shows_their_average_as_a_line():
    pace = Pace.of([("周一", 4), ("周二", 0), ("今天", 2)], Decimal(2))

    assert [column.height for column in pace.columns] == [78.0, 0.0, 39.0]
    assert pace.average_y == 84 - 39


def test_somebody_who_never_registered_has_no_pace_to_draw():
    assert Pace.of([("周一", 0), ("今天", 0)], 0) is None


@pytest.mark.parametrize("mine", ["-5", "1", "2.2", "3", "40"])
def test_the_own_mark_always_lies_on_the_band(mine):
    band = Band.of(lower=1, median=2, upper=3, mine=Decimal(mine))

    assert band.left <= band.mine.x <= band.left + band.width
    assert band.left <= band.lower.x <= band.median.x <= band.upper.x


@pytest.mark.parametrize("mine", [0, 1, 500])
def test_labels_of_near_quarters_do_not_touch(mine):
    band = Band.of(lower=1, median=1, upper=1, mine=mine)

    assert band.median.label_x - band.lower.label_x >= 76
    assert band.upper.label_x - band.median.label_x >= 76
    assert band.lower.label_x >= 40
    assert band.upper.label_x <= 292


def test_a_small_line_leaves_gaps_out():
    assert spark([1, None, 3]) == "2.0,23.0 82.0,3.0"


def test_a_single_figure_makes_no_line():
    assert spark([None, 5]) == ""


def test_equal_places_lie_on_equal_heights_and_first_is_on_top():
    bump = Bump.of(["5月", "6月"], [("甲", False, [1, 2]), ("本店", True, [2, 1])])
    other, mine = bump.traces

    assert mine.mine
    assert mine.dots[-1].y == other.dots[0].y < other.dots[-1].y


def test_a_month_without_a_place_interrupts_the_line():
    bump = Bump.of(["4月", "5月", "6月"], [("本店", True, [2, None, 1])])

    assert bump.traces[0].segments == []
    assert len(bump.traces[0].dots) == 2


def test_labels_of_neighbours_do_not_overlap():
    ranks = [(f"第 {place}", False, [place, place]) for place in (1, 2, 3)]
    bump = Bump.of(["5月", "6月"], [*ranks, ("本店", True, [30, 4])])

    heights = sorted(trace.label_y for trace in bump.traces)
    assert all(below - above >= 16 for above, below in itertools.pairwise(heights))


def test_places_of_one_month_alone_are_not_drawn():
    assert Bump.of(["6月"], [("本店", True, [3])]) is None


def test_bars_are_shares_of_the_largest_amount_whatever_its_sign():
    assert widths([Decimal("200"), Decimal("-50"), Decimal("0")]) == [100.0, 25.0, 0.0]
    assert widths([]) == []
    assert widths([0]) == [0.0]
