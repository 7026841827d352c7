"""The signer's own process, which alone has the key: ``python -m dealers.receipts.serving``.

It is given the folder with key and memory, and the socket at which it answers: one line of JSON for
each, one after the other. Nothing of the portal runs in it, and it reads neither settings nor
database. Whoever reaches the socket may ask for a signature, and gets one for what follows what was
signed; the key is had from nobody but the folder. It is killed at any moment: what was given away
is remembered.
"""

import fcntl
import json
import os
import socketserver
import sqlite3
import sys
import threading
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from dealers.receipts import memory
from dealers.receipts.memory import Memory, NotSigned, Signed, ToSign

LARGEST = 2**26  # bytes of a line: a root over a hundred thousand dealers
SLOW = 10.0  # seconds in which whoever asks has to say it
PARTS = 3  # of the command: itself, the folder and the socket

Said = dict[str, Any]


def answered(kept: Memory, asked: Said) -> Said:
    """What the signer says to a question. Raises NotSigned."""
    return _ANSWERS[asked["do"]](kept, asked)


def _hello(_kept: Memory, _asked: Said) -> Said:
    return {"here": True}


def _key(kept: Memory, _asked: Said) -> Said:
    return {"key": kept.public_key.hex()}


def _sign(kept: Memory, asked: Said) -> Said:
    places = [
        ToSign(seq, bytes.fromhex(previous), bytes.fromhex(hash_))
        for seq, previous, hash_ in asked["places"]
    ]
    signed = kept.sign(
        asked["dealer"], places, known=_known(asked), shown=asked["shown"], at=_at(asked)
    )
    return {"signed": _told(signed)}


def _sign_root(kept: Memory, asked: Said) -> Said:
    heads = memory.read(asked["heads"])
    day = date.fromisoformat(asked["day"])
    signed, over = kept.sign_root(day, heads, known=_known(asked), at=_at(asked))
    # Only what whoever asked does not know: those of a root that was signed before.
    return {"signed": _told([signed]), "heads": None if over is heads else memory.written(over)}


def _dealers(kept: Memory, _asked: Said) -> Said:
    return {"dealers": kept.dealers()}


def _heads(kept: Memory, asked: Said) -> Said:
    found = kept.heads(asked["dealer"], asked["before"])
    return {"heads": [[it.seq, it.hash.hex(), it.at.isoformat()] for it in found]}


def _restart(kept: Memory, asked: Said) -> Said:
    stays = asked["kept"] and (asked["kept"][0], bytes.fromhex(asked["kept"][1]))
    stated = kept.restart(asked["dealer"], stays, known=asked["known"], at=_at(asked))
    return {"signed": _told(stated)}


def _roots(kept: Memory, _asked: Said) -> Said:
    return {"signed": _told(kept.roots())}


_ANSWERS: dict[str, Callable[[Memory, Said], Said]] = {
    "hello": _hello,
    "key": _key,
    "sign": _sign,
    "sign_root": _sign_root,
    "dealers": _dealers,
    "heads": _heads,
    "restart": _restart,
    "roots": _roots,
}


def _told(signed: list[Signed]) -> list[tuple[str, str]]:
    return [(each.words, each.signature.hex()) for each in signed]


def _known(asked: Said) -> Any:
    if asked["known"] is None:
        return None
    place, words, signature = asked["known"]
    return place, Signed(words, bytes.fromhex(signature))


def _at(asked: Said) -> datetime:
    return datetime.fromisoformat(asked["at"])


class Door(socketserver.ThreadingUnixStreamServer):
    """Hears all who come, so that nobody who is silent is in the way; answers one at a time."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: str, kept: Memory) -> None:
        self.kept, self.turn = kept, threading.Lock()
        super().__init__(address, _Turn)


class _Turn(socketserver.StreamRequestHandler):
    timeout = SLOW
    server: Door

    def handle(self) -> None:
        try:
            line = self.rfile.readline(LARGEST)
            if not line.endswith(b"\n"):
                return  # it asks nothing, and whoever asked has gone
            said = self._said(line)
            self.wfile.write(f"{json.dumps(said)}\n".encode())
        except OSError:  # whoever asked has gone, or is too slow: it asks again
            pass

    def _said(self, line: bytes) -> Said:
        try:
            asked = json.loads(line)
            with self.server.turn:
                return answered(self.server.kept, asked)
        except NotSigned as refused:
            return {"refused": str(refused)}
        except (sqlite3.Error, OSError) as problem:
            sys.stderr.write(f"{type(problem).__name__}: {problem}\n")
            sys.stderr.flush()
            return {"failed": str(problem)}
        except (KeyError, TypeError, ValueError) as problem:
            return {"failed": f"This is no question: {type(problem).__name__}."}


def serve(folder: Path, address: Path) -> None:
    """Answer at a socket until the process is ended; alone on its folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"Another signer answers for {folder} already.") from None
    address.unlink(missing_ok=True)  # of one that was killed: it does not answer any more
    # Its group decides who may ask.
    before = os.umask(0o117)
    door = Door(str(address), Memory(folder))
    os.umask(before)
    with door:
        door.serve_forever()


def main(arguments: list[str]) -> None:
    """Serve a folder at a socket."""
    if len(arguments) != PARTS:
        raise SystemExit("python -m dealers.receipts.serving FOLDER SOCKET")
    serve(Path(arguments[1]), Path(arguments[2]))


if __name__ == "__main__":
    main(sys.argv)
