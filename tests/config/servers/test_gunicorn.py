"""The web server as it runs: half a request holds nobody up."""

import http.client
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from threading import Event
from types import SimpleNamespace

import pytest

from tests.config.processes import wait_until


@pytest.fixture(scope="module")
def address():
    """Where a gunicorn of one worker with four threads listens, that gives clients a second."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ, "PORT": str(port), "WEB_CONCURRENCY": "1", "WEB_THREADS": "4",
        "DJANGO_SETTINGS_MODULE": "tests.settings", "WEB_CLIENT_TIMEOUT": "1",
    }  # fmt: skip
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "python:config.gunicorn"], env=environment
    )

    def answers():
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
        except urllib.error.HTTPError as error:
            error.close()  # whatever it says of the database, it answers
        except OSError:
            return False
        return True

    try:
        wait_until(answers, 60)
        yield ("127.0.0.1", port)
    finally:
        server.terminate()
        server.wait()


def test_half_requests_hold_nobody_up(address):
    halves = [socket.create_connection(address) for _ in range(8)]
    for half in halves:
        half.sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
    began = time.monotonic()
    with socket.create_connection(address, timeout=30) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert line.recv(64).startswith(b"HTTP/1.1 ")
    assert time.monotonic() - began < 20
    for half in halves:
        half.close()


@contextmanager
def threads_held(address):
    """Four send the head of a request, a letter now and then."""
    over = Event()

    def dawdle(line):
        with line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ")
            while not over.wait(0.2):
                line.sendall(b"x")

    lines = [socket.create_connection(address) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for line in lines:
            pool.submit(dawdle, line)
        time.sleep(1)  # until they are taken up
        try:
            yield
        finally:
            over.set()


def ask(address, method, path, body=None, **headers):
    with closing(http.client.HTTPConnection(*address, timeout=60)) as line:
        line.request(method, path, body, headers)
        answer = line.getresponse()
        return answer, answer.read().decode()


def test_who_sends_something_while_all_threads_are_held_is_told_so(address):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with threads_held(address):
        began = time.monotonic()
        answer, english = ask(
            address, "POST", "/capture/?a=b", "phone=1", **form, **{"Accept-Language": "en"}
        )
        took = time.monotonic() - began
        _again, chinese = ask(address, "POST", "/capture/", "phone=1", **form)

    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    assert "Nothing of what you sent was taken in." in english
    assert "你提交的内容没有被接收。" in chinese
    assert took < 4
    _later, text = ask(address, "POST", "/capture/", "phone=1", **form)
    assert "没有被接收" not in text


def test_a_page_waits_until_a_thread_is_free(address):
    with ThreadPoolExecutor(1) as pool:
        with threads_held(address):
            page = pool.submit(ask, address, "GET", "/healthz")
            time.sleep(2)
            assert not page.done()
        assert page.result(timeout=30)[1].startswith(("ok", "failed"))


def test_a_connection_is_kept_for_the_next_request(address):
    with closing(http.client.HTTPConnection(*address, timeout=30)) as line:
        for _ in range(2):
            line.request("GET", "/healthz")
            answer = line.getresponse()
            answer.read()
            used = line.sock
        assert answer.headers["Connection"] == "keep-alive"
        assert line.sock is used is not None


def test_a_body_that_was_refused_ends_with_its_connection(address):
    with socket.create_connection(address, timeout=30) as line:
        line.sendall(
            b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000000\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        began = time.monotonic()
        with suppress(ConnectionError):
            while line.recv(65536):
                pass
        assert time.monotonic() - began < 20


def test_what_killed_uploads_left_is_thrown_away(tmp_path, monkeypatch):
    from config import gunicorn

    monkeypatch.setattr(gunicorn, "UPLOADING", tmp_path)
    (tmp_path / "left").write_bytes(b"x")
    os.utime(tmp_path / "left", (0, 0))
    (tmp_path / "running").write_bytes(b"x")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")  # as one that has ended meanwhile

    gunicorn.when_ready(SimpleNamespace(LISTENERS=[]))

    assert {file.name for file in tmp_path.iterdir()} == {"running", "gone"}
