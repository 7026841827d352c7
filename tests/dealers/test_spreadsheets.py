import io
import zipfile
from decimal import Decimal

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
    assert spreadsheets.inert(f"'{text}") == f"'{text}"
    assert spreadsheets.not_inert(f"'{text}") == text


@pytest.mark.parametrize("value", ["", "李敏", "a=b", " a", "1+1", "–", -1, None, 2.5])
def test_everything_else_stays_as_it_is(value):
    assert spreadsheets.inert(value) is value


@pytest.mark.parametrize("text", ["", "'", "'x", "''=1", "x=1", "=1"])
def test_a_quote_of_somebody_else_stays(text):
    assert spreadsheets.not_inert(text) == text


def test_a_file_that_programs_read_has_no_formula_in_any_cell_either():
    file = io.StringIO()

    assert spreadsheets.write_csv(file, [["external_id"], ["=1"], [Decimal("-1.50")]]) == 3
    assert file.getvalue() == "external_id\r\n'=1\r\n-1.50\r\n"


@pytest.mark.parametrize(
    ("amount", "shown"), [("1000", "#,##0"), ("10.50", "#,##0.00"), ("1.500", "#,##0.000")]
)
def test_a_workbook_shows_an_amount_with_the_decimals_that_it_has(amount, shown):
    made = spreadsheets.made([["Amount"], [Decimal(amount)]], "xlsx")
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        assert f'formatCode="{shown}"' in book.read("xl/styles.xml").decode()


def test_a_workbook_loses_no_row_unseen(monkeypatch):
    monkeypatch.setattr(spreadsheets, "MOST_ROWS", 2)
    assert spreadsheets.made([["Amount"], [1], [2]], "xlsx")
    with pytest.raises(ValueError, match="at most 2 rows"):
        spreadsheets.made([["Amount"], [1], [2], [3]], "xlsx")


def test_a_rate_has_all_its_decimals():
    rows = [["Rate"], [spreadsheets.Percentage("0.00125")]]
    assert spreadsheets.as_csv(rows).splitlines()[1] == "0.125%"
    with zipfile.ZipFile(io.BytesIO(spreadsheets.made(rows, "xlsx"))) as book:
        assert 'formatCode="0.0###%"' in book.read("xl/styles.xml").decode()


def test_a_file_begins_with_the_mark_and_has_no_formula_in_any_cell():
    assert spreadsheets.as_csv([["姓名", "=A1"], ["－1", -1]]) == "\ufeff姓名,'=A1\r\n'－1,-1\r\n"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("ZW-1", "ZW-1"),
        ("ZW-1\u200b", "ZW-1"),
        ("ZW-1\u00a0", "ZW-1"),
        ("\ufeffZW-1", "ZW-1"),
        ("ZW\u00ad-\u20601", "ZW-1"),
        ("ＺＷ－１", "ZW-1"),
        ("\t2022072512345928259", "2022072512345928259"),
        ("`2022072512345928259", "2022072512345928259"),
        ("'2022072512345928259", "2022072512345928259"),
        ("’2022072512345928259", "2022072512345928259"),
        ("＇2022072512345928259", "2022072512345928259"),
        ('="2022072512345928259"', "2022072512345928259"),
        ('"2022072512345928259"', "2022072512345928259"),
        ('＝"2022072512345928259"', "2022072512345928259"),
        ("20220725123.0", "20220725123"),
        ("", ""),
        ("a\0b", "a\0b"),
        ("1E12", "1E12"),
        ("3.0", "3.0"),
        ("2024.10.01", "2024.10.01"),
        ("客户 12", "客户 12"),
    ],
)
def test_a_number_is_the_same_whatever_programs_put_around_it(text, cleaned):
    assert spreadsheets.identifier(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "2.02207E+18", "2.02E+18", "2,02E+18", "2.02207e18", "2E+18", "'2.02E+18",
        '="2.02E+18"', "2022072512345928259.0", "2022072512345928000.00",
    ],
)  # fmt: skip
def test_a_number_that_lost_its_digits_is_refused(text):
    with pytest.raises(spreadsheets.DigitsLost):
        spreadsheets.identifier(text)
