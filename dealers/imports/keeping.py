"""Uploaded files where they wait: sealed piece by piece, and open only while they are worked on."""

import secrets
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from dealers import vault
from dealers.keys import envelopes

PURPOSE = envelopes.FILES
FOLDER = "imports"  # of the storage
PIECE = 1 << 20  # bytes of a file that are sealed together
TAG = 16  # bytes that sealing adds to a piece
LONGEST = 60  # characters of a name on disk, four bytes each at most


def keep(name: str, pieces: Iterable[bytes], *, folder: str = FOLDER) -> str:
    """Seal a file into the storage, whatever its size; the name that it is found under."""
    cipher, label = AESGCM(envelopes.lasting_key(PURPOSE)), secrets.token_bytes(vault.NONCE)
    with tempfile.TemporaryFile() as sealed:
        sealed.write(label)
        number, rest = 0, b""
        for each in pieces:
            rest += each
            while len(rest) > PIECE:  # what is left at the end is the last piece
                _seal(sealed, cipher, label, number, rest[:PIECE], last=False)
                number, rest = number + 1, rest[PIECE:]
        _seal(sealed, cipher, label, number, rest, last=True)
        sealed.seek(0)
        return default_storage.save(f"{folder}/{name}", File(sealed))


def cut(file: IO[bytes]) -> Iterator[bytes]:
    """An open file piece by piece."""
    return iter(lambda: file.read(PIECE), b"")


def is_there(name: str) -> bool:
    """Whether a file is kept under this name."""
    return bool(name) and default_storage.exists(name)


def pieces_of(name: str) -> Iterator[bytes]:
    """A kept file piece by piece. Raises VaultError for one that was changed or cut.

    The key is asked for at once, the file when the first piece is.
    """
    return _opened(name, AESGCM(envelopes.lasting_key(PURPOSE)))


def _opened(name: str, cipher: AESGCM) -> Iterator[bytes]:
    with default_storage.open(name) as sealed:
        label = sealed.read(vault.NONCE)
        number, piece = 0, _next(sealed)
        while piece:
            following = _next(sealed)
            try:
                yield cipher.decrypt(
                    piece[: vault.NONCE],
                    piece[vault.NONCE :],
                    _place(label, number, last=not following),
                )
            except InvalidTag:
                raise vault.VaultError(f"The file {name} does not open.") from None
            number, piece = number + 1, following


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder for open files, which nobody else reads and which is gone afterwards."""
    parent = settings.PORTAL_DATA / "importing"
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        yield Path(folder)


def clear(before: datetime, named: Collection[str], *, folder: str = FOLDER) -> None:
    """Delete the kept files that workers which died before then left, and that nobody names.

    ``named``: those that a row tells of. A file is kept before its row is, so one whose row was
    taken back stays behind.
    """
    if not default_storage.exists(folder):
        return
    for name in default_storage.listdir(folder)[1]:
        kept = f"{folder}/{name}"
        if kept not in named and default_storage.get_modified_time(kept) < before:
            default_storage.delete(kept)


def clear_workplaces(before: datetime) -> None:
    """Delete the folders that workers which died before then left."""
    parent = settings.PORTAL_DATA / "importing"
    for place in parent.iterdir() if parent.is_dir() else ():
        if place.stat().st_mtime < before.timestamp():
            shutil.rmtree(place, ignore_errors=True)


def open_into(folder: Path, kept: str, name: str) -> Path:
    """Write a kept file openly into a folder of its own there, under ``name`` as far as fits."""
    place = Path(tempfile.mkdtemp(dir=folder)) / on_disk(name)
    with place.open("wb") as file:
        file.writelines(pieces_of(kept))
    return place


def on_disk(name: str) -> str:
    """A name that any disk takes."""
    name = name.replace("/", "_").replace("\\", "_").strip(". ") or "file"
    stem, dot, suffix = name.rpartition(".")
    return f"{stem[:LONGEST]}{dot}{suffix[:8]}" if stem else name[:LONGEST]


def _seal(
    file: IO[bytes], cipher: AESGCM, label: bytes, number: int, piece: bytes, *, last: bool
) -> None:
    nonce = secrets.token_bytes(vault.NONCE)
    file.write(nonce + cipher.encrypt(nonce, piece, _place(label, number, last=last)))


def _next(file: IO[bytes]) -> bytes:
    return file.read(vault.NONCE + PIECE + TAG)


def _place(label: bytes, number: int, *, last: bool) -> bytes:
    """What a piece is bound to: its file, its number, and whether another one follows."""
    return label + number.to_bytes(8) + bytes([last])
