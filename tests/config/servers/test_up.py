"""``make up``: one at a time, a free port, and children that come back."""

import fcntl
import os
import socket
import subprocess
import sys
import time

import pytest
from django.utils import translation
from django.utils.translation import reloader

from config import translations
from config.servers import install, keeper, up
from tests.config.processes import gone, wait_until


@pytest.fixture
def data(settings, tmp_path):
    settings.PORTAL_DATA = tmp_path
    (tmp_path / "log").mkdir()
    return tmp_path


def test_a_second_one_in_the_same_folder_is_told_where_the_first_is(data):
    lock = up._take_lock()
    os.pwrite(lock, b"http://localhost:8765", 0)

    with pytest.raises(up.Failed, match="already up at http://localhost:8765"):
        up._take_lock()
    os.close(lock)


def test_the_first_free_port_is_taken(monkeypatch):
    monkeypatch.delenv("PORT", raising=False)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(up, "PORTS", range(port, port + 20))

        assert up.free_port() > port

        monkeypatch.setenv("PORT", str(port))
        with pytest.raises(up.Failed, match=f"Port {port} is in use"):
            up.free_port()


def test_a_child_that_ends_comes_back_later_each_time(data, capsys):
    child = up.Child("clock", [sys.executable, "-c", "print('tick')"])
    child.start()
    child.process.wait()

    child.look_after()
    child.show_log()

    assert child.process is None
    assert child.start_at > time.monotonic() + 1
    assert capsys.readouterr().out == "clock ended (0); again in 2 s.\nclock: tick\n"

    child.start_at = 0
    child.look_after()
    child.process.wait()
    child.look_after()
    assert "again in 4 s" in capsys.readouterr().out


def test_a_child_ends_with_the_process_that_started_it(tmp_path):
    starter = (
        "import signal, time; from config.servers import keeper;"
        "print(keeper.start_bound(['sleep', '60'], signal.SIGTERM).pid, flush=True);"
        "time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True, cwd=install.ROOT
    )
    child = int(parent.stdout.readline())
    parent.stdout.close()

    parent.kill()
    parent.wait()

    wait_until(lambda: gone(child))


def test_where_the_kernel_cannot_a_shell_watches_over_the_child(tmp_path):
    starter = (
        "import signal, subprocess, time; from config.servers import keeper;"
        "child = subprocess.Popen(['sleep', '60']);"
        "keeper.watch(child.pid, signal.SIGTERM);"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True, cwd=install.ROOT
    )
    child = int(parent.stdout.readline())
    parent.stdout.close()

    parent.kill()
    parent.wait()

    wait_until(lambda: gone(child))


def test_a_lock_is_free_again_once_its_holder_is_gone(tmp_path):
    held = keeper.locked(tmp_path / "lock", fcntl.LOCK_EX)
    assert keeper.locked(tmp_path / "lock", fcntl.LOCK_SH) is None

    os.close(held)

    free = keeper.locked(tmp_path / "lock", fcntl.LOCK_SH)
    assert free is not None
    os.close(free)


def test_only_changed_translations_are_compiled(settings, tmp_path):
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / "django.po"
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "A word of this test"\nmsgstr "此测试的词"\n'
    )
    settings.LOCALE_PATHS = [tmp_path]

    with translation.override("zh-hans"):
        assert translation.gettext("A word of this test") == "A word of this test"

    assert translations.compile_changed() == 1
    with translation.override("zh-hans"):  # in the process that had read the old ones
        assert translation.gettext("A word of this test") == "此测试的词"
    assert translations.compile_changed() == 0
    reloader.translation_file_changed(None, folder / "django.mo")  # and forgotten again


def test_the_lock_files_name_hashes_and_no_addresses():
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (install.ROOT / name).read_text()
        assert "--hash=sha256:" in text
        assert "://" not in text
