"""The signer's own process: it alone has the key, and whatever ends it, it never signs twice."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings as portal
from django.utils import timezone

from config.servers import embedded, keeper
from dealers.models import Fact, Link, SignedLink
from dealers.receipts import chain, signing
from dealers.receipts.serving import SLOW
from dealers.receipts.signer import NotSigned, Signer, SignerAway
from dealers.tasks import keep_chains
from tests.config.processes import gone
from tests.factories.customers import RulebookFactory, registered
from tests.factories.dealers import StoreFactory
from tests.faults import signing as faults

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def store(db):
    RulebookFactory()
    return StoreFactory()


def running(folder):
    """The processes that serve a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it has ended
                command = (entry / "cmdline").read_bytes().split(b"\0")
                found += [int(entry.name)] * (str(folder).encode() in command)
    return found


def asked(address, line):
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(address)
        door.sendall(line)
        return door.makefile("rb").readline()


def test_it_is_a_process_that_knows_neither_the_portal_nor_its_database(signer_folder):
    Signer().greet()

    (pid,) = running(signer_folder)
    assert pid != os.getpid()
    with suppress(PermissionError):  # where not even root may look
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        for word in (b"DJANGO", b"DATABASE", b"PORTAL"):
            assert word not in environment
    code = "import dealers.receipts.serving, sys; sys.exit('django' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_no_setting_and_no_environment_names_its_key(store, signer_folder):
    registered(store)
    keep_chains()

    key = (signer_folder / "key").read_bytes()
    said = {name: getattr(portal, name) for name in dir(portal) if name.isupper()}
    for words in (str(said), str(dict(os.environ))):
        assert str(signer_folder) not in words
        assert key.hex() not in words
    assert not hasattr(Signer(), "_key")


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"nonsense\n", b"[]\n", b'{"do": "key2"}\n', b'{"do": "sign"}\n']
)
def test_what_is_no_question_gets_no_signature_and_ends_nothing(line):
    signer = Signer()
    signer.greet()

    if line:
        assert b"This is no question" in asked(signer.address, line)
    else:
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(signer.address)

    signer.greet()


@pytest.mark.parametrize("said", [b"", b'{"do": "hello"'])
def test_who_does_not_end_what_they_say_is_in_nobodys_way(said):
    signer = Signer()
    signer.greet()

    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(signer.address)
        silent.sendall(said)

        signer.greet(patience=SLOW / 2)


def test_a_second_one_does_not_answer_for_the_same_folder(signer_folder, tmp_path):
    Signer().greet()

    second = subprocess.run(
        [sys.executable, "-m", "dealers.receipts.serving", signer_folder, tmp_path / "other.sock"],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip

    assert second.returncode == 1
    assert "answers for" in second.stderr
    assert not (tmp_path / "other.sock").exists()


def test_one_that_was_killed_comes_back_and_goes_on(store, signer_folder):
    registered(store)
    keep_chains()
    (pid,) = running(signer_folder)
    os.kill(pid, signal.SIGKILL)
    registered(store)

    faults.until(keep_chains)

    assert gone(pid)
    assert list(SignedLink.objects.values_list("seq", flat=True)) == [1, 2]
    assert chain.broken() == []


def test_one_that_is_frozen_is_not_waited_for(signer_folder):
    signer = Signer()
    signer.greet()
    (pid,) = running(signer_folder)

    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(SignerAway, match="does not answer"):
            signer.greet(patience=0.2)
    finally:
        os.kill(pid, signal.SIGCONT)

    signer.greet()


def test_without_it_chains_go_on_and_receipts_are_late(store, settings):
    settings.PORTAL_SIGNER = "/nowhere/signer.sock"
    registered(store)

    with pytest.raises(SignerAway, match="does not answer at /nowhere"):
        keep_chains()

    assert (Fact.objects.count(), Link.objects.count()) == (0, 1)
    assert not SignedLink.objects.exists()


def test_health_says_that_it_does_not_answer(client, store, settings):
    said = "degraded: the signer has not answered for 3 minutes"
    signing.cache.set("outbox:swept", 1, 60)  # there is a worker
    assert said in client.get("/healthz").text

    keep_chains()

    assert said not in client.get("/healthz").text


def test_the_folder_itself_is_no_address(settings, tmp_path):
    settings.PORTAL_SIGNER = str(tmp_path)

    with pytest.raises(SignerAway, match="names a folder"):
        Signer().greet()


def test_it_stops_with_the_last_who_used_it(signer_folder, tmp_path):
    Signer().greet()
    (pid,) = running(signer_folder)

    embedded.release(tmp_path)

    assert gone(pid)
    assert embedded.status(keeper.Signer(tmp_path)) == "stopped"


def test_whoever_asks_makes_up_no_words(store):
    """It signs heads that follow, in words of its own: a place twice, or one ahead, it refuses."""
    registered(store)
    registered(store)
    chain.append_waiting()
    first, second = Link.objects.order_by("seq")
    signer, now = Signer(), timezone.now()

    with pytest.raises(NotSigned, match="does not follow place 0"):
        signer.sign([second], known=None, at=now)
    (signed,) = signer.sign([first], known=None, at=now)
    first.hash = bytes(32)
    with pytest.raises(NotSigned, match="another head"):
        signer.sign([first], known=None, at=now)

    assert signed.words.startswith(f"portal-receipt/1 {store.dealer_id} 1 ")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("window", faults.WINDOWS)
def test_whatever_is_killed_in_each_window_no_place_is_signed_twice(window, tmp_path):
    RulebookFactory()
    store = StoreFactory()
    tried = faults.Trial(tmp_path, [store])

    assert [tried.hit(window) for _each in range(2)] == [True, True]

    assert tried.off() == []


def test_what_a_link_in_its_folder_names_stays_whose_it_was(tmp_path):
    """As root it gives its folder to nobody, and a link there may name any file."""
    signer = keeper.Signer(tmp_path)
    signer.prepare()
    other = tmp_path / "other"
    other.touch()
    key = signer.folder / "key"
    key.touch()
    (signer.folder / "link").symlink_to(other)

    signer.prepare()

    assert other.stat().st_uid == os.getuid()
    assert key.stat().st_uid == keeper.server_user()[0]
