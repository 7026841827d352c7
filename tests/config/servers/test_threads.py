"""What the web server's worker reads of a request that nobody takes up, and answers."""

import re
import socket
import time

import pytest

from config.logs import Formatter
from config.servers.threads import PEEKED, peeked, refusal

HEAD = (
    b"POST /capture/?a=b HTTP/1.1\r\nHost: localhost\r\naccept-language: en\r\n"
    b"Content-Length: 7\r\n\r\nphone=1"
)


@pytest.fixture
def line():
    """Both ends of a connection: the client's, and the server's."""
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


def test_it_is_known_by_method_address_and_language_and_is_still_there(line):
    client, server = line
    client.sendall(HEAD)

    request = peeked(server)

    assert (request.method, request.path) == ("POST", "/capture/")
    assert "Nothing of what you sent was taken in." in refusal(request).decode()
    assert server.recv(PEEKED) == HEAD


@pytest.mark.parametrize("sent", [b"", b"POST /capt", b"\x16\x03\x01 HTTP/1.1\r\n"])
def test_what_is_not_there_is_no_request(line, sent):
    client, server = line
    client.sendall(sent)
    assert peeked(server) is None


def test_the_page_has_a_reference_that_the_log_has_too(line, caplog):
    client, server = line
    client.sendall(HEAD)

    said = refusal(peeked(server)).decode()

    (reference,) = re.findall(r"<code[^>]*>(\w{8})</code>", said)
    (record,) = [each for each in caplog.records if each.name == "config.errors"]
    assert Formatter("{message}", style="{").format(record).startswith(f"{reference} ")


def test_an_address_without_an_end_is_read_as_fast_as_it_is_long(line):
    """With all pairs of its characters fifty of them would take seconds."""
    client, server = line
    client.sendall(b"POST /" + b"a" * (PEEKED - 6))
    began = time.process_time()

    for _time in range(50):
        assert peeked(server) is None

    assert time.process_time() - began < 1
