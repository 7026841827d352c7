"""Workbooks of spreadsheet programs, brought like any file."""

from datetime import timedelta

import pytest
from django.utils import timezone

from customers.models import Registration
from dealers.imports import workbook
from dealers.models import UploadState
from tests.dealers.imports.brought import book, counts
from tests.factories.customers import RulebookFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rulebook():
    RulebookFactory()


def test_a_workbook_is_read_with_its_days_and_numbers(owner, store, login, bring, say_yes):
    client = login(owner)
    content = book(
        ["手机", "同意时间", "同意"],
        [13800138001, timezone.now().date() - timedelta(days=1), "是"],
    )

    upload = bring(client, content, "顾客.xlsx")

    assert counts(upload) == (1, 1, 0, 0)
    assert upload.files.get().encoding == "Excel"
    say_yes(client, upload)
    assert Registration.objects.count() == 1


@pytest.mark.parametrize("content", [b"PK\x03\x04 no workbook", b"\xd0\xcf\x11\xe0 damaged"])
def test_a_damaged_workbook_is_refused_with_a_sentence(owner, login, bring, content):
    upload = bring(login(owner), content, "顾客.xlsx")

    assert upload.state == UploadState.REFUSED
    assert "CSV UTF-8" in upload.problem


def test_what_a_workbook_counted_has_the_digits_that_it_shows():
    assert workbook.text_of(3 * 19.9) == "59.7"
    assert workbook.text_of(1234567.89) == "1234567.89"


def test_a_number_that_a_workbook_rounded_is_not_guessed():
    assert workbook.text_of(2.0201010101e19).endswith(".0")
    assert workbook.text_of(13800138000.0) == "13800138000"
