"""The page of the verifier as the portal serves it."""

import re

import pytest
from django.urls import reverse

from dealers.receipts import verify_receipt, verifying

pytestmark = pytest.mark.django_db


def test_everybody_gets_it_whole_and_under_a_policy_that_lets_nothing_out(client):
    given = client.get(reverse("dealers:verify"))

    assert given.status_code == 200
    policy = given["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    for loose in ("unsafe", "self", "connect-src", "http"):
        assert loose not in policy
    own = re.search('<meta http-equiv="Content-Security-Policy" content="([^"]*)"', given.text)
    hashes = set(re.findall("sha256-[A-Za-z0-9+/=]+", policy))
    assert len(hashes) == 2
    assert hashes == set(re.findall("sha256-[A-Za-z0-9+/=]+", own[1]))
    for elsewhere in ("<script src", '<link rel="stylesheet', "@import", "url("):
        assert elsewhere not in given.text


def test_its_words_are_those_of_the_program(client, english):
    text = client.get(reverse("dealers:verify")).text

    for chinese, _english in verify_receipt.WORDS.values():
        assert chinese in text
    assert text.count("<script>") == text.count("</script>") == 1
    assert '<html data-verifier lang="en"' in text


def test_the_page_and_the_program_are_no_part_of_what_they_check():
    page = verifying.page().encode()
    program = verify_receipt.__loader__.get_data(verify_receipt.__file__)

    report = verify_receipt.check({"verify.html": page, "verify_receipt.py": program})

    assert report.wrong == []
    assert [english for _chinese, english in report.notes] == [
        "Nothing to check in verify.html",
        "Nothing to check in verify_receipt.py",
    ]
