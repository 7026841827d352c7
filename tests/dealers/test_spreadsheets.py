import pytest

from dealers import spreadsheets


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+86 138", "-1", "@SUM(A1)", "=", "＝1+1", "＋1", "－1", "＠SUM", " =1+1", "\t=1+1",
        "\r=1+1", "\n=1+1", "\tplain", "\ufeff=1+1", "\u3000＝1", "\u00a0=1",
    ],
)  # fmt: skip
def test_a_text_that_would_run_as_a_formula_is_kept_a_text(text):
    assert spreadsheets.inert(text) == f"'{text}"


@pytest.mark.parametrize("value", ["", "李敏", "a=b", " a", "1+1", "–", -1, None, 2.5])
def test_everything_else_stays_as_it_is(value):
    assert spreadsheets.inert(value) is value


def test_a_file_begins_with_the_mark_and_has_no_formula_in_any_cell():
    assert spreadsheets.as_csv([["姓名", "=A1"], ["－1", -1]]) == "\ufeff姓名,'=A1\r\n'－1,-1\r\n"
