"""Files as large as they may be, and larger ones."""

import tracemalloc

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dealers.imports import encodings, keeping, workbook
from dealers.imports.problems import WrongUse
from dealers.models import Upload, UploadState
from tests.config.test_limits_of_requests import post
from tests.dealers.imports.brought import BY_HAND, book, counts
from tests.factories.customers import RulebookFactory

pytestmark = pytest.mark.django_db
MB = 1024 * 1024


@pytest.fixture(autouse=True)
def _rulebook():
    RulebookFactory()


def test_a_large_body_is_taken_here_only_and_from_whom_may(owner, clerk, login):
    assert post(login(clerk), "/imports/", 2 * MB).status_code == 413
    assert post(login(owner), "/imports/", 300 * MB).status_code == 413
    assert post(login(owner), reverse("dealers:staff"), 2 * MB).status_code == 413
    assert post(login(owner), "/imports/", 150 * MB).status_code != 413


def test_the_largest_file_is_a_setting(owner, store, login, bring, settings):
    settings.PORTAL_UPLOAD_MB = 2
    client = login(owner)

    assert "最大 2 MB" in client.get("/imports/").content.decode()
    assert counts(bring(client, BY_HAND + "\n" * MB)) == (4, 2, 0, 2)
    file = SimpleUploadedFile("顾客.csv", b"\n" * (2 * MB + 1))
    assert "一次最多 2 MB" in client.post("/imports/", {"files": file}).content.decode()
    assert post(client, "/imports/", 3 * MB + 1).status_code == 413
    assert Upload.objects.count() == 1


def test_sealing_and_opening_a_file_takes_no_memory_of_its_size(tmp_path):
    content = (b"13800138001,yes\n" * 4096 for _piece in range(32 * MB // 65536))

    tracemalloc.start()
    name = keeping.keep("large", content)
    path = keeping.open_into(tmp_path, name, "large.csv")
    encodings.detect(path)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert path.stat().st_size == 32 * MB
    assert most < 8 * MB
    default_storage.delete(name)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_line_that_does_not_end_is_refused_before_it_is_read(owner, login, bring, encoding):
    endless = "手机号,日期,同意\n" + "顾客" * encodings.LONGEST_LINE

    upload = bring(login(owner), endless.encode(encoding))

    assert upload.state == UploadState.REFUSED
    assert "第 2 行" in upload.problem


def test_lines_of_an_old_macintosh_end(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes("手机号,同意\r".encode() * 100_000)
    assert encodings.detect(path) == encodings.UTF_8


def test_a_workbook_gets_so_much_memory_and_no_more(tmp_path, settings):
    path = tmp_path / "list.xlsx"
    path.write_bytes(book(*(["手机", number, "x" * 50 + str(number)] for number in range(50_000))))
    settings.PORTAL_WORKBOOK_MB = 400
    assert len(workbook.as_csv(path).read_text().splitlines()) == 50_000

    settings.PORTAL_WORKBOOK_MB = 40
    with pytest.raises(WrongUse, match="CSV UTF-8"):
        workbook.as_csv(path)


def test_cells_keep_their_places_where_a_sheet_begins_lower_and_further_right(tmp_path):
    path = tmp_path / "list.xlsx"
    path.write_bytes(book([], [None, None, "手机"], [], [None, None, 13800138001, "是"]))
    assert workbook.as_csv(path).read_text().split() == [
        ",,,",
        ",,手机,",
        ",,,",
        ",,13800138001,是",
    ]


def test_too_many_customers_at_once_are_refused(owner, store, login, bring):
    rows = "手机号,日期,同意\n" + "".join(f"138001{n:05},2026-11-20,是\n" for n in range(5001))

    upload = bring(login(owner), rows)

    assert upload.state == UploadState.REFUSED
    assert "5000" in upload.problem
