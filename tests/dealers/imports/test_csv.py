"""Rows of a CSV file as spreadsheets leave them, and rejected rows that are sent again."""

import csv

import pytest

from dealers.imports.csv import CsvFile

pytestmark = pytest.mark.usefixtures("english")


def opened(path, text):
    path.write_text(text, encoding="utf-8", newline="")
    return CsvFile.open(path, ("a", "b"))


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2\n",
        "a,b,,\n1,2,,\n",
        "a,b\n1,2,,\n",
        "a,b,,\n1,2\n",
        "a,b\n1,2\n,\n\n,,,\n",
        "b,a,c\n2,1,3\n",
        "a,,,b\n1,,,2\n",
        "a,b,problem\n1,2,line 2: this was wrong\n",
    ],
)
def test_empty_columns_and_rows_of_spreadsheets_do_not_count(tmp_path, text):
    file = opened(tmp_path / "f.csv", text)

    assert [values for _line, values in file.rows()] == [("1", "2")]
    assert (file.rows_read, len(file.problems)) == (1, 0)


def send(path):
    """Reject every row, and write them beside the file."""
    file = CsvFile.open(path, ("a", "b"))
    for line, values in file.rows():
        file.reject(line, "a", values[0], "Write another a.")
    target = path.with_name(f"{path.stem}.rejected.csv")
    file.write_rejected(target)
    with target.open(encoding="utf-8-sig", newline="") as written:
        return target, list(csv.reader(written))


def test_rejected_rows_are_sent_again_as_they_are_and_again(tmp_path):
    first = tmp_path / "f.csv"
    first.write_text('a,b,c\n1,2,3\n4,5\n6,7,8,9\n"x,y\nz,2,3\n', encoding="utf-8")

    again, rows = send(first)
    assert rows[0] == ["a", "b", "c", "problem"]
    assert [row[:3] for row in rows[1:]] == [
        ["1", "2", "3"], ["4", "5", ""], ["6", "7", "8"], ['"x,y', "", ""], ["z", "2", "3"],
    ]  # fmt: skip

    for _time in range(3):
        before = [row[:-1] for row in rows]
        again, rows = send(again)
        assert [row[:-1] for row in rows] == before
        assert rows[0][-1] == "problem"
        assert all("line" in row[-1] for row in rows[1:])


def test_no_cell_of_the_rejected_rows_runs_and_all_are_read_as_they_were(tmp_path):
    first = tmp_path / "f.csv"
    texts = ["+8613800138000", "=1+1", "＝1", "@x", "-5", "'x", "x"]
    first.write_text("a,b\n" + "".join(f"{text},1\n" for text in texts), encoding="utf-8")

    again, rows = send(first)
    assert [row[0] for row in rows[1:]] == [f"'{text}" for text in texts[:5]] + texts[5:]

    assert [values[0] for _line, values in CsvFile.open(again, ("a", "b")).rows()] == texts
    assert [row[:2] for row in send(again)[1]] == [row[:2] for row in rows]
