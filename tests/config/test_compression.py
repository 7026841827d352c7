"""What travels compressed, and what does not."""

import gzip

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from config.compression import CompressionMiddleware

PAGE = "<p>" + "一句话，" * 500


def answered(kind="text/html; charset=utf-8", status=200, body=PAGE, **headers):
    request = RequestFactory().get("/", headers={"accept-encoding": "gzip, br", **headers})
    response = HttpResponse(body, content_type=kind, status=status)
    return CompressionMiddleware(lambda _request: response)(request)


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "text/css", "text/javascript"])
def test_texts_travel_compressed(kind):
    answer = answered(kind)

    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) < len(PAGE)
    assert gzip.decompress(answer.content).decode() == PAGE


@pytest.mark.parametrize("how", ["none", "same-origin"])
def test_what_a_person_or_a_page_of_ours_asks_for_is_compressed(how):
    assert answered(**{"sec-fetch-site": how}).has_header("Content-Encoding")


@pytest.mark.parametrize("how", ["cross-site", "same-site"])
def test_what_another_site_asks_for_is_not_and_its_length_tells_nothing(how):
    assert not answered(**{"sec-fetch-site": how}).has_header("Content-Encoding")


@pytest.mark.parametrize(("kind", "status"), [("video/mp4", 200), ("text/css", 206)])
def test_films_and_parts_of_files_are_left_as_they_are(kind, status):
    assert not answered(kind, status).has_header("Content-Encoding")


def test_the_same_page_has_another_length_each_time():
    lengths = {len(answered().content) for _ in range(40)}

    bare = len(gzip.compress(PAGE.encode(), 6))
    assert len(lengths) > 10
    assert max(lengths) <= bare + 110


@pytest.mark.django_db
def test_the_first_page_arrives_compressed(client):
    page = client.get("/accounts/login/", headers={"accept-encoding": "gzip"})

    assert page["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page["Vary"]
